//! The trials themselves, small, against the programs as they were built.

mod canary;
mod clock;
mod config;
mod disk;
mod events;
mod quiet;
mod sensors;
mod shop;
mod texts;

use std::path::PathBuf;
use std::process::{Command, Output};

fn data() -> Option<PathBuf> {
    record("online_retail")
}

fn record(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("VYAVS_DATA").map_or_else(beside, PathBuf::from);
    let dir = root.join(name);
    dir.is_dir().then_some(dir)
}

/// `None`, with the reason printed, when the programs are not built.
pub(crate) fn programs() -> Option<()> {
    match vyavs_trials::process::Programs::find() {
        Ok(_) => Some(()),
        Err(error) => {
            assert!(std::env::var("VYAVS_REQUIRE_BIN").as_deref() != Ok("1"), "VYAVS_REQUIRE_BIN=1, but {error}");
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn all_zero(output: &Output) -> serde_json::Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON on stdout");
    for count in ["missing", "duplicate", "altered", "misordered", "unexplained"] {
        assert_eq!(found[count], 0, "{count}: {found}");
    }
    found
}

#[test]
fn a_replay_under_faults_loses_doubles_and_changes_nothing() {
    if programs().is_none() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let mut trial = Command::new(env!("CARGO_BIN_EXE_vyavs-trials"));
    let Some(data) = data() else {
        eprintln!("the invoices are not here (VYAVS_DATA); a simulated shop trades instead");
        trial.args(["crash", "--agent-kills", "2", "--hub-kills", "1", "--json", "--keep"]).arg(dir.path());
        let found = all_zero(&trial.output().expect("ran"));
        assert_eq!(found["faults"]["agent_kills"], 2);
        return;
    };
    trial.args(["replay", "--source", "online_retail", "--limit", "300", "--cuts", "3", "--kills", "2"]);
    trial.args(["--hub-kills", "1", "--json", "--data"]).arg(&data).arg("--keep").arg(dir.path());
    trial.arg("--table").arg(dir.path().join("table.md"));
    let found = all_zero(&trial.output().expect("ran"));
    assert_eq!(found["receipts"], 300);
    assert!(found["lines"].as_u64().is_some_and(|lines| lines > 3_000), "{found}");
    assert_eq!((&found["faults"]["agent_kills"], &found["faults"]["hub_kills"]), (&2.into(), &1.into()));
    assert!(dir.path().join("hub.sqlite").is_file() && !dir.path().join("hub.sqlite-wal").exists());
    assert!(std::fs::read_to_string(dir.path().join("table.md")).expect("a table").contains("online_retail"));
}

/// The first tickets of two more records: many shops at four tills with discounts and coupons, and a roll without money.
#[test]
fn other_records_come_through_faults_as_their_files_have_them() {
    if programs().is_none() {
        return;
    }
    for (name, limit, lines) in [("complete_journey", "400", 500), ("bread_basket", "300", 600)] {
        let Some(data) = record(name) else {
            println!("skipped: {name} is not here (VYAVS_DATA)");
            continue;
        };
        let dir = tempfile::tempdir().expect("a directory");
        let mut trial = Command::new(env!("CARGO_BIN_EXE_vyavs-trials"));
        trial.args(["replay", "--source", name, "--limit", limit, "--cuts", "2", "--kills", "1", "--hub-kills", "1"]);
        let found =
            all_zero(&trial.args(["--json", "--data"]).arg(&data).arg("--keep").arg(dir.path()).output().expect("ran"));
        assert_eq!(found["receipts"].to_string(), limit);
        assert!(found["lines"].as_u64().is_some_and(|held| held > lines), "{found}");
        assert_eq!((&found["quarantined"], &found["faults"]["agent_kills"]), (&0.into(), &1.into()), "{found}");
    }
}

#[test]
fn what_a_till_prints_is_stored_or_named_with_agent_and_relay_killed() {
    let (Some(()), Some(data)) = (programs(), data()) else {
        return println!("skipped: without the programs or the invoices (VYAVS_DATA) nothing is printed");
    };
    let dir = tempfile::tempdir().expect("a directory");
    let mut trial = Command::new(env!("CARGO_BIN_EXE_vyavs-trials"));
    trial.args(["replay", "--wire", "printer", "--source", "online_retail", "--every", "60", "--cuts", "1"]);
    trial.args(["--kills", "2", "--relay-kills", "2", "--hub-kills", "1", "--json", "--data"]).arg(&data);
    let found = all_zero(&trial.arg("--keep").arg(dir.path()).output().expect("ran"));
    assert_eq!((&found["faults"]["agent_kills"], &found["faults"]["relay_kills"]), (&2.into(), &2.into()));
    let paper = &found["paper"];
    assert!(paper["receipts"].as_u64().is_some_and(|receipts| receipts > 200), "{found}");
    assert_eq!((&paper["altered"], &found["wire"]), (&0.into(), &"printer".into()), "{found}");
}

#[test]
fn kills_at_random_moments_lose_double_and_change_nothing() {
    if programs().is_none() {
        return;
    }
    let mut trial = Command::new(env!("CARGO_BIN_EXE_vyavs-trials"));
    trial.args(["crash", "--agent-kills", "5", "--hub-kills", "3", "--json"]);
    let found = all_zero(&trial.output().expect("ran"));
    assert_eq!((&found["faults"]["agent_kills"], &found["faults"]["hub_kills"]), (&5.into(), &3.into()));
}

#[test]
fn what_cannot_be_run_is_one_clear_sentence() {
    let empty = tempfile::tempdir().expect("a directory");
    let output = Command::new(env!("CARGO_BIN_EXE_vyavs-trials"))
        .args(["crash", "--agent-kills", "1"])
        .env("VYAVS_BIN", empty.path())
        .output()
        .expect("ran");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("vyavs-hub is not in") && said.contains("VYAVS_BIN"), "{said}");
}
