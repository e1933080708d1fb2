//! Which moments of the past are learned from, and the table that they become.

use super::calendar::Pace;
use super::lens::Lens;
use super::sheet::Sheet;

/// Rows to learn from, column by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<Vec<f32>>,
    /// What came, in units of the guess.
    pub(crate) labels: Vec<f32>,
    pub(crate) weights: Vec<f32>,
}

/// How rows are picked and weighed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Picking {
    /// Rows at most, about.
    pub(crate) most: usize,
    pub(crate) seed: u64,
    /// A row counts guess^size, so that 1 makes the loss one in units of sales.
    pub(crate) size: f64,
    /// Steps after which a row counts half.
    pub(crate) half_life: f64,
}

/// A hash of what names a row: the sample does not hang on an order.
fn hash(seed: u64, series: usize, step: usize, turn: usize) -> u64 {
    let mut word =
        seed ^ (series as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (step as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    word ^= (turn as u64).wrapping_mul(0x2545_F491_4F6C_DD1D);
    for _ in 0..2 {
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
    }
    word
}

/// Steps of a series that must lie before an origin; a whole year where the panel has it, for a week's best guide is the
/// same week of last year.
fn seen_before(sheet: &Sheet) -> usize {
    match sheet.calendar.pace {
        Pace::Week if sheet.past >= 62 + sheet.horizon => 60,
        pace => pace.windows()[1].min(sheet.past / 3),
    }
}

/// For every known value of every series some origins before it, as many as give `most` rows.
pub(crate) fn rows(sheet: &Sheet, lens: &Lens<'_>, picking: Picking) -> Rows {
    let before = seen_before(sheet);
    let from = |series: usize| lens.pasts[series].first + before + 1;
    let all: usize = (0..sheet.tracks.len()).map(|series| sheet.past.saturating_sub(from(series))).sum();
    let share = picking.most as f64 / all.max(1) as f64;
    let turns = (share.ceil() as usize).clamp(1, sheet.horizon);
    let keep = (share / turns as f64).min(1.0);
    let mut rows = Rows::default();
    let mut row = Vec::new();
    for series in 0..sheet.tracks.len() {
        for step in from(series)..sheet.past {
            let Some(value) = lens.pasts[series].value(step) else { continue };
            for turn in 0..turns {
                let word = hash(picking.seed, series, step, turn);
                if ((word >> 11) as f64) >= keep * (1_u64 << 53) as f64 {
                    continue;
                }
                let ahead = 1 + (hash(!picking.seed, series, step, turn) % sheet.horizon as u64) as usize;
                let Some(origin) = step.checked_sub(ahead).filter(|origin| origin + 1 >= from(series)) else {
                    continue;
                };
                row.clear();
                let guess = lens.row(series, origin, step, &mut row).value;
                rows.columns.resize_with(row.len(), Vec::new);
                rows.columns.iter_mut().zip(&row).for_each(|(column, cell)| column.push(*cell));
                rows.labels.push((f64::from(value) / guess) as f32);
                let age = (sheet.past - step) as f64;
                rows.weights.push((guess.powf(picking.size) * 0.5_f64.powf(age / picking.half_life)) as f32);
            }
        }
    }
    let mean = rows.weights.iter().map(|weight| f64::from(*weight)).sum::<f64>() / rows.weights.len().max(1) as f64;
    rows.weights.iter_mut().for_each(|weight| *weight = (f64::from(*weight) / mean) as f32);
    rows
}
