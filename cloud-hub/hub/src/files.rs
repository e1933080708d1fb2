//! The folder of files that jobs made. A file has its name only when it is whole; until then it is a draft.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

/// Where the files lie. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Folder(Arc<Path>);

/// A file in the making: named for its job and the claim, so that two workers never write the same one.
#[derive(Debug)]
pub(crate) struct Draft {
    folder: Folder,
    draft: String,
    name: String,
    whole: bool,
}

impl Folder {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self(dir.into())
    }

    /// A file of the folder.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// Begins a file; only the hub's own user may read it.
    pub(crate) fn begin(&self, job: Uuid, fence: i64, ending: &str) -> io::Result<(Draft, File)> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let name = format!("{job}-{fence}.{ending}");
        let draft = format!("{name}.part");
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(self.path(&draft))?;
        Ok((Draft { folder: self.clone(), draft, name, whole: false }, file))
    }

    /// Removes a file; one that is gone already is fine.
    pub(crate) fn remove(&self, file: &str) -> io::Result<()> {
        match fs::remove_file(self.path(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The files that bear the name of a job: name, job and number of the claim. Others are none of ours.
    pub(crate) fn list(&self) -> io::Result<Vec<(String, Uuid, i64)>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let Ok(name) = entry?.file_name().into_string() else { continue };
            let parts = name.split('.').next().and_then(|stem| stem.rsplit_once('-'));
            let parsed = parts.and_then(|(job, fence)| Some((Uuid::try_parse(job).ok()?, fence.parse().ok()?)));
            if let Some((job, fence)) = parsed {
                found.push((name, job, fence));
            }
        }
        Ok(found)
    }
}

impl Draft {
    /// Gives the file its name, once its bytes and its name are on the disk.
    pub(crate) fn finish(mut self, file: &File) -> io::Result<String> {
        file.sync_all()?;
        fs::rename(self.folder.path(&self.draft), self.folder.path(&self.name))?;
        self.whole = true;
        File::open(&self.folder.0)?.sync_all()?;
        Ok(std::mem::take(&mut self.name))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.whole {
            // Best effort: what stays is found by the next sweep.
            let _ = self.folder.remove(&self.draft);
        }
    }
}
