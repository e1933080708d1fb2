//! 1-Wire thermometers, as the kernel shows them under `/sys/bus/w1/devices`.
//!
//! A sensor that is not there, whose CRC does not fit or that did not measure has no value, with the reason; the others on
//! the bus are read all the same.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use vyavs_codec::onewire::temperature;
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Measure, Reading, Sensor};
use vyavs_service::lifecycle::Pulse;

use super::Context;
use super::watch::{Closed, Named, Teller, Watch};
use crate::health::InputHandle;

/// A conversion takes 750 ms; the kernel waits for it while the file is read.
const PATIENCE: Duration = Duration::from_secs(5);
const BEAT: Duration = Duration::from_secs(1);

/// `[[onewire]]` in `edge.toml`: one a bus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnewireConfig {
    /// For people, and for the board.
    pub name: String,
    /// Where the kernel shows the bus's devices.
    #[serde(default = "root")]
    pub root: PathBuf,
    /// How often every sensor is read, ms; at least 1000.
    #[serde(default = "period_ms")]
    pub period_ms: u32,
    /// What is kept of it.
    pub sensors: Vec<SensorConfig>,
}

/// One thermometer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorConfig {
    /// The kernel's name of it: `28-0316a2795bff`.
    pub device: String,
    /// Unique in the store.
    pub id: SensorId,
    /// For people; the id if not said.
    #[serde(default)]
    pub name: String,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
}

fn root() -> PathBuf {
    "/sys/bus/w1/devices".into()
}

fn period_ms() -> u32 {
    10_000
}

/// A section that parses and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OnewireConfigError {
    /// A name that is no device's.
    #[error("[[onewire]] {name}: device {device:?}, expected one like 28-0316a2795bff")]
    Device {
        /// Which section.
        name: String,
        /// What it says.
        device: String,
    },
    /// Faster than a sensor measures.
    #[error("[[onewire]] {name}: period_ms is {found}, expected at least 1000")]
    Period {
        /// Which section.
        name: String,
        /// What it says.
        found: u32,
    },
}

/// Why the input ended; nothing on the bus ends it.
#[derive(Debug, thiserror::Error)]
pub enum OnewireError {
    /// The section cannot be used.
    #[error(transparent)]
    Config(#[from] OnewireConfigError),
    /// Nobody takes the readings any more.
    #[error("[[onewire]] {name}: {source}")]
    Closed {
        /// Which section.
        name: String,
        /// Why.
        source: Closed,
    },
}

impl OnewireConfig {
    /// Says what is wrong with it.
    pub fn check(&self) -> Result<(), OnewireConfigError> {
        if self.period_ms < 1000 {
            return Err(OnewireConfigError::Period { name: self.name.clone(), found: self.period_ms });
        }
        // It becomes part of a path.
        let fits = |device: &str| {
            let digits = device.split_once('-').map(|(family, id)| family.len() == 2 && id.len() == 12);
            digits == Some(true) && device.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        };
        match self.sensors.iter().find(|sensor| !fits(&sensor.device)) {
            Some(sensor) => Err(OnewireConfigError::Device { name: self.name.clone(), device: sensor.device.clone() }),
            None => Ok(()),
        }
    }

    /// The sensors as they are declared.
    pub fn sensors(&self) -> Vec<Sensor> {
        let declare = |sensor: &SensorConfig| {
            let SensorConfig { id, name, low, high, .. } = sensor.clone();
            Named { id, name, low, high }.declared(Measure::Temperature)
        };
        self.sensors.iter().map(declare).collect()
    }
}

/// Reads the bus until the agent stops. Safe to drop and start again.
pub async fn run(
    config: OnewireConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), OnewireError> {
    config.check()?;
    let name = config.name.clone();
    let stop = ctx.stop.clone();
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        Err(source) = poll(config, ctx, readings, input, pulse) => Err(OnewireError::Closed { name, source }),
    }
}

async fn poll(
    config: OnewireConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), Closed> {
    // It is asked: a missing answer is bad at once, not after a silence.
    let sensors = config.sensors().into_iter().map(|sensor| (sensor, Duration::MAX, Duration::ZERO));
    let mut watch = Watch::new(sensors, Instant::now());
    let teller = Teller::start(&watch, &ctx, readings, input.clone()).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(config.period_ms.into()));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        while tokio::time::timeout(BEAT, ticks.tick()).await.is_err() {
            pulse.beat();
        }
        let mut answered = 0;
        let mut why = String::new();
        for (place, sensor) in config.sensors.iter().enumerate() {
            pulse.beat();
            let path = config.root.join(&sensor.device).join("w1_slave");
            let text = tokio::time::timeout(PATIENCE, tokio::fs::read_to_string(&path)).await;
            let (at, now) = (ctx.clock.now(), Instant::now());
            let value = match text {
                Ok(Ok(text)) => {
                    if input.wants_bytes() {
                        input.bytes(text.as_bytes());
                    }
                    temperature(&text).map_err(|error| error.to_string())
                }
                Ok(Err(error)) => Err(format!("failed to read {}: {error}", path.display())),
                Err(_) => Err(format!("{} gave nothing within {} s", path.display(), PATIENCE.as_secs())),
            };
            let finding = match value {
                Ok(value) => {
                    answered += 1;
                    watch.value(place, value, None, at, now)
                }
                Err(error) => {
                    why = format!("{}: {error}", sensor.device);
                    watch.bad(place, &error, at, now)
                }
            };
            teller.tell(finding).await?;
        }
        match (answered, config.sensors.len()) {
            (0, 1..) => input.failed(&why),
            (_, _) if !why.is_empty() => {
                input.running();
                input.error(&why);
            }
            _ => input.running(),
        }
    }
}
