use proptest::prelude::*;

use super::*;

fn read(protocol: Protocol, bytes: &[u8]) -> Vec<Result<Message, ScaleError>> {
    decode(protocol, Unit::Kilogram, bytes)
}

fn one(protocol: Protocol, bytes: &[u8]) -> Message {
    let mut all = read(protocol, bytes);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).expect("read")
}

fn weighing(protocol: Protocol, bytes: &[u8]) -> Weighing {
    match one(protocol, bytes) {
        Message::Weighing(weighing) => weighing,
        other => panic!("{other:?}"),
    }
}

fn kg(text: &str) -> Decimal {
    text.parse().expect("a number")
}

#[test]
fn a_toledo_weight_is_net_where_it_says_so_and_its_question_is_heard() {
    use Protocol::Toledo8217 as T;
    assert_eq!(weighing(T, b"\x0201.235\r"), Weighing::of(kg("1.235")));
    let net = weighing(T, b"\x0201.235N\r");
    assert!(net.net && net.stable && net.kg == kg("1.235"));
    assert_eq!(weighing(T, b"\x02012340\r").kg, kg("12.34"), "8213 sends no point");
    assert_eq!(one(T, b"W"), Message::Ask);
    let pounds = decode(T, Unit::Pound, b"\x0202.00\r");
    assert_eq!(pounds, [Ok(Message::Weighing(Weighing::of(kg("0.90718474"))))]);
}

#[test]
fn every_status_bit_of_toledo_is_read_and_written() {
    for bits in 0_u8..64 {
        let Message::Status(flags) = one(Protocol::Toledo8217, &[2, b'?', 0x40 | bits, 13]) else { panic!("{bits}") };
        let read = [flags.motion, flags.over, flags.under, flags.outside_zero, flags.at_zero, flags.net];
        let expected: Vec<_> = (0..6).map(|n| bits & (1 << n) != 0).collect();
        assert_eq!(read.as_slice(), expected);
        assert_eq!(encode_status(Protocol::Toledo8217, flags), [2, b'?', 0x40 | bits, 13]);
    }
    assert!(matches!(
        read(Protocol::Toledo8217, b"\x02?\x01\r")[..],
        [Err(ScaleError::Field { what: "status byte", .. })]
    ));
}

#[test]
fn the_probe_of_a_toledo_is_an_echo_and_it_ends() {
    let said = read(Protocol::Toledo8217, b"E\x02E\rhello\x02F\rW");
    let text: Vec<u8> =
        said.iter().filter_map(|m| if let Ok(Message::Echo(b)) = m { Some(*b) } else { None }).collect();
    assert_eq!(text, b"hello");
    assert_eq!(said.last(), Some(&Ok(Message::Ask)));
}

#[test]
fn every_status_bit_of_nci_is_read_and_written_and_the_weight_is_in_its_unit() {
    use Protocol::NciScp01 as N;
    assert_eq!(weighing(N, b"\n0001.25KG\r\n00\r\x03"), Weighing::of(kg("1.25")));
    assert_eq!(weighing(N, b"\n0002.00lb\r\n00\r\x03").kg, kg("0.90718474"));
    assert_eq!(weighing(N, b"\n 1lb 8.0oz\r\n00\r\x03").kg, kg("0.6803885550"));
    let moving = weighing(N, b"\n0001.25KG\r\n10\r\x03");
    assert!(!moving.stable && moving.flags.motion);
    assert_eq!(one(N, b"\nS11\r\x03"), Message::Status(Flags { motion: true, under: true, ..Flags::default() }));
    assert_eq!(one(N, b"\n^^^^^^^^KG\r\n02\r\x03"), Message::Status(Flags { over: true, ..Flags::default() }));
    assert_eq!(one(N, b"\n?\r\x03"), Message::Unknown);
    assert_eq!(one(N, b"W\r"), Message::Ask);
    for byte in 0..4 {
        for bit in 0..4 {
            if byte == 3 && bit == 3 {
                continue; // unused
            }
            let mut status = vec![0x30_u8; byte.max(1) + 1];
            status[byte] |= 1 << bit;
            if (byte, bit) == (2, 0) || (byte, bit) == (2, 1) {
                status[byte] |= 3;
            }
            for at in 1..status.len() - 1 {
                status[at] |= 0x40;
            }
            let mut bytes = b"\nS".to_vec();
            bytes.extend(&status);
            bytes.extend(b"\r\x03");
            let Message::Status(flags) = one(N, &bytes) else { panic!("{byte} {bit}") };
            assert_ne!(flags, Flags::default(), "{byte} {bit}");
            assert_eq!(encode_status(N, flags), bytes, "byte {byte} bit {bit}");
        }
    }
}

