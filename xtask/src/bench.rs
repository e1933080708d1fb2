//! `cargo xtask bench`: every example named `bench_*` and the whole-process measurements of `vyavs-trials`, in release,
//! and a page with what they printed.

mod page;

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;

use crate::run::{cargo, first_line, root, step};
use crate::trials;
use page::Section;

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only those whose name contains this.
    filter: Option<String>,
    /// Where the page goes.
    #[arg(long, default_value = "docs/benchmarks.md")]
    out: std::path::PathBuf,
}

/// A benchmark.
#[derive(Debug, PartialEq, Eq)]
enum Bench {
    /// A package's example, and the features it needs.
    Example { package: String, name: String, features: Vec<String> },
    /// A command of `vyavs-trials`.
    Trial { name: &'static str, args: &'static [&'static str] },
}

/// As in `deploy/systemd/vyavs-edge.service`.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

/// What an example is told beside its name: where its disk is, when it writes more than the folder it is started in may hold,
/// and the size that its goals are set for.
const ARGUMENTS: [(&str, &[&str]); 2] =
    [("bench_month", &["--dir", "/var/tmp"]), ("bench_platform", &["--lines", "10000000"])];

/// Measured on whole processes.
const TRIALS: [Bench; 4] = [
    Bench::Trial { name: "drain into SQLite", args: &["drain", "--records", "300000", "--runs", "3"] },
    Bench::Trial {
        name: "drain into PostgreSQL",
        args: &["drain", "--records", "300000", "--runs", "3", "--hub-db", "postgres"],
    },
    Bench::Trial { name: "footprint", args: &["footprint", "--minutes", "5", "--models", "models/shipped"] },
    Bench::Trial { name: "relaying", args: &["relaying", "--jobs", "500"] },
];

/// The arguments of an example.
fn arguments(name: &str) -> &'static [&'static str] {
    ARGUMENTS.iter().find(|(known, _)| *known == name).map_or(&[], |(_, arguments)| arguments)
}

impl Bench {
    fn name(&self) -> &str {
        match self {
            Self::Example { name, .. } => name,
            Self::Trial { name, .. } => name,
        }
    }

    /// The arguments of cargo that build it.
    fn build(&self) -> Vec<String> {
        let mut args: Vec<String> = ["build", "--release", "--locked"].map(str::to_owned).into();
        match self {
            Self::Example { package, name, features } => {
                args.extend(["-p".to_owned(), package.clone(), "--example".to_owned(), name.clone()]);
                if !features.is_empty() {
                    args.extend(["--features".to_owned(), features.join(",")]);
                }
            }
            Self::Trial { .. } => {
                args.push("--bins".to_owned());
                args.extend(trials::PROGRAMS.map(str::to_owned));
            }
        }
        args
    }

    /// The program with its arguments, and how a person would call it.
    fn command(&self) -> anyhow::Result<(Command, String)> {
        match self {
            Self::Example { package, name, features } => {
                let mut shown = format!("cargo run --release -p {package}");
                if !features.is_empty() {
                    shown += &format!(" --features {}", features.join(","));
                }
                shown += &format!(" --example {name}");
                let mut command = Command::new(crate::run::target_dir()?.join("release/examples").join(name));
                let arguments = arguments(name);
                if !arguments.is_empty() {
                    shown += &format!(" -- {}", arguments.join(" "));
                }
                command.args(arguments);
                Ok((command, shown))
            }
            Self::Trial { args, .. } => {
                let mut command = Command::new(trials::program("release")?);
                // The agent as it ships, in the surroundings that its systemd unit gives it.
                command.args(*args).env("VYAVS_EDGE", crate::run::target_dir()?.join("dist/vyavs-edge"));
                command.env(ARENAS.0, ARENAS.1);
                let shown = format!(
                    "{}={} VYAVS_EDGE=target/dist/vyavs-edge target/release/vyavs-trials {}",
                    ARENAS.0,
                    ARENAS.1,
                    args.join(" ")
                );
                Ok((command, shown))
            }
        }
    }
}

/// Builds everything, then runs one after another, each alone on the machine, and writes the page.
pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let filter = args.filter.as_deref().unwrap_or_default();
    let all: Vec<Bench> = discover()?.into_iter().chain(TRIALS).collect();
    let known: Vec<String> = all.iter().map(|bench| bench.name().to_owned()).collect();
    let benches: Vec<Bench> = all.into_iter().filter(|bench| bench.name().contains(filter)).collect();
    if benches.is_empty() {
        bail!("no benchmark is named *{filter}*; there are: {}", known.join(", "));
    }
    let mut builds: Vec<Vec<String>> = benches.iter().map(Bench::build).collect();
    builds.dedup();
    if benches.iter().any(|bench| matches!(bench, Bench::Trial { .. })) {
        let dist = ["build", "--profile", "dist", "--locked", "-p", "vyavs-edge-agent", "--bin", "vyavs-edge"];
        builds.push(dist.map(str::to_owned).into());
    }
    for build in builds {
        let build: Vec<&str> = build.iter().map(String::as_str).collect();
        step(&build.join(" "), &mut cargo(&build))?;
    }
    let out = root().join(&args.out);
    for bench in &benches {
        let section = measure(bench)?;
        // After each: what took an hour is not lost to what fails in the next.
        let old = page::read(&std::fs::read_to_string(&out).unwrap_or_default());
        let sections = page::merge(old, vec![section], &known);
        std::fs::write(&out, page::write(&sections)).with_context(|| format!("failed to write {}", out.display()))?;
    }
    eprintln!("✓ {}", args.out.display());
    Ok(())
}

