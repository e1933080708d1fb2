//! A place in a file that may be renamed, copied and cut: which file, how it begins, how far it was told.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// First bytes of a file by which it is known.
pub(super) const HEAD: usize = 256;

/// Device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(super) fn of(meta: &Metadata) -> Self {
        Self { device: meta.dev(), inode: meta.ino() }
    }
}

/// Where reading goes on after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    id: FileId,
    /// How many first bytes were hashed.
    head_bytes: usize,
    /// Their hash: an inode is used again, and a file can be cut and written anew.
    head: String,
    /// Everything before this byte is durable.
    pub(super) told: u64,
    /// The line that names the columns.
    header: String,
}

impl Position {
    pub(super) fn new(id: FileId, head: &[u8], told: u64, header: &[u8]) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id, head_bytes: head.len(), head: blake3::hash(head).to_hex().to_string(), told, header: hex(header) }
    }

    pub(super) fn header(&self) -> Vec<u8> {
        let digits = self.header.as_bytes().chunks_exact(2);
        digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
    }

    /// Whether a file begins as the one that was read, and reaches as far.
    fn begins(&self, path: &Path) -> io::Result<bool> {
        let mut file = File::open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() || meta.len() < self.told || meta.len() < self.head_bytes as u64 {
            return Ok(false);
        }
        let mut head = vec![0; self.head_bytes];
        file.read_exact(&mut head)?;
        Ok(blake3::hash(&head).to_hex().as_str() == self.head)
    }
}

/// Files beside `path` whose names begin with its own: where rotation puts them. Unreadable ones are none.
fn siblings(path: &Path) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // `sales.csv` becomes `sales.csv.1`, or `sales-20240517.csv`.
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&stem)
            && let Ok(meta) = entry.metadata()
            && meta.is_file()
        {
            found.push((entry.path(), meta));
        }
    }
    Ok(found)
}

/// The file that a position is in: `path` itself, or where it went by rename or copy.
pub(super) fn same_file(path: &Path, position: &Position) -> io::Result<Option<PathBuf>> {
    match std::fs::metadata(path) {
        // Nothing was told of it yet: any file of that name is the one.
        Ok(meta) if FileId::of(&meta) == position.id && position.begins(path)? => return Ok(Some(path.to_owned())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let beside = siblings(path)?;
    let by_id =
        beside.iter().find(|(other, meta)| FileId::of(meta) == position.id && position.begins(other).unwrap_or(false));
    if let Some((found, _)) = by_id {
        return Ok(Some(found.clone()));
    }
    // A copy is known by how it begins; too little of that would fit any file.
    let copies = beside.iter().filter(|(other, _)| other != path);
    let by_head = copies.filter(|(other, _)| position.head_bytes > 0 && position.begins(other).unwrap_or(false));
    Ok(by_head.max_by_key(|(_, meta)| (meta.mtime(), meta.mtime_nsec())).map(|(found, _)| found.clone()))
}

/// The files to read after `old`, which was rotated away: those written after it, and `path` last.
pub(super) fn newer(path: &Path, old: &Path) -> io::Result<Vec<PathBuf>> {
    let time = |meta: &Metadata| (meta.mtime(), meta.mtime_nsec());
    let after = time(&std::fs::metadata(old)?);
    let mut between: Vec<_> = siblings(path)?
        .into_iter()
        .filter(|(other, meta)| other != path && other != old && time(meta) > after)
        // What is packed was plain before, and is not read here.
        .filter(|(other, _)| {
            !other.extension().is_some_and(|end| ["gz", "zst", "xz", "bz2"].iter().any(|packed| end == *packed))
        })
        .collect();
    between.sort_by_key(|(_, meta)| time(meta));
    Ok(between.into_iter().map(|(other, _)| other).chain(std::iter::once(path.to_owned())).collect())
}
