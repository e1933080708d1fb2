//! The fitted model: trees, calibration, reasons.

use vyavs_trees::{FitError, Forest, Loss, Params, Table, TableError, Target, fit};

use super::calibrate::Platt;

/// Payments to learn from, in order of time: features of a row one after another, and whether it was fraud.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// `width` values a row.
    pub rows: &'a [f32],
    /// A label a row.
    pub frauds: &'a [bool],
    /// Features of a row.
    pub width: usize,
}

/// Why a model is not made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FraudFit {
    /// There must be frauds and good payments in both parts.
    #[error("{part} holds {frauds} frauds among {rows} payments; there must be some of both kinds")]
    OneKind {
        /// "the earlier part" or "the later part".
        part: &'static str,
        /// Frauds in it.
        frauds: usize,
        /// Payments in it.
        rows: usize,
    },
    /// The features are not a table.
    #[error("the features cannot be learned from")]
    Table(#[from] TableError),
    /// The fit is refused.
    #[error("the trees cannot be fitted")]
    Trees(#[from] FitError),
}

/// What a feature adds to the log-odds of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// The feature, by its place in the row.
    pub feature: usize,
    /// Log-odds, negative where it speaks against fraud.
    pub log_odds: f64,
}

/// Scores payments.
#[derive(Clone, Debug)]
pub struct FraudModel {
    forest: Forest,
    platt: Platt,
}

/// Rounds without gain before a fit stops.
const PATIENCE: usize = 40;

impl FraudModel {
    /// The parameters of the trees; fixed, chosen on weeks before those that figures are reported on.
    pub fn params(seed: u64) -> Params {
        Params {
            loss: Loss::Logistic,
            rounds: 400,
            learning_rate: 0.08,
            leaves: 16,
            depth: 8,
            min_rows: 40,
            min_hessian: 1.0,
            l2: 5.0,
            row_share: 0.8,
            column_share: 0.6,
            patience: PATIENCE,
            seed,
            ..Params::default()
        }
    }

    /// Fits on the earlier 80 % of `part`; the later 20 % say how many trees there are and calibrate; then the trees are
    /// fitted once more, to all of it. The same for any number of `threads`.
    pub fn fit(part: Part<'_>, params: &Params, threads: usize) -> Result<Self, FraudFit> {
        let rows = part.frauds.len();
        let cut = rows * 4 / 5;
        for (name, frauds) in [("the earlier part", &part.frauds[..cut]), ("the later part", &part.frauds[cut..])] {
            let found = frauds.iter().filter(|&&fraud| fraud).count();
            if found == 0 || found == frauds.len() {
                return Err(FraudFit::OneKind { part: name, frauds: found, rows: frauds.len() });
            }
        }
        let labels: Vec<f32> = part.frauds.iter().map(|&fraud| f32::from(u8::from(fraud))).collect();
        let columns = columns(part);
        let earlier: Vec<&[f32]> = columns.iter().map(|column| &column[..cut]).collect();
        let later: Vec<&[f32]> = columns.iter().map(|column| &column[cut..]).collect();
        let table = Table::new(&earlier, 255, threads)?;
        let valid = table.like(&later, threads)?;
        let first =
            fit(params, &table, Target::new(&labels[..cut]), Some((&valid, Target::new(&labels[cut..]))), threads)?;
        let platt = Platt::fit(&first.forest.scores(&part.rows[cut * part.width..]), &part.frauds[cut..]);
        let all: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        let table = Table::new(&all, 255, threads)?;
        let rounds = first.forest.trees().len().max(1);
        let forest = fit(&Params { rounds, ..params.clone() }, &table, Target::new(&labels), None, threads)?.forest;
        Ok(Self { forest, platt })
    }

    /// The trees.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// The calibration.
    pub fn platt(&self) -> Platt {
        self.platt
    }

    /// The probability that one payment is fraud.
    pub fn score(&self, row: &[f32]) -> f64 {
        self.platt.probability(self.forest.score(row))
    }

    /// The probabilities of many, rows one after another.
    pub fn scores(&self, rows: &[f32]) -> Vec<f64> {
        let mut scores = self.forest.scores(rows);
        scores.iter_mut().for_each(|score| *score = self.platt.probability(*score));
        scores
    }

    /// The log-odds of a payment of which nothing is known: what reasons add up from.
    pub fn bias(&self) -> f64 {
        self.platt.log_odds(self.forest.bias())
    }

    /// Why a payment scores as it does, strongest first. All of them and [`FraudModel::bias`] add up to the log-odds of
    /// its score.
    pub fn reasons(&self, row: &[f32]) -> Vec<Reason> {
        let raw = self.forest.reasons(row).into_iter().enumerate();
        let named = raw.map(|(feature, score)| Reason { feature, log_odds: self.platt.slope * score });
        let mut reasons: Vec<Reason> = named.filter(|reason| reason.log_odds != 0.0).collect();
        reasons.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()).then(a.feature.cmp(&b.feature)));
        reasons
    }
}

fn columns(part: Part<'_>) -> Vec<Vec<f32>> {
    let column = |place| part.rows.iter().skip(place).step_by(part.width.max(1)).copied().collect();
    (0..part.width).map(column).collect()
}
