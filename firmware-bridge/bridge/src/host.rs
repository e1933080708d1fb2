//! The host's half of the conversation with a board, pure: bytes and both clocks in, effects out.
//!
//! [`Host::step`] is told that the port was opened, what came in, what is on disk and what time it is, and answers with
//! what to send and what to tell. Readings come out once and in the order of `(boot, number)`, stamped in wall time; the
//! board hears that they arrived when the consumer says that they are on disk ([`Input::Kept`]), so a crash on either
//! side loses nothing. Whoever drives this calls it no later than [`Host::wake_at`] says.

mod fuzz;
mod inbox;
mod orders;
mod talk;
mod timemap;
mod update;
mod vitals;
mod wall;

use std::collections::VecDeque;

use vyavs_frame::message::{
    EventAck, Hello, HelloAck, OtaResult, Pong, Refusal, TimeReq, TimeResp, UNSUPPORTED, Unsupported,
};
use vyavs_frame::version::{Versions, common};
use vyavs_frame::{Decoder, Envelope, FrameError, Incoming, MAX_FRAME, Message, encode};

use inbox::{Inbox, Ready};
use orders::Orders;
use update::Updating;
use vitals::Vitals;

pub use fuzz::hear_any;
pub use orders::{Order, Outcome};
pub use talk::{BoardEvent, BoardReading, HostConfig, Input, Now, Output, Readings, Resume};
pub use timemap::TimeMap;
pub use update::{Update, UpdateError, UpdateNews};
pub use vitals::Counts;
pub use wall::Wall;

/// The first wait before something is said again, µs; it doubles up to …
const RETRY_US: u64 = 500_000;
/// … this.
const MAX_RETRY_US: u64 = 30_000_000;
/// How long a host without a conversation waits before it asks for a hello again, at most, µs.
const ASK_US: u64 = 4_000_000;
/// Questions for the time that a conversation begins with, and the time between them, µs.
const BURST: u32 = 8;
const BURST_US: u64 = 60_000;
/// Readings wait so long for those questions, µs.
const CLOCK_PATIENCE_US: u64 = 2_000_000;

fn retry_us(tries: u8) -> u64 {
    (RETRY_US << tries.min(6)).min(MAX_RETRY_US)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    /// Open, and nobody has said hello.
    Waiting {
        due_us: u64,
        tries: u8,
    },
    /// In a conversation.
    Open {
        session: u32,
    },
    /// With somebody who speaks no version of ours.
    Limited,
}

/// One board at one port.
#[derive(Debug)]
pub struct Host {
    decoder: Decoder,
    core: Core,
}

impl Host {
    /// Before the port is open. `resume` is what was kept of an earlier run of this program; `seed` makes sessions and
    /// order numbers differ between runs of it.
    pub fn new(config: HostConfig, resume: Option<Resume>, seed: u32) -> Self {
        Self { decoder: Decoder::default(), core: Core::new(config, resume, seed) }
    }

    /// What is to be done about `input`.
    pub fn step(&mut self, now: Now, input: Input<'_>) -> Vec<Output> {
        let core = &mut self.core;
        core.now = now;
        core.wall.look(now.steady_us, now.wall_us);
        match input {
            Input::Opened => {
                self.decoder.reset();
                core.opened();
            }
            Input::Closed => core.closed(),
            Input::Bytes(mut bytes) => {
                core.vitals.bytes(bytes.len());
                while let Some(frame) = self.decoder.next(&mut bytes) {
                    core.vitals.frame(now.steady_us, &frame);
                    match frame {
                        Ok(Incoming::Known(envelope)) => core.heard(&envelope),
                        Ok(Incoming::Unknown { tag, .. }) | Err(FrameError::Content { tag, .. }) => {
                            core.unsupported(tag);
                        }
                        Err(_) => {}
                    }
                }
            }
            Input::Tick => {}
            Input::Kept { boot, next } => core.kept(boot, next),
            Input::EventKept { boot, id } => core.event_kept(boot, id),
            Input::Order(order) => {
                let id = core.orders.add(now.steady_us, order);
                core.out.push(Output::Ordered(id));
            }
            Input::Update(update) => {
                let boot = core.hello.as_ref().map_or(0, |hello| hello.boot_count);
                core.updating = Some(Updating::new(update, boot, now.steady_us));
            }
        }
        core.due();
        std::mem::take(&mut core.out)
    }

