//! One model of boosted trees for a whole panel: lags, calendar, known states and amounts, groups.
//!
//! Each step ahead is answered directly: a row tells what was seen up to an origin, how far ahead the step lies and what
//! is known of it, and the trees answer what came in units of a first guess (see [`lens`]). Quantiles have trees of
//! their own; how far they reach is set on folds inside the past that the trees were not grown on (see [`margin`]).
//! After the winners of M5 (Makridakis, Spiliotis & Assimakopoulos 2022): one model, many series, known futures.

mod ahead;
mod calendar;
mod closed;
mod heads;
mod lens;
mod margin;
mod past;
mod prefix;
mod rhythm;
mod sample;
mod sheet;

pub(crate) use calendar::easter;
pub use calendar::{Calendar, Pace};
pub use sheet::{BoostedError, Sheet, Track};

use crate::path::Fan;
use heads::{Heads, LEVELS, Said};
use lens::Lens;
use margin::Margin;

/// How large a tree may become: small ones for noise, large ones for what is regular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Leaves of a tree.
    pub leaves: usize,
    /// Rows of a leaf at least.
    pub min_rows: usize,
}

/// How the trees are grown.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosted {
    /// Of the samples; the same seed gives the same bytes.
    pub seed: u64,
    /// Rows a bag learns from, about.
    pub rows: usize,
    /// Models that are averaged, each on a sample of its own.
    pub bags: usize,
    /// Trees of a quantile.
    pub rounds: usize,
    /// What a tree counts for.
    pub learning_rate: f64,
    /// Sizes of trees that are tried on the held-out folds; the one of least pinball loss is taken. Of two that do as
    /// well it is the first.
    pub shapes: Vec<Shape>,
    /// Share of rows a tree sees.
    pub row_share: f64,
    /// Share of columns a tree sees.
    pub column_share: f64,
    /// Bins of a column.
    pub bins: usize,
    /// A row counts its guess to this power.
    pub size: f64,
    /// Years after which a row counts half.
    pub half_life_years: f64,
    /// Held-out folds of one horizon that the spread is set on.
    pub folds: usize,
    /// Threads; the answer is the same for any number.
    pub threads: usize,
}

impl Default for Boosted {
    fn default() -> Self {
        Self {
            seed: 7,
            rows: 150_000,
            bags: 1,
            rounds: 180,
            learning_rate: 0.07,
            shapes: vec![Shape { leaves: 16, min_rows: 120 }],
            row_share: 0.6,
            column_share: 0.5,
            bins: 128,
            size: 1.0,
            half_life_years: 1.0,
            folds: 2,
            threads: 2,
        }
    }
}

/// What a panel is told, and what the same model would have told in its past.
#[derive(Clone, Debug)]
pub struct Forecasts {
    /// A fan for each series, at .1, .5 and .9; closed steps are exactly zero.
    pub fans: Vec<Fan>,
    /// For each held-out fold, newest first, a fan for each series, of one horizon, with the margin of `fans`. The fold
    /// `k` begins `k + 1` horizons before the end.
    pub trials: Vec<Vec<Fan>>,
}

impl Boosted {
    /// Grows trees on what was known before the folds, to see which shape does best there and how far off it is, and then
    /// on everything.
    ///
    /// # Errors
    /// Refuses a sheet whose series differ in length, and one with too little past to learn from.
    pub fn forecast(&self, sheet: &Sheet) -> Result<Forecasts, BoostedError> {
        sheet.check()?;
        let (shape, folds) = self.choose(sheet)?;
        let met: Vec<(Said, f64)> = folds.iter().flat_map(|fold| fold.met.iter().copied()).collect();
        let margin = Margin::learn(&met, folds.iter().map(|fold| fold.within).sum());
        let fans = |answers: &[Vec<Option<Said>>]| answers.iter().map(|steps| fan(steps, margin)).collect();
        let trials = folds.iter().map(|fold| fans(&fold.answers)).collect();
        let lens = Lens::new(sheet);
        let answers = Heads::fit(sheet, &lens, self, shape, self.bags)?.answer(sheet, &lens);
        Ok(Forecasts { fans: fans(&answers), trials })
    }

    /// The shape that did best in the folds, and what it said there.
    fn choose(&self, sheet: &Sheet) -> Result<(Shape, Vec<Fold>), BoostedError> {
        let fallback = self.shapes.first().copied().unwrap_or(Shape { leaves: 8, min_rows: 20 });
        let Some(old) = sheet.before(self.folds * sheet.horizon) else { return Ok((fallback, Vec::new())) };
        let lens = Lens::new(&old);
        let mut best: Option<(f64, Shape, Vec<Fold>)> = None;
        for shape in &self.shapes {
            let heads = match Heads::fit(&old, &lens, self, *shape, 1) {
                Ok(heads) => heads,
                // Too short to hold anything out: the quantiles stay as the trees have them.
                Err(BoostedError::TooFew { .. }) => return Ok((fallback, Vec::new())),
                Err(error) => return Err(error),
            };
            let thens = (1..=self.folds).filter_map(|fold| sheet.before(fold * sheet.horizon));
            let folds: Vec<Fold> = thens.map(|then| Fold::new(sheet, &then, &heads)).collect();
            let loss: f64 = folds.iter().map(Fold::loss).sum();
            if best.as_ref().is_none_or(|best| loss < best.0) {
                best = Some((loss, *shape, folds));
            }
        }
        Ok(best.map_or((fallback, Vec::new()), |(_, shape, folds)| (shape, folds)))
    }
}

/// A fold that the trees were not grown on.
struct Fold {
    answers: Vec<Vec<Option<Said>>>,
    /// What was said and what came.
    met: Vec<(Said, f64)>,
    /// Moments that the week closes, and that were indeed zero.
    within: usize,
}

impl Fold {
    fn new(sheet: &Sheet, then: &Sheet, heads: &Heads) -> Self {
        let lens = Lens::new(then);
        let answers = heads.answer(then, &lens);
        let (mut met, mut within) = (Vec::new(), 0);
        for (series, (track, said)) in sheet.tracks.iter().zip(&answers).enumerate() {
            for (ahead, said) in said.iter().enumerate() {
                let step = then.past + ahead;
                let came = track.values[step];
                match said {
                    _ if came.is_nan() => {}
                    Some(said) => met.push((*said, f64::from(came))),
                    None => within += usize::from(came == 0.0 && !lens.is_off(series, step)),
                }
            }
        }
        Self { answers, met, within }
    }

    /// Pinball loss over all levels, in units of sales.
    fn loss(&self) -> f64 {
        let of = |(said, came): &(Said, f64)| -> f64 {
            let levels = LEVELS.iter().zip(said.quantiles);
            levels.map(|(level, said)| margin::pinball(*level, said, *came)).sum()
        };
        self.met.iter().map(of).sum()
    }
}

fn fan(steps: &[Option<Said>], margin: Margin) -> Fan {
    let said: Vec<Said> = steps.iter().map(|said| said.map_or(Said::default(), |said| margin.apply(&said))).collect();
    let line = |place: usize| said.iter().map(|said| said.quantiles[place]).collect();
    let mean = said.iter().map(|said| said.mean).collect();
    Fan { mean, levels: LEVELS.to_vec(), quantiles: (0..LEVELS.len()).map(line).collect() }
}
