//! From a customer's number, as a till or a loyalty programme knows it, to what the hub keeps.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use vyavs_domain::ids::OrgId;
use vyavs_domain::sale::Receipt;
use vyavs_vault::pseudonym::{Epoch, Pseudonym, Pseudonyms, Rotation, Who};
use vyavs_vault::{KmsError, SubjectError, Vault, VaultError};

use super::customer;
use crate::api::problem::Problem;

/// A year: who comes back is seen within it, and nothing ties one year's pseudonym to the next one's but the key.
const ROTATION: Rotation = Rotation::Year;

/// The epoch of the pseudonym under which a customer's own record stands for as long as there is one. Beyond every calendar,
/// so that destroying the keys of years that are over never reaches it.
const STANDING: Epoch = Epoch(999_912);

/// A ticket is dated by its till. One that lies farther from its coming than this is of the year it came in: a clock that
/// runs wild must not make a key for every year there is.
const FAR_YEARS: i16 = 30;

/// Longer is no number of a customer.
const LONGEST: usize = 128;

/// Why a pseudonym was not made.
#[derive(Debug, thiserror::Error)]
pub enum PseudonymError {
    /// The keys.
    #[error("failed to make the pseudonym of a customer")]
    Vault(#[from] VaultError),
    /// What the vault made is no subject: cannot be, for a pseudonym has a fixed form.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

impl From<PseudonymError> for Problem {
    fn from(error: PseudonymError) -> Self {
        Self::Internal(error.into())
    }
}

/// The number as it is hashed: tills and loyalty programmes do not agree about blanks.
fn spelled(number: &str) -> Option<&str> {
    let number = number.trim();
    (!number.is_empty() && number.len() <= LONGEST).then_some(number)
}

fn epoch(day: Date, received: Timestamp) -> Epoch {
    let today = received.to_zoned(TimeZone::UTC).date();
    let far = day.year() < today.year() - FAR_YEARS || day.year() > today.year() + 1;
    ROTATION.epoch(if far { today } else { day })
}

/// Makes pseudonyms as tickets come in; keeps the keys it used.
#[derive(Debug)]
pub struct Pseudonymiser {
    vault: Arc<Vault>,
    /// `None`: the key was destroyed, and nobody can make its pseudonyms again.
    made: HashMap<(OrgId, Epoch), Option<Pseudonyms>>,
}

impl Pseudonymiser {
    /// With these keys.
    pub fn new(vault: Arc<Vault>) -> Self {
        Self { vault, made: HashMap::new() }
    }

    /// Puts a pseudonym in place of the customer's number on a ticket. None is left where the customer was erased after
    /// the ticket was closed, which a till sends again after a restore, and where the period's key was destroyed.
    pub async fn hide(&mut self, org: OrgId, receipt: &mut Receipt, received: Timestamp) -> Result<(), PseudonymError> {
        let Some(number) = receipt.customer.take() else { return Ok(()) };
        let day = receipt.key.business_day.0;
        receipt.customer = self.of(org, &number, day, received, receipt.closed_at).await?;
        Ok(())
    }

    /// The pseudonym of a number on a ticket of that day, closed then.
    pub(super) async fn of(
        &mut self,
        org: OrgId,
        number: &str,
        day: Date,
        received: Timestamp,
        closed: Timestamp,
    ) -> Result<Option<String>, PseudonymError> {
        let Some(number) = spelled(number) else { return Ok(None) };
        let epoch = epoch(day, received);
        if !self.made.contains_key(&(org, epoch)) {
            let made = match self.vault.pseudonyms(org, epoch).await {
                Ok(made) => Some(made),
                Err(VaultError::Kms(KmsError::EpochDestroyed { .. })) => None,
                Err(error) => return Err(error.into()),
            };
            self.made.insert((org, epoch), made);
        }
        let Some(Some(made)) = self.made.get(&(org, epoch)) else { return Ok(None) };
        let pseudonym = made.of(Who::Customer, number);
        let erased = self.vault.erased_at(org, &customer(pseudonym.as_str())?).await?;
        Ok(if erased.is_some_and(|at| closed <= at) { None } else { Some(pseudonym.into()) })
    }
}

/// The pseudonym under which a customer's own record stands.
pub(crate) async fn standing(vault: &Vault, org: OrgId, number: &str) -> Result<Option<Pseudonym>, PseudonymError> {
    let Some(number) = spelled(number) else { return Ok(None) };
    Ok(Some(vault.pseudonyms(org, STANDING).await?.of(Who::Customer, number)))
}

/// Every pseudonym under which anything of a customer may stand, the one of its own record last. A text that is a pseudonym
/// itself stands for itself.
pub(crate) async fn all_of(vault: &Vault, org: OrgId, number: &str) -> Result<Vec<String>, PseudonymError> {
    let Some(number) = spelled(number) else { return Ok(Vec::new()) };
    if let Ok(given) = Pseudonym::try_from(number.to_owned()) {
        return Ok(vec![given.into()]);
    }
    let found = vault.pseudonyms_of(org, Who::Customer, number).await?;
    let mut all: Vec<String> =
        found.into_iter().filter(|(epoch, _)| *epoch != STANDING).map(|(_, made)| made.into()).collect();
    all.extend(standing(vault, org, number).await?.map(String::from));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_wild_clock_makes_no_key_of_its_own() {
        let now = "2026-02-03T12:00:00Z".parse().expect("an instant");
        for (day, year) in [
            (date(2026, 11, 30), 202_601),
            (date(2011, 3, 5), 201_101),
            (date(2027, 1, 1), 202_701),
            (date(1970, 1, 1), 202_601),
            (date(2099, 1, 1), 202_601),
        ] {
            assert_eq!(epoch(day, now), Epoch(year), "{day}");
        }
    }

    #[test]
    fn blanks_around_a_number_say_nothing() {
        assert_eq!(spelled("  17850 "), Some("17850"));
        assert_eq!(spelled("   "), None);
        assert_eq!(spelled(&"7".repeat(129)), None);
    }
}
