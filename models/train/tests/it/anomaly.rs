//! A corpus in, scores out, judged where there are labels; and what is said about a corpus that does not fit.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn anomaly(corpus: &Path, out: &Path) -> Output {
    let mut train = Command::new(env!("CARGO_BIN_EXE_vyavs-train"));
    train.args(["anomaly", "--json", "--corpus"]).arg(corpus).arg("--out").arg(out);
    train.output().expect("the program starts")
}

fn stderr(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// Five days of a wave a day with an outburst at row 1,200, and its label.
fn corpus() -> TempDir {
    let dir = tempfile::tempdir().expect("a place to write");
    let mut rows = String::from("timestamp,value\n");
    for row in 0..1_440_u32 {
        let (day, minute) = (1 + row / 288, row % 288 * 5);
        let wave = (f64::from(row) * std::f64::consts::TAU / 288.0).sin() + 0.01 * f64::from(row * 7_919 % 101);
        let value = if row == 1_200 { 40.0 } else { wave };
        writeln!(rows, "2026-03-{day:02} {:02}:{:02}:00,{value}", minute / 60, minute % 60).expect("room");
    }
    fs::create_dir_all(dir.path().join("data/shop")).expect("a folder");
    fs::create_dir_all(dir.path().join("labels")).expect("a folder");
    fs::write(dir.path().join("data/shop/queue.csv"), rows).expect("a file");
    let windows = r#"{"shop/queue.csv": [["2026-03-05 03:00:00.000000", "2026-03-05 06:00:00.000000"]]}"#;
    fs::write(dir.path().join("labels/combined_windows.json"), windows).expect("a file");
    dir
}

#[test]
fn an_outburst_is_found_and_every_row_has_a_score() {
    let (corpus, out) = (corpus(), tempfile::tempdir().expect("a place to write"));
    let done = anomaly(corpus.path(), out.path());
    assert!(done.status.success(), "{}", stderr(&done));
    let answer: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let ours = &answer["detectors"][0];
    assert_eq!((&answer["rows"], &ours["windows_hit"]), (&1_440.into(), &1.into()), "{answer}");
    let scores = fs::read_to_string(out.path().join("shop/vyavs_queue.csv")).expect("written");
    let mut lines = scores.lines();
    assert_eq!(lines.next(), Some("timestamp,value,anomaly_score"));
    let alarm = lines.clone().nth(1_200).and_then(|line| line.rsplit(',').next()?.parse::<f64>().ok());
    assert!(lines.count() == 1_440 && alarm.is_some_and(|score| score >= 0.5), "{alarm:?}");
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let out = tempfile::tempdir().expect("a place to write");
    let broken = [
        (
            "timestamp,value\n2026-03-01 00:00:00,warm\n",
            "queue.csv, line 2: column value: expected a number or nothing, found \"warm\"",
        ),
        (
            "timestamp,value\n2026-03-01 00:00:00,1\nsoon,1\n",
            "queue.csv, line 3: column timestamp: expected a time such as",
        ),
        ("time,value\n", "queue.csv, line 1: expected a column timestamp"),
        (
            "timestamp,value\n2026-03-01 00:00:00,1\n",
            "combined_windows.json: shop/queue.csv has no row at 2026-03-05 03:00:00",
        ),
    ];
    for (rows, sentence) in broken {
        let corpus = corpus();
        fs::write(corpus.path().join("data/shop/queue.csv"), rows).expect("a file");
        let done = anomaly(corpus.path(), out.path());
        assert!(!done.status.success() && stderr(&done).contains(sentence), "{}", stderr(&done));
    }
    let empty = tempfile::tempdir().expect("a place");
    assert!(stderr(&anomaly(empty.path(), out.path())).contains("data cannot be read"));
}

#[test]
fn short_constant_and_gappy_series_are_scored() {
    let (corpus, out) = (corpus(), tempfile::tempdir().expect("a place to write"));
    fs::remove_dir_all(corpus.path().join("labels")).expect("there");
    let day = |value: &str| (0..20).map(|row| format!("2026-03-01 00:{row:02}:00,{value}\n")).collect::<String>();
    for (name, rows) in [("short", String::new()), ("constant", day("0")), ("gaps", day(""))] {
        let path = corpus.path().join(format!("data/shop/{name}.csv"));
        fs::write(path, format!("timestamp,value\n{rows}")).expect("a file");
    }
    let done = anomaly(corpus.path(), out.path());
    assert!(done.status.success() && stderr(&done).contains("scored, not judged"), "{}", stderr(&done));
    let gaps = fs::read_to_string(out.path().join("shop/vyavs_gaps.csv")).expect("written");
    assert!(gaps.lines().skip(1).all(|line| line.ends_with(",,0")), "{gaps}");
}
