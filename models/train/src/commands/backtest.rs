//! `vyavs-train backtest`: any panel, from cut-offs in its past, every method on the same folds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Map, Value, json};
use vyavs_forecast::{Calibration, Ensemble, Fan, History, Method, ensemble, metrics, rolling};
use vyavs_service::output;

use super::panel::{Columns, Panel, Step};
use super::text::Table;
use super::workers;

/// What a fan holds: an 80 % interval and its middle.
const LEVELS: [f64; 3] = [0.1, 0.5, 0.9];
/// Folds inside the known past that weights and calibration are taken from.
const PAST: usize = 3;
const ENSEMBLE: &str = "ensemble";

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
    /// Columns known in advance; methods that look at one series' past alone do not use them.
    #[arg(long, value_delimiter = ',')]
    known: Vec<String>,
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
    /// Names of methods, "ensemble", or "all"; the seasonal naive is always beside them.
    #[arg(long, value_delimiter = ',', required = true)]
    models: Vec<String>,
    /// Write every forecast: uid,ds,cutoff,mean,q10,q50,q90; the ensemble's where it was asked for, else those of the first model beside the seasonal naive.
    #[arg(long, value_name = "FILE")]
    forecasts: Option<PathBuf>,
    /// Print the table as JSON.
    #[arg(long)]
    json: bool,
}

/// A model's fan for one series and cut-off, and what came where something came.
struct Answer {
    fan: Fan,
    /// Place of the series in the panel.
    series: usize,
    /// Mean step of the seasonal naive within what was known; 0 where it gives no scale.
    scale: f64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.horizon > 0, "--horizon 0 asks for nothing; expected 1 or more");
    let (methods, with_ensemble) = models(&arguments.models)?;
    let table = Table::read(&arguments.panel)?;
    let columns =
        Columns { id: &arguments.id, time: &arguments.time, target: &arguments.target, known: &arguments.known };
    let panel = Panel::new(&table, &columns, arguments.freq)?;
    let cutoffs = cutoffs(arguments, &panel)?;
    let mut folds = Vec::new();
    for cutoff in &cutoffs {
        folds.push((*cutoff, fold(&panel, *cutoff, arguments.horizon, &methods, with_ensemble)?));
    }
    let mut sums: BTreeMap<&str, Vec<Map<String, Value>>> = BTreeMap::new();
    for (cutoff, answers) in &folds {
        for (name, answers) in answers {
            if let Some(score) = judge(&panel, *cutoff, answers)? {
                sums.entry(name).or_default().push(score);
            }
        }
    }
    if let Some(path) = &arguments.forecasts {
        let first = if with_ensemble { ENSEMBLE } else { methods.get(1).unwrap_or(&methods[0]).name() };
        write(path, &panel, &folds, first)?;
    }
    print(&sums, &panel, arguments.json)
}

