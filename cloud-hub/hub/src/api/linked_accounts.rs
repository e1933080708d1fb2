//! `/api/v1/auth/linked-accounts`: the own accounts at sign-in services that sign in here, and how to part with one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_store::external_identities as rows;

use super::HubState;
use super::change::Told;
use super::params::IdPath;
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// An account at a sign-in service that signs in here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkedAccount {
    /// Its id.
    pub id: Uuid,
    /// What the organization calls the service; null when it is registered here no more: the account signs in no more then.
    #[schema(required, example = "Entra ID")]
    pub service: Option<String>,
    /// Who speaks for the account.
    #[schema(example = "https://id.example")]
    pub issuer: String,
    /// Since when.
    pub linked_at: Timestamp,
    /// When it signed in last; null when it never did.
    #[schema(required)]
    pub used_at: Option<Timestamp>,
}

/// Linked accounts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkedAccounts {
    /// The oldest first.
    pub accounts: Vec<LinkedAccount>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The own accounts at sign-in services.
#[utoipa::path(get, path = "/auth/linked-accounts", tag = "auth",
    responses((status = 200, body = LinkedAccounts), Problem), security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn linked_accounts(State(hub): State<HubState>, viewer: Viewer) -> Answer<LinkedAccounts> {
    let user = viewer.person()?.user;
    let rows = rows::list(&mut hub.store.begin_read(viewer.org).await?, viewer.org, user).await?;
    let account = |row: rows::LinkedAccount| LinkedAccount {
        id: row.id,
        service: row.service,
        issuer: row.issuer,
        linked_at: row.linked_at,
        used_at: row.used_at,
    };
    Ok(Json(LinkedAccounts { accounts: rows.into_iter().map(account).collect(), as_of: hub.clock.now() }))
}

/// Parts with an account elsewhere: it signs in no more, unless the service lets in whoever has the e-mail address. Who has no
/// password here is sent one by `POST /auth/password/forgot`.
#[utoipa::path(delete, path = "/auth/linked-accounts/{id}", tag = "auth",
    params(("id" = Uuid, Path, description = "The linked account")),
    responses((status = 204, description = "Unlinked"), Problem),
    security(("session" = ["self", "step-up"]), ("bearer" = ["self", "step-up"])))]
pub(crate) async fn unlink_account(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let user = viewer.person()?.user;
    let mut change = hub.change(&viewer).await?;
    if !rows::unlink(&mut change.tx, viewer.org, user, id).await? {
        return Err(Problem::NotFound("linked account"));
    }
    change.commit(Told::new("auth.oidc.unlink", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
