//! Who is who: the hub's own keys, its certificate authority, the people who sign in and the boxes that enrol.

pub mod authority;
pub mod csr;
pub mod elsewhere;
pub mod enrol;
pub mod factors;
mod files;
pub mod links;
pub mod passkeys;
pub mod password;
pub mod people;
pub mod renewing;
pub mod secrets;
pub mod tokens;

use std::path::PathBuf;
use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::Deserialize;

pub use authority::{Authority, DeviceCertificate, ServerCertificate};
pub use csr::CsrError;
pub use password::Passwords;
pub use renewing::RenewingCertificate;

/// `[keys]` in `hub.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// Where the keys lie: made on the first start, each file for the hub's user alone (0600). Keep a copy: without the
    /// CA's key every device must enrol again.
    pub dir: PathBuf,
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self { dir: PathBuf::from("/var/lib/vyavs/keys") }
    }
}

/// Keys that cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The disk refused.
    #[error("failed to {what} {path}")]
    Disk {
        /// `read`, `write`, `make`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others may read it.
    #[error(
        "{path} has mode {mode:03o}: a key is for the hub's user alone; run `chmod 600 {path}` and consider who has read it"
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file that is not the key it should be.
    #[error("{path} is not {expected}; nothing was changed")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
    /// The CA certificate is there and its key is not.
    #[error(
        "{missing} is missing beside its certificate; restore it from a copy, or move both away to begin with a new CA (every device must then enrol again)"
    )]
    Half {
        /// Which file.
        missing: PathBuf,
    },
    /// rcgen refused to make or sign a certificate.
    #[error("failed to make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// rustls refused a certificate of ours.
    #[error("failed to use a certificate for TLS")]
    Tls(#[source] rustls::Error),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random,
}

/// The hub's keys. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    authority: Authority,
    ack: Ed25519KeyPair,
    tokens: tokens::TokenKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the keys in `config.dir`; what is missing is made. Blocks on the disk, a few milliseconds.
    pub fn open(config: &KeysConfig) -> Result<Self, KeyError> {
        let dir = files::KeyDir::open(&config.dir)?;
        let authority = Authority::open(&dir)?;
        let ack = dir.ed25519("ack.key")?;
        let tokens = tokens::TokenKey::new(&dir.ed25519("token.key")?);
        let unreadable =
            || KeyError::Unreadable { path: config.dir.join("ack.key"), expected: "an Ed25519 key in PKCS #8 PEM" };
        let ack = Ed25519KeyPair::from_pkcs8_maybe_unchecked(ack.serialized_der()).map_err(|_| unreadable())?;
        Ok(Self(Arc::new(Inner { authority, ack, tokens })))
    }

    /// The certificate authority.
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// Its certificate, PEM: whom devices trust as the hub, and the hub as devices.
    pub fn ca_pem(&self) -> &str {
        self.0.authority.pem()
    }

    /// Ed25519 over an acknowledgement: what lets a device erase.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature = self.0.ack.sign(message);
        signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    /// The key of [`Keys::sign`], for `vyavs_delivery::seal`.
    pub fn signer(&self) -> &Ed25519KeyPair {
        &self.0.ack
    }

    /// The public half of [`Keys::sign`], given to devices at enrolment.
    pub fn hub_key(&self) -> [u8; 32] {
        self.0.ack.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes")
    }

    /// Makes and reads the tokens of people.
    pub fn tokens(&self) -> &tokens::TokenKey {
        &self.0.tokens
    }
}

/// Random bytes from the system, for secrets.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::Random)?;
    Ok(bytes)
}

/// What is stored of a secret that is random enough not to be guessed: no salt, no stretching.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    blake3::hash(secret.as_bytes()).as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_kept_private_and_refused_when_open_to_others() {
        let dir = tempfile::tempdir().expect("a directory");
        let config = KeysConfig { dir: dir.path().join("keys") };
        let first = Keys::open(&config).expect("made");
        let again = Keys::open(&config).expect("read");
        assert_eq!(first.hub_key(), again.hub_key());
        assert_eq!(first.ca_pem(), again.ca_pem());
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, first.hub_key());
        key.verify(b"stored through 7", &again.sign(b"stored through 7")).expect("its own signature");
        assert!(key.verify(b"stored through 8", &again.sign(b"stored through 7")).is_err());
        for name in ["ca.key", "ack.key", "token.key"] {
            let path = config.dir.join(name);
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let path = config.dir.join("ack.key");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
        assert!(matches!(Keys::open(&config), Err(KeyError::Open { mode: 0o640, .. })));
    }

    #[test]
    fn half_a_ca_and_a_damaged_key_are_named_and_nothing_is_made_over_them() {
        let dir = tempfile::tempdir().expect("a directory");
        let config = KeysConfig { dir: dir.path().to_owned() };
        Keys::open(&config).expect("made");
        let (key, kept) = (dir.path().join("ca.key"), dir.path().join("kept"));
        std::fs::rename(&key, &kept).expect("moved");
        assert!(matches!(Keys::open(&config), Err(KeyError::Half { .. })));
        assert!(!key.exists());
        std::fs::rename(&kept, &key).expect("moved back");
        Keys::open(&config).expect("whole again");
        std::fs::write(dir.path().join("token.key"), "not a key").expect("written");
        let error = Keys::open(&config).expect_err("damaged").to_string();
        assert!(error.contains("token.key"), "{error}");
    }
}
