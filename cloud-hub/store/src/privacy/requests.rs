//! What people asked for under the GDPR, and what became of it.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its id.
    pub id: Uuid,
    /// Whose tenant.
    pub org: OrgId,
    /// `access`, `portability` or `erasure`.
    pub kind: String,
    /// `customer` or `person`.
    pub about: String,
    /// The id of a person, or the standing pseudonym of a customer; empty once erased.
    pub subject: String,
    /// All pseudonyms of a customer; none for a person, and none once erased.
    pub pseudonyms: Vec<String>,
    /// Why, by a word of the ledger.
    pub reason: String,
    /// `preview`, `running`, `done`.
    pub state: String,
    /// Who took it down.
    pub asked_by: Uuid,
    /// When.
    pub created_at: Timestamp,
    /// By when it must be answered.
    pub due_at: Timestamp,
    /// When it was.
    pub ended_at: Option<Timestamp>,
    /// The job that answers it.
    pub job: Option<Uuid>,
    /// What an erasure would do.
    pub preview: Option<Value>,
    /// What was done.
    pub result: Option<Value>,
}

/// Notes a request.
pub async fn insert(tx: &mut Tx<'_>, request: &Request) -> Result<()> {
    const SQL: &str =
        "insert into privacy_requests (id, org_id, kind, about, subject, pseudonyms, reason, state, asked_by,
            created_at, due_at, job_id, preview)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    execute!(
        tx,
        SQL,
        request.id,
        request.org,
        request.kind.as_str(),
        request.about.as_str(),
        request.subject.as_str(),
        Json::of(&request.pseudonyms),
        request.reason.as_str(),
        request.state.as_str(),
        request.asked_by,
        request.created_at,
        request.due_at,
        request.job,
        request.preview.as_ref().map(Json::of)
    )?;
    Ok(())
}

type Row = (
    Id,
    String,
    String,
    String,
    Json,
    String,
    String,
    Id,
    i64,
    i64,
    Option<i64>,
    Option<Id>,
    Option<Json>,
    Option<Json>,
);

fn request(org: OrgId, row: Row) -> Request {
    let (id, kind, about, subject, pseudonyms, reason, state, asked_by, created, due, ended, job, preview, result) =
        row;
    Request {
        id: id.0,
        org,
        kind,
        about,
        subject,
        pseudonyms: serde_json::from_value(pseudonyms.value()).unwrap_or_default(),
        reason,
        state,
        asked_by: asked_by.0,
        created_at: instant(created),
        due_at: instant(due),
        ended_at: ended.map(instant),
        job: job.map(|job| job.0),
        preview: preview.map(|json| json.value()),
        result: result.map(|json| json.value()),
    }
}

/// A request of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Request>> {
    const SQL: &str =
        "select id, kind, about, subject, pseudonyms, reason, state, asked_by, created_at, due_at, ended_at,
            job_id, preview, result from privacy_requests where org_id = $1 and id = $2";
    Ok(fetch_optional!(tx, Row, SQL, org, id)?.map(|row| request(org, row)))
}

/// The requests of an organization, newest first, after the last one seen.
pub async fn page(tx: &mut Tx<'_>, org: OrgId, after: Option<(Timestamp, Uuid)>, limit: u32) -> Result<Vec<Request>> {
    const SQL: &str =
        "select id, kind, about, subject, pseudonyms, reason, state, asked_by, created_at, due_at, ended_at,
            job_id, preview, result from privacy_requests
        where org_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4";
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
    let rows = fetch_all!(tx, Row, SQL, org, at, id, i64::from(limit))?;
    Ok(rows.into_iter().map(|row| request(org, row)).collect())
}

/// Hands a previewed erasure to a job; `false` when it was confirmed before.
pub async fn confirm(tx: &mut Tx<'_>, org: OrgId, id: Uuid, job: Uuid) -> Result<bool> {
    const SQL: &str = "update privacy_requests set state = 'running', job_id = $3, version = version + 1
        where org_id = $1 and id = $2 and state = 'preview'";
    Ok(execute!(tx, SQL, org, id, job)? == 1)
}

/// Notes what was done.
pub async fn done(tx: &mut Tx<'_>, org: OrgId, id: Uuid, result: &Value, now: Timestamp) -> Result<()> {
    const SQL: &str = "update privacy_requests set state = 'done', ended_at = $4, result = $3, version = version + 1
        where org_id = $1 and id = $2";
    execute!(tx, SQL, org, id, Json::of(result), now)?;
    Ok(())
}

/// The customers that requests are about, after `after`.
pub async fn customers(tx: &mut Tx<'_>, org: OrgId, after: &str, limit: u32) -> Result<Vec<String>> {
    const SQL: &str = "select distinct subject from privacy_requests
        where org_id = $1 and about = 'customer' and subject > $2 order by subject limit $3";
    let rows = fetch_all!(tx, (String,), SQL, org, after, i64::from(limit))?;
    Ok(rows.into_iter().map(|(subject,)| subject).collect())
}

/// Takes a subject that was erased out of every request about it. Needs no more than the tenant's rights.
pub async fn forget(tx: &mut Tx<'_>, org: OrgId, about: &str, subject: &str) -> Result<u64> {
    const SQL: &str = "update privacy_requests set subject = '', pseudonyms = $4, version = version + 1
        where org_id = $1 and about = $2 and subject = $3";
    execute!(tx, SQL, org, about, subject, Json::of(&Vec::<String>::new()))
}
