//! The people of the organization: who they are, what they may do, and where.

mod shapes;

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, UserId};
use vyavs_store::users::User;
use vyavs_store::webhooks::deliveries::{self, Event, event_id};
use vyavs_store::{Tx, links, reach, sessions, stores, users};

pub use self::shapes::{ExplainQuery, Explanation, NewPerson, People, Person, PersonChange, RoleInfo, Roles};
use super::change::Told;
use super::invitations::invite;
use super::params::{Body, IdPath, Params, label};
use super::problem::{Answer, Problem};
use super::version::{etag, expected};
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::access::{self, Permission, Role};
use crate::identity::links::INVITATION;
use crate::identity::people::{self as identity, PeopleError};

async fn read(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<(User, BTreeSet<StoreId>), Problem> {
    let user = users::get(tx, org, UserId(id)).await?.ok_or(Problem::NotFound("person"))?;
    let reach = if user.everywhere { BTreeSet::new() } else { reach::stores(tx, org, id).await? };
    Ok((user, reach))
}

fn answer(
    status: StatusCode,
    (user, reach): (&User, &BTreeSet<StoreId>),
    invited_until: Option<Timestamp>,
    as_of: Timestamp,
) -> Response {
    let person = Person { invited_until, ..Person::of(user, reach, as_of) };
    (status, etag(user.version), Json(person)).into_response()
}

/// Who has not accepted an invitation yet, and until when it can be accepted.
async fn invited(tx: &mut Tx<'_>, org: OrgId) -> Result<HashMap<UserId, Timestamp>, Problem> {
    Ok(links::open(tx, org, INVITATION).await?.into_iter().collect())
}

/// The people of the organization.
#[utoipa::path(get, path = "/users", tag = "people", responses((status = 200, body = People), Problem),
    security(("session" = ["users.read"]), ("bearer" = ["users.read"])))]
pub(crate) async fn people(State(hub): State<HubState>, viewer: Viewer) -> Answer<People> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let all = reach::all(&mut tx, viewer.org).await?;
    let of = |id: Uuid| all.iter().filter(|(holder, _)| *holder == id).map(|(_, store)| *store).collect();
    let (users, invited) = (users::list(&mut tx, viewer.org).await?, invited(&mut tx, viewer.org).await?);
    let person =
        |user: &User| Person { invited_until: invited.get(&user.id).copied(), ..Person::of(user, &of(user.id.0), now) };
    Ok(Json(People { users: users.iter().map(person).collect(), as_of: now }))
}

/// One person.
#[utoipa::path(get, path = "/users/{id}", tag = "people", params(("id" = Uuid, Path, description = "The person")),
    responses((status = 200, body = Person, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["users.read"]), ("bearer" = ["users.read"])))]
pub(crate) async fn person(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<Response, Problem> {
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let (user, reach) = read(&mut tx, viewer.org, id).await?;
    let until = invited(&mut tx, viewer.org).await?.get(&user.id).copied();
    Ok(answer(StatusCode::OK, (&user, &reach), until, hub.clock.now()))
}

/// Whether the caller may make somebody this.
pub(super) fn may_grant(viewer: &Viewer, role: Role) -> Result<(), Problem> {
    match viewer.person()?.role.may_grant(role) {
        true => Ok(()),
        false => Err(Problem::Forbidden { needs: "the role owner, to make or change administrators and owners" }),
    }
}

/// Gives a person a reach: all stores, or some; never beyond the caller's own.
pub(super) async fn set_reach(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    holder: Uuid,
    (all, some): (bool, &[Uuid]),
) -> Result<BTreeSet<StoreId>, Problem> {
    let own = viewer.reach(tx).await?;
    if all && own.is_some() {
        return Err(Problem::Forbidden { needs: "a reach of all stores, to give one" });
    }
    let wanted: BTreeSet<StoreId> =
        if all { BTreeSet::new() } else { some.iter().map(|store| StoreId(*store)).collect() };
    for store in &wanted {
        viewer.store(tx, *store).await.map_err(|_| {
            Problem::parameter("store_ids", &store.to_string(), "a list of stores that you reach yourself")
        })?;
    }
    reach::set(tx, viewer.org, holder, &wanted).await?;
    Ok(wanted)
}

/// Adds a person: with a first password to be told to them, or without, and a mail invites them to choose one.
#[utoipa::path(post, path = "/users", tag = "people", request_body = NewPerson,
    responses((status = 201, body = Person, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["users.write", "step-up"]), ("bearer" = ["users.write", "step-up"])))]
