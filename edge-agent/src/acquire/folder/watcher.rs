//! Looking at a folder: what is ready is read, in the order it was written; what was read is remembered, then put away.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::mpsc;
use tracing::{info, warn};
use vyavs_codec::tillfile::Entry;
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;

use super::memory::{Done, Memory};
use super::sink::Sink;
use super::{AfterRead, Batch, Candidate, FolderError, Settings, Source, Unread};
use crate::acquire::Context;
use crate::health::InputHandle;

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

/// What is known of a candidate in this run.
#[derive(Debug)]
struct Seen {
    stamp: String,
    since: Instant,
    /// Nothing is tried before this; `None` waits for a change.
    again: Option<Instant>,
}

/// One folder, while the agent runs.
pub(super) struct Watcher<S> {
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
    /// With what is remembered of the folder.
    pub(super) fn new(
        source: Arc<S>,
        settings: Settings,
        ctx: Context,
        input: InputHandle,
        pulse: Pulse,
        memory: Memory,
    ) -> Self {
        Self { source, settings, ctx, input, pulse, memory, seen: HashMap::new() }
    }

    /// Looks at the folder again and again, and reads what is ready.
    pub(super) async fn run(mut self) -> Result<(), FolderError> {
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
