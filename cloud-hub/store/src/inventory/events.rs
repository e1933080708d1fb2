//! What happened to stock, booked once each and never rewritten.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};

use super::moved;
use crate::columns::{Exact, Id, instant, name_of, named};
use crate::reach::Within;
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_one, fetch_optional};
use crate::{Result, StoreError};

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockEventKind {
    /// Goods came in.
    Receipt,
    /// Somebody counted what is there.
    Count,
    /// Goods were thrown away.
    Waste,
    /// Goods went to another store.
    Transfer,
    /// Stock was corrected, up or down.
    Adjustment,
}

/// Something that happened to the stock of a product in a store.
#[derive(Clone, Debug, PartialEq)]
pub struct StockEvent {
    /// Its id; booking the same again changes nothing.
    pub id: Uuid,
    /// Where.
    pub store: StoreId,
    /// Of what.
    pub product: Uuid,
    /// What.
    pub kind: StockEventKind,
    /// What was counted, or how much moved; only an adjustment may be negative.
    pub quantity: Decimal,
    /// What it did to the stock: of a movement its quantity with its sign, of a count how far it was off.
    pub change: Decimal,
    /// The other end of a transfer.
    pub other_store: Option<StoreId>,
    /// Why.
    pub reason: Option<String>,
    /// A delivery note, an order, a form.
    pub reference: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When the hub was told.
    pub recorded_at: Timestamp,
    /// Who told it.
    pub actor: Uuid,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Booked {
    /// It was booked now; its effect is in `change`.
    New(StockEvent),
    /// It had been booked before, just so.
    Again(StockEvent),
    /// Its id belongs to an event that says something else.
    Other,
}

/// The id of the receiving end of a transfer.
fn arrival(id: Uuid) -> Uuid {
    let mut hash = blake3::Hasher::new();
    hash.update(b"vyavs transfer arrival");
    hash.update(id.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Books an event and what it does to the stock, in this transaction. `change` of the event given is not looked at. After
/// [`Booked::Other`] the caller rolls back.
pub async fn book(tx: &mut Tx<'_>, org: OrgId, event: &StockEvent) -> Result<Booked> {
    // Rows are locked in the order of their stores, so that two transfers that cross do not wait for each other.
    let mut stores = [Some(event.store), event.other_store];
    stores.sort_unstable();
    for store in stores.into_iter().flatten() {
        lock(tx, org, store, event).await?;
    }
    // Looked at under the lock: the same event may be told twice at once.
    if let Some(there) = get(tx, org, event.id).await? {
        let same = StockEvent { change: there.change, recorded_at: there.recorded_at, ..event.clone() };
        return Ok(if same == there { Booked::Again(there) } else { Booked::Other });
    }
    let signed = match event.kind {
        StockEventKind::Receipt | StockEventKind::Adjustment | StockEventKind::Count => event.quantity,
        StockEventKind::Waste | StockEventKind::Transfer => -event.quantity,
    };
    let mut event = StockEvent { change: signed, ..event.clone() };
    if event.kind == StockEventKind::Count {
        event.change = count(tx, org, &event).await?;
    } else {
        add(tx, org, &event).await?;
    }
    if !write(tx, org, &event).await? {
        return Ok(Booked::Other);
    }
    if let Some(other) = event.other_store {
        let at_other = StockEvent {
            id: arrival(event.id),
            store: other,
            other_store: Some(event.store),
            change: event.quantity,
            ..event.clone()
        };
        add(tx, org, &at_other).await?;
        write(tx, org, &at_other).await?;
        moved(tx, org, (other, event.product), event.recorded_at).await?;
    }
    moved(tx, org, (event.store, event.product), event.recorded_at).await?;
    Ok(Booked::New(event))
}

/// Makes the row where there is none, and holds it until the transaction ends. SQLite has one writer.
async fn lock(tx: &mut Tx<'_>, org: OrgId, store: StoreId, event: &StockEvent) -> Result<()> {
    const MAKE: &str =
        "insert into inventory (id, org_id, store_id, product_id, current_stock, reserved_stock, last_updated)
        values ($1, $2, $3, $4, $5, $5, $6) on conflict (store_id, product_id) do nothing";
    const HOLD: &str = "select id from inventory where org_id = $1 and store_id = $2 and product_id = $3 for update";
    let mut hash = blake3::Hasher::new();
    hash.update(b"vyavs inventory").update(store.0.as_bytes()).update(event.product.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    execute!(tx, MAKE, id, org, store, event.product, Decimal::ZERO, event.recorded_at)?;
    if matches!(tx.conn, Conn::Pg(_)) {
        fetch_all!(tx, (Id,), HOLD, org, store, event.product)?;
    }
    Ok(())
}

async fn row(tx: &mut Tx<'_>, org: OrgId, event: &StockEvent) -> Result<(Decimal, Option<Timestamp>)> {
    const SQL: &str = "select current_stock, counted_at from inventory
        where org_id = $1 and store_id = $2 and product_id = $3";
    let (booked, counted) = fetch_one!(tx, (Exact, Option<i64>), SQL, org, event.store, event.product)?;
    Ok((booked.0, counted.map(instant)))
}

async fn keep(
    tx: &mut Tx<'_>,
    org: OrgId,
    event: &StockEvent,
    (booked, counted): (Decimal, Option<Timestamp>),
) -> Result<()> {
    const SQL: &str = "update inventory set current_stock = $4, counted_at = $5, last_updated = $6
        where org_id = $1 and store_id = $2 and product_id = $3";
    execute!(tx, SQL, org, event.store, event.product, booked, counted, event.recorded_at)?;
    Ok(())
}

fn beyond() -> StoreError {
    StoreError::Stock("the stock would be beyond what can be counted")
}

/// A movement; one from before the last count changes nothing, for the count has seen it.
async fn add(tx: &mut Tx<'_>, org: OrgId, event: &StockEvent) -> Result<()> {
    let (booked, counted) = row(tx, org, event).await?;
    if counted.is_some_and(|counted| event.occurred_at <= counted) {
        return Ok(());
    }
    let booked = booked.checked_add(event.change).ok_or_else(beyond)?;
    keep(tx, org, event, (booked, counted)).await
}

/// A count; says how far the stock was off from what it should have been. One from before the last count is kept in the
/// list and changes nothing.
async fn count(tx: &mut Tx<'_>, org: OrgId, event: &StockEvent) -> Result<Decimal> {
    let (booked, counted) = row(tx, org, event).await?;
    let later = moved_after(tx, org, event).await?;
    if counted.is_some_and(|counted| event.occurred_at < counted) {
        return Ok(Decimal::ZERO);
    }
    let sold = match counted {
        Some(counted) => sold_between(tx, org, event, counted).await?,
        None => Decimal::ZERO,
    };
    let expected = booked.checked_sub(later).and_then(|then| then.checked_sub(sold)).ok_or_else(beyond)?;
    let now = event.quantity.checked_add(later).ok_or_else(beyond)?;
    keep(tx, org, event, (now, Some(event.occurred_at))).await?;
    event.quantity.checked_sub(expected).ok_or_else(beyond)
}

/// What moved after the instant of a count; SQLite keeps decimals as text, so they are summed here.
async fn moved_after(tx: &mut Tx<'_>, org: OrgId, event: &StockEvent) -> Result<Decimal> {
    const SQL: &str = "select change from stock_events where org_id = $1 and store_id = $2 and product_id = $3
        and occurred_at > $4 and kind <> 'count'";
    let rows = fetch_all!(tx, (Exact,), SQL, org, event.store, event.product, event.occurred_at)?;
    rows.into_iter().try_fold(Decimal::ZERO, |sum, (change,)| sum.checked_add(change.0)).ok_or_else(beyond)
}

async fn sold_between(tx: &mut Tx<'_>, org: OrgId, event: &StockEvent, from: Timestamp) -> Result<Decimal> {
    const SQL: &str = "select coalesce(cast(sum(round(cast(t.quantity as double precision) * 1000000)) as bigint), 0)
        from transactions t left join receipts r on r.id = t.receipt_id
        where t.org_id = $1 and t.store_id = $2 and t.product_id = $3 and t.transaction_time > $4
            and t.transaction_time <= $5 and coalesce(r.kind, 'sale') in ('sale', 'return')";
    let (micro,) = fetch_one!(tx, (i64,), SQL, org, event.store, event.product, from, event.occurred_at)?;
    Ok(Decimal::new(micro, 6).normalize())
}

async fn write(tx: &mut Tx<'_>, org: OrgId, event: &StockEvent) -> Result<bool> {
    const SQL: &str =
        "insert into stock_events (id, org_id, store_id, product_id, kind, quantity, change, other_store_id,
            reason, reference, occurred_at, recorded_at, actor_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (id) do nothing";
    let done = execute!(
        tx,
        SQL,
        event.id,
        org,
        event.store,
        event.product,
        name_of(event.kind),
        event.quantity,
        event.change,
        event.other_store,
        event.reason.as_deref(),
        event.reference.as_deref(),
        event.occurred_at,
        event.recorded_at,
        event.actor
    )?;
    Ok(done == 1)
}

type Row = (Id, Id, Id, String, Exact, Exact, Option<Id>, Option<String>, Option<String>, i64, i64, Id);

fn event(row: Row) -> Result<StockEvent> {
    let (id, store, product, kind, quantity, change, other, reason, reference, occurred, recorded, actor) = row;
    Ok(StockEvent {
        id: id.0,
        store: StoreId(store.0),
        product: product.0,
        kind: named("a stock event", &kind)?,
        quantity: quantity.0,
        change: change.0,
        other_store: other.map(|other| StoreId(other.0)),
        reason,
        reference,
        occurred_at: instant(occurred),
        recorded_at: instant(recorded),
        actor: actor.0,
    })
}

async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<StockEvent>> {
    const SQL: &str = "select id, store_id, product_id, kind, quantity, change, other_store_id, reason, reference,
            occurred_at, recorded_at, actor_id from stock_events where org_id = $1 and id = $2";
    fetch_optional!(tx, Row, SQL, org, id)?.map(event).transpose()
}

/// What happened, the newest first, after the last one seen.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    (within, product): (Within, Option<Uuid>),
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<StockEvent>> {
    const SQL: &str = "select id, store_id, product_id, kind, quantity, change, other_store_id, reason, reference,
            occurred_at, recorded_at, actor_id from stock_events
        where store_id in (select id from stores where organization_id = $1 and ($2 = '' or cast(id as text) = $2)
                and ($3 is null or exists (select 1 from reach where holder = $3 and store_id = stores.id)))
            and ($4 = '' or cast(product_id as text) = $4) and (occurred_at, id) < ($5, $6)
        order by occurred_at desc, id desc limit $7";
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    let store = text(within.store.map(|store| store.0));
    let rows = fetch_all!(tx, Row, SQL, org, store, within.holder, text(product), at, id, i64::from(limit))?;
    rows.into_iter().map(event).collect()
}
