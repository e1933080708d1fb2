//! The generations of the outbox: which directory holds which numbers.
//!
//! ```text
//! outbox/lock              held by the process that has the outbox open
//! outbox/cursor            epoch, settled
//! outbox/gen-000007.0/     a sled database; the highest one is written, the others are closed
//! outbox/gen-000007.0.idx  what a closed one holds, so that a start opens one database and not a thousand
//! outbox/quarantine-…/     what could not be opened; kept, never used
//! ```
//! The second number rises when a closed generation is rewritten: packed, thinned, or named as lost. The highest with
//! an index wins. An index says how many bytes its generation has, and whether it was packed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vyavs_delivery::Seq;
use vyavs_wire::record::Stream;

use super::cursor::sync_dir;
use super::queue::dir_bytes;

/// The numbers of one stream in a generation; `first > last` when there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First number.
    pub first: Seq,
    /// Last number.
    pub last: Seq,
}

impl Span {
    /// No numbers.
    pub const EMPTY: Self = Self { first: 1, last: 0 };

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.first > self.last
    }

    /// Whether `at` is one of them.
    pub fn holds(&self, at: Seq) -> bool {
        self.first <= at && at <= self.last
    }

    /// Takes in `first..=last`.
    pub fn extend(&mut self, first: Seq, last: Seq) {
        if self.is_empty() {
            *self = Self { first, last };
        } else {
            self.first = self.first.min(first);
            self.last = self.last.max(last);
        }
    }
}

/// What a generation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Of its frames.
    pub epoch: u64,
    /// By stream.
    pub spans: [Span; 3],
    /// Bytes on disk when it was closed.
    pub bytes: u64,
    /// When the first frame was written, µs of the device's clock.
    pub opened_us: i64,
    /// When it was closed, µs of the device's clock.
    pub closed_us: i64,
    /// How often its readings were thinned: 0 not, 1 to minutes, 2 dropped.
    pub shed: u8,
    /// Whether it was rewritten compactly.
    pub packing: Packing,
}

/// How a generation lies on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// As it was appended.
    #[default]
    Appended,
    /// Rewritten into packs.
    Packed,
    /// Packing it was tried and is no use.
    Useless,
}

/// [`Index`] as it was before there was packing.
#[derive(Deserialize)]
struct Unpacked {
    epoch: u64,
    spans: [Span; 3],
    bytes: u64,
    opened_us: i64,
    closed_us: i64,
    shed: u8,
}

impl Index {
    /// Of a generation without frames.
    pub fn new(epoch: u64, now_us: i64) -> Self {
        let packing = Packing::Appended;
        Self { epoch, spans: [Span::EMPTY; 3], bytes: 0, opened_us: now_us, closed_us: 0, shed: 0, packing }
    }

    fn read(body: &[u8]) -> Option<Self> {
        postcard::from_bytes(body).ok().or_else(|| {
            let old: Unpacked = postcard::from_bytes(body).ok()?;
            let Unpacked { epoch, spans, bytes, opened_us, closed_us, shed } = old;
            Some(Self { epoch, spans, bytes, opened_us, closed_us, shed, packing: Packing::Appended })
        })
    }

    /// Whether the hub has all of it.
    pub fn is_settled(&self, settled: [Seq; 3]) -> bool {
        self.spans.iter().zip(settled).all(|(span, settled)| span.is_empty() || span.last <= settled)
    }

    /// The numbers of a stream.
    pub fn span(&self, stream: Stream) -> Span {
        self.spans[usize::from(stream.number())]
    }
}

/// Which directory: generation and rewrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GenId {
    /// Counts up.
    pub number: u64,
    /// Rewrites of it.
    pub rewrite: u32,
}

impl GenId {
    /// Its directory.
    pub fn path(self, dir: &Path) -> PathBuf {
        dir.join(format!("gen-{:06}.{}", self.number, self.rewrite))
    }

    fn index_path(self, dir: &Path) -> PathBuf {
        dir.join(format!("gen-{:06}.{}.idx", self.number, self.rewrite))
    }

