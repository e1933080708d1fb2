//! Average run lengths of control charts, by Nyström's method on Page's and Crowder's integral equations.
//!
//! The run length from a start u is one step and what is left after it: L(u) = 1 + ∫ L(x) p(u → x) dx. At the nodes of a
//! Gauss-Legendre rule that is a small system of linear equations. (Brook and Evans 1972 for the chain, Goel and Wu 1971
//! and Crowder 1987 for the integrals.)

use std::f64::consts::{PI, SQRT_2};

use super::{Cusum, Ewma};

/// Nodes of the rule; 32 leave an error below 0.01 % over the designed range.
const NODES: usize = 32;

/// Readings until a two-sided CUSUM alarms, on average, when the mean has moved by `shift` standard deviations.
pub fn cusum_run_length(chart: &Cusum, shift: f64) -> f64 {
    // The two sides alarm independently enough: 1/L = 1/L+ + 1/L− is exact from a zero start (Kemp 1961).
    1.0 / (1.0 / one_sided(chart, shift) + 1.0 / one_sided(chart, -shift))
}

fn one_sided(chart: &Cusum, shift: f64) -> f64 {
    let (nodes, weights) = rule(0.0, chart.limit);
    // Unknown 0 is L(0), which the sum returns to as a whole; the others are at the nodes.
    let start = |row: usize| if row == 0 { 0.0 } else { nodes[row - 1] };
    let drift = shift - chart.allowance;
    let mut system = System::new(NODES + 1);
    for row in 0..=NODES {
        system.add(row, 0, below(-start(row) - drift));
        for (column, (node, weight)) in nodes.iter().zip(&weights).enumerate() {
            system.add(row, column + 1, weight * density(node - start(row) - drift));
        }
    }
    system.solve()[0]
}

/// Readings until an EWMA alarms, on average, when the mean has moved by `shift` standard deviations.
pub fn ewma_run_length(chart: &Ewma, shift: f64) -> f64 {
    let band = chart.band();
    let (nodes, weights) = rule(-band, band);
    let start = |row: usize| if row == 0 { 0.0 } else { nodes[row - 1] };
    let mut system = System::new(NODES + 1);
    for row in 0..=NODES {
        for (column, (node, weight)) in nodes.iter().zip(&weights).enumerate() {
            let step = (node - (1.0 - chart.weight) * start(row)) / chart.weight - shift;
            system.add(row, column + 1, weight * density(step) / chart.weight);
        }
    }
    system.solve()[0]
}

/// Density of the standard normal distribution.
fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// Probability that a standard normal value is below.
fn below(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Nodes and weights of Gauss and Legendre's rule between two ends.
fn rule(from: f64, to: f64) -> (Vec<f64>, Vec<f64>) {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let node = |k: usize| {
        // Newton's method on the Legendre polynomial, from Tricomi's guess.
        let mut x = (PI * (k as f64 + 0.75) / (NODES as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..8 {
            let (mut before, mut value) = (1.0, x);
            for degree in 2..=NODES {
                let degree = degree as f64;
                (before, value) = (value, ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree);
            }
            slope = NODES as f64 * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (middle + half * x, half * 2.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..NODES).map(node).unzip()
}

/// The equations (I − P) L = 1, row by row with a column for the right side.
struct System(Vec<Vec<f64>>);

impl System {
    fn new(size: usize) -> Self {
        let row = |row: usize| (0..=size).map(|column| f64::from(u8::from(column == row || column == size))).collect();
        Self((0..size).map(row).collect())
    }

    /// Adds to the chance of going from a start to another.
    fn add(&mut self, row: usize, column: usize, chance: f64) {
        self.0[row][column] -= chance;
    }

    /// Gaussian elimination with row pivots.
    fn solve(mut self) -> Vec<f64> {
        let size = self.0.len();
        for pivot in 0..size {
            let largest = (pivot..size).max_by(|a, b| self.0[*a][pivot].abs().total_cmp(&self.0[*b][pivot].abs()));
            self.0.swap(pivot, largest.unwrap_or(pivot));
            let (done, rest) = self.0.split_at_mut(pivot + 1);
            let lead = &done[pivot];
            for row in rest {
                let factor = row[pivot] / lead[pivot];
                row.iter_mut().zip(lead).skip(pivot).for_each(|(value, lead)| *value -= factor * lead);
            }
        }
        let mut answer = vec![0.0; size];
        for row in (0..size).rev() {
            let known: f64 = (row + 1..size).map(|column| self.0[row][column] * answer[column]).sum();
            answer[row] = (self.0[row][size] - known) / self.0[row][row];
        }
        answer
    }
}
