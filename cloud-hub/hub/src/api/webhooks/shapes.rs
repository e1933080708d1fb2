//! The shapes of webhooks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Kinds of events that webhooks are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum EventKind {
    /// A job is done.
    #[serde(rename = "job.finished")]
    JobFinished,
    /// A job was given up.
    #[serde(rename = "job.failed")]
    JobFailed,
    /// The file of an export is there.
    #[serde(rename = "export.ready")]
    ExportReady,
    /// The file of a report is there.
    #[serde(rename = "report.ready")]
    ReportReady,
    /// An alert opened.
    #[serde(rename = "alert.opened")]
    AlertOpened,
    /// An alert got worse, came back, or somebody did something about it.
    #[serde(rename = "alert.changed")]
    AlertChanged,
    /// An alert is over.
    #[serde(rename = "alert.resolved")]
    AlertResolved,
    /// A person was added.
    #[serde(rename = "user.created")]
    UserCreated,
}

impl EventKind {
    /// As in the database and in calls.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobFinished => "job.finished",
            Self::JobFailed => "job.failed",
            Self::ExportReady => "export.ready",
            Self::ReportReady => "report.ready",
            Self::AlertOpened => "alert.opened",
            Self::AlertChanged => "alert.changed",
            Self::AlertResolved => "alert.resolved",
            Self::UserCreated => "user.created",
        }
    }
}

/// An endpoint, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "Warehouse system")]
    pub name: String,
    /// Where it is.
    #[schema(example = "https://example.com/hook")]
    pub url: String,
    /// Of which kinds of events it is told; of all when empty.
    pub events: Vec<String>,
    /// Whether it is called. What happens while it is off is not told later.
    pub enabled: bool,
    /// Why the hub switched it off itself.
    #[schema(required)]
    pub off_reason: Option<String>,
    /// Calls in a row that failed.
    pub failures: i64,
    /// Until when it rests because of that; what is due waits.
    #[schema(required)]
    pub paused_until: Option<Timestamp>,
    /// Until when the secret before the present one signs, too.
    #[schema(required)]
    pub old_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

/// All of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Webhooks {
    /// The oldest first.
    pub webhooks: Vec<Webhook>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A webhook to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// What it is for.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Where it is: https, at a public address.
    #[schema(max_length = 2000, example = "https://example.com/hook")]
    pub url: String,
    /// Of which kinds of events it is told; of all when empty.
    #[serde(default)]
    pub events: Vec<EventKind>,
}

/// What of a webhook may be changed; what is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// What it is for.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// Where it is.
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// Of which kinds of events it is told; of all when empty.
    pub events: Option<Vec<EventKind>>,
    /// Whether it is called.
    pub enabled: Option<bool>,
}

/// A secret. It is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeSecret {
    /// Signs the calls, after the Standard Webhooks specification.
    #[schema(example = "whsec_…")]
    pub secret: String,
    /// The webhook.
    pub webhook: Webhook,
    /// When it was made.
    pub as_of: Timestamp,
}

/// A call on its way.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueuedDelivery {
    /// See `/webhooks/{id}/deliveries`.
    pub delivery_id: Uuid,
    /// When this was answered.
    pub as_of: Timestamp,
}
