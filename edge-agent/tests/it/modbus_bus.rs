//! One serial bus, real lines, and devices on it that answer, refuse, stay silent, answer late, hear another master.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vyavs_bridge::pty::Pty;
use vyavs_codec::modbus::rtu::{self, Analyser, Heard};
use vyavs_codec::modbus::{Exception, Request, Response, Table};
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::modbus::{self, Buses, ModbusConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::{Board, InputState, InputStatus};
use vyavs_edge_agent::outbox::Outbox;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};

const PATIENCE: Duration = Duration::from_secs(20);

/// What the bus does with a question.
#[derive(Clone, Debug, PartialEq)]
enum Mood {
    Answer,
    Silent,
    Refuse(Exception),
    /// After so long: longer than the master waits.
    Late(Duration),
    /// Bytes as they look at another baud rate.
    Garbled,
    /// The adapter hears itself, and the line makes a byte of noise before each answer.
    Echo,
    /// Every question is followed by one of another master and its answer.
    TwoMasters,
}

/// Devices by unit, and when the bus was asked what.
#[derive(Clone, Default)]
struct Devices {
    registers: Arc<Mutex<HashMap<(u8, u16), u16>>>,
    moods: Arc<Mutex<HashMap<u8, Mood>>>,
    /// Unit, when its question was whole, and how long the line was silent before.
    asked: Arc<Mutex<Vec<(u8, Instant, Duration)>>>,
}

impl Devices {
    fn new(registers: &[(u8, u16, u16)]) -> Self {
        let devices = Self::default();
        registers.iter().for_each(|(unit, address, word)| devices.set(*unit, *address, *word));
        devices
    }

    fn set(&self, unit: u8, address: u16, word: u16) {
        self.registers.lock().expect("no panic").insert((unit, address), word);
    }

    fn mood(&self, unit: u8, mood: Mood) {
        self.moods.lock().expect("no panic").insert(unit, mood);
    }

    fn answer(&self, unit: u8, request: &Request) -> Option<Response> {
        let registers = self.registers.lock().expect("no panic");
        if !registers.keys().any(|(there, _)| *there == unit) {
            return None;
        }
        let refuse = |exception| Some(Response::Exception { function: request.function(), exception });
        let Request::Read { table, address, count } = request else { return refuse(Exception::IllegalFunction) };
        let words: Option<Vec<u16>> =
            (0..*count).map(|offset| registers.get(&(unit, address + offset)).copied()).collect();
        match words {
            Some(words) => Some(Response::Words { table: *table, words }),
            None => refuse(Exception::IllegalDataAddress),
        }
    }

    /// The far end of the line.
    async fn serve(self, mut line: Pty, stop: CancellationToken) {
        let (mut analyser, mut buffer, mut quiet) = (Analyser::default(), [0; 64], Instant::now());
        loop {
            let count = tokio::select! {
                () = stop.cancelled() => return,
                read = line.read(&mut buffer) => match read {
                    Ok(count @ 1..) => count,
                    _ => return,
                },
            };
            let silent = quiet.elapsed();
            let mut heard = Vec::new();
            analyser.push(&buffer[..count], |one| heard.push(one));
            for one in heard {
                let Heard::Request { unit, request } = one else { continue };
                self.asked.lock().expect("no panic").push((unit, Instant::now(), silent));
                let mood = self.moods.lock().expect("no panic").get(&unit).cloned().unwrap_or(Mood::Answer);
                let answer = self.answer(unit, &request).map(|answer| rtu::encode(unit, &answer.encode()));
                let Some(answer) = answer else { continue };
                let bytes = match mood {
                    Mood::Silent => continue,
                    Mood::Answer => answer,
                    Mood::Refuse(exception) => {
                        let refusal = Response::Exception { function: request.function(), exception };
                        rtu::encode(unit, &refusal.encode())
                    }
                    Mood::Late(after) => {
                        tokio::time::sleep(after).await;
                        answer
                    }
                    Mood::Garbled => answer.iter().flat_map(|byte| [!byte, byte.rotate_left(3) | 0x80]).collect(),
                    Mood::Echo => [rtu::encode(unit, &request.encode()), vec![0x00], answer].concat(),
                    Mood::TwoMasters => {
                        let other = Request::Read { table: Table::HoldingRegisters, address: 99, count: 1 };
                        let told = Response::Words { table: Table::HoldingRegisters, words: vec![4711] };
                        let theirs = [rtu::encode(unit, &other.encode()), rtu::encode(unit, &told.encode())].concat();
                        [theirs, answer].concat()
                    }
                };
                if line.write_all(&bytes).await.is_err() {
                    return;
                }
                // The master hears it now; what it asks next comes after this.
                analyser = Analyser::default();
                quiet = Instant::now();
            }
        }
    }
}

