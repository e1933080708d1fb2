//! `cargo xtask`: the project's own commands. Each does its own set-up, or says in one sentence what is missing.

mod bench;
mod check;
mod dashboard;
mod demo;
mod fuzz;
mod peers;
mod run;
mod test;
mod trials;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  cargo xtask demo                     three simulated stores and a hub, until Ctrl-C
  cargo xtask test                     everything that can fail, on real peers
  cargo xtask test -- -p vyavs-store   the same for one crate
  cargo xtask check                    format, lints, documentation, dashboard
  cargo xtask bench                    docs/benchmarks.md
  cargo xtask fuzz-api                 ten thousand requests against the hub's description
  cargo xtask trials replay --source online_retail --data DIR --keep OUT";

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything, play three stores with a past and live trade, and show them.
    Demo(demo::DemoArgs),
    /// Run all tests: Rust, documentation, dashboard, browser, and a small replay with faults.
    Test(test::TestArgs),
    /// What review runs: format, lints, documentation, licences, dashboard.
    Check,
    /// Measure, and write docs/benchmarks.md.
    Bench(bench::BenchArgs),
    /// Run `vyavs-trials` in release; its table goes to docs/trials.md unless --table says otherwise.
    Trials(trials::TrialsArgs),
    /// Ask the hub what its openapi.json promises, in thousands of good and bad ways; 77 when there is no Python.
    FuzzApi(fuzz::FuzzArgs),
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::FuzzApi(args) => return fuzz::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Check => check::run(),
        Command::Bench(args) => bench::run(&args),
        Command::Trials(args) => trials::run(&args),
    }?;
    Ok(ExitCode::SUCCESS)
}
