//! `vyavs-train fraud`: learns from one file of payments, scores another, and says how well.

mod read;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::{Value, json};
use vyavs_detect::fraud::{Book, FraudModel, Judgement, Part, Payment, feature_names, replay};
use vyavs_service::output;

use read::{Columns, Numbers, Row, delay, read, seconds};

/// Reasons written beside a score.
const REASONS: usize = 3;
/// Rows that are scored one at a time, for the time of one.
const SINGLES: usize = 10_000;

/// Where the payments are, and what their columns are called.
#[derive(Debug, Args)]
#[command(
    after_help = "A label is used only from --label-delay after its payment on: rows of the training file closer than that to the first\nrow of the test file are not learned from, but their labels count for later payments once the delay has passed, and so\ndo those of the test file.\n\nExample:\n  vyavs-train fraud --train train.csv.gz --test test.csv.gz --label TX_FRAUD --time TX_DATETIME --amount TX_AMOUNT \\\n    --entity CUSTOMER_ID,TERMINAL_ID --label-delay 7d --scores scores.csv"
)]
pub(crate) struct FraudArgs {
    /// Payments to learn from, CSV or CSV.gz.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Later payments to score; their labels judge the scores.
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// Column that is 1 for fraud, 0 for none, empty where nobody knows.
    #[arg(long, value_name = "COL")]
    label: String,
    /// Column of the date and time, by the shop's wall clock.
    #[arg(long, value_name = "COL")]
    time: String,
    /// Column of the amount.
    #[arg(long, value_name = "COL")]
    amount: String,
    /// Columns that name who pays and where: customer, terminal, card.
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', required = true)]
    entity: Vec<String>,
    /// How long after a payment its label is known.
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = delay)]
    label_delay: i64,
    /// First payment to learn from; those before only fill the windows. The first day of labels is left out in any case.
    #[arg(long, value_name = "DATE")]
    fit_from: Option<String>,
    /// Where the scores go, in the order of the test file: row, score, and the strongest reasons.
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
    /// Seed of the samples of rows and columns.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of the fit; the scores are the same for any number.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Payments of both files in order of time, and their features.
struct Replayed {
    rows: Vec<Row>,
    /// For each, its row in the test file.
    test: Vec<Option<usize>>,
    features: Vec<f32>,
    width: usize,
    took_us: f64,
}

pub(crate) fn run(args: &FraudArgs) -> anyhow::Result<()> {
    let fit_from_s = args.fit_from.as_deref().map(|text| {
        seconds(text).with_context(|| format!("--fit-from {text:?} is no date, expected one such as 2018-07-25"))
    });
    let fit_from_s = fit_from_s.transpose()?;
    let all = replayed(args)?;
    let (fit_rows, frauds) = to_learn_from(args, &all, fit_from_s)?;
    let part = Part { rows: &fit_rows, frauds: &frauds, width: all.width };
    let began = Instant::now();
    let model = FraudModel::fit(part, &FraudModel::params(args.seed), args.threads.clamp(1, 64))
        .with_context(|| format!("{} cannot be learned from", args.train.display()))?;
    let fit_s = began.elapsed().as_secs_f64();

    let places: Vec<usize> = (0..all.rows.len()).filter(|&place| all.test[place].is_some()).collect();
    let rows: Vec<f32> = places.iter().flat_map(|&place| all.row(place)).copied().collect();
    let began = Instant::now();
    let scores = model.scores(&rows);
    let score_us = began.elapsed().as_secs_f64() * 1e6 / scores.len() as f64;
    let singles = rows.chunks_exact(all.width).take(SINGLES);
    let began = Instant::now();
    let sum: f64 = singles.clone().map(|row| model.score(row)).sum();
    let single_us = began.elapsed().as_secs_f64() * 1e6 / singles.len() as f64;
    ensure!(sum.is_finite(), "a score is not a number");
    if let Some(path) = &args.scores {
        write(path, args, &all, &places, &model, &scores)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }

    let known: Vec<(f64, f64, bool)> = places
        .iter()
        .zip(&scores)
        .filter_map(|(&place, &score)| all.rows[place].fraud.map(|fraud| (score, all.rows[place].amount, fraud)))
        .collect();
    let labels: Vec<bool> = known.iter().map(|row| row.2).collect();
    let ours = Judgement::of(&known.iter().map(|row| row.0).collect::<Vec<_>>(), &labels);
    let naive = Judgement::of(&known.iter().map(|row| row.1).collect::<Vec<_>>(), &labels);
    let found = labels.iter().filter(|&&fraud| fraud).count();
    let trees = model.forest().trees().len();
    if args.json {
        let figures = |judged: Option<Judgement>, calibrated| {
            judged.map_or(Value::Null, |j| {
                let mut figures = json!({
                    "pr_auc": j.pr_auc, "roc_auc": j.roc_auc, "recall_at_half_percent_fpr": j.recall_at_half_percent,
                    "precision_top_half_percent": j.precision_at_top,
                });
                if calibrated {
                    figures["ece"] = json!(j.ece);
                }
                figures
            })
        };
        let answer = json!({
            "learned_from": { "rows": frauds.len(), "frauds": frauds.iter().filter(|&&fraud| fraud).count() },
            "test": { "rows": scores.len(), "labelled": labels.len(), "frauds": found },
            "model": figures(ours, true), "amount_only": figures(naive, false), "trees": trees, "fit_s": fit_s,
            "micros_a_row": { "features": all.took_us, "score": score_us, "score_single": single_us },
        });
        return Ok(output::say(format_args!("{answer}"))?);
    }
    output::say(format_args!(
        "learned from {} payments, scored {} ({found} frauds among {} with a label); {trees} trees in {fit_s:.1} s",
        frauds.len(),
        scores.len(),
        labels.len()
    ))?;
    output::say(format_args!(
        "{:<22}{:>8}{:>8}{:>16}{:>20}{:>8}",
        "", "PR-AUC", "ROC", "recall@.5%FPR", "precision top .5%", "ECE"
    ))?;
    for (name, judged, calibrated) in [("boosted, calibrated", ours, true), ("amount alone (naive)", naive, false)] {
        let Some(j) = judged else {
            output::say(format_args!("{name:<22}no figures: the labels of the test file hold one kind only"))?;
            continue;
        };
        let ece = if calibrated { format!("{:.4}", j.ece) } else { "–".to_owned() };
        let (recall, top) = (j.recall_at_half_percent, j.precision_at_top);
        output::say(format_args!("{name:<22}{:>8.4}{:>8.4}{recall:>16.4}{top:>20.4}{ece:>8}", j.pr_auc, j.roc_auc))?;
    }
    output::say(format_args!(
        "µs a row: features {:.2}, score {score_us:.2}; one at a time {single_us:.2}",
        all.took_us
    ))?;
    Ok(())
}

