//! Fitting, storing and scoring.

use proptest::prelude::*;
use vyavs_text::{FitConfig, FitError, Lexicon, Model, ModelError, Scorer, fit, judge};

use crate::data::{records, unpacked};

/// Reviews put together from halves whose words the lexicon does not know.
fn made_up() -> Vec<(String, bool)> {
    let (good, bad) = (["blorp", "zindle", "quaffy", "trell"], ["grumble", "snark", "vexo", "drood"]);
    (0..160)
        .map(|i| {
            let list = if i % 2 == 0 { good } else { bad };
            (format!("the shop {} and {} number {}", list[i / 2 % 4], list[i / 8 % 4], i % 7), i % 2 == 0)
        })
        .collect()
}

fn borrowed(rows: &[(String, bool)]) -> Vec<(&str, bool)> {
    rows.iter().map(|(text, label)| (text.as_str(), *label)).collect()
}

#[test]
fn words_the_lexicon_lacks_are_learned_and_a_seed_gives_the_same_bytes() {
    let (rows, own) = (made_up(), Lexicon::own());
    let first = fit(&borrowed(&rows), &own, &FitConfig::default()).expect("a fit");
    let again = fit(&borrowed(&rows), &own, &FitConfig::default()).expect("a fit");
    assert_eq!(first.model.to_bytes(), again.model.to_bytes());
    assert!(first.inner.accuracy > 0.99, "{:?}", first.inner);
    let mut scorer = Scorer::new(&first.model, &own);
    assert!(scorer.score("a quaffy place") > 0.5 && scorer.score("what a vexo") < 0.5);
}

/// The lexicon's numbers alone carry a model over to words that no row had.
#[test]
fn the_lexicon_helps_with_unseen_words() {
    let Some(text) = unpacked("uci_amazon_cells.csv.gz") else { return };
    let rows: Vec<(String, bool)> = records(&text)[1..].iter().map(|row| (row[1].clone(), row[0] == "1")).collect();
    let (train, test) = rows.split_at(400);
    let own = Lexicon::own();
    let made = fit(&borrowed(train), &own, &FitConfig::default()).expect("a fit");
    let mut scorer = Scorer::new(&made.model, &own);
    let scores: Vec<f64> = test.iter().map(|(text, _)| scorer.score(text)).collect();
    let labels: Vec<bool> = test.iter().map(|(_, label)| *label).collect();
    let figures = judge(&scores, &labels, scorer.threshold());
    assert!(figures.accuracy > 0.82, "{figures:?}");
}

#[test]
fn a_model_survives_being_stored_and_a_broken_one_is_refused() {
    let (rows, own) = (made_up(), Lexicon::own());
    let model = fit(&borrowed(&rows), &own, &FitConfig::default()).expect("a fit").model;
    let bytes = model.to_bytes();
    assert_eq!(Model::from_bytes(&bytes).as_ref(), Ok(&model));
    assert_eq!(Model::from_bytes(b"PK\x03\x04"), Err(ModelError::Foreign));
    for cut in [8, 20, 40, bytes.len() - 1] {
        assert!(matches!(Model::from_bytes(&bytes[..cut]), Err(ModelError::Length(_))), "{cut}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(Model::from_bytes(&longer), Err(ModelError::Length(_))));
}

#[test]
fn too_few_rows_are_named() {
    let rows = vec![("good".to_owned(), true); 30];
    let error = fit(&borrowed(&rows), &Lexicon::own(), &FitConfig::default()).expect_err("it is refused");
    assert_eq!(error, FitError::TooFew { positive: 30, negative: 0, needed: 10 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_has_a_probability(texts in prop::collection::vec("(?s).{0,80}", 1..5)) {
        let model = Model::from_bytes(&empty()).expect("a model without weights");
        let mut scorer = Scorer::new(&model, &Lexicon::default());
        for text in &texts {
            let score = scorer.score(text);
            prop_assert!((0.0..=1.0).contains(&score));
            // What was met before changes nothing.
            prop_assert_eq!(score, Scorer::new(&model, &Lexicon::default()).score(text));
        }
    }

    #[test]
    fn any_bytes_are_a_model_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..200), ours in any::<bool>()) {
        if ours {
            bytes.splice(0..0, *b"VYTEXT01");
        }
        let _ = Model::from_bytes(&bytes);
    }
}

fn empty() -> Vec<u8> {
    let mut bytes = b"VYTEXT01".to_vec();
    [1.0f64, 0.0, 0.5].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(vec![0; 4 * (1 + vyavs_text::MOODS) + 2 * 8]);
    bytes
}
