//! An open bus: one question, the answer that came with it, and whose frames came instead.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use vyavs_bridge::port::{Port, PortConfig};
use vyavs_codec::modbus::rtu::{self, Analyser, Heard};
use vyavs_codec::modbus::{Request, Response};
use vyavs_service::lifecycle::Pulse;

use super::pace::{characters, gap, line_text};
use super::{Fault, Question};
use crate::health::InputHandle;

/// Adapters hand bytes over in pieces, up to 16 ms apart: silence shorter than this ends no frame.
const QUIET: Duration = Duration::from_millis(25);
/// A bus that was never silent for this long is not ours to ask on.
const BUSY: Duration = Duration::from_millis(500);
/// Where two masters meet, we stand back for up to this long.
const STAND_BACK: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_secs(1);

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
pub(super) struct Wire<'a> {
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
    /// Just opened.
    pub(super) fn new(port: Port, config: &'a PortConfig, handle: &'a InputHandle) -> Self {
        let (last, stray, rng) = (Instant::now(), Analyser::default(), StdRng::from_os_rng());
        Self { port, config, handle, last, stand_back: Duration::ZERO, late: None, stray, rng }
    }

    /// Asks what is asked, until nobody asks any more; an error is the port's.
    pub(super) async fn serve(&mut self, questions: &mut mpsc::Receiver<Question>, pulse: &Pulse) -> io::Result<()> {
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
pub(in super::super) fn mismatch(request: &Request, response: &Response) -> String {
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
}
