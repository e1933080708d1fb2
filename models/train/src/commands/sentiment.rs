//! `vyavs-train sentiment`: a model from labelled texts, judged on others, with the lexicon beside it.

mod table;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use vyavs_service::output;
use vyavs_text::{Fit, FitConfig, Lexicon, Metrics, Scorer, fit, judge};

use table::{Row, Table};

/// CPU time that speed is measured over.
const MEASURED_S: f64 = 0.5;

/// Fits a sentiment model on labelled texts and judges it, beside the lexicon and the more frequent label.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Files are CSV with a header, gzipped if they end in .gz; the label column holds two values, and the greater one is positive. \
    Strength, calibration and threshold are chosen by cross-validation inside the training rows.\n\nExamples:\n  \
    vyavs-train sentiment --train sst2_train.csv.gz --test sst2_dev.csv.gz --text text --label label\n  \
    vyavs-train sentiment --train customer_reviews_cr.csv.gz --fold fold --text text --label label --json"
)]
pub(crate) struct Arguments {
    /// Texts to learn from.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Texts to be judged on.
    #[arg(long, value_name = "FILE", required_unless_present = "fold", conflicts_with = "fold")]
    test: Option<PathBuf>,
    /// Column of the text.
    #[arg(long, value_name = "COL")]
    text: String,
    /// Column of the label.
    #[arg(long, value_name = "COL")]
    label: String,
    /// Column that numbers folds: each is judged by a model of the others.
    #[arg(long, value_name = "COL")]
    fold: Option<String>,
    /// Write row, label, score, judged and lexicon of every judged text here.
    #[arg(long, value_name = "OUT.csv")]
    scores: Option<PathBuf>,
    /// Write the model here; with --fold, the one of all rows.
    #[arg(long, value_name = "OUT")]
    model: Option<PathBuf>,
    /// Order of the rows in the solver, and the inner folds.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// What was found for one judged text.
struct Judged<'a> {
    row: &'a Row,
    score: f64,
    positive: bool,
    lexicon: f64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let columns = table::Columns { text: &arguments.text, label: &arguments.label, fold: arguments.fold.as_deref() };
    let train = Table::read(&arguments.train, &columns, None)?;
    let test = match &arguments.test {
        Some(path) => Some(Table::read(path, &columns, Some(&train.values))?),
        None => None,
    };
    let own = Lexicon::own();
    let config = FitConfig { seed: arguments.seed, ..FitConfig::default() };
    let before = cpu_s();
    let rows: Vec<&Row> = train.rows.iter().collect();
    let whole = fitted(&rows, &own, &config).with_context(|| arguments.train.display().to_string())?;
    let fit_s = cpu_s() - before;

    let mut judged = Vec::new();
    match &test {
        Some(test) => judged = judge_all(&whole, &own, test.rows.iter()),
        None => {
            let mut folds: Vec<&str> = train.rows.iter().map(|row| row.fold.as_str()).collect();
            folds.sort_unstable();
            folds.dedup();
            ensure!(folds.len() >= 2, "{}: column {:?} holds one fold only", arguments.train.display(), columns.fold);
            for fold in folds {
                let rest: Vec<&Row> = train.rows.iter().filter(|row| row.fold != fold).collect();
                let made = fitted(&rest, &own, &config).with_context(|| format!("without fold {fold}"))?;
                judged.extend(judge_all(&made, &own, train.rows.iter().filter(|row| row.fold == fold)));
            }
        }
    }
    ensure!(!judged.is_empty(), "there is no text to judge");

