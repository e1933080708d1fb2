//! Which rows and columns a round sees: a hash of seed, round and place, so nothing is drawn in an order.

/// SplitMix64's finaliser over three words (Steele, Lea, Flood, 2014).
fn mix(seed: u64, round: u64, place: u64) -> u64 {
    let mut word = seed ^ round.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ place.wrapping_mul(0xD1B5_4A32_D192_ED03);
    for _ in 0..2 {
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
    }
    word
}

/// Whether `row` is in the sample of `round`.
pub(crate) fn row_is_in(seed: u64, round: usize, row: usize, share: f64) -> bool {
    ((mix(seed, round as u64, row as u64) >> 11) as f64) < share * (1_u64 << 53) as f64
}

/// The columns of `round`, ascending: the share of them whose hashes are least, at least one.
pub(crate) fn columns(seed: u64, round: usize, width: usize, share: f64) -> Vec<usize> {
    let take = ((share * width as f64).ceil() as usize).clamp(1, width);
    let mut order: Vec<usize> = (0..width).collect();
    if take < width {
        order.sort_by_key(|&column| (mix(!seed, round as u64, column as u64), column));
        order.truncate(take);
        order.sort_unstable();
    }
    order
}
