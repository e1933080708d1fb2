//! Who asks, and whether they may: the gate before every handler.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::signins;

use super::access::Need;
use super::problem::Problem;
use super::session::Role;
use super::{Hub, HubState};
use crate::identity::tokens::{Bearer, COOKIE_S, Claims, TokenError};

/// Who asks, proven by a token or a session cookie. Every query of a handler takes its tenant from here.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person.
    pub user: UserId,
    /// The tenant.
    pub org: OrgId,
    /// What the person may do.
    pub role: Role,
    /// To sign in with.
    pub email: String,
    /// The sign-in.
    pub sign_in: Uuid,
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Unauthenticated("nobody is signed in"))
    }
}

/// Lets a request through to its handler when the route's declared need is met.
pub(crate) async fn admit(State(hub): State<HubState>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let viewer = match hub.access.need(path, request.method()) {
        None => Err(Problem::Method),
        Some(Need::Open) => Ok(None),
        Some(Need::Role(needed)) => {
            let (headers, method) = (request.headers(), request.method());
            authenticate(&hub, headers, method).await.and_then(|viewer| match viewer.role >= needed {
                true => Ok(Some(viewer)),
                false => Err(Problem::Forbidden { needs: needed.as_str() }),
            })
        }
    };
    match viewer {
        Ok(viewer) => {
            if let Some(viewer) = viewer {
                request.extensions_mut().insert(viewer);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// By bearer token, else by cookie; a write by cookie must also show that it comes from the hub's own pages.
pub(crate) async fn authenticate(hub: &Hub, headers: &HeaderMap, method: &Method) -> Result<Viewer, Problem> {
    let claims = match headers.get(header::AUTHORIZATION) {
        Some(value) => {
            let token = value
                .to_str()
                .ok()
                .and_then(|text| text.split_once(' '))
                .filter(|(way, _)| way.eq_ignore_ascii_case("bearer"));
            let (_, token) = token.ok_or(Problem::Unauthenticated("Authorization is not Bearer with a token"))?;
            read(hub, Bearer::Program, token.trim())?
        }
        None => {
            let jar = CookieJar::from_headers(headers);
            let cookie = jar.get(cookie_name(hub)).ok_or(Problem::Unauthenticated("nobody is signed in"))?;
            let claims = read(hub, Bearer::Browser, cookie.value())?;
            own_pages_only(hub, headers, method)?;
            claims
        }
    };
    holder(hub, &claims).await?.ok_or(Problem::Unauthenticated("this sign-in was ended"))
}

fn read(hub: &Hub, bearer: Bearer, token: &str) -> Result<Claims, Problem> {
    hub.keys.tokens().read(bearer, token, hub.clock.now()).map_err(|error| {
        Problem::Unauthenticated(match error {
            TokenError::Foreign => "the token is not one of this hub's",
            TokenError::Expired => "the token has expired",
            TokenError::Early => "the token is not valid yet",
        })
    })
}

/// The person behind the claims, as the database knows them now; `None` when the sign-in was ended.
async fn holder(hub: &Hub, claims: &Claims) -> Result<Option<Viewer>, Problem> {
    let user = signins::holder(&mut hub.store.begin_read_hub().await?, claims.sid, hub.clock.now()).await?;
    let Some(user) = user.filter(|user| user.id == claims.sub && user.org == claims.org) else { return Ok(None) };
    let role = user.role.parse().map_err(|()| Problem::Forbidden { needs: Role::Viewer.as_str() })?;
    Ok(Some(Viewer { user: user.id, org: user.org, role, email: user.email, sign_in: claims.sid }))
}

/// Whether a viewer's sign-in still holds: asked again on long answers.
pub(crate) async fn still(hub: &Hub, viewer: &Viewer) -> bool {
    let Ok(mut tx) = hub.store.begin_read_hub().await else { return true };
    // A database that cannot be asked now is no reason to end what was granted.
    signins::holder(&mut tx, viewer.sign_in, hub.clock.now()).await.map_or(true, |user| user.is_some())
}

/// Cross-site request forgery: SameSite=Strict keeps the cookie at home in a browser of today; the header cannot be sent by
/// a form; the origin must be ours.
pub(crate) fn own_pages_only(hub: &Hub, headers: &HeaderMap, method: &Method) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    if headers.get("x-vyavs-csrf").is_none_or(|value| value != "1") {
        return Err(Problem::Csrf("a write by cookie needs the header X-Vyavs-Csrf: 1"));
    }
    own_origin(hub, headers, true)
}

/// Whether `Origin` is the hub: its public address, or the host this very request was sent to.
pub(crate) fn own_origin(hub: &Hub, headers: &HeaderMap, required: bool) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return if required { Err(Problem::Csrf("a write by cookie needs an Origin")) } else { Ok(()) };
    };
    let origin = origin.to_str().unwrap_or("").to_lowercase();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("").to_lowercase();
    let scheme = if hub.address.secure { "https" } else { "http" };
    if origin == hub.address.base_url || (!host.is_empty() && origin == format!("{scheme}://{host}")) {
        return Ok(());
    }
    Err(Problem::Csrf("the Origin is not this hub's"))
}

fn cookie_name(hub: &Hub) -> &'static str {
    // The prefix makes a browser refuse the cookie from anyone but this very host, and over TLS only.
    if hub.address.secure { "__Host-vyavs" } else { "vyavs" }
}

/// The session cookie; an empty value takes it away.
pub(crate) fn cookie(hub: &Hub, value: String) -> Cookie<'static> {
    let life = if value.is_empty() { 0 } else { i64::from(COOKIE_S) };
    Cookie::build((cookie_name(hub), value))
        .path("/")
        .http_only(true)
        .secure(hub.address.secure)
        .same_site(SameSite::Strict)
        .max_age(time::Duration::seconds(life))
        .build()
}
