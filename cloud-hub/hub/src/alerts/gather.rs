//! What waits, as observations: a bounded part at a go.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::alert::Alarm;
use vyavs_domain::ids::{DeviceId, OrgId, SensorId, StoreId};
use vyavs_domain::reading::Sensor;
use vyavs_rules::rule::Observation;
use vyavs_store::arrivals::{self, Arrival, Detail, Stretch};
use vyavs_store::observed::{self, HubFact, ToldOf};
use vyavs_store::{StoreError, Tx, inventory, sensors};

use super::observe;

/// Arrivals a go.
const ARRIVALS: u32 = 64;
/// Rows a go, more or less.
const ROWS: u32 = 2_000;
/// Rows read at once at the least: so many of one instant are always seen together.
const LEAST: u32 = 100;
/// Stocks a go: each is a sum over what was sold since its count.
const STOCKS: u32 = 200;

/// An observation and the box whose records it came in; nil: the hub's own.
pub(super) type Seen = (Observation, DeviceId);

/// What a go brought.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) seen: Vec<Seen>,
    /// Alarms of devices, and what of each is to be told.
    pub(super) alarms: Vec<(StoreId, Alarm, ToldOf)>,
    /// Whether something is left.
    pub(super) more: bool,
}

/// Takes what waits, up to a bound, and notes what is left of it.
pub(super) async fn gather(tx: &mut Tx<'_>, org: OrgId, now: Timestamp) -> Result<Gathered, StoreError> {
    let mut gatherer = Gatherer { org, now, left: ROWS, known: HashMap::new(), out: Gathered::default() };
    let arrivals = arrivals::oldest(tx, org, ARRIVALS).await?;
    gatherer.out.more = arrivals.len() == ARRIVALS as usize;
    for arrival in arrivals {
        if gatherer.left == 0 {
            gatherer.out.more = true;
            break;
        }
        let left = gatherer.take(tx, &arrival).await?;
        if left.is_empty() {
            arrivals::done(tx, org, arrival.n).await?;
        } else {
            gatherer.out.more = true;
            arrivals::left(tx, org, arrival.n, &left).await?;
        }
    }
    Ok(gatherer.out)
}

struct Gatherer {
    org: OrgId,
    now: Timestamp,
    /// Rows that may still be read.
    left: u32,
    known: HashMap<StoreId, BTreeMap<SensorId, Sensor>>,
    out: Gathered,
}

/// What is left of a stretch of which `rows` rows were read up to `last`, asked for at most `limit`.
fn rest((_, to): Stretch, rows: usize, limit: u32, first: Timestamp, last: Option<Timestamp>) -> Option<Stretch> {
    let last = last.filter(|_| rows >= limit as usize)?;
    // What shares the instant of the last one is read again and known again; unless nothing else was read.
    let tick = SignedDuration::from_micros(1);
    let from = if last == first { last.saturating_add(tick).unwrap_or(Timestamp::MAX) } else { last };
    (from <= to).then_some((from, to))
}

impl Gatherer {
    fn spend(&mut self, rows: usize) {
        self.left = self.left.saturating_sub(u32::try_from(rows).unwrap_or(u32::MAX));
    }

