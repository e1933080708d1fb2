//! `POST /api/v1/auth/token`: OAuth 2.0 client credentials (RFC 6749 §4.4). Requests, answers and refusals have the
//! shapes of that standard, so that any OAuth library can call it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use utoipa::ToSchema;
use vyavs_signin::machine::{TokenError, TokenRequest};
use vyavs_store::machine_keys::{self, Kind};

use super::problem::{OwnShape, Problem};
use super::serve::Peer;
use super::{Hub, HubState, machine};
use crate::identity::tokens::ACCESS_S;

/// The form that asks for a token.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenForm {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials")]
    pub grant_type: String,
    /// Who asks, where it is not said by HTTP Basic.
    #[schema(example = "vyc_3zr8d1s9tq6w2x0b")]
    pub client_id: Option<String>,
    /// Its secret, where it is not said by HTTP Basic.
    #[schema(format = "password")]
    pub client_secret: Option<String>,
    /// Permissions separated by spaces, to get a token that may less than the client; without, all that it may.
    #[schema(example = "sales.read stores.read")]
    pub scope: Option<String>,
}

/// A token.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AccessToken {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// How long it lasts, s.
    #[schema(example = 600)]
    pub expires_in: u32,
    /// What it may do: permissions separated by spaces.
    #[schema(example = "sales.read stores.read")]
    pub scope: String,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// No token (RFC 6749 §5.2).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenRefused {
    /// `invalid_request`, `invalid_client`, `invalid_scope` or `unsupported_grant_type`.
    #[schema(example = "invalid_client")]
    pub error: String,
    /// The same, for people.
    pub error_description: String,
}

/// Trades a client's id and secret, by HTTP Basic or in the form, for an access token of ten minutes.
#[utoipa::path(post, path = "/auth/token", tag = "auth",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = AccessToken), (status = 400, body = TokenRefused), (status = 401, body = TokenRefused),
        Problem), security(()))]
pub(crate) async fn token(
    State(hub): State<HubState>,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
    body: Bytes,
) -> Response {
    if let Err(limit) = hub.limits.take_stranger(peer.map(|Extension(Peer(at))| at.ip())) {
        return limit.into_response();
    }
    let text = |name: header::HeaderName| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    let request = match TokenRequest::read(text(header::AUTHORIZATION), text(header::CONTENT_TYPE), &body) {
        Ok(request) => request,
        Err(error) => return refusal(error),
    };
    match grant(&hub, &request).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            info!(client = request.client_id(), "no access token: {error}");
            refusal(error)
        }
        Err(problem) => problem.into_response(),
    }
}

async fn grant(hub: &Hub, request: &TokenRequest) -> Result<Result<Response, TokenError>, Problem> {
    let now = hub.clock.now();
    let found = machine_keys::shown(&mut hub.store.begin_read_hub().await?, Kind::Client, request.client_id()).await?;
    let client = found.as_ref().map(machine::client).transpose()?;
    let grant = match request.grant(client.as_ref(), now) {
        Ok(grant) => grant,
        Err(error) => return Ok(Err(error)),
    };
    let row = found.ok_or_else(|| Problem::Internal(anyhow::anyhow!("a grant to nobody")))?;
    if let Err(limit) = hub.limits.take(row.org, row.id) {
        warn!(client.id = %row.id, "a machine asks for tokens more often than the limit");
        return Err(limit.into());
    }
    machine::note_used(hub, &row).await?;
    let scope = grant.scopes.to_string();
    let token = hub.keys.tokens().make_for_machine((row.id, row.org), &scope, now);
    let access_token = token.map_err(|error| Problem::Internal(error.into()))?;
    let answer = AccessToken { access_token, token_type: "Bearer".to_owned(), expires_in: ACCESS_S, scope, as_of: now };
    // `Cache-Control: no-store` stands on every answer of the API; the older name is the standard's wish.
    Ok(Ok(([(header::PRAGMA, "no-cache")], Json(answer)).into_response()))
}

fn refusal(error: TokenError) -> Response {
    let body = TokenRefused { error: error.code().to_owned(), error_description: error.to_string() };
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = (status, Json(body)).into_response();
    response.extensions_mut().insert(OwnShape);
    if matches!(error, TokenError::InvalidClient { .. }) {
        let way = HeaderValue::from_static("Basic realm=\"vyavs\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, way);
    }
    response
}
