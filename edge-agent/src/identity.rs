//! Who this box is: the files that enrolment wrote, and enrolment itself.
//!
//! ```text
//! device.key       Ed25519, PKCS#8 PEM; made here, never leaves
//! device.crt       the hub's certificate for it, with the identity as SAN URI
//! ca.crt           the hub's CA: the only one believed
//! enrolment.toml   identity, hub address, the hub's acknowledgement key
//! ```

mod enrol;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::Ed25519KeyPair;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_service::config::{self, ConfigError};

pub use enrol::{EnrolError, enrol};

/// `[identity]` in `edge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityConfig {
    /// Where the files lie; readable by the agent alone.
    pub dir: PathBuf,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self { dir: PathBuf::from("/var/lib/vyavs/identity") }
    }
}

/// What the hub told at enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Who this box is.
    pub identity: DeviceIdentity,
    /// Where the hub listens for MQTT over TLS.
    pub mqtt_host: String,
    /// And its port.
    pub mqtt_port: u16,
    /// The hub's Ed25519 key, base64: it signs acknowledgements.
    pub hub_key: String,
}

/// Why this box does not know who it is.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Not enrolled yet.
    #[error("this box is not enrolled: {0} is missing; run `vyavs-edge enrol` with a token from the hub")]
    NotEnrolled(PathBuf),
    /// A file cannot be read or written.
    #[error("failed to use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// `enrolment.toml` is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key or certificate cannot be used.
    #[error("{path} does not hold a usable {what}; enrol again")]
    Content {
        /// Which file.
        path: PathBuf,
        /// What was expected in it.
        what: &'static str,
    },
}

/// Who this box is, with its keys.
#[derive(Clone)]
pub struct Identity {
    /// What the hub told.
    pub enrolment: Enrolment,
    /// The hub's acknowledgement key, 32 bytes.
    pub hub_key: Vec<u8>,
    /// Signs loss statements.
    pub signer: Arc<Ed25519KeyPair>,
    tls: Arc<rustls::ClientConfig>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("enrolment", &self.enrolment).finish_non_exhaustive()
    }
}

const KEY: &str = "device.key";
const CERTIFICATE: &str = "device.crt";
const CA: &str = "ca.crt";
const ENROLMENT: &str = "enrolment.toml";

impl Identity {
    /// Reads the files in `dir`.
    pub fn load(dir: &Path) -> Result<Self, IdentityError> {
        let path = dir.join(ENROLMENT);
        if !path.exists() {
            return Err(IdentityError::NotEnrolled(path));
        }
        let enrolment: Enrolment = config::load(&path)?;
        let wrong = |file: &str, what| IdentityError::Content { path: dir.join(file), what };
        let hub_key = BASE64.decode(&enrolment.hub_key).ok().filter(|key| key.len() == 32);
        let hub_key = hub_key.ok_or(wrong(ENROLMENT, "hub_key of 32 bytes in base64"))?;
        let read = |file: &str| {
            let path = dir.join(file);
            fs::read(&path).map_err(|source| IdentityError::File { path, source })
        };
        let key_pem = read(KEY)?;
        let key = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| wrong(KEY, "PKCS#8 private key"))?;
        let signer =
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.secret_der()).map_err(|_| wrong(KEY, "Ed25519 key"))?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(CERTIFICATE)?)
            .collect::<Result<_, _>>()
            .map_err(|_| wrong(CERTIFICATE, "certificate"))?;
        let mut roots = rustls::RootCertStore::empty();
        for ca in CertificateDer::pem_slice_iter(&read(CA)?) {
            let ca = ca.map_err(|_| wrong(CA, "certificate"))?;
            roots.add(ca).map_err(|_| wrong(CA, "CA certificate"))?;
        }
        let tls = rustls::ClientConfig::builder_with_provider(vyavs_service::tls::provider())
            .with_protocol_versions(vyavs_service::tls::VERSIONS)
            .map_err(|_| wrong(CA, "TLS 1.3 configuration"))?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .map_err(|_| wrong(CERTIFICATE, "certificate that belongs to device.key"))?;
        Ok(Self { enrolment, hub_key, signer: Arc::new(signer), tls: Arc::new(tls) })
    }

    /// For the connection to the hub.
    pub fn tls(&self) -> Arc<rustls::ClientConfig> {
        self.tls.clone()
    }
}