    /// Looks at an arrival as far as the bound allows; gives what is left of it.
    async fn take(&mut self, tx: &mut Tx<'_>, arrival: &Arrival) -> Result<Detail, StoreError> {
        let (org, store, device) = (self.org, arrival.store, arrival.device);
        let mut left = Detail::default();
        for (sensor, stretch) in &arrival.detail.readings {
            let rest = self.readings(tx, (store, device), sensor, *stretch).await?;
            left.readings.extend(rest.map(|rest| (sensor.clone(), rest)));
        }
        if self.left == 0 {
            // Nothing is read with no room left: it stays as it is.
            left.events = arrival.detail.events;
            left.receipts = arrival.detail.receipts;
        }
        if let Some(stretch) = arrival.detail.events.filter(|_| self.left > 0) {
            let limit = self.left.max(LEAST);
            let rows = observed::till_events(tx, org, store, stretch, None, limit).await?;
            left.events = rest(stretch, rows.len(), limit, stretch.0, rows.last().map(|row| row.at));
            self.spend(rows.len());
            self.out.seen.extend(rows.iter().filter_map(|row| Some((observe::till(store, row)?, device))));
        }
        if let Some(stretch) = arrival.detail.receipts.filter(|_| left.receipts.is_none()) {
            let limit = self.left.max(LEAST);
            let rows = observed::tickets(tx, org, store, stretch, None, limit).await?;
            left.receipts = rest(stretch, rows.len(), limit, stretch.0, rows.last().map(|row| row.closed_at));
            self.spend(rows.len());
            let seen = rows.iter().flat_map(|row| observe::ticket(store, row));
            self.out.seen.extend(seen.map(|seen| (seen, device)));
        }
        for id in &arrival.detail.alarms {
            if self.out.alarms.iter().any(|(_, alarm, _)| alarm.id == *id) {
                // Raised and cleared, and both wait: it was read as it is now.
                continue;
            }
            let Some((alarm, told)) = observed::alarm(tx, org, *id).await? else { continue };
            self.spend(1);
            self.out.seen.extend(observe::alarm(&alarm).into_iter().map(|seen| (seen, device)));
            self.out.alarms.push((alarm.store, alarm.alarm, told));
        }
        for product in &arrival.detail.products {
            let fact = inventory::fact_of(tx, org, store, *product).await?;
            self.stocks(tx, store, fact.as_slice()).await?;
        }
        if let Some(stretch) = arrival.detail.lines {
            let after = arrival.detail.after_sku.as_deref().unwrap_or_default();
            let facts = inventory::facts_moved(tx, org, store, stretch, after, STOCKS).await?;
            if facts.len() >= STOCKS as usize {
                left.lines = Some(stretch);
                left.after_sku = facts.last().map(|fact| fact.sku.clone());
            }
            self.stocks(tx, store, &facts).await?;
        }
        Ok(left)
    }

    async fn readings(
        &mut self,
        tx: &mut Tx<'_>,
        (store, device): (StoreId, DeviceId),
        sensor: &SensorId,
        stretch: Stretch,
    ) -> Result<Option<Stretch>, StoreError> {
        if self.left == 0 {
            return Ok(Some(stretch));
        }
        if let std::collections::hash_map::Entry::Vacant(empty) = self.known.entry(store) {
            let list = sensors::list(tx, self.org, store).await?;
            empty.insert(list.into_iter().map(|now| (now.sensor.id.clone(), now.sensor)).collect());
        }
        // A channel that nobody described measures nothing that a rule could name.
        let Some(sensor) = self.known.get(&store).and_then(|known| known.get(sensor)).cloned() else { return Ok(None) };
        let rows = observed::readings(tx, self.org, (store, &sensor.id), stretch, self.left).await?;
        let rest = rest(stretch, rows.len(), self.left, stretch.0, rows.last().map(|(at, _)| *at));
        self.spend(rows.len());
        let seen = rows.iter().flat_map(|(at, value)| observe::reading(store, &sensor, *at, *value));
        self.out.seen.extend(seen.map(|seen| (seen, device)));
        Ok(rest)
    }

    /// Notes stocks that are not what they were when last looked at.
    async fn stocks(
        &mut self,
        tx: &mut Tx<'_>,
        store: StoreId,
        facts: &[inventory::StockFact],
    ) -> Result<(), StoreError> {
        self.spend(facts.len());
        for fact in facts.iter().flat_map(|fact| observe::stock(store, fact, self.now)) {
            self.out.seen.extend(note(tx, self.org, fact).await?);
        }
        Ok(())
    }
}

/// Keeps a fact that is news.
async fn note(tx: &mut Tx<'_>, org: OrgId, mut fact: HubFact) -> Result<Option<Seen>, StoreError> {
    if let Some((at, value)) = observed::last(tx, org, (fact.store, &fact.measure, &fact.subject)).await? {
        if value == fact.value {
            return Ok(None);
        }
        // A stock that moves twice before the clock does, or after the clock was set back, still moved twice.
        fact.at = fact.at.max(at.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX));
    }
    let kept = observed::keep(tx, org, &fact).await?;
    Ok(kept.then(|| (observe::of_hub(&fact), DeviceId(uuid::Uuid::nil()))))
}