pub(crate) async fn create_person(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewPerson>,
) -> Result<Response, Problem> {
    may_grant(&viewer, new.role)?;
    let name = new.name.as_deref().map(|name| label("name", name, 120)).transpose()?.unwrap_or("");
    let by_mail = new.password.is_none();
    let hash = match new.password {
        Some(password) => identity::hashed(&hub.passwords, &new.email, password).await?,
        None => identity::nobody_s(&hub.passwords).await?,
    };
    let mut change = hub.change(&viewer).await?;
    let mut user = identity::newcomer(viewer.org, &new.email, new.role.as_str(), hash, hub.clock.now())?;
    (user.name, user.everywhere) = (name.to_owned(), new.all_stores);
    match users::insert(&mut change.tx, &user).await {
        // Whoever has it: that an e-mail is known at another organization is not told apart from the own.
        Err(error) if error.is_taken() => return Err(PeopleError::Taken(user.email).into()),
        done => done?,
    }
    let reach = set_reach(&mut change.tx, &viewer, user.id.0, (new.all_stores, &new.store_ids)).await?;
    let until = match by_mail {
        true => Some(invite(&hub, &mut change.tx, &user).await?.expires_at),
        false => None,
    };
    let after = shapes::said(&user, &reach);
    let event = Event {
        id: event_id("user.created", user.id.0),
        kind: "user.created".to_owned(),
        store: None,
        at: user.created_at,
        data: json!({"user_id": user.id, "role": user.role}),
    };
    deliveries::emit(&mut change.tx, viewer.org, &event).await?;
    change.commit(Told::new("users.create", user.id).after(&after)).await?;
    hub.messages.ring();
    Ok(answer(StatusCode::CREATED, (&user, &reach), until, hub.clock.now()))
}

/// Changes name, role, reach, or shuts a person out. Shutting out ends every sign-in at once.
#[utoipa::path(patch, path = "/users/{id}", tag = "people", request_body = PersonChange,
    params(("id" = Uuid, Path, description = "The person"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = Person, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["users.write", "step-up"]), ("bearer" = ["users.write", "step-up"])))]
pub(crate) async fn change_person(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    headers: HeaderMap,
    Body(request): Body<PersonChange>,
) -> Result<Response, Problem> {
    let (version, now) = (expected(&headers, "a person")?, hub.clock.now());
    let mut change = hub.change_as_hub(&viewer).await?;
    let (user, reach_before) = read(&mut change.tx, viewer.org, id).await?;
    let role_before: Role = user.role.parse().unwrap_or(Role::Viewer);
    may_grant(&viewer, role_before)?;
    let mut next = User { version, ..user.clone() };
    if let Some(name) = &request.name {
        next.name = label("name", name, 120)?.to_owned();
    }
    if let Some(role) = request.role {
        may_grant(&viewer, role)?;
        next.role = role.as_str().to_owned();
    }
    if let Some(disabled) = request.disabled {
        next.disabled_at = disabled.then(|| user.disabled_at.unwrap_or(now));
    }
    let itself = viewer.actor.id() == id;
    if itself && (next.role != user.role || next.disabled_at.is_some()) {
        return Err(Problem::Conflict(
            "nobody changes the own role or shuts themselves out; ask another owner".to_owned(),
        ));
    }
    let reach = match (request.all_stores, &request.store_ids) {
        (None, None) => reach_before.clone(),
        (all, some) => {
            next.everywhere = all.unwrap_or(false);
            set_reach(&mut change.tx, &viewer, id, (next.everywhere, some.as_deref().unwrap_or(&[]))).await?
        }
    };
    if !users::change(&mut change.tx, &next).await? {
        return Err(Problem::Stale("the person"));
    }
    last_owner_stays(&mut change.tx, viewer.org).await?;
    if next.disabled_at.is_some() {
        sessions::end_all(&mut change.tx, next.id, now).await?;
    }
    next.version += 1;
    let told =
        Told::new("users.change", id).before(&shapes::said(&user, &reach_before)).after(&shapes::said(&next, &reach));
    let until = invited(&mut change.tx, viewer.org).await?.get(&next.id).copied();
    change.commit(told).await?;
    Ok(answer(StatusCode::OK, (&next, &reach), until, now))
}

