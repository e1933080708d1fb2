//! `cargo xtask test`: everything that can fail, on real peers.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::run::{all, cargo, root, step};
use crate::{dashboard, fuzz, peers, trials};

/// What is tested.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Arguments for nextest; with some, only the Rust tests they choose are run.
    #[arg(last = true)]
    args: Vec<OsString>,
}

/// Sets up, builds, and runs every tier; fails at the end when one did.
pub(crate) fn run(args: &TestArgs) -> anyhow::Result<()> {
    peers::prepare();
    let nextest = peers::nextest();
    if !args.args.is_empty() {
        return rust(nextest, &args.args);
    }
    dashboard::install()?;
    dashboard::build()?;
    // Programs first: tests across processes run them from where cargo puts them. The tests in the same go: built apart, the
    // features of development dependencies would make it compile everything twice.
    step("build", &mut cargo(&["build", "--workspace", "--all-targets", "--locked"]))?;
    let mut edge = Command::new(crate::run::target_dir()?.join("debug/vyavs-edge"));
    let config =
        step("deploy/config", edge.args(["check-config", "--config", "deploy/config/edge.toml"]).current_dir(root()));
    let rust = rust(nextest, &[]);
    let docs = step("documentation tests", &mut cargo(&["test", "--workspace", "--doc", "--locked", "--quiet"]));
    let units = step("dashboard units", &mut dashboard::npm(&["test", "--silent"]));
    all(vec![
        ("deploy/config", config),
        ("Rust tests", rust),
        ("documentation tests", docs),
        ("dashboard units", units),
        ("browser", browser()),
        ("replay", replay()),
        ("API", fuzz::short()),
    ])
}

fn rust(nextest: bool, args: &[OsString]) -> anyhow::Result<()> {
    let mut command = match nextest {
        true => cargo(&["nextest", "run", "--locked"]),
        false => cargo(&["test", "--locked"]),
    };
    if args.is_empty() {
        command.arg("--workspace");
        if !nextest {
            command.args(["--lib", "--bins", "--tests"]);
        }
    }
    if peers::has_postgres() {
        command.env("VYAVS_REQUIRE_PG", "1");
    }
    step("Rust tests", command.args(args))
}

fn browser() -> anyhow::Result<()> {
    if !peers::has_chromium() {
        eprintln!("- browser tests skipped: there is no Chromium");
        return Ok(());
    }
    step("browser tests", &mut dashboard::npm(&["run", "--silent", "e2e"]))
}

/// Real invoices through the whole chain with a few cuts and kills; the full numbers are `cargo xtask trials`.
fn replay() -> anyhow::Result<()> {
    let Some(data) = data("online_retail") else {
        eprintln!("- replay skipped: the online_retail data is not here; VYAVS_DATA names the folder that holds it");
        return Ok(());
    };
    let out = crate::run::target_dir()?.join("replay");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let numbers = ["--limit", "300", "--cuts", "3", "--kills", "2", "--hub-kills", "1", "--broker-restarts", "0"];
    let mut command = Command::new(trials::program("debug")?);
    command.args(["replay", "--source", "online_retail", "--data"]).arg(data).arg("--keep").arg(&out).args(numbers);
    step("replay with faults", command.current_dir(root()))
}

/// A data set: below `VYAVS_DATA`, or beside the checkout.
fn data(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("VYAVS_DATA").map(PathBuf::from);
    let dir = named.unwrap_or_else(|| root().join("../shared/data")).join(name);
    Path::new(&dir).is_dir().then_some(dir)
}
