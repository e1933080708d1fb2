//! Answers that are asked for again, kept for a moment: in the memory of this process, or in Redis, which several hubs share.
//!
//! ```text
//! answer(org, what, fill) ─► shelf: version of org, entry ─ same version, young ─► the entry
//!                                      └ else ─► one caller fills, the others wait ─► kept under the version seen before
//! ```
//! Every key holds its organization. Whoever changes something of an organization calls [`Cache::stale`], which raises its
//! version: what was filled from before is never shown again. An entry says when its data was read; nothing in here makes
//! that younger. A shelf that is gone costs its help alone: answers are made anew, see [`vyavs_service::breaker`].

mod local;
mod remote;
mod shelf;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::warn;
use vyavs_domain::ids::OrgId;
use vyavs_service::breaker::{Breaker, BreakerConfig, BreakerView, Refused};

use local::Local;
use remote::Remote;
use shelf::{Shelf, ShelfError};

/// `[cache]` in `hub.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheConfig {
    /// `redis://[user:password@]host:port/number`; in memory without. Plain TCP: on another machine it belongs into a tunnel.
    pub url: Option<String>,
    /// A file that holds the address instead, readable by the hub alone.
    pub url_file: Option<PathBuf>,
    /// How long an answer is kept, milliseconds; 0 keeps none.
    pub keep_ms: u64,
    /// Bytes of answers kept in memory. Redis has a bound of its own (`maxmemory`).
    pub memory: u64,
    /// How long Redis is waited for, milliseconds.
    pub timeout_ms: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self { url: None, url_file: None, keep_ms: 5_000, memory: 64 * 1024 * 1024, timeout_ms: 200 }
    }
}

