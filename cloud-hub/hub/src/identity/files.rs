//! Key files: written whole or not at all, for the hub's user alone, never written over.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rcgen::KeyPair;

use super::KeyError;

/// The directory that holds them.
pub(crate) struct KeyDir(PathBuf);

impl KeyDir {
    pub(crate) fn open(dir: &Path) -> Result<Self, KeyError> {
        let make = |source| KeyError::Disk { what: "make", path: dir.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(make)?;
        Ok(Self(dir.to_owned()))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The text of a file; `None` when it is not there. `private`: others must not be able to read it.
    pub(crate) fn read(&self, name: &str, private: bool) -> Result<Option<String>, KeyError> {
        let path = self.path(name);
        let disk = |source| KeyError::Disk { what: "read", path: path.clone(), source };
        let meta = match std::fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk(error)),
        };
        let mode = meta.permissions().mode() & 0o777;
        if private && mode & 0o077 != 0 {
            return Err(KeyError::Open { path, mode });
        }
        std::fs::read_to_string(&path).map(Some).map_err(disk)
    }

    /// Writes a new file, synced before it gets its name; one that is there already stays.
    pub(crate) fn write_new(&self, name: &str, text: &str, mode: u32) -> Result<(), KeyError> {
        let (path, draft) = (self.path(name), self.path(&format!("{name}.{}.new", std::process::id())));
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            // A link, unlike a rename, does not replace what another process made meanwhile.
            let linked = std::fs::hard_link(&draft, &path);
            std::fs::remove_file(&draft)?;
            linked?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|source| KeyError::Disk { what: "write", path: path.clone(), source })
    }

    /// An Ed25519 key, made when absent.
    pub(crate) fn ed25519(&self, name: &str) -> Result<KeyPair, KeyError> {
        match self.read(name, true)? {
            Some(text) => self.key(name, &text, &rcgen::PKCS_ED25519, "an Ed25519 key in PKCS #8 PEM"),
            None => {
                let key = KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
                self.write_new(name, &key.serialize_pem(), 0o600)?;
                Ok(key)
            }
        }
    }

    pub(crate) fn key(
        &self,
        name: &str,
        text: &str,
        algorithm: &'static rcgen::SignatureAlgorithm,
        expected: &'static str,
    ) -> Result<KeyPair, KeyError> {
        KeyPair::from_pkcs8_pem_and_sign_algo(text, algorithm)
            .map_err(|_| KeyError::Unreadable { path: self.path(name), expected })
    }
}
