//! What people do in a case.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_rules::case::{self as room, CaseId, Command, Entry, Link};
use vyavs_rules::incident::IncidentId;
use vyavs_store::{Tx, cases as rows, events, incidents, receipts};

use super::shapes::{CaseCommand, CaseDetail, CaseLink};
use super::{refused, seen};
use crate::api::alerts::{actor, assignable};
use crate::api::change::Told;
use crate::api::params::{Body, IdPath};
use crate::api::problem::{Answer, Problem};
use crate::api::viewer::Viewer;
use crate::api::{Hub, HubState};

/// Keeps a case with its newest entry.
pub(super) async fn keep(tx: &mut Tx<'_>, viewer: &Viewer, case: &room::Case, entry: &Entry) -> Result<(), Problem> {
    if rows::record(tx, viewer.org, case, entry).await? {
        return Ok(());
    }
    Err(Problem::Conflict("the case was changed by somebody else meanwhile; nothing was changed".to_owned()))
}

/// Carries a command out on a case that is held.
pub(super) async fn carry_out(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    case: &room::Case,
    command: Command,
    now: Timestamp,
) -> Result<room::Case, Problem> {
    let (after, entry) = room::apply(case, command, actor(viewer), now).map_err(refused)?;
    keep(tx, viewer, &after, &entry).await?;
    Ok(after)
}

/// Whether there is such a thing in a store that the caller reaches: what is linked can be looked at.
pub(super) async fn linkable(tx: &mut Tx<'_>, viewer: &Viewer, link: &CaseLink) -> Result<Link, Problem> {
    let (store, id) = match link {
        CaseLink::Receipt(id) => (receipts::get(tx, viewer.org, *id).await?.map(|found| found.head.store), id),
        CaseLink::TillEvent(id) => (events::store_of(tx, viewer.org, *id).await?, id),
        CaseLink::Alert(id) => {
            let found = incidents::get(tx, viewer.org, IncidentId(*id)).await?;
            (found.map(|found| found.incident.store), id)
        }
    };
    let wrong = || Problem::parameter("link", &id.to_string(), "a ticket, till event or alert of a store you reach");
    let store = store.ok_or_else(wrong)?;
    viewer.store(tx, store).await.map_err(|problem| match problem {
        Problem::NotFound(_) => wrong(),
        other => other,
    })?;
    Ok(link.into())
}

impl Hub {
    async fn work_on_case(&self, viewer: &Viewer, id: Uuid, action: &str, command: CaseWork) -> Answer<CaseDetail> {
        let now = self.clock.now();
        let mut change = self.change(viewer).await?;
        let held = rows::hold(&mut change.tx, viewer.org, CaseId(id)).await?;
        let before = seen(&mut change.tx, viewer, held).await?;
        let command = match command {
            CaseWork::Close => Command::Close,
            CaseWork::Entry(CaseCommand::StartReview) => Command::StartReview,
            CaseWork::Entry(CaseCommand::Comment { text }) => Command::Comment { text },
            CaseWork::Entry(CaseCommand::Link { link }) => {
                Command::Link { link: linkable(&mut change.tx, viewer, &link).await? }
            }
            CaseWork::Entry(CaseCommand::Unlink { link, cause }) => Command::Unlink { link: (&link).into(), cause },
            CaseWork::Entry(CaseCommand::Assign { user_id }) => {
                if let Some(id) = user_id {
                    assignable(&mut change.tx, viewer, id, before.store).await?;
                }
                Command::Assign { to: user_id.map(UserId) }
            }
            CaseWork::Entry(CaseCommand::ProposeClose { finding, note }) => {
                Command::ProposeClose { finding: finding.into(), note }
            }
            CaseWork::Entry(CaseCommand::RefuseClose { cause }) => Command::RefuseClose { cause },
            CaseWork::Entry(CaseCommand::Reopen { cause }) => Command::Reopen { cause },
        };
        let after = carry_out(&mut change.tx, viewer, &before, command, now).await?;
        let entries = rows::entries(&mut change.tx, viewer.org, CaseId(id)).await?;
        let shown = CaseDetail::of(&after, &entries, now);
        let told = Told::new(action, id).before(&rows::state_name(&before.state));
        change.commit(told.after(&shown.timeline.last())).await?;
        Ok(Json(shown))
    }
}

enum CaseWork {
    Entry(CaseCommand),
    Close,
}

/// Adds to the timeline of a case: a comment, a link, who looks at it, that it is thought to be done.
#[utoipa::path(post, path = "/cases/{id}/entries", tag = "cases", params(("id" = Uuid, Path, description = "The case")),
    request_body = CaseCommand, responses((status = 200, body = CaseDetail), Problem),
    security(("session" = ["cases.write"]), ("bearer" = ["cases.write"])))]
pub(crate) async fn add_case_entry(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(command): Body<CaseCommand>,
) -> Answer<CaseDetail> {
    hub.work_on_case(&viewer, id, "cases.entry", CaseWork::Entry(command)).await
}

/// Closes a case whose close another person proposed.
#[utoipa::path(post, path = "/cases/{id}/close", tag = "cases", params(("id" = Uuid, Path, description = "The case")),
    responses((status = 200, body = CaseDetail), Problem),
    security(("session" = ["cases.close"]), ("bearer" = ["cases.close"])))]
pub(crate) async fn close_case(State(hub): State<HubState>, viewer: Viewer, IdPath(id): IdPath) -> Answer<CaseDetail> {
    hub.work_on_case(&viewer, id, "cases.close", CaseWork::Close).await
}
