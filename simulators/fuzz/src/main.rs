//! `vyavs-fuzz`: mutated bytes into every decoder.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Parser;
use vyavs_fuzz::corpus;
use vyavs_fuzz::run::{TOO_LONG, peak_kib, run};
use vyavs_fuzz::targets::{self, Target};
use vyavs_service::output::say;

/// Mutates seeds and kept inputs, and decodes them: no panic, no hang, bounded memory.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  vyavs-fuzz --list\n  vyavs-fuzz --inputs 10000000\n  vyavs-fuzz --target escpos --inputs 1000000 --seed 7"
)]
struct Args {
    /// Only decoders whose name contains this.
    #[arg(long)]
    target: Option<String>,
    /// Inputs for each.
    #[arg(long, default_value_t = 1_000_000)]
    inputs: u64,
    /// Another seed is another run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where inputs are kept, a file a decoder.
    #[arg(long, default_value = "simulators/fuzz/corpus")]
    corpus: PathBuf,
    /// MiB that a process of one decoder may take.
    #[arg(long, default_value_t = 256)]
    most_mib: u64,
    /// The decoders, and nothing else.
    #[arg(long)]
    list: bool,
    /// Writes the seeds and kept inputs of one decoder into this folder, for a coverage-guided fuzzer.
    #[arg(long, value_name = "DIR")]
    unpack: Option<PathBuf>,
    /// Keeps what such a fuzzer found for one decoder in this folder.
    #[arg(long, value_name = "DIR")]
    pack: Option<PathBuf>,
    /// Only this one, here: each decoder is run in a process of its own, so that its memory is its own.
    #[arg(long, hide = true)]
    alone: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let wanted = args.target.as_deref().unwrap_or_default();
    let chosen: Vec<Target> = targets::all().into_iter().filter(|target| target.name.contains(wanted)).collect();
    if chosen.is_empty() {
        bail!("no decoder is named *{wanted}*; see --list");
    }
    if args.list {
        return chosen.iter().try_for_each(|target| Ok(say(format_args!("{}", target.name))?));
    }
    if args.alone || args.unpack.is_some() || args.pack.is_some() {
        let target = targets::all().into_iter().find(|target| target.name == wanted);
        let target = target.context("--target must be the whole name of one decoder; see --list")?;
        let kept = corpus::file(&args.corpus, target.name);
        if let Some(folder) = &args.unpack {
            let mut inputs = (target.seeds)();
            inputs.extend(corpus::load(&kept)?);
            return corpus::unpack(&inputs, folder);
        }
        if let Some(folder) = &args.pack {
            let added = corpus::keep(&kept, corpus::folder(folder)?)?;
            return Ok(say(format_args!("{added} inputs added to {}", kept.display()))?);
        }
        return alone(&args, &target);
    }
    say(format_args!("| decoder | inputs | began with | panics | longest, ms | per s | most memory, MiB |"))?;
    say(format_args!("|---|---:|---:|---:|---:|---:|---:|"))?;
    let mut failed = Vec::new();
    for target in chosen {
        let mut one = std::process::Command::new(std::env::current_exe()?);
        one.args(["--alone", "--target", target.name, "--inputs", &args.inputs.to_string()]);
        one.args(["--seed", &args.seed.to_string(), "--most-mib", &args.most_mib.to_string(), "--corpus"])
            .arg(&args.corpus);
        if !one.status().context("failed to start myself")?.success() {
            failed.push(target.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("not sound: {}", failed.join(", ")) }
}

fn alone(args: &Args, target: &Target) -> anyhow::Result<()> {
    // A panic is counted; its text would be printed a million times.
    std::panic::set_hook(Box::new(|_| {}));
    let found = run(target, args.inputs, args.seed, &corpus::file(&args.corpus, target.name))?;
    let mib = peak_kib()? / 1024;
    let rate = found.inputs as f64 / found.took.as_secs_f64();
    let longest = found.longest.as_secs_f64() * 1000.0;
    let (name, inputs, seeds, panics) = (target.name, found.inputs, found.seeds, found.panics);
    say(format_args!("| {name} | {inputs} | {seeds} | {panics} | {longest:.1} | {rate:.0} | {mib} |"))?;
    if panics > 0 || found.longest > TOO_LONG || mib > args.most_mib {
        bail!("{name} is not sound");
    }
    Ok(())
}
