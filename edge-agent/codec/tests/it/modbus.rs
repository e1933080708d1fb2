//! Modbus bytes that nobody here made: captures of other people's networks and the frames of other libraries' tests
//! (`device_bytes/modbus`), against what a protocol analyser said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use vyavs_codec::modbus::{Frame, Request, Response, ascii, decode_all, rtu, tcp};

fn data() -> Option<PathBuf> {
    let root = std::env::var_os("VYAVS_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let dir = root.join("device_bytes/modbus");
    if !dir.is_dir() {
        println!("skipped: {} is not there (set VYAVS_DATA)", dir.display());
        return None;
    }
    Some(dir)
}

fn bytes(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(data()?.join(name)).expect("readable"))
}

/// A segment's ports, the sender's and the receiver's.
type Way = (u16, u16);

/// The TCP payloads of a capture (classic pcap, Ethernet, IPv4), each way in order, what was sent again left out.
fn conversations(capture: &[u8]) -> BTreeMap<Way, Vec<Vec<u8>>> {
    let le = |at: usize| u32::from_le_bytes(capture[at..at + 4].try_into().expect("four bytes")) as usize;
    assert_eq!((le(0), le(20)), (0xA1B2_C3D4, 1), "a pcap of Ethernet");
    let (mut at, mut ways, mut seen) = (24, BTreeMap::<Way, Vec<Vec<u8>>>::new(), BTreeSet::new());
    while at + 16 <= capture.len() {
        let length = le(at + 8);
        let packet = &capture[at + 16..at + 16 + length];
        at += 16 + length;
        if packet[12..14] != [8, 0] || packet[14 + 9] != 6 {
            continue;
        }
        let ip = &packet[14..];
        let tcp = &ip[usize::from(ip[0] & 15) * 4..usize::from(u16::from_be_bytes([ip[2], ip[3]]))];
        let way = (u16::from_be_bytes([tcp[0], tcp[1]]), u16::from_be_bytes([tcp[2], tcp[3]]));
        let sequence = u32::from_be_bytes(tcp[4..8].try_into().expect("four bytes"));
        let payload = &tcp[usize::from(tcp[12] >> 4) * 4..];
        if payload.is_empty() || (way.0 != 502 && way.1 != 502) {
            continue;
        }
        // What was sent again has its old number.
        if seen.insert((way, sequence)) {
            ways.entry(way).or_default().push(payload.to_vec());
        }
    }
    ways
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    frames: usize,
    requests: usize,
    responses: usize,
    /// Whole frames whose PDU is none.
    refused: usize,
    /// Bytes that are no frame.
    skipped: usize,
}

/// Every frame of a capture with what it says, in the order of each connection.
fn tally(capture: &[u8]) -> (Tally, Vec<(Way, u16, Frame)>) {
    let (mut tally, mut frames) = (Tally::default(), Vec::new());
    for (way, segments) in conversations(capture) {
        let mut decoder = tcp::Decoder::default();
        let mut found = Vec::new();
        segments.iter().for_each(|segment| decoder.push(segment, |one| found.push(one)));
        decoder.end(|one| found.push(one));
        for one in found {
            let found = match one {
                Ok(found) => found,
                Err(tcp::Skipped(count)) => {
                    tally.skipped += count;
                    continue;
                }
            };
            tally.frames += 1;
            let pdu = &found.frame.pdu;
            match way.1 == 502 {
                true if Request::decode(pdu).is_ok() => tally.requests += 1,
                false if Response::decode(pdu).is_ok() => tally.responses += 1,
                _ => tally.refused += 1,
            }
            frames.push((way, found.transaction, found.frame));
        }
    }
    (tally, frames)
}

