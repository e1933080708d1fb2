//! What one device's clock showed, and when the things were that it dated: pure, from the marks the hub keeps.
//!
//! Order and dedupe never ask this; only what people read as a time does. A hello ties the device's wall and monotonic clocks
//! to the hub's. A frame carries both clocks as they were when it was closed, so its error follows, however long it lay on
//! disk. A wall clock that can be right is believed: monotonic time is asked where the wall clock cannot be.

use uuid::Uuid;
use vyavs_delivery::frame::Header;
use vyavs_domain::time::from_micros;
use vyavs_store::DeviceClock;
use vyavs_store::clocks::Mark;
use vyavs_wire::up::HelloV1;

/// A clock this near to the hub's is right, µs: the way from the device's clock to ours is not measured more closely.
const RIGHT_US: i64 = 2_000_000;
/// A clock that is behind by so much is right too, µs: a hello that waited in a queue of ours looks like that.
const QUEUE_US: i64 = 30_000_000;
/// The same for a device that compared clocks itself, round trip included, and found them alike.
const COMPARED_US: i64 = 60_000_000;
/// What a message may be ahead of its own arrival.
const SLACK_US: i64 = 5_000_000;
/// Nothing waits longer on a device. A smaller jump back between two hellos is not told from an earlier run of the agent
/// on the same boot, whose monotonic time began elsewhere; the next hello settles it.
const LONGEST_US: i64 = 400 * 86_400 * 1_000_000;
/// A hello that says nothing new is kept this often.
const HELLO_EVERY_MS: u64 = 10 * 60 * 1_000;
/// Marks kept in memory of one device; the database has them all.
pub(super) const MOST_MARKS: u32 = 64;

/// The marks of one device, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    marks: Vec<Mark>,
}

/// How far ahead counts as right.
fn settle(ahead_us: i64, right_us: i64) -> i64 {
    if (-right_us.max(QUEUE_US)..=right_us).contains(&ahead_us) { 0 } else { ahead_us }
}

/// What the wall clock showed when the device started to count; the same in one boot until somebody sets the clock.
fn base(mark: &Mark) -> i64 {
    mark.wall_us.saturating_sub(micros(mark.mono_ms))
}

fn micros(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000)
}

fn same_base(one: &Mark, other: &Mark) -> bool {
    base(one).abs_diff(base(other)) <= RIGHT_US.unsigned_abs()
}

/// A reading of 64 bits can be any number; what is no time becomes the first or last one.
fn wall(us: i64) -> i64 {
    from_micros(us).as_microsecond()
}

impl Timeline {
    /// As the database kept it.
    pub(super) fn of(marks: Vec<Mark>) -> Self {
        Self { marks }
    }

    /// A hello: how far ahead the device is, µs (0: right), and the mark to keep, if it says anything new.
    pub(super) fn hello(&mut self, hello: &HelloV1, received_us: i64) -> (i64, Option<Mark>) {
        let wall_us = wall(hello.wall_us);
        let mark = Mark {
            boot: Uuid::from_bytes(hello.boot_id),
            mono_ms: hello.mono_ms.min(i64::MAX as u64),
            wall_us,
            clock: hello.clock,
            received_us,
            hello: true,
            ahead_us: settle(wall_us.saturating_sub(received_us), RIGHT_US),
        };
        let known = self.marks.iter().any(|known| {
            known.hello
                && known.boot == mark.boot
                && known.mono_ms.abs_diff(mark.mono_ms) < HELLO_EVERY_MS
                && same_base(known, &mark)
                && known.ahead_us.abs_diff(mark.ahead_us) <= 1_000_000
        });
        (mark.ahead_us, (!known).then(|| self.keep(mark)))
    }

    /// A frame: what its device's clock was worth, and the mark to keep when it shows a state of that clock for the first time.
    pub(super) fn frame(&mut self, header: &Header, received_us: i64) -> (DeviceClock, Option<Mark>) {
        let mut mark = Mark {
            boot: Uuid::from_bytes(header.boot_id),
            mono_ms: header.mono_ms.min(i64::MAX as u64),
            wall_us: wall(header.wall_us),
            clock: header.clock,
            received_us,
            hello: false,
            ahead_us: 0,
        };
        mark.ahead_us = self.ahead(&mark);
        let clock = match mark.ahead_us {
            0 => DeviceClock::default(),
            ahead_us => DeviceClock { ahead_us, wall_us: mark.wall_us },
        };
        let known = self.marks.iter().any(|known| {
            !known.hello && known.boot == mark.boot && known.clock == mark.clock && same_base(known, &mark)
        });
        (clock, (!known).then(|| self.keep(mark)))
    }

    fn keep(&mut self, mark: Mark) -> Mark {
        if self.marks.len() >= MOST_MARKS as usize {
            // Hellos are worth more: a clock that runs wild must not push them out.
            let oldest = self.marks.iter().position(|mark| !mark.hello).unwrap_or(0);
            self.marks.remove(oldest);
        }
        self.marks.push(mark);
        mark
    }

