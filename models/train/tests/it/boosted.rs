//! The boosted model behind `backtest`: what is known in advance, and what must not leak.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const DAYS: usize = 120;
const HORIZON: usize = 7;

/// Five articles; a promotion sells double, and a public holiday ("a") nothing. `future` is what the last days sold.
fn panel(future: Option<&str>) -> String {
    let mut rows = String::from("sku,day,sold,promo,holiday\n");
    for sku in 1..=5 {
        for day in 0..DAYS {
            let date = jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(day as i64));
            let (promo, holiday) = (day / 3 * 7 % 5 < 2, day % 11 == 9);
            let sold = 10 * sku * (3 + day % 7) * (1 + usize::from(promo)) * usize::from(!holiday)
                + day * 7 % 5 * usize::from(!holiday);
            let sold = future.filter(|_| day + HORIZON >= DAYS).map_or(sold.to_string(), str::to_owned);
            rows += &format!("{sku},{date},{sold},{},{}\n", u8::from(promo), if holiday { "a" } else { "none" });
        }
    }
    rows
}

fn backtest(dir: &Path, rows: &str, more: &[&str]) -> (Output, String) {
    let (panel, out) = (dir.join("panel.csv"), dir.join("out.csv"));
    fs::write(&panel, rows).expect("written");
    let _ = fs::remove_file(&out);
    let (panel, out_name) = (panel.display().to_string(), out.display().to_string());
    let fixed = ["backtest", "--panel", &panel, "--id", "sku", "--time", "day", "--target", "sold", "--freq", "D"];
    let fixed = [&fixed[..], &["--horizon", "7", "--origins", "1", "--forecasts", &out_name], more].concat();
    let done = Command::new(env!("CARGO_BIN_EXE_vyavs-train")).args(fixed).output().expect("the program starts");
    (done, fs::read_to_string(out).unwrap_or_default())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const KNOWN: [&str; 4] = ["--known", "promo,holiday", "--models", "boosted"];

/// Whatever the held-out days sold, the forecasts are the same, byte for byte; and they follow promotion and holiday.
#[test]
fn the_future_of_the_target_is_not_seen() {
    let dir = tempfile::tempdir().expect("a directory");
    let (done, plain) = backtest(dir.path(), &panel(None), &KNOWN);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(plain.lines().count(), 1 + 5 * HORIZON);
    let (_, again) = backtest(dir.path(), &panel(None), &KNOWN);
    assert_eq!(plain, again, "a repeat");
    let (_, other) = backtest(dir.path(), &panel(Some("77777")), &KNOWN);
    assert_eq!(plain, other, "another future");
    let zeros = plain.lines().filter(|line| line.ends_with(",0.0000,0.0000,0.0000,0.0000")).count();
    let holidays = (DAYS - HORIZON..DAYS).filter(|day| day % 11 == 9).count();
    assert_eq!(zeros, 5 * holidays, "{plain}");
}

#[test]
fn an_ensemble_may_lean_on_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let (done, written) =
        backtest(dir.path(), &panel(None), &["--known", "promo,holiday", "--models", "boosted,ensemble"]);
    assert!(done.status.success() && said(&done).contains("the ensemble takes"), "{}", said(&done));
    assert_eq!(written.lines().count(), 1 + 5 * HORIZON);
}

#[test]
fn what_is_not_known_gets_a_sentence() {
    let dir = tempfile::tempdir().expect("a directory");
    let refused = |rows: &str, more: &[&str], sentence: &str| {
        let (done, written) = backtest(dir.path(), rows, more);
        assert!(!done.status.success() && written.is_empty());
        assert!(said(&done).contains(sentence), "{} does not say {sentence}", said(&done));
    };
    refused(&panel(None), &["--known", "weather", "--models", "boosted"], "has no column \"weather\"");
    let rows = panel(None);
    let last = rows.trim_end().rsplit_once(',').expect("cells").0.to_owned();
    refused(&format!("{last},\n"), &KNOWN, "series 5: column holiday is empty at 2026-04-30");
    let gap: String =
        rows.lines().filter(|line| !line.starts_with("2,2026-04-27")).map(|line| format!("{line}\n")).collect();
    refused(&gap, &KNOWN, "series 2 has no row at 2026-04-27, so promo, holiday is not known there");
}

/// Too little to learn from: the seasonal naive answers, and it is said.
#[test]
fn a_short_panel_falls_back_and_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let rows: String =
        panel(None).lines().enumerate().filter(|(line, _)| *line <= 20).map(|(_, row)| format!("{row}\n")).collect();
    let (done, written) = backtest(dir.path(), &rows, &KNOWN);
    assert!(done.status.success(), "{}", said(&done));
    assert!(said(&done).contains("the seasonal naive answers for it"), "{}", said(&done));
    assert_eq!(written.lines().count(), 1 + HORIZON);
}
