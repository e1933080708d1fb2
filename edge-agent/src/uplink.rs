//! The way to the hub: performs what `vyavs_delivery::edge_step` decides, over MQTT with mutual TLS.
//!
//! Every connection is a new client: what rumqttc kept of the last one is worth nothing, because only the hub's signed
//! word settles a record. PUBACK is flow control.

mod link;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use vyavs_delivery::Seq;
use vyavs_delivery::edge_step::{Edge, EdgeEffect, EdgeEvent, Link as Conversation, step};
use vyavs_delivery::seal;
use vyavs_domain::time::{BootId, ClockState, from_micros};
use vyavs_service::backoff::Backoff;
use vyavs_service::clock::Clock;
use vyavs_wire::down::{Down, StateV1};
use vyavs_wire::record::Stream;
use vyavs_wire::up::{HelloV1, Message, StreamStatusV1, Up};

use crate::health::{Board, LinkState, OutboxStatus};
use crate::identity::Identity;
use crate::outbox::Outbox;
use crate::outbox::item::Item;
use crate::outbox::queue::QueueError;
use crate::outbox::store::Store;

use link::{Link, LinkError, LinkEvent};

/// `[uplink]` in `edge.toml`; everything has a default, and the address comes with enrolment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UplinkConfig {
    /// Connect here instead of where enrolment said; the hub must still prove the name it enrolled us under.
    pub host: Option<String>,
    /// And at this port.
    pub port: Option<u16>,
    /// How often the heartbeat with a picture of now is sent.
    pub now_ms: u32,
    /// MQTT keep-alive.
    pub keep_alive_s: u16,
    /// Longest wait between two attempts to connect.
    pub retry_max_s: u16,
    /// A hub that acknowledges nothing of what is in flight for this long is left and called again.
    pub ack_timeout_s: u16,
}

impl Default for UplinkConfig {
    fn default() -> Self {
        Self { host: None, port: None, now_ms: 5000, keep_alive_s: 20, retry_max_s: 60, ack_timeout_s: 30 }
    }
}

/// Why a conversation with the hub ended.
#[derive(Debug, thiserror::Error)]
pub enum UplinkError {
    /// The connection.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The hub is silent.
    #[error("the hub acknowledged nothing for {0} s")]
    Silent(u64),
    /// The outbox cannot be read.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The outbox has stopped.
    #[error("the outbox has stopped")]
    Stopped,
}

