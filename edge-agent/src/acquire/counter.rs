//! People counters over HTTP: asked every period for their sums, which become steps.

mod auth;

use std::path::PathBuf;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};
use vyavs_codec::counter::{Steps, live};
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Measure, Reading, Sensor};
use vyavs_service::lifecycle::Pulse;

use self::auth::Door;
use super::Context;
use super::watch::{Closed, Named, Teller, Watch};
use crate::health::InputHandle;

/// The longest answer, bytes: the sums are a hundred.
const ANSWER: usize = 64 * 1024;
const BEAT: Duration = Duration::from_secs(1);
const RESTARTED: &str = "the counter began anew: what it counted before that and had not told is lost";

/// `[[counter]]` in `edge.toml`: one a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterConfig {
    /// For people, and for the board.
    pub name: String,
    /// Where its sums are: `http://10.0.0.30/local/tvpc/.api?live-sum.json`. Plain HTTP, in the store's own network.
    pub url: String,
    /// A file with `user:password`, for a device that asks for it: by HTTP digest, or basic where it knows no better.
    #[serde(default)]
    pub auth_file: Option<PathBuf>,
    /// How often it is asked, ms; at least 1000.
    #[serde(default = "period_ms")]
    pub period_ms: u32,
    /// How long an answer may take, ms.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u32,
    /// What is kept of it.
    pub sensors: Vec<SensorConfig>,
}

/// One direction.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorConfig {
    /// Which way.
    pub direction: Direction,
    /// Unique in the store.
    pub id: SensorId,
    /// For people; the id if not said.
    #[serde(default)]
    pub name: String,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
}

/// Which way people walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into the store.
    In,
    /// Out of it.
    Out,
}

fn period_ms() -> u32 {
    60_000
}

fn timeout_ms() -> u32 {
    5000
}

/// A section that parses and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CounterConfigError {
    /// No address of the kind that is asked.
    #[error("[[counter]] {name}: url {found:?}, expected one like http://10.0.0.30/local/tvpc/.api?live-sum.json")]
    Url {
        /// Which section.
        name: String,
        /// What it says.
        found: String,
    },
    /// Too often for such a device.
    #[error("[[counter]] {name}: {key} is {found}, expected at least {least}")]
    Small {
        /// Which section.
        name: String,
        /// Which key.
        key: &'static str,
        /// What it says.
        found: u32,
        /// What it should.
        least: u32,
    },
}

/// Why the input ended; nothing on the wire ends it.
#[derive(Debug, thiserror::Error)]
pub enum CounterError {
    /// The section cannot be used.
    #[error(transparent)]
    Config(#[from] CounterConfigError),
    /// Nobody takes the readings any more.
    #[error("[[counter]] {name}: {source}")]
    Closed {
        /// Which section.
        name: String,
        /// Why.
        source: Closed,
    },
}

/// Whom to ask for what.
#[derive(Clone, Debug)]
struct Target {
    authority: String,
    connect: String,
    path: String,
}

impl CounterConfig {
    /// Says what is wrong with it.
    pub fn check(&self) -> Result<(), CounterConfigError> {
        self.target()?;
        let small = |key, found, least| CounterConfigError::Small { name: self.name.clone(), key, found, least };
        match (self.period_ms, self.timeout_ms) {
            (found @ 0..=999, _) => Err(small("period_ms", found, 1000)),
            (_, 0) => Err(small("timeout_ms", 0, 1)),
            _ => Ok(()),
        }
    }

    /// The sensors as they are declared.
    pub fn sensors(&self) -> Vec<Sensor> {
        let declare = |sensor: &SensorConfig| {
            let SensorConfig { id, name, low, high, .. } = sensor.clone();
            Named { id, name, low, high }.declared(Measure::Count)
        };
        self.sensors.iter().map(declare).collect()
    }

