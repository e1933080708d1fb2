//! What happened at the tills beside sales: opened drawers, receipts that could not be read, what a tap dropped.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::{DeviceId, OrgId, StoreId};

use crate::arrivals::{self, Detail, stretch};
use crate::columns::{Id, Json, instant};
use crate::origin::{Check, Inserted, Origin, int};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{Result, StoreError, sync};

/// An event as a record brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The record's number in stream 0.
    pub seq: u64,
    /// The event.
    pub event: TillEvent,
}

/// The id of an event: version 8 (RFC 9562 §5.8) over shop, till, instant and what it says, so a replay meets itself. The
/// instant is the device's own: what the hub makes of it may be another by the next time.
fn event_id(store: StoreId, event: &TillEvent) -> Uuid {
    let mut hash = blake3::Hasher::new();
    hash.update(store.0.as_bytes());
    hash.update(event.terminal.as_str().as_bytes());
    hash.update(&[0]);
    hash.update(&event.at.as_microsecond().to_le_bytes());
    hash.update(Json::of(&event.kind).0.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The name a kind is stored and asked for by.
fn kind_of(kind: &TillEventKind) -> &'static str {
    match kind {
        TillEventKind::NoSale { .. } => "no_sale",
        TillEventKind::Quarantined { .. } => "quarantined",
        TillEventKind::ImageOnly => "image_only",
        TillEventKind::TapLoss { .. } => "tap_loss",
        TillEventKind::LineVoided { .. } => "line_voided",
        TillEventKind::SignOn { .. } => "sign_on",
        TillEventKind::SignOff { .. } => "sign_off",
    }
}

/// Stores events once.
pub async fn insert(tx: &mut Tx<'_>, origin: &Origin, rows: &[EventRow]) -> Result<Inserted> {
    const SQL: &str =
        "insert into till_events (id, org_id, store_id, device_id, terminal, at, kind, detail, epoch, seq, device_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing";
    let mut done = Inserted::default();
    for row in rows {
        Check(row.seq).seq()?;
        let event = &row.event;
        let clock = origin.clock.behind(event.at);
        let touched = execute!(
            tx,
            SQL,
            event_id(origin.store, event),
            origin.org,
            origin.store,
            origin.device,
            &event.terminal,
            clock.event_time(event.at),
            kind_of(&event.kind),
            Json::of(&event.kind),
            int(origin.epoch),
            int(row.seq),
            clock.device_time(event.at)
        )?;
        done += Inserted { new: touched, duplicate: 1 - touched.min(1) };
    }
    if done.new > 0 {
        let at = |row: &EventRow| origin.clock.behind(row.event.at).event_time(row.event.at);
        let detail = Detail { events: stretch(rows.iter().map(at)), ..Detail::default() };
        arrivals::note(tx, origin, &detail).await?;
    }
    sync::count_duplicates(tx, origin, "event", done.duplicate).await?;
    Ok(done)
}

/// An event and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Its id at the hub.
    pub id: Uuid,
    /// The box that saw it.
    pub device: DeviceId,
    /// The event.
    pub event: TillEvent,
}

/// Events of a shop, newest first, beginning after the time and id of the last one seen.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<StoredEvent>> {
    const SQL: &str = "select id, device_id, terminal, at, detail from till_events
        where org_id = $1 and store_id = $2 and (at, id) < ($3, $4) order by at desc, id desc limit $5";
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    let rows = fetch_all!(tx, (Id, Id, String, i64, Json), SQL, org, store, at, id, i64::from(limit))?;
    rows.into_iter()
        .map(|(id, device, terminal, at, detail)| {
            let wrong = |what, got: &str| StoreError::from(crate::ForeignValue { what, got: got.to_owned() });
            Ok(StoredEvent {
                id: id.0,
                device: DeviceId(device.0),
                event: TillEvent {
                    terminal: terminal.parse().map_err(|_| wrong("a terminal", &terminal))?,
                    at: instant(at),
                    kind: serde_json::from_str(&detail.0).map_err(|_| wrong("a till event", &detail.0))?,
                },
            })
        })
        .collect()
}

/// The shop of an event; `None` for another organization's, too.
pub async fn store_of(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<StoreId>> {
    const SQL: &str = "select store_id from till_events where org_id = $1 and id = $2";
    Ok(fetch_optional!(tx, (Id,), SQL, org, id)?.map(|(store,)| StoreId(store.0)))
}