/// The uplink of one device.
pub struct Uplink {
    /// Its section.
    pub config: UplinkConfig,
    /// Who we are.
    pub identity: Identity,
    /// What we owe.
    pub store: Arc<Store>,
    /// For a new epoch.
    pub outbox: Outbox,
    /// Next numbers after each commit.
    pub heads: watch::Receiver<[Seq; 3]>,
    /// Where the link's state is shown.
    pub board: Board,
    /// Wall time.
    pub clock: Clock,
    /// This run.
    pub boot: BootId,
    /// Cancelled when the agent stops.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Uplink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Uplink").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Uplink {
    /// Sends what the outbox owes until the agent stops; after a lost connection it resumes at the first unsettled record.
    pub async fn run(mut self) {
        let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::from_os_rng();
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(self.config.retry_max_s.into()));
        while !self.stop.is_cancelled() {
            self.board.link(LinkState::Connecting, None);
            let (epoch, incarnation, lanes) = self.store.lanes();
            let mut talk = Talk {
                edge: Edge::new(epoch, incarnation, lanes),
                conversation: 0,
                effects: VecDeque::new(),
                heard: Instant::now(),
                greeted: Instant::now(),
                opened: false,
            };
            let ended = self.converse(&mut talk).await;
            if talk.opened {
                backoff.reset();
            }
            match ended {
                Ok(()) => break,
                Err(error) => {
                    let text = format!("{:#}", anyhow::Error::new(error));
                    if talk.opened {
                        warn!("lost the hub: {text}");
                    } else {
                        debug!("no way to the hub: {text}");
                    }
                    self.board.link(LinkState::Offline, Some(&text));
                    self.store.set_clock_state(if talk.opened { 1 } else { 2 });
                }
            }
            if !self.rest(backoff.next(&mut rng)).await {
                break;
            }
        }
        self.board.link(LinkState::Offline, Some("the agent is stopping"));
    }

    /// Waits before the next attempt, or until somebody asks for it; what is owed is shown meanwhile, for that is when
    /// people look. `false` when the agent stops.
    async fn rest(&self, wait: Duration) -> bool {
        let (stop, mut asked) = (self.stop.clone(), std::pin::pin!(self.board.sync_asked()));
        let mut picture = tokio::time::interval(Duration::from_millis(self.config.now_ms.max(100).into()));
        let mut over = std::pin::pin!(tokio::time::sleep(wait));
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return false,
                () = &mut asked => return true,
                () = &mut over => return true,
                _ = picture.tick() => self.show(),
            }
        }
    }

    async fn converse(&mut self, talk: &mut Talk) -> Result<(), UplinkError> {
        let mut link = Link::open(&self.config, &self.identity).await?;
        self.advance(talk, EdgeEvent::LinkUp);
        let mut picture = tokio::time::interval(Duration::from_millis(self.config.now_ms.into()));
        picture.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let patience = Duration::from_secs(self.config.ack_timeout_s.into());
        let mut heads = self.heads.clone();
        heads.mark_changed();
        let stop = self.stop.clone();
        loop {
            while let Some(effect) = talk.effects.pop_front() {
                self.perform(talk, &mut link, effect).await?;
                // Acknowledgements are heard between two frames, or credit would never grow back.
                while let Some(event) = link.try_next()? {
                    self.hear(talk, event).await?;
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    link.farewell(talk.conversation, Message::NowV1(self.board.now())).await;
                    return Ok(());
                }
                event = link.next() => self.hear(talk, event?).await?,
                changed = heads.changed() => {
                    changed.map_err(|_| UplinkError::Stopped)?;
                    let next = *heads.borrow_and_update();
                    for stream in Stream::ALL {
                        self.advance(talk, EdgeEvent::Appended(stream, next[usize::from(stream.number())]));
                    }
                }
                _ = picture.tick() => {
                    self.show();
                    if talk.edge.link == Conversation::Open {
                        link.tell(talk.conversation, &Message::NowV1(self.board.now())).await?;
                    }
                }
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            let waits = !talk.edge.in_flight.is_empty() || talk.edge.link == Conversation::Greeting;
            if waits && talk.heard.elapsed() > patience && talk.greeted.elapsed() > patience {
                return Err(UplinkError::Silent(patience.as_secs()));
            }
            if !waits {
                talk.heard = Instant::now();
            }
        }
    }

    fn advance(&self, talk: &mut Talk, event: EdgeEvent) {
        talk.effects.extend(step(&mut talk.edge, event));
    }

    async fn hear(&mut self, talk: &mut Talk, event: LinkEvent) -> Result<(), UplinkError> {
        let LinkEvent::Down(payload) = event;
        let down = match seal::open_down(&self.identity.hub_key, self.identity.enrolment.identity, &payload) {
            Ok(down) => down,
            Err(error) => {
                warn!("a message that is not the hub's was left unread: {error}");
                return Ok(());
            }
        };
        talk.heard = Instant::now();
        self.board.heard();
        match down {
            Down::StateV1(state) => {
                self.compare_clocks(&state);
                let same = self.same_history(&state).await?;
                let was_open = talk.edge.link == Conversation::Open;
                self.advance(talk, EdgeEvent::State(state, same));
                if talk.edge.link == Conversation::Open && !was_open {
                    talk.opened = true;
                    let owed: u64 = talk.edge.lanes.iter().map(|lane| lane.unsent()).sum();
                    info!(owed, "the hub answers, {owed} records to send");
                    self.board.link(LinkState::Connected, None);
                }
            }
            Down::AckV1(ack) => {
                for rejected in &ack.rejects {
                    warn!(
                        stream = ack.stream,
                        first = rejected.first,
                        last = rejected.last,
                        "the hub put records among the dead letters: {:?}",
                        rejected.why
                    );
                }
                self.advance(talk, EdgeEvent::Ack(ack));
            }
        }
        Ok(())
    }

    /// Whether the chain at the hub's cursor is the chain of our own disk.
    async fn same_history(&self, state: &StateV1) -> Result<bool, UplinkError> {
        let (epoch, _, lanes) = self.store.lanes();
        if state.epoch != epoch {
            return Ok(true);
        }
        for stored in &state.streams {
            let Some(stream) = Stream::from_number(stored.stream) else { continue };
            let lane = lanes[usize::from(stored.stream)];
            if stored.through == 0 || stored.chain == [0; 16] || stored.through >= lane.next {
                continue;
            }
            let (store, through) = (self.store.clone(), stored.through);
            let ours = blocking(move || store.chain_at(stream, through)).await??;
            let same = match ours {
                Some(chain) => chain == stored.chain,
                // Erased after it was settled, so it cannot be compared; unsettled frames are always here.
                None => stored.through <= lane.settled,
            };
            if !same {
                warn!(
                    stream = stored.stream,
                    through = stored.through,
                    "the hub has another history under our epoch: this disk was restored or cloned"
                );
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn compare_clocks(&self, state: &StateV1) {
        let now_ms = u64::try_from(self.clock.uptime().as_millis()).unwrap_or(u64::MAX);
        let round_trip_us = i64::try_from(now_ms.saturating_sub(state.hello_mono_ms) * 1000).unwrap_or(i64::MAX);
        let hub_us = state.answered_us.saturating_add(round_trip_us / 2);
        let offset_ms = self.clock.now().as_microsecond().saturating_sub(hub_us) / 1000;
        let good = offset_ms.abs() <= 2000;
        if !good {
            warn!(offset_ms, "this box's clock is {offset_ms} ms ahead of the hub's; records keep both times");
        }
        self.store.set_clock_state(if good { 0 } else { 2 });
        self.board.clock(if good { ClockState::Synced } else { ClockState::Unset }, Some(offset_ms));
    }

    fn show(&self) {
        let status = self.store.status();
        let when = |us: Option<i64>| us.map(from_micros);
        let streams = status.streams.iter().map(|s| (s.stream, s.unsent, when(s.oldest_us) as Option<Timestamp>));
        let mut figures = OutboxStatus::new(streams, status.used, status.quota);
        figures.detail =
            status.refusing.map(|why| format!("nothing can be written, what can wait is held back: {why}"));
        self.board.outbox(figures);
    }

    async fn perform(&mut self, talk: &mut Talk, link: &mut Link, effect: EdgeEffect) -> Result<(), UplinkError> {
        match effect {
            EdgeEffect::Hello => {
                talk.greeted = Instant::now();
                talk.conversation = uuid::Uuid::new_v4().as_u64_pair().1;
                link.send(Up::message(talk.conversation, &Message::HelloV1(self.hello()))).await?;
            }
            EdgeEffect::Send(stream, at) => {
                let store = self.store.clone();
                let item = blocking(move || store.read(stream, at)).await??;
                let (first, last) = item.range();
                let payload = match item {
                    Item::Frame { bytes, .. } => Up::frame(talk.conversation, &bytes),
                    Item::Loss(loss) => {
                        let signature = self.store.sign(&loss);
                        Up::message(talk.conversation, &Message::LossV1(loss, signature))
                    }
                };
                if talk.edge.in_flight.is_empty() {
                    talk.heard = Instant::now();
                }
                link.send(payload).await?;
                self.advance(talk, EdgeEvent::Sent(stream, first, last));
            }
            EdgeEffect::Settle(stream, through) | EdgeEffect::Unsettle(stream, through) => {
                self.store.settle(stream, through);
            }
            EdgeEffect::Incarnation(incarnation) => self.store.set_incarnation(incarnation),
            EdgeEffect::Raise(to) => {
                let (epoch, lanes) = self.outbox.raise(to).await.map_err(|_| UplinkError::Stopped)?;
                self.advance(talk, EdgeEvent::Raised(epoch, lanes));
            }
        }
        Ok(())
    }

    fn hello(&self) -> HelloV1 {
        let status = self.store.status();
        let (_, incarnation, _) = self.store.lanes();
        HelloV1 {
            protocol: 1,
            agent: env!("CARGO_PKG_VERSION").to_owned(),
            epoch: status.epoch,
            boot_id: *self.boot.0.as_bytes(),
            mono_ms: u64::try_from(self.clock.uptime().as_millis()).unwrap_or(u64::MAX),
            wall_us: self.clock.now().as_microsecond(),
            clock: 2,
            incarnation,
            streams: status
                .streams
                .iter()
                .map(|s| StreamStatusV1 {
                    stream: s.stream,
                    oldest: s.oldest,
                    next: s.next,
                    settled: s.settled,
                    chain: s.chain,
                })
                .collect(),
        }
    }
}

/// One connection's worth of conversation.
struct Talk {
    edge: Edge,
    /// Of the last hello; see [`Up::conversation`].
    conversation: u64,
    effects: VecDeque<EdgeEffect>,
    heard: Instant,
    greeted: Instant,
    opened: bool,
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, UplinkError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| UplinkError::Stopped)
}
