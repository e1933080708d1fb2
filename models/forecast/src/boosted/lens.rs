//! The panel as seen from an origin: for each series and later step a row of features and a first guess.
//!
//! Everything in units of sales is told as a share of the guess, so that one model serves series of any size. From the
//! past a row sees steps up to its origin; from what is known it sees steps up to the origin's horizon.

use super::ahead::Ahead;
use super::calendar::{Pace, TOLD};
use super::closed::Closed;
use super::past::{Alike, Past};
use super::prefix::Prefix;
use super::rhythm::Rhythm;
use super::sheet::Sheet;

/// Like moments that quantiles are told of.
const LIKE: usize = 12;
/// The guess is at least this share of what level and rhythm say.
const FLOOR: f64 = 0.05;

/// What a step sells before any tree is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guess {
    /// In the unit of the series, above 0.
    pub(crate) value: f64,
    /// Chance that anything is sold.
    pub(crate) chance: f64,
}

/// A panel, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Lens<'a> {
    sheet: &'a Sheet,
    pub(crate) pasts: Vec<Past>,
    closed: Closed,
    told: Vec<[f32; TOLD]>,
    ahead: Ahead,
    /// The whole panel, then each group: series in units of their level, averaged.
    shared: Vec<Prefix>,
    /// What an age in steps is worth, slow and fast.
    decay: Vec<(f64, f64)>,
}

impl<'a> Lens<'a> {
    pub(crate) fn new(sheet: &'a Sheet) -> Self {
        let closed = Closed::learn(sheet);
        let rhythm = Rhythm::learn(sheet, &closed);
        let pasts: Vec<Past> = sheet.tracks.iter().map(|track| Past::new(sheet, track, &closed, &rhythm)).collect();
        let pace = sheet.calendar.pace;
        let half_life = if pace == Pace::Week { 8.0 } else { 6.0 * pace.cycle() as f64 };
        let decay = (0..=pace.memory()).map(|age| {
            let age = age as f64;
            (0.5_f64.powf(age / half_life), 0.5_f64.powf(age / half_life * 3.0))
        });
        Self {
            told: (0..sheet.steps()).map(|step| sheet.calendar.tell(step)).collect(),
            ahead: Ahead::new(sheet),
            shared: shared(sheet, &pasts),
            decay: decay.collect(),
            sheet,
            closed,
            pasts,
        }
    }

    /// Whether a known state, not the week, closes a step.
    pub(crate) fn is_off(&self, series: usize, step: usize) -> bool {
        self.closed.by_state(&self.sheet.tracks[series].known, step)
    }

    /// Whether a step is open, and whether enough is known at the origin.
    pub(crate) fn can_ask(&self, series: usize, origin: usize, step: usize) -> bool {
        let past = &self.pasts[series];
        !past.closed[step] && past.first <= origin
    }

    /// Appends the features of one row to `out`.
    pub(crate) fn row(&self, series: usize, origin: usize, step: usize, out: &mut Vec<f32>) -> Guess {
        let (past, pace) = (&self.pasts[series], self.sheet.calendar.pace);
        let [short, middle, long] = pace.windows();
        let year = pace.year();
        let index = f64::from(past.index[step]);
        let sums = self.alike(past, origin, step);
        let chance = mean(sums.sold).unwrap_or(0.0);
        let near = sums.guess().or(past.recent(origin, long)).unwrap_or(past.level) * index;
        let (exact, around) = past.year_ago(self.sheet, step, origin);
        let growths = [past.growth(origin, long, year), past.growth(origin, 2 * short, year)];
        let grown = exact.zip(growths[1]).map(|(exact, growth)| exact * growth.clamp(0.2, 5.0));
        let guess = if pace == Pace::Week { grown.unwrap_or(near) } else { near };
        let guess = guess.max(FLOOR * past.level * index);

        out.push((step - origin) as f32);
        out.extend(&self.told[step]);
        self.ahead.tell(series, origin, step, out);
        let share = |value: Option<f64>| value.map_or(f32::NAN, |value| (value / guess) as f32);
        let scaled = |value: Option<f64>| share(value.map(|value| value * index));
        out.extend([1, short, middle, long].map(|window| scaled(past.recent(origin, window))));
        out.push(scaled(past.recent(origin, 2 * long)));
        out.push(share(past.recent_value(origin, middle)));
        out.extend([share(Some(near)), share(Some(past.level * index))]);
        out.extend([sums.fast(), sums.of_place(), sums.of_state(), sums.of_both()].map(scaled));
        out.extend(sums.like.iter().take(3).map(|value| share(Some(f64::from(*value)))));
        out.extend(std::iter::repeat_n(f32::NAN, 3_usize.saturating_sub(sums.like.len())));
        let mut like = sums.like;
        like.sort_by(f32::total_cmp);
        out.extend([0.1, 0.5, 0.9].map(|level| share(middle_of(&like, level))));
        out.push(like.iter().filter(|value| **value == 0.0).count() as f32 / like.len().max(1) as f32);
        out.push(chance as f32);
        out.push(share(sums.spread.map(|spread| spread * index)));
        out.extend([share(exact), scaled(around), share(grown)]);
        out.extend(growths.map(|growth| growth.map_or(f32::NAN, |growth| growth as f32)));
        out.push(
            around
                .zip(past.growth(origin, middle, year))
                .map_or(f32::NAN, |(around, growth)| share(Some(around * growth * index))),
        );
        out.extend(
            [middle, 2 * long].map(|window| past.sold_share(origin, window).map_or(f32::NAN, |share| share as f32)),
        );
        out.push(past.since_sale(origin).map_or(f32::NAN, |back| back as f32));
        out.push((guess / (past.level * index)) as f32);
        out.push(past.level as f32);
        out.push((origin - past.first) as f32);
        out.push(index as f32);
        self.tell_shared(series, origin, step, out);
        out.iter_mut().filter(|cell| cell.is_infinite()).for_each(|cell| *cell = f32::NAN);
        Guess { value: guess, chance }
    }

