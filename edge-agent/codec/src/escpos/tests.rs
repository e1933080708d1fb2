use std::path::PathBuf;

use proptest::prelude::*;

use super::printout::Printout;
use super::profile::Profile;
use super::*;

/// Tokens as text, runs of characters joined: what must not depend on how the stream was cut.
fn tokens(pieces: &[&[u8]]) -> (Vec<String>, u64, bool) {
    let mut tokenizer = Tokenizer::default();
    let mut all: Vec<String> = Vec::new();
    let mut run: Vec<u8> = Vec::new();
    for piece in pieces {
        tokenizer.push(piece, |token| match token {
            Token::Text(bytes) => run.extend_from_slice(bytes),
            other => {
                if !run.is_empty() {
                    all.push(format!("{:?}", std::mem::take(&mut run)));
                }
                all.push(format!("{other:?}"));
            }
        });
    }
    if !run.is_empty() {
        all.push(format!("{run:?}"));
    }
    (all, tokenizer.unknown(), tokenizer.is_between())
}

fn captures() -> Vec<(PathBuf, Vec<u8>)> {
    let root = std::env::var_os("VYAVS_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let Ok(dir) = std::fs::read_dir(root.join("device_bytes/escpos")) else {
        println!("skipped: no captures at {}; set VYAVS_DATA to the data folder", root.display());
        return Vec::new();
    };
    let mut files: Vec<_> =
        dir.flatten().map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|e| e == "bin")).collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).expect("readable");
            (path, bytes)
        })
        .collect()
}

#[test]
fn every_capture_is_read_without_an_unknown_byte_and_ends_on_a_token() {
    for (path, bytes) in captures() {
        let (all, unknown, whole) = tokens(&[&bytes]);
        println!("{}: {} bytes, {} tokens", path.display(), bytes.len(), all.len());
        assert_eq!((unknown, whole), (0, true), "{}", path.display());
        for size in [1, 2, 7, 64, 1000] {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            assert!(tokens(&pieces) == (all.clone(), 0, true), "{} in pieces of {size}", path.display());
        }
    }
}

/// Bytes to expect of an encoder: ReceiptPrinterEncoder's own test vectors (MIT).
#[test]
fn encoder_vectors_mean_what_their_encoder_meant() {
    let read = |bytes: &[u8]| Printout::read(bytes, &Profile::default());
    assert_eq!(read(b"hello\n\r\n\r").lines, ["hello", ""]);
    assert_eq!(read(&[0x1b, 0x74, 0x10, 0x68, 0xe9, 0x6c, 0x6c, 0x6f, 0x0a, 0x0d]).lines, ["héllo"]);
    assert_eq!(read(&[0x1b, 0x70, 0x00, 0x32, 0xfa]).pulses, 1);
    assert!(read(&[0x1d, 0x56, 0x00]).cut);
    assert_eq!(read(&[0x1c, 0x2e]).unknown, 0);
}

/// The same vectors as they stand in the data, so that a new one there is noticed here.
#[test]
fn every_encoder_vector_in_the_data_is_known() {
    let Some(dir) = captures().first().and_then(|(path, _)| path.parent().map(PathBuf::from)) else { return };
    let text = std::fs::read_to_string(dir.join("encoder_vectors.json")).expect("readable");
    let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).expect("json");
    assert_eq!(vectors.len(), 8);
    for vector in &vectors {
        let operation = vector["operation"].as_str().expect("an operation");
        let hex = vector["bytes_hex"].as_str().expect("bytes").as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex");
        let bytes: Vec<u8> = hex.chunks(2).map(byte).collect();
        let paper = Printout::read(&bytes, &Profile::default());
        assert_eq!((paper.unknown, paper.torn), (0, false), "{operation}");
        let lines: &[&str] = match operation {
            "LanguageEscPos" | "line(hello)" => &["hello"],
            "text(hello).newline().newline()" => &["hello", ""],
            "codepage(epson/katakana).text(héllo) - é -> ?" => &["h?llo"],
            "codepage(windows1252).text(héllo) - é -> 233" => &["héllo"],
            _ => &[],
        };
        assert_eq!(paper.lines, lines, "{operation}");
        assert_eq!(paper.pulses, u32::from(operation == "pulse()"), "{operation}");
        assert_eq!(paper.cut, operation == "cut(full)", "{operation}");
    }
}

/// The shape of escpos-php's `receipt-with-logo.bin` (MIT): graphics, text in sizes, cut with feed, pulse.
fn receipt_with_logo() -> Vec<u8> {
    let mut job = b"\x1b@\x1ba\x01".to_vec();
    let picture = vec![0x55; 8_000];
    job.extend([0x1d, b'8', b'L']);
    job.extend((picture.len() as u32 + 10).to_le_bytes());
    job.extend([0x30, 0x70, 0x30, 1, 1, 0x31, 0x80, 2, 100, 0]);
    job.extend(&picture);
    job.extend(b"\x1d(L\x02\x00\x30\x32\x1b! ExampleMart Ltd.\n\x1b!\x00Shop No. 42.\n\n");
    for (name, amount) in [
        ("Example item #1", "4.00"),
        ("Another thing", "3.50"),
        ("Something else", "1.00"),
        ("A final item", "4.45"),
        ("Subtotal", "12.95"),
    ] {
        job.extend(format!("{name:<38}{amount:>10}\n").bytes());
    }
    job.extend(
        format!("\n{:<38}{:>10}\n\x1b! {:<14}$ 14.25\n\x1b!\x00\x1bd\x02", "A local tax", "1.30", "Total").bytes(),
    );
    job.extend(b"Monday 6th of April 2015 02:56:25 PM\n\x1dVA\x03\x1bp0<x");
    job
}

