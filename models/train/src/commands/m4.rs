//! `vyavs-train m4`: the M4 competition, scored by its own rules.
//!
//! Forecasts see the training file alone. sMAPE and MASE are means over the series; OWA holds them against Naive2 on the
//! same series (Makridakis, Spiliotis & Assimakopoulos 2020).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};
use vyavs_forecast::{Ensemble, History, Method, metrics};
use vyavs_service::output;

use super::text::{self, Table};
use super::workers;

/// Beside the data.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directory with Weekly-train.csv, Weekly-test.csv and so on, plain or .gz; what is there is scored.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Print the scores as JSON: {"weekly":{"owa":…},…}.
    #[arg(long)]
    json: bool,
}

/// A frequency of the competition. `season` scales MASE and drives the benchmarks; `seasons` are what our methods know.
struct Frequency {
    name: &'static str,
    season: usize,
    seasons: &'static [usize],
}

const FREQUENCIES: [Frequency; 6] = [
    Frequency { name: "Yearly", season: 1, seasons: &[] },
    Frequency { name: "Quarterly", season: 4, seasons: &[4] },
    Frequency { name: "Monthly", season: 12, seasons: &[12] },
    Frequency { name: "Weekly", season: 1, seasons: &[52] },
    Frequency { name: "Daily", season: 1, seasons: &[7] },
    Frequency { name: "Hourly", season: 24, seasons: &[24, 168] },
];

const NAIVE2: &str = "naive2";
const SEASONAL_NAIVE: &str = "snaive";
const ENSEMBLE: &str = "ensemble";

/// sMAPE and MASE, summed over series, then their mean.
#[derive(Clone, Copy, Default)]
struct Score {
    smape: f64,
    mase: f64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut found = Map::new();
    for frequency in &FREQUENCIES {
        if let Some(scores) = frequency.score(&arguments.dir)? {
            if !arguments.json {
                output::print(format_args!("{}", scores.table(frequency.name)))?;
            }
            found.insert(frequency.name.to_lowercase(), scores.json());
        }
    }
    ensure!(
        !found.is_empty(),
        "{} holds no Weekly-train.csv or other file of M4 (plain or .gz)",
        arguments.dir.display()
    );
    if arguments.json {
        output::say(format_args!("{}", Value::Object(found)))?;
    }
    Ok(())
}

impl Frequency {
    fn score(&self, dir: &Path) -> anyhow::Result<Option<Scores>> {
        let (train, test) = (format!("{}-train.csv", self.name), format!("{}-test.csv", self.name));
        let Some(known) = Table::beside(dir, &train)? else { return Ok(None) };
        let came = Table::beside(dir, &test)?;
        let came = came.with_context(|| format!("{} holds {train} but no {test}", dir.display()))?;
        let mut came: BTreeMap<String, Vec<f64>> = series(&came)?.into_iter().collect();
        let mut items = Vec::new();
        for (id, values) in series(&known)? {
            let future = came.remove(&id).with_context(|| format!("{test} has no series {id}, which {train} has"))?;
            items.push((id, values, future));
        }
        let say = |count: usize| eprintln!("{}: {count} of {} series", self.name, items.len());
        let answers = workers::each(&items, say, |(id, values, future)| {
            self.one(values, future).with_context(|| format!("{train}, series {id}"))
        })?;
        let count = answers.len();
        let mut scores: BTreeMap<&'static str, Score> = BTreeMap::new();
        for (name, score) in answers.iter().flatten() {
            let sum = scores.entry(name).or_default();
            sum.smape += score.smape / count as f64;
            sum.mase += score.mase / count as f64;
        }
        Ok(Some(Scores { series: count, scores }))
    }

    /// Every model's score on one series.
    fn one(&self, values: &[f64], future: &[f64]) -> anyhow::Result<Vec<(&'static str, Score)>> {
        let plain = History::new(values.to_vec(), &[self.season])?;
        let history = History::new(values.to_vec(), self.seasons)?;
        let horizon = future.len();
        let judge = |mean: &[f64]| -> anyhow::Result<Score> {
            let mase = metrics::mase(values, self.season, future, mean)?;
            Ok(Score { smape: metrics::smape(future, mean)?, mase })
        };
        // The benchmarks know the season that the competition gave them.
        let mut scores = Vec::new();
        for (name, method) in
            [(NAIVE2, Method::Naive2), (SEASONAL_NAIVE, Method::SeasonalNaive), ("theta", Method::Theta)]
        {
            scores.push((name, judge(&method.forecast(&plain, horizon)?.mean)?));
        }
        let ensemble = Ensemble::default();
        let blend = ensemble.forecast(&history, horizon)?;
        for (member, path) in ensemble.members.iter().zip(&blend.paths) {
            if *member != Method::SeasonalNaive {
                scores.push((member.name(), judge(&path.mean)?));
            }
        }
        scores.push((ENSEMBLE, judge(&blend.path.mean)?));
        Ok(scores)
    }
}

fn series(table: &Table) -> anyhow::Result<Vec<(String, Vec<f64>)>> {
    let mut found = Vec::with_capacity(table.rows.len());
    for (line, record) in &table.rows {
        let mut cells = record.iter().enumerate();
        let id = cells.next().map_or("", |(_, id)| id).to_owned();
        let last = (1..record.len()).rev().find(|at| !matches!(&record[*at], "" | "NA")).unwrap_or(0);
        let values = cells.take(last).map(|(at, cell)| {
            let column = table.header.get(at).cloned().unwrap_or_else(|| format!("number {}", at + 1));
            text::number(&table.path, *line, &column, cell)
        });
        let values: Vec<f64> = values.collect::<anyhow::Result<_>>()?;
        ensure!(!values.is_empty(), "{} line {line}: series {id} has no value", table.path.display());
        found.push((id, values));
    }
    Ok(found)
}

struct Scores {
    series: usize,
    scores: BTreeMap<&'static str, Score>,
}

impl Scores {
    fn owa(&self, score: Score) -> f64 {
        let reference = self.scores.get(NAIVE2).copied().unwrap_or_default();
        metrics::owa(score.smape, score.mase, reference.smape, reference.mase)
    }

    /// Best first.
    fn table(&self, name: &str) -> String {
        let mut rows: Vec<_> = self.scores.iter().map(|(model, score)| (self.owa(*score), model, score)).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut text =
            format!("M4 {name}, {} series\n{:10} {:>8} {:>8} {:>7}\n", self.series, "model", "sMAPE", "MASE", "OWA");
        for (owa, model, score) in rows {
            text += &format!("{model:10} {:8.3} {:8.3} {owa:7.3}\n", score.smape, score.mase);
        }
        text + "\n"
    }

    fn json(&self) -> Value {
        let of = |score: Score| json!({ "smape": score.smape, "mase": score.mase, "owa": self.owa(score) });
        let mut answer = of(self.scores.get(ENSEMBLE).copied().unwrap_or_default());
        answer["series"] = json!(self.series);
        answer["models"] = self.scores.iter().map(|(model, score)| ((*model).to_owned(), of(*score))).collect();
        answer
    }
}
