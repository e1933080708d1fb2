//! `/api/v1/auth/passkeys`: keys of people, in a device or a stick, that sign in without a password (WebAuthn).
//!
//! A challenge is kept in memory for five minutes and given out once: one to add a passkey for the sign-in that asked for
//! it, one to sign in or to confirm for the browser that asked for it, known by a cookie.

mod shapes;

use std::sync::{Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use axum_extra::extract::cookie::{CookieJar, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;
use vyavs_signin::once::Once;
use vyavs_signin::passkey::{
    PasskeyError, PendingRegistration, PendingSignIn, RegistrationAnswer, RelyingParty, SignInAnswer, TIMEOUT,
};
use vyavs_store::passkeys::{self as rows, PasskeyRow};
use vyavs_store::users;

pub use self::shapes::{NewPasskey, Passkey, PasskeyChange, PasskeyOptions, PasskeySignIn, Passkeys};
use super::change::Told;
use super::config::Address;
use super::params::{Body, IdPath, label};
use super::problem::{Answer, Problem};
use super::serve::Peer;
use super::session::{Session, client, opened};
use super::viewer::{self, Viewer};
use super::{Hub, HubState};
use crate::identity::passkeys::{self, Shown, record, user, written};
use crate::identity::{self, factors::FactorError, people};

/// Ceremonies at any time; beyond it the oldest gives way.
const PENDING: usize = 10_000;
/// Passkeys of one person: more than anybody has devices.
const MOST: usize = 20;

/// Passkeys that are being added or shown.
pub(crate) struct Ceremonies {
    /// `None` where the hub's address is no domain name: passkeys are bound to one.
    party: Option<RelyingParty>,
    /// By challenge: the sign-in that asked.
    adding: Mutex<Once<(Uuid, PendingRegistration)>>,
    /// By challenge: the hash of the browser's cookie.
    showing: Mutex<Once<(Vec<u8>, PendingSignIn)>>,
}

impl Ceremonies {
    pub(crate) fn at(address: &Address) -> Self {
        let host = address.base_url.split("://").nth(1).unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let party = RelyingParty::new(host, "VyavsAI", std::slice::from_ref(&address.base_url)).ok();
        Self { party, adding: Mutex::new(Once::new(PENDING)), showing: Mutex::new(Once::new(PENDING)) }
    }
}

fn shape(row: &PasskeyRow) -> Result<Passkey, Problem> {
    let known = record(row)?;
    Ok(Passkey {
        id: row.id,
        name: row.name.clone(),
        created_at: known.created_at,
        last_used_at: known.used_at,
        backed_up: known.backed_up,
    })
}

fn party(hub: &Hub) -> Result<&RelyingParty, Problem> {
    hub.ceremonies.party.as_ref().ok_or_else(|| {
        Problem::Conflict(format!(
            "passkeys are bound to a domain name, and this hub is found at {}; set [http] public_url",
            hub.address.base_url
        ))
    })
}

fn answer<T: DeserializeOwned>(credential: Map<String, Value>) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(credential)).map_err(|error| Problem::Body(format!("credential: {error}")))
}

fn options(options: &impl Serialize, as_of: Timestamp) -> Result<Json<PasskeyOptions>, Problem> {
    match serde_json::to_value(options) {
        Ok(Value::Object(options)) => Ok(Json(PasskeyOptions { options, as_of })),
        other => Err(Problem::Internal(anyhow::anyhow!("options of a passkey are no object: {other:?}"))),
    }
}

fn refused(why: PasskeyError) -> Problem {
    FactorError::Passkey(why).into()
}

fn cookie_name(hub: &Hub) -> &'static str {
    if hub.address.secure { "__Host-vyavs-passkey" } else { "vyavs-passkey" }
}

