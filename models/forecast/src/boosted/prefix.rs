//! Means of any window in one step.

/// Running sums over a series with gaps.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Prefix {
    /// NaN is a gap.
    pub(crate) fn new(values: impl Iterator<Item = f32>) -> Self {
        let (mut sums, mut counts) = (vec![0.0], vec![0]);
        let (mut sum, mut count) = (0.0, 0);
        for value in values {
            if !value.is_nan() {
                sum += f64::from(value);
                count += 1;
            }
            sums.push(sum);
            counts.push(count);
        }
        Self { sums, counts }
    }

    /// Mean over steps `from` up to, not including, `to`; `None` where all are gaps. Steps outside count as gaps.
    pub(crate) fn mean(&self, from: i64, to: i64) -> Option<f64> {
        let (sum, count) = self.sum(from, to);
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Sum and count of the same.
    pub(crate) fn sum(&self, from: i64, to: i64) -> (f64, u32) {
        let last = self.sums.len() as i64 - 1;
        let (from, to) = (from.clamp(0, last) as usize, to.clamp(0, last) as usize);
        if from >= to {
            return (0.0, 0);
        }
        (self.sums[to] - self.sums[from], self.counts[to] - self.counts[from])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_do_not_count() {
        let prefix = Prefix::new([1.0, f32::NAN, 3.0, 5.0].into_iter());
        assert_eq!(prefix.mean(0, 3), Some(2.0));
        assert_eq!(prefix.mean(1, 2), None);
        assert_eq!(prefix.mean(-5, 99), Some(3.0));
    }
}
