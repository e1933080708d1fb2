//! What was printed and is not yet with the agent, in figures, where a killed relay leaves them: the next one names it.
//!
//! The file lies beside the agent's socket, which is in memory (`/run`): it outlives the process, not the machine, and no
//! byte of a receipt is in it. There the copy counts ahead what it is about to print; that is a write to memory and waits
//! for nothing. On any other file system only the tap writes, so that a slow disk is not felt at the till; what was
//! printed in the moment before a kill and had not reached the tap is then not covered.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use tracing::warn;

const MAGIC: &[u8; 8] = b"VYRELAY1";
const LENGTH: usize = 72;
/// Where the tap's figures begin.
const OWED_AT: usize = 24;
/// The mode of [`File`]: nobody else needs to know how much is sold.
const MODE: u32 = 0o600;
/// `TMPFS_MAGIC` and `RAMFS_MAGIC` of linux/magic.h.
const IN_MEMORY: [rustix::fs::FsWord; 2] = [0x0102_1994, 0x8584_58F6];

/// Bytes, and how often the paper was cut in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) bytes: u64,
    pub(super) cuts: u64,
}

impl Count {
    /// Of a piece of a connection whose byte before it was `last`. `GS V` in a picture counts too: "at most" is what is
    /// asked for.
    pub(super) fn of(last: u8, bytes: &[u8]) -> Self {
        let before = std::iter::once(&last).chain(bytes);
        let cuts = before.zip(bytes).filter(|(one, two)| (**one, **two) == (0x1D, b'V')).count();
        Self { bytes: bytes.len() as u64, cuts: cuts as u64 }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.cuts += other.cuts;
    }

    fn minus(self, other: Self) -> Self {
        Self { bytes: self.bytes.saturating_sub(other.bytes), cuts: self.cuts.saturating_sub(other.cuts) }
    }
}

/// Jobs that were printed and that the agent has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) jobs: u64,
    pub(super) bytes: u64,
    /// When the first and the last of them began, µs; 0 where unknown.
    pub(super) from_us: i64,
    pub(super) to_us: i64,
}

impl Owed {
    /// With what was printed after the tap last looked: at most a job a cut, and one that was not cut.
    fn with(self, unseen: Count) -> Self {
        if unseen.bytes == 0 {
            return self;
        }
        Self { jobs: self.jobs + unseen.cuts + 1, bytes: self.bytes + unseen.bytes, ..self }
    }
}

/// The figures and their file.
#[derive(Debug, Default)]
pub(super) struct Tally {
    file: Option<File>,
    in_memory: bool,
    /// What was or is just being printed.
    copied: Count,
    /// How much of it the tap has looked at, and what of that the agent has not.
    seen: Count,
    owed: Owed,
    failed: bool,
}

impl Tally {
    /// Takes over what the last relay left in `path`. Without a usable file it counts in this process only.
    pub(super) fn open(path: Option<&Path>) -> Self {
        let Some(path) = path else { return Self::default() };
        match Self::take_over(path) {
            Ok(tally) => tally,
            Err(error) => {
                let path = path.display();
                warn!("{path} cannot be used: {error}; should this relay be killed, nobody names what it had in hand");
                Self::default()
            }
        }
    }

