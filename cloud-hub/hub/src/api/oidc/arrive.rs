//! The browser is back from a sign-in service: who it is, and what follows from it.

use axum::response::Response;
use axum_extra::extract::cookie::Cookie;
use serde_json::{Value, json};
use tracing::{info, warn};
use vyavs_signin::oidc::{self, Identity, OidcError};
use vyavs_store::audit_log::{self, Actor, Entry};
use vyavs_store::identity_providers::IdentityProvider as Row;
use vyavs_store::{StoreError, Tx, sign_ins};

use super::journeys::{Own, Purpose};
use crate::api::Hub;
use crate::api::gate::FRESH;
use crate::api::problem::Problem;
use crate::api::session::{session_cookie, with_factor};
use crate::identity::elsewhere::{self, Known, NotLetIn};
use crate::identity::people::{self, PeopleError};

/// With which factor a sign-in was begun.
const FACTOR: &str = "oidc";

/// What the browser brought back.
pub(super) struct Back<'a> {
    /// The journey's cookie.
    pub(super) browser: &'a str,
    /// Behind the `?`.
    pub(super) query: &'a str,
    /// From where.
    pub(super) client: people::Client,
    pub(super) request_id: &'a str,
}

/// Where the browser goes on to.
pub(super) struct Arrived {
    pub(super) session: Option<Cookie<'static>>,
    pub(super) to: String,
}

/// Why it does not go on.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Our own fault.
    Hub(Problem),
    /// The service's, the person's or a thief's: a word for the dashboard, and the reason for the audit log.
    Why { word: &'static str, reason: String },
}

impl Refusal {
    fn why(word: &'static str, reason: impl ToString) -> Self {
        Self::Why { word, reason: reason.to_string() }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Hub(problem)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Hub(error.into())
    }
}

impl From<PeopleError> for Refusal {
    fn from(error: PeopleError) -> Self {
        Self::Hub(error.into())
    }
}

impl From<NotLetIn> for Refusal {
    fn from(error: NotLetIn) -> Self {
        match error {
            NotLetIn::Store(error) => error.into(),
            NotLetIn::NotInvited => Self::why("not-invited", error),
            // Without its source, which may name an address.
            error => Self::why("refused", error),
        }
    }
}

/// Whether it is the service that fails, or the way to it.
fn unavailable(error: &OidcError) -> bool {
    matches!(
        error,
        OidcError::Fetch { .. }
            | OidcError::Status { .. }
            | OidcError::ContentType { .. }
            | OidcError::Malformed { .. }
            | OidcError::Address { .. }
            | OidcError::DiscoveryIssuer { .. }
            | OidcError::Unsupported(_)
            | OidcError::Config(_)
    )
}

impl From<OidcError> for Refusal {
    fn from(error: OidcError) -> Self {
        let word = match &error {
            OidcError::Denied { .. } => "denied",
            OidcError::Expired(_) => "again",
            error if unavailable(error) => "unavailable",
            _ => "refused",
        };
        Self::why(word, format!("{:#}", anyhow::Error::from(error)))
    }
}

/// Ends a journey.
pub(super) async fn arrive(hub: &Hub, row: &Row, back: Back<'_>) -> Result<Arrived, Refusal> {
    let now = hub.clock.now();
    let state = oidc::state(back.query)?;
    let waiting = hub.journeys.take(&state, now);
    let waiting =
        waiting.ok_or_else(|| Refusal::why("again", "the state is unknown, was used before or has expired"))?;
    if waiting.provider != row.id {
        return Err(Refusal::why("refused", "the answer came to the address of another sign-in service"));
    }
    if row.disabled_at.is_some() {
        return Err(Refusal::why("refused", "nobody signs in through this service any more"));
    }
    let service = hub.journeys.client(hub, row).await?;
    let finished = service.finish(waiting.journey, back.browser, back.query, &hub.journeys.outbound, now).await;
    if finished.as_ref().is_err_and(unavailable) {
        hub.journeys.forget(row.id).await;
    }
    let (identity, to) = (finished?, waiting.return_to.unwrap_or_else(|| "/".to_owned()));
    let session = match waiting.purpose {
        Purpose::SignIn => Some(sign_in(hub, row, &identity, &back).await?),
        Purpose::StepUp(own) => step_up(hub, row, &identity, own, &back).await.map(|()| None)?,
        Purpose::Link(own) => link(hub, row, &identity, own, &back).await.map(|()| None)?,
    };
    Ok(Arrived { session, to })
}

