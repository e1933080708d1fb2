//! The yardsticks themselves, against published answers, before anything is measured with them.

use std::collections::HashMap;

use serde_json::Value;
use vyavs_detect::judge::nab::{Profile, Scored, at, probation, sweep, weights};
use vyavs_detect::judge::{Tally, vus_pr};

use crate::data::{file, text};

const PROFILES: [(&str, Profile); 3] = [
    ("standard", Profile::STANDARD),
    ("reward_low_FP_rate", Profile::LOW_FALSE),
    ("reward_low_FN_rate", Profile::LOW_MISS),
];

fn json(path: &str) -> Option<Value> {
    Some(serde_json::from_str(&text(&file(path)?)).expect("JSON"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn same(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, expected {expected}");
}

#[test]
fn hand_checkable_cases_come_out_as_by_hand() {
    let Some(vectors) = json("../peers/nab/micro_vectors.json") else { return };
    for (k, case) in vectors["cases"].as_array().expect("cases").iter().enumerate() {
        let scores: Vec<f64> = case["scores"].as_array().expect("scores").iter().map(number).collect();
        let windows: Vec<(usize, usize)> = serde_json::from_value(case["windows"].clone()).expect("windows");
        let scored = Scored { scores: &scores, windows: &windows };
        for (name, profile) in PROFILES {
            let what = format!("case {k}, {name}");
            let answer = &case["answers"][name];
            for (row, (weight, _)) in weights(scores.len(), &windows, &profile).into_iter().enumerate() {
                same(weight, number(&answer["row_weights"][row]), &what);
            }
            let best = sweep(&[scored], &profile);
            same(best.raw, number(&answer["best_raw"]), &what);
            same(best.threshold, number(&answer["best_threshold"]), &what);
            let half = scores[probation(scores.len())..].iter().copied().filter(|score| *score >= 0.5);
            let half = half.fold(1.1, f64::min);
            same(at(&scored, &profile, half).total, number(&answer["at_half"]), &what);
        }
    }
}

/// One file with its labelled windows and another detector's scores.
struct File {
    name: String,
    windows: Vec<(usize, usize)>,
    scores: Vec<f64>,
}

fn corpus() -> Option<Vec<File>> {
    let labels: HashMap<String, Vec<(String, String)>> =
        serde_json::from_value(json("nab/combined_windows.json")?).expect("windows");
    let mut files = Vec::new();
    for (name, windows) in labels {
        let Some(path) = file(&format!("nab/reference_scores_windowedGaussian/{name}.gz")) else { continue };
        let (mut rows, mut scores) = (HashMap::new(), Vec::new());
        for line in text(&path).lines().skip(1) {
            let (at, score) = line.split_once(',').expect("two columns");
            rows.entry(at.to_owned()).or_insert(scores.len());
            scores.push(score.parse().expect("a score"));
        }
        let row = |at: &str| rows[at.split('.').next().unwrap_or(at)];
        let windows = windows.iter().map(|(from, to)| (row(from), row(to))).collect();
        files.push(File { name, windows, scores });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Some(files)
}

#[test]
fn the_reference_detector_scores_what_was_published() {
    let Some(files) = corpus() else { return };
    let Some(path) = file("nab/reference_windowedGaussian_standard_scores.csv") else { return };
    let published = text(&path);
    assert_eq!(published.lines().count() - 1, 41);
    for line in published.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let file = files.iter().find(|file| file.name == fields[2]).expect("a file of the corpus");
        let scored = Scored { scores: &file.scores, windows: &file.windows };
        let found = at(&scored, &Profile::STANDARD, 1.0);
        same(found.total, fields[4].parse().expect("a score"), fields[2]);
        assert_eq!(found.hits + found.false_rows, {
            let detected = |field: usize| fields[field].parse::<usize>().expect("a count");
            detected(5) + detected(7)
        });
    }
    let scored: Vec<Scored<'_>> =
        files.iter().map(|file| Scored { scores: &file.scores, windows: &file.windows }).collect();
    for ((_, profile), expected) in PROFILES.into_iter().zip([42.46810573618821, 23.971513702836514, 50.51443717463316])
    {
        same(sweep(&scored, &profile).normalised, expected, "the corpus");
    }
}

#[test]
fn the_volume_under_precision_and_recall_is_the_published_one() {
    let (Some(files), Some(vectors)) = (corpus(), json("../peers/nab/vus_vectors.json")) else { return };
    let mut compared = 0;
    for file in &files {
        let Some(expected) = vectors["windowedGaussian"][&file.name]["vus_pr"].as_f64() else { continue };
        let rows = probation(file.scores.len())..file.scores.len();
        let inside = |row| file.windows.iter().any(|window| (window.0..=window.1).contains(&row));
        let labels: Vec<bool> = rows.clone().map(inside).collect();
        same(vus_pr(&file.scores[rows], &labels, 20, 100).expect("defined"), expected, &file.name);
        compared += 1;
    }
    assert_eq!(compared, 36);
}

#[test]
fn what_cannot_be_judged_is_not() {
    assert_eq!(vus_pr(&[], &[], 20, 100), None);
    assert_eq!(vus_pr(&[0.1, 0.2], &[false, false], 20, 100), None);
    assert_eq!(vus_pr(&[0.1, 0.1], &[false, true], 20, 100), None);
    assert_eq!(vus_pr(&[0.1, f64::NAN], &[false, true], 20, 100), None);
    assert_eq!(sweep(&[], &Profile::STANDARD).normalised, 0.0);
    let silent = Scored { scores: &[f64::NAN; 100], windows: &[(50, 60)] };
    assert_eq!(sweep(&[silent], &Profile::STANDARD).normalised, 0.0);
}

#[test]
fn detections_close_together_are_one_alarm() {
    let mut scores = vec![0.0; 200];
    for row in [40, 50, 100, 112, 125] {
        scores[row] = 1.0;
    }
    let tally = Tally::of(&Scored { scores: &scores, windows: &[(110, 120), (150, 160)] }, 0.5);
    assert_eq!((tally.alarms, tally.right, tally.hit, tally.windows), (3, 1, 1, 2));
}
