//! `[http]` in `hub.toml`, and what follows from it.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::limits::LimitsConfig;

/// Whether the hub speaks TLS on its HTTP port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpTls {
    /// TLS 1.3 with a certificate of the hub's own CA.
    #[default]
    Auto,
    /// Plain HTTP: on loopback only, for one machine or behind a proxy on it.
    Off,
}

/// `[http]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Where browsers and enrolling devices connect.
    pub listen: SocketAddr,
    /// TLS or not.
    pub tls: HttpTls,
    /// The address people and devices use, where it is not that of `listen`: `https://hub.example:8443`.
    pub public_url: Option<String>,
    /// More names and addresses for the hub's certificate; the host of `public_url` and `localhost` are in it anyway.
    pub names: Vec<String>,
    /// The dashboard's files, instead of those in the program.
    pub ui_dir: Option<PathBuf>,
    /// Events kept for each organization, so that a watcher who was away misses none.
    pub live_events: usize,
    /// How often somebody may ask.
    pub limits: LimitsConfig,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: HttpTls::Auto,
            public_url: None,
            names: Vec::new(),
            ui_dir: None,
            live_events: 8_192,
            limits: LimitsConfig::default(),
        }
    }
}

/// A section that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpConfigError {
    /// Passwords in the clear.
    #[error("[http] tls = \"off\" is for loopback only, and listen is {0}; use tls = \"auto\" or listen on 127.0.0.1")]
    PlainInPublic(SocketAddr),
    /// Not an origin.
    #[error("[http] public_url {0:?} is not http(s)://host[:port] without a path")]
    PublicUrl(String),
}

/// Where the hub is found, as it tells browsers and devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `https://hub.example:8443`: without a slash at the end.
    pub base_url: String,
    /// Whether browsers reach it by TLS: then cookies are `__Host-` and HSTS is sent.
    pub secure: bool,
    /// Where devices connect by MQTT.
    pub mqtt_host: String,
    /// The port there.
    pub mqtt_port: u16,
}

impl HttpConfig {
    /// What follows for cookies, links and tokens. `listen` is the real one, after a port 0 was replaced.
    pub fn address(&self, listen: SocketAddr, mqtt: (String, u16)) -> Result<Address, HttpConfigError> {
        if self.tls == HttpTls::Off && !listen.ip().is_loopback() {
            return Err(HttpConfigError::PlainInPublic(listen));
        }
        let base_url = match &self.public_url {
            Some(url) => origin(url).ok_or_else(|| HttpConfigError::PublicUrl(url.clone()))?,
            None => {
                let scheme = if self.tls == HttpTls::Off { "http" } else { "https" };
                let host = match listen.ip() {
                    ip if ip.is_unspecified() => "localhost".to_owned(),
                    std::net::IpAddr::V6(ip) => format!("[{ip}]"),
                    ip => ip.to_string(),
                };
                format!("{scheme}://{host}:{}", listen.port())
            }
        };
        let secure = base_url.starts_with("https://");
        Ok(Address { base_url, secure, mqtt_host: mqtt.0, mqtt_port: mqtt.1 })
    }

    /// The names of the certificate for this port.
    pub fn certificate_names(&self, address: &Address) -> Vec<String> {
        let authority = address.base_url.split("://").nth(1).unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(six) => six.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let mut names = vec![host.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        names.extend(self.names.iter().cloned());
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
        names
    }
}

/// `scheme://host[:port]` in lower case.
fn origin(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/').to_lowercase();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    (!rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' '])).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(config: &HttpConfig) -> Result<Address, HttpConfigError> {
        config.address(config.listen, ("hub.example".to_owned(), 8883))
    }

    #[test]
    fn plain_http_stays_on_loopback() {
        let mut config = HttpConfig { tls: HttpTls::Off, ..HttpConfig::default() };
        let plain = address(&config).expect("loopback");
        assert_eq!((plain.base_url.as_str(), plain.secure), ("http://127.0.0.1:8080", false));
        config.listen = SocketAddr::from(([0, 0, 0, 0], 8080));
        assert!(matches!(address(&config), Err(HttpConfigError::PlainInPublic(_))));
        config.tls = HttpTls::Auto;
        assert_eq!(address(&config).expect("TLS").base_url, "https://localhost:8080");
    }

    #[test]
    fn a_public_url_is_an_origin_and_its_host_is_in_the_certificate() {
        let mut config = HttpConfig { public_url: Some("https://Hub.Example:8443/".into()), ..HttpConfig::default() };
        let found = address(&config).expect("an origin");
        assert_eq!(found.base_url, "https://hub.example:8443");
        assert_eq!(config.certificate_names(&found), ["hub.example", "localhost", "127.0.0.1", "::1"]);
        for bad in ["hub.example", "https://", "https://a/b", "ftp://a", "https://u@a"] {
            config.public_url = Some(bad.into());
            assert!(address(&config).is_err(), "{bad}");
        }
    }
}
