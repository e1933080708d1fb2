//! One open line to a scale: what was asked, what came, and when it counts as silent.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};
use vyavs_bridge::port::{Listener, ParityErrors, Port, PortError};
use vyavs_codec::scale::{Decoder, Master, Message, ScaleError as FrameError, Turn};
use vyavs_codec::scrub::scrub_bytes;
use vyavs_service::backoff::Backoff;

use super::{LineError, Mode, Scale, ScaleConfig};

const BEAT: Duration = Duration::from_secs(1);
/// Rounds without an answer after which a scale counts as away, and its line is opened anew.
const PATIENCE: u32 = 3;
/// Questions of ours that may come back: a two-wire adapter hears itself.
const ECHOES: usize = 8;

enum Wire {
    Ours(Box<Port>, Master),
    Theirs(Listener),
}

pub(super) struct Line {
    wire: Wire,
    decoder: Decoder,
    parity: ParityErrors,
    /// Until when an answer may come; none while nothing was asked.
    until: Option<Instant>,
    /// When the next question is due.
    next: Instant,
    /// What we sent in this round and may hear back.
    sent: VecDeque<Message>,
    missed: u32,
    /// When bytes came last, and when they last made sense.
    heard: Instant,
    understood: Instant,
    /// What was last wrong since then.
    trouble: Option<String>,
}

impl Line {
    pub(super) fn open(config: &ScaleConfig) -> Result<Self, PortError> {
        let (wire, parity) = match config.mode {
            Mode::Poll => {
                let port = Port::open(&config.port)?;
                let parity = port.parity_errors();
                (Wire::Ours(Box::new(port), Master::new(config.protocol, config.unit_price)), parity)
            }
            Mode::Listen => {
                let listener = Listener::open(&config.port)?;
                let parity = listener.parity_errors();
                (Wire::Theirs(listener), parity)
            }
        };
        let now = Instant::now();
        Ok(Self {
            wire,
            decoder: Decoder::new(config.protocol, config.unit),
            parity,
            until: None,
            next: now,
            sent: VecDeque::new(),
            missed: 0,
            heard: now,
            understood: now,
            trouble: None,
        })
    }

    /// Reads until the line is of no more use; says why that is.
    pub(super) async fn serve(&mut self, scale: &mut Scale, backoff: &mut Backoff) -> LineError {
        if matches!(self.wire, Wire::Theirs(_)) {
            // Whether a till asks is not for us to know: an open line is all there is to see.
            scale.input.running();
        }
        let mut bytes = [0; 256];
        let mut beat = tokio::time::interval(BEAT);
        loop {
            let due = self.due(&scale.config);
            let read = tokio::select! {
                biased;
                read = read(&mut self.wire, &mut bytes) => Some(read),
                () = sleep_until(due) => None,
                _ = beat.tick() => {
                    scale.pulse.beat();
                    continue;
                }
            };
            scale.pulse.beat();
            let read_some = read.is_some();
            let mut done = match read {
                Some(Ok(0)) => Err(gone(&scale.config, "end of file")),
                Some(Ok(count)) => self.take(scale, backoff, &bytes[..count]).await,
                Some(Err(error)) => Err(gone(&scale.config, &error.to_string())),
                None => self.time(scale).await,
            };
            // A line that never falls silent must not keep a question waiting for ever.
            if read_some && done.is_ok() && Instant::now() >= due {
                done = self.time(scale).await;
            }
            if let Err(error) = done {
                return error;
            }
        }
    }

    /// When something has to be done without a byte coming.
    fn due(&self, config: &ScaleConfig) -> Instant {
        let pause = self.decoder.midway().then(|| self.heard + millis(config.timeout_ms));
        let other = match self.wire {
            Wire::Ours(..) => self.until.unwrap_or(self.next),
            Wire::Theirs(_) => self.understood + Duration::from_secs(u64::from(config.quiet_s)),
        };
        pause.map_or(other, |pause| pause.min(other))
    }

