//! Sensors by radio, broker, HTTP and 1-Wire: the real agent reads what the real simulator says on the real wires. What goes
//! wrong on one of them is named there, with its cause, and disturbs no other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use vyavs_service::clock::Clock;
use vyavs_trials::process::{self, Programs, Running};
use vyavs_trials::rig::free_ports;
use vyavs_world::sensors::Round;
use vyavs_world::{StoreSpec, World};

use super::programs;

/// What anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Faults begin so many seconds after the play: until then all is well.
const FAULTS_FROM_S: u64 = 20;
const STORE: &str = r#"
name = "Trial (simulated)"
zone = "UTC"
day_starts = "12:00:00"
currency = "GBP"
opens = 0
closes = 24
tills = 1
receipts_per_day = 20000
[[fridge]]
id = "fridge-1"
name = "Dairy"
cabinet = "fridge"
setpoint_c = 3.0
band_c = 2.0
defrost_every_h = 6
defrost_min = 20
openings_per_hour = 60.0
[[fridge]]
id = "freezer-1"
name = "Freezer"
cabinet = "freezer"
setpoint_c = -20.0
band_c = 3.0
defrost_every_h = 12
defrost_min = 25
openings_per_hour = 20.0
"#;
const DAY: &str = "2026-03-07";

fn play_toml(dir: &Path, broker: SocketAddr, counter: SocketAddr) -> String {
    let fault = |kind: &str, after: u64, lasts: u64| {
        format!("{{ kind = \"{kind}\", after_s = {}, lasts_s = {lasts} }}", FAULTS_FROM_S + after)
    };
    let at = |name: &str| dir.join(name).display().to_string();
    format!(
        "speed = 1\nfrom = \"{DAY}\"\nsections = \"{}\"\n[world]\nseed = 1\nstore = \"{}\"\n\
         [ble]\nbtsnoop = \"{}\"\nkey_file = \"{}\"\nfaults = [{}]\n\
         [mqtt]\naddress = \"{broker}\"\nfaults = [{}]\n\
         [counter]\nlisten = \"{counter}\"\nauth_file = \"{}\"\nfaults = [{}, {}]\n\
         [onewire]\nroot = \"{}\"\nfaults = [{}, {}]\n",
        at("sections.toml"),
        at("store.toml"),
        at("ble.btsnoop"),
        at("ble.key"),
        fault("replay", 0, 9),
        fault("lost", 0, 4),
        at("counter.auth"),
        fault("error", 0, 4),
        fault("garbage", 4, 4),
        at("w1"),
        fault("crc", 0, 4),
        fault("power_on", 4, 4),
    )
}

