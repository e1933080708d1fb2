//! Invitations and forgotten passwords: links by mail that work once, and the mail that went out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_signin::link::Purpose;
use vyavs_store::users::{self, User};
use vyavs_store::{Tx, orgs};

use super::change::Told;
use super::params::{Body, IdPath, label};
use super::people::may_grant;
use super::problem::{Answer, Problem, RequestId};
use super::serve::Peer;
use super::viewer::Viewer;
use super::{Hub, HubState};
use crate::access::Role;
use crate::identity::links::{self, IssueError, RedeemError};
use crate::identity::people::PeopleError;
use crate::messages::MessageError;
use crate::messages::mail::{Letter, Words};
use crate::messages::resets::TooMany;

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::Store(error) => error.into(),
            error => Self::Internal(error.into()),
        }
    }
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Store(error) => error.into(),
            error @ IssueError::Random(_) => Self::Internal(error.into()),
        }
    }
}

impl From<RedeemError> for Problem {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Link(error) => Self::Link(error),
            RedeemError::Password(error) => PeopleError::from(error).into(),
            RedeemError::Store(error) => error.into(),
        }
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Joining an organization.
    Invitation,
    /// A new password.
    PasswordReset,
}

impl From<LinkKind> for Purpose {
    fn from(kind: LinkKind) -> Self {
        match kind {
            LinkKind::Invitation => Self::Invitation,
            LinkKind::PasswordReset => Self::PasswordReset,
        }
    }
}

/// The token of a link: what stands behind its `#`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkToken {
    /// What it is for.
    pub kind: LinkKind,
    /// As in the link.
    #[schema(example = "vyl_…", max_length = 200)]
    pub token: String,
}

/// Whose link it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkInfo {
    /// What it is for.
    pub kind: LinkKind,
    /// To sign in with, once there is a password.
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// How the person is called; may be empty.
    pub name: String,
    /// The organization's name.
    #[schema(example = "Example Retail")]
    pub organization_name: String,
    /// Until when the link works.
    pub expires_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A link, taken.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// As in the link.
    #[schema(example = "vyl_…", max_length = 200)]
    pub token: String,
    /// At least 8 characters, 15 advised; not one that is known or easily guessed.
    #[schema(format = "password", min_length = 8, max_length = 1024)]
    pub password: String,
    /// How the person wants to be called.
    #[schema(max_length = 120)]
    pub name: Option<String>,
}

/// A link, taken for a new password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// As in the link.
    #[schema(example = "vyl_…", max_length = 200)]
    pub token: String,
    /// At least 8 characters, 15 advised; not one that is known or easily guessed.
    #[schema(format = "password", min_length = 8, max_length = 1024)]
    pub password: String,
}

/// Who forgot a password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Forgotten {
    /// The address to sign in with.
    #[schema(example = "ana@example.com", max_length = 254)]
    pub email: String,
}

/// Heard. Whether there is such a person is not said.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Heard {
    /// For people.
    pub message: String,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// An invitation on its way.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Invited {
    /// Whom.
    pub user_id: Uuid,
    /// The mail: see `/mails`.
    pub mail_id: Uuid,
    /// Whether a mail server is configured; without one the mail waits.
    pub mail_server: bool,
    /// Until when the link in it works.
    pub expires_at: Timestamp,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// Writes an invitation for a person, in the transaction of the caller.
pub(super) async fn invite(hub: &Hub, tx: &mut Tx<'_>, user: &User) -> Result<Invited, Problem> {
    let now = hub.clock.now();
    let organization = orgs::get(tx, user.org).await?.map(|org| org.name).unwrap_or_default();
    let (link, expires_at) = links::issue(tx, &hub.address.base_url, user, Purpose::Invitation, now).await?;
    let letter = Letter {
        id: Uuid::now_v7(),
        org: user.org,
        user: Some(user.id),
        kind: "invitation",
        to: user.email.clone(),
        words: Words::invitation(&organization, &link, expires_at),
        good_until: Some(expires_at),
    };
    hub.messages.put(tx, &letter).await?;
    let mail_server = hub.messages.has_mail_server();
    Ok(Invited { user_id: user.id.0, mail_id: letter.id, mail_server, expires_at, as_of: now })
}

/// Sends a person an invitation, again where there was one: earlier links stop working.
#[utoipa::path(post, path = "/users/{id}/invite", tag = "people", params(("id" = Uuid, Path, description = "The person")),
    responses((status = 202, body = Invited), Problem),
    security(("session" = ["users.write", "step-up"]), ("bearer" = ["users.write", "step-up"])))]
