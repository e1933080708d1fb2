//! The shapes of passkeys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A passkey.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Passkey {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    #[schema(example = "Phone")]
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was used last.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
    /// Whether it is on more than one device, or can come back from a copy. If none is, a second passkey is advised.
    pub backed_up: bool,
}

/// The own passkeys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Passkeys {
    /// By name.
    pub passkeys: Vec<Passkey>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// What the page hands to the browser.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasskeyOptions {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`; good once, for five minutes.
    pub options: Map<String, Value>,
    /// When this was answered.
    pub as_of: Timestamp,
}

/// A passkey to be.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What its owner calls it; 1 to 60 characters.
    #[schema(example = "Phone", min_length = 1, max_length = 60)]
    pub name: String,
    /// What the browser made: `PublicKeyCredential.toJSON()`.
    pub credential: Map<String, Value>,
}

/// What of a passkey may be changed; what is absent stays.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyChange {
    /// 1 to 60 characters.
    #[schema(example = "Phone", min_length = 1, max_length = 60)]
    pub name: Option<String>,
}

/// A passkey that is shown.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeySignIn {
    /// What the browser brought: `PublicKeyCredential.toJSON()`.
    pub credential: Map<String, Value>,
}
