//! `vyavs-train`: fits models, signs them, and checks that they are what they say.

mod commands;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use vyavs_artifact::{Limits, Manifest, SigningKey, TrustedKeys, sign, verify};
use vyavs_features::COLD_CHAIN;
use vyavs_service::output;
use vyavs_train::{Fitted, anomaly};

/// Fits models from history, signs them, and verifies them.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  vyavs-train keygen --out models.key\n  vyavs-train fit --task sensor-anomaly --seed 7 --out model --sign-key models.key\n  vyavs-train verify models/shipped/sensor-anomaly --reproduce"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum Task {
    /// One score a minute for temperature probes of fridges and freezers.
    SensorAnomaly,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a signing key: FILE (private, PKCS#8, mode 0600) and FILE.pub.
    Keygen {
        /// Where the private key goes; must not exist.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Fits a model and writes its artifact.
    #[command(
        after_help = "Example:\n  vyavs-train fit --task sensor-anomaly --seed 7 --out model --sign-key models.key"
    )]
    Fit {
        /// What the model is for.
        #[arg(long)]
        task: Task,
        /// Seed of the simulated stores and of the weights; the same seed gives the same bytes.
        #[arg(long)]
        seed: u64,
        /// Directory of the artifact.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Private key that signs it (see keygen); without it there is no signature, and no agent takes the model.
        #[arg(long, value_name = "FILE")]
        sign_key: Option<PathBuf>,
        /// Print the figures as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Scores a corpus of series, reading by reading, and judges the scores where there are labels.
    Anomaly(commands::anomaly::Arguments),
    /// Fits a sentiment model on labelled texts and judges it, with the lexicon beside it.
    Sentiment(commands::sentiment::Arguments),
    /// Verifies an artifact as a device would: signature, digests, graph, golden vectors.
    #[command(after_help = "Example:\n  vyavs-train verify models/shipped/sensor-anomaly --reproduce")]
    Verify {
        /// Directory of the artifact.
        dir: PathBuf,
        /// Public keys to trust besides the shipped one.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Fit it again from its manifest's seed and compare every byte.
        #[arg(long)]
        reproduce: bool,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Forecasts the M4 competition's series and scores them by its rules.
    #[command(after_help = "Example:\n  vyavs-train m4 --dir m4 --json")]
    M4(commands::m4::Arguments),
    /// Forecasts a panel from cut-offs in its past and scores every model on the same folds.
    #[command(
        after_help = "Example:\n  vyavs-train backtest --panel sales.csv.gz --id store,sku --time date --target sold --freq D --horizon 28 --origins 3 --models ensemble --forecasts out.csv"
    )]
    Backtest(commands::backtest::Arguments),
    /// Learns which payments are fraud and scores later ones.
    Fraud(commands::fraud::FraudArgs),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vyavs-train: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Keygen { out } => keygen(&out),
        Command::Fit { task, seed, out, sign_key, json } => fit(task, seed, &out, sign_key.as_deref(), json),
        Command::Anomaly(arguments) => commands::anomaly::run(&arguments),
        Command::Sentiment(arguments) => commands::sentiment::run(&arguments),
        Command::Fraud(args) => commands::fraud::run(&args),
        Command::Verify { dir, key, reproduce, json } => check(&dir, key.as_deref(), reproduce, json),
        Command::M4(arguments) => commands::m4::run(&arguments),
        Command::Backtest(arguments) => commands::backtest::run(&arguments),
    }
}

fn keygen(out: &Path) -> anyhow::Result<()> {
    let der = SigningKey::generate()?;
    let public = SigningKey::from_pkcs8(&der)?.public();
    let private = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let written = private.and_then(|mut file| file.write_all(&der));
    written.with_context(|| format!("{} cannot be made (an existing key is never replaced)", out.display()))?;
    let beside = PathBuf::from(format!("{}.pub", out.display()));
    let text = format!("{public} # {}\n", public.fingerprint());
    fs::write(&beside, text).with_context(|| format!("{} cannot be written", beside.display()))?;
    output::say(format_args!("{} (keep it secret) and {}", out.display(), beside.display()))?;
    Ok(())
}

fn fitted(task: Task, seed: u64) -> Fitted {
    match task {
        Task::SensorAnomaly => anomaly::fit(seed, |word| eprintln!("{word}")),
    }
}

fn fit(task: Task, seed: u64, out: &Path, sign_key: Option<&Path>, as_json: bool) -> anyhow::Result<()> {
    // Before the work, not after it.
    let key = sign_key.map(|path| {
        let der = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        SigningKey::from_pkcs8(&der).with_context(|| path.display().to_string())
    });
    let key = key.transpose()?;
    let made = fitted(task, seed);
    made.write(out).with_context(|| format!("{} cannot be written", out.display()))?;
    match &key {
        Some(key) => {
            sign(out, key)?;
            let spec = COLD_CHAIN.hash();
            verify(out, &TrustedKeys::from(key.public()), &spec, &Limits::default())
                .context("the model that was just made does not pass its own verification")?;
        }
        None => eprintln!("not signed: no agent will take this model (see --sign-key)"),
    }
    if as_json {
        let metrics = &Manifest::parse(made.manifest.as_bytes())?.metrics;
        output::say(format_args!("{}", json!({ "dir": out, "signed": key.is_some(), "metrics": metrics })))?;
    } else {
        output::say(format_args!("{}", made.card))?;
    }
    Ok(())
}

fn check(dir: &Path, key: Option<&Path>, reproduce: bool, as_json: bool) -> anyhow::Result<()> {
    let mut trusted = TrustedKeys::shipped();
    if let Some(path) = key {
        trusted = trusted.with_file(path)?;
    }
    let artifact = match verify(dir, &trusted, &COLD_CHAIN.hash(), &Limits::default()) {
        Ok(artifact) => artifact,
        Err(refusal) if as_json => {
            output::say(format_args!(
                "{}",
                json!({ "verified": false, "refusal": refusal.name(), "detail": refusal.to_string() })
            ))?;
            return Err(refusal.into());
        }
        Err(refusal) => return Err(anyhow::Error::from(refusal).context(format!("{} is refused", dir.display()))),
    };
    let manifest = artifact.manifest;
    if reproduce {
        let task = match manifest.task.as_str() {
            anomaly::TASK => Task::SensorAnomaly,
            other => bail!("this program does not make models for {other:?}"),
        };
        for (name, bytes) in fitted(task, manifest.training.seed).files() {
            let path = dir.join(name);
            let there = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            let (there, made) = (blake3::hash(&there), blake3::hash(bytes));
            ensure!(there == made, "{name} is not reproduced: here {there}, made again {made}");
        }
    }
    if as_json {
        output::say(format_args!(
            "{}",
            json!({ "verified": true, "model": manifest.label(), "reproduced": reproduce })
        ))?;
    } else {
        let again = if reproduce { ", and made again byte for byte" } else { "" };
        output::say(format_args!(
            "{} is in order: signature, digests, graph and golden vectors{again}",
            manifest.label()
        ))?;
    }
    Ok(())
}
