//! Controllers and meters over Modbus TCP: asked every period, by a template that says what their registers mean.
//!
//! A device that does not answer, refuses or talks nonsense gives readings of bad quality with a reason, and is
//! connected again with bounded back-off; it never ends the input and never keeps an old value looking fresh.

mod device;
mod template;

use std::fmt::Write as _;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_modbus::client::{Client, Context as Bus, tcp};
use tokio_modbus::{ExceptionCode, Request, Response, Slave};
use tracing::{info, warn};
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::Reading;
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::{Record, SensorV1};

use super::Context;
use crate::health::InputHandle;

pub use device::{Block, Device, Finding};
pub use template::{Point, RegisterKind, Template, TemplateError, ValueType};

/// Bounds of the wait before a device is connected again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How often a device that stays away is said to have no values: often enough for a rule, seldom enough for the disk.
const BAD_EVERY: Duration = Duration::from_secs(30);
/// The shortest period: faster than any controller measures.
const MIN_PERIOD_MS: u32 = 50;

/// `[[modbus]]` in `edge.toml`: one a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModbusConfig {
    /// For people, and for the board.
    pub name: String,
    /// `host:port` of the device or its gateway.
    pub address: String,
    /// The device behind the gateway; 1 if not said.
    #[serde(default = "unit")]
    pub unit: u8,
    /// A built-in template's name, or the path of one.
    pub template: String,
    /// How often it is asked, ms; at least 50.
    #[serde(default = "period_ms")]
    pub period_ms: u32,
    /// How long an answer may take, ms.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u32,
    /// What is kept of it.
    pub sensors: Vec<SensorConfig>,
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
    /// The section with its defaults and no sensors.
    pub fn new(name: &str, address: &str, template: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: address.to_owned(),
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
    /// Nobody takes the readings any more.
    #[error("[[modbus]] {0}: the readings have nowhere to go")]
    Closed(String),
}

/// Asks the device until the agent stops. Safe to drop and start again; a total then starts over.
pub async fn run(
    config: ModbusConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    handle: InputHandle,
    pulse: Pulse,
) -> Result<(), ModbusError> {
    let name = config.name.clone();
    let device = Device::open(&config).map_err(|source| ModbusError::Template { name: name.clone(), source })?;
    for sensor in device.sensors() {
        handle.board().sensor(sensor);
    }
    let declared = device.sensors().map(|sensor| Record::SensorV1(SensorV1::from(sensor))).collect();
    if let Err(error) = ctx.outbox.offer(declared).await {
        handle.error(&error.to_string());
    }
    let stop = ctx.stop.clone();
    let mut poller = Poller { config, ctx, readings, handle, pulse, device, told_bad: None, silent: false };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = poller.poll() => ended,
    }
}

