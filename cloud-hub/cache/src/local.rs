//! In the memory of this process.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use moka::future::Cache;

use crate::shelf::{Seen, Shelf, ShelfError};

pub(crate) struct Local {
    entries: Cache<String, Vec<u8>>,
    /// One an organization.
    versions: RwLock<HashMap<String, u64>>,
}

impl Local {
    pub(crate) fn new(memory: u64, keep: Duration) -> Self {
        let weight = |key: &String, entry: &Vec<u8>| u32::try_from(key.len() + entry.len()).unwrap_or(u32::MAX);
        let entries = Cache::builder().max_capacity(memory).weigher(weight).time_to_live(keep).build();
        Self { entries, versions: RwLock::default() }
    }
}

#[async_trait]
impl Shelf for Local {
    async fn look(&self, version: &str, key: &str) -> Result<Seen, ShelfError> {
        let version = {
            let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
            versions.get(version).copied().unwrap_or(0)
        };
        Ok(Seen { version, entry: self.entries.get(key).await })
    }

    async fn keep(&self, key: &str, entry: Vec<u8>) -> Result<(), ShelfError> {
        self.entries.insert(key.to_owned(), entry).await;
        Ok(())
    }

    async fn stale(&self, version: &str) -> Result<(), ShelfError> {
        let mut versions = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        *versions.entry(version.to_owned()).or_insert(0) += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_is_bounded() {
        let local = Local::new(10_000, Duration::from_secs(60));
        for n in 0..500 {
            local.keep(&format!("key-{n}"), vec![7; 500]).await.expect("kept");
        }
        local.entries.run_pending_tasks().await;
        assert!(local.entries.weighted_size() <= 10_000, "{}", local.entries.weighted_size());
        assert!(local.entries.entry_count() >= 10, "{}", local.entries.entry_count());
    }
}
