//! Least squares with a ridge, by normal equations: rows are added one by one, nothing is kept of them.

/// XᵀX and XᵀY of the rows so far.
pub(crate) struct Normal {
    size: usize,
    targets: usize,
    gram: Vec<f64>,
    right: Vec<f64>,
    square: Vec<f64>,
    rows: f64,
}

impl Normal {
    pub(crate) fn new(size: usize, targets: usize) -> Self {
        Self {
            size,
            targets,
            gram: vec![0.0; size * size],
            right: vec![0.0; size * targets],
            square: vec![0.0; targets],
            rows: 0.0,
        }
    }

    pub(crate) fn add(&mut self, x: &[f64], y: &[f64], weight: f64) {
        self.rows += 1.0;
        for (row, value) in x.iter().enumerate() {
            let value = value * weight;
            if value == 0.0 {
                continue;
            }
            let line = &mut self.gram[row * self.size..row * self.size + row + 1];
            line.iter_mut().zip(x).for_each(|(cell, other)| *cell += value * other);
            let line = &mut self.right[row * self.targets..(row + 1) * self.targets];
            line.iter_mut().zip(y).for_each(|(cell, target)| *cell += value * target);
        }
        self.square.iter_mut().zip(y).for_each(|(sum, y)| *sum += weight * y * y);
    }

    pub(crate) fn rows(&self) -> f64 {
        self.rows
    }

    /// Coefficients, `targets` for each of the features; `ridge` is a share of the mean diagonal and spares the last
    /// feature, which is the constant. `None` when the equations have no answer.
    pub(crate) fn solve(&self, ridge: f64) -> Option<Vec<f64>> {
        let (n, t) = (self.size, self.targets);
        let trace: f64 = (0..n).map(|at| self.gram[at * n + at]).sum();
        let extra = ridge * trace / n as f64 + trace * 1e-13;
        let mut lower = self.gram.clone();
        for at in 0..n {
            lower[at * n + at] += if at + 1 == n { trace * 1e-13 } else { extra };
        }
        for row in 0..n {
            for column in 0..=row {
                let (head, tail) = lower.split_at(row * n);
                let other = if column == row { &tail[..n] } else { &head[column * n..(column + 1) * n] };
                let dot: f64 = tail[..column].iter().zip(other).map(|(a, b)| a * b).sum();
                let left = tail[column] - dot;
                let value = if row == column {
                    if left <= 0.0 {
                        return None;
                    }
                    left.sqrt()
                } else {
                    left / other[column]
                };
                lower[row * n + column] = value;
            }
        }
        let mut answer = self.right.clone();
        for row in 0..n {
            let (done, rest) = answer.split_at_mut(row * t);
            for before in 0..row {
                let factor = lower[row * n + before];
                rest[..t].iter_mut().zip(&done[before * t..]).for_each(|(cell, known)| *cell -= factor * known);
            }
            rest[..t].iter_mut().for_each(|cell| *cell /= lower[row * n + row]);
        }
        for row in (0..n).rev() {
            let (head, done) = answer.split_at_mut((row + 1) * t);
            for after in row + 1..n {
                let factor = lower[after * n + row];
                let known = &done[(after - row - 1) * t..];
                head[row * t..].iter_mut().zip(known).for_each(|(cell, known)| *cell -= factor * known);
            }
            head[row * t..].iter_mut().for_each(|cell| *cell /= lower[row * n + row]);
        }
        answer.iter().all(|value| value.is_finite()).then_some(answer)
    }

    /// Sum of squared residuals of `target` under `answer`.
    pub(crate) fn residual(&self, answer: &[f64], target: usize) -> f64 {
        let (n, t) = (self.size, self.targets);
        let b = |at: usize| answer[at * t + target];
        let cross: f64 = (0..n).map(|at| b(at) * self.right[at * t + target]).sum();
        let quadratic: f64 = (0..n)
            .map(|row| {
                let off: f64 = (0..row).map(|column| self.gram[row * n + column] * b(column)).sum();
                b(row) * (2.0 * off + self.gram[row * n + row] * b(row))
            })
            .sum();
        (self.square[target] - 2.0 * cross + quadratic).max(0.0)
    }
}
