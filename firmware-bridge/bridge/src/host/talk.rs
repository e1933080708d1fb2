//! What a host is told, and what it tells.

use std::sync::Arc;

use vyavs_frame::message::{Hello, Policy};
use vyavs_frame::version::{SPOKEN, Versions};

use super::{Order, Outcome, Update, UpdateNews};

/// How a board is talked to.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// What is spoken: [`SPOKEN`], but for tests.
    pub versions: Versions,
    /// How readings are sent.
    pub policy: Policy,
    /// How often the board is asked for its time; a board that says nothing for three times as long is lost.
    pub time_every_us: u64,
}

impl Default for HostConfig {
    fn default() -> Self {
        let policy = Policy { period_ms: 1_000, batch: 50, window: 4 };
        Self { versions: SPOKEN, policy, time_every_us: 5_000_000 }
    }
}

/// Both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Never jumps; µs since whenever.
    pub steady_us: u64,
    /// µs since 1970; may jump.
    pub wall_us: i64,
}

/// How far a board's readings are on disk: what a consumer keeps, so that its next run goes on there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Which board.
    pub hw_id: [u8; 16],
    /// Which of its runs.
    pub boot: u32,
    /// The first number that is not on disk.
    pub next: u64,
}

/// What happens to the host.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// The port is open.
    Opened,
    /// The port is gone.
    Closed,
    /// Bytes came in.
    Bytes(&'a [u8]),
    /// Nothing; time passed.
    Tick,
    /// The readings of `boot` below `next` are on disk.
    Kept {
        /// Which run.
        boot: u32,
        /// The first that is not.
        next: u64,
    },
    /// The event is on disk.
    EventKept {
        /// Which run.
        boot: u32,
        /// Which.
        id: u32,
    },
    /// The board is to do something; answered by [`Output::Ordered`] with the number the effects begin with.
    Order(Order),
    /// The board is to run another image.
    Update(Arc<Update>),
}

/// One reading in wall time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardReading {
    /// Which of the board's channels.
    pub channel: u8,
    /// When it was taken, µs since 1970.
    pub at_us: i64,
    /// In thousandths of the channel's unit.
    pub value: i32,
    /// 0 good, 1 suspect; anything else is bad.
    pub quality: u8,
}

/// Readings that come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings {
    /// Of which run.
    pub boot: u32,
    /// The first one's number.
    pub first: u64,
    /// In order, at least one.
    pub readings: Vec<BoardReading>,
}

impl Readings {
    /// What [`Input::Kept`] says when these are on disk.
    pub fn next(&self) -> u64 {
        self.first + self.readings.len() as u64
    }
}

/// Something happened at the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardEvent {
    /// Of which run.
    pub boot: u32,
    /// Which, within it.
    pub id: u32,
    /// What, by the firmware's own table.
    pub kind: u16,
    /// 0 info, 1 warning, 2 critical.
    pub severity: u8,
    /// When, µs since 1970.
    pub at_us: i64,
    /// More of it.
    pub payload: Vec<u8>,
}

/// What is to be done, or told.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Put this on the line.
    Send(Vec<u8>),
    /// A conversation began.
    Greeted {
        /// With whom.
        hello: Hello,
        /// In which version; `None` where none is common: only ping and update work then.
        proto: Option<u16>,
    },
    /// Readings, in order; keep them, then say [`Input::Kept`].
    Readings(Readings),
    /// The board's memory was full: so many readings of this run are gone.
    Lost {
        /// Which run.
        boot: u32,
        /// How many.
        count: u64,
    },
    /// An event; keep it, then say [`Input::EventKept`].
    Event(BoardEvent),
    /// The order has this number.
    Ordered(u32),
    /// How an order ended.
    OrderDone(u32, Outcome),
    /// How the update goes.
    Update(UpdateNews),
    /// A line from the board: 0 debug, 1 info, 2 warning, 3 error.
    Log(u8, String),
    /// There is no conversation, and why, in words for people.
    Silent(String),
}