/// The passkey that a browser shows, with what it was asked, which is good for nothing from now on.
pub(super) fn shown<'a>(
    hub: &'a Hub,
    headers: &HeaderMap,
    credential: Map<String, Value>,
) -> Result<Shown<'a>, Problem> {
    let (party, now) = (party(hub)?, hub.clock.now());
    let answer: SignInAnswer = answer(credential)?;
    let challenge = answer.challenge().map_err(refused)?;
    let taken = hub.ceremonies.showing.lock().unwrap_or_else(PoisonError::into_inner).take(&challenge, now);
    let jar = CookieJar::from_headers(headers);
    let browser = jar.get(cookie_name(hub)).map(|cookie| identity::hash(cookie.value()));
    match taken {
        Some((asked, pending)) if Some(&asked) == browser.as_ref() => Ok(Shown { party, pending, answer }),
        _ => Err(refused(PasskeyError::Challenge)),
    }
}

/// The own passkeys.
#[utoipa::path(get, path = "/auth/passkeys", tag = "auth", responses((status = 200, body = Passkeys), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn passkeys(State(hub): State<HubState>, viewer: Viewer) -> Answer<Passkeys> {
    let user = viewer.person()?.user;
    let rows = rows::list(&mut hub.store.begin_read(viewer.org).await?, viewer.org, user).await?;
    let passkeys = rows.iter().map(shape).collect::<Result<_, _>>()?;
    Ok(Json(Passkeys { passkeys, as_of: hub.clock.now() }))
}

