//! What the key file holds, and its bytes.
//!
//! ```text
//! "VYAVS KEYS" 1 | 0 | SHA-256 of the body | body                 plain: the digest finds a damaged disk
//! "VYAVS KEYS" 1 | 1 | nonce | AES-256-GCM of the body, header as additional data      sealed by an unlock key
//! ```
//!
//! The body is postcard, whose bytes are specified; a new shape is a new version.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vyavs_domain::ids::OrgId;
use zeroize::{Zeroize as _, Zeroizing};

use crate::key::{KEY, Key, NONCE, random};
use crate::kms::{KekLife, KekVersion, KmsError, SecretName};
use crate::pseudonym::Epoch;

const HEADER: [u8; 11] = *b"VYAVS KEYS\x01";
const PLAIN: u8 = 0;
const SEALED: u8 = 1;
const HEAD: usize = HEADER.len() + 1;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Keyring {
    #[serde(with = "secret")]
    chain: Key,
    orgs: BTreeMap<OrgId, Org>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Org {
    Here(Keys),
    /// Remembered, so that an organization that left is not met with new keys and a row that does not open.
    Left {
        at_us: i64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Keys {
    /// Oldest first; the last one wraps.
    keks: Vec<Kek>,
    #[serde(with = "secret")]
    erasure: Key,
    pseudonyms: BTreeMap<Epoch, Secret>,
    /// Pseudonym keys up to here are gone and not made again.
    forgotten: Option<Epoch>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kek {
    version: u32,
    made_us: i64,
    superseded_us: Option<i64>,
    #[serde(with = "secret")]
    pub(super) key: Key,
}

#[derive(Debug, Serialize, Deserialize)]
struct Secret(#[serde(with = "secret")] Key);

impl Kek {
    fn new(version: u32, at: Timestamp) -> Result<Self, KmsError> {
        Ok(Self { version, made_us: at.as_microsecond(), superseded_us: None, key: Key::random()? })
    }

    pub(super) fn version(&self) -> KekVersion {
        KekVersion(self.version)
    }
}

impl Keyring {
    pub(super) fn new() -> Result<Self, KmsError> {
        Ok(Self { chain: Key::random()?, orgs: BTreeMap::new() })
    }

    /// The keys of an organization, made when it is met first.
    fn welcome(&mut self, org: OrgId) -> Result<&mut Keys, KmsError> {
        if let Entry::Vacant(vacant) = self.orgs.entry(org) {
            let erasure = Key::random()?;
            vacant.insert(Org::Here(Keys { keks: vec![], erasure, pseudonyms: BTreeMap::new(), forgotten: None }));
        }
        self.keys_mut(org)
    }

    /// Whether an organization has nothing yet to wrap with.
    pub(super) fn needs_kek(&self, org: OrgId) -> Result<bool, KmsError> {
        match self.keys(org) {
            Ok(keys) => Ok(keys.keks.is_empty()),
            Err(KmsError::UnknownOrg(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The first version; when another process was quicker, its stays.
    pub(super) fn first_kek(&mut self, org: OrgId, at: Timestamp) -> Result<(), KmsError> {
        let keys = self.welcome(org)?;
        if keys.keks.is_empty() {
            keys.keks.push(Kek::new(1, at)?);
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, org: OrgId, at: Timestamp) -> Result<(), KmsError> {
        // The first date stays when it is asked for twice.
        if !matches!(self.orgs.get(&org), Some(Org::Left { .. })) {
            self.orgs.insert(org, Org::Left { at_us: at.as_microsecond() });
        }
        Ok(())
    }

    fn keys(&self, org: OrgId) -> Result<&Keys, KmsError> {
        match self.orgs.get(&org) {
            Some(Org::Here(keys)) => Ok(keys),
            Some(Org::Left { at_us }) => Err(left(org, *at_us)),
            None => Err(KmsError::UnknownOrg(org)),
        }
    }

    fn keys_mut(&mut self, org: OrgId) -> Result<&mut Keys, KmsError> {
        match self.orgs.get_mut(&org) {
            Some(Org::Here(keys)) => Ok(keys),
            Some(Org::Left { at_us }) => Err(left(org, *at_us)),
            None => Err(KmsError::UnknownOrg(org)),
        }
    }

    pub(super) fn newest(&self, org: OrgId) -> Result<&Kek, KmsError> {
        self.keys(org)?.keks.last().ok_or(KmsError::UnknownOrg(org))
    }

    pub(super) fn kek(&self, org: OrgId, version: KekVersion) -> Result<&Kek, KmsError> {
        let found = self.keys(org)?.keks.iter().find(|kek| kek.version == version.0);
        match found {
            Some(kek) => Ok(kek),
            None => Err(KmsError::UnknownVersion { org, version, newest: self.newest(org)?.version() }),
        }
    }

    pub(super) fn rotate(&mut self, org: OrgId, now: Timestamp) -> Result<KekVersion, KmsError> {
        let version = self.newest(org)?.version.saturating_add(1);
        let next = Kek::new(version, now)?;
        let keks = &mut self.keys_mut(org)?.keks;
        if let Some(last) = keks.last_mut() {
            last.superseded_us = Some(now.as_microsecond());
        }
        keks.push(next);
        Ok(KekVersion(version))
    }

    pub(super) fn lives(&self, org: OrgId) -> Result<Vec<KekLife>, KmsError> {
        let life = |kek: &Kek| KekLife {
            version: kek.version(),
            made_at: vyavs_domain::time::from_micros(kek.made_us),
            superseded_at: kek.superseded_us.map(vyavs_domain::time::from_micros),
        };
        Ok(self.keys(org)?.keks.iter().map(life).collect())
    }

    pub(super) fn destroy(&mut self, org: OrgId, version: KekVersion) -> Result<(), KmsError> {
        if self.kek(org, version)?.version == self.newest(org)?.version {
            return Err(KmsError::InUse { org, version });
        }
        self.keys_mut(org)?.keks.retain(|kek| kek.version != version.0);
        Ok(())
    }

    /// `None`: it has to be made first.
    pub(super) fn secret(&self, name: SecretName) -> Result<Option<Key>, KmsError> {
        Ok(match name {
            SecretName::LedgerChain => Some(self.chain.again()),
            SecretName::Erasure(org) | SecretName::Pseudonym(org, _) if !self.orgs.contains_key(&org) => None,
            SecretName::Erasure(org) => Some(self.keys(org)?.erasure.again()),
            SecretName::Pseudonym(org, epoch) => {
                let keys = self.keys(org)?;
                match keys.forgotten {
                    Some(through) if epoch <= through => {
                        return Err(KmsError::EpochDestroyed { org, epoch, through });
                    }
                    _ => keys.pseudonyms.get(&epoch).map(|secret| secret.0.again()),
                }
            }
        })
    }

    pub(super) fn make_secret(&mut self, name: SecretName) -> Result<Key, KmsError> {
        if let SecretName::Erasure(org) | SecretName::Pseudonym(org, _) = name {
            self.welcome(org)?;
        }
        if let Some(made) = self.secret(name)? {
            return Ok(made); // with the organization, or by another process meanwhile
        }
        let key = Key::random()?;
        if let SecretName::Pseudonym(org, epoch) = name {
            self.keys_mut(org)?.pseudonyms.insert(epoch, Secret(key.again()));
        }
        Ok(key)
    }

    pub(super) fn epochs(&self, org: OrgId) -> Result<Vec<Epoch>, KmsError> {
        Ok(self.keys(org)?.pseudonyms.keys().copied().collect())
    }

    pub(super) fn destroy_epochs(&mut self, org: OrgId, through: Epoch) -> Result<(), KmsError> {
        let keys = self.keys_mut(org)?;
        keys.pseudonyms.retain(|epoch, _| *epoch > through);
        keys.forgotten = keys.forgotten.max(Some(through));
        Ok(())
    }
}

fn left(org: OrgId, at_us: i64) -> KmsError {
    KmsError::OrgDestroyed { org, at: vyavs_domain::time::from_micros(at_us) }
}

pub(super) fn encode(ring: &Keyring, unlock: Option<&Key>) -> Result<Zeroizing<Vec<u8>>, KmsError> {
    let size = postcard::experimental::serialized_size(ring).expect("keys and numbers always serialize");
    let mut body = Zeroizing::new(vec![0; size]);
    postcard::to_slice(ring, &mut body).expect("it has the size just reckoned");
    let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD + NONCE + KEY + size + 16));
    bytes.extend_from_slice(&HEADER);
    match unlock {
        None => {
            bytes.push(PLAIN);
            bytes.extend_from_slice(digest(&SHA256, &body).as_ref());
            bytes.extend_from_slice(&body);
        }
        Some(unlock) => {
            bytes.push(SEALED);
            let nonce = random::<NONCE>()?;
            let head = bytes.to_vec();
            bytes.extend_from_slice(&nonce);
            unlock.seal(nonce, &head, &body, &mut bytes);
        }
    }
    Ok(bytes)
}

pub(super) fn decode(path: &Path, bytes: &[u8], unlock: Option<&Key>) -> Result<Keyring, KmsError> {
    let damaged = |expected, found: String| KmsError::Damaged { path: path.to_owned(), expected, found };
    if bytes.len() < HEAD {
        return Err(damaged("a header of 12 bytes", format!("{} bytes in all", bytes.len())));
    }
    let (head, rest) = bytes.split_at(HEAD);
    if head[..HEADER.len()] != HEADER {
        return Err(damaged("VYAVS KEYS and version 1 at its beginning", "another beginning".to_owned()));
    }
    let body = match (head[HEADER.len()], unlock) {
        (PLAIN, None) => {
            let Some((sum, body)) = rest.split_at_checked(KEY) else {
                return Err(damaged("a digest of 32 bytes", format!("{} bytes", rest.len())));
            };
            if digest(&SHA256, body).as_ref() != sum {
                return Err(damaged("a body that matches its digest", "one that does not".to_owned()));
            }
            Zeroizing::new(body.to_vec())
        }
        (SEALED, Some(unlock)) => {
            let Some((nonce, sealed)) = rest.split_at_checked(NONCE) else {
                return Err(damaged("a nonce of 12 bytes", format!("{} bytes", rest.len())));
            };
            let nonce = nonce.try_into().expect("split there");
            unlock.open(nonce, head, sealed).ok_or_else(|| KmsError::UnlockWrong(path.to_owned()))?
        }
        (PLAIN, Some(_)) => return Err(KmsError::UnlockUnused(path.to_owned())),
        (SEALED, None) => return Err(KmsError::UnlockMissing(path.to_owned())),
        (other, _) => return Err(damaged("0 (plain) or 1 (sealed) at byte 12", other.to_string())),
    };
    postcard::from_bytes(&body).map_err(|error| damaged("the keys in their order", error.to_string()))
}

/// Keys are written only here: [`Key`] itself cannot be serialized.
mod secret {
    use super::*;

    pub(super) fn serialize<S: Serializer>(key: &Key, to: S) -> Result<S::Ok, S::Error> {
        key.bytes().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Key, D::Error> {
        let mut bytes = <[u8; KEY]>::deserialize(from)?;
        let key = Key::from_bytes(&bytes);
        bytes.zeroize();
        Ok(key)
    }
}
