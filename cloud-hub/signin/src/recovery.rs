//! Codes on paper for the day the phone is gone: ten, each good once.
//!
//! Each is 80 random bits, and what is stored is a salted SHA-256 of it. Argon2 slows down who guesses a few thousand
//! likely passwords a second; here nothing is likely. A thief of the table who hashes 10^12 times a second tries half of
//! 2^80 codes in 19,000 years, and the salt makes him begin anew for each person. Over the network [`crate::attempts`]
//! leaves him 24 tries a day.

use serde::{Deserialize, Serialize};

use crate::{Digest, letters};

/// How many codes a person gets.
pub const CODES: usize = 10;
/// Bytes of a code: 80 bits.
const BYTES: usize = 10;

/// Fresh random bytes that [`RecoveryCodes::new`] needs: the codes and the salt.
pub const RANDOM: usize = CODES * BYTES + 16;

/// What is stored of a person's codes; whole, as it is replaced whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    salt: Digest,
    left: Vec<Digest>,
}

/// A recovery code that lets nobody in. Tell the person only that it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// Not sixteen letters.
    #[error("a recovery code is sixteen letters and digits, in groups of four")]
    Malformed,
    /// None of this person's, or one that was used.
    #[error("the recovery code is wrong or was used before")]
    Wrong,
}

impl RecoveryCodes {
    /// Ten codes to show once, and what to store in place of all earlier ones.
    pub fn new(random: [u8; RANDOM]) -> (Vec<String>, Self) {
        let (codes, salt) = random.split_at(CODES * BYTES);
        let salt = Digest::of("recovery salt", &[salt]);
        let codes = codes.chunks_exact(BYTES);
        let left = codes.clone().map(|code| digest(&salt, code)).collect();
        (codes.map(shown).collect(), Self { salt, left })
    }

    /// What to store once `code` has let its owner in: all but that one. Store it in the transaction that read this, so
    /// that a code brought twice at once is good once.
    pub fn spend(&self, code: &str) -> Result<Self, RecoveryError> {
        let code = letters::read_typed(code).filter(|bytes| bytes.len() == BYTES).ok_or(RecoveryError::Malformed)?;
        let code = digest(&self.salt, &code);
        let left: Vec<Digest> = self.left.iter().filter(|kept| **kept != code).copied().collect();
        if left.len() == self.left.len() { Err(RecoveryError::Wrong) } else { Ok(Self { salt: self.salt, left }) }
    }

    /// How many are left; at three or fewer, ask the person to make new ones.
    pub fn left(&self) -> usize {
        self.left.len()
    }
}

fn digest(salt: &Digest, code: &[u8]) -> Digest {
    Digest::of("recovery code", &[salt.as_bytes(), code])
}

/// Sixteen letters in groups of four.
fn shown(code: &[u8]) -> String {
    let letters: Vec<char> = letters::write(code).chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(from: u8) -> [u8; RANDOM] {
        std::array::from_fn(|n| from.wrapping_add(n as u8).wrapping_mul(37))
    }

    #[test]
    fn every_code_is_good_once_in_any_order_and_any_hand() {
        let (codes, mut stored) = RecoveryCodes::new(random(1));
        assert_eq!(codes.len(), 10);
        for (n, code) in codes.iter().enumerate().rev() {
            assert_eq!(code.len(), 19, "{code}");
            let typed = if n % 2 == 0 { code.to_uppercase().replace('0', "O") } else { code.replace('-', " ") };
            stored = stored.spend(&typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(stored.left(), n);
            assert_eq!(stored.spend(code), Err(RecoveryError::Wrong));
        }
    }

    #[test]
    fn a_stored_set_survives_json_and_tells_no_code() {
        let (codes, stored) = RecoveryCodes::new(random(9));
        let json = serde_json::to_string(&stored).expect("JSON");
        assert!(codes.iter().all(|code| !json.contains(code.as_str())));
        let back: RecoveryCodes = serde_json::from_str(&json).expect("a set");
        assert_eq!(back.spend(&codes[4]).expect("good").left(), 9);
    }

    #[test]
    fn the_codes_of_another_and_of_an_earlier_set_are_wrong() {
        let (mine, stored) = RecoveryCodes::new(random(1));
        let (other, theirs) = RecoveryCodes::new(random(2));
        assert_eq!(stored.spend(&other[0]), Err(RecoveryError::Wrong));
        assert_eq!(theirs.spend(&mine[0]), Err(RecoveryError::Wrong));
        // The same code under another salt is another digest.
        let mut salted = random(1);
        salted[RANDOM - 1] ^= 1;
        let (same, salted) = RecoveryCodes::new(salted);
        assert_eq!(same, mine);
        assert!(salted.left.iter().all(|digest| !stored.left.contains(digest)));
    }

    #[test]
    fn what_is_no_code_is_said_to_be_none() {
        let (codes, stored) = RecoveryCodes::new(random(1));
        for bad in
            ["", "abcd", &codes[0][..18], &format!("{}0", codes[0]), "!!!!-!!!!-!!!!-!!!!", "uuuu-uuuu-uuuu-uuuu"]
        {
            assert_eq!(stored.spend(bad), Err(RecoveryError::Malformed), "{bad}");
        }
    }
}