/// A mosquitto of our own; it ends with the test.
struct Mosquitto(Child);

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Mosquitto {
    fn program() -> Option<PathBuf> {
        let folders = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin";
        folders.split(':').map(|folder| Path::new(folder).join("mosquitto")).find(|path| path.is_file())
    }

    async fn start(program: &Path, dir: &Path, listen: SocketAddr) -> Self {
        let user = Command::new("id").arg("-un").output().expect("id").stdout;
        let text = format!(
            "listener {} {}\npersistence false\nlog_dest none\nallow_anonymous true\nuser {}\n",
            listen.port(),
            listen.ip(),
            String::from_utf8_lossy(&user).trim()
        );
        let config = dir.join("mosquitto.conf");
        std::fs::write(&config, text).expect("written");
        let child = Command::new(program).arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let broker = Self(child.expect("it starts"));
        let began = Instant::now();
        while TcpStream::connect(listen).is_err() {
            assert!(began.elapsed() < PATIENCE, "mosquitto did not begin to listen");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        broker
    }
}

/// What the counter says: its clock, which is the store's, and its sums. None while it has no sums to say.
fn ask(counter: SocketAddr) -> Option<(Timestamp, f64, f64)> {
    let mut stream = TcpStream::connect(counter).ok()?;
    // user:secret
    let question = format!(
        "GET /local/tvpc/.api?live-sum.json HTTP/1.1\r\nHost: {counter}\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(question.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return None;
    }
    let sums: Value = serde_json::from_str(body).ok()?;
    let said = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", sums["timestamp"].as_str()?).ok()?;
    let at = said.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some((at, sums["in"].as_f64()?, sums["out"].as_f64()?))
}

/// Everything the local page said, whenever it was looked at.
#[derive(Default)]
struct Seen {
    /// By input: states and details.
    inputs: BTreeMap<String, BTreeSet<(String, String)>>,
    /// By sensor: why it had no good value.
    sensors: BTreeMap<String, BTreeSet<String>>,
    /// By sensor: the last value, where it is good.
    last: BTreeMap<String, Option<f64>>,
}

impl Seen {
    fn look(&mut self, status: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for input in status["inputs"].as_array().expect("inputs") {
            let said = (text(&input["state"]), text(&input["detail"]));
            self.inputs.entry(text(&input["name"])).or_default().insert(said);
        }
        for sensor in status["sensors"].as_array().expect("sensors") {
            let (id, quality) = (text(&sensor["id"]), text(&sensor["quality"]));
            let good = quality == "good";
            if !good && !quality.is_empty() {
                self.sensors.entry(id.clone()).or_default().insert(text(&sensor["detail"]));
            }
            self.last.insert(id, sensor["value"].as_f64().filter(|_| good));
        }
    }

    fn all_good(&self, count: usize) -> bool {
        self.last.len() == count && self.last.values().all(Option::is_some)
    }

    /// Whether an input gave this cause while it was without a value at all.
    fn failed(&self, input: &str, words: &str) -> bool {
        let known = self.inputs.get(input).into_iter().flatten();
        known.clone().any(|(state, detail)| state == "backing_off" && detail.contains(words))
    }

    /// Whether an input gave this cause; it is impaired by it until the next record, which may come at once.
    fn said(&self, input: &str, words: &str) -> bool {
        self.inputs.get(input).into_iter().flatten().any(|(_, detail)| detail.contains(words))
    }

    fn why(&self, sensor: &str, words: &str) -> bool {
        self.sensors.get(sensor).into_iter().flatten().any(|why| why.contains(words))
    }
}

/// The agent, and where it keeps what it has.
struct Agent {
    program: PathBuf,
    config: PathBuf,
    log: PathBuf,
    running: Running,
}

impl Agent {
    async fn start(program: &Path, dir: &Path, sections: &str) -> Self {
        let page = free_ports(1).expect("a port")[0];
        let at = |name: &str| dir.join(name);
        let text = format!(
            "[store]\nzone = \"UTC\"\ncurrency = \"GBP\"\n[identity]\ndir = \"{}\"\n[outbox]\ndir = \"{}\"\n\
             [page]\nlisten = \"{page}\"\n{sections}",
            at("identity").display(),
            at("outbox").display()
        );
        let (config, log, ready) = (at("edge.toml"), at("edge.log"), at("edge.ready"));
        std::fs::create_dir_all(at("identity")).expect("made");
        std::fs::write(&config, text).expect("written");
        let args = ["run".as_ref(), "--config".as_ref(), config.as_os_str(), "--ready".as_ref(), ready.as_os_str()];
        let mut running = Running::start(program, args, &log).expect("it starts");
        let began = Instant::now();
        while !ready.is_file() {
            if let Some(status) = running.ended() {
                panic!("{}", running.error(status));
            }
            assert!(began.elapsed() < PATIENCE, "the agent was not ready in time");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { program: program.to_owned(), config, log, running }
    }

    async fn does(&self, args: &[&str]) -> String {
        let tail = ["--config".as_ref(), self.config.as_os_str()];
        let args = args.iter().map(std::ffi::OsStr::new).chain(tail);
        process::output(&self.program, args, &self.log).await.expect("it answers")
    }

    async fn look(&self, seen: &mut Seen) {
        seen.look(&serde_json::from_str(&self.does(&["status"]).await).expect("JSON"));
    }

    /// Looks at the page again and again until it is as it should be.
    async fn until(&self, what: &str, seen: &mut Seen, done: impl Fn(&Seen) -> bool) {
        let began = Instant::now();
        loop {
            self.look(seen).await;
            if done(seen) {
                return;
            }
            let (inputs, sensors, last) = (&seen.inputs, &seen.sensors, &seen.last);
            assert!(began.elapsed() < PATIENCE, "not in time: {what}\n{inputs:#?}\n{sensors:#?}\n{last:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// What the world's instruments say, second by second from the beginning of the play.
struct Truth {
    begins: Timestamp,
    rounds: Vec<Round>,
}

impl Truth {
    fn of(seconds: i64) -> Self {
        let spec: StoreSpec = toml::from_str(STORE).expect("a description");
        let world = World::new(1, spec).expect("a store");
        let begins = world.time().span(DAY.parse().expect("a day")).0;
        let mut rounds = world.rounds(begins, begins + SignedDuration::from_hours(24 * 366), &[]);
        let rounds = (0..seconds).map(|s| rounds.advance(begins + SignedDuration::from_secs(s))).collect();
        Self { begins, rounds }
    }

    /// Whether a sensor may say a value at a time of the store: a device measured it within the last moments.
    fn has(&self, sensor: &str, at: Timestamp, value: f64) -> bool {
        let second = at.duration_since(self.begins).as_secs();
        let of = |round: &Round| {
            let mut parts = sensor.split('.');
            let (place, what) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let cabinet = &round.cabinets[usize::from(place == "freezer-1")].1;
            let state = |on: bool| f64::from(u8::from(on));
            match (place, what) {
                ("meter", "power") => round.power_w,
                (_, "air") => cabinet.air_c,
                (_, "product") => cabinet.product_c,
                (_, "defrost") => state(cabinet.defrost),
                (_, "door") => state(cabinet.door_open),
                other => panic!("no sensor is called {other:?}"),
            }
        };
        // 1-Wire measures sixteenths.
        let near = if sensor.ends_with(".onewire") { 0.033 } else { 1e-9 };
        let window = (second - 5).max(0)..=second + 2;
        window.filter_map(|s| self.rounds.get(usize::try_from(s).ok()?)).any(|round| (of(round) - value).abs() <= near)
    }
}

struct Reading {
    sensor: String,
    at: Timestamp,
    value: f64,
    quality: u64,
}

/// The readings in the outbox, as `vyavs-edge buffer export` prints them.
fn readings(exported: &str) -> Vec<Reading> {
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON lines");
        let reading = line["record"].get("ReadingV1")?;
        Some(Reading {
            sensor: reading["sensor"].as_str()?.to_owned(),
            at: Timestamp::from_microsecond(reading["at_us"].as_i64()?).ok()?,
            value: reading["value"].as_f64().unwrap_or(f64::NAN),
            quality: reading["quality"].as_u64()?,
        })
    };
    exported.lines().filter_map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sensor_on_every_wire_is_read_and_each_fault_has_its_cause_and_its_place() {
    let Some(()) = programs() else { return };
    let Some(mosquitto) = Mosquitto::program() else { return println!("skipped: mosquitto is not installed") };
    let programs = Programs::find().expect("found a moment ago");
    let folder = tempfile::tempdir().expect("a directory");
    let dir = folder.path();
    let ports = free_ports(2).expect("ports");
    let (at_broker, at_counter) = (ports[0], ports[1]);
    std::fs::write(dir.join("store.toml"), STORE).expect("written");
    std::fs::write(dir.join("counter.auth"), "user:secret\n").expect("written");
    std::fs::write(dir.join("play.toml"), play_toml(dir, at_broker, at_counter)).expect("written");
    let broker = Mosquitto::start(&mosquitto, dir, at_broker).await;

    let began = Instant::now();
    let config = dir.join("play.toml");
    let args = ["play".as_ref(), "--config".as_ref(), config.as_os_str()];
    let play = Running::start(&programs.sim, args, &dir.join("play.log")).expect("it starts");
    let (ahead, first) = loop {
        if let Some((said, entered, left)) = ask(at_counter) {
            break (said.duration_since(Clock::system().now()), (entered, left));
        }
        assert!(began.elapsed() < PATIENCE, "the counter never answered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let measured = |path: &str| std::fs::metadata(dir.join(path)).is_ok_and(|data| data.len() > 0);
    while !(measured("ble.btsnoop") && measured("w1/28-000000530202/w1_slave")) {
        assert!(began.elapsed() < PATIENCE, "radio and bus never said anything");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The sections as the simulator writes them, with less patience.
    let sections = std::fs::read_to_string(dir.join("sections.toml")).expect("written");
    let sections = sections.replace("silent_s = 30", "silent_s = 3").replace("period_ms = 10000", "period_ms = 1000");
    let count = sections.matches("id = ").count();
    assert!(count > 30, "{count} sensors");

    let (mut seen, agent) = (Seen::default(), Agent::start(&programs.edge, dir, &sections).await);
    agent.until("all sensors have good values", &mut seen, |seen| seen.all_good(count)).await;
    assert!(began.elapsed() < Duration::from_secs(FAULTS_FROM_S), "too slow a machine: faults have begun");
    let begun = ask(at_counter).expect("it answers");
    assert!(seen.sensors.is_empty(), "nothing was wrong before the faults: {:?}", seen.sensors);

    // Each fault with its cause, at its input and at its sensors.
    agent.until("the counter's 500", &mut seen, |seen| seen.failed("entrance", "answers 500")).await;
    agent.until("the bus's CRC", &mut seen, |seen| seen.failed("bus", "CRC does not fit")).await;
    agent.until("a gap in Sparkplug", &mut seen, |seen| seen.said("local", " after ")).await;
    agent.until("the counter's garbage", &mut seen, |seen| seen.failed("entrance", "not JSON")).await;
    agent.until("85 °C", &mut seen, |seen| seen.failed("bus", "85 °C")).await;
    agent
        .until("a replay", &mut seen, |seen| {
            seen.said("radio", "played again") && seen.why("fridge-1.product", "played again")
        })
        .await;
    agent.until("all is well again", &mut seen, |seen| seen.all_good(count)).await;
    assert!(!seen.inputs["local"].iter().any(|(state, _)| state == "backing_off"), "{:?}", seen.inputs["local"]);

    // The broker goes and comes again.
    drop(broker);
    let address = at_broker.to_string();
    let silent = |seen: &Seen| {
        let all = ["fridge-1.air.senml", "fridge-1.air.sparkplug", "fridge-1.product.json", "fridge-1.air.senml_cbor"];
        seen.failed("local", &address) && all.iter().all(|sensor| seen.why(sensor, &address))
    };
    agent.until("the broker is gone", &mut seen, silent).await;
    let broker = Mosquitto::start(&mosquitto, dir, at_broker).await;
    agent.until("the broker is back", &mut seen, |seen| seen.all_good(count)).await;

    // Nobody has a cause that is not its own.
    for (sensor, whys) in &seen.sensors {
        let own: &[&str] = match sensor.rsplit('.').next().unwrap_or_default() {
            "senml" | "json" | "senml_cbor" | "defrost" | "power" => &[&address],
            // What was lost on its way is missed for a moment, too.
            "sparkplug" => &[&address, "out of reach"],
            "onewire" => &["CRC", "85 °C"],
            "footfall" | "left" => &["answers 500", "not JSON"],
            "product" => &["played again"],
            _ => &[],
        };
        assert!(whys.iter().all(|why| own.iter().any(|cause| why.contains(cause))), "{sensor}: {whys:?}");
    }

    let before = ask(at_counter).expect("it answers");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let Agent { program, config, log, running } = agent;
    assert!(running.stop(PATIENCE).await.expect("it ends").success());
    let after = ask(at_counter).expect("it answers");
    assert!(play.stop(PATIENCE).await.expect("it ends").success());
    drop(broker);

    // What is in the outbox is what the world's instruments said, sensor by sensor.
    let args = ["buffer".as_ref(), "export".as_ref(), "--config".as_ref(), config.as_os_str()];
    let all = readings(&process::output(&program, args, &log).await.expect("exported"));
    let truth = Truth::of(began.elapsed().as_secs() as i64 + 5);
    let calm = truth.rounds.iter().flat_map(|round| &round.cabinets).all(|(_, sample)| sample.truth.is_none());
    assert!(calm, "the world has an incident of its own in this minute: choose another day");
    let mut good: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut entered, mut left) = (0.0, 0.0);
    for reading in all.iter().filter(|reading| reading.quality == 0) {
        *good.entry(&reading.sensor).or_default() += 1;
        match reading.sensor.as_str() {
            "door.footfall" => entered += reading.value,
            "door.left" => left += reading.value,
            sensor => {
                let (at, value) = (reading.at + ahead, reading.value);
                assert!(truth.has(sensor, at, value), "{sensor} says {value} at {at} of the store");
            }
        }
    }
    assert_eq!(good.len(), count, "{good:?}");
    assert!(good.values().all(|count| *count >= 8), "{good:?}");
    let bad = |sensor: &str| all.iter().any(|reading| reading.sensor == sensor && reading.quality == 2);
    for sensor in ["fridge-1.product", "fridge-1.air.onewire", "door.footfall", "freezer-1.air.senml"] {
        assert!(bad(sensor), "{sensor} was without a value, and that was not told");
    }
    // An outage of the counter loses nobody: it counts on. The agent began somewhere between `first` and `begun`.
    let of_in = (entered, first.0, begun.1, before.1, after.1);
    let of_out = (left, first.1, begun.2, before.2, after.2);
    for (sum, first, begun, before, after) in [of_in, of_out] {
        assert!(sum >= before - begun && before - begun > 5.0, "{sum} of {begun} to {before}: people are missing");
        assert!(sum <= after - first, "{sum} of {first} to {after}: people are counted twice");
    }
}
