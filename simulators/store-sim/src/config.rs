//! What to play, how fast, and onto which wires: `play.toml`, or the same as flags.

mod record;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vyavs_domain::ids::TerminalId;
use vyavs_world::sensors::{Channel, Incident, IncidentKind};

use crate::ble::BleConfig;
use crate::board::BoardConfig;
use crate::counter::CounterConfig;
use crate::journal::JournalConfig;
use crate::mqtt::MqttConfig;
use crate::onewire::OnewireConfig;
use crate::pace::Speed;
use crate::printer::PrinterConfig;
use crate::scale::ScaleConfig;
pub use record::{CompleteJourneyConfig, RecordConfig, SensorRecordConfig};

/// A whole play.
///
/// ```toml
/// speed = 60                    # or "max"; 1 for a world, "max" for a record, if not given
/// from = "2026-03-01"           # or "now", or "2026-03-01T12:00:00Z"
/// until = "2026-04-01"          # excluded; or "now"
/// ledger = "ledger.jsonl"
/// [world]
/// seed = 1
/// store = "stores/fountain-road.toml"
/// [[journal]]
/// terminal = "till-1"
/// address = "127.0.0.1:7001"
/// [[printer]]
/// terminal = "till-2"
/// address = "127.0.0.1:9100"
/// [modbus]
/// listen = "127.0.0.1:1502"
/// [[board]]
/// link = "/tmp/cellar-board"
/// drop = 0.05
/// pulled_every_s = 60
/// [[scale]]
/// link = "/tmp/counter-scale"
/// protocol = "toledo-8217"
/// [ble]
/// btsnoop = "/tmp/ble.btsnoop"
/// key_file = "/tmp/ble.key"
/// [mqtt]
/// address = "127.0.0.1:1883"
/// [counter]
/// listen = "127.0.0.1:0"
/// faults = [{ kind = "error", after_s = 60, lasts_s = 10 }]
/// [onewire]
/// root = "/tmp/w1"
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlayConfig {
    /// A simulated store …
    pub world: Option<WorldConfig>,
    /// … or recorded invoices of a wholesaler (UCI Online Retail) …
    #[serde(deserialize_with = "record::online_retail")]
    pub online_retail: Option<RecordConfig>,
    /// … or supermarket baskets (Complete Journey) …
    pub complete_journey: Option<CompleteJourneyConfig>,
    /// … or the till roll of a bakery …
    #[serde(deserialize_with = "record::bread_basket")]
    pub bread_basket: Option<RecordConfig>,
    /// … or printed receipts, as text …
    #[serde(deserialize_with = "record::receipts_text")]
    pub receipts_text: Option<RecordConfig>,
    /// … or what sensors once said, on the Modbus wire.
    pub sensor_record: SensorRecordConfig,
    /// How fast time passes: 1 for a world, `max` for a record, if not given.
    pub speed: Option<Speed>,
    /// Where it begins; if not given, now for a world and the start of a record.
    pub from: Option<Moment>,
    /// What is not played any more; if not given, a world never ends.
    pub until: Option<Moment>,
    /// Where acknowledged items are listed.
    pub ledger: Option<PathBuf>,
    /// Tills with a journal.
    pub journal: Vec<Wire>,
    /// Tills with a printer.
    pub printer: Vec<Wire>,
    /// How tills behave on the journal wire.
    pub till: JournalConfig,
    /// How tills print.
    pub print: PrinterConfig,
    /// The instruments' port.
    pub modbus: Option<ModbusConfig>,
    /// Sensor boards, each on a line of its own; they measure what the instruments show.
    pub board: Vec<BoardConfig>,
    /// Bluetooth sensors in the cabinets.
    pub ble: Option<BleConfig>,
    /// Sensors that publish at a broker.
    pub mqtt: Option<MqttConfig>,
    /// The people counter over the door.
    pub counter: Option<CounterConfig>,
    /// Thermometers on a 1-Wire bus.
    pub onewire: Option<OnewireConfig>,
    /// Where the agent's sections are written that read these four.
    pub sections: Option<PathBuf>,
    /// Scales, each on a line of its own.
    pub scale: Vec<ScaleConfig>,
    /// Beside it, a link to a serial bus (Modbus RTU) with the same instruments.
    pub modbus_serial: Option<PathBuf>,
    /// What goes wrong beside the world's own incidents.
    pub incident: Vec<LiveIncident>,
    /// The same at fixed times, so that a past and what is played after it tell of one incident.
    pub dated_incident: Vec<Incident>,
}

