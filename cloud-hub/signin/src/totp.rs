//! Codes of an authenticator app (RFC 6238): SHA-1, six digits, thirty seconds, which is what every app does.
//!
//! Good are the code of this step and, so that nobody fails who types slowly, of the one before: the one exception to
//! "current step only" of ASVS 6.5.5. A code is good once. SHA-1 is no weakness here: HMAC does not rest on collisions.

pub mod qr;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// How long a code is shown, s.
pub const STEP_S: i64 = 30;
const DIGITS: u32 = 6;

/// What app and hub share. To be stored sealed: who reads it can make codes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Secret([u8; 20]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A code that lets nobody in. Tell the person only that it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TotpError {
    /// Not six digits.
    #[error("a code is six digits, with spaces or without")]
    Malformed,
    /// Not the code of now, nor of the step before.
    #[error("the code is wrong")]
    Wrong,
    /// Right, but one of this step or a later one was used before.
    #[error("the code was used before; wait for the next one")]
    Used,
    /// The hub's clock is before 1970.
    #[error("codes cannot be verified: the hub's clock is before 1970")]
    Clock,
}

/// A text that is no [`Secret`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is 32 letters of base32, 20 bytes")]
pub struct SecretError;

/// A name an authenticator app could not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} must have 1 to 128 bytes and no colon, which parts issuer from account in the app")]
pub struct NameError {
    /// `the issuer` or `the account`.
    pub what: &'static str,
}

/// As RFC 3986 leaves unescaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Secret {
    /// From fresh random bytes; 160 bits, as RFC 4226 §4 recommends.
    pub fn new(random: [u8; 20]) -> Self {
        Self(random)
    }

    /// For people without a camera: base32, as apps take it by hand.
    pub fn to_base32(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.0)
    }

    /// What the QR code says: `otpauth://totp/Issuer:account?…`.
    pub fn uri(&self, issuer: &str, account: &str) -> Result<String, NameError> {
        for (what, name) in [("the issuer", issuer), ("the account", account)] {
            if name.trim().is_empty() || name.len() > 128 || name.contains(':') {
                return Err(NameError { what });
            }
        }
        let (issuer, account) = (utf8_percent_encode(issuer, ESCAPED), utf8_percent_encode(account, ESCAPED));
        let secret = self.to_base32();
        Ok(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
        ))
    }

    /// Verifies a code at `now`, and gives the step to store: the next code must be of a later one. `last_step` is what
    /// was stored last, `None` before the first code. Count the try first ([`crate::attempts`]), and store the step in the
    /// transaction that read `last_step`, so that a code brought twice at once is good once.
    pub fn verify(&self, last_step: Option<u64>, code: &str, now: Timestamp) -> Result<u64, TotpError> {
        let code = digits(code).ok_or(TotpError::Malformed)?;
        let now = u64::try_from(now.as_second()).map_err(|_| TotpError::Clock)?;
        let step = now / STEP_S.unsigned_abs();
        let before = step.saturating_sub(1);
        let is = |step| bool::from(hotp(&self.0, step, DIGITS).ct_eq(&code));
        // Both are computed, so that the time taken does not say which was right.
        let found = match (is(step), is(before)) {
            (true, _) => step,
            (false, true) => before,
            (false, false) => return Err(TotpError::Wrong),
        };
        if last_step.is_some_and(|last| found <= last) { Err(TotpError::Used) } else { Ok(found) }
    }

    /// The code of a moment, for tests of who uses this crate and for an app of one's own.
    pub fn code(&self, at: Timestamp) -> Result<String, TotpError> {
        let at = u64::try_from(at.as_second()).map_err(|_| TotpError::Clock)?;
        Ok(format!("{:06}", hotp(&self.0, at / STEP_S.unsigned_abs(), DIGITS)))
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.to_base32()
    }
}

impl TryFrom<String> for Secret {
    type Error = SecretError;

    fn try_from(text: String) -> Result<Self, SecretError> {
        let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| SecretError)?;
        bytes.try_into().map(Self).map_err(|_| SecretError)
    }
}

/// Apps show a code in two groups, and people copy the gap.
fn digits(code: &str) -> Option<u32> {
    let mut digits = code.bytes().filter(|byte| *byte != b' ');
    let mut value = 0;
    for _ in 0..DIGITS {
        let digit = digits.next()?;
        value = value * 10 + u32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    digits.next().is_none().then_some(value)
}

/// RFC 4226 §5.3.
fn hotp(secret: &[u8], counter: u64, digits: u32) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let tag = tag.as_ref();
    // Dynamic truncation: the last four bits say where 31 bits are taken from.
    let from = tag.last().map_or(0, |last| usize::from(last & 15));
    let word = tag.iter().skip(from).take(4).fold(0, |word, byte| word << 8 | u32::from(*byte));
    (word & 0x7fff_ffff) % 10_u32.pow(digits)
}

#[cfg(test)]
mod tests;
