//! What a start does before anybody is served: numbers of customers from older versions become pseudonyms, and erasures that
//! this database does not know, for it was brought back from a backup, are done again.

use jiff::Timestamp;
use tracing::{info, warn};
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_store::data_keys::Shelf;
use vyavs_store::privacy::{requests, subject};
use vyavs_store::{Db, StoreError, customers, meta, orgs, users};
use vyavs_vault::ledger::Head;
use vyavs_vault::pseudonym::Pseudonym;
use vyavs_vault::{LedgerError, SubjectError, Vault, VaultError};

use super::erase::unlink;
use super::{NOTED, PseudonymError, Pseudonymiser, customer, person, read, written};

/// Under which key the database notes how far its receipts were brought over.
const BROUGHT_OVER: &str = "customers.pseudonymised";
const DONE: &str = "done";
const PAGE: u32 = 500;

/// Why the hub does not start.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The ledger of erasures.
    #[error("the ledger of erasures cannot be followed, so nobody is served")]
    Ledger(#[from] LedgerError),
    /// Keys.
    #[error("failed to do again what the ledger of erasures says")]
    Vault(#[from] VaultError),
    /// Keys.
    #[error("failed to put pseudonyms in place of customers' numbers")]
    Pseudonym(#[from] PseudonymError),
    /// The database.
    #[error("failed to bring personal data into order")]
    Store(#[from] StoreError),
    /// Not one of ours.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// What the database notes does not read.
    #[error(
        "the database notes {0:?} as the state of the ledger of erasures, expected a count and 64 hexadecimal digits"
    )]
    Noted(String),
}

/// What a start found to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Receipts whose customer's number became a pseudonym.
    pub brought_over: u64,
    /// Entries of the ledger that this database did not know.
    pub entries: u64,
    /// People and pseudonyms of customers that were erased again.
    pub subjects: u64,
}

/// Brings the database into order with keys and ledger. To be called before anything is served or taken in; at any start
/// but the first after an update or a restore it finds nothing to do.
pub async fn settle(db: &Db, vault: &std::sync::Arc<Vault>, now: Timestamp) -> Result<Settled, SettleError> {
    let noted = meta::get(&mut db.begin_read_hub().await?, NOTED).await?;
    let noted = match noted {
        None => Head { entries: 0, chain: [0; 32] },
        Some(text) => read(&text).ok_or(SettleError::Noted(text))?,
    };
    vault.ledger().includes(noted)?;
    if let Some(torn) = vault.ledger().torn_tail() {
        warn!("{torn}");
    }
    let mut settled = Settled { brought_over: bring_over(db, vault, now).await?, ..Settled::default() };
    let entries = vault.ledger().since(noted.entries)?;
    if entries.is_empty() {
        return Ok(settled);
    }
    settled.entries = entries.len() as u64;
    let all = orgs::list(&mut db.begin_read_hub().await?).await?;
    for org in all.into_iter().map(|org| org.id) {
        let Some(until) = entries.iter().filter(|entry| entry.org == org).map(|entry| entry.at).max() else { continue };
        settled.subjects += again(db, vault, org, until).await?;
    }
    let mut tx = db.begin_write().await?;
    meta::set(&mut tx, NOTED, &written(vault.ledger().head()?)).await?;
    tx.commit().await?;
    // What was overwritten must not stay readable in the log beside the file.
    db.checkpoint().await?;
    warn!(
        "this database did not know {} erasures: it was brought back from a backup, or the hub died over one; {} subjects were erased again",
        settled.entries, settled.subjects
    );
    Ok(settled)
}

/// Puts pseudonyms in place of numbers that an earlier version stored as they came. Goes on where it was left.
async fn bring_over(db: &Db, vault: &std::sync::Arc<Vault>, now: Timestamp) -> Result<u64, SettleError> {
    let place = meta::get(&mut db.begin_read_hub().await?, BROUGHT_OVER).await?;
    if place.as_deref() == Some(DONE) {
        return Ok(0);
    }
    let mut after = place.and_then(|text| Uuid::try_parse(&text).ok()).unwrap_or_default();
    let (mut made, mut count) = (Pseudonymiser::new(vault.clone()), 0);
    loop {
        let mut tx = db.begin_write().await?;
        let rows = customers::named(&mut tx, after, PAGE).await?;
        let Some(last) = rows.last() else {
            meta::set(&mut tx, BROUGHT_OVER, DONE).await?;
            tx.commit().await?;
            break;
        };
        after = last.receipt;
        for row in rows.iter().filter(|row| Pseudonym::try_from(row.customer.clone()).is_err()) {
            let pseudonym = made.of(row.org, &row.customer, row.day, now, Timestamp::MAX).await?;
            customers::rename(&mut tx, row.org, row.receipt, pseudonym.as_deref()).await?;
            count += 1;
        }
        meta::set(&mut tx, BROUGHT_OVER, &after.to_string()).await?;
        tx.commit().await?;
    }
    if count > 0 {
        db.checkpoint().await?;
        info!("put pseudonyms in place of the customers' numbers on {count} receipts");
    }
    Ok(count)
}

/// Erases whoever the ledger names and this database still knows; how many subjects those were.
async fn again(db: &Db, vault: &Vault, org: OrgId, until: Timestamp) -> Result<u64, SettleError> {
    let mut subjects = 0;
    let mut tx = db.begin_write().await?;
    let keys = vault.reapply(&mut Shelf(&mut tx), org).await?;
    for user in users::list(&mut tx, org).await? {
        if vault.erased_at(org, &person(user.id)?).await?.is_some() {
            subject::erase_person(&mut tx, org, user.id, until).await?;
            requests::forget(&mut tx, org, "person", &user.id.0.to_string()).await?;
            subjects += 1;
        }
    }
    subject::empty_unread(&mut tx, org, until).await?;
    subject::forget_answers(&mut tx, org).await?;
    subject::remove_files(&mut tx, org, until).await?;
    tx.commit().await?;
    for source in 0..3 {
        let mut after = String::new();
        loop {
            let mut tx = db.begin_write().await?;
            let page = match source {
                0 => customers::on_receipts(&mut tx, org, &after, PAGE).await?,
                1 => customers::ids(&mut tx, org, &after, PAGE).await?,
                _ => requests::customers(&mut tx, org, &after, PAGE).await?,
            };
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            for pseudonym in &page {
                if let Some(at) = vault.erased_at(org, &customer(pseudonym)?).await? {
                    unlink(&mut tx, org, pseudonym, at).await?;
                    subjects += 1;
                }
            }
            tx.commit().await?;
        }
    }
    info!(org.id = %org, keys = keys.subjects.len(), subjects, "erased again what a backup had brought back");
    Ok(subjects)
}
