//! The clocks of all devices: what is known of them, kept, and an alarm while one is wrong.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tracing::{info, warn};
use uuid::Uuid;
use vyavs_delivery::frame::Header;
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::ids::{AlarmId, DeviceIdentity};
use vyavs_store::{DeviceClock, Origin, StoreError, Tx, alarms, clocks};
use vyavs_wire::up::HelloV1;

use super::tell::News;
use super::timeline::{MOST_MARKS, Timeline};

/// People are told of a clock that is further ahead, µs.
const AHEAD_US: i64 = 10_000_000;
/// Or further behind: what waits in a queue of ours looks like a clock that is behind.
const BEHIND_US: i64 = 120_000_000;
/// A picture of now is reckoned by its own arrival when its clock is further off, µs: it may have waited.
const NOW_US: i64 = 60_000_000;
/// What the alarm is about.
const SUBJECT: &str = "clock";

/// See the module. What is in here is in the database too.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    timelines: HashMap<DeviceIdentity, Timeline>,
    /// What people were told last, as far as this process knows; `None`: that it is right.
    told: HashMap<DeviceIdentity, Option<String>>,
}

fn identity(origin: &Origin) -> DeviceIdentity {
    DeviceIdentity { org: origin.org, store: origin.store, device: origin.device }
}

impl Clocks {
    async fn timeline(&mut self, tx: &mut Tx<'_>, origin: &Origin) -> Result<&mut Timeline, StoreError> {
        match self.timelines.entry(identity(origin)) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let marks = clocks::newest(tx, origin.device, MOST_MARKS).await?;
                Ok(entry.insert(Timeline::of(marks)))
            }
        }
    }

    /// A hello came.
    pub(super) async fn hello(
        &mut self,
        tx: &mut Tx<'_>,
        origin: &Origin,
        hello: &HelloV1,
        news: &mut News,
    ) -> Result<(), StoreError> {
        let received_us = origin.received_at.as_microsecond();
        let (ahead_us, fresh) = self.timeline(tx, origin).await?.hello(hello, received_us);
        if let Some(mark) = fresh {
            clocks::keep(tx, origin, &mark).await?;
        }
        // A new session: whatever was told before, look again.
        self.told.remove(&identity(origin));
        self.judge(tx, origin, ahead_us, news).await
    }

    /// What the clock was worth that dated this frame.
    pub(super) async fn frame(
        &mut self,
        tx: &mut Tx<'_>,
        origin: &Origin,
        header: &Header,
    ) -> Result<DeviceClock, StoreError> {
        let (clock, fresh) = self.timeline(tx, origin).await?.frame(header, origin.received_at.as_microsecond());
        if let Some(mark) = fresh {
            clocks::keep(tx, origin, &mark).await?;
        }
        Ok(clock)
    }

    /// A picture of now came, dated by the device: what its clock is worth now.
    pub(super) async fn now(
        &mut self,
        tx: &mut Tx<'_>,
        origin: &Origin,
        at_us: i64,
        news: &mut News,
    ) -> Result<DeviceClock, StoreError> {
        let at_us = vyavs_domain::time::from_micros(at_us).as_microsecond();
        let ahead_us = at_us.saturating_sub(origin.received_at.as_microsecond());
        self.judge(tx, origin, ahead_us, news).await?;
        let wrong = ahead_us.unsigned_abs() > NOW_US.unsigned_abs();
        Ok(if wrong { DeviceClock { ahead_us, wall_us: at_us } } else { DeviceClock::default() })
    }

    /// Raises or clears the alarm; asks the database only when something may have changed.
    async fn judge(
        &mut self,
        tx: &mut Tx<'_>,
        origin: &Origin,
        ahead_us: i64,
        news: &mut News,
    ) -> Result<(), StoreError> {
        let identity = identity(origin);
        let wrong = !(-BEHIND_US..=AHEAD_US).contains(&ahead_us);
        let sentence = wrong.then(|| sentence(ahead_us));
        if self.told.get(&identity) == Some(&sentence) {
            return Ok(());
        }
        self.told.insert(identity, sentence.clone());
        let Some(reason) = sentence else {
            for alarm in alarms::clear(tx, origin, SUBJECT, origin.received_at).await? {
                info!(device.id = %origin.device, "the device's clock is right again");
                news.alarm(identity, &alarm);
            }
            return Ok(());
        };
        let seconds = ahead_us as f64 / 1e6;
        let alarm = Alarm {
            id: AlarmId(Uuid::new_v4()),
            kind: AlarmKind::Device,
            severity: Severity::Warning,
            subject: SUBJECT.to_owned(),
            raised_at: origin.received_at,
            cleared_at: None,
            value: Some(seconds),
            limit: Some(if ahead_us > 0 { AHEAD_US } else { -BEHIND_US } as f64 / 1e6),
            reason,
            model: None,
        };
        if alarms::raise(tx, origin, &alarm).await? {
            warn!(device.id = %origin.device, "{}", alarm.reason);
            news.alarm(identity, &alarm);
        }
        Ok(())
    }
}

/// For people.
fn sentence(ahead_us: i64) -> String {
    // Rounded: what lies between saying and hearing is not told as a day less.
    let seconds = ahead_us.unsigned_abs().saturating_add(500_000) / 1_000_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    let much = match (days, hours, minutes) {
        (731.., _, _) => format!("{} years", (days * 100 + 18_262) / 36_525),
        (2.., _, _) => format!("{days} days"),
        (_, 2.., _) => format!("{hours} hours"),
        (_, _, 2..) => format!("{minutes} minutes"),
        _ => format!("{seconds} seconds"),
    };
    let which = if ahead_us > 0 { "ahead of" } else { "behind" };
    format!(
        "the box's clock is {much} {which} the hub's: readings and alarms are shown at the corrected time, tickets keep the day their till said; set the box's clock"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_how_far_and_in_which_direction() {
        let said = |seconds: i64| sentence(seconds * 1_000_000);
        assert!(said(3_652 * 86_400).starts_with("the box's clock is 10 years ahead of the hub's"));
        assert!(said(30 * 86_400).contains("30 days ahead"));
        assert!(sentence(7_199_999_900).contains("2 hours ahead"));
        assert!(said(-7_300).contains("2 hours behind the hub's"));
        assert!(said(125).contains("2 minutes ahead"));
        assert!(said(-11).contains("11 seconds behind"));
        assert!(sentence(i64::MIN).contains("years behind"));
    }
}