/// The analyser's name of a function.
fn name(function: u8) -> &'static str {
    match function {
        1 => "READ_COILS",
        2 => "READ_DISCRETE_INPUTS",
        3 => "READ_HOLDING_REGISTERS",
        4 => "READ_INPUT_REGISTERS",
        5 => "WRITE_SINGLE_COIL",
        6 => "WRITE_SINGLE_REGISTER",
        7 => "READ_EXCEPTION_STATUS",
        8 => "DIAGNOSTICS",
        15 => "WRITE_MULTIPLE_COILS",
        16 => "WRITE_MULTIPLE_REGISTERS",
        17 => "REPORT_SLAVE_ID",
        20 => "READ_FILE_RECORD",
        21 => "WRITE_FILE_RECORD",
        22 => "MASK_WRITE_REGISTER",
        23 => "READ_WRITE_MULTIPLE_REGISTERS",
        24 => "READ_FIFO_QUEUE",
        43 => "ENCAP_INTERFACE_TRANSPORT",
        other => panic!("function {other} is not in the capture"),
    }
}

fn list(values: impl IntoIterator<Item = impl ToString>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

fn bit_list(bytes: &[u8], count: usize) -> String {
    list((0..count).map(|at| bytes[at / 8] >> (at % 8) & 1))
}

/// Address, quantity, request values and response values, as the analyser writes them; `-` is nothing.
fn columns(request: &Request, response: &Response) -> [String; 4] {
    let dash = || "-".to_owned();
    let [address, quantity, asked, told] = match (request, response) {
        (Request::Read { address, count, .. }, Response::Bits { bits, .. }) => {
            [address.to_string(), count.to_string(), dash(), bit_list(bits, usize::from(*count))]
        }
        (Request::Read { address, count, .. }, Response::Words { words, .. }) => {
            [address.to_string(), count.to_string(), dash(), list(words)]
        }
        (Request::Read { address, count, .. }, Response::Exception { .. }) => {
            [address.to_string(), count.to_string(), dash(), dash()]
        }
        (Request::WriteCoil { address, on }, Response::WriteCoil { address: there, on: now }) => {
            assert_eq!(address, there);
            [address.to_string(), "1".to_owned(), u8::from(*on).to_string(), u8::from(*now).to_string()]
        }
        (Request::WriteRegister { address, word }, Response::WriteRegister { word: now, .. }) => {
            [address.to_string(), "1".to_owned(), word.to_string(), now.to_string()]
        }
        (Request::WriteCoils { address, count, bits }, Response::WriteCoils { count: written, .. }) => {
            assert_eq!(count, written);
            [address.to_string(), count.to_string(), bit_list(bits, usize::from(*count)), dash()]
        }
        (Request::WriteRegisters { address, words }, Response::WriteRegisters { count, .. }) => {
            [address.to_string(), count.to_string(), list(words), dash()]
        }
        (Request::MaskWrite { address, .. }, Response::MaskWrite { .. }) => {
            [address.to_string(), dash(), dash(), dash()]
        }
        (Request::ReadFile(ranges), Response::ReadFile(parts)) => {
            assert!(parts.is_empty());
            [dash(), ranges.len().to_string(), dash(), dash()]
        }
        (Request::WriteFile(records), Response::WriteFile(_)) => [dash(), records.len().to_string(), dash(), dash()],
        (Request::Fifo { address }, Response::Fifo(words)) => {
            [address.to_string(), words.len().to_string(), dash(), dash()]
        }
        (Request::Diagnostics { .. }, Response::Diagnostics { .. })
        | (Request::ReadWrite { .. }, Response::ReadWrite(_))
        | (Request::Encapsulated { .. }, Response::Encapsulated { .. })
        | (Request::ExceptionStatus, Response::ExceptionStatus(_))
        | (Request::ServerId, Response::ServerId(_)) => [dash(), dash(), dash(), dash()],
        (request, response) => panic!("{response:?} is no answer to {request:?}"),
    };
    [address, quantity, asked, told]
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let text = String::from_utf8(bytes(name).expect("the folder is there")).expect("text");
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn every_field_that_the_analyser_saw_is_seen() {
    let Some(capture) = bytes("modbus_example.pcap") else { return };
    let (tally, frames) = tally(&capture);
    println!("modbus_example.pcap: {tally:?}");
    assert_eq!(tally, Tally { frames: 48, requests: 24, responses: 24, refused: 0, skipped: 0 });
    let mut talks = Vec::new();
    for (way, transaction, frame) in frames.iter().filter(|(way, ..)| way.1 == 502) {
        let back = (way.1, way.0);
        let answer = frames.iter().find(|(other, id, _)| *other == back && id == transaction).expect("answered");
        let request = Request::decode(&frame.pdu).expect("a request");
        let response = Response::decode(&answer.2.pdu).expect("a response");
        assert!(response.answers(&request), "{response:?} to {request:?}");
        // What is read can be written again to the byte.
        assert_eq!((request.encode(), response.encode()), (frame.pdu.clone(), answer.2.pdu.clone()));
        talks.push((way.0, *transaction, frame.unit, request, response));
    }
    let talk = |row: &[String], port: usize, transaction: usize| {
        let found = talks.iter().find(|talk| {
            talk.0.to_string() == row[port].replace("502", &row[port + 2]) && talk.1.to_string() == row[transaction]
        });
        found.unwrap_or_else(|| panic!("no frames for {row:?}"))
    };
    let detailed = rows("modbus_detailed.log");
    let mut compared = 0;
    for row in &detailed {
        let (_, _, unit, request, response) = talk(row, 3, 6);
        let exception = match response {
            Response::Exception { exception, .. } => {
                assert_eq!(exception.code(), 2);
                "ILLEGAL_DATA_ADDRESS"
            }
            _ => "-",
        };
        let want = [&row[9], &row[10], &row[11], &row[12]].map(Clone::clone);
        assert_eq!((unit.to_string(), name(request.function())), (row[7].clone(), row[8].as_str()));
        assert_eq!(columns(request, response), want, "{row:?}");
        assert_eq!(exception, row[19], "{row:?}");
        compared += 1;
    }
    // One request and its answer stand in one row, but for two functions that have a row each.
    assert_eq!(compared, 26);
    for row in rows("modbus_mask_write_register.log") {
        let (_, _, _, request, response) = talk(&row, 3, 12);
        let (Request::MaskWrite { address, and, or }, Response::MaskWrite { address: a, and: b, or: c }) =
            (request, response)
        else {
            panic!("{request:?}, {response:?}")
        };
        assert_eq!((address, and, or), (a, b, c));
        assert_eq!(list([address, and, or]), list(&row[16..19]));
    }
    for row in rows("modbus_read_write_multiple_registers.log") {
        let (_, _, _, request, response) = talk(&row, 3, 12);
        let (Request::ReadWrite { read_address, read_count, write_address, words }, Response::ReadWrite(read)) =
            (request, response)
        else {
            panic!("{request:?}, {response:?}")
        };
        match row[15].as_str() {
            "REQUEST" => assert_eq!(
                [write_address.to_string(), list(words), read_address.to_string(), read_count.to_string()],
                row[16..20]
            ),
            _ => assert_eq!(list(read), row[20]),
        }
    }
    // One line a transaction, and the exception's own name for the one that was refused.
    let plain = rows("modbus.log");
    talks.sort_by_key(|talk| plain.iter().position(|row| row[3] == talk.0.to_string()));
    for ((.., request, response), row) in talks.iter().zip(&plain) {
        let (suffix, why) = match response {
            Response::Exception { .. } => ("_EXCEPTION", "ILLEGAL_DATA_ADDRESS"),
            _ => ("", "-"),
        };
        assert_eq!((format!("{}{suffix}", name(request.function())), why), (row[6].clone(), row[7].as_str()));
    }
    assert_eq!(plain.len(), talks.len());
}

#[test]
fn every_frame_of_every_capture_is_decoded_or_refused() {
    let Some(dir) = data() else { return };
    // Refused: an answer with an odd number of bytes for registers, ten exceptions with a byte too many. Skipped: two segments of 451 bytes that announce a frame of 34,820, two
    // questions of another protocol, and three bytes behind each of two answers.
    let want = [
        ("fuzz-1011.pcap", Tally { frames: 5, requests: 2, responses: 2, refused: 1, skipped: 0 }),
        ("modbusSmall.pcap", Tally { frames: 32, requests: 16, responses: 16, refused: 0, skipped: 0 }),
        ("modbus_test_data_part1.pcap", Tally { frames: 46, requests: 18, responses: 18, refused: 10, skipped: 932 }),
    ];
    let mut all = Vec::new();
    for (name, _) in &want {
        let capture = std::fs::read(dir.join(name)).expect("readable");
        let (tally, frames) = tally(&capture);
        println!("{name}: {tally:?}");
        all.push((*name, tally));
        // The same bytes as a serial line would carry them, and as no wire would.
        frames.iter().for_each(|(_, _, frame)| decode_all(&frame.pdu));
        for from in (0..capture.len()).step_by(5) {
            decode_all(&capture[from..(from + 600).min(capture.len())]);
        }
    }
    assert_eq!(all, want);
}

fn field<'a>(entry: &'a serde_json::Value, name: &str) -> &'a str {
    entry[name].as_str().expect("text")
}

