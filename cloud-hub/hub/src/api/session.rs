//! Signing in and out. A program keeps the tokens; a browser gets one httpOnly cookie and keeps nothing.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::orgs;
use vyavs_store::users::User;

use super::params::{Body, MaybeBody};
use super::problem::{Answer, Problem};
use super::viewer::{self, Viewer};
use super::{Hub, HubState};
use crate::identity::password::{MAX_PASSWORD, PasswordError};
use crate::identity::people::{self, PeopleError};
use crate::identity::tokens::{ACCESS_S, Bearer};

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything of the organization.
    Viewer,
    /// Also opens stores, enrols devices and manages people.
    Admin,
}

impl Role {
    /// As in the database and in a route's scope.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Viewer, Self::Admin].into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}

/// Who signs in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// As printed at the first start, or given by an administrator.
    #[schema(example = "admin@example.com", max_length = 254)]
    pub email: String,
    /// At most 1024 bytes.
    #[schema(format = "password", max_length = 1024)]
    pub password: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserInfo {
    /// The person.
    pub id: Uuid,
    /// The e-mail to sign in with.
    #[schema(example = "admin@example.com")]
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// The tenant: all that is shown is its own.
    pub organization_id: Uuid,
    /// Its name.
    #[schema(example = "Example Retail")]
    pub organization_name: String,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A session.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// How long it lasts, s.
    #[schema(example = 600)]
    pub expires_in: u32,
    /// Buys the next pair, once; using it twice ends the session.
    pub refresh_token: String,
    /// Who is signed in.
    pub user_info: UserInfo,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// The token to trade; a browser sends none, its cookie is enough.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token of the last answer.
    pub refresh_token: Option<String>,
}

/// The next pair.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Refreshed {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// How long it lasts, s.
    #[schema(example = 600)]
    pub expires_in: u32,
    /// The next refresh token; null for a browser, whose cookie was renewed instead.
    #[schema(required)]
    pub refresh_token: Option<String>,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// Signed out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LoggedOut {
    /// Always true.
    pub success: bool,
    /// When this was answered.
    pub as_of: Timestamp,
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Wrong => Self::Credentials,
            PeopleError::Spent => Self::Unauthenticated("the refresh token is not good any more; sign in again"),
            PeopleError::Taken(_) | PeopleError::Nobody(_) => Self::Conflict(error.to_string()),
            PeopleError::Email(_) | PeopleError::Password(PasswordError::Weak(_)) => Self::Body(error.to_string()),
            PeopleError::Password(PasswordError::Busy) => Self::Busy,
            PeopleError::Password(_) | PeopleError::Store(_) | PeopleError::Keys(_) => Self::Internal(error.into()),
        }
    }
}

fn access_token(hub: &Hub, bearer: Bearer, (user, org): (UserId, OrgId), sign_in: Uuid) -> Result<String, Problem> {
    hub.keys
        .tokens()
        .make(bearer, (user, org), sign_in, hub.clock.now())
        .map_err(|error| Problem::Internal(error.into()))
}

async fn user_info(hub: &Hub, user: (UserId, OrgId), email: String, role: Role) -> Result<UserInfo, Problem> {
    let organization = orgs::get(&mut hub.store.begin_read(user.1).await?, user.1).await?;
    Ok(UserInfo {
        id: user.0.0,
        email,
        role,
        organization_id: user.1.0,
        organization_name: organization.map(|org| org.name).unwrap_or_default(),
        as_of: hub.clock.now(),
    })
}

fn role_of(user: &User) -> Result<Role, Problem> {
    user.role.parse().map_err(|()| Problem::Forbidden { needs: Role::Viewer.as_str() })
}

/// Signs in; also sets the browser's session cookie (httpOnly, SameSite=Strict).
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Credentials,
    responses((status = 200, body = Session), Problem), security(()))]