impl PlayConfig {
    /// Whether anything says what the store's instruments measure.
    pub fn has_instruments(&self) -> bool {
        let wired = self.modbus.is_some() || !self.board.is_empty() || self.onewire.is_some();
        wired || self.ble.is_some() || self.mqtt.is_some() || self.counter.is_some()
    }
}

/// A simulated store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldConfig {
    /// The same seed is the same store.
    pub seed: u64,
    /// A store's description: [`vyavs_world::StoreSpec`] as TOML.
    pub store: PathBuf,
}

/// A till and where its wire ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// Which till.
    pub terminal: TerminalId,
    /// `host:port`.
    pub address: String,
}

/// Not `terminal=host:port`.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not TERMINAL=HOST:PORT, such as till-1=127.0.0.1:7001")]
pub struct WireError(String);

impl FromStr for Wire {
    type Err = WireError;
    fn from_str(text: &str) -> Result<Self, WireError> {
        let wrong = || WireError(text.to_owned());
        let (terminal, address) = text.split_once('=').ok_or_else(wrong)?;
        let (_, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        port.parse::<u16>().map_err(|_| wrong())?;
        Ok(Self { terminal: terminal.parse().map_err(|_| wrong())?, address: address.to_owned() })
    }
}

/// The instruments' port.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModbusConfig {
    /// Where to listen.
    pub listen: SocketAddr,
}

/// Something that goes wrong while the play runs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveIncident {
    /// Which cabinet: `fridge-1`.
    pub cabinet: String,
    /// Which probe, for what concerns one.
    #[serde(default = "air")]
    pub channel: Channel,
    /// What.
    pub kind: IncidentKind,
    /// Seconds of the store's time after the play begins.
    pub after_s: u32,
    /// How long it lasts, in seconds of the store's time.
    pub lasts_s: u32,
}

fn air() -> Channel {
    Channel::Air
}

/// An incident of a world as a flag: `fridge-1=compressor_failure,2026-03-01T07:00:00Z,2026-03-01T16:00:00Z`, or
/// `fridge-1.product=…` for what concerns that probe.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentFlag(pub Incident);

/// Not `CABINET=KIND,FROM,TO`.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is not CABINET=KIND,FROM,TO, such as fridge-1=compressor_failure,2026-03-01T07:00:00Z,2026-03-01T16:00:00Z"
)]
pub struct IncidentError(String);

impl FromStr for IncidentFlag {
    type Err = IncidentError;
    fn from_str(text: &str) -> Result<Self, IncidentError> {
        let read = || {
            let (place, rest) = text.split_once('=')?;
            let [kind, from, to] = rest.split(',').collect::<Vec<_>>().try_into().ok()?;
            let (cabinet, channel) = match place.split_once('.') {
                None => (place, Channel::Air),
                Some((cabinet, channel)) => {
                    (cabinet, [Channel::Air, Channel::Product].into_iter().find(|one| one.as_str() == channel)?)
                }
            };
            let kind =
                IncidentKind::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(kind));
            let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
            (from < to).then_some(Incident { cabinet: cabinet.to_owned(), channel, kind: kind.ok()?, from, to })
        };
        read().map(Self).ok_or_else(|| IncidentError(text.to_owned()))
    }
}

