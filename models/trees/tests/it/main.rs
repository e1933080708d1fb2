//! What the trees promise.

mod grown;
mod refused;
mod walked;

use vyavs_trees::{Fit, Loss, Params, Table, Target, fit};

/// Columns of a small world: a trend, a step, a noisy one, and one with gaps. `seed` makes another.
fn columns(rows: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut word = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = move || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        (word >> 40) as f32 / (1_u64 << 24) as f32
    };
    let mut columns = vec![Vec::new(); 4];
    for _ in 0..rows {
        columns[0].push(draw() * 10.0 - 5.0);
        columns[1].push((draw() * 4.0).floor());
        columns[2].push(draw());
        columns[3].push(if draw() < 0.2 { f32::NAN } else { draw() });
    }
    columns
}

fn labels(columns: &[Vec<f32>]) -> Vec<f32> {
    let row = |row: usize| {
        let gap = if columns[3][row].is_nan() { 2.0 } else { columns[3][row] };
        columns[0][row] * 0.3 + f32::from(u8::from(columns[1][row] > 1.0)) + gap + 0.3 * columns[2][row]
    };
    (0..columns[0].len()).map(row).collect()
}

fn label_for(loss: Loss, label: f32) -> f32 {
    match loss {
        Loss::Logistic => f32::from(u8::from(label > 1.0)),
        Loss::Poisson | Loss::Tweedie { .. } => label.max(0.0).floor(),
        _ => label,
    }
}

const LOSSES: [Loss; 5] =
    [Loss::Squared, Loss::Poisson, Loss::Tweedie { power: 1.4 }, Loss::Quantile { level: 0.9 }, Loss::Logistic];

fn params(loss: Loss) -> Params {
    Params { loss, rounds: 20, learning_rate: 0.2, leaves: 8, min_rows: 5, ..Params::default() }
}

fn table(columns: &[Vec<f32>]) -> Table {
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    Table::new(&columns, 255, 2).expect("it is in order")
}

fn fitted(params: &Params, columns: &[Vec<f32>], labels: &[f32], threads: usize) -> Fit {
    fit(params, &table(columns), Target::new(labels), None, threads).expect("it is in order")
}

/// Rows one after another.
fn rows(columns: &[Vec<f32>]) -> Vec<f32> {
    (0..columns[0].len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect()
}
