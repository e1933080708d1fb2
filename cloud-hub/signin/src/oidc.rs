//! Signing in at another service: the relying party's side of OpenID Connect (Core 1.0, Discovery 1.0, RP-Initiated
//! Logout 1.0), authorization code with PKCE (RFC 7636), hardened by RFC 9700 and RFC 9207.
//!
//! A [`Client`] is one registration at one provider. [`Client::start`] gives the address to send the browser to, a cookie
//! that ties the journey to this browser, and a [`Journey`] that the hub keeps under its state in a
//! [`crate::once::Once`]. When the browser is back, [`Client::finish`] takes the journey out of the hub's hand and gives
//! an [`Identity`]. The cookie needs `SameSite=Lax`: a strict one does not come back with a redirect from elsewhere.
//!
//! A person is `(issuer, subject)` and never an address: addresses are given to others, and providers let people write
//! their own. Everything is fetched through the hub's own HTTP client, a [`Fetch`]; only from `https`, only from what the
//! provider's discovery names, with a limit of size and time, and no redirect is followed.

mod client;
mod discovery;
mod error;
mod fetch;
mod id_token;
mod journey;
mod keys;
mod reach;
mod token;

pub use client::{Client, Config, Secret};
pub use discovery::Metadata;
pub use error::OidcError;
pub use fetch::{Fetch, FetchError, Method, Request, Response};
pub use id_token::Identity;
pub use journey::{Ask, Journey, Started, state};
pub use keys::Algorithm;
pub use reach::is_public;