    fn target(&self) -> Result<Target, CounterConfigError> {
        let wrong = || CounterConfigError::Url { name: self.name.clone(), found: self.url.clone() };
        let uri: hyper::Uri = self.url.parse().map_err(|_| wrong())?;
        let (Some("http"), Some(authority), Some(host)) = (uri.scheme_str(), uri.authority(), uri.host()) else {
            return Err(wrong());
        };
        if authority.as_str().contains('@') {
            // A password belongs into a file.
            return Err(wrong());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let connect = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        Ok(Target { authority: authority.to_string(), connect, path })
    }
}

/// Asks the counter until the agent stops. Safe to drop and start again; counting then begins with the next answer.
pub async fn run(
    config: CounterConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), CounterError> {
    config.check()?;
    let (name, target, stop) = (config.name.clone(), config.target()?, ctx.stop.clone());
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        Err(source) = poll(config, target, ctx, readings, input, pulse) => Err(CounterError::Closed { name, source }),
    }
}

async fn poll(
    config: CounterConfig,
    target: Target,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), Closed> {
    // It is asked: a missing answer is bad at once, not after a silence.
    let sensors = config.sensors().into_iter().map(|sensor| (sensor, Duration::MAX, Duration::ZERO));
    let mut watch = Watch::new(sensors, Instant::now());
    let teller = Teller::start(&watch, &ctx, readings, input.clone()).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(config.period_ms.into()));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut steps, mut silent, mut door) = (Steps::default(), false, Door::default());
    loop {
        while tokio::time::timeout(BEAT, ticks.tick()).await.is_err() {
            pulse.beat();
        }
        pulse.beat();
        let answer = ask(&config, &target, &mut door).await;
        if let Ok(bytes) = &answer
            && input.wants_bytes()
        {
            input.bytes(vyavs_codec::scrub::scrub_text(&String::from_utf8_lossy(bytes)).as_bytes());
        }
        let sums = answer.and_then(|bytes| live(&bytes).map_err(|error| format!("{}: {error}", config.url)));
        let (at, now) = (ctx.clock.now(), Instant::now());
        match sums {
            Ok(sums) => {
                if std::mem::take(&mut silent) {
                    info!(input = config.name, "{} answers", config.name);
                }
                input.running();
                let Some(step) = steps.step(sums) else { continue };
                if step.restarted {
                    input.error(RESTARTED);
                }
                let findings: Vec<_> = (0..)
                    .zip(&config.sensors)
                    .filter_map(|(place, sensor)| {
                        let count = if sensor.direction == Direction::In { step.entered } else { step.left };
                        watch.step(place, count as f64, step.restarted.then_some(RESTARTED), at, now)
                    })
                    .collect();
                teller.tell(findings).await?;
            }
            Err(why) => {
                if !std::mem::replace(&mut silent, true) {
                    warn!(input = config.name, "{} has no values: {why}", config.name);
                }
                input.failed(&why);
                let findings: Vec<_> =
                    (0..config.sensors.len()).filter_map(|place| watch.bad(place, &why, at, now)).collect();
                teller.tell(findings).await?;
            }
        }
    }
}

/// One question on a connection of its own: such devices keep none open for a minute.
async fn ask(config: &CounterConfig, target: &Target, door: &mut Door) -> Result<Bytes, String> {
    let patience = Duration::from_millis(config.timeout_ms.into());
    match tokio::time::timeout(patience, admitted(config, target, door)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("{} did not answer within {} ms", target.connect, config.timeout_ms)),
    }
}

/// Asks, and says who we are when the device wants to know. It has one stale nonce to replace at most, so three
/// questions end it.
async fn admitted(config: &CounterConfig, target: &Target, door: &mut Door) -> Result<Bytes, String> {
    for _ in 0..3 {
        let credentials = door.credentials(config.auth_file.as_deref(), &target.path)?;
        let answered = credentials.is_some();
        match exchange(target, credentials).await? {
            Answer::Body(body) => return Ok(body),
            Answer::Refused(headers) if config.auth_file.is_some() && door.refused(&headers, answered) => {}
            Answer::Refused(_) => break,
        }
    }
    Err(format!("{} refuses us: check auth_file", target.connect))
}

enum Answer {
    Body(Bytes),
    /// 401, with what it wants.
    Refused(HeaderMap),
}

async fn exchange(target: &Target, credentials: Option<String>) -> Result<Answer, String> {
    let broken = |error: hyper::Error| format!("{} broke off: {error}", target.connect);
    let mut request = hyper::Request::get(&target.path).header(HOST, &target.authority);
    if let Some(credentials) = credentials {
        request = request.header(AUTHORIZATION, credentials);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| error.to_string())?;
    let stream = TcpStream::connect(&target.connect)
        .await
        .map_err(|error| format!("failed to connect to {}: {error}", target.connect))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let talk = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let status = answer.status();
        match status.as_u16() {
            200 => {}
            401 => return Ok(Answer::Refused(answer.into_parts().0.headers)),
            403 => {
                return Err(format!("{} refuses us ({status}): the user of auth_file may not read it", target.connect));
            }
            _ => return Err(format!("{} answers {status}", target.connect)),
        }
        let body = Limited::new(answer.into_body(), ANSWER).collect().await;
        Ok(Answer::Body(body.map_err(|error| format!("{} broke off: {error}", target.connect))?.to_bytes()))
    };
    tokio::pin!(talk, connection);
    tokio::select! {
        answer = &mut talk => answer,
        ended = &mut connection => {
            ended.map_err(broken)?;
            talk.await
        }
    }
}
