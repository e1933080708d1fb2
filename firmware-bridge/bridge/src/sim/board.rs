//! A board: the firmware's core, a quartz that drifts, a memory for two images, and a boot loader.

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use vyavs_frame::board::boot::{Slots, TRIAL_US};
use vyavs_frame::board::{About, Board, Hardware};
use vyavs_frame::message::{
    CAP_COMMANDS, CAP_OTA, MAX_ARGS, OtaBegin, OtaStatus, RESET_POWER, RESET_SOFTWARE, RESET_WATCHDOG, Semver,
    Signature, Status,
};
use vyavs_frame::version::{SPOKEN, Versions};

/// Readings it keeps: 64 KiB, as a middling microcontroller has to spare.
pub const READINGS: usize = 4096;
/// The longest image it has room for.
pub const ROOM: u32 = 512 * 1024;
/// The operation that answers its arguments.
pub const OP_ECHO: u16 = 1;

/// What it is made of.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Which piece of hardware.
    pub hw_id: [u8; 16],
    /// How much faster its clock is than the world's, parts in a million.
    pub ppm: f64,
    /// What its firmware speaks.
    pub versions: Versions,
    /// Its firmware as it left the maker.
    pub firmware: Semver,
    /// Whose images it takes: an Ed25519 public key.
    pub key: [u8; 32],
}

impl Default for SimConfig {
    fn default() -> Self {
        let firmware = Semver { major: 1, minor: 0, patch: 0 };
        Self { hw_id: *b"simulated-board1", ppm: 0.0, versions: SPOKEN, firmware, key: [0; 32] }
    }
}

/// An image for a simulated board: `mute` ones never say hello.
pub fn image(version: Semver, mute: bool, len: usize) -> Vec<u8> {
    let mut bytes = b"SIMFW".to_vec();
    bytes.push(u8::from(mute));
    for part in [version.major, version.minor, version.patch] {
        bytes.extend_from_slice(&part.to_le_bytes());
    }
    let fill = (bytes.len()..len).map(|at| (at * 31 % 251) as u8);
    bytes.extend(fill);
    bytes
}

fn read_image(bytes: &[u8]) -> Option<(Semver, bool)> {
    let rest = bytes.strip_prefix(b"SIMFW")?;
    let (mute, rest) = rest.split_first()?;
    let part = |at: usize| Some(u16::from_le_bytes([*rest.get(at)?, *rest.get(at + 1)?]));
    Some((Semver { major: part(0)?, minor: part(2)?, patch: part(4)? }, *mute != 0))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    BootTrial,
    Keep,
    RollBack,
}

/// What survives a restart, and what the core reaches.
#[derive(Debug)]
struct Chip {
    sent: Vec<Vec<u8>>,
    done: Vec<(u16, Vec<u8>)>,
    flash: [Vec<u8>; 2],
    incoming: Option<OtaBegin>,
    slots: Slots,
    key: [u8; 32],
    wish: Option<Wish>,
}

impl Hardware for Chip {
    fn send(&mut self, frame: &[u8]) {
        self.sent.push(frame.to_vec());
    }

    fn command(&mut self, op: u16, args: &[u8], answer: &mut heapless::Vec<u8, MAX_ARGS>) -> Status {
        self.done.push((op, args.to_vec()));
        match op {
            // No more comes in than goes out.
            OP_ECHO => answer.extend_from_slice(args).map_or(Status::BadArgs, |()| Status::Done),
            _ => Status::UnknownOp,
        }
    }

    fn ota_begin(&mut self, image: &OtaBegin) -> Result<u32, OtaStatus> {
        if image.size > ROOM {
            return Err(OtaStatus::TooBig);
        }
        let spare = usize::from(self.slots.spare());
        if self.incoming != Some(*image) {
            self.incoming = Some(*image);
            self.flash[spare].clear();
        }
        Ok(self.flash[spare].len() as u32)
    }

    fn ota_write(&mut self, offset: u32, data: &[u8]) -> Result<(), OtaStatus> {
        let spare = &mut self.flash[usize::from(self.slots.spare())];
        if offset as usize != spare.len() {
            return Err(OtaStatus::Flash);
        }
        spare.extend_from_slice(data);
        Ok(())
    }

    fn ota_sha256(&mut self, size: u32) -> [u8; 32] {
        let spare = &self.flash[usize::from(self.slots.spare())];
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &spare[..spare.len().min(size as usize)]).as_ref());
        // Right or wrong, this attempt is over: a next one sends all of it again.
        self.incoming = None;
        hash
    }

    fn is_genuine(&mut self, signed: &[u8], signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ED25519, self.key).verify(signed, &<[u8; 64]>::from(*signature)).is_ok()
    }

    fn boot_trial(&mut self) {
        self.wish = Some(Wish::BootTrial);
    }

    fn keep_image(&mut self) {
        self.wish = Some(Wish::Keep);
    }

    fn roll_back(&mut self) {
        self.wish = Some(Wish::RollBack);
    }
}