#[test]
fn a_receipt_with_a_logo_is_lines_a_cut_and_a_drawer() {
    let paper = Printout::read(&receipt_with_logo(), &Profile::default());
    let amounts: Vec<&str> = paper
        .lines
        .iter()
        .filter_map(|l| l.split_whitespace().last())
        .filter(|w| w.contains('.') && !w.ends_with('.') && w.parse::<f64>().is_ok())
        .collect();
    assert_eq!(amounts, ["4.00", "3.50", "1.00", "4.45", "12.95", "1.30", "14.25"]);
    assert_eq!((paper.cut, paper.pulses, paper.rasters, paper.raster_bytes), (true, 1, 1, 8_010));
    assert_eq!((paper.unknown, paper.torn), (0, false));
}

#[test]
fn a_drawer_pulse_is_seen_inside_a_picture_and_takes_nothing_from_it() {
    let mut job = vec![0x1d, b'v', b'0', 0, 10, 0, 2, 0];
    job.extend([
        0xAA, 0xAA, 0x10, 0x10, 0x14, 0x01, 0x00, 0x05, 0x10, 0x04, 0x01, 0xAA, 0xAA, 0x10, 0x14, 0x01, 0x09, 0xAA,
        0xAA, 0xAA,
    ]);
    job.extend(b"after\n");
    let (all, unknown, whole) = tokens(&[&job]);
    let expected = [
        "DrawerPulse { realtime: true }",
        "Realtime(4, 1)",
        "Raster { bytes: 20 }",
        "[97, 102, 116, 101, 114]",
        "LineFeed",
    ];
    assert_eq!((all.iter().map(String::as_str).collect::<Vec<_>>(), unknown, whole), (expected.to_vec(), 0, true));
}

#[test]
fn lengths_follow_the_table() {
    // (bytes, whether text follows at once)
    let commands: [&[u8]; 33] = [
        b"\x1b!8",
        b"\x1bt\x10",
        b"\x1bR\x03",
        b"\x1b$\x01\x02",
        b"\x1bp\x00\x19\xFA",
        b"\x1bc5\x01",
        b"\x1b2",
        b"\x1bD\x08\x10\x00",
        b"\x1bW12345678",
        b"\x1b&\x03AB\x01123\x02123456",
        b"\x1b*\x21\x02\x00abcdef",
        b"\x1b*\x00\x02\x00ab",
        b"\x1d*\x01\x0112345678",
        b"\x1dv0\x00\x02\x00\x02\x00abcd",
        b"\x1dV\x01",
        b"\x1dVB\x00",
        b"\x1dk\x04ABC\x00",
        b"\x1dkI\x03ABC",
        b"\x1d(k\x03\x001C\x05",
        b"\x1d(A\x02\x0001",
        b"\x1d8L\x03\x00\x00\x00abc",
        b"\x1c.",
        b"\x1c&",
        b"\x1cC\x00",
        b"\x1cp\x01\x00",
        b"\x1cq\x01\x01\x00\x01\x0012345678",
        b"\x10\x04\x01",
        b"\x10\x04\x07\x01",
        b"\x10\x14\x01\x00\x01",
        b"\x10\x14\x02\x01\x08",
        b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
        b"\x1d:",
        b"\x1dP\x01\x02",
    ];
    for command in commands {
        let mut stream = command.to_vec();
        stream.extend(b"x");
        let (all, unknown, _) = tokens(&[&stream]);
        assert_eq!((all.last().map(String::as_str), unknown), (Some("[120]"), 0), "{command:?} {all:?}");
        assert_eq!(all.len(), 2, "{command:?} {all:?}");
        assert!(!tokens(&[&command[..command.len() - 1]]).2, "{command:?} is one byte too short");
    }
}

#[test]
fn garbage_is_counted_and_left_behind() {
    let (all, unknown, whole) = tokens(&[b"a\x1b\x1b@\x07\x1bZb\n"]);
    assert_eq!(all, ["[97]", "Unknown(1)", "Init", "Unknown(1)", "Unknown(2)", "[98]", "LineFeed"]);
    assert_eq!((unknown, whole), (4, true));
}

fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..24),
        3 => "[ -~]{0,20}\\n?".prop_map(String::into_bytes),
        2 => (prop::sample::select(vec![0x10_u8, 0x1b, 0x1c, 0x1d]), any::<u8>(), prop::collection::vec(0_u8..12, 0..10))
            .prop_map(|(lead, kind, args)| [vec![lead, kind], args].concat()),
        1 => Just(b"\x1dv0\x00\x04\x00\x05\x00".to_vec()),
        1 => Just(receipt_with_logo()),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever comes, at whatever piece size, with every profile: no panic, and no job holds what did not come.
    #[test]
    fn any_bytes_are_survived(stream in any_stream(), size in any::<u8>()) {
        read_any(&[vec![size], stream].concat());
    }

    /// Anything at all, cut anywhere: the same tokens, and never a panic.
    #[test]
    fn where_a_stream_is_cut_does_not_matter(stream in any_stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.sort_unstable();
        at.push(stream.len());
        let mut pieces = Vec::new();
        let mut from = 0;
        for to in at {
            pieces.push(&stream[from..to]);
            from = to;
        }
        prop_assert_eq!(tokens(&pieces), tokens(&[&stream]));
    }
}
