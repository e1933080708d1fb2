//! Frames: what goes in comes out, what was damaged never does, and what shipped is read for good.

use std::fs;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use vyavs_delivery::frame::{Encoder, Frame, FrameError, Header, MAX_FRAME, Places, body_at, seal};
use vyavs_wire::record::{DecimalV1, ReadingV1, ReceiptRefV1, ReceiptV1, Record, SaleLineV1, Stream};

fn header(stream: Stream, first: u64) -> Header {
    Header {
        stream,
        epoch: 1_790_000_000_000_003,
        first,
        count: 0,
        boot_id: [5; 16],
        mono_ms: 77,
        wall_us: 1_790_000_600_000_000,
        clock: 2,
        prev: [6; 16],
    }
}

fn reading() -> impl Strategy<Value = Record> {
    ("[a-z0-9.]{1,40}", any::<i64>(), any::<f64>(), 0_u8..3).prop_map(|(sensor, at_us, value, quality)| {
        Record::ReadingV1(ReadingV1 { sensor, at_us, value: if value.is_nan() { 0.0 } else { value }, quality })
    })
}

fn decimal() -> impl Strategy<Value = DecimalV1> {
    let digits = prop_oneof![4 => (-500_i64..5_000).prop_map(i128::from), 1 => any::<i128>()];
    (digits, prop_oneof![4 => 0_u8..4, 1 => any::<u8>()]).prop_map(|(mantissa, scale)| DecimalV1 { mantissa, scale })
}

/// A receipt's head and lines; mostly as tills have them, now and then with a line that fits nothing before it.
fn receipt() -> impl Strategy<Value = Vec<Record>> {
    let line = (
        "[A-Z0-9]{1,8}",
        ".{0,20}",
        decimal(),
        decimal(),
        prop_oneof![3 => Just(0), 1 => any::<i64>()],
        any::<i64>(),
        (0..6_u32, any::<i64>(), -60..60_i64),
    );
    let names = ("[a-z0-9-]{1,12}", prop_oneof![9 => "[0-9]{1,8}", 1 => "[0-9]{300}"]);
    (names, any::<i64>(), any::<u64>(), vec(line, 0..12)).prop_map(|((terminal, number), at, content_hash, lines)| {
        let receipt = ReceiptRefV1 { terminal, day: 20_000, number, content_hash, closed_at_us: at };
        let head = ReceiptV1 {
            receipt: receipt.clone(),
            kind: 0,
            source: 0,
            currency: *b"GBP",
            total_minor: 1,
            tax_minor: 0,
            discount_minor: 0,
            line_count: lines.len() as u32,
            tenders: vec![(1, 1)],
            operator: None,
            customer: None,
        };
        let lines = lines.into_iter().zip(1_u32..).map(|(line, line_no)| {
            let (sku, name, quantity, unit_price, discount_minor, any, (odd, time, seconds)) = line;
            let exact = quantity.mantissa.wrapping_mul(unit_price.mantissa) as i64;
            let mut line = SaleLineV1 {
                receipt: receipt.clone(),
                currency: *b"GBP",
                line_no,
                sku,
                name,
                quantity,
                unit_price,
                discount_minor,
                total_minor: exact.wrapping_sub(discount_minor),
                sold_at_us: at.wrapping_add(seconds * 1_000_000),
            };
            match odd {
                0 => line.receipt.number.push('x'),
                1 => line.line_no += 1,
                2 => (line.sold_at_us, line.total_minor) = (time, any),
                3 => line.currency = *b"EUR",
                _ => {}
            }
            Record::SaleLineV1(line)
        });
        std::iter::once(Record::ReceiptV1(head)).chain(lines).collect()
    })
}

