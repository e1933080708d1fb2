//! Controllers and meters over Modbus, TCP or a serial bus: asked every period, by a template that says what their
//! registers mean. The devices of one serial bus share it ([`Buses`]).
//!
//! A device that does not answer, refuses or talks nonsense gives readings of bad quality with a reason, and is asked again
//! with bounded back-off; it never ends the input and never keeps an old value looking fresh.

mod bus;
mod device;
mod gateway;
mod probe;
mod template;

use std::fmt::Write as _;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};
use vyavs_bridge::port::PortConfig;
use vyavs_codec::modbus::{Exception, Request, Response};
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::Reading;
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::{Record, SensorV1};

use super::Context;
use crate::health::InputHandle;

pub use bus::{Bus, Buses, Fault, Line, PortsDiffer};
pub use device::{Block, Device, Finding};
pub use probe::probe;
pub use template::{Point, RegisterKind, Template, TemplateError, ValueType};

use gateway::Gateway;

/// Bounds of the wait before a device is connected again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How often a device that stays away is said to have no values: often enough for a rule, seldom enough for the disk.
const BAD_EVERY: Duration = Duration::from_secs(30);
/// A sign of life while a question waits.
const BEAT: Duration = Duration::from_secs(1);
/// The shortest period: faster than any controller measures.
const MIN_PERIOD_MS: u32 = 50;

/// `[[modbus]]` in `edge.toml`: one a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Section")]
pub struct ModbusConfig {
    /// For people, and for the board.
    pub name: String,
    /// Where it is: `address` or `port`.
    pub wire: WireConfig,
    /// The device behind the gateway or on the bus; 1 if not said.
    pub unit: u8,
    /// A built-in template's name, or the path of one.
    pub template: String,
    /// How often it is asked, ms; at least 50.
    pub period_ms: u32,
    /// How long an answer may take, ms, on a serial bus from when the bus was free for the question.
    pub timeout_ms: u32,
    /// What is kept of it.
    pub sensors: Vec<SensorConfig>,
}

/// How a device is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireConfig {
    /// Modbus TCP: `address = "host:port"` of the device or its gateway.
    Tcp(String),
    /// Modbus RTU: `port = { path = "/dev/ttyUSB0", baud = 9600, line = "8E1" }`.
    Serial(PortConfig),
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    name: String,
    address: Option<String>,
    port: Option<PortConfig>,
    #[serde(default = "unit")]
    unit: u8,
    template: String,
    #[serde(default = "period_ms")]
    period_ms: u32,
    #[serde(default = "timeout_ms")]
    timeout_ms: u32,
    sensors: Vec<SensorConfig>,
}

/// A section that says where its device is in no way, in two, or in one that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No wire, or two.
    #[error(
        "{0}: give either address = \"host:port\" (Modbus TCP) or port = {{ path = \"/dev/…\", baud = …, line = \"8E1\" }}"
    )]
    OneWire(String),
    /// Nobody answers to 0.
    #[error("{0}: unit is 0, which is everybody and has no answer; expected 1 to 247")]
    Broadcast(String),
    /// Frames are binary.
    #[error("{0}: a Modbus bus has 8 data bits; expected a line such as \"8E1\" or \"8N1\"")]
    SevenBits(String),
}

impl TryFrom<Section> for ModbusConfig {
    type Error = WireError;
    fn try_from(section: Section) -> Result<Self, WireError> {
        let Section { name, address, port, unit, template, period_ms, timeout_ms, sensors } = section;
        let wire = match (address, port) {
            (Some(address), None) => WireConfig::Tcp(address),
            (None, Some(_)) if unit == 0 => return Err(WireError::Broadcast(name)),
            (None, Some(port)) if port.line.data_bits != 8 => return Err(WireError::SevenBits(name)),
            (None, Some(port)) => WireConfig::Serial(port),
            _ => return Err(WireError::OneWire(name)),
        };
        Ok(Self { name, wire, unit, template, period_ms, timeout_ms, sensors })
    }
}

/// One channel of a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorConfig {
    /// The template's point.
    pub point: String,
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

fn unit() -> u8 {
    1
}

fn period_ms() -> u32 {
    1000
}

fn timeout_ms() -> u32 {
    1000
}

