//! The board as values: what the page draws and `vyavs-edge status --json` prints. Field names are the contract.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vyavs_domain::alert::Alarm;
use vyavs_domain::ids::{SensorId, TerminalId};
use vyavs_domain::money::{Currency, Money};
use vyavs_domain::reading::{Measure, Quality};
use vyavs_domain::sale::{Receipt, ReceiptKind, ReceiptSource};
use vyavs_domain::time::{BusinessDay, ClockState};
use vyavs_wire::up::InputV1;

use crate::think::LatencyFigures;

/// The board at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// When it was read, by the device's clock.
    pub as_of: Timestamp,
    /// `vyavs-edge` version.
    pub agent_version: String,
    /// Since the process started, s.
    pub uptime_s: u64,
    /// `urn:vyavs:…`; none before enrolment.
    pub identity: Option<String>,
    /// The store's wall clock, as its people read it.
    pub local_time: String,
    /// How far that clock is trusted.
    pub clock: ClockState,
    /// Ours minus the hub's, ms; none before the hub was heard.
    pub clock_offset_ms: Option<i64>,
    /// The way to the hub.
    pub link: LinkStatus,
    /// What waits to be sent.
    pub outbox: OutboxStatus,
    /// The business day so far.
    pub today: Today,
    /// The newest first, at most 20.
    pub last_receipts: Vec<ReceiptSummary>,
    /// The most severe first.
    pub open_alarms: Vec<Alarm>,
    /// By id.
    pub sensors: Vec<SensorStatus>,
    /// As configured.
    pub inputs: Vec<InputStatus>,
    /// Name and version of each running model.
    pub models: Vec<String>,
    /// From a reading to its verdict, since the process started; none before the first look.
    #[serde(default)]
    pub thinking: Option<LatencyFigures>,
    /// A short hash of the configuration file; the same text has the same one in every store.
    pub config_version: Option<String>,
    /// Since the process started.
    pub counters: Counters,
}

/// Where the uplink stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// No certificate yet.
    NotEnrolled,
    /// Trying.
    Connecting,
    /// The hub answers.
    Connected,
    /// No way to the hub; everything is kept.
    Offline,
}

/// The way to the hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkStatus {
    /// Where it stands.
    pub state: LinkState,
    /// Since when.
    pub since: Timestamp,
    /// Why it is not connected.
    pub detail: Option<String>,
    /// When the hub last answered.
    pub last_heard_at: Option<Timestamp>,
}

/// One stream's backlog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStatus {
    /// Its number.
    pub stream: u8,
    /// `sales`, `readings`, `alarms`.
    pub name: String,
    /// Records not yet stored at the hub.
    pub unsent: u64,
    /// When the oldest of them was written.
    pub oldest_unsent_at: Option<Timestamp>,
}

/// What waits, and the room it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxStatus {
    /// Over all streams.
    pub unsent: u64,
    /// The oldest of all streams.
    pub oldest_unsent_at: Option<Timestamp>,
    /// One entry a stream.
    pub streams: Vec<StreamStatus>,
    /// Bytes on disk.
    pub disk_used: u64,
    /// Bytes it may take.
    pub disk_quota: u64,
    /// Why nothing can be written just now (disk full, read-only), if so.
    pub detail: Option<String>,
}

impl OutboxStatus {
    /// From (stream, unsent, oldest) of every stream; the sums are made here.
    pub fn new(
        streams: impl IntoIterator<Item = (u8, u64, Option<Timestamp>)>,
        disk_used: u64,
        disk_quota: u64,
    ) -> Self {
        let streams: Vec<_> = streams
            .into_iter()
            .map(|(stream, unsent, oldest_unsent_at)| {
                let name = super::stream_name(stream).to_owned();
                StreamStatus { stream, name, unsent, oldest_unsent_at }
            })
            .collect();
        Self {
            unsent: streams.iter().map(|stream| stream.unsent).sum(),
            oldest_unsent_at: streams.iter().filter_map(|stream| stream.oldest_unsent_at).min(),
            streams,
            disk_used,
            disk_quota,
            detail: None,
        }
    }
}

/// Money for people and programs: a decimal string, never a float.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// `12.34`.
    pub amount: String,
    /// Of what.
    pub currency: Currency,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount: money.to_decimal().to_string(), currency: money.currency }
    }
}

