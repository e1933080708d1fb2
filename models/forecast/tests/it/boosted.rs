//! What the boosted model promises of any panel.

use jiff::civil::date;
use vyavs_forecast::boosted::{Boosted, BoostedError, Calendar, Pace, Shape, Sheet, Track};

const PAST: usize = 210;
const HORIZON: usize = 14;

/// A hash, for noise and for promotions that no calendar foretells.
fn toss(series: usize, step: usize, of: u64) -> u64 {
    let mut word =
        (series as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (step as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    for _ in 0..2 {
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word ^= word >> 31;
    }
    word % of
}

fn promoted(step: usize) -> bool {
    toss(999, step / 3, 3) == 0
}

fn closed(series: usize, step: usize) -> bool {
    toss(series + 500, step, 9) == 0
}

/// Levels of any size, a weekly rhythm, promotions that lift by 80 %, days off.
fn truth(series: usize, step: usize) -> f32 {
    let level = 20.0 * (1.0 + series as f32 * series as f32);
    let rhythm = [1.0, 0.9, 0.8, 1.0, 1.2, 1.5, 0.7][step % 7];
    let noise = 0.9 + toss(series, step, 200) as f32 / 1000.0;
    let lift = if promoted(step) { 1.8 } else { 1.0 };
    if closed(series, step) { 0.0 } else { level * rhythm * noise * lift }
}

fn sheet(with_promotions: bool) -> Sheet {
    let bit = f32::from;
    let tracks = (0..8).map(|series| {
        let cells = |cell: &dyn Fn(usize) -> bool| (0..PAST + HORIZON).map(|step| bit(u8::from(cell(step)))).collect();
        let mut known: Vec<Vec<f32>> = vec![cells(&|step| !closed(series, step))];
        if with_promotions {
            known.push(cells(&promoted));
        }
        Track { values: (0..PAST).map(|step| truth(series, step)).collect(), known, groups: vec![series % 2] }
    });
    let calendar = Calendar { first: date(2025, 3, 3).at(0, 0, 0, 0), pace: Pace::Day };
    Sheet { calendar, past: PAST, horizon: HORIZON, groups: 2, tracks: tracks.collect() }
}

fn small() -> Boosted {
    Boosted {
        rows: 4000,
        rounds: 60,
        shapes: vec![Shape { leaves: 15, min_rows: 20 }],
        learning_rate: 0.1,
        bags: 1,
        ..Boosted::default()
    }
}

fn wape(sheet: &Sheet) -> f64 {
    let fans = small().forecast(sheet).expect("enough to learn from").fans;
    let (mut error, mut all) = (0.0, 0.0);
    for (series, fan) in fans.iter().enumerate() {
        for (ahead, said) in fan.quantiles[1].iter().enumerate() {
            let came = f64::from(truth(series, PAST + ahead));
            error += (came - said).abs();
            all += came;
        }
    }
    error / all
}

#[test]
fn a_promotion_known_in_advance_is_forecast() {
    let (with, without) = (wape(&sheet(true)), wape(&sheet(false)));
    assert!(with < 0.10 && with < 0.6 * without, "{with} with promotions known, {without} without");
}

#[test]
fn closed_days_are_exactly_zero_and_others_are_not() {
    let fans = small().forecast(&sheet(true)).expect("enough to learn from").fans;
    for (series, fan) in fans.iter().enumerate() {
        for ahead in 0..HORIZON {
            let said = [fan.mean[ahead], fan.quantiles[0][ahead], fan.quantiles[1][ahead], fan.quantiles[2][ahead]];
            match closed(series, PAST + ahead) {
                true => assert_eq!(said, [0.0; 4]),
                false => assert!(said[1] > 0.0 && said[1] <= said[2] && said[2] <= said[3], "{said:?}"),
            }
        }
    }
}

#[test]
fn threads_and_repeats_change_no_byte() {
    let one = Boosted { threads: 1, ..small() }.forecast(&sheet(true)).expect("enough to learn from");
    let other = Boosted { threads: 3, ..small() }.forecast(&sheet(true)).expect("enough to learn from");
    assert_eq!(one.fans, other.fans);
    assert_eq!(one.trials, other.trials);
}

/// A stock-out is censored: told as unknown it drags nothing down, told as zero it does.
#[test]
fn an_empty_shelf_is_not_demand() {
    let with = |value: f32| {
        let mut sheet = sheet(true);
        for track in &mut sheet.tracks {
            (PAST - 40..PAST).filter(|step| step % 3 == 0).for_each(|step| track.values[step] = value);
        }
        let fans = small().forecast(&sheet).expect("enough to learn from").fans;
        fans.iter().flat_map(|fan| fan.mean.clone()).sum::<f64>()
    };
    let (censored, zero) = (with(f32::NAN), with(0.0));
    let came: f64 =
        (0..8).flat_map(|series| (PAST..PAST + HORIZON).map(move |step| f64::from(truth(series, step)))).sum();
    assert!((censored / came - 1.0).abs() < 0.08 && zero < 0.95 * censored, "{censored} and {zero} where {came} came");
}

/// Most of a fresh panel lies within the interval that past folds set.
#[test]
fn the_interval_holds_about_what_it_promises() {
    let fans = small().forecast(&sheet(true)).expect("enough to learn from").fans;
    let (mut within, mut all) = (0, 0);
    for (series, fan) in fans.iter().enumerate() {
        for ahead in (0..HORIZON).filter(|ahead| !closed(series, PAST + ahead)) {
            let came = f64::from(truth(series, PAST + ahead));
            within += usize::from(fan.quantiles[0][ahead] <= came && came <= fan.quantiles[2][ahead]);
            all += 1;
        }
    }
    let share = within as f64 / f64::from(all);
    assert!((0.65..=0.95).contains(&share), "{share}");
}

#[test]
fn a_bad_sheet_gets_a_sentence() {
    let mut infinite = sheet(true);
    infinite.tracks[2].known[1][5] = f32::INFINITY;
    let refusal = small().forecast(&infinite).expect_err("an infinity");
    assert_eq!(refusal.to_string(), "series 2, step 5 is infinite; expected a number, or NaN for an unknown one");
    let mut ragged = sheet(true);
    ragged.tracks[1].values.pop();
    assert!(matches!(small().forecast(&ragged), Err(BoostedError::Length { series: 1, what: "values", .. })));
    assert_eq!(small().forecast(&Sheet { horizon: 0, ..sheet(true) }).expect_err("no step"), BoostedError::NoHorizon);
    let mut short = sheet(true);
    short.tracks.truncate(1);
    short.past = 12;
    short.tracks[0].values.truncate(12);
    short.tracks[0].known.iter_mut().for_each(|column| column.truncate(12 + HORIZON));
    let refusal = small().forecast(&short).expect_err("too short");
    assert!(refusal.to_string().contains("moments of the past can be learned from; expected 200 or more"), "{refusal}");
}
