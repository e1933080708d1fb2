//! Rules at work: what was stored becomes observations, rules fire or clear, incidents open and end.
//!
//! ```text
//! ingest, stock, alarms ──note──► rule_arrivals ─┐
//! devices, every minute ─────────────────────────┼─► turn: observe ► watch ► transition ► incident ─► live
//! the clock ─────────────────────────────────────┘   (one transaction an organization)
//! ```
//! Nothing of this happens in the transaction that stores records: a rule can never hold a sale up. What waits, what rules
//! remember and what incidents became is one transaction, so whoever dies when, each thing happens once; and who holds an
//! organization's desk holds it alone, so two hubs over one database share the work.

mod defaults;
mod fold;
mod gather;
mod health;
pub mod observe;
mod turn;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_rules::incident::{Incident, Policy};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::{Db, StoreError, Tx, arrivals, incidents, watches};

use crate::live::{Event, Live, Topic};

pub(crate) use fold::cleared;

/// The clock is asked this often what it moved.
const ROUND: Duration = Duration::from_secs(5);
/// What comes within this long after a round waits for the next: many small commits are one turn.
const PAUSE: Duration = Duration::from_millis(250);
/// Devices are looked at this often.
const SWEEP: SignedDuration = SignedDuration::from_secs(60);

/// How incidents fold and end.
pub(crate) fn policy() -> Policy {
    Policy::default()
}

/// The rules of this process. Cheap to clone.
#[derive(Clone)]
pub struct Alerts(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    live: Live,
    /// Rings when something was stored here.
    bell: Notify,
}

impl std::fmt::Debug for Alerts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alerts").finish_non_exhaustive()
    }
}

/// Data of an `alert` event: an incident opened or changed; read it again.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AlertEvent {
    /// Which.
    pub id: Uuid,
    /// `open`, `acknowledged`, `snoozed`, `suppressed` or `resolved`.
    pub state: String,
    /// `info`, `warning` or `critical`.
    #[schema(value_type = crate::api::alarms::Severity)]
    pub severity: Severity,
    /// Where.
    pub store_id: Uuid,
    /// What people see in a list.
    pub title: String,
    /// When it last changed.
    pub at: Timestamp,
}

impl Alerts {
    /// Nothing runs before [`Alerts::start`].
    pub fn new(db: Db, clock: Clock, live: Live) -> Self {
        Self(Arc::new(Inner { db, clock, live, bell: Notify::new() }))
    }

    /// Starts the task that looks after all organizations.
    pub fn start(&self, life: &Lifecycle) {
        let (alerts, stop) = (self.clone(), life.stop_token());
        life.spawn(async move { alerts.run(stop).await });
    }

    /// Something was stored: rules look at it soon.
    pub fn ring(&self) {
        self.0.bell.notify_one();
    }

    /// Looks at all that waits and all that time moved, until nothing is left; says how many turns that took.
    pub async fn catch_up(&self) -> anyhow::Result<u32> {
        let mut turns = 0;
        let (mut waiting, moved) = self.who().await?;
        waiting.extend(moved);
        for org in waiting {
            loop {
                turns += 1;
                if !self.turn(org).await? {
                    break;
                }
            }
        }
        Ok(turns)
    }

    async fn run(self, stop: CancellationToken) {
        loop {
            if let Err(cause) = self.round(&stop).await {
                warn!("rules could not be looked at: {cause:#}");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.bell.notified() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    /// A turn each, again and again for those with much to look at, so that nobody's night of records delays another's
    /// fridge. An organization that fails is left for the next round.
    async fn round(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let (mut waiting, moved) = self.who().await?;
        waiting.extend(moved);
        while !waiting.is_empty() && !stop.is_cancelled() {
            let mut again = BTreeSet::new();
            for org in waiting {
                match self.turn(org).await {
                    Ok(true) => {
                        again.insert(org);
                    }
                    Ok(false) => {}
                    Err(cause) => warn!(org.id = %org, "rules could not be looked at, trying again soon: {cause:#}"),
                }
            }
            waiting = again;
        }
        Ok(())
    }

    async fn who(&self) -> anyhow::Result<(BTreeSet<OrgId>, Vec<OrgId>)> {
        let now = self.0.clock.now();
        let before = now.saturating_sub(SWEEP).unwrap_or(Timestamp::MIN);
        let mut tx = self.0.db.begin_read_hub().await?;
        let waiting = arrivals::waiting(&mut tx).await?.into_iter().collect();
        Ok((waiting, watches::moved_by_time(&mut tx, now, before).await?))
    }

    /// One turn of one organization; `true` when there is more to look at.
    async fn turn(&self, org: OrgId) -> anyhow::Result<bool> {
        let inner = &self.0;
        let turned = turn::turn(&inner.db, org, inner.clock.now()).await?;
        for incident in turned.changed.values() {
            tell(&inner.live, org, incident);
        }
        Ok(turned.more)
    }
}

/// Tells watchers that an incident changed.
pub(crate) fn tell(live: &Live, org: OrgId, incident: &Incident) {
    let event = AlertEvent {
        id: incident.id.0,
        state: incidents::state_name(&incident.state).to_owned(),
        severity: incident.severity,
        store_id: incident.store.0,
        title: incident.title.clone(),
        at: incident.changed_at,
    };
    if let Ok(json) = serde_json::to_string(&event) {
        live.publish(Event { org, store: incident.store, topic: Topic::Alerts, json });
    }
}

/// The zone that days of a back-test are counted in: of the first shop it is about.
pub(crate) async fn zone(tx: &mut Tx<'_>, org: OrgId, of: &[StoreId]) -> Result<jiff::tz::TimeZone, StoreError> {
    let stores = vyavs_store::stores::list(tx, org).await?;
    let first = stores.iter().find(|store| of.is_empty() || of.contains(&store.id));
    Ok(first.and_then(|store| jiff::tz::TimeZone::get(&store.timezone).ok()).unwrap_or(jiff::tz::TimeZone::UTC))
}
