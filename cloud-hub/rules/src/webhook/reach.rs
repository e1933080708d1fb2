//! Where calls may go. Whoever may add an endpoint may name any address, so the hub would otherwise knock for them at
//! its own database, at the cloud's metadata service or in the office.
//!
//! The URL is checked when it is written ([`UrlPolicy::check`]), and every address when it is called, after its name was
//! resolved and on the very address that is connected to ([`AddressPolicy::check`]): a name may point elsewhere by then.
//! Redirects are not followed.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub use vyavs_domain::address::{AddressPolicy, Forbidden, Net, NetError};

/// Which URLs an endpoint may have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UrlPolicy {
    /// Whether `http:` will do: where the receiver stands beside the hub.
    pub allow_http: bool,
    /// The addresses.
    pub addresses: AddressPolicy,
}

/// A URL that no endpoint may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL.
    #[error("expected a URL such as https://example.com/hook: {0}")]
    Parse(#[from] url::ParseError),
    /// Too long.
    #[error("expected a URL of at most 2000 characters, got {0}")]
    Long(usize),
    /// Not one that we speak.
    #[error("expected an https URL, got {0}")]
    Scheme(String),
    /// A password would stand in lists and logs.
    #[error("a webhook URL must not carry a user or a password; calls are signed")]
    Credentials,
    /// It is never sent.
    #[error("a webhook URL must not carry a fragment")]
    Fragment,
    /// This machine, or a name that only our own network knows.
    #[error("{0} is a name of the local network")]
    LocalName(String),
    /// An address.
    #[error(transparent)]
    Address(#[from] Forbidden),
}

impl UrlPolicy {
    /// The URL as it will be called, or why it may not be. A name is judged again, by its addresses, at every call.
    pub fn check(&self, text: &str) -> Result<Url, UrlError> {
        if text.len() > 2000 {
            return Err(UrlError::Long(text.len()));
        }
        let url = Url::parse(text)?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            other => return Err(UrlError::Scheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        // The parser has turned 0x7f.1 and 2130706433 into the addresses that they are.
        match url.host() {
            Some(Host::Ipv4(v4)) => self.addresses.check(IpAddr::V4(v4))?,
            Some(Host::Ipv6(v6)) => self.addresses.check(IpAddr::V6(v6))?,
            Some(Host::Domain(name)) if self.addresses.allow.is_empty() && local(name) => {
                return Err(UrlError::LocalName(name.to_owned()));
            }
            Some(Host::Domain(_)) => {}
            None => return Err(UrlError::Parse(url::ParseError::EmptyHost)),
        }
        Ok(url)
    }
}

fn local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    !name.contains('.') || ["localhost", "local", "internal", "home", "lan", "localdomain"].contains(&last)
}
