//! Scales on a serial line: asked where the line is ours, listened to where a till sells by them.
//!
//! A listened line is open for reading alone, so the kernel refuses every write: nothing of ours stands between a scale and
//! the till it is approved with. What is measured is the weight at rest, told when it changes; a moving load is suspect, a
//! scale that is silent, overloaded or below zero is bad and says why.

mod channel;
mod line;

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::sync::mpsc;
use tracing::{info, warn};
use vyavs_bridge::port::{PortConfig, PortError};
use vyavs_codec::scale::{Protocol, Unit};
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Measure, Reading, Sensor};
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::{Record, SensorV1};

use super::Context;
use crate::health::InputHandle;

use channel::{Channel, Finding};
use line::Line;

/// Bounds of the wait before the line is opened again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How often a scale that stays away is said to have no weight.
const BAD_EVERY: Duration = Duration::from_secs(30);
/// The shortest period: faster, and an 8217 answers nothing but motion.
const MIN_PERIOD_MS: u32 = 200;

/// `[[scale]]` in `edge.toml`: one a scale.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleConfig {
    /// For people, and for the board.
    pub name: String,
    /// The line, as the scale's manual has it; see `docs/scales-and-codes.md`.
    pub port: PortConfig,
    /// How the scale speaks.
    pub protocol: Protocol,
    /// Whether it is asked or listened to.
    #[serde(default)]
    pub mode: Mode,
    /// How often it is asked, ms; at least 200.
    #[serde(default = "period_ms")]
    pub period_ms: u32,
    /// How long an answer may take, ms; also how long a frame may pause.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u32,
    /// What bare numbers are in, for scales that do not say.
    #[serde(default)]
    pub unit: Unit,
    /// What a Dialog scale that is asked is told a kilogram costs, in digits without point: many weigh nothing without it.
    #[serde(default)]
    pub unit_price: Option<u32>,
    /// A line that is listened to and says nothing for so long, s, is told to be silent.
    #[serde(default = "quiet_s")]
    pub quiet_s: u32,
    /// What its weight is called.
    pub sensor: SensorConfig,
}

/// Who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The till does; we write nothing.
    #[default]
    Listen,
    /// We do: the line has no till.
    Poll,
}

/// The weight as a sensor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorConfig {
    /// Unique in the store.
    pub id: SensorId,
    /// For people; the id if not said.
    #[serde(default)]
    pub name: String,
    /// Below is wrong, kg.
    pub low: Option<f64>,
    /// Above is wrong, kg.
    pub high: Option<f64>,
}

fn period_ms() -> u32 {
    500
}

fn timeout_ms() -> u32 {
    1000
}

fn quiet_s() -> u32 {
    900
}

/// A section that parses and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScaleConfigError {
    /// Faster than a scale answers.
    #[error("[[scale]] {name}: period_ms is {found}, expected at least {MIN_PERIOD_MS}")]
    Period {
        /// Which section.
        name: String,
        /// What it says.
        found: u32,
    },
    /// A price that does not fit the record.
    #[error("[[scale]] {name}: unit_price is {found}, expected at most 6 digits")]
    Price {
        /// Which section.
        name: String,
        /// What it says.
        found: u32,
    },
    /// Nothing could ever be in time.
    #[error("[[scale]] {name}: {key} is 0, expected at least 1")]
    Zero {
        /// Which section.
        name: String,
        /// Which key.
        key: &'static str,
    },
}

impl ScaleConfig {
    /// Says what is wrong with it.
    pub fn check(&self) -> Result<(), ScaleConfigError> {
        let name = || self.name.clone();
        if self.mode == Mode::Poll && self.period_ms < MIN_PERIOD_MS {
            return Err(ScaleConfigError::Period { name: name(), found: self.period_ms });
        }
        if let Some(found) = self.unit_price.filter(|price| *price > 999_999) {
            return Err(ScaleConfigError::Price { name: name(), found });
        }
        match (self.timeout_ms, self.quiet_s) {
            (0, _) => Err(ScaleConfigError::Zero { name: name(), key: "timeout_ms" }),
            (_, 0) => Err(ScaleConfigError::Zero { name: name(), key: "quiet_s" }),
            _ => Ok(()),
        }
    }

    /// The weight as it is declared to the hub.
    pub fn declared(&self) -> Sensor {
        let SensorConfig { id, name, low, high } = self.sensor.clone();
        let name = if name.is_empty() { id.to_string() } else { name };
        Sensor { id, name, measure: Measure::Weight, low, high }
    }
}

