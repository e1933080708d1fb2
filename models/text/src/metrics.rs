//! How well scores tell good from bad.

/// Figures of one set of labelled texts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Texts.
    pub rows: usize,
    /// Share judged right, 0 to 1.
    pub accuracy: f64,
    /// Mean of the F1 of both kinds, 0 to 1; a kind that is absent and never claimed counts 0.
    pub macro_f1: f64,
    /// Area under the ROC curve, ties counted half; 0.5 where one kind is absent.
    pub auc: f64,
}

/// Judges scores against labels: positive is a score at or above `threshold`. Both slices have one length; what is longer is left out.
pub fn judge(scores: &[f64], labels: &[bool], threshold: f64) -> Metrics {
    let rows = scores.len().min(labels.len());
    // [label][judged]
    let mut cells = [[0usize; 2]; 2];
    for (score, label) in scores.iter().zip(labels) {
        cells[usize::from(*label)][usize::from(*score >= threshold)] += 1;
    }
    let f1 = |right: usize, wrong: usize| match 2 * right + wrong {
        0 => 0.0,
        all => 2.0 * right as f64 / all as f64,
    };
    let wrong = cells[0][1] + cells[1][0];
    Metrics {
        rows,
        accuracy: (rows - wrong) as f64 / rows.max(1) as f64,
        macro_f1: (f1(cells[1][1], wrong) + f1(cells[0][0], wrong)) / 2.0,
        auc: auc(scores, labels),
    }
}

fn auc(scores: &[f64], labels: &[bool]) -> f64 {
    let mut ranked: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut positives) = (0usize, 0.0, 0usize);
    for same in ranked.chunk_by(|a, b| a.0 == b.0) {
        let positive = same.iter().filter(|(_, label)| *label).count();
        let negative = same.len() - positive;
        sum += positive as f64 * (below as f64 + negative as f64 / 2.0);
        below += negative;
        positives += positive;
    }
    if positives == 0 || below == 0 { 0.5 } else { sum / (positives as f64 * below as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 3 of 4 right; F1 of the positive kind 2/3, of the negative 4/5; three of four pairs in order.
    #[test]
    fn figures_by_hand() {
        let metrics = judge(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true], 0.5);
        assert_eq!(metrics.accuracy, 0.75);
        assert!((metrics.macro_f1 - (2.0 / 3.0 + 4.0 / 5.0) / 2.0).abs() < 1e-12);
        assert_eq!(metrics.auc, 0.75);
        assert_eq!(judge(&[0.5, 0.5], &[true, false], 0.5).auc, 0.5);
        assert_eq!(judge(&[], &[], 0.5).accuracy, 0.0);
    }
}
