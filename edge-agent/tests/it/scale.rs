//! Scales at the device's end of a real pseudo-terminal: asked, listened to, garbled, slow, shared and unplugged.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::time;
use rust_decimal::Decimal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use vyavs_bridge::pty::Pty;
use vyavs_codec::scale::{
    Decoder, Flags, Message, PriceTold, Protocol, Unit, Weighing, encode_dialog_price, encode_status, encode_weighing,
};
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::scale::{self, ScaleConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::{Board, InputStatus};
use vyavs_edge_agent::outbox::{Outbox, Request as OutboxRequest};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::Record;

const PATIENCE: Duration = Duration::from_secs(10);

/// What a simulated scale does when it is asked.
#[derive(Clone, Debug)]
enum Doing {
    Weighs(i64),
    Says(Flags),
    Nothing,
    /// These bytes, whatever they are.
    Sends(Vec<u8>),
    /// The weight, a byte at a time.
    Dribbles(i64),
}

type Shared = Arc<Mutex<Doing>>;

fn grams(grams: i64) -> Weighing {
    Weighing::of(Decimal::new(grams, 3))
}

fn answer(protocol: Protocol, doing: &Doing) -> Vec<u8> {
    let weight = |g: &i64| {
        let weighing = Weighing { unit_price: Some(199), ..grams(*g) };
        encode_weighing(protocol, &weighing).expect("a weight")
    };
    match doing {
        Doing::Weighs(grams) | Doing::Dribbles(grams) => weight(grams),
        Doing::Says(flags) => encode_status(protocol, *flags),
        Doing::Nothing => Vec::new(),
        Doing::Sends(bytes) => bytes.clone(),
    }
}

/// A scale that speaks its protocol's dialogue until the test ends.
async fn device(mut pty: Pty, protocol: Protocol, doing: Shared) {
    let (mut decoder, mut heard, mut bytes) = (Decoder::new(protocol, Unit::Kilogram), Vec::new(), [0; 64]);
    let dialog = matches!(protocol, Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06);
    let mut ready = false;
    while let Ok(count) = pty.read(&mut bytes).await {
        decoder.push(&bytes[..count], &mut heard);
        for message in heard.drain(..).flatten() {
            let now = doing.lock().expect("no panic").clone();
            let reply = match message {
                _ if matches!(now, Doing::Nothing) => continue,
                Message::Price(_) => b"\x06".to_vec(),
                // A Dialog scale says no, and why only when it is asked.
                Message::Ask if dialog && matches!(now, Doing::Says(_)) => b"\x15".to_vec(),
                Message::Ask if protocol == Protocol::Cas && !std::mem::replace(&mut ready, true) => b"\x06".to_vec(),
                Message::Ask | Message::AskStatus => {
                    ready = false;
                    answer(protocol, &now)
                }
                _ => continue,
            };
            let pause = if matches!(now, Doing::Dribbles(_)) { Duration::from_millis(20) } else { Duration::ZERO };
            for byte in reply.chunks(if pause.is_zero() { 64 } else { 1 }) {
                tokio::time::sleep(pause).await;
                let _ = pty.write_all(byte).await;
            }
        }
    }
}

struct Input {
    board: Board,
    readings: mpsc::Receiver<Reading>,
    requests: mpsc::Receiver<OutboxRequest>,
}

fn config(path: &Path, protocol: Protocol, more: &str) -> ScaleConfig {
    let text = format!(
        "name = \"counter\"\nport = {{ path = {path:?}, line = \"8N1\" }}\nprotocol = \"{protocol}\"\ntimeout_ms = 400\nsensor = {{ id = \"counter.weight\", name = \"Counter\" }}\n{more}"
    );
    toml::from_str(&text).expect("a section")
}

fn start(life: &Lifecycle, config: ScaleConfig) -> Input {
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let board = Board::new(Clock::system(), time.clone(), currency);
    let (outbox, requests) = Outbox::channel(8);
    let (tx, readings) = mpsc::channel(64);
    let ctx =
        Context { outbox, time, currency, till: TillSink::default(), clock: Clock::system(), stop: life.stop_token() };
    let handle = board.input(&config.name, "scale");
    life.spawn(async move { scale::run(config, ctx, tx, handle, Pulse::default()).await.expect("it does not end") });
    Input { board, readings, requests }
}

impl Input {
    async fn next(&mut self) -> Reading {
        match tokio::time::timeout(PATIENCE, self.readings.recv()).await {
            Ok(reading) => reading.expect("open"),
            Err(_) => panic!("no reading in time: {:?}", self.status()),
        }
    }

    /// The next reading of that quality, and what the board says of it.
    async fn until(&mut self, quality: Quality) -> (Reading, String) {
        loop {
            let reading = self.next().await;
            if reading.quality == quality {
                let sensor = self.board.status().sensors.into_iter().find(|sensor| sensor.id == reading.sensor);
                return (reading, sensor.and_then(|sensor| sensor.detail).unwrap_or_default());
            }
        }
    }

    fn status(&self) -> InputStatus {
        self.board.status().inputs.into_iter().next().expect("the input")
    }

    /// Waits until the input's line on the page says that.
    async fn says(&self, word: &str) -> InputStatus {
        let seen = async {
            loop {
                let status = self.status();
                if status.detail.as_ref().is_some_and(|detail| detail.contains(word)) {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, seen).await {
            Ok(status) => status,
            Err(_) => panic!("{word:?} was not said: {:?}", self.status()),
        }
    }
}

#[tokio::test]
async fn every_protocol_is_asked_and_tells_weights_at_rest_and_its_troubles() {
    for protocol in Protocol::ALL {
        let (life, pty, doing) =
            (Lifecycle::new(), Pty::open().expect("a pty"), Shared::new(Mutex::new(Doing::Weighs(1_235))));
        let mut input =
            start(&life, config(pty.path(), protocol, "mode = \"poll\"\nperiod_ms = 200\nunit_price = 199"));
        let mut devices = JoinSet::new();
        devices.spawn(device(pty, protocol, doing.clone()));
        let first = input.next().await;
        assert_eq!(
            (first.value, first.quality, first.sensor.as_str()),
            (1.235, Quality::Good, "counter.weight"),
            "{protocol}"
        );
        let Some(OutboxRequest::Append(declared)) = input.requests.recv().await else { panic!("declared") };
        assert!(matches!(declared.records.as_slice(), [Record::SensorV1(_)]), "{protocol}");
        *doing.lock().expect("no panic") = Doing::Weighs(500);
        assert_eq!(input.next().await.value, 0.5, "{protocol}: told when it changes");
        *doing.lock().expect("no panic") = Doing::Says(Flags { motion: true, ..Flags::default() });
        // CAS says a weight with its motion.
        assert_eq!(input.until(Quality::Suspect).await.1, "the load moves", "{protocol}");
        *doing.lock().expect("no panic") = Doing::Says(Flags { over: true, ..Flags::default() });
        let (_, why) = input.until(Quality::Bad).await;
        assert!(why.contains("over capacity"), "{protocol}: {why}");
        *doing.lock().expect("no panic") = Doing::Weighs(500);
        assert_eq!(input.until(Quality::Good).await.0.value, 0.5, "{protocol}");
        let status = input.status();
        assert!(status.records >= 5 && !status.last_bytes.is_empty(), "{protocol}: {status:?}");
        life.shutdown(PATIENCE).await;
    }
}

/// How every file of this process that leads to `line` is open: 0 reads, 1 writes, 2 does both.
fn access(line: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc/self/fd").expect("the process's files").flatten();
    let ours = entries.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|path| path == line));
    let mut modes: Vec<u32> = ours
        .map(|entry| {
            let info = Path::new("/proc/self/fdinfo").join(entry.file_name());
            let info = std::fs::read_to_string(info).expect("its flags");
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).expect("flags").trim();
            u32::from_str_radix(flags, 8).expect("octal") & 3
        })
        .collect();
    modes.sort_unstable();
    modes
}

