//! Where a batch comes from, and what became of it.

use jiff::Timestamp;
use rust_decimal::Decimal;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::time::from_micros;
use vyavs_vault::pseudonym::Pseudonym;

/// The device whose records a batch holds, and when the hub took them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The retailer.
    pub org: OrgId,
    /// The shop.
    pub store: StoreId,
    /// The box.
    pub device: DeviceId,
    /// Of its buffer.
    pub epoch: u64,
    /// The hub's wall clock when the batch came.
    pub received_at: Timestamp,
    /// What is known of the box's clock when it wrote the batch.
    pub clock: DeviceClock,
}

/// How wrong a device's clock was. The default is a clock that is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceClock {
    /// How far it was ahead of the hub's, µs; 0 when it was right.
    pub ahead_us: i64,
    /// What it showed when the batch was closed, µs since 1970; 0 when it was right.
    pub wall_us: i64,
}

/// A till whose time is this near to the box's wrong clock takes its time from that clock, µs.
const FOLLOWS_US: u64 = 10 * 60 * 1_000_000;

impl DeviceClock {
    /// When something was that the device dated `said`.
    pub fn event_time(&self, said: Timestamp) -> Timestamp {
        if self.ahead_us == 0 {
            return said;
        }
        from_micros(said.as_microsecond().saturating_sub(self.ahead_us))
    }

    /// What the device said, where that is not the event time.
    pub fn device_time(&self, said: Timestamp) -> Option<Timestamp> {
        (self.ahead_us != 0).then_some(said)
    }

    /// The clock behind a time that came from a till: the box's own where the till's time follows the wrong one, else
    /// one that is taken at its word. A till has a clock of its own, and only the box's is known.
    pub fn behind(&self, till_said: Timestamp) -> Self {
        let near = till_said.as_microsecond().abs_diff(self.wall_us) <= FOLLOWS_US;
        // A clock that is off by less could be followed or not: nobody can tell.
        if near && self.ahead_us.unsigned_abs() > 2 * FOLLOWS_US { *self } else { Self::default() }
    }
}

impl Origin {
    /// Of an identity as the certificate proved it.
    pub fn new(identity: DeviceIdentity, epoch: u64, received_at: Timestamp) -> Self {
        Self {
            org: identity.org,
            store: identity.store,
            device: identity.device,
            epoch,
            received_at,
            clock: DeviceClock::default(),
        }
    }

    /// The same with what is known of the box's clock.
    pub fn by(self, clock: DeviceClock) -> Self {
        Self { clock, ..self }
    }
}

/// What became of the rows of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// Stored now.
    pub new: u64,
    /// Stored before, with the same identity; dropped and counted.
    pub duplicate: u64,
}

impl std::ops::AddAssign for Inserted {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.duplicate += other.duplicate;
    }
}

/// A row beyond what can be stored or summed. It belongs among the dead letters; asked before the insert
/// (`HeadRow::check`, `LineRow::check`), for an insert that meets one refuses its whole batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {seq}: {what} is {got}, expected {expected}")]
pub struct Unstorable {
    /// Which record.
    pub seq: u64,
    /// Which field.
    pub what: &'static str,
    /// What it says.
    pub got: String,
    /// What it may say.
    pub expected: &'static str,
}

/// Sums of a day must stay within 64 bits: ten trillion of a currency with cents.
const MOST_MINOR: u64 = 1_000_000_000_000_000;
/// Pieces or kilograms on one line.
const MOST_QUANTITY: i64 = 1_000_000_000;
/// What an index entry takes with room to spare (PostgreSQL's limit is 2,704 bytes for all columns).
const MOST_KEY: usize = 1_000;

/// One look at a row, reporting the first thing wrong.
pub(crate) struct Check(pub(crate) u64);

impl Check {
    fn wrong(&self, what: &'static str, got: String, expected: &'static str) -> Result<(), Unstorable> {
        Err(Unstorable { seq: self.0, what, got, expected })
    }

    pub(crate) fn minor(&self, what: &'static str, minor: i64) -> Result<(), Unstorable> {
        if minor.unsigned_abs() <= MOST_MINOR {
            return Ok(());
        }
        self.wrong(what, minor.to_string(), "at most 10^15 minor units")
    }

    pub(crate) fn quantity(&self, what: &'static str, quantity: Decimal) -> Result<(), Unstorable> {
        if quantity.abs() <= Decimal::from(MOST_QUANTITY) {
            return Ok(());
        }
        self.wrong(what, quantity.to_string(), "at most 10^9")
    }

    pub(crate) fn key(&self, what: &'static str, text: &str) -> Result<(), Unstorable> {
        if text.len() <= MOST_KEY {
            return Ok(());
        }
        self.wrong(what, format!("{} bytes long", text.len()), "at most 1,000 bytes")
    }

    pub(crate) fn pseudonym(&self, what: &'static str, text: &str) -> Result<(), Unstorable> {
        match Pseudonym::try_from(text.to_owned()) {
            Ok(_) => Ok(()),
            Err(_) => {
                self.wrong(what, format!("a text of {} bytes", text.len()), "a pseudonym, never the number itself")
            }
        }
    }

    pub(crate) fn seq(&self) -> Result<(), Unstorable> {
        if i64::try_from(self.0).is_ok() {
            return Ok(());
        }
        self.wrong("the sequence number", self.0.to_string(), "below 2^63")
    }
}

/// A number of the protocol as a column; [`Check::seq`] and the cursor keep it below 2^63.
pub(crate) fn int(number: u64) -> i64 {
    number as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_follows_a_wrong_clock_is_moved_with_it() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let ten_years = 3_652 * 86_400 * 1_000_000_i64;
        let wall = at("2036-02-03T12:00:00Z");
        let wrong = DeviceClock { ahead_us: ten_years, wall_us: wall.as_microsecond() };
        assert_eq!(wrong.event_time(wall), at("2026-02-03T12:00:00Z"));
        assert_eq!(wrong.device_time(wall), Some(wall));
        assert_eq!(wrong.behind(at("2036-02-03T11:59:00Z")), wrong);
        assert_eq!(wrong.behind(at("2026-02-03T11:59:00Z")), DeviceClock::default(), "the till has its own clock");
        let minutes = DeviceClock { ahead_us: 300_000_000, ..wrong };
        assert_eq!(minutes.behind(wall), DeviceClock::default());
        assert_eq!(
            (minutes.event_time(Timestamp::MIN), DeviceClock::default().event_time(wall)),
            (Timestamp::MIN, wall)
        );
        assert_eq!(DeviceClock::default().device_time(wall), None);
    }
}
