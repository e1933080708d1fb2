//! A small artifact that is in order, and tools to spoil it.

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use tempfile::TempDir;
use tract_onnx::pb::ModelProto;
use vyavs_artifact::onnx::GraphWriter;
use vyavs_artifact::*;

pub(crate) const SPEC: &str = "5bec";

pub(crate) struct Made {
    _dir: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) key: SigningKey,
}

/// Mean square of `relu(x · W + b) − x` over three inputs.
pub(crate) fn graph() -> Vec<u8> {
    let mut graph = GraphWriter::new("tiny");
    graph.input("x", &[1, 3]);
    let w = graph.constant("w", &[3, 3], &[1.0, 0.5, 0.0, 0.0, 1.0, 0.5, 0.5, 0.0, 1.0]);
    let b = graph.constant("b", &[3], &[0.25, -0.5, 0.125]);
    let y = graph.node("Gemm", &["x", &w, &b], "y");
    let r = graph.node("Relu", &[&y], "r");
    let e = graph.node("Sub", &[&r, "x"], "e");
    let s = graph.node("Mul", &[&e, &e], "s");
    graph.mean(&s, &[1], "score");
    graph.output("score", &[1, 1]);
    graph.finish(&[("spec", SPEC)])
}

/// What the graph should say, computed by hand.
pub(crate) fn by_hand(x: [f32; 3]) -> f32 {
    let y = [x[0] + 0.5 * x[2] + 0.25, 0.5 * x[0] + x[1] - 0.5, 0.5 * x[1] + x[2] + 0.125];
    y.iter().zip(x).map(|(y, x)| (y.max(0.0) - x) * (y.max(0.0) - x)).sum::<f32>() / 3.0
}

pub(crate) fn manifest() -> Manifest {
    let port = |name: &str, shape: &[usize]| Port { name: name.into(), shape: shape.into(), unit: "1".into() };
    let inputs = [[0.0, 0.0, 0.0], [1.0, -2.0, 3.0], [-0.1, 0.7, 1e-3]];
    Manifest {
        schema: SCHEMA,
        name: "tiny".into(),
        task: "test".into(),
        version: "1.0.0".into(),
        licence: "Apache-2.0".into(),
        feature_spec: SPEC.into(),
        feature_spec_name: "test 1".into(),
        inputs: vec![port("x", &[1, 3])],
        outputs: vec![port("score", &[1, 1])],
        decision: Decision { threshold: 1.0, raise_after_s: 60, clear_below: 0.8, clear_after_s: 60 },
        training: Training {
            command: "none".into(),
            seed: 1,
            from: "2026-01-01T00:00:00Z".into(),
            until: "2026-02-01T00:00:00Z".into(),
            sensors: 1,
            vectors: 1,
            data_digest: "00".into(),
        },
        metrics: vec![],
        golden: inputs.iter().map(|x| Golden { input: x.to_vec(), output: by_hand(*x) }).collect(),
    }
}

impl Made {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let key = SigningKey::from_pkcs8(&SigningKey::generate().expect("random")).expect("just made");
        let made = Self { path: dir.path().to_owned(), _dir: dir, key };
        made.write(MODEL, &graph());
        made.write(MANIFEST, manifest().to_toml().as_bytes());
        made.write(CARD, b"# tiny\n");
        made.sign();
        made
    }

    pub(crate) fn write(&self, file: &str, bytes: &[u8]) {
        fs::write(self.path.join(file), bytes).expect("writable");
    }

    pub(crate) fn sign(&self) {
        sign(&self.path, &self.key).expect("signable");
    }

    /// With a model in its place, signed again: what a signer who was fooled would hand out.
    pub(crate) fn with_model(model: &[u8]) -> Self {
        let made = Self::new();
        made.write(MODEL, model);
        made.sign();
        made
    }

    pub(crate) fn verify(&self) -> Result<Artifact, Refusal> {
        verify_in(&self.path, &self.key)
    }

    /// The name of the refusal, or `accepted`.
    pub(crate) fn verdict(&self) -> &'static str {
        self.verify().map_or_else(|refusal| refusal.name(), |_| "accepted")
    }
}

pub(crate) fn verify_in(path: &Path, key: &SigningKey) -> Result<Artifact, Refusal> {
    verify(path, &TrustedKeys::from(key.public()), SPEC, &Limits::default())
}

/// The tiny graph with a change, as a file.
pub(crate) fn changed(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut model = ModelProto::decode(&graph()[..]).expect("our own");
    change(&mut model);
    model.encode_to_vec()
}
