//! A small autoencoder with its training, by hand.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vyavs_features::{FEATURES, Vector};

/// What is kept of a window.
pub(crate) const CODE: usize = 8;
const HIDDEN: usize = 16;
/// Widths from input to output.
pub(crate) const WIDTHS: [usize; 5] = [FEATURES, HIDDEN, CODE, HIDDEN, FEATURES];
/// Whether a layer ends in a ReLU: the code and the output are linear.
pub(crate) const RELU: [bool; 4] = [true, false, true, false];
const BATCH: usize = 64;

/// A dense layer; `weights` are row-major, a row an input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// Encoder and decoder over standardized features.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Net {
    pub(crate) layers: [Layer; 4],
    /// How much the error of each feature counts.
    pub(crate) attention: Vector,
}

/// What a pass computed: the input, then each layer's output.
type Pass = [Vec<f32>; 5];

impl Net {
    /// Random weights (He's uniform), no bias.
    pub(crate) fn new(rng: &mut ChaCha8Rng, attention: Vector) -> Self {
        let layers = std::array::from_fn(|layer| {
            let (inputs, outputs) = (WIDTHS[layer], WIDTHS[layer + 1]);
            let reach = (6.0 / inputs as f32).sqrt();
            let weights = (0..inputs * outputs).map(|_| reach * (2.0 * rng.random::<f32>() - 1.0)).collect();
            Layer { weights, bias: vec![0.0; outputs] }
        });
        Self { layers, attention }
    }

    fn pass(&self, input: &Vector, pass: &mut Pass) {
        pass[0].copy_from_slice(input);
        for (place, layer) in self.layers.iter().enumerate() {
            let [from, to] = &mut pass[place..place + 2] else { unreachable!("five outputs of four layers") };
            layer.run(from, to, RELU[place]);
        }
    }

    /// The code of a standardized window, and what its reconstruction gets wrong, weighed by attention.
    pub(crate) fn look(&self, input: &Vector) -> ([f32; CODE], Vector) {
        let mut pass = new_pass();
        self.pass(input, &mut pass);
        let off = std::array::from_fn(|at| (pass[4][at] - input[at]) * self.attention[at]);
        (std::array::from_fn(|at| pass[2][at]), off)
    }

    /// Goes over the data once, in a shuffled order, and returns the mean error.
    pub(crate) fn epoch(&mut self, data: &[Vector], rng: &mut ChaCha8Rng, adam: &mut Adam) -> f64 {
        let mut order: Vec<u32> = (0..data.len() as u32).collect();
        // Fisher and Yates.
        for last in (1..order.len()).rev() {
            order.swap(last, rng.random_range(0..=last));
        }
        let (mut pass, mut back) = (new_pass(), new_pass());
        let mut gradient = self.layers.each_ref().map(Layer::zeros);
        let mut total = 0.0;
        for batch in order.chunks(BATCH) {
            gradient.iter_mut().for_each(Layer::clear);
            for place in batch {
                let input = &data[*place as usize];
                self.pass(input, &mut pass);
                total += f64::from(self.learn(input, &pass, &mut back, &mut gradient));
            }
            adam.step(&mut self.layers, &gradient, 1.0 / batch.len() as f32);
        }
        total / data.len() as f64
    }

    /// Adds the gradient of one sample's error.
    fn learn(&self, input: &Vector, pass: &Pass, back: &mut Pass, gradient: &mut [Layer; 4]) -> f32 {
        let mut error = 0.0;
        for at in 0..FEATURES {
            let weight = self.attention[at];
            let off = (pass[4][at] - input[at]) * weight;
            error += off * off;
            back[4][at] = 2.0 * off * weight / FEATURES as f32;
        }
        for place in (0..4).rev() {
            let [to_below, from_above] = &mut back[place..place + 2] else { unreachable!("five of four") };
            let (layer, below) = (&self.layers[place], &pass[place]);
            if RELU[place] {
                for (slope, out) in from_above.iter_mut().zip(&pass[place + 1]) {
                    if *out <= 0.0 {
                        *slope = 0.0;
                    }
                }
            }
            let outputs = from_above.len();
            for (at, x) in below.iter().enumerate() {
                let row = &layer.weights[at * outputs..][..outputs];
                let into = &mut gradient[place].weights[at * outputs..][..outputs];
                let mut slope = 0.0;
                for ((weight, into), above) in row.iter().zip(into).zip(from_above.iter()) {
                    *into += x * above;
                    slope += weight * above;
                }
                to_below[at] = slope;
            }
            for (into, above) in gradient[place].bias.iter_mut().zip(from_above.iter()) {
                *into += above;
            }
        }
        error / FEATURES as f32
    }
}

fn new_pass() -> Pass {
    WIDTHS.map(|width| vec![0.0; width])
}

