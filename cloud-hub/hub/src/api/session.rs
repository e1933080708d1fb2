//! Signing in and out. A program keeps the tokens; a browser gets one httpOnly cookie and keeps nothing.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::{Extension, Json};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::users::{self, User};
use vyavs_store::{orgs, reach, sessions, sign_ins};

use super::change::Told;
use super::gate::FRESH;
use super::params::{Body, MaybeBody};
use super::problem::{Answer, Problem};
use super::serve::Peer;
use super::viewer::{self, Viewer};
use super::{Hub, HubState, passkeys};
use crate::access::{Permission, Role};
use crate::identity::factors::{self, Second};
use crate::identity::password::{MAX_PASSWORD, PasswordError, Verdict, acceptable};
use crate::identity::people::{self, PeopleError};
use crate::identity::tokens::{ACCESS_S, Bearer};

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
    /// For who has a second factor: six digits of the app, or a recovery code.
    #[schema(example = "123456", max_length = 64)]
    pub code: Option<String>,
    /// Instead of a code: what a passkey answered to `POST /auth/passkeys/challenge`, `PublicKeyCredential.toJSON()`.
    pub passkey: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserInfo {
    /// The person.
    pub id: Uuid,
    /// The e-mail to sign in with.
    #[schema(example = "admin@example.com")]
    pub email: String,
    /// What the person is to the organization.
    pub role: Role,
    /// What the role may do: pages show what is here.
    pub permissions: Vec<Permission>,
    /// Whether the person reaches all stores; else `store_ids`.
    pub all_stores: bool,
    /// The stores of the person's reach, when not all.
    pub store_ids: Vec<Uuid>,
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
            PeopleError::Factor(error) => error.into(),
            PeopleError::Store(error) => error.into(),
            PeopleError::Password(_) | PeopleError::Keys(_) => Self::ours(error),
        }
    }
}

fn access_token(hub: &Hub, bearer: Bearer, (user, org): (UserId, OrgId), sign_in: Uuid) -> Result<String, Problem> {
    hub.keys
        .tokens()
        .make(bearer, (user, org), sign_in, hub.clock.now())
        .map_err(|error| Problem::Internal(error.into()))
}

async fn user_info(hub: &Hub, user: &User) -> Result<UserInfo, Problem> {
    let role: Role = role_of(user)?;
    let mut tx = hub.store.begin_read(user.org).await?;
    let organization = orgs::get(&mut tx, user.org).await?;
    let reach = if user.everywhere { Default::default() } else { reach::stores(&mut tx, user.org, user.id.0).await? };
    Ok(UserInfo {
        id: user.id.0,
        email: user.email.clone(),
        role,
        permissions: role.permissions().iter().collect(),
        all_stores: user.everywhere,
        store_ids: reach.into_iter().map(|store| store.0).collect(),
        organization_id: user.org.0,
        organization_name: organization.map(|org| org.name).unwrap_or_default(),
        as_of: hub.clock.now(),
    })
}

fn role_of(user: &User) -> Result<Role, Problem> {
    user.role.parse().map_err(|()| Problem::Forbidden { needs: "a role that this hub knows" })
}

/// Signs in; also sets the browser's session cookie (httpOnly, SameSite=Strict).
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Credentials,
    responses((status = 200, body = Session), Problem), security(()))]
pub(crate) async fn login(
    State(hub): State<HubState>,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
    Body(credentials): Body<Credentials>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    // Nobody is to be signed in as somebody else by a foreign page.
    viewer::own_origin(&hub, &headers, false)?;
    let Credentials { email, password, code, passkey } = credentials;
    if email.len() > 254 || password.len() > MAX_PASSWORD {
        return Err(Problem::Credentials);
    }
    hub.attempt(&email)?;
    let second = second(&hub, &headers, code.as_deref(), passkey)?;
    let shown = people::Credentials { email: &email, password, second };
    let client = client(&headers, peer);
    let signed = people::sign_in(&hub.store, &hub.passwords, &hub.vault, shown, &client, hub.clock.now()).await?;
    hub.attempts.right(&email);
    opened(&hub, signed).await
}

