//! POSLog files in a folder: a till's transactions as XML, plain or packed with gzip.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use vyavs_codec::poslog::{Poslog, PoslogError, Tally};
use vyavs_codec::tillfile::{Entry, Terminals};
use vyavs_domain::ids::TerminalId;
use vyavs_service::lifecycle::Pulse;

use super::Context;
use super::folder::memory::Progress;
use super::folder::{self, AfterRead, Batch, Candidate, FolderError, Settings, Site, Source, Unread};
use crate::health::InputHandle;

const SECTION: &str = "[[poslog]]";
/// Read from the disk at a time.
const PIECE: usize = 64 * 1024;
/// Records in one batch.
const BATCH: usize = 512;
/// What is shown of a file that is refused.
const SHOWN: u64 = 4 * 1024;

/// `[[poslog]]` in `edge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoslogConfig {
    /// The input's name, unique; its memory is kept under it.
    pub name: String,
    /// Where the till puts its files.
    pub folder: PathBuf,
    /// Names of files that are read: `*` any text, `?` any letter, `|` between alternatives.
    #[serde(default = "pattern")]
    pub pattern: String,
    /// What happens to files that were read.
    #[serde(default)]
    pub done: AfterRead,
    /// A file is complete when it has not changed for so long, s.
    #[serde(default = "settle_s")]
    pub settle_s: u32,
    /// The file's own number of this store; without it, the first that a file names.
    #[serde(default)]
    pub store: Option<String>,
    /// Tills by their workstation id.
    #[serde(default)]
    pub terminals: BTreeMap<String, TerminalId>,
    /// What is put before the id of any other workstation.
    #[serde(default = "prefix")]
    pub prefix: String,
}

fn pattern() -> String {
    "*.xml|*.xml.gz".to_owned()
}

fn settle_s() -> u32 {
    5
}

/// What till names begin with unless configured.
pub(super) fn prefix() -> String {
    "till-".to_owned()
}

impl PoslogConfig {
    /// Whether the section can be used.
    pub fn check(&self) -> Result<(), FolderError> {
        folder::checked(SECTION, &self.name)?;
        self.known().map(|_| ())
    }

    fn known(&self) -> Result<Terminals, FolderError> {
        Terminals::new(self.terminals.clone(), &self.prefix).map_err(|error| FolderError::Config {
            section: SECTION,
            name: self.name.clone(),
            why: error.to_string(),
        })
    }
}

/// Reads the folder until the agent stops; `state` is the folder in which the input remembers what it read.
pub async fn run(
    config: PoslogConfig,
    state: PathBuf,
    ctx: Context,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), FolderError> {
    config.check()?;
    let site = Site { terminals: config.known()?, time: ctx.time.clone(), currency: ctx.currency };
    let settings = Settings {
        name: config.name.clone(),
        folder: config.folder.clone(),
        done: config.done,
        settle: Duration::from_secs(u64::from(config.settle_s)),
        state: state.join(format!("poslog-{}.json", config.name)),
    };
    let source = Arc::new(PoslogFiles { pattern: config.pattern, store: config.store, site });
    folder::watch(source, settings, ctx, input, pulse).await
}

/// The files of one folder.
#[derive(Debug)]
pub struct PoslogFiles {
    pattern: String,
    store: Option<String>,
    site: Site,
}

impl PoslogFiles {
    /// Of a shop; `pattern` and `store` as in [`PoslogConfig`].
    pub fn new(pattern: &str, store: Option<&str>, site: Site) -> Self {
        Self { pattern: pattern.to_owned(), store: store.map(str::to_owned), site }
    }
}

/// A plain file as something that may be read; `None` for what is none or is gone.
pub(super) fn candidate(path: &Path) -> io::Result<Option<Candidate>> {
    let meta = match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => meta,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Some(Candidate { name, path: path.to_owned(), stamp: folder::stamp(&meta), modified: folder::modified(&meta) }))
}

/// A hash of a file's bytes as they lie on the disk.
pub(super) fn digest(path: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finalize()),
            count => hasher.update(&piece[..count]),
        };
    }
}

/// The file's text, unpacked if it is packed, and whether it is.
fn open(path: &Path) -> io::Result<(Box<dyn BufRead>, bool)> {
    let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
    let packed = file.fill_buf()?.starts_with(&[0x1F, 0x8B]);
    if packed {
        return Ok((Box::new(BufReader::with_capacity(PIECE, MultiGzDecoder::new(file))), true));
    }
    Ok((Box::new(file), false))
}

/// Counts and hashes what is taken from a reader.
struct Metered {
    inner: Box<dyn BufRead>,
    meter: Rc<RefCell<(u64, blake3::Hasher)>>,
}

impl Read for Metered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.fill_buf()?;
        let count = bytes.len().min(out.len());
        out[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Metered {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        if let Ok(bytes) = self.inner.fill_buf() {
            let mut meter = self.meter.borrow_mut();
            meter.1.update(&bytes[..count.min(bytes.len())]);
            meter.0 += count as u64;
        }
        self.inner.consume(count);
    }
}

