//! How a box becomes a device of a store: an administrator makes a token, the box trades it for a certificate.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::StoreId;

use super::HubState;
use super::params::{Body, label};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use crate::identity::enrol::{self, EnrolError};

/// Which device is to be enrolled.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// The store it will stand in.
    pub store_id: Uuid,
    /// For people; 1 to 80 characters.
    #[schema(example = "box-1", min_length = 1, max_length = 80)]
    pub device_name: String,
}

/// A token, shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// For `vyavs-edge enrol`; good for one device, once.
    #[schema(example = "vyavs1.eyJodWIiOiJodHRwczovL2h1Yi5leGFtcGxlIn0")]
    pub token: String,
    /// At the latest 24 hours from now.
    pub expires_at: Timestamp,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// What a box sends, once, to become a device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The token, whole or only its secret part.
    pub token: String,
    /// A PKCS #10 request in PEM, signed with the key made on the device: Ed25519 or ECDSA P-256. The names in it are not used.
    #[schema(example = "-----BEGIN CERTIFICATE REQUEST-----\n…\n-----END CERTIFICATE REQUEST-----\n")]
    pub csr_pem: String,
}

/// What a device needs to talk to the hub.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Enrolled {
    /// `urn:vyavs:{organization}:{store}:{device}`: also the SAN URI of the certificate and the MQTT client id.
    pub identity: String,
    /// Its certificate; at most 90 days.
    pub certificate_pem: String,
    /// Whom to trust as the hub.
    pub ca_pem: String,
    /// The hub's Ed25519 key, base64 of 32 bytes: only what it signed may let the device erase.
    #[schema(example = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    pub hub_key: String,
    /// Where to connect (TLS 1.3, MQTT).
    #[schema(example = "hub.example")]
    pub mqtt_host: String,
    /// The port there.
    #[schema(example = 8883)]
    pub mqtt_port: u16,
    /// The zone, currency and day of the store.
    pub store: EnrolledStore,
    /// When the certificate expires.
    pub expires_at: Timestamp,
    /// When this was answered: a box without a clock may begin with it.
    pub as_of: Timestamp,
}

/// What a device should know of its store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolledStore {
    /// For people.
    #[schema(example = "Fore Street")]
    pub name: String,
    /// IANA zone.
    #[schema(example = "Europe/London")]
    pub timezone: String,
    /// ISO 4217.
    #[schema(example = "GBP")]
    pub currency: String,
    /// Local time at which its business day begins.
    #[schema(example = "04:00")]
    pub day_starts: String,
}

impl From<EnrolError> for Problem {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::NoStore => Self::NotFound("store"),
            EnrolError::Unknown => Self::EnrolmentToken("this enrolment token is unknown"),
            EnrolError::Used => {
                Self::EnrolmentToken("this enrolment token was used already; each is good for one device, once")
            }
            EnrolError::Expired => Self::EnrolmentToken("this enrolment token has expired"),
            EnrolError::Csr(error) => Self::Body(error.to_string()),
            EnrolError::Store(error) => error.into(),
            EnrolError::Keys(_) => Self::Internal(error.into()),
        }
    }
}

/// Makes a one-time token for one device.
#[utoipa::path(post, path = "/enrolment-tokens", tag = "fleet", request_body = TokenRequest,
    responses((status = 201, body = Token), Problem), security(("session" = ["fleet.write", "step-up"]), ("bearer" = ["fleet.write", "step-up"])))]
pub(crate) async fn create_enrolment_token(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Json<Token>), Problem> {
    let name = label("device_name", &request.device_name, 80)?;
    let (now, place) = (hub.clock.now(), (viewer.org, StoreId(request.store_id), name));
    viewer.store(&mut hub.store.begin_read(viewer.org).await?, place.1).await?;
    let (invitation, expires_at) = enrol::invite(&hub.store, &hub.keys, &hub.address.base_url, place, now).await?;
    info!(actor.id = %viewer.actor.id(), store.id = %request.store_id, "made an enrolment token");
    Ok((StatusCode::CREATED, Json(Token { token: invitation.to_text(), expires_at, as_of: now })))
}

/// Trades a token and a signing request for a certificate.
#[utoipa::path(post, path = "/enrol", tag = "fleet", request_body = EnrolRequest,
    responses((status = 200, body = Enrolled), Problem), security(()))]
pub(crate) async fn enrol(State(hub): State<HubState>, Body(request): Body<EnrolRequest>) -> Answer<Enrolled> {
    let now = hub.clock.now();
    let made = enrol::redeem(&hub.store, &hub.keys, &request.token, &request.csr_pem, now).await?;
    Ok(Json(Enrolled {
        identity: made.identity.to_string(),
        certificate_pem: made.certificate.pem,
        ca_pem: hub.keys.ca_pem().to_owned(),
        hub_key: STANDARD.encode(hub.keys.hub_key()),
        mqtt_host: hub.address.mqtt_host.clone(),
        mqtt_port: hub.address.mqtt_port,
        store: EnrolledStore {
            name: made.store.name,
            timezone: made.store.timezone,
            currency: made.store.currency.to_string(),
            day_starts: made.store.day_starts.strftime("%H:%M").to_string(),
        },
        expires_at: made.certificate.not_after,
        as_of: now,
    }))
}
