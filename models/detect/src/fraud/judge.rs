//! By what a score of rare events is judged. Equal scores are one step everywhere: no order among them is a merit.

use std::cmp::Ordering;

/// The figures of a set of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// Area under precision and recall, as average precision.
    pub pr_auc: f64,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Share of frauds found where 0.5 % of good payments are stopped.
    pub recall_at_half_percent: f64,
    /// Share of frauds in the 0.5 % of payments with the highest scores.
    pub precision_at_top: f64,
    /// Expected calibration error over ten bins of equal width.
    pub ece: f64,
}

impl Judgement {
    /// Of probabilities and what became of them; `None` without both a fraud and a good payment, or with a score that
    /// is not a number.
    pub fn of(scores: &[f64], frauds: &[bool]) -> Option<Self> {
        let found = frauds.iter().filter(|&&fraud| fraud).count();
        if scores.len() != frauds.len() || found == 0 || found == frauds.len() || scores.iter().any(|s| s.is_nan()) {
            return None;
        }
        Some(Self {
            pr_auc: average_precision(scores, frauds),
            roc_auc: roc_auc(scores, frauds),
            recall_at_half_percent: recall_at_fpr(scores, frauds, 0.005),
            precision_at_top: precision_at_top(scores, frauds, 0.005),
            ece: calibration_error(scores, frauds, 10),
        })
    }
}

/// Runs of equal scores from the highest down: (frauds, good ones) in each.
fn steps(scores: &[f64], frauds: &[bool]) -> Vec<(f64, f64)> {
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(frauds.iter().copied()).collect();
    order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut steps: Vec<(f64, f64)> = Vec::new();
    let mut last = None;
    for (score, fraud) in order {
        if last != Some(score) {
            steps.push((0.0, 0.0));
            last = Some(score);
        }
        if let Some(step) = steps.last_mut() {
            *(if fraud { &mut step.0 } else { &mut step.1 }) += 1.0;
        }
    }
    steps
}

/// Σ (R_n − R_{n−1}) P_n over the distinct scores, as scikit-learn's `average_precision_score`; 0 without a fraud.
pub fn average_precision(scores: &[f64], frauds: &[bool]) -> f64 {
    let steps = steps(scores, frauds);
    let all: f64 = steps.iter().map(|step| step.0).sum();
    let (mut found, mut stopped, mut area) = (0.0, 0.0, 0.0);
    for (more, false_ones) in steps {
        found += more;
        stopped += more + false_ones;
        area += more * found / stopped;
    }
    if all > 0.0 { area / all } else { 0.0 }
}

/// The chance that a fraud scores above a good payment, equal scores counting half (Mann and Whitney); ½ without both.
pub fn roc_auc(scores: &[f64], frauds: &[bool]) -> f64 {
    let (mut found, mut good, mut area) = (0.0, 0.0, 0.0);
    for (more, false_ones) in steps(scores, frauds) {
        area += false_ones * (found + more / 2.0);
        found += more;
        good += false_ones;
    }
    if found > 0.0 && good > 0.0 { area / (found * good) } else { 0.5 }
}

/// The share of frauds with a score above that of the good payment at place ⌊`fpr` · good⌋ from the top: at most `fpr` of
/// the good ones lie above it.
pub fn recall_at_fpr(scores: &[f64], frauds: &[bool], fpr: f64) -> f64 {
    let part =
        |which: bool| scores.iter().zip(frauds).filter(move |(_, fraud)| **fraud == which).map(|(score, _)| *score);
    let mut good: Vec<f64> = part(false).collect();
    good.sort_unstable_by(|a, b| b.total_cmp(a));
    let all = part(true).count();
    let Some(&threshold) = good.get((fpr * good.len() as f64) as usize) else { return 1.0 };
    if all == 0 {
        return 0.0;
    }
    part(true).filter(|score| score.total_cmp(&threshold) == Ordering::Greater).count() as f64 / all as f64
}

/// The share of frauds among the `share` of payments with the highest scores; where equal scores straddle the edge, as
/// many of them as there is room for, each by the share of frauds among its equals.
pub fn precision_at_top(scores: &[f64], frauds: &[bool], share: f64) -> f64 {
    let room = ((share * scores.len() as f64) as usize).max(1) as f64;
    let (mut found, mut taken) = (0.0, 0.0);
    for (more, false_ones) in steps(scores, frauds) {
        let take = (more + false_ones).min(room - taken);
        found += more * take / (more + false_ones);
        taken += take;
        if taken >= room {
            break;
        }
    }
    found / room
}

/// Σ |mean score − share of frauds| over `bins` bins of equal width, each by its share of payments (Guo et al., 2017).
pub fn calibration_error(scores: &[f64], frauds: &[bool], bins: usize) -> f64 {
    let bins = bins.max(1);
    let mut sums = vec![(0.0, 0.0); bins];
    for (&score, &fraud) in scores.iter().zip(frauds) {
        let bin = ((score.clamp(0.0, 1.0) * bins as f64) as usize).min(bins - 1);
        sums[bin].0 += score;
        sums[bin].1 += f64::from(u8::from(fraud));
    }
    sums.iter().map(|(score, found)| (score - found).abs()).sum::<f64>() / scores.len().max(1) as f64
}
