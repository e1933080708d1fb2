//! How the agent is doing, in one place: every part writes its own lines on the board, the page, `vyavs-edge status`
//! and the heartbeat to the hub read them.
//!
//! The board holds figures and short scrubbed texts only; it is never what a sale depends on, and all of it is bounded.

mod channel;
mod daybook;
mod input;
mod rate;
mod status;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;
use vyavs_domain::alert::Alarm;
use vyavs_domain::ids::{AlarmId, SensorId};
use vyavs_domain::money::{Currency, Money};
use vyavs_domain::reading::{Reading, Sensor};
use vyavs_domain::sale::Receipt;
use vyavs_domain::time::{ClockState, StoreTime};
use vyavs_service::clock::Clock;
use vyavs_wire::record::{ReadingV1, Stream};
use vyavs_wire::up::{BacklogV1, InputV1, NowV1};

use crate::think::LatencyFigures;
use channel::{Channel, channel};
use daybook::DayBook;

pub use input::{InputHandle, LAST_BYTES};
pub use status::{
    Amount, Counters, InputState, InputStatus, LinkState, LinkStatus, OutboxStatus, ReceiptSummary, SensorStatus,
    Status, StreamStatus, Today,
};

/// Receipts the board remembers.
const LAST_RECEIPTS: usize = 20;
/// Open alarms the board shows; a store has tens.
const MAX_ALARMS: usize = 512;
/// The shared board. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Board {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    time: Arc<StoreTime>,
    currency: Currency,
    version: AtomicU64,
    sync_asked: Notify,
    lines: Mutex<Lines>,
}

#[derive(Debug)]
struct Lines {
    identity: Option<String>,
    clock_state: ClockState,
    clock_offset_ms: Option<i64>,
    link: LinkStatus,
    outbox: OutboxStatus,
    models: Vec<String>,
    thinking: Option<LatencyFigures>,
    config: String,
    inputs: Vec<Arc<input::Cell>>,
    sensors: BTreeMap<SensorId, Channel>,
    alarms: BTreeMap<AlarmId, Alarm>,
    receipts: VecDeque<ReceiptSummary>,
    today: DayBook,
    counters: Counters,
}

impl Board {
    /// An empty board; `time` and `currency` are the store's.
    pub fn new(clock: Clock, time: Arc<StoreTime>, currency: Currency) -> Self {
        let now = clock.now();
        let lines = Lines {
            identity: None,
            clock_state: ClockState::Unset,
            clock_offset_ms: None,
            link: LinkStatus { state: LinkState::NotEnrolled, since: now, detail: None, last_heard_at: None },
            outbox: OutboxStatus::default(),
            models: Vec::new(),
            thinking: None,
            config: String::new(),
            inputs: Vec::new(),
            sensors: BTreeMap::new(),
            alarms: BTreeMap::new(),
            receipts: VecDeque::new(),
            today: DayBook::open(time.business_day(now), now),
            counters: Counters::default(),
        };
        let shared = Shared {
            clock,
            time,
            currency,
            version: AtomicU64::new(0),
            sync_asked: Notify::new(),
            lines: Mutex::new(lines),
        };
        Self { shared: Arc::new(shared) }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        // A panic while holding the lock leaves figures, never half a structure: they stay readable.
        self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> MutexGuard<'_, Lines> {
        self.shared.version.fetch_add(1, Ordering::Relaxed);
        self.lines()
    }

