//! `edge.toml`: every section is its module's own.

use std::path::Path;

use jiff::civil::Time;
use serde::Deserialize;
use vyavs_domain::money::Currency;
use vyavs_domain::time::{StoreTime, TimeError};
use vyavs_service::config::{self, ConfigError};

use crate::acquire::journal::JournalConfig;
use crate::acquire::modbus::ModbusConfig;
use crate::acquire::printer::PrinterConfig;
use crate::identity::IdentityConfig;
use crate::outbox::OutboxConfig;
use crate::page::PageConfig;
use crate::think::{ModelsConfig, RulesConfig};
use crate::uplink::UplinkConfig;

/// `[store]`: how the shop reads time and money.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// IANA name.
    pub zone: String,
    /// When a business day begins, local.
    #[serde(default = "four")]
    pub day_starts: Time,
    /// What tills that do not say ring in.
    pub currency: Currency,
}

fn four() -> Time {
    Time::constant(4, 0, 0, 0)
}

impl StoreConfig {
    /// The store's reading of time.
    pub fn time(&self) -> Result<StoreTime, TimeError> {
        StoreTime::new(&self.zone, self.day_starts)
    }
}

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeConfig {
    /// `[store]`.
    pub store: StoreConfig,
    /// `[identity]`.
    #[serde(default)]
    pub identity: IdentityConfig,
    /// `[uplink]`.
    #[serde(default)]
    pub uplink: UplinkConfig,
    /// `[outbox]`.
    #[serde(default)]
    pub outbox: OutboxConfig,
    /// `[page]`.
    #[serde(default)]
    pub page: PageConfig,
    /// `[rules]`.
    #[serde(default)]
    pub rules: RulesConfig,
    /// `[models]`.
    #[serde(default)]
    pub models: ModelsConfig,
    /// `[[journal]]`.
    #[serde(default)]
    pub journal: Vec<JournalConfig>,
    /// `[[printer]]`.
    #[serde(default)]
    pub printer: Vec<PrinterConfig>,
    /// `[[modbus]]`.
    #[serde(default)]
    pub modbus: Vec<ModbusConfig>,
}

/// A file that parses and still cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EdgeConfigError {
    /// Unreadable or malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `[store]`.
    #[error("[store] zone: {0}")]
    Time(#[from] TimeError),
    /// `[[modbus]]`.
    #[error("[[modbus]] {name}: {source}")]
    Modbus {
        /// Which section.
        name: String,
        /// Why.
        source: crate::acquire::modbus::TemplateError,
    },
    /// `[[printer]]`.
    #[error("[[printer]] grammar: {0}")]
    Grammar(#[from] crate::till::GrammarError),
    /// Two inputs under one name.
    #[error("{what} {name:?} is configured twice")]
    Twice {
        /// Of what.
        what: &'static str,
        /// Which.
        name: String,
    },
    /// A buffer too small to work.
    #[error("[outbox] quota is {0}, expected at least 4 MiB")]
    Quota(vyavs_service::config::ByteSize),
}

impl EdgeConfig {
    /// Reads and checks `path`: zone, templates, grammars, names.
    pub fn load(path: &Path) -> Result<Self, EdgeConfigError> {
        let config: Self = config::load(path)?;
        config.store.time()?;
        if config.outbox.quota.0 < 4 << 20 {
            return Err(EdgeConfigError::Quota(config.outbox.quota));
        }
        let terminals = config.journal.iter().map(|j| &j.terminal).chain(config.printer.iter().map(|p| &p.terminal));
        unique("terminal", terminals.map(ToString::to_string))?;
        unique("[[modbus]] name", config.modbus.iter().map(|m| m.name.clone()))?;
        unique("sensor", config.modbus.iter().flat_map(|m| &m.sensors).map(|s| s.id.to_string()))?;
        for modbus in &config.modbus {
            crate::acquire::modbus::Device::open(modbus)
                .map_err(|source| EdgeConfigError::Modbus { name: modbus.name.clone(), source })?;
        }
        for printer in &config.printer {
            crate::till::Grammar::load(&printer.grammar)?;
        }
        Ok(config)
    }
}

fn unique(what: &'static str, names: impl Iterator<Item = String>) -> Result<(), EdgeConfigError> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            return Err(EdgeConfigError::Twice { what, name });
        }
    }
    Ok(())
}
