//! Why a model is not run.

use std::io;

/// The promise that was broken. Nothing of a refused artifact is used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A file that belongs to an artifact is not there or cannot be read.
    #[error("{file} cannot be read")]
    File {
        /// Its name in the artifact.
        file: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A link, directory or device where a plain file belongs.
    #[error("{file} is not a plain file")]
    NotAFile {
        /// Its name in the artifact.
        file: &'static str,
    },
    /// A file, graph or tensor beyond its limit.
    #[error("{what} is too large: {got}, at most {limit}")]
    Oversize {
        /// Which, and in what unit.
        what: String,
        /// How much there is.
        got: u64,
        /// How much there may be.
        limit: u64,
    },
    /// The manifest cannot be read, or contradicts itself.
    #[error("manifest.toml: {0}")]
    Manifest(String),
    /// The signature file cannot be read.
    #[error("signature: {0}")]
    SignatureForm(String),
    /// Signed by a key nobody here trusts.
    #[error("signed by the key {key}, which is not trusted")]
    UntrustedKey {
        /// Its fingerprint.
        key: String,
    },
    /// The signature is not that key's over these digests.
    #[error("the signature is not one of the key {key} over these files")]
    Signature {
        /// Fingerprint of the key it claims.
        key: String,
    },
    /// A file is not the one that was signed.
    #[error("{file} is not the file that was signed: BLAKE3 {got}, signed was {signed}")]
    Digest {
        /// Its name in the artifact.
        file: String,
        /// As signed.
        signed: String,
        /// As found.
        got: String,
    },
    /// Trained on other features than this program computes.
    #[error("made for feature spec {got}, this program computes {expected}")]
    FeatureSpec {
        /// What this program computes.
        expected: String,
        /// What the model was trained on.
        got: String,
    },
    /// Not the protobuf of an ONNX model.
    #[error("model.onnx is not an ONNX protobuf: {0}")]
    Protobuf(String),
    /// A tensor that lives outside the file.
    #[error("tensor {tensor:?} keeps its data outside the file")]
    ExternalData {
        /// Its name.
        tensor: String,
    },
    /// A sparse tensor; its parts may live outside the file, and nothing of ours writes one.
    #[error("tensor {tensor:?} is sparse")]
    SparseTensor {
        /// Its name, or where it stands.
        tensor: String,
    },
    /// An operator, domain, operator-set version or attribute that is not on the list.
    #[error("node {node:?} uses {what}, which is not on the list")]
    Operator {
        /// The node's name.
        node: String,
        /// `operator com.example:Shell`, `attribute body`, …
        what: String,
    },
    /// A graph that contradicts itself, or the manifest.
    #[error("the graph does not hold together: {0}")]
    Graph(String),
    /// The runtime cannot load it.
    #[error("the runtime does not load it: {0}")]
    Load(String),
    /// A golden vector comes out otherwise.
    #[error("golden vector {vector}: expected {expected}, got {got}")]
    Golden {
        /// Its place in the manifest, from 0.
        vector: usize,
        /// What its makers saw.
        expected: f32,
        /// What came out here; NaN when nothing did.
        got: f32,
    },
}

impl Refusal {
    /// A short name that stays the same between versions: for logs, reports and tests.
    pub fn name(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::NotAFile { .. } => "not-a-file",
            Self::Oversize { .. } => "oversize",
            Self::Manifest(_) => "manifest",
            Self::SignatureForm(_) => "signature-form",
            Self::UntrustedKey { .. } => "untrusted-key",
            Self::Signature { .. } => "signature",
            Self::Digest { .. } => "digest",
            Self::FeatureSpec { .. } => "feature-spec",
            Self::Protobuf(_) => "protobuf",
            Self::ExternalData { .. } => "external-data",
            Self::SparseTensor { .. } => "sparse-tensor",
            Self::Operator { .. } => "operator",
            Self::Graph(_) => "graph",
            Self::Load(_) => "load",
            Self::Golden { .. } => "golden",
        }
    }
}