impl Layer {
    fn run(&self, from: &[f32], to: &mut [f32], relu: bool) {
        to.copy_from_slice(&self.bias);
        for (x, row) in from.iter().zip(self.weights.chunks_exact(to.len())) {
            for (out, weight) in to.iter_mut().zip(row) {
                *out += x * weight;
            }
        }
        if relu {
            to.iter_mut().filter(|out| **out < 0.0).for_each(|out| *out = 0.0);
        }
    }

    fn zeros(&self) -> Self {
        Self { weights: vec![0.0; self.weights.len()], bias: vec![0.0; self.bias.len()] }
    }

    fn clear(&mut self) {
        self.weights.fill(0.0);
        self.bias.fill(0.0);
    }
}

/// Adam (Kingma & Ba 2015) with its usual constants.
pub(crate) struct Adam {
    pub(crate) rate: f32,
    mean: [Layer; 4],
    square: [Layer; 4],
    /// β₁ and β₂ to the power of the steps so far, by multiplication: `powi` may round otherwise elsewhere.
    decay: [f32; 2],
}

impl Adam {
    pub(crate) fn new(net: &Net, rate: f32) -> Self {
        let zeros = || net.layers.each_ref().map(Layer::zeros);
        Self { rate, mean: zeros(), square: zeros(), decay: [1.0; 2] }
    }

    fn step(&mut self, layers: &mut [Layer; 4], gradient: &[Layer; 4], share: f32) {
        const BETA: [f32; 2] = [0.9, 0.999];
        self.decay = [self.decay[0] * BETA[0], self.decay[1] * BETA[1]];
        let [unbias_mean, unbias_square] = self.decay.map(|decay| 1.0 - decay);
        for (place, layer) in layers.iter_mut().enumerate() {
            let (mean, square) = (&mut self.mean[place], &mut self.square[place]);
            let weights = (&mut layer.weights, &gradient[place].weights, &mut mean.weights, &mut square.weights);
            let bias = (&mut layer.bias, &gradient[place].bias, &mut mean.bias, &mut square.bias);
            for (values, gradient, mean, square) in [weights, bias] {
                let all = values.iter_mut().zip(gradient).zip(mean.iter_mut()).zip(square.iter_mut());
                for (((value, slope), mean), square) in all {
                    let slope = slope * share;
                    *mean = BETA[0] * *mean + (1.0 - BETA[0]) * slope;
                    *square = BETA[1] * *square + (1.0 - BETA[1]) * slope * slope;
                    let size = (*square / unbias_square).sqrt() + 1e-8;
                    *value -= self.rate * (*mean / unbias_mean) / size;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    fn error(net: &Net, x: &Vector) -> f64 {
        net.look(x).1.iter().map(|off| f64::from(*off) * f64::from(*off)).sum::<f64>() / FEATURES as f64
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_error() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let attention = std::array::from_fn(|at| if at % 5 == 0 { 0.5 } else { 1.0 });
        let net = Net::new(&mut rng, attention);
        let x: Vector = std::array::from_fn(|_| rng.random::<f32>() * 2.0 - 1.0);
        let (mut pass, mut back) = (new_pass(), new_pass());
        let mut gradient = net.layers.each_ref().map(Layer::zeros);
        net.pass(&x, &mut pass);
        net.learn(&x, &pass, &mut back, &mut gradient);
        let step = 1e-2;
        for (layer, got) in gradient.iter().enumerate() {
            for at in (0..net.layers[layer].weights.len()).step_by(37) {
                let moved = |by: f32| {
                    let mut net = net.clone();
                    net.layers[layer].weights[at] += by;
                    error(&net, &x)
                };
                let slope = (moved(step) - moved(-step)) / f64::from(2.0 * step);
                let got = f64::from(got.weights[at]);
                assert!((slope - got).abs() < 2e-3 + 0.05 * slope.abs(), "layer {layer} weight {at}: {slope} {got}");
            }
        }
    }

    #[test]
    fn training_lowers_the_error_and_the_same_seed_gives_the_same_weights() {
        let data: Vec<Vector> = {
            let mut rng = ChaCha8Rng::seed_from_u64(2);
            // Windows with two degrees of freedom: an autoencoder with a code of eight learns them.
            let mut one = || {
                let (a, b) = (rng.random::<f32>(), rng.random::<f32>());
                std::array::from_fn(|at| a * (at as f32 / 32.0) + b * (at % 3) as f32)
            };
            (0..2_000).map(|_| one()).collect()
        };
        let fit = || {
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let mut net = Net::new(&mut rng, [1.0; FEATURES]);
            let mut adam = Adam::new(&net, 3e-3);
            let errors: Vec<f64> = (0..15).map(|_| net.epoch(&data, &mut rng, &mut adam)).collect();
            (net, errors)
        };
        let (net, errors) = fit();
        assert!(errors[14] < errors[0] / 20.0, "{errors:?}");
        assert_eq!(net, fit().0);
    }
}
