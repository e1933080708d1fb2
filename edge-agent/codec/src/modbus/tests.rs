use proptest::collection::vec;
use proptest::prelude::*;

use super::rtu::{Analyser, Heard};
use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|char| char.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn read(address: u16, count: u16) -> Request {
    Request::Read { table: Table::HoldingRegisters, address, count }
}

#[test]
fn the_vectors_of_the_reference_have_these_crcs() {
    for (frame, sum) in [
        ("01 03 00 00 00 0A", "C5 CD"),
        ("01 03 00 00 00 01", "84 0A"),
        ("01 03 02 00 2D", "78 59"),
        ("01 03 02 FF 47", "B9 86"),
    ] {
        let (frame, sum) = (hex(frame), hex(sum));
        assert_eq!(rtu::encode(frame[0], &frame[1..]), [frame.clone(), sum].concat());
    }
    assert_eq!(rtu::encode(1, &read(0, 10).encode()), hex("010300000 00AC5CD"));
    // Modbus over Serial Line V1.02 §6.2.2 and §6.2.1.
    assert_eq!(rtu::crc(&hex("02 07")), 0x1241);
    assert_eq!(ascii::encode(0x11, &read(0x7C, 2).encode()), b":1103007C00026E\r\n");
}

#[test]
fn temperatures_of_the_reference_stand_in_their_answers() {
    for (bytes, word) in [("0103 02 002D 7859", 0x002D), ("0103 02 FF47 B986", 0xFF47)] {
        let frame = rtu::decode(&hex(bytes)).expect("whole");
        let want = Response::Words { table: Table::HoldingRegisters, words: vec![word] };
        assert_eq!((frame.unit, Response::decode(&frame.pdu)), (1, Ok(want.clone())));
        assert!(want.answers(&read(7, 1)) && !want.answers(&read(7, 2)));
    }
}

#[test]
fn each_exception_says_its_number_and_what_it_was_asked() {
    for code in 1..=11_u8 {
        let found = Response::decode(&[0x83, code]).expect("an exception");
        let Response::Exception { function: 3, exception } = found else { panic!("{found:?}") };
        assert_eq!(exception.code(), code);
        assert!(exception.to_string().starts_with(&format!("exception {code}")), "{exception}");
    }
    assert!(Response::decode(&[0x83]).is_err() && Response::decode(&[0x83, 2, 0]).is_err());
}

#[test]
fn an_altered_frame_says_so() {
    let mut bytes = hex("010300000001840A");
    bytes[3] ^= 1;
    assert!(matches!(rtu::decode(&bytes), Err(rtu::RtuError::Crc { found: 0x0A84, .. })));
    assert_eq!(rtu::decode(&bytes[..3]), Err(rtu::RtuError::Length(3)));
    assert!(matches!(ascii::decode(b"0003007C00017F"), Err(ascii::AsciiError::Lrc { found: 0x7F, expected: 0x80 })));
}

fn heard(pieces: &[&[u8]], gap: bool) -> Vec<Heard> {
    let (mut analyser, mut all) = (Analyser::default(), Vec::new());
    for piece in pieces {
        analyser.push(piece, |one| all.push(one));
    }
    if gap {
        analyser.gap(|one| all.push(one));
    }
    all
}

#[test]
fn a_bus_is_read_in_both_directions_and_found_again_after_garbage() {
    let words = Response::Words { table: Table::HoldingRegisters, words: vec![45] };
    let question = rtu::encode(1, &read(2529, 1).encode());
    let answer = rtu::encode(1, &words.encode());
    let write = rtu::encode(9, &Request::WriteRegister { address: 4, word: 7 }.encode());
    let bytes = [question.as_slice(), &answer, &[0x00, 0xFF, 0x55], &question, &answer, &write, &write].concat();
    let asked = Heard::Request { unit: 1, request: read(2529, 1) };
    let told = Heard::Response { unit: 1, response: words };
    let wrote = Heard::Request { unit: 9, request: Request::WriteRegister { address: 4, word: 7 } };
    let echoed = Heard::Response { unit: 9, response: Response::WriteRegister { address: 4, word: 7 } };
    assert_eq!(
        heard(&[&bytes], false),
        [asked.clone(), told.clone(), Heard::Garbage(3), asked, told, wrote, echoed],
        "an echo is the answer to what it echoes"
    );
}

