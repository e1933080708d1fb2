//! What devices' clocks showed, raw, and what the hub made of it: the ground on which event times are reckoned.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::DeviceId;

use crate::Result;
use crate::columns::{Id, instant};
use crate::origin::{Origin, int};
use crate::tx::{Tx, execute, fetch_all};

/// One look at a device's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The device's run; monotonic time is only comparable within it.
    pub boot: Uuid,
    /// Monotonic time since boot, ms.
    pub mono_ms: u64,
    /// The device's wall clock, µs since 1970.
    pub wall_us: i64,
    /// 0 synced, 1 holdover, 2 unset: the device's own judgement.
    pub clock: u8,
    /// The hub's wall clock when the message came, µs since 1970.
    pub received_us: i64,
    /// It was said in a hello, so that receiving and saying are one moment. A frame may have lain on disk.
    pub hello: bool,
    /// How far the device was found ahead of the hub, µs; 0 when it was right.
    pub ahead_us: i64,
}

/// Keeps a mark; one that is here already stays as it is.
pub async fn keep(tx: &mut Tx<'_>, origin: &Origin, mark: &Mark) -> Result<()> {
    const SQL: &str =
        "insert into clock_marks (device_id, boot_id, mono_ms, hello, org_id, wall_us, clock, received_at,
            ahead_us)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";
    execute!(
        tx,
        SQL,
        origin.device,
        mark.boot,
        int(mark.mono_ms),
        mark.hello,
        origin.org,
        mark.wall_us,
        i64::from(mark.clock),
        mark.received_us,
        mark.ahead_us
    )?;
    Ok(())
}

type Row = (Id, i64, i64, i64, i64, bool, i64);

/// The newest marks of a device, oldest first.
pub async fn newest(tx: &mut Tx<'_>, device: DeviceId, limit: u32) -> Result<Vec<Mark>> {
    const SQL: &str = "select boot_id, mono_ms, wall_us, clock, received_at, hello, ahead_us from clock_marks
        where device_id = $1 order by received_at desc, mono_ms desc limit $2";
    let mark = |(boot, mono, wall_us, clock, received_us, hello, ahead_us): Row| Mark {
        boot: boot.0,
        mono_ms: mono as u64,
        wall_us,
        clock: clock as u8,
        received_us,
        hello,
        ahead_us,
    };
    let mut marks: Vec<Mark> = fetch_all!(tx, Row, SQL, device, i64::from(limit))?.into_iter().map(mark).collect();
    marks.reverse();
    Ok(marks)
}

impl Mark {
    /// When the message came.
    pub fn received_at(&self) -> Timestamp {
        instant(self.received_us)
    }
}
