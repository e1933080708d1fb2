//! What several pages need of all stores at once: each shop with its devices, its day and its open alarms.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::time::{BusinessDay, StoreTime};
use vyavs_store::kpis::{self, Figures};
use vyavs_store::stores::Store;
use vyavs_store::sync::{self, DeviceState};
use vyavs_store::{Tx, alarms};

use super::Hub;
use super::problem::Problem;
use super::shapes::{Freshness, Money};
use super::stores::StoreMetrics;
use super::sync::{Picture, Spoken};
use super::viewer::Viewer;

/// A store with what is known of it now.
pub(crate) struct StoreNow {
    pub(crate) store: Store,
    pub(crate) time: StoreTime,
    pub(crate) today: BusinessDay,
    /// One entry a currency; mostly one, or none before the first ticket.
    pub(crate) figures: Vec<Figures>,
    pub(crate) last_sale_at: Option<Timestamp>,
    pub(crate) open_alarms: u64,
    pub(crate) devices: Vec<DeviceNow>,
}

/// A device that was heard.
pub(crate) struct DeviceNow {
    pub(crate) heard: Timestamp,
    pub(crate) connected: bool,
    pub(crate) spoken: Spoken,
    pub(crate) picture: Picture,
}

/// Reads all stores of an organization, or the one asked for.
pub(crate) async fn read(
    hub: &Hub,
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    only: Option<StoreId>,
    now: Timestamp,
) -> Result<Vec<StoreNow>, Problem> {
    let org = viewer.org;
    let stores = match only {
        Some(id) => vec![viewer.store(tx, id).await?],
        None => viewer.stores(tx).await?,
    };
    let timed: Result<Vec<_>, Problem> = stores
        .into_iter()
        .map(|store| {
            let time = time_of(&store)?;
            let today = time.business_day(now);
            Ok((store, time, today))
        })
        .collect();
    let timed = timed?;
    let days: Vec<(StoreId, BusinessDay)> = timed.iter().map(|(store, _, today)| (store.id, *today)).collect();
    let mut figures = kpis::days(tx, org, &days).await?;
    let last = kpis::last_sales(tx, org).await?;
    let open: BTreeMap<StoreId, u64> = alarms::open_by_store(tx, org).await?.into_iter().collect();
    let mut devices: BTreeMap<StoreId, Vec<DeviceNow>> = BTreeMap::new();
    for state in sync::states(tx, org).await? {
        devices.entry(state.store).or_default().push(device_now(hub, org, &state));
    }
    Ok(timed
        .into_iter()
        .map(|(store, time, today)| StoreNow {
            figures: figures.remove(&store.id).unwrap_or_default(),
            last_sale_at: last.get(&store.id).copied(),
            open_alarms: open.get(&store.id).copied().unwrap_or(0),
            devices: devices.remove(&store.id).unwrap_or_default(),
            store,
            time,
            today,
        })
        .collect())
}

/// How a store reads time. A zone that this machine's tables lack is our fault, not the caller's.
pub(crate) fn time_of(store: &Store) -> Result<StoreTime, Problem> {
    store.time().map_err(|error| Problem::Internal(anyhow::Error::new(error).context(format!("store {}", store.id))))
}

fn device_now(hub: &Hub, org: OrgId, state: &DeviceState) -> DeviceNow {
    DeviceNow {
        heard: state.last_heard_at,
        connected: is_connected(hub, org, state.store, state.device),
        spoken: Spoken::of(state.hello.as_ref()),
        picture: Picture::of(state.now.as_ref()),
    }
}

/// By the guard's sessions, not by what the database was told: a hub that was killed told it nothing.
pub(crate) fn is_connected(hub: &Hub, org: OrgId, store: StoreId, device: DeviceId) -> bool {
    hub.sessions.is_connected(&DeviceIdentity { org, store, device }).is_some()
}

impl StoreNow {
    /// Records its devices said they still owe.
    pub(crate) fn unsent(&self) -> u64 {
        self.devices.iter().map(|device| device.picture.unsent()).sum()
    }

    pub(crate) fn last_heard(&self) -> Option<Timestamp> {
        self.devices.iter().map(|device| device.heard).max()
    }

    /// That of its freshest device.
    pub(crate) fn freshness(&self, now: Timestamp) -> Freshness {
        let each = self.devices.iter().map(|device| Freshness::of(Some(device.heard), device.connected, now));
        each.min().unwrap_or(Freshness::Never)
    }

    pub(crate) fn metrics(&self, now: Timestamp) -> StoreMetrics {
        // A shop's day is shown in the shop's own currency; tickets in another are on the receipts page.
        let own = self.figures.iter().find(|figures| figures.currency == self.store.currency);
        let newest = self.devices.iter().max_by_key(|device| device.heard);
        StoreMetrics {
            sales_today: Money::new(own.map_or(0, |figures| figures.revenue_minor), self.store.currency),
            receipts_today: self.figures.iter().map(|figures| count(figures.receipts)).sum(),
            last_sale_at: self.last_sale_at,
            open_alarms: count(self.open_alarms),
            unsent: count(self.unsent()),
            oldest_unsent_at: self.devices.iter().filter_map(|device| device.picture.oldest_unsent()).min(),
            status: self.freshness(now),
            last_heard_at: self.last_heard(),
            agent_version: newest.and_then(|device| device.spoken.agent.clone()),
        }
    }
}

/// A count as JSON carries it.
pub(crate) fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
