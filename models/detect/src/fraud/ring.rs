//! Sums over the last so many buckets of time, in a fixed ring; a step touches the buckets that enter and leave, no others.

use std::ops::{AddAssign, SubAssign};

/// `N` buckets of `WIDTH_S` seconds, of which the newest is the one of the last event, and sums over `W` windows: of the
/// newest bucket and so many before it, each fewer than `N` − 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ring<T, const N: usize, const W: usize, const WIDTH_S: i64> {
    cells: [T; N],
    sums: [T; W],
    newest: Option<i64>,
}

impl<T: Copy + Default, const N: usize, const W: usize, const WIDTH_S: i64> Default for Ring<T, N, W, WIDTH_S> {
    fn default() -> Self {
        Self { cells: [T::default(); N], sums: [T::default(); W], newest: None }
    }
}

impl<T, const N: usize, const W: usize, const WIDTH_S: i64> Ring<T, N, W, WIDTH_S>
where
    T: Copy + Default + AddAssign + SubAssign,
{
    /// Moves on to the bucket of `at_s` and adds `more` to it; answers the sums. What comes late counts as of now.
    pub(crate) fn add(&mut self, at_s: i64, windows: [usize; W], more: T) -> &[T; W] {
        let bucket = at_s.div_euclid(WIDTH_S);
        let newest = *self.newest.get_or_insert(bucket);
        let bucket = bucket.max(newest);
        if bucket.saturating_sub(newest) >= N as i64 {
            *self = Self { newest: Some(bucket), ..Self::default() };
        }
        for entered in self.newest.unwrap_or(bucket) + 1..=bucket {
            for (sum, before) in self.sums.iter_mut().zip(windows) {
                *sum -= self.cells[Self::place(entered - 1 - before as i64)];
            }
            self.cells[Self::place(entered)] = T::default();
        }
        self.newest = Some(bucket);
        self.cells[Self::place(bucket)] += more;
        self.sums.iter_mut().for_each(|sum| *sum += more);
        &self.sums
    }

    fn place(bucket: i64) -> usize {
        bucket.rem_euclid(N as i64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_events_themselves() {
        let mut ring: Ring<i64, 8, 2, 10> = Ring::default();
        let mut events: Vec<(i64, i64)> = Vec::new();
        let mut at_s: i64 = -500;
        for step in 0..400_i64 {
            at_s += [0, 3, 11, 25, 0, 140][(step * step % 6) as usize];
            events.push((at_s.div_euclid(10), step));
            let sums = *ring.add(at_s, [1, 6], step);
            let newest = at_s.div_euclid(10);
            let naive = [1, 6].map(|before| {
                events.iter().filter(|(bucket, _)| newest - bucket <= before).map(|(_, value)| value).sum::<i64>()
            });
            assert_eq!(sums, naive);
        }
    }
}
