//! Frames: what goes in comes out, and what was damaged never does.

use proptest::collection::vec;
use proptest::prelude::*;
use vyavs_delivery::frame::{Encoder, Frame, Header, MAX_FRAME};
use vyavs_wire::record::{ReadingV1, Record, Stream};

fn header(first: u64) -> Header {
    Header {
        stream: Stream::Telemetry,
        epoch: 3,
        first,
        count: 0,
        boot_id: [5; 16],
        mono_ms: 77,
        wall_us: -1,
        clock: 2,
        prev: [6; 16],
    }
}

fn reading() -> impl Strategy<Value = Record> {
    ("[a-z0-9.]{1,40}", any::<i64>(), any::<f64>(), 0_u8..3).prop_map(|(sensor, at_us, value, quality)| {
        Record::ReadingV1(ReadingV1 { sensor, at_us, value: if value.is_nan() { 0.0 } else { value }, quality })
    })
}

proptest! {
    /// Any batch comes back whole, in order, numbered without holes, chained.
    #[test]
    fn a_batch_comes_back_as_it_went_in(records in vec(reading(), 1..3000), first in 1_u64..1_000_000) {
        let frames = Encoder::new().encode(header(first), &records).expect("small records");
        let (mut back, mut next, mut chain) = (Vec::new(), first, [6; 16]);
        for encoded in &frames {
            prop_assert!(encoded.bytes.len() <= MAX_FRAME);
            let frame = Frame::parse(&encoded.bytes).expect("whole");
            prop_assert_eq!(frame.header.first, next);
            prop_assert_eq!(frame.header.prev, chain);
            prop_assert_eq!(frame.chain, encoded.chain);
            next = frame.header.last() + 1;
            chain = frame.chain;
            back.extend(frame.records().expect("whole"));
        }
        prop_assert_eq!(back, records);
    }

    /// One flipped bit anywhere, or a cut anywhere, is noticed; arbitrary bytes never panic.
    #[test]
    fn damage_is_noticed(records in vec(reading(), 1..20), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let frame = Encoder::new().encode(header(1), &records).expect("small records").remove(0).bytes;
        let mut damaged = frame.clone();
        let at = at.index(frame.len());
        damaged[at] ^= 1_u8 << bit;
        prop_assert!(Frame::parse(&damaged).is_err());
        prop_assert!(Frame::parse(&frame[..at]).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in vec(any::<u8>(), 0..400)) {
        prop_assert!(Frame::parse(&bytes).is_err());
    }
}
