//! The messages, as they stand in an envelope.
//!
//! postcard numbers variants by position and carries no field names, so a shipped variant is never edited, moved or
//! removed: a new shape is a new variant at the end, and `tests/golden/` keeps the bytes of every one.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::samples::Samples;

/// Most bytes of a command's arguments and of its result.
pub const MAX_ARGS: usize = 64;
/// Most bytes an event carries.
pub const MAX_EVENT: usize = 48;
/// Most bytes of an image in one [`OtaChunk`].
pub const MAX_CHUNK: usize = 256;
/// Most gaps one [`BatchAck`] names.
pub const MAX_NACKS: usize = 4;

/// One message, and the conversation it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<'a> {
    /// As the host said in [`HelloAck::Accept`]; 0 before that, and where no version is common.
    pub session: u32,
    /// What is said.
    #[serde(borrow)]
    pub message: Message<'a>,
}

/// All that is ever said. Variants are never edited, moved or removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message<'a> {
    /// Board → host: who I am.
    Hello(Hello),
    /// Host → board: we talk, or why not.
    HelloAck(HelloAck),
    /// Either: what time is it with you?
    TimeReq(TimeReq),
    /// The answer.
    TimeResp(TimeResp),
    /// Board → host: readings.
    #[serde(borrow)]
    ReadingBatch(ReadingBatch<'a>),
    /// Host → board: these are on disk.
    BatchAck(BatchAck),
    /// Board → host: something happened; not batched.
    #[serde(borrow)]
    Event(Event<'a>),
    /// Host → board: the event is on disk.
    EventAck(EventAck),
    /// Host → board: do this, once.
    #[serde(borrow)]
    Command(Command<'a>),
    /// Board → host: what came of it.
    #[serde(borrow)]
    CommandResult(CommandResult<'a>),
    /// Host → board: a new image.
    OtaBegin(OtaBegin),
    /// Board → host: send it, from here on.
    OtaReady(OtaReady),
    /// Host → board: a piece of it.
    #[serde(borrow)]
    OtaChunk(OtaChunk<'a>),
    /// Board → host: send from here on.
    OtaAck(OtaAck),
    /// Host → board: that was all; check it and boot it on trial.
    OtaCommit(OtaCommit),
    /// Board → host: how it ended.
    OtaResult(OtaResult),
    /// Board → host: for whoever looks after the board; may be lost.
    #[serde(borrow)]
    Log(Log<'a>),
    /// Either: are you there?
    Ping(Ping),
    /// The answer.
    Pong(Pong),
    /// Either: I do not know what you said.
    Unsupported(Unsupported),
}

/// How many [`Message`] variants there are: tags from here on are of a newer version than this.
pub const TAGS: u32 = 20;

impl Message<'_> {
    /// The variant's number on the wire.
    pub fn tag(&self) -> u32 {
        match self {
            Self::Hello(_) => 0,
            Self::HelloAck(_) => 1,
            Self::TimeReq(_) => 2,
            Self::TimeResp(_) => 3,
            Self::ReadingBatch(_) => 4,
            Self::BatchAck(_) => 5,
            Self::Event(_) => 6,
            Self::EventAck(_) => 7,
            Self::Command(_) => 8,
            Self::CommandResult(_) => 9,
            Self::OtaBegin(_) => 10,
            Self::OtaReady(_) => 11,
            Self::OtaChunk(_) => 12,
            Self::OtaAck(_) => 13,
            Self::OtaCommit(_) => 14,
            Self::OtaResult(_) => 15,
            Self::Log(_) => 16,
            Self::Ping(_) => 17,
            Self::Pong(_) => 18,
            Self::Unsupported(_) => UNSUPPORTED,
        }
    }

    /// Whether it is said also where no version is common: greeting, ping and update are the same for ever.
    pub fn is_for_ever(&self) -> bool {
        matches!(self.tag(), 0 | 1 | 10..=15 | 17..=19)
    }
}

/// [`Message::Unsupported`]'s tag; never answered with itself.
pub const UNSUPPORTED: u32 = 19;

/// A firmware's version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Semver {
    /// Breaks.
    pub major: u16,
    /// Adds.
    pub minor: u16,
    /// Repairs.
    pub patch: u16,
}

impl core::fmt::Display for Semver {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// [`Hello::reset_reason`]: the power came.
pub const RESET_POWER: u8 = 0;
/// [`Hello::reset_reason`]: somebody pressed it.
pub const RESET_PIN: u8 = 1;
/// [`Hello::reset_reason`]: the firmware asked for it (an update).
pub const RESET_SOFTWARE: u8 = 2;
/// [`Hello::reset_reason`]: it hung.
pub const RESET_WATCHDOG: u8 = 3;
/// [`Hello::reset_reason`]: the voltage fell.
pub const RESET_BROWNOUT: u8 = 4;

/// [`Hello::caps`]: takes images.
pub const CAP_OTA: u32 = 1;
/// [`Hello::caps`]: takes commands.
pub const CAP_COMMANDS: u32 = 2;

/// Who the board is, and what it speaks. Sent until it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Oldest version of the conversation it speaks.
    pub proto_min: u16,
    /// Newest.
    pub proto_max: u16,
    /// [`crate::version::FINGERPRINT`] it was built with.
    pub icd_fingerprint: u64,
    /// Its firmware.
    pub firmware: Semver,
    /// Which build of it.
    pub build_id: [u8; 16],
    /// Which piece of hardware; unique.
    pub hw_id: [u8; 16],
    /// How often it started in its life: monotonic times and reading numbers are comparable within one.
    pub boot_count: u32,
    /// `RESET_…`; others may come.
    pub reset_reason: u8,
    /// `CAP_…` bits.
    pub caps: u32,
    /// Longest frame it can take.
    pub max_frame: u16,
    /// ms since it started.
    pub mono_ms: u64,
}

/// How readings are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How long a reading may wait for others, ms.
    pub period_ms: u32,
    /// Readings that are sent without waiting.
    pub batch: u16,
    /// Batches that may be unacknowledged; at most [`crate::board::MAX_WINDOW`].
    pub window: u8,
}

/// The host's answer to a [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HelloAck {
    /// The conversation begins.
    Accept {
        /// The highest version both speak.
        proto: u16,
        /// Stands in every envelope from here on; not 0.
        session: u32,
        /// The host's wall clock, ms since 1970: to show, never to stamp with.
        epoch_ms: i64,
        /// How readings are sent.
        policy: Policy,
        /// The first reading number of this boot that the host does not have on disk; 0 where it knows none.
        resume_seq: u64,
    },
    /// It does not.
    Refuse {
        /// Why.
        reason: Refusal,
    },
}

/// Why a host does not talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// No version is common: only ping and update are answered.
    NoCommonVersion,
    /// The host knows no conversation: say hello.
    NoSession,
}

