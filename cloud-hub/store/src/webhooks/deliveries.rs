//! Calls of webhooks: put here in the transaction of what they tell of, and taken from here by workers, one at a time for
//! each endpoint, so that a slow one delays nobody else.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use uuid::{Builder, Uuid};
use vyavs_domain::ids::{OrgId, StoreId};

use crate::columns::{Id, instant};
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result, StoreError};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id: the same event told twice is delivered once.
    pub id: Uuid,
    /// `job.finished`, …
    pub kind: String,
    /// Where, if in one store.
    pub store: Option<StoreId>,
    /// When.
    pub at: Timestamp,
    /// What.
    pub data: Value,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// To be sent, or to be tried again.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// Given up; it can be replayed.
    Failed,
}

impl State {
    /// As in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for State {
    type Err = ForeignValue;
    fn from_str(text: &str) -> std::result::Result<Self, ForeignValue> {
        let all = [Self::Waiting, Self::Delivered, Self::Failed];
        let found = all.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| ForeignValue { what: "a state of a delivery", got: text.to_owned() })
    }
}

/// One event to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same at every attempt.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// To which endpoint.
    pub endpoint: Uuid,
    /// The kind of the event.
    pub kind: String,
    /// Where it happened.
    pub store: Option<StoreId>,
    /// What is signed and sent.
    pub body: String,
    /// What became of it.
    pub state: State,
    /// Attempts since it was made or replayed.
    pub attempt: i64,
    /// Attempts in all.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: i64,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, ms.
    pub took_ms: i64,
    /// The status that was answered.
    pub status: Option<i64>,
    /// Why there was no answer, or not a good one.
    pub error: Option<String>,
    /// The first of what was answered.
    pub head: Option<String>,
}

macro_rules! columns {
    () => {
        "id, org_id, endpoint_id, kind, store_id, body, state, attempt, attempts, next_at, created_at, ended_at, error"
    };
}

type Row = (Id, Id, Id, String, Option<Id>, String, String, i64, i64, i64, i64, Option<i64>, Option<String>);

fn delivery(row: Row) -> Result<Delivery> {
    let (id, org, endpoint, kind, store, body, state, attempt, attempts, next, created, ended, error) = row;
    Ok(Delivery {
        id: id.0,
        org: OrgId(org.0),
        endpoint: endpoint.0,
        kind,
        store: store.map(|id| StoreId(id.0)),
        body,
        state: state.parse().map_err(StoreError::Foreign)?,
        attempt,
        attempts,
        next_at: instant(next),
        created_at: instant(created),
        ended_at: ended.map(instant),
        error,
    })
}

/// The id of an event that is of one kind, about one thing, and happens to it once.
pub fn event_id(kind: &str, of: Uuid) -> Uuid {
    hashed(&[b"vyavs event", of.as_bytes(), kind.as_bytes()])
}

/// A UUID of version 8 out of what it stands for; all parts but the last are of one length each.
fn hashed(parts: &[&[u8]]) -> Uuid {
    let text = parts.concat();
    let mut half = [0; 16];
    half.copy_from_slice(&digest(&SHA256, &text).as_ref()[..16]);
    Builder::from_custom_bytes(half).into_uuid()
}

/// Has every endpoint that wants it told of an event, in the transaction of what happened; says how many.
pub async fn emit(tx: &mut Tx<'_>, org: OrgId, event: &Event) -> Result<u64> {
    const WHO: &str = "select id, events from webhook_endpoints where org_id = $1 and enabled order by id";
    let mut told = 0;
    for (endpoint, events) in fetch_all!(tx, (Id, String), WHO, org)? {
        if events.is_empty() || events.split_whitespace().any(|kind| kind == event.kind) {
            told += u64::from(send(tx, org, endpoint.0, event).await?.1);
        }
    }
    Ok(told)
}

/// Has one endpoint told of an event, whatever it asked for; gives the id, and whether it is new.
pub async fn send(tx: &mut Tx<'_>, org: OrgId, endpoint: Uuid, event: &Event) -> Result<(Uuid, bool)> {
    const SQL: &str =
        "insert into webhook_deliveries (id, org_id, endpoint_id, kind, store_id, body, state, next_at, created_at)
        values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7) on conflict (id) do nothing";
    let body = json!({
        "id": event.id, "type": event.kind, "timestamp": event.at, "organization_id": org, "store_id": event.store,
        "data": event.data,
    });
    // It hangs on its event and its endpoint, and on nothing else.
    let id = hashed(&[b"vyavs webhook delivery", event.id.as_bytes(), endpoint.as_bytes()]);
    let kind = event.kind.as_str();
    let added = execute!(tx, SQL, id, org, endpoint, kind, event.store, body.to_string(), event.at)?;
    Ok((id, added == 1))
}

