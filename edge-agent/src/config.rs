//! `edge.toml`: every section is its module's own.

use std::path::Path;

use jiff::civil::Time;
use serde::Deserialize;
use vyavs_codec::gs1::{Code, Codes, CodesConfig, CodesError, Embedded, ValueKind};
use vyavs_domain::money::Currency;
use vyavs_domain::reading::Sensor;
use vyavs_domain::time::{StoreTime, TimeError};
use vyavs_service::config::{self, ConfigError};

use crate::acquire::ble::{BleConfig, BleConfigError};
use crate::acquire::board::{BoardConfig, BoardConfigError};
use crate::acquire::broker::{BrokerConfig, BrokerConfigError};
use crate::acquire::counter::{CounterConfig, CounterConfigError};
use crate::acquire::csvtail::CsvConfig;
use crate::acquire::dsfinvk::DsfinvkConfig;
use crate::acquire::folder::FolderError;
use crate::acquire::journal::JournalConfig;
use crate::acquire::modbus::ModbusConfig;
use crate::acquire::onewire::{OnewireConfig, OnewireConfigError};
use crate::acquire::poslog::PoslogConfig;
use crate::acquire::printer::PrinterConfig;
use crate::acquire::scale::{ScaleConfig, ScaleConfigError};
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
    /// `[[poslog]]`.
    #[serde(default)]
    pub poslog: Vec<PoslogConfig>,
    /// `[[csv]]`.
    #[serde(default)]
    pub csv: Vec<CsvConfig>,
    /// `[[dsfinvk]]`.
    #[serde(default)]
    pub dsfinvk: Vec<DsfinvkConfig>,
    /// `[[modbus]]`.
    #[serde(default)]
    pub modbus: Vec<ModbusConfig>,
    /// `[[ble]]`.
    #[serde(default)]
    pub ble: Vec<BleConfig>,
    /// `[[broker]]`.
    #[serde(default)]
    pub broker: Vec<BrokerConfig>,
    /// `[[counter]]`.
    #[serde(default)]
    pub counter: Vec<CounterConfig>,
    /// `[[onewire]]`.
    #[serde(default)]
    pub onewire: Vec<OnewireConfig>,
    /// `[[board]]`.
    #[serde(default)]
    pub board: Vec<BoardConfig>,
    /// `[[scale]]`.
    #[serde(default)]
    pub scale: Vec<ScaleConfig>,
    /// `[codes]`.
    #[serde(default)]
    pub codes: CodesConfig,
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
    /// `[[modbus]]` on one serial bus.
    #[error(transparent)]
    Bus(#[from] crate::acquire::modbus::PortsDiffer),
    /// `[[board]]`.
    #[error(transparent)]
    Board(#[from] BoardConfigError),
    /// `[[scale]]`.
    #[error(transparent)]
    Scale(#[from] ScaleConfigError),
    /// `[codes]`.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// `[[ble]]`.
    #[error(transparent)]
    Ble(#[from] BleConfigError),
    /// `[[broker]]`.
    #[error(transparent)]
    Broker(#[from] BrokerConfigError),
    /// `[[counter]]`.
    #[error(transparent)]
    Counter(#[from] CounterConfigError),
    /// `[[onewire]]`.
    #[error(transparent)]
    Onewire(#[from] OnewireConfigError),
    /// `[[poslog]]`, `[[csv]]` or `[[dsfinvk]]`.
    #[error(transparent)]
    Files(#[from] FolderError),
    /// `[[printer]]`.
    #[error("[[printer]] grammar: {0}")]
    Grammar(#[from] crate::grammar::LoadError),
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
        let boards = config.board.iter().flat_map(|b| &b.sensors).map(|s| s.id.to_string());
        let weights = config.scale.iter().map(|s| s.sensor.id.to_string()).chain(boards);
        let heard = config.heard()?;
        let weights = weights.chain(heard.iter().map(|sensor| sensor.id.to_string()));
        unique("sensor", config.modbus.iter().flat_map(|m| &m.sensors).map(|s| s.id.to_string()).chain(weights))?;
        unique("[[board]] name", config.board.iter().map(|b| b.name.clone()))?;
        unique("[[board]] port", config.board.iter().map(|b| b.port.path.display().to_string()))?;
        config.board.iter().try_for_each(BoardConfig::check)?;
        unique("[[scale]] name", config.scale.iter().map(|s| s.name.clone()))?;
        unique("[[scale]] port", config.scale.iter().map(|s| s.port.path.display().to_string()))?;
        config.scale.iter().try_for_each(ScaleConfig::check)?;
        Codes::new(&config.codes)?;
        crate::acquire::modbus::Buses::of(&config.modbus)?;
        for modbus in &config.modbus {
            crate::acquire::modbus::Device::open(modbus)
                .map_err(|source| EdgeConfigError::Modbus { name: modbus.name.clone(), source })?;
        }
        config.check_files()?;
        for printer in &config.printer {
            crate::grammar::load(&printer.grammar)?;
        }
        Ok(config)
    }

    /// How many inputs of each kind there are, in words; kinds that are not configured are left out.
    pub fn inputs(&self) -> String {
        let counts = [
            (self.journal.len(), "journal"),
            (self.printer.len(), "printer"),
            (self.poslog.len(), "POSLog folder"),
            (self.csv.len(), "CSV file"),
            (self.dsfinvk.len(), "DSFinV-K folder"),
            (self.modbus.len(), "Modbus device"),
            (self.scale.len(), "scale"),
            (self.board.len(), "board"),
            (self.ble.len(), "Bluetooth radio"),
            (self.broker.len(), "broker"),
            (self.counter.len(), "people counter"),
            (self.onewire.len(), "1-Wire bus"),
        ];
        let said = counts.into_iter().filter(|(count, _)| *count > 0);
        let said: Vec<_> = said
            .map(|(count, kind)| match (count, kind.strip_suffix('s')) {
                (1, _) => format!("1 {kind}"),
                (_, Some(_)) => format!("{count} {kind}es"),
                (_, None) => format!("{count} {kind}s"),
            })
            .collect();
        if said.is_empty() { "no inputs".to_owned() } else { said.join(", ") }
    }

    /// What the retailer's own codes say, in words: an example of each rule.
    pub fn codes(&self) -> Result<Vec<String>, EdgeConfigError> {
        let codes = Codes::new(&self.codes)?;
        let said = codes.examples().filter_map(|code| match codes.read(&code) {
            Code::InStore { rule, item, value: Embedded { kind, amount } } => {
                let unit = match kind {
                    ValueKind::Weight => "kg",
                    ValueKind::Price => self.store.currency.as_str(),
                    ValueKind::Count => "pieces",
                };
                Some(format!("{rule}: {code} is item {item}, {amount} {unit}"))
            }
            _ => None,
        });
        Ok(said.collect())
    }

    /// The sections of till files, and the mappings they name.
    fn check_files(&self) -> Result<(), EdgeConfigError> {
        unique("[[poslog]] name", self.poslog.iter().map(|p| p.name.clone()))?;
        unique("[[csv]] name", self.csv.iter().map(|c| c.name.clone()))?;
        unique("[[dsfinvk]] name", self.dsfinvk.iter().map(|d| d.name.clone()))?;
        self.poslog.iter().try_for_each(PoslogConfig::check)?;
        self.csv.iter().try_for_each(CsvConfig::check)?;
        self.dsfinvk.iter().try_for_each(DsfinvkConfig::check)?;
        Ok(())
    }

    /// Sensors of `[[ble]]`, `[[broker]]`, `[[counter]]` and `[[onewire]]`, their sections checked.
    fn heard(&self) -> Result<Vec<Sensor>, EdgeConfigError> {
        unique("[[ble]] name", self.ble.iter().map(|b| b.name.clone()))?;
        unique("[[broker]] name", self.broker.iter().map(|b| b.name.clone()))?;
        unique("[[counter]] name", self.counter.iter().map(|c| c.name.clone()))?;
        unique("[[onewire]] name", self.onewire.iter().map(|o| o.name.clone()))?;
        let mut sensors = Vec::new();
        for ble in &self.ble {
            ble.check()?;
            sensors.extend(ble.sensors()?);
        }
        for broker in &self.broker {
            broker.check()?;
            sensors.extend(broker.sensors());
        }
        for counter in &self.counter {
            counter.check()?;
            sensors.extend(counter.sensors());
        }
        for onewire in &self.onewire {
            onewire.check()?;
            sensors.extend(onewire.sensors());
        }
        Ok(sensors)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_said_by_an_example_of_each_rule() {
        let text = "[store]\nzone = \"Europe/London\"\ncurrency = \"GBP\"\n[codes]\nrules = [\
            { name = \"deli\", pattern = \"21.....{NNDDD}\", kind = \"weight\" },\
            { pattern = \"20.....V{NNDD}\", kind = \"price\" }]";
        let config: EdgeConfig = toml::from_str(text).expect("a file");
        let said = config.codes().expect("rules");
        assert_eq!(said[0], "deli: 2112345123455 is item 12345, 12.345 kg");
        assert!(said[1].starts_with("20.....V{NNDD}: 20123459") && said[1].ends_with("is item 12345, 12.34 GBP"));
    }
}
