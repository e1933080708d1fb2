//! Bluetooth sensors, heard passively: a radio's stream, decoded, mapped by address and field.
//!
//! The agent needs no right to a radio: BlueZ's own `btmon -w` writes what the adapter hears into a pipe, in a process of
//! its own that has the right (vyavs-ble.service), and this input reads the pipe. That needs neither a D-Bus client nor a
//! raw socket in the agent, and the same format is what a recording is kept in. A recording of HCI events, one in hex a
//! line, plays at a stated pace. A radio that is not there is an input that is backing off with its cause.

mod source;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{info, warn};
use vyavs_codec::ble::{Address, Advertisement, Device, Field, Key, Memory, Refusal, decode};
use vyavs_domain::reading::{Reading, Sensor};
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;

use super::Context;
use super::watch::{Closed, Named, Teller, Watch};
use crate::health::InputHandle;
use source::Source;

/// Bounds of the wait before a source is opened again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(10);
/// A sign of life, and how often silence is looked for.
const BEAT: Duration = Duration::from_secs(1);
/// The same number of a measurement within this time is the same measurement sent once more.
const REPEATS: Duration = Duration::from_secs(4);
/// What is remembered of encrypted devices is written this often at most; a crash forgets so much of their counters.
const SAVE_EVERY: Duration = Duration::from_secs(10);

/// `[[ble]]` in `edge.toml`: one a radio.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BleConfig {
    /// For people, and for the board.
    pub name: String,
    /// The pipe or file that `btmon -w` writes.
    #[serde(default)]
    pub btsnoop: Option<PathBuf>,
    /// A recording instead: HCI events in hex, one a line.
    #[serde(default)]
    pub record: Option<PathBuf>,
    /// A recording's pace: ms between two events.
    #[serde(default = "pace_ms")]
    pub pace_ms: u32,
    /// Whether a recording begins again at its end.
    #[serde(default)]
    pub again: bool,
    /// Where it is kept what protects encrypted devices against replay over a restart.
    #[serde(default)]
    pub memory: Option<PathBuf>,
    /// The devices that are listened to; others pass unheard.
    #[serde(rename = "device", default)]
    pub devices: Vec<DeviceConfig>,
}

/// `[[ble.device]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
    /// Its address.
    pub address: Address,
    /// A file with its key, 32 hex digits, where it encrypts; from then on it is not believed in plain text.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// An encrypted device's counter below this is believed to have begun anew. 0: never; 100 is what others do.
    #[serde(default)]
    pub restart_below: u32,
    /// Silent for so long, s, is without a value.
    #[serde(default = "silent_s")]
    pub silent_s: u32,
    /// Readings are at least so far apart, s, unless a state changes.
    #[serde(default = "every_s")]
    pub every_s: u32,
    /// What is kept of it.
    pub sensors: Vec<SensorConfig>,
}

/// One field of a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorConfig {
    /// `temperature`, `probe.2`.
    pub field: Field,
    /// Unique in the store.
    pub id: vyavs_domain::ids::SensorId,
    /// For people; the id if not said.
    #[serde(default)]
    pub name: String,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
}

fn pace_ms() -> u32 {
    1000
}

fn silent_s() -> u32 {
    300
}

fn every_s() -> u32 {
    10
}

/// A section that parses and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BleConfigError {
    /// Neither a radio nor a recording, or both.
    #[error("[[ble]] {0}: expected either btsnoop = \"…\" or record = \"…\"")]
    Source(String),
    /// A field that the store has no measure for.
    #[error(
        "[[ble]] {name}: {field} has no measure in a store; expected one like temperature, humidity, door, battery"
    )]
    Measure {
        /// Which section.
        name: String,
        /// The field.
        field: Field,
    },
    /// One device twice.
    #[error("[[ble]] {name}: {address} is configured twice")]
    Twice {
        /// Which section.
        name: String,
        /// The device.
        address: Address,
    },
    /// A key file that cannot be used.
    #[error("[[ble]] {name}: key of {address} in {}: {detail}", path.display())]
    Key {
        /// Which section.
        name: String,
        /// The device.
        address: Address,
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
}

