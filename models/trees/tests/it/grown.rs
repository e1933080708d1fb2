use proptest::prelude::*;
use vyavs_trees::{Forest, Growth, Loss, Params, Table, Target, TargetOrder, fit};

use super::{LOSSES, columns, fitted, label_for, labels, params, rows, table};

fn scores_after(forest: &Forest, trees: usize, rows: &[f32]) -> Vec<f64> {
    let mut arrays = forest.trees().clone();
    arrays.truncate(trees);
    Forest::new(arrays).expect("it is in order").scores(rows)
}

/// Every loss falls with every few trees on what it learns from.
#[test]
fn training_loss_falls() {
    let columns = columns(500, 1);
    let rows = rows(&columns);
    for loss in LOSSES {
        let labels: Vec<f32> = labels(&columns).into_iter().map(|label| label_for(loss, label)).collect();
        let forest = fitted(&params(loss), &columns, &labels, 1).forest;
        let mut last = f64::INFINITY;
        for trees in [0, 5, 10, 20] {
            let now = loss.mean(&scores_after(&forest, trees, &rows), &labels, None);
            assert!(now < last, "{loss:?}: {now} after {trees} trees, {last} before");
            last = now;
        }
    }
}

/// A depth-one tree on ten rows, worked out by hand: cut at 4.5, leaves at the means of the sides.
#[test]
fn one_stump_is_the_textbook_s() {
    let x: Vec<f32> = (0..10_u8).map(f32::from).collect();
    let y: Vec<f32> = x.iter().map(|&x| if x < 4.5 { 1.0 } else { 3.0 }).collect();
    let params = Params { rounds: 1, learning_rate: 1.0, leaves: 2, min_rows: 1, ..Params::default() };
    let forest = fitted(&params, &[x], &y, 1).forest;
    assert_eq!(forest.trees().threshold[0], 4.5);
    assert_eq!((forest.score(&[4.0]), forest.score(&[5.0])), (1.0, 3.0));
    // Gain: 2 sides · 5 rows · 1² of squared distance from the mean.
    assert_eq!(forest.trees().gain, [10.0]);
}

/// The share of labels below the quantile's score is the level asked for, side by side.
#[test]
fn quantiles_lie_where_they_say() {
    let columns = columns(2_000, 3);
    let noise = &columns[2];
    let labels: Vec<f32> = columns[0].iter().zip(noise).map(|(x, noise)| x + x.abs() * noise).collect();
    let seen = &columns[..1];
    for level in [0.1, 0.5, 0.9] {
        let params = Params { rounds: 60, min_rows: 40, ..params(Loss::Quantile { level }) };
        let scores = fitted(&params, seen, &labels, 1).forest.scores(&rows(seen));
        let below = labels.iter().zip(&scores).filter(|(label, score)| f64::from(**label) <= **score).count();
        assert!((below as f64 / 2_000.0 - level).abs() < 0.04, "{level}: {below}");
    }
}

#[test]
fn threads_and_growth_do_not_change_what_they_must_not() {
    let columns = columns(60_000, 5);
    let labels = labels(&columns);
    let mut params = Params { rounds: 3, row_share: 0.7, column_share: 0.7, seed: 9, ..params(Loss::Squared) };
    let one = fitted(&params, &columns, &labels, 1).forest;
    let four = fitted(&params, &columns, &labels, 4).forest;
    assert_eq!(one.trees(), four.trees());
    params.seed = 10;
    assert_ne!(one.trees(), fitted(&params, &columns, &labels, 1).forest.trees());
    // Given room for every leaf, the order in which they are split does not matter.
    let whole = Params { row_share: 1.0, column_share: 1.0, depth: 3, leaves: 8, ..params };
    let leaf = fitted(&whole, &columns, &labels, 1).forest.scores(&rows(&columns));
    let depth =
        fitted(&Params { growth: Growth::DepthWise, ..whole }, &columns, &labels, 1).forest.scores(&rows(&columns));
    assert!(leaf.iter().zip(&depth).all(|(a, b)| (a - b).abs() < 1e-9));
}

