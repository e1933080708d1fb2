//! Answers to a device that asks who we are: HTTP digest (RFC 7616), or basic (RFC 7617) where it offers nothing better.
//!
//! Nothing is sent unasked: a device that knows digest never hears the password.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use digest_auth::{AuthContext, WwwAuthenticateHeader};
use hyper::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

/// How the device wants to be told who we are; kept between questions, so that it is asked only once.
#[derive(Debug, Default)]
pub(super) struct Door {
    challenge: Option<Challenge>,
}

#[derive(Debug)]
enum Challenge {
    Basic,
    /// Counts how often its nonce was used.
    Digest(Box<WwwAuthenticateHeader>),
}

impl Door {
    /// What goes into `Authorization` for a GET of `path`; `None` until the device has asked. `file` holds
    /// `user:password` and is read each time, so that a changed one counts at once.
    pub(super) fn credentials(&mut self, file: Option<&Path>, path: &str) -> Result<Option<String>, String> {
        let (Some(challenge), Some(file)) = (&mut self.challenge, file) else { return Ok(None) };
        let text =
            std::fs::read_to_string(file).map_err(|error| format!("failed to read {}: {error}", file.display()))?;
        let Some((user, password)) = text.trim().split_once(':') else {
            return Err(format!("{}: expected user:password", file.display()));
        };
        Ok(Some(match challenge {
            Challenge::Basic => format!("Basic {}", STANDARD.encode(text.trim())),
            Challenge::Digest(challenge) => challenge
                .respond(&AuthContext::new(user, password, path))
                .map_err(|error| format!("the device's digest challenge cannot be answered: {error}"))?
                .to_header_string(),
        }))
    }

    /// Takes a refusal: whether to ask again at once. Not when the device was answered already, unless it only wants a
    /// fresh nonce.
    pub(super) fn refused(&mut self, headers: &HeaderMap, answered: bool) -> bool {
        let offers = || headers.get_all(WWW_AUTHENTICATE).iter();
        let of = |offer: &HeaderValue, scheme: &[u8]| {
            offer.as_bytes().get(..scheme.len()).is_some_and(|found| found.eq_ignore_ascii_case(scheme))
        };
        // The first that is understood: a device names the best one first (RFC 7616, section 3.7). One beyond ASCII is
        // not: the parser takes letters for bytes.
        let digests = offers().filter(|offer| of(offer, b"digest "));
        let digest = digests.filter_map(|offer| offer.to_str().ok()).find_map(|offer| digest_auth::parse(offer).ok());
        let stale = digest.as_ref().is_some_and(|challenge| challenge.stale);
        self.challenge = match digest {
            Some(challenge) => Some(Challenge::Digest(Box::new(challenge))),
            // A device that knows digest hears no password, whatever became of its challenge.
            None if offers().any(|offer| of(offer, b"digest")) => None,
            None => offers().any(|offer| of(offer, b"basic")).then_some(Challenge::Basic),
        };
        self.challenge.is_some() && (!answered || stale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_that_is_not_understood_gets_no_password() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("auth");
        std::fs::write(&file, "user:secret").expect("written");
        let odd = [
            "Digest realm=\"t\u{fc}r\", nonce=\"1\"",
            "Digest",
            "Digest =",
            "Digest \u{e4}\u{f6}=\"",
            "digest realm=\"x\"",
        ];
        for challenge in odd {
            let mut headers = HeaderMap::new();
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_bytes(challenge.as_bytes()).expect("a value"));
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"x\""));
            let mut door = Door::default();
            assert!(!door.refused(&headers, false), "{challenge}");
            assert_eq!(door.credentials(Some(&file), "/"), Ok(None));
        }
    }
}
