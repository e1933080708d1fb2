//! Panels as people have them: in order, and not.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn train(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vyavs-train")).args(arguments).output().expect("the program starts")
}

fn backtest(dir: &Path, rows: &str, more: &[&str]) -> Output {
    let panel = dir.join("panel.csv");
    fs::write(&panel, rows).expect("written");
    let panel = panel.display().to_string();
    let mut arguments = vec!["backtest", "--panel", &panel, "--id", "store,sku", "--time", "day", "--target", "sold"];
    arguments.extend(more);
    train(&arguments)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Newest first, one store opened late, one day missing: every series is forecast, ids are joined by a slash.
#[test]
fn a_panel_is_forecast_and_scored() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut rows = String::from("store,sku,day,sold\n");
    for day in (1..=31).rev().filter(|day| *day != 9) {
        rows += &format!("a,milk,2026-01-{day:02},{}\n", [5, 6, 7, 8, 20, 30, 0][day % 7]);
        rows += &format!("b,milk,2026-01-{day:02},0\n");
    }
    let out = dir.path().join("out.csv");
    let out = out.display().to_string();
    let more =
        ["--freq", "D", "--horizon", "7", "--origins", "1", "--models", "ensemble,tsb", "--forecasts", &out, "--json"];
    let done = backtest(dir.path(), &rows, &more);
    assert!(done.status.success(), "{}", said(&done));
    let answer: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(answer["series"], 2);
    assert!(answer["models"]["snaive"]["wape"].as_f64().is_some_and(|wape| wape < 0.5), "{answer}");
    assert!(answer["models"]["tsb"]["wql"].is_number() && answer["models"]["ensemble"]["mape"].is_null());
    let written = fs::read_to_string(&out).expect("there");
    assert!(written.starts_with("uid,ds,cutoff,mean,q10,q50,q90\na/milk,2026-01-25,2026-01-24,"), "{written}");
    assert_eq!(written.lines().count(), 15);
    assert!(
        written
            .lines()
            .filter(|line| line.starts_with("b/"))
            .all(|line| line.ends_with(",0.0000,0.0000,0.0000,0.0000"))
    );
}

#[test]
fn bad_panels_get_a_sentence() {
    let dir = tempfile::tempdir().expect("a directory");
    let daily = ["--freq", "D", "--horizon", "1", "--origins", "1", "--models", "naive"];
    let head = "store,sku,day,sold\n";
    let refused = |rows: &str, more: &[&str], sentence: &str| {
        let done = backtest(dir.path(), &format!("{head}{rows}"), more);
        assert!(!done.status.success(), "{rows}");
        assert!(said(&done).contains(sentence), "{} does not say {sentence}", said(&done));
    };
    refused("a,m,2026-01-01,1\na,m,2026-01-02,much\n", &daily, "line 3, column sold: \"much\" is not a number");
    refused("a,m,2026-01-01,1\na,m,2026-01-01,2\n", &daily, "line 3: 2026-01-01 is there already, in line 2");
    refused("a,m,yesterday,1\n", &daily, "line 2, column day: \"yesterday\" is no date");
    refused("a,m,2026-01-01,1\n", &daily, "the panel is too short");
    refused("a,m,2026-01-01,1\na,m,9999-01-01,1\n", &daily, "is a date wrong?");
    refused("", &daily, "has a header and no row");
    let weekly = ["--freq", "W", "--horizon", "1", "--origins", "1", "--models", "naive"];
    refused("a,m,2026-01-01,1\na,m,2026-01-09,2\n", &weekly, "does not lie whole Weeks from 2026-01-01");
    let unknown = ["--freq", "D", "--horizon", "1", "--origins", "1", "--models", "oracle"];
    refused("a,m,2026-01-01,1\n", &unknown, "there is no model \"oracle\"");
}

/// Two tiny series in the competition's form; one test file is gone.
#[test]
fn m4_is_scored_or_says_what_is_missing() {
    let dir = tempfile::tempdir().expect("a directory");
    let cells =
        |from: usize, to: usize| (from..to).map(|at| format!(",\"{}\"", 100 + at * at % 17)).collect::<String>();
    fs::write(dir.path().join("Weekly-train.csv"), format!("V1,V2\nW1{},,\nW2{}\n", cells(0, 90), cells(3, 80)))
        .expect("written");
    let named = dir.path().display().to_string();
    let done = train(&["m4", "--dir", &named, "--json"]);
    assert!(!done.status.success() && said(&done).contains("no Weekly-test.csv"), "{}", said(&done));
    fs::write(dir.path().join("Weekly-test.csv"), format!("V1,V2\nW1{}\nW2{}\n", cells(90, 103), cells(80, 93)))
        .expect("written");
    let done = train(&["m4", "--dir", &named, "--json"]);
    assert!(done.status.success(), "{}", said(&done));
    let answer: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(answer["weekly"]["models"]["naive2"]["owa"], 1.0);
    assert!(answer["weekly"]["owa"].is_number() && answer.get("hourly").is_none());
}
