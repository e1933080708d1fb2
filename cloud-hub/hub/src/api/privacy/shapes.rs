//! Requests as the API shows them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_store::privacy::requests::Request;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyKind {
    /// To see all that is kept: Art. 15 GDPR.
    Access,
    /// To take it elsewhere: Art. 20.
    Portability,
    /// To be erased: Art. 17.
    Erasure,
}

impl PrivacyKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Portability => "portability",
            Self::Erasure => "erasure",
        }
    }
}

/// A request to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrivacyRequest {
    /// What is asked for.
    pub kind: PrivacyKind,
    /// About a customer: the number of the loyalty account, or a pseudonym. It is not kept.
    #[schema(min_length = 1, max_length = 128, example = "17850")]
    pub customer_id: Option<String>,
    /// About a person of the organization.
    pub user_id: Option<Uuid>,
    /// Why: `request`, `consent`, `objection`, `unlawful`, `retention` or `closed`; `request` without.
    #[schema(example = "request")]
    pub reason: Option<String>,
}

/// A request, and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PrivacyRequest {
    /// Its id.
    pub id: Uuid,
    /// `access`, `portability` or `erasure`.
    #[schema(example = "access")]
    pub kind: String,
    /// `customer` or `person`.
    #[schema(example = "customer")]
    pub about: String,
    /// The id of the person, or a pseudonym of the customer; null once erased.
    #[schema(required)]
    pub subject: Option<String>,
    /// Why.
    #[schema(example = "request")]
    pub reason: String,
    /// `preview` (an erasure that waits to be confirmed), `running` or `done`.
    #[schema(example = "done")]
    pub state: String,
    /// Who took it down.
    pub asked_by: Uuid,
    /// When.
    pub created_at: Timestamp,
    /// By when it must be answered: Art. 12(3) GDPR.
    pub due_at: Timestamp,
    /// When it was answered.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// The job that answers it.
    #[schema(required)]
    pub job_id: Option<Uuid>,
    /// What an erasure takes and what must stay, with the reasons.
    #[schema(required, value_type = Option<Object>)]
    pub preview: Option<Value>,
    /// What was done; of an erasure, its certificate.
    #[schema(required, value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Where the file of an access or portability request is.
    #[schema(required)]
    pub file_url: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

impl PrivacyRequest {
    pub(super) fn of(row: Request, as_of: Timestamp) -> Self {
        let has_file = row.state == "done" && row.kind != PrivacyKind::Erasure.as_str();
        Self {
            file_url: has_file.then(|| format!("/api/v1/privacy/requests/{}/file", row.id)),
            id: row.id,
            kind: row.kind,
            about: row.about,
            subject: (!row.subject.is_empty()).then_some(row.subject),
            reason: row.reason,
            state: row.state,
            asked_by: row.asked_by,
            created_at: row.created_at,
            due_at: row.due_at,
            ended_at: row.ended_at,
            job_id: row.job,
            preview: row.preview,
            result: row.result,
            as_of,
        }
    }
}

/// Requests, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PrivacyRequests {
    /// The requests.
    pub requests: Vec<PrivacyRequest>,
    /// Gives the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// When this was read.
    pub as_of: Timestamp,
}
