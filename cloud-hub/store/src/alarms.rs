//! Alarms: taken in as episodes, read as pages.

use jiff::Timestamp;
use vyavs_domain::alert::Alarm;
use vyavs_domain::ids::{AlarmId, DeviceId, OrgId, StoreId};

use crate::arrivals::{self, Detail};
use crate::columns::{Id, instant, name_of, named};
use crate::origin::{Check, DeviceClock, Inserted, Origin, int};
use crate::reach::Within;
use crate::tx::{Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::{Result, StoreError, sync};

/// An alarm as a record brought it: raised, or the same one cleared.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmRow {
    /// The record's number in stream 2.
    pub seq: u64,
    /// The episode.
    pub alarm: Alarm,
}

/// Raises and clears. What is cleared stays cleared; when it began is said once and stays, whatever the device's clock did
/// since; an id that another store uses is left alone. Both count as duplicates.
pub async fn upsert(tx: &mut Tx<'_>, origin: &Origin, rows: &[AlarmRow]) -> Result<Inserted> {
    const SQL: &str = "insert into alarms as a (id, org_id, store_id, device_id, kind, severity, subject, raised_at,
            cleared_at, value, limit_value, reason, model, epoch, seq, device_raised_at, device_cleared_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        on conflict (id) do update set severity = excluded.severity,
            cleared_at = case when excluded.cleared_at < a.raised_at then a.raised_at else excluded.cleared_at end,
            device_cleared_at = excluded.device_cleared_at, value = excluded.value,
            limit_value = excluded.limit_value, reason = excluded.reason, model = excluded.model,
            epoch = excluded.epoch, seq = excluded.seq
        where a.store_id = excluded.store_id and a.device_id = excluded.device_id and a.cleared_at is null
            and (a.epoch < excluded.epoch or (a.epoch = excluded.epoch and a.seq < excluded.seq))";
    let mut done = Inserted::default();
    // Alarms are rare: a statement each.
    for row in rows {
        Check(row.seq).seq()?;
        let alarm = &row.alarm;
        let touched = execute!(
            tx,
            SQL,
            alarm.id,
            origin.org,
            origin.store,
            origin.device,
            name_of(alarm.kind),
            name_of(alarm.severity),
            alarm.subject.as_str(),
            origin.clock.event_time(alarm.raised_at),
            alarm.cleared_at.map(|at| origin.clock.event_time(at)),
            alarm.value,
            alarm.limit,
            alarm.reason.as_str(),
            alarm.model.as_deref(),
            int(origin.epoch),
            int(row.seq),
            origin.clock.device_time(alarm.raised_at),
            alarm.cleared_at.and_then(|at| origin.clock.device_time(at))
        )?;
        done += Inserted { new: touched, duplicate: 1 - touched.min(1) };
    }
    arrived(tx, origin, rows.iter().map(|row| row.alarm.id)).await?;
    sync::count_duplicates(tx, origin, "alarm", done.duplicate).await?;
    Ok(done)
}

/// Alarms wait to become incidents, those of the hub itself too.
async fn arrived(tx: &mut Tx<'_>, origin: &Origin, alarms: impl Iterator<Item = AlarmId>) -> Result<()> {
    let detail = Detail { alarms: alarms.collect(), ..Detail::default() };
    arrivals::put(tx, origin.org, (origin.store, origin.device), &detail, origin.received_at).await
}

/// An alarm of an organization; `None` for another's, too.
pub(crate) async fn by_id(tx: &mut Tx<'_>, org: OrgId, id: AlarmId) -> Result<Option<StoredAlarm>> {
    const SQL: &str = "select id, store_id, device_id, kind, severity, subject, raised_at, cleared_at, value,
            limit_value, reason, model from alarms where org_id = $1 and id = $2";
    fetch_optional!(tx, Row, SQL, org, id)?.map(stored).transpose()
}

/// The epoch of alarms that the hub itself raises: no device's buffer has it.
const BY_HUB: u64 = 0;

/// Raises an alarm of the hub's own about a device; `false` when one of its kind and subject is open already, which then
/// says what this one says.
pub async fn raise(tx: &mut Tx<'_>, origin: &Origin, alarm: &Alarm) -> Result<bool> {
    const AGAIN: &str = "update alarms set severity = $7, value = $8, limit_value = $9, reason = $10
        where device_id = $1 and store_id = $2 and org_id = $3 and kind = $4 and subject = $5 and epoch = $6
            and cleared_at is null";
    let open = execute!(
        tx,
        AGAIN,
        origin.device,
        origin.store,
        origin.org,
        name_of(alarm.kind),
        alarm.subject.as_str(),
        int(BY_HUB),
        name_of(alarm.severity),
        alarm.value,
        alarm.limit,
        alarm.reason.as_str()
    )?;
    if open > 0 {
        return Ok(false);
    }
    // Dated by the hub's clock, which is right.
    let hub = Origin { epoch: BY_HUB, clock: DeviceClock::default(), ..*origin };
    let raised = upsert(tx, &hub, &[AlarmRow { seq: 0, alarm: alarm.clone() }]).await?;
    Ok(raised.new == 1)
}

