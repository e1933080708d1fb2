//! A folder that a till drops files into: what is complete is read, once, and remembered.
//!
//! Complete is what did not change for a while. A file is read as a stream on a thread of its own; what it says goes to
//! the outbox in batches, and only when a batch is durable is the place in the file saved (beside the outbox, by an atomic
//! rename). A reading that was stopped goes on there if what was read before still stands there; a file that is replaced
//! while it is read is noticed and read again from its start. Nothing in here knows what is in the files.

pub mod memory;
pub mod sink;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::sync::mpsc;
use tracing::{info, warn};
use vyavs_codec::tillfile::{Entry, Place, Terminals};
use vyavs_domain::money::Currency;
use vyavs_domain::time::StoreTime;
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;

use super::Context;
use crate::health::InputHandle;
use memory::{Done, Memory, Progress};
use sink::Sink;

/// How often the folder is looked at.
const POLL: Duration = Duration::from_secs(1);
/// First and longest wait after a failure.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// A file that could not be opened is tried again after this.
const RETRY: Duration = Duration::from_secs(10);
/// How often the place in a file is saved while it is read.
const SAVE: Duration = Duration::from_secs(1);
/// Batches on their way from the reading thread.
const AHEAD: usize = 2;

/// What happens to a file that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterRead {
    /// It stays, and is remembered.
    #[default]
    Keep,
    /// It goes into the folder `done` in its folder; what cannot be read into `refused`.
    Move,
    /// It is deleted; what cannot be read stays.
    Delete,
}

/// Where and how a folder is watched.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Of the input.
    pub name: String,
    /// Which folder.
    pub folder: PathBuf,
    /// What happens to what was read.
    pub done: AfterRead,
    /// How long a file must not have changed.
    pub settle: Duration,
    /// The file that remembers.
    pub state: PathBuf,
}

/// Why an input of files ended.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The section cannot be used.
    #[error("{section} {name}: {why}")]
    Config {
        /// Which section.
        section: &'static str,
        /// Which input.
        name: String,
        /// Why.
        why: String,
    },
    /// What was read cannot be remembered, and so nothing may be read.
    #[error("failed to write {path}: {source}")]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The outbox has stopped.
    #[error("the outbox has stopped")]
    Stopped,
}

/// Something that may be read: a file, or a folder of files that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name in the folder.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Device, inode, size and time of change of everything in it: what differs was changed or replaced.
    pub stamp: String,
    /// When it last changed.
    pub modified: Timestamp,
}

/// The shop, as files need it.
#[derive(Clone, Debug)]
pub struct Site {
    /// Which till is which.
    pub terminals: Terminals,
    /// The store's reading of time.
    pub time: Arc<StoreTime>,
    /// The store's currency.
    pub currency: Currency,
}

impl Site {
    /// As the readers of files want it.
    pub fn place(&self, seen: Timestamp) -> Place<'_> {
        Place { terminals: &self.terminals, time: &self.time, currency: self.currency, seen }
    }
}

/// A piece of a file.
#[derive(Debug)]
pub struct Batch {
    /// What it says.
    pub entries: Vec<Entry>,
    /// Where reading may go on once it is durable.
    pub progress: Progress,
}

/// Why a file was not read to its end.
#[derive(Debug)]
pub enum Unread {
    /// The disk.
    Io(io::Error),
    /// It is not complete: it waits for more of it.
    Waits(String),
    /// It is nothing that is read: why, and how it begins.
    Refused(String, String),
    /// Nobody takes its batches any more.
    Stopped,
}

/// What is in the files.
pub trait Source: Send + Sync + 'static {
    /// Everything in the folder that is to be read, complete or not.
    fn candidates(&self, folder: &Path) -> io::Result<Vec<Candidate>>;

    /// The same one as it is now; `None` when it is gone.
    fn again(&self, candidate: &Candidate) -> io::Result<Option<Candidate>>;

    /// A hash of its content.
    fn digest(&self, candidate: &Candidate) -> io::Result<String>;

    /// Reads it on from `from` and gives every batch to `send`, which says whether to go on. Returns how many
    /// transactions it has, and a sentence about what was counted.
    fn read(
        &self,
        candidate: &Candidate,
        from: Option<&Progress>,
        send: &mut dyn FnMut(Batch) -> bool,
    ) -> Result<(u64, String), Unread>;
}