    /// When [`Input::Tick`] is due at the latest, steady µs.
    pub fn wake_at(&self) -> u64 {
        self.core.wake_at()
    }

    /// What came in so far.
    pub fn counts(&self) -> Counts {
        self.core.vitals.counts()
    }

    /// The board's clock, as far as it is known.
    pub fn clock(&self) -> &TimeMap {
        &self.core.time
    }

    /// How far the readings are on disk; `None` before the first hello.
    pub fn resume(&self) -> Option<Resume> {
        self.core.resume()
    }
}

#[derive(Debug)]
struct Core {
    config: HostConfig,
    now: Now,
    phase: Phase,
    session: u32,
    hello: Option<Hello>,
    /// When it was heard.
    greeted_us: u64,
    resume: Option<Resume>,
    inbox: Option<Inbox>,
    time: TimeMap,
    wall: Wall,
    /// Questions for the time without an answer.
    asked: VecDeque<u64>,
    asks: u32,
    ask_us: u64,
    /// In order, but not yet stamped.
    unstamped: VecDeque<(u64, Ready)>,
    orders: Orders,
    updating: Option<Updating>,
    vitals: Vitals,
    out: Vec<Output>,
}

impl Core {
    fn new(config: HostConfig, resume: Option<Resume>, seed: u32) -> Self {
        Self {
            config,
            now: Now { steady_us: 0, wall_us: 0 },
            phase: Phase::Closed,
            session: seed,
            hello: None,
            greeted_us: 0,
            resume,
            inbox: None,
            time: TimeMap::default(),
            wall: Wall::default(),
            asked: VecDeque::new(),
            asks: 0,
            ask_us: 0,
            unstamped: VecDeque::new(),
            orders: Orders::new(seed),
            updating: None,
            vitals: Vitals::default(),
            out: Vec::new(),
        }
    }

    fn opened(&mut self) {
        let now_us = self.now.steady_us;
        self.vitals.opened(now_us);
        self.phase = Phase::Waiting { due_us: now_us, tries: 0 };
        // Ends what the board heard half of when the line broke.
        self.out.push(Output::Send(vec![0]));
    }

    fn closed(&mut self) {
        self.phase = Phase::Closed;
        self.asked.clear();
    }