/// Calls whose time has come, to a receiver that is called by nobody else now and does not rest.
macro_rules! due {
    ($now:literal) => {
        concat!(
            "select d.id from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
            where d.state = 'waiting' and d.next_at <= ",
            $now,
            " and (d.lease_until is null or d.lease_until <= ",
            $now,
            ") and e.enabled and (e.paused_until is null or e.paused_until <= ",
            $now,
            ") and not exists (select 1 from webhook_deliveries o
                where o.endpoint_id = d.endpoint_id and o.state = 'waiting' and o.lease_until > ",
            $now,
            ")"
        )
    };
}

/// Whether [`claim`] would find a call. A read, so that a hub with nothing to say never takes the writer's turn.
pub async fn is_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
    const SQL: &str = concat!(due!("$1"), " limit 1");
    Ok(fetch_optional!(tx, (Id,), SQL, now)?.is_some())
}

/// Takes the delivery due longest of endpoints that are on, do not rest and are not being called; as the hub itself.
pub async fn claim(tx: &mut Tx<'_>, lease: Uuid, now: Timestamp, until: Timestamp) -> Result<Option<Delivery>> {
    macro_rules! sql {
        ($lock:literal) => {
            concat!(
                "update webhook_deliveries set attempt = attempt + 1, attempts = attempts + 1, lease = $1, lease_until = $3
                where id = (",
                due!("$2"),
                " order by d.next_at, d.id limit 1 ",
                $lock,
                ") returning ",
                columns!()
            )
        };
    }
    let sql = match tx.conn {
        Conn::Sqlite(_) => sql!(""),
        Conn::Pg(_) => sql!("for update of d skip locked"),
    };
    fetch_optional!(tx, Row, sql, lease, now, until)?.map(delivery).transpose()
}

/// What an attempt leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It was taken.
    Delivered,
    /// Again, then.
    Again(Timestamp),
    /// Given up.
    Failed,
}

/// Writes down how an attempt went and what follows; `false` when the lease was lost meanwhile, and nothing was written.
pub async fn settle(tx: &mut Tx<'_>, of: &Delivery, lease: Uuid, how: &Attempt, next: Next) -> Result<bool> {
    const SQL: &str = "update webhook_deliveries set state = $3, next_at = $4, ended_at = $5, error = $6, lease = null, lease_until = null
        where id = $1 and lease = $2 and state = 'waiting'";
    const ADD: &str = "insert into webhook_attempts (delivery_id, number, org_id, at, took_ms, status, error, head)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (delivery_id, number) do nothing";
    let (state, again, ended) = match next {
        Next::Delivered => (State::Delivered, of.next_at, Some(how.at)),
        Next::Again(at) => (State::Waiting, at, None),
        Next::Failed => (State::Failed, of.next_at, Some(how.at)),
    };
    if execute!(tx, SQL, of.id, lease, state.as_str(), again, ended, how.error.as_deref())? != 1 {
        return Ok(false);
    }
    let (status, error, head) = (how.status, how.error.as_deref(), how.head.as_deref());
    execute!(tx, ADD, of.id, how.number, of.org, how.at, how.took_ms, status, error, head)?;
    Ok(true)
}

/// Sends a delivery again, from the first attempt on; `false` when there is none, or it waits already.
pub async fn replay(tx: &mut Tx<'_>, org: OrgId, id: Uuid, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update webhook_deliveries set state = 'waiting', attempt = 0, next_at = $3, ended_at = null
        where org_id = $1 and id = $2 and state <> 'waiting'";
    Ok(execute!(tx, SQL, org, id, now)? == 1)
}

/// A delivery of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Delivery>> {
    const SQL: &str = concat!("select ", columns!(), " from webhook_deliveries where org_id = $1 and id = $2");
    fetch_optional!(tx, Row, SQL, org, id)?.map(delivery).transpose()
}

/// The deliveries of an endpoint, newest first, from after `after`.
pub async fn page(
    tx: &mut Tx<'_>,
    (org, endpoint): (OrgId, Uuid),
    state: Option<State>,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    const SQL: &str = concat!(
        "select ",
        columns!(),
        " from webhook_deliveries where org_id = $1 and endpoint_id = $2 and ($3 is null or state = $3)
            and ($4 is null or created_at < $4 or (created_at = $4 and id < $5))
        order by created_at desc, id desc limit $6"
    );
    let (at, id) = after.unzip();
    let rows = fetch_all!(tx, Row, SQL, org, endpoint, state.map(State::as_str), at, id, i64::from(limit))?;
    rows.into_iter().map(delivery).collect()
}

/// The newest attempts of a delivery, the last first.
pub async fn attempts(tx: &mut Tx<'_>, org: OrgId, delivery: Uuid, limit: u32) -> Result<Vec<Attempt>> {
    const SQL: &str = "select number, at, took_ms, status, error, head from webhook_attempts
        where org_id = $1 and delivery_id = $2 order by number desc limit $3";
    type Row = (i64, i64, i64, Option<i64>, Option<String>, Option<String>);
    let attempt = |(number, at, took_ms, status, error, head): Row| Attempt {
        number,
        at: instant(at),
        took_ms,
        status,
        error,
        head,
    };
    Ok(fetch_all!(tx, Row, SQL, org, delivery, i64::from(limit))?.into_iter().map(attempt).collect())
}
