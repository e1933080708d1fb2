//! Distances that know how much each direction varies: Mahalanobis, as a matrix a graph can multiply by.

/// Turns vectors of `N` into independent unit deviations, as far as they are like those it was made from.
#[derive(Clone, Debug)]
pub(crate) struct Whitener<const N: usize> {
    /// Row-major, a row an input.
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: [f32; N],
}

impl<const N: usize> Whitener<N> {
    /// From mean and covariance. `ridge` is added to each variance, so that a direction that hardly ever moved does not
    /// turn noise into distance.
    #[expect(clippy::needless_range_loop, reason = "rows and columns as they stand in the textbook")]
    pub(crate) fn new(data: &[[f32; N]], ridge: f64) -> Self {
        let count = data.len().max(1) as f64;
        let mean: [f64; N] = std::array::from_fn(|at| data.iter().map(|one| f64::from(one[at])).sum::<f64>() / count);
        let mut covariance = vec![[0.0_f64; N]; N];
        for one in data {
            let centred: [f64; N] = std::array::from_fn(|at| f64::from(one[at]) - mean[at]);
            for (row, x) in covariance.iter_mut().zip(centred) {
                for (cell, y) in row.iter_mut().zip(centred) {
                    *cell += x * y;
                }
            }
        }
        // Cholesky: covariance = L Lᵀ.
        let mut factor = vec![[0.0_f64; N]; N];
        for row in 0..N {
            for column in 0..=row {
                let mut rest = covariance[row][column] / count;
                for k in 0..column {
                    rest -= factor[row][k] * factor[column][k];
                }
                factor[row][column] =
                    if row == column { (rest + ridge).max(ridge).sqrt() } else { rest / factor[column][column] };
            }
        }
        // white = L⁻¹ (x − mean); the inverse column by column, by forward substitution.
        let mut inverse = vec![[0.0_f64; N]; N];
        for column in 0..N {
            for row in column..N {
                let known: f64 = (column..row).map(|k| factor[row][k] * inverse[k][column]).sum();
                inverse[row][column] = (f64::from(u8::from(row == column)) - known) / factor[row][row];
            }
        }
        let weights = (0..N * N).map(|at| inverse[at % N][at / N] as f32).collect();
        let bias = std::array::from_fn(|out| -(0..N).map(|k| inverse[out][k] * mean[k]).sum::<f64>() as f32);
        Self { weights, bias }
    }

    /// Squared distance from the middle, per dimension: about 1 for what it was made from.
    pub(crate) fn distance(&self, vector: &[f32; N]) -> f32 {
        let mut white = self.bias;
        for (x, row) in vector.iter().zip(self.weights.chunks_exact(N)) {
            for (out, weight) in white.iter_mut().zip(row) {
                *out += x * weight;
            }
        }
        white.iter().map(|one| one * one).sum::<f32>() / N as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_counts_for_more_where_the_data_hardly_moves() {
        // Two values that move together, and differ by little.
        let data: Vec<[f32; 2]> = (0..1_000)
            .map(|n| {
                let (along, across) = ((n % 41) as f32 - 20.0, (n % 7) as f32 / 10.0 - 0.3);
                [5.0 + along + across, along - across]
            })
            .collect();
        let white = Whitener::new(&data, 1e-6);
        let mean = data.iter().map(|one| white.distance(one)).sum::<f32>() / 1_000.0;
        assert!((mean - 1.0).abs() < 1e-2, "{mean}");
        assert!(white.distance(&[5.0 + 10.0, 10.0]) < 1.0, "ten along is usual");
        assert!(white.distance(&[5.0 + 2.0, -2.0]) > 20.0, "two across is not");
    }
}