/// Begins to add a passkey: answers what `navigator.credentials.create` needs.
#[utoipa::path(post, path = "/auth/passkeys/registration", tag = "auth",
    responses((status = 200, body = PasskeyOptions), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn begin_passkey(State(hub): State<HubState>, viewer: Viewer) -> Answer<PasskeyOptions> {
    let (person, party, now) = (viewer.person()?, party(&hub)?, hub.clock.now());
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let known = users::get(&mut tx, viewer.org, person.user).await?.ok_or(Problem::NotFound("person"))?;
    let rows = rows::list(&mut tx, viewer.org, person.user).await?;
    if rows.len() >= MOST {
        return Err(Problem::Conflict(format!("a person has at most {MOST} passkeys; remove one first")));
    }
    let existing = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
    let random = identity::random().map_err(|error| Problem::Internal(error.into()))?;
    let (creation, pending) = party.begin_registration(&user(&known)?, &existing, random, now);
    let (challenge, until) = (pending.challenge(), pending.expires_at());
    let mut adding = hub.ceremonies.adding.lock().unwrap_or_else(PoisonError::into_inner);
    adding.put(&challenge, (person.family, pending), until, now);
    options(&creation, now)
}

/// Adds the passkey that the browser made. From now on a password alone signs in no more.
#[utoipa::path(post, path = "/auth/passkeys", tag = "auth", request_body = NewPasskey,
    responses((status = 201, body = Passkey), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn add_passkey(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewPasskey>,
) -> Result<(StatusCode, Json<Passkey>), Problem> {
    let (person, party, now) = (viewer.person()?, party(&hub)?, hub.clock.now());
    let name = label("name", &new.name, 60)?.to_owned();
    let answer: RegistrationAnswer = answer(new.credential)?;
    let challenge = answer.challenge().map_err(refused)?;
    let taken = hub.ceremonies.adding.lock().unwrap_or_else(PoisonError::into_inner).take(&challenge, now);
    let pending = taken.filter(|(family, _)| *family == person.family).map(|(_, pending)| pending);
    let pending = pending.ok_or_else(|| refused(PasskeyError::Challenge))?;
    let mut change = hub.change_as_hub(&viewer).await?;
    let somebodys = rows::by_credential(&mut change.tx, &answer.credential_id().0).await?.is_some();
    let passkey = party.finish_registration(pending, &answer, somebodys, now).map_err(refused)?;
    let row = PasskeyRow {
        id: Uuid::new_v4(),
        org: viewer.org,
        user: person.user,
        credential: passkey.id.0.to_vec(),
        name,
        record: written(&passkey)?,
    };
    match rows::insert(&mut change.tx, &row).await {
        Err(error) if error.is_taken() => return Err(refused(PasskeyError::AlreadyRegistered)),
        done => done?,
    }
    change.commit(Told::new("auth.passkeys.add", row.id)).await?;
    Ok((StatusCode::CREATED, Json(shape(&row)?)))
}

/// Calls one of the own passkeys something else.
#[utoipa::path(patch, path = "/auth/passkeys/{id}", tag = "auth", request_body = PasskeyChange,
    params(("id" = Uuid, Path, description = "The passkey")), responses((status = 200, body = Passkey), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn rename_passkey(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
    Body(request): Body<PasskeyChange>,
) -> Answer<Passkey> {
    let user = viewer.person()?.user;
    let mut change = hub.change(&viewer).await?;
    let mut row = rows::get(&mut change.tx, viewer.org, user, id).await?.ok_or(Problem::NotFound("passkey"))?;
    if let Some(name) = &request.name {
        label("name", name, 60)?.clone_into(&mut row.name);
        rows::rename(&mut change.tx, viewer.org, user, id, &row.name).await?;
    }
    change.commit(Told::new("auth.passkeys.rename", id)).await?;
    Ok(Json(shape(&row)?))
}

/// Removes one of the own passkeys: it signs in no more.
#[utoipa::path(delete, path = "/auth/passkeys/{id}", tag = "auth",
    params(("id" = Uuid, Path, description = "The passkey")), responses((status = 204, description = "Removed"), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn remove_passkey(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let user = viewer.person()?.user;
    let mut change = hub.change(&viewer).await?;
    if !rows::remove(&mut change.tx, viewer.org, user, id).await? {
        return Err(Problem::NotFound("passkey"));
    }
    change.commit(Told::new("auth.passkeys.remove", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to show a passkey, to sign in or to confirm: answers what `navigator.credentials.get` needs.
#[utoipa::path(post, path = "/auth/passkeys/challenge", tag = "auth",
    responses((status = 200, body = PasskeyOptions), Problem), security(()))]
pub(crate) async fn passkey_challenge(
    State(hub): State<HubState>,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
) -> Result<(CookieJar, Json<PasskeyOptions>), Problem> {
    viewer::own_origin(&hub, &headers, false)?;
    hub.limits.take_stranger(peer.map(|Extension(Peer(at))| at.ip()))?;
    let (party, now) = (party(&hub)?, hub.clock.now());
    let bytes = || identity::random::<32>().map_err(|error| Problem::Internal(error.into()));
    let browser = URL_SAFE_NO_PAD.encode(bytes()?);
    let (request, pending) = party.begin_sign_in(bytes()?, now);
    let (challenge, until) = (pending.challenge(), pending.expires_at());
    let kept = (identity::hash(&browser), pending);
    hub.ceremonies.showing.lock().unwrap_or_else(PoisonError::into_inner).put(&challenge, kept, until, now);
    let life = (SameSite::Strict, TIMEOUT.as_secs());
    let cookie = viewer::of_this_host(&hub, cookie_name(&hub), browser, life);
    Ok((CookieJar::new().add(cookie), options(&request, now)?))
}

/// Signs in with a passkey alone: it is two factors, for its device asked for finger, face or PIN.
#[utoipa::path(post, path = "/auth/passkeys/sign-in", tag = "auth", request_body = PasskeySignIn,
    responses((status = 200, body = Session), Problem), security(()))]
pub(crate) async fn passkey_sign_in(
    State(hub): State<HubState>,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
    Body(request): Body<PasskeySignIn>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    // Nobody is to be signed in as somebody else by a foreign page.
    viewer::own_origin(&hub, &headers, false)?;
    hub.limits.take_stranger(peer.as_ref().map(|Extension(Peer(at))| at.ip()))?;
    let (shown, now) = (shown(&hub, &headers, request.credential)?, hub.clock.now());
    let mut tx = hub.store.begin_write().await?;
    let (org, id) = passkeys::verify(&mut tx, shown, now).await.map_err(|error| match error {
        // Whether it is unknown, or wrong: one answer.
        FactorError::Wrong => Problem::Passkey,
        error => error.into(),
    })?;
    let person = users::get(&mut tx, org, id).await?.filter(|user| user.disabled_at.is_none());
    let person = person.ok_or(Problem::Passkey)?;
    let signed = people::begin(&mut tx, person, ("hwk", now), &client(&headers, peer), now).await?;
    tx.commit().await?;
    opened(&hub, signed).await
}
