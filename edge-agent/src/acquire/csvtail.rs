//! A file of separated values that a till appends to, followed as it grows.
//!
//! Looked at every second. What a complete receipt says goes to the outbox, and when that is durable the place behind it is
//! saved beside the outbox; after a restart reading goes on there. Rotation by rename is followed (the old file is read to
//! its end first, also after a restart), rotation by copy and truncation too: the copy is looked for, for it may hold rows
//! that were not read yet. A file is known by its inode and its first bytes.

mod position;

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tracing::{info, warn};
use vyavs_codec::csvline::{CsvReader, Mapping};
use vyavs_codec::scrub::scrub_bytes;
use vyavs_codec::tillfile::{Entry, Place, Terminals};
use vyavs_domain::ids::TerminalId;
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;

use super::folder::memory;
use super::folder::sink::Sink;
use super::folder::{self, FolderError, Site};
use super::{Context, poslog};
use crate::health::InputHandle;
use position::{FileId, HEAD, Position, newer, same_file};

const SECTION: &str = "[[csv]]";
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Read at a time.
const PIECE: usize = 256 * 1024;
/// Looks at a rotated file after which nothing more is expected in it.
const QUIET: u32 = 2;

/// `[[csv]]` in `edge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvConfig {
    /// The input's name, unique; its memory is kept under it.
    pub name: String,
    /// The file that the till writes.
    pub path: PathBuf,
    /// The file that says which column is what.
    pub mapping: PathBuf,
    /// A receipt is complete when nothing follows it for so long, s; 0 waits for its end row or the next receipt.
    #[serde(default = "idle_s")]
    pub idle_s: u32,
    /// How often the file is looked at, ms.
    #[serde(default = "poll_ms")]
    pub poll_ms: u32,
    /// Tills by the file's names for them.
    #[serde(default)]
    pub terminals: BTreeMap<String, TerminalId>,
    /// What is put before any other name of a till.
    #[serde(default = "poslog::prefix")]
    pub prefix: String,
}

fn idle_s() -> u32 {
    60
}

fn poll_ms() -> u32 {
    1000
}

impl CsvConfig {
    /// Whether the section can be used: its mapping is read too.
    pub fn check(&self) -> Result<(), FolderError> {
        folder::checked(SECTION, &self.name)?;
        self.known()?;
        self.layout().map(|_| ())
    }

    fn known(&self) -> Result<Terminals, FolderError> {
        Terminals::new(self.terminals.clone(), &self.prefix).map_err(|error| self.wrong(error.to_string()))
    }

    fn layout(&self) -> Result<Mapping, FolderError> {
        let at = self.mapping.display();
        let text =
            std::fs::read_to_string(&self.mapping).map_err(|error| self.wrong(format!("mapping {at}: {error}")))?;
        Mapping::parse(&text).map_err(|error| self.wrong(format!("mapping {at}: {error}")))
    }

    fn wrong(&self, why: String) -> FolderError {
        FolderError::Config { section: SECTION, name: self.name.clone(), why }
    }
}

/// Follows the file until the agent stops; `state` is the folder in which the input remembers its place.
pub async fn run(
    config: CsvConfig,
    state: PathBuf,
    ctx: Context,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), FolderError> {
    config.check()?;
    let mapping = config.layout()?;
    let site = Site { terminals: config.known()?, time: ctx.time.clone(), currency: ctx.currency };
    let state = state.join(format!("csv-{}.json", config.name));
    let stop = ctx.stop.clone();
    let tail = Tail {
        config: &config,
        site: &site,
        ctx: &ctx,
        input: &input,
        pulse: &pulse,
        state,
        mapping: &mapping,
        reader: CsvReader::new(&mapping),
        current: None,
        next: VecDeque::new(),
        carried: None,
        saved: None,
        changed: Instant::now(),
        told: None,
    };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = tail.run() => ended,
    }
}

/// The file in work.
struct Current {
    file: File,
    path: PathBuf,
    id: FileId,
    /// Its first bytes, as they were read.
    head: Vec<u8>,
    /// Bytes of it that were read.
    at: u64,
    /// Looks without anything new since it was rotated away.
    quiet: u32,
}

struct Tail<'a> {
    config: &'a CsvConfig,
    site: &'a Site,
    ctx: &'a Context,
    input: &'a InputHandle,
    pulse: &'a Pulse,
    state: PathBuf,
    mapping: &'a Mapping,
    reader: CsvReader<'a>,
    current: Option<Current>,
    /// Files to read after this one.
    next: VecDeque<PathBuf>,
    /// The receipt that was open when its file ended: until it is complete the place saved stays in that file.
    carried: Option<u64>,
    saved: Option<Position>,
    /// When something new was read last.
    changed: Instant,
    /// The trouble that was told last.
    told: Option<String>,
}