#[test]
fn a_dialog_is_price_question_weight_price_and_sum() {
    for protocol in [Protocol::Dialog02, Protocol::Dialog04, Protocol::Dialog06] {
        let line = b"\x04\x0201\x1b001990\x1b\x03\x06\x04\x05\x0202\x1b3\x1b01235\x1b001990\x1b002458\x03";
        let said: Vec<_> = read(protocol, line).into_iter().map(|said| said.expect("read")).collect();
        let told = PriceTold { unit_price: 1990, tare: None, text: None };
        let sold = Weighing { unit_price: Some(1990), price: Some(2458), ..Weighing::of(kg("1.235")) };
        assert_eq!(said, [Message::Price(told), Message::Ack, Message::Ask, Message::Weighing(sold)]);
    }
}

#[test]
fn every_dialog_record_is_read_and_the_till_s_are_written_as_read() {
    use Protocol::Dialog06 as D;
    for (tare, text) in [(None, None), (Some(25), None), (None, Some("APPLES")), (Some(25), Some("APPLES"))] {
        let told = PriceTold { unit_price: 299, tare, text: text.map(ToOwned::to_owned) };
        assert_eq!(one(D, &encode_dialog_price(&told)), Message::Price(told));
    }
    assert_eq!(
        encode_dialog_price(&PriceTold { unit_price: 1990, tare: None, text: None }),
        b"\x04\x0201\x1b001990\x1b\x03"
    );
    assert_eq!(one(D, b"\x04\x0208\x03"), Message::AskStatus);
    for code in 0..100 {
        let status = DialogStatus::from_code(code);
        assert_eq!(status.code(), code);
        assert_eq!(one(D, &encode_dialog_status(status)), Message::Dialog(status));
    }
    assert_eq!(one(D, b"\x0211\x1b4F2A\x03"), Message::Handshake { record: 11, data: "4F2A".to_owned() });
    assert_eq!(one(D, b"\x15"), Message::Nak);
    let pounds = weighing(D, b"\x0202\x1b2\x1b00200\x1b000100\x1b000200\x03");
    assert_eq!(pounds.kg, kg("0.90718474"));
    for bad in [
        &b"\x0202\x1b9\x1b01235\x1b001990\x1b002458\x03"[..],
        b"\x0202\x1b3\x1b1235\x1b001990\x1b002458\x03",
        b"\x0277\x03",
    ] {
        assert!(matches!(read(D, bad)[..], [Err(ScaleError::Field { .. })]), "{bad:?}");
    }
}

#[test]
fn a_cas_answer_is_checked_by_its_xor_and_may_carry_prices() {
    use Protocol::Cas as C;
    let plain = b"\x01\x02S 01.235kg\x47\x03\x04";
    let sum = plain[2..12].iter().fold(0, |sum, byte| sum ^ byte);
    let mut frame = plain.to_vec();
    frame[12] = sum;
    assert_eq!(weighing(C, &frame), Weighing::of(kg("1.235")));
    assert_eq!(encode_weighing(C, &Weighing::of(kg("1.235"))).expect("written"), frame);
    frame[12] ^= 1;
    assert!(matches!(read(C, &frame)[0], Err(ScaleError::Check { .. })));
    let sold = Weighing { unit_price: Some(1500), price: Some(1853), ..Weighing::of(kg("1.235")) };
    assert_eq!(weighing(C, &encode_weighing(C, &sold).expect("written")), sold);
    assert_eq!(
        one(C, &encode_status(C, Flags { over: true, ..Flags::default() })),
        Message::Status(Flags { over: true, ..Flags::default() })
    );
    let short = [2, b'1', b'0', b'1', b'2', b'3', b'5', b'1' ^ b'0' ^ b'1' ^ b'2' ^ b'3' ^ b'5', 3];
    assert_eq!(weighing(C, &short), Weighing::of(kg("1.235")));
    assert_eq!(read(C, b"\x05\x06\x11"), [Ok(Message::Ask), Ok(Message::Ack), Ok(Message::Ask)]);
}