/// The business day so far, as seen by this run of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    /// Which day in the books.
    pub business_day: BusinessDay,
    /// These figures hold what was rung since then: the day's start, or the agent's if that is later.
    pub counted_since: Timestamp,
    /// Sales and returns.
    pub receipts: u64,
    /// Their lines.
    pub lines: u64,
    /// Σ of their totals, returns subtracted, in the store's currency.
    pub takings: Amount,
    /// When the last of them was closed.
    pub last_sale_at: Option<Timestamp>,
}

/// A receipt in one row: no lines, no customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptSummary {
    /// The till's number.
    pub number: String,
    /// The till.
    pub terminal: TerminalId,
    /// Sale, return, ….
    pub kind: ReceiptKind,
    /// The wire it came on.
    pub source: ReceiptSource,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// What the customer paid.
    pub total: Amount,
    /// How many lines.
    pub lines: u32,
}

impl From<&Receipt> for ReceiptSummary {
    fn from(receipt: &Receipt) -> Self {
        Self {
            number: receipt.key.number.clone(),
            terminal: receipt.key.terminal.clone(),
            kind: receipt.kind,
            source: receipt.source,
            closed_at: receipt.closed_at,
            total: Money { minor: receipt.total_minor, currency: receipt.currency }.into(),
            lines: receipt.lines.len() as u32,
        }
    }
}

/// A channel and its latest reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorStatus {
    /// Unique in the store.
    pub id: SensorId,
    /// For people.
    pub name: String,
    /// None until it is declared.
    pub measure: Option<Measure>,
    /// Its unit, SenML.
    pub unit: String,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
    /// When it was measured.
    pub at: Option<Timestamp>,
    /// What was measured; none when it never was, or is not a number.
    pub value: Option<f64>,
    /// How far to trust it.
    pub quality: Option<Quality>,
    /// Why it is not good.
    pub detail: Option<String>,
    /// (seconds since 1970, value) of about the last half hour.
    pub curve: Vec<(i64, f64)>,
}

/// How an input is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputState {
    /// Not yet listening or connected.
    Starting,
    /// Listening or connected.
    Running,
    /// Waits after an error.
    BackingOff,
    /// Connected, and what came last could not be read.
    Impaired,
}

impl InputState {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Starting => 0,
            Self::Running => 1,
            Self::BackingOff => 2,
            Self::Impaired => 3,
        }
    }

    pub(super) fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Running,
            2 => Self::BackingOff,
            3 => Self::Impaired,
            _ => Self::Starting,
        }
    }
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputStatus {
    /// As configured.
    pub name: String,
    /// Its section in `edge.toml`.
    pub kind: String,
    /// How it is doing.
    pub state: InputState,
    /// Connected tills or relays.
    pub peers: u32,
    /// Records so far in this run.
    pub records: u64,
    /// What it could not read so far.
    pub errors: u64,
    /// How often it had to start again.
    pub restarts: u64,
    /// Records in the last minute.
    #[serde(default)]
    pub per_minute: u64,
    /// When the last record came.
    pub last_at: Option<Timestamp>,
    /// What it said, in words.
    #[serde(default)]
    pub last_record: Option<String>,
    /// The last error.
    pub detail: Option<String>,
    /// When that was.
    pub detail_at: Option<Timestamp>,
    /// The last bytes of the wire, scrubbed; what is not printable stands as `\xNN`.
    pub last_bytes: String,
}

impl From<&InputStatus> for InputV1 {
    fn from(input: &InputStatus) -> Self {
        Self {
            name: input.name.clone(),
            kind: input.kind.clone(),
            state: input.state.code(),
            detail: input.detail.clone(),
            records: input.records,
            last_us: input.last_at.map(Timestamp::as_microsecond),
        }
    }
}

/// What happened since the process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Receipts made durable; one that a till sent again counts again.
    pub receipts: u64,
    /// Put aside unread.
    pub quarantined: u64,
    /// Drawer without sale.
    pub no_sale: u64,
}

/// Bytes as people can read them in a status line.
pub(super) fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                c if c.is_control() => {
                    let _ = write!(text, "\\x{:02x}", u32::from(c));
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}
