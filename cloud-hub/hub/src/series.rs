//! Keeps the roll-ups of readings up to date: see [`vyavs_store::series`].

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use vyavs_service::clock::Clock;
use vyavs_store::{Db, StoreError, series};

/// How often it is looked at.
const ROUND: Duration = Duration::from_secs(5);
/// A minute is left alone for so long after it ended: batches of devices come late by seconds, not by minutes.
const SETTLED: SignedDuration = SignedDuration::from_secs(75);
/// Minutes in one transaction: on SQLite ingest waits for it.
const AT_ONCE: u32 = 500;

/// Rolls up until it is told to stop.
pub async fn keep(db: Db, clock: Clock, stop: CancellationToken) {
    let mut failing = false;
    loop {
        match round(&db, &clock, &stop).await {
            Ok(_) => failing = false,
            // Said once: a database that is gone is said by others, too.
            Err(cause) if !failing => {
                failing = true;
                warn!("readings are not rolled up, trying again: {:#}", anyhow::Error::new(cause));
            }
            Err(_) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// Rolls up all that has settled; says how many minutes.
pub async fn round(db: &Db, clock: &Clock, stop: &CancellationToken) -> Result<u64, StoreError> {
    let before = clock.now().checked_sub(SETTLED).unwrap_or(Timestamp::MIN);
    let mut all = 0;
    while !stop.is_cancelled() {
        let mut tx = db.begin_write().await?;
        let done = series::roll_up(&mut tx, before, AT_ONCE).await?;
        tx.commit().await?;
        all += done;
        if done < u64::from(AT_ONCE) {
            break;
        }
    }
    Ok(all)
}