struct Shop {
    life: Lifecycle,
    board: Board,
    readings: mpsc::Receiver<Reading>,
}

fn section(path: &Path, unit: u8, more: &str) -> ModbusConfig {
    let text = format!(
        "name = \"device-{unit}\"\nport = {{ path = {path:?}, baud = 9600 }}\nunit = {unit}\ntemplate = \"danfoss-ak-cc55\"\n\
         period_ms = 50\ntimeout_ms = 150\nsensors = [{{ point = \"air\", id = \"device-{unit}.air\" }}]\n{more}"
    );
    toml::from_str(&text).expect("a section")
}

/// An agent with devices of these units behind one port.
fn start(path: &Path, units: &[u8]) -> Shop {
    let life = Lifecycle::new();
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let board = Board::new(Clock::system(), time.clone(), currency);
    let (outbox, mut requests) = Outbox::channel(8);
    life.spawn(async move { while requests.recv().await.is_some() {} });
    let (tx, readings) = mpsc::channel(256);
    let ctx =
        Context { outbox, time, currency, till: TillSink::default(), clock: Clock::system(), stop: life.stop_token() };
    let sections: Vec<ModbusConfig> = units.iter().map(|unit| section(path, *unit, "")).collect();
    let buses = Buses::of(&sections).expect("they agree");
    assert!(buses.lines().count() == 1, "one port, one task");
    for line in buses.lines() {
        life.spawn(line.run(board.input("bus", "modbus bus"), life.stop_token(), Pulse::default()));
    }
    for section in sections {
        let handle = board.input(&section.name, "modbus");
        let run = modbus::run(section, buses.clone(), ctx.clone(), tx.clone(), handle, Pulse::default());
        life.spawn(async move { run.await.expect("it does not end") });
    }
    Shop { life, board, readings }
}