impl Replayed {
    fn row(&self, place: usize) -> &[f32] {
        &self.features[place * self.width..(place + 1) * self.width]
    }
}

fn replayed(args: &FraudArgs) -> anyhow::Result<Replayed> {
    let columns = Columns { label: &args.label, time: &args.time, amount: &args.amount, entities: &args.entity };
    let mut numbers = Numbers(vec![Default::default(); args.entity.len()]);
    let train = read(&args.train, &columns, &mut numbers)?;
    let test = read(&args.test, &columns, &mut numbers)?;
    let mut both: Vec<(Row, Option<usize>)> = train.into_iter().map(|row| (row, None)).collect();
    both.extend(test.into_iter().enumerate().map(|(place, row)| (row, Some(place))));
    both.sort_by_key(|(row, _)| row.at_s);
    let (rows, test): (Vec<Row>, Vec<Option<usize>>) = both.into_iter().unzip();
    let mut book = Book::new(args.entity.len());
    let width = book.width();
    let mut features = Vec::with_capacity(rows.len() * width);
    let payments =
        rows.iter().map(|row| (Payment { at_s: row.at_s, amount: row.amount, entities: &row.entities }, row.fraud));
    let began = Instant::now();
    replay(&mut book, payments, args.label_delay, &mut features);
    let took_us = began.elapsed().as_secs_f64() * 1e6 / rows.len() as f64;
    Ok(Replayed { rows, test, features, width, took_us })
}

/// Rows of the training file whose labels are known when the test begins, but for those made before any label was.
fn to_learn_from(args: &FraudArgs, all: &Replayed, from_s: Option<i64>) -> anyhow::Result<(Vec<f32>, Vec<bool>)> {
    let test_s = all.rows.iter().zip(&all.test).find(|(_, test)| test.is_some()).map_or(i64::MAX, |(row, _)| row.at_s);
    let trained = || all.rows.iter().zip(&all.test).filter(|(_, test)| test.is_none()).map(|(row, _)| row.at_s);
    let last_s = test_s.saturating_sub(args.label_delay).min(trained().next_back().unwrap_or(i64::MIN));
    let first_s = trained().next().unwrap_or(0);
    let known_s = first_s.saturating_add(args.label_delay);
    // Short files are learned from as they are.
    let from_s =
        from_s.unwrap_or(if last_s.saturating_sub(first_s) > 3 * args.label_delay { known_s } else { first_s });
    let (mut rows, mut frauds) = (Vec::new(), Vec::new());
    for (place, row) in all.rows.iter().enumerate() {
        if all.test[place].is_none() && row.at_s >= from_s && row.at_s <= last_s {
            let Some(fraud) = row.fraud else { continue };
            rows.extend_from_slice(all.row(place));
            frauds.push(fraud);
        }
    }
    ensure!(
        !frauds.is_empty(),
        "no payment of {} has a label that is known when {} begins: it would have to lie {} h before (--label-delay){}",
        args.train.display(),
        args.test.display(),
        args.label_delay / 3600,
        if args.fit_from.is_some() { " and not before --fit-from" } else { "" }
    );
    Ok((rows, frauds))
}

fn write(
    path: &Path,
    args: &FraudArgs,
    all: &Replayed,
    places: &[usize],
    model: &FraudModel,
    scores: &[f64],
) -> anyhow::Result<()> {
    let kinds: Vec<&str> = args.entity.iter().map(String::as_str).collect();
    let names = feature_names(&kinds);
    let mut order: Vec<(usize, usize, f64)> =
        places.iter().zip(scores).map(|(&place, &score)| (all.test[place].unwrap_or(0), place, score)).collect();
    order.sort_unstable_by_key(|&(row, _, _)| row);
    let mut out = csv::Writer::from_writer(BufWriter::new(File::create(path)?));
    out.write_record(["row", "score", "reasons"])?;
    for (row, place, score) in order {
        let reasons = model.reasons(all.row(place)).into_iter().take(REASONS);
        let reasons = reasons.map(|reason| format!("{} {:+.2}", names[reason.feature], reason.log_odds));
        let reasons: Vec<String> = reasons.collect();
        out.write_record([row.to_string(), format!("{score:.9}"), reasons.join("; ")])?;
    }
    out.into_inner().map_err(|error| error.into_error())?.flush()?;
    Ok(())
}