/// Asks for the other's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeReq {
    /// The asker's monotonic time of sending, µs.
    pub t1_us: u64,
}

/// Answers a [`TimeReq`]. With `t4`, the asker's time of hearing it: the other's clock minus one's own is
/// `((t2−t1)+(t3−t4))/2`, and `(t4−t1)−(t3−t2)` was spent on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeResp {
    /// As asked.
    pub t1_us: u64,
    /// The answerer's monotonic time of hearing the question, µs.
    pub t2_us: u64,
    /// And of answering it, µs.
    pub t3_us: u64,
}

/// Readings, numbered within a boot from 1 on without a gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingBatch<'a> {
    /// [`Hello::boot_count`].
    pub boot: u32,
    /// The first reading's number.
    pub seq: u64,
    /// `seq` minus the number of the oldest reading the board still has: what is older and not on disk is lost.
    pub behind: u32,
    /// Readings this boot has lost because its memory was full.
    pub dropped: u32,
    /// When the first reading was taken, ms since the board started.
    pub base_mono_ms: u64,
    /// The readings; at least one.
    #[serde(borrow)]
    pub samples: Samples<'a>,
}

/// What the host has on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAck {
    /// Of which boot.
    pub boot: u32,
    /// Every reading below this number is on disk.
    pub next: u64,
    /// `(from, to)`, `to` excluded: did not arrive, while later ones did.
    pub nacks: Vec<(u64, u64), MAX_NACKS>,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event<'a> {
    /// Of which boot.
    pub boot: u32,
    /// Counts from 1 in a boot.
    pub id: u32,
    /// What, by the firmware's own table.
    pub kind: u16,
    /// 0 info, 1 warning, 2 critical.
    pub severity: u8,
    /// When, ms since the board started.
    pub mono_ms: u64,
    /// More of it; at most [`MAX_EVENT`] bytes.
    pub payload: &'a [u8],
}

