//! Local straight lines through values at equal steps (Cleveland 1979), as STL needs them.

/// The smooth at every position. `window` values are looked at; only every `window / 10`th position is computed, the
/// rest lies on straight lines between, which is what keeps STL linear in the length.
pub(crate) fn smooth(values: &[f64], window: usize) -> Vec<f64> {
    let (n, jump) = (values.len(), window.div_ceil(10).max(1));
    let mut out = vec![0.0; n];
    let (mut last, mut before) = (0, at(values, window, 0.0));
    out[0] = before;
    while last + 1 < n {
        let next = (last + jump).min(n - 1);
        let value = at(values, window, next as f64);
        for (step, cell) in out[last + 1..=next].iter_mut().enumerate() {
            let share = (step + 1) as f64 / (next - last) as f64;
            *cell = before + share * (value - before);
        }
        (last, before) = (next, value);
    }
    out
}

/// The local line's value at `x`, which may lie outside the series.
pub(crate) fn at(values: &[f64], window: usize, x: f64) -> f64 {
    let n = values.len();
    let near = window.min(n);
    let from = (x - (near as f64 - 1.0) / 2.0).round().clamp(0.0, (n - near) as f64) as usize;
    let range = from..from + near;
    let reach =
        (x - from as f64).abs().max(((from + near - 1) as f64 - x).abs()) + window.saturating_sub(n) as f64 / 2.0;
    let (mut sum, mut sum_x, mut sum_y, mut sum_xx, mut sum_xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for place in range {
        let away = place as f64 - x;
        let share = away.abs() / reach.max(1e-9);
        if share >= 0.999 {
            continue;
        }
        let cube = 1.0 - share * share * share;
        let weight = cube * cube * cube;
        sum += weight;
        sum_x += weight * away;
        sum_y += weight * values[place];
        sum_xx += weight * away * away;
        sum_xy += weight * away * values[place];
    }
    if sum <= 0.0 {
        return values[from.min(n - 1)];
    }
    let spread = sum * sum_xx - sum_x * sum_x;
    if spread > 1e-9 * sum * sum { (sum_xx * sum_y - sum_x * sum_xy) / spread } else { sum_y / sum }
}
