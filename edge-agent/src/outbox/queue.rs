//! One generation of the outbox: frames by stream and number in a sled database of their own.
//!
//! This file and those below it are the only ones that name sled. A value is a whole frame, not a record: sled costs
//! per value, and the frame brings its own checksum. `flush` alone is not power-safe on Linux (it does not reach the
//! device's cache), so [`Queue::commit`] ends with `sync_data` on sled's own file. One sled tree never gives disk back,
//! so a generation is dropped whole, as a directory (see `catalog`).
//!
//! Values lie in runs, each a sled tree named by its stream and first number. sled writes a page of a tree again for
//! every few values that join it, and puts a page that has grown large into a file of its own that it never syncs; a
//! run ends before that. In a closed generation a run may be one pack of many frames (see `pack`). What is written
//! over a value later lies in the default tree, and counts instead of what is below it.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::warn;
use vyavs_delivery::Seq;
use vyavs_wire::record::Stream;

use super::pack::{self, Unpacked};

mod error;
mod files;

pub use error::QueueError;
pub use files::dir_bytes;

use error::{guarded, is_lock};
use files::{PACKED_SEGMENT, SEGMENT, segment, sync_files};

/// How long another user of the same generation, about to let go of it, is waited for.
const LOCK_WAIT: Duration = Duration::from_millis(20);
const LOCK_TRIES: u32 = 50;

/// sled's page cache for one generation: frames are read once, in order, so a cache wins nothing.
const CACHE: u64 = 1024 * 1024;
/// Bytes of a run: below the quarter of a segment above which sled takes a page out of its log.
const RUN: usize = 112 * 1024;

/// Stream and first number.
type Key = (Stream, Seq);

/// Its bytes in sled.
const KEY: usize = 9;

fn encode((stream, first): Key) -> [u8; KEY] {
    let mut key = [0; KEY];
    key[0] = stream.number();
    key[1..].copy_from_slice(&first.to_be_bytes());
    key
}

/// What a run of one pack has after its key in its name.
const PACKED: &[u8] = b"p";

fn decode(key: &[u8]) -> Option<Key> {
    let (stream, first) = key.split_first()?;
    Some((Stream::from_number(*stream)?, Seq::from_be_bytes(first.try_into().ok()?)))
}

/// An open generation. Clones are the same one; it is closed with the last.
#[derive(Clone, Debug)]
pub struct Queue {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: sled::Db,
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By stream number and first number.
    runs: BTreeMap<(u8, Seq), Run>,
    /// By stream: what is at its end.
    ends: [End; 3],
    /// The pack that was read last, for the next frame mostly lies in it too.
    unpacked: Option<((u8, Seq), Arc<Unpacked>)>,
}

#[derive(Clone, Debug)]
struct Run {
    tree: sled::Tree,
    /// One value, and that a pack.
    packed: bool,
}

/// Where the next value of a stream goes.
#[derive(Clone, Debug, Default)]
struct End {
    /// The run and its bytes; `None` before the first value since opening.
    run: Option<(sled::Tree, usize)>,
    /// The number the last value starts at; `None` when not looked up yet.
    last: Option<Seq>,
}

/// A value that lies where a run cannot be read: nothing that could be taken for a frame.
const UNREADABLE: Vec<u8> = Vec::new();

impl Queue {
    /// Opens or creates the generation in `path`.
    pub fn open(path: &Path) -> Result<Self, QueueError> {
        Self::open_with(path, segment(path).unwrap_or(SEGMENT))
    }

    /// Creates a generation for [`Queue::put_pack`].
    pub(super) fn create_packed(path: &Path) -> Result<Self, QueueError> {
        Self::open_with(path, PACKED_SEGMENT)
    }