    /// Grows with every change except an input's counters; for a page that redraws only what is new.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Relaxed)
    }

    /// The line of one input; asked again under the same name (after a restart) it is the same line.
    pub fn input(&self, name: &str, kind: &str) -> InputHandle {
        let mut lines = self.write();
        let cell = match lines.inputs.iter().find(|cell| cell.name == name && cell.kind == kind) {
            Some(cell) => cell.clone(),
            None => {
                let cell = Arc::new(input::Cell::new(name, kind));
                lines.inputs.push(cell.clone());
                cell
            }
        };
        InputHandle::new(self.clone(), cell)
    }

    /// Who this device is, once enrolled.
    pub fn identity(&self, identity: &str) {
        self.write().identity = Some(identity.to_owned());
    }

    /// How far the wall clock is trusted, and how far it is from the hub's (ours minus theirs, ms).
    pub fn clock(&self, state: ClockState, offset_ms: Option<i64>) {
        let mut lines = self.write();
        (lines.clock_state, lines.clock_offset_ms) = (state, offset_ms);
    }

    /// The uplink's state; `detail` says why it is not connected.
    pub fn link(&self, state: LinkState, detail: Option<&str>) {
        let now = self.shared.clock.now();
        let link = &mut self.write().link;
        if link.state != state {
            link.since = now;
        }
        link.state = state;
        link.detail = detail.map(str::to_owned);
    }

    /// The hub answered just now.
    pub fn heard(&self) {
        let now = self.shared.clock.now();
        self.write().link.last_heard_at = Some(now);
    }

    /// What waits and how full the disk is.
    pub fn outbox(&self, figures: OutboxStatus) {
        self.write().outbox = figures;
    }

    /// Name and version of every running model.
    pub fn models(&self, models: Vec<String>) {
        self.write().models = models;
    }

    /// How long readings take to their verdict, since the start.
    pub fn thinking(&self, figures: LatencyFigures) {
        self.write().thinking = Some(figures);
    }

    /// The configuration the agent runs with, as its file says it (secrets are paths, so it may be shown).
    pub fn config(&self, text: &str) {
        self.write().config = vyavs_codec::scrub::scrub_text(text).into_owned();
    }

    /// The configuration as it was given to [`Board::config`].
    pub fn config_text(&self) -> String {
        self.lines().config.clone()
    }

    /// Declares a channel; its readings are shown with this name and these limits.
    pub fn sensor(&self, sensor: &Sensor) {
        if let Some(channel) = channel(&mut self.write().sensors, &sensor.id) {
            channel.sensor = Some(sensor.clone());
        }
    }

    /// The latest reading of a channel.
    pub fn reading(&self, reading: &Reading) {
        if let Some(channel) = channel(&mut self.write().sensors, &reading.sensor) {
            channel.take(reading);
        }
    }

    /// Why a channel's reading is suspect or bad: shown on its tile until the next good one.
    pub fn sensor_detail(&self, sensor: &SensorId, why: &str) {
        if let Some(channel) = channel(&mut self.write().sensors, sensor) {
            channel.detail = Some(why.to_owned());
        }
    }

    /// An alarm raised, or the same one cleared.
    pub fn alarm(&self, alarm: &Alarm) {
        let mut lines = self.write();
        if alarm.cleared_at.is_some() {
            lines.alarms.remove(&alarm.id);
        } else if lines.alarms.len() < MAX_ALARMS || lines.alarms.contains_key(&alarm.id) {
            lines.alarms.insert(alarm.id, alarm.clone());
        }
    }

    /// A receipt that is durable (and scrubbed): counted once in today's figures, however often the till sends it.
    pub fn receipt(&self, receipt: &Receipt) {
        let now = self.shared.clock.now();
        let today = self.shared.time.business_day(now);
        let mut lines = self.write();
        if lines.today.day != today {
            lines.today = DayBook::open(today, self.shared.time.span(today).0);
        }
        if receipt.key.business_day == today {
            lines.today.take(receipt, self.shared.currency);
        }
        lines.counters.receipts += 1;
        if lines.receipts.len() == LAST_RECEIPTS {
            lines.receipts.pop_back();
        }
        lines.receipts.push_front(ReceiptSummary::from(receipt));
    }

    /// A receipt, or something in its place, was put aside unread.
    pub fn quarantined(&self) {
        self.write().counters.quarantined += 1;
    }

    /// The drawer opened without a sale.
    pub fn no_sale(&self) {
        self.write().counters.no_sale += 1;
    }

    /// Somebody pressed "sync now".
    pub fn ask_sync(&self) {
        self.shared.sync_asked.notify_one();
    }

    /// Returns when somebody pressed "sync now": for the uplink, which then tries at once. Safe to drop and call again.
    pub async fn sync_asked(&self) {
        self.shared.sync_asked.notified().await;
    }

    /// The whole board as it stands.
    pub fn status(&self) -> Status {
        let now = self.shared.clock.now();
        let today = self.shared.time.business_day(now);
        let mut lines = self.lines();
        if lines.today.day != today {
            lines.today = DayBook::open(today, self.shared.time.span(today).0);
        }
        let book = &lines.today;
        let takings = Money { minor: book.takings_minor, currency: self.shared.currency };
        Status {
            as_of: now,
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_s: self.shared.clock.uptime().as_secs(),
            identity: lines.identity.clone(),
            local_time: self.shared.time.local(now).to_string(),
            clock: lines.clock_state,
            clock_offset_ms: lines.clock_offset_ms,
            link: lines.link.clone(),
            outbox: lines.outbox.clone(),
            today: Today {
                business_day: book.day,
                counted_since: book.since,
                receipts: book.receipts,
                lines: book.lines,
                takings: Amount::from(takings),
                last_sale_at: book.last_sale_at,
            },
            last_receipts: lines.receipts.iter().cloned().collect(),
            open_alarms: alarms_by_weight(&lines.alarms),
            sensors: lines.sensors.iter().map(|(id, channel)| channel.status(id)).collect(),
            inputs: lines.inputs.iter().map(|cell| cell.status(now)).collect(),
            models: lines.models.clone(),
            thinking: lines.thinking,
            config_version: (!lines.config.is_empty()).then(|| short_hash(&lines.config)),
            counters: lines.counters,
        }
    }

    /// The heartbeat: a small picture of now for the hub.
    pub fn now(&self) -> NowV1 {
        let now = self.shared.clock.now();
        let lines = self.lines();
        let backlog = |stream: &StreamStatus| BacklogV1 {
            stream: stream.stream,
            unsent: stream.unsent,
            oldest_us: stream.oldest_unsent_at.map(Timestamp::as_microsecond),
        };
        NowV1 {
            at_us: now.as_microsecond(),
            uptime_s: self.shared.clock.uptime().as_secs(),
            backlog: lines.outbox.streams.iter().map(backlog).collect(),
            disk_used: lines.outbox.disk_used,
            disk_quota: lines.outbox.disk_quota,
            readings: lines.sensors.values().filter_map(|c| c.latest.as_ref()).map(ReadingV1::from).collect(),
            inputs: lines.inputs.iter().map(|cell| InputV1::from(&cell.status(now))).collect(),
            models: lines.models.clone(),
            open_alarms: lines.alarms.len() as u32,
        }
    }

    pub(crate) fn wall(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(crate) fn touch(&self) {
        self.shared.version.fetch_add(1, Ordering::Relaxed);
    }
}

/// The most severe first, then the newest.
fn alarms_by_weight(alarms: &BTreeMap<AlarmId, Alarm>) -> Vec<Alarm> {
    let mut open: Vec<Alarm> = alarms.values().cloned().collect();
    open.sort_by(|a, b| b.severity.cmp(&a.severity).then(b.raised_at.cmp(&a.raised_at)));
    open
}

/// Enough of a hash to tell two configurations apart.
fn short_hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..10].to_owned()
}

/// Stream numbers as people call them.
pub fn stream_name(stream: u8) -> &'static str {
    match Stream::from_number(stream) {
        Some(Stream::Money) => "sales",
        Some(Stream::Telemetry) => "readings",
        Some(Stream::Alerts) => "alarms",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests;
