//! Exports of German tills (DSFinV-K), one folder an export, read closing by closing.
//!
//! An export comes as a folder of files; one that is packed (zip) has to be unpacked first.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use vyavs_codec::dsfinvk::{DsfinvkError, Export, INDEX, OPTIONAL, REQUIRED};
use vyavs_codec::tillfile::Terminals;
use vyavs_domain::ids::TerminalId;
use vyavs_service::lifecycle::Pulse;

use super::folder::memory::Progress;
use super::folder::{self, AfterRead, Batch, Candidate, FolderError, Settings, Site, Source, Unread};
use super::{Context, poslog};
use crate::health::InputHandle;

const SECTION: &str = "[[dsfinvk]]";
const SHOWN: u64 = 4 * 1024;

/// `[[dsfinvk]]` in `edge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DsfinvkConfig {
    /// The input's name, unique; its memory is kept under it.
    pub name: String,
    /// Where exports are put, each a folder of its own.
    pub folder: PathBuf,
    /// What happens to exports that were read: `keep` or `move`.
    #[serde(default)]
    pub done: AfterRead,
    /// An export is complete when nothing in it has changed for so long, s.
    #[serde(default = "settle_s")]
    pub settle_s: u32,
    /// Tills by their `Z_KASSE_ID`.
    #[serde(default)]
    pub terminals: BTreeMap<String, TerminalId>,
    /// What is put before any other `Z_KASSE_ID`.
    #[serde(default = "poslog::prefix")]
    pub prefix: String,
}

fn settle_s() -> u32 {
    30
}

impl DsfinvkConfig {
    /// Whether the section can be used.
    pub fn check(&self) -> Result<(), FolderError> {
        folder::checked(SECTION, &self.name)?;
        if self.done == AfterRead::Delete {
            // The law wants them kept for ten years (§ 147 AO).
            return Err(self.wrong("done = \"delete\" is not done to a till's books, expected keep or move".to_owned()));
        }
        self.known().map(|_| ())
    }

    fn known(&self) -> Result<Terminals, FolderError> {
        Terminals::new(self.terminals.clone(), &self.prefix).map_err(|error| self.wrong(error.to_string()))
    }

    fn wrong(&self, why: String) -> FolderError {
        FolderError::Config { section: SECTION, name: self.name.clone(), why }
    }
}

/// Reads the folder until the agent stops; `state` is the folder in which the input remembers what it read.
pub async fn run(
    config: DsfinvkConfig,
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
        state: state.join(format!("dsfinvk-{}.json", config.name)),
    };
    folder::watch(Arc::new(Exports { site }), settings, ctx, input, pulse).await
}

#[derive(Debug)]
struct Exports {
    site: Site,
}

/// A file of an export, whatever the case of its letters.
fn find(folder: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(Some(path));
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().eq_ignore_ascii_case(name) && entry.path().is_file() {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

fn files() -> impl Iterator<Item = &'static str> {
    std::iter::once(INDEX).chain(REQUIRED).chain(OPTIONAL)
}

fn candidate(path: &Path) -> io::Result<Option<Candidate>> {
    let (mut stamp, mut modified) = (blake3::Hasher::new(), Timestamp::MIN);
    let mut any = false;
    for name in files() {
        let Some(file) = find(path, name)? else { continue };
        let meta = std::fs::metadata(&file)?;
        any = true;
        stamp.update(format!("{name} {}\n", folder::stamp(&meta)).as_bytes());
        modified = modified.max(folder::modified(&meta));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stamp = stamp.finalize().to_hex().to_string();
    Ok(any.then(|| Candidate { name, path: path.to_owned(), stamp, modified }))
}

impl Source for Exports {
    fn candidates(&self, folder: &Path) -> io::Result<Vec<Candidate>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                found.extend(candidate(&entry.path())?);
            }
        }
        Ok(found)
    }

    fn again(&self, of: &Candidate) -> io::Result<Option<Candidate>> {
        match candidate(&of.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            now => now,
        }
    }

    fn digest(&self, of: &Candidate) -> io::Result<String> {
        let mut hasher = blake3::Hasher::new();
        for name in files() {
            if let Some(file) = find(&of.path, name)? {
                hasher.update(name.as_bytes());
                hasher.update(poslog::digest(&file)?.as_bytes());
            }
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    fn read(
        &self,
        of: &Candidate,
        from: Option<&Progress>,
        send: &mut dyn FnMut(Batch) -> bool,
    ) -> Result<(u64, String), Unread> {
        let digest = self.digest(of).map_err(Unread::Io)?;
        let skip = from.filter(|from| from.hash == digest).map_or(0, |from| from.units);
        let open = |name: &str| {
            let Some(path) = find(&of.path, name)? else { return Ok(None) };
            File::open(path).map(|file| Some(BufReader::with_capacity(64 * 1024, file)))
        };
        let read = |error: DsfinvkError| match error {
            DsfinvkError::Io { file, source } => Unread::Io(io::Error::new(source.kind(), format!("{file}: {source}"))),
            // It may still be on its way.
            missing @ DsfinvkError::Missing(_) => Unread::Waits(missing.to_string()),
            other => Unread::Refused(other.to_string(), self.begin(of)),
        };
        let mut export = Export::open(open, self.site.place(of.modified)).map_err(read)?;
        let mut units = 0;
        while let Some(closing) = export.closing().map_err(read)? {
            units += 1;
            let progress = Progress { bytes: 0, hash: digest.clone(), units };
            if units > skip && !send(Batch { entries: closing.entries, progress }) {
                return Err(Unread::Stopped);
            }
        }
        let tally = export.tally();
        let said = format!(
            "{} closings ({} do not add up): {} receipts with {} lines of {} transactions, {} others, {} put aside",
            tally.closings,
            tally.unbalanced,
            tally.receipts,
            tally.lines,
            tally.transactions,
            tally.others,
            tally.quarantined
        );
        Ok((units, said))
    }
}

impl Exports {
    /// How the export's index begins, for a person.
    fn begin(&self, of: &Candidate) -> String {
        let mut bytes = Vec::new();
        if let Ok(Some(path)) = find(&of.path, INDEX)
            && let Ok(file) = File::open(path)
        {
            let _ = file.take(SHOWN).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
