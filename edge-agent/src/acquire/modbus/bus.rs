//! One serial bus and all devices on it: one task owns the port, asks one question at a time in the order they come, and
//! keeps the silences (Modbus over Serial Line V1.02 §2.5.1).
//!
//! Nobody is ever asked as "everybody": a broadcast has no answer. What is heard that we did not ask for (another master,
//! noise) is shown, and spoils an answer that it came with, for on this wire an answer does not say whose question it is to.

mod pace;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vyavs_bridge::port::{Port, PortConfig, PortError};
use vyavs_codec::modbus::{Request, Response};
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;

use super::{ModbusConfig, WireConfig};
use crate::health::InputHandle;
use wire::Wire;

pub(super) use wire::mismatch;

/// Questions that may wait for the bus; a device more waits before it asks.
const QUEUE: usize = 32;
/// Bounds of the wait before a lost port is opened again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no bus.
    #[error("{0}")]
    Port(String),
    /// Nobody said anything.
    #[error("no answer within {0} ms: check unit, power and wiring")]
    Silent(u64),
    /// Something came, but no frame.
    #[error(
        "{count} bytes came that are no Modbus frame ({shown}): check baud and parity (this line is {line}), \
         termination, and whether another master asks on this bus"
    )]
    Garbled {
        /// How many.
        count: usize,
        /// The first of them.
        shown: String,
        /// As configured.
        line: String,
    },
    /// Frames came that belong to nobody's question of ours.
    #[error("another master is on this bus ({0}): a bus has one, and no answer can be told from its answers")]
    Foreign(String),
    /// The device answered something else than it was asked.
    #[error("{0}")]
    Mismatch(String),
}

struct Question {
    unit: u8,
    request: Request,
    patience: Duration,
    answer: oneshot::Sender<Result<Response, Fault>>,
}

/// Where the devices of one bus ask. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus(mpsc::Sender<Question>);

impl Bus {
    /// Asks when the bus is free; `patience` counts from then.
    pub async fn ask(&self, unit: u8, request: Request, patience: Duration) -> Result<Response, Fault> {
        let gone = || Fault::Port("nobody has the bus: the agent stops".to_owned());
        let (answer, answered) = oneshot::channel();
        self.0.send(Question { unit, request, patience, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Two sections that do not agree on their bus.
#[derive(Debug, thiserror::Error)]
#[error("[[modbus]] {first} and {second} share {path}, but not its baud, line and flow")]
pub struct PortsDiffer {
    first: String,
    second: String,
    path: String,
}

/// The buses of a configuration, each once. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Buses(Vec<(Line, Bus)>);

impl Buses {
    /// Of all sections that name a port.
    pub fn of(sections: &[ModbusConfig]) -> Result<Self, PortsDiffer> {
        let mut buses: Vec<(Line, Bus)> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for section in sections {
            let WireConfig::Serial(port) = &section.wire else { continue };
            match buses.iter().position(|(line, _)| line.port.path == port.path) {
                None => {
                    let (ask, questions) = mpsc::channel(QUEUE);
                    let line = Line { port: port.clone(), questions: Arc::new(Mutex::new(questions)) };
                    buses.push((line, Bus(ask)));
                    names.push(&section.name);
                }
                Some(at) if buses[at].0.port != *port => {
                    let (first, path) = (names[at].to_owned(), port.path.display().to_string());
                    return Err(PortsDiffer { first, second: section.name.clone(), path });
                }
                Some(_) => {}
            }
        }
        Ok(Self(buses))
    }

    /// What has to be run, one task each.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        self.0.iter().map(|(line, _)| line.clone())
    }

    /// The bus behind a port.
    pub fn bus(&self, port: &PortConfig) -> Option<Bus> {
        self.0.iter().find(|(line, _)| line.port.path == port.path).map(|(_, bus)| bus.clone())
    }
}

/// A bus, and the questions that wait for it.
#[derive(Clone, Debug)]
pub struct Line {
    port: PortConfig,
    questions: Arc<Mutex<mpsc::Receiver<Question>>>,
}

impl Line {
    /// The port's path.
    pub fn name(&self) -> String {
        self.port.path.display().to_string()
    }

    /// Asks until `stop`. A port that is pulled out is opened again when it is back; meanwhile every question is answered
    /// with that. Safe to drop and start again: a question that was on the wire then has no answer.
    pub async fn run(self, handle: InputHandle, stop: CancellationToken, pulse: Pulse) -> Result<(), PortError> {
        let mut questions = self.questions.lock().await;
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let mut rng = StdRng::from_os_rng();
        let mut gone = false;
        loop {
            let why = match Port::open(&self.port) {
                Ok(port) => {
                    handle.running();
                    if std::mem::take(&mut gone) {
                        info!(port = self.name(), "the Modbus bus {} is back", self.name());
                    }
                    let began = Instant::now();
                    let mut wire = Wire::new(port, &self.port, &handle);
                    let ended = tokio::select! {
                        biased;
                        () = stop.cancelled() => return Ok(()),
                        ended = wire.serve(&mut questions, &pulse) => ended,
                    };
                    if began.elapsed() > MAX_WAIT {
                        backoff.reset();
                    }
                    match ended {
                        Ok(()) => return Ok(()),
                        Err(error) => format!("the serial port {} is gone: {error}", self.name()),
                    }
                }
                Err(error) => error.to_string(),
            };
            handle.failed(&why);
            if !std::mem::replace(&mut gone, true) {
                warn!(port = self.name(), "no Modbus bus: {why}");
            }
            let again = tokio::time::sleep(backoff.next(&mut rng));
            tokio::pin!(again);
            loop {
                pulse.beat();
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    () = &mut again => break,
                    question = questions.recv() => match question {
                        Some(question) => drop(question.answer.send(Err(Fault::Port(why.clone())))),
                        None => return Ok(()),
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_that_share_a_port_agree_on_it() {
        let section = |name: &str, baud: u32| {
            let text = format!(
                "name = {name:?}\ntemplate = \"generic-meter\"\nsensors = []\nport = {{ path = \"/dev/ttyUSB0\", baud = {baud} }}"
            );
            toml::from_str::<ModbusConfig>(&text).expect("a section")
        };
        let buses = Buses::of(&[section("a", 9600), section("b", 9600)]).expect("they agree");
        assert_eq!(buses.lines().count(), 1);
        let error = Buses::of(&[section("a", 9600), section("b", 19200)]).expect_err("two rates").to_string();
        assert!(error.contains("a and b") && error.contains("/dev/ttyUSB0"), "{error}");
    }
}
