//! Links that work once: an invitation, a reset of a password, a change of address.
//!
//! The token in a link is 256 random bits with a checksum; stored is a digest of it together with what it is for, so that
//! the row of an invitation cannot be found with the token of a reset. Put the token behind the `#` of the address, where
//! no server's log and no `Referer` shows it, and let a button redeem it, not the page's opening: mail scanners open
//! links too.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Digest, letters};

const PREFIX: &str = "vyl_";

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Becoming a member.
    Invitation,
    /// A new password.
    PasswordReset,
    /// Proof that a new address is the person's.
    MailChange,
}

impl Purpose {
    /// How long a link of this kind works.
    pub fn lifetime(self) -> SignedDuration {
        match self {
            Self::Invitation => SignedDuration::from_hours(7 * 24),
            Self::PasswordReset => SignedDuration::from_mins(30),
            Self::MailChange => SignedDuration::from_mins(60),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password reset",
            Self::MailChange => "mail change",
        }
    }
}

/// What is stored of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it concerns, in the hub's own words: a user's id, an address.
    pub subject: String,
    /// Of the token; unique, and how the row is found ([`lookup`]).
    pub digest: Digest,
    /// Of what must not have changed since; see [`Link::issue`].
    pub state: Digest,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub used_at: Option<Timestamp>,
}

/// A link that does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not a token of a link.
    #[error("the link is incomplete: a token is `{PREFIX}` and 59 letters and digits")]
    Malformed,
    /// A slip, or a line break of a mail program.
    #[error("the link is damaged: its checksum is wrong")]
    Checksum,
    /// The token of another link.
    #[error("the link is not the one that was sent")]
    Wrong,
    /// A link for something else.
    #[error("the link is for something else")]
    OtherPurpose,
    /// Past its time.
    #[error("the link has expired; ask for a new one")]
    Expired,
    /// Redeemed before.
    #[error("the link was used before; ask for a new one")]
    Used,
    /// What it was made for has changed since, say by an earlier reset.
    #[error("the link is out of date: something has changed since it was sent")]
    Superseded,
}

impl Link {
    /// The token to send, and what to store.
    ///
    /// `state` is what a use would change, as it is now: the stored hash of the password for a reset, the present address
    /// for a change of it, the row's version. When it has changed by the time the link is used, the link does not work, so
    /// one reset ends all others without a search for them.
    pub fn issue(
        purpose: Purpose,
        subject: impl Into<String>,
        state: &[u8],
        random: [u8; 32],
        now: Timestamp,
    ) -> (String, Self) {
        let link = Self {
            purpose,
            subject: subject.into(),
            digest: digest(purpose, &random),
            state: state_digest(state),
            expires_at: now.checked_add(purpose.lifetime()).unwrap_or(Timestamp::MAX),
            used_at: None,
        };
        (letters::write_checked(PREFIX, &random), link)
    }

    /// What to store when this token redeems this link. Store it in the transaction that read this, so that two clicks at
    /// once are one.
    pub fn redeem(&self, purpose: Purpose, token: &str, state: &[u8], now: Timestamp) -> Result<Self, LinkError> {
        let token = read(token)?;
        match () {
            () if digest(self.purpose, &token) != self.digest => Err(LinkError::Wrong),
            () if purpose != self.purpose => Err(LinkError::OtherPurpose),
            () if self.used_at.is_some() => Err(LinkError::Used),
            () if now >= self.expires_at => Err(LinkError::Expired),
            () if state_digest(state) != self.state => Err(LinkError::Superseded),
            () => Ok(Self { used_at: Some(now), ..self.clone() }),
        }
    }
}

/// How to find the row of a token; a damaged one is refused before the database is asked.
pub fn lookup(purpose: Purpose, token: &str) -> Result<Digest, LinkError> {
    Ok(digest(purpose, &read(token)?))
}

fn read(token: &str) -> Result<[u8; 32], LinkError> {
    letters::read_checked(PREFIX, token.trim()).map_err(|error| match error {
        letters::ReadError::Malformed => LinkError::Malformed,
        letters::ReadError::Checksum => LinkError::Checksum,
    })
}

fn digest(purpose: Purpose, token: &[u8; 32]) -> Digest {
    Digest::of("link", &[purpose.name().as_bytes(), token])
}

fn state_digest(state: &[u8]) -> Digest {
    Digest::of("link state", &[state])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().expect("a time")
    }

    #[test]
    fn a_link_works_once_in_its_time_for_its_purpose() {
        let (token, link) = Link::issue(Purpose::PasswordReset, "user 7", b"old hash", [7; 32], now());
        assert_eq!(token.len(), 63);
        assert_eq!(lookup(Purpose::PasswordReset, &format!(" {token}\n")), Ok(link.digest));
        let redeem = |link: &Link, purpose, state: &[u8], minutes| {
            link.redeem(purpose, &token, state, now() + SignedDuration::from_mins(minutes))
        };
        let used = redeem(&link, Purpose::PasswordReset, b"old hash", 29).expect("works");
        assert_eq!(used.subject, "user 7");
        assert_eq!(redeem(&used, Purpose::PasswordReset, b"old hash", 29), Err(LinkError::Used));
        assert_eq!(redeem(&link, Purpose::PasswordReset, b"old hash", 30), Err(LinkError::Expired));
        assert_eq!(redeem(&link, Purpose::PasswordReset, b"new hash", 1), Err(LinkError::Superseded));
        assert_eq!(redeem(&link, Purpose::Invitation, b"old hash", 1), Err(LinkError::OtherPurpose));
        // And the row would not even be found.
        for other in [Purpose::Invitation, Purpose::MailChange] {
            assert_ne!(lookup(other, &token), Ok(link.digest));
        }
    }

    #[test]
    fn another_token_and_a_damaged_one_are_told_apart() {
        let (token, link) = Link::issue(Purpose::Invitation, "a@b.example", b"", [7; 32], now());
        let (other, _) = Link::issue(Purpose::Invitation, "a@b.example", b"", [8; 32], now());
        let redeem = |token: &str| link.redeem(Purpose::Invitation, token, b"", now());
        assert_eq!(redeem(&other), Err(LinkError::Wrong));
        assert_eq!(redeem(&token[..62]), Err(LinkError::Malformed));
        assert_eq!(redeem(&token.to_uppercase()), Err(LinkError::Malformed));
        assert_eq!(
            redeem(&format!("{}{}", &token[..62], if token.ends_with('0') { '8' } else { '0' })),
            Err(LinkError::Checksum)
        );
        assert!(redeem(&token).is_ok());
    }

    #[test]
    fn what_is_stored_tells_no_token() {
        let (token, link) = Link::issue(Purpose::MailChange, "user 7", b"a@b.example", [7; 32], now());
        let json = serde_json::to_string(&link).expect("JSON");
        assert!(!json.contains(&token[4..20]));
        assert_eq!(serde_json::from_str::<Link>(&json).expect("a link"), link);
    }
}
