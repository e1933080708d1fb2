//! One serial bus and all devices on it: one task owns the port, asks one question at a time in the order they come, and
//! keeps the silences (Modbus over Serial Line V1.02 §2.5.1).
//!
//! Nobody is ever asked as "everybody": a broadcast has no answer. What is heard that we did not ask for (another master,
//! noise) is shown, and spoils an answer that it came with, for on this wire an answer does not say whose question it is to.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vyavs_bridge::port::{Parity, Port, PortConfig, PortError};
use vyavs_codec::modbus::rtu::{self, Analyser, Heard};
use vyavs_codec::modbus::{Request, Response};
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;

use super::{ModbusConfig, WireConfig};
use crate::health::InputHandle;

/// Questions that may wait for the bus; a device more waits before it asks.
const QUEUE: usize = 32;
/// Bounds of the wait before a lost port is opened again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Adapters hand bytes over in pieces, up to 16 ms apart: silence shorter than this ends no frame.
const QUIET: Duration = Duration::from_millis(25);
/// A bus that was never silent for this long is not ours to ask on.
const BUSY: Duration = Duration::from_millis(500);
/// Where two masters meet, we stand back for up to this long.
const STAND_BACK: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_secs(1);

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

/// The silence that parts two frames: 3.5 characters, and 1.75 ms from 19,200 baud up.
fn gap(port: &PortConfig) -> Duration {
    if port.baud > 19_200 { Duration::from_micros(1_750) } else { characters(port, 35) / 10 }
}

/// What so many characters take on the line.
fn characters(port: &PortConfig, count: usize) -> Duration {
    let bits = 1 + port.line.data_bits + port.line.stop_bits + u8::from(port.line.parity != Parity::None);
    Duration::from_secs(1) * u32::from(bits) * count as u32 / port.baud.max(1)
}

fn line_text(port: &PortConfig) -> String {
    let parity = match port.line.parity {
        Parity::None => 'N',
        Parity::Even => 'E',
        Parity::Odd => 'O',
    };
    format!("{} {}{parity}{}", port.baud, port.line.data_bits, port.line.stop_bits)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x} ");
    }
    text.truncate(text.trim_end().len());
    text
}

/// What came while one question was open.
#[derive(Debug, Default)]
struct Turn {
    raw: Vec<u8>,
    /// Our own frame, as an adapter that hears itself gives it back.
    echo: Vec<u8>,
    heard: Vec<Heard>,
}

/// An open port.
struct Wire<'a> {
    port: Port,
    config: &'a PortConfig,
    handle: &'a InputHandle,
    /// When the line was last heard or spoken on.
    last: Instant,
    stand_back: Duration,
    /// Who did not answer in time, and until when its answer may still come: asked again before that, it would be taken for
    /// the answer to the new question.
    late: Option<(u8, Instant)>,
    stray: Analyser,
    rng: StdRng,
}

impl<'a> Wire<'a> {
    fn new(port: Port, config: &'a PortConfig, handle: &'a InputHandle) -> Self {
        let (last, stray, rng) = (Instant::now(), Analyser::default(), StdRng::from_os_rng());
        Self { port, config, handle, last, stand_back: Duration::ZERO, late: None, stray, rng }
    }

    async fn serve(&mut self, questions: &mut mpsc::Receiver<Question>, pulse: &Pulse) -> io::Result<()> {
        let mut beat = tokio::time::interval(BEAT);
        let mut buffer = [0; rtu::MAX_FRAME];
        loop {
            let waiting = self.stray.is_waiting();
            tokio::select! {
                biased;
                _ = beat.tick() => pulse.beat(),
                // Also how a cable that is pulled out is noticed while nobody asks.
                read = self.port.read(&mut buffer) => {
                    let count = some(read?)?;
                    self.strayed(&buffer[..count]);
                }
                () = tokio::time::sleep(QUIET), if waiting => self.stray_gap(),
                question = questions.recv() => {
                    let Some(question) = question else { return Ok(()) };
                    // Who asked may have been started anew meanwhile.
                    if question.answer.is_closed() {
                        continue;
                    }
                    pulse.beat();
                    let answer = match self.converse(&question).await {
                        Ok(answer) => answer,
                        Err(error) => {
                            let path = self.config.path.display();
                            let gone = Fault::Port(format!("the serial port {path} is gone: {error}"));
                            let _ = question.answer.send(Err(gone));
                            return Err(error);
                        }
                    };
                    match &answer {
                        Ok(_) => self.handle.record(1),
                        Err(fault) => self.handle.error(&format!("unit {}: {fault}", question.unit)),
                    }
                    let _ = question.answer.send(answer);
                }
            }
        }
    }

    /// Bytes that came while nobody was asked.
    fn strayed(&mut self, bytes: &[u8]) {
        self.last = Instant::now();
        let mut found = Vec::new();
        self.stray.push(bytes, |one| found.push(one));
        self.note(&found, bytes);
    }

