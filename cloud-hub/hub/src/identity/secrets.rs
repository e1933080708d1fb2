//! Opens the vault that seals what the database must not tell: secrets of second factors, personal fields.

use std::sync::Arc;

use vyavs_service::clock::Clock;
use vyavs_store::{Db, StoreError, data_keys};
use vyavs_vault::{CacheConfig, KmsError, SealedFile, Vault, VaultError};

use super::KeysConfig;

/// Why the vault does not open.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The key file, or the ledger of erasures.
    #[error("failed to open the vault in [keys] dir")]
    Vault(#[from] VaultError),
    /// The database.
    #[error("failed to ask the database whether it holds sealed fields")]
    Store(#[from] StoreError),
}

/// Opens the key file `vault.key` and the ledger `erased.ledger` in `[keys] dir`. The key file is made when there is
/// none and the database holds nothing sealed; later a missing one is an error, for a new one would open nothing.
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
    let clock = clock.clone();
    let vault = Vault::open(
        Arc::new(kms.map_err(VaultError::from)?),
        config.dir.join("erased.ledger"),
        CacheConfig::default(),
        Arc::new(move || clock.uptime()),
    );
    Ok(Arc::new(vault.await?))
}