    let figures = Figures::of(&judged);
    let seen: HashSet<&str> = train.rows.iter().map(|row| row.text.as_str()).collect();
    let also = test.as_ref().map(|test| test.rows.iter().filter(|row| seen.contains(row.text.as_str())).count());
    let bytes = whole.model.to_bytes();
    let (per_s, letters) = speed(&whole, &own, &judged);
    if let Some(path) = &arguments.model {
        fs::write(path, &bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if let Some(path) = &arguments.scores {
        write_scores(path, &judged).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if arguments.json {
        let all = json!({
            "train_rows": train.rows.len(), "rows": judged.len(), "texts_also_in_train": also,
            "model": show(&figures.model), "lexicon": show(&figures.lexicon), "naive": show(&figures.naive),
            "inner": show(&whole.inner), "cost": whole.cost, "threshold": whole.model.calibration.threshold,
            "fit_cpu_s": fit_s, "documents_per_cpu_s": per_s, "mean_letters": letters, "model_bytes": bytes.len(),
        });
        output::say(format_args!("{all}"))?;
        return Ok(());
    }
    let mut text = format!("{} texts judged, {} learned from", judged.len(), train.rows.len());
    if let Some(also @ 1..) = also {
        write!(text, "; {also} of the judged texts stand in the training file too")?;
    }
    text.push_str("\n\n                      accuracy  macro-F1     AUC\n");
    let lines = [
        ("model", &figures.model),
        ("lexicon (>= 0)", &figures.lexicon),
        ("more frequent label", &figures.naive),
        ("model, inner folds", &whole.inner),
    ];
    for (name, Metrics { accuracy, macro_f1, auc, .. }) in lines {
        writeln!(text, "{name:<20}    {accuracy:.4}    {macro_f1:.4}  {auc:.4}")?;
    }
    write!(
        text,
        "\nfit {fit_s:.1} CPU s at cost {}; {per_s:.0} documents a CPU second ({letters:.0} letters each); ",
        whole.cost
    )?;
    write!(text, "model {} bytes", bytes.len())?;
    output::say(format_args!("{text}"))?;
    Ok(())
}

fn fitted(rows: &[&Row], own: &Lexicon, config: &FitConfig) -> anyhow::Result<Fit> {
    let texts: Vec<(&str, bool)> = rows.iter().map(|row| (row.text.as_str(), row.positive)).collect();
    Ok(fit(&texts, own, config)?)
}

fn judge_all<'a>(made: &Fit, own: &Lexicon, rows: impl Iterator<Item = &'a Row>) -> Vec<Judged<'a>> {
    let mut scorer = Scorer::new(&made.model, own);
    let mut one = |row: &'a Row| {
        let score = scorer.score(&row.text);
        Judged { row, score, positive: score >= scorer.threshold(), lexicon: own.score(&row.text).compound }
    };
    rows.map(&mut one).collect()
}

struct Figures {
    model: Metrics,
    lexicon: Metrics,
    naive: Metrics,
}

impl Figures {
    fn of(judged: &[Judged]) -> Self {
        let labels: Vec<bool> = judged.iter().map(|one| one.row.positive).collect();
        let by = |score: fn(&Judged) -> f64, threshold: f64| {
            judge(&judged.iter().map(score).collect::<Vec<_>>(), &labels, threshold)
        };
        // Each fold has its own threshold, so its judgements are counted, and the scores only ranked.
        let model = Metrics { auc: by(|one| one.score, 0.5).auc, ..by(|one| f64::from(u8::from(one.positive)), 0.5) };
        let positive = labels.iter().filter(|label| **label).count();
        let often = f64::from(u8::from(2 * positive >= labels.len()));
        let naive = judge(&vec![often; labels.len()], &labels, 0.5);
        Self { model, lexicon: by(|one| one.lexicon, 0.0), naive }
    }
}

/// Documents per second of this process's own time, and their mean length.
fn speed(made: &Fit, own: &Lexicon, judged: &[Judged]) -> (f64, f64) {
    let mut scorer = Scorer::new(&made.model, own);
    let (begin, mut count, mut sum) = (cpu_s(), 0usize, 0.0);
    let mut spent = 0.0;
    while spent < MEASURED_S {
        sum += judged.iter().map(|one| scorer.score(&one.row.text)).sum::<f64>();
        count += judged.len();
        spent = cpu_s() - begin;
    }
    std::hint::black_box(sum);
    let letters: usize = judged.iter().map(|one| one.row.text.chars().count()).sum();
    (count as f64 / spent, letters as f64 / judged.len() as f64)
}

fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn write_scores(path: &Path, judged: &[Judged]) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_path(path)?;
    out.write_record(["line", "label", "score", "judged", "lexicon"])?;
    for Judged { row, score, positive, lexicon } in judged {
        let number = |positive: bool| u8::from(positive).to_string();
        out.write_record([
            row.line.to_string(),
            number(row.positive),
            format!("{score:.6}"),
            number(*positive),
            format!("{lexicon:.4}"),
        ])?;
    }
    Ok(out.flush()?)
}

fn show(metrics: &Metrics) -> Value {
    json!({ "accuracy": metrics.accuracy, "macro_f1": metrics.macro_f1, "auc": metrics.auc })
}