#[test]
fn a_fit_stops_at_its_best_round() {
    let (ours, theirs) = (columns(300, 7), columns(300, 8));
    let (y, held) = (labels(&ours), labels(&theirs));
    let table = table(&ours);
    let theirs: Vec<&[f32]> = theirs.iter().map(Vec::as_slice).collect();
    let valid = table.like(&theirs, 1).expect("it is in order");
    let params = Params { rounds: 2_000, learning_rate: 0.5, patience: 10, ..params(Loss::Squared) };
    let made = fit(&params, &table, Target::new(&y), Some((&valid, Target::new(&held))), 1).expect("it is in order");
    let best = made.losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(made.losses.len() < 2_000);
    assert_eq!(made.losses[made.forest.trees().len()], best);
}

/// Missing values go where they lower the loss: here they answer like high ones.
#[test]
fn the_direction_of_missing_values_is_learned() {
    let x: Vec<f32> = (0..200_u8).map(|row| if row % 4 == 0 { f32::NAN } else { f32::from(row) }).collect();
    let y: Vec<f32> = x.iter().map(|x| if x.is_nan() || *x > 100.0 { 5.0 } else { 0.0 }).collect();
    let forest = fitted(&Params { rounds: 40, ..params(Loss::Squared) }, &[x], &y, 1).forest;
    assert!((forest.score(&[f32::NAN]) - 5.0).abs() < 0.1 && forest.score(&[3.0]).abs() < 0.1);
}

#[test]
fn categories_are_ranked_by_their_labels() {
    let order = TargetOrder::fit(&[7, 7, 3, 3, 9], &[1.0, 1.0, 0.0, 0.5, 4.0], 0.0);
    assert_eq!([3, 7, 9].map(|code| order.rank(code)), [0.0, 1.0, 2.0]);
    assert!(order.rank(1).is_nan());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Shuffled rows give the same trees, bit for bit.
    #[test]
    fn the_order_of_rows_does_not_show(seed in 1_u64..1_000, turn in 1_usize..200, loss in 0_usize..5) {
        let (columns, loss) = (columns(200, seed), LOSSES[loss]);
        let labels: Vec<f32> = labels(&columns).into_iter().map(|label| label_for(loss, label)).collect();
        let turned = |column: &Vec<f32>| { let mut column = column.clone(); column.rotate_left(turn); column };
        let other: Vec<Vec<f32>> = columns.iter().map(turned).collect();
        let here = fitted(&params(loss), &columns, &labels, 1).forest;
        let there = fitted(&params(loss), &other, &turned(&labels), 1).forest;
        prop_assert_eq!(here.trees(), there.trees());
    }

    /// Whatever the other features are, the score never turns against the sign that was asked for.
    #[test]
    fn monotone_holds(seed in 1_u64..1_000, sign in prop_oneof![Just(-1_i8), Just(1)], loss in 0_usize..5) {
        let (columns, loss) = (columns(300, seed), LOSSES[loss]);
        let labels: Vec<f32> = labels(&columns).into_iter().map(|label| label_for(loss, label)).collect();
        let params = Params { monotone: vec![sign, 0, 0, 0], ..params(loss) };
        let forest = fitted(&params, &columns, &labels, 1).forest;
        let others = columns[1].iter().zip(&columns[2]).zip(&columns[3]).take(20);
        for ((second, third), fourth) in others {
            let mut last = f64::NEG_INFINITY * f64::from(sign);
            for step in -60_i8..60 {
                let x = f32::from(step) * 0.1;
                let now = forest.score(&[x, *second, *third, *fourth]);
                prop_assert!((now - last) * f64::from(sign) >= 0.0, "{} at {}, {} before", now, x, last);
                last = now;
            }
        }
    }
}

#[test]
fn a_table_says_how_it_was_cut() {
    let columns = columns(50, 2);
    let table = table(&columns);
    assert_eq!((table.rows(), table.width()), (50, 4));
    let other = Table::new(&[&columns[0]], 255, 1).expect("it is in order");
    let labels = labels(&columns);
    let refused = fit(&Params::default(), &table, Target::new(&labels), Some((&other, Target::new(&labels))), 1);
    assert_eq!(
        refused.expect_err("it is refused").to_string(),
        "the validation table was not cut like the training table (use Table::like)"
    );
}
