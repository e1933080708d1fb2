//! Ids of customers and staff for the tables that analysts read.
//!
//! `cus_` and base32 of HMAC-SHA-256 over the id, under a key of the tenant and the period: one customer is one pseudonym
//! within a period, and nobody can go back to the id, or tell that two periods show one customer, without the key,
//! which is kept outside the database.
//!
//! **A pseudonym is still personal data** as long as the key, or the id beside other data, can be had by anyone who could
//! be expected to use it: Recital 26 GDPR; EDPB Guidelines 01/2025 on pseudonymisation. It lowers the risk; it does not
//! lift the duties. So access and erasure find a person's rows through [`crate::Vault::pseudonyms_of`]. Once a period's key
//! is destroyed ([`crate::Kms::destroy_epochs`]) nobody can make its pseudonyms again; whether what is left is
//! anonymous depends on what else the rows hold.

use std::fmt;

use data_encoding::{Encoding, Specification};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vyavs_domain::ids::OrgId;

use crate::key::Key;

/// Bytes of the HMAC that a pseudonym shows: 160 bits, 32 letters, no two customers alike.
const SHOWN: usize = 20;

/// Whose id it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A customer: `cus_…`.
    Customer,
    /// Who works at the till: `opr_…`.
    Operator,
}

impl Who {
    const ALL: [Self; 2] = [Self::Customer, Self::Operator];

    fn prefix(self) -> &'static str {
        match self {
            Self::Customer => "cus_",
            Self::Operator => "opr_",
        }
    }
}

/// How long a pseudonym stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// A calendar month.
    Month,
    /// Three of them, from January.
    Quarter,
    /// From January to December.
    Year,
}

impl Rotation {
    /// The epoch a business day falls in.
    pub fn epoch(self, day: Date) -> Epoch {
        let months = match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        };
        let first = (day.month() - 1) / months * months + 1;
        Epoch(u32::from(day.year().unsigned_abs()) * 100 + u32::from(first.unsigned_abs()))
    }
}

/// A period in which pseudonyms stay the same, named by its first month: 202610.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Makes the pseudonyms of one tenant in one epoch: [`crate::Vault::pseudonyms`].
#[derive(Debug)]
pub struct Pseudonyms {
    org: OrgId,
    epoch: Epoch,
    key: Key,
}

impl Pseudonyms {
    pub(crate) fn new(org: OrgId, epoch: Epoch, key: Key) -> Self {
        Self { org, epoch, key }
    }

    /// The epoch they are of.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The pseudonym of an id, taken byte for byte: the caller settles how a customer number is spelled.
    pub fn of(&self, who: Who, id: &str) -> Pseudonym {
        let parts = [
            b"vyavs/pseudonym/1\0",
            who.prefix().as_bytes(),
            self.org.0.as_bytes().as_slice(),
            &self.epoch.0.to_be_bytes(),
            id.as_bytes(),
        ];
        let mac = self.key.mac(&parts);
        Pseudonym(format!("{}{}", who.prefix(), base32().encode(&mac[..SHOWN])))
    }
}

/// `cus_` or `opr_` and 32 letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pseudonym(String);

impl Pseudonym {
    /// As stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no pseudonym; it is not shown, for it may be an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pseudonym is cus_ or opr_ and 32 characters out of a-z 2-7")]
pub struct NoPseudonym;

impl TryFrom<String> for Pseudonym {
    type Error = NoPseudonym;
    fn try_from(text: String) -> Result<Self, NoPseudonym> {
        let body = Who::ALL.iter().find_map(|who| text.strip_prefix(who.prefix())).ok_or(NoPseudonym)?;
        match base32().decode(body.as_bytes()) {
            Ok(bytes) if bytes.len() == SHOWN => Ok(Self(text)),
            _ => Err(NoPseudonym),
        }
    }
}

impl From<Pseudonym> for String {
    fn from(pseudonym: Pseudonym) -> Self {
        pseudonym.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 4648 §6 in small letters, without padding.
fn base32() -> &'static Encoding {
    static BASE32: std::sync::LazyLock<Encoding> = std::sync::LazyLock::new(|| {
        let mut spec = Specification::new();
        spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
        spec.encoding().expect("32 different letters")
    });
    &BASE32
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn makes(epoch: u32, key: u8) -> Pseudonyms {
        let org = OrgId(uuid::Uuid::from_u128(0x0f0e0d0c_0b0a_4908_8706_050403020100));
        Pseudonyms::new(org, Epoch(epoch), Key::from_bytes(&[key; 32]))
    }

    /// Frozen: reckoned once by Python's hmac and base64.b32encode.
    #[test]
    fn shipped_pseudonyms_stay() {
        assert_eq!(makes(202610, 7).of(Who::Customer, "4711").as_str(), "cus_hufvscctnhndp2rshnxc7hw3ijokkhj7");
        assert_eq!(makes(202610, 7).of(Who::Operator, "4711").as_str(), "opr_iydy77pwcaoiw7yriqjwbceuqfdbryaw");
    }

    #[test]
    fn one_customer_is_one_pseudonym_within_a_period_and_another_beyond_it() {
        let of = |epoch, key| makes(epoch, key).of(Who::Customer, "4711");
        assert_eq!(of(202610, 7), of(202610, 7));
        assert_ne!(of(202610, 7), of(202701, 7));
        assert_ne!(of(202610, 7), of(202610, 8));
        assert_ne!(of(202610, 7), makes(202610, 7).of(Who::Customer, "4712"));
        assert_ne!(of(202610, 7).as_str()[4..], makes(202610, 7).of(Who::Operator, "4711").as_str()[4..]);
    }

    #[test]
    fn an_epoch_is_named_by_its_first_month() {
        for (rotation, day, epoch) in [
            (Rotation::Month, date(2026, 11, 30), 202611),
            (Rotation::Quarter, date(2026, 11, 30), 202610),
            (Rotation::Quarter, date(2026, 12, 31), 202610),
            (Rotation::Quarter, date(2027, 1, 1), 202701),
            (Rotation::Year, date(2026, 11, 30), 202601),
        ] {
            assert_eq!(rotation.epoch(day), Epoch(epoch), "{rotation:?} {day}");
        }
    }

    #[test]
    fn an_id_is_not_taken_for_a_pseudonym() {
        let made = makes(202610, 7).of(Who::Customer, "4711");
        assert_eq!(Pseudonym::try_from(made.to_string()), Ok(made.clone()));
        let upper = made.as_str().to_uppercase();
        for text in ["", "4711", "cus_", "cus_4711", "cus_abc", &made.as_str()[..35], &upper] {
            assert_eq!(Pseudonym::try_from(text.to_owned()), Err(NoPseudonym), "{text}");
        }
    }
}