    fn stray_gap(&mut self) {
        let mut found = Vec::new();
        self.stray.gap(|one| found.push(one));
        self.note(&found, &[]);
    }

    fn note(&mut self, found: &[Heard], bytes: &[u8]) {
        let late = self.late.map(|(unit, _)| unit);
        let is_late = |one: &&Heard| matches!(one, Heard::Response { unit, .. } if Some(*unit) == late);
        if let Some(whose) = found.iter().filter(|one| !is_late(one)).find_map(foreign) {
            self.stand_back = STAND_BACK;
            self.handle.error(&Fault::Foreign(whose).to_string());
        } else if found.iter().any(|one| is_late(&one)) {
            self.handle.error(&format!("unit {} answers later than its timeout_ms", late.unwrap_or_default()));
        } else if found.iter().any(|one| matches!(one, Heard::Garbage(2..))) {
            let (count, shown) = (bytes.len(), hex(&bytes[..bytes.len().min(8)]));
            self.handle.error(&Fault::Garbled { count, shown, line: line_text(self.config) }.to_string());
        }
    }

    /// One question and its answer; an error is the port's. What came garbled is asked once more.
    async fn converse(&mut self, question: &Question) -> io::Result<Result<Response, Fault>> {
        let mut answer = self.turn(question).await?;
        if matches!(answer, Err(Fault::Garbled { .. })) {
            answer = self.turn(question).await?;
        }
        Ok(answer)
    }

    async fn turn(&mut self, question: &Question) -> io::Result<Result<Response, Fault>> {
        if let Some(fault) = self.silence(question.unit).await? {
            return Ok(Err(fault));
        }
        let frame = rtu::encode(question.unit, &question.request.encode());
        self.port.write_all(&frame).await?;
        let deadline = Instant::now() + characters(self.config, frame.len()) + question.patience;
        let mut analyser = Analyser::default();
        analyser.expect(question.unit, question.request.function());
        let mut turn = Turn { echo: frame.clone(), ..Turn::default() };
        let mut quiet = deadline;
        // An answer is one when the line is silent behind it.
        let mut answered = false;
        let mut buffer = [0; rtu::MAX_FRAME];
        loop {
            match timeout_at(quiet.min(deadline), self.port.read(&mut buffer)).await {
                Ok(read) => {
                    let count = some(read?)?;
                    self.last = Instant::now();
                    turn.take(&buffer[..count], &mut analyser);
                }
                Err(_) if answered || Instant::now() >= deadline => break,
                Err(_) => analyser.gap(|one| turn.heard.push(one)),
            }
            answered = turn.heard.iter().any(|one| is_answer(one, question));
            let rest = if answered && !analyser.is_waiting() { gap(self.config) } else { QUIET };
            quiet = Instant::now() + rest;
            if !answered && !analyser.is_waiting() {
                quiet = deadline;
            }
        }
        analyser.gap(|one| turn.heard.push(one));
        if self.handle.wants_bytes() {
            let (asked, told) = (hex(&frame), hex(&turn.raw));
            self.handle.bytes(format!("> {asked}\n< {told}\n").as_bytes());
        }
        let answer = self.judge(question, &turn);
        let now = Instant::now();
        self.late = match &answer {
            Err(Fault::Silent(_)) => Some((question.unit, now + question.patience)),
            _ => self.late.filter(|(unit, until)| *unit != question.unit && *until > now),
        };
        Ok(answer)
    }

    /// Waits until nobody speaks; says so when that does not happen.
    async fn silence(&mut self, unit: u8) -> io::Result<Option<Fault>> {
        let began = match self.late {
            Some((late, until)) if late == unit => until.max(Instant::now()),
            _ => Instant::now(),
        };
        let back = std::mem::take(&mut self.stand_back);
        let back = if back.is_zero() { back } else { back.mul_f64(self.rng.random_range(0.1..1.0)) };
        let mut buffer = [0; rtu::MAX_FRAME];
        loop {
            let silent = (self.last + gap(self.config)).max(began + back);
            match timeout_at(silent, self.port.read(&mut buffer)).await {
                Err(_) => {
                    self.stray_gap();
                    return Ok(None);
                }
                Ok(read) => {
                    let count = some(read?)?;
                    self.strayed(&buffer[..count]);
                }
            }
            if Instant::now() > began + BUSY + STAND_BACK {
                return Ok(Some(Fault::Foreign("it is never silent".to_owned())));
            }
        }
    }