#[tokio::test]
async fn a_line_that_is_listened_to_hears_every_dialogue_and_writes_not_one_byte() {
    for protocol in Protocol::ALL {
        let (life, mut pty) = (Lifecycle::new(), Pty::open().expect("a pty"));
        let before = access(pty.path());
        assert_eq!(before, [2], "the device keeps its own line open");
        let mut input = start(&life, config(pty.path(), protocol, ""));
        while access(pty.path()).len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(
            access(pty.path()),
            [0, 2],
            "{protocol}: ours is open for reading alone, so the kernel refuses to write"
        );
        let dialog = matches!(protocol, Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06);
        let mut talk = match protocol {
            _ if dialog => {
                let told = PriceTold { unit_price: 199, tare: None, text: None };
                [&encode_dialog_price(&told)[..], b"\x06\x04\x05"].concat()
            }
            Protocol::Cas => b"\x05\x06\x11".to_vec(),
            Protocol::NciScp01 => b"W\r".to_vec(),
            _ => b"W".to_vec(),
        };
        talk.extend(answer(protocol, &Doing::Weighs(1_235)));
        talk.extend(answer(protocol, &Doing::Says(Flags { over: true, ..Flags::default() })));
        talk.extend(answer(protocol, &Doing::Weighs(750)));
        pty.write_all(&talk).await.expect("written");
        assert_eq!(input.next().await.value, 1.235, "{protocol}");
        assert_eq!(input.next().await.quality, Quality::Bad, "{protocol}");
        assert_eq!(input.next().await.value, 0.75, "{protocol}");
        let mut heard = [0; 1];
        let silence = tokio::time::timeout(Duration::from_millis(300), pty.read(&mut heard)).await;
        assert!(silence.is_err(), "{protocol}: the device received {heard:?}");
        assert_eq!(input.status().errors, 0, "{protocol}: {:?}", input.status());
        life.shutdown(PATIENCE).await;
    }
}

