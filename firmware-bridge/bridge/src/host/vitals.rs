//! Whether what comes in makes sense, and what to say when it does not.

use vyavs_frame::{FrameError, Incoming};

/// How long a line that was opened may be without a frame before that is said, µs.
const PATIENCE_US: u64 = 3_000_000;
/// So many bytes without a frame are not the rest of one.
const MANY: u64 = 600;

/// What came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes.
    pub bytes: u64,
    /// Frames that were whole.
    pub frames: u64,
    /// Frames that were not.
    pub bad_frames: u64,
}

#[derive(Debug, Default)]
pub(super) struct Vitals {
    counts: Counts,
    /// Since the last frame, or since the line was opened.
    bytes: u64,
    bad: u64,
    /// When that was.
    since_us: u64,
    told: bool,
}

impl Vitals {
    pub(super) fn opened(&mut self, now_us: u64) {
        (self.bytes, self.bad, self.since_us, self.told) = (0, 0, now_us, false);
    }

    pub(super) fn bytes(&mut self, count: usize) {
        self.counts.bytes += count as u64;
        self.bytes += count as u64;
    }

    pub(super) fn frame(&mut self, now_us: u64, frame: &Result<Incoming<'_>, FrameError>) {
        match frame {
            Ok(_) | Err(FrameError::Content { .. }) => {
                self.counts.frames += 1;
                self.opened(now_us);
            }
            Err(_) => {
                self.counts.bad_frames += 1;
                self.bad += 1;
            }
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// How long no frame came.
    pub(super) fn silent_us(&self, now_us: u64) -> u64 {
        now_us.saturating_sub(self.since_us)
    }

    /// What is wrong with the line, once for each time it was opened or was well.
    pub(super) fn trouble(&mut self, now_us: u64, waiting: bool) -> Option<String> {
        let s = self.silent_us(now_us) / 1_000_000;
        let why = match self.bytes {
            _ if self.told || !waiting || self.silent_us(now_us) < PATIENCE_US => return None,
            0 => format!("no byte from the board in {s} s: check cable, power and port"),
            bytes if bytes >= MANY || self.bad > 0 => {
                format!("{bytes} bytes and no frame in {s} s: check baud and line coding")
            }
            bytes => format!("{bytes} bytes and no frame in {s} s: is this a board?"),
        };
        self.told = true;
        Some(why)
    }

    /// When the last frame came, or the line was opened.
    pub(super) fn since_us(&self) -> u64 {
        self.since_us
    }

    pub(super) fn due_us(&self) -> u64 {
        if self.told { u64::MAX } else { self.since_us.saturating_add(PATIENCE_US) }
    }
}
