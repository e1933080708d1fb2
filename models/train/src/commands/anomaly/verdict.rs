//! What a detector's scores over a corpus are worth.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vyavs_detect::judge::nab::{Profile, Scored, Sweep, at, normalised, probation, sweep};
use vyavs_detect::judge::{Tally, vus_pr};

use super::corpus::Series;

/// Label margin and thresholds of VUS-PR, as in the published tables.
const BUFFER: usize = 20;
const THRESHOLDS: usize = 100;

/// One detector on one corpus.
pub(super) struct Verdict {
    pub(super) name: String,
    pub(super) standard: Sweep,
    pub(super) low_false: Sweep,
    pub(super) low_miss: Sweep,
    /// Standard, each category at the threshold that suits the others.
    pub(super) held_out: f64,
    /// At the standard threshold.
    pub(super) tally: Tally,
    /// Mean over the files with labelled rows; `None` without any.
    pub(super) vus_pr: Option<f64>,
}

impl Verdict {
    pub(super) fn to_json(&self) -> Value {
        let sweep =
            |sweep: &Sweep| json!({ "score": sweep.normalised, "raw": sweep.raw, "threshold": sweep.threshold });
        let Tally { alarms, right, hit, windows, rows } = self.tally;
        json!({
            "detector": self.name,
            "standard": sweep(&self.standard),
            "reward_low_FP_rate": sweep(&self.low_false),
            "reward_low_FN_rate": sweep(&self.low_miss),
            "standard_threshold_of_other_categories": self.held_out,
            "windows": windows, "windows_hit": hit, "alarms": alarms, "alarms_right": right,
            "alarm_precision": self.tally.precision(), "rows_judged": rows, "vus_pr": self.vus_pr,
        })
    }
}

/// Judges a detector by its scores, one list a series.
pub(super) fn judge(name: &str, series: &[Series], scores: &[Vec<f64>]) -> Verdict {
    let files: Vec<Scored<'_>> =
        series.iter().zip(scores).map(|(series, scores)| Scored { scores, windows: windows(series) }).collect();
    let standard = sweep(&files, &Profile::STANDARD);
    let tally = files.iter().map(|file| Tally::of(file, standard.threshold)).fold(Tally::default(), |a, b| a + b);
    Verdict {
        name: name.to_owned(),
        low_false: sweep(&files, &Profile::LOW_FALSE),
        low_miss: sweep(&files, &Profile::LOW_MISS),
        held_out: held_out(series, &files),
        vus_pr: volume(&files),
        standard,
        tally,
    }
}

fn windows(series: &Series) -> &[(usize, usize)] {
    series.windows.as_deref().unwrap_or_default()
}

fn held_out(series: &[Series], files: &[Scored<'_>]) -> f64 {
    let categories: BTreeSet<&str> = series.iter().map(|series| series.category.as_str()).collect();
    let of = |category: &str, inside: bool| -> Vec<Scored<'_>> {
        let same = series.iter().zip(files).filter(|(series, _)| (series.category == category) == inside);
        same.map(|(_, file)| *file).collect()
    };
    let score = |category: &&str| {
        let threshold = sweep(&of(category, false), &Profile::STANDARD).threshold;
        of(category, true).iter().map(|file| at(file, &Profile::STANDARD, threshold).total).sum::<f64>()
    };
    let raw = categories.iter().map(score).sum();
    normalised(raw, files.iter().map(|file| file.windows.len()).sum(), &Profile::STANDARD)
}

fn volume(files: &[Scored<'_>]) -> Option<f64> {
    let volumes: Vec<f64> = files.iter().filter_map(of_file).collect();
    (!volumes.is_empty()).then(|| volumes.iter().sum::<f64>() / volumes.len() as f64)
}

fn of_file(file: &Scored<'_>) -> Option<f64> {
    let judged = probation(file.scores.len())..file.scores.len();
    let inside = |row: usize| file.windows.iter().any(|window| (window.0..=window.1).contains(&row));
    let labels: Vec<bool> = judged.clone().map(inside).collect();
    vus_pr(&file.scores[judged], &labels, BUFFER, THRESHOLDS)
}
