//! What signing in needs beyond a password and a token: second factors, passkeys, other people's sign-in services, keys
//! of programs, links that work once.
//!
//! Everything here decides and keeps nothing. The clock and the random bytes arrive as arguments (fresh bytes of the
//! system's generator each time, never used twice); what must be remembered is handed back as a plain value that
//! serializes, and the hub stores it. Secrets leave this crate once, for their owner; what is stored of them is a
//! [`Digest`], save for the secret of [`totp`], which must be stored sealed. Only [`oidc`] speaks to the outside, through
//! the hub's own HTTP client.
//!
//! - [`totp`] codes of an authenticator app · [`recovery`] codes on paper · [`attempts`] how fast they may be guessed
//! - [`passkey`] WebAuthn · [`oidc`] signing in elsewhere · [`stepup`] whether a sign-in is fresh and strong enough
//! - [`machine`] programs: API keys, client credentials, scopes · [`link`] invitations and resets
//! - [`once`] what a browser is in the middle of

pub mod attempts;
mod digest;
mod letters;
pub mod link;
pub mod machine;
pub mod oidc;
pub mod once;
pub mod passkey;
pub mod recovery;
pub mod stepup;
pub mod totp;

pub use digest::{Digest, DigestError};
