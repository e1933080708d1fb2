//! The board's half: keeps readings until the host has them on disk, and does what it is told once.
//!
//! [`Board`] is handed bytes, readings and its own monotonic time in µs; what it wants done it asks of [`Hardware`]. A
//! firmware calls [`Board::hear`] with what its UART received, [`Board::read`] for every measurement, and
//! [`Board::tick`] no later than [`Board::wake_at`] says.

pub mod boot;
mod events;
mod fuzz;
mod hardware;
mod results;
mod ring;
mod update;
mod window;

use heapless::Vec;

use crate::codec::{Decoder, FrameError, Incoming, MAX_FRAME, encode};
use crate::message::{
    BatchAck, Command, CommandResult, Envelope, Event, Hello, HelloAck, Log, Message, OtaStatus, Policy, Pong,
    ReadingBatch, Refusal, Status, TimeResp, UNSUPPORTED, Unsupported,
};
use crate::samples::{Packer, Sample};
use crate::version::FINGERPRINT;
use events::Events;
use results::Results;
use ring::{Ring, Stored};
use update::Receiving;
use window::Window;

pub use fuzz::hear_any;
pub use hardware::{About, Hardware};

/// Most batches a board keeps unacknowledged.
pub const MAX_WINDOW: usize = 4;
/// The first wait before something is said again, µs; it doubles …
const RETRY_US: u64 = 500_000;
/// … up to this.
const MAX_RETRY_US: u64 = 30_000_000;
/// Least time between two greetings, and before a batch that is said to be missing goes out again: what is on its way
/// arrives within it.
const GUARD_US: u64 = 100_000;

