//! The normal distribution, as far as quantiles need it.

/// Quantile of the standard normal (Acklam's rational approximation, relative error below 1.2e-9); ±∞ outside (0, 1).
pub(crate) fn quantile(level: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let tail = |q: f64| {
        let above = C.iter().fold(0.0, |sum, c| sum * q + c);
        above / (D.iter().fold(0.0, |sum, d| sum * q + d) * q + 1.0)
    };
    match level {
        _ if level <= 0.0 => f64::NEG_INFINITY,
        _ if level >= 1.0 => f64::INFINITY,
        _ if level < 0.02425 => tail((-2.0 * level.ln()).sqrt()),
        _ if level > 1.0 - 0.02425 => -tail((-2.0 * (1.0 - level).ln()).sqrt()),
        _ => {
            let q = level - 0.5;
            let r = q * q;
            let above = A.iter().fold(0.0, |sum, a| sum * r + a) * q;
            above / (B.iter().fold(0.0, |sum, b| sum * r + b) * r + 1.0)
        }
    }
}