#[test]
fn every_rtu_frame_with_a_good_crc_decodes() {
    let Some(text) = bytes("rtu_frames.json") else { return };
    let entries: Vec<serde_json::Value> = serde_json::from_slice(&text).expect("JSON");
    let mut decoded = 0;
    for entry in &entries {
        let hex = field(entry, "bytes_hex");
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect();
        assert!(entry["crc_ok"].as_bool().expect("a flag"));
        let frame = rtu::decode(&bytes).unwrap_or_else(|error| panic!("{hex}: {error}"));
        let (mut analyser, mut heard) = (rtu::Analyser::default(), Vec::new());
        analyser.push(&bytes, |one| heard.push(one));
        analyser.gap(|one| heard.push(one));
        let known = heard.iter().any(|one| !matches!(one, rtu::Heard::Garbage(_)));
        assert!(known, "{hex} is heard as {heard:?}");
        // A frame is followed by one more 00 in one entry: its CRC is as good, for a CRC of a CRC is 0.
        let tail = hex == "fe0400030001d5c500";
        assert_eq!(heard.len(), if tail { 2 } else { 1 }, "{hex}: {heard:?}");
        assert_eq!(Request::decode(&frame.pdu).is_err() && Response::decode(&frame.pdu).is_err(), tail, "{hex}");
        decoded += 1;
    }
    println!("rtu_frames.json: {decoded} of {} decoded", entries.len());
    assert_eq!((decoded, entries.len()), (18, 18));
}

