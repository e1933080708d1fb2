//! One line of the ledger.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use super::{Head, SubjectHash};
use crate::key::Key;

/// No line is longer; what follows the last whole entry and is longer than this is no torn entry.
pub(super) const LONGEST: usize = 320;

/// Why a subject was erased. A choice of words, so that no name gets in with a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The person asked: Art. 17(1) GDPR.
    Request,
    /// Consent was withdrawn: Art. 17(1)(b).
    Consent,
    /// The person objected: Art. 17(1)(c), Art. 21.
    Objection,
    /// It should not have been there: Art. 17(1)(d).
    Unlawful,
    /// The retention period ended: Art. 5(1)(e).
    Retention,
    /// The account was closed.
    Closed,
}

const REASONS: [(Reason, &str); 6] = [
    (Reason::Request, "request"),
    (Reason::Consent, "consent"),
    (Reason::Objection, "objection"),
    (Reason::Unlawful, "unlawful"),
    (Reason::Retention, "retention"),
    (Reason::Closed, "closed"),
];

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = REASONS.iter().find(|(reason, _)| reason == self).map_or("", |(_, word)| word);
        f.write_str(word)
    }
}

impl FromStr for Reason {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = REASONS.iter().find(|(_, word)| *word == text);
        found.map(|(reason, _)| *reason).ok_or("request, consent, objection, unlawful, retention or closed")
    }
}

/// An erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without holes.
    pub number: u64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// The tenant.
    pub org: OrgId,
    /// Who, hashed under a key of the tenant.
    pub subject: SubjectHash,
    /// Why.
    pub reason: Reason,
    /// HMAC over the chain of the entry before and all of the above.
    pub chain: [u8; 32],
}

impl Entry {
    pub(super) fn after(
        key: &Key,
        head: Head,
        org: OrgId,
        subject: SubjectHash,
        reason: Reason,
        at: Timestamp,
    ) -> Self {
        let mut entry = Self { number: head.entries + 1, at, org, subject, reason, chain: [0; 32] };
        entry.chain = link(key, &head.chain, entry.body().as_bytes());
        entry
    }

    fn body(&self) -> String {
        format!("{} {:.6} {} {} {} ", self.number, self.at, self.org, self.subject, self.reason)
    }

    pub(super) fn line(&self) -> String {
        format!("{}{}\n", self.body(), HEXLOWER.encode(&self.chain))
    }

    /// Reads the line (without its end) that follows `head`; what was expected and found, when it does not fit.
    pub(super) fn read(key: &Key, head: Head, line: &[u8]) -> Result<Self, (String, String)> {
        let number = head.entries + 1;
        let text = std::str::from_utf8(line).ok().filter(|text| text.is_ascii());
        let fields: Vec<&str> = text.unwrap_or_default().split(' ').collect();
        let [_, at, org, subject, reason, chain] = fields[..] else {
            return Err(("a line of six fields".to_owned(), format!("{} bytes of something else", line.len())));
        };
        // The chain comes first: it says for each of the fields whether it is as it was written.
        let body = &line[..line.len() - chain.len()];
        let expected = HEXLOWER.encode(&link(key, &head.chain, body));
        if chain != expected {
            return Err((format!("a chain of {expected}"), format!("one of {}", chain.escape_debug())));
        }
        let hash = |text: &str| HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let read = || {
            let (subject, chain) = (SubjectHash(hash(subject)?), hash(chain)?);
            let (at, org, reason) = (at.parse().ok()?, org.parse().ok()?, reason.parse().ok()?);
            Some(Self { number, at, org, subject, reason, chain })
        };
        // Written by this key and yet not an entry: a later version's, or another place's in the chain.
        let entry: Option<Self> = read().filter(|entry: &Self| entry.body().as_bytes() == body);
        entry.ok_or_else(|| (format!("entry {number} of version 1"), "a line of another kind".to_owned()))
    }
}

fn link(key: &Key, before: &[u8; 32], body: &[u8]) -> [u8; 32] {
    key.mac(&[b"vyavs/ledger/1\0", before, body])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frozen: reckoned once by Python's hmac.
    #[test]
    fn shipped_lines_stay_readable() {
        let key = Key::from_bytes(&[9; 32]);
        let org = OrgId(uuid::Uuid::from_u128(0x0f0e0d0c_0b0a_4908_8706_050403020100));
        let at = "2026-11-23T08:00:00.25Z".parse().expect("a time");
        let first = Entry::after(&key, Head::EMPTY, org, SubjectHash([0xab; 32]), Reason::Request, at);
        let line = "1 2026-11-23T08:00:00.250000Z 0f0e0d0c-0b0a-4908-8706-050403020100 abababababababababababababababababababababababababababababababab request 244abc5b4e6b2b40cb8d77d18f83610c5133464597623d66a6073f5fd239f425";
        assert_eq!(first.line(), format!("{line}\n"));
        assert_eq!(Entry::read(&key, Head::EMPTY, line.as_bytes()), Ok(first));
    }

    #[test]
    fn no_line_is_longer_than_the_bound_by_which_a_torn_one_is_known() {
        let key = Key::from_bytes(&[9; 32]);
        let head = Head { entries: u64::MAX - 1, chain: [1; 32] };
        for (reason, word) in REASONS {
            let org = OrgId(uuid::Uuid::max());
            let entry = Entry::after(&key, head, org, SubjectHash([0xff; 32]), reason, Timestamp::MIN);
            assert!(entry.line().len() < LONGEST, "{}", entry.line().len());
            assert_eq!(word.parse(), Ok(reason));
        }
    }
}
