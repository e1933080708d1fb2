//! Any byte of a model changed: refused, or the same scores.

use proptest::prelude::*;
use std::time::{Duration, Instant};
use vyavs_artifact::{GOLDEN_TOLERANCE, Limits, MODEL, Runner, check};

use crate::make::{Made, graph, manifest};

/// Replace, insert, remove or repeat bytes at places in the file.
fn mutations() -> impl Strategy<Value = Vec<(u8, prop::sample::Index, u8)>> {
    prop::collection::vec((0_u8..5, any::<prop::sample::Index>(), any::<u8>()), 1..6)
}

fn mutate(bytes: &mut Vec<u8>, mutations: &[(u8, prop::sample::Index, u8)]) {
    for (how, place, byte) in mutations {
        let at = place.index(bytes.len());
        match how {
            0 => bytes[at] = *byte,
            1 => bytes[at] ^= 1 << (byte % 8),
            2 => bytes.insert(at, *byte),
            3 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => {
                let end = (at + usize::from(*byte)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    /// Straight at the checker and the runtime, past the signature.
    #[test]
    fn no_panic_no_hang_and_no_other_score(mutations in mutations()) {
        let mut bytes = graph();
        mutate(&mut bytes, &mutations);
        let began = Instant::now();
        if let Ok(graph) = check(&bytes, &Limits::default())
            && let Ok(mut runner) = Runner::load(&graph)
        {
            // Scores or says why not; the weights may be others, that is for the golden vectors to find.
            let length = graph.input.1.iter().product();
            let _ = runner.score(&vec![0.5; length]);
        }
        prop_assert!(began.elapsed() < Duration::from_secs(5));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// The whole way, signed by someone who was fooled.
    #[test]
    fn what_is_accepted_says_what_it_should(mutations in mutations()) {
        let mut bytes = graph();
        mutate(&mut bytes, &mutations);
        if let Ok(mut artifact) = Made::with_model(&bytes).verify() {
            for golden in &manifest().golden {
                let score = artifact.runner.score(&golden.input).expect("it did before");
                prop_assert!((score - golden.output).abs() <= GOLDEN_TOLERANCE * golden.output.abs().max(1.0));
            }
        }
    }

    /// Nobody was fooled: the signature covers every byte.
    #[test]
    fn without_a_new_signature_no_change_passes(mutations in mutations()) {
        let mut bytes = graph();
        mutate(&mut bytes, &mutations);
        let made = Made::new();
        made.write(MODEL, &bytes);
        prop_assert_eq!(made.verdict(), if bytes == graph() { "accepted" } else { "digest" });
    }
}
