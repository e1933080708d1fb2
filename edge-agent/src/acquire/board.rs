//! Sensor boards at a serial port: `firmware-bridge` talks to them, this keeps what they say.
//!
//! A board keeps every reading until it is told that it is on disk here, so neither a pulled cable nor a restart of the
//! agent loses one. Only after a power cut between the disk and the note beside it may the last batches come twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{debug, info, warn};
use uuid::Uuid;
use vyavs_bridge::host::{BoardEvent, Input, Output, Readings, Resume};
use vyavs_bridge::link::{self, LinkConfig, Told};
use vyavs_bridge::port::PortConfig;
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::ids::{AlarmId, SensorId};
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_domain::time::from_micros;
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::{AlarmV1, ReadingV1, Record, SensorV1};

use super::Context;
use crate::health::InputHandle;
use crate::outbox::AppendError;

/// How often a board that stays away is said to have no values: often enough for a rule, seldom enough for the disk.
const BAD_EVERY: Duration = Duration::from_secs(30);
/// How long to wait when the outbox takes nothing.
const BUSY: Duration = Duration::from_secs(1);
/// The shortest period: a frame in so long is what a line of 115,200 bit/s has room for.
const MIN_PERIOD_MS: u32 = 50;

/// `[[board]]` in `edge.toml`: one a board.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardConfig {
    /// For people, and for the page.
    pub name: String,
    /// Its serial line.
    pub port: PortConfig,
    /// How long the board gathers readings before it sends them, ms; at least 50.
    #[serde(default = "period_ms")]
    pub period_ms: u32,
    /// What is kept of it.
    pub sensors: Vec<BoardSensor>,
}

/// One channel of a board.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardSensor {
    /// The board's number for it.
    pub channel: u8,
    /// Unique in the store.
    pub id: SensorId,
    /// For people; the id if not said.
    #[serde(default)]
    pub name: String,
    /// What it measures; a board sends thousandths of its unit.
    pub measure: Measure,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
}

fn period_ms() -> u32 {
    1000
}

/// What is wrong with a `[[board]]` section.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardConfigError {
    /// Two sensors are one channel.
    #[error("[[board]] {board}: channel {channel} is two sensors, expected one")]
    Channel {
        /// Which section.
        board: String,
        /// Which channel.
        channel: u8,
    },
    /// Nothing would be kept.
    #[error(
        "[[board]] {0}: no sensors, expected at least one such as {{ channel = 0, id = \"a\", measure = \"temperature\" }}"
    )]
    NoSensors(String),
    /// Too fast.
    #[error("[[board]] {board}: period_ms is {period_ms}, expected at least {MIN_PERIOD_MS}")]
    Period {
        /// Which section.
        board: String,
        /// As given.
        period_ms: u32,
    },
}

impl BoardConfig {
    /// Whether the section can be used.
    pub fn check(&self) -> Result<(), BoardConfigError> {
        let board = || self.name.clone();
        if self.sensors.is_empty() {
            return Err(BoardConfigError::NoSensors(board()));
        }
        if self.period_ms < MIN_PERIOD_MS {
            return Err(BoardConfigError::Period { board: board(), period_ms: self.period_ms });
        }
        let mut seen = BTreeSet::new();
        match self.sensors.iter().find(|sensor| !seen.insert(sensor.channel)) {
            Some(twice) => Err(BoardConfigError::Channel { board: board(), channel: twice.channel }),
            None => Ok(()),
        }
    }

    /// The channels as they are declared to the hub.
    pub fn declared(&self) -> impl Iterator<Item = Sensor> {
        self.sensors.iter().map(|sensor| Sensor {
            id: sensor.id.clone(),
            name: if sensor.name.is_empty() { sensor.id.to_string() } else { sensor.name.clone() },
            measure: sensor.measure,
            low: sensor.low,
            high: sensor.high,
        })
    }

    /// Where it is noted how far the board's readings are on disk, in a directory of the agent.
    pub fn note(&self, dir: &Path) -> PathBuf {
        // A name is for people; what it may hold is not a file's name.
        let hash = blake3::hash(self.name.as_bytes()).to_hex();
        dir.join(format!("board-{}.json", &hash[..16]))
    }
}