#[test]
fn silence_ends_what_announced_more_than_came() {
    // The head of an answer with 200 bytes, torn off, and a whole question behind it.
    let question = rtu::encode(1, &read(1, 1).encode());
    let bytes = [&[7, 3, 200, 1, 2], question.as_slice()].concat();
    assert_eq!(heard(&[&bytes], false), []);
    assert_eq!(heard(&[&bytes], true), [Heard::Garbage(5), Heard::Request { unit: 1, request: read(1, 1) }]);
    // A function that is not known here is a frame only where both its ends are known.
    let odd = rtu::encode(3, &[0x41, 1, 2, 3]);
    assert_eq!(heard(&[&odd], true), [Heard::Garbage(odd.len())]);
    let want = Request::Other { function: 0x41, data: vec![1, 2, 3] };
    assert_eq!(Request::decode(&rtu::decode(&odd).expect("whole").pdu), Ok(want));
}

fn request() -> impl Strategy<Value = Request> {
    let table = prop_oneof![
        Just(Table::Coils),
        Just(Table::DiscreteInputs),
        Just(Table::HoldingRegisters),
        Just(Table::InputRegisters)
    ];
    let file = (any::<u16>(), any::<u16>(), vec(any::<u16>(), 0..8));
    prop_oneof![
        (table, any::<u16>(), any::<u16>()).prop_map(|(table, address, count)| Request::Read { table, address, count }),
        (any::<u16>(), any::<bool>()).prop_map(|(address, on)| Request::WriteCoil { address, on }),
        (any::<u16>(), any::<u16>()).prop_map(|(address, word)| Request::WriteRegister { address, word }),
        Just(Request::ExceptionStatus),
        (any::<u16>(), vec(any::<u8>(), 2..=2)).prop_map(|(sub, data)| Request::Diagnostics { sub, data }),
        (any::<u16>(), vec(any::<u8>(), 1..100))
            .prop_map(|(address, bits)| { Request::WriteCoils { address, count: 8 * bits.len() as u16, bits } }),
        (any::<u16>(), vec(any::<u16>(), 1..123))
            .prop_map(|(address, words)| Request::WriteRegisters { address, words }),
        vec((any::<u16>(), any::<u16>(), any::<u16>()), 0..8).prop_map(|ranges| {
            Request::ReadFile(
                ranges.into_iter().map(|(file, record, count)| FileRange { file, record, count }).collect(),
            )
        }),
        vec(file, 0..4).prop_map(|records| {
            Request::WriteFile(
                records.into_iter().map(|(file, record, words)| FileRecord { file, record, words }).collect(),
            )
        }),
        (any::<u16>(), any::<u16>(), any::<u16>()).prop_map(|(address, and, or)| Request::MaskWrite {
            address,
            and,
            or
        }),
        (any::<u16>(), any::<u16>(), any::<u16>(), vec(any::<u16>(), 1..121)).prop_map(|(from, count, to, words)| {
            Request::ReadWrite { read_address: from, read_count: count, write_address: to, words }
        }),
        any::<u16>().prop_map(|address| Request::Fifo { address }),
        vec(any::<u8>(), 2..=2).prop_map(|data| Request::Encapsulated { mei: 14, data }),
    ]
}