#[test]
fn every_ascii_frame_is_decoded_or_its_lrc_is_refused() {
    let Some(text) = bytes("ascii_frames.txt") else { return };
    let lines: Vec<&str> = std::str::from_utf8(&text).expect("text").lines().collect();
    let (mut good, mut refused) = (Vec::new(), Vec::new());
    for line in &lines {
        let mut found = Vec::new();
        // As a wire brings it: byte by byte, with noise before.
        let mut decoder = ascii::Decoder::default();
        decoder.push(b"\xFF", |one| found.push(one));
        for byte in format!("{line}\r\n").bytes() {
            decoder.push(&[byte], |one| found.push(one));
        }
        assert_eq!(found.remove(0), Err(ascii::AsciiError::Outside(1)));
        // Two's complement, worked out here on its own.
        let bytes: Vec<u32> = (1..line.len())
            .step_by(2)
            .map(|at| u32::from_str_radix(&line[at..at + 2], 16).expect("hexadecimal"))
            .collect();
        let whole = bytes.iter().sum::<u32>() % 256 == 0;
        match found.as_slice() {
            [Ok(frame)] if whole => {
                assert_eq!(ascii::encode(frame.unit, &frame.pdu), format!("{line}\r\n").as_bytes());
                good.push((*line, Request::decode(&frame.pdu).is_ok() || Response::decode(&frame.pdu).is_ok()));
            }
            [Err(ascii::AsciiError::Lrc { .. })] if !whole => refused.push(*line),
            other => panic!("{line}: {other:?}"),
        }
    }
    let no_pdu: Vec<_> = good.iter().filter(|(_, pdu)| !pdu).map(|(line, _)| *line).collect();
    println!("ascii_frames.txt: {} decoded, {} with a wrong LRC refused", good.len(), refused.len());
    println!("no PDU in {no_pdu:?}, wrong LRC in {refused:?}");
    assert_eq!(refused, [":0003007C00017F", ":010105040017DF", ":0203070600737D", ":03080001F7"]);
    assert_eq!(no_pdu, [":FF0100"]);
}