    async fn time(&mut self, scale: &mut Scale) -> Result<(), LineError> {
        let now = Instant::now();
        if self.decoder.midway() && now >= self.heard + millis(scale.config.timeout_ms) {
            let mut said = Vec::new();
            self.decoder.gap(&mut said);
            for error in said.into_iter().filter_map(Result::err) {
                self.wrong(scale, &error);
            }
        }
        if matches!(self.wire, Wire::Theirs(_)) {
            let quiet = Duration::from_secs(u64::from(scale.config.quiet_s));
            if now >= self.understood + quiet {
                self.understood = now;
                let why = match self.trouble.take() {
                    Some(trouble) => format!("nothing was understood for {} s: {trouble}", quiet.as_secs()),
                    None => format!("nothing was heard for {} s: nobody weighs, or the tap is off", quiet.as_secs()),
                };
                scale.input.error(&why);
                scale.away(&why).await?;
            }
            return Ok(());
        }
        if self.until.is_some_and(|until| now >= until) {
            self.until = None;
            self.missed += 1;
            let mut why = format!("no answer within {} ms", scale.config.timeout_ms);
            if let Some(trouble) = &self.trouble {
                why = format!("{why}; {trouble}");
            }
            scale.input.error(&why);
            if self.missed >= PATIENCE {
                return Err(LineError::Silent(why));
            }
        }
        if self.until.is_none() && now >= self.next {
            // From now, not from when it was due: a scale that was slow is not asked twice in a row.
            self.next = now + millis(scale.config.period_ms);
            self.sent.clear();
            if let Wire::Ours(_, master) = &mut self.wire {
                let question = master.ask();
                self.send(scale, &question).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, scale: &Scale, bytes: &[u8]) -> Result<(), LineError> {
        let Wire::Ours(port, _) = &mut self.wire else { return Ok(()) };
        let patience = millis(scale.config.timeout_ms);
        // What it means is what an echo of it will mean.
        let echo = vyavs_codec::scale::decode(scale.config.protocol, scale.config.unit, bytes);
        self.sent.extend(echo.into_iter().flatten());
        self.sent.truncate(ECHOES);
        self.until = Some(Instant::now() + patience);
        match timeout(patience, port.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(gone(&scale.config, &error.to_string())),
            Err(_) => Err(gone(&scale.config, "it takes no bytes: is flow control as the scale has it?")),
        }
    }

    async fn take(&mut self, scale: &mut Scale, backoff: &mut Backoff, bytes: &[u8]) -> Result<(), LineError> {
        self.heard = Instant::now();
        if scale.input.wants_bytes() {
            scale.input.bytes(&scrub_bytes(bytes));
        }
        let mut said = Vec::new();
        self.decoder.push(bytes, &mut said);
        for said in said {
            let message = match said {
                Ok(message) => message,
                Err(error) => {
                    self.wrong(scale, &error);
                    continue;
                }
            };
            (self.understood, self.trouble) = (self.heard, None);
            self.understand(scale, backoff, &message).await?;
        }
        Ok(())
    }

    async fn understand(
        &mut self,
        scale: &mut Scale,
        backoff: &mut Backoff,
        message: &Message,
    ) -> Result<(), LineError> {
        if let Wire::Ours(_, master) = &mut self.wire {
            if question(message) {
                match self.sent.iter().position(|sent| sent == message) {
                    Some(echo) => drop(self.sent.remove(echo)),
                    None => {
                        scale.input.error("somebody else asks on this line: a scale has one master, so listen only")
                    }
                }
                return Ok(());
            }
            match (self.until, master.heard(message)) {
                (None, _) => scale.input.error("an answer that was not asked for, or is late: either somebody else asks on this line, so listen only, or timeout_ms is too short"),
                (Some(_), Turn::Over) => {
                    (self.until, self.missed) = (None, 0);
                    backoff.reset();
                    scale.answers();
                }
                (Some(_), Turn::Send(reply)) => self.send(scale, &reply).await?,
                (Some(_), Turn::Wait) => {}
            }
        } else if !question(message) {
            backoff.reset();
            scale.answers();
        }
        let finding = scale.channel.heard(message, scale.ctx.clock.now());
        Ok(scale.tell(finding).await?)
    }

    /// Something that cannot be read: what, and what the line says of itself.
    fn wrong(&mut self, scale: &Scale, error: &FrameError) {
        let why = match self.parity.count() {
            0 => error.to_string(),
            count => format!(
                "{error}; {count} bytes came with wrong parity since the line was opened: {} wants {}",
                scale.config.protocol,
                usual(scale)
            ),
        };
        scale.input.error(&why);
        self.trouble = Some(why);
    }
}

fn usual(scale: &Scale) -> String {
    let (baud, line) = scale.config.protocol.usual_line();
    format!("{baud} baud, {line}")
}

/// Whether a till says that, and no scale.
fn question(message: &Message) -> bool {
    matches!(message, Message::Ask | Message::AskStatus | Message::Price(_) | Message::Command(_))
}

async fn read(wire: &mut Wire, bytes: &mut [u8]) -> io::Result<usize> {
    match wire {
        Wire::Ours(port, _) => port.read(bytes).await,
        Wire::Theirs(listener) => listener.read(bytes).await,
    }
}

fn gone(config: &ScaleConfig, detail: &str) -> LineError {
    LineError::Gone { path: config.port.path.clone(), detail: detail.to_owned() }
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}