pub(crate) async fn invite_person(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    let mut change = hub.change(&viewer).await?;
    let user = users::get(&mut change.tx, viewer.org, UserId(id)).await?.ok_or(Problem::NotFound("person"))?;
    may_grant(&viewer, user.role.parse().unwrap_or(Role::Viewer))?;
    if user.disabled_at.is_some() {
        return Err(Problem::Conflict("this person is shut out; let them in again first".to_owned()));
    }
    let invited = invite(&hub, &mut change.tx, &user).await?;
    change.commit(Told::new("users.invite", id)).await?;
    hub.messages.ring();
    Ok((StatusCode::ACCEPTED, Json(invited)))
}

/// Whose link this is, for the page that takes it. By POST: a token in an address would stand in logs.
#[utoipa::path(post, path = "/auth/links", tag = "auth", request_body = LinkToken,
    responses((status = 200, body = LinkInfo), Problem), security(()))]
pub(crate) async fn link_info(State(hub): State<HubState>, Body(asked): Body<LinkToken>) -> Answer<LinkInfo> {
    let now = hub.clock.now();
    let mut tx = hub.store.begin_read_hub().await?;
    let (user, row) = links::look(&mut tx, asked.kind.into(), &asked.token, now).await?;
    let organization = orgs::get(&mut tx, user.org).await?;
    Ok(Json(LinkInfo {
        kind: asked.kind,
        email: user.email,
        name: user.name,
        organization_name: organization.map(|org| org.name).unwrap_or_default(),
        expires_at: row.expires_at,
        as_of: now,
    }))
}

/// Accepts an invitation: the person can sign in with this password from now on.
#[utoipa::path(post, path = "/auth/invitations/accept", tag = "auth", request_body = Acceptance,
    responses((status = 204, description = "Accepted"), Problem), security(()))]
pub(crate) async fn accept_invitation(
    State(hub): State<HubState>,
    Extension(RequestId(request)): Extension<RequestId>,
    Body(given): Body<Acceptance>,
) -> Result<StatusCode, Problem> {
    let name = given.name.as_deref().map(|name| label("name", name, 120)).transpose()?;
    let shown = (Purpose::Invitation, given.token.as_str());
    let at = (hub.clock.now(), request.as_str());
    links::redeem(&hub.store, &hub.passwords, shown, (given.password, name), at).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a link for a new password, if there is such a person. The answer and its time are the same if there is not.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "auth", request_body = Forgotten,
    responses((status = 202, body = Heard), Problem), security(()))]
pub(crate) async fn forgot_password(
    State(hub): State<HubState>,
    peer: Option<Extension<Peer>>,
    Body(given): Body<Forgotten>,
) -> Result<(StatusCode, Json<Heard>), Problem> {
    if given.email.len() > 254 || !given.email.contains('@') {
        return Err(Problem::parameter("email", &given.email, "an e-mail address"));
    }
    let peer = peer.map(|Extension(Peer(at))| at.ip().to_string()).unwrap_or_default();
    hub.messages.forgot(&given.email, &peer).map_err(|too_many| match too_many {
        TooMany::Often => {
            Problem::TooMany("a new password was asked for too often; look into the mailbox, or wait ten minutes")
        }
        TooMany::Full => Problem::Busy,
    })?;
    let message = "If this address signs in here, a mail with a link is on its way to it.".to_owned();
    Ok((StatusCode::ACCEPTED, Json(Heard { message, as_of: hub.clock.now() })))
}

/// Sets a new password with the link of a mail, and ends every sign-in of the person.
#[utoipa::path(post, path = "/auth/password/reset", tag = "auth", request_body = PasswordReset,
    responses((status = 204, description = "Set"), Problem), security(()))]
pub(crate) async fn reset_password(
    State(hub): State<HubState>,
    Extension(RequestId(request)): Extension<RequestId>,
    Body(given): Body<PasswordReset>,
) -> Result<StatusCode, Problem> {
    let shown = (Purpose::PasswordReset, given.token.as_str());
    let at = (hub.clock.now(), request.as_str());
    let user = links::redeem(&hub.store, &hub.passwords, shown, (given.password, None), at).await?;
    hub.attempts.right(&user.email);
    tell_changed(&hub, &user).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells a person that the password is another one. It was set already: a mail that cannot be written is only logged.
async fn tell_changed(hub: &Hub, user: &User) {
    let told = async {
        let mut tx = hub.store.begin_write_for(user.org).await.map_err(MessageError::from)?;
        let letter = Letter {
            id: Uuid::now_v7(),
            org: user.org,
            user: Some(user.id),
            kind: "password_changed",
            to: user.email.clone(),
            words: Words::password_changed(hub.clock.now()),
            good_until: None,
        };
        hub.messages.put(&mut tx, &letter).await?;
        tx.commit().await.map_err(MessageError::from)
    };
    match told.await {
        Ok(()) => hub.messages.ring(),
        Err(cause) => {
            tracing::warn!(user.id = %user.id, "no mail about a new password: {:#}", anyhow::Error::from(cause))
        }
    }
}
