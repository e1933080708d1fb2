use proptest::prelude::*;
use vyavs_trees::{Forest, LEAF, Loss, Params, Trees};

use super::{columns, fitted, labels, params, rows};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// One row, many rows and the naive walk agree; reasons and bias are the score.
    #[test]
    fn every_walk_is_the_naive_one(seed in 1_u64..1_000, count in 1_usize..40, leaves in 2_usize..40) {
        let seen = columns(300, seed);
        let params = Params { leaves, min_rows: 2, ..params(Loss::Squared) };
        let forest = fitted(&params, &seen, &labels(&seen), 1).forest;
        let trees = forest.trees();
        let rows = rows(&columns(count, seed + 1));
        let many = forest.scores(&rows);
        prop_assert_eq!(many.len(), count);
        for (row, many) in rows.chunks(4).zip(many) {
            let naive: f64 = (0..trees.len()).map(|tree| f64::from(trees.value[trees.leaf(tree, row)])).sum();
            prop_assert!((forest.score(row) - trees.base - naive).abs() < 1e-12);
            prop_assert!((many - trees.base - naive).abs() < 1e-12);
            let reasons: f64 = forest.reasons(row).iter().sum();
            prop_assert!((forest.bias() + reasons - many).abs() < 1e-5);
        }
    }
}

/// `x < t` at the threshold itself, just below it, and for what is missing.
#[test]
fn a_value_at_the_threshold_goes_right() {
    let trees = Trees {
        width: 1,
        start: vec![0],
        feature: vec![0, LEAF, LEAF],
        threshold: vec![0.5, 0.0, 0.0],
        left: vec![1, 0, 0],
        right: vec![2, 0, 0],
        missing_left: vec![true, false, false],
        value: vec![0.0, 1.0, 2.0],
        gain: vec![0.0],
        ..Trees::default()
    };
    let forest = Forest::new(trees).expect("it is in order");
    let answers = [0.5, 0.5_f32.next_down(), f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(|x| forest.score(&[x]));
    assert_eq!(answers, [2.0, 1.0, 1.0, 2.0, 1.0]);
    // A row that ends early is a row with gaps.
    assert_eq!(forest.score(&[]), 1.0);
}

/// A forest without trees, or of lone leaves, answers its constant.
#[test]
fn no_split_is_no_trouble() {
    let constant = fitted(&params(Loss::Squared), &[vec![1.0; 30]], &[2.5; 30], 1).forest;
    assert_eq!(constant.scores(&[1.0, f32::NAN, 7.0]), [2.5; 3]);
    let leaves = Trees {
        width: 2,
        base: 1.0,
        start: vec![0, 1],
        feature: vec![LEAF; 2],
        threshold: vec![0.0; 2],
        left: vec![0; 2],
        right: vec![0; 2],
        missing_left: vec![false; 2],
        value: vec![0.25, 0.5],
        ..Trees::default()
    };
    assert_eq!(Forest::new(leaves).expect("it is in order").scores(&[0.0; 20]), [1.75; 10]);
}

#[test]
fn trees_are_the_same_after_storage() {
    let seen = columns(200, 4);
    let forest = fitted(&params(Loss::Squared), &seen, &labels(&seen), 1).forest;
    let text = serde_json::to_string(forest.trees()).expect("it is in order");
    let back: Trees = serde_json::from_str(&text).expect("it is in order");
    assert_eq!(&back, forest.trees());
}
