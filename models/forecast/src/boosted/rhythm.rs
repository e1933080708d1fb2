//! What the whole panel shares: how much its days of the week and its known states lift or lower sales.

use super::closed::Closed;
use super::sheet::Sheet;

/// Rounds in which factors of places and states are brought into line with each other.
const ROUNDS: usize = 3;

/// Factors around 1, of the panel as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Rhythm {
    places: Vec<f64>,
    /// For each known column its states and their factors; empty for an amount.
    states: Vec<Vec<(f32, f64)>>,
}

impl Rhythm {
    /// Each factor is Σ value over Σ what level and the other factors expect; large series count more.
    pub(crate) fn learn(sheet: &Sheet, closed: &Closed) -> Self {
        let cycle = sheet.calendar.pace.cycle();
        let states = (0..sheet.columns()).map(|column| {
            let found = sheet.states(column).unwrap_or_default();
            found.into_iter().map(|state| (state, 1.0)).collect()
        });
        let mut rhythm = Self { places: vec![1.0; cycle], states: states.collect() };
        let mut cells = Vec::new();
        for (series, track) in sheet.tracks.iter().enumerate() {
            let open = |step: &usize| !track.values[*step].is_nan() && !closed.holds(&track.known, *step);
            let steps: Vec<usize> = (0..sheet.past).filter(open).collect();
            let sum: f64 = steps.iter().map(|step| f64::from(track.values[*step])).sum();
            let level = sum / steps.len().max(1) as f64;
            if level > 0.0 {
                cells.extend(steps.into_iter().map(|step| (series, step, level)));
            }
        }
        let factor = |sums: (f64, f64)| if sums.1 > 0.0 { (sums.0 / sums.1).clamp(0.02, 50.0) } else { 1.0 };
        for _ in 0..ROUNDS {
            let mut sums = vec![(0.0, 0.0); cycle];
            for (series, step, level) in &cells {
                let track = &sheet.tracks[*series];
                let sum = &mut sums[step % cycle];
                sum.0 += f64::from(track.values[*step]);
                sum.1 += level * rhythm.of_states(&track.known, *step);
            }
            rhythm.places = sums.into_iter().map(factor).collect();
            for column in 0..rhythm.states.len() {
                let mut sums = vec![(0.0, 0.0); rhythm.states[column].len()];
                for (series, step, level) in &cells {
                    let track = &sheet.tracks[*series];
                    let here = track.known[column][*step];
                    let Some(at) = rhythm.states[column].iter().position(|(state, _)| *state == here) else { continue };
                    sums[at].0 += f64::from(track.values[*step]);
                    sums[at].1 += level * rhythm.at(&track.known, *step) / rhythm.states[column][at].1;
                }
                let found = sums.into_iter().map(factor);
                rhythm.states[column].iter_mut().zip(found).for_each(|(state, factor)| state.1 = factor);
            }
        }
        rhythm
    }

    pub(crate) fn of_place(&self, step: usize) -> f64 {
        self.places[step % self.places.len()]
    }

    /// The product over the known states of a moment.
    pub(crate) fn of_states(&self, known: &[Vec<f32>], step: usize) -> f64 {
        let columns = self.states.iter().zip(known);
        let factor = |(states, column): (&Vec<(f32, f64)>, &Vec<f32>)| {
            states.iter().find(|(state, _)| *state == column[step]).map_or(1.0, |(_, factor)| *factor)
        };
        columns.map(factor).product()
    }

    /// What a moment sells, in units of the level.
    pub(crate) fn at(&self, known: &[Vec<f32>], step: usize) -> f64 {
        (self.of_place(step) * self.of_states(known, step)).clamp(0.02, 50.0)
    }
}