async fn last_owner_stays(tx: &mut Tx<'_>, org: OrgId) -> Result<(), Problem> {
    let administers = |user: &User| user.disabled_at.is_none() && matches!(user.role.as_str(), "owner" | "admin");
    match users::list(tx, org).await?.iter().any(administers) {
        true => Ok(()),
        false => {
            Err(Problem::Conflict("the organization would have no administrator left; nothing was changed".to_owned()))
        }
    }
}

/// Ends every sign-in of a person.
#[utoipa::path(delete, path = "/users/{id}/sessions", tag = "people", params(("id" = Uuid, Path, description = "The person")),
    responses((status = 204, description = "Ended"), Problem),
    security(("session" = ["users.write", "step-up"]), ("bearer" = ["users.write", "step-up"])))]
pub(crate) async fn end_persons_sign_ins(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let now = hub.clock.now();
    let mut change = hub.change_as_hub(&viewer).await?;
    let (user, _) = read(&mut change.tx, viewer.org, id).await?;
    may_grant(&viewer, user.role.parse().unwrap_or(Role::Viewer))?;
    sessions::end_all(&mut change.tx, user.id, now).await?;
    change.commit(Told::new("users.end_sign_ins", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The roles, and what each may do.
#[utoipa::path(get, path = "/roles", tag = "people", responses((status = 200, body = Roles), Problem),
    security(("session" = ["users.read"]), ("bearer" = ["users.read"])))]
pub(crate) async fn roles(State(hub): State<HubState>) -> Answer<Roles> {
    Ok(Json(Roles::all(hub.clock.now())))
}

/// Why a person may do something, or may not.
#[utoipa::path(get, path = "/permissions/explain", tag = "people", params(ExplainQuery),
    responses((status = 200, body = Explanation), Problem),
    security(("session" = ["users.read"]), ("bearer" = ["users.read"])))]
pub(crate) async fn explain_permission(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<ExplainQuery>,
) -> Answer<Explanation> {
    let permission: Permission = query.permission;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let (user, reach) = read(&mut tx, viewer.org, query.user_id).await?;
    let role: Option<Role> = user.role.parse().ok();
    let held = role.map(Role::permissions).unwrap_or_default();
    let store = match query.store_id {
        None => None,
        Some(id) => Some(stores::get(&mut tx, viewer.org, StoreId(id)).await?.ok_or(Problem::NotFound("store"))?),
    };
    let asked = store.as_ref().map(|store| (store.name.as_str(), user.everywhere || reach.contains(&store.id)));
    let explained = access::explain(permission, role, held, user.disabled_at.is_some(), asked);
    let routes = routes_of(&hub, permission);
    Ok(Json(Explanation { explained, routes, as_of: hub.clock.now() }))
}

/// The routes that ask for a permission.
fn routes_of(hub: &Hub, permission: Permission) -> Vec<String> {
    use super::access::Need;
    let asks = |need: Need| matches!(need, Need::Permission { permission: asked, .. } if asked == permission);
    let mut routes: Vec<String> = hub
        .access
        .routes()
        .filter(|(path, _, need)| asks(*need) && path.starts_with("/api/"))
        .map(|(path, method, _)| format!("{method} {path}"))
        .collect();
    routes.sort();
    routes
}
