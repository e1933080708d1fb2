//! An image on its way to a board: a piece at a time, from where the board says, until it runs and says so.

use std::sync::Arc;

use ring::digest::{SHA256, digest};
use vyavs_frame::message::{Hello, MAX_CHUNK, Message, OtaBegin, OtaChunk, OtaCommit, OtaStatus, Semver};

use super::retry_us;

/// How long a board may take from the commit to the hello of the new image, or of the old one: its 60 s on trial, and
/// two starts.
const TRIAL_US: u64 = 120_000_000;
/// A question that is said so often without an answer begins anew with the offer: the board may have started again.
const PATIENCE: u8 = 4;
/// Offers without an answer before the update has failed.
const OFFERS: u8 = 12;

/// An image, as its maker signed it.
#[derive(Clone, Debug)]
pub struct Update {
    /// Its bytes.
    pub image: Vec<u8>,
    /// What it will say it is.
    pub version: Semver,
    /// Ed25519 under [`OtaBegin::signed`].
    pub signature: [u8; 64],
}

impl Update {
    /// What the board is told first.
    pub fn offer(&self) -> OtaBegin {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &self.image).as_ref());
        let size = self.image.len() as u32;
        OtaBegin { size, sha256, signature: self.signature.into(), version: self.version }
    }
}

/// How an update goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateNews {
    /// So many bytes are on the board.
    Sent(u32),
    /// The new image runs and reached us.
    Done,
    /// It does not, and why.
    Failed(UpdateError),
}

/// Why a board runs its old image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// It said so.
    #[error("the board refused the image: {0:?}")]
    Refused(OtaStatus),
    /// It answers nothing.
    #[error("the board does not answer the offer of an image")]
    NoAnswer,
    /// The new image did not reach us within its trial.
    #[error("the new image did not reach the host: the board runs the one before again")]
    RolledBack,
    /// Neither image says hello.
    #[error("no hello from the board within {} s of its restart", TRIAL_US / 1_000_000)]
    Silent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Offer,
    Send { offset: u32 },
    Commit,
    Trial { until_us: u64 },
}

#[derive(Debug)]
pub(super) struct Updating {
    update: Arc<Update>,
    offer: OtaBegin,
    /// The run that was told to restart.
    boot: u32,
    stage: Stage,
    due_us: u64,
    tries: u8,
    offers: u8,
}

impl Updating {
    pub(super) fn new(update: Arc<Update>, boot: u32, now_us: u64) -> Self {
        let offer = update.offer();
        Self { update, offer, boot, stage: Stage::Offer, due_us: now_us, tries: 0, offers: 0 }
    }

    fn go(&mut self, stage: Stage, now_us: u64) {
        (self.stage, self.due_us, self.tries) = (stage, now_us, 0);
    }

    /// The board needs `offset` next. From an answer to a piece only what is ahead counts: one that comes twice must
    /// not send everything twice from there on.
    pub(super) fn wanted(&mut self, now_us: u64, offset: u32, is_ready: bool) -> Option<UpdateNews> {
        let news = match self.stage {
            Stage::Offer => is_ready,
            Stage::Send { offset: at } => offset > at,
            Stage::Commit => !is_ready && offset < self.offer.size,
            Stage::Trial { .. } => false,
        };
        if !news || offset > self.offer.size {
            return None;
        }
        self.offers = 0;
        let stage = if offset == self.offer.size { Stage::Commit } else { Stage::Send { offset } };
        self.go(stage, now_us);
        Some(UpdateNews::Sent(offset))
    }

    pub(super) fn result(&mut self, now_us: u64, status: OtaStatus) -> Option<UpdateNews> {
        match (status, self.stage) {
            (OtaStatus::Trial, Stage::Commit) => {
                self.go(Stage::Trial { until_us: now_us.saturating_add(TRIAL_US) }, now_us);
                None
            }
            (OtaStatus::Trial, _) | (_, Stage::Trial { .. }) => None,
            // It started anew meanwhile; what it has kept of the image it says itself.
            (OtaStatus::NotBegun, _) => {
                self.go(Stage::Offer, now_us);
                None
            }
            (status, _) => Some(UpdateNews::Failed(UpdateError::Refused(status))),
        }
    }

    /// A board says hello, in a version that is spoken or not.
    pub(super) fn greeted(&mut self, now_us: u64, hello: &Hello, is_spoken: bool) -> Option<UpdateNews> {
        let restarted = hello.boot_count != self.boot;
        let committed = matches!(self.stage, Stage::Trial { .. } | Stage::Commit);
        if restarted && committed {
            if hello.firmware == self.offer.version {
                // What cannot talk to us is not kept either; the one before will say hello.
                return is_spoken.then_some(UpdateNews::Done);
            }
            if matches!(self.stage, Stage::Trial { .. }) {
                return Some(UpdateNews::Failed(UpdateError::RolledBack));
            }
        }
        if !matches!(self.stage, Stage::Trial { .. }) {
            self.boot = hello.boot_count;
            self.go(Stage::Offer, now_us);
        }
        None
    }

    /// What is due: a message to say, or the end.
    pub(super) fn due(&mut self, now_us: u64, mut say: impl FnMut(Message<'_>)) -> Option<UpdateNews> {
        if let Stage::Trial { until_us } = self.stage {
            return (now_us >= until_us).then_some(UpdateNews::Failed(UpdateError::Silent));
        }
        if now_us < self.due_us {
            return None;
        }
        if self.tries >= PATIENCE && self.stage != Stage::Offer {
            self.go(Stage::Offer, now_us);
        }
        match self.stage {
            Stage::Offer => {
                if self.offers >= OFFERS {
                    return Some(UpdateNews::Failed(UpdateError::NoAnswer));
                }
                self.offers += 1;
                say(Message::OtaBegin(self.offer));
            }
            Stage::Send { offset } => {
                let rest = self.update.image.get(offset as usize..).unwrap_or_default();
                say(Message::OtaChunk(OtaChunk { offset, data: &rest[..rest.len().min(MAX_CHUNK)] }));
            }
            Stage::Commit => say(Message::OtaCommit(OtaCommit { sha256: self.offer.sha256 })),
            Stage::Trial { .. } => {}
        }
        self.due_us = now_us.saturating_add(retry_us(self.tries));
        self.tries = self.tries.saturating_add(1);
        None
    }

    pub(super) fn due_us(&self) -> u64 {
        match self.stage {
            Stage::Trial { until_us } => until_us,
            _ => self.due_us,
        }
    }
}
