//! Signature, digests, manifest.

use std::fs;

use vyavs_artifact::*;

use crate::make::{Made, SPEC, manifest};

#[test]
fn what_is_in_order_is_accepted_and_scores() {
    let mut artifact = Made::new().verify().expect("in order");
    assert_eq!(artifact.manifest.label(), "tiny 1.0.0");
    assert_eq!(artifact.manifest, manifest(), "floats survive the file bit for bit");
    let score = artifact.runner.score(&[0.5, 0.25, -1.0]).expect("scores");
    assert!((score - crate::make::by_hand([0.5, 0.25, -1.0])).abs() < 1e-6);
}

#[test]
fn a_missing_file_is_named() {
    for file in [MODEL, MANIFEST, CARD, SIGNATURE] {
        let made = Made::new();
        fs::remove_file(made.path.join(file)).expect("there");
        assert!(matches!(made.verify(), Err(Refusal::File { file: named, .. }) if named == file));
    }
}

#[test]
fn a_link_is_not_followed() {
    let made = Made::new();
    let model = made.path.join(MODEL);
    fs::rename(&model, made.path.join("elsewhere")).expect("there");
    std::os::unix::fs::symlink(made.path.join("elsewhere"), &model).expect("linked");
    assert_eq!(made.verdict(), "not-a-file");
}

#[test]
fn a_changed_file_is_a_wrong_digest_whichever_it_is() {
    for file in [MODEL, MANIFEST, CARD] {
        let made = Made::new();
        let mut bytes = fs::read(made.path.join(file)).expect("there");
        bytes.push(b'\n');
        made.write(file, &bytes);
        assert!(matches!(made.verify(), Err(Refusal::Digest { file: named, .. }) if named == file));
    }
}

#[test]
fn digests_that_were_changed_along_break_the_signature() {
    let made = Made::new();
    let old = fs::read_to_string(made.path.join(SIGNATURE)).expect("there");
    let card = blake3::hash(b"# tiny\n").to_hex().to_string();
    made.write(CARD, b"# evil\n");
    let new = old.replace(&card, blake3::hash(b"# evil\n").to_hex().as_ref());
    assert_ne!(old, new);
    made.write(SIGNATURE, new.as_bytes());
    assert_eq!(made.verdict(), "signature");
}

#[test]
fn a_stranger_is_not_trusted_and_cannot_claim_to_be_another() {
    let (made, stranger) = (Made::new(), Made::new());
    sign(&made.path, &stranger.key).expect("signable");
    assert_eq!(made.verdict(), "untrusted-key");
    let text = fs::read_to_string(made.path.join(SIGNATURE)).expect("there");
    let claim = text.replace(&stranger.key.public().fingerprint(), &made.key.public().fingerprint());
    made.write(SIGNATURE, claim.as_bytes());
    assert_eq!(made.verdict(), "signature");
}

#[test]
fn a_signature_that_is_none_is_refused() {
    for text in [&b""[..], b"\xFF\xFE", b"scheme = \"none\"", b"[[[["] {
        let made = Made::new();
        made.write(SIGNATURE, text);
        assert_eq!(made.verdict(), "signature-form");
    }
}

#[test]
fn another_feature_spec_is_refused() {
    let made = Made::new();
    let mut other = manifest();
    other.feature_spec = "0ther".into();
    made.write(MANIFEST, other.to_toml().as_bytes());
    made.sign();
    match made.verify() {
        Err(Refusal::FeatureSpec { expected, got }) => assert_eq!((&*expected, &*got), (SPEC, "0ther")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    let spoil: [fn(&mut Manifest); 7] = [
        |m| m.schema = 2,
        |m| m.golden.clear(),
        |m| m.golden[0].input.push(0.0),
        |m| m.golden[0].output = f32::INFINITY,
        |m| m.outputs[0].shape = vec![2],
        |m| m.inputs[0].shape = vec![usize::MAX, 3],
        |m| m.decision.clear_below = 1.5,
    ];
    for (place, spoil) in spoil.into_iter().enumerate() {
        let made = Made::new();
        let mut spoilt = manifest();
        spoil(&mut spoilt);
        // TOML holds no integer beyond i64; such a file cannot be written, only typed.
        let text = if place == 5 {
            manifest().to_toml().replacen("shape = [1, 3]", "shape = [9223372036854775807, 3]", 1)
        } else {
            spoilt.to_toml()
        };
        made.write(MANIFEST, text.as_bytes());
        made.sign();
        assert_eq!(made.verdict(), "manifest", "change {place}");
    }
    for text in ["", "name = 3", "\u{0}", "schema = 1\nsurprise = 2"] {
        let made = Made::new();
        made.write(MANIFEST, text.as_bytes());
        made.sign();
        assert_eq!(made.verdict(), "manifest");
    }
}

#[test]
fn a_graph_that_is_not_the_manifests_is_refused() {
    let made = Made::new();
    let mut other = manifest();
    other.inputs[0].name = "features".into();
    made.write(MANIFEST, other.to_toml().as_bytes());
    made.sign();
    assert_eq!(made.verdict(), "graph");
}

#[test]
fn golden_vectors_hold_to_a_ten_thousandth() {
    for (off, verdict) in [(5e-5, "accepted"), (3e-4, "golden"), (-3e-4, "golden")] {
        let made = Made::new();
        let mut other = manifest();
        other.golden[2].output += off;
        made.write(MANIFEST, other.to_toml().as_bytes());
        made.sign();
        assert_eq!(made.verdict(), verdict, "{off}");
    }
}

#[test]
fn files_beyond_their_limits_are_refused() {
    let limits = Limits::default();
    for (file, limit) in [(MODEL, limits.model_bytes), (CARD, limits.text_bytes), (SIGNATURE, limits.text_bytes)] {
        let made = Made::new();
        fs::File::create(made.path.join(file)).and_then(|f| f.set_len(limit + 1)).expect("sparse file");
        assert_eq!(made.verdict(), "oversize", "{file}");
    }
}

#[test]
fn the_shipped_key_is_a_key() {
    assert!(format!("{:?}", TrustedKeys::shipped()).contains("PublicKey("), "{:?}", TrustedKeys::shipped());
    assert!(TrustedKeys::parse("not a key").is_err());
    assert!(TrustedKeys::parse("# only a comment\n\n").is_ok());
}