    fn heard(&mut self, envelope: &Envelope<'_>) {
        let message = &envelope.message;
        match (self.phase, message) {
            (Phase::Closed, _) => return,
            (_, Message::Hello(hello)) => return self.greeted(hello),
            (Phase::Open { session }, _) if session == envelope.session => {}
            (_, message) if message.is_for_ever() => {}
            (Phase::Open { .. }, _) => return self.say(0, refuse(Refusal::NoSession)),
            // Already asked for a hello, or told that there is no common version.
            _ => return,
        }
        let now_us = self.now.steady_us;
        match message {
            Message::TimeResp(answer) => {
                if let Some(at) = self.asked.iter().position(|asked| *asked == answer.t1_us) {
                    self.asked.remove(at);
                    self.time.add(answer.t1_us, answer.t2_us, answer.t3_us, now_us);
                }
            }
            Message::TimeReq(ask) => {
                let answer = TimeResp { t1_us: ask.t1_us, t2_us: now_us, t3_us: now_us };
                self.reply(Message::TimeResp(answer));
            }
            Message::ReadingBatch(batch) => {
                let Some(inbox) = self.inbox.as_mut().filter(|inbox| inbox.boot == batch.boot) else { return };
                let taken = inbox.take(batch);
                let (boot, ack) = (inbox.boot, taken.answer.then(|| inbox.ack()));
                if taken.lost > 0 {
                    self.out.push(Output::Lost { boot, count: taken.lost });
                }
                self.unstamped.extend(taken.ready.into_iter().map(|ready| (now_us, ready)));
                if let Some(ack) = ack {
                    self.reply(Message::BatchAck(ack));
                }
            }
            Message::Event(event) => {
                let Some(inbox) = self.inbox.as_mut().filter(|inbox| inbox.boot == event.boot) else { return };
                match inbox.event(event.id) {
                    Some(false) => {}
                    Some(true) => self.reply(Message::EventAck(EventAck { boot: event.boot, id: event.id })),
                    None => {
                        let at_us = self.event_at(event.mono_ms);
                        self.out.push(Output::Event(BoardEvent {
                            boot: event.boot,
                            id: event.id,
                            kind: event.kind,
                            severity: event.severity,
                            at_us,
                            payload: event.payload.to_vec(),
                        }));
                    }
                }
            }
            Message::CommandResult(result) => {
                if let Some(id) = self.orders.answered(result.id) {
                    let outcome = Outcome::Answered { status: result.status, data: result.data.to_vec() };
                    self.out.push(Output::OrderDone(id, outcome));
                }
            }
            Message::OtaReady(ready) => self.update(|updating| updating.wanted(now_us, ready.offset, true)),
            Message::OtaAck(ack) => self.update(|updating| updating.wanted(now_us, ack.offset, false)),
            Message::OtaResult(OtaResult { status }) => self.update(|updating| updating.result(now_us, *status)),
            Message::Log(log) => self.out.push(Output::Log(log.level, log.text.to_owned())),
            Message::Ping(ping) => self.reply(Message::Pong(Pong { nonce: ping.nonce })),
            Message::Hello(_) | Message::Pong(_) | Message::Unsupported(_) => {}
            // What only hosts say: an echo, for the line's two wires are joined.
            Message::HelloAck(_)
            | Message::BatchAck(_)
            | Message::EventAck(_)
            | Message::Command(_)
            | Message::OtaBegin(_)
            | Message::OtaChunk(_)
            | Message::OtaCommit(_) => {}
        }
    }

    fn greeted(&mut self, hello: &Hello) {
        let now_us = self.now.steady_us;
        if let (Phase::Open { session }, Some(known)) = (self.phase, &self.hello)
            && known == hello
        {
            // The same words twice on the line: the answer may be what was lost.
            return self.accept(session);
        }
        let theirs = Versions { min: hello.proto_min, max: hello.proto_max };
        let proto = common(self.config.versions, theirs);
        let same_run = |known: &Hello| known.hw_id == hello.hw_id && known.boot_count == hello.boot_count;
        if !self.hello.as_ref().is_some_and(same_run) {
            self.another_run(hello);
        }
        self.hello = Some(hello.clone());
        self.greeted_us = now_us;
        self.update(|updating| updating.greeted(now_us, hello, proto.is_some()));
        match proto {
            None => {
                self.phase = Phase::Limited;
                self.say(0, refuse(Refusal::NoCommonVersion));
            }
            Some(_) => {
                self.session = self.session.wrapping_add(1).max(1);
                self.phase = Phase::Open { session: self.session };
                self.accept(self.session);
                self.asked.clear();
                (self.asks, self.ask_us) = (0, now_us);
                self.orders.again(now_us);
            }
        }
        self.out.push(Output::Greeted { hello: hello.clone(), proto });
    }

    /// Another board, or the same one started anew: its numbers and its clock begin again.
    fn another_run(&mut self, hello: &Hello) {
        // What it said before is in order and here; its clock is not asked for any more.
        self.stamp(true);
        self.resume = self.resume();
        let kept = self.resume.filter(|kept| kept.hw_id == hello.hw_id && kept.boot == hello.boot_count);
        self.inbox = Some(Inbox::new(hello.boot_count, kept.map_or(0, |kept| kept.next)));
        self.time = TimeMap::default();
        for id in self.orders.restarted() {
            self.out.push(Output::OrderDone(id, Outcome::Restarted));
        }
    }

