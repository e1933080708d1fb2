//! In Redis, which several hubs share. One connection carries all questions; one that fails is made anew by the next.

use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, cmd};
use tokio::sync::Mutex;

use crate::shelf::{Seen, Shelf, ShelfError};

pub(crate) struct Remote {
    client: Client,
    timeout: Duration,
    keep: Duration,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Remote {
    pub(crate) fn new(url: &str, timeout: Duration, keep: Duration) -> Result<Self, RedisError> {
        Ok(Self { client: Client::open(url)?, timeout, keep, connection: Mutex::default() })
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = &*kept {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout));
        let made = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        *kept = Some(made.clone());
        Ok(made)
    }

    async fn ask<T>(
        &self,
        call: impl AsyncFnOnce(MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, ShelfError> {
        let done = async { call(self.connection().await?).await }.await;
        if done.is_err() {
            // Whatever was wrong: a new connection is cheap, and the breaker sees to it that there are not many.
            *self.connection.lock().await = None;
        }
        Ok(done?)
    }
}

#[async_trait]
impl Shelf for Remote {
    async fn look(&self, version: &str, key: &str) -> Result<Seen, ShelfError> {
        let (version, entry): (Option<u64>, Option<Vec<u8>>) =
            self.ask(async |mut redis| cmd("MGET").arg(version).arg(key).query_async(&mut redis).await).await?;
        Ok(Seen { version: version.unwrap_or(0), entry })
    }

    async fn keep(&self, key: &str, entry: Vec<u8>) -> Result<(), ShelfError> {
        let ms = u64::try_from(self.keep.as_millis()).unwrap_or(u64::MAX);
        self.ask(async |mut redis| cmd("SET").arg(key).arg(entry).arg("PX").arg(ms).query_async(&mut redis).await).await
    }

    async fn stale(&self, version: &str) -> Result<(), ShelfError> {
        let _: u64 = self.ask(async |mut redis| cmd("INCR").arg(version).query_async(&mut redis).await).await?;
        Ok(())
    }
}