async fn sign_in(hub: &Hub, row: &Row, identity: &Identity, back: &Back<'_>) -> Result<Cookie<'static>, Refusal> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_write().await?;
    let (user, known) = elsewhere::person(&mut tx, &hub.passwords, row, identity, now).await?;
    // A service that signed the person in hours ago has shown no factor now: what is grave asks for one.
    let shown = elsewhere::asked_at(identity, FRESH, now);
    let signed = people::begin(&mut tx, user, (FACTOR, shown), &back.client, now).await?;
    let how = match known {
        Known::Before => "known",
        Known::Invited => "linked",
        Known::Added => "added",
    };
    let actor = Actor::Person(signed.user.id.0);
    note(&mut tx, hub, row, (actor, "auth.oidc.sign_in", 200), back.request_id, json!({"person": how})).await?;
    tx.commit().await?;
    info!(user.id = %signed.user.id, provider.id = %row.id, "signed in elsewhere");
    Ok(session_cookie(hub, &signed)?)
}

/// The sign-in that asked, if it still holds, and is of this service's organization.
async fn held(tx: &mut Tx<'_>, hub: &Hub, row: &Row, own: Own) -> Result<sign_ins::Holder, Refusal> {
    let holder = sign_ins::holder(tx, own.family, hub.clock.now()).await?;
    holder
        .filter(|holder| holder.user.id == own.user && holder.user.org == row.org)
        .ok_or_else(|| Refusal::why("again", "the sign-in that asked was ended meanwhile"))
}

async fn step_up(hub: &Hub, row: &Row, identity: &Identity, own: Own, back: &Back<'_>) -> Result<(), Refusal> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_write().await?;
    let holder = held(&mut tx, hub, row, own).await?;
    elsewhere::is(&mut tx, row, identity, own.user).await?;
    let shown = elsewhere::asked_at(identity, FRESH, now);
    sign_ins::stepped_up(&mut tx, own.family, &with_factor(&holder.factors, FACTOR), shown).await?;
    let actor = Actor::Person(own.user.0);
    note(&mut tx, hub, row, (actor, "auth.oidc.step_up", 200), back.request_id, json!({"sign_in": own.family})).await?;
    Ok(tx.commit().await?)
}

async fn link(hub: &Hub, row: &Row, identity: &Identity, own: Own, back: &Back<'_>) -> Result<(), Refusal> {
    let mut tx = hub.store.begin_write().await?;
    held(&mut tx, hub, row, own).await?;
    elsewhere::link(&mut tx, row, identity, own.user, hub.clock.now()).await?;
    let actor = Actor::Person(own.user.0);
    note(&mut tx, hub, row, (actor, "auth.oidc.link", 200), back.request_id, json!({"linked": true})).await?;
    Ok(tx.commit().await?)
}

async fn note(
    tx: &mut Tx<'_>,
    hub: &Hub,
    row: &Row,
    (actor, action, status): (Actor, &str, u16),
    request_id: &str,
    after: Value,
) -> Result<(), StoreError> {
    let entry = Entry {
        at: hub.clock.now(),
        actor,
        action: action.to_owned(),
        object: Some(row.id.to_string()),
        status,
        request_id: request_id.to_owned(),
        before: None,
        after: Some(after),
    };
    audit_log::append(tx, row.org, &entry).await.map(drop)
}

/// Tells the browser no more than a word, and the audit log why.
pub(super) async fn refused(hub: &Hub, row: &Row, refusal: Refusal, request_id: &str) -> Result<Response, Problem> {
    let (word, reason) = match refusal {
        Refusal::Hub(problem) => return Err(problem),
        Refusal::Why { word, reason } => (word, reason),
    };
    warn!(provider.id = %row.id, request.id = request_id, "a sign-in elsewhere was refused: {reason}");
    let mut tx = hub.store.begin_write_for(row.org).await?;
    let told = json!({"reason": reason});
    note(&mut tx, hub, row, (Actor::Hub, "auth.oidc.refused", 403), request_id, told).await?;
    tx.commit().await?;
    super::redirect(&format!("/?sso={word}"))
}
