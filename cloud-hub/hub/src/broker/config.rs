//! `[mqtt]` in `hub.toml`: our own acceptor and router, or somebody else's broker.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use vyavs_service::config::ByteSize;

/// `[mqtt]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MqttConfig {
    /// Where devices connect (TLS 1.3, mutual). Not used with an `external` broker.
    pub listen: SocketAddr,
    /// The name devices are told at enrolment, and that stands in the hub's server certificate.
    pub public_host: String,
    /// The port devices are told at enrolment, where it is not that of `listen` (a forwarded port).
    pub public_port: Option<u16>,
    /// Connections at any time, authenticated or not.
    pub max_connections: usize,
    /// Connections at any time that are not yet authenticated.
    pub max_pending: usize,
    /// The same from one address; a shop's devices may share one.
    pub max_pending_per_address: usize,
    /// What a connection gets for its TLS handshake, and then again for its CONNECT.
    pub handshake_ms: u64,
    /// The longest keep-alive a device may ask for; nothing heard for one and a half of it ends the session.
    pub max_keep_alive_s: u16,
    /// What the embedded router may hold that ingest has not taken. Beyond it devices wait.
    pub backlog: ByteSize,
    /// Another broker instead of ours; devices then connect to that one.
    pub external: Option<ExternalBroker>,
}

impl Default for MqttConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8883)),
            public_host: "localhost".to_owned(),
            public_port: None,
            max_connections: 12_000,
            max_pending: 1_024,
            max_pending_per_address: 64,
            handshake_ms: 5_000,
            max_keep_alive_s: 600,
            backlog: ByteSize(64 << 20),
            external: None,
        }
    }
}

/// `[mqtt.external]`: the hub is then only a client, and the policy is that broker's (see [`acl`](super::acl)).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalBroker {
    /// Its name or address.
    pub host: String,
    /// Its port: 8883 with TLS.
    pub port: u16,
    /// The hub's client id there; its session is kept under this name.
    #[serde(default = "hub_client_id")]
    pub client_id: String,
    /// User name, if it asks for one.
    pub username: Option<String>,
    /// A file that holds the password and nothing else.
    pub password_file: Option<PathBuf>,
    /// Absent: plain TCP, which is refused for anything but a loopback address.
    pub tls: Option<ExternalTls>,
}

fn hub_client_id() -> String {
    "vyavs-hub".to_owned()
}

/// `[mqtt.external.tls]`: files in PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalTls {
    /// Who signed that broker's certificate.
    pub ca_file: PathBuf,
    /// The hub's client certificate, if the broker wants one.
    pub cert_file: Option<PathBuf>,
    /// Its key.
    pub key_file: Option<PathBuf>,
}

/// Which broker carries the messages.
#[derive(Clone, Debug)]
pub enum BrokerConfig {
    /// Our acceptor and guard, and rumqttd behind them.
    Embedded {
        /// Where devices connect.
        listen: SocketAddr,
    },
    /// Somebody else's.
    External(ExternalBroker),
}

impl MqttConfig {
    /// Which broker carries the messages.
    pub fn broker(&self) -> BrokerConfig {
        match &self.external {
            Some(external) => BrokerConfig::External(external.clone()),
            None => BrokerConfig::Embedded { listen: self.listen },
        }
    }

    /// Host and port that devices are told at enrolment.
    pub fn public_address(&self) -> (String, u16) {
        match &self.external {
            Some(external) => (external.host.clone(), external.port),
            None => (self.public_host.clone(), self.public_port.unwrap_or(self.listen.port())),
        }
    }

    pub(crate) fn handshake(&self) -> Duration {
        Duration::from_millis(self.handshake_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_small_and_a_misspelt_key_is_refused_by_name() {
        let config: MqttConfig =
            toml::from_str("listen = \"127.0.0.1:0\"\npublic_host = \"hub.example\"").expect("valid");
        assert!(matches!(config.broker(), BrokerConfig::Embedded { .. }));
        assert_eq!(config.public_address(), ("hub.example".to_owned(), 0));
        let error = toml::from_str::<MqttConfig>("listn = \"127.0.0.1:0\"").expect_err("misspelt");
        assert!(error.to_string().contains("listn"), "{error}");
        let external: MqttConfig = toml::from_str("[external]\nhost = \"127.0.0.1\"\nport = 1883").expect("valid");
        assert!(matches!(external.broker(), BrokerConfig::External(_)));
        assert_eq!(external.public_address(), ("127.0.0.1".to_owned(), 1883));
    }
}