/// Why the input ended; nothing on the wire ends it.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The section cannot be used.
    #[error(transparent)]
    Config(#[from] BoardConfigError),
    /// The outbox has stopped.
    #[error("[[board]] {0}: the readings have nowhere to go")]
    Closed(String),
}

/// [`Resume`] in a file.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    hw_id: [u8; 16],
    boot: u32,
    next: u64,
}

/// Talks to the board until the agent stops. `thoughts` gets every reading once it is on disk; `note` is the file that
/// says how far that is. Safe to drop and start again.
pub async fn run(
    config: BoardConfig,
    ctx: Context,
    thoughts: mpsc::Sender<Reading>,
    note: PathBuf,
    handle: InputHandle,
    pulse: Pulse,
) -> Result<(), BoardError> {
    config.check()?;
    let sensors: Vec<Sensor> = config.declared().collect();
    sensors.iter().for_each(|sensor| handle.board().sensor(sensor));
    let declared = sensors.iter().map(|sensor| Record::SensorV1(SensorV1::from(sensor))).collect();
    if let Err(error) = ctx.outbox.offer(declared).await {
        handle.error(&error.to_string());
    }
    let mut link = LinkConfig::new(config.port.clone(), StdRng::from_os_rng().random());
    link.host.policy.period_ms = config.period_ms;
    link.resume = load(&note);
    let (say, said) = mpsc::channel(64);
    let (tell, told) = mpsc::channel(64);
    let (clock, stop, name) = (ctx.clock.clone(), ctx.stop.clone(), config.name.clone());
    let linking = link::run(link, move || clock.now().as_microsecond(), said, tell);
    let channels = config.sensors.iter().map(|sensor| (sensor.channel, sensor.id.clone())).collect();
    let mut keeper = Keeper {
        name: config.name,
        ctx,
        thoughts,
        note,
        handle,
        pulse,
        say,
        channels,
        last_good: BTreeMap::new(),
        strange: BTreeSet::new(),
        hw_id: [0; 16],
        silent: None,
        told_bad: None,
    };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = keeper.keep(told) => ended,
        _ = linking => Err(BoardError::Closed(name)),
    }
}

struct Keeper {
    name: String,
    ctx: Context,
    thoughts: mpsc::Sender<Reading>,
    note: PathBuf,
    handle: InputHandle,
    pulse: Pulse,
    say: mpsc::Sender<Input<'static>>,
    channels: BTreeMap<u8, SensorId>,
    last_good: BTreeMap<SensorId, f64>,
    /// Channels nobody configured, each told once.
    strange: BTreeSet<u8>,
    hw_id: [u8; 16],
    /// Why there are no readings.
    silent: Option<String>,
    /// When the sensors were last said to have no value.
    told_bad: Option<Instant>,
}

