use vyavs_trees::{Forest, LEAF, Loss, Params, Table, Target, Trees, fit};

fn said(params: &Params, labels: &[f32], weights: Option<&[f32]>) -> String {
    let x: Vec<f32> = (0..30_u8).map(f32::from).collect();
    let table = Table::new(&[&x], 255, 1).expect("it is in order");
    fit(params, &table, Target { labels, weights }, None, 1).expect_err("it is refused").to_string()
}

#[test]
fn columns_that_are_no_table() {
    let said = |columns: &[&[f32]]| Table::new(columns, 255, 2).expect_err("it is refused").to_string();
    assert_eq!(said(&[]), "there is nothing to learn from: 0 columns of 0 rows");
    assert_eq!(said(&[&[], &[1.0]]), "there is nothing to learn from: 2 columns of 0 rows");
    assert_eq!(said(&[&[1.0], &[1.0, 2.0]]), "column 1 has 2 rows, the first one has 1");
    assert_eq!(
        said(&[&[1.0, f32::INFINITY]]),
        "column 0, row 1 is infinite; expected a number, or NaN for a missing one"
    );
}

#[test]
fn labels_that_a_loss_cannot_take() {
    let of = |loss| Params { loss, ..Params::default() };
    let with = |label: f32| {
        let mut labels = vec![1.0; 30];
        labels[4] = label;
        labels
    };
    assert_eq!(said(&of(Loss::Logistic), &with(2.0), None), "the label of row 4 is 2, expected 0 to 1");
    assert_eq!(said(&of(Loss::Squared), &with(f32::NAN), None), "the label of row 4 is NaN, expected a finite number");
    assert_eq!(
        said(&of(Loss::Tweedie { power: 1.5 }), &with(-1.0), None),
        "the label of row 4 is -1, expected a finite number from zero up"
    );
    assert_eq!(said(&Params::default(), &[1.0], None), "1 labels for 30 of the table");
    let zero = [0.0; 30];
    assert_eq!(
        said(&Params::default(), &[1.0; 30], Some(&zero)),
        "the weight of row 0 is 0, expected a number from zero up, and not zero everywhere"
    );
}

#[test]
fn parameters_out_of_range() {
    let ones = [1.0; 30];
    let with = |change: fn(&mut Params)| {
        let mut params = Params::default();
        change(&mut params);
        said(&params, &ones, None)
    };
    assert_eq!(with(|p| p.learning_rate = 0.0), "learning_rate is 0, expected above 0 and at most 1");
    assert_eq!(with(|p| p.leaves = 1), "leaves is 1, expected 2 to 32768");
    assert_eq!(with(|p| p.row_share = f64::NAN), "row_share is NaN, expected above 0 and at most 1");
    assert_eq!(with(|p| p.monotone = vec![1, 0]), "2 monotone constraints for 1 of the table");
    assert_eq!(with(|p| p.monotone = vec![3]), "monotone is 3, expected -1, 0 or 1");
    assert_eq!(with(|p| p.loss = Loss::Quantile { level: 1.0 }), "level is 1, expected above 0 and below 1");
}

/// Arrays from a foreign file never lead a walk astray, or in circles.
#[test]
fn arrays_that_are_no_forest() {
    let good = Trees {
        width: 1,
        start: vec![0],
        feature: vec![0, LEAF, LEAF],
        threshold: vec![0.5, 0.0, 0.0],
        left: vec![1, 0, 0],
        right: vec![2, 0, 0],
        missing_left: vec![false; 3],
        value: vec![0.0; 3],
        ..Trees::default()
    };
    let with = |change: fn(&mut Trees)| {
        let mut trees = good.clone();
        change(&mut trees);
        Forest::new(trees).expect_err("it is refused").to_string()
    };
    assert!(Forest::new(good.clone()).is_ok());
    let child = "expected one that comes later in the same tree";
    assert_eq!(with(|t| t.left[0] = 0), format!("node 0 names child 0, {child}"));
    assert_eq!(with(|t| t.right[0] = 3), format!("node 0 names child 3, {child}"));
    assert_eq!(with(|t| t.feature[0] = 1), "node 0 splits feature 1, rows have 1");
    assert_eq!(with(|t| t.threshold[0] = f32::NAN), "node 0 holds a number that is not finite");
    assert_eq!(with(|t| t.start[0] = 9), "tree 0 starts at node 9, of 3");
    assert_eq!(with(|t| t.start = vec![0, 0]), "tree 0 starts at node 0, of 3");
    assert_eq!(with(|t| t.value.truncate(1)), "the arrays of nodes differ in length");
}
