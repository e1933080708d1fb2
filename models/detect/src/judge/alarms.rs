//! How many of a detector's alarms are right, and how many labelled windows it finds.

use super::nab::{Scored, probation};

/// Detections this many rows apart are one alarm.
const APART: usize = 12;

/// Alarms against windows; add the tallies of files to get the corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Alarms raised: runs of detections, merged when at most 12 rows apart.
    pub alarms: usize,
    /// Alarms of which at least one row lies in a window.
    pub right: usize,
    /// Windows with a detection.
    pub hit: usize,
    /// Windows.
    pub windows: usize,
    /// Rows judged.
    pub rows: usize,
}

impl Tally {
    /// Share of the alarms that are right; 0 without alarms.
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.alarms.max(1) as f64
    }

    /// Counts a file at a threshold, behind its probation.
    pub fn of(file: &Scored<'_>, threshold: f64) -> Self {
        let rows = file.scores.len();
        let skip = probation(rows);
        let mut tally = Self { windows: file.windows.len(), rows: rows - skip, ..Self::default() };
        let mut hit = vec![false; file.windows.len()];
        let (mut last, mut right) = (None::<usize>, false);
        for row in (skip..rows).filter(|row| file.scores[*row] >= threshold) {
            if last.is_none_or(|last| row - last > APART) {
                tally.alarms += 1;
                right = false;
            }
            last = Some(row);
            if let Some(window) = file.windows.iter().position(|window| (window.0..=window.1).contains(&row)) {
                hit[window] = true;
                tally.right += usize::from(!std::mem::replace(&mut right, true));
            }
        }
        tally.hit = hit.into_iter().filter(|hit| *hit).count();
        tally
    }
}

impl std::ops::Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            alarms: self.alarms + other.alarms,
            right: self.right + other.right,
            hit: self.hit + other.hit,
            windows: self.windows + other.windows,
            rows: self.rows + other.rows,
        }
    }
}