    /// How far the device's clock was ahead when it closed this frame, µs; 0 when it was right.
    fn ahead(&self, frame: &Mark) -> i64 {
        let hellos = || self.marks.iter().filter(|mark| mark.hello);
        let near = |mark: &&Mark| mark.mono_ms.abs_diff(frame.mono_ms);
        let of_boot = || hellos().filter(|mark| mark.boot == frame.boot);
        let right_us = if frame.clock == 0 { COMPARED_US } else { RIGHT_US };
        // The same clock as in a hello of this boot, not set in between.
        if let Some(hello) = of_boot().filter(|mark| same_base(mark, frame)).min_by_key(near) {
            return settle(hello.wall_us.saturating_sub(hello.received_us), right_us);
        }
        // Another boot, or the clock was set: as wrong as at the last hello, if that makes a possible time.
        let last = hellos().next_back().map_or(0, |mark| mark.ahead_us);
        let earliest = frame.received_us.saturating_sub(LONGEST_US);
        let possible = |ahead: i64| {
            let at = frame.wall_us.saturating_sub(ahead);
            at >= earliest.saturating_sub(SLACK_US) && at <= frame.received_us.saturating_add(SLACK_US)
        };
        if possible(last) {
            return last;
        }
        // By monotonic time from the nearest hello of this boot; no later than it came.
        if let Some(hello) = of_boot().min_by_key(near) {
            let at = hello.received_us.saturating_sub(micros(hello.mono_ms)).saturating_add(micros(frame.mono_ms));
            if at <= frame.received_us.saturating_add(SLACK_US) {
                return settle(frame.wall_us.saturating_sub(at.min(frame.received_us)), right_us);
            }
        }
        // Nothing is known but when it came.
        settle(frame.wall_us.saturating_sub(frame.received_us), right_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vyavs_wire::record::Stream;

    const NOW: i64 = 1_790_000_000_000_000;
    const SECOND: i64 = 1_000_000;
    const TEN_YEARS: i64 = 3_652 * 86_400 * SECOND;

    /// A device: its boot, and how wrong its wall clock is.
    #[derive(Clone, Copy)]
    struct Device {
        boot: u8,
        booted: i64,
        ahead: i64,
    }

    impl Device {
        fn hello(self, at: i64) -> HelloV1 {
            HelloV1 {
                protocol: 1,
                agent: "0.1.0".to_owned(),
                epoch: 1,
                boot_id: [self.boot; 16],
                mono_ms: ((at - self.booted) / 1_000) as u64,
                wall_us: at + self.ahead,
                clock: 2,
                incarnation: None,
                streams: Vec::new(),
            }
        }

        fn frame(self, at: i64, clock: u8) -> Header {
            Header {
                stream: Stream::Telemetry,
                epoch: 1,
                first: 1,
                count: 1,
                boot_id: [self.boot; 16],
                mono_ms: ((at - self.booted) / 1_000) as u64,
                wall_us: at + self.ahead,
                clock,
                prev: [0; 16],
            }
        }
    }

    /// How far from the truth a frame closed at `closed` and received at `received` is put, µs.
    fn error(timeline: &mut Timeline, device: Device, closed: i64, clock: u8, received: i64) -> i64 {
        let (worth, _) = timeline.frame(&device.frame(closed, clock), received);
        worth.event_time(from_micros(closed + device.ahead)).as_microsecond() - closed
    }

    #[test]
    fn a_clock_ten_years_off_in_either_direction_puts_every_reading_where_it_was() {
        for ahead in [TEN_YEARS, -TEN_YEARS, 3_600 * SECOND, -86_400 * SECOND] {
            let device = Device { boot: 1, booted: NOW - 7_200 * SECOND, ahead };
            let mut timeline = Timeline::default();
            let (found, kept) = timeline.hello(&device.hello(NOW), NOW + 20_000);
            assert_eq!((found, kept.is_some()), (ahead - 20_000, true));
            // An hour of backlog from before the hello, then live; and after the link was lost, in holdover.
            for (closed, clock, received) in [
                (NOW - 3_600 * SECOND, 2, NOW),
                (NOW + SECOND, 2, NOW + 2 * SECOND),
                (NOW + 60 * SECOND, 1, NOW + 900 * SECOND),
            ] {
                let off = error(&mut timeline, device, closed, clock, received);
                assert!(off.abs() <= SECOND, "{ahead}: {off}");
            }
            // The same wrong clock in an earlier boot that never reached the hub.
            let earlier = Device { boot: 2, booted: NOW - 90_000 * SECOND, ahead };
            let off = error(&mut timeline, earlier, NOW - 86_400 * SECOND, 2, NOW + SECOND);
            assert!(off.abs() <= SECOND, "{ahead}: {off}");
        }
    }

    #[test]
    fn a_clock_that_is_right_is_not_touched_whatever_the_line_does() {
        let device = Device { boot: 1, booted: NOW - 100 * SECOND, ahead: 150_000 };
        let mut timeline = Timeline::default();
        // A hello that waited in a queue of ours, and one that waited so long that only the device knows better: it
        // compared clocks itself.
        assert_eq!(timeline.hello(&device.hello(NOW), NOW + 20 * SECOND).0, 0);
        assert_eq!(timeline.frame(&device.frame(NOW - SECOND, 2), NOW + 21 * SECOND).0, DeviceClock::default());
        let mut timeline = Timeline::default();
        assert_eq!(timeline.hello(&device.hello(NOW), NOW + 50 * SECOND).0, 150_000 - 50 * SECOND);
        assert_eq!(timeline.frame(&device.frame(NOW + SECOND, 0), NOW + 51 * SECOND).0, DeviceClock::default());
        let mut timeline = Timeline::default();
        timeline.hello(&device.hello(NOW), NOW + 100_000);
        for (closed, clock, received) in [(NOW - 90 * SECOND, 2, NOW), (NOW + SECOND, 0, NOW + 40 * SECOND)] {
            assert_eq!(timeline.frame(&device.frame(closed, clock), received).0, DeviceClock::default());
        }
        // The program was started anew on a box that was not: its monotonic time began again under the same boot.
        let before = Device { booted: NOW - 50_000 * SECOND, ..device };
        assert_eq!(timeline.frame(&before.frame(NOW - 40_000 * SECOND, 2), NOW).0, DeviceClock::default());
    }

    #[test]
    fn a_clock_that_jumps_between_two_hellos_is_found_out_by_monotonic_time() {
        for jump in [TEN_YEARS, -TEN_YEARS] {
            let good = Device { boot: 1, booted: NOW - 100 * SECOND, ahead: 0 };
            let mut timeline = Timeline::default();
            timeline.hello(&good.hello(NOW), NOW);
            assert_eq!(error(&mut timeline, good, NOW + SECOND, 0, NOW + SECOND), 0);
            let jumped = Device { ahead: jump, ..good };
            // It still believes itself synced.
            assert_eq!(error(&mut timeline, jumped, NOW + 500 * SECOND, 0, NOW + 501 * SECOND), 0);
            assert_eq!(error(&mut timeline, jumped, NOW + 9_000 * SECOND, 1, NOW + 90_000 * SECOND), 0);
        }
        // 1970 at power-on, set right by NTP before the first hello.
        let unset = Device { boot: 1, booted: NOW - 7_200 * SECOND, ahead: -NOW + 7_200 * SECOND };
        let set = Device { ahead: 0, ..unset };
        let mut timeline = Timeline::default();
        timeline.hello(&set.hello(NOW), NOW);
        assert_eq!(error(&mut timeline, unset, NOW - 7_000 * SECOND, 2, NOW + SECOND), 0);
    }

    #[test]
    fn nothing_is_ever_shown_later_than_it_came_and_no_number_overflows() {
        let mut timeline = Timeline::default();
        // A boot the hub never heard of, ten years ahead.
        let stranger = Device { boot: 9, booted: NOW - SECOND, ahead: TEN_YEARS };
        assert_eq!(error(&mut timeline, stranger, NOW - SECOND / 2, 2, NOW), SECOND / 2);
        for wall_us in [i64::MIN, i64::MAX] {
            for mono_ms in [0, u64::MAX] {
                timeline.hello(&HelloV1 { wall_us, mono_ms, ..stranger.hello(NOW) }, NOW);
                let header = Header { wall_us, mono_ms, ..stranger.frame(NOW, 0) };
                let (clock, _) = timeline.frame(&header, NOW);
                let at = clock.event_time(from_micros(wall_us)).as_microsecond();
                assert!(at <= NOW + SLACK_US, "{wall_us} {mono_ms}: {at}");
            }
        }
    }

    #[test]
    fn what_says_nothing_new_is_not_kept_again() {
        let device = Device { boot: 1, booted: NOW - 100 * SECOND, ahead: TEN_YEARS };
        let mut timeline = Timeline::default();
        let hellos = (0..600).filter(|n| {
            let at = NOW + n * SECOND;
            timeline.hello(&device.hello(at), at + 1_000).1.is_some()
        });
        assert_eq!(hellos.count(), 1);
        let frames = (0..600).filter(|n| {
            let at = NOW + n * SECOND;
            timeline.frame(&device.frame(at, u8::from(*n > 300)), at + 1_000).1.is_some()
        });
        assert_eq!(frames.count(), 2, "once synced, once in holdover");
        for n in 0..1_000 {
            let wild = Device { ahead: n * 5 * SECOND, ..device };
            timeline.frame(&wild.frame(NOW, 2), NOW);
        }
        assert!(timeline.marks.len() <= MOST_MARKS as usize);
    }
}
