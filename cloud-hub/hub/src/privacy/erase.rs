//! Taking a person or a customer out of everything.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::data_keys::Shelf;
use vyavs_store::jobs::lease;
use vyavs_store::privacy::{requests, subject};
use vyavs_store::{StoreError, Tx, customers, meta};
use vyavs_vault::ledger::Reason;
use vyavs_vault::{SubjectError, Vault, VaultError};

use super::{NOTED, customer, person, read, written};
use crate::jobs::works::{EXPORT, PRIVACY_FILE, REPORT};

/// Receipts rewritten at a time.
const PAGE: u32 = 500;

/// Why an erasure failed; the ledger may hold it already, and then the next start completes it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EraseError {
    /// Keys or ledger.
    #[error("failed to destroy the key of a subject")]
    Vault(#[from] VaultError),
    /// The database.
    #[error("failed to rewrite the rows of a subject")]
    Store(#[from] StoreError),
    /// What is to be erased is no subject.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

/// What an erasure did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wiped {
    /// Rows that went or were rewritten.
    pub(crate) rows: u64,
    /// Data keys that were destroyed.
    pub(crate) keys: u64,
    /// Entries in the ledger: the numbers prove it.
    pub(crate) entries: Vec<u64>,
    /// Files that are marked as gone; the caller removes them after the commit.
    pub(crate) files: Vec<String>,
}

/// Erases a customer under all of its pseudonyms. In the caller's transaction, which needs the hub's own rights; the ledger
/// is written first and stays whatever becomes of the transaction.
pub(crate) async fn erase_customer(
    tx: &mut Tx<'_>,
    vault: &Vault,
    org: OrgId,
    pseudonyms: &[String],
    (reason, now): (Reason, Timestamp),
) -> Result<Wiped, EraseError> {
    let mut wiped = Wiped::default();
    for pseudonym in pseudonyms {
        let done = vault.erase(&mut Shelf(tx), org, &customer(pseudonym)?, reason, now).await?;
        wiped.keys += u64::from(done.had_key);
        wiped.entries.push(done.entry.number);
        wiped.rows += unlink(tx, org, pseudonym, done.entry.at).await?;
    }
    everywhere(tx, vault, org, now, &mut wiped).await?;
    Ok(wiped)
}

/// Erases a person of the organization, likewise.
pub(crate) async fn erase_person(
    tx: &mut Tx<'_>,
    vault: &Vault,
    org: OrgId,
    who: UserId,
    (reason, now): (Reason, Timestamp),
) -> Result<Wiped, EraseError> {
    let done = vault.erase(&mut Shelf(tx), org, &person(who)?, reason, now).await?;
    let mut wiped = Wiped { keys: u64::from(done.had_key), entries: vec![done.entry.number], ..Wiped::default() };
    wiped.rows += subject::erase_person(tx, org, who, now).await?;
    requests::forget(tx, org, "person", &who.0.to_string()).await?;
    everywhere(tx, vault, org, now, &mut wiped).await?;
    Ok(wiped)
}

/// Takes a pseudonym off receipts that were stored by `until` and out of requests, and removes the record of that name.
pub(super) async fn unlink(tx: &mut Tx<'_>, org: OrgId, pseudonym: &str, until: Timestamp) -> Result<u64, StoreError> {
    let mut rows = 0;
    loop {
        let receipts = customers::receipts_of(tx, org, pseudonym, until, PAGE).await?;
        if receipts.is_empty() {
            break;
        }
        for receipt in receipts {
            rows += customers::rename(tx, org, receipt, None).await?;
        }
    }
    requests::forget(tx, org, "customer", pseudonym).await?;
    Ok(rows + u64::from(customers::remove(tx, org, pseudonym, until).await?))
}

/// What cannot be searched for somebody, and so goes for everybody; and the note of how far the ledger is.
async fn everywhere(
    tx: &mut Tx<'_>,
    vault: &Vault,
    org: OrgId,
    now: Timestamp,
    wiped: &mut Wiped,
) -> Result<(), EraseError> {
    wiped.rows += subject::empty_unread(tx, org, now).await?;
    wiped.rows += subject::forget_answers(tx, org).await?;
    // What is being written now was read before; it begins again, and finds nobody.
    lease::begin_again(tx, org, &[EXPORT, REPORT, PRIVACY_FILE]).await?;
    wiped.files = subject::remove_files(tx, org, now).await?;
    let head = vault.ledger().head().map_err(VaultError::from)?;
    let noted = match meta::get(tx, NOTED).await? {
        None => 0,
        Some(text) => read(&text).map_or(u64::MAX - 1, |noted| noted.entries),
    };
    // Only where this erasure follows the last one that was done whole: one that failed half-way must be found at the start.
    let follows = (noted + 1..).zip(&wiped.entries).all(|(expected, entry)| expected == *entry);
    if follows && wiped.entries.last() == Some(&head.entries) {
        meta::set(tx, NOTED, &written(head)).await?;
    }
    Ok(())
}
