//! The program as it is run: keys, a signed artifact, verification, and what it says when something is wrong.

mod anomaly;
mod boosted;
mod panel;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use vyavs_artifact::{Limits, Manifest, TrustedKeys, verify};
use vyavs_features::COLD_CHAIN;

fn train(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vyavs-train")).args(arguments).output().expect("the program starts")
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shipped/sensor-anomaly")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_shipped_model_verifies_and_its_figures_are_in_its_card() {
    let done = train(&["verify", &shipped().display().to_string(), "--json"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let answer: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!((&answer["verified"], &answer["model"]), (&true.into(), &"sensor-anomaly 1.0.0".into()));
    let manifest = Manifest::parse(&fs::read(shipped().join("manifest.toml")).expect("there")).expect("in order");
    let card = fs::read_to_string(shipped().join("card.md")).expect("there");
    assert!(manifest.metrics.len() >= 3);
    for one in &manifest.metrics {
        assert!(card.contains(&format!("| {} | {:.3} | {:.3} |", one.detector, one.precision, one.recall)), "{one:?}");
    }
    let level = vyavs_detect::LevelScore::default().threshold;
    assert!(
        card.contains(&format!("distance above {level:.2}")),
        "the agent without a model uses what the card judged"
    );
    let of = |name: &str| manifest.metrics.iter().find(|one| one.detector.starts_with(name)).expect("judged").f1;
    assert!(of("autoencoder") > of("fixed threshold"), "the least a model must beat");
}

/// The promise of the card, in full: the weights again from the seed, byte for byte.
#[test]
fn the_shipped_model_is_made_again_byte_for_byte() {
    let done = train(&["verify", &shipped().display().to_string(), "--reproduce"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("made again byte for byte"), "{}", text(&done.stdout));
}

#[test]
fn a_key_signs_what_only_those_take_who_trust_it() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (key, model) = (dir.path().join("models.key"), dir.path().join("model"));
    assert!(train(&["keygen", "--out", &key.display().to_string()]).status.success());
    let again = train(&["keygen", "--out", &key.display().to_string()]);
    assert!(!again.status.success() && text(&again.stderr).contains("never replaced"), "{}", text(&again.stderr));
    // Sign the shipped files with the new key.
    fs::create_dir(&model).expect("made");
    for file in ["manifest.toml", "model.onnx", "card.md"] {
        fs::copy(shipped().join(file), model.join(file)).expect("copied");
    }
    let der = fs::read(&key).expect("made");
    vyavs_artifact::sign(&model, &vyavs_artifact::SigningKey::from_pkcs8(&der).expect("a key")).expect("signed");
    let path = model.display().to_string();
    let stranger = train(&["verify", &path, "--json"]);
    let answer: Value = serde_json::from_slice(&stranger.stdout).expect("JSON");
    assert!(!stranger.status.success());
    assert_eq!(answer["refusal"], "untrusted-key");
    let public = format!("{}.pub", key.display());
    let trusted = train(&["verify", &path, "--key", &public]);
    assert!(trusted.status.success(), "{}", text(&trusted.stderr));
    let keys = TrustedKeys::default().with_file(Path::new(&public)).expect("readable");
    assert!(verify(&model, &keys, &COLD_CHAIN.hash(), &Limits::default()).is_ok());
}

#[test]
fn mistakes_get_a_sentence_and_leave_nothing_behind() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (out, key) = (dir.path().join("model"), dir.path().join("no.key"));
    fs::write(&key, "not a key").expect("written");
    for key in [key.clone(), dir.path().join("absent.key")] {
        let arguments = ["fit", "--task", "sensor-anomaly", "--seed", "1", "--out"];
        let (out, key) = (out.display().to_string(), key.display().to_string());
        let done = train(&[&arguments[..], &[&out, "--sign-key", &key]].concat());
        assert!(!done.status.success() && text(&done.stderr).contains(&key), "{}", text(&done.stderr));
    }
    assert!(!out.exists(), "the key is looked at before the work");
    let done = train(&["verify", &dir.path().display().to_string()]);
    assert!(
        text(&done.stderr).contains("model.onnx cannot be read")
            || text(&done.stderr).contains("manifest.toml cannot be read"),
        "{}",
        text(&done.stderr)
    );
    assert!(!train(&["fit", "--task", "weather", "--seed", "1", "--out", "x"]).status.success());
}
