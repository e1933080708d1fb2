//! From a directory to a model that runs, or to the promise it breaks.

use std::path::Path;

use crate::files::Files;
use crate::{Limits, Manifest, Refusal, Runner, TrustedKeys, check, signature};

/// How far a golden vector may be off: absolute, and relative for scores above 1.
pub const GOLDEN_TOLERANCE: f32 = 1e-4;

/// A model whose promises all held.
#[derive(Debug)]
pub struct Artifact {
    /// What it is.
    pub manifest: Manifest,
    /// The model, loaded and warm.
    pub runner: Runner,
}

/// Verifies the artifact in `dir` and loads it: signature and digests first, then the manifest, the feature spec, the
/// graph, and at last the golden vectors, run on this machine. `expected_spec` is the hash of the features this
/// program computes.
pub fn verify(dir: &Path, trusted: &TrustedKeys, expected_spec: &str, limits: &Limits) -> Result<Artifact, Refusal> {
    let files = Files::read(dir, limits)?;
    signature::verify(&files, trusted)?;
    let manifest = Manifest::parse(&files.manifest)?;
    if manifest.feature_spec != expected_spec {
        let (expected, got) = (expected_spec.to_owned(), manifest.feature_spec);
        return Err(Refusal::FeatureSpec { expected, got });
    }
    let graph = check(&files.model, limits)?;
    for (what, port, (name, shape)) in
        [("input", &manifest.inputs[0], &graph.input), ("output", &manifest.outputs[0], &graph.output)]
    {
        if (&port.name, &port.shape) != (name, shape) {
            let (said, shaped) = (&port.name, &port.shape);
            let what = format!("the manifest's {what} is {said:?} {shaped:?}, the graph's {name:?} {shape:?}");
            return Err(Refusal::Graph(what));
        }
    }
    let mut runner = Runner::load(&graph)?;
    for (vector, golden) in manifest.golden.iter().enumerate() {
        let expected = golden.output;
        let got = runner.score(&golden.input).unwrap_or(f32::NAN);
        let near = (got - expected).abs() <= GOLDEN_TOLERANCE * expected.abs().max(1.0);
        // Written so that NaN is not near.
        if !near {
            return Err(Refusal::Golden { vector, expected, got });
        }
    }
    Ok(Artifact { manifest, runner })
}