/// Why the input ended; nothing on the wire ends it.
#[derive(Debug, thiserror::Error)]
pub enum ScaleError {
    /// The section cannot be used.
    #[error(transparent)]
    Config(#[from] ScaleConfigError),
    /// Nobody takes the readings any more.
    #[error("[[scale]] {0}: the readings have nowhere to go")]
    Closed(String),
}

/// Why a line is of no more use; it is opened again.
#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error(transparent)]
    Open(#[from] PortError),
    #[error("the serial port {path} is gone: {detail}")]
    Gone { path: std::path::PathBuf, detail: String },
    #[error("{0}")]
    Silent(String),
    #[error(transparent)]
    Ended(#[from] ScaleError),
}

/// Reads the scale until the agent stops. Safe to drop and start again.
pub async fn run(
    config: ScaleConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), ScaleError> {
    config.check()?;
    let sensor = config.declared();
    input.board().sensor(&sensor);
    if let Err(error) = ctx.outbox.offer(vec![Record::SensorV1(SensorV1::from(&sensor))]).await {
        input.error(&error.to_string());
    }
    let stop = ctx.stop.clone();
    let mut scale = Scale { channel: Channel::new(sensor.id), config, ctx, readings, input, pulse, silent: false };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = scale.read() => ended,
    }
}

/// One scale, and where its weight goes.
struct Scale {
    config: ScaleConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
    channel: Channel,
    /// It was said to be away.
    silent: bool,
}

impl Scale {
    async fn read(&mut self) -> Result<(), ScaleError> {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let mut rng = StdRng::from_os_rng();
        loop {
            self.pulse.beat();
            let ended = match Line::open(&self.config) {
                Ok(mut line) => line.serve(self, &mut backoff).await,
                Err(error) => LineError::Open(error),
            };
            let why = match ended {
                LineError::Ended(error) => return Err(error),
                error => error.to_string(),
            };
            self.input.failed(&why);
            if !std::mem::replace(&mut self.silent, true) {
                warn!(input = self.config.name, "{} has no weight: {why}", self.config.name);
            }
            self.away(&why).await?;
            tokio::time::sleep(backoff.next(&mut rng)).await;
        }
    }

    /// The scale says something sensible.
    fn answers(&mut self) {
        if std::mem::take(&mut self.silent) {
            info!(input = self.config.name, "{} answers", self.config.name);
        }
        self.input.running();
    }

    /// There is no weight; said at once, and then seldom.
    async fn away(&mut self, why: &str) -> Result<(), ScaleError> {
        let finding = self.channel.away(why, self.ctx.clock.now(), BAD_EVERY);
        self.tell(finding).await
    }

    async fn tell(&mut self, finding: Option<Finding>) -> Result<(), ScaleError> {
        let Some(Finding { reading, why }) = finding else { return Ok(()) };
        let board = self.input.board();
        self.input.reading(&reading);
        if let Some(why) = why {
            board.sensor_detail(&reading.sensor, &why);
        }
        // A full channel is a consumer that is behind; a scale that is listened to is then read a little later.
        self.readings.send(reading).await.map_err(|_| ScaleError::Closed(self.config.name.clone()))?;
        self.input.record(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> Result<ScaleConfig, toml::de::Error> {
        toml::from_str(&format!(
            "name = \"counter\"\nport = {{ path = \"/dev/ttyUSB0\", baud = 9600, line = \"7E1\" }}\nprotocol = \"toledo-8217\"\nsensor = {{ id = \"counter.weight\" }}\n{more}"
        ))
    }

    #[test]
    fn a_scale_is_listened_to_unless_it_is_said_to_be_ours() {
        let config = config("").expect("a section");
        assert_eq!((config.mode, config.unit, config.period_ms), (Mode::Listen, Unit::Kilogram, 500));
        assert_eq!((config.declared().measure, config.declared().name.as_str()), (Measure::Weight, "counter.weight"));
        assert!(config.check().is_ok());
    }

    #[test]
    fn what_cannot_be_is_said_by_name() {
        for (more, word) in [
            ("mode = \"poll\"\nperiod_ms = 100", "period_ms is 100"),
            ("unit_price = 1000000", "unit_price"),
            ("timeout_ms = 0", "timeout_ms"),
            ("quiet_s = 0", "quiet_s"),
        ] {
            let error = config(more).expect("it parses").check().expect_err("wrong").to_string();
            assert!(error.contains("counter") && error.contains(word), "{error}");
        }
        for (more, word) in [("speed = 1", "speed"), ("mode = \"ask\"", "listen")] {
            let error = config(more).expect_err("wrong").to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
