//! Which record to play, and what is said of the shop it comes from.

use std::path::PathBuf;

use jiff::civil::Time;
use serde::Deserialize;
use vyavs_domain::money::Currency;
use vyavs_domain::time::{StoreTime, TimeError};

/// A record, and the shop it is said to come from.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordConfig {
    /// Where its files lie; they are read there.
    pub dir: PathBuf,
    /// IANA zone of the shop.
    pub zone: String,
    /// When the business day starts.
    pub day_starts: Time,
    /// Of all amounts.
    pub currency: Currency,
    /// Printed on top of receipts.
    pub name: String,
}

/// What of a record may be said otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordText {
    dir: PathBuf,
    zone: Option<String>,
    day_starts: Option<Time>,
    currency: Option<Currency>,
    name: Option<String>,
}

impl RecordText {
    fn over(self, usual: RecordConfig) -> RecordConfig {
        RecordConfig {
            dir: self.dir,
            zone: self.zone.unwrap_or(usual.zone),
            day_starts: self.day_starts.unwrap_or(usual.day_starts),
            currency: self.currency.unwrap_or(usual.currency),
            name: self.name.unwrap_or(usual.name),
        }
    }
}

macro_rules! records {
    ($($name:ident)*) => {
        $(pub(super) fn $name<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<RecordConfig>, D::Error> {
            let text = RecordText::deserialize(from)?;
            Ok(Some(text.over(RecordConfig::$name(PathBuf::new()))))
        })*
    };
}
records!(online_retail bread_basket receipts_text);

impl RecordConfig {
    fn new(dir: PathBuf, zone: &str, starts_hour: i8, currency: &str, name: &str) -> Self {
        Self {
            dir,
            zone: zone.to_owned(),
            day_starts: jiff::civil::time(starts_hour, 0, 0, 0),
            currency: currency.parse().expect("an ISO 4217 code"),
            name: format!("{name} (replayed)"),
        }
    }

    /// UCI Online Retail, `invoices.csv`: London, pounds, a day that starts at four.
    pub fn online_retail(dir: PathBuf) -> Self {
        Self::new(dir, "Europe/London", 4, "GBP", "Online Retail")
    }

    /// Complete Journey, `transactions.csv` and `products.csv`: the eastern United States, dollars, from midnight on.
    pub fn complete_journey(dir: PathBuf) -> Self {
        Self::new(dir, "America/New_York", 0, "USD", "Complete Journey")
    }

    /// The bakery in Edinburgh, `transactions.csv`: pounds that nobody knows, a day that starts at four.
    pub fn bread_basket(dir: PathBuf) -> Self {
        Self::new(dir, "Europe/London", 4, "GBP", "Bread Basket, prices not known")
    }

    /// Receipts of Malaysian shops, `receipts.jsonl`.
    pub fn receipts_text(dir: PathBuf) -> Self {
        Self::new(dir, "Asia/Kuala_Lumpur", 4, "MYR", "Receipts as text")
    }

    /// The shop's reading of time.
    pub fn time(&self) -> Result<StoreTime, TimeError> {
        StoreTime::new(&self.zone, self.day_starts)
    }
}

/// Supermarket baskets of many shops.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "CompleteJourneyText")]
pub struct CompleteJourneyConfig {
    /// The record.
    pub record: RecordConfig,
    /// Only this shop, by its `store_id`; if not given, all shops, which take turns at the tills.
    pub store: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompleteJourneyText {
    dir: PathBuf,
    store: Option<String>,
    name: Option<String>,
}

impl From<CompleteJourneyText> for CompleteJourneyConfig {
    fn from(text: CompleteJourneyText) -> Self {
        let mut record = RecordConfig::complete_journey(text.dir);
        record.name = text.name.unwrap_or(record.name);
        Self { record, store: text.store }
    }
}

/// Sensors that were recorded: each file is a cabinet's air probe on the Modbus wire, in this order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SensorRecordConfig {
    /// Folder with `freezer_minutes.csv` or `freezer_minutes.csv.gz`.
    pub freezer: Option<PathBuf>,
    /// Files of the Numenta Anomaly Benchmark: `timestamp,value`, gzipped or not.
    pub nab: Vec<PathBuf>,
    /// What it is called.
    pub name: String,
}

impl Default for SensorRecordConfig {
    fn default() -> Self {
        Self { freezer: None, nab: Vec::new(), name: "Sensors (replayed)".to_owned() }
    }
}

impl SensorRecordConfig {
    /// Whether it names no file.
    pub fn is_empty(&self) -> bool {
        self.freezer.is_none() && self.nab.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::PlayConfig;

    #[test]
    fn a_record_is_a_folder_and_what_is_said_otherwise() {
        let text = "[bread_basket]\ndir = \"data\"\nname = \"Roll\"\n[sensor_record]\nnab = [\"a.csv.gz\"]\n\
                    [complete_journey]\ndir = \"cj\"\nstore = \"367\"";
        let config: PlayConfig = toml::from_str(text).expect("well-formed");
        let roll = config.bread_basket.expect("a record");
        assert_eq!((roll.name.as_str(), roll.zone.as_str(), roll.day_starts.hour()), ("Roll", "Europe/London", 4));
        assert_eq!(config.complete_journey.expect("a record").store.as_deref(), Some("367"));
        assert!(!config.sensor_record.is_empty() && config.online_retail.is_none());
        let error = toml::from_str::<PlayConfig>("[online_retail]\ndri = \"x\"").expect_err("a typo").to_string();
        assert!(error.contains("dri"), "{error}");
    }
}
