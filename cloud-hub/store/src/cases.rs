//! Cases of fraud and loss, each entry a line that is hashed with the one before it.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_rules::case::{Case, CaseId, Entry, State};

use crate::columns::{Json, name_of};
use crate::reach::Within;
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result};

/// The name of a state, as it is kept and asked for.
pub fn state_name(state: &State) -> &'static str {
    match state {
        State::Open => "open",
        State::InReview => "in_review",
        State::ProposedClose { .. } => "proposed_close",
        State::Closed { .. } => "closed",
    }
}

/// Every name a state can have.
pub const STATES: [&str; 4] = ["open", "in_review", "proposed_close", "closed"];

/// Keeps a case together with the entry that made it what it is. `false` when somebody else changed it meanwhile: then
/// nothing was kept.
pub async fn record(tx: &mut Tx<'_>, org: OrgId, case: &Case, entry: &Entry) -> Result<bool> {
    const ADD: &str =
        "insert into cases (id, org_id, store_id, kind, state, assignee, opened_at, changed_at, entries, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing";
    const CHANGE: &str =
        "update cases set state = $4, assignee = $5, changed_at = $6, entries = entries + 1, body = $7,
            finding = $8
        where org_id = $1 and id = $2 and entries = $3";
    const ENTRY: &str =
        "insert into case_entries (case_id, seq, org_id, at, line, hash) values ($1, $2, $3, $4, $5, $6)";
    let seq = i64::try_from(entry.seq).unwrap_or(i64::MAX);
    let state = state_name(&case.state);
    let kept = if entry.seq == 1 {
        execute!(
            tx,
            ADD,
            case.id.0,
            org,
            case.store,
            name_of(case.kind),
            state,
            case.assignee,
            case.opened_at,
            case.changed_at,
            seq,
            Json::of(case)
        )?
    } else {
        let finding = match &case.state {
            State::Closed { finding } => Some(name_of(*finding)),
            _ => None,
        };
        execute!(tx, CHANGE, org, case.id.0, seq - 1, state, case.assignee, case.changed_at, Json::of(case), finding)?
    };
    if kept != 1 {
        return Ok(false);
    }
    execute!(tx, ENTRY, case.id.0, seq, org, entry.at, entry.line(), entry.hash().to_string())?;
    Ok(true)
}

fn read((body,): (Json,)) -> Result<Case> {
    Ok(serde_json::from_str(&body.0).map_err(|_| ForeignValue { what: "a case", got: body.0 })?)
}

/// A case of an organization; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: CaseId) -> Result<Option<Case>> {
    fetch_optional!(tx, (Json,), "select body from cases where org_id = $1 and id = $2", org, id.0)?
        .map(read)
        .transpose()
}

/// The same, held until the transaction ends.
pub async fn hold(tx: &mut Tx<'_>, org: OrgId, id: CaseId) -> Result<Option<Case>> {
    // Takes the row's lock on PostgreSQL; SQLite has one writer.
    execute!(tx, "update cases set entries = entries where org_id = $1 and id = $2", org, id.0)?;
    get(tx, org, id).await
}

/// The whole timeline, in order: the lines as they were hashed, read back.
pub async fn entries(tx: &mut Tx<'_>, org: OrgId, id: CaseId) -> Result<Vec<Entry>> {
    const SQL: &str = "select line from case_entries where org_id = $1 and case_id = $2 order by seq";
    fetch_all!(tx, (String,), SQL, org, id.0)?
        .into_iter()
        .map(|(line,)| {
            Ok(serde_json::from_str(&line).map_err(|_| ForeignValue { what: "an entry of a case", got: line })?)
        })
        .collect()
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// In which shops.
    pub within: Within,
    /// In this state.
    pub state: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Who looks at it.
    pub assignee: Option<UserId>,
}

/// Newest first, beginning after `after`.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &CaseFilter,
    after: Option<(Timestamp, CaseId)>,
    limit: u32,
) -> Result<Vec<Case>> {
    const SQL: &str = "select c.body from cases c where c.org_id = $1
            and ($2 = '' or cast(c.store_id as text) = $2)
            and ($3 is null or exists (select 1 from reach r where r.holder = $3 and r.store_id = c.store_id))
            and ($4 = '' or c.state = $4) and ($5 = '' or c.kind = $5) and ($6 = '' or cast(c.assignee as text) = $6)
            and (c.opened_at, c.id) < ($7, $8)
        order by c.opened_at desc, c.id desc limit $9";
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id.0));
    let rows = fetch_all!(
        tx,
        (Json,),
        SQL,
        org,
        text(filter.within.store.map(|store| store.0)),
        filter.within.holder,
        filter.state.as_deref().unwrap_or_default(),
        filter.kind.as_deref().unwrap_or_default(),
        text(filter.assignee.map(|id| id.0)),
        at,
        id,
        i64::from(limit)
    )?;
    rows.into_iter().map(read).collect()
}