/// The event is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventAck {
    /// Of which boot.
    pub boot: u32,
    /// Which.
    pub id: u32,
}

/// Something to do once, however often it is heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command<'a> {
    /// Never used twice by a host in a boot of the board.
    pub id: u32,
    /// What, by the firmware's own table.
    pub op: u16,
    /// With what; at most [`MAX_ARGS`] bytes.
    pub args: &'a [u8],
    /// Not done any more after this time of the board, ms since it started; 0 is never.
    pub deadline_ms: u64,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Done.
    Done,
    /// The board does not know the operation.
    UnknownOp,
    /// The arguments are not what the operation expects.
    BadArgs,
    /// Tried, and it did not work.
    Failed,
    /// Heard after its deadline, so not done.
    Expired,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandResult<'a> {
    /// Of which.
    pub id: u32,
    /// How it ended.
    pub status: Status,
    /// What it answers; at most [`MAX_ARGS`] bytes.
    pub data: &'a [u8],
}

/// An Ed25519 signature (RFC 8032), `R ‖ S`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The first half.
    pub r: [u8; 32],
    /// The second.
    pub s: [u8; 32],
}

impl From<[u8; 64]> for Signature {
    fn from(bytes: [u8; 64]) -> Self {
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&bytes[..32]);
        s.copy_from_slice(&bytes[32..]);
        Self { r, s }
    }
}

impl From<Signature> for [u8; 64] {
    fn from(signature: Signature) -> Self {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&signature.r);
        bytes[32..].copy_from_slice(&signature.s);
        bytes
    }
}

/// An image on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtaBegin {
    /// Its bytes.
    pub size: u32,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Under [`OtaBegin::signed`].
    pub signature: Signature,
    /// What it will say it is.
    pub version: Semver,
}

/// Length of what is signed.
pub const SIGNED: usize = 10 + 6 + 4 + 32;

impl OtaBegin {
    /// What the maker signs: `VYAVS-OTA1`, the version and the size little-endian, and the hash.
    pub fn signed(&self) -> [u8; SIGNED] {
        let mut out = [0; SIGNED];
        out[..10].copy_from_slice(b"VYAVS-OTA1");
        out[10..12].copy_from_slice(&self.version.major.to_le_bytes());
        out[12..14].copy_from_slice(&self.version.minor.to_le_bytes());
        out[14..16].copy_from_slice(&self.version.patch.to_le_bytes());
        out[16..20].copy_from_slice(&self.size.to_le_bytes());
        out[20..].copy_from_slice(&self.sha256);
        out
    }
}

/// The board takes the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtaReady {
    /// From here on; not 0 where an earlier attempt was cut off.
    pub offset: u32,
}

/// A piece of the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtaChunk<'a> {
    /// Where it belongs.
    pub offset: u32,
    /// At most [`MAX_CHUNK`] bytes.
    pub data: &'a [u8],
}

/// Where the board waits for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtaAck {
    /// The next byte it needs.
    pub offset: u32,
}

/// The image is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtaCommit {
    /// Which, so that a late commit never boots another.
    pub sha256: [u8; 32],
}

/// How an update went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OtaStatus {
    /// Whole and genuine: it boots on trial, and has 60 s to reach the host.
    Trial,
    /// No image was begun.
    NotBegun,
    /// More than the board has room for, or more than was announced.
    TooBig,
    /// Its bytes are not what was announced.
    BadHash,
    /// Not signed by whom the board trusts.
    BadSignature,
    /// The memory refused.
    Flash,
}

/// The end of an update, good or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtaResult {
    /// How it went.
    pub status: OtaStatus,
}

/// A line for whoever looks after the board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log<'a> {
    /// 0 debug, 1 info, 2 warning, 3 error.
    pub level: u8,
    /// When, ms since the board started.
    pub mono_ms: u64,
    /// UTF-8.
    pub text: &'a str,
}

/// Are you there?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Comes back.
    pub nonce: u32,
}

/// Yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// As asked.
    pub nonce: u32,
}

/// I do not know what you said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// Its tag.
    pub tag: u32,
}
