//! `cargo xtask fuzz-api`: what `openapi.json` promises, asked of the real hub thousands of times in ways nobody thought of.
//!
//! schemathesis makes the requests, good ones and bad ones, and checks the answers: no 5xx, no status, content, header or
//! body that is not described, nothing accepted that the description forbids. What is left out stands, with its reason,
//! in `xtask/fuzz/schemathesis.toml`; what is there to be asked about in `xtask/fuzz/seeds.json`.

mod hub;
mod python;
mod tally;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;

use crate::demo::stop_flag;
use crate::run::{cargo, root, step, target_dir};
use hub::{Hub, Seed};
use tally::Tally;

/// The description that is asked about.
const CONTRACT: &str = "cloud-hub/hub/openapi.json";
/// Ours, for schemathesis.
const RULES: [&str; 2] = ["schemathesis.toml", "hooks.py"];
/// Requests an operation in one round; a run of more has more rounds, each with a seed of its own.
const ROUND: u32 = 100;
/// Requests an operation in a run of tests.
const SHORT: u32 = 3;
/// The exit code of a run that could not be: the one that autotools' test drivers read as "skipped".
const SKIPPED: u8 = 77;

/// What is asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask fuzz-api
  cargo xtask fuzz-api --requests 100000 --seed 7
  cargo xtask fuzz-api --only create_store
  cargo xtask fuzz-api --database postgres://vyavs@localhost/fuzz")]
pub(crate) struct FuzzArgs {
    /// At least so many requests.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
    /// The first round's seed.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Only the operation of this id.
    #[arg(long, value_name = "OPERATION")]
    only: Option<String>,
    /// The hub's database, empty; a fresh SQLite file without.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Runs this hub instead of building one.
    #[arg(long, value_name = "FILE")]
    hub: Option<PathBuf>,
    /// Leaves out the walk along every boundary of every field: a few minutes less.
    #[arg(long)]
    short: bool,
}

/// What every test run asks: about every operation, a few requests each, with the same seed; says so and is content when
/// schemathesis cannot be installed here.
pub(crate) fn short() -> anyhow::Result<()> {
    let requests = SHORT * u32::try_from(operations(None)?)?;
    let hub = Some(built()?);
    run(&FuzzArgs { requests, seed: 1, only: None, database: None, hub, short: true }).map(drop)
}

/// Fails with what was found.
pub(crate) fn run(args: &FuzzArgs) -> anyhow::Result<ExitCode> {
    let program = match python::schemathesis()? {
        Ok(program) => program,
        Err(missing) => {
            eprintln!("- fuzzing skipped: {missing}");
            return Ok(ExitCode::from(SKIPPED));
        }
    };
    let hub = match &args.hub {
        Some(hub) => hub.canonicalize().with_context(|| format!("there is no {}", hub.display()))?,
        None => {
            step("build", &mut cargo(&["build", "--locked", "-p", "vyavs-hub", "--bins"]))?;
            built()?
        }
    };
    trial(&program, &hub, args)?;
    Ok(ExitCode::SUCCESS)
}

/// Where cargo puts it.
fn built() -> anyhow::Result<PathBuf> {
    Ok(target_dir()?.join("debug/vyavs-hub"))
}

fn trial(schemathesis: &Path, program: &Path, args: &FuzzArgs) -> anyhow::Result<()> {
    let dir = target_dir()?.join("fuzz/run");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir).with_context(|| format!("failed to make {}", dir.display()))?;
    let stop = stop_flag().context("failed to listen for Ctrl-C")?;
    let mut hub = Hub::start(program, &dir, args.database.as_deref(), stop)?;
    for name in RULES {
        let text = std::fs::read_to_string(root().join("xtask/fuzz").join(name))?;
        let text = if name.ends_with(".toml") { text + &bound(&hub.seeds) } else { text };
        std::fs::write(dir.join(name), text)?;
    }
    let operations = operations(args.only.as_deref())?;
    let (began, mut all, mut round) = (Instant::now(), Tally::default(), 0);
    while all.requests < u64::from(args.requests) {
        let left = u64::from(args.requests) - all.requests;
        // The first round also walks every boundary of every field, which is some dozen requests an operation.
        let examples = left.div_ceil(operations).clamp(1, u64::from(ROUND));
        let tally = asked(schemathesis, &hub, &dir, args, (args.seed + round, examples))?;
        if tally.requests == 0 {
            bail!("schemathesis asked nothing; is there an operation {:?}?", args.only);
        }
        all.add(tally);
        hub.check()?;
        round += 1;
    }
    hub.stop();
    println!("{}", all.table(args.only.is_none()));
    println!(
        "{} requests in {:.0} s, seeds {} to {}: no 5xx, nothing against {CONTRACT}",
        all.requests,
        began.elapsed().as_secs_f64(),
        args.seed,
        args.seed + round - 1
    );
    Ok(())
}

/// One round; `Err` when something was found.
fn asked(
    schemathesis: &Path,
    hub: &Hub,
    dir: &Path,
    args: &FuzzArgs,
    (seed, examples): (u32, u64),
) -> anyhow::Result<Tally> {
    let told = dir.join(format!("tally-{seed}.json"));
    let mut command = Command::new(schemathesis);
    command.current_dir(dir).args(["run", "--no-color", "--seed", &seed.to_string()]);
    command.args(["--max-examples", &examples.to_string(), "--url", &hub.url]);
    if args.short {
        command.args(["--phases", "examples,fuzzing"]);
    }
    command.args(args.only.iter().flat_map(|only| ["--include-operation-id", only]));
    command.arg(root().join(CONTRACT)).stdin(Stdio::null());
    command.env("VYAVS_FUZZ_HUB", &hub.url).env("VYAVS_FUZZ_TALLY", &told);
    command.env("VYAVS_FUZZ_EMAIL", &hub.email).env("VYAVS_FUZZ_PASSWORD", &hub.password);
    let log = dir.join(format!("round-{seed}.log"));
    let out = std::fs::File::create(&log)?;
    eprintln!("▶ round of seed {seed}, {examples} examples an operation");
    let status = command.stdout(out.try_clone()?).stderr(out).status().context("failed to start schemathesis")?;
    if !status.success() {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        eprintln!("{text}");
        bail!("seed {seed}: schemathesis found something ({status}); its words are in {}", log.display());
    }
    Tally::read(&told)
}

/// How many operations are asked about.
fn operations(only: Option<&str>) -> anyhow::Result<u64> {
    let text = std::fs::read(root().join(CONTRACT))?;
    let contract: serde_json::Value =
        serde_json::from_slice(&text).with_context(|| format!("{CONTRACT} is not JSON"))?;
    let paths = contract["paths"].as_object().with_context(|| format!("{CONTRACT} has no paths"))?;
    let all = paths.values().filter_map(|path| path.as_object()).map(|methods| methods.len() as u64).sum();
    Ok(if only.is_some() { 1 } else { all })
}

/// Half of the ids that are asked about are there.
fn bound(seeds: &[(Seed, String)]) -> String {
    let mut text = String::new();
    for (seed, id) in seeds {
        let _ = write!(text, "\n[dictionaries.{}]\nvalues = [\"{id}\"]\n", seed.name);
        for route in &seed.of {
            let _ = write!(
                text,
                "\n[[operations]]\ninclude-path-regex = '^/api/v1/{route}/\\{{id\\}}'\n\
                 parameters.\"path.id\" = {{ dictionary = \"{}\", probability = 0.5 }}\n",
                seed.name
            );
        }
    }
    text
}
