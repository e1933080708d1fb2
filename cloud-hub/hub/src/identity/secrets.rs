//! Opens the vault that seals what the database must not tell: secrets of second factors, personal fields.

use std::sync::Arc;

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;
use vyavs_service::clock::Clock;
use vyavs_store::data_keys::Shelf;
use vyavs_store::{Db, StoreError, Tx, data_keys};
use vyavs_vault::{CacheConfig, FieldError, KmsError, Place, Sealed, SealedFile, Subject, Vault, VaultError};

use super::KeysConfig;
use crate::privacy::{self, SettleError};

/// Why the vault does not open.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The key file, or the ledger of erasures.
    #[error("failed to open the vault in [keys] dir")]
    Vault(#[from] VaultError),
    /// The database.
    #[error("failed to ask the database whether it holds sealed fields")]
    Store(#[from] StoreError),
    /// What the ledger of erasures says was not done again.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// A field.
    #[error("failed to seal or open a secret of the hub's own")]
    Field(#[from] FieldError),
    /// What is stored opens with a key that is not there any more.
    #[error("the hub's data key is gone")]
    Gone,
}

/// Seals a secret of the hub's own, for a column of a table.
pub async fn seal(
    tx: &mut Tx<'_>,
    vault: &Vault,
    org: OrgId,
    (place, text): (&Place<'_>, &str),
    now: Timestamp,
) -> Result<Vec<u8>, SecretsError> {
    let key = vault.key_for(&mut Shelf(tx), org, &Subject::secrets(), now).await?;
    Ok(key.seal(place, text.as_bytes())?.into_bytes())
}

/// Opens what [`seal`] gave, where it was sealed for.
pub async fn unseal(
    tx: &mut Tx<'_>,
    vault: &Vault,
    org: OrgId,
    (place, sealed): (&Place<'_>, &[u8]),
) -> Result<String, SecretsError> {
    let key = vault.key_of(&mut Shelf(tx), org, &Subject::secrets()).await?.ok_or(SecretsError::Gone)?;
    Ok(key.open_text(place, &Sealed::try_from(sealed.to_vec())?)?.to_string())
}

/// Opens the key file `vault.key` and the ledger `erased.ledger` in `[keys] dir`. The key file is made when there is
/// none and the database holds nothing sealed; later a missing one is an error, for a new one would open nothing.
///
/// When this returns, the database knows every erasure of the ledger and no customer's number: nobody is to be served before.
pub async fn open(config: &KeysConfig, db: &Db, clock: &Clock) -> Result<Arc<Vault>, SecretsError> {
    let path = config.dir.join("vault.key");
    let kms = match SealedFile::open(&path, None) {
        Err(KmsError::Missing(_)) if !data_keys::any(&mut db.begin_read_hub().await?).await? => {
            match SealedFile::create(&path, None) {
                // Another process of this hub was first.
                Err(KmsError::Exists(_)) => SealedFile::open(&path, None),
                made => made,
            }
        }
        opened => opened,
    };
    let (uptime, now) = (clock.clone(), clock.now());
    let vault = Vault::open(
        Arc::new(kms.map_err(VaultError::from)?),
        config.dir.join("erased.ledger"),
        CacheConfig::default(),
        Arc::new(move || uptime.uptime()),
    );
    let vault = Arc::new(vault.await?);
    privacy::settle(db, &vault, now).await?;
    Ok(vault)
}