    /// What it becomes when it is rewritten.
    pub fn rewritten(self) -> Self {
        Self { rewrite: self.rewrite + 1, ..self }
    }

    fn parse(name: &str) -> Option<Self> {
        let (number, rewrite) = name.strip_prefix("gen-")?.split_once('.')?;
        Some(Self { number: number.parse().ok()?, rewrite: rewrite.parse().ok()? })
    }
}

/// What a start finds.
#[derive(Debug, Default)]
pub struct Found {
    /// Closed generations, oldest first.
    pub closed: BTreeMap<GenId, Index>,
    /// Directories without an index: the one that was being written, or one whose index was lost.
    pub open: Vec<GenId>,
}

/// Lists the generations in `dir` and removes what an interrupted rewrite left; opens none.
pub fn scan(dir: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    let mut ids = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir()
            && let Some(id) = entry.file_name().to_str().and_then(GenId::parse)
        {
            ids.push(id);
        }
    }
    ids.sort();
    for same in ids.chunk_by(|a, b| a.number == b.number) {
        // The last finished rewrite holds the numbers; without one, what the others were to be made from does.
        let done = same.iter().rev().find_map(|id| Some((*id, load_index(dir, *id)?)));
        let kept = done.map(|(id, _)| id).or(same.first().copied());
        for id in same.iter().filter(|id| Some(**id) != kept) {
            remove(dir, *id)?;
        }
        match (done, kept) {
            (Some((id, index)), _) => drop(found.closed.insert(id, index)),
            (None, Some(id)) => found.open.push(id),
            (None, None) => {}
        }
    }
    Ok(found)
}

fn load_index(dir: &Path, id: GenId) -> Option<Index> {
    let bytes = fs::read(id.index_path(dir)).ok()?;
    let (crc, body) = bytes.split_first_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
        return None;
    }
    Index::read(body)
}

/// Takes the directory for this process, for as long as the file lives; a second process is refused.
pub fn lock(dir: &Path) -> io::Result<fs::File> {
    let file = fs::File::options().create(true).truncate(false).write(true).open(dir.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process has it open"))
        }
        Err(fs::TryLockError::Error(cause)) => Err(cause),
    }
}

/// Writes the index that makes a generation closed.
pub fn close(dir: &Path, id: GenId, index: &Index) -> io::Result<()> {
    use std::io::Write;
    let body = postcard::to_stdvec(index).expect("a vector takes any length");
    let temporary = dir.join("index.tmp");
    let mut file = fs::File::create(&temporary)?;
    file.write_all(&crc32c::crc32c(&body).to_le_bytes())?;
    file.write_all(&body)?;
    file.sync_all()?;
    fs::rename(&temporary, id.index_path(dir))?;
    sync_dir(dir)
}

/// Drops a generation whole: index first, so that what is left of a crash is never taken for data.
pub fn remove(dir: &Path, id: GenId) -> io::Result<()> {
    match fs::remove_file(id.index_path(dir)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Renamed before it is emptied: half a directory must not look like a generation.
    let doomed = dir.join(format!("doomed-{:06}.{}", id.number, id.rewrite));
    fs::rename(id.path(dir), &doomed)?;
    sync_dir(dir)?;
    fs::remove_dir_all(doomed)
}

/// Sets a generation aside for whoever repairs it; never deletes.
pub fn quarantine(dir: &Path, id: GenId, now_us: i64) -> io::Result<PathBuf> {
    let aside = dir.join(format!("quarantine-{now_us}-{:06}.{}", id.number, id.rewrite));
    fs::rename(id.path(dir), &aside)?;
    match fs::remove_file(id.index_path(dir)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    sync_dir(dir)?;
    Ok(aside)
}

/// Makes the names of new generations durable.
pub fn sync_names(dir: &Path) -> io::Result<()> {
    sync_dir(dir)
}

/// Removes what a crash in [`remove`] left.
pub fn sweep(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("doomed-") {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Bytes of everything in the outbox's directory.
pub fn disk_bytes(dir: &Path) -> u64 {
    dir_bytes(dir)
}