/// What is known of a candidate in this run.
#[derive(Debug)]
struct Seen {
    stamp: String,
    since: Instant,
    /// Nothing is tried before this; `None` waits for a change.
    again: Option<Instant>,
}

/// Watches a folder until the agent stops. Safe to drop and start again.
pub async fn watch<S: Source>(
    source: Arc<S>,
    settings: Settings,
    ctx: Context,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), FolderError> {
    let (memory, lost) = Memory::open(&settings.state);
    if let Some(why) = lost {
        input.error(&why);
    }
    let stop = ctx.stop.clone();
    let watcher = Watcher { source, settings, ctx, input, pulse, memory, seen: HashMap::new() };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = watcher.run() => ended,
    }
}

struct Watcher<S> {
    source: Arc<S>,
    settings: Settings,
    ctx: Context,
    input: InputHandle,
    pulse: Pulse,
    memory: Memory,
    seen: HashMap<String, Seen>,
}

/// How reading a file ended.
enum Ended {
    Read { units: u64, said: String },
    Unread(Unread),
    Replaced,
}

impl<S: Source> Watcher<S> {
    async fn run(mut self) -> Result<(), FolderError> {
        let mut backoff = Backoff::new(WAITS.0, WAITS.1);
        let mut rng = StdRng::from_os_rng();
        let mut running = false;
        loop {
            let (source, folder) = (self.source.clone(), self.settings.folder.clone());
            match self.apart(move || source.candidates(&folder)).await {
                Ok(candidates) => {
                    if !std::mem::replace(&mut running, true) {
                        self.input.running();
                        info!(input = self.settings.name, "reading files in {}", self.settings.folder.display());
                    }
                    backoff.reset();
                    self.round(candidates).await?;
                    self.rest(POLL).await;
                }
                Err(error) => {
                    let why = format!("failed to read the folder {}: {error}", self.settings.folder.display());
                    if std::mem::replace(&mut running, false) || self.seen.is_empty() {
                        warn!(input = self.settings.name, "{why}");
                    }
                    self.input.failed(&why);
                    self.rest(backoff.next(&mut rng).max(POLL)).await;
                }
            }
        }
    }

