//! A simulated board at a real pseudo-terminal, on which the firmware's own core runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::time;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use vyavs_bridge::sim::noise::{Noise, Rates};
use vyavs_bridge::sim::wire::{Line, play};
use vyavs_bridge::sim::{Cable, SimBoard, SimConfig};
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::board::{self, BoardConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::{Board, InputState};
use vyavs_edge_agent::outbox::{Append, Outbox, Request};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::{ReadingV1, Record};

const PATIENCE: Duration = Duration::from_secs(20);
/// The board measures so often.
const EVERY: Duration = Duration::from_millis(10);

fn config(path: &Path) -> BoardConfig {
    let text = format!(
        "name = \"cellar\"\nperiod_ms = 50\nport = {{ path = {path:?}, baud = 115200 }}\n\
         sensors = [{{ channel = 0, id = \"cellar.air\", measure = \"temperature\", low = -1.0, high = 8.0 }}]"
    );
    toml::from_str(&text).expect("a section")
}

/// The agent's input, and the disk behind it.
struct Input {
    page: Board,
    readings: mpsc::Receiver<Reading>,
    requests: mpsc::Receiver<Request>,
    life: Lifecycle,
}

fn start(config: BoardConfig, note: PathBuf) -> Input {
    let life = Lifecycle::new();
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let page = Board::new(Clock::system(), time.clone(), currency);
    let (outbox, requests) = Outbox::channel(8);
    let (tx, readings) = mpsc::channel(4_096);
    let ctx =
        Context { outbox, time, currency, till: TillSink::default(), clock: Clock::system(), stop: life.stop_token() };
    let handle = page.input(&config.name, "board");
    life.spawn(async move {
        board::run(config, ctx, tx, note, handle, Pulse::default()).await.expect("it does not end");
    });
    Input { page, readings, requests, life }
}

impl Input {
    async fn append(&mut self) -> Append {
        match timeout(PATIENCE, self.requests.recv()).await.expect("in time") {
            Some(Request::Append(append)) => append,
            _ => panic!("the input keeps"),
        }
    }

    /// The next readings of the board, which are asked to be on disk; they are not yet.
    async fn batch(&mut self) -> (Vec<ReadingV1>, Append) {
        loop {
            let append = self.append().await;
            let readings: Vec<ReadingV1> = append
                .records
                .iter()
                .filter_map(|record| match record {
                    Record::ReadingV1(reading) if append.done.is_some() => Some(reading.clone()),
                    _ => None,
                })
                .collect();
            if !readings.is_empty() {
                return (readings, append);
            }
            // An event, which is another test's.
            if let Some(done) = append.done {
                done.send(Ok(())).expect("it waits");
            }
        }
    }

    /// Keeps batches until there are so many readings.
    async fn keep(&mut self, count: usize) -> Vec<ReadingV1> {
        let mut all = Vec::new();
        while all.len() < count {
            let (readings, append) = self.batch().await;
            all.extend(readings);
            append.done.expect("it waits").send(Ok(())).expect("it waits");
        }
        all
    }

    async fn reading(&mut self, quality: Quality) -> Reading {
        loop {
            let reading = timeout(PATIENCE, self.readings.recv()).await.expect("in time").expect("open");
            if reading.quality == quality {
                return reading;
            }
        }
    }
}

/// A board whose cable is plugged while `plugged` says so; it measures 1, 2, 3 … thousandths.
fn board(life: &Lifecycle, cable: Cable, mut plugged: watch::Receiver<bool>, rates: Rates) {
    life.spawn(async move {
        let origin = Instant::now();
        let mut board = SimBoard::new(SimConfig { ppm: 80.0, ..SimConfig::default() }, 0);
        let mut line = Line { out: Noise::new(rates, 1), back: Noise::new(rates, 2) };
        let mut number = 0;
        while plugged.wait_for(|plugged| *plugged).await.is_ok() {
            let mut pty = cable.plug().expect("a pty");
            let measure = |board: &mut SimBoard, now_us: u64| {
                number += 1;
                board.read(now_us, 0, number, 0);
                if number == 100 {
                    board.event(now_us, 7, 2, b"door forced");
                }
            };
            tokio::select! {
                _ = play(&mut board, &mut pty, &mut line, origin, EVERY, measure) => {}
                _ = plugged.wait_for(|plugged| !*plugged) => {}
            }
        }
    });
}

fn values(readings: &[ReadingV1]) -> Vec<i64> {
    readings.iter().map(|reading| (reading.value * 1000.0).round() as i64).collect()
}

fn up_to(count: usize) -> Vec<i64> {
    (1..=count as i64).collect()
}

#[tokio::test]
async fn every_reading_of_a_board_is_on_disk_before_the_board_forgets_it() {
    let (dir, wire) = (tempfile::tempdir().expect("a directory"), Lifecycle::new());
    let (path, note) = (dir.path().join("port"), dir.path().join("note.json"));
    let (plug, plugged) = watch::channel(true);
    let rates = Rates { drop: 0.03, flip_frames: 0.02, flip_bits: 0.0, duplicate: 0.02 };
    board(&wire, Cable::new(&path), plugged, rates);
    let began = Clock::system().now();
    let mut input = start(config(&path), note.clone());
    let declared = input.append().await;
    let Some(Record::SensorV1(sensor)) = declared.records.first() else { panic!("declared first") };
    assert_eq!((sensor.id.as_str(), sensor.measure, sensor.high), ("cellar.air", 0, Some(8.0)));
    // What is refused by the disk is tried again, and nothing of it is lost or doubled.
    let (refused, append) = loop {
        let (readings, append) = input.batch().await;
        if !readings.is_empty() {
            break (readings, append);
        }
    };
    let busy = vyavs_edge_agent::outbox::AppendError::Busy("the disk is full".to_owned());
    append.done.expect("it waits").send(Err(busy)).expect("it waits");
    assert_eq!(refused[0].sensor, "cellar.air");
    let first = input.keep(150).await;
    assert_eq!(values(&first), up_to(first.len()));
    assert!(first.windows(2).all(|two| two[0].at_us <= two[1].at_us));
    let now = Clock::system().now();
    let within = began.as_microsecond() - 500_000..=now.as_microsecond() + 20_000;
    assert!(first.iter().all(|reading| within.contains(&reading.at_us)), "{within:?} {first:?}");
    let status = input.page.status();
    assert_eq!(status.inputs[0].state, InputState::Running);
    assert!(status.inputs[0].records >= 50 && !status.inputs[0].last_bytes.is_empty());
    // The agent stops with a batch on its way to the disk, and another run goes on where the disk ends.
    let (unkept, append) = input.batch().await;
    assert!(input.life.shutdown(PATIENCE).await);
    drop(append);
    let mut input = start(config(&path), note);
    let second = input.keep(100).await;
    assert_eq!(values(&second)[0], values(&unkept)[0], "what was not on disk comes again");
    assert_eq!(values(&second), (first.len() as i64 + 1..=(first.len() + second.len()) as i64).collect::<Vec<_>>());
    drop(plug);
    assert!(input.life.shutdown(PATIENCE).await);
    assert!(wire.shutdown(PATIENCE).await || dir.path().exists());
}

#[tokio::test]
async fn a_board_that_is_pulled_out_has_no_values_and_tells_all_of_it_when_it_is_back() {
    let (dir, wire) = (tempfile::tempdir().expect("a directory"), Lifecycle::new());
    let path = dir.path().join("port");
    let (plug, plugged) = watch::channel(true);
    board(&wire, Cable::new(&path), plugged, Rates::default());
    let mut input = start(config(&path), dir.path().join("note.json"));
    let before = input.keep(30).await;
    assert_eq!(input.reading(Quality::Good).await.value, 0.001);
    plug.send_replace(false);
    let mut came = before.len();
    // What was on its way still comes; then there is nothing.
    let bad = loop {
        let one = timeout(PATIENCE, async {
            tokio::select! {
                request = input.requests.recv() => Err(request),
                reading = input.readings.recv() => Ok(reading.expect("open")),
            }
        });
        match one.await.expect("in time") {
            Ok(reading) if reading.quality == Quality::Bad => break reading,
            Ok(_) => {}
            Err(Some(Request::Append(Append { records, done: Some(done) }))) => {
                came += records.iter().filter(|record| matches!(record, Record::ReadingV1(_))).count();
                done.send(Ok(())).expect("it waits");
            }
            Err(_) => {}
        }
    };
    assert!(bad.value > 0.0, "the last good one, marked");
    let status = input.page.status();
    assert_eq!(status.inputs[0].state, InputState::BackingOff);
    let why = status.inputs[0].detail.clone().expect("a cause");
    assert!(why.contains("port"), "{why}");
    assert_eq!(status.sensors[0].quality, Some(Quality::Bad));
    plug.send_replace(true);
    let after = input.keep(30).await;
    assert_eq!(values(&after)[0], came as i64 + 1, "nothing is missing between");
    assert_eq!(input.page.status().inputs[0].state, InputState::Running);
    assert!(input.life.shutdown(PATIENCE).await);
}

#[tokio::test]
async fn an_event_of_a_board_is_an_alarm_and_is_kept_once() {
    let (dir, wire) = (tempfile::tempdir().expect("a directory"), Lifecycle::new());
    let path = dir.path().join("port");
    let (_plug, plugged) = watch::channel(true);
    board(&wire, Cable::new(&path), plugged, Rates { duplicate: 0.5, ..Rates::default() });
    let mut input = start(config(&path), dir.path().join("note.json"));
    let mut alarms = Vec::new();
    let mut readings = 0;
    while readings < 300 {
        let append = input.append().await;
        for record in &append.records {
            match record {
                Record::AlarmV1(alarm) => alarms.push(alarm.clone()),
                Record::ReadingV1(_) => readings += 1,
                _ => {}
            }
        }
        if let Some(done) = append.done {
            done.send(Ok(())).expect("it waits");
        }
    }
    assert_eq!(alarms.len(), 1);
    assert_eq!((alarms[0].subject.as_str(), alarms[0].severity, alarms[0].kind), ("cellar", 2, 6));
    assert!(alarms[0].reason.contains("door forced"), "{}", alarms[0].reason);
    assert!(input.life.shutdown(PATIENCE).await);
}
