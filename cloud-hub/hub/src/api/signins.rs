//! The own sign-ins: where somebody is signed in, and how to end it from here.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_store::{sessions, sign_ins};

use super::HubState;
use super::change::Told;
use super::params::IdPath;
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// One sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// Its id.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub this_one: bool,
    /// Since when.
    pub began_at: Timestamp,
    /// When it was renewed last.
    pub seen_at: Timestamp,
    /// What the browser or program called itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64) …")]
    pub client: String,
    /// From which address; a proxy's, where one stands before the hub.
    #[schema(example = "192.0.2.7")]
    pub address: String,
    /// Which factors were shown: `pwd`, `otp`, `recovery`, `hwk` (a passkey), `oidc` (a sign-in service).
    pub factors: Vec<String>,
}

/// Sign-ins that still hold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignIns {
    /// Newest first.
    pub sign_ins: Vec<SignIn>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Where the person is signed in.
#[utoipa::path(get, path = "/auth/sessions", tag = "auth",
    responses((status = 200, body = SignIns), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn sign_ins(State(hub): State<HubState>, viewer: Viewer) -> Answer<SignIns> {
    let (now, person) = (hub.clock.now(), viewer.person()?);
    // Refresh tokens are not for a tenant's transaction to read.
    let rows = sign_ins::list(&mut hub.store.begin_read_hub().await?, viewer.org, person.user, now).await?;
    let sign_in = |row: sign_ins::SignInRow| SignIn {
        id: row.family,
        this_one: row.family == person.family,
        began_at: row.began_at,
        seen_at: row.seen_at,
        client: row.client,
        address: row.address,
        factors: row.factors.split_whitespace().map(str::to_owned).collect(),
    };
    Ok(Json(SignIns { sign_ins: rows.into_iter().map(sign_in).collect(), as_of: now }))
}

/// Ends one of the own sign-ins.
#[utoipa::path(delete, path = "/auth/sessions/{id}", tag = "auth", params(("id" = Uuid, Path, description = "The sign-in")),
    responses((status = 204, description = "Ended"), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn end_sign_in(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let (now, person) = (hub.clock.now(), viewer.person()?);
    let mut change = hub.change_as_hub(&viewer).await?;
    let own = sign_ins::list(&mut change.tx, viewer.org, person.user, now).await?;
    if !own.iter().any(|row| row.family == id) {
        return Err(Problem::NotFound("sign-in"));
    }
    sessions::end_family(&mut change.tx, id, now).await?;
    change.commit(Told::new("auth.end_sign_in", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every own sign-in but this one.
#[utoipa::path(delete, path = "/auth/sessions", tag = "auth",
    responses((status = 204, description = "Ended"), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn end_other_sign_ins(State(hub): State<HubState>, viewer: Viewer) -> Result<StatusCode, Problem> {
    let (now, person) = (hub.clock.now(), viewer.person()?);
    let mut change = hub.change_as_hub(&viewer).await?;
    let ended = sessions::end_others(&mut change.tx, person.user, person.family, now).await?;
    change.commit(Told::new("auth.end_other_sign_ins", person.user).after(&ended)).await?;
    Ok(StatusCode::NO_CONTENT)
}
