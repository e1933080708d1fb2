//! `/api/v1/mails`: what the hub wrote to people, and whether it went out. What a mail says is not shown: its links let
//! people in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_store::mails::{self, State as Row};

use super::HubState;
use super::change::Told;
use super::params::{IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// To be sent, or to be tried again.
    Waiting,
    /// The mail server took it.
    Sent,
    /// Given up.
    Failed,
}

impl From<Row> for MailState {
    fn from(state: Row) -> Self {
        match state {
            Row::Waiting => Self::Waiting,
            Row::Sent => Self::Sent,
            Row::Failed => Self::Failed,
        }
    }
}

/// A mail.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Mail {
    /// Its id.
    pub id: Uuid,
    /// `invitation`, `password_reset`, `password_changed`, `notification`.
    pub kind: String,
    /// To which address.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// What became of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    #[schema(required)]
    pub error: Option<String>,
    /// When it is tried next; null when it is over.
    #[schema(required)]
    pub next_at: Option<Timestamp>,
    /// When it was sent or given up.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
}

impl From<mails::Mail> for Mail {
    fn from(mail: mails::Mail) -> Self {
        Self {
            id: mail.id,
            kind: mail.kind,
            recipient: mail.recipient,
            subject: mail.subject,
            state: mail.state.into(),
            attempts: mail.attempts,
            error: mail.error,
            next_at: (mail.state == Row::Waiting).then_some(mail.next_at),
            ended_at: mail.ended_at,
            created_at: mail.created_at,
        }
    }
}

/// Mail of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Mails {
    /// Newest first.
    pub mails: Vec<Mail>,
    /// Whether a mail server is configured; without one mail waits, and lies in a folder of the hub.
    pub mail_server: bool,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`mails`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MailsQuery {
    /// Only these.
    #[param(value_type = Option<MailState>, inline)]
    state: Option<Row>,
    /// Rows a page, 1 to 200; 50 without.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>)]
    limit: u32,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Parameters for MailsQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            state: pairs.one("state", "waiting, sent or failed")?,
            limit: pairs.number("limit", 1, 200, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

/// What the hub wrote to people of the organization, and whether it went out.
#[utoipa::path(get, path = "/mails", tag = "people", params(MailsQuery), responses((status = 200, body = Mails), Problem),
    security(("session" = ["users.write"]), ("bearer" = ["users.write"])))]
pub(crate) async fn mails(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<MailsQuery>,
) -> Answer<Mails> {
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let mut page = mails::page(&mut tx, viewer.org, query.state, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut page, query.limit, |mail| (mail.created_at, mail.id));
    Ok(Json(Mails {
        mails: page.into_iter().map(Mail::from).collect(),
        mail_server: hub.messages.has_mail_server(),
        next_cursor,
        as_of: hub.clock.now(),
    }))
}

/// Tries a mail again now that waits or was given up.
#[utoipa::path(post, path = "/mails/{id}/retry", tag = "people", params(("id" = Uuid, Path, description = "The mail")),
    responses((status = 202, description = "It is tried again"), Problem),
    security(("session" = ["users.write"]), ("bearer" = ["users.write"])))]
pub(crate) async fn retry_mail(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Result<StatusCode, Problem> {
    let mut change = hub.change(&viewer).await?;
    mails::get(&mut change.tx, viewer.org, id).await?.ok_or(Problem::NotFound("mail"))?;
    if !mails::retry(&mut change.tx, viewer.org, id, hub.clock.now()).await? {
        return Err(Problem::Conflict(
            "this mail was sent, or what it said was wiped; invite again instead".to_owned(),
        ));
    }
    change.commit(Told::new("mails.retry", id)).await?;
    hub.messages.ring();
    Ok(StatusCode::ACCEPTED)
}
