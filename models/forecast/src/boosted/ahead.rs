//! What is known in advance about a step: its states, how long they have lasted and will last, its amounts.

use super::sheet::Sheet;

/// Steps that a change is looked for in.
const REACH: usize = 21;

/// Known columns, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    horizon: usize,
    /// For each known column whether it is an amount.
    amounts: Vec<bool>,
    /// For each series its columns.
    known: Vec<Vec<Vec<f32>>>,
    /// For each series and column the mean of the past.
    means: Vec<Vec<f32>>,
}

impl Ahead {
    pub(crate) fn new(sheet: &Sheet) -> Self {
        let mean = |column: &Vec<f32>| {
            let seen: Vec<f32> = column[..sheet.past].iter().copied().filter(|value| !value.is_nan()).collect();
            seen.iter().sum::<f32>() / seen.len() as f32
        };
        Self {
            horizon: sheet.horizon,
            amounts: (0..sheet.columns()).map(|column| sheet.states(column).is_none()).collect(),
            means: sheet.tracks.iter().map(|track| track.known.iter().map(mean).collect()).collect(),
            known: sheet.tracks.iter().map(|track| track.known.clone()).collect(),
        }
    }

    /// Five cells a column: a state with its neighbours and the steps since and until it changes; an amount beside its
    /// mean, its last known value and its neighbour.
    pub(crate) fn tell(&self, series: usize, origin: usize, step: usize, out: &mut Vec<f32>) {
        let end = origin + self.horizon;
        for (place, column) in self.known[series].iter().enumerate() {
            let here = column[step];
            let before = step.checked_sub(1).map_or(f32::NAN, |before| column[before]);
            let after = if step < end { column.get(step + 1).copied().unwrap_or(f32::NAN) } else { f32::NAN };
            if self.amounts[place] {
                out.extend([
                    here,
                    here / self.means[series][place],
                    here / column[origin],
                    here / before,
                    after / here,
                ]);
                continue;
            }
            let since = (1..=REACH.min(step)).find(|back| column[step - back] != here);
            let reach = REACH.min(end.saturating_sub(step));
            let until = (1..=reach).find(|on| column.get(step + on).is_none_or(|next| *next != here));
            let steps = |found: Option<usize>, most: usize| found.unwrap_or(most + 1) as f32;
            out.extend([here, before, after, steps(since, REACH), steps(until, REACH)]);
        }
    }
}
