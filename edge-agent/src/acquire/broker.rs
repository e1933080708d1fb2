//! A local MQTT broker: SenML, Sparkplug B and plain JSON become readings.
//!
//! A retained message is what somebody said some time ago, so it is no reading; Sparkplug's births are not retained.
//! Sparkplug's historical metrics are passed over: a store's readings do not go back. When the broker is not there, or
//! says no, the input backs off with the cause and every sensor falls silent with it.

mod link;
mod messages;

use std::path::PathBuf;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Measure, Reading, Sensor};
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;

use super::Context;
use super::watch::{Closed, Named, Teller, Watch};
use crate::health::InputHandle;
use link::{Link, Publish};
use messages::{Found, Messages};

/// Bounds of the wait before the broker is connected again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(10);
const BEAT: Duration = Duration::from_secs(1);

/// `[[broker]]` in `edge.toml`: one a broker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// For people, and for the board.
    pub name: String,
    /// `host:port`.
    pub address: String,
    /// Our client id; `vyavs-NAME` if not said.
    #[serde(default)]
    pub client_id: Option<String>,
    /// A file with the user's name.
    #[serde(default)]
    pub user_file: Option<PathBuf>,
    /// A file with the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// A file with the certificates (PEM) the broker's is signed by: the connection is then TLS.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The connection's keep-alive, s.
    #[serde(default = "keep_alive_s")]
    pub keep_alive_s: u16,
    /// What is listened to.
    #[serde(rename = "subscription", default)]
    pub subscriptions: Vec<SubscriptionConfig>,
}

/// `[[broker.subscription]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionConfig {
    /// The topic, or a filter with `+` and `#`.
    pub topic: String,
    /// What its messages are.
    pub format: Format,
    /// Silent for so long, s, is without a value.
    #[serde(default = "silent_s")]
    pub silent_s: u32,
    /// Readings are at least so far apart, s, unless a state changes.
    #[serde(default = "every_s")]
    pub every_s: u32,
    /// What is kept of it.
    pub sensors: Vec<SensorConfig>,
}

/// What messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// SenML in JSON (RFC 8428).
    Senml,
    /// SenML in CBOR.
    SenmlCbor,
    /// JSON of no standard, such as Zigbee2MQTT's.
    Json,
    /// Sparkplug B.
    Sparkplug,
}

/// One value in the messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorConfig {
    /// JSON: a pointer (`/temperature`). SenML: the record's whole name. Sparkplug: `group/node/metric`, or
    /// `group/node/device/metric`.
    pub value: String,
    /// What it measures; its unit is the measure's.
    pub measure: Measure,
    /// What a number is multiplied by to be in that unit: 100 where hPa are sent for Pa.
    #[serde(default = "one")]
    pub scale: f64,
    /// Whether true means 0: a contact that is closed is a door that is not open.
    #[serde(default)]
    pub invert: bool,
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

fn keep_alive_s() -> u16 {
    20
}

fn silent_s() -> u32 {
    300
}

fn every_s() -> u32 {
    1
}

fn one() -> f64 {
    1.0
}

/// A section that parses and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BrokerConfigError {
    /// No host and port.
    #[error("[[broker]] {name}: address {found:?}, expected host:port")]
    Address {
        /// Which section.
        name: String,
        /// What it says.
        found: String,
    },
    /// A topic filter that MQTT does not have.
    #[error("[[broker]] {name}: topic {found:?}: + and # stand for whole levels, # for the last ones")]
    Topic {
        /// Which section.
        name: String,
        /// What it says.
        found: String,
    },
    /// A value that cannot be found in such messages.
    #[error("[[broker]] {name}: value {found:?}, expected {expected}")]
    Value {
        /// Which section.
        name: String,
        /// What it says.
        found: String,
        /// What it should.
        expected: &'static str,
    },
    /// A scale that gives no number.
    #[error("[[broker]] {name}: scale {found}, expected a number other than 0")]
    Scale {
        /// Which section.
        name: String,
        /// What it says.
        found: f64,
    },
    /// A user without a password file, or the other way round, or a file that cannot be read.
    #[error("[[broker]] {name}: {detail}")]
    File {
        /// Which section.
        name: String,
        /// Why.
        detail: String,
    },
}

/// Why the input ended; nothing on the wire ends it.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The section cannot be used.
    #[error(transparent)]
    Config(#[from] BrokerConfigError),
    /// Nobody takes the readings any more.
    #[error("[[broker]] {name}: {source}")]
    Closed {
        /// Which section.
        name: String,
        /// Why.
        source: Closed,
    },
}