impl Keeper {
    async fn keep(&mut self, mut told: mpsc::Receiver<Told>) -> Result<(), BoardError> {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.pulse.beat(),
                one = told.recv() => match one {
                    Some(one) => self.take(one).await?,
                    None => return Err(self.closed()),
                },
            }
            self.say_bad().await?;
        }
    }

    async fn take(&mut self, told: Told) -> Result<(), BoardError> {
        match told {
            Told::Opened | Told::Said(_) => {}
            Told::Closed(why) => self.lost(&why),
            Told::Heard(bytes) => {
                if self.handle.wants_bytes() {
                    // Frames are no text; what is shown is their bytes, of which the first are a message's.
                    let picture = bytes.iter().take(80).fold(String::new(), |mut picture, byte| {
                        let _ = write!(picture, "{byte:02x} ");
                        picture
                    });
                    self.handle.bytes(format!("{}\n", picture.trim_end()).as_bytes());
                }
            }
            Told::Board(output) => self.hear(output).await?,
        }
        Ok(())
    }

    async fn hear(&mut self, output: Output) -> Result<(), BoardError> {
        match output {
            Output::Greeted { hello, proto: Some(proto) } => {
                self.hw_id = hello.hw_id;
                (self.silent, self.told_bad) = (None, None);
                self.handle.running();
                let (boot, reason) = (hello.boot_count, hello.reset_reason);
                info!(input = self.name, boot, reason, proto, "{} says hello: firmware {}", self.name, hello.firmware);
            }
            Output::Greeted { hello, proto: None } => {
                let (from, to) = (hello.proto_min, hello.proto_max);
                self.lost(&format!("the board speaks versions {from} to {to}, none of ours: it needs an update"));
            }
            Output::Silent(why) => self.lost(&why),
            Output::Readings(readings) => self.readings(readings).await?,
            Output::Lost { boot, count } => {
                self.handle.error(&format!("{count} readings of its run {boot} are lost: the board's memory was full"));
                warn!(input = self.name, boot, count, "{}: {count} readings are lost", self.name);
            }
            Output::Event(event) => self.event(event).await?,
            Output::Log(level, text) if level >= 2 => {
                self.handle.error(&text);
            }
            Output::Log(_, text) => debug!(input = self.name, "{}: {text}", self.name),
            Output::Send(_) | Output::Ordered(_) | Output::OrderDone(..) | Output::Update(_) => {}
        }
        Ok(())
    }

    /// Keeps readings, then lets the board forget them.
    async fn readings(&mut self, batch: Readings) -> Result<(), BoardError> {
        let mut readings = Vec::with_capacity(batch.readings.len());
        for one in &batch.readings {
            let Some(sensor) = self.channels.get(&one.channel).cloned() else {
                if self.strange.insert(one.channel) {
                    let known: Vec<_> = self.channels.keys().collect();
                    self.handle.error(&format!("the board measures channel {}, configured are {known:?}", one.channel));
                }
                continue;
            };
            let quality = match one.quality {
                0 => Quality::Good,
                1 => Quality::Suspect,
                _ => Quality::Bad,
            };
            let mut value = f64::from(one.value) / 1000.0;
            match quality {
                Quality::Good | Quality::Suspect => {
                    self.last_good.insert(sensor.clone(), value);
                }
                Quality::Bad => value = self.last_good.get(&sensor).copied().unwrap_or(f64::NAN),
            }
            readings.push(Reading { sensor, at: from_micros(one.at_us), value, quality });
        }
        self.append(readings.iter().map(|reading| Record::ReadingV1(ReadingV1::from(reading))).collect()).await?;
        (self.silent, self.told_bad) = (None, None);
        self.handle.running();
        self.handle.record(readings.len() as u64);
        self.save(&Note { hw_id: self.hw_id, boot: batch.boot, next: batch.next() });
        let (boot, next) = (batch.boot, batch.next());
        self.say.send(Input::Kept { boot, next }).await.map_err(|_| self.closed())?;
        self.think(readings).await
    }

    async fn event(&mut self, event: BoardEvent) -> Result<(), BoardError> {
        let text = String::from_utf8_lossy(&event.payload);
        let mut named = blake3::Hasher::new();
        named.update(&self.hw_id).update(&event.boot.to_le_bytes()).update(&event.id.to_le_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&named.finalize().as_bytes()[..16]);
        let at = from_micros(event.at_us);
        let alarm = Alarm {
            // The same event is the same alarm, also where it is told twice.
            id: AlarmId(Uuid::from_bytes(id)),
            kind: AlarmKind::Device,
            severity: match event.severity {
                0 => Severity::Info,
                1 => Severity::Warning,
                _ => Severity::Critical,
            },
            subject: self.name.clone(),
            raised_at: at,
            // A board tells that something happened, not that it lasts.
            cleared_at: Some(at),
            value: None,
            limit: None,
            reason: vyavs_codec::scrub::scrub_text(&format!("event {} of the board: {text}", event.kind)).into_owned(),
            model: None,
        };
        self.append(vec![Record::AlarmV1(AlarmV1::from(&alarm))]).await?;
        self.handle.board().alarm(&alarm);
        self.handle.record(1);
        self.say.send(Input::EventKept { boot: event.boot, id: event.id }).await.map_err(|_| self.closed())
    }

    /// Returns when the records are on disk; a disk that takes nothing makes the board wait, which has the memory for it.
    async fn append(&self, records: Vec<Record>) -> Result<(), BoardError> {
        if records.is_empty() {
            return Ok(());
        }
        loop {
            match self.ctx.outbox.append(records.clone()).await {
                Ok(()) => return Ok(()),
                Err(AppendError::Stopped) => return Err(self.closed()),
                Err(AppendError::Busy(why)) => {
                    self.handle.error(&why);
                    self.pulse.beat();
                    tokio::time::sleep(BUSY).await;
                }
            }
        }
    }

    async fn think(&self, readings: Vec<Reading>) -> Result<(), BoardError> {
        for reading in readings {
            self.handle.reading(&reading);
            self.thoughts.send(reading).await.map_err(|_| self.closed())?;
        }
        Ok(())
    }

    fn lost(&mut self, why: &str) {
        self.handle.failed(why);
        if self.silent.replace(why.to_owned()).is_none() {
            warn!(input = self.name, "{} has no values: {why}", self.name);
        }
    }

    /// Says that nothing has a value, at once and then seldom.
    async fn say_bad(&mut self) -> Result<(), BoardError> {
        let due = self.told_bad.is_none_or(|told| told.elapsed() >= BAD_EVERY);
        let Some(why) = self.silent.clone().filter(|_| due) else { return Ok(()) };
        self.told_bad = Some(Instant::now());
        let at = self.ctx.clock.now();
        let bad = |sensor: &SensorId| {
            let value = self.last_good.get(sensor).copied().unwrap_or(f64::NAN);
            Reading { sensor: sensor.clone(), at, value, quality: Quality::Bad }
        };
        let readings: Vec<Reading> = self.channels.values().map(bad).collect();
        let records = readings.iter().map(|reading| Record::ReadingV1(ReadingV1::from(reading))).collect();
        self.ctx.outbox.offer(records).await.map_err(|_| self.closed())?;
        self.think(readings).await?;
        for sensor in self.channels.values() {
            self.handle.board().sensor_detail(sensor, &why);
        }
        Ok(())
    }

    fn save(&self, note: &Note) {
        let written = serde_json::to_vec(note).map_err(std::io::Error::from).and_then(|text| {
            let new = self.note.with_extension("new");
            std::fs::write(&new, text)?;
            std::fs::rename(&new, &self.note)
        });
        if let Err(error) = written {
            self.handle.error(&format!("failed to write {}: {error}", self.note.display()));
        }
    }

    fn closed(&self) -> BoardError {
        BoardError::Closed(self.name.clone())
    }
}

