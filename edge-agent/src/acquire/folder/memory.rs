//! What was read, on disk: a small file beside the outbox, written whole and renamed into its place.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Files that are gone and still remembered: the same content may come again under another name.
const GONE: usize = 2048;

/// A place in a file up to which everything is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes.
    pub bytes: u64,
    /// Hash of these bytes: reading goes on here only where they still stand.
    pub hash: String,
    /// Transactions.
    pub units: u64,
}

/// A file that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Its name.
    pub name: String,
    /// Which state of it.
    pub stamp: String,
    /// Hash of its content.
    pub digest: String,
    /// Nothing that could be read.
    #[serde(default)]
    pub refused: bool,
}

/// Everything remembered about a folder.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// In the order they were read.
    pub done: Vec<Done>,
    /// By name, of files that are being read.
    pub progress: BTreeMap<String, Progress>,
}

impl Memory {
    /// What was remembered; a damaged file is named and counts as empty, for reading again changes nothing at the hub.
    pub fn open(path: &Path) -> (Self, Option<String>) {
        match load(path) {
            Ok(memory) => (memory.unwrap_or_default(), None),
            Err(error) => {
                let why = format!("{} cannot be read ({error}): every file is read again", path.display());
                (Self::default(), Some(why))
            }
        }
    }

    /// Whether this state of a file was read.
    pub fn is_done(&self, name: &str, stamp: &str) -> bool {
        self.done.iter().rev().any(|done| done.name == name && done.stamp == stamp)
    }

    /// Whether content was seen, and if so, whether it was refused.
    pub fn holds(&self, digest: &str) -> Option<bool> {
        self.done.iter().find(|done| done.digest == digest).map(|done| done.refused)
    }

    /// Lets go of the oldest of what is not in the folder any more; whether anything was.
    pub fn forget_missing<'a>(&mut self, here: impl Iterator<Item = &'a str>) -> bool {
        if self.done.len() <= GONE && self.progress.is_empty() {
            return false;
        }
        let here: HashSet<&str> = here.collect();
        let before = (self.done.len(), self.progress.len());
        let gone = self.done.iter().filter(|done| !here.contains(done.name.as_str())).count();
        let mut over = gone.saturating_sub(GONE);
        self.done.retain(|done| {
            let forget = over > 0 && !here.contains(done.name.as_str());
            over -= usize::from(forget);
            !forget
        });
        self.progress.retain(|name, _| here.contains(name.as_str()));
        (self.done.len(), self.progress.len()) != before
    }

    /// Writes it down.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        save(path, self)
    }
}

/// Reads a remembered value; `None` where there is none yet.
pub fn load<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a value so that after a power cut there is the old one or the new one.
pub fn save<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_folder_is_never_forgotten() {
        let mut memory = Memory::default();
        for number in 0..GONE + 10 {
            let name = format!("{number}.xml");
            memory.done.push(Done { name, stamp: "s".to_owned(), digest: number.to_string(), refused: false });
        }
        memory.progress.insert("x".to_owned(), Progress::default());
        assert!(memory.forget_missing(["3.xml"].into_iter()));
        assert!(memory.is_done("3.xml", "s") && !memory.is_done("3.xml", "t"));
        assert_eq!((memory.holds("0"), memory.holds(&(GONE + 9).to_string())), (None, Some(false)));
        assert!(memory.progress.is_empty());
        assert!(!memory.forget_missing(["3.xml"].into_iter()));
    }

    #[test]
    fn a_state_survives_and_a_damaged_one_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("deep/state.json");
        let mut memory = Memory::default();
        memory.progress.insert("a".to_owned(), Progress { bytes: 7, hash: "h".to_owned(), units: 2 });
        memory.save(&path).expect("it is written");
        assert_eq!(Memory::open(&path).0.progress["a"].bytes, 7);
        std::fs::write(&path, b"{\"done\":[").expect("it is damaged");
        let (memory, why) = Memory::open(&path);
        assert!(memory.progress.is_empty() && why.expect("it is said").contains("read again"));
    }
}
