//! Host and board in virtual time.

use std::sync::Arc;

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use vyavs_bridge::host::{HostConfig, Input, Order, Outcome, Output, Update, UpdateError, UpdateNews};
use vyavs_bridge::sim::SimConfig;
use vyavs_bridge::sim::board::{OP_ECHO, image};
use vyavs_bridge::sim::lab::{Lab, LabConfig, Ordeal, endure};
use vyavs_bridge::sim::noise::Rates;
use vyavs_frame::message::{OtaStatus, RESET_PIN, Semver, Status};
use vyavs_frame::version::Versions;

const SECOND: u64 = 1_000_000;
const WORST: Rates = Rates { drop: 0.05, flip_frames: 0.01, flip_bits: 0.0, duplicate: 0.02 };

fn ordeal(seed: u64, rates: Rates, cuts: u32) -> Ordeal {
    let lab = LabConfig { seed, rates, jitter_us: 10_000, ..LabConfig::default() };
    Ordeal { lab, readings: 5_000, every_us: 100_000, cuts, crashes: 0, wall_steps: Vec::new() }
}

#[test]
fn every_reading_arrives_once_and_in_order_over_a_line_that_drops_flips_repeats_and_is_cut() {
    for seed in 0..4 {
        let endured = endure(&Ordeal { crashes: 5, ..ordeal(seed, WORST, 50) });
        assert!(endured.exact, "seed {seed}: {endured:?}");
        assert!(endured.measured >= 5_000 && endured.bad_frames > 10, "{endured:?}");
    }
    let bits = Rates { flip_bits: 2e-4, flip_frames: 0.0, ..WORST };
    let endured = endure(&ordeal(9, bits, 50));
    assert!(endured.exact && endured.bad_frames > 60, "{endured:?}");
}

#[test]
fn times_are_within_20_ms_after_ten_minutes_with_a_quartz_100_ppm_off_and_50_ms_of_jitter() {
    for (seed, ppm) in [(1, 100.0), (2, -100.0), (3, 37.0)] {
        let mut ordeal = ordeal(seed, Rates::default(), 0);
        ordeal.lab.board.ppm = ppm;
        (ordeal.lab.jitter_us, ordeal.every_us, ordeal.readings) = (50_000, 500_000, 4_800);
        let endured = endure(&ordeal);
        assert!(endured.exact && endured.times_in_order, "{endured:?}");
        assert!(endured.worst_us <= 20_000, "{ppm} ppm: {endured:?}");
    }
}

#[test]
fn a_wall_clock_that_is_set_reorders_nothing() {
    let wall_steps = vec![
        (60 * SECOND, -10_000_000),
        (120 * SECOND, 45_000_000),
        (200 * SECOND, -60_000_000),
        (380 * SECOND, 3_000_000),
    ];
    let endured = endure(&Ordeal { wall_steps, ..ordeal(5, WORST, 20) });
    assert!(endured.exact && endured.times_in_order, "{endured:?}");
}

#[test]
fn a_restart_of_the_board_reorders_nothing_and_its_numbers_begin_again() {
    let mut lab = Lab::new(LabConfig::default());
    for round in 0..3 {
        for n in 0..200 {
            lab.run_until(lab.now_us + 50_000);
            let now = lab.now_us;
            lab.board.read(now, 1, round * 1_000 + n, 0);
        }
        lab.run_until(lab.now_us + 3 * SECOND);
        let now = lab.now_us;
        lab.board.restart(now, RESET_PIN);
    }
    let values: Vec<i32> = lab.disk.iter().map(|(.., reading)| reading.value).collect();
    let want: Vec<i32> = (0..3).flat_map(|round| (0..200).map(move |n| round * 1_000 + n)).collect();
    assert_eq!(values, want);
    assert_eq!(lab.disk.iter().map(|(boot, ..)| *boot).max(), Some(3));
    assert!(lab.disk.windows(2).all(|two| two[0].2.at_us <= two[1].2.at_us));
}