    fn take_over(path: &Path) -> io::Result<Self> {
        let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = file.mode(MODE).custom_flags(flags).open(path)?;
        // Given back by the kernel, however a process ends.
        file.try_lock().map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(&file, LENGTH as u64 + 1), &mut bytes)?;
        let owed = match bytes.is_empty() {
            true => Owed::default(),
            false => left(&bytes).unwrap_or_else(|| {
                warn!("{} is not what a relay left; one job is named as lost, whatever it was", path.display());
                Owed { jobs: 1, ..Owed::default() }
            }),
        };
        let kind = rustix::fs::fstatfs(&file)?.f_type;
        let mut tally = Self { in_memory: IN_MEMORY.contains(&kind), owed, ..Self::default() };
        file.set_len(LENGTH as u64)?;
        file.write_all_at(&tally.bytes(), 0)?;
        tally.file = Some(file);
        Ok(tally)
    }

    /// Before bytes are printed. Never waits for a disk.
    pub(super) fn printing(&mut self, count: Count) {
        self.copied.add(count);
        if self.in_memory {
            self.write(8, OWED_AT);
        }
    }

    /// The tap has looked at everything up to `seen`, and this is what the agent has not.
    pub(super) fn owe(&mut self, seen: Count, owed: Owed) {
        if (self.seen, self.owed) == (seen, owed) {
            return;
        }
        (self.seen, self.owed) = (seen, owed);
        self.write(if self.in_memory { OWED_AT } else { 8 }, LENGTH);
    }

    /// What was owed when a tap ended that had looked at everything up to `taken`.
    pub(super) fn left_by_the_last_tap(&self, taken: Count) -> Owed {
        self.owed.with(taken.minus(self.seen))
    }

    fn bytes(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..8].copy_from_slice(MAGIC);
        // Where the copy must not write, it is not ahead of the tap.
        let copied = if self.in_memory { self.copied } else { self.seen };
        let Owed { jobs, bytes: owed, from_us, to_us } = self.owed;
        let figures = [copied.bytes, copied.cuts, self.seen.bytes, self.seen.cuts, owed, jobs];
        let figures = figures.into_iter().chain([from_us as u64, to_us as u64]);
        for (place, figure) in bytes[8..].chunks_exact_mut(8).zip(figures) {
            place.copy_from_slice(&figure.to_le_bytes());
        }
        bytes
    }

    fn write(&mut self, from: usize, to: usize) {
        let Some(file) = &self.file else { return };
        if let Err(error) = file.write_all_at(&self.bytes()[from..to], from as u64)
            && !std::mem::replace(&mut self.failed, true)
        {
            warn!(
                "the relay's figures cannot be written: {error}; should it be killed, what it names may be too little"
            );
        }
    }
}

/// What a relay that is gone still owed; `None` when these are not its figures.
fn left(bytes: &[u8]) -> Option<Owed> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    if magic != MAGIC || bytes.len() != LENGTH {
        return None;
    }
    let mut figures = rest.chunks_exact(8).map(|chunk| chunk.iter().rev().fold(0, |sum, b| sum << 8 | u64::from(*b)));
    let mut next = || figures.next();
    let copied = Count { bytes: next()?, cuts: next()? };
    let seen = Count { bytes: next()?, cuts: next()? };
    let owed = Owed { bytes: next()?, jobs: next()?, from_us: next()? as i64, to_us: next()? as i64 };
    Some(owed.with(copied.minus(seen)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_counted_over_the_seams() {
        assert_eq!(Count::of(0, b"ab\x1dVB\x00\x1dV"), Count { bytes: 8, cuts: 2 });
        assert_eq!(Count::of(0x1D, b"V"), Count { bytes: 1, cuts: 1 });
        assert_eq!(Count::of(0x1D, b""), Count::default());
    }

    #[test]
    fn the_next_relay_knows_what_the_last_one_owed() {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
        let path = dir.path().join("till-1.tally");
        let owed = Owed { jobs: 2, bytes: 900, from_us: -5, to_us: 7 };
        {
            let mut first = Tally::open(Some(&path));
            assert_eq!(first.left_by_the_last_tap(Count::default()), Owed::default());
            first.printing(Count { bytes: 1_000, cuts: 3 });
            first.owe(Count { bytes: 900, cuts: 2 }, owed);
            let other = Tally::open(Some(&path));
            assert!(other.file.is_none(), "two relays do not share their figures");
        }
        let second = Tally::open(Some(&path));
        let unseen = if second.in_memory { Count { bytes: 100, cuts: 1 } } else { Count::default() };
        let left = second.left_by_the_last_tap(Count::default());
        assert_eq!(left, owed.with(unseen));
        drop(second);
        let third = Tally::open(Some(&path));
        assert_eq!(third.left_by_the_last_tap(Count::default()), left, "nobody was told yet");
    }

    #[test]
    fn what_cannot_be_read_is_one_unknown_job_and_links_are_not_followed() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("till-1.tally");
        std::fs::write(&path, b"something else").expect("written");
        assert_eq!(Tally::open(Some(&path)).left_by_the_last_tap(Count::default()).jobs, 1);
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).expect("linked");
        assert!(Tally::open(Some(&link)).file.is_none());
    }
}