/// A business day, an instant, or now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Moment {
    /// When the play begins.
    Now,
    /// The start of this business day.
    Day(Date),
    /// This instant. A world that is played from one that is over sends at once what happened since.
    At(Timestamp),
}

/// Neither a date nor a time nor `now`.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is neither a date such as 2026-03-01 nor a time such as 2026-03-01T12:00:00Z nor \"now\"")]
pub struct MomentError(String);

impl FromStr for Moment {
    type Err = MomentError;
    fn from_str(text: &str) -> Result<Self, MomentError> {
        match text {
            "now" => Ok(Self::Now),
            // A date would take a time for one with something behind it.
            _ if text.contains('T') => text.parse().map(Self::At).map_err(|_| MomentError(text.to_owned())),
            _ => text.parse().map(Self::Day).map_err(|_| MomentError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = MomentError;
    fn try_from(text: String) -> Result<Self, MomentError> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        match moment {
            Moment::Now => "now".to_owned(),
            Moment::Day(date) => date.to_string(),
            Moment::At(at) => at.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_play_reads() {
        let text = r#"
            speed = 60
            from = "2026-03-01"
            until = "now"
            ledger = "ledger.jsonl"
            [world]
            seed = 1
            store = "stores/fountain-road.toml"
            [[journal]]
            terminal = "till-1"
            address = "127.0.0.1:7001"
            [till]
            window = 8
            [print]
            raster = 0.02
            [modbus]
            listen = "127.0.0.1:1502"
            [[incident]]
            cabinet = "fridge-1"
            kind = "compressor_failure"
            after_s = 60
            lasts_s = 7200
        "#;
        let config: PlayConfig = toml::from_str(text).expect("well-formed");
        assert_eq!(config.speed, Some(Speed::Times(60.0)));
        assert_eq!(config.until, Some(Moment::Now));
        assert_eq!(config.till.window, 8);
        assert_eq!(config.incident[0].kind, IncidentKind::CompressorFailure);
        assert_eq!(toml::from_str::<PlayConfig>("speed = \"max\"").expect("read").speed, Some(Speed::Max));
    }

    #[test]
    fn a_moment_is_a_day_or_an_instant_and_reads_back() {
        for text in ["now", "2026-03-01", "2026-03-01T12:30:00Z"] {
            let moment: Moment = text.parse().expect("a moment");
            assert_eq!(String::from(moment), text);
        }
        assert!(matches!("2026-03-01T12:30:00Z".parse(), Ok(Moment::At(_))));
        assert!("2026-03-01Tnoon".parse::<Moment>().is_err());
    }

    #[test]
    fn an_incident_is_told_in_one_flag() {
        let text = "fridge-1=compressor_failure,2026-03-01T07:00:00Z,2026-03-01T16:00:00Z";
        let IncidentFlag(incident) = text.parse().expect("an incident");
        assert_eq!((incident.sensor().as_str(), incident.kind), ("fridge-1.air", IncidentKind::CompressorFailure));
        let probe: IncidentFlag = text.replace("fridge-1=", "fridge-1.product=").parse().expect("an incident");
        assert_eq!(probe.0.channel, Channel::Product);
        for bad in ["fridge-1", "fridge-1=fire,2026-03-01T07:00:00Z,2026-03-01T16:00:00Z", &text.replace("T16", "T06")]
        {
            assert!(bad.parse::<IncidentFlag>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            ("sped = 1", "sped"),
            ("speed = 0", "speed"),
            ("from = \"soon\"", "soon"),
            ("[modbus]\nlisten = \"x\"", "listen"),
        ] {
            let error = toml::from_str::<PlayConfig>(text).expect_err("wrong").to_string();
            assert!(error.contains(word), "{error}");
        }
        assert_eq!("till-1=localhost:7001".parse::<Wire>().expect("a wire").address, "localhost:7001");
        for bad in ["till-1", "till 1=a:1", "till-1=a", "till-1=a:x"] {
            assert!(bad.parse::<Wire>().is_err(), "{bad}");
        }
    }
}
