//! Payments: what a book remembers, what a model says of them, and how that is judged.

use proptest::prelude::*;
use vyavs_detect::fraud::*;

const DAY_S: i64 = 86_400;
const WEEK_S: i64 = 7 * DAY_S;

/// Time, amount, customer and terminal, and what became of it.
type Row = (i64, f64, [u32; 2], bool);

fn replayed(rows: &[Row], delay_s: i64) -> Vec<f32> {
    let mut features = Vec::new();
    replay(&mut Book::new(2), rows.iter().map(|row| (payment(row), Some(row.3))), delay_s, &mut features);
    features
}

fn payment(row: &Row) -> Payment<'_> {
    Payment { at_s: row.0, amount: row.1, entities: &row.2 }
}

fn column(name: &str) -> usize {
    feature_names(&["customer", "terminal"]).iter().position(|there| there == name).expect(name)
}

/// Features are compared bit by bit: NaN is NaN.
fn bits(features: &[f32]) -> Vec<u32> {
    features.iter().map(|x| x.to_bits()).collect()
}

/// A shop of 12 customers and 4 terminals; terminal 3 turns bad for a while, and big amounts are fraud.
fn shop(rows: usize) -> Vec<Row> {
    let row = |n: usize| {
        let n = n as u64;
        let word = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let word = (word ^ (word >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let word = word ^ (word >> 32);
        let at_s = n as i64 * 1_800;
        let (customer, terminal) = ((word % 12) as u32, (word >> 8) as u32 % 4);
        let usual = 5.0 + f64::from(customer) * 7.0;
        let big = (word >> 16).is_multiple_of(40);
        let amount = usual * (0.5 + (word >> 24) as f64 % 100.0 / 100.0) * if big { 6.0 } else { 1.0 };
        let bad = terminal == 3 && (at_s / (10 * DAY_S)) % 3 == 1;
        (at_s, (amount * 100.0).round() / 100.0, [customer, terminal], big || bad)
    };
    (0..rows).map(row).collect()
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0_i64..200_000, 1_u32..50_000, 0_u32..3, 0_u32..3, any::<bool>());
    proptest::collection::vec(row, 1..80).prop_map(|steps| {
        let mut at_s = 1_500_000_000;
        let row = |(step, cents, customer, terminal, fraud)| {
            at_s += step;
            (at_s, f64::from(cents) / 100.0, [customer, terminal], fraud)
        };
        steps.into_iter().map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Told one at a time, by whoever hears of labels, a book says what it says over a file.
    #[test]
    fn streaming_equals_batch(rows in rows(), delay_days in 0_i64..9) {
        let delay_s = delay_days * DAY_S;
        let (mut book, mut features, mut seen) = (Book::new(2), Vec::new(), Vec::new());
        let mut told = 0;
        for (place, row) in rows.iter().enumerate() {
            while told < place && rows[told].0 + delay_s <= row.0 {
                book.learn(rows[told].0 + delay_s, &rows[told].2, seen[told], rows[told].3);
                told += 1;
            }
            seen.push(book.observe(payment(row), &mut features));
            // Stopped here and woken from a copy, it goes on as if nothing had been.
            book = book.clone();
        }
        prop_assert_eq!(bits(&features), bits(&replayed(&rows, delay_s)));
    }

    /// Windows are what their definition says, counted from the rows themselves.
    #[test]
    fn windows_are_counted_right(rows in rows()) {
        let features = replayed(&rows, WEEK_S);
        let width = features.len() / rows.len();
        let day = |at_s: i64| at_s.div_euclid(DAY_S);
        for (place, row) in rows.iter().enumerate() {
            let here = &features[place * width..(place + 1) * width];
            for (kind, name) in ["customer", "terminal"].into_iter().enumerate() {
                let own = || rows[..=place].iter().filter(move |past| past.2[kind] == row.2[kind]);
                for (days, name_of) in [(7, "7 days"), (30, "30 days")] {
                    let within: Vec<&Row> = own().filter(|past| day(row.0) - day(past.0) <= days).collect();
                    let mean = within.iter().map(|past| past.1).sum::<f64>() / within.len() as f64;
                    prop_assert_eq!(here[column(&format!("{name}: payments in {name_of}"))], within.len() as f32);
                    let ours = f64::from(here[column(&format!("{name}: mean amount of {name_of}"))]);
                    prop_assert!((ours - mean).abs() < 1e-3, "{ours} {mean}");
                    let known: Vec<bool> = rows[..place].iter()
                        .filter(|past| past.2[kind] == row.2[kind] && past.0 + WEEK_S <= row.0)
                        .filter(|past| day(row.0) - day(past.0 + WEEK_S) <= days).map(|past| past.3).collect();
                    let ours = here[column(&format!("{name}: known fraud rate of {name_of}"))];
                    let rate = known.iter().filter(|&&fraud| fraud).count() as f32 / known.len() as f32;
                    prop_assert_eq!(ours.to_bits() & 0x7fff_ffff, rate.to_bits() & 0x7fff_ffff);
                }
            }
        }
    }

    /// No feature of a payment knows a label that was not told by then, or anything of a later payment.
    #[test]
    fn nothing_leaks(rows in rows(), place in any::<prop::sample::Index>()) {
        let place = place.index(rows.len());
        let mut other = rows.clone();
        for row in &mut other {
            if row.0 + WEEK_S > rows[place].0 {
                row.3 = !row.3;
            }
        }
        other[place + 1..].iter_mut().for_each(|row| row.1 += 1.0);
        let (here, there) = (replayed(&rows, WEEK_S), replayed(&other, WEEK_S));
        let width = here.len() / rows.len();
        let until = (place + 1) * width;
        prop_assert_eq!(bits(&here[..until]), bits(&there[..until]));
    }
}

/// The values are scikit-learn 1.9.1's, `average_precision_score` and `roc_auc_score`, on scores with ties.
#[test]
fn figures_are_scikit_learn_s() {
    let frauds = [0, 1, 0, 1, 1, 0, 0, 1, 0, 0].map(|label| label == 1);
    let scores = [0.1, 0.9, 0.9, 0.8, 0.3, 0.3, 0.3, 0.3, 0.2, 0.7];
    assert!((average_precision(&scores, &frauds) - 0.541_666_666_666_666_6).abs() < 1e-15);
    assert!((roc_auc(&scores, &frauds) - 0.6875).abs() < 1e-15);
    let scores: Vec<f64> = (0..2_000_u32).map(|n| f64::from(n * 7_919 % 97) / 97.0).collect();
    let frauds: Vec<bool> =
        (0..2_000_u32).zip(&scores).map(|(n, score)| f64::from(n * 104_729 % 1_009) / 1_009.0 < 0.3 * score).collect();
    assert_eq!(frauds.iter().filter(|&&fraud| fraud).count(), 297);
    assert!((average_precision(&scores, &frauds) - 0.250_719_881_676_621_46).abs() < 1e-12);
    assert!((roc_auc(&scores, &frauds) - 0.698_339_828_110_820_5).abs() < 1e-12);
}

/// Worked out by hand; equal scores are never told apart.
#[test]
fn figures_do_not_reward_ties() {
    let frauds: Vec<bool> = (0..1_000).map(|n| n % 100 == 0).collect();
    let same = vec![0.01; 1_000];
    let judged = Judgement::of(&same, &frauds).expect("it is in order");
    assert!((judged.pr_auc - 0.01).abs() < 1e-12 && judged.roc_auc == 0.5);
    assert!((judged.precision_at_top - 0.01).abs() < 1e-12 && judged.recall_at_half_percent == 0.0);
    assert!(judged.ece < 1e-12);
    let perfect: Vec<f64> = frauds.iter().map(|&fraud| f64::from(u8::from(fraud))).collect();
    let judged = Judgement::of(&perfect, &frauds).expect("it is in order");
    assert_eq!((judged.pr_auc, judged.roc_auc, judged.recall_at_half_percent), (1.0, 1.0, 1.0));
    assert_eq!((judged.precision_at_top, judged.ece), (1.0, 0.0));
    assert_eq!(calibration_error(&[0.9; 4], &[true, false, false, false], 10), 0.65);
    assert!(Judgement::of(&same, &vec![false; 1_000]).is_none());
    assert!(Judgement::of(&[f64::NAN, 0.5], &[true, false]).is_none());
    assert!(Judgement::of(&[0.5], &[true, false]).is_none());
}

/// Scores that are twice too sure are brought back to what they are worth.
#[test]
fn calibration_undoes_overconfidence() {
    let (mut scores, mut frauds) = (Vec::new(), Vec::new());
    for step in -30..=30 {
        let log_odds = f64::from(step) / 10.0;
        let share = 1.0 / (1.0 + (-log_odds).exp());
        for n in 0..400 {
            scores.push(2.0 * log_odds);
            frauds.push(f64::from(n) + 0.5 < share * 400.0);
        }
    }
    let platt = Platt::fit(&scores, &frauds);
    assert!((platt.slope - 0.5).abs() < 0.01 && platt.offset.abs() < 0.01, "{platt:?}");
    assert_eq!(Platt::fit(&scores, &vec![true; scores.len()]), Platt::IDENTITY);
}

/// It finds what there is to find, says why, and the reasons add up.
#[test]
fn a_score_is_the_sum_of_its_reasons() {
    let rows = shop(4_000);
    let features = replayed(&rows, WEEK_S);
    let width = features.len() / rows.len();
    let cut = 3_000;
    let frauds: Vec<bool> = rows.iter().map(|row| row.3).collect();
    let part = Part { rows: &features[..cut * width], frauds: &frauds[..cut], width };
    let mut params = FraudModel::params(1);
    params.rounds = 60;
    let model = FraudModel::fit(part, &params, 2).expect("it is in order");
    let again = FraudModel::fit(part, &params, 1).expect("it is in order");
    let later = &features[cut * width..];
    let scores = model.scores(later);
    assert_eq!(scores, again.scores(later));
    let judged = Judgement::of(&scores, &frauds[cut..]).expect("it is in order");
    let amounts: Vec<f64> = rows[cut..].iter().map(|row| row.1).collect();
    let naive = average_precision(&amounts, &frauds[cut..]);
    assert!(judged.pr_auc > naive + 0.05, "{judged:?}, amount alone {naive}");
    for (row, score) in later.chunks(width).zip(&scores).take(100) {
        let reasons = model.reasons(row);
        let log_odds = model.bias() + reasons.iter().map(|reason| reason.log_odds).sum::<f64>();
        assert!((1.0 / (1.0 + (-log_odds).exp()) - score).abs() < 1e-6);
        assert!((model.score(row) - score).abs() < 1e-12);
        assert!(reasons.is_sorted_by(|a, b| a.log_odds.abs() >= b.log_odds.abs()));
    }
}

#[test]
fn a_part_of_one_kind_is_refused() {
    let frauds = vec![false; 100];
    let part = Part { rows: &[0.5; 100], frauds: &frauds, width: 1 };
    let said = FraudModel::fit(part, &FraudModel::params(1), 1).expect_err("it is refused").to_string();
    assert_eq!(said, "the earlier part holds 0 frauds among 80 payments; there must be some of both kinds");
    let part = Part { rows: &[], frauds: &[], width: 0 };
    assert!(FraudModel::fit(part, &FraudModel::params(1), 1).is_err());
}
