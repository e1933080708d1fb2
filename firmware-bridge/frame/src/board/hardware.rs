//! What a board is, and what its core asks of it.

use heapless::Vec;

use crate::message::{MAX_ARGS, OtaBegin, OtaStatus, Semver, Signature, Status};
use crate::version::Versions;

/// Who the board is.
#[derive(Clone, Debug)]
pub struct About {
    /// What it speaks: [`crate::version::SPOKEN`], but for tests.
    pub versions: Versions,
    /// Its firmware.
    pub firmware: Semver,
    /// Which build of it.
    pub build_id: [u8; 16],
    /// Which piece of hardware; unique.
    pub hw_id: [u8; 16],
    /// How often it started in its life.
    pub boot_count: u32,
    /// `RESET_…`.
    pub reset_reason: u8,
    /// `CAP_…` bits.
    pub caps: u32,
    /// This image has not yet proven that it reaches the host.
    pub trial: bool,
}

/// What the core asks of the board it runs on.
pub trait Hardware {
    /// Puts a frame on the line.
    fn send(&mut self, frame: &[u8]);

    /// Does what a command says; at once, for nothing else is heard meanwhile.
    fn command(&mut self, op: u16, args: &[u8], answer: &mut Vec<u8, MAX_ARGS>) -> Status;

    /// Makes room for an image; returns how many of its first bytes are there already, from an attempt before.
    fn ota_begin(&mut self, image: &OtaBegin) -> Result<u32, OtaStatus>;

    /// Keeps a piece of it.
    fn ota_write(&mut self, offset: u32, data: &[u8]) -> Result<(), OtaStatus>;

    /// SHA-256 over the first `size` bytes kept.
    fn ota_sha256(&mut self, size: u32) -> [u8; 32];

    /// Whether the maker's key signed these bytes (Ed25519, RFC 8032).
    fn is_genuine(&mut self, signed: &[u8], signature: &Signature) -> bool;

    /// Boots the image on trial. The run of this image ends here.
    fn boot_trial(&mut self);

    /// The image on trial has reached the host: it stays.
    fn keep_image(&mut self);

    /// The image on trial did not reach the host in time: boots the one before.
    fn roll_back(&mut self);
}
