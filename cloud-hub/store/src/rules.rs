//! Rules as people write them: each change is a revision, and one of them runs.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_rules::Actor;
use vyavs_rules::rule::{Rule, RuleId};

use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result};

/// A rule with its newest revision.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRule {
    /// As its newest revision says.
    pub rule: Rule,
    /// The number of that revision.
    pub latest: i64,
    /// The revision that runs; `None`: none does.
    pub active: Option<i64>,
    /// Raised with every change: the ETag of the row.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Who wrote the newest revision.
    pub author: Actor,
    /// What the back-test of the newest revision found.
    pub backtest: Option<Backtested>,
}

/// What a back-test found.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtested {
    /// The job that did it.
    pub job: Uuid,
    /// What it found, as the caller wrote it out.
    pub found: Value,
    /// When.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "select r.id, r.latest, r.active, r.version, r.created_at, r.changed_at, v.body, v.author, v.backtest_job,
            v.backtest, v.backtested_at
        from rules r join rule_revisions v on v.rule_id = r.id and v.revision = r.latest
        where r.org_id = $1 and r.deleted_at is null"
    };
}

type Row = (Id, i64, Option<i64>, i64, i64, i64, Json, Json, Option<Id>, Option<Json>, Option<i64>);

fn stored(row: Row) -> Result<StoredRule> {
    let (_, latest, active, version, created, changed, body, author, job, found, at) = row;
    let backtest = match (job, found, at) {
        (Some(job), Some(found), Some(at)) => Some(Backtested { job: job.0, found: found.value(), at: instant(at) }),
        _ => None,
    };
    Ok(StoredRule {
        rule: read(&body)?,
        latest,
        active,
        version,
        created_at: instant(created),
        changed_at: instant(changed),
        author: serde_json::from_str(&author.0).map_err(|_| ForeignValue { what: "an author", got: author.0 })?,
        backtest,
    })
}

fn read(body: &Json) -> Result<Rule> {
    Ok(Rule::from_json(&body.0).map_err(|_| ForeignValue { what: "a rule", got: body.0.clone() })?)
}

/// Adds a rule with its first revision; `active` makes it run at once.
pub async fn insert(
    tx: &mut Tx<'_>,
    org: OrgId,
    rule: &Rule,
    active: bool,
    author: Actor,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str =
        "insert into rules (id, org_id, latest, active, created_at, changed_at) values ($1, $2, 1, $3, $4, $4)";
    execute!(tx, SQL, rule.id.0, org, active.then_some(1_i64), now)?;
    revise(tx, org, rule, 1, author, now).await
}

async fn revise(tx: &mut Tx<'_>, org: OrgId, rule: &Rule, revision: i64, author: Actor, now: Timestamp) -> Result<()> {
    const SQL: &str = "insert into rule_revisions (rule_id, revision, org_id, body, author, created_at)
        values ($1, $2, $3, $4, $5, $6)";
    execute!(tx, SQL, rule.id.0, revision, org, Json::of(rule), Json::of(&author), now)?;
    Ok(())
}

/// Adds a revision to the version given; `false` when the rule was changed meanwhile. What runs goes on to run.
pub async fn change(
    tx: &mut Tx<'_>,
    org: OrgId,
    before: &StoredRule,
    to: &Rule,
    author: Actor,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "update rules set latest = latest + 1, version = version + 1, changed_at = $4
        where org_id = $1 and id = $2 and version = $3 and deleted_at is null";
    if execute!(tx, SQL, org, to.id.0, before.version, now)? != 1 {
        return Ok(false);
    }
    revise(tx, org, to, before.latest + 1, author, now).await?;
    Ok(true)
}

/// Lets a revision run, or none; `false` when the rule was changed meanwhile.
pub async fn activate(
    tx: &mut Tx<'_>,
    org: OrgId,
    before: &StoredRule,
    revision: Option<i64>,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "update rules set active = $4, version = version + 1, changed_at = $5
        where org_id = $1 and id = $2 and version = $3 and deleted_at is null";
    Ok(execute!(tx, SQL, org, before.rule.id.0, before.version, revision, now)? == 1)
}

/// Takes a rule away; its incidents stay. `false` when it was changed meanwhile.
pub async fn delete(tx: &mut Tx<'_>, org: OrgId, before: &StoredRule, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update rules set active = null, deleted_at = $4, version = version + 1
        where org_id = $1 and id = $2 and version = $3 and deleted_at is null";
    Ok(execute!(tx, SQL, org, before.rule.id.0, before.version, now)? == 1)
}

/// A rule of an organization; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: RuleId) -> Result<Option<StoredRule>> {
    const SQL: &str = concat!(columns!(), " and r.id = $2");
    fetch_optional!(tx, Row, SQL, org, id.0)?.map(stored).transpose()
}

/// All of an organization, the oldest first.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<StoredRule>> {
    const SQL: &str = concat!(columns!(), " order by r.created_at, r.id");
    fetch_all!(tx, Row, SQL, org)?.into_iter().map(stored).collect()
}

/// What runs. A revision that does not read any more (another version wrote it) is handed back as its id.
pub async fn active(tx: &mut Tx<'_>, org: OrgId) -> Result<(Vec<Rule>, Vec<RuleId>)> {
    const SQL: &str = "select r.id, v.body from rules r
        join rule_revisions v on v.rule_id = r.id and v.revision = r.active
        where r.org_id = $1 and r.deleted_at is null order by r.created_at, r.id";
    let (mut run, mut unread) = (Vec::new(), Vec::new());
    for (id, body) in fetch_all!(tx, (Id, Json), SQL, org)? {
        match read(&body) {
            Ok(rule) => run.push(rule),
            Err(_) => unread.push(RuleId(id.0)),
        }
    }
    Ok((run, unread))
}

/// A revision of a rule, as it was written.
pub async fn revision(tx: &mut Tx<'_>, org: OrgId, id: RuleId, revision: i64) -> Result<Option<Rule>> {
    const SQL: &str = "select body from rule_revisions where org_id = $1 and rule_id = $2 and revision = $3";
    fetch_optional!(tx, (Json,), SQL, org, id.0, revision)?.map(|(body,)| read(&body)).transpose()
}

/// Notes what the back-test of a revision found.
pub async fn backtested(
    tx: &mut Tx<'_>,
    org: OrgId,
    (id, revision): (RuleId, i64),
    found: &Backtested,
) -> Result<bool> {
    const SQL: &str = "update rule_revisions set backtest_job = $4, backtest = $5, backtested_at = $6
        where org_id = $1 and rule_id = $2 and revision = $3";
    Ok(execute!(tx, SQL, org, id.0, revision, found.job, Json::of(&found.found), found.at)? == 1)
}

/// How useful people found what rules opened: useful and useless votes, by rule.
pub async fn votes(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<(RuleId, u64, u64)>> {
    const SQL: &str = "select rule_id, cast(sum(useful) as bigint), cast(sum(useless) as bigint) from incidents
        where org_id = $1 and rule_id is not null and (useful > 0 or useless > 0) group by rule_id";
    let rows = fetch_all!(tx, (Id, i64, i64), SQL, org)?;
    Ok(rows.into_iter().map(|(id, yes, no)| (RuleId(id.0), yes as u64, no as u64)).collect())
}
