//! `manifest.toml`: what a model is, takes, gives, and reaches beside simpler things.

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// The version of the manifest's own form.
pub const SCHEMA: u32 = 1;
const MOST_GOLDEN: usize = 64;

/// What a model is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Which model: also the name of its folder.
    pub name: String,
    /// What it is for: `sensor-anomaly`.
    pub task: String,
    /// Of the model, `major.minor.patch`.
    pub version: String,
    /// SPDX expression.
    pub licence: String,
    /// Hash of the feature spec it was trained on.
    pub feature_spec: String,
    /// The names behind the hash, for people: `cold-chain 1`.
    pub feature_spec_name: String,
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// How to read its output.
    pub decision: Decision,
    /// What it was made from.
    pub training: Training,
    /// How it did on data it had never met, beside the baselines.
    pub metrics: Vec<Metrics>,
    /// Inputs with the outputs its makers saw.
    pub golden: Vec<Golden>,
}

/// An input or output tensor of 32-bit floats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// As in the graph.
    pub name: String,
    /// Outermost first; concrete.
    pub shape: Vec<usize>,
    /// UCUM, or `1` for pure numbers.
    pub unit: String,
}

/// When a score becomes an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Above is abnormal.
    pub threshold: f32,
    /// How long it must stay above, seconds.
    pub raise_after_s: u32,
    /// Share of the threshold it must fall below to count as back.
    pub clear_below: f32,
    /// How long it must stay back, seconds.
    pub clear_after_s: u32,
}

/// What a model was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The command that makes it again, byte for byte.
    pub command: String,
    /// The seed of the weights and of the simulated training stores.
    pub seed: u64,
    /// First instant of the training data, RFC 3339.
    pub from: String,
    /// Its end (excluded).
    pub until: String,
    /// Sensors in the training data.
    pub sensors: u32,
    /// Feature vectors the weights were fitted to.
    pub vectors: u64,
    /// BLAKE3 of these vectors, in order.
    pub data_digest: String,
}

/// How one detector did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// This model, or the name of a baseline.
    pub detector: String,
    /// Share of its alarms that were about an incident.
    pub precision: f64,
    /// Share of incidents it raised an alarm about.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// From the start of an incident to its alarm, minutes; the median of those it found.
    pub median_delay_min: f64,
    /// Alarms about nothing, per sensor and week.
    pub false_alarms_per_sensor_week: f64,
}

/// An input with the output its makers saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The first input, flat.
    pub input: Vec<f32>,
    /// The first value of the first output.
    pub output: f32,
}

impl Manifest {
    /// Reads and checks a manifest against itself.
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let wrong = |what: String| Err(Refusal::Manifest(what));
        let text = std::str::from_utf8(text).map_err(|_| Refusal::Manifest("not UTF-8".to_owned()))?;
        let manifest: Self = toml::from_str(text).map_err(|error| Refusal::Manifest(error.to_string()))?;
        if manifest.schema != SCHEMA {
            return wrong(format!("schema {}, this program reads {SCHEMA}", manifest.schema));
        }
        let ([input], [output]) = (&manifest.inputs[..], &manifest.outputs[..]) else {
            let (inputs, outputs) = (manifest.inputs.len(), manifest.outputs.len());
            return wrong(format!("one input and one output expected, found {inputs} and {outputs}"));
        };
        if output.volume() != Some(1) {
            return wrong(format!("one score expected, the output has shape {:?}", output.shape));
        }
        if manifest.golden.is_empty() || manifest.golden.len() > MOST_GOLDEN {
            return wrong(format!("1 to {MOST_GOLDEN} golden vectors expected, found {}", manifest.golden.len()));
        }
        for (place, golden) in manifest.golden.iter().enumerate() {
            if Some(golden.input.len()) != input.volume() {
                let (got, shape) = (golden.input.len(), &input.shape);
                return wrong(format!("golden vector {place} has {got} values, the input has shape {shape:?}"));
            }
            if golden.input.iter().chain([&golden.output]).any(|value| !value.is_finite()) {
                return wrong(format!("golden vector {place} is not finite"));
            }
        }
        let Decision { threshold, clear_below, .. } = manifest.decision;
        if !threshold.is_finite() || !(0.0..=1.0).contains(&clear_below) {
            return wrong(format!("threshold {threshold} or clear_below {clear_below} is out of range"));
        }
        Ok(manifest)
    }

    /// As it stands in the file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain tables and arrays have a TOML form")
    }

    /// `sensor-anomaly 1.0.0`: what alarms and logs say.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

impl Port {
    /// Values in the tensor; `None` when that overflows.
    pub fn volume(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |volume, dim| volume.checked_mul(*dim))
    }
}
