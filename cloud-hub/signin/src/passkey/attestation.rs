//! The attestation object of a registration (Level 3 §6.5.4): `none`, or a key that attests itself.

use ciborium::Value;

use super::{PasskeyError, cose};

const MALFORMED: PasskeyError = PasskeyError::Malformed {
    what: "attestationObject",
    expected: "one CBOR map with fmt, attStmt and authData, each once, and nothing behind it",
};

/// Read, not yet verified.
#[derive(Debug)]
pub(super) struct Attestation {
    format: String,
    statement: Vec<(Value, Value)>,
    pub(super) authenticator_data: Vec<u8>,
}

impl Attestation {
    pub(super) fn read(object: &[u8]) -> Result<Self, PasskeyError> {
        let (value, rest) = cose::one(object).ok_or(MALFORMED)?;
        let Value::Map(pairs) = value else { return Err(MALFORMED) };
        if rest != 0 {
            return Err(MALFORMED);
        }
        let (mut format, mut statement, mut data) = (None, None, None);
        for (label, value) in pairs {
            let twice = match (label.as_text(), value) {
                (Some("fmt"), Value::Text(text)) => format.replace(text).is_some(),
                (Some("attStmt"), Value::Map(map)) => statement.replace(map).is_some(),
                (Some("authData"), Value::Bytes(bytes)) => data.replace(bytes).is_some(),
                _ => true,
            };
            if twice {
                return Err(MALFORMED);
            }
        }
        match (format, statement, data) {
            (Some(format), Some(statement), Some(authenticator_data)) => {
                Ok(Self { format, statement, authenticator_data })
            }
            _ => Err(MALFORMED),
        }
    }

    /// Level 3 §8.7 and §8.2 (self attestation).
    pub(super) fn verify(&self, key: &cose::PublicKey, client_data_hash: &[u8; 32]) -> Result<(), PasskeyError> {
        match self.format.as_str() {
            "none" if self.statement.is_empty() => Ok(()),
            "none" => Err(PasskeyError::Attestation),
            "packed" if self.part("x5c").is_none() => {
                let algorithm = self.part("alg").and_then(Value::as_integer).map(i128::from);
                let signature = self.part("sig").and_then(Value::as_bytes).ok_or(PasskeyError::Attestation)?;
                if algorithm != Some(i128::from(key.algorithm())) || self.statement.len() != 2 {
                    return Err(PasskeyError::Attestation);
                }
                let message = [self.authenticator_data.as_slice(), client_data_hash].concat();
                key.verify(&message, signature).map_err(|_| PasskeyError::Attestation)
            }
            // Made by other browsers than those that do as they are asked.
            other => Err(PasskeyError::AttestationFormat(other.chars().take(32).collect())),
        }
    }

    fn part(&self, name: &str) -> Option<&Value> {
        self.statement.iter().find(|(label, _)| label.as_text() == Some(name)).map(|(_, value)| value)
    }
}
