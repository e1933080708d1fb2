//! `/api/v1/machine-clients`: programs that trade a secret for short access tokens (`POST /auth/token`).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vyavs_signin::machine::MachineClient;
use vyavs_store::machine_keys::Kind;

use super::HubState;
use super::keys::{machines, make, revoke};
use super::machine::{Granted, Machine, NewMachine};
use super::params::{Body, IdPath};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use crate::identity;

/// All clients of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MachineClients {
    /// Newest first.
    pub machine_clients: Vec<Machine>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A new client. Its secret is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeMachineClient {
    /// Who it is at `POST /auth/token`.
    #[schema(example = "vyc_3zr8d1s9tq6w2x0b")]
    pub client_id: String,
    /// What it proves that with.
    #[schema(example = "vycs_…")]
    pub client_secret: String,
    /// What it is.
    pub details: Machine,
    /// When it was made.
    pub as_of: Timestamp,
}

/// The clients; a secret is shown only when its client is made.
#[utoipa::path(get, path = "/machine-clients", tag = "keys", responses((status = 200, body = MachineClients), Problem),
    security(("session" = ["keys.write"]), ("bearer" = ["keys.write"])))]
pub(crate) async fn machine_clients(State(hub): State<HubState>, viewer: Viewer) -> Answer<MachineClients> {
    let machine_clients = machines(&hub, &viewer, Kind::Client).await?;
    Ok(Json(MachineClients { machine_clients, as_of: hub.clock.now() }))
}

/// Makes a client.
#[utoipa::path(post, path = "/machine-clients", tag = "keys", request_body = NewMachine,
    responses((status = 201, body = MadeMachineClient), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn create_machine_client(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(new): Body<NewMachine>,
) -> Result<(StatusCode, Json<MadeMachineClient>), Problem> {
    let random = identity::random().map_err(|error| Problem::Internal(error.into()))?;
    let issue = |granted: &Granted| {
        let (secret, client) = MachineClient::register(granted.scopes.clone(), random);
        let kept =
            client.secrets.first().ok_or_else(|| Problem::Internal(anyhow::anyhow!("a client has no secret")))?;
        Ok((client.id, kept.digest.as_bytes().to_vec(), secret))
    };
    let (details, client_secret) = make(&hub, &viewer, &new, (Kind::Client, "clients.create"), issue).await?;
    let client_id = details.public_id.clone();
    Ok((StatusCode::CREATED, Json(MadeMachineClient { client_id, client_secret, details, as_of: hub.clock.now() })))
}

/// Makes a client good for nothing: its secret and every access token that it has bought, from now on.
#[utoipa::path(delete, path = "/machine-clients/{id}", tag = "keys",
    params(("id" = Uuid, Path, description = "The client")),
    responses((status = 204, description = "Revoked"), Problem),
    security(("session" = ["keys.write", "step-up"]), ("bearer" = ["keys.write", "step-up"])))]
pub(crate) async fn revoke_machine_client(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    revoke(&hub, &viewer, id, (Kind::Client, "clients.revoke")).await
}
