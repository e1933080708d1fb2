//! `/api/v1/auth/oidc`: signing in at a sign-in service of the organization (OpenID Connect, code flow with PKCE).
//!
//! ```text
//! browser ─ start ─► hub ─ 303 ─► service ─ 303 ─► callback ─► hub ─ code ─► service
//!                     └ journey, in memory, ten minutes, once ──┘ └ id token ─► who ─► session cookie
//! ```
//!
//! A journey is for signing in, for confirming who is signed in ([`oidc_step_up`]) or for linking the account there to the one
//! here ([`link`]); what it is for is kept with it, and not said by the browser. Whatever goes wrong on the way, the
//! browser lands on the dashboard with `?sso=` and a word, and the reason stands in the audit log.

mod arrive;
mod journeys;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_signin::oidc::Ask;
use vyavs_store::identity_providers::{self as rows, IdentityProvider as Row};

use self::journeys::Waiting;
pub(super) use self::journeys::{Journeys, Purpose};
use super::params::{Body, IdPath, Pairs, Parameters, Params};
use super::problem::{Answer, Problem, RequestId};
use super::serve::Peer;
use super::session::client;
use super::viewer::{self, Viewer};
use super::{Hub, HubState};
use crate::identity;

/// The longest way back into the dashboard.
const LONGEST: usize = 500;
/// As long as a journey, s.
const LIFE_S: i64 = 600;

/// Which sign-in services there are for an address.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ServicesQuery {
    /// The e-mail address that somebody wants to sign in with; only its domain is looked at.
    #[param(example = "ana@shop.example")]
    pub email: String,
}

impl Parameters for ServicesQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let email: Option<String> = pairs.one("email", "an e-mail address")?;
        Ok(Self { email: email.ok_or_else(|| Problem::parameter("email", "", "given"))? })
    }
}

/// A sign-in service, for a button.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInService {
    /// For `GET /auth/oidc/{id}/start`.
    pub id: Uuid,
    /// What the button says.
    #[schema(example = "Entra ID")]
    pub name: String,
}

/// Sign-in services.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInServices {
    /// By name.
    pub services: Vec<SignInService>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Where to come back to.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// A page of the dashboard, `/stores?open=1`; nowhere else.
    #[param(example = "/stores", max_length = 500)]
    pub return_to: Option<String>,
}

impl Parameters for StartQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        let return_to: Option<String> = pairs.one("return_to", "a page of the dashboard, such as /stores")?;
        Ok(Self { return_to: return_to.map(own_page).transpose()? })
    }
}

/// Which service, and where to come back to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// The service.
    pub provider_id: Uuid,
    /// A page of the dashboard, `/stores?open=1`; nowhere else.
    #[schema(example = "/stores", max_length = 500)]
    pub return_to: Option<String>,
}

/// Where the page is to send the browser.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LeaveTo {
    /// At the service.
    pub url: String,
    /// When this was answered; the way is open for ten minutes.
    pub as_of: Timestamp,
}

/// Only a path of our own: no other host, neither written out nor smuggled in by a browser's reading of `//` or `\`.
fn own_page(path: String) -> Result<String, Problem> {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if path.len() <= LONGEST && plain && path.starts_with('/') && !path.starts_with("//") {
        return Ok(path);
    }
    Err(Problem::parameter("return_to", &path, "a page of the dashboard, such as /stores"))
}

fn cookie_name(hub: &Hub) -> &'static str {
    if hub.address.secure { "__Host-vyavs-sso" } else { "vyavs-sso" }
}

/// Ties a journey to its browser. Lax: a strict one would not come back with the redirect from the service.
fn cookie(hub: &Hub, value: String) -> Cookie<'static> {
    let life = if value.is_empty() { 0 } else { LIFE_S };
    viewer::of_this_host(hub, cookie_name(hub), value, (SameSite::Lax, life))
}

fn redirect(to: &str) -> Result<Response, Problem> {
    let to = header::HeaderValue::from_str(to).map_err(|error| Problem::Internal(error.into()))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

/// The sign-in services that may speak for an address. The same whether somebody of that address is here or not.
#[utoipa::path(get, path = "/auth/oidc/providers", tag = "auth", params(ServicesQuery),
    responses((status = 200, body = SignInServices), Problem), security(()))]
pub(crate) async fn services(
    State(hub): State<HubState>,
    peer: Option<Extension<Peer>>,
    Params(query): Params<ServicesQuery>,
) -> Answer<SignInServices> {
    hub.limits.take_stranger(peer.map(|Extension(Peer(at))| at.ip()))?;
    let domain = query.email.rsplit_once('@').map(|(_, domain)| domain.trim().to_lowercase()).unwrap_or_default();
    let plain = domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    let rows = match plain && !domain.is_empty() {
        true => rows::of_domain(&mut hub.store.begin_read_hub().await?, &domain).await?,
        false => Vec::new(),
    };
    let services = rows.into_iter().map(|row| SignInService { id: row.id, name: row.name }).collect();
    Ok(Json(SignInServices { services, as_of: hub.clock.now() }))
}

/// Sends the browser to the sign-in service.
#[utoipa::path(get, path = "/auth/oidc/{id}/start", tag = "auth",
    params(("id" = Uuid, Path, description = "The service"), StartQuery),
    responses((status = 303, description = "To the service"), Problem), security(()))]