impl ModbusConfig {
    /// The section of a device on TCP with its defaults and no sensors.
    pub fn new(name: &str, address: &str, template: &str) -> Self {
        Self {
            name: name.to_owned(),
            wire: WireConfig::Tcp(address.to_owned()),
            unit: unit(),
            template: template.to_owned(),
            period_ms: period_ms(),
            timeout_ms: timeout_ms(),
            sensors: Vec::new(),
        }
    }
}

/// Why the input ended; nothing on the wire ends it.
#[derive(Debug, thiserror::Error)]
pub enum ModbusError {
    /// The section cannot be used.
    #[error("[[modbus]] {name}: {source}")]
    Template {
        /// Which section.
        name: String,
        /// Why.
        source: TemplateError,
    },
    /// The buses were made for other sections.
    #[error("[[modbus]] {0}: nobody runs its bus")]
    NoBus(String),
    /// Nobody takes the readings any more.
    #[error("[[modbus]] {0}: the readings have nowhere to go")]
    Closed(String),
}

/// Asks the device until the agent stops. Safe to drop and start again; a total then starts over. On a serial bus somebody
/// has to run the bus too ([`Buses::lines`]).
pub async fn run(
    config: ModbusConfig,
    buses: Buses,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    handle: InputHandle,
    pulse: Pulse,
) -> Result<(), ModbusError> {
    let name = config.name.clone();
    if let WireConfig::Serial(port) = &config.wire
        && buses.bus(port).is_none()
    {
        return Err(ModbusError::NoBus(name));
    }
    let device = Device::open(&config).map_err(|source| ModbusError::Template { name: name.clone(), source })?;
    for sensor in device.sensors() {
        handle.board().sensor(sensor);
    }
    let declared = device.sensors().map(|sensor| Record::SensorV1(SensorV1::from(sensor))).collect();
    if let Err(error) = ctx.outbox.offer(declared).await {
        handle.error(&error.to_string());
    }
    let stop = ctx.stop.clone();
    let mut poller = Poller { config, buses, ctx, readings, handle, pulse, device, told_bad: None, silent: false };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = poller.poll() => ended,
    }
}

struct Poller {
    config: ModbusConfig,
    buses: Buses,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    handle: InputHandle,
    pulse: Pulse,
    device: Device,
    /// When the sensors were last said to have no value.
    told_bad: Option<Instant>,
    silent: bool,
}

impl Poller {
    async fn poll(&mut self) -> Result<(), ModbusError> {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let mut rng = StdRng::from_os_rng();
        loop {
            let why = match self.connect().await {
                Ok(mut wire) => self.serve(&mut wire, &mut backoff).await?,
                Err(why) => why,
            };
            self.unreachable(&why).await?;
            tokio::time::sleep(backoff.next(&mut rng)).await;
        }
    }

    async fn connect(&self) -> Result<Wire, String> {
        self.pulse.beat();
        Wire::connect(&self.config, &self.buses).await
    }