pub(crate) async fn login(
    State(hub): State<HubState>,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    // Nobody is to be signed in as somebody else by a foreign page.
    viewer::own_origin(&hub, &headers, false)?;
    let Credentials { email, password } = credentials;
    if email.len() > 254 || password.len() > MAX_PASSWORD {
        return Err(Problem::Credentials);
    }
    if !hub.attempts.allowed(&email, hub.clock.uptime()) {
        return Err(Problem::TooMany("too many wrong passwords for this e-mail; wait five minutes"));
    }
    // Counted before it is known, so that many at once are not one guess.
    hub.attempts.wrong(&email, hub.clock.uptime());
    let signed = people::sign_in(&hub.store, &hub.passwords, &email, password, hub.clock.now()).await?;
    hub.attempts.right(&email);
    let who = (signed.user.id, signed.user.org);
    let role = role_of(&signed.user)?;
    info!(user.id = %who.0, "signed in");
    let cookie = viewer::cookie(&hub, access_token(&hub, Bearer::Browser, who, signed.family)?);
    let session = Session {
        access_token: access_token(&hub, Bearer::Program, who, signed.family)?,
        expires_in: ACCESS_S,
        refresh_token: signed.refresh_token,
        user_info: user_info(&hub, who, signed.user.email, role).await?,
        as_of: hub.clock.now(),
    };
    Ok((CookieJar::new().add(cookie), Json(session)))
}

/// Trades a refresh token for the next pair, or renews the browser's cookie.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = RefreshRequest,
    responses((status = 200, body = Refreshed), Problem), security(()))]
pub(crate) async fn refresh(
    State(hub): State<HubState>,
    headers: HeaderMap,
    MaybeBody(request): MaybeBody<RefreshRequest>,
) -> Result<(CookieJar, Json<Refreshed>), Problem> {
    let answer = |access_token, refresh_token| Refreshed {
        access_token,
        expires_in: ACCESS_S,
        refresh_token,
        as_of: hub.clock.now(),
    };
    if let Some(token) = request.refresh_token {
        let next = people::refresh(&hub.store, &token, hub.clock.now()).await?;
        let access = access_token(&hub, Bearer::Program, (next.user.id, next.user.org), next.family)?;
        return Ok((CookieJar::new(), Json(answer(access, Some(next.refresh_token)))));
    }
    let viewer = viewer::authenticate(&hub, &headers, &Method::POST).await?;
    let who = (viewer.user, viewer.org);
    let cookie = viewer::cookie(&hub, access_token(&hub, Bearer::Browser, who, viewer.sign_in)?);
    let access = access_token(&hub, Bearer::Program, who, viewer.sign_in)?;
    Ok((CookieJar::new().add(cookie), Json(answer(access, None))))
}

/// Ends the session: its access, refresh and cookie are good for nothing from now on.
#[utoipa::path(post, path = "/auth/logout", tag = "auth",
    responses((status = 200, body = LoggedOut), Problem), security(("session" = ["viewer"]), ("bearer" = ["viewer"])))]
pub(crate) async fn logout(
    State(hub): State<HubState>,
    viewer: Viewer,
) -> Result<(CookieJar, Json<LoggedOut>), Problem> {
    people::sign_out(&hub.store, viewer.sign_in, hub.clock.now()).await?;
    info!(user.id = %viewer.user, "signed out");
    let gone = viewer::cookie(&hub, String::new());
    Ok((CookieJar::new().add(gone), Json(LoggedOut { success: true, as_of: hub.clock.now() })))
}

/// Who is signed in.
#[utoipa::path(get, path = "/me", tag = "auth",
    responses((status = 200, body = UserInfo), Problem), security(("session" = ["viewer"]), ("bearer" = ["viewer"])))]
pub(crate) async fn me(State(hub): State<HubState>, viewer: Viewer) -> Answer<UserInfo> {
    Ok(Json(user_info(&hub, (viewer.user, viewer.org), viewer.email, viewer.role).await?))
}
