//! Who vouches for an artifact: a detached Ed25519 signature over the BLAKE3 digests of its files.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::files::Files;
use crate::{Limits, Refusal, SIGNATURE};

const SCHEME: &str = "ed25519-blake3-1";

/// A key that is not one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes in base64.
    #[error("not an Ed25519 public key: 32 bytes in base64 expected, one a line, # for comments")]
    Public,
    /// Not PKCS#8.
    #[error("not an Ed25519 private key in PKCS#8 (make one with `vyavs-train keygen`)")]
    Private,
    /// The system's random source failed.
    #[error("no randomness from the system")]
    Random,
    /// A key file that cannot be read.
    #[error("{0} cannot be read")]
    File(String, #[source] std::io::Error),
}

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// 16 hex digits that tell keys apart: the head of its BLAKE3.
    pub fn fingerprint(&self) -> String {
        blake3::hash(&self.0).to_hex()[..16].to_owned()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = BASE64.decode(text.trim()).map_err(|_| KeyError::Public)?;
        bytes.try_into().map(Self).map_err(|_| KeyError::Public)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

/// The keys whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys(Vec<PublicKey>);

impl TrustedKeys {
    /// The key of the models that ship with the program. It is compiled in: who may replace a model's folder may not
    /// thereby replace the key that guards it.
    pub fn shipped() -> Self {
        Self::parse(include_str!("../../shipped/keys/models.pub")).expect("a test reads the shipped key")
    }

    /// Reads keys, one a line in base64; `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        lines.filter(|line| !line.is_empty()).map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Adds the keys of a file.
    pub fn with_file(mut self, path: &Path) -> Result<Self, KeyError> {
        let text = fs::read_to_string(path).map_err(|error| KeyError::File(path.display().to_string(), error))?;
        self.0.extend(Self::parse(&text)?.0);
        Ok(self)
    }

    fn find(&self, fingerprint: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.fingerprint() == fingerprint)
    }
}

impl From<PublicKey> for TrustedKeys {
    fn from(key: PublicKey) -> Self {
        Self(vec![key])
    }
}

/// An Ed25519 private key.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads PKCS#8 DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self).map_err(|_| KeyError::Private)
    }

    /// Makes a key and returns it as PKCS#8 DER, out of the system's randomness.
    pub fn generate() -> Result<Vec<u8>, KeyError> {
        let made = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).map_err(|_| KeyError::Random)?;
        Ok(made.as_ref().to_vec())
    }

    /// The other half.
    pub fn public(&self) -> PublicKey {
        let bytes = self.0.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes");
        PublicKey(bytes)
    }
}

/// The `signature` file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureFile {
    scheme: String,
    /// Fingerprint of the key.
    key: String,
    /// Base64.
    signature: String,
    files: Vec<SignedFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedFile {
    name: String,
    bytes: u64,
    blake3: String,
}

/// What is really signed: one line a file, after a line that says what this is.
fn statement(files: &[SignedFile]) -> Vec<u8> {
    let lines = files.iter().map(|file| format!("{} {} {}\n", file.blake3, file.bytes, file.name));
    format!("vyavs artifact {SCHEME}\n{}", lines.collect::<String>()).into_bytes()
}

fn digests(files: &Files) -> Vec<SignedFile> {
    let digest = |(name, bytes): (&str, &[u8])| SignedFile {
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        blake3: blake3::hash(bytes).to_hex().to_string(),
    };
    files.signed().into_iter().map(digest).collect()
}

/// Signs the artifact in a directory as it stands and writes its `signature`; does not judge it.
pub fn sign(dir: &Path, key: &SigningKey) -> Result<(), Refusal> {
    let failed = |source| Refusal::File { file: SIGNATURE, source };
    let path = dir.join(SIGNATURE);
    if !path.exists() {
        fs::write(&path, "").map_err(failed)?;
    }
    let files = digests(&Files::read(dir, &Limits::default())?);
    let signature = BASE64.encode(key.0.sign(&statement(&files)));
    let file = SignatureFile { scheme: SCHEME.to_owned(), key: key.public().fingerprint(), signature, files };
    let text = toml::to_string(&file).expect("plain tables have a TOML form");
    fs::write(&path, text).map_err(failed)
}

/// First who signed, then what: a wrong signature is told from a changed file.
pub(crate) fn verify(files: &Files, trusted: &TrustedKeys) -> Result<(), Refusal> {
    let form = |what: String| Refusal::SignatureForm(what);
    let text = std::str::from_utf8(&files.signature).map_err(|_| form("not UTF-8".to_owned()))?;
    let claim: SignatureFile = toml::from_str(text).map_err(|error| form(error.to_string()))?;
    if claim.scheme != SCHEME {
        return Err(form(format!("scheme {:?}, expected {SCHEME:?}", claim.scheme)));
    }
    let found = digests(files);
    if !claim.files.iter().map(|file| &file.name).eq(found.iter().map(|file| &file.name)) {
        return Err(form("must name card.md, manifest.toml and model.onnx, in this order".to_owned()));
    }
    let key = trusted.find(&claim.key).ok_or_else(|| Refusal::UntrustedKey { key: claim.key.clone() })?;
    let signature = BASE64.decode(&claim.signature).map_err(|_| form("not base64".to_owned()))?;
    UnparsedPublicKey::new(&ED25519, key.0)
        .verify(&statement(&claim.files), &signature)
        .map_err(|_| Refusal::Signature { key: claim.key.clone() })?;
    for (signed, found) in claim.files.into_iter().zip(found) {
        if signed.blake3 != found.blake3 || signed.bytes != found.bytes {
            return Err(Refusal::Digest { file: found.name, signed: signed.blake3, got: found.blake3 });
        }
    }
    Ok(())
}