struct Poller {
    config: ModbusConfig,
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
                Ok(mut bus) => self.serve(&mut bus, &mut backoff).await?,
                Err(why) => why,
            };
            self.unreachable(&why).await?;
            tokio::time::sleep(backoff.next(&mut rng)).await;
        }
    }

    async fn connect(&self) -> Result<Bus, String> {
        self.pulse.beat();
        let address = &self.config.address;
        let connecting = TcpStream::connect(address.as_str());
        let stream = match tokio::time::timeout(self.patience(), connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(format!("failed to connect to {address}: {error}")),
            Err(_) => {
                return Err(format!("{address} did not take the connection within {} ms", self.config.timeout_ms));
            }
        };
        let _ = stream.set_nodelay(true);
        Ok(tcp::attach_slave(stream, Slave(self.config.unit)))
    }

    /// Asks every period until the connection is of no more use; says why that is.
    async fn serve(&mut self, bus: &mut Bus, backoff: &mut Backoff) -> Result<String, ModbusError> {
        let mut ticks =
            tokio::time::interval(Duration::from_millis(u64::from(self.config.period_ms.max(MIN_PERIOD_MS))));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            self.pulse.beat();
            if let Err(why) = self.round(bus).await {
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
    async fn round(&mut self, bus: &mut Bus) -> Result<(), String> {
        let mut todo: Vec<Block> = self.device.blocks().to_vec();
        todo.reverse();
        let mut picture = self.handle.wants_bytes().then(String::new);
        while let Some(block) = todo.pop() {
            match self.ask(bus, &block).await? {
                Ok(words) => {
                    if let Some(picture) = &mut picture {
                        show(picture, &block, &words);
                    }
                    self.device.answered(&block, &words);
                }
                // One register the device does not have: the others of the block are asked for on their own.
                Err(ExceptionCode::IllegalDataAddress | ExceptionCode::IllegalDataValue) if block.is_shared() => {
                    let before = self.device.blocks().len();
                    let at = self.device.blocks().iter().position(|known| *known == block).unwrap_or(0);
                    self.device.split(&block);
                    let parts = 1 + self.device.blocks().len() - before;
                    todo.extend(self.device.blocks()[at..at + parts].iter().rev().cloned());
                }
                Err(exception) => {
                    let why = format!("register {}: {}", block.address, exception_text(exception));
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

    /// One request; the outer error is the connection's, the inner one the device's.
    async fn ask(&self, bus: &mut Bus, block: &Block) -> Result<Result<Vec<u16>, ExceptionCode>, String> {
        // `call`, not the typed reads: those take a wrong count of registers for a fault in this program.
        let request = match block.kind {
            RegisterKind::Holding => Request::ReadHoldingRegisters(block.address, block.count),
            RegisterKind::Input => Request::ReadInputRegisters(block.address, block.count),
        };
        let answer = match tokio::time::timeout(self.patience(), bus.call(request)).await {
            Err(_) => return Err(format!("no answer within {} ms", self.config.timeout_ms)),
            Ok(Err(error)) => return Err(transport_text(&error)),
            Ok(Ok(answer)) => answer,
        };
        let words = match answer {
            Err(exception) => return Ok(Err(exception)),
            Ok(Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words)) => words,
            Ok(_) => return Err("the answer is of another function".to_owned()),
        };
        if words.len() != usize::from(block.count) {
            return Err(format!("{} registers asked for at {}, {} answered", block.count, block.address, words.len()));
        }
        Ok(Ok(words))
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
            board.reading(&reading);
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

    fn patience(&self) -> Duration {
        Duration::from_millis(u64::from(self.config.timeout_ms.max(1)))
    }
}

/// The registers as they came, for whoever has to prove a template's `base` on site.
fn show(picture: &mut String, block: &Block, words: &[u16]) {
    let kind = match block.kind {
        RegisterKind::Holding => "holding",
        RegisterKind::Input => "input",
    };
    let _ = write!(picture, "{kind} {}:", block.address);
    for word in words {
        let _ = write!(picture, " {word:04x}");
    }
    picture.push('\n');
}

/// What the device refused, in its own number and in words (Modbus Application Protocol V1.1b3 §7).
fn exception_text(exception: ExceptionCode) -> String {
    match exception {
        ExceptionCode::IllegalFunction => "exception 1, illegal function: it has no such kind of register".to_owned(),
        ExceptionCode::IllegalDataAddress => {
            "exception 2, illegal data address: it has no such register; check template and base".to_owned()
        }
        ExceptionCode::IllegalDataValue => "exception 3, illegal data value".to_owned(),
        ExceptionCode::ServerDeviceFailure => "exception 4, server device failure: the device is broken".to_owned(),
        ExceptionCode::Acknowledge => "exception 5, acknowledge: it needs longer".to_owned(),
        ExceptionCode::ServerDeviceBusy => "exception 6, server device busy".to_owned(),
        ExceptionCode::MemoryParityError => "exception 8, memory parity error".to_owned(),
        ExceptionCode::GatewayPathUnavailable => "exception 10, gateway path unavailable".to_owned(),
        ExceptionCode::GatewayTargetDevice => {
            "exception 11, gateway target device failed to respond: check unit and bus".to_owned()
        }
        ExceptionCode::Custom(code) => format!("exception {code}"),
    }
}

fn transport_text(error: &tokio_modbus::Error) -> String {
    match error {
        // The library reports an orderly end as the last system error, which there is none of.
        tokio_modbus::Error::Transport(io)
            if io.raw_os_error().is_some() && io.kind() != std::io::ErrorKind::ConnectionReset =>
        {
            "the device closed the connection".to_owned()
        }
        tokio_modbus::Error::Transport(io) => format!("not Modbus, or broken off: {io}"),
        tokio_modbus::Error::Protocol(tokio_modbus::ProtocolError::HeaderMismatch { .. }) => {
            "the answer belongs to another question (unit or transaction differs)".to_owned()
        }
        tokio_modbus::Error::Protocol(tokio_modbus::ProtocolError::FunctionCodeMismatch { .. }) => {
            "the answer is of another function".to_owned()
        }
    }
}
