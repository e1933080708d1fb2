//! One series, cleaned and indexed, and what it says from an origin about a later step.

use super::calendar::Pace;
use super::closed::Closed;
use super::prefix::Prefix;
use super::rhythm::Rhythm;
use super::sheet::{Sheet, Track};

/// One series, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// Values; NaN where unknown or closed, and ahead.
    values: Vec<f32>,
    /// The same over what the panel's rhythm expects of the moment.
    plain: Vec<f32>,
    /// What the rhythm expects, a step of past and horizon.
    pub(crate) index: Vec<f32>,
    /// The same of the known states alone.
    state: Vec<f32>,
    pub(crate) closed: Vec<bool>,
    value_sums: Prefix,
    pub(crate) plain_sums: Prefix,
    sold_sums: Prefix,
    /// Mean of all values; above 0.
    pub(crate) level: f64,
    /// The first step of which a value is known.
    pub(crate) first: usize,
}

impl Past {
    pub(crate) fn new(sheet: &Sheet, track: &Track, closed: &Closed, rhythm: &Rhythm) -> Self {
        let steps = sheet.steps();
        let closed: Vec<bool> = (0..steps).map(|step| closed.holds(&track.known, step)).collect();
        let index: Vec<f32> = (0..steps).map(|step| rhythm.at(&track.known, step) as f32).collect();
        let state = (0..steps).map(|step| rhythm.of_states(&track.known, step) as f32).collect();
        let at = |step: usize| if step >= sheet.past || closed[step] { f32::NAN } else { track.values[step] };
        let values: Vec<f32> = (0..steps).map(at).collect();
        let plain: Vec<f32> = values.iter().zip(&index).map(|(value, index)| value / index).collect();
        let value_sums = Prefix::new(values.iter().copied());
        let level = value_sums.mean(0, steps as i64).filter(|level| *level > 0.0).unwrap_or(1.0);
        let first = values.iter().position(|value| !value.is_nan()).unwrap_or(steps);
        Self {
            plain_sums: Prefix::new(plain.iter().copied()),
            sold_sums: Prefix::new(
                values.iter().map(|y| if y.is_nan() { f32::NAN } else { f32::from(u8::from(*y > 0.0)) }),
            ),
            value_sums,
            values,
            plain,
            index,
            state,
            closed,
            level,
            first,
        }
    }

    pub(crate) fn value(&self, step: usize) -> Option<f32> {
        self.values.get(step).copied().filter(|value| !value.is_nan())
    }

    /// Mean of what was sold in the year before at about `step`: on the very day, and within a window around it, the
    /// latter without the rhythm. Weeks around Easter and Christmas are found by the feast, not by the number.
    pub(crate) fn year_ago(&self, sheet: &Sheet, step: usize, origin: usize) -> (Option<f64>, Option<f64>) {
        let year = sheet.calendar.pace.year() as i64;
        let then = step as i64 - year;
        if then > origin as i64 {
            return (None, None);
        }
        let half = sheet.calendar.pace.windows()[0] as i64;
        let around = self.plain_sums.mean(then - half, (then + half + 1).min(origin as i64 + 1));
        let exact = match sheet.calendar.pace {
            Pace::Week => self.same_week(sheet, step, then),
            _ => usize::try_from(then).ok().and_then(|then| self.value(then)).map(f64::from),
        };
        (exact, around)
    }

    fn same_week(&self, sheet: &Sheet, step: usize, then: i64) -> Option<f64> {
        let at = |step: i64| usize::try_from(step).ok().and_then(|step| self.value(step)).map(f64::from);
        let easter = |step: i64| usize::try_from(step).ok().map(|step| sheet.calendar.since_easter(step).div_euclid(7));
        let feast = |week: Option<i64>| week.is_some_and(|week| (-1..=0).contains(&week));
        let here = easter(step as i64);
        if feast(here) && here != easter(then) {
            let moved = (then - 5..=then + 5).find(|other| easter(*other) == here);
            return moved.and_then(at);
        }
        if feast(easter(then)) && !feast(here) {
            let plain = (then - 3..=then + 3).filter(|other| !feast(easter(*other))).filter_map(at);
            let (sum, count) = plain.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            return (count > 0.0).then(|| sum / count);
        }
        // A year is a day longer than 52 weeks: what hangs on a date has moved by it.
        if (-9..=8).contains(&sheet.calendar.since_christmas(step)) {
            return at(then).zip(at(then - 1)).map(|(near, far)| (near * 6.0 + far) / 7.0).or(at(then));
        }
        at(then)
    }

    /// Sales now over sales a year ago, over the `window` steps up to `origin`.
    pub(crate) fn growth(&self, origin: usize, window: usize, year: usize) -> Option<f64> {
        let (to, window, year) = (origin as i64 + 1, window as i64, year as i64);
        let (now, here) = self.plain_sums.sum(to - window, to);
        let (then, there) = self.plain_sums.sum(to - window - year, to - year);
        (then > 0.0 && u64::from(there) * 2 >= window as u64 && here > 0)
            .then(|| (now / f64::from(here)) / (then / f64::from(there)))
    }

    /// Mean without rhythm over a window that ends at `origin`.
    pub(crate) fn recent(&self, origin: usize, window: usize) -> Option<f64> {
        self.plain_sums.mean(origin as i64 + 1 - window as i64, origin as i64 + 1)
    }

    /// The plain mean over the same window.
    pub(crate) fn recent_value(&self, origin: usize, window: usize) -> Option<f64> {
        self.value_sums.mean(origin as i64 + 1 - window as i64, origin as i64 + 1)
    }

    /// Share of moments with a sale.
    pub(crate) fn sold_share(&self, origin: usize, window: usize) -> Option<f64> {
        self.sold_sums.mean(origin as i64 + 1 - window as i64, origin as i64 + 1)
    }

    /// Steps since the last sale.
    pub(crate) fn since_sale(&self, origin: usize) -> Option<usize> {
        (0..=origin.min(400)).find(|back| self.value(origin - back).is_some_and(|value| value > 0.0))
    }

    /// Values that look like `step` seen from `origin`: newest first, with age in steps, whether the place in the cycle is
    /// the same, and whether the known states are.
    pub(crate) fn alike(&self, pace: Pace, step: usize, origin: usize) -> impl Iterator<Item = Alike> + '_ {
        let (cycle, state, place) = (pace.cycle(), self.state[step], step % pace.cycle());
        let from = (origin + 1).saturating_sub(pace.memory());
        (from..=origin).rev().filter_map(move |at| {
            let value = self.value(at)?;
            Some(Alike {
                age: origin - at,
                value,
                plain: self.plain[at],
                same_place: at % cycle == place,
                same_state: (self.state[at] - state).abs() <= 0.02 * state,
            })
        })
    }
}

/// A moment of the past beside the one asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alike {
    pub(crate) age: usize,
    pub(crate) value: f32,
    pub(crate) plain: f32,
    pub(crate) same_place: bool,
    pub(crate) same_state: bool,
}
