//! To whom the reports of a schedule go, and what went to whom.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::Result;
use crate::columns::Id;
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// The people a schedule's reports go to.
pub async fn of(tx: &mut Tx<'_>, org: OrgId, schedule: Uuid) -> Result<Vec<UserId>> {
    const SQL: &str = "select user_id from schedule_recipients where org_id = $1 and schedule_id = $2 order by user_id";
    Ok(fetch_all!(tx, (Id,), SQL, org, schedule)?.into_iter().map(|(id,)| UserId(id.0)).collect())
}

/// The same of every schedule of an organization.
pub async fn all(tx: &mut Tx<'_>, org: OrgId) -> Result<BTreeMap<Uuid, Vec<UserId>>> {
    const SQL: &str = "select schedule_id, user_id from schedule_recipients where org_id = $1 order by user_id";
    let mut found: BTreeMap<Uuid, Vec<UserId>> = BTreeMap::new();
    for (schedule, user) in fetch_all!(tx, (Id, Id), SQL, org)? {
        found.entry(schedule.0).or_default().push(UserId(user.0));
    }
    Ok(found)
}

/// Puts these people in place of those there were.
pub async fn set(tx: &mut Tx<'_>, org: OrgId, schedule: Uuid, people: &[UserId]) -> Result<()> {
    const CLEAR: &str = "delete from schedule_recipients where org_id = $1 and schedule_id = $2";
    const ADD: &str = "insert into schedule_recipients (org_id, schedule_id, user_id) values ($1, $2, $3)
        on conflict do nothing";
    execute!(tx, CLEAR, org, schedule)?;
    for person in people {
        execute!(tx, ADD, org, schedule, *person)?;
    }
    Ok(())
}

/// A report that goes to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// That of the notification and of the mail.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// The job that made the report.
    pub job: Uuid,
    /// To whom.
    pub user: UserId,
    /// Whether the file goes with the mail.
    pub attach: bool,
    /// When.
    pub at: Timestamp,
}

/// Notes a delivery; once.
pub async fn note(tx: &mut Tx<'_>, of: &Delivery) -> Result<()> {
    const SQL: &str = "insert into report_deliveries (id, org_id, job_id, user_id, attach, at)
        values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing";
    execute!(tx, SQL, of.id, of.org, of.job, of.user, of.attach, of.at)?;
    Ok(())
}

/// Whether the report of a job went to a person.
pub async fn went_to(tx: &mut Tx<'_>, org: OrgId, user: UserId, job: Uuid) -> Result<bool> {
    const SQL: &str = "select id from report_deliveries where org_id = $1 and user_id = $2 and job_id = $3 limit 1";
    Ok(fetch_optional!(tx, (Id,), SQL, org, user, job)?.is_some())
}

/// The job whose file goes with a mail; `None` where none does.
pub async fn file_with(tx: &mut Tx<'_>, org: OrgId, mail: Uuid) -> Result<Option<Uuid>> {
    const SQL: &str = "select job_id from report_deliveries where org_id = $1 and id = $2 and attach";
    Ok(fetch_optional!(tx, (Id,), SQL, org, mail)?.map(|(id,)| id.0))
}
