//! Who has read enough closes the pipe (`… | head -1`): no program takes that for a failure, or says anything about it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vyavs_trials::process::Programs;

use super::programs;

/// Runs it with a standard output that nobody reads; gives what it says on the other one.
fn unread(program: &Path, args: &[&str]) -> String {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).env("RUST_BACKTRACE", "1");
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // 141 is what a shell shows for a program that its closed pipe ended.
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 141)), "{} {args:?} ended with {code:?}: {said}", program.display());
    said
}

#[test]
fn a_closed_pipe_ends_no_program_with_a_word() {
    if programs().is_none() {
        return;
    }
    let Programs { hub, edge, sim } = Programs::find().expect("found a moment ago");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let at = |path: &str| root.join(path).display().to_string();
    let (config, store) = (at("deploy/config/edge.toml"), at("simulators/store-sim/stores/park-street.toml"));
    let truth = ["truth", "--store", &store, "--seed", "1", "--from", "2026-03-01", "--days", "60"];
    let history = ["history", "--store", &store, "--seed", "1", "--days", "30"];
    let fuzz = edge.with_file_name("vyavs-fuzz");
    let train = edge.with_file_name("vyavs-train");
    let shipped = at("models/shipped/sensor-anomaly");
    let verify = ["verify", &*shipped, "--json"];
    let calls: [(&PathBuf, &[&str]); 9] = [
        (&edge, &["receipt", "grammars"]),
        (&edge, &["receipt", "show", "vyavs-plain"]),
        (&edge, &["check-config", "--config", &config]),
        (&edge, &["discover", "--json"]),
        (&hub, &["openapi"]),
        (&sim, &truth),
        (&sim, &history),
        (&fuzz, &["--list"]),
        (&train, &verify),
    ];
    for (program, args) in calls {
        if !program.is_file() {
            println!("skipped: {} is not built", program.display());
            continue;
        }
        assert_eq!(unread(program, args), "", "{} {args:?}", program.display());
    }
}
