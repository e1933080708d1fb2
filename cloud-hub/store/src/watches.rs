//! What rules remember of their subjects, and who looks at an organization's rules.

use jiff::Timestamp;
use vyavs_domain::ids::{DeviceId, OrgId};
use vyavs_rules::rule::{Rule, RuleId, Subject, Watch};

use crate::Result;
use crate::columns::{Id, Json};
use crate::tx::{Tx, execute, fetch_all, fetch_one};

/// Holds the organization's rules until the transaction ends, so that two hubs never evaluate them at once; gives when the
/// hub last looked at its devices. `None` where nobody ever held them: the organization is new.
pub async fn hold(tx: &mut Tx<'_>, org: OrgId) -> Result<Option<Option<Timestamp>>> {
    // The update takes the row's lock on PostgreSQL; SQLite has one writer.
    if execute!(tx, "update rule_desks set turn = turn + 1 where org_id = $1", org)? == 0 {
        let made = execute!(tx, "insert into rule_desks (org_id) values ($1) on conflict do nothing", org)?;
        if made == 1 {
            return Ok(None);
        }
        // Another hub made it meanwhile, and has let go of it.
        execute!(tx, "update rule_desks set turn = turn + 1 where org_id = $1", org)?;
    }
    let (swept,) = fetch_one!(tx, (Option<i64>,), "select swept_at from rule_desks where org_id = $1", org)?;
    Ok(Some(swept.map(crate::columns::instant)))
}

/// Notes that the hub looked at its devices.
pub async fn swept(tx: &mut Tx<'_>, org: OrgId, at: Timestamp) -> Result<()> {
    execute!(tx, "update rule_desks set swept_at = $2 where org_id = $1", org, at)?;
    Ok(())
}

/// Organizations whose rules time may move: new ones, those whose devices were not looked at since `before`, those where
/// something fell due. Needs the hub's own rights.
pub async fn moved_by_time(tx: &mut Tx<'_>, now: Timestamp, before: Timestamp) -> Result<Vec<OrgId>> {
    const SQL: &str = "select o.id from organizations o left join rule_desks d on d.org_id = o.id
        where d.swept_at is null or d.swept_at <= $2
            or exists (select 1 from rule_watches w where w.org_id = o.id and w.due <= $1)
            or exists (select 1 from incidents i where i.org_id = o.id and i.due <= $1)
        order by o.id";
    Ok(fetch_all!(tx, (Id,), SQL, now, before)?.into_iter().map(|(id,)| OrgId(id.0)).collect())
}

/// What all rules remember of a subject; a state that does not read any more (another version wrote it) is left out.
pub async fn of(tx: &mut Tx<'_>, org: OrgId, subject: &Subject) -> Result<Vec<(RuleId, Watch)>> {
    const SQL: &str = "select rule_id, state from rule_watches where org_id = $1 and store_id = $2 and subject = $3";
    let rows = fetch_all!(tx, (Id, Json), SQL, org, subject.store, subject.name.as_str())?;
    let read = |(rule, state): (Id, Json)| Some((RuleId(rule.0), serde_json::from_str(&state.0).ok()?));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Keeps a watch. `device` is the box whose records its time depends on; nil: the hub's own clock.
pub async fn keep(tx: &mut Tx<'_>, org: OrgId, rule: &Rule, watch: &Watch, device: DeviceId) -> Result<()> {
    const SQL: &str = "insert into rule_watches (rule_id, store_id, subject, org_id, device_id, state, due)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (rule_id, store_id, subject) do update set
            device_id = excluded.device_id, state = excluded.state, due = excluded.due";
    let subject = watch.subject();
    let (state, due) = (Json::of(watch), watch.due(rule));
    execute!(tx, SQL, rule.id.0, subject.store, subject.name.as_str(), org, device, state, due)?;
    Ok(())
}

/// The boxes on whose time something is due by `now`; nil among them: the hub's own clock.
pub async fn due_devices(tx: &mut Tx<'_>, org: OrgId, now: Timestamp) -> Result<Vec<DeviceId>> {
    const SQL: &str = "select distinct device_id from rule_watches where org_id = $1 and due <= $2 order by device_id";
    Ok(fetch_all!(tx, (Id,), SQL, org, now)?.into_iter().map(|(id,)| DeviceId(id.0)).collect())
}

/// What is due by `through` on the time of a box, the longest overdue first. A state that does not read any more is taken
/// away: the rule begins anew there.
pub async fn due(
    tx: &mut Tx<'_>,
    org: OrgId,
    device: DeviceId,
    through: Timestamp,
    limit: u32,
) -> Result<Vec<(RuleId, Watch)>> {
    const SQL: &str = "select rule_id, store_id, subject, state from rule_watches
        where org_id = $1 and device_id = $2 and due <= $3 order by due, rule_id, store_id, subject limit $4";
    const DROP: &str = "delete from rule_watches where org_id = $1 and rule_id = $2 and store_id = $3 and subject = $4";
    let mut found = Vec::new();
    for (rule, store, subject, state) in
        fetch_all!(tx, (Id, Id, String, Json), SQL, org, device, through, i64::from(limit))?
    {
        match serde_json::from_str(&state.0) {
            Ok(watch) => found.push((RuleId(rule.0), watch)),
            Err(_) => {
                execute!(tx, DROP, org, rule, store, subject)?;
            }
        }
    }
    Ok(found)
}

/// Forgets all that a rule remembers; gives what it remembered, so that what fires can be cleared.
pub async fn forget(tx: &mut Tx<'_>, org: OrgId, rule: RuleId) -> Result<Vec<Watch>> {
    const SQL: &str = "select state from rule_watches where org_id = $1 and rule_id = $2 order by store_id, subject";
    let rows = fetch_all!(tx, (Json,), SQL, org, rule.0)?;
    execute!(tx, "delete from rule_watches where org_id = $1 and rule_id = $2", org, rule.0)?;
    Ok(rows.into_iter().filter_map(|(state,)| serde_json::from_str(&state.0).ok()).collect())
}
