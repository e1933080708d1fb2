//! Who asks, proven by a token, a session cookie or a machine's key.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, UserId};
use vyavs_store::audit_log::Actor;
use vyavs_store::{Tx, Within, reach, sign_ins, stores};

use super::problem::Problem;
use super::{Hub, machine};
use crate::access::{Permission, Permissions, Role};
use crate::identity::tokens::{Bearer, COOKIE_S, Claims, TokenError};

/// The sign-in behind a person's request.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The role.
    pub role: Role,
    /// The sign-in: the family of its refresh tokens.
    pub family: Uuid,
    /// When a factor was last shown.
    pub authenticated_at: Option<Timestamp>,
    /// Which factors the sign-in showed, separated by spaces.
    pub factors: String,
}

/// Who asks. Every query of a handler takes its tenant and its reach from here.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// As the audit log names it.
    pub actor: Actor,
    /// The tenant.
    pub org: OrgId,
    /// What it may do.
    pub permissions: Permissions,
    /// Whether it reaches all stores.
    pub everywhere: bool,
    /// A person's e-mail, or a key's name.
    pub name: String,
    /// For a person.
    pub signed_in: Option<SignedIn>,
    /// Finds the request in the log.
    pub request_id: String,
    /// Set once the handler has written its own entry into the audit log.
    pub(crate) audited: Arc<AtomicBool>,
}

impl Viewer {
    /// Whether it may.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// The person; a machine has no account of its own.
    pub fn person(&self) -> Result<&SignedIn, Problem> {
        self.signed_in.as_ref().ok_or(Problem::Forbidden { needs: "a person who is signed in" })
    }

    /// The stores a query over several may read: those of the reach.
    pub fn within(&self) -> Within {
        Within { store: None, holder: (!self.everywhere).then(|| self.actor.id()) }
    }

    /// The stores of the reach; `None` is all.
    pub async fn reach(&self, tx: &mut Tx<'_>) -> Result<Option<BTreeSet<StoreId>>, Problem> {
        match self.everywhere {
            true => Ok(None),
            false => Ok(Some(reach::stores(tx, self.org, self.actor.id()).await?)),
        }
    }

    /// A store it may see. One beyond the reach is not found, as one of another organization is not: nothing tells them
    /// apart.
    pub async fn store(&self, tx: &mut Tx<'_>, id: StoreId) -> Result<stores::Store, Problem> {
        let found = stores::get(tx, self.org, id).await?.ok_or(Problem::NotFound("store"))?;
        match self.reach(tx).await? {
            Some(reach) if !reach.contains(&id) => Err(Problem::NotFound("store")),
            _ => Ok(found),
        }
    }

    /// One store, checked, or all of the reach.
    pub async fn one_or_all(&self, tx: &mut Tx<'_>, store: Option<StoreId>) -> Result<Within, Problem> {
        match store {
            None => Ok(self.within()),
            Some(id) => Ok(Within::one(self.store(tx, id).await?.id)),
        }
    }

    /// The stores it may see, by name.
    pub async fn stores(&self, tx: &mut Tx<'_>) -> Result<Vec<stores::Store>, Problem> {
        let reach = self.reach(tx).await?;
        let mut all = stores::list(tx, self.org).await?;
        all.retain(|store| reach.as_ref().is_none_or(|reach| reach.contains(&store.id)));
        Ok(all)
    }

    /// A question about one store or all, with whose reach answers it: what a cache may tell apart by.
    pub(crate) fn asks(&self, question: &str, store: Option<StoreId>) -> String {
        format!("{question} of {store:?} within {:?}", self.within().holder)
    }

    pub(crate) fn note_audited(&self) {
        self.audited.store(true, Ordering::Release);
    }

    pub(crate) fn was_audited(&self) -> bool {
        self.audited.load(Ordering::Acquire)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Unauthenticated("nobody is signed in"))
    }
}

