//! From the broker to the database: each record once, in order, and only then the word that lets a device erase.
//!
//! Two tasks with a short channel between them: one decodes, the other judges by cursor, stores and answers. All that
//! waited is stored in one transaction, rows and cursors together; the signed answers go out after its commit and never
//! before. Sending anything twice is always safe.

mod answer;
mod clocks;
mod commit;
mod decode;
mod held;
mod insert;
mod rows;
mod tell;
mod timeline;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use uuid::Uuid;
use vyavs_cache::Cache;
use vyavs_domain::ids::OrgId;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::Db;
use vyavs_vault::Vault;

use crate::alerts::Alerts;
use crate::broker::{HubLink, Publisher};
use crate::identity::Keys;
use crate::live::Live;

use commit::Committer;
use decode::Arrived;
pub(crate) use tell::tell;

/// `[ingest]` in `hub.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// Frames a device may have in flight while the hub keeps up.
    pub credit: u16,
    /// Messages stored in one transaction.
    pub group: usize,
    /// Messages that may wait to be stored.
    pub queue: usize,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self { credit: 32, group: 64, queue: 128 }
    }
}

/// What ingest works with.
#[derive(Clone, Debug)]
pub struct Ingest {
    /// Its section.
    pub config: IngestConfig,
    /// The database.
    pub db: Db,
    /// Signs answers.
    pub keys: Keys,
    /// Told what was stored.
    pub live: Live,
    /// Looks at what was stored.
    pub alerts: Alerts,
    /// Told whose answers changed.
    pub cache: Cache,
    /// Wall time.
    pub clock: Clock,
    /// Makes pseudonyms of customers' numbers.
    pub vault: Arc<Vault>,
    /// Of the database: changed by a restore.
    pub incarnation: Uuid,
}

/// Starts both tasks; they end when `stop` is cancelled, after what was decoded is stored.
pub fn start(ingest: Ingest, link: HubLink, life: &Lifecycle) {
    let (decoded, waiting) = mpsc::channel(ingest.config.queue.max(1));
    let publisher = link.publisher();
    life.spawn(read(link, decoded, ingest.clock.clone(), life.stop_token()));
    life.spawn(store(ingest, waiting, publisher, life.stop_token()));
}

/// Takes messages off the broker and decodes them; waits while the database is behind, and so does the broker then.
async fn read(mut link: HubLink, decoded: mpsc::Sender<Arrived>, clock: Clock, stop: CancellationToken) {
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => return,
            message = link.next() => match message {
                Some(message) => message,
                None => return,
            },
        };
        if decoded.send(decode::decode(message, clock.now())).await.is_err() {
            return;
        }
    }
}

/// How long a database that fails is left alone before the same group is tried again.
const RETRY: Duration = Duration::from_millis(500);

async fn store(ingest: Ingest, mut waiting: mpsc::Receiver<Arrived>, publisher: Publisher, stop: CancellationToken) {
    let group = ingest.config.group.max(1);
    let ingest_cache = ingest.cache.clone();
    let mut committer = Committer::new(ingest);
    let mut batch = Vec::with_capacity(group);
    while waiting.recv_many(&mut batch, group).await > 0 {
        let mut failing = false;
        let done = loop {
            match committer.commit(&batch, waiting.len()).await {
                Ok(done) => break done,
                Err(cause) => {
                    if !failing {
                        error!(messages = batch.len(), "not stored, trying again: {:#}", anyhow::Error::new(cause));
                    }
                    failing = true;
                }
            }
            tokio::select! {
                // Nothing was acknowledged: the devices still have it.
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        };
        if failing {
            info!("the database stores again");
        }
        let changed: BTreeSet<OrgId> = batch.iter().map(|arrived| arrived.identity.org).collect();
        for org in changed {
            // Before watchers hear of it and ask.
            ingest_cache.stale(org).await;
        }
        batch.clear();
        committer.tell(&done);
        for (identity, payload) in done.answers {
            // A device that is gone says hello again and hears it then.
            let _ = publisher.publish(identity, payload).await;
        }
    }
}