/// Packs, checks what the frames say, and unpacks.
fn there_and_back(start: Header, records: &[Record]) -> Result<Vec<Record>, TestCaseError> {
    let (mut back, mut next, mut chain) = (Vec::new(), start.first, start.prev);
    for encoded in &Encoder::new().encode(start, records).expect("small records") {
        prop_assert!(encoded.bytes.len() <= MAX_FRAME);
        let frame = Frame::parse(&encoded.bytes).expect("whole");
        let said = Header { first: next, count: frame.header.count, prev: chain, ..start };
        prop_assert_eq!(frame.header, said);
        prop_assert_eq!(encoded.header, said);
        prop_assert_eq!(frame.chain, encoded.chain);
        next = frame.header.last() + 1;
        chain = frame.chain;
        back.extend(frame.records().expect("whole"));
    }
    Ok(back)
}

proptest! {
    /// Any batch comes back whole, in order, numbered without holes, chained.
    #[test]
    fn a_batch_comes_back_as_it_went_in(records in vec(reading(), 1..3000), first in 1_u64..1_000_000) {
        prop_assert_eq!(there_and_back(header(Stream::Telemetry, first), &records)?, records);
    }

    /// Lines that leave things to the record before them, and lines that cannot.
    #[test]
    fn receipts_come_back_as_they_went_in(receipts in vec(receipt(), 1..8), wall_us in any::<i64>(), epoch in 1..i64::MAX as u64) {
        let records = receipts.concat();
        let start = Header { wall_us, epoch, ..header(Stream::Money, 1) };
        prop_assert_eq!(there_and_back(start, &records)?, records);
    }

    /// One flipped bit anywhere, or a cut anywhere, is noticed; arbitrary bytes never panic.
    #[test]
    fn damage_is_noticed(records in vec(reading(), 1..20), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let start = header(Stream::Telemetry, 1);
        let frame = Encoder::new().encode(start, &records).expect("small records").remove(0).bytes;
        let mut damaged = frame.clone();
        let at = at.index(frame.len());
        damaged[at] ^= 1_u8 << bit;
        prop_assert!(Frame::parse(&damaged).is_err());
        prop_assert!(Frame::parse(&frame[..at]).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in vec(any::<u8>(), 0..400), version in b'0'..=b'3') {
        prop_assert!(Frame::parse(&bytes).is_err());
        let mut bytes = [&[b'V', b'Y', b'F', version], bytes.as_slice()].concat();
        seal(&mut bytes);
        // The sum is right; what it sums up is not, or is a frame of anything: no panic is the promise.
        if let Ok(frame) = Frame::parse(&bytes) {
            let _ = frame.records();
        }
    }
}

fn line(number: &str, line_no: u32) -> Record {
    let receipt = ReceiptRefV1 {
        terminal: "till-1".to_owned(),
        day: 20_000,
        number: number.to_owned(),
        content_hash: 9,
        closed_at_us: 1_790_000_000_000_000,
    };
    Record::SaleLineV1(SaleLineV1 {
        receipt,
        currency: *b"GBP",
        line_no,
        sku: "85123A".to_owned(),
        name: "HEART".to_owned(),
        quantity: DecimalV1 { mantissa: 2, scale: 0 },
        unit_price: DecimalV1 { mantissa: 255, scale: 2 },
        discount_minor: 10,
        total_minor: 500,
        sold_at_us: 1_790_000_000_000_000,
    })
}

/// A hostile frame of a thousand short lines that would inherit a long name unpacks to nothing of the kind.
#[test]
fn a_long_name_is_not_inherited_a_thousand_times() {
    let long = "9".repeat(60_000);
    let records = [line(&long, 1), line(&long, 2)];
    let frames = Encoder::new().encode(header(Stream::Money, 1), &records).expect("small");
    assert_eq!(frames.iter().flat_map(|f| Frame::parse(&f.bytes).expect("whole").records()).flatten().count(), 2);
    // Written by hand: a plain line with a long name, then a line that leaves the name to it.
    let mut raw = postcard::to_extend(&line(&long, 1), vec![0]).expect("written");
    let short =
        Encoder::new().encode(header(Stream::Money, 1), &[line("1", 1), line("1", 2)]).expect("small").remove(0);
    let body =
        zstd::bulk::decompress(&[&ZSTD[..], &short.bytes[body_at(&short.bytes).expect("ours")..]].concat(), 4096);
    let body = body.expect("ours");
    let plain = postcard::to_extend(&line("1", 1), vec![0]).expect("written");
    assert!(body.starts_with(&plain) && body[plain.len()] == 1, "a line that inherits");
    raw.extend_from_slice(&body[plain.len()..]);
    let mut hostile = short.bytes[..41].to_vec();
    let wall = short.header.wall_us - short.header.epoch as i64;
    let numbers = (short.header.epoch, 1_u64, 2_u32, raw.len() as u32, short.header.mono_ms, wall);
    hostile = postcard::to_extend(&numbers, hostile).expect("written");
    hostile.extend_from_slice(&zstd::bulk::compress(&raw, 1).expect("packed")[4..]);
    seal(&mut hostile);
    let refused = Frame::parse(&hostile).expect("its sum is right").records();
    assert!(matches!(refused, Err(FrameError::Line(1))), "{refused:?}");
}

const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The first version, written from its description: nothing else writes it any more.
fn first_version(header: Header, records: &[Record]) -> Vec<u8> {
    let raw = records.iter().fold(Vec::new(), |raw, record| postcard::to_extend(record, raw).expect("written"));
    let mut bytes = b"VYF1".to_vec();
    bytes.extend([header.stream.number(), header.clock, 0, 0]);
    bytes.extend(header.epoch.to_le_bytes());
    bytes.extend(header.first.to_le_bytes());
    bytes.extend((records.len() as u32).to_le_bytes());
    bytes.extend((raw.len() as u32).to_le_bytes());
    bytes.extend(header.mono_ms.to_le_bytes());
    bytes.extend(header.wall_us.to_le_bytes());
    bytes.extend(header.boot_id);
    bytes.extend(header.prev);
    bytes.extend([0; 4]);
    bytes.extend(zstd::bulk::compress(&raw, 1).expect("packed"));
    seal(&mut bytes);
    bytes
}

fn sample() -> (Header, Vec<Record>) {
    let records = vec![line("1001", 1), line("1001", 2), line("1001", 3), line("1002", 1)];
    (Header { count: records.len() as u32, ..header(Stream::Money, 42) }, records)
}

fn hex(bytes: &[u8]) -> String {
    bytes.chunks(32).map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n").collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.bytes().filter_map(|byte| char::from(byte).to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// The bytes of both versions, kept. `VYAVS_BLESS=1` writes them: only for a version that has not shipped.
#[test]
fn frames_that_shipped_are_read_as_what_they_were() {
    let (header, records) = sample();
    let second = Encoder::new().encode(header, &records).expect("small").remove(0).bytes;
    for (name, written) in [("frame-v1", first_version(header, &records)), ("frame-v2", second)] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.hex"));
        if std::env::var_os("VYAVS_BLESS").is_some_and(|bless| bless == "1") {
            fs::create_dir_all(path.parent().expect("it has one")).expect("ours");
            fs::write(&path, hex(&written)).expect("ours");
        }
        let kept = unhex(&fs::read_to_string(&path).expect("it was written when it shipped"));
        let frame = Frame::parse(&kept).expect("it shipped");
        assert_eq!((frame.header, frame.records().expect("it shipped")), (header, records.clone()), "{name}");
        // zstd may pack better one day; what stands before the records may not change, but for the sum.
        let places = Places::of(&kept).expect("long enough");
        let (before, at) =
            (|bytes: &[u8]| [&bytes[..places.crc.start], &bytes[places.crc.end..]].concat(), body_at(&kept));
        let (head, kept) = (at.expect("it shipped") - 4, before(&kept));
        assert_eq!(before(&written)[..head], kept[..head], "{name}");
    }
}
