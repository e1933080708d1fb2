//! The exponential of the gradient loops: the same bits on every machine, and simple enough for a compiler to vectorise.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// ln 2 in two parts (Cody and Waite), so that the reduction loses nothing.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding and taking it away rounds to the nearest integer.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// e to the `x`, within 2e-15 of it; `x` is held within ±700.
pub(crate) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let shifted = x * LOG2_E + ROUND;
    let power = shifted - ROUND;
    let rest = (x - power * LN2_HIGH) - power * LN2_LOW;
    // Taylor's series; |rest| is at most ln 2 / 2, so the thirteenth term is below 1e-17.
    let mut sum = 1.0 / 479_001_600.0;
    for factorial in [39_916_800.0, 3_628_800.0, 362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        sum = sum * rest + 1.0 / factorial;
    }
    // The low bits of `shifted` are the power of two.
    sum * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52))
}

/// 1 / (1 + e^-x).
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_library_s() {
        for step in -7000..=7000 {
            let x = f64::from(step) * 0.1 + 0.0137;
            let (ours, theirs) = (exp(x), libm::exp(x.clamp(-700.0, 700.0)));
            assert!((ours / theirs - 1.0).abs() < 2e-15, "{x}: {ours} {theirs}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(sigmoid(0.0), 0.5);
    }
}
