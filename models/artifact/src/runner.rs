//! Runs a checked graph: the one owner of the inference runtime.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::prelude::*;
use tract_onnx::tract_core::plan::SimpleState;
use tract_onnx::tract_hir::internal::TractErrorContext;

use crate::{Graph, Refusal};

/// Why there is no score.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The vector does not have the model's length.
    #[error("{got} features, the model takes {expected}")]
    Length {
        /// As handed in.
        got: usize,
        /// As the model takes.
        expected: usize,
    },
    /// The runtime failed.
    #[error("the runtime failed: {0}")]
    Runtime(String),
    /// The score is infinite or not a number.
    #[error("the score is {0}")]
    NotFinite(f32),
}

/// A loaded model with its working memory; one owner, one score at a time.
pub struct Runner {
    state: SimpleState<TypedFact, Box<dyn TypedOp>>,
    shape: Vec<usize>,
    length: usize,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl Runner {
    /// Loads a graph and scores once, so that the first real score costs no more than the next. A panic of the runtime
    /// is a refusal like any other.
    pub fn load(graph: &Graph) -> Result<Self, Refusal> {
        let loaded = catch_unwind(AssertUnwindSafe(|| Self::build(graph)));
        match loaded {
            Ok(Ok(runner)) => Ok(runner),
            Ok(Err(error)) => Err(Refusal::Load(format!("{error:#}"))),
            Err(panic) => Err(Refusal::Load(format!("it panicked: {}", panic_text(&*panic)))),
        }
    }

    fn build(graph: &Graph) -> TractResult<Self> {
        let shape = graph.input.1.clone();
        let length = shape.iter().product();
        // A concrete input fact: with symbolic dimensions the analysis of some operators panics.
        let state = crate::operators::reader()
            .model_for_proto_model(&graph.proto)?
            .with_input_fact(0, f32::fact(&shape).into())?
            .into_optimized()?
            .into_runnable()?
            .spawn()?;
        let mut runner = Self { state, shape, length };
        runner.run(&vec![0.0; length])?;
        Ok(runner)
    }

    fn run(&mut self, features: &[f32]) -> TractResult<f32> {
        let input = Tensor::from_shape(&self.shape, features)?;
        let outputs = self.state.run(tvec!(input.into()))?;
        let output = outputs.first().context("no output")?;
        let score = output.to_plain_array_view::<f32>()?.iter().next().copied();
        score.context("an empty output")
    }

    /// Scores one vector. Memory used is the same after each score.
    pub fn score(&mut self, features: &[f32]) -> Result<f32, ScoreError> {
        if features.len() != self.length {
            return Err(ScoreError::Length { got: features.len(), expected: self.length });
        }
        let score = self.run(features).map_err(|error| ScoreError::Runtime(format!("{error:#}")))?;
        if score.is_finite() { Ok(score) } else { Err(ScoreError::NotFinite(score)) }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
