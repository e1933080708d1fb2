//! The audit log: append-only, one chain an organization.
//!
//! `hash(n) = SHA-256(hash(n-1) ‖ entry(n))`, and `hash(0)` is 32 zero bytes. `entry` is the very text that is exported,
//! one JSON object on one line with its keys in alphabetical order, so that anybody can verify a file of it with any
//! SHA-256 (FIPS 180-4). The head beside the log tells whether entries were cut off at its end.

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_one, fetch_optional};

/// Who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person.
    Person(Uuid),
    /// A machine with a key.
    Key(Uuid),
    /// The hub itself: a job, the command line.
    Hub,
}

impl Actor {
    /// The id; nil for the hub.
    pub fn id(self) -> Uuid {
        match self {
            Self::Person(id) | Self::Key(id) => id,
            Self::Hub => Uuid::nil(),
        }
    }
}

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who. No name and no e-mail: the chain outlives people's right to be forgotten.
    pub actor: Actor,
    /// What: `stores.create`, or `POST /api/v1/stores` where the call failed before it had a name.
    pub action: String,
    /// On what: an id, mostly.
    pub object: Option<String>,
    /// The HTTP status; 0 outside of HTTP.
    pub status: u16,
    /// Finds the request in the hub's log.
    pub request_id: String,
    /// How it was, as far as it was changed.
    pub before: Option<Value>,
    /// How it is.
    pub after: Option<Value>,
}

/// An entry as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number, from 1 without holes.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// By whom; nil for the hub.
    pub actor: Uuid,
    /// What.
    pub action: String,
    /// On what.
    pub object: Option<String>,
    /// The text that was hashed.
    pub entry: String,
    /// The chain up to here.
    pub hash: Vec<u8>,
}

#[derive(Serialize)]
struct Line<'a> {
    action: &'a str,
    actor: Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    request_id: &'a str,
    seq: u64,
    status: u16,
}

fn link(before: &[u8], entry: &str) -> Vec<u8> {
    digest(&SHA256, &[before, entry.as_bytes()].concat()).as_ref().to_vec()
}

/// Writes an entry in the caller's transaction: it is there exactly when what it tells of is. Gives its number.
pub async fn append(tx: &mut Tx<'_>, org: OrgId, entry: &Entry) -> Result<u64> {
    const FIRST: &str =
        "insert into audit_heads (org_id, seq, hash) values ($1, 0, $2) on conflict (org_id) do nothing";
    // Takes the lock of the chain: a second writer waits here until the first has committed.
    const NEXT: &str = "update audit_heads set seq = seq + 1 where org_id = $1 returning seq, hash";
    const ADD: &str = "insert into audit_log (org_id, seq, at, actor_id, action, object, entry, hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    const HEAD: &str = "update audit_heads set hash = $2 where org_id = $1";
    execute!(tx, FIRST, org, vec![0_u8; 32])?;
    let (seq, before) = fetch_one!(tx, (i64, Vec<u8>), NEXT, org)?;
    let line = Line {
        action: &entry.action,
        actor: entry.actor,
        after: entry.after.as_ref(),
        at: entry.at,
        before: entry.before.as_ref(),
        object: entry.object.as_deref(),
        request_id: &entry.request_id,
        seq: seq as u64,
        status: entry.status,
    };
    // jsonb is not used for it, but a NUL is no text on PostgreSQL either.
    let text = crate::columns::Json::of(&line).0;
    let hash = link(&before, &text);
    let (actor, action, object) = (entry.actor.id(), entry.action.as_str(), entry.object.as_deref());
    execute!(tx, ADD, org, seq, entry.at, actor, action, object, text, hash.clone())?;
    execute!(tx, HEAD, org, hash)?;
    Ok(seq as u64)
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only by this actor.
    pub actor: Option<Uuid>,
    /// Only actions that begin so.
    pub action: String,
    /// Only on this object.
    pub object: String,
    /// From, to (excluded).
    pub span: (Option<Timestamp>, Option<Timestamp>),
}

type Row = (i64, i64, Id, String, Option<String>, String, Vec<u8>);

fn written((seq, at, actor, action, object, entry, hash): Row) -> Written {
    Written { seq: seq as u64, at: instant(at), actor: actor.0, action, object, entry, hash }
}

/// Newest first, below `before`.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &AuditFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Written>> {
    const SQL: &str = "select seq, at, actor_id, action, object, entry, hash from audit_log
        where org_id = $1 and seq < $2 and ($3 is null or actor_id = $3)
            and ($4 = '' or substr(action, 1, length($4)) = $4) and ($5 = '' or object = $5)
            and at >= $6 and at < $7
        order by seq desc limit $8";
    let before = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let (from, to) = filter.span;
    let rows = fetch_all!(
        tx,
        Row,
        SQL,
        org,
        before,
        filter.actor,
        filter.action.as_str(),
        filter.object.as_str(),
        from.map_or(i64::MIN, Timestamp::as_microsecond),
        to.map_or(i64::MAX, Timestamp::as_microsecond),
        i64::from(limit)
    )?;
    Ok(rows.into_iter().map(written).collect())
}

