//! Moments at which nothing is ever sold: a state, or a place in the week, that always came with zero.
//!
//! The rule is learned from the past alone: where every value seen under a known state was zero, in at least
//! [`LEAST`] moments, and others were not, the shop is closed then. Such moments are forecast as exactly zero, and
//! nothing else is learned from them.

use super::sheet::Sheet;

/// Moments that must have been seen.
const LEAST: usize = 12;

/// Which moments are closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Closed {
    /// Known columns and the value that means closed.
    states: Vec<(usize, f32)>,
    /// For each place of the cycle whether it is.
    places: Vec<bool>,
}

impl Closed {
    pub(crate) fn learn(sheet: &Sheet) -> Self {
        let cycle = sheet.calendar.pace.cycle();
        let seen = |closed: &dyn Fn(usize, usize) -> bool| {
            let (mut count, mut others) = (0, 0);
            for (series, track) in sheet.tracks.iter().enumerate() {
                for (step, value) in track.values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                    if !closed(series, step) {
                        others += usize::from(*value != 0.0);
                    } else if *value == 0.0 {
                        count += 1;
                    } else {
                        return false;
                    }
                }
            }
            count >= LEAST && others >= LEAST
        };
        let mut states = Vec::new();
        for column in 0..sheet.columns() {
            for state in sheet.states(column).unwrap_or_default() {
                if seen(&|series, step| sheet.tracks[series].known[column][step] == state) {
                    states.push((column, state));
                }
            }
        }
        let place = |place: usize| cycle > 1 && seen(&|_, step| step % cycle == place);
        Self { states, places: (0..cycle).map(place).collect() }
    }

    pub(crate) fn holds(&self, known: &[Vec<f32>], step: usize) -> bool {
        self.places[step % self.places.len()] || self.by_state(known, step)
    }

    pub(crate) fn by_state(&self, known: &[Vec<f32>], step: usize) -> bool {
        self.states.iter().any(|(column, state)| known[*column][step] == *state)
    }
}