pub(crate) async fn start(
    State(hub): State<HubState>,
    IdPath(id): IdPath,
    peer: Option<Extension<Peer>>,
    request_id: Option<Extension<RequestId>>,
    Params(query): Params<StartQuery>,
) -> Result<Response, Problem> {
    hub.limits.take_stranger(peer.map(|Extension(Peer(at))| at.ip()))?;
    let row = rows::find(&mut hub.store.begin_read_hub().await?, id).await?;
    let row = row.filter(|row| row.disabled_at.is_none()).ok_or(Problem::NotFound("sign-in service"))?;
    let request_id = request_id.map_or_else(String::new, |Extension(RequestId(id))| id);
    match leave(&hub, &row, Purpose::SignIn, query.return_to, &Ask::default()).await {
        Ok((cookie, url)) => Ok((CookieJar::new().add(cookie), redirect(&url)?).into_response()),
        Err(refusal) => arrive::refused(&hub, &row, refusal, &request_id).await,
    }
}

/// Begins a journey: the browser's cookie, and where to send it.
async fn leave(
    hub: &Hub,
    row: &Row,
    purpose: Purpose,
    return_to: Option<String>,
    ask: &Ask,
) -> Result<(Cookie<'static>, String), arrive::Refusal> {
    let now = hub.clock.now();
    let client = hub.journeys.client(hub, row).await?;
    let random = identity::random().map_err(|error| Problem::Internal(error.into()))?;
    let started = client.start(ask, random, now);
    hub.journeys.put(Waiting { journey: started.journey, provider: row.id, purpose, return_to }, now);
    Ok((cookie(hub, started.cookie), started.url.into()))
}

/// The same for who is signed in: the page sends the browser on.
async fn leave_signed_in(
    hub: &Hub,
    viewer: &Viewer,
    request: Leave,
    (ask, purpose): (Ask, impl FnOnce(journeys::Own) -> Purpose),
) -> Result<(CookieJar, Json<LeaveTo>), Problem> {
    let person = viewer.person()?;
    let return_to = request.return_to.map(own_page).transpose()?;
    let row = rows::get(&mut hub.store.begin_read(viewer.org).await?, viewer.org, request.provider_id).await?;
    let row = row.filter(|row| row.disabled_at.is_none()).ok_or(Problem::NotFound("sign-in service"))?;
    let own = journeys::Own { user: person.user, family: person.family };
    match leave(hub, &row, purpose(own), return_to, &ask).await {
        Ok((cookie, url)) => Ok((CookieJar::new().add(cookie), Json(LeaveTo { url, as_of: hub.clock.now() }))),
        Err(arrive::Refusal::Hub(problem)) => Err(problem),
        Err(arrive::Refusal::Why { reason, .. }) => {
            Err(Problem::Conflict(format!("the sign-in service cannot be used now: {reason}")))
        }
    }
}

/// Confirms who is signed in at their sign-in service, which asks them again: as `POST /auth/step-up`, for who has no password here.
#[utoipa::path(post, path = "/auth/oidc/step-up", tag = "auth", request_body = Leave,
    responses((status = 200, body = LeaveTo), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn oidc_step_up(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<Leave>,
) -> Result<(CookieJar, Json<LeaveTo>), Problem> {
    let ask = Ask { login_hint: None, max_age_s: Some(0) };
    leave_signed_in(&hub, &viewer, request, (ask, Purpose::StepUp)).await
}

/// Links the account at a sign-in service to the own one here; from then on it signs in. For administrators and owners the only way.
#[utoipa::path(post, path = "/auth/oidc/link", tag = "auth", request_body = Leave,
    responses((status = 200, body = LeaveTo), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn link(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<Leave>,
) -> Result<(CookieJar, Json<LeaveTo>), Problem> {
    leave_signed_in(&hub, &viewer, request, (Ask::default(), Purpose::Link)).await
}

/// Where the browser comes back to from the sign-in service.
#[utoipa::path(get, path = "/auth/oidc/{id}/callback", tag = "auth",
    params(("id" = Uuid, Path, description = "The service")),
    responses((status = 303, description = "To the dashboard: signed in, or with `?sso=` and a word that says why not"), Problem),
    security(()))]
pub(crate) async fn callback(
    State(hub): State<HubState>,
    IdPath(id): IdPath,
    peer: Option<Extension<Peer>>,
    request_id: Option<Extension<RequestId>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    hub.limits.take_stranger(peer.as_ref().map(|Extension(Peer(at))| at.ip()))?;
    let row = rows::find(&mut hub.store.begin_read_hub().await?, id).await?;
    let row = row.ok_or(Problem::NotFound("sign-in service"))?;
    let request_id = request_id.map_or_else(String::new, |Extension(RequestId(id))| id);
    let jar = CookieJar::from_headers(&headers);
    let browser = jar.get(cookie_name(&hub)).map(Cookie::value).unwrap_or_default();
    let back = arrive::Back {
        browser,
        query: query.as_deref().unwrap_or_default(),
        client: client(&headers, peer),
        request_id: &request_id,
    };
    let done = CookieJar::new().add(cookie(&hub, String::new()));
    Ok(match arrive::arrive(&hub, &row, back).await {
        Ok(arrived) => (arrived.session.into_iter().fold(done, CookieJar::add), redirect(&arrived.to)?).into_response(),
        Err(refusal) => (done, arrive::refused(&hub, &row, refusal, &request_id).await?).into_response(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_nowhere_else() {
        for good in ["/", "/stores", "/stores?open=1#x", "/a//b"] {
            assert_eq!(own_page(good.to_owned()).expect("ours"), good);
        }
        for bad in [
            "",
            "stores",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a b",
            "/a\r\nSet-Cookie: x=y",
            "/\u{2028}",
            &format!("/{}", "x".repeat(500)),
        ] {
            assert!(own_page(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