impl BrokerConfig {
    /// The section with its defaults and no subscriptions.
    pub fn new(name: &str, address: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: address.to_owned(),
            client_id: None,
            user_file: None,
            password_file: None,
            ca_file: None,
            keep_alive_s: keep_alive_s(),
            subscriptions: Vec::new(),
        }
    }

    /// Says what is wrong with it; files are only read when the input connects.
    pub fn check(&self) -> Result<(), BrokerConfigError> {
        let name = || self.name.clone();
        self.host()?;
        if self.user_file.is_some() != self.password_file.is_some() {
            let detail = "user_file and password_file belong together".to_owned();
            return Err(BrokerConfigError::File { name: name(), detail });
        }
        for subscription in &self.subscriptions {
            if !rumqttc::valid_filter(&subscription.topic) {
                return Err(BrokerConfigError::Topic { name: name(), found: subscription.topic.clone() });
            }
            for sensor in &subscription.sensors {
                let value = |expected| BrokerConfigError::Value { name: name(), found: sensor.value.clone(), expected };
                match subscription.format {
                    Format::Json if !(sensor.value.is_empty() || sensor.value.starts_with('/')) => {
                        return Err(value("a JSON pointer like /temperature"));
                    }
                    Format::Sparkplug if sensor.value.split('/').count() < 3 => {
                        return Err(value("group/node/metric or group/node/device/metric"));
                    }
                    Format::Senml | Format::SenmlCbor if sensor.value.is_empty() => {
                        return Err(value("a record's whole name"));
                    }
                    _ => {}
                }
                if !sensor.scale.is_finite() || sensor.scale == 0.0 {
                    return Err(BrokerConfigError::Scale { name: name(), found: sensor.scale });
                }
            }
        }
        Ok(())
    }

    fn host(&self) -> Result<(&str, u16), BrokerConfigError> {
        let split = self.address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        split
            .and_then(|(host, port)| Some((host.trim_matches(['[', ']']), port.parse().ok()?)))
            .ok_or_else(|| BrokerConfigError::Address { name: self.name.clone(), found: self.address.clone() })
    }

    /// The sensors as they are declared, in their order.
    pub fn sensors(&self) -> Vec<Sensor> {
        let declare = |sensor: &SensorConfig| {
            let SensorConfig { id, name, low, high, measure, .. } = sensor.clone();
            Named { id, name, low, high }.declared(measure)
        };
        self.subscriptions.iter().flat_map(|subscription| &subscription.sensors).map(declare).collect()
    }
}

/// Listens until the agent stops. Safe to drop and start again.
pub async fn run(
    config: BrokerConfig,
    ctx: Context,
    readings: mpsc::Sender<Reading>,
    input: InputHandle,
    pulse: Pulse,
) -> Result<(), BrokerError> {
    config.check()?;
    let (name, stop) = (config.name.clone(), ctx.stop.clone());
    let times = config.subscriptions.iter().flat_map(|one| {
        let times = (Duration::from_secs(one.silent_s.max(1).into()), Duration::from_secs(one.every_s.into()));
        one.sensors.iter().map(move |_| times)
    });
    let watched = config.sensors().into_iter().zip(times).map(|(sensor, (silent, every))| (sensor, silent, every));
    let watch = Watch::new(watched, Instant::now());
    let teller = Teller::start(&watch, &ctx, readings, input.clone()).await;
    let messages = Messages::new(&config);
    let mut listener = Listener { config, ctx, input, pulse, watch, teller, messages, cause: None };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        Err(source) = listener.listen() => Err(BrokerError::Closed { name, source }),
    }
}

struct Listener {
    config: BrokerConfig,
    ctx: Context,
    input: InputHandle,
    pulse: Pulse,
    watch: Watch,
    teller: Teller,
    messages: Messages,
    /// Why nothing is heard, while nothing is.
    cause: Option<String>,
}

impl Listener {
    async fn listen(&mut self) -> Result<(), Closed> {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let mut rng = StdRng::from_os_rng();
        loop {
            self.pulse.beat();
            let why = match Link::open(&self.config).await {
                Ok(mut link) => {
                    backoff.reset();
                    if self.cause.take().is_some() {
                        info!(input = self.config.name, "{} is connected again", self.config.name);
                    }
                    self.input.running();
                    self.input.peers(1);
                    self.serve(&mut link).await?
                }
                Err(why) => why,
            };
            self.input.peers(0);
            if self.cause.replace(why.clone()).is_none() {
                warn!(input = self.config.name, "{} is not connected: {why}", self.config.name);
            }
            self.input.failed(&why);
            // Nodes are believed from their births on, and births were missed.
            self.messages.forget();
            let until = Instant::now() + backoff.next(&mut rng).max(MIN_WAIT);
            while Instant::now() < until {
                tokio::time::sleep_until(until.min(Instant::now() + BEAT)).await;
                self.beat().await?;
            }
        }
    }

    /// Takes messages until the connection is of no more use; says why that is.
    async fn serve(&mut self, link: &mut Link) -> Result<String, Closed> {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = beat.tick() => self.beat().await?,
                published = link.next() => match published {
                    Ok(publish) => {
                        if let Some(why) = self.take(link, publish).await? {
                            return Ok(why);
                        }
                    }
                    Err(why) => return Ok(why),
                },
            }
        }
    }

    async fn beat(&mut self) -> Result<(), Closed> {
        self.pulse.beat();
        let findings = self.watch.silent(self.cause.as_deref(), self.ctx.clock.now(), Instant::now());
        self.teller.tell(findings).await
    }

    /// One message; says why the connection is of no more use, if it turns out so.
    async fn take(&mut self, link: &mut Link, publish: Publish) -> Result<Option<String>, Closed> {
        let (at, now) = (self.ctx.clock.now(), Instant::now());
        if self.input.wants_bytes() {
            self.input.bytes(publish.picture().as_bytes());
        }
        if publish.retained {
            return Ok(None);
        }
        let heard = self.messages.take(&publish.topic, &publish.payload, at, now);
        for error in &heard.errors {
            self.input.error(error);
        }
        let mut findings = Vec::new();
        for (place, found) in heard.found {
            findings.extend(match found {
                Found::Value(value, told) => self.watch.value(place, value, told, at, now),
                Found::Nothing(why) => self.watch.bad(place, &why, at, now),
            });
        }
        self.teller.tell(findings).await?;
        for (topic, payload) in heard.commands {
            if let Err(why) = link.publish(&topic, payload) {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }
}
