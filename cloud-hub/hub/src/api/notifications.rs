//! `/api/v1/notifications`: what a person was told, and what that person wants to be told.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vyavs_store::notifications as rows;

use super::HubState;
use super::change::Told;
use super::params::{Body, IdPath, Pairs, Parameters, Params, cursor, next_page};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use crate::messages::notify::{Kind, Ways};

/// Something a person was told; also the data of a `notification` event of `/stream`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Notification {
    /// Its id.
    pub id: Uuid,
    /// `job.finished`, `job.failed`, `webhook.off`, `alert`.
    #[schema(example = "job.finished")]
    pub kind: String,
    /// In a few words.
    #[schema(example = "Export ready")]
    pub title: String,
    /// In a sentence.
    pub body: String,
    /// The page of the dashboard that shows more.
    #[schema(required, example = "/jobs/0199c0de-0000-7000-8000-00000000beef")]
    pub link: Option<String>,
    /// Of which store.
    #[schema(required)]
    pub store_id: Option<Uuid>,
    /// When.
    pub at: Timestamp,
    /// When it was read.
    #[schema(required)]
    pub read_at: Option<Timestamp>,
}

impl From<rows::Notification> for Notification {
    fn from(row: rows::Notification) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            title: row.title,
            body: row.body,
            link: row.link,
            store_id: row.store.map(|store| store.0),
            at: row.at,
            read_at: row.read_at,
        }
    }
}

/// What the caller was told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Notifications {
    /// Newest first.
    pub notifications: Vec<Notification>,
    /// How many are not read, of all.
    pub unread: u64,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// Query of [`notifications`].
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotificationsQuery {
    /// Only those that are not read.
    #[param(value_type = Option<bool>)]
    unread: bool,
    /// Rows a page, 1 to 200; 50 without.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>)]
    limit: u32,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Parameters for NotificationsQuery {
    fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            unread: pairs.one("unread", "true or false")?.unwrap_or(false),
            limit: pairs.number("limit", 1, 200, 50)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }
}

/// How many were read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AllRead {
    /// That were not read before.
    pub read: u64,
    /// Up to when.
    pub as_of: Timestamp,
}

/// What a person wants of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// Of which kind.
    pub kind: Kind,
    /// In the dashboard. Without it, what comes by mail stands in the list as read.
    pub in_app: bool,
    /// By mail.
    pub mail: bool,
}

/// What a person wants. Of alerts people are told by the organization's routes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// One for each kind.
    pub kinds: Vec<Preference>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// What a person wants from now on; kinds that are left out stay as they are.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesChange {
    /// Some or all kinds.
    pub kinds: Vec<Preference>,
}

/// What the caller was told, newest first.
#[utoipa::path(get, path = "/notifications", tag = "notifications", params(NotificationsQuery),
    responses((status = 200, body = Notifications), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn notifications(
    State(hub): State<HubState>,
    viewer: Viewer,
    Params(query): Params<NotificationsQuery>,
) -> Answer<Notifications> {
    let user = viewer.person()?.user;
    let after = cursor::<(Timestamp, Uuid)>(query.cursor.as_deref())?;
    let mut tx = hub.store.begin_read(viewer.org).await?;
    let mut page = rows::page(&mut tx, (viewer.org, user), query.unread, after, query.limit + 1).await?;
    let next_cursor = next_page(&mut page, query.limit, |row| (row.at, row.id));
    Ok(Json(Notifications {
        notifications: page.into_iter().map(Notification::from).collect(),
        unread: rows::unread(&mut tx, viewer.org, user).await?,
        next_cursor,
        as_of: hub.clock.now(),
    }))
}

/// Marks one as read.
#[utoipa::path(post, path = "/notifications/{id}/read", tag = "notifications",
    params(("id" = Uuid, Path, description = "The notification")),
    responses((status = 200, body = Notification), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn read_notification(
    State(hub): State<HubState>,
    viewer: Viewer,
    IdPath(id): IdPath,
) -> Answer<Notification> {
    let user = viewer.person()?.user;
    let mut change = hub.change(&viewer).await?;
    let row = rows::read(&mut change.tx, viewer.org, user, id, hub.clock.now()).await?;
    let row = row.ok_or(Problem::NotFound("notification"))?;
    change.commit(Told::new("notifications.read", id)).await?;
    Ok(Json(row.into()))
}

/// Marks all as read.
#[utoipa::path(post, path = "/notifications/read-all", tag = "notifications",
    responses((status = 200, body = AllRead), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn read_all_notifications(State(hub): State<HubState>, viewer: Viewer) -> Answer<AllRead> {
    let (user, now) = (viewer.person()?.user, hub.clock.now());
    let mut change = hub.change(&viewer).await?;
    let read = rows::read_all(&mut change.tx, viewer.org, user, now).await?;
    change.commit(Told::new("notifications.read_all", user)).await?;
    Ok(Json(AllRead { read, as_of: now }))
}

type Chosen = BTreeMap<String, Ways>;

async fn chosen(tx: &mut vyavs_store::Tx<'_>, viewer: &Viewer) -> Result<Chosen, Problem> {
    let stored = rows::preferences(tx, viewer.org, viewer.person()?.user).await?;
    Ok(stored.and_then(|kinds| serde_json::from_value(kinds).ok()).unwrap_or_default())
}

fn shown(chosen: &Chosen, as_of: Timestamp) -> Preferences {
    let of = |kind: Kind| {
        let Ways { in_app, mail } = chosen.get(kind.as_str()).copied().unwrap_or(kind.usual());
        Preference { kind, in_app, mail }
    };
    Preferences { kinds: Kind::ALL.into_iter().map(of).collect(), as_of }
}

/// What the caller wants to be told, and how.
#[utoipa::path(get, path = "/notifications/preferences", tag = "notifications",
    responses((status = 200, body = Preferences), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn preferences(State(hub): State<HubState>, viewer: Viewer) -> Answer<Preferences> {
    let chosen = chosen(&mut hub.store.begin_read(viewer.org).await?, &viewer).await?;
    Ok(Json(shown(&chosen, hub.clock.now())))
}

/// Changes what the caller wants to be told, and how.
#[utoipa::path(put, path = "/notifications/preferences", tag = "notifications", request_body = PreferencesChange,
    responses((status = 200, body = Preferences), Problem),
    security(("session" = ["self"]), ("bearer" = ["self"])))]
pub(crate) async fn change_preferences(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(given): Body<PreferencesChange>,
) -> Answer<Preferences> {
    let user = viewer.person()?.user;
    let mut change = hub.change(&viewer).await?;
    let before = chosen(&mut change.tx, &viewer).await?;
    let mut after = before.clone();
    for Preference { kind, in_app, mail } in given.kinds {
        after.insert(kind.as_str().to_owned(), Ways { in_app, mail });
    }
    let stored = serde_json::to_value(&after).map_err(|error| Problem::Internal(error.into()))?;
    rows::set_preferences(&mut change.tx, viewer.org, user, &stored).await?;
    change.commit(Told::new("notifications.preferences", user).before(&before).after(&after)).await?;
    Ok(Json(shown(&after, hub.clock.now())))
}
