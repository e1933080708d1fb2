//! Where answers lie.

use async_trait::async_trait;

/// What lies under a key, and the version it is to be compared with.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) version: u64,
    pub(crate) entry: Option<Vec<u8>>,
}

/// A shelf could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    #[error("{0}")]
    Redis(#[from] redis::RedisError),
}

#[async_trait]
pub(crate) trait Shelf: Send + Sync {
    /// Both at once.
    async fn look(&self, version: &str, key: &str) -> Result<Seen, ShelfError>;

    /// Keeps an entry for as long as the shelf was made for, or shorter when there is no room.
    async fn keep(&self, key: &str, entry: Vec<u8>) -> Result<(), ShelfError>;

    /// Raises a version; one that was never raised is 0.
    async fn stale(&self, version: &str) -> Result<(), ShelfError>;
}
