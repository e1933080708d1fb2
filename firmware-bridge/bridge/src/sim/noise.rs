//! A line that loses frames, flips bits and says things twice.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How bad it is; shares from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Frames that vanish.
    pub drop: f64,
    /// Frames in which one to eight bits are flipped.
    pub flip_frames: f64,
    /// Bits that are flipped, wherever they stand.
    pub flip_bits: f64,
    /// Frames that come twice.
    pub duplicate: f64,
}

/// One direction of it.
#[derive(Clone, Debug)]
pub struct Noise {
    rates: Rates,
    rng: StdRng,
    /// The beginning of a frame, where a stream is spoilt.
    rest: Vec<u8>,
}

impl Noise {
    /// The same seed spoils the same frames.
    pub fn new(rates: Rates, seed: u64) -> Self {
        Self { rates, rng: StdRng::seed_from_u64(seed), rest: Vec::new() }
    }

    /// What is left of a frame.
    pub fn pass(&mut self, frame: &[u8]) -> Vec<u8> {
        let rates = self.rates;
        if self.rng.random_bool(rates.drop) {
            return Vec::new();
        }
        let mut out = frame.to_vec();
        if self.rng.random_bool(rates.duplicate) {
            out.extend_from_slice(frame);
        }
        if out.is_empty() {
            return out;
        }
        if self.rng.random_bool(rates.flip_frames) {
            for _ in 0..self.rng.random_range(1..=8) {
                let at = self.rng.random_range(0..out.len());
                out[at] ^= 1 << self.rng.random_range(0..8);
            }
        }
        if rates.flip_bits > 0.0 {
            for byte in &mut out {
                for bit in 0..8 {
                    if self.rng.random_bool(rates.flip_bits) {
                        *byte ^= 1 << bit;
                    }
                }
            }
        }
        out
    }

    /// The same for a stream in whatever pieces: frames are told apart by their 00.
    pub fn pass_stream(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in bytes {
            self.rest.push(*byte);
            if *byte == 0 || self.rest.len() > 1024 {
                let frame = std::mem::take(&mut self.rest);
                out.extend(self.pass(&frame));
            }
        }
        out
    }

    /// Where chance is needed beside.
    pub(super) fn rng(&mut self) -> &mut StdRng {
        &mut self.rng
    }
}
