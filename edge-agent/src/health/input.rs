//! One input's line on the board: written on the hot path, so its counters are atomics.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use vyavs_domain::money::Money;
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::sale::Receipt;

use super::Board;
use super::rate::Rate;
use super::status::{InputState, InputStatus, printable};

/// Bytes of the wire an input keeps for whoever has to find out what a till really sends.
pub const LAST_BYTES: usize = 256;
/// Longest error text kept.
const DETAIL: usize = 300;
/// The last bytes are looked at by people: four pictures a second are enough, and spare the hot path.
const BYTES_EVERY_US: i64 = 250_000;
const NEVER: i64 = i64::MIN;

/// Where an input says how it is doing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct InputHandle {
    board: Board,
    cell: Arc<Cell>,
}

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) name: String,
    pub(super) kind: String,
    state: AtomicU8,
    peers: AtomicU32,
    records: AtomicU64,
    errors: AtomicU64,
    restarts: AtomicU64,
    last_us: AtomicI64,
    bytes_us: AtomicI64,
    /// When the last error came, µs.
    wrong_us: AtomicI64,
    rate: Mutex<Rate>,
    text: Mutex<Text>,
}

#[derive(Debug, Default)]
struct Text {
    detail: Option<String>,
    detail_at: Option<Timestamp>,
    bytes: Vec<u8>,
    record: Option<String>,
}

impl Cell {
    pub(super) fn new(name: &str, kind: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            state: AtomicU8::new(InputState::Starting.code()),
            peers: AtomicU32::new(0),
            records: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            last_us: AtomicI64::new(NEVER),
            bytes_us: AtomicI64::new(NEVER),
            wrong_us: AtomicI64::new(NEVER),
            rate: Mutex::default(),
            text: Mutex::default(),
        }
    }

    pub(super) fn status(&self, now: Timestamp) -> InputStatus {
        let per_minute = self.rate.lock().unwrap_or_else(PoisonError::into_inner).per_minute(now.as_second());
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let last_us = self.last_us.load(Ordering::Relaxed);
        InputStatus {
            name: self.name.clone(),
            kind: self.kind.clone(),
            state: match InputState::from_code(self.state.load(Ordering::Relaxed)) {
                InputState::Running if self.wrong_us.load(Ordering::Relaxed) > last_us => InputState::Impaired,
                state => state,
            },
            peers: self.peers.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
            per_minute,
            last_at: (last_us != NEVER).then(|| vyavs_domain::time::from_micros(last_us)),
            last_record: text.record.clone(),
            detail: text.detail.clone(),
            detail_at: text.detail_at,
            last_bytes: printable(&text.bytes),
        }
    }
}

impl InputHandle {
    pub(super) fn new(board: Board, cell: Arc<Cell>) -> Self {
        Self { board, cell }
    }

    /// The board this line stands on.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// It listens, or it is connected.
    pub fn running(&self) {
        self.state(InputState::Running);
    }

    /// It ended and waits to start again; `why` is scrubbed here, for an error may quote what it read.
    pub fn failed(&self, why: &str) {
        self.cell.restarts.fetch_add(1, Ordering::Relaxed);
        self.detail(why);
        self.state(InputState::BackingOff);
    }

    /// Something it read was wrong; it goes on, and stands as impaired until the next record.
    pub fn error(&self, what: &str) {
        self.cell.errors.fetch_add(1, Ordering::Relaxed);
        self.cell.wrong_us.store(self.board.wall().as_microsecond(), Ordering::Relaxed);
        self.detail(what);
        self.board.touch();
    }

    /// `n` records are durable.
    pub fn record(&self, n: u64) {
        let now = self.board.wall();
        self.cell.records.fetch_add(n, Ordering::Relaxed);
        self.cell.last_us.store(now.as_microsecond(), Ordering::Relaxed);
        self.cell.rate.lock().unwrap_or_else(PoisonError::into_inner).add(now.as_second(), n);
    }

    /// A receipt that is durable, and scrubbed: shown and counted on the board, and as this input's last record.
    pub fn receipt(&self, receipt: &Receipt) {
        self.board.receipt(receipt);
        let total = Money { minor: receipt.total_minor, currency: receipt.currency }.to_decimal();
        self.last(format!(
            "receipt {}, {total} {}, {} lines",
            receipt.key.number,
            receipt.currency,
            receipt.lines.len()
        ));
    }

    /// A reading: shown on the board, and as this input's last record if it is good.
    pub fn reading(&self, reading: &Reading) {
        self.board.reading(reading);
        if reading.quality == Quality::Good {
            self.last(format!("{} = {}", reading.sensor, (reading.value * 1000.0).round() / 1000.0));
        }
    }

    /// What the last record said, scrubbed, for whoever sets the input up.
    pub fn last(&self, record: String) {
        self.cell.text.lock().unwrap_or_else(PoisonError::into_inner).record = Some(record);
    }

    /// How many peers (tills, relays) are connected now.
    pub fn peers(&self, count: u32) {
        self.cell.peers.store(count, Ordering::Relaxed);
        self.board.touch();
    }

    /// Whether it is time for another picture of the wire: ask before scrubbing a copy for [`InputHandle::bytes`].
    pub fn wants_bytes(&self) -> bool {
        let (now, last) = (self.board.wall().as_microsecond(), self.cell.bytes_us.load(Ordering::Relaxed));
        // Either direction: a clock that jumped back must not silence the picture.
        last == NEVER || now.abs_diff(last) >= BYTES_EVERY_US as u64
    }

    /// What came last on the wire, scrubbed by the caller as whole lines or jobs (a number cut in two by a window
    /// would not be seen); the last [`LAST_BYTES`] are kept.
    pub fn bytes(&self, scrubbed: &[u8]) {
        self.cell.bytes_us.store(self.board.wall().as_microsecond(), Ordering::Relaxed);
        let tail = &scrubbed[scrubbed.len().saturating_sub(LAST_BYTES)..];
        let mut text = self.cell.text.lock().unwrap_or_else(PoisonError::into_inner);
        let over = (text.bytes.len() + tail.len()).saturating_sub(LAST_BYTES);
        text.bytes.drain(..over);
        text.bytes.extend_from_slice(tail);
    }

    fn state(&self, state: InputState) {
        self.cell.state.store(state.code(), Ordering::Relaxed);
        self.board.touch();
    }

    fn detail(&self, why: &str) {
        let why = vyavs_codec::scrub::scrub_text(why);
        let mut end = why.len().min(DETAIL);
        while !why.is_char_boundary(end) {
            end -= 1;
        }
        let now = self.board.wall();
        let mut text = self.cell.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.detail = Some(why[..end].to_owned());
        text.detail_at = Some(now);
    }
}