    fn accept(&mut self, session: u32) {
        let Some(hello) = &self.hello else { return };
        let theirs = Versions { min: hello.proto_min, max: hello.proto_max };
        let Some(proto) = common(self.config.versions, theirs) else { return };
        let resume_seq = self.inbox.as_ref().map_or(0, Inbox::kept);
        let (policy, epoch_ms) = (self.config.policy, self.now.wall_us / 1000);
        self.say(session, Message::HelloAck(HelloAck::Accept { proto, session, epoch_ms, policy, resume_seq }));
    }

    fn kept(&mut self, boot: u32, next: u64) {
        let Some(inbox) = self.inbox.as_mut().filter(|inbox| inbox.boot == boot) else { return };
        if inbox.keep(next) {
            let ack = inbox.ack();
            self.reply(Message::BatchAck(ack));
        }
    }

    fn event_kept(&mut self, boot: u32, id: u32) {
        if let Some(inbox) = self.inbox.as_mut().filter(|inbox| inbox.boot == boot) {
            inbox.keep_event(id);
            self.reply(Message::EventAck(EventAck { boot, id }));
        }
    }

    fn update(&mut self, step: impl FnOnce(&mut Updating) -> Option<UpdateNews>) {
        let Some(news) = self.updating.as_mut().and_then(step) else { return };
        if !matches!(news, UpdateNews::Sent(_)) {
            self.updating = None;
        }
        self.out.push(Output::Update(news));
    }

    /// Does what time asks for.
    fn due(&mut self) {
        let now_us = self.now.steady_us;
        if let Phase::Waiting { due_us, tries } = self.phase
            && now_us >= due_us
        {
            let due_us = now_us.saturating_add(retry_us(tries).min(ASK_US));
            self.phase = Phase::Waiting { due_us, tries: tries.saturating_add(1) };
            self.say(0, refuse(Refusal::NoSession));
        }
        if matches!(self.phase, Phase::Open { .. }) {
            let silence_us = self.config.time_every_us.saturating_mul(3);
            if self.vitals.silent_us(now_us) >= silence_us {
                self.phase = Phase::Waiting { due_us: now_us, tries: 0 };
                self.asked.clear();
                self.vitals.opened(now_us);
                self.out.push(Output::Silent(format!("nothing readable for {} s", silence_us / 1_000_000)));
                return self.due();
            }
            if now_us >= self.ask_us {
                self.asks = self.asks.saturating_add(1);
                let wait_us = if self.asks < BURST { BURST_US } else { self.config.time_every_us };
                self.ask_us = now_us.saturating_add(wait_us);
                if self.asked.len() == 2 * BURST as usize {
                    self.asked.pop_front();
                }
                self.asked.push_back(now_us);
                self.reply(Message::TimeReq(TimeReq { t1_us: now_us }));
            }
            let session = self.session;
            let out = &mut self.out;
            self.orders.due(now_us, &self.time, |command| push(out, session, Message::Command(command)));
            self.stamp(false);
        }
        if !matches!(self.phase, Phase::Closed) {
            if let Some(why) = self.vitals.trouble(now_us, matches!(self.phase, Phase::Waiting { .. })) {
                self.out.push(Output::Silent(why));
            }
            if self.hello.is_some() {
                let session = self.said_session();
                let mut said = Vec::new();
                self.update(|updating| updating.due(now_us, |message| push(&mut said, session, message)));
                self.out.append(&mut said);
            }
        }
        for id in self.orders.expired(now_us) {
            self.out.push(Output::OrderDone(id, Outcome::NoAnswer));
        }
    }

