//! `/api/v1/auth/totp` and its kin: the second factors of whoever is signed in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vyavs_domain::ids::UserId;
use vyavs_signin::totp::qr;
use vyavs_store::{external_identities, factors as rows, passkeys, sessions, users};

use super::HubState;
use super::change::Told;
use super::params::{Body, IdPath};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use crate::access::Role;
use crate::identity::factors::{self, FactorError};

impl From<FactorError> for Problem {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Needed => Self::SecondFactor,
            FactorError::Wrong => Self::Code,
            FactorError::Passkey(why) => {
                tracing::info!("a passkey was refused: {why}");
                Self::Passkey
            }
            FactorError::Standing | FactorError::Nothing => Self::Conflict(error.to_string()),
            FactorError::Store(error) => error.into(),
            error => Self::ours(error),
        }
    }
}

/// The second factors of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Factors {
    /// Since when an authenticator app is asked for at sign-in; null: it is not.
    #[schema(required)]
    pub totp_since: Option<Timestamp>,
    /// How many recovery codes are left.
    #[schema(example = 10)]
    pub recovery_codes_left: usize,
    /// How many passkeys there are; with one, a password alone signs in no more.
    #[schema(example = 1)]
    pub passkeys: u64,
    /// When the recovery codes were made.
    #[schema(required)]
    pub recovery_codes_made_at: Option<Timestamp>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// What an authenticator app needs; shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TotpSetup {
    /// For typing in by hand, base32.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// What the QR code says.
    pub uri: String,
    /// The QR code, an SVG picture.
    pub qr_svg: String,
    /// When it was made.
    pub as_of: Timestamp,
}

/// A code of the app.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    /// Six digits.
    #[schema(example = "123456", max_length = 16)]
    pub code: String,
}

/// New recovery codes; shown this once, each good once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewRecoveryCodes {
    /// Ten codes.
    pub recovery_codes: Vec<String>,
    /// When they were made.
    pub as_of: Timestamp,
}

/// The own second factors.
#[utoipa::path(get, path = "/auth/factors", tag = "auth", responses((status = 200, body = Factors), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn own_factors(State(hub): State<HubState>, viewer: Viewer) -> Answer<Factors> {
    let person = (viewer.org, viewer.person()?.user);
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let totp = rows::totp(&mut tx, person.0, person.1).await?;
    let codes = factors::codes_left(&mut tx, person).await?;
    Ok(Json(Factors {
        totp_since: totp.and_then(|totp| totp.confirmed_at),
        passkeys: passkeys::count(&mut tx, person.0, person.1).await?,
        recovery_codes_left: codes.map_or(0, |(left, _)| left),
        recovery_codes_made_at: codes.map(|(_, made_at)| made_at),
        as_of: hub.clock.now(),
    }))
}

/// Begins to set up an authenticator app; it is not asked for until a first code was shown.
#[utoipa::path(post, path = "/auth/totp", tag = "auth", responses((status = 201, body = TotpSetup), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn begin_totp(
    State(hub): State<HubState>,
    viewer: Viewer,
) -> Result<(StatusCode, Json<TotpSetup>), Problem> {
    let (user, now) = (viewer.person()?.user, hub.clock.now());
    let mut change = hub.change(&viewer).await?;
    let secret = factors::begin(&mut change.tx, &hub.vault, (viewer.org, user), now).await?;
    // An app takes no colon in a name; an e-mail may hold one only in quotes.
    let uri = secret.uri("VyavsAI", &viewer.name.replace(':', "_"));
    let uri = uri.map_err(|error| Problem::Internal(error.into()))?;
    let qr_svg = qr::svg(&uri).map_err(|error| Problem::Internal(error.into()))?;
    change.commit(Told::new("auth.totp.begin", user)).await?;
    Ok((StatusCode::CREATED, Json(TotpSetup { secret: secret.to_base32(), uri, qr_svg, as_of: now })))
}

/// Shows the app's first code: from now on every sign-in asks for one. Answers the recovery codes.
#[utoipa::path(post, path = "/auth/totp/confirm", tag = "auth", request_body = TotpCode,
    responses((status = 200, body = NewRecoveryCodes), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn confirm_totp(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<TotpCode>,
) -> Answer<NewRecoveryCodes> {
    let (user, now) = (viewer.person()?.user, hub.clock.now());
    hub.attempt(&viewer.name)?;
    let mut change = hub.change(&viewer).await?;
    let recovery_codes = factors::confirm(&mut change.tx, &hub.vault, (viewer.org, user), &request.code, now).await?;
    change.commit(Told::new("auth.totp.confirm", user)).await?;
    hub.attempts.right(&viewer.name);
    Ok(Json(NewRecoveryCodes { recovery_codes, as_of: now }))
}

/// Takes the own app and the codes on paper away; without a passkey the password alone signs in again.
#[utoipa::path(delete, path = "/auth/totp", tag = "auth", responses((status = 204, description = "Removed"), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn remove_totp(State(hub): State<HubState>, viewer: Viewer) -> Result<StatusCode, Problem> {
    let user = viewer.person()?.user;
    let mut change = hub.change(&viewer).await?;
    if rows::remove(&mut change.tx, viewer.org, user).await? == 0 {
        return Err(Problem::NotFound("second factor"));
    }
    change.commit(Told::new("auth.totp.remove", user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ten new recovery codes; all earlier ones are good for nothing.
#[utoipa::path(post, path = "/auth/recovery-codes", tag = "auth",
    responses((status = 201, body = NewRecoveryCodes), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn new_recovery_codes(
    State(hub): State<HubState>,
    viewer: Viewer,
) -> Result<(StatusCode, Json<NewRecoveryCodes>), Problem> {
    let (user, now) = (viewer.person()?.user, hub.clock.now());
    let mut change = hub.change(&viewer).await?;
    if !factors::is_asked(&mut change.tx, (viewer.org, user)).await? {
        return Err(Problem::Conflict(
            "recovery codes stand in for an authenticator app or a passkey; set one up first".to_owned(),
        ));
    }
    let recovery_codes = factors::renew_codes(&mut change.tx, (viewer.org, user), now).await?;
    change.commit(Told::new("auth.recovery_codes", user)).await?;
    Ok((StatusCode::CREATED, Json(NewRecoveryCodes { recovery_codes, as_of: now })))
}

/// Takes a person's second factors, passkeys and links to sign-in services away, for who has lost them; every sign-in of the person ends.
#[utoipa::path(delete, path = "/users/{id}/factors", tag = "people", params(("id" = Uuid, Path, description = "The person")),
    responses((status = 204, description = "Removed"), Problem),
    security(("session" = ["users.write", "step-up"]), ("bearer" = ["users.write", "step-up"])))]
pub(crate) async fn remove_persons_factors(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let now = hub.clock.now();
    let mut change = hub.change_as_hub(&viewer).await?;
    let user = users::get(&mut change.tx, viewer.org, UserId(id)).await?.ok_or(Problem::NotFound("person"))?;
    super::people::may_grant(&viewer, user.role.parse().unwrap_or(Role::Viewer))?;
    rows::remove(&mut change.tx, viewer.org, user.id).await?;
    passkeys::remove_all(&mut change.tx, viewer.org, user.id).await?;
    external_identities::unlink_all(&mut change.tx, viewer.org, user.id).await?;
    sessions::end_all(&mut change.tx, user.id, now).await?;
    change.commit(Told::new("users.remove_factors", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
