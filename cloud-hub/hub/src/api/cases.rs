//! `/api/v1/cases`: fraud and loss, worked on by people, closed by a second pair of eyes, handed out as evidence.

pub mod act;
pub mod evidence;
mod shapes;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use utoipa::IntoParams;
use uuid::Uuid;
use vyavs_domain::ids::{StoreId, UserId};
use vyavs_rules::case::{self as room, CaseId};
use vyavs_store::Tx;
use vyavs_store::cases::{self as rows, CaseFilter};

pub use shapes::{
    Case, CaseCommand, CaseDetail, CaseEntry, CaseFinding, CaseKind, CaseLink, CaseState, Cases, NewCase,
};

use super::HubState;
use super::change::Told;
use super::params::{Body, IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// Query of [`cases`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CasesQuery {
    /// Cases a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// In this state only: `open`, `in_review`, `proposed_close`, `closed`.
    #[param(value_type = Option<CaseState>)]
    pub state: Option<String>,
    /// Of this kind only: `fraud`, `loss`.
    #[param(value_type = Option<CaseKind>)]
    pub kind: Option<String>,
    /// Of one store only.
    pub store_id: Option<Uuid>,
    /// Assigned to this person.
    pub assignee: Option<Uuid>,
}

fn one_of(name: &'static str, given: Option<String>, known: &[&str]) -> Result<Option<String>, Problem> {
    match given.as_deref().filter(|text| !known.contains(text)) {
        Some(wrong) => Err(Problem::parameter(name, wrong, format!("one of {}", known.join(", ")))),
        None => Ok(given),
    }
}

impl Parameters for CasesQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            limit: pairs.number("limit", 1, 500, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
            state: one_of("state", pairs.one("state", "a state")?, &rows::STATES)?,
            kind: one_of("kind", pairs.one("kind", "a kind")?, &["fraud", "loss"])?,
            store_id: pairs.one("store_id", "a UUID")?,
            assignee: pairs.one("assignee", "a UUID")?,
        })
    }
}

/// A case of a store that the caller reaches.
async fn seen(tx: &mut Tx<'_>, viewer: &Viewer, found: Option<room::Case>) -> Result<room::Case, Problem> {
    let found = found.ok_or(Problem::NotFound("case"))?;
    viewer.store(tx, found.store).await.map_err(|problem| match problem {
        Problem::NotFound(_) => Problem::NotFound("case"),
        other => other,
    })?;
    Ok(found)
}

/// What the caller may not do, or not now.
fn refused(refusal: room::Refusal) -> Problem {
    match refusal {
        room::Refusal::Text { .. } => Problem::Body(refusal.to_string()),
        room::Refusal::NotAPerson => Problem::Forbidden { needs: "a person who is signed in" },
        other => Problem::Conflict(other.to_string()),
    }
}

/// Cases, newest first.
#[utoipa::path(get, path = "/cases", tag = "cases", params(CasesQuery), responses((status = 200, body = Cases), Problem),
    security(("session" = ["cases.read"]), ("bearer" = ["cases.read"])))]
pub(crate) async fn cases(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<CasesQuery>,
) -> Answer<Cases> {
    let after = cursor::<(Timestamp, CaseId)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let filter = CaseFilter {
        within: viewer.one_or_all(&mut tx, query.store_id.map(StoreId)).await?,
        state: query.state,
        kind: query.kind,
        assignee: query.assignee.map(UserId),
    };
    let mut found = rows::page(&mut tx, viewer.org, &filter, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut found, query.limit, |case| (case.opened_at, case.id));
    Ok(Json(Cases { cases: found.iter().map(Case::from).collect(), next_cursor, as_of: hub.clock.now() }))
}

/// Opens a case.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = NewCase,
    responses((status = 201, body = CaseDetail), Problem),
    security(("session" = ["cases.write"]), ("bearer" = ["cases.write"])))]
pub(crate) async fn open_case(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewCase>,
) -> Result<(StatusCode, Json<CaseDetail>), Problem> {
    let now = hub.clock.now();
    let mut change = hub.change(&viewer).await?;
    let by = super::alerts::actor(&viewer);
    let store = viewer.store(&mut change.tx, StoreId(new.store_id)).await?;
    let id = CaseId(Uuid::now_v7());
    let (mut case, entry) =
        room::open(id, new.kind.into(), store.id, new.title.trim().to_owned(), by, now).map_err(refused)?;
    act::keep(&mut change.tx, &viewer, &case, &entry).await?;
    for link in new.links {
        let link = act::linkable(&mut change.tx, &viewer, &link).await?;
        case = act::carry_out(&mut change.tx, &viewer, &case, room::Command::Link { link }, now).await?;
    }
    let entries = rows::entries(&mut change.tx, viewer.org, id).await?;
    let made = CaseDetail::of(&case, &entries, now);
    change.commit(Told::new("cases.open", id.0).after(&made.case)).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// A case with its timeline.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = Uuid, Path, description = "The case")),
    responses((status = 200, body = CaseDetail), Problem),
    security(("session" = ["cases.read"]), ("bearer" = ["cases.read"])))]
pub(crate) async fn case(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<CaseDetail> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let found = rows::get(&mut tx, viewer.org, CaseId(id)).await?;
    let found = seen(&mut tx, &viewer, found).await?;
    let entries = rows::entries(&mut tx, viewer.org, CaseId(id)).await?;
    Ok(Json(CaseDetail::of(&found, &entries, hub.clock.now())))
}