/// A whole board in the world's time, µs.
#[derive(Debug)]
pub struct SimBoard {
    config: SimConfig,
    /// Boxed: a microcontroller's whole memory is much for a stack.
    core: Box<Board<READINGS>>,
    chip: Chip,
    /// When it was started.
    started_us: u64,
    boot_count: u32,
    /// An image that hangs: the watchdog bites then.
    hangs_until_us: Option<u64>,
}

impl SimBoard {
    /// Switched on.
    pub fn new(config: SimConfig, now_us: u64) -> Self {
        let chip = Chip {
            sent: Vec::new(),
            done: Vec::new(),
            flash: [image(config.firmware, false, 64), Vec::new()],
            incoming: None,
            slots: Slots::NEW,
            key: config.key,
            wish: None,
        };
        let core = Box::new(Board::new(about(&config, 1, RESET_POWER, config.firmware, false), 0));
        Self { config, core, chip, started_us: now_us, boot_count: 1, hangs_until_us: None }
    }

    /// Switched off and on, or reset: what it had not sent is gone.
    pub fn restart(&mut self, now_us: u64, reason: u8) {
        let (slots, place, trial) = self.chip.slots.start();
        self.chip.slots = slots;
        self.boot_count += 1;
        // An image that is none does what one does that hangs.
        let (firmware, mute) = read_image(&self.chip.flash[usize::from(place)]).unwrap_or((Semver::default(), true));
        *self.core = Board::new(about(&self.config, self.boot_count, reason, firmware, trial), 0);
        self.started_us = now_us;
        self.hangs_until_us = mute.then(|| now_us + TRIAL_US);
        self.chip.wish = None;
    }

    fn mono_us(&self, now_us: u64) -> u64 {
        (now_us.saturating_sub(self.started_us) as f64 * (1.0 + self.config.ppm * 1e-6)) as u64
    }

    /// Its own time, ms since it started.
    pub fn mono_ms(&self, now_us: u64) -> u64 {
        self.mono_us(now_us) / 1000
    }

    /// Measures; returns the reading's number.
    pub fn read(&mut self, now_us: u64, channel: u8, value: i32, quality: u8) -> u64 {
        self.core.read(self.mono_us(now_us), channel, value, quality)
    }

    /// Something happened.
    pub fn event(&mut self, now_us: u64, kind: u16, severity: u8, payload: &[u8]) -> u32 {
        self.core.event(self.mono_us(now_us), kind, severity, payload)
    }

    /// What came in on the line.
    pub fn hear(&mut self, now_us: u64, bytes: &[u8]) {
        if self.hangs_until_us.is_none() {
            self.core.hear(self.mono_us(now_us), bytes, &mut self.chip);
        }
        self.fulfil(now_us);
    }

    /// Does what is due.
    pub fn tick(&mut self, now_us: u64) {
        match self.hangs_until_us {
            Some(until) if now_us >= until => self.restart(now_us, RESET_WATCHDOG),
            Some(_) => return,
            None => self.core.tick(self.mono_us(now_us), &mut self.chip),
        }
        self.fulfil(now_us);
    }

    fn fulfil(&mut self, now_us: u64) {
        match self.chip.wish.take() {
            None => {}
            Some(Wish::Keep) => self.chip.slots = self.chip.slots.keep(),
            Some(Wish::BootTrial) => {
                self.chip.slots = self.chip.slots.arm();
                self.restart(now_us, RESET_SOFTWARE);
            }
            Some(Wish::RollBack) => {
                self.chip.slots = self.chip.slots.roll_back();
                self.restart(now_us, RESET_SOFTWARE);
            }
        }
    }

    /// What it put on the line since the last call, frame by frame.
    pub fn take_sent(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.chip.sent)
    }

    /// When [`SimBoard::tick`] is due at the latest.
    pub fn wake_at(&self) -> u64 {
        if let Some(until) = self.hangs_until_us {
            return until;
        }
        let mono = self.core.wake_at();
        if mono == u64::MAX {
            return u64::MAX;
        }
        // One more, for what rounding took.
        self.started_us.saturating_add((mono as f64 / (1.0 + self.config.ppm * 1e-6)) as u64 + 1)
    }

    /// The core, to look at.
    pub fn core(&self) -> &Board<READINGS> {
        &self.core
    }

    /// How often it started.
    pub fn boot_count(&self) -> u32 {
        self.boot_count
    }

    /// Every command that was done, as often as it was.
    pub fn done(&self) -> &[(u16, Vec<u8>)] {
        &self.chip.done
    }
}

fn about(config: &SimConfig, boot_count: u32, reset_reason: u8, firmware: Semver, trial: bool) -> About {
    About {
        versions: config.versions,
        firmware,
        build_id: *b"simulated-build1",
        hw_id: config.hw_id,
        boot_count,
        reset_reason,
        caps: CAP_OTA | CAP_COMMANDS,
        trial,
    }
}