    /// Hands out what is in order, once the board's clock is known well enough, or will not be.
    fn stamp(&mut self, at_any_rate: bool) {
        let known = self.time.samples() >= BURST as usize;
        let patient = self.now.steady_us.saturating_sub(self.greeted_us) < CLOCK_PATIENCE_US;
        if !at_any_rate && !known && patient {
            return;
        }
        let Some(boot) = self.inbox.as_ref().map(|inbox| inbox.boot) else { return };
        while let Some((came_us, ready)) = self.unstamped.pop_front() {
            // Without a clock: the last of them was taken just before it came.
            let last_ms = ready.readings.last().map_or(0, |raw| raw.mono_ms);
            let mut readings = Vec::with_capacity(ready.readings.len());
            for raw in &ready.readings {
                let guess = || (came_us as i64).saturating_sub_unsigned((last_ms - raw.mono_ms).saturating_mul(1000));
                let steady_us = self.time.steady_us(raw.mono_ms.saturating_mul(1000)).unwrap_or_else(guess);
                let at_us = self.wall.at_us(steady_us);
                readings.push(BoardReading { channel: raw.channel, at_us, value: raw.value, quality: raw.quality });
            }
            self.out.push(Output::Readings(Readings { boot, first: ready.first, readings }));
        }
    }

    /// An event may come before readings that are older: it is stamped beside their order.
    fn event_at(&self, mono_ms: u64) -> i64 {
        let steady_us = self.time.steady_us(mono_ms.saturating_mul(1000)).unwrap_or(self.now.steady_us as i64);
        let ago_us = (self.now.steady_us as i64).saturating_sub(steady_us);
        self.now.wall_us.saturating_sub(ago_us.max(0))
    }

    fn resume(&self) -> Option<Resume> {
        let (hello, inbox) = (self.hello.as_ref(), self.inbox.as_ref());
        match (hello, inbox) {
            (Some(hello), Some(inbox)) => Some(Resume { hw_id: hello.hw_id, boot: inbox.boot, next: inbox.kept() }),
            _ => self.resume,
        }
    }

    fn wake_at(&self) -> u64 {
        let waiting = match self.phase {
            Phase::Closed => return self.orders.ends_us(),
            Phase::Waiting { due_us, .. } => due_us.min(self.vitals.due_us()),
            Phase::Limited => u64::MAX,
            Phase::Open { .. } => {
                let patience = self.greeted_us.saturating_add(CLOCK_PATIENCE_US);
                let stamps = if self.unstamped.is_empty() { u64::MAX } else { patience };
                let silence = self.vitals.since_us().saturating_add(self.config.time_every_us.saturating_mul(3));
                self.ask_us.min(self.orders.due_us()).min(stamps).min(silence)
            }
        };
        let update = self.updating.as_ref().map_or(u64::MAX, Updating::due_us);
        waiting.min(update).min(self.orders.ends_us())
    }

    fn unsupported(&mut self, tag: u32) {
        if tag != UNSUPPORTED && self.phase != Phase::Closed {
            self.reply(Message::Unsupported(Unsupported { tag }));
        }
    }

    fn said_session(&self) -> u32 {
        match self.phase {
            Phase::Open { session } => session,
            _ => 0,
        }
    }

    fn reply(&mut self, message: Message<'_>) {
        if self.phase != Phase::Closed {
            self.say(self.said_session(), message);
        }
    }

    fn say(&mut self, session: u32, message: Message<'_>) {
        push(&mut self.out, session, message);
    }
}

fn refuse(reason: Refusal) -> Message<'static> {
    Message::HelloAck(HelloAck::Refuse { reason })
}

fn push(out: &mut Vec<Output>, session: u32, message: Message<'_>) {
    let mut frame = [0; MAX_FRAME];
    // Only an order with more arguments than any board takes does not fit; it ends without an answer.
    if let Ok(frame) = encode(&Envelope { session, message }, &mut frame) {
        out.push(Output::Send(frame.to_vec()));
    }
}
