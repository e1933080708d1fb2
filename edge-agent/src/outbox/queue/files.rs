//! The files of a generation, beside what sled does with them.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::outbox::cursor::sync_dir;

/// sled's own segment size, for generations that are written.
pub(super) const SEGMENT: usize = 512 * 1024;
/// For packed ones: the log has nothing in it but where the packs are, and each opening takes a segment more.
pub(super) const PACKED_SEGMENT: usize = 16 * 1024;

/// The segment size a database was made with: sled refuses another one.
pub(super) fn segment(path: &Path) -> Option<usize> {
    let bytes = std::fs::read(path.join("conf")).ok()?;
    let line = bytes.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"segment_size: "))?;
    // A number sled would panic at is damage; its own size then makes it say so.
    let size = std::str::from_utf8(line).ok()?.parse().ok()?;
    [SEGMENT, PACKED_SEGMENT].contains(&size).then_some(size)
}

pub(super) fn sync_files(path: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_files(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_dir(path)
}

/// Bytes of all files below `path`.
pub fn dir_bytes(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => dir_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
