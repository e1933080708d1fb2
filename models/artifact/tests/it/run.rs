//! The runner: errors by name, and a memory that does not grow.

use vyavs_artifact::ScoreError;

use crate::make::{Made, by_hand};

#[test]
fn a_vector_of_another_length_or_without_numbers_is_an_error() {
    let mut runner = Made::new().verify().expect("in order").runner;
    assert!(matches!(runner.score(&[1.0]), Err(ScoreError::Length { got: 1, expected: 3 })));
    assert!(matches!(runner.score(&[f32::INFINITY, 0.0, 0.0]), Err(ScoreError::NotFinite(_))));
    assert!(runner.score(&[1.0, 2.0, 3.0]).is_ok(), "and the next one scores again");
}

#[test]
fn scores_do_not_depend_on_what_was_scored_before_and_memory_does_not_grow() {
    let resident = || -> u64 {
        let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
        statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("pages")
    };
    let mut runner = Made::new().verify().expect("in order").runner;
    let mut before = 0;
    for n in 0..600_000_u32 {
        let x = [n % 7, n % 11, n % 13].map(|v| v as f32 - 5.0);
        let score = runner.score(&x).expect("scores");
        assert!((score - by_hand(x)).abs() < 1e-4);
        if n == 100_000 {
            before = resident();
        }
    }
    // Other tests share the process. The smallest leak, one allocation of 32 bytes a score, would be 4,000 pages.
    assert!(resident() < before + 2_500, "{} pages before, {} after", before, resident());
}
