//! The Numenta benchmark's score: early hits inside labelled windows, less every false row.
//!
//! Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (2015), scorer version 1.1. A row weighs by where
//! it lies: within a window from 1 at its beginning to 0 at its end, outside from 0 right behind a window to minus the cost
//! of a false alarm. A window pays its best detected row, or costs a miss. The threshold is the one that the pooled
//! corpus likes best, so a score says what a detector could do with a lucky threshold; see [`Sweep`].

/// What a hit earns, a false row costs at most and a missed window costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// For the first row of a window.
    pub hit: f64,
    /// For a row far from any window.
    pub false_row: f64,
    /// For a window without a detection.
    pub miss: f64,
}

impl Profile {
    /// The benchmark's standard profile.
    pub const STANDARD: Self = Self { hit: 1.0, false_row: 0.11, miss: 1.0 };
    /// False alarms cost twice as much.
    pub const LOW_FALSE: Self = Self { hit: 1.0, false_row: 0.22, miss: 1.0 };
    /// Misses cost twice as much.
    pub const LOW_MISS: Self = Self { hit: 1.0, false_row: 0.11, miss: 2.0 };
}

/// One file's scores with its labelled windows.
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    /// A score a row, higher is stranger; NaN counts as never detected.
    pub scores: &'a [f64],
    /// First and last row of each window, ascending and apart.
    pub windows: &'a [(usize, usize)],
}

/// What one threshold made of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FileScore {
    /// In the profile's unit: at most the number of windows times [`Profile::hit`].
    pub total: f64,
    /// Detected rows inside windows.
    pub hits: usize,
    /// Detected rows outside.
    pub false_rows: usize,
}

/// The threshold that served a corpus best, and how well it did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// A row is detected at this score and above.
    pub threshold: f64,
    /// Sum over the corpus.
    pub raw: f64,
    /// 0 for a detector that never speaks, 100 for one that hits the first row of every window and nothing else.
    pub normalised: f64,
    /// Windows in the corpus, those inside a probation too.
    pub windows: usize,
}

/// How many rows at the beginning are not judged: 15 %, at most 750.
pub fn probation(rows: usize) -> usize {
    (rows.saturating_mul(15) / 100).min(750)
}

/// The scaled sigmoid: −1 far behind a window, towards 1 far ahead.
fn sigmoid(x: f64) -> f64 {
    if x > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * x).exp()) - 1.0 }
}

/// The weight of each row of a file and the window it lies in.
pub fn weights(rows: usize, windows: &[(usize, usize)], profile: &Profile) -> Vec<(f64, Option<usize>)> {
    let mut passed = 0;
    let weigh = |row: usize| {
        while windows.get(passed).is_some_and(|window| row > window.1) {
            passed += 1;
        }
        if let Some(&(first, last)) = windows.get(passed).filter(|window| row >= window.0) {
            let at = (last + 1 - row) as f64 / (last + 1 - first) as f64;
            return (profile.hit * sigmoid(-at) / sigmoid(-1.0), Some(passed));
        }
        let before = passed.checked_sub(1).and_then(|window| windows.get(window));
        let weight = before.map_or(-1.0, |&(first, last)| sigmoid((row - last) as f64 / (last - first) as f64));
        (profile.false_row * weight, None)
    };
    (0..rows).map(weigh).collect()
}

/// Scores one file at a threshold.
pub fn at(file: &Scored<'_>, profile: &Profile, threshold: f64) -> FileScore {
    let rows = file.scores.len();
    let mut score = FileScore::default();
    let mut best = vec![None; file.windows.len()];
    for (row, (weight, window)) in weights(rows, file.windows, profile).into_iter().enumerate().skip(probation(rows)) {
        let detected = file.scores[row] >= threshold;
        match window {
            Some(window) => {
                let best = best[window].get_or_insert(-profile.miss);
                if detected {
                    score.hits += 1;
                    *best = weight.max(*best);
                }
            }
            None if detected => {
                score.false_rows += 1;
                score.total += weight;
            }
            None => {}
        }
    }
    score.total += best.into_iter().flatten().sum::<f64>();
    score
}

/// The corpus at a threshold, 0 to 100 as in [`Sweep::normalised`].
pub fn normalised(raw: f64, windows: usize, profile: &Profile) -> f64 {
    let (null, perfect) = (-profile.miss * windows as f64, profile.hit * windows as f64);
    if windows == 0 { 0.0 } else { 100.0 * (raw - null) / (perfect - null) }
}

/// Tries every score that occurs, and 1.1 for silence, as the threshold of the whole corpus; of equals the highest wins.
pub fn sweep(corpus: &[Scored<'_>], profile: &Profile) -> Sweep {
    let windows = corpus.iter().map(|file| file.windows.len()).sum();
    let mut rows: Vec<(f64, f64, Option<usize>)> = Vec::new();
    let mut best = Vec::new();
    for file in corpus {
        let base = best.len();
        best.extend(file.windows.iter().map(|_| None));
        let count = file.scores.len();
        let judged = weights(count, file.windows, profile).into_iter().zip(file.scores).skip(probation(count));
        for ((weight, window), score) in judged {
            let window = window.map(|window| base + window);
            if let Some(window) = window {
                best[window] = Some(-profile.miss);
            }
            if !score.is_nan() {
                rows.push((*score, weight, window));
            }
        }
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut total: f64 = best.iter().flatten().sum();
    let mut answer = (total, 1.1);
    let mut peers = rows.iter().peekable();
    while let Some(&(score, weight, window)) = peers.next() {
        match window.and_then(|window| best[window].as_mut()) {
            Some(before) if weight > *before => {
                total += weight - *before;
                *before = weight;
            }
            Some(_) => {}
            None => total += weight,
        }
        if peers.peek().is_none_or(|next| next.0 != score) && total > answer.0 {
            answer = (total, score);
        }
    }
    let (raw, threshold) = answer;
    Sweep { threshold, raw, normalised: normalised(raw, windows, profile), windows }
}
