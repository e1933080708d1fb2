//! How programs prove who they are: API keys, and client credentials for access tokens (RFC 6749 §4.4).
//!
//! Every secret here is 256 random bits behind a fixed prefix with a checksum, so that a scanner of repositories finds it
//! by a pattern (`vyk_[0-9a-hjkmnp-tv-z]{16}_[0-9a-hjkmnp-tv-z]{59}`) and a slip is refused before the database is asked.

mod api_key;
mod client;
mod request;
mod scopes;

pub use api_key::{ApiKey, ApiKeyError, PresentedKey};
pub use client::{ClientSecret, Grant, MachineClient};
pub use request::{TokenError, TokenRequest};
pub use scopes::{Scope, ScopeError, Scopes};