/// A byte as it goes onto a line of seven bits with even parity.
fn even(byte: u8) -> u8 {
    byte | (((byte.count_ones() & 1) as u8) << 7)
}

#[tokio::test]
async fn wrong_parity_is_named_as_the_cause() {
    let (life, mut pty) = (Lifecycle::new(), Pty::open().expect("a pty"));
    let mut section = config(pty.path(), Protocol::Toledo8217, "");
    section.port.line = "7E1".parse().expect("a coding");
    let mut input = start(&life, section);
    while access(pty.path()).len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut bytes: Vec<u8> = b"\x0201.235\r".iter().map(|byte| even(*byte)).collect();
    bytes[3] ^= 0x80;
    pty.write_all(&bytes).await.expect("written");
    let status = input.says("1 bytes came with wrong parity").await;
    assert!(status.detail.is_some_and(|detail| detail.contains("9600 baud, 7E1")) && status.errors == 1);
    let good: Vec<u8> = b"\x0201.235\r".iter().map(|byte| even(*byte)).collect();
    pty.write_all(&good).await.expect("written");
    assert_eq!(input.next().await.value, 1.235, "the next frame is read");
    life.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn noise_half_frames_and_a_slow_scale_are_told_apart() {
    let (life, pty, doing) =
        (Lifecycle::new(), Pty::open().expect("a pty"), Shared::new(Mutex::new(Doing::Dribbles(640))));
    let mut input = start(&life, config(pty.path(), Protocol::Toledo8217, "mode = \"poll\"\nperiod_ms = 200"));
    let mut devices = JoinSet::new();
    devices.spawn(device(pty, Protocol::Toledo8217, doing.clone()));
    assert_eq!(input.next().await.value, 0.64, "slow, and in time");
    assert_eq!(input.status().errors, 0);
    *doing.lock().expect("no panic") = Doing::Sends(b"\x0200.6".to_vec());
    input.says("half a frame, 5 bytes").await;
    let (reading, why) = input.until(Quality::Bad).await;
    assert!(why.contains("no answer within 400 ms") && why.contains("half a frame"), "{why}");
    assert_eq!(reading.value, 0.64, "the last good one");
    *doing.lock().expect("no panic") = Doing::Weighs(640);
    assert_eq!(input.until(Quality::Good).await.0.value, 0.64);
    *doing.lock().expect("no panic") = Doing::Sends(vec![0xF8; 70]);
    input.says("belong to no frame").await;
    *doing.lock().expect("no panic") = Doing::Nothing;
    let (_, why) = input.until(Quality::Bad).await;
    assert!(why.contains("no answer within 400 ms"), "{why}");
    life.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn a_second_master_is_noticed_by_its_questions_and_by_answers_nobody_asked_for() {
    let (life, mut pty) = (Lifecycle::new(), Pty::open().expect("a pty"));
    let mut input = start(&life, config(pty.path(), Protocol::Toledo8217, "mode = \"poll\"\nperiod_ms = 5000"));
    let mut question = [0; 1];
    pty.read_exact(&mut question).await.expect("asked");
    // A two-wire adapter hears itself: that is no second master.
    pty.write_all(b"W\x0200.500\r").await.expect("written");
    assert_eq!(input.next().await.value, 0.5);
    assert_eq!(input.status().errors, 0, "{:?}", input.status());
    pty.write_all(b"W").await.expect("written");
    input.says("somebody else asks on this line: a scale has one master").await;
    pty.write_all(b"\x0200.750\r").await.expect("written");
    input.says("an answer that was not asked for").await;
    assert_eq!(input.next().await.value, 0.75, "it is a weight all the same");
    life.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn a_line_that_is_pulled_is_bad_at_once_and_read_again_when_it_is_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let link = dir.path().join("usb-scale");
    let plug = |pty: &Pty| {
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(pty.path(), &link).expect("a link");
    };
    for mode in ["poll", "listen"] {
        let life = Lifecycle::new();
        let mut pty = Pty::open().expect("a pty");
        plug(&pty);
        let mut input = start(&life, config(&link, Protocol::Toledo8217, &format!("mode = {mode:?}\nperiod_ms = 200")));
        let talk = |mut pty: Pty| async move {
            let mut question = [0; 1];
            if mode == "poll" {
                pty.read_exact(&mut question).await.expect("asked");
            } else {
                while access(pty.path()).len() < 2 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            pty.write_all(b"\x0200.500\r").await.expect("written");
            pty
        };
        pty = talk(pty).await;
        assert_eq!(input.next().await.value, 0.5, "{mode}");
        drop(pty);
        let (reading, why) = input.until(Quality::Bad).await;
        assert!(reading.value == 0.5 && why.contains("usb-scale"), "{mode}: {why}");
        let back = Pty::open().expect("a pty");
        plug(&back);
        let _back = talk(back).await;
        assert_eq!(input.until(Quality::Good).await.0.value, 0.5, "{mode}");
        life.shutdown(PATIENCE).await;
    }
}

#[tokio::test]
async fn a_line_that_is_listened_to_and_says_nothing_is_silent_with_its_reason() {
    let (life, mut pty) = (Lifecycle::new(), Pty::open().expect("a pty"));
    let mut input = start(&life, config(pty.path(), Protocol::Dialog06, "quiet_s = 1"));
    let (reading, why) = input.until(Quality::Bad).await;
    assert!(reading.value.is_nan() && why.contains("nothing was heard for 1 s"), "{why}");
    pty.write_all(b"\x04\x05\x0202\x1b3\x1b00500\x1b000199\x1b000100\x03").await.expect("written");
    assert_eq!(input.until(Quality::Good).await.0.value, 0.5);
    life.shutdown(PATIENCE).await;
}