/// How many transactions of `from` still stand at the file's beginning.
fn standing(path: &Path, from: Option<&Progress>) -> io::Result<u64> {
    let Some(from) = from else { return Ok(0) };
    let mut hasher = blake3::Hasher::new();
    let (mut text, _) = open(path)?;
    let mut left = from.bytes;
    while left > 0 {
        let bytes = text.fill_buf()?;
        if bytes.is_empty() {
            return Ok(0);
        }
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        hasher.update(&bytes[..count]);
        text.consume(count);
        left -= count as u64;
    }
    Ok(if hasher.finalize().to_hex().as_str() == from.hash { from.units } else { 0 })
}

impl Source for PoslogFiles {
    fn candidates(&self, folder: &Path) -> io::Result<Vec<Candidate>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let fits = path.file_name().is_some_and(|name| folder::matches(&self.pattern, &name.to_string_lossy()));
            if fits {
                found.extend(candidate(&path)?);
            }
        }
        Ok(found)
    }

    fn again(&self, of: &Candidate) -> io::Result<Option<Candidate>> {
        candidate(&of.path)
    }

    fn digest(&self, of: &Candidate) -> io::Result<String> {
        digest(&of.path).map(|hash| hash.to_hex().to_string())
    }

    fn read(
        &self,
        of: &Candidate,
        from: Option<&Progress>,
        send: &mut dyn FnMut(Batch) -> bool,
    ) -> Result<(u64, String), Unread> {
        let packed_io = |error: io::Error, packed: bool| {
            use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
            if packed && [InvalidData, InvalidInput, UnexpectedEof].contains(&error.kind()) {
                return Unread::Waits(format!("its gzip is damaged or ends early ({error})"));
            }
            Unread::Io(error)
        };
        let skip = standing(&of.path, from).or_else(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => Ok(0),
            _ => Err(Unread::Io(error)),
        })?;
        let (inner, packed) = open(&of.path).map_err(|error| packed_io(error, false))?;
        let meter = Rc::new(RefCell::new((0, blake3::Hasher::new())));
        let text = Metered { inner, meter: meter.clone() };
        let mut poslog = Poslog::new(text, self.store.as_deref(), self.site.place(of.modified));
        let (mut units, mut entries, mut weight) = (0, Vec::new(), 0);
        let ended = loop {
            let next = poslog.transaction();
            let whole = matches!(next, Ok(Some(_)));
            if let Ok(Some(transaction)) = next {
                units += 1;
                // What was durable before is not sent again.
                if units > skip {
                    weight += 1 + transaction.entries.iter().map(weigh).sum::<usize>();
                    entries.extend(transaction.entries);
                }
                if weight < BATCH {
                    continue;
                }
            } else if let Err(error) = next {
                if weight > 0 {
                    let progress = progress(&meter, units);
                    send(Batch { entries: std::mem::take(&mut entries), progress });
                }
                break Err(error);
            }
            if weight > 0 {
                let progress = progress(&meter, units);
                if !send(Batch { entries: std::mem::take(&mut entries), progress }) {
                    return Err(Unread::Stopped);
                }
                weight = 0;
            }
            if !whole {
                break Ok(());
            }
        };
        match ended {
            Ok(()) => Ok((units, said(poslog.tally()))),
            Err(PoslogError::Io(error)) => Err(packed_io(error, packed)),
            Err(cut @ PoslogError::Cut { .. }) => {
                Err(Unread::Waits(format!("{cut}; {units} transactions before that are read")))
            }
            Err(other) => {
                let mut begin = Vec::new();
                if let Ok((text, _)) = open(&of.path) {
                    // What cannot be shown is not worth an error of its own.
                    let _ = text.take(SHOWN).read_to_end(&mut begin);
                }
                Err(Unread::Refused(other.to_string(), String::from_utf8_lossy(&begin).into_owned()))
            }
        }
    }
}

/// The place behind the last transaction. Progress counts transactions; the bytes prove that they still stand.
fn progress(meter: &RefCell<(u64, blake3::Hasher)>, units: u64) -> Progress {
    let meter = meter.borrow();
    Progress { bytes: meter.0, hash: meter.1.finalize().to_hex().to_string(), units }
}

/// Records of an entry.
fn weigh(entry: &Entry) -> usize {
    match entry {
        Entry::Receipt(receipt) => 1 + receipt.lines.len(),
        Entry::Event(_) => 1,
    }
}

fn said(tally: &Tally) -> String {
    let Tally {
        transactions,
        receipts,
        item_lines,
        voided_lines,
        no_sales,
        suspended,
        others,
        aborted,
        quarantined,
        ..
    } = tally;
    format!(
        "{transactions} transactions: {receipts} receipts with {item_lines} item lines ({voided_lines} voided), {no_sales} no-sales, \
         {suspended} suspended, {aborted} aborted, {others} others, {quarantined} put aside"
    )
}
