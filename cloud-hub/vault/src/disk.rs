//! Files that must not be half-written, and must not be read by others.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::key::random;

/// How long one process waits for another that is writing; a write takes milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(5);
const PRIVATE: u32 = 0o600;

/// A file that cannot be read or written, or must not be trusted.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The system refused.
    #[error("failed to {what} {path}")]
    Io {
        /// `read`, `write`, `lock`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others than its owner may read or write it.
    #[error(
        "{path} has mode {mode:03o}: it is for the hub's user alone; run `chmod 600 {path}` and consider who has read it"
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others may put another file in its place.
    #[error("the folder {path} has mode {mode:03o}: others may replace the files in it; run `chmod go-w {path}`")]
    OpenFolder {
        /// Which folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another process keeps writing.
    #[error("another process has held {0} for 5 s: nothing was changed; find it with `fuser {0}`")]
    Locked(PathBuf),
}

fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> DiskError {
    move |source| DiskError::Io { what, path: path.to_owned(), source }
}

/// Tells one state of a file from the next without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl From<&fs::Metadata> for Stamp {
    fn from(meta: &fs::Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            length: meta.len(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }
}

/// The file's state; `None` when there is no file.
pub(crate) fn stamp(path: &Path) -> Result<Option<Stamp>, DiskError> {
    match fs::metadata(path) {
        Ok(meta) => Ok(Some(Stamp::from(&meta))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("read", path)(error)),
    }
}

/// All of a file, and its state then.
pub(crate) type Contents = (Zeroizing<Vec<u8>>, Stamp);

/// What stands in a file that only its owner may read or write; `None` when there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<Contents>, DiskError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("read", path)(error)),
    };
    // Asked of the open file, so that nobody can swap it in between.
    let meta = file.metadata().map_err(io("read", path))?;
    let mode = meta.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(DiskError::Open { path: path.to_owned(), mode });
    }
    check_folder(path)?;
    // To its full size at once: a vector that grows leaves copies behind that nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(meta.len() as usize + 1));
    file.read_to_end(&mut bytes).map_err(io("read", path))?;
    Ok(Some((bytes, Stamp::from(&meta))))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn check_folder(path: &Path) -> Result<(), DiskError> {
    let folder = folder(path);
    let mode = fs::metadata(folder).map_err(io("read", folder))?.mode() & 0o7777;
    // A sticky folder (/tmp) lets nobody replace a file that is not his.
    let open = mode & 0o022 != 0 && mode & 0o1000 == 0;
    if open { Err(DiskError::OpenFolder { path: folder.to_owned(), mode }) } else { Ok(()) }
}

/// Puts `bytes` in the place of the file: after a power cut there is the old one or the new one, whole.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<Stamp, DiskError> {
    let unique =
        data_encoding::HEXLOWER.encode(&random::<8>().map_err(|e| io("write", path)(std::io::Error::other(e)))?);
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{unique}.new"));
    let draft = PathBuf::from(draft);
    let write = || -> std::io::Result<Stamp> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(folder(path))?.sync_all()?;
        // After the rename, which moves the time of the last change.
        Ok(Stamp::from(&file.metadata()?))
    };
    write().map_err(|error| {
        // What is left of a failed write holds secrets; a rename that was done has taken it away already.
        let _ = fs::remove_file(&draft);
        io("write", path)(error)
    })
}

/// Appends and waits for the disk.
pub(crate) fn append(path: &Path, bytes: &[u8]) -> Result<Stamp, DiskError> {
    let write = || -> std::io::Result<Stamp> {
        let mut file = OpenOptions::new().append(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(Stamp::from(&file.metadata()?))
    };
    write().map_err(io("write", path))
}

/// Cuts a file and waits for the disk.
pub(crate) fn truncate(path: &Path, length: u64) -> Result<Stamp, DiskError> {
    let write = || -> std::io::Result<Stamp> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(length)?;
        file.sync_all()?;
        Ok(Stamp::from(&file.metadata()?))
    };
    write().map_err(io("cut", path))
}

/// One writer at a time, among processes too; ends when it is dropped, and with the process.
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not read: closing it lets the lock go")] File);

/// Locks `path` by a file beside it, which stays: a lock on the file itself would be lost when it is replaced.
pub(crate) fn lock(path: &Path) -> Result<Lock, DiskError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(PRIVATE).open(&beside);
    let file = file.map_err(io("lock", &beside))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_WAIT => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(TryLockError::WouldBlock) => return Err(DiskError::Locked(beside)),
            Err(TryLockError::Error(error)) => return Err(io("lock", &beside)(error)),
        }
    }
}
