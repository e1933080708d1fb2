//! Fitting a sentiment model: log-count ratios of naive Bayes as the scale of every feature, logistic regression on top.
//!
//! After Wang & Manning, "Baselines and Bigrams" (ACL 2012), with pieces of words and the lexicon's numbers beside words and
//! pairs. How strongly weights are held, the calibration and the threshold come from cross-validation inside the rows given.

mod linear;
mod rows;

use crate::features::{Features, Reader};
use crate::lexicon::Lexicon;
use crate::metrics::{Metrics, judge};
use crate::model::{Calibration, Model};
use rows::{Block, Rows};

/// How a fit is done.
#[derive(Clone, Debug)]
pub struct FitConfig {
    /// Order of the rows in the solver, and their folds: the same seed gives the same model.
    pub seed: u64,
    /// Folds of the inner cross-validation, 2 or more.
    pub folds: u32,
    /// Costs that are tried (liblinear's C); the one with the best log-loss over the folds is taken.
    pub costs: Vec<f64>,
    /// Weight of the pieces of words beside whole words.
    pub pieces: f32,
    /// Weight of the lexicon's numbers.
    pub moods: f32,
    /// Passes of the solver.
    pub passes: u32,
    /// Entries of the two tables together; the smallest weights go first. Five bytes each.
    pub most_entries: usize,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self { seed: 7, folds: 5, costs: vec![2.0, 6.0], pieces: 1.2, moods: 0.5, passes: 12, most_entries: 390_000 }
    }
}

/// Why nothing was fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Too few rows of one kind.
    #[error("{positive} positive and {negative} negative texts are too few: a model needs {needed} of each at least")]
    TooFew {
        /// Rows labelled positive.
        positive: usize,
        /// Rows labelled negative.
        negative: usize,
        /// What is needed of each.
        needed: usize,
    },
    /// The configuration asks for something that cannot be done.
    #[error("{0}")]
    Config(&'static str),
}

/// A model, and what the inner cross-validation said of it.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The model, fitted on all rows.
    pub model: Model,
    /// The cost that was taken.
    pub cost: f64,
    /// Out-of-fold figures of that cost, at the threshold that was chosen on the same folds.
    pub inner: Metrics,
}

/// Fits on labelled texts (`true` is positive). Deterministic: the same rows in the same order and the same `config` give the same bytes.
///
/// # Errors
/// Fewer than twice as many rows of either kind as folds; a configuration without costs.
pub fn fit(texts: &[(&str, bool)], lexicon: &Lexicon, config: &FitConfig) -> Result<Fit, FitError> {
    if config.folds < 2 || config.costs.is_empty() || config.costs.iter().any(|cost| !(*cost > 0.0 && cost.is_finite()))
    {
        return Err(FitError::Config("a fit needs two folds or more, and costs above zero"));
    }
    let positive = texts.iter().filter(|(_, label)| *label).count();
    let (negative, needed) = (texts.len() - positive, 2 * config.folds as usize);
    if positive < needed || negative < needed {
        return Err(FitError::TooFew { positive, negative, needed });
    }
    let mut reader = Reader::new(lexicon.clone());
    let features: Vec<Features> = texts.iter().map(|(text, _)| reader.features(text)).collect();
    let labels: Vec<bool> = texts.iter().map(|(_, label)| *label).collect();
    let rows = Rows::of(&features, &labels);

    let folds = folds(&labels, config);
    let mut best: Option<(f64, f64, Vec<f64>)> = None;
    for &cost in &config.costs {
        let mut margins = vec![0.0; labels.len()];
        for fold in 0..config.folds {
            let kept: Vec<bool> = folds.iter().map(|other| *other != fold).collect();
            let weights = rows.solve(&kept, cost, config);
            let out = (0..labels.len()).filter(|at| !kept[*at]);
            out.for_each(|at| margins[at] = rows.margin(&weights, at));
        }
        let loss = linear::log_loss(&margins, &labels);
        if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
            best = Some((loss, cost, margins));
        }
    }
    let Some((_, cost, margins)) = best else {
        return Err(FitError::Config("every cost gave a loss that is no number"));
    };
    let calibration = calibrate(&margins, &labels);
    let scores: Vec<f64> = margins.iter().map(|margin| calibration.probability(*margin)).collect();
    let weights = rows.solve(&vec![true; labels.len()], cost, config);
    let model = Model {
        words: rows.table(Block::Words, &weights, config.most_entries / 2),
        pieces: rows.table(Block::Pieces, &weights, config.most_entries / 2),
        moods: weights.moods,
        bias: weights.bias,
        calibration,
    };
    Ok(Fit { model, cost, inner: judge(&scores, &labels, calibration.threshold) })
}

/// A fold for each row, both kinds spread evenly.
fn folds(labels: &[bool], config: &FitConfig) -> Vec<u32> {
    let mut counts = [0u32; 2];
    let mut order: Vec<usize> = (0..labels.len()).collect();
    linear::shuffle(&mut order, config.seed);
    let mut folds = vec![0; labels.len()];
    for at in order {
        let count = &mut counts[usize::from(labels[at])];
        folds[at] = *count % config.folds;
        *count += 1;
    }
    folds
}

/// Platt's sigmoid over out-of-fold margins, and the threshold: one half, or where one kind is rare (below a quarter) the one with the best
/// macro-F1 on the same margins.
fn calibrate(margins: &[f64], labels: &[bool]) -> Calibration {
    let (slope, offset) = linear::platt(margins, labels);
    let mut calibration = Calibration { slope, offset, threshold: 0.5 };
    let positive = labels.iter().filter(|label| **label).count() as f64 / labels.len() as f64;
    if positive.min(1.0 - positive) < 0.25 {
        let scores: Vec<f64> = margins.iter().map(|margin| calibration.probability(*margin)).collect();
        let f1 = |threshold: f64| judge(&scores, labels, threshold).macro_f1;
        let tried = (1..100).map(|percent| f64::from(percent) / 100.0).map(|threshold| (f1(threshold), threshold));
        let best = tried.fold((0.0, 0.5), |best, next| if next.0 > best.0 { next } else { best });
        calibration.threshold = best.1;
    }
    calibration
}
