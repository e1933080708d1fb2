//! Whatever bytes arrive, the answer is a value or an error.

use proptest::collection::vec;
use proptest::prelude::*;
use vyavs_domain::alert::Alarm;
use vyavs_domain::event::TillEvent;
use vyavs_domain::reading::{Reading, Sensor};
use vyavs_wire::convert::{LineOfReceipt, ReceiptHead};
use vyavs_wire::down::Down;
use vyavs_wire::record::Record;
use vyavs_wire::up::Up;
use vyavs_wire::{MAX_PAYLOAD, WireError};

fn convert(record: &Record) {
    match record {
        Record::ReceiptV1(wire) => drop(ReceiptHead::try_from(wire)),
        Record::SaleLineV1(wire) => drop(LineOfReceipt::try_from(wire)),
        Record::TillEventV1(wire) => drop(TillEvent::try_from(wire)),
        Record::SensorV1(wire) => drop(Sensor::try_from(wire)),
        Record::ReadingV1(wire) => drop(Reading::try_from(wire)),
        Record::AlarmV1(wire) => drop(Alarm::try_from(wire)),
        Record::MinuteV1(_) | Record::PastLossV1(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..400), kind in 0_u8..12) {
        let _ = Up::decode(&bytes);
        // Past the first byte too, where most random bytes would stop.
        let _ = Up::decode(&[b"M12345678", [kind].as_slice(), &bytes].concat());
        if let Ok((_, body)) = Down::split(&bytes) {
            let _ = Down::from_body(body);
        }
        let body = [[kind].as_slice(), &bytes].concat();
        let _ = Down::from_body(&body);
        if let Ok((record, _)) = postcard::take_from_bytes::<Record>(&body) {
            convert(&record);
        }
    }
}

#[test]
fn a_length_that_is_not_there_allocates_nothing_and_is_an_error() {
    // A state whose list of streams claims 2^63 entries.
    let claim = [&[0, 1][..], &[0xFF; 8], &[0x7F]].concat();
    assert!(matches!(Down::from_body(&claim), Err(WireError::Decode(_))));
    assert!(matches!(Up::decode(&vec![b'F'; MAX_PAYLOAD + 1]), Err(WireError::TooLong(_))));
    assert!(matches!(Down::split(&[0; 63]), Err(WireError::TooShort(63))));
    assert!(matches!(Up::decode(b""), Err(WireError::Empty)));
    assert!(matches!(Up::decode(b"F1234567"), Err(WireError::Short(8))));
    assert!(matches!(Up::decode(b"Q"), Err(WireError::Kind(b'Q'))));
}
