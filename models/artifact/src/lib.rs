//! What a model is, verifying it and running it.
//!
//! An artifact is a directory: `manifest.toml` (what the model is, takes, gives and reaches), `model.onnx`, `card.md`
//! (the same for people) and `signature`. [`verify`] either hands out something that runs and gives the numbers
//! its makers saw, or a [`Refusal`] that says which of its promises was broken. Nobody else here names tract.

mod check;
mod files;
mod manifest;
pub mod onnx;
mod operators;
mod refusal;
mod runner;
mod shape;
mod signature;
mod verify;
mod wire;

pub use check::{Graph, Limits, check};
pub use files::{CARD, MANIFEST, MODEL, SIGNATURE};
pub use manifest::{Decision, Golden, Manifest, Metrics, Port, SCHEMA, Training};
pub use refusal::Refusal;
pub use runner::{Runner, ScoreError};
pub use signature::{KeyError, PublicKey, SigningKey, TrustedKeys, sign};
pub use verify::{Artifact, GOLDEN_TOLERANCE, verify};
