//! What both ends speak.

/// The versions of the conversation this crate speaks, oldest and newest.
pub const SPOKEN: Versions = Versions { min: 1, max: 1 };

/// FNV-1a of the names and frozen bytes in `tests/golden/`: two ends with one fingerprint were built from one set of
/// messages. It only informs; what is spoken is settled by [`common`].
pub const FINGERPRINT: u64 = 0xF9B3_7142_26C5_94DF;

/// A range of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Oldest.
    pub min: u16,
    /// Newest.
    pub max: u16,
}

/// The highest version in both ranges.
pub fn common(a: Versions, b: Versions) -> Option<u16> {
    let (from, to) = (a.min.max(b.min), a.max.min(b.max));
    (from <= to).then_some(to)
}

/// FNV-1a, 64 bits, over `bytes` after `hash`; begin with [`FNV_BASIS`].
pub const fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        at += 1;
    }
    hash
}

/// Where [`fnv1a`] begins.
pub const FNV_BASIS: u64 = 0xCBF2_9CE4_8422_2325;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_is_spoken_and_none_where_the_ranges_do_not_meet() {
        let range = |min, max| Versions { min, max };
        assert_eq!(common(range(1, 3), range(2, 4)), Some(3));
        assert_eq!(common(range(1, 4), range(2, 2)), Some(2));
        assert_eq!(common(range(1, 1), range(2, 4)), None);
        assert_eq!(common(range(3, 1), range(1, 4)), None, "an empty range meets nothing");
    }

    /// Landon Curt Noll's test vectors.
    #[test]
    fn fnv1a_is_the_published_one() {
        assert_eq!(fnv1a(FNV_BASIS, b""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(fnv1a(FNV_BASIS, b"foobar"), 0x8594_4171_F739_67E8);
    }
}