impl Shop {
    /// The next reading of that device and quality, and why it is not good.
    async fn until(&mut self, unit: u8, quality: Quality) -> (Reading, String) {
        let name = format!("device-{unit}.air");
        let wanted = async {
            loop {
                let reading = self.readings.recv().await.expect("open");
                if reading.sensor.as_str() == name && reading.quality == quality {
                    let sensor = self.board.status().sensors.into_iter().find(|sensor| sensor.id == reading.sensor);
                    return (reading, sensor.and_then(|sensor| sensor.detail).unwrap_or_default());
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("no {quality:?} reading of {name}"))
    }

    fn bus(&self) -> InputStatus {
        self.board.status().inputs.into_iter().find(|input| input.name == "bus").expect("it is there")
    }

    async fn end(self) {
        assert!(self.life.shutdown(PATIENCE).await);
    }
}

fn three() -> Devices {
    Devices::new(&[(1, 2006, 2), (1, 2529, 10), (2, 2006, 2), (2, 2529, 0xFF47), (3, 2006, 2), (3, 2529, 30)])
}

#[tokio::test]
async fn devices_share_a_bus_and_each_gets_its_own_answers_with_silence_between() {
    let (line, devices) = (Pty::open().expect("a line"), three());
    let path = line.path().to_owned();
    let stop = CancellationToken::new();
    let far = Lifecycle::new().spawn(devices.clone().serve(line, stop.clone()));
    let mut shop = start(&path, &[1, 2, 3]);
    for round in 0..20_u16 {
        for unit in 1..=3 {
            let want = [1.0, -18.5, 3.0][usize::from(unit) - 1];
            assert_eq!(shop.until(unit, Quality::Good).await.0.value, want, "round {round}");
        }
    }
    let asked = devices.asked.lock().expect("no panic").clone();
    assert!(asked.iter().all(|(unit, ..)| (1..=3).contains(unit)), "nobody else is asked, and never everybody");
    // 3.5 characters of 10 bits at 9600 baud are 3.6 ms.
    let shortest = asked.iter().skip(1).map(|(.., silent)| *silent).min().expect("asked");
    assert!(shortest >= Duration::from_micros(3_600), "{shortest:?}");
    let status = shop.bus();
    assert_eq!((status.state, status.errors), (InputState::Running, 0), "{:?}", status.detail);
    assert!(status.last_bytes.contains("> 0") && status.last_bytes.contains("< 0"), "{}", status.last_bytes);
    shop.end().await;
    stop.cancel();
    far.await.expect("no panic");
}

#[tokio::test]
async fn a_device_that_refuses_or_is_silent_is_named_and_starves_nobody() {
    let (line, devices) = (Pty::open().expect("a line"), three());
    let path = line.path().to_owned();
    let stop = CancellationToken::new();
    let far = Lifecycle::new().spawn(devices.clone().serve(line, stop.clone()));
    let mut shop = start(&path, &[1, 2, 3]);
    for (exception, want) in [
        (Exception::IllegalFunction, "exception 1, illegal function"),
        (Exception::IllegalDataAddress, "exception 2, illegal data address"),
        (Exception::IllegalDataValue, "exception 3, illegal data value"),
        (Exception::ServerDeviceFailure, "exception 4, server device failure"),
    ] {
        devices.mood(2, Mood::Refuse(exception));
        let why = loop {
            let (_, why) = shop.until(2, Quality::Bad).await;
            if why.contains(want) {
                break why;
            }
        };
        assert!(why.contains("register"), "{why}");
    }
    devices.mood(2, Mood::Silent);
    let why = loop {
        let (_, why) = shop.until(2, Quality::Bad).await;
        if why.contains("no answer") {
            break why;
        }
    };
    assert_eq!(why, "no answer within 150 ms: check unit, power and wiring");
    let from = devices.asked.lock().expect("no panic").len();
    for _ in 0..20 {
        shop.until(1, Quality::Good).await;
        shop.until(3, Quality::Good).await;
    }
    let asked = devices.asked.lock().expect("no panic").clone();
    let silent = asked[from..].iter().filter(|(unit, ..)| *unit == 2).count();
    assert!(silent < 20, "the silent one is asked ever more seldom: {silent}");
    devices.mood(2, Mood::Answer);
    devices.set(2, 2529, 77);
    assert_eq!(shop.until(2, Quality::Good).await.0.value, 7.7);
    shop.end().await;
    stop.cancel();
    far.await.expect("no panic");
}

#[tokio::test]
async fn another_master_and_a_wrong_baud_rate_are_said_and_no_answer_of_theirs_is_a_reading() {
    for (mood, want) in [
        (Mood::TwoMasters, "another master is on this bus"),
        (Mood::Garbled, "check baud and parity (this line is 9600 8N1)"),
    ] {
        let (line, devices) = (Pty::open().expect("a line"), three());
        let path = line.path().to_owned();
        let stop = CancellationToken::new();
        let far = Lifecycle::new().spawn(devices.clone().serve(line, stop.clone()));
        let mut shop = start(&path, &[1]);
        assert_eq!(shop.until(1, Quality::Good).await.0.value, 1.0);
        devices.mood(1, mood.clone());
        let (reading, why) = shop.until(1, Quality::Bad).await;
        assert!(why.contains(want), "{mood:?}: {why}");
        assert_eq!(reading.value, 1.0, "the last good one, marked");
        let status = shop.bus();
        assert!(status.errors > 0 && status.detail.expect("a cause").contains(want), "shown where the bus is shown");
        devices.mood(1, Mood::Answer);
        devices.set(1, 2529, 20);
        let (reading, _) = shop.until(1, Quality::Good).await;
        assert_eq!(reading.value, 2.0);
        shop.end().await;
        stop.cancel();
        far.await.expect("no panic");
    }
}

#[tokio::test]
async fn frames_of_others_are_noticed_while_nobody_of_us_asks() {
    let mut line = Pty::open().expect("a line");
    let path = line.path().to_owned();
    let mut shop = start(&path, &[9]);
    let (_, why) = shop.until(9, Quality::Bad).await;
    assert!(why.contains("no answer"), "{why}");
    let theirs = Request::Read { table: Table::InputRegisters, address: 1, count: 2 };
    let said = async {
        loop {
            line.write_all(&rtu::encode(7, &theirs.encode())).await.expect("written");
            tokio::time::sleep(Duration::from_millis(40)).await;
            if shop.bus().detail.is_some_and(|detail| detail.contains("it asked unit 7, function 4")) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, said).await.expect("said in time");
    shop.end().await;
}

#[tokio::test]
async fn an_adapter_that_hears_itself_and_noise_before_an_answer_do_no_harm() {
    let (line, devices) = (Pty::open().expect("a line"), three());
    let path = line.path().to_owned();
    let stop = CancellationToken::new();
    devices.mood(1, Mood::Echo);
    let far = Lifecycle::new().spawn(devices.clone().serve(line, stop.clone()));
    let mut shop = start(&path, &[1]);
    for _ in 0..5 {
        assert_eq!(shop.until(1, Quality::Good).await.0.value, 1.0);
    }
    assert_eq!(shop.bus().errors, 0);
    shop.end().await;
    stop.cancel();
    far.await.expect("no panic");
}

#[tokio::test]
async fn a_late_answer_is_nobody_elses() {
    let (line, devices) = (Pty::open().expect("a line"), three());
    let path = line.path().to_owned();
    let stop = CancellationToken::new();
    // 150 ms are allowed.
    devices.mood(1, Mood::Late(Duration::from_millis(200)));
    let far = Lifecycle::new().spawn(devices.clone().serve(line, stop.clone()));
    let mut shop = start(&path, &[1, 2]);
    let (_, why) = shop.until(1, Quality::Bad).await;
    assert!(why.contains("no answer within 150 ms"), "{why}");
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        let reading = tokio::time::timeout(PATIENCE, shop.readings.recv()).await.expect("in time").expect("open");
        if reading.quality == Quality::Good {
            assert_eq!((reading.sensor.as_str(), reading.value), ("device-2.air", -18.5));
        }
    }
    shop.end().await;
    stop.cancel();
    far.await.expect("no panic");
}

#[tokio::test]
async fn a_bus_that_is_pulled_out_is_said_and_found_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let path: PathBuf = dir.path().join("rs485");
    let plug = |devices: &Devices| {
        let line = Pty::open().expect("a line");
        let _ = std::fs::remove_file(&path);
        std::os::unix::fs::symlink(line.path(), &path).expect("linked");
        let stop = CancellationToken::new();
        (Lifecycle::new().spawn(devices.clone().serve(line, stop.clone())), stop)
    };
    let devices = three();
    let mut shop = start(&path, &[1, 2]);
    let (reading, why) = shop.until(1, Quality::Bad).await;
    assert!(reading.value.is_nan() && why.contains("rs485"), "not there yet: {why}");
    for _ in 0..2 {
        let (far, stop) = plug(&devices);
        for unit in [1, 2] {
            shop.until(unit, Quality::Good).await;
        }
        assert_eq!(shop.bus().state, InputState::Running);
        // The cable: the task ends and takes its end of the line along.
        stop.cancel();
        far.await.expect("no panic");
        std::fs::remove_file(&path).expect("linked before");
        for unit in [1, 2] {
            let (_, why) = shop.until(unit, Quality::Bad).await;
            assert!(why.contains("rs485"), "{why}");
        }
        assert_eq!(shop.bus().state, InputState::BackingOff);
    }
    shop.end().await;
}

#[tokio::test]
async fn a_probe_shows_a_point_at_both_bases() {
    let (line, devices) = (Pty::open().expect("a line"), Devices::new(&[(1, 2529, 45), (1, 2530, 0xFF47)]));
    let path = line.path().to_owned();
    let stop = CancellationToken::new();
    let far = Lifecycle::new().spawn(devices.serve(line, stop.clone()));
    let board = {
        let time = Arc::new(StoreTime::new("UTC", time(0, 0, 0, 0)).expect("a zone"));
        Board::new(Clock::system(), time, "GBP".parse().expect("a currency"))
    };
    let life = Lifecycle::new();
    let section = section(&path, 1, "");
    let text = modbus::probe(&section, None, &board.input("probe", "modbus"), &life).await.expect("a template");
    assert!(text.contains("air, register 2530, base 0: ff47 = -18.5 Cel\n"), "{text}");
    assert!(text.contains("air, register 2530, base 1: 002d = 4.5 Cel (as the template has it)"), "{text}");
    let text =
        modbus::probe(&section, Some("product"), &board.input("probe", "modbus"), &life).await.expect("a template");
    assert!(text.contains("product, register 2702, base 1: exception 2"), "{text}");
    let error = modbus::probe(&section, Some("prodct"), &board.input("probe", "modbus"), &life).await;
    assert!(error.expect_err("a typo").to_string().contains("product"));
    assert!(life.shutdown(PATIENCE).await);
    stop.cancel();
    far.await.expect("no panic");
}

#[test]
fn a_section_names_one_wire_that_can_work() {
    let head = "name = \"dairy\"\ntemplate = \"danfoss-ak-cc55\"\nsensors = []\n";
    for (more, want) in [
        ("", "either address"),
        ("address = \"10.0.0.1:502\"\nport = { path = \"/dev/ttyUSB0\" }", "either address"),
        ("port = { path = \"/dev/ttyUSB0\" }\nunit = 0", "everybody"),
        ("port = { path = \"/dev/ttyUSB0\", line = \"7E1\" }", "8 data bits"),
        ("port = { path = \"/dev/ttyUSB0\", line = \"8X1\" }", "8X1"),
        ("address = \"10.0.0.1:502\"\nbaud = 9600", "baud"),
    ] {
        let error = toml::from_str::<ModbusConfig>(&format!("{head}{more}\n")).expect_err("wrong").to_string();
        assert!(error.contains(want), "{error:?} does not say {want:?}");
    }
}