#[test]
fn a_board_whose_memory_was_full_says_how_many_readings_are_gone() {
    let mut lab = Lab::new(LabConfig::default());
    lab.run_until(3 * SECOND);
    lab.cut(true);
    for n in 0..5_000 {
        lab.run_until(lab.now_us + 10_000);
        let now = lab.now_us;
        lab.board.read(now, 1, n, 0);
    }
    lab.mend(true);
    lab.run_until(lab.now_us + 60 * SECOND);
    assert_eq!(lab.disk.len(), 4_096);
    assert_eq!(lab.disk[0].2.value, 904);
    let lost: u64 =
        lab.told.iter().map(|(_, told)| if let Output::Lost { count, .. } = told { *count } else { 0 }).sum();
    assert_eq!(lost, 0, "the host had none of this boot, so none that it knew of");
    assert_eq!(lab.board.core().dropped(), 904);
    // With a conversation behind it, the host counts what is missing.
    lab.cut(true);
    for n in 0..5_000 {
        lab.run_until(lab.now_us + 10_000);
        let now = lab.now_us;
        lab.board.read(now, 1, n, 0);
    }
    lab.mend(true);
    lab.run_until(lab.now_us + 60 * SECOND);
    let lost: u64 =
        lab.told.iter().map(|(_, told)| if let Output::Lost { count, .. } = told { *count } else { 0 }).sum();
    assert_eq!((lost, lab.disk.len()), (904, 8_192));
}

#[test]
fn events_and_commands_come_through_once_each() {
    let mut lab = Lab::new(LabConfig { rates: Rates { drop: 0.2, ..WORST }, ..LabConfig::default() });
    lab.run_until(5 * SECOND);
    for n in 0..50_u8 {
        let now = lab.now_us;
        lab.board.event(now, 1, 2, &[n]);
        lab.input(Input::Order(Order { op: OP_ECHO, args: vec![n], within_ms: 60_000 }));
        lab.run_until(lab.now_us + 4 * SECOND);
    }
    lab.run_until(lab.now_us + 60 * SECOND);
    let mut payloads: Vec<u8> = lab.events.iter().map(|event| event.payload[0]).collect();
    payloads.sort_unstable();
    assert_eq!(payloads, (0..50).collect::<Vec<u8>>(), "each once");
    assert_eq!(lab.board.done().len(), 50, "done once, however often they were said");
    let answers = lab.told.iter().filter(|(_, told)| {
        matches!(told, Output::OrderDone(_, Outcome::Answered { status: Status::Done, data }) if data.len() == 1)
    });
    assert_eq!(answers.count(), 50);
}

#[test]
fn a_command_nobody_can_hear_ends_at_its_deadline_and_is_not_done_later() {
    let mut lab = Lab::new(LabConfig::default());
    lab.run_until(5 * SECOND);
    lab.cut(false);
    lab.input(Input::Order(Order { op: OP_ECHO, args: Vec::new(), within_ms: 3_000 }));
    lab.run_until(lab.now_us + 5 * SECOND);
    assert!(lab.told.iter().any(|(_, told)| matches!(told, Output::OrderDone(_, Outcome::NoAnswer))));
    lab.mend(false);
    lab.run_until(lab.now_us + 60 * SECOND);
    assert!(lab.board.done().is_empty());
}

fn versions(min: u16, max: u16) -> Versions {
    Versions { min, max }
}

