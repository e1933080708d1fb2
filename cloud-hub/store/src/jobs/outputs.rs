//! The files that jobs made. The bytes lie in a folder of the hub; here is what they are, and until when.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// A file of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The job that made it.
    pub job: Uuid,
    /// Whose.
    pub org: OrgId,
    /// What a download is called.
    pub name: String,
    /// What HTTP calls its content.
    pub media_type: String,
    /// Its name in the hub's folder.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// BLAKE3 of the bytes, hexadecimal.
    pub digest: String,
    /// Rows in it.
    pub rows: u64,
    /// Control totals, and what is missing or noted, section by section.
    pub totals: Value,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
    /// Since when it is gone.
    pub removed_at: Option<Timestamp>,
}

type Row = (Id, Id, String, String, String, i64, String, i64, Json, i64, i64, Option<i64>);

fn output(row: Row) -> Output {
    let (job, org, name, media_type, file, size, digest, rows, totals, created, expires, removed) = row;
    Output {
        job: job.0,
        org: OrgId(org.0),
        name,
        media_type,
        file,
        size: size.unsigned_abs(),
        digest,
        rows: rows.unsigned_abs(),
        totals: totals.value(),
        created_at: instant(created),
        expires_at: instant(expires),
        removed_at: removed.map(instant),
    }
}

/// Notes a file, in the transaction that finishes its job.
pub async fn put(tx: &mut Tx<'_>, output: &Output) -> Result<()> {
    const SQL: &str = "insert into job_outputs (job_id, org_id, name, media_type, file, size, digest, rows, totals,
            created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    execute!(
        tx,
        SQL,
        output.job,
        output.org,
        output.name.as_str(),
        output.media_type.as_str(),
        output.file.as_str(),
        i64::try_from(output.size).unwrap_or(i64::MAX),
        output.digest.as_str(),
        i64::try_from(output.rows).unwrap_or(i64::MAX),
        Json::of(&output.totals),
        output.created_at,
        output.expires_at
    )?;
    Ok(())
}

/// The file of a job of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, job: Uuid) -> Result<Option<Output>> {
    const SQL: &str =
        "select job_id, org_id, name, media_type, file, size, digest, rows, totals, created_at, expires_at,
            removed_at from job_outputs where org_id = $1 and job_id = $2";
    Ok(fetch_optional!(tx, Row, SQL, org, job)?.map(output))
}

/// Marks files whose time is over as gone, and says which they are. Needs the hub's own rights.
pub async fn expire(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<String>> {
    const SQL: &str =
        "update job_outputs set removed_at = $1 where removed_at is null and expires_at <= $1 returning file";
    Ok(fetch_all!(tx, (String,), SQL, now)?.into_iter().map(|(file,)| file).collect())
}

/// Whether a file of the folder is nobody's: neither noted, nor being written by the worker that holds `job` by `fence`.
/// Needs the hub's own rights.
pub async fn is_stray(tx: &mut Tx<'_>, file: &str, job: Uuid, fence: i64) -> Result<bool> {
    const SQL: &str = "select 1 where exists
            (select 1 from job_outputs where job_id = $2 and file = $1 and removed_at is null)
        or exists (select 1 from jobs where id = $2 and fence = $3 and state = 'running')";
    type One = (i32,);
    Ok(fetch_optional!(tx, One, SQL, file, job, fence)?.is_none())
}