/// Why a cache cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file of the address.
    #[error("failed to read {0} ([cache] url_file)")]
    File(PathBuf, #[source] std::io::Error),
    /// What it holds.
    #[error("the address of the cache is none of Redis, such as redis://127.0.0.1:6379/0 ([cache] url)")]
    Address(#[source] redis::RedisError),
}

/// How a cache stands.
#[derive(Clone, Debug)]
pub struct CacheView {
    /// `off`, `memory` or `redis`.
    pub kind: &'static str,
    /// Answers that were there, since the process started.
    pub hits: u64,
    /// Answers that were made.
    pub fills: u64,
    /// Of what is outside of this process.
    pub breaker: Option<BreakerView>,
}

/// Cheap to clone; clones share what they keep.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    shelf: Option<Box<dyn Shelf>>,
    kind: &'static str,
    breaker: Option<Breaker>,
    keep: Duration,
    flights: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    hits: AtomicU64,
    fills: AtomicU64,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("kind", &self.0.kind).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Entry<T> {
    version: u64,
    at: Timestamp,
    body: T,
}

/// What the shelf said: the version now, where it could say it, and the answer, where that is still good.
struct Found<T> {
    version: Option<u64>,
    answer: Option<T>,
}

impl Cache {
    /// As configured. Nothing is connected yet: a Redis that is not there is found out by the first question.
    pub fn new(config: &CacheConfig) -> Result<Self, CacheError> {
        let keep = Duration::from_millis(config.keep_ms);
        let url = match &config.url_file {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|cause| CacheError::File(path.clone(), cause))?;
                Some(text.trim().to_owned())
            }
            None => config.url.clone(),
        };
        if keep.is_zero() {
            return Ok(Self::off());
        }
        Ok(match url {
            None => Self::of(Some(Box::new(Local::new(config.memory, keep))), "memory", None, keep),
            Some(url) => {
                let timeout = Duration::from_millis(config.timeout_ms.max(1));
                let remote = Remote::new(&url, timeout, keep).map_err(CacheError::Address)?;
                let breaker = Breaker::new("redis", BreakerConfig { failures: 3, ..BreakerConfig::default() });
                Self::of(Some(Box::new(remote)), "redis", Some(breaker), keep)
            }
        })
    }

    /// Keeps nothing.
    pub fn off() -> Self {
        Self::of(None, "off", None, Duration::ZERO)
    }

    fn of(shelf: Option<Box<dyn Shelf>>, kind: &'static str, breaker: Option<Breaker>, keep: Duration) -> Self {
        let (hits, fills) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Arc::new(Inner { shelf, kind, breaker, keep, flights: Mutex::default(), hits, fills }))
    }

    /// The answer to `what`, asked by somebody of `org` at `now`: the one that is kept, or what `fill` makes. `what` must hold
    /// all that the answer depends on, who asks included. Of those who ask the same at once, one fills.
    pub async fn answer<T, E>(
        &self,
        org: OrgId,
        what: &str,
        now: Timestamp,
        fill: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
    {
        let Some(shelf) = self.0.shelf.as_deref() else { return fill.await };
        let key = format!("vyavs:{org}:{}", &blake3::hash(what.as_bytes()).to_hex()[..32]);
        if let Some(answer) = self.find(shelf, org, &key, now).await.answer {
            return Ok(answer);
        }
        let turn = self.turn(&key);
        let filling = turn.lock().await;
        let found = self.find(shelf, org, &key, now).await;
        let answer = match found.answer {
            Some(answer) => Ok(answer),
            None => {
                self.0.fills.fetch_add(1, Ordering::Relaxed);
                fill.await
            }
        };
        // Under the version from before it was read: what changed meanwhile makes it stale at once.
        if let (Ok(body), Some(version)) = (&answer, found.version)
            && let Ok(text) = serde_json::to_vec(&Entry { version, at: now, body })
        {
            let _ = self.through(shelf.keep(&key, text)).await;
        }
        drop(filling);
        self.leave(&key, turn);
        answer
    }

    /// Something of this organization changed: no answer from before is shown again.
    pub async fn stale(&self, org: OrgId) {
        if let Some(shelf) = self.0.shelf.as_deref() {
            let _ = self.through(shelf.stale(&version_key(org))).await;
        }
    }

    /// How it stands.
    pub fn view(&self) -> CacheView {
        let inner = &self.0;
        CacheView {
            kind: inner.kind,
            hits: inner.hits.load(Ordering::Relaxed),
            fills: inner.fills.load(Ordering::Relaxed),
            breaker: inner.breaker.as_ref().map(Breaker::view),
        }
    }

    async fn find<T: DeserializeOwned>(&self, shelf: &dyn Shelf, org: OrgId, key: &str, now: Timestamp) -> Found<T> {
        let version = version_key(org);
        let seen = self.through(shelf.look(&version, key)).await;
        let Some(seen) = seen else { return Found { version: None, answer: None } };
        // What another release kept may not be read any more: it is made anew.
        let entry = seen.entry.and_then(|text| serde_json::from_slice::<Entry<T>>(&text).ok());
        let keep = jiff::SignedDuration::try_from(self.0.keep).unwrap_or(jiff::SignedDuration::ZERO);
        let good = entry
            .filter(|entry| entry.version == seen.version && entry.at <= now && now.duration_since(entry.at) < keep);
        if good.is_some() {
            self.0.hits.fetch_add(1, Ordering::Relaxed);
        }
        Found { version: Some(seen.version), answer: good.map(|entry| entry.body) }
    }

    /// Asks the shelf through its breaker; `None` when it could not answer. Nothing is asked while it rests.
    async fn through<T>(&self, call: impl Future<Output = Result<T, ShelfError>>) -> Option<T> {
        let Some(breaker) = &self.0.breaker else { return call.await.ok() };
        let was = breaker.view().opened;
        match breaker.call(call).await {
            Ok(value) => Some(value),
            Err(Refused::Resting(_)) => None,
            Err(Refused::Failed(error)) => {
                if breaker.view().opened > was {
                    warn!("the cache is left alone for a while, answers come from the database: {error}");
                }
                None
            }
        }
    }

    fn turn(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.0.flights.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(flights.entry(key.to_owned()).or_default())
    }

    /// The last one who waited takes the place away. One who was cancelled leaves it to the next.
    fn leave(&self, key: &str, turn: Arc<tokio::sync::Mutex<()>>) {
        let mut flights = self.0.flights.lock().unwrap_or_else(PoisonError::into_inner);
        drop(turn);
        if flights.get(key).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            flights.remove(key);
        }
        // Those of callers who went away.
        if flights.len() > 10_000 {
            flights.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
    }
}

fn version_key(org: OrgId) -> String {
    format!("vyavs:{org}:version")
}