    /// Work that blocks, on a thread of its own, while the pulse goes on.
    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
        let mut work = tokio::task::spawn_blocking(work);
        loop {
            self.pulse.beat();
            tokio::select! {
                done = &mut work => return done.unwrap_or_else(|_| Err(io::Error::other("the reading thread ended"))),
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn rest(&self, wait: Duration) {
        let until = Instant::now() + wait;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.pulse.beat();
            tokio::time::sleep(left.min(POLL)).await;
        }
    }

    async fn round(&mut self, mut candidates: Vec<Candidate>) -> Result<(), FolderError> {
        candidates.sort_by(|a, b| (a.modified, &a.name).cmp(&(b.modified, &b.name)));
        self.seen.retain(|name, _| candidates.iter().any(|candidate| candidate.name == *name));
        if self.memory.forget_missing(candidates.iter().map(|candidate| candidate.name.as_str())) {
            self.save()?;
        }
        for candidate in candidates {
            if self.memory.is_done(&candidate.name, &candidate.stamp) || !self.is_ready(&candidate) {
                continue;
            }
            let why = match self.import(&candidate).await? {
                Ended::Read { units, said } => {
                    info!(input = self.settings.name, file = candidate.name, units, "read {}: {said}", candidate.name);
                    continue;
                }
                Ended::Replaced => {
                    self.seen.remove(&candidate.name);
                    format!(
                        "{} was changed or replaced while it was read; it is read again from its start",
                        candidate.name
                    )
                }
                Ended::Unread(unread) => {
                    let (why, again) = match unread {
                        Unread::Io(error) => {
                            (format!("failed to read {}: {error}", candidate.name), Some(Instant::now() + RETRY))
                        }
                        Unread::Waits(why) => (format!("{} waits: {why}", candidate.name), None),
                        Unread::Refused(why, _) => (format!("{} is refused: {why}", candidate.name), None),
                        Unread::Stopped => return Err(FolderError::Stopped),
                    };
                    if let Some(seen) = self.seen.get_mut(&candidate.name) {
                        // Tried again later, or only when it changes.
                        seen.again = again;
                    }
                    why
                }
            };
            warn!(input = self.settings.name, file = candidate.name, "{why}");
            self.input.error(&why);
        }
        Ok(())
    }

    /// Whether a candidate did not change for long enough, and may be tried.
    fn is_ready(&mut self, candidate: &Candidate) -> bool {
        let now = Instant::now();
        let first = || Seen { stamp: candidate.stamp.clone(), since: now, again: Some(now) };
        let seen = self.seen.entry(candidate.name.clone()).or_insert_with(first);
        if seen.stamp != candidate.stamp {
            *seen = first();
        }
        let age = self.ctx.clock.now().duration_since(candidate.modified);
        // A file that was moved here has not changed for long already.
        let settled = now.duration_since(seen.since) >= self.settings.settle
            || Duration::try_from(age).is_ok_and(|age| age >= self.settings.settle);
        settled && seen.again.is_some_and(|again| again <= now)
    }

    async fn import(&mut self, candidate: &Candidate) -> Result<Ended, FolderError> {
        let (source, own) = (self.source.clone(), candidate.clone());
        let digest = match self.apart(move || source.digest(&own)).await {
            Ok(digest) => digest,
            Err(error) => return Ok(Ended::Unread(Unread::Io(error))),
        };
        if let Some(refused) = self.memory.holds(&digest) {
            // Its content was seen before, under whatever name.
            let said = "the same content was seen before".to_owned();
            return self.finish(candidate, digest, refused, Ended::Read { units: 0, said });
        }
        let ended = self.stream(candidate).await?;
        match ended {
            read @ Ended::Read { .. } => self.finish(candidate, digest, false, read),
            Ended::Unread(Unread::Refused(why, text)) => {
                // Told once, as an event: what a till wrote is not dropped in silence.
                let terminal = self.source_terminal();
                let reason = format!("file {}: {why}", candidate.name);
                let entry = Entry::quarantined(terminal, candidate.modified, &reason, &text);
                let mut sink = Sink::new(&self.ctx, &self.input, &self.pulse);
                sink.put(vec![entry]);
                sink.flush().await.map_err(|_| FolderError::Stopped)?;
                self.finish(candidate, digest, true, Ended::Unread(Unread::Refused(why, String::new())))
            }
            Ended::Replaced => {
                self.memory.progress.remove(&candidate.name);
                self.save()?;
                Ok(Ended::Replaced)
            }
            other => Ok(other),
        }
    }

    fn source_terminal(&self) -> vyavs_domain::ids::TerminalId {
        let name = format!("file-{}", self.settings.name);
        name.parse().unwrap_or_else(|_| "file".parse().expect("four letters"))
    }

    /// Reads a file and stores what it says, batch by batch.
    async fn stream(&mut self, candidate: &Candidate) -> Result<Ended, FolderError> {
        let (batches, mut taken) = mpsc::channel::<Batch>(AHEAD);
        let (source, own) = (self.source.clone(), candidate.clone());
        let from = self.memory.progress.get(&candidate.name).cloned();
        let mut reading = tokio::task::spawn_blocking(move || {
            source.read(&own, from.as_ref(), &mut |batch| batches.blocking_send(batch).is_ok())
        });
        let mut saved = Instant::now();
        let (input, pulse) = (self.input.clone(), self.pulse.clone());
        let ctx = self.ctx.clone();
        let mut sink = Sink::new(&ctx, &input, &pulse);
        loop {
            pulse.beat();
            let batch = tokio::select! {
                batch = taken.recv() => batch,
                () = tokio::time::sleep(POLL) => continue,
            };
            if !self.unchanged(candidate).await {
                drop(taken);
                let _ = reading.await;
                return Ok(Ended::Replaced);
            }
            let Some(batch) = batch else { break };
            if input.wants_bytes() {
                input.bytes(format!("{}: {} read\n", candidate.name, batch.progress.units).as_bytes());
            }
            sink.put(batch.entries);
            sink.flush().await.map_err(|_| FolderError::Stopped)?;
            self.memory.progress.insert(candidate.name.clone(), batch.progress);
            if saved.elapsed() >= SAVE {
                saved = Instant::now();
                self.save()?;
            }
        }
        let ended = (&mut reading).await;
        self.save()?;
        Ok(match ended {
            Ok(Ok((units, said))) => Ended::Read { units, said },
            Ok(Err(unread)) => Ended::Unread(unread),
            Err(_) => Ended::Unread(Unread::Io(io::Error::other("the reading thread ended"))),
        })
    }

    async fn unchanged(&self, candidate: &Candidate) -> bool {
        let (source, own) = (self.source.clone(), candidate.clone());
        let now = self.apart(move || source.again(&own)).await;
        now.is_ok_and(|now| now.as_ref() == Some(candidate))
    }

    /// Everything of it is durable: remembered first, put away then.
    fn finish(
        &mut self,
        candidate: &Candidate,
        digest: String,
        refused: bool,
        ended: Ended,
    ) -> Result<Ended, FolderError> {
        self.memory.progress.remove(&candidate.name);
        let (name, stamp) = (candidate.name.clone(), candidate.stamp.clone());
        self.memory.done.push(Done { name, stamp, digest, refused });
        self.save()?;
        match self.settings.done {
            AfterRead::Move if refused => self.put_away(candidate, "refused"),
            AfterRead::Move => self.put_away(candidate, "done"),
            AfterRead::Delete if !refused => {
                if let Err(error) = std::fs::remove_file(&candidate.path) {
                    self.input.error(&format!("failed to delete {}, which was read: {error}", candidate.name));
                }
            }
            AfterRead::Keep | AfterRead::Delete => {}
        }
        Ok(ended)
    }

    fn put_away(&self, candidate: &Candidate, into: &str) {
        let folder = self.settings.folder.join(into);
        let mut to = folder.join(&candidate.name);
        let moved = std::fs::create_dir_all(&folder).and_then(|()| {
            // A till may use a name again: nothing is overwritten.
            let mut more = 1;
            while to.exists() {
                to = folder.join(format!("{}.{more}", candidate.name));
                more += 1;
            }
            std::fs::rename(&candidate.path, &to)
        });
        if let Err(error) = moved {
            self.input.error(&format!("failed to move {}, which was read, to {into}: {error}", candidate.name));
        }
    }

    fn save(&mut self) -> Result<(), FolderError> {
        self.memory
            .save(&self.settings.state)
            .map_err(|source| FolderError::State { path: self.settings.state.clone(), source })
    }
}

/// What tells one state of a file from another.
pub fn stamp(meta: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{:x}-{:x}-{}-{}.{:09}", meta.dev(), meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec())
}

/// When a file was last written.
pub fn modified(meta: &std::fs::Metadata) -> Timestamp {
    use std::os::unix::fs::MetadataExt;
    Timestamp::new(meta.mtime(), meta.mtime_nsec() as i32).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Whether a name is of one of the patterns `a|b`, in which `*` is any text and `?` any letter.
pub fn matches(patterns: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    patterns.split('|').any(|pattern| {
        let pattern: Vec<char> = pattern.trim().chars().collect();
        let (mut at, mut in_name, mut star) = (0, 0, None);
        while in_name < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, in_name));
                    at += 1;
                }
                Some(letter) if *letter == '?' || *letter == name[in_name] => (at, in_name) = (at + 1, in_name + 1),
                _ => match star {
                    Some((from, taken)) => {
                        star = Some((from, taken + 1));
                        (at, in_name) = (from + 1, taken + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|letter| *letter == '*')
    })
}

/// A name that a file beside the outbox can have.
pub(super) fn checked(section: &'static str, name: &str) -> Result<(), FolderError> {
    match name.parse::<vyavs_domain::ids::TerminalId>() {
        Ok(_) => Ok(()),
        Err(_) => Err(FolderError::Config {
            section,
            name: name.to_owned(),
            why: "name must be 1 to 48 characters out of A-Z a-z 0-9 . _ -".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_with_stars() {
        for (pattern, name, fits) in [
            ("*.xml|*.xml.gz", "POSLog.xml", true),
            ("*.xml|*.xml.gz", "POSLog.xml.gz", true),
            ("*.xml|*.xml.gz", "POSLog.xml.tmp", false),
            ("log-??.csv", "log-07.csv", true),
            ("log-??.csv", "log-7.csv", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbY", false),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
