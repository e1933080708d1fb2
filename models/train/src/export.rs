//! From a fit to the files of an artifact.

use std::fs;
use std::path::Path;

use vyavs_artifact::onnx::GraphWriter;
use vyavs_artifact::{CARD, Decision, MANIFEST, MODEL, Manifest, Port, SCHEMA, Training};
use vyavs_features::{COLD_CHAIN, FEATURES};

use crate::anomaly::{Fit, Model, TASK, VERSION};
use crate::card;
use crate::net::{RELU, WIDTHS};
use crate::whiten::Whitener;

/// The files of an artifact, as they will stand on disk, without a signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// `model.onnx`.
    pub model: Vec<u8>,
    /// `manifest.toml`.
    pub manifest: String,
    /// `card.md`.
    pub card: String,
}

impl Fitted {
    /// The files with their names.
    pub fn files(&self) -> [(&'static str, &[u8]); 3] {
        [(MODEL, &self.model), (MANIFEST, self.manifest.as_bytes()), (CARD, self.card.as_bytes())]
    }

    /// Writes the files into a directory, which is made when it is not there.
    pub fn write(&self, dir: &Path) -> std::io::Result<()> {
        fs::create_dir_all(dir)?;
        self.files().into_iter().try_for_each(|(name, bytes)| fs::write(dir.join(name), bytes))
    }
}

pub(crate) fn export(fit: Fit) -> Fitted {
    let spec = COLD_CHAIN.hash();
    let port = |name: &str, shape: &[usize]| Port { name: name.into(), shape: shape.into(), unit: "1".into() };
    let manifest = Manifest {
        schema: SCHEMA,
        name: TASK.into(),
        task: TASK.into(),
        version: VERSION.into(),
        licence: "Apache-2.0".into(),
        feature_spec: spec.clone(),
        feature_spec_name: format!("{} {}", COLD_CHAIN.name, COLD_CHAIN.version),
        inputs: vec![port("features", &[1, FEATURES])],
        outputs: vec![port("score", &[1, 1])],
        decision: Decision {
            threshold: fit.rule.high.expect("a score has an upper limit") as f32,
            raise_after_s: (fit.rule.raise_after_us / 1_000_000) as u32,
            clear_below: 0.7,
            clear_after_s: (fit.rule.clear_after_us / 1_000_000) as u32,
        },
        training: Training {
            command: format!("vyavs-train fit --task {TASK} --seed {}", fit.seed),
            seed: fit.seed,
            from: fit.train.from.to_string(),
            until: fit.train.until().to_string(),
            sensors: 2 * fit.train.cabinets.len() as u32,
            vectors: fit.vectors,
            data_digest: fit.data_digest.clone(),
        },
        metrics: fit.metrics.clone(),
        golden: fit.golden.clone(),
    };
    Fitted { model: graph(&fit.model, &spec), manifest: manifest.to_toml(), card: card::write(&fit, &manifest) }
}

/// Scaler, encoder, decoder, error and T² in one graph: features in, one score out.
fn graph(model: &Model, spec: &str) -> Vec<u8> {
    let mut graph = GraphWriter::new(TASK);
    graph.input("features", &[1, FEATURES]);
    let mean = graph.constant("mean", &[FEATURES], &model.mean);
    let deviation = graph.constant("deviation", &[FEATURES], &model.deviation);
    let centred = graph.node("Sub", &["features", &mean], "centred");
    let scaled = graph.node("Div", &[&centred, &deviation], "scaled");
    let mut last = scaled.clone();
    let mut code = String::new();
    for (place, layer) in model.net.layers.iter().enumerate() {
        let name = ["encode_1", "code", "decode_1", "decoded"][place];
        let shape = [WIDTHS[place], WIDTHS[place + 1]];
        let weights = graph.constant(&format!("{name}.weights"), &shape, &layer.weights);
        let bias = graph.constant(&format!("{name}.bias"), &shape[1..], &layer.bias);
        last = graph.node("Gemm", &[&last, &weights, &bias], name);
        if RELU[place] {
            last = graph.node("Relu", &[&last], &format!("{name}.relu"));
        }
        if place == 1 {
            code = last.clone();
        }
    }
    let off = graph.node("Sub", &[&last, &scaled], "off");
    let attention = graph.constant("attention", &[FEATURES], &model.net.attention);
    let off = graph.node("Mul", &[&off, &attention], "off.weighed");
    let spe = distance(&mut graph, "spe", &off, &model.white_off);
    let t2 = distance(&mut graph, "t2", &code, &model.white_code);
    // The last quarter of an hour against the probe's own level: the mean of the last three lags.
    let quarter: Vec<f32> = (0..FEATURES).map(|at| if (21..24).contains(&at) { 1.0 / 3.0 } else { 0.0 }).collect();
    let quarter = graph.constant("quarter", &[FEATURES, 1], &quarter);
    let level = graph.node("MatMul", &["features", &quarter], "off_level");
    let level = graph.node("Mul", &[&level, &level], "level");
    let mut parts = [spe, t2, level];
    for (part, per) in parts.iter_mut().zip(model.per_part) {
        let per = graph.constant(&format!("{part}.per"), &[1, 1], &[per]);
        *part = graph.node("Mul", &[part, &per], &format!("{part}.share"));
    }
    let two = graph.node("Max", &[&parts[0], &parts[1]], "larger");
    graph.node("Max", &[&two, &parts[2]], "score");
    graph.output("score", &[1, 1]);
    let features = COLD_CHAIN.names().join(" ");
    graph.finish(&[("feature_spec", spec), ("features", &features), ("version", VERSION)])
}

/// Mean square of a whitened vector.
fn distance<const N: usize>(graph: &mut GraphWriter, name: &str, of: &str, white: &Whitener<N>) -> String {
    let weights = graph.constant(&format!("{name}.weights"), &[N, N], &white.weights);
    let bias = graph.constant(&format!("{name}.bias"), &[N], &white.bias);
    let white = graph.node("Gemm", &[of, &weights, &bias], &format!("{name}.white"));
    let squared = graph.node("Mul", &[&white, &white], &format!("{name}.squared"));
    graph.mean(&squared, &[1], name)
}