/// What somebody shows beside a password.
fn second<'a>(
    hub: &'a Hub,
    headers: &HeaderMap,
    code: Option<&'a str>,
    passkey: Option<serde_json::Map<String, serde_json::Value>>,
) -> Result<Second<'a>, Problem> {
    match passkey {
        None => Ok(Second::Code(code)),
        Some(passkey) => Ok(Second::Passkey(Box::new(passkeys::shown(hub, headers, passkey)?))),
    }
}

/// From where somebody signs in, as far as it is known.
pub(super) fn client(headers: &HeaderMap, peer: Option<Extension<Peer>>) -> people::Client {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
    let address = peer.map(|Extension(Peer(at))| at.ip().to_string()).unwrap_or_default();
    people::Client { agent: agent.chars().take(200).collect(), address }
}

/// What somebody who has just signed in gets: tokens for a program, the cookie for a browser.
pub(super) async fn opened(hub: &Hub, signed: people::SignIn) -> Result<(CookieJar, Json<Session>), Problem> {
    let who = (signed.user.id, signed.user.org);
    let user_info = user_info(hub, &signed.user).await?;
    info!(user.id = %who.0, "signed in");
    let cookie = session_cookie(hub, &signed)?;
    let session = Session {
        access_token: access_token(hub, Bearer::Program, who, signed.family)?,
        expires_in: ACCESS_S,
        refresh_token: signed.refresh_token,
        user_info,
        as_of: hub.clock.now(),
    };
    Ok((CookieJar::new().add(cookie), Json(session)))
}

/// The browser's cookie of a sign-in.
pub(super) fn session_cookie(hub: &Hub, signed: &people::SignIn) -> Result<Cookie<'static>, Problem> {
    let token = access_token(hub, Bearer::Browser, (signed.user.id, signed.user.org), signed.family)?;
    Ok(viewer::cookie(hub, token))
}

/// Trades a refresh token for the next pair, or renews the browser's cookie.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = Option<RefreshRequest>,
    responses((status = 200, body = Refreshed), Problem), security(()))]
pub(crate) async fn refresh(
    State(hub): State<HubState>,
    mut headers: HeaderMap,
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
    // By the cookie alone: an access token that buys the next one would last as long as the sign-in.
    headers.remove(header::AUTHORIZATION);
    let viewer = viewer::authenticate(&hub, &headers, &Method::POST, "").await?;
    let person = viewer.person()?;
    let who = (person.user, viewer.org);
    let cookie = viewer::cookie(&hub, access_token(&hub, Bearer::Browser, who, person.family)?);
    let access = access_token(&hub, Bearer::Program, who, person.family)?;
    Ok((CookieJar::new().add(cookie), Json(answer(access, None))))
}