    fn open_with(path: &Path, segment: usize) -> Result<Self, QueueError> {
        let config = sled::Config::new()
            .path(path)
            .cache_capacity(CACHE)
            .segment_size(segment)
            // Committing is ours: no thread writes behind our back.
            .flush_every_ms(None);
        let mut tries = 0;
        let db = loop {
            match guarded(path, || config.open()) {
                Err(QueueError::Sled { source: sled::Error::Io(cause), .. })
                    if is_lock(&cause) && tries < LOCK_TRIES =>
                {
                    tries += 1;
                    std::thread::sleep(LOCK_WAIT);
                }
                done => break done?,
            }
        };
        let runs = guarded(path, || {
            let mut runs = BTreeMap::new();
            for name in db.tree_names() {
                let packed = name.strip_suffix(PACKED).filter(|key| key.len() == KEY);
                if let Some((stream, first)) = decode(packed.unwrap_or(&name)) {
                    let run = Run { packed: packed.is_some(), tree: db.open_tree(&name)? };
                    runs.insert((stream.number(), first), run);
                }
            }
            Ok(runs)
        })?;
        let state = Mutex::new(State { runs, ..State::default() });
        Ok(Self { inner: Arc::new(Inner { db, path: path.to_owned(), state }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guarded<T>(&self, work: impl FnOnce() -> sled::Result<T>) -> Result<T, QueueError> {
        guarded(&self.inner.path, work)
    }

    /// Writes the values in order, and returns when they are on the device. After an error, those up to some point
    /// are there.
    pub fn commit<'a>(&self, values: impl IntoIterator<Item = (Stream, Seq, &'a [u8])>) -> Result<(), QueueError> {
        for (stream, first, value) in values {
            self.put((stream, first), value)?;
        }
        self.sync()
    }

    fn put(&self, key: Key, value: &[u8]) -> Result<(), QueueError> {
        let (stream, first) = key;
        let lane = usize::from(stream.number());
        let End { run, last } = self.state().ends[lane].clone();
        let last = match last {
            Some(last) => last,
            None => self.at_or_before(stream, Seq::MAX)?.map_or(0, |(last, _)| last),
        };
        if first <= last {
            // Over something, or between: the runs stay as they are.
            self.guarded(|| self.inner.db.insert(encode(key), value))?;
            // The writer may have gone on meanwhile.
            self.state().ends[lane].last.get_or_insert(last);
            return Ok(());
        }
        let (tree, bytes) = match run.filter(|(_, bytes)| bytes + value.len() <= RUN) {
            Some(run) => run,
            None => (self.new_run(key, false)?, 0),
        };
        self.guarded(|| tree.insert(encode(key), value))?;
        self.state().ends[lane] = End { run: Some((tree, bytes + value.len())), last: Some(first) };
        Ok(())
    }

    fn new_run(&self, key: Key, packed: bool) -> Result<sled::Tree, QueueError> {
        let name = [encode(key).as_slice(), if packed { PACKED } else { &[] }].concat();
        let tree = self.guarded(|| self.inner.db.open_tree(name))?;
        self.state().runs.insert((key.0.number(), key.1), Run { tree: tree.clone(), packed });
        Ok(tree)
    }

    /// Writes many values, each with its first number, as one pack, after everything of the stream; durable with
    /// [`Queue::sync_all`].
    pub(super) fn put_pack(&self, stream: Stream, values: &[(Seq, Vec<u8>)]) -> Result<(), QueueError> {
        let Some((first, _)) = values.first() else { return Ok(()) };
        let packed = pack::pack(values);
        if !Unpacked::read(&packed).is_ok_and(|unpacked| unpacked.holds(values)) {
            // The original stays; nothing else could be trusted to give these bytes again.
            return Err(QueueError::Pack { path: self.inner.path.clone(), first: *first });
        }
        let tree = self.new_run((stream, *first), true)?;
        self.guarded(|| tree.insert(encode((stream, *first)), packed))?;
        Ok(())
    }

    /// Returns when everything written to the log is on the device.
    pub fn sync(&self) -> Result<(), QueueError> {
        self.guarded(|| self.inner.db.flush())?;
        File::open(self.inner.path.join("db"))
            .and_then(|file| file.sync_data())
            .map_err(|source| QueueError::Sync { path: self.inner.path.clone(), source })
    }

    /// Returns when everything written is on the device, the files beside the log and their names included.
    pub(super) fn sync_all(&self) -> Result<(), QueueError> {
        self.guarded(|| self.inner.db.flush())?;
        sync_files(&self.inner.path).map_err(|source| QueueError::Sync { path: self.inner.path.clone(), source })
    }

    /// The same, for a generation that was closed since.
    pub(super) fn sync_closed(path: &Path) -> Result<(), QueueError> {
        sync_files(path).map_err(|source| QueueError::Sync { path: path.to_owned(), source })
    }

    /// The value that starts at or before `at`, with its first number.
    pub fn at_or_before(&self, stream: Stream, at: Seq) -> Result<Option<(Seq, Vec<u8>)>, QueueError> {
        let (from, to) = (encode((stream, 0)), encode((stream, at)));
        let over = self.entry(|| self.inner.db.range(from..=to).next_back())?;
        let lane = stream.number();
        let mut below = Bound::Included((lane, at));
        loop {
            let run = self.state().runs.range((Bound::Included((lane, 0)), below)).next_back().map(held);
            let Some((key, run)) = run else { return Ok(over) };
            let find = || run.tree.range(from..=to).next_back();
            if let Some(found) = self.in_run(key, &run, |pack| pack.at_or_before(at), find)? {
                return Ok(Some(over.filter(|(first, _)| *first >= found.0).unwrap_or(found)));
            }
            // An empty run is what a crash left between its name and its first value.
            below = Bound::Excluded(key);
        }
    }

    /// The first value that starts after `at`.
    pub fn after(&self, stream: Stream, at: Seq) -> Result<Option<(Seq, Vec<u8>)>, QueueError> {
        let (from, to) = (encode((stream, at.saturating_add(1))), encode((stream, Seq::MAX)));
        let over = self.entry(|| self.inner.db.range(from..=to).next())?;
        let lane = stream.number();
        // From the run that holds `at` on.
        let mut next = self.state().runs.range((lane, 0)..=(lane, at)).next_back().map(held);
        let mut beyond = Bound::Excluded((lane, at));
        loop {
            if let Some((key, run)) = next {
                let find = || run.tree.range(from..=to).next();
                let found = self.in_run(key, &run, |pack| pack.after(at), find)?;
                if let Some(found) = found.filter(|(first, _)| *first > at) {
                    return Ok(Some(over.filter(|(first, _)| *first <= found.0).unwrap_or(found)));
                }
                if key.1 > at {
                    beyond = Bound::Excluded(key);
                }
            }
            next = self.state().runs.range((beyond, Bound::Included((lane, Seq::MAX)))).next().map(held);
            if next.is_none() {
                return Ok(over);
            }
        }
    }

    fn entry(
        &self,
        find: impl FnOnce() -> Option<Result<(sled::IVec, sled::IVec), sled::Error>>,
    ) -> Result<Option<(Seq, Vec<u8>)>, QueueError> {
        let found = self.guarded(|| find().transpose())?;
        Ok(found.and_then(|(key, value)| decode(&key).map(|(_, first)| (first, value.to_vec()))))
    }

    /// Looks into one run; one that cannot be read is one unreadable value at its first number.
    fn in_run(
        &self,
        key: (u8, Seq),
        run: &Run,
        in_pack: impl Fn(&Unpacked) -> Option<(Seq, Vec<u8>)>,
        find: impl FnOnce() -> Option<Result<(sled::IVec, sled::IVec), sled::Error>>,
    ) -> Result<Option<(Seq, Vec<u8>)>, QueueError> {
        let found = if run.packed {
            self.unpack(key, run).map(|pack| pack.and_then(|pack| in_pack(&pack)))
        } else {
            self.entry(find)
        };
        match found {
            Err(cause) if cause.is_local() => {
                warn!("a part of the buffer cannot be read: {:#}", anyhow::Error::new(cause));
                Ok(Some((key.1, UNREADABLE)))
            }
            found => found,
        }
    }

    fn unpack(&self, key: (u8, Seq), run: &Run) -> Result<Option<Arc<Unpacked>>, QueueError> {
        if let Some((_, known)) = self.state().unpacked.as_ref().filter(|(known, _)| *known == key) {
            return Ok(Some(known.clone()));
        }
        let Some((_, value)) = self.guarded(|| run.tree.first())? else { return Ok(None) };
        let damaged = |_| QueueError::Pack { path: self.inner.path.clone(), first: key.1 };
        let unpacked = Arc::new(Unpacked::read(&value).map_err(damaged)?);
        self.state().unpacked = Some((key, unpacked.clone()));
        Ok(Some(unpacked))
    }

    /// Every value, by stream and number; ends at the first error.
    pub fn iter(&self) -> impl Iterator<Item = Result<(Stream, Seq, Vec<u8>), QueueError>> + '_ {
        let mut streams = Stream::ALL.into_iter();
        let mut at = streams.next().map(|stream| (stream, 0));
        std::iter::from_fn(move || {
            while let Some((stream, after)) = at {
                match self.after(stream, after) {
                    Ok(Some((first, value))) => {
                        at = Some((stream, first));
                        return Some(Ok((stream, first, value)));
                    }
                    Ok(None) => at = streams.next().map(|stream| (stream, 0)),
                    Err(cause) => {
                        at = None;
                        return Some(Err(cause));
                    }
                }
            }
            None
        })
    }

    /// Whether there are packs in it.
    pub fn is_packed(&self) -> bool {
        self.state().runs.values().any(|run| run.packed)
    }

    /// Bytes of its files, as the disk counts them.
    pub fn disk_bytes(&self) -> u64 {
        dir_bytes(&self.inner.path)
    }
}

fn held((key, run): (&(u8, Seq), &Run)) -> ((u8, Seq), Run) {
    (*key, run.clone())
}