    fn judge(&mut self, question: &Question, turn: &Turn) -> Result<Response, Fault> {
        // An answer that comes too late is still one to us, and nobody's now.
        let late = self.late.map(|(unit, _)| unit);
        let to_us = |unit: u8| unit == question.unit || Some(unit) == late;
        let ours = |one: &&Heard| matches!(one, Heard::Response { unit, .. } if to_us(*unit));
        let others = turn.heard.iter().filter(|one| !ours(one)).find_map(foreign);
        if let Some(whose) = others {
            self.stand_back = STAND_BACK;
            return Err(Fault::Foreign(whose));
        }
        let answers: Vec<&Response> = turn
            .heard
            .iter()
            .filter_map(|one| match one {
                Heard::Response { unit, response } if *unit == question.unit => Some(response),
                _ => None,
            })
            .collect();
        match answers.as_slice() {
            [answer] if answer.answers(&question.request) => Ok((*answer).clone()),
            [answer] => Err(Fault::Mismatch(mismatch(&question.request, answer))),
            [_, _, ..] => {
                self.stand_back = STAND_BACK;
                Err(Fault::Foreign(format!("unit {} answered twice", question.unit)))
            }
            [] if turn.raw.is_empty() => Err(Fault::Silent(question.patience.as_millis() as u64)),
            [] => Err(Fault::Garbled {
                count: turn.raw.len(),
                shown: hex(&turn.raw[..turn.raw.len().min(8)]),
                line: line_text(self.config),
            }),
        }
    }
}

impl Turn {
    /// Takes bytes, without our own frame if it comes back to us first.
    fn take(&mut self, mut bytes: &[u8], analyser: &mut Analyser) {
        let at = self.raw.len();
        if at < self.echo.len() {
            let same = bytes.iter().zip(&self.echo[at..]).take_while(|(a, b)| a == b).count();
            if same == bytes.len() || at + same == self.echo.len() {
                self.raw.extend_from_slice(&bytes[..same]);
                bytes = &bytes[same..];
                if self.raw.len() == self.echo.len() {
                    // Whole: it was an echo, and the answer begins behind it.
                    self.echo.clear();
                    self.raw.clear();
                }
            } else {
                // It only began like one.
                analyser.push(&self.raw, |one| self.heard.push(one));
                self.echo.clear();
            }
        }
        self.raw.extend_from_slice(&bytes[..bytes.len().min(rtu::MAX_FRAME)]);
        self.raw.truncate(2 * rtu::MAX_FRAME);
        analyser.push(bytes, |one| self.heard.push(one));
    }
}

/// A port that reads nothing is hung up.
fn some(count: usize) -> io::Result<usize> {
    if count == 0 { Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was hung up")) } else { Ok(count) }
}

fn is_answer(heard: &Heard, question: &Question) -> bool {
    matches!(heard, Heard::Response { unit, response } if *unit == question.unit && response.answers(&question.request))
}

/// Whose frame it is, when it is not an answer to us.
fn foreign(heard: &Heard) -> Option<String> {
    match heard {
        Heard::Request { unit, request } => Some(format!("it asked unit {unit}, function {}", request.function())),
        Heard::Response { unit, response } => {
            Some(format!("unit {unit} answered it, function {}", response.function()))
        }
        Heard::Garbage(_) => None,
    }
}

/// In words, for a device that answers something else.
pub(super) fn mismatch(request: &Request, response: &Response) -> String {
    match (request, response) {
        (Request::Read { table, address, count }, Response::Words { table: told, words }) if table == told => {
            format!("{count} registers asked for at {address}, {} answered", words.len())
        }
        (Request::Read { table, address, count }, Response::Bits { table: told, bits }) if table == told => {
            format!("{count} bits asked for at {address}, {} bytes answered", bits.len())
        }
        _ => "the answer is of another function".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(text: &str) -> PortConfig {
        toml::from_str(text).expect("a port")
    }

    #[test]
    fn frames_are_parted_by_three_and_a_half_characters() {
        let slow = port("path = \"/dev/x\"\nbaud = 9600\nline = \"8E1\"");
        assert_eq!(gap(&slow).as_micros(), 4_010, "3.5 × 11 bits");
        assert_eq!(gap(&PortConfig { baud: 115_200, ..slow.clone() }).as_micros(), 1_750);
        assert_eq!(line_text(&slow), "9600 8E1");
    }

    #[test]
    fn an_adapter_that_hears_itself_is_told_from_an_answer_that_begins_alike() {
        let frame = rtu::encode(
            1,
            &Request::Read { table: vyavs_codec::modbus::Table::HoldingRegisters, address: 0x0200, count: 1 }.encode(),
        );
        let answer = rtu::encode(1, &[3, 2, 0, 45]);
        for (bytes, raw) in [([frame.as_slice(), &answer].concat(), 7), (answer.clone(), 7)] {
            for piece in [1, 2, 3, 5, 64] {
                let (mut turn, mut analyser) = (Turn { echo: frame.clone(), ..Turn::default() }, Analyser::default());
                analyser.expect(1, 3);
                bytes.chunks(piece).for_each(|piece| turn.take(piece, &mut analyser));
                let want = Heard::Response { unit: 1, response: Response::decode(&answer[1..5]).expect("an answer") };
                assert_eq!((turn.heard.as_slice(), turn.raw.len()), ([want].as_slice(), raw), "in pieces of {piece}");
            }
        }
    }

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
