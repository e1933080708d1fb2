//! Copies readings to InfluxDB 2, or to another server that takes its writes. A copy alone: nothing of the hub reads it back.
//!
//! ```text
//! ingest ─ trigger ─► mirror_outbox ─► batch ─► POST /api/v2/write ─► rows leave the outbox
//!                          └──────── after a failure: the same rows, once the breaker lets them ─┘
//! ```
//! A point is one reading: measurement `readings`; tags `org`, `store`, `sensor`; fields `value` and `quality` (0 good,
//! 1 suspect, 2 bad); its time, in nanoseconds, is that of the reading to the microsecond, which no other reading of the
//! channel has. So a batch that was written and could not be settled is written again as the very same points.
//!
//! Plain HTTP: the TLS of influxdb2 0.5 is a line of rustls with published faults. On another machine the server belongs
//! behind a tunnel (stunnel, WireGuard) or a proxy on this one.

use std::path::PathBuf;
use std::time::Duration;

use futures::stream;
use influxdb2::models::DataPoint;
use influxdb2::{Client, RequestError};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;
use vyavs_domain::reading::Quality;
use vyavs_service::breaker::{Breaker, BreakerConfig, BreakerState, Refused};
use vyavs_store::mirror::{self, Waiting};
use vyavs_store::{Db, StoreError};

/// `[influx]` in `hub.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfluxConfig {
    /// `http://127.0.0.1:8086`.
    pub url: String,
    /// The organization there.
    pub org: String,
    /// Where to write.
    pub bucket: String,
    /// A file that holds a token which may write there, readable by the hub alone.
    pub token_file: Option<PathBuf>,
    /// Readings in one request.
    #[serde(default = "batch")]
    pub batch: u32,
}

fn batch() -> u32 {
    5_000
}

/// Why readings cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The file of the token.
    #[error("failed to read {0} ([influx] token_file)")]
    Token(PathBuf, #[source] std::io::Error),
    /// Not plain HTTP.
    #[error(
        "{0} is no address such as http://127.0.0.1:8086 ([influx] url): TLS is a tunnel's or a proxy's on this machine"
    )]
    Url(String),
    /// The server did not take them.
    #[error("the time-series server did not take {1} readings: {0}")]
    Write(RequestError, usize),
    /// The server took them, or not.
    #[error("the time-series server did not answer within {} s", PATIENCE.as_secs())]
    Silent,
    /// The outbox.
    #[error("the outbox of readings failed")]
    Store(#[from] StoreError),
}

/// The server, and how it has behaved.
#[derive(Clone, Debug)]
pub struct Mirror {
    client: Client,
    bucket: String,
    batch: u32,
    breaker: Breaker,
}

/// How long the outbox is left alone when it was empty.
const ROUND: Duration = Duration::from_secs(1);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

impl Mirror {
    /// As configured; nothing is connected yet.
    pub fn new(config: &InfluxConfig) -> Result<Self, MirrorError> {
        // The client would panic.
        if !Url::parse(&config.url).is_ok_and(|url| url.scheme() == "http" && url.has_host()) {
            return Err(MirrorError::Url(config.url.clone()));
        }
        let token = match &config.token_file {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path).map_err(|cause| MirrorError::Token(path.clone(), cause))?,
        };
        let client = Client::new(config.url.trim_end_matches('/'), &config.org, token.trim());
        let rest = Duration::from_secs(1);
        let breaker = BreakerConfig { failures: 1, rest, longest_rest: Duration::from_secs(60) };
        let breaker = Breaker::new("influx", breaker);
        Ok(Self { client, bucket: config.bucket.clone(), batch: config.batch.clamp(1, 50_000), breaker })
    }

    /// What stands between us and the server.
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Switches the outbox on and copies until it is told to stop.
    pub async fn run(self, db: Db, stop: CancellationToken) {
        let mut on = false;
        while !stop.is_cancelled() {
            if !on {
                on = switch_on(&db).await.inspect_err(|cause| warn!("readings are not copied yet: {cause}")).is_ok();
            }
            let copied = self.round(&db).await.unwrap_or(0);
            if copied < u64::from(self.batch) {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(ROUND) => {}
                }
            }
        }
    }

    /// Copies the first batch that waits; says how many readings, none while the server is left alone.
    pub async fn round(&self, db: &Db) -> Result<u64, MirrorError> {
        let rows = mirror::waiting(&mut db.begin_read_hub().await?, self.batch).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let was = self.breaker.view().state;
        match self.breaker.call(self.write(&rows)).await {
            Ok(()) => {}
            Err(Refused::Resting(_)) => return Ok(0),
            Err(Refused::Failed(error)) => {
                if was == BreakerState::Closed {
                    warn!("readings wait in the outbox: {error}");
                }
                return Err(error);
            }
        }
        if was != BreakerState::Closed {
            info!("the time-series server takes readings again");
        }
        let mut tx = db.begin_write().await?;
        mirror::settle(&mut tx, &rows).await?;
        tx.commit().await?;
        Ok(rows.len() as u64)
    }

    async fn write(&self, rows: &[Waiting]) -> Result<(), MirrorError> {
        // What has neither a value nor a time that nanoseconds reach has no form there.
        let points: Vec<DataPoint> = rows.iter().filter_map(point).collect();
        let count = points.len();
        if count == 0 {
            return Ok(());
        }
        let write = self.client.write(&self.bucket, stream::iter(points));
        let written = tokio::time::timeout(PATIENCE, write).await.map_err(|_| MirrorError::Silent)?;
        written.map_err(|error| MirrorError::Write(error, count))
    }
}

async fn switch_on(db: &Db) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    mirror::switch(&mut tx, true).await?;
    tx.commit().await
}

fn point(row: &Waiting) -> Option<DataPoint> {
    let quality = match row.quality {
        Quality::Good => 0_i64,
        Quality::Suspect => 1,
        Quality::Bad => 2,
    };
    let ns = i64::try_from(row.at.as_nanosecond()).ok()?;
    let point = DataPoint::builder("readings")
        .tag("org", row.org.to_string())
        .tag("store", row.store.to_string())
        .tag("sensor", row.sensor.as_str())
        .field("quality", quality)
        .timestamp(ns);
    let point = match row.value {
        Some(value) => point.field("value", value),
        None => point,
    };
    point.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_behind_tls_is_refused_by_name() {
        let config = InfluxConfig {
            url: "https://influx.example".to_owned(),
            org: "o".to_owned(),
            bucket: "b".to_owned(),
            token_file: None,
            batch: 1,
        };
        assert!(Mirror::new(&config).expect_err("no TLS").to_string().contains("https://influx.example"));
        assert!(Mirror::new(&InfluxConfig { url: "http://".to_owned(), ..config.clone() }).is_err());
        let absent = InfluxConfig { url: "http://x".to_owned(), token_file: Some("/nowhere/token".into()), ..config };
        assert!(Mirror::new(&absent).expect_err("no file").to_string().contains("/nowhere/token"));
    }
}
