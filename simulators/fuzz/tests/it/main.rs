//! Every decoder takes some thousand mutated inputs in each test run; `vyavs-fuzz` gives them millions.

use std::path::Path;

use vyavs_fuzz::{corpus, run, targets};

#[test]
fn no_decoder_panics_on_mutated_inputs_or_on_what_was_kept() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in targets::all() {
        let file = corpus::file(&kept, target.name);
        let inputs = corpus::load(&file).expect("a corpus");
        assert!(!inputs.is_empty(), "{} has no corpus", target.name);
        inputs.iter().for_each(|input| (target.decode)(input));
        let dir = tempfile::tempdir().expect("a folder");
        let found = run::run(&target, 3_000, 7, &dir.path().join("found.hex")).expect("it has seeds");
        assert_eq!((found.inputs, found.panics), (3_000, 0), "{}", target.name);
    }
}

#[test]
fn a_decoder_that_panics_is_caught_and_its_input_is_kept() {
    let target = targets::Target {
        name: "broken",
        decode: |bytes| assert!(bytes.len() < 20, "too long for this one"),
        seeds: || vec![vec![0; 19]],
    };
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("broken.hex");
    let found = run::run(&target, 2_000, 1, &file).expect("it has a seed");
    assert!(found.panics > 0);
    assert!(corpus::load(&file).expect("kept").iter().all(|input| input.len() >= 20));
}
