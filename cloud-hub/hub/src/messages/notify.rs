//! Notifications: what a person is told in the dashboard and, if the person wants so, by mail.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, UserId};
use vyavs_store::notifications::{self, Notification};
use vyavs_store::webhooks::Endpoint;
use vyavs_store::webhooks::deliveries::event_id;
use vyavs_store::{StoreError, Tx, users};

use super::mail::{Letter, Words};
use super::{MessageError, Messages};
use crate::api::notifications as shapes;
use crate::live::{Event, Live, Topic};

/// Kinds of notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub enum Kind {
    /// A job that the person asked for is done.
    #[serde(rename = "job.finished")]
    JobFinished,
    /// A job of the person was given up.
    #[serde(rename = "job.failed")]
    JobFailed,
    /// A report that a schedule makes for the person is there.
    #[serde(rename = "report.delivered")]
    ReportDelivered,
    /// The hub switched off a webhook that the person made.
    #[serde(rename = "webhook.off")]
    WebhookOff,
}

impl Kind {
    /// All that a person can choose about.
    pub const ALL: [Self; 4] = [Self::JobFinished, Self::JobFailed, Self::ReportDelivered, Self::WebhookOff];

    /// As in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobFinished => "job.finished",
            Self::JobFailed => "job.failed",
            Self::ReportDelivered => "report.delivered",
            Self::WebhookOff => "webhook.off",
        }
    }

    /// What a person gets who chose nothing.
    pub const fn usual(self) -> Ways {
        Ways { in_app: true, mail: matches!(self, Self::ReportDelivered | Self::WebhookOff) }
    }
}

/// How a person wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ways {
    /// In the dashboard.
    pub in_app: bool,
    /// By mail.
    pub mail: bool,
}

/// What a person wants of a kind.
pub async fn ways(tx: &mut Tx<'_>, org: OrgId, user: UserId, kind: Kind) -> Result<Ways, StoreError> {
    let chosen = notifications::preferences(tx, org, user).await?;
    let chosen = chosen.and_then(|kinds| serde_json::from_value(kinds.get(kind.as_str())?.clone()).ok());
    Ok(chosen.unwrap_or(kind.usual()))
}

/// Something to be told to one person.
#[derive(Debug)]
pub struct News {
    /// What it is about: the same kind about the same is told once.
    pub subject: Uuid,
    /// Of which organization.
    pub org: OrgId,
    /// To whom.
    pub user: UserId,
    /// What for.
    pub kind: Kind,
    /// In a few words.
    pub title: String,
    /// In a sentence.
    pub body: String,
    /// The page of the dashboard that shows more.
    pub link: Option<String>,
    /// Of which store.
    pub store: Option<StoreId>,
}

impl News {
    /// That of its notification and of its mail: of what is told to whom.
    pub fn id(&self) -> Uuid {
        event_id(&format!("{} to {}", self.kind.as_str(), self.user), self.subject)
    }
}

/// Tells a person as that person wants, in the transaction of what happened; [`show`] it once that is committed. `None`
/// when the person wants to hear nothing of it in the dashboard, or was told before.
pub async fn tell(tx: &mut Tx<'_>, news: &News, now: Timestamp) -> Result<Option<Notification>, StoreError> {
    // A key of a machine made it, or a person of another time.
    if users::get(tx, news.org, news.user).await?.is_none() {
        return Ok(None);
    }
    let ways = ways(tx, news.org, news.user, news.kind).await?;
    if !ways.in_app && !ways.mail {
        return Ok(None);
    }
    let told = Notification {
        id: news.id(),
        org: news.org,
        user: news.user,
        kind: news.kind.as_str().to_owned(),
        title: news.title.clone(),
        body: news.body.chars().take(500).collect(),
        link: news.link.clone(),
        store: news.store,
        at: now,
        // Who wants it by mail alone finds it in the list, and not in the count.
        read_at: (!ways.in_app).then_some(now),
    };
    let new = notifications::insert(tx, &told, ways.mail).await?;
    Ok(Some(told).filter(|_| new && ways.in_app))
}

/// Shows a notification to its person, if that person watches.
pub fn show(live: &Live, told: &Notification) {
    if let Ok(json) = serde_json::to_string(&shapes::Notification::from(told.clone())) {
        let store = told.store.unwrap_or(StoreId(Uuid::nil()));
        live.publish_to(told.user, Event { org: told.org, store, topic: Topic::Notifications, json });
    }
}

impl Messages {
    /// Writes the mail of notifications that are to go out so, too; whether there was any.
    pub(super) async fn mail_notifications(&self) -> Result<bool, MessageError> {
        let inner = &self.0;
        let some = notifications::to_mail(&mut inner.db.begin_read_hub().await?, 20).await?;
        for told in &some {
            let mut tx = inner.db.begin_write_for(told.org).await?;
            let user = users::get(&mut tx, told.org, told.user).await?.filter(|user| user.disabled_at.is_none());
            if let Some(user) = user {
                let link = format!("{}{}", inner.base_url, told.link.as_deref().unwrap_or("/"));
                let letter = Letter {
                    id: told.id,
                    org: told.org,
                    user: Some(told.user),
                    kind: "notification",
                    to: user.email,
                    words: Words::notification(&told.title, &told.body, &link),
                    good_until: None,
                };
                self.put(&mut tx, &letter).await?;
            }
            notifications::mailed(&mut tx, told.id).await?;
            tx.commit().await?;
        }
        Ok(!some.is_empty())
    }

    /// Tells who made a webhook that it was switched off.
    pub(super) async fn tell_switched_off(
        &self,
        tx: &mut Tx<'_>,
        of: &Endpoint,
        why: &str,
    ) -> Result<Option<Notification>, StoreError> {
        let news = News {
            // Switched on and off again, it is news again.
            subject: event_id(&of.version.to_string(), of.id),
            org: of.org,
            user: UserId(of.created_by),
            kind: Kind::WebhookOff,
            title: format!("The webhook {} was switched off", of.name),
            body: why.to_owned(),
            link: Some("/admin/webhooks".to_owned()),
            store: None,
        };
        tell(tx, &news, self.0.clock.now()).await
    }
}
