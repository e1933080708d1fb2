//! VUS-PR: the volume under precision and recall over thresholds and over how far a label's edge may be off.
//!
//! Paparrizos et al., "Volume Under the Surface" (VLDB 2022), in the reading of TSB-AD (NeurIPS 2024): labels fade out over
//! up to `buffer` rows around each anomaly, recall counts the anomalies that are found at all, and the area under each
//! curve is averaged over the widths 0 to `buffer`.

/// Area between precision and recall, 0 to 1, averaged over label margins of 0 to `buffer` rows, at `thresholds` ranks.
/// `None` where it is not defined: no anomaly, nothing but anomaly, one score throughout, lengths that differ, or a NaN.
pub fn vus_pr(scores: &[f64], anomalous: &[bool], buffer: usize, thresholds: usize) -> Option<f64> {
    let rows = scores.len();
    let first = *scores.first()?;
    if rows != anomalous.len() || thresholds < 2 || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    if scores.iter().all(|score| *score == first) {
        return None;
    }
    let runs = runs(anomalous);
    if runs.is_empty() || anomalous.iter().all(|is| *is) {
        return None;
    }
    let positives = anomalous.iter().filter(|is| **is).count() as f64;
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let rank = (rows - 1) as f64 / (thresholds - 1) as f64;
    let mut cuts: Vec<f64> = (0..thresholds - 1).map(|cut| sorted[(cut as f64 * rank) as usize]).collect();
    // Not by the formula: it may fall a rounding short of the last row.
    cuts.extend(sorted.last());
    let predicted: Vec<f64> = cuts.iter().map(|cut| sorted.partition_point(|score| score >= cut) as f64).collect();
    let volume: f64 = (0..=buffer)
        .map(|width| {
            let faded = fade(anomalous, &runs, width);
            let zones = widen(&runs, width, rows);
            let mut area = 0.0;
            let mut recall_before = 0.0;
            for (cut, predicted) in cuts.iter().zip(&predicted) {
                let (mut caught, mut labels, mut found) = (0.0, 0.0, 0usize);
                for &(from, to) in &zones {
                    let mut any = false;
                    for row in from..=to {
                        let detected = scores[row] >= *cut;
                        any |= detected;
                        let hit = if detected { faded[row] } else { 0.0 };
                        caught += hit;
                        labels += if anomalous[row] { 1.0 } else { hit };
                    }
                    found += usize::from(any);
                }
                let recall = (caught / ((positives + labels) / 2.0)).min(1.0) * found as f64 / zones.len() as f64;
                area += (recall - recall_before) * caught / predicted;
                recall_before = recall;
            }
            area
        })
        .sum();
    Some(volume / (buffer + 1) as f64)
}

/// First and last row of each stretch of anomaly.
fn runs(anomalous: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for row in (0..anomalous.len()).filter(|row| anomalous[*row]) {
        match runs.last_mut() {
            Some(run) if run.1 + 1 == row => run.1 = row,
            _ => runs.push((row, row)),
        }
    }
    runs
}

/// Labels of 0 to 1 that fade out over half the width on either side.
fn fade(anomalous: &[bool], runs: &[(usize, usize)], width: usize) -> Vec<f64> {
    let mut labels: Vec<f64> = anomalous.iter().map(|is| f64::from(u8::from(*is))).collect();
    let mut add = |row: usize, distance: usize| {
        if let Some(label) = labels.get_mut(row) {
            *label = (*label + (1.0 - distance as f64 / width as f64).sqrt()).min(1.0);
        }
    };
    for &(from, to) in runs {
        for distance in 1..=width / 2 {
            add(to + distance, distance);
            if let Some(row) = from.checked_sub(distance) {
                add(row, distance);
            }
        }
    }
    labels
}

/// The runs with half the width on either side, joined where they meet.
fn widen(runs: &[(usize, usize)], width: usize, rows: usize) -> Vec<(usize, usize)> {
    let half = width / 2;
    let mut zones: Vec<(usize, usize)> = Vec::new();
    for &(from, to) in runs {
        let zone = (from.saturating_sub(half), (to + half).min(rows - 1));
        match zones.last_mut() {
            Some(last) if last.1 >= zone.0 => last.1 = zone.1,
            _ => zones.push(zone),
        }
    }
    zones
}