    /// What the panel and the series' groups did lately and a year ago.
    fn tell_shared(&self, series: usize, origin: usize, step: usize, out: &mut Vec<f32>) {
        let pace = self.sheet.calendar.pace;
        let [short, middle, _] = pace.windows().map(|window| window as i64);
        let (year, at, now) = (pace.year() as i64, step as i64, origin as i64 + 1);
        let groups = self.sheet.tracks[series].groups.iter().map(|group| group + 1);
        for prefix in std::iter::once(0).chain(groups).map(|place| &self.shared[place]) {
            let ratio = |above: Option<f64>, below: Option<f64>| match (above, below) {
                (Some(above), Some(below)) if below > 0.0 => (above / below) as f32,
                _ => f32::NAN,
            };
            out.push(ratio(prefix.mean(now - short, now), prefix.mean(now - middle, now)));
            let half = short / 2;
            let seen = (at - year + half).min(now - 1);
            out.push(ratio(prefix.mean(at - year - half, seen + 1), prefix.mean(now - middle - year, now - year)));
        }
    }

    fn alike(&self, past: &Past, origin: usize, step: usize) -> Sums {
        let mut sums = Sums::default();
        let (mut squares, mut means, mut weights) = (0.0, 0.0, 0.0);
        for moment in past.alike(self.sheet.calendar.pace, step, origin) {
            let (slow, fast) = self.decay[moment.age];
            sums.add(&moment, slow, fast);
            let plain = f64::from(moment.plain);
            weights += slow;
            means += slow * plain;
            squares += slow * plain * plain;
        }
        if weights > 0.0 {
            let mean = means / weights;
            sums.spread = Some((squares / weights - mean * mean).max(0.0).sqrt());
        }
        sums
    }
}

/// Weighed means over moments that are alike in place, in state, in both; without rhythm.
#[derive(Clone, Debug, Default)]
struct Sums {
    guess: (f64, f64),
    /// Whether anything was sold, weighed like the guess.
    sold: (f64, f64),
    fast: (f64, f64),
    place: (f64, f64),
    state: (f64, f64),
    both: (f64, f64),
    /// Values alike in both, newest first.
    like: Vec<f32>,
    spread: Option<f64>,
}

fn mean((sum, weight): (f64, f64)) -> Option<f64> {
    (weight > 0.0).then(|| sum / weight)
}

impl Sums {
    fn add(&mut self, moment: &Alike, slow: f64, fast: f64) {
        let plain = f64::from(moment.plain);
        let add = |sum: &mut (f64, f64), weight: f64| {
            sum.0 += weight * plain;
            sum.1 += weight;
        };
        let (place, state) = (moment.same_place, moment.same_state);
        let apart = |same: bool| if same { 1.0 } else { 0.12 };
        let weight = slow * apart(place) * apart(state);
        add(&mut self.guess, weight);
        self.sold.0 += if moment.value > 0.0 { weight } else { 0.0 };
        self.sold.1 += weight;
        add(&mut self.fast, fast);
        if place {
            add(&mut self.place, slow);
        }
        if state {
            add(&mut self.state, slow);
        }
        if place && state {
            add(&mut self.both, slow);
            if self.like.len() < LIKE {
                self.like.push(moment.value);
            }
        }
    }

    fn guess(&self) -> Option<f64> {
        mean(self.guess)
    }

    fn fast(&self) -> Option<f64> {
        mean(self.fast)
    }

    fn of_place(&self) -> Option<f64> {
        mean(self.place)
    }

    fn of_state(&self) -> Option<f64> {
        mean(self.state)
    }

    fn of_both(&self) -> Option<f64> {
        mean(self.both)
    }
}

/// The quantile of sorted values, between neighbours.
fn middle_of(sorted: &[f32], level: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = level * last as f64;
    let (low, high) = (f64::from(sorted[place.floor() as usize]), f64::from(sorted[place.ceil() as usize]));
    Some(low + (high - low) * place.fract())
}

fn shared(sheet: &Sheet, pasts: &[Past]) -> Vec<Prefix> {
    let place = |group: Option<usize>| {
        let mut sums = vec![(0.0_f64, 0_u32); sheet.past];
        for (past, track) in pasts.iter().zip(&sheet.tracks) {
            if group.is_some_and(|group| !track.groups.contains(&group)) {
                continue;
            }
            for (step, sum) in sums.iter_mut().enumerate() {
                if let Some(plain) = past.plain_sums.mean(step as i64, step as i64 + 1) {
                    sum.0 += plain / past.level;
                    sum.1 += 1;
                }
            }
        }
        Prefix::new(sums.into_iter().map(|(sum, count)| (sum / f64::from(count)) as f32))
    };
    std::iter::once(place(None)).chain((0..sheet.groups).map(|group| place(Some(group)))).collect()
}