/// How long to wait after the `tries`-th attempt, from 0: 500 ms · 2ⁿ, at most 30 s.
fn retry_us(tries: u8) -> u64 {
    (RETRY_US << tries.min(6)).min(MAX_RETRY_US)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Talk {
    /// Says hello until it is answered.
    Greeting { due_us: u64, tries: u8 },
    /// In a conversation.
    Open { session: u32, policy: Policy },
    /// No version is common: ping and update only, and a hello now and then for a host that was renewed.
    Limited { due_us: u64 },
}

/// The core of a firmware; `N` readings are kept, 16 bytes each.
#[derive(Debug)]
pub struct Board<const N: usize> {
    about: About,
    decoder: Decoder,
    talk: Talk,
    greeted_us: Option<u64>,
    ring: Ring<N>,
    window: Window,
    /// The first reading that was not sent in this conversation.
    unsent: u64,
    events: Events,
    results: Results,
    receiving: Option<Receiving>,
    /// Until when an image on trial must have reached the host.
    trial_until_us: Option<u64>,
}

impl<const N: usize> Board<N> {
    /// A board that has just started; says hello on the first [`Board::tick`].
    pub fn new(about: About, now_us: u64) -> Self {
        let trial_until_us = about.trial.then(|| now_us.saturating_add(boot::TRIAL_US));
        Self {
            about,
            decoder: Decoder::default(),
            talk: Talk::Greeting { due_us: now_us, tries: 0 },
            greeted_us: None,
            ring: Ring::default(),
            window: Window::default(),
            unsent: 1,
            events: Events::default(),
            results: Results::default(),
            receiving: None,
            trial_until_us,
        }
    }

    /// Who it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Whether it is in a conversation.
    pub fn is_open(&self) -> bool {
        matches!(self.talk, Talk::Open { .. })
    }

    /// Readings that are not known to be on the host's disk.
    pub fn owed(&self) -> u64 {
        self.ring.end() - self.ring.first()
    }

    /// Readings this run lost because its memory was full.
    pub fn dropped(&self) -> u32 {
        self.ring.dropped()
    }

    /// Keeps a measurement: `value` in thousandths of the channel's unit; quality 0 good, 1 suspect, 2 bad.
    /// Returns its number. A full memory forgets the oldest, and the host is told how many.
    pub fn read(&mut self, now_us: u64, channel: u8, value: i32, quality: u8) -> u64 {
        let seq = self.ring.push(Stored { mono_ms: now_us / 1000, value, channel, quality });
        self.unsent = self.unsent.max(self.ring.first());
        seq
    }

    /// Tells of something that should not wait for a batch; of `payload` the first [`crate::message::MAX_EVENT`] bytes.
    pub fn event(&mut self, now_us: u64, kind: u16, severity: u8, payload: &[u8]) -> u32 {
        self.events.push(now_us, kind, severity, payload)
    }

    /// Says a line, once, if somebody listens.
    pub fn log(&mut self, now_us: u64, level: u8, text: &str, hardware: &mut impl Hardware) {
        if self.is_open() {
            self.send(Message::Log(Log { level, mono_ms: now_us / 1000, text }), hardware);
        }
    }

    /// What came in on the line, in whatever pieces.
    pub fn hear(&mut self, now_us: u64, mut bytes: &[u8], hardware: &mut impl Hardware) {
        let mut decoder = core::mem::take(&mut self.decoder);
        while let Some(frame) = decoder.next(&mut bytes) {
            match frame {
                Ok(Incoming::Known(envelope)) => self.heard(now_us, &envelope, hardware),
                Ok(Incoming::Unknown { tag, .. }) | Err(FrameError::Content { tag, .. }) => {
                    self.unsupported(tag, hardware);
                }
                Err(_) => {}
            }
        }
        self.decoder = decoder;
        self.tick(now_us, hardware);
    }

    /// Does what is due.
    pub fn tick(&mut self, now_us: u64, hardware: &mut impl Hardware) {
        if self.trial_until_us.is_some_and(|until| now_us >= until) {
            self.trial_until_us = None;
            hardware.roll_back();
            return;
        }
        match self.talk {
            Talk::Greeting { due_us, tries } if now_us >= due_us => {
                self.talk =
                    Talk::Greeting { due_us: now_us.saturating_add(retry_us(tries)), tries: tries.saturating_add(1) };
                self.greet(now_us, hardware);
            }
            Talk::Limited { due_us } if now_us >= due_us => {
                self.talk = Talk::Limited { due_us: now_us.saturating_add(MAX_RETRY_US) };
                self.greet(now_us, hardware);
            }
            Talk::Open { policy, .. } => {
                self.tell_events(now_us, hardware);
                self.tell_again(now_us, hardware);
                self.tell_new(now_us, policy, hardware);
            }
            Talk::Greeting { .. } | Talk::Limited { .. } => {}
        }
    }

    /// When [`Board::tick`] has something to do at the latest, µs.
    pub fn wake_at(&self) -> u64 {
        let talk = match self.talk {
            Talk::Greeting { due_us, .. } | Talk::Limited { due_us } => due_us,
            Talk::Open { policy, .. } => {
                let fresh = match self.ring.get(self.unsent) {
                    Some(oldest) if self.has_room(policy) => {
                        if self.ring.end() - self.unsent >= u64::from(policy.batch.max(1)) {
                            0
                        } else {
                            (oldest.mono_ms.saturating_add(u64::from(policy.period_ms))).saturating_mul(1000)
                        }
                    }
                    _ => u64::MAX,
                };
                fresh.min(self.window.due_us()).min(self.events.due_us())
            }
        };
        talk.min(self.trial_until_us.unwrap_or(u64::MAX))
    }

    fn heard(&mut self, now_us: u64, envelope: &Envelope<'_>, hardware: &mut impl Hardware) {
        let message = &envelope.message;
        let ours = matches!(self.talk, Talk::Open { session, .. } if session == envelope.session);
        if !ours && !message.is_for_ever() {
            // Of a conversation that is over; the host hears that from what we send.
            return;
        }
        match message {
            Message::HelloAck(answer) => self.answered(now_us, answer, hardware),
            Message::TimeReq(ask) => {
                // Nothing takes time between hearing and answering that the board could see itself.
                let answer = TimeResp { t1_us: ask.t1_us, t2_us: now_us, t3_us: now_us };
                self.send(Message::TimeResp(answer), hardware);
            }
            Message::BatchAck(ack) => self.acked(now_us, ack, hardware),
            Message::EventAck(ack) if ack.boot == self.about.boot_count => self.events.acked(ack.id),
            Message::EventAck(_) => {}
            Message::Command(command) => self.command(now_us, command, hardware),
            Message::OtaBegin(_) | Message::OtaChunk(_) | Message::OtaCommit(_) => {
                let answer = update::step(&mut self.receiving, message, hardware);
                if let Some(answer) = answer {
                    let boots = matches!(&answer, Message::OtaResult(result) if result.status == OtaStatus::Trial);
                    self.send(answer, hardware);
                    if boots {
                        hardware.boot_trial();
                    }
                }
            }
            Message::Ping(ping) => self.send(Message::Pong(Pong { nonce: ping.nonce }), hardware),
            Message::Pong(_) | Message::TimeResp(_) | Message::Unsupported(_) => {}
            // What only boards say: another board on the line, or an echo of ours.
            Message::Hello(_)
            | Message::ReadingBatch(_)
            | Message::Event(_)
            | Message::CommandResult(_)
            | Message::OtaReady(_)
            | Message::OtaAck(_)
            | Message::OtaResult(_)
            | Message::Log(_) => {}
        }
    }

    fn answered(&mut self, now_us: u64, answer: &HelloAck, hardware: &mut impl Hardware) {
        match *answer {
            HelloAck::Accept { proto, session, policy, resume_seq, .. } => {
                let spoken = (self.about.versions.min..=self.about.versions.max).contains(&proto);
                let known = matches!(self.talk, Talk::Open { session: ours, .. } if ours == session);
                if !spoken || known || session == 0 {
                    return;
                }
                self.talk = Talk::Open { session, policy };
                self.ring.release(resume_seq);
                self.window = Window::default();
                self.unsent = self.ring.first();
                self.events.again(now_us);
                if self.trial_until_us.take().is_some() {
                    self.about.trial = false;
                    hardware.keep_image();
                }
            }
            HelloAck::Refuse { reason: Refusal::NoCommonVersion } => {
                self.talk = Talk::Limited { due_us: now_us.saturating_add(MAX_RETRY_US) };
            }
            HelloAck::Refuse { reason: Refusal::NoSession } => {
                let due_us = self.greeted_us.map_or(now_us, |last| now_us.max(last.saturating_add(GUARD_US)));
                self.talk = Talk::Greeting { due_us, tries: 0 };
            }
        }
    }

    fn acked(&mut self, now_us: u64, ack: &BatchAck, hardware: &mut impl Hardware) {
        if ack.boot != self.about.boot_count {
            return;
        }
        self.ring.release(ack.next);
        self.unsent = self.unsent.max(self.ring.first());
        self.window.acked(now_us, ack.next);
        for (from, to) in &ack.nacks {
            while let Some((at, first, count)) = self.window.missing(now_us, *from, *to) {
                self.say_again(now_us, at, first, count, hardware);
            }
        }
    }

    fn command(&mut self, now_us: u64, command: &Command<'_>, hardware: &mut impl Hardware) {
        let before = self.results.of(command.id).is_some();
        if !before {
            let mut data = Vec::new();
            let late = command.deadline_ms != 0 && now_us / 1000 > command.deadline_ms;
            let status = match late {
                true => Status::Expired,
                false => hardware.command(command.op, command.args, &mut data),
            };
            self.results.keep(command.id, status, data);
        }
        if let Some((status, data)) = self.results.of(command.id) {
            let session = self.session();
            say(session, Message::CommandResult(CommandResult { id: command.id, status, data }), hardware);
        }
    }

    fn greet(&mut self, now_us: u64, hardware: &mut impl Hardware) {
        self.greeted_us = Some(now_us);
        // Ends what a cut cable left in the host's decoder.
        hardware.send(&[0]);
        let hello = Hello {
            proto_min: self.about.versions.min,
            proto_max: self.about.versions.max,
            icd_fingerprint: FINGERPRINT,
            firmware: self.about.firmware,
            build_id: self.about.build_id,
            hw_id: self.about.hw_id,
            boot_count: self.about.boot_count,
            reset_reason: self.about.reset_reason,
            caps: self.about.caps,
            max_frame: MAX_FRAME as u16,
            mono_ms: now_us / 1000,
        };
        say(0, Message::Hello(hello), hardware);
    }

    fn tell_events(&mut self, now_us: u64, hardware: &mut impl Hardware) {
        let (session, boot) = (self.session(), self.about.boot_count);
        self.events.due(now_us, |event| {
            let event = Event {
                boot,
                id: event.id,
                kind: event.kind,
                severity: event.severity,
                mono_ms: event.mono_ms,
                payload: &event.payload,
            };
            say(session, Message::Event(event), hardware);
        });
        let dropped = self.events.take_dropped();
        if dropped > 0 {
            let mut text = heapless::String::<48>::new();
            // Ten digits and the words fit.
            let _ = core::fmt::write(&mut text, format_args!("{dropped} events lost: memory full"));
            self.log(now_us, 2, &text, hardware);
        }
    }

    fn tell_again(&mut self, now_us: u64, hardware: &mut impl Hardware) {
        while let Some((at, first, count)) = self.window.overdue(now_us) {
            self.say_again(now_us, at, first, count, hardware);
        }
    }

    fn say_again(&mut self, now_us: u64, at: usize, first: u64, count: u16, hardware: &mut impl Hardware) {
        let end = first + u64::from(count);
        let from = first.max(self.ring.first());
        if from < end {
            // On a line that spoils long frames short ones get through: what failed goes out in pieces.
            let most = (end - from).div_ceil(self.window.pieces(at)) as u16;
            let mut next = from;
            while next < end {
                let said = self.say_batch(next, most.min((end - next) as u16), hardware);
                if said == 0 {
                    break;
                }
                next += u64::from(said);
            }
            self.window.sent(at, now_us);
        } else {
            // Forgotten meanwhile; the next batch says so.
            self.window.remove(at);
        }
    }

    fn tell_new(&mut self, now_us: u64, policy: Policy, hardware: &mut impl Hardware) {
        let batch = policy.batch.max(1);
        while self.has_room(policy) {
            let waiting = self.ring.end() - self.unsent;
            let Some(oldest) = self.ring.get(self.unsent) else { return };
            let age_ms = (now_us / 1000).saturating_sub(oldest.mono_ms);
            if waiting < u64::from(batch) && age_ms < u64::from(policy.period_ms) {
                return;
            }
            let count = self.say_batch(self.unsent, waiting.min(u64::from(batch)) as u16, hardware);
            self.window.push(self.unsent, count, now_us);
            self.unsent += u64::from(count);
        }
    }

    fn has_room(&self, policy: Policy) -> bool {
        self.window.len() < usize::from(policy.window).clamp(1, MAX_WINDOW)
    }

    /// Sends at most `most` readings from `from` on, as many as fit into a frame; returns how many.
    fn say_batch(&self, from: u64, most: u16, hardware: &mut impl Hardware) -> u16 {
        let mut packer = Packer::default();
        let base_mono_ms = self.ring.get(from).map_or(0, |first| first.mono_ms);
        let mut before_ms = base_mono_ms;
        for seq in from..from + u64::from(most) {
            let Some(stored) = self.ring.get(seq) else { break };
            let Ok(dt_ms) = u32::try_from(stored.mono_ms - before_ms) else { break };
            let sample = Sample { channel: stored.channel, dt_ms, value: stored.value, quality: stored.quality };
            if !packer.push(&sample) {
                break;
            }
            before_ms = stored.mono_ms;
        }
        let batch = ReadingBatch {
            boot: self.about.boot_count,
            seq: from,
            behind: (from - self.ring.first()) as u32,
            dropped: self.ring.dropped(),
            base_mono_ms,
            samples: packer.samples(),
        };
        self.send(Message::ReadingBatch(batch), hardware);
        packer.count()
    }

    fn unsupported(&self, tag: u32, hardware: &mut impl Hardware) {
        if tag != UNSUPPORTED {
            self.send(Message::Unsupported(Unsupported { tag }), hardware);
        }
    }

    fn session(&self) -> u32 {
        match self.talk {
            Talk::Open { session, .. } => session,
            Talk::Greeting { .. } | Talk::Limited { .. } => 0,
        }
    }

    fn send(&self, message: Message<'_>, hardware: &mut impl Hardware) {
        say(self.session(), message, hardware);
    }
}

fn say(session: u32, message: Message<'_>, hardware: &mut impl Hardware) {
    let mut out = [0; MAX_FRAME];
    // All that a board says is bounded below a frame, but for a log line of the firmware's own, which may be lost.
    if let Ok(frame) = encode(&Envelope { session, message }, &mut out) {
        hardware.send(frame);
    }
}