#[test]
fn a_frame_with_a_marked_byte_is_refused_by_name_and_the_next_one_is_read() {
    for protocol in Protocol::ALL {
        let good = encode_weighing(
            protocol,
            &Weighing { unit_price: Some(100), price: Some(124), ..Weighing::of(kg("1.235")) },
        );
        let good = good.expect("written");
        let mut bad = good.clone();
        let at =
            bad.iter().rposition(|byte| *byte == b'5').or(bad.iter().position(|byte| *byte == b'2')).expect("a digit");
        bad[at] |= 0x80;
        let line: Vec<u8> = bad.into_iter().chain(good).collect();
        let said = read(protocol, &line);
        assert!(said.iter().any(|said| matches!(said, Err(ScaleError::Parity { .. }))), "{protocol}: {said:?}");
        assert!(matches!(said.last(), Some(Ok(Message::Weighing(_)))), "{protocol}: {said:?}");
    }
}

#[test]
fn after_half_a_frame_and_after_garbage_the_next_frame_is_read() {
    for protocol in Protocol::ALL {
        let good = encode_weighing(protocol, &Weighing::of(kg("0.500"))).expect("written");
        for cut in 1..good.len() {
            let line: Vec<u8> = good[..cut].iter().chain(&good).copied().collect();
            let said = read(protocol, &line);
            let weights = said.iter().filter(|said| matches!(said, Ok(Message::Weighing(_)))).count();
            assert!(weights >= 1, "{protocol} cut at {cut}: {said:?}");
        }
        let line: Vec<u8> = b"\xff~{}\xfe~~".iter().chain(&good).copied().collect();
        let said = read(protocol, &line);
        assert_eq!(said[0], Err(ScaleError::Garbage { bytes: 7 }), "{protocol}");
        assert!(matches!(said[1], Ok(Message::Weighing(_))), "{protocol}: {said:?}");
        assert_eq!(read(protocol, &good[..3.min(good.len() - 1)]).len(), 1, "{protocol}: half a frame is told");
    }
}

#[test]
fn a_master_asks_until_it_has_an_answer() {
    let mut toledo = Master::new(Protocol::Toledo8217, None);
    assert_eq!(toledo.ask(), b"W");
    assert_eq!(toledo.heard(&Message::Status(Flags::default())), Turn::Over);
    let mut cas = Master::new(Protocol::Cas, None);
    assert_eq!((cas.ask(), cas.heard(&Message::Ack)), (vec![5], Turn::Send(vec![0x11])));
    let mut dialog = Master::new(Protocol::Dialog06, Some(199));
    assert_eq!(dialog.ask(), b"\x04\x0201\x1b000199\x1b\x03");
    assert_eq!(dialog.heard(&Message::Ack), Turn::Send(vec![4, 5]));
    assert_eq!(dialog.heard(&Message::Nak), Turn::Send(b"\x04\x0208\x03".to_vec()), "the round is not over yet");
    assert_eq!(dialog.heard(&Message::Dialog(DialogStatus::Moving)), Turn::Over);
    assert_eq!(dialog.ask(), [4, 5], "the price is told once");
    dialog.restart();
    assert_eq!(dialog.ask()[1], 2);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz(&bytes);
    }

    /// Likelier bytes go deeper.
    #[test]
    fn how_the_line_is_cut_changes_nothing(
        bytes in prop::collection::vec(prop::sample::select(b"\x01\x02\x03\x04\x05\x06\n\r\x11\x15\x1b0123.?SWNkg \xb5".to_vec()), 0..200),
        cuts in prop::collection::vec(1_usize..9, 1..40),
        family in 0_usize..6,
    ) {
        let protocol = Protocol::ALL[family];
        let whole = decode(protocol, Unit::Kilogram, &bytes);
        let (mut decoder, mut pieces, mut rest) = (Decoder::new(protocol, Unit::Kilogram), Vec::new(), bytes.as_slice());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            decoder.push(piece, &mut pieces);
            rest = after;
        }
        decoder.gap(&mut pieces);
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn what_a_scale_writes_is_what_is_read(grams in 0_i64..15_000, net: bool, family in 0_usize..6) {
        let protocol = Protocol::ALL[family];
        let weighing = Weighing { net, flags: Flags { net, ..Flags::default() }, ..Weighing::of(Decimal::new(grams, 3)) };
        let said = read(protocol, &encode_weighing(protocol, &weighing).expect("written"));
        let [Ok(Message::Weighing(read))] = said.as_slice() else { panic!("{said:?}") };
        prop_assert_eq!(read.kg, weighing.kg);
        prop_assert!(read.stable);
        let says_net = matches!(protocol, Protocol::Toledo8217 | Protocol::NciScp01);
        prop_assert_eq!(read.net, net && says_net);
    }
}