fn response() -> impl Strategy<Value = Response> {
    prop_oneof![
        vec(any::<u8>(), 1..200).prop_map(|bits| Response::Bits { table: Table::Coils, bits }),
        vec(any::<u16>(), 1..125).prop_map(|words| Response::Words { table: Table::InputRegisters, words }),
        (any::<u16>(), any::<bool>()).prop_map(|(address, on)| Response::WriteCoil { address, on }),
        any::<u8>().prop_map(Response::ExceptionStatus),
        (any::<u16>(), any::<u16>()).prop_map(|(status, count)| Response::EventCounter { status, count }),
        vec(any::<u8>(), 0..70).prop_map(Response::EventLog),
        (any::<u16>(), any::<u16>()).prop_map(|(address, count)| Response::WriteRegisters { address, count }),
        vec(any::<u8>(), 0..200).prop_map(Response::ServerId),
        vec(vec(any::<u16>(), 0..20), 0..4).prop_map(Response::ReadFile),
        vec(any::<u16>(), 0..31).prop_map(Response::Fifo),
        vec(any::<u16>(), 0..100).prop_map(Response::ReadWrite),
        (1..128_u8, any::<u8>())
            .prop_map(|(function, code)| Response::Exception { function, exception: Exception::from(code) }),
    ]
}

proptest! {
    #[test]
    fn what_is_asked_is_read_in_every_framing(request in request(), unit in 1..=255_u8, transaction: u16) {
        let pdu = request.encode();
        prop_assume!(pdu.len() <= 253);
        prop_assert_eq!(Request::decode(&pdu), Ok(request.clone()));
        let frame = Frame { unit, pdu: pdu.clone() };
        prop_assert_eq!(rtu::decode(&rtu::encode(unit, &pdu)), Ok(frame.clone()));
        let mut found = Vec::new();
        tcp::Decoder::default().push(&tcp::encode(transaction, unit, &pdu), |one| found.push(one));
        prop_assert_eq!(found, [Ok(tcp::TcpFrame { transaction, frame: frame.clone() })]);
        let mut found = Vec::new();
        ascii::Decoder::default().push(&ascii::encode(unit, &pdu), |one| found.push(one));
        prop_assert_eq!(found, [Ok(frame)]);
    }

    #[test]
    fn what_is_answered_is_read(response in response()) {
        prop_assert_eq!(Response::decode(&response.encode()), Ok(response));
    }

    /// Wherever the bytes are cut, the same is heard; and questions and answers of a whole bus are.
    #[test]
    fn a_bus_reads_the_same_in_any_pieces(
        turns in vec((1..=9_u8, request(), vec(any::<u8>(), 0..6)), 1..8),
        cuts in vec(1..40_usize, 1..60),
    ) {
        let mut bytes = Vec::new();
        for (unit, request, noise) in &turns {
            bytes.extend(rtu::encode(*unit, &request.encode()));
            bytes.extend(noise);
        }
        let (mut pieces, mut rest) = (Vec::new(), bytes.as_slice());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, left) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = left;
        }
        prop_assert_eq!(heard(&pieces, true), heard(&[&bytes], true));
        let whole = |decoder: &mut tcp::Decoder, pieces: &[&[u8]]| {
            let mut all = Vec::new();
            pieces.iter().for_each(|piece| decoder.push(piece, |one| all.push(one)));
            decoder.end(|one| all.push(one));
            all
        };
        prop_assert_eq!(whole(&mut tcp::Decoder::default(), &pieces), whole(&mut tcp::Decoder::default(), &[&bytes]));
    }

    #[test]
    fn any_bytes_are_no_panic(bytes in vec(any::<u8>(), 0..700)) {
        decode_all(&bytes);
    }

    /// Frames with one bit flipped are the likeliest to reach deep into a decoder.
    #[test]
    fn altered_frames_are_refused_or_found_out(request in request(), unit: u8, bit: proptest::sample::Index) {
        let mut bytes = rtu::encode(unit, &request.encode());
        prop_assume!(bytes.len() <= rtu::MAX_FRAME);
        let bit = bit.index(8 * bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(rtu::decode(&bytes).is_err(), "a CRC of 16 bits sees every single one");
        decode_all(&bytes);
    }
}
