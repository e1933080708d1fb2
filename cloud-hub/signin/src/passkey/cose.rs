//! Public keys as keys write them: COSE_Key (RFC 9052 §7, RFC 9053), three kinds of them.

use ciborium::Value;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

use super::PasskeyError;

/// In order of preference: EdDSA, ES256, RS256 (IANA COSE algorithms). RS256 is for Windows Hello on older machines.
pub(super) const OFFERED: [i64; 3] = [EDDSA, ES256, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

// Labels of a COSE_Key.
const KTY: i64 = 1;
const ALG: i64 = 3;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
/// The modulus shares its label with the curve, the exponent with x.
const N: i64 = -1;
const E: i64 = -2;

/// A key that can verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// An uncompressed point of P-256.
    Es256(Vec<u8>),
    EdDsa(Vec<u8>),
    Rs256 {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

impl PublicKey {
    pub(super) fn read(cose: &[u8]) -> Result<Self, PasskeyError> {
        let (value, rest) = one(cose).ok_or(PasskeyError::Key("not CBOR"))?;
        if rest != 0 {
            return Err(PasskeyError::Key("bytes behind its end"));
        }
        Self::from_value(&value)
    }

    fn from_value(value: &Value) -> Result<Self, PasskeyError> {
        let map = Map::new(value)?;
        let alg = map.integer(ALG).ok_or(PasskeyError::Key("no algorithm"))?;
        if !OFFERED.contains(&alg) {
            return Err(PasskeyError::Algorithm(alg));
        }
        let kty = map.integer(KTY).ok_or(PasskeyError::Key("no key type"))?;
        // Level 3 §6.5.1.1: alg, and otherwise only what the key type requires.
        match (alg, kty) {
            (ES256, 2) => {
                map.only(&[KTY, ALG, CRV, X, Y])?;
                if map.integer(CRV) != Some(1) {
                    return Err(PasskeyError::Key("ES256 needs the curve P-256"));
                }
                let (x, y) = (map.bytes(X), map.bytes(Y));
                let (Some(x), Some(y)) = (x.filter(|x| x.len() == 32), y.filter(|y| y.len() == 32)) else {
                    return Err(PasskeyError::Key("ES256 needs x and y of 32 bytes"));
                };
                Ok(Self::Es256([&[4], x, y].concat()))
            }
            (EDDSA, 1) => {
                map.only(&[KTY, ALG, CRV, X])?;
                if map.integer(CRV) != Some(6) {
                    return Err(PasskeyError::Key("EdDSA needs the curve Ed25519"));
                }
                let x = map.bytes(X).filter(|x| x.len() == 32);
                x.map(|x| Self::EdDsa(x.to_vec())).ok_or(PasskeyError::Key("EdDSA needs x of 32 bytes"))
            }
            (RS256, 3) => {
                map.only(&[KTY, ALG, N, E])?;
                let (n, e) = (map.bytes(N).unwrap_or_default(), map.bytes(E).unwrap_or_default());
                if !(256..=1024).contains(&n.len()) || n[0] == 0 {
                    return Err(PasskeyError::Key("RS256 needs a modulus of 2048 to 8192 bits, without leading zeros"));
                }
                if !(1..=4).contains(&e.len()) || e[0] == 0 {
                    return Err(PasskeyError::Key("RS256 needs an exponent of 1 to 4 bytes, without leading zeros"));
                }
                Ok(Self::Rs256 { n: n.to_vec(), e: e.to_vec() })
            }
            _ => Err(PasskeyError::Key("its type and its algorithm do not belong together")),
        }
    }

    /// The COSE algorithm.
    pub(super) fn algorithm(&self) -> i64 {
        match self {
            Self::Es256(_) => ES256,
            Self::EdDsa(_) => EDDSA,
            Self::Rs256 { .. } => RS256,
        }
    }

    /// Whether it made this signature. ring also refuses points off the curve here.
    pub(super) fn verify(&self, message: &[u8], signed: &[u8]) -> Result<(), PasskeyError> {
        let done = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point).verify(message, signed)
            }
            Self::EdDsa(point) => UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signed),
            Self::Rs256 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signed)
            }
        };
        done.map_err(|_| PasskeyError::Signature)
    }
}

/// One CBOR item at the start of `bytes`, and how many bytes follow it.
pub(super) fn one(bytes: &[u8]) -> Option<(Value, usize)> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, 16).ok()?;
    Some((value, rest.len()))
}

/// A map with integers for labels, none twice.
struct Map(Vec<(i64, Value)>);

impl Map {
    fn new(value: &Value) -> Result<Self, PasskeyError> {
        let pairs = value.as_map().ok_or(PasskeyError::Key("not a map"))?;
        let mut map: Vec<(i64, Value)> = Vec::with_capacity(pairs.len());
        for (label, value) in pairs {
            let label = label.as_integer().and_then(|label| i64::try_from(label).ok());
            let label = label.ok_or(PasskeyError::Key("a label that is no integer"))?;
            if map.iter().any(|(known, _)| *known == label) {
                return Err(PasskeyError::Key("a label that is there twice"));
            }
            map.push((label, value.clone()));
        }
        Ok(Self(map))
    }

    fn get(&self, label: i64) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == label).map(|(_, value)| value)
    }

    fn integer(&self, label: i64) -> Option<i64> {
        i64::try_from(self.get(label)?.as_integer()?).ok()
    }

    fn bytes(&self, label: i64) -> Option<&[u8]> {
        self.get(label)?.as_bytes().map(Vec::as_slice)
    }

    fn only(&self, labels: &[i64]) -> Result<(), PasskeyError> {
        if self.0.iter().all(|(label, _)| labels.contains(label)) {
            Ok(())
        } else {
            Err(PasskeyError::Key("more in it than its type requires"))
        }
    }
}
