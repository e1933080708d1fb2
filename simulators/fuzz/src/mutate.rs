//! Mutations of bytes: small ones that keep most of a frame whole, and large ones that do not.

use rand::Rng;
use rand::seq::IndexedRandom;

/// Longest input.
pub const MAX_INPUT: usize = 16 * 1024;

/// Values at which lengths and numbers go wrong.
const EDGES: [u8; 10] = [0x00, 0x01, 0x0A, 0x0D, 0x1B, 0x1D, 0x7F, 0x80, 0xFE, 0xFF];

/// Changes `input` in one to eight ways; `others` is what it may be spliced with.
pub fn mutate(input: &mut Vec<u8>, others: &[Vec<u8>], rng: &mut impl Rng) {
    for _ in 0..1_u32 << rng.random_range(0..4) {
        one(input, others, rng);
    }
    input.truncate(MAX_INPUT);
}

fn one(input: &mut Vec<u8>, others: &[Vec<u8>], rng: &mut impl Rng) {
    let at = rng.random_range(0..=input.len());
    let span = |rng: &mut dyn rand::RngCore, length: usize| {
        let most = (length - at).min(64);
        at..at + if most == 0 { 0 } else { (rng.next_u32() as usize) % most + 1 }
    };
    match rng.random_range(0..12) {
        0 if at < input.len() => input[at] ^= 1 << rng.random_range(0..8),
        1 if at < input.len() => input[at] = rng.random(),
        2 if at < input.len() => input[at] = *EDGES.choose(rng).expect("not empty"),
        3 if at < input.len() => input[at] = input[at].wrapping_add(if rng.random() { 1 } else { 255 }),
        4 => input.insert(at, rng.random()),
        5 => drop(input.drain(span(rng, input.len()))),
        6 => {
            let again = input[span(rng, input.len())].to_vec();
            input.splice(at..at, again);
        }
        7 => input.truncate(at),
        8 => {
            let noise: Vec<u8> = (0..rng.random_range(1..16)).map(|_| rng.random()).collect();
            input.splice(at..at, noise);
        }
        9 => {
            let run = vec![*EDGES.choose(rng).expect("not empty"); rng.random_range(1..200)];
            input.splice(at..at, run);
        }
        10 => {
            let edge =
                [u32::MAX, i32::MAX as u32, 0x8000, 0xFFFF, 0x1_0000].choose(rng).expect("not empty").to_le_bytes();
            let end = (at + edge.len()).min(input.len());
            input.splice(at..end, edge);
        }
        _ => {
            if let Some(other) = others.choose(rng).filter(|other| !other.is_empty()) {
                let from = rng.random_range(0..other.len());
                let to = (from + rng.random_range(1..=256)).min(other.len());
                let end = (at + to - from).min(input.len());
                let end = if rng.random() { end } else { at };
                input.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn inputs_change_and_stay_bounded() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let seed = b"a seed of some length".to_vec();
        let (mut same, mut input) = (0, seed.clone());
        for n in 0..20_000 {
            if n % 50 == 0 {
                input.clone_from(&seed);
            }
            let before = input.clone();
            mutate(&mut input, std::slice::from_ref(&seed), &mut rng);
            same += usize::from(before == input);
            assert!(input.len() <= MAX_INPUT);
        }
        assert!(same < 1_000, "{same} of 20,000 were not changed");
    }
}
