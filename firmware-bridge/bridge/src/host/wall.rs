//! Steady time as wall time, so that a wall clock that is set never puts a later reading before an earlier one.

/// A wall clock set back further than this was never right; there is no use in hiding it, µs.
const MAX_SLEW_US: i64 = 3_600_000_000;

/// What is added to steady time. Set forward it follows at once; set back by up to an hour it runs at half speed until
/// it is right again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wall {
    state: Option<(u64, i64)>,
    last_us: Option<i64>,
}

impl Wall {
    /// Looks at both clocks.
    pub fn look(&mut self, steady_us: u64, wall_us: i64) {
        let target = wall_us.saturating_sub_unsigned(steady_us);
        let offset = match self.state {
            Some((seen, used)) if target < used && used.saturating_sub(target) <= MAX_SLEW_US => {
                let most = i64::try_from(steady_us.saturating_sub(seen) / 2).unwrap_or(i64::MAX);
                target.max(used.saturating_sub(most))
            }
            _ => target,
        };
        self.state = Some((steady_us, offset));
    }

    /// A steady time as wall time, µs since 1970; never before one that was asked for earlier, unless the clock was set
    /// back by more than an hour.
    pub fn at_us(&mut self, steady_us: i64) -> i64 {
        let (_, offset) = self.state.unwrap_or_default();
        let at = steady_us.saturating_add(offset);
        let at = match self.last_us {
            Some(last) if last > at && last.saturating_sub(at) <= MAX_SLEW_US => last,
            _ => at,
        };
        self.last_us = Some(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_slows_down_and_one_set_forward_jumps() {
        let mut wall = Wall::default();
        wall.look(0, 1_000_000_000);
        assert_eq!(wall.at_us(5_000), 1_000_005_000);
        // Ten seconds back.
        let mut before = 0;
        for steady in (0..30_000_000).step_by(100_000) {
            wall.look(steady, 990_000_000 + steady as i64);
            let at = wall.at_us(steady as i64);
            assert!(at > before, "later is later");
            before = at;
        }
        assert_eq!(before, 990_000_000 + 29_900_000, "and it is right again after twice the step");
        wall.look(30_000_000, 5_000_000_000);
        assert_eq!(wall.at_us(30_000_000), 5_000_000_000);
        wall.look(31_000_000, 1_000_000_000);
        assert_eq!(wall.at_us(31_000_000), 1_000_000_000, "more than an hour is not hidden");
    }
}