/// By bearer token or key, else by cookie; a write by cookie must also show that it comes from the hub's own pages.
pub(crate) async fn authenticate(
    hub: &Hub,
    headers: &HeaderMap,
    method: &Method,
    request_id: &str,
) -> Result<Viewer, Problem> {
    let claims = match headers.get(header::AUTHORIZATION) {
        Some(value) => {
            let token = value
                .to_str()
                .ok()
                .and_then(|text| text.split_once(' '))
                .filter(|(way, _)| way.eq_ignore_ascii_case("bearer"));
            let (_, token) = token.ok_or(Problem::Unauthenticated("Authorization is not Bearer with a token"))?;
            let token = token.trim();
            if machine::is_key(token) {
                return machine::by_key(hub, token, request_id).await;
            }
            if hub.keys.tokens().is_machine(token) {
                return machine::by_token(hub, token, request_id).await;
            }
            read(hub, Bearer::Program, token)?
        }
        None => {
            let jar = CookieJar::from_headers(headers);
            let cookie = jar.get(cookie_name(hub)).ok_or(Problem::Unauthenticated("nobody is signed in"))?;
            let claims = read(hub, Bearer::Browser, cookie.value())?;
            own_pages_only(hub, headers, method)?;
            claims
        }
    };
    holder(hub, &claims, request_id).await?.ok_or(Problem::Unauthenticated("this sign-in was ended"))
}

fn read(hub: &Hub, bearer: Bearer, token: &str) -> Result<Claims, Problem> {
    Ok(hub.keys.tokens().read(bearer, token, hub.clock.now())?)
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::Unauthenticated(match error {
            TokenError::Foreign => "the token is not one of this hub's",
            TokenError::Expired => "the token has expired",
            TokenError::Early => "the token is not valid yet",
        })
    }
}

/// The person behind the claims, as the database knows them now; `None` when the sign-in was ended.
async fn holder(hub: &Hub, claims: &Claims, request_id: &str) -> Result<Option<Viewer>, Problem> {
    let holder = sign_ins::holder(&mut hub.store.begin_read_hub().await?, claims.sid, hub.clock.now()).await?;
    let Some(holder) = holder.filter(|holder| holder.user.id == claims.sub && holder.user.org == claims.org) else {
        return Ok(None);
    };
    let role: Role =
        holder.user.role.parse().map_err(|()| Problem::Forbidden { needs: "a role that this hub knows" })?;
    Ok(Some(Viewer {
        actor: Actor::Person(holder.user.id.0),
        org: holder.user.org,
        permissions: role.permissions(),
        everywhere: holder.user.everywhere,
        name: holder.user.email,
        signed_in: Some(SignedIn {
            user: holder.user.id,
            role,
            family: claims.sid,
            authenticated_at: holder.authenticated_at,
            factors: holder.factors,
        }),
        request_id: request_id.to_owned(),
        audited: Arc::default(),
    }))
}

/// Whether a viewer may still do what it began: asked again on long answers.
pub(crate) async fn still(hub: &Hub, viewer: &Viewer, permission: Permission) -> bool {
    let Ok(mut tx) = hub.store.begin_read_hub().await else { return true };
    // A database that cannot be asked now is no reason to end what was granted.
    match &viewer.signed_in {
        Some(signed_in) => sign_ins::holder(&mut tx, signed_in.family, hub.clock.now()).await.map_or(true, |holder| {
            let role = holder.as_ref().and_then(|holder| holder.user.role.parse::<Role>().ok());
            holder.is_some_and(|holder| holder.user.everywhere == viewer.everywhere)
                && role.is_some_and(|role| role.permissions().has(permission))
        }),
        None => machine::still(hub, &mut tx, viewer.actor.id()).await,
    }
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
    of_this_host(hub, cookie_name(hub), value, (SameSite::Strict, life))
}

/// A cookie that only this host sets and gets back, for so many seconds.
pub(crate) fn of_this_host(
    hub: &Hub,
    name: &'static str,
    value: String,
    (same_site, seconds): (SameSite, i64),
) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(hub.address.secure)
        .same_site(same_site)
        .max_age(time::Duration::seconds(seconds))
        .build()
}
