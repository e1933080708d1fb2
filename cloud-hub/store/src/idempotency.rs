//! Answers kept under an Idempotency-Key, so that a write that is sent again changes nothing again.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::tx::{Tx, execute, fetch_one};

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Its Content-Type.
    pub content: String,
    /// Its body.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: the caller goes ahead and ends with [`finish`] or [`forget`].
    First,
    /// The same request is being answered now, or its process died over it.
    Running,
    /// The same request was answered so.
    Done(Answered),
    /// The key was used for another request.
    Other,
}

/// Takes a key for a request (its hash). A claim that is older than `stale` without an answer is taken over.
pub async fn begin(
    tx: &mut Tx<'_>,
    (org, actor, key): (OrgId, Uuid, &str),
    request: &[u8],
    now: Timestamp,
    stale: Timestamp,
) -> Result<Begun> {
    const TAKE: &str =
        "insert into idempotency (org_id, actor_id, key, request, created_at) values ($1, $2, $3, $4, $5)
        on conflict (org_id, actor_id, key) do nothing";
    const OVER: &str = "update idempotency set created_at = $5
        where org_id = $1 and actor_id = $2 and key = $3 and request = $4 and status is null and created_at < $6";
    const FIND: &str = "select request, status, content, body from idempotency
        where org_id = $1 and actor_id = $2 and key = $3";
    if execute!(tx, TAKE, org, actor, key, request.to_vec(), now)? == 1
        || execute!(tx, OVER, org, actor, key, request.to_vec(), now, stale)? == 1
    {
        return Ok(Begun::First);
    }
    type Row = (Vec<u8>, Option<i64>, Option<String>, Option<Vec<u8>>);
    let (known, status, content, body) = fetch_one!(tx, Row, FIND, org, actor, key)?;
    Ok(match status {
        _ if known != request => Begun::Other,
        None => Begun::Running,
        Some(status) => Begun::Done(Answered {
            status: u16::try_from(status).unwrap_or(500),
            content: content.unwrap_or_default(),
            body: body.unwrap_or_default(),
        }),
    })
}

/// Keeps the answer.
pub async fn finish(tx: &mut Tx<'_>, (org, actor, key): (OrgId, Uuid, &str), answer: &Answered) -> Result<()> {
    const SQL: &str = "update idempotency set status = $4, content = $5, body = $6
        where org_id = $1 and actor_id = $2 and key = $3";
    let status = i64::from(answer.status);
    execute!(tx, SQL, org, actor, key, status, answer.content.as_str(), answer.body.clone())?;
    Ok(())
}

/// Lets go of a key whose request failed before it changed anything, so that it may be tried again.
pub async fn forget(tx: &mut Tx<'_>, (org, actor, key): (OrgId, Uuid, &str)) -> Result<()> {
    const SQL: &str = "delete from idempotency where org_id = $1 and actor_id = $2 and key = $3 and status is null";
    execute!(tx, SQL, org, actor, key)?;
    Ok(())
}

/// Drops what is older than `before`; says how many. Needs the hub's own rights.
pub async fn sweep(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    execute!(tx, "delete from idempotency where created_at < $1", before)
}
