//! Exception rules: each holds where it should and not beside it; tails are what they say; schemes among honest cashiers are
//! found and honest cashiers are not.

mod rules;
mod shop;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vyavs_detect::exceptions::{Count, Expected, NotJudged, Peers, Rule, Shop, judge};

use shop::{Scheme, week};

#[test]
fn tails_are_those_of_the_distributions() {
    let poisson = |mean| Expected { mean, dispersion: 0.0 };
    // e⁻¹ Σ 1/k! from 5, less half of the first.
    assert!((poisson(1.0).tail(5) - 0.002_127_015_8).abs() < 1e-9, "{}", poisson(1.0).tail(5));
    assert!((poisson(1.0).tail(0) - (1.0 - (-1.0_f64).exp() / 2.0)).abs() < 1e-12);
    // Mean 2, dispersion ½: a negative binomial of shape 2 and probability ½, (k + 1) / 2^(k + 2).
    let binomial = Expected { mean: 2.0, dispersion: 0.5 };
    for (times, tail) in [(0, 0.875), (1, 0.625), (2, 0.406_25), (3, 0.25)] {
        assert!((binomial.tail(times) - tail).abs() < 1e-12, "{times}: {}", binomial.tail(times));
    }
    // Far out it is small and not zero, and far below the mean it is one.
    assert!((1e-200..1e-150).contains(&poisson(1.0).tail(110)), "{}", poisson(1.0).tail(110));
    assert!(poisson(5000.0).tail(3000) > 1.0 - 1e-9 && poisson(5000.0).tail(7000) < 1e-9);
}

/// Gamma of shape 4 and mean 1: the sum of four exponentials.
fn habit(dice: &mut ChaCha8Rng) -> f64 {
    -(0..4).map(|_| (1.0 - dice.random::<f64>()).ln()).sum::<f64>() / 4.0
}

#[test]
fn tails_of_honest_peers_are_as_rare_as_they_say() {
    let mut dice = ChaCha8Rng::seed_from_u64(3);
    let (mut below, mut all, mut dispersion) = ([0_u32; 3], 0_u32, 0.0);
    for _ in 0..20 {
        let mut shops = Vec::new();
        for _ in 0..40 {
            let here = 0.01 * habit(&mut dice);
            let cashier = |_| {
                let exposed = dice.random_range(200..2000_u32);
                let rate = here * habit(&mut dice);
                let times = (0..exposed).filter(|_| dice.random::<f64>() < rate).count();
                Count { times: times as f64, exposed: f64::from(exposed) }
            };
            shops.push((0..8).map(cashier).collect::<Vec<_>>());
        }
        let peers = Peers::new(shops.clone());
        for (at, shop) in shops.iter().enumerate() {
            for (who, count) in shop.iter().enumerate() {
                let expected = peers.expected(at, who).expect("peers");
                let tail = expected.tail(count.times as u64);
                all += 1;
                dispersion += expected.dispersion;
                for (below, bound) in below.iter_mut().zip([0.2, 0.05, 0.01]) {
                    *below += u32::from(tail < bound);
                }
            }
        }
    }
    let share = below.map(|below| f64::from(below) / f64::from(all));
    // Cashiers' quarter, and what is not known of a shop's rate.
    let dispersion = dispersion / f64::from(all);
    assert!((0.22..0.42).contains(&dispersion), "{dispersion}");
    assert!((0.15..0.25).contains(&share[0]) && (0.03..0.07).contains(&share[1]), "{share:?}");
    assert!(share[2] < 0.02, "{share:?}");
}

#[test]
fn peers_too_few_to_be_peers_are_a_sentence() {
    let mut shops = week(1, 1, &[]).0;
    while shops[0].cashiers.len() > 4 {
        shops[0].cashiers.pop_first();
    }
    let told = judge(&shops, 0.5).expect_err("four");
    assert_eq!(told, NotJudged::TooFew { found: 4 });
    assert_eq!(told.to_string(), "4 cashiers were seen, and peers are compared from 5 on");
    assert_eq!(judge(&week(1, 1, &[]).0, 0.0), Err(NotJudged::Bound));
    let nobody: [Shop<u32>; 0] = [];
    assert!(judge(&nobody, 0.5).is_err());
}

/// Simulated: thrice 12 shops of 8 cashiers, a week, a scheme in every third shop; and the same shops honest. By seeds that the
/// bounds were not chosen by.
#[test]
fn schemes_are_found_and_honest_cashiers_are_not() {
    let (mut placed, mut found, mut false_cases, mut shop_weeks) = (0, 0, 0, 0);
    let mut by_scheme = std::collections::BTreeMap::<Scheme, (u32, u32)>::new();
    for seed in 100..103 {
        let schemes = [Scheme::Sweethearting, Scheme::RefundFraud, Scheme::VoidAfterCash, Scheme::GiftCards];
        let (shops, thieves) = week(seed, 12, &schemes);
        let findings = judge(&shops, 0.5).expect("peers enough");
        for (shop, operator, scheme) in &thieves {
            let hit = findings.iter().find(|each| each.shop == *shop && each.operator == *operator);
            let of = by_scheme.entry(*scheme).or_default();
            (of.0, of.1, placed) = (of.0 + u32::from(hit.is_some()), of.1 + 1, placed + 1);
            if let Some(hit) = hit {
                found += 1;
                assert!(hit.reasons.iter().any(|reason| !reason.evidence.is_empty() && reason.times > 0), "{hit:?}");
            }
        }
        let honest = |each: &&_| {
            let each: &vyavs_detect::exceptions::Finding<u32> = each;
            !thieves.iter().any(|(shop, operator, _)| *shop == each.shop && *operator == each.operator)
        };
        false_cases += findings.iter().filter(honest).count();
        shop_weeks += shops.len();
    }
    println!(
        "{found} of {placed} schemes found ({by_scheme:?}); {false_cases} honest cashiers named in {shop_weeks} weeks of a shop"
    );
    assert!(found * 10 >= placed * 8, "{found} of {placed}: {by_scheme:?}");
    assert!(false_cases <= shop_weeks, "{false_cases} in {shop_weeks}");
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<String> =
        Rule::ALL.iter().map(|rule| serde_json::to_string(rule).expect("a name")).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    assert!(Rule::ALL.len() >= 20);
}