impl<'a> Tail<'a> {
    async fn run(mut self) -> Result<(), FolderError> {
        let mut backoff = Backoff::new(WAITS.0, WAITS.1);
        let mut rng = StdRng::from_os_rng();
        let poll = Duration::from_millis(u64::from(self.config.poll_ms.max(10)));
        loop {
            self.pulse.beat();
            let wait = match self.look().await? {
                Ok(true) => continue,
                Ok(false) => {
                    backoff.reset();
                    poll
                }
                Err(why) => {
                    if self.told.as_ref() != Some(&why) {
                        warn!(input = self.config.name, "{why}");
                        self.told = Some(why.clone());
                    }
                    self.input.failed(&why);
                    backoff.next(&mut rng).max(poll)
                }
            };
            let until = Instant::now() + wait;
            while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                self.pulse.beat();
                tokio::time::sleep(left.min(Duration::from_secs(1))).await;
            }
        }
    }

    /// One look: whether something was read, or what is in the way.
    async fn look(&mut self) -> Result<Result<bool, String>, FolderError> {
        if self.current.is_none() {
            match self.begin().await {
                Ok(()) => {
                    self.input.running();
                    self.told = None;
                }
                Err(error) => {
                    return Ok(Err(format!("failed to open {}: {error}", self.config.path.display())));
                }
            }
        }
        let read = match self.more().await {
            Ok(read) => read,
            Err(error) => {
                // Opened anew, from the place that is saved.
                self.current = None;
                return Ok(Err(format!("failed to read {}: {error}", self.config.path.display())));
            }
        };
        match read {
            More::Bytes(bytes) => {
                self.changed = Instant::now();
                if self.input.wants_bytes() {
                    let shown = &bytes[bytes.len().saturating_sub(4096)..];
                    self.input.bytes(&scrub_bytes(shown));
                }
                let place = self.place();
                let entries = self.reader.push(&bytes, &place);
                self.keep(entries).await?;
                return Ok(Ok(true));
            }
            More::Truncated => {
                self.truncated().await?;
                return Ok(Ok(true));
            }
            More::Nothing => {}
        }
        let moved = self.follow().await;
        match moved {
            Ok(true) => {
                let place = self.place();
                let carried = self.reader.opened();
                let entries = self.reader.next_file(&place);
                self.keep(entries).await?;
                self.carried = self.reader.is_open().then_some(carried.max(self.reader.opened()));
                return Ok(Ok(true));
            }
            Ok(false) => {}
            Err(error) => return Ok(Err(format!("failed to look at {}: {error}", self.config.path.display()))),
        }
        let idle = Duration::from_secs(u64::from(self.config.idle_s));
        if self.reader.is_open() && !idle.is_zero() && self.changed.elapsed() >= idle {
            let place = self.place();
            let entries = self.reader.close(&place);
            self.keep(entries).await?;
        }
        Ok(Ok(false))
    }

    fn place(&self) -> Place<'a> {
        // When a row without a time of its own was seen: rows are read as they are written.
        self.site.place(self.ctx.clock.now())
    }

    /// Stores what was read; the place is saved once it is durable.
    async fn keep(&mut self, entries: Vec<Entry>) -> Result<(), FolderError> {
        let mut sink = Sink::new(self.ctx, self.input, self.pulse);
        sink.put(entries);
        sink.flush().await.map_err(|_| FolderError::Stopped)?;
        if self.carried.is_some_and(|open| self.reader.is_open() && self.reader.opened() == open) {
            return Ok(());
        }
        self.carried = None;
        let Some(current) = &self.current else { return Ok(()) };
        let position = Position::new(current.id, &current.head, self.reader.told(), self.reader.header_line());
        if self.saved.as_ref() == Some(&position) {
            return Ok(());
        }
        memory::save(&self.state, &position)
            .map_err(|source| FolderError::State { path: self.state.clone(), source })?;
        self.saved = Some(position);
        Ok(())
    }

    /// Opens the file where reading goes on.
    async fn begin(&mut self) -> io::Result<()> {
        self.next.clear();
        self.carried = None;
        let position: Option<Position> = match memory::load(&self.state) {
            Ok(position) => position,
            Err(error) => {
                self.input.error(&format!("the place in {} is lost: {error}", self.config.path.display()));
                None
            }
        };
        let Some(position) = position else {
            self.reader = CsvReader::new(self.mapping);
            let path = self.config.path.clone();
            self.current = Some(Current::open(&path, 0).await?);
            return Ok(());
        };
        let found = same_file(&self.config.path, &position)?;
        let header = position.header();
        match found {
            Some(path) => {
                let place = self.place();
                let reader = CsvReader::resume(self.mapping, &header, position.told, &place);
                self.current = Some(Current::open(&path, position.told).await?);
                self.reader = reader;
                if path != self.config.path {
                    info!(input = self.config.name, "{} was rotated meanwhile; its rest is read first", path.display());
                    self.next.extend(newer(&self.config.path, &path)?);
                }
            }
            None => {
                let path = self.config.path.clone();
                let current = Current::open(&path, 0).await?;
                self.input.error(&format!(
                    "{} is another file than the one that was read to byte {}, which is nowhere beside it: what was written behind that byte is lost",
                    path.display(),
                    position.told
                ));
                let place = self.place();
                let reader = CsvReader::resume(self.mapping, &header, 0, &place);
                self.reader = reader;
                self.current = Some(current);
            }
        }
        self.saved = Some(position);
        Ok(())
    }

    /// What comes next in the file.
    async fn more(&mut self) -> io::Result<More> {
        let Some(current) = &mut self.current else { return Ok(More::Nothing) };
        let length = current.file.metadata().await?.len();
        if length < current.at {
            return Ok(More::Truncated);
        }
        if length == current.at {
            return Ok(More::Nothing);
        }
        // Cut to nothing and longer again than it was, between two looks: its beginning is another one.
        let mut head = vec![0; current.head.len()];
        current.file.seek(SeekFrom::Start(0)).await?;
        current.file.read_exact(&mut head).await?;
        if head != current.head {
            return Ok(More::Truncated);
        }
        current.file.seek(SeekFrom::Start(current.at)).await?;
        let mut bytes = vec![0; PIECE.min(usize::try_from(length - current.at).unwrap_or(PIECE))];
        let count = current.file.read(&mut bytes).await?;
        bytes.truncate(count);
        if current.head.len() < HEAD && current.at == current.head.len() as u64 {
            current.head.extend(bytes.iter().take(HEAD - current.head.len()));
        }
        current.at += count as u64;
        current.quiet = 0;
        Ok(if count == 0 { More::Nothing } else { More::Bytes(bytes) })
    }

    /// The file was cut. A copy of it, made before, may hold what was not read.
    async fn truncated(&mut self) -> Result<(), FolderError> {
        let Some(current) = self.current.take() else { return Ok(()) };
        let wanted = Position::new(current.id, &current.head, current.at, self.reader.header_line());
        let copy = same_file(&self.config.path, &wanted).ok().flatten().filter(|path| *path != self.config.path);
        if let Some(path) = copy
            && let Ok(mut copy) = Current::open(&path, current.at).await
        {
            info!(
                input = self.config.name,
                "{} was cut; its copy {} has the rest",
                current.path.display(),
                path.display()
            );
            copy.quiet = QUIET;
            self.current = Some(copy);
            self.next.push_back(self.config.path.clone());
            return Ok(());
        }
        let pending = self.reader.pending();
        self.input.error(&format!(
            "{} was cut at a length of {} bytes and no copy of it is beside it; {pending} bytes of an unfinished row were read, rows that were not read yet are lost",
            current.path.display(),
            current.at
        ));
        let place = self.place();
        let carried = self.reader.opened();
        let entries = self.reader.next_file(&place);
        let mut again = current;
        (again.at, again.quiet) = (0, 0);
        again.head.clear();
        self.current = Some(again);
        self.carried = None;
        self.keep(entries).await?;
        self.carried = self.reader.is_open().then_some(carried.max(self.reader.opened()));
        Ok(())
    }

    /// At the end of a file: whether another one follows, which is then the current one.
    async fn follow(&mut self) -> io::Result<bool> {
        let Some(current) = &mut self.current else { return Ok(false) };
        if current.path == self.config.path {
            match std::fs::metadata(&self.config.path) {
                Ok(meta) if FileId::of(&meta) == current.id => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    // Between two names, or gone: what is still written into it is still read.
                    let why = format!("{} is not there any more; a new one is waited for", self.config.path.display());
                    if self.told.as_ref() != Some(&why) {
                        self.input.error(&why);
                        self.told = Some(why);
                    }
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        current.quiet += 1;
        if current.quiet < QUIET {
            // Who rotates may still write a last row into the old file.
            return Ok(false);
        }
        if self.next.is_empty() {
            // More than one rotation may have happened since the last look.
            let old = same_file(&self.config.path, &Position::new(current.id, &current.head, current.at, &[]))?;
            match old.filter(|old| *old != self.config.path) {
                Some(old) => self.next.extend(newer(&self.config.path, &old)?),
                None => self.next.push_back(self.config.path.clone()),
            }
        }
        let Some(path) = self.next.front() else { return Ok(false) };
        let opened = Current::open(path, 0).await?;
        self.next.pop_front();
        self.told = None;
        self.input.running();
        info!(input = self.config.name, "reading on in {}", opened.path.display());
        self.current = Some(opened);
        Ok(true)
    }
}

enum More {
    Bytes(Vec<u8>),
    Truncated,
    Nothing,
}

impl Current {
    async fn open(path: &Path, at: u64) -> io::Result<Self> {
        let mut file = File::open(path).await?;
        let meta = file.metadata().await?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        let mut head = vec![0; HEAD.min(usize::try_from(at).unwrap_or(HEAD))];
        file.read_exact(&mut head).await?;
        Ok(Self { file, path: path.to_owned(), id: FileId::of(&meta), head, at, quiet: 0 })
    }
}
