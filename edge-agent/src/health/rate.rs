//! How many records came in the last minute: six counters of ten seconds each, whatever the rate.

/// Seconds a counter covers.
const SLOT_S: i64 = 10;
/// Counters: a minute.
const SLOTS: usize = 6;

/// Counts, in the last minute. A clock that jumps starts it anew.
#[derive(Debug, Default)]
pub(super) struct Rate {
    counts: [u64; SLOTS],
    /// Which ten seconds the newest counter is of.
    newest: i64,
}

impl Rate {
    /// `n` more at `now_s`, seconds of any clock.
    pub(super) fn add(&mut self, now_s: i64, n: u64) {
        self.advance(now_s);
        self.counts[self.newest.rem_euclid(SLOTS as i64) as usize] += n;
    }

    /// Records in the minute that ends at `now_s`, to ten seconds.
    pub(super) fn per_minute(&mut self, now_s: i64) -> u64 {
        self.advance(now_s);
        self.counts.iter().sum()
    }

    fn advance(&mut self, now_s: i64) {
        let slot = now_s.div_euclid(SLOT_S);
        let ahead = slot - self.newest;
        if !(0..SLOTS as i64).contains(&ahead) {
            *self = Self { counts: [0; SLOTS], newest: slot };
        }
        while self.newest < slot {
            self.newest += 1;
            self.counts[self.newest.rem_euclid(SLOTS as i64) as usize] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_counted_and_older_records_are_forgotten() {
        let mut rate = Rate::default();
        for second in 1_000..1_060 {
            rate.add(second, 2);
        }
        assert_eq!(rate.per_minute(1_059), 120);
        assert_eq!(rate.per_minute(1_079), 80, "two of six counters are over");
        assert_eq!(rate.per_minute(1_200), 0);
        rate.add(1_201, 5);
        rate.add(7, 3);
        assert_eq!(rate.per_minute(8), 3, "a clock that was set back starts anew");
        rate.add(-5, 1);
        assert_eq!(rate.per_minute(-5), 1);
    }
}
