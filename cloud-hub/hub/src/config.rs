//! `hub.toml`: every section is its module's own.

use std::path::Path;

use serde::Deserialize;
use vyavs_cache::CacheConfig;
use vyavs_service::config::{self, ConfigError};

use crate::api::HttpConfig;
use crate::broker::MqttConfig;
use crate::identity::KeysConfig;
use crate::ingest::IngestConfig;
use crate::jobs::JobsConfig;
use crate::messages::mail::MailConfig;
use crate::messages::webhooks::WebhooksConfig;
use crate::outbound::SignInConfig;

/// `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite:///var/lib/vyavs/hub.sqlite`, or `postgres://…`; a password belongs in `url_file`.
    pub url: String,
    /// A file that holds the address instead, readable by the hub alone.
    pub url_file: Option<std::path::PathBuf>,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: "sqlite:///var/lib/vyavs/hub.sqlite".to_owned(), url_file: None }
    }
}

impl DatabaseConfig {
    /// The address, from wherever it stands.
    pub fn address(&self) -> Result<String, ConfigError> {
        let Some(path) = &self.url_file else { return Ok(self.url.clone()) };
        let read = std::fs::read_to_string(path);
        read.map(|text| text.trim().to_owned()).map_err(|source| ConfigError::Read { path: path.clone(), source })
    }
}

/// `[organization]`: what a first start makes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrganizationConfig {
    /// Its name.
    pub name: String,
    /// Its first administrator signs in with this.
    pub admin_email: String,
}

impl Default for OrganizationConfig {
    fn default() -> Self {
        Self { name: "My stores".to_owned(), admin_email: "admin@localhost".to_owned() }
    }
}

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HubConfig {
    /// `[organization]`.
    pub organization: OrganizationConfig,
    /// `[database]`.
    pub database: DatabaseConfig,
    /// `[http]`.
    pub http: HttpConfig,
    /// `[mqtt]`.
    pub mqtt: MqttConfig,
    /// `[keys]`.
    pub keys: KeysConfig,
    /// `[ingest]`.
    pub ingest: IngestConfig,
    /// `[jobs]`.
    pub jobs: JobsConfig,
    /// `[mail]`.
    pub mail: MailConfig,
    /// `[webhooks]`.
    pub webhooks: WebhooksConfig,
    /// `[sign_in]`.
    pub sign_in: SignInConfig,
    /// `[cache]`.
    pub cache: CacheConfig,
    /// `[influx]`: where readings are copied to; nowhere without.
    #[cfg(feature = "influx")]
    pub influx: Option<vyavs_mirror::InfluxConfig>,
}

impl HubConfig {
    /// Reads `path`.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        config::load(path)
    }
}