/// Every pair of ranges out of the last four versions: the highest common one is spoken, or ping and update work.
#[test]
fn every_pair_of_versions_talks_or_falls_back_to_update() {
    let (keys, public) = keys();
    let ranges: Vec<_> = (1..=4).flat_map(|min| (min..=4).map(move |max| versions(min, max))).collect();
    let (mut talked, mut updated) = (0, 0);
    for (ours, theirs) in ranges.iter().flat_map(|ours| ranges.iter().map(move |theirs| (*ours, *theirs))) {
        let mut config = LabConfig::default();
        config.host.versions = ours;
        (config.board.versions, config.board.key) = (theirs, public);
        let mut lab = Lab::new(config);
        lab.run_until(SECOND);
        let now = lab.now_us;
        lab.board.read(now, 1, 5, 0);
        lab.run_until(10 * SECOND);
        let spoken = lab.told.iter().find_map(|(_, told)| match told {
            Output::Greeted { proto, .. } => Some(*proto),
            _ => None,
        });
        let highest = ours.max.min(theirs.max);
        if highest >= ours.min.max(theirs.min) {
            assert_eq!((spoken, lab.disk.len()), (Some(Some(highest)), 1), "{ours:?} {theirs:?}");
            talked += 1;
        } else {
            assert_eq!((spoken, lab.disk.len()), (Some(None), 0), "{ours:?} {theirs:?}");
            // What is sent in is checked and booted; it speaks no more than the old one, so it is not kept.
            lab.input(Input::Update(signed(&keys, Semver { major: 2, minor: 0, patch: 0 }, false, 3_000)));
            lab.run_until(40 * SECOND);
            assert_eq!(lab.board.core().about().firmware.major, 2, "{ours:?} {theirs:?}");
            lab.run_until(200 * SECOND);
            assert_eq!(lab.board.core().about().firmware.major, 1, "it never reached the host");
            updated += 1;
        }
    }
    assert_eq!((talked, updated), (70, 30));
}

fn keys() -> (Ed25519KeyPair, [u8; 32]) {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key");
    let public = pair.public_key().as_ref().try_into().expect("32 bytes");
    (pair, public)
}

fn signed(keys: &Ed25519KeyPair, version: Semver, mute: bool, len: usize) -> Arc<Update> {
    let mut update = Update { image: image(version, mute, len), version, signature: [0; 64] };
    update.signature = keys.sign(&update.offer().signed()).as_ref().try_into().expect("64 bytes");
    Arc::new(update)
}

fn ends(lab: &Lab) -> Vec<UpdateNews> {
    let news = lab.told.iter().filter_map(|(_, told)| match told {
        Output::Update(UpdateNews::Sent(_)) => None,
        Output::Update(news) => Some(news.clone()),
        _ => None,
    });
    news.collect()
}

fn updating(config: LabConfig, public: [u8; 32]) -> Lab {
    let mut lab = Lab::new(LabConfig { board: SimConfig { key: public, ..SimConfig::default() }, ..config });
    lab.run_until(5 * SECOND);
    lab
}

const TWO: Semver = Semver { major: 2, minor: 0, patch: 0 };

#[test]
fn an_update_survives_a_bad_line_cuts_and_a_restart_and_sends_no_byte_from_the_start_again() {
    let (keys, public) = keys();
    let mut lab = updating(LabConfig { rates: WORST, ..LabConfig::default() }, public);
    lab.input(Input::Update(signed(&keys, TWO, false, 60_000)));
    let mut sent = Vec::new();
    for round in 0..12 {
        lab.run_until(lab.now_us + 3 * SECOND);
        let seen = round % 2 == 0;
        lab.cut(seen);
        if round == 5 {
            let now = lab.now_us;
            lab.board.restart(now, RESET_PIN);
        }
        lab.run_until(lab.now_us + SECOND);
        lab.mend(seen);
        sent.push(lab.told.iter().rev().find_map(|(_, told)| match told {
            Output::Update(UpdateNews::Sent(offset)) => Some(*offset),
            _ => None,
        }));
    }
    assert!(sent.windows(2).all(|two| two[0] <= two[1]), "{sent:?}");
    lab.run_until(lab.now_us + 300 * SECOND);
    assert_eq!(ends(&lab), [UpdateNews::Done], "{sent:?}");
    assert_eq!(lab.board.core().about().firmware, TWO);
    let now = lab.now_us;
    lab.board.restart(now, RESET_PIN);
    assert_eq!(lab.board.core().about().firmware, TWO, "it stays");
}

