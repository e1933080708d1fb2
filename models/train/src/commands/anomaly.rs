//! `vyavs-train anomaly`: the agent's one score for any series, over a corpus, judged where there are labels.

mod corpus;
mod verdict;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use vyavs_detect::{Novelty, NoveltyState};
use vyavs_service::output;

use corpus::Series;
use verdict::{Verdict, judge};

/// Scores each series of a corpus in one pass, reading by reading, with one fixed setting.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "In: DIR/data/<category>/<file>.csv[.gz] with columns timestamp and value. Out: <category>/vyavs_<file>.csv with \
    timestamp, value and anomaly_score; 0.5 and above is an alarm. Where DIR or DIR/labels has combined_windows.json, the scores are judged by \
    the Numenta benchmark's rules.\n\nExample:\n  vyavs-train anomaly --corpus nab --out scores --peer nab/reference_scores_windowedGaussian"
)]
pub(crate) struct Arguments {
    /// Directory of the corpus.
    #[arg(long, value_name = "DIR")]
    corpus: PathBuf,
    /// Where the scores go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Scores of another detector to be judged beside ours: DIR/<category>/<file>.csv[.gz] with a column anomaly_score.
    #[arg(long, value_name = "DIR")]
    peer: Vec<PathBuf>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let series = corpus::read(&arguments.corpus)?;
    let before = cpu_s();
    let scores: Vec<Vec<f64>> = series.iter().map(score).collect();
    let spent_s = cpu_s() - before;
    for (series, scores) in series.iter().zip(&scores) {
        corpus::write(&arguments.out, series, scores)?;
    }
    let mut verdicts = Vec::new();
    if series.iter().all(|series| series.windows.is_some()) {
        verdicts.push(judge("vyavs", &series, &scores));
        verdicts.push(judge("running z-score", &series, &series.iter().map(naive).collect::<Vec<_>>()));
        for peer in &arguments.peer {
            let scores: Result<Vec<_>, _> = series.iter().map(|series| corpus::peer_scores(peer, series)).collect();
            let name =
                peer.file_name().map_or_else(|| peer.display().to_string(), |name| name.to_string_lossy().into());
            verdicts.push(judge(&name, &series, &scores?));
        }
    } else {
        eprintln!("{} has no combined_windows.json: scored, not judged", arguments.corpus.display());
    }
    let rows: usize = series.iter().map(|series| series.rows.len()).sum();
    let speed = rows as f64 / spent_s.max(1e-9);
    if arguments.json {
        let verdicts: Vec<Value> = verdicts.iter().map(Verdict::to_json).collect();
        let state = size_of::<NoveltyState>();
        let facts = json!({ "files": series.len(), "rows": rows, "records_per_cpu_s": speed, "state_bytes": state, "detectors": verdicts });
        output::say(format_args!("{facts}")).context("standard output cannot be written")?;
        return Ok(());
    }
    output::print(format_args!("{}", table(&verdicts)?))?;
    output::say(format_args!(
        "{rows} rows of {} files in {spent_s:.3} s of CPU: {speed:.0} records/s; {} bytes of state a series",
        series.len(),
        size_of::<NoveltyState>()
    ))?;
    Ok(())
}

/// The agent's score of every row; a row without a value scores 0.
fn score(series: &Series) -> Vec<f64> {
    let (novelty, mut state) = (Novelty::default(), NoveltyState::default());
    series.rows.iter().map(|row| novelty.step(&mut state, &row.sample).unwrap_or(0.0)).collect()
}

/// What anybody would try first: how many deviations from the mean of all so far, squeezed below 1.
fn naive(series: &Series) -> Vec<f64> {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let score = |value: f64| {
        let deviation = f64::sqrt(squares / f64::max(count, 1.0));
        let z = if deviation > 0.0 { (value - mean).abs() / deviation } else { 0.0 };
        count += 1.0;
        let off = value - mean;
        mean += off / count;
        squares += off * (value - mean);
        z / (1.0 + z)
    };
    series.rows.iter().map(|row| row.sample.value).map(score).collect()
}

fn table(verdicts: &[Verdict]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    if verdicts.is_empty() {
        return Ok(text);
    }
    writeln!(
        text,
        "{:38} {:>8} {:>8} {:>8} {:>9} {:>9} {:>8} {:>10} {:>9} {:>8}",
        "detector", "standard", "low FP", "low FN", "threshold", "held out", "hit", "right", "false/10k", "VUS-PR"
    )?;
    for verdict in verdicts {
        let Verdict { name, standard, low_false, low_miss, held_out, tally, vus_pr, .. } = verdict;
        writeln!(
            text,
            "{name:38} {:>8.2} {:>8.2} {:>8.2} {:>9.4} {held_out:>9.2} {:>8} {:>10} {:>9.2} {:>8.3}",
            standard.normalised,
            low_false.normalised,
            low_miss.normalised,
            standard.threshold,
            format!("{}/{}", tally.hit, tally.windows),
            format!("{}/{}={:.2}", tally.right, tally.alarms, tally.precision()),
            1e4 * (tally.alarms - tally.right) as f64 / tally.rows.max(1) as f64,
            vus_pr.unwrap_or(f64::NAN),
        )?;
    }
    writeln!(
        text,
        "standard, low FP, low FN: at the threshold that suits these labels best. held out: standard, each category at the threshold of the others."
    )?;
    Ok(text)
}

fn cpu_s() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