/// What an earlier run noted; without it the board says again what it still has.
fn load(path: &Path) -> Option<Resume> {
    let note: Note = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(Resume { hw_id: note.hw_id, boot: note.boot, next: note.next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> BoardConfig {
        toml::from_str(text).expect("well-formed")
    }

    const PORT: &str = "name = \"cellar\"\nport = { path = \"/dev/ttyACM0\", baud = 115200 }\n";

    #[test]
    fn a_section_says_what_is_wrong_with_it() {
        let one = "{ channel = 3, id = \"cellar.air\", measure = \"temperature\", high = 8.0 }";
        let config = read(&format!("{PORT}sensors = [{one}]"));
        assert_eq!(config.check(), Ok(()));
        let sensor = config.declared().next().expect("one");
        assert_eq!((sensor.name.as_str(), sensor.high), ("cellar.air", Some(8.0)));
        let twice = read(&format!("{PORT}sensors = [{one}, {one}]")).check().expect_err("twice").to_string();
        assert!(twice.contains("cellar") && twice.contains("channel 3"), "{twice}");
        let none = read(&format!("{PORT}sensors = []")).check().expect_err("none").to_string();
        assert!(none.contains("at least one"), "{none}");
        let fast = read(&format!("{PORT}period_ms = 1\nsensors = [{one}]")).check().expect_err("fast").to_string();
        assert!(fast.contains("period_ms is 1, expected at least 50"), "{fast}");
        assert!(toml::from_str::<BoardConfig>(&format!("{PORT}sensors = []\nsensor = 1")).is_err());
    }

    #[test]
    fn a_note_is_a_file_whatever_the_board_is_called() {
        let config = BoardConfig { name: "../../etc, Keller".to_owned(), ..read(&format!("{PORT}sensors = []")) };
        let note = config.note(Path::new("/state"));
        assert_eq!(note.parent(), Some(Path::new("/state")));
    }
}
