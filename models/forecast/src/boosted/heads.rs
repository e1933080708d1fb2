//! The trees: one forest a quantile and one for the mean, each the average of a few.

use std::thread;

use vyavs_trees::{Forest, Loss, Params, Table, Target, fit};

use super::lens::Lens;
use super::sample::{Picking, rows};
use super::sheet::{BoostedError, Sheet};
use super::{Boosted, Shape};

/// What the heads answer: three quantiles, and the mean.
pub(crate) const LEVELS: [f64; 3] = [0.1, 0.5, 0.9];
/// Rows below which nothing is learned.
const LEAST: usize = 200;

/// One answer for one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) quantiles: [f64; 3],
    pub(crate) mean: f64,
    /// Chance that anything is sold, as the like moments had it.
    pub(crate) chance: f64,
}

/// Fitted forests, for each bag the quantiles' and the mean's.
#[derive(Debug)]
pub(crate) struct Heads {
    bags: Vec<Vec<Forest>>,
}

impl Heads {
    pub(crate) fn fit(
        sheet: &Sheet,
        lens: &Lens<'_>,
        how: &Boosted,
        shape: Shape,
        bags: usize,
    ) -> Result<Self, BoostedError> {
        let mut grown = Vec::new();
        for bag in 0..bags.max(1) as u64 {
            let picking = Picking {
                most: how.rows,
                seed: how.seed.wrapping_add(bag),
                size: how.size,
                half_life: sheet.calendar.pace.year() as f64 * how.half_life_years,
            };
            let rows = rows(sheet, lens, picking);
            if rows.labels.len() < LEAST {
                return Err(BoostedError::TooFew { rows: rows.labels.len(), least: LEAST });
            }
            let columns: Vec<&[f32]> = rows.columns.iter().map(Vec::as_slice).collect();
            let table = Table::new(&columns, how.bins, how.threads)?;
            let target = Target { labels: &rows.labels, weights: Some(&rows.weights) };
            let params = |head: usize| Params {
                loss: LEVELS.get(head).map_or(Loss::Squared, |level| Loss::Quantile { level: *level }),
                rounds: if head == LEVELS.len() { how.rounds / 2 } else { how.rounds },
                learning_rate: how.learning_rate,
                leaves: shape.leaves,
                min_rows: shape.min_rows,
                row_share: how.row_share,
                column_share: how.column_share,
                seed: picking.seed ^ (head as u64) << 32,
                ..Params::default()
            };
            let grow = |head: usize| fit(&params(head), &table, target, None, 1).map(|fit| fit.forest);
            let grow = &grow;
            let threads = how.threads.clamp(1, 4);
            let mut forests = Vec::new();
            for heads in (0..=LEVELS.len()).collect::<Vec<_>>().chunks(threads) {
                let found: Vec<_> = thread::scope(|scope| {
                    let work: Vec<_> = heads.iter().map(|head| scope.spawn(move || grow(*head))).collect();
                    work.into_iter().map(|work| work.join().expect("trees do not panic")).collect()
                });
                for forest in found {
                    forests.push(forest?);
                }
            }
            grown.push(forests);
        }
        Ok(Self { bags: grown })
    }

    /// For each series its steps ahead, seen from the last step of the past; `None` for a closed step and for a series
    /// of which nothing is known.
    pub(crate) fn answer(&self, sheet: &Sheet, lens: &Lens<'_>) -> Vec<Vec<Option<Said>>> {
        let origin = sheet.past - 1;
        let mut row = Vec::new();
        let mut step = |series: usize, step: usize| {
            if !lens.can_ask(series, origin, step) {
                return None;
            }
            row.clear();
            let guess = lens.row(series, origin, step, &mut row);
            let mut said = Said { chance: guess.chance, ..Said::default() };
            for bag in &self.bags {
                let answers = bag.iter().map(|forest| forest.score(&row) * guess.value / self.bags.len() as f64);
                let cells = said.quantiles.iter_mut().chain([&mut said.mean]);
                cells.zip(answers).for_each(|(cell, answer)| *cell += answer);
            }
            said.quantiles.sort_by(f64::total_cmp);
            Some(said)
        };
        let all =
            (0..sheet.tracks.len()).map(|series| (sheet.past..sheet.steps()).map(|at| step(series, at)).collect());
        all.collect()
    }
}
