//! A cable that can be pulled: one path for the host, whatever pseudo-terminal is behind it.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::pty::Pty;

/// The host's end stays, as a link in `/dev/serial/by-id` does.
#[derive(Clone, Debug)]
pub struct Cable {
    path: PathBuf,
}

impl Cable {
    /// Nothing is plugged in yet; `path` is what the host opens.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Plugs a new line in. Dropping what this returns pulls it out.
    pub fn plug(&self) -> io::Result<Pty> {
        if std::fs::symlink_metadata(&self.path).is_ok_and(|there| !there.file_type().is_symlink()) {
            return Err(io::Error::other(format!(
                "{} is there and no link, so it is not replaced",
                self.path.display()
            )));
        }
        let pty = Pty::open()?;
        let new = self.path.with_extension("new");
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        symlink(pty.path(), &new)?;
        // In one step: the host finds the line before or this one, never none.
        std::fs::rename(&new, &self.path)?;
        Ok(pty)
    }
}