/// Ends the session: its access, refresh and cookie are good for nothing from now on.
#[utoipa::path(post, path = "/auth/logout", tag = "auth",
    responses((status = 200, body = LoggedOut), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn logout(
    State(hub): State<HubState>,
    viewer: Viewer,
) -> Result<(CookieJar, Json<LoggedOut>), Problem> {
    let person = viewer.person()?;
    people::sign_out(&hub.store, person.family, hub.clock.now()).await?;
    info!(user.id = %person.user, "signed out");
    let gone = viewer::cookie(&hub, String::new());
    Ok((CookieJar::new().add(gone), Json(LoggedOut { success: true, as_of: hub.clock.now() })))
}

/// Who is signed in.
#[utoipa::path(get, path = "/me", tag = "auth",
    responses((status = 200, body = UserInfo), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn me(State(hub): State<HubState>, viewer: Viewer) -> Answer<UserInfo> {
    let person = viewer.person()?;
    let user = users::get(&mut hub.store.begin_read(viewer.org).await?, viewer.org, person.user).await?;
    Ok(Json(user_info(&hub, &user.ok_or(Problem::NotFound("person"))?).await?))
}

/// A factor, shown again.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpRequest {
    /// The person's password; for who has no second factor.
    #[schema(format = "password", max_length = 1024)]
    pub password: Option<String>,
    /// For who has one: six digits of the app, or a recovery code.
    #[schema(example = "123456", max_length = 64)]
    pub code: Option<String>,
    /// Instead of a code: what a passkey answered to `POST /auth/passkeys/challenge`, `PublicKeyCredential.toJSON()`.
    pub passkey: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A fresh sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SteppedUp {
    /// Until when it may do what asks for a fresh factor.
    pub fresh_until: Timestamp,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// Shows a factor again, the second one where there is one: for 15 minutes the sign-in may then enrol devices, make keys, change people, erase and export.
#[utoipa::path(post, path = "/auth/step-up", tag = "auth", request_body = StepUpRequest,
    responses((status = 200, body = SteppedUp), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn step_up(
    State(hub): State<HubState>,
    viewer: Viewer,
    headers: HeaderMap,
    Body(request): Body<StepUpRequest>,
) -> Answer<SteppedUp> {
    let (person, now) = (viewer.person()?, hub.clock.now());
    let who = (viewer.org, person.user);
    let mut factors = person.factors.clone();
    let mut change = if factors::is_asked(&mut hub.store.begin_read(viewer.org).await?, who).await? {
        hub.attempt(&viewer.name)?;
        let second = second(&hub, &headers, request.code.as_deref(), request.passkey)?;
        let mut change = hub.change_as_hub(&viewer).await?;
        if let Some(shown) = factors::take(&mut change.tx, &hub.vault, who, second, now).await? {
            factors = with_factor(&factors, shown.as_str());
        }
        hub.attempts.right(&viewer.name);
        change
    } else {
        own_password(&hub, &viewer, request.password.unwrap_or_default()).await?;
        hub.change_as_hub(&viewer).await?
    };
    sign_ins::stepped_up(&mut change.tx, person.family, &factors, now).await?;
    change.commit(Told::new("auth.step_up", person.family)).await?;
    Ok(Json(SteppedUp { fresh_until: now + FRESH, as_of: now }))
}

/// The factors of a sign-in, and one more.
pub(super) fn with_factor(factors: &str, one: &str) -> String {
    if factors.split(' ').any(|factor| factor == one) { factors.to_owned() } else { format!("{factors} {one}") }
}

impl Hub {
    /// Counts an attempt to show a factor before it is known whether it is right, so that many at once are not one guess.
    pub(super) fn attempt(&self, email: &str) -> Result<(), Problem> {
        if !self.attempts.allowed(email, self.clock.uptime()) {
            return Err(Problem::TooMany("too many wrong passwords or codes for this e-mail; wait five minutes"));
        }
        self.attempts.wrong(email, self.clock.uptime());
        Ok(())
    }
}

/// Checks the password of whoever asks, counting wrong ones as a sign-in does.
async fn own_password(hub: &Hub, viewer: &Viewer, password: String) -> Result<(), Problem> {
    let person = viewer.person()?;
    hub.attempt(&viewer.name)?;
    let user = users::get(&mut hub.store.begin_read(viewer.org).await?, viewer.org, person.user).await?;
    let verdict =
        hub.passwords.verify(password, user.map(|user| user.password_hash)).await.map_err(PeopleError::from)?;
    if !matches!(verdict, Verdict::Right | Verdict::RightButOld) {
        return Err(Problem::Credentials);
    }
    hub.attempts.right(&viewer.name);
    Ok(())
}

/// A new password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The one that holds now.
    #[schema(format = "password", max_length = 1024)]
    pub current: String,
    /// At least 8 characters, 15 advised; not one that is known or easily guessed.
    #[schema(format = "password", min_length = 8, max_length = 1024)]
    pub new: String,
}

/// Changes the own password; every other sign-in of the person ends.
#[utoipa::path(post, path = "/auth/password", tag = "auth", request_body = PasswordChange,
    responses((status = 204, description = "Changed"), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn change_password(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let person = viewer.person()?;
    own_password(&hub, &viewer, request.current).await?;
    acceptable(&request.new, &viewer.name).map_err(PeopleError::from)?;
    let hash = hub.passwords.hash(request.new).await.map_err(PeopleError::from)?;
    let now = hub.clock.now();
    let mut change = hub.change_as_hub(&viewer).await?;
    users::set_password(&mut change.tx, viewer.org, person.user, &hash).await?;
    sessions::end_others(&mut change.tx, person.user, person.family, now).await?;
    change.commit(Told::new("auth.password", person.user)).await?;
    Ok(StatusCode::NO_CONTENT)
}
