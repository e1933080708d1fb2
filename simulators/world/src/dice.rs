//! Randomness as a function: what is drawn depends on the seed and on what it is for, never on what was drawn before,
//! so that any hour of any store can be computed alone and comes out the same.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// One purpose of one thing, such as the noise of one probe: a seed below the world's seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5EED_0FA5_702E))
    }

    /// The dice of a part, by name.
    pub(crate) fn part(self, name: &str) -> Self {
        Self(name.bytes().fold(self.0, |hash, byte| mix(hash ^ u64::from(byte))))
    }

    /// The dice of a number: a day, a minute, a basket.
    pub(crate) fn at(self, number: i64) -> Self {
        Self(mix(self.0 ^ mix(number.cast_unsigned())))
    }

    /// 64 random bits, always the same ones.
    pub(crate) fn bits(self) -> u64 {
        mix(self.0)
    }

    /// Uniform in `0.0..1.0`.
    pub(crate) fn unit(self) -> f64 {
        // 53 bits are what an f64 holds exactly.
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal with mean 0 and deviation 1, never beyond ±3: the sum of four uniforms, so that no platform's
    /// logarithm or cosine takes part.
    pub(crate) fn bell(self) -> f64 {
        let bits = self.bits();
        let sum: f64 = (0..4).map(|part| ((bits >> (part * 16)) & 0xFFFF) as f64 / 65_535.0).sum();
        (sum - 2.0) * 1.732_050_807_568_877_2
    }

    /// A stream of randomness, where many draws belong together.
    pub(crate) fn stream(self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.bits())
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014): each bit of the input moves about half of the output's.
fn mix(value: u64) -> u64 {
    let mut bits = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_what_it_is_for_and_on_nothing_else() {
        let dice = Dice::new(7);
        assert_eq!(dice.part("air").at(3).bits(), Dice::new(7).part("air").at(3).bits());
        assert_ne!(dice.part("air").at(3).bits(), dice.part("air").at(4).bits());
        assert_ne!(dice.part("air").bits(), dice.part("product").bits());
        assert_ne!(dice.bits(), Dice::new(8).bits());
    }

    #[test]
    fn uniform_and_bell_have_their_moments() {
        let draws = 20_000;
        let mean = |values: &dyn Fn(i64) -> f64| (0..draws).map(values).sum::<f64>() / draws as f64;
        let dice = Dice::new(1);
        assert!((mean(&|n| dice.at(n).unit()) - 0.5).abs() < 0.01);
        assert!(mean(&|n| dice.at(n).bell()).abs() < 0.02);
        assert!((mean(&|n| dice.at(n).bell().powi(2)) - 1.0).abs() < 0.03);
    }
}
