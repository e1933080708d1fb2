//! `vyavs-train backtest`: any panel, from cut-offs in its past, every method on the same folds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Map, Value};

use super::contest::{Answers, Contest};
use super::panel::{Columns, Panel, Step};
use super::score;
use super::text::Table;

/// What to read, where to cut, whom to ask.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Table with one row a series and moment, plain or gzip.
    #[arg(long, value_name = "FILE")]
    panel: PathBuf,
    /// Columns that name a series; several are joined by /.
    #[arg(long, value_delimiter = ',', required = true)]
    id: Vec<String>,
    /// Column of the date or hour.
    #[arg(long)]
    time: String,
    /// Column that is forecast.
    #[arg(long)]
    target: String,
    /// Columns known in advance, numbers or texts; "boosted" learns from them, methods that look at one series alone do not.
    #[arg(long, value_delimiter = ',')]
    known: Vec<String>,
    /// Whose public holidays "boosted" knows in advance: DE, FR, GB, IN or US.
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// Steps between values.
    #[arg(long)]
    freq: Step,
    /// Steps ahead.
    #[arg(long)]
    horizon: usize,
    /// So many disjoint folds at the end of the panel.
    #[arg(long, conflicts_with = "cutoffs", required_unless_present = "cutoffs")]
    origins: Option<usize>,
    /// Last known days, one a fold.
    #[arg(long, value_delimiter = ',')]
    cutoffs: Vec<String>,
    /// Names of methods, "boosted", "ensemble" (with boosted where both are named), or "all"; the seasonal naive is always beside them.
    #[arg(long, value_delimiter = ',', required = true)]
    models: Vec<String>,
    /// Write every forecast: uid,ds,cutoff,mean,q10,q50,q90; the ensemble's where it was asked for, else boosted's, else those of the first model beside the seasonal naive.
    #[arg(long, value_name = "FILE")]
    forecasts: Option<PathBuf>,
    /// Print the table as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.horizon > 0, "--horizon 0 asks for nothing; expected 1 or more");
    let contest = Contest::named(&arguments.models, arguments.country.as_deref())?;
    let table = Table::read(&arguments.panel)?;
    let columns =
        Columns { id: &arguments.id, time: &arguments.time, target: &arguments.target, known: &arguments.known };
    let panel = Panel::new(&table, &columns, arguments.freq)?;
    let cutoffs = cutoffs(arguments, &panel)?;
    let mut folds = Vec::new();
    for cutoff in &cutoffs {
        folds.push((*cutoff, contest.fold(&panel, *cutoff, arguments.horizon)?));
    }
    let mut sums: BTreeMap<&str, Vec<Map<String, Value>>> = BTreeMap::new();
    for (cutoff, answers) in &folds {
        for (name, answers) in answers {
            if let Some(score) = score::judge(&panel, *cutoff, answers)? {
                sums.entry(name).or_default().push(score);
            }
        }
    }
    if let Some(path) = &arguments.forecasts {
        write(path, &panel, &folds, contest.first())?;
    }
    score::print(&sums, &panel, arguments.json)
}

fn cutoffs(arguments: &Arguments, panel: &Panel) -> anyhow::Result<Vec<i64>> {
    let path = arguments.panel.display();
    let last = panel.last().with_context(|| format!("{path}: column {} is empty in every row", arguments.target))?;
    let found: Vec<i64> = match arguments.origins {
        Some(0) => bail!("--origins 0 asks for nothing; expected 1 or more"),
        Some(count) => (1..=count as i64).rev().map(|fold| last - fold * arguments.horizon as i64).collect(),
        None => arguments.cutoffs.iter().map(|date| panel.step_of(date)).collect::<anyhow::Result<_>>()?,
    };
    for cutoff in &found {
        let known = panel.series.iter().any(|series| series.values.range(..=*cutoff).next().is_some());
        ensure!(known, "nothing in {path} is known at {}: the panel is too short", panel.moment(*cutoff)?);
        ensure!(
            *cutoff < last,
            "nothing in {path} comes after {}: no forecast could be judged",
            panel.moment(*cutoff)?
        );
    }
    Ok(found)
}

fn write(path: &std::path::Path, panel: &Panel, folds: &[(i64, Answers)], model: &str) -> anyhow::Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    let mut out = csv::Writer::from_path(path).with_context(failed)?;
    out.write_record(["uid", "ds", "cutoff", "mean", "q10", "q50", "q90"]).with_context(failed)?;
    for (cutoff, answers) in folds {
        let date = panel.moment(*cutoff)?;
        for answer in answers.iter().filter(|(name, _)| *name == model).flat_map(|(_, answers)| answers) {
            for (k, mean) in answer.fan.mean.iter().enumerate() {
                let mut row =
                    vec![panel.series[answer.series].uid.clone(), panel.moment(cutoff + 1 + k as i64)?, date.clone()];
                row.push(format!("{mean:.4}"));
                row.extend(answer.fan.quantiles.iter().map(|line| format!("{:.4}", line[k])));
                out.write_record(&row).with_context(failed)?;
            }
        }
    }
    out.flush().with_context(failed)
}