/// Why the input ended; nothing on the air ends it.
#[derive(Debug, thiserror::Error)]
pub enum BleError {
    /// The section cannot be used.
    #[error(transparent)]
    Config(#[from] BleConfigError),
    /// Nobody takes the readings any more.
    #[error("[[ble]] {name}: {source}")]
    Closed {
        /// Which section.
        name: String,
        /// Why.
        source: Closed,
    },
}

impl BleConfig {
    /// Says what is wrong with it; key files are only read when the input starts.
    pub fn check(&self) -> Result<(), BleConfigError> {
        Source::of(self)?;
        self.sensors()?;
        for (index, device) in self.devices.iter().enumerate() {
            if self.devices[..index].iter().any(|before| before.address == device.address) {
                return Err(BleConfigError::Twice { name: self.name.clone(), address: device.address });
            }
        }
        Ok(())
    }

    /// The sensors as they are declared, in their order.
    pub fn sensors(&self) -> Result<Vec<Sensor>, BleConfigError> {
        let declare = |sensor: &SensorConfig| {
            let wrong = || BleConfigError::Measure { name: self.name.clone(), field: sensor.field };
            let measure = sensor.field.quantity.measure().ok_or_else(wrong)?;
            let SensorConfig { id, name, low, high, .. } = sensor.clone();
            Ok(Named { id, name, low, high }.declared(measure))
        };
        self.devices.iter().flat_map(|device| &device.sensors).map(declare).collect()
    }

    fn open(&self) -> Result<HashMap<Address, Known>, BleConfigError> {
        let memory: HashMap<Address, Memory> = self.memory.as_deref().map(remembered).unwrap_or_default();
        let mut place = 0;
        let mut known = HashMap::new();
        for config in &self.devices {
            let key = config.key_file.as_ref().map(|path| self.key(config.address, path)).transpose()?;
            let memory = memory.get(&config.address).copied().unwrap_or_default();
            let sensors = config.sensors.iter().enumerate().map(|(at, sensor)| (sensor.field, place + at)).collect();
            place += config.sensors.len();
            let device = Device { key, restart_below: config.restart_below, memory };
            known.insert(config.address, Known { device, sensors, last: None });
        }
        Ok(known)
    }

    fn key(&self, address: Address, path: &Path) -> Result<Key, BleConfigError> {
        let wrong =
            |detail: String| BleConfigError::Key { name: self.name.clone(), address, path: path.to_owned(), detail };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Key::from_hex(&text).ok_or_else(|| wrong("expected 32 hex digits".to_owned()))
    }
}

/// One configured device.
#[derive(Debug)]
struct Known {
    device: Device,
    sensors: Vec<(Field, usize)>,
    /// The last measurement's number and when it came.
    last: Option<(u32, Instant)>,
}

/// Listens until the agent stops. Safe to drop and start again; what is remembered of counters is on disk.
pub async fn run(
    config: BleConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), BleError> {
    let name = config.name.clone();
    let (sensors, known) = (config.sensors()?, config.open()?);
    let source = Source::of(&config)?;
    let times = config.devices.iter().flat_map(|device| {
        let times = (Duration::from_secs(device.silent_s.max(1).into()), Duration::from_secs(device.every_s.into()));
        device.sensors.iter().map(move |_| times)
    });
    let watched = sensors.into_iter().zip(times).map(|(sensor, (silent, every))| (sensor, silent, every));
    let watch = Watch::new(watched, Instant::now());
    let teller = Teller::start(&watch, &ctx, readings, input.clone()).await;
    let stop = ctx.stop.clone();
    let mut radio = Radio { config, ctx, input, pulse, watch, teller, known, saved: None, cause: None };
    let ended = tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = radio.listen(source) => ended,
    };
    radio.save();
    ended.map_err(|source| BleError::Closed { name, source })
}

struct Radio {
    config: BleConfig,
    ctx: Context,
    input: InputHandle,
    pulse: Pulse,
    watch: Watch,
    teller: Teller,
    known: HashMap<Address, Known>,
    saved: Option<(Instant, HashMap<Address, Memory>)>,
    /// Why nothing is heard, while nothing is.
    cause: Option<String>,
}