#[test]
fn an_image_with_a_wrong_signature_or_hash_is_refused_and_the_board_goes_on() {
    let (keys, public) = keys();
    let mut lab = updating(LabConfig::default(), public);
    let good = signed(&keys, TWO, false, 5_000);
    let mut forged = (*good).clone();
    forged.signature[3] ^= 1;
    lab.input(Input::Update(Arc::new(forged)));
    lab.run_until(lab.now_us + 30 * SECOND);
    // Signed, and then changed: the hash that is announced is of other bytes than the signature.
    let mut changed = (*good).clone();
    changed.image[4_000] ^= 1;
    lab.input(Input::Update(Arc::new(changed)));
    lab.run_until(lab.now_us + 30 * SECOND);
    let refused = UpdateNews::Failed(UpdateError::Refused(OtaStatus::BadSignature));
    assert_eq!(ends(&lab), [refused.clone(), refused]);
    assert_eq!((lab.board.boot_count(), lab.board.core().is_open()), (1, true));
    let mut big = (*good).clone();
    big.image = vec![0; 600_000];
    lab.input(Input::Update(Arc::new(big)));
    lab.run_until(lab.now_us + 30 * SECOND);
    assert_eq!(ends(&lab)[2], UpdateNews::Failed(UpdateError::Refused(OtaStatus::TooBig)));
    lab.input(Input::Update(good));
    lab.run_until(lab.now_us + 60 * SECOND);
    assert_eq!(ends(&lab)[3], UpdateNews::Done);
}

#[test]
fn an_image_that_never_says_hello_is_rolled_back() {
    let (keys, public) = keys();
    let mut lab = updating(LabConfig::default(), public);
    lab.input(Input::Update(signed(&keys, TWO, true, 5_000)));
    lab.run_until(lab.now_us + 150 * SECOND);
    assert_eq!(ends(&lab), [UpdateNews::Failed(UpdateError::RolledBack)]);
    assert_eq!(lab.board.core().about().firmware.major, 1);
    assert!(lab.board.core().is_open());
}

#[test]
fn a_line_that_says_nothing_or_nothing_readable_is_told_by_its_cause() {
    let silent = |lab: &Lab| {
        let all = lab
            .told
            .iter()
            .filter_map(|(_, told)| if let Output::Silent(why) = told { Some(why.clone()) } else { None });
        all.collect::<Vec<_>>()
    };
    let mut lab = Lab::new(LabConfig::default());
    lab.cut(false);
    lab.run_until(10 * SECOND);
    assert_eq!(silent(&lab), ["no byte from the board in 3 s: check cable, power and port"]);
    for n in 0..40_u64 {
        let garbage: Vec<u8> = (0..50).map(|at| (at * 37 + n * 11) as u8 | 0x80).collect();
        lab.input(Input::Bytes(&garbage));
        lab.run_until(lab.now_us + SECOND / 10);
    }
    lab.input(Input::Closed);
    lab.input(Input::Opened);
    for n in 0..40_u64 {
        let garbage: Vec<u8> = (0..50).map(|at| (at * 37 + n * 11) as u8 | 0x80).collect();
        lab.input(Input::Bytes(&garbage));
        lab.run_until(lab.now_us + SECOND / 10);
    }
    assert!(silent(&lab)[1].ends_with("bytes and no frame in 3 s: check baud and line coding"), "{:?}", silent(&lab));
    let mut lab = Lab::new(LabConfig::default());
    lab.run_until(5 * SECOND);
    lab.cut(false);
    lab.run_until(40 * SECOND);
    assert_eq!(silent(&lab)[0], "nothing readable for 15 s");
    lab.mend(false);
    lab.run_until(60 * SECOND);
    assert!(lab.board.core().is_open());
    assert_eq!(HostConfig::default().time_every_us, 5_000_000);
}

proptest::proptest! {
    #[test]
    fn a_host_hears_anything(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..1_500)) {
        vyavs_bridge::host::hear_any(&bytes);
    }
}
