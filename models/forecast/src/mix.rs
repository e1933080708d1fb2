//! Two forecasts of one panel as one: quantile by quantile, by a weight that past folds have chosen.

use crate::path::Fan;

/// Weights that are tried are so many parts of one.
const PARTS: u32 = 10;

/// What two models said of the same steps, and what came; NaN where nothing is known.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    /// What the one said.
    pub one: &'a Fan,
    /// What the other said.
    pub other: &'a Fan,
    /// What came, a value a step.
    pub came: &'a [f64],
}

/// The share of the first model that would have had the least pinball loss over `met`, in tenths; `None` where nothing
/// came.
pub fn weight(met: &[Met<'_>]) -> Option<f64> {
    let known = met.iter().any(|met| met.came.iter().any(|came| came.is_finite()));
    let tries = (0..=PARTS).map(|part| f64::from(part) / f64::from(PARTS));
    let losses = tries.map(|share| (share, met.iter().map(|met| loss(met, share)).sum::<f64>()));
    known.then(|| losses.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(share, _)| share)).flatten()
}

fn loss(met: &Met<'_>, share: f64) -> f64 {
    let fan = mix(met.one, met.other, share);
    let line = |(level, line): (&f64, &Vec<f64>)| {
        let steps = line.iter().zip(met.came).filter(|(_, came)| came.is_finite());
        steps.map(|(said, came)| (level * (came - said)).max((level - 1.0) * (came - said))).sum::<f64>()
    };
    fan.levels.iter().zip(&fan.quantiles).map(line).sum()
}

/// `share` of the one and the rest of the other, at the levels of the one. Where the one says exactly zero, closed, it is
/// zero.
pub fn mix(one: &Fan, other: &Fan, share: f64) -> Fan {
    let top = one.quantiles.last();
    let closed = |step: usize| top.is_some_and(|top| top[step] == 0.0);
    let line = |ours: &[f64], theirs: &[f64]| {
        let steps = ours.iter().zip(theirs).enumerate();
        let cell = |(step, (one, other)): (usize, (&f64, &f64))| {
            if closed(step) { 0.0 } else { share * one + (1.0 - share) * other }
        };
        steps.map(cell).collect::<Vec<f64>>()
    };
    Fan {
        mean: line(&one.mean, &other.mean),
        levels: one.levels.clone(),
        quantiles: one.quantiles.iter().zip(&other.quantiles).map(|(ours, theirs)| line(ours, theirs)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(value: f64) -> Fan {
        Fan { mean: vec![value; 3], levels: vec![0.1, 0.5, 0.9], quantiles: vec![vec![value; 3]; 3] }
    }

    #[test]
    fn the_better_forecast_weighs_more() {
        let (one, other) = (flat(8.0), flat(18.0));
        let weigh = |came: f64| weight(&[Met { one: &one, other: &other, came: &[came, came, f64::NAN] }]);
        assert_eq!((weigh(8.0), weigh(10.0), weigh(18.0)), (Some(1.0), Some(0.8), Some(0.0)));
        assert_eq!(weigh(f64::NAN), None);
    }

    #[test]
    fn closed_stays_closed() {
        assert_eq!(mix(&flat(0.0), &flat(9.0), 0.5).mean, [0.0; 3]);
    }
}
