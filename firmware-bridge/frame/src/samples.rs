//! Readings, packed: `channel u8, dt varint, value zigzag varint, quality u8` each, as postcard has them.

use serde::{Deserialize, Serialize};

/// Room for readings in one frame, beside the longest head of a batch.
pub const MAX_SAMPLES: usize = 448;

/// One reading in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Of which of the board's channels.
    pub channel: u8,
    /// ms after the reading before it; 0 for the first.
    pub dt_ms: u32,
    /// In thousandths of the channel's unit.
    pub value: i32,
    /// 0 good, 1 suspect; anything else is bad.
    pub quality: u8,
}

/// Packed readings; from [`crate::codec`] they are whole and at least one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Samples<'a>(&'a [u8]);

impl<'a> Samples<'a> {
    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = Sample> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (sample, after) = postcard::take_from_bytes(rest).ok()?;
            rest = after;
            Some(sample)
        })
    }

    /// Whether the bytes are readings from the first to the last, and at least one.
    pub(crate) fn are_whole(&self) -> bool {
        let mut rest = self.0;
        while !rest.is_empty() {
            match postcard::take_from_bytes::<Sample>(rest) {
                Ok((_, after)) => rest = after,
                Err(_) => return false,
            }
        }
        !self.0.is_empty()
    }
}

/// Packs readings.
#[derive(Clone, Debug)]
pub struct Packer {
    bytes: [u8; MAX_SAMPLES],
    len: usize,
    count: u16,
}

impl Default for Packer {
    fn default() -> Self {
        Self { bytes: [0; MAX_SAMPLES], len: 0, count: 0 }
    }
}

impl Packer {
    /// Adds one; `false` when there is no room for it.
    pub fn push(&mut self, sample: &Sample) -> bool {
        match postcard::to_slice(sample, &mut self.bytes[self.len..]) {
            Ok(written) => {
                self.len += written.len();
                self.count += 1;
                true
            }
            Err(_) => false,
        }
    }

    /// How many.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// What was packed.
    pub fn samples(&self) -> Samples<'_> {
        Samples(&self.bytes[..self.len])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(all in proptest::collection::vec(any::<(u8, u32, i32, u8)>(), 1..60)) {
            let mut packer = Packer::default();
            let mut kept = Vec::new();
            for (channel, dt_ms, value, quality) in all {
                let sample = Sample { channel, dt_ms, value, quality };
                if packer.push(&sample) {
                    kept.push(sample);
                }
            }
            prop_assert!(packer.samples().are_whole());
            prop_assert_eq!(usize::from(packer.count()), kept.len());
            prop_assert_eq!(packer.samples().iter().collect::<Vec<_>>(), kept);
        }
    }

    #[test]
    fn a_reading_that_hardly_changes_is_five_bytes() {
        let mut packer = Packer::default();
        assert!(packer.push(&Sample { channel: 1, dt_ms: 100, value: 4_250, quality: 0 }));
        assert_eq!(packer.samples().0, [1, 100, 0xB4, 0x42, 0]);
    }
}
