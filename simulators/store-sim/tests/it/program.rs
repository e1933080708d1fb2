use std::process::{Command, Stdio};
use std::time::Duration;

use crate::agent::{Agent, Faults};
use crate::stores;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_vyavs-store-sim"))
}

/// Live trade from the wall's now on; Ctrl-C prints the summary and ends well.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_with_the_summary() {
    let agent = Agent::start(1, Faults::default()).await;
    let child = program()
        .args(["play", "--world-seed", "1", "--speed", "20000", "--json", "--store"])
        .arg(stores().join("park-street.toml"))
        .args(["--journal", &format!("till-1={}", agent.address)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    // A day and a half of the store, or so: always some trade.
    tokio::time::sleep(Duration::from_secs(7)).await;
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(interrupted.success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.expect("waited").expect("ended");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON on stdout");
    let stored = agent.held.lock().expect("no panic").stored.len() as u64;
    assert!(stored > 10 && summary["stored"] == stored, "{summary} {said}");
    assert_eq!(summary["source"], "Park Street (simulated)");
    // Told every five seconds, and at the end.
    assert!(said.matches("items/s").count() >= 2, "{said}");
}

#[test]
fn bad_input_is_one_clear_sentence_and_a_failure() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = dir.path().join("play.toml");
    std::fs::write(&config, "speed = \"max\"\n[world]\nseed = 1\nstroe = \"x\"\n").expect("written");
    let output = program().args(["play", "--config"]).arg(&config).output().expect("ran");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("play.toml") && said.contains("stroe"), "{said}");
    let output = program().args(["play", "--journal", "till-1"]).output().expect("ran");
    assert!(String::from_utf8_lossy(&output.stderr).contains("TERMINAL=HOST:PORT"));
    let output = program().args(["play", "--help"]).output().expect("ran");
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Examples:"));
}
