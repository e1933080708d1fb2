//! The one model of the agent: verified when it is loaded, given up when it fails.

use serde::Serialize;
use vyavs_artifact::{Artifact, Limits, TrustedKeys, verify};
use vyavs_detect::{LevelScore, Threshold};
use vyavs_features::{COLD_CHAIN, Vector};

use super::ModelsConfig;

/// The folder a shipped model has under `[models] dir`.
const NAME: &str = "sensor-anomaly";

/// How it stands with the model; what the page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ModelState {
    /// Not looked yet.
    Loading,
    /// Verified, and scoring.
    Running {
        /// Name and version.
        model: String,
    },
    /// `[models] dir` is not set.
    NotConfigured,
    /// It broke a promise when it was loaded, or failed at work.
    Refused {
        /// Which promise, as a short stable name: `signature`, `golden`, …
        name: String,
        /// The same as a sentence.
        reason: String,
    },
}

/// A model, or what stands in for it.
#[derive(Debug)]
pub struct Brain {
    artifact: Option<Artifact>,
    state: ModelState,
}

/// One score with where it comes from.
pub(super) struct Scored {
    pub(super) score: f32,
    /// The model gave up on this very vector.
    pub(super) failed: Option<String>,
}

impl Brain {
    /// Loads and verifies what the configuration names. Never fails: without a model there is the level score.
    pub fn load(config: &ModelsConfig) -> Self {
        let Some(dir) = &config.dir else { return Self::none(ModelState::NotConfigured) };
        let refused = |name: &str, reason: String| {
            Self::none(ModelState::Refused { name: name.to_owned(), reason: format!("{}: {reason}", dir.display()) })
        };
        let mut trusted = TrustedKeys::shipped();
        if let Some(path) = &config.keys {
            trusted = match trusted.with_file(path) {
                Ok(trusted) => trusted,
                Err(error) => return refused("keys", error.to_string()),
            };
        }
        let inside = dir.join(NAME);
        let dir = if inside.is_dir() { &inside } else { dir };
        match verify(dir, &trusted, &COLD_CHAIN.hash(), &Limits::default()) {
            Ok(artifact) => {
                let state = ModelState::Running { model: artifact.manifest.label() };
                Self { artifact: Some(artifact), state }
            }
            Err(refusal) => refused(refusal.name(), refusal.to_string()),
        }
    }

    /// No model, and why.
    pub fn none(state: ModelState) -> Self {
        Self { artifact: None, state }
    }

    /// How it stands.
    pub fn state(&self) -> &ModelState {
        &self.state
    }

    /// Name and version of the model that scores; `None` while the level score does.
    pub(super) fn label(&self) -> Option<String> {
        self.artifact.as_ref().map(|artifact| artifact.manifest.label())
    }

    /// When a score is an alarm.
    pub(super) fn rule(&self) -> Threshold {
        let level = LevelScore::default();
        let (threshold, raise_after_s, clear_below, clear_after_s) = match &self.artifact {
            Some(Artifact { manifest, .. }) => {
                let d = manifest.decision;
                (d.threshold, d.raise_after_s, d.clear_below, d.clear_after_s)
            }
            None => (level.threshold, level.raise_after_s, level.clear_below, level.clear_after_s),
        };
        let threshold = f64::from(threshold);
        Threshold {
            low: None,
            high: Some(threshold),
            hysteresis: threshold * (1.0 - f64::from(clear_below)),
            raise_after_us: i64::from(raise_after_s) * 1_000_000,
            clear_after_us: i64::from(clear_after_s) * 1_000_000,
        }
    }

    /// Scores a vector; a model that fails is given up, and the level score takes over from this vector on.
    pub(super) fn score(&mut self, vector: &Vector) -> Scored {
        let Some(artifact) = &mut self.artifact else {
            return Scored { score: LevelScore::score(vector), failed: None };
        };
        match artifact.runner.score(vector) {
            Ok(score) => Scored { score, failed: None },
            Err(error) => {
                let reason = format!("{} failed at work: {error}", artifact.manifest.label());
                self.artifact = None;
                self.state = ModelState::Refused { name: "runtime".to_owned(), reason: reason.clone() };
                Scored { score: LevelScore::score(vector), failed: Some(reason) }
            }
        }
    }
}