/// Which methods to run, the seasonal naive first; whether they are also blended.
fn models(names: &[String]) -> anyhow::Result<(Vec<Method>, bool)> {
    let mut methods = vec![Method::SeasonalNaive];
    let mut with_ensemble = false;
    for name in names {
        match name.as_str() {
            "all" => {
                methods.extend(Method::ALL);
                with_ensemble = true;
            }
            ENSEMBLE => {
                methods.extend(Ensemble::default().members);
                with_ensemble = true;
            }
            name => methods.push(Method::named(name).with_context(|| {
                let all: Vec<_> = Method::ALL.iter().map(|method| method.name()).collect();
                format!("there is no model {name:?}; expected ensemble, all, or of {}", all.join(", "))
            })?),
        }
    }
    let mut seen = Vec::new();
    methods.retain(|method| {
        let new = !seen.contains(method);
        seen.push(*method);
        new
    });
    Ok((methods, with_ensemble))
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

type Answers = Vec<(&'static str, Vec<Answer>)>;

/// Every model on every series at one cut-off. Spreads are calibrated by the model's own past errors over the panel.
fn fold(panel: &Panel, cutoff: i64, horizon: usize, methods: &[Method], blend: bool) -> anyhow::Result<Answers> {
    let seasons = panel.step.seasons();
    let season = seasons[0];
    let mut items = Vec::new();
    let (mut filled, mut unknown) = (0, 0);
    for (at, series) in panel.series.iter().enumerate() {
        match series.known(cutoff, season) {
            Some((values, holes)) => {
                filled += holes;
                items.push((at, values));
            }
            None => unknown += 1,
        }
    }
    let date = panel.moment(cutoff)?;
    if filled + unknown > 0 {
        eprintln!(
            "{date}: {filled} missing values filled from a season before; {unknown} series begin later, left out"
        );
    }
    let say = |count: usize| eprintln!("{date}: {count} of {} series", items.len());
    let members = Ensemble::default().members;
    let found = workers::each(&items, say, |(at, values)| {
        let place = || format!("series {}", panel.series[*at].uid);
        let history = History::new(values.clone(), seasons).with_context(place)?;
        let mut said = Vec::new();
        let (mut paths, mut past) = (Vec::new(), Vec::new());
        for method in methods {
            let path = method.forecast(&history, horizon).with_context(place)?;
            let trials = rolling::trials(*method, &history, horizon, PAST).with_context(place)?;
            let scores: Vec<f64> = trials.iter().flat_map(|trial| trial.scores().collect::<Vec<_>>()).collect();
            said.push((method.name(), path.clone(), scores));
            if members.contains(method) {
                paths.push(path);
                past.push(trials);
            }
        }
        if blend {
            let blend = ensemble::blend(paths, &past);
            let scores = blend.trials.iter().flat_map(|trial| trial.scores().collect::<Vec<_>>()).collect();
            said.push((ENSEMBLE, blend.path, scores));
        }
        Ok(said)
    })?;
    let names = methods.iter().map(|method| method.name()).chain(blend.then_some(ENSEMBLE));
    let answers = names.enumerate().map(|(rank, name)| {
        let calibration = Calibration::new(found.iter().flat_map(|said| said[rank].2.iter().copied()));
        let answers = items.iter().zip(&found).map(|((series, values), said)| {
            let fan = calibration.fan(&said[rank].1, &LEVELS);
            let fan = if values.iter().all(|y| *y >= 0.0) { fan.at_least_zero() } else { fan };
            let pairs = values.iter().skip(season).zip(values).map(|(now, then)| (now - then).abs());
            let scale = pairs.sum::<f64>() / values.len().saturating_sub(season).max(1) as f64;
            Answer { fan, series: *series, scale }
        });
        (name, answers.collect())
    });
    Ok(answers.collect())
}

/// A fold's measures, over all series and steps of which something is known; `None` where nothing is.
fn judge(panel: &Panel, cutoff: i64, answers: &[Answer]) -> anyhow::Result<Option<Map<String, Value>>> {
    let (mut came, mut mean) = (Vec::new(), Vec::new());
    let mut lines = [Vec::new(), Vec::new(), Vec::new()];
    let mut scaled = Vec::new();
    for answer in answers {
        let mut errors = Vec::new();
        for (k, value) in answer.fan.mean.iter().enumerate() {
            let Some(actual) = panel.series[answer.series].values.get(&(cutoff + 1 + k as i64)) else { continue };
            came.push(*actual);
            mean.push(*value);
            lines.iter_mut().zip(&answer.fan.quantiles).for_each(|(line, quantile)| line.push(quantile[k]));
            errors.push((actual - answer.fan.quantiles[1][k]).abs());
        }
        if answer.scale > 0.0 && !errors.is_empty() {
            scaled.push(errors.iter().sum::<f64>() / errors.len() as f64 / answer.scale);
        }
    }
    if came.is_empty() {
        return Ok(None);
    }
    let [low, middle, high] = &lines;
    let quantiles = [(LEVELS[0], &low[..]), (LEVELS[1], &middle[..]), (LEVELS[2], &high[..])];
    let mase = (!scaled.is_empty()).then(|| scaled.iter().sum::<f64>() / scaled.len() as f64);
    let score = [
        ("wape", metrics::wape(&came, middle)?),
        ("wql", metrics::wql(&came, &quantiles)?),
        ("cover80", Some(metrics::coverage(&came, low, high)?)),
        ("mase", mase),
        ("mae", Some(metrics::mae(&came, middle)?)),
        ("rmse", Some(metrics::rmse(&came, &mean)?)),
        ("smape", Some(metrics::smape(&came, middle)?)),
        ("mape", metrics::mape(&came, middle)?),
        ("bias", Some(metrics::bias(&came, &mean)?)),
    ];
    Ok(Some(score.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()))
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

/// Means over the folds, best wQL first; a measure that some fold does not have is none.
fn print(sums: &BTreeMap<&str, Vec<Map<String, Value>>>, panel: &Panel, as_json: bool) -> anyhow::Result<()> {
    const NAMES: [&str; 9] = ["wape", "wql", "cover80", "mase", "mae", "rmse", "smape", "mape", "bias"];
    let mean = |folds: &[Map<String, Value>], name: &str| -> Option<f64> {
        let values: Option<Vec<f64>> = folds.iter().map(|fold| fold.get(name).and_then(Value::as_f64)).collect();
        values.map(|values| values.iter().sum::<f64>() / values.len().max(1) as f64)
    };
    let mut rows: Vec<(&str, [Option<f64>; 9])> =
        sums.iter().map(|(model, folds)| (*model, NAMES.map(|name| mean(folds, name)))).collect();
    rows.sort_by(|a, b| a.1[1].unwrap_or(f64::MAX).total_cmp(&b.1[1].unwrap_or(f64::MAX)));
    if as_json {
        let models: Map<String, Value> = rows
            .iter()
            .map(|(model, values)| {
                let values = NAMES.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value)));
                ((*model).to_owned(), Value::Object(values.collect()))
            })
            .collect();
        output::say(format_args!("{}", json!({ "series": panel.series.len(), "models": models })))?;
        return Ok(());
    }
    let mut text = format!("{} series\n{:9}", panel.series.len(), "model");
    NAMES.iter().for_each(|name| text += &format!(" {name:>10}"));
    for (model, values) in &rows {
        text += &format!("\n{model:9}");
        for value in values {
            text += &value.map_or(format!(" {:>10}", "-"), |value| format!(" {value:10.4}"));
        }
    }
    output::say(format_args!("{text}"))?;
    Ok(())
}