    /// Asks every period until the connection is of no more use; says why that is.
    async fn serve(&mut self, wire: &mut Wire, backoff: &mut Backoff) -> Result<String, ModbusError> {
        let mut ticks =
            tokio::time::interval(Duration::from_millis(u64::from(self.config.period_ms.max(MIN_PERIOD_MS))));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            self.pulse.beat();
            if let Err(why) = self.round(wire).await {
                return Ok(why);
            }
            backoff.reset();
            // A device that goes again is told at once, however short a while it was back.
            self.told_bad = None;
            if std::mem::take(&mut self.silent) {
                info!(input = self.config.name, "{} answers", self.config.name);
            }
            self.handle.running();
            self.tell().await?;
        }
    }

    /// Asks for every block once. A refusal spoils its block, anything else the connection.
    async fn round(&mut self, wire: &mut Wire) -> Result<(), String> {
        let mut todo: Vec<Block> = self.device.blocks().to_vec();
        todo.reverse();
        let mut picture = self.handle.wants_bytes().then(String::new);
        while let Some(block) = todo.pop() {
            match self.ask(wire, &block).await? {
                Ok(words) => {
                    if let Some(picture) = &mut picture {
                        show(picture, &block, &words);
                    }
                    self.device.answered(&block, &words);
                }
                // One register the device does not have: the others of the block are asked for on their own.
                Err(Exception::IllegalDataAddress | Exception::IllegalDataValue) if block.is_shared() => {
                    let before = self.device.blocks().len();
                    let at = self.device.blocks().iter().position(|known| *known == block).unwrap_or(0);
                    self.device.split(&block);
                    let parts = 1 + self.device.blocks().len() - before;
                    todo.extend(self.device.blocks()[at..at + parts].iter().rev().cloned());
                }
                Err(exception) => {
                    let why = format!("register {}: {exception}", block.address);
                    self.handle.error(&why);
                    self.device.refused(&block, &why);
                }
            }
        }
        if let Some(picture) = picture {
            self.handle.bytes(picture.as_bytes());
        }
        Ok(())
    }

    /// One request; the outer error is the wire's, the inner one the device's. A bus may be busy with others for long: this
    /// input is alive meanwhile.
    async fn ask(&self, wire: &mut Wire, block: &Block) -> Result<Result<Vec<u16>, Exception>, String> {
        let asked = wire.ask(&self.config, block.kind, block.address, block.count);
        tokio::pin!(asked);
        loop {
            tokio::select! {
                biased;
                answer = &mut asked => return answer,
                () = tokio::time::sleep(BEAT) => self.pulse.beat(),
            }
        }
    }

    /// Says that nothing has a value, at once and then seldom.
    async fn unreachable(&mut self, why: &str) -> Result<(), ModbusError> {
        self.handle.failed(why);
        if !std::mem::replace(&mut self.silent, true) {
            warn!(input = self.config.name, "{} has no values: {why}", self.config.name);
        }
        self.device.unreachable(why);
        if self.told_bad.is_none_or(|told| told.elapsed() >= BAD_EVERY) {
            self.told_bad = Some(Instant::now());
            self.tell().await?;
        }
        Ok(())
    }

    async fn tell(&mut self) -> Result<(), ModbusError> {
        let findings = self.device.findings(self.ctx.clock.now());
        let count = findings.len() as u64;
        for Finding { reading, why } in findings {
            let board = self.handle.board();
            self.handle.reading(&reading);
            if let Some(why) = why {
                board.sensor_detail(&reading.sensor, &why);
            }
            let closed = || ModbusError::Closed(self.config.name.clone());
            // A full channel is a consumer that is behind: the next question waits for it, and the pulse tells.
            self.readings.send(reading).await.map_err(|_| closed())?;
        }
        self.handle.record(count);
        Ok(())
    }
}

/// The way to one device.
enum Wire {
    Tcp(Gateway),
    Serial(Bus),
}

impl Wire {
    async fn connect(config: &ModbusConfig, buses: &Buses) -> Result<Self, String> {
        match &config.wire {
            WireConfig::Tcp(address) => Gateway::connect(address, patience(config)).await.map(Self::Tcp),
            WireConfig::Serial(port) => {
                buses.bus(port).map(Self::Serial).ok_or_else(|| "nobody runs its bus".to_owned())
            }
        }
    }

    /// Registers as they stand there; a coil or discrete input is a register of 0 or 1.
    async fn ask(
        &mut self,
        config: &ModbusConfig,
        kind: RegisterKind,
        address: u16,
        count: u16,
    ) -> Result<Result<Vec<u16>, Exception>, String> {
        let request = Request::Read { table: kind.table(), address, count };
        let answer = match self {
            Self::Tcp(gateway) => gateway.ask(config.unit, &request, patience(config)).await?,
            Self::Serial(bus) => {
                bus.ask(config.unit, request, patience(config)).await.map_err(|fault| fault.to_string())?
            }
        };
        match answer {
            Response::Words { words, .. } => Ok(Ok(words)),
            Response::Bits { bits, .. } => {
                let bit = |at: usize| bits.get(at / 8).map_or(0, |byte| u16::from(byte >> (at % 8) & 1));
                Ok(Ok((0..usize::from(count)).map(bit).collect()))
            }
            Response::Exception { exception, .. } => Ok(Err(exception)),
            _ => Err("the answer is of another function".to_owned()),
        }
    }
}

fn patience(config: &ModbusConfig) -> Duration {
    Duration::from_millis(u64::from(config.timeout_ms.max(1)))
}

/// The registers as they came, for whoever has to prove a template's `base` on site.
fn show(picture: &mut String, block: &Block, words: &[u16]) {
    let kind = match block.kind {
        RegisterKind::Coil => "coil",
        RegisterKind::Discrete => "discrete",
        RegisterKind::Holding => "holding",
        RegisterKind::Input => "input",
    };
    let _ = write!(picture, "{kind} {}:", block.address);
    for word in words {
        let _ = write!(picture, " {word:04x}");
    }
    picture.push('\n');
}
