//! `cargo xtask bench`: every example named `bench_*`, in release, and a page with what they printed.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;

use crate::run::{cargo, first_line, root};

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only those whose name contains this.
    filter: Option<String>,
    /// Where the page goes.
    #[arg(long, default_value = "docs/benchmarks.md")]
    out: std::path::PathBuf,
}

/// A package's benchmark.
#[derive(Debug, PartialEq, Eq)]
struct Bench {
    package: String,
    name: String,
}

/// Runs them one after another, each alone on the machine, and writes the page.
pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let filter = args.filter.as_deref().unwrap_or_default();
    let benches: Vec<Bench> = discover()?.into_iter().filter(|bench| bench.name.contains(filter)).collect();
    if benches.is_empty() {
        bail!("no example is named bench_*{filter}*");
    }
    let mut page = head(&date()?);
    for bench in &benches {
        let arguments = ["run", "--release", "--locked", "-p", &bench.package, "--example", &bench.name];
        eprintln!("▶ {}", bench.name);
        let output = cargo(&arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("{}: failed to start cargo", bench.name))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        print!("{printed}");
        if !output.status.success() {
            bail!("{} failed ({}); {} was not written", bench.name, output.status, args.out.display());
        }
        section(&mut page, bench, &printed);
    }
    let out = root().join(&args.out);
    std::fs::write(&out, page).with_context(|| format!("failed to write {}", out.display()))?;
    eprintln!("✓ {}", args.out.display());
    Ok(())
}

fn head(date: &str) -> String {
    format!("# Benchmarks\n\nWritten by `cargo xtask bench` on {date}.\n\nMachine: {}.\n", machine().join(", "))
}

/// A benchmark that prints a Markdown table gets it as one; anything else stands as it was printed.
fn section(page: &mut String, bench: &Bench, printed: &str) {
    let command = format!("cargo run --release -p {} --example {}", bench.package, bench.name);
    let text = printed.trim_end();
    let table = text.lines().any(|line| line.starts_with('|'));
    let body = if table { text.to_owned() } else { format!("```text\n{text}\n```") };
    write!(page, "\n## {}\n\n`{command}`\n\n{body}\n", bench.name).expect("a string takes everything");
}

/// What `cargo metadata` lists.
fn discover() -> anyhow::Result<Vec<Bench>> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]).stderr(Stdio::inherit()).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
    Ok(benches(&metadata))
}

fn benches(metadata: &serde_json::Value) -> Vec<Bench> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for package in list(&metadata["packages"]) {
        for target in list(&package["targets"]) {
            let example = list(&target["kind"]).iter().any(|kind| kind == "example");
            let name = target["name"].as_str().unwrap_or_default();
            if example && name.starts_with("bench_") {
                let package = package["name"].as_str().unwrap_or_default().to_owned();
                found.push(Bench { package, name: name.to_owned() });
            }
        }
    }
    found
}

/// Processor, cores, memory, system and compiler, as far as the system tells.
fn machine() -> Vec<String> {
    let field = |path: &str, name: &str| -> Option<String> {
        let text = std::fs::read_to_string(Path::new(path)).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once([':', '='])?.1.trim().trim_matches('"').to_owned())
    };
    let cores = std::thread::available_parallelism().map(|cores| format!("{cores} cores")).ok();
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.strip_suffix(" kB")?.trim().parse::<u64>().ok())
        .map(|kib| format!("{:.1} GiB of memory", kib as f64 / 1_048_576.0));
    let facts = [
        field("/proc/cpuinfo", "model name"),
        cores,
        memory,
        field("/etc/os-release", "PRETTY_NAME"),
        first_line("uname", &["-sr"]),
        first_line("rustc", &["--version"]),
    ];
    facts.into_iter().flatten().collect()
}

fn date() -> anyhow::Result<String> {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output().context("failed to run date")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_examples_named_bench_are_run() {
        let metadata = serde_json::json!({"packages": [
            {"name": "a", "targets": [
                {"name": "a", "kind": ["lib"]},
                {"name": "bench_append", "kind": ["example"]},
                {"name": "tour", "kind": ["example"]},
            ]},
            {"name": "b", "targets": [{"name": "bench_b", "kind": ["bin"]}]},
        ]});
        assert_eq!(benches(&metadata), [Bench { package: "a".into(), name: "bench_append".into() }]);
    }

    #[test]
    fn a_table_stands_as_a_table_and_text_as_text() {
        let bench = Bench { package: "p".into(), name: "bench_x".into() };
        let mut page = head("2026-01-01");
        section(&mut page, &bench, "| a |\n| - |\n");
        section(&mut page, &bench, "12 records\n");
        assert!(page.contains("\n| a |\n| - |\n") && page.contains("```text\n12 records\n```"), "{page}");
        assert!(page.contains("on 2026-01-01") && page.contains("--example bench_x"), "{page}");
    }
}