/// Clears what [`raise`] raised about this device and subject; gives the alarms that were open.
pub async fn clear(tx: &mut Tx<'_>, origin: &Origin, subject: &str, at: Timestamp) -> Result<Vec<Alarm>> {
    const OPEN: &str = "select id, store_id, device_id, kind, severity, subject, raised_at, cleared_at, value,
            limit_value, reason, model from alarms
        where device_id = $1 and store_id = $2 and org_id = $3 and subject = $4 and epoch = $5 and cleared_at is null";
    const SQL: &str = "update alarms set cleared_at = $2 where id = $1";
    let open = fetch_all!(tx, Row, OPEN, origin.device, origin.store, origin.org, subject, int(BY_HUB))?;
    let mut cleared = Vec::new();
    for row in open {
        let mut alarm = stored(row)?.alarm;
        alarm.cleared_at = Some(at.max(alarm.raised_at));
        execute!(tx, SQL, alarm.id, alarm.cleared_at)?;
        cleared.push(alarm);
    }
    arrived(tx, origin, cleared.iter().map(|alarm| alarm.id)).await?;
    Ok(cleared)
}

/// An alarm and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAlarm {
    /// The shop.
    pub store: StoreId,
    /// The box that raised it.
    pub device: DeviceId,
    /// The alarm.
    pub alarm: Alarm,
}

/// Where a page of alarms ended: the time and id of its last one.
pub type AlarmsAfter = (Timestamp, AlarmId);

/// What to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlarmFilter {
    /// Of which shops.
    pub within: Within,
    /// Only open ones (`true`), only cleared ones (`false`), else both.
    pub open: Option<bool>,
}

type Row = (Id, Id, Id, String, String, String, i64, Option<i64>, Option<f64>, Option<f64>, String, Option<String>);

/// Newest first, beginning after `after`.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: AlarmFilter,
    after: Option<AlarmsAfter>,
    limit: u32,
) -> Result<Vec<StoredAlarm>> {
    const OF_ORG: &str = "select id, store_id, device_id, kind, severity, subject, raised_at, cleared_at, value,
            limit_value, reason, model from alarms
        where org_id = $1 and ($2 = 2 or ($2 = 1) = (cleared_at is null)) and (raised_at, id) < ($3, $4)
            and ($6 is null or exists (select 1 from reach r where r.holder = $6 and r.store_id = alarms.store_id))
        order by raised_at desc, id desc limit $5";
    const OF_STORE: &str = "select id, store_id, device_id, kind, severity, subject, raised_at, cleared_at, value,
            limit_value, reason, model from alarms
        where org_id = $1 and ($2 = 2 or ($2 = 1) = (cleared_at is null)) and (raised_at, id) < ($3, $4)
            and store_id = $6
        order by raised_at desc, id desc limit $5";
    let open = filter.open.map_or(2_i64, i64::from);
    let (at, id) = after.map_or((i64::MAX, uuid::Uuid::max()), |(at, id)| (at.as_microsecond(), id.0));
    let limit = i64::from(limit);
    let rows = match filter.within.store {
        None => fetch_all!(tx, Row, OF_ORG, org, open, at, id, limit, filter.within.holder)?,
        Some(store) => fetch_all!(tx, Row, OF_STORE, org, open, at, id, limit, store)?,
    };
    rows.into_iter().map(stored).collect()
}

/// Alarms of a shop raised from `from` to `to` (excluded), oldest first, beginning after `after`.
pub async fn of_span(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    (from, to): (Timestamp, Timestamp),
    after: Option<AlarmsAfter>,
    limit: u32,
) -> Result<Vec<StoredAlarm>> {
    const SQL: &str = "select id, store_id, device_id, kind, severity, subject, raised_at, cleared_at, value,
            limit_value, reason, model from alarms
        where org_id = $1 and store_id = $2 and raised_at >= $3 and raised_at < $4 and (raised_at, id) > ($3, $5)
        order by raised_at, id limit $6";
    let (at, id) = after.map_or((from, uuid::Uuid::nil()), |(at, id)| (at, id.0));
    fetch_all!(tx, Row, SQL, org, store, at, to, id, i64::from(limit))?.into_iter().map(stored).collect()
}

fn stored(row: Row) -> Result<StoredAlarm> {
    let (id, store, device, kind, severity, subject, raised, cleared, value, limit, reason, model) = row;
    Ok(StoredAlarm {
        store: StoreId(store.0),
        device: DeviceId(device.0),
        alarm: Alarm {
            id: AlarmId(id.0),
            kind: named("an alarm kind", &kind).map_err(StoreError::from)?,
            severity: named("a severity", &severity).map_err(StoreError::from)?,
            subject,
            raised_at: instant(raised),
            cleared_at: cleared.map(instant),
            value,
            limit,
            reason,
            model,
        },
    })
}

/// How many are open, by shop.
pub async fn open_by_store(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<(StoreId, u64)>> {
    const SQL: &str =
        "select store_id, count(*) from alarms where org_id = $1 and cleared_at is null group by store_id";
    let rows = fetch_all!(tx, (Id, i64), SQL, org)?;
    Ok(rows.into_iter().map(|(id, count)| (StoreId(id.0), count as u64)).collect())
}

/// How many are open in the whole organization.
pub async fn open_count(tx: &mut Tx<'_>, org: OrgId) -> Result<u64> {
    const SQL: &str = "select count(*) from alarms where org_id = $1 and cleared_at is null";
    let (count,) = fetch_one!(tx, (i64,), SQL, org)?;
    Ok(count as u64)
}