/// Where a chain is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tampered {
    /// An entry is gone.
    Missing(u64),
    /// An entry, its hash, or one of the columns beside it was altered.
    Altered(u64),
    /// Entries are gone at the end: the head knows of more, or of another last one.
    CutOff {
        /// The last entry that is there.
        last: u64,
        /// The last one the head knows.
        head: u64,
    },
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries that went when their time was over: the chain goes on from the hash of the last of them.
    pub dropped: u64,
    /// That hash; 32 zero bytes where nothing went.
    pub begins_with: Vec<u8>,
    /// How many entries stand in an unbroken chain after those.
    pub entries: u64,
    /// The hash of the last of them.
    pub hash: Vec<u8>,
    /// The first place where it is broken.
    pub broken: Option<Tampered>,
}

/// Walks the whole chain.
pub async fn verify(tx: &mut Tx<'_>, org: OrgId) -> Result<Verified> {
    const SQL: &str =
        "select seq, at, actor_id, action, object, entry, hash from audit_log where org_id = $1 order by seq";
    let (head, dropped) = head(tx, org).await?;
    let mut chain = Chain { seq: dropped.seq, hash: dropped.hash.clone() };
    let mut broken = None;
    macro_rules! walk {
        ($tx:expr) => {{
            let mut rows = sqlx::query_as::<_, Row>(SQL).bind(Id(org.0)).fetch(&mut **$tx).map_ok(written).boxed();
            while let Some(row) = rows.try_next().await? {
                if let Err(found) = chain.follow(&row) {
                    broken = Some(found);
                    break;
                }
            }
        }};
    }
    match &mut tx.conn {
        Conn::Sqlite(tx) => walk!(tx),
        Conn::Pg(tx) => walk!(tx),
    }
    if broken.is_none() && head != chain {
        broken = Some(Tampered::CutOff { last: chain.seq, head: head.seq });
    }
    let entries = chain.seq - dropped.seq;
    Ok(Verified { dropped: dropped.seq, begins_with: dropped.hash, entries, hash: chain.hash, broken })
}

/// The head of a chain, and where its entries begin.
async fn head(tx: &mut Tx<'_>, org: OrgId) -> Result<(Chain, Chain)> {
    const SQL: &str = "select seq, hash, dropped_seq, dropped_hash from audit_heads where org_id = $1";
    type Row = (i64, Vec<u8>, i64, Option<Vec<u8>>);
    let found = fetch_optional!(tx, Row, SQL, org)?;
    let (seq, hash, dropped, dropped_hash) = found.unwrap_or((0, vec![0; 32], 0, None));
    let begin = Chain { seq: dropped as u64, hash: dropped_hash.unwrap_or_else(|| vec![0; 32]) };
    Ok((Chain { seq: seq as u64, hash }, begin))
}

/// Takes entries off the front of the log, at most `most`, up to the first one that is not older than `before`; says how
/// many went. The head keeps the hash of the last of them, so that what is left still verifies. Needs the hub's own rights.
pub async fn drop_front(tx: &mut Tx<'_>, org: OrgId, before: Timestamp, most: u32) -> Result<u64> {
    const YOUNG: &str = "select seq from audit_log where org_id = $1 and at >= $2 order by seq limit 1";
    const HASH: &str = "select hash from audit_log where org_id = $1 and seq = $2";
    const NOTE: &str = "update audit_heads set dropped_seq = $2, dropped_hash = $3 where org_id = $1";
    const DROP: &str = "delete from audit_log where org_id = $1 and seq <= $2";
    let (head, dropped) = head(tx, org).await?;
    let kept = fetch_optional!(tx, (i64,), YOUNG, org, before)?.map_or(head.seq, |(seq,)| seq as u64 - 1);
    let last = kept.min(dropped.seq + u64::from(most)) as i64;
    // A chain with a hole there is left as it is: who verifies it shall find the hole.
    let Some((hash,)) = fetch_optional!(tx, (Vec<u8>,), HASH, org, last)? else { return Ok(0) };
    execute!(tx, NOTE, org, last, hash)?;
    execute!(tx, DROP, org, last)
}

#[derive(PartialEq, Eq)]
struct Chain {
    seq: u64,
    hash: Vec<u8>,
}

impl Chain {
    fn follow(&mut self, row: &Written) -> std::result::Result<(), Tampered> {
        if row.seq != self.seq + 1 {
            return Err(Tampered::Missing(self.seq + 1));
        }
        let hash = link(&self.hash, &row.entry);
        if hash != row.hash || !agrees(row) {
            return Err(Tampered::Altered(row.seq));
        }
        (self.seq, self.hash) = (row.seq, hash);
        Ok(())
    }
}

/// Whether the columns beside an entry say what it says.
fn agrees(row: &Written) -> bool {
    let Ok(entry) = serde_json::from_str::<Value>(&row.entry) else { return false };
    let actor = entry["actor"]["id"].as_str().map_or(Some(Uuid::nil()), |id| Uuid::try_parse(id).ok());
    let at = entry["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    entry["seq"].as_u64() == Some(row.seq)
        && entry["action"].as_str() == Some(row.action.as_str())
        && entry["object"].as_str() == row.object.as_deref()
        && actor == Some(row.actor)
        && at.map(Timestamp::as_microsecond) == Some(row.at.as_microsecond())
}

/// Oldest first, after `after`: what an export reads, a page at a time.
pub async fn oldest(tx: &mut Tx<'_>, org: OrgId, after: u64, limit: u32) -> Result<Vec<Written>> {
    const SQL: &str = "select seq, at, actor_id, action, object, entry, hash from audit_log
        where org_id = $1 and seq > $2 order by seq limit $3";
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    Ok(fetch_all!(tx, Row, SQL, org, after, i64::from(limit))?.into_iter().map(written).collect())
}
