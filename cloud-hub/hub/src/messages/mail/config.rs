//! `[mail]` in `hub.toml`.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// `[mail]`: the mail server. Without `host` there is none: mail then waits in the outbox and lies in `dir`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// Who mail comes from: `Shop <hub@example.com>`.
    pub from: String,
    /// The mail server's name.
    pub host: Option<String>,
    /// Its port; by `security` 587, 465 or 25.
    pub port: Option<u16>,
    /// How the connection is kept private.
    pub security: Security,
    /// To sign in with.
    pub user: Option<String>,
    /// A file that holds the password and nothing else.
    pub password_file: Option<PathBuf>,
    /// More roots to trust, PEM: where the server has a certificate of the own house.
    pub ca_file: Option<PathBuf>,
    /// Where mail lies as `.eml` while there is no server. Links in it let people in: it is for the hub's user alone.
    pub dir: PathBuf,
    /// A mail is given up after so many attempts; 30 are about a day.
    pub tries: u32,
    /// How long one mail may take, seconds.
    pub timeout_s: u32,
    /// Reports up to this size go with the mail that brings them, MiB, 50 at most; larger ones are fetched by its link.
    pub attach_mb: u32,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            from: "VyavsAI <vyavs@localhost>".to_owned(),
            host: None,
            port: None,
            security: Security::default(),
            user: None,
            password_file: None,
            ca_file: None,
            dir: "/var/lib/vyavs/mail".into(),
            tries: 30,
            timeout_s: 30,
            attach_mb: 10,
        }
    }
}

/// How the connection to the mail server is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Begins plain and must turn to TLS before anything is said.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a server on this very machine.
    None,
}

/// A `[mail]` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not an address.
    #[error("[mail] from: {0:?} is not an address such as \"Shop <hub@example.com>\"")]
    From(String),
    /// Passwords would travel in the clear.
    #[error("[mail] security = \"none\" is for a server on this machine (localhost, 127.0.0.1, ::1), not for {0}")]
    Plain(String),
    /// A name without a password, or the other way round.
    #[error("[mail] user and password_file belong together; one of them is missing")]
    HalfSigned,
    /// A file.
    #[error("failed to read {path} ([mail] {key})")]
    Read {
        /// Which key names it.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// TLS.
    #[error("[mail]: TLS cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

impl MailConfig {
    /// Whether the server stands on this machine.
    pub(super) fn is_local(host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}