fn measure(bench: &Bench) -> anyhow::Result<Section> {
    let (mut command, shown) = bench.command()?;
    let (began, load) = (Instant::now(), page::load());
    eprintln!("▶ {} (the machine's load is {load})", bench.name());
    let output = command
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{}: failed to start {}", bench.name(), command.get_program().display()))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    print!("{printed}");
    if !output.status.success() {
        bail!("{} failed ({}); its section was left as it is", bench.name(), output.status);
    }
    let date = first_line("date", &["-u", "+%Y-%m-%d %H:%M UTC"]).context("failed to run date")?;
    let when = format!("{date}, {:.0} s, load before it {load}", began.elapsed().as_secs_f64());
    Ok(Section::new(bench.name(), &shown, &when, &printed))
}

/// What `cargo metadata` lists.
fn discover() -> anyhow::Result<Vec<Bench>> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]).stderr(Stdio::inherit()).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
    Ok(examples(&metadata))
}

fn examples(metadata: &serde_json::Value) -> Vec<Bench> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for package in list(&metadata["packages"]) {
        for target in list(&package["targets"]) {
            let example = list(&target["kind"]).iter().any(|kind| kind == "example");
            let name = text(&target["name"]);
            if example && name.starts_with("bench_") {
                let features = list(&target["required-features"]).iter().map(text).collect();
                found.push(Bench::Example { package: text(&package["name"]), name, features });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_examples_named_bench_are_run() {
        let metadata = serde_json::json!({"packages": [
            {"name": "a", "targets": [
                {"name": "a", "kind": ["lib"]},
                {"name": "bench_append", "kind": ["example"], "required-features": ["testing"]},
                {"name": "tour", "kind": ["example"]},
            ]},
            {"name": "b", "targets": [{"name": "bench_b", "kind": ["bin"]}]},
        ]});
        let features = vec!["testing".to_owned()];
        let wanted = Bench::Example { package: "a".into(), name: "bench_append".into(), features };
        assert!(wanted.build().ends_with(&["--features".to_owned(), "testing".to_owned()]));
        assert_eq!(examples(&metadata), [wanted]);
    }

    #[test]
    fn an_example_is_called_with_its_arguments() {
        let bench = |name: &str| Bench::Example { package: "a".into(), name: name.into(), features: Vec::new() };
        let (command, shown) = bench("bench_month").command().expect("a program");
        assert!(shown.ends_with("-p a --example bench_month -- --dir /var/tmp"), "{shown}");
        assert_eq!(command.get_args().count(), 2);
        let (command, shown) = bench("bench_append").command().expect("a program");
        assert!(shown.ends_with("-p a --example bench_append") && command.get_args().count() == 0, "{shown}");
    }

    #[test]
    fn a_measurement_of_processes_says_how_to_call_it() {
        let (command, shown) = TRIALS[1].command().expect("a program");
        assert!(shown.ends_with("vyavs-trials drain --records 300000 --runs 3 --hub-db postgres"), "{shown}");
        assert_eq!(command.get_args().count(), 7);
    }
}