impl Radio {
    async fn listen(&mut self, source: Source) -> Result<(), Closed> {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let mut rng = StdRng::from_os_rng();
        loop {
            let (events, mut heard) = mpsc::channel(256);
            let reading = source.clone().read(events);
            tokio::pin!(reading);
            let why = loop {
                let beat = tokio::time::sleep(BEAT);
                tokio::select! {
                    biased;
                    Some(event) = heard.recv() => {
                        backoff.reset();
                        self.heard(&event).await?;
                    }
                    why = &mut reading => break why,
                    () = beat => self.beat().await?,
                }
            };
            while let Ok(event) = heard.try_recv() {
                self.heard(&event).await?;
            }
            if self.cause.replace(why.clone()).is_none() {
                warn!(input = self.config.name, "{} hears nothing: {why}", self.config.name);
            }
            self.input.failed(&why);
            let until = Instant::now() + backoff.next(&mut rng).max(MIN_WAIT);
            while Instant::now() < until {
                tokio::time::sleep_until(until.min(Instant::now() + BEAT)).await;
                self.beat().await?;
            }
        }
    }

    async fn beat(&mut self) -> Result<(), Closed> {
        self.pulse.beat();
        if self.saved.as_ref().is_none_or(|(at, _)| at.elapsed() >= SAVE_EVERY) {
            self.save();
        }
        let findings = self.watch.silent(self.cause.as_deref(), self.ctx.clock.now(), Instant::now());
        self.teller.tell(findings).await
    }

    /// One HCI event packet.
    async fn heard(&mut self, event: &[u8]) -> Result<(), Closed> {
        // Everything else an adapter says is none of ours.
        let Ok(adverts) = Advertisement::from_hci(event) else { return Ok(()) };
        if self.cause.take().is_some() {
            info!(input = self.config.name, "{} hears again", self.config.name);
        }
        self.input.running();
        if self.input.wants_bytes() {
            self.input.bytes(picture(event).as_bytes());
        }
        for advert in adverts {
            self.advert(&advert).await?;
        }
        Ok(())
    }

    async fn advert(&mut self, advert: &Advertisement) -> Result<(), Closed> {
        let Some(known) = self.known.get_mut(&advert.address) else { return Ok(()) };
        let (now, at) = (Instant::now(), self.ctx.clock.now());
        let decoded = match decode(advert, &mut known.device) {
            Ok(decoded) => decoded,
            // A radio repeats itself, and a device says other things in between: no news, and no fault.
            Err(Refusal::Repeated | Refusal::Empty(_) | Refusal::Unknown | Refusal::NotForShops(_)) => return Ok(()),
            Err(refusal) => {
                for (_, place) in &known.sensors {
                    self.watch.note(*place, &refusal.to_string());
                }
                self.input.error(&format!("{}: {refusal}", advert.address));
                return Ok(());
            }
        };
        if let Some(packet) = decoded.packet {
            if known.last.is_some_and(|(last, when)| last == packet && now.duration_since(when) < REPEATS) {
                return Ok(());
            }
            known.last = Some((packet, now));
        }
        let findings: Vec<_> = known
            .sensors
            .iter()
            .filter_map(|(field, place)| self.watch.value(*place, decoded.value(*field)?, None, at, now))
            .collect();
        self.teller.tell(findings).await
    }

    /// Keeps what is remembered of encrypted devices, if it changed.
    fn save(&mut self) {
        let Some(path) = &self.config.memory else { return };
        let memory: HashMap<Address, Memory> = self
            .known
            .iter()
            .filter(|(_, known)| known.device.memory != Memory::default())
            .map(|(address, known)| (*address, known.device.memory))
            .collect();
        if self.saved.as_ref().is_some_and(|(_, before)| *before == memory) {
            return;
        }
        if let Err(error) = keep(path, &memory) {
            self.input.error(&format!("failed to keep the counters in {}: {error}", path.display()));
        }
        self.saved = Some((Instant::now(), memory));
    }
}

/// The memory file; one that cannot be read is a first start.
fn remembered(path: &Path) -> HashMap<Address, Memory> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            warn!("{} is not read, so old advertisements may be believed once: {error}", path.display());
            HashMap::new()
        }),
        Err(_) => HashMap::new(),
    }
}

fn keep(path: &Path, memory: &HashMap<Address, Memory>) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, serde_json::to_vec(memory)?)?;
    std::fs::rename(beside, path)
}

/// An event as a line of hex.
fn picture(event: &[u8]) -> String {
    let mut line: String = event.iter().map(|byte| format!("{byte:02x}")).collect();
    line.push('\n');
    line
}
