//! Sensors that publish at a local MQTT broker: SenML, plain JSON as Zigbee2MQTT has it, and Sparkplug B.
//!
//! Each cabinet of the store's description has a topic of its own in each format; [`messages`] and [`node`] say which. A
//! broker that is not there, or goes, is connected again with growing waits, and a Sparkplug node is then born anew.

mod link;
mod messages;
mod node;

use std::path::PathBuf;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vyavs_service::backoff::Backoff;
use vyavs_service::clock::Clock;

use crate::fault::{self, Fault};
use crate::modbus::{Instruments, Shown};
use crate::summary::Stats;
use link::Link;
use node::Node;

pub use messages::{json_topic, senml_cbor_topic, senml_topic};
pub use node::{GROUP, NODE};

/// Bounds of the wait before the broker is connected again.
const MIN_WAIT: Duration = Duration::from_millis(200);
const MAX_WAIT: Duration = Duration::from_secs(5);

/// `[mqtt]` of a play.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttConfig {
    /// The broker, `host:port`.
    pub address: String,
    /// Our client id.
    #[serde(default = "client_id")]
    pub client_id: String,
    /// A file with the user's name …
    #[serde(default)]
    pub user_file: Option<PathBuf>,
    /// … and one with the password; both are read at every attempt to connect.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// What is published.
    #[serde(default = "all")]
    pub formats: Vec<Format>,
    /// Everything is published so often, ms.
    #[serde(default = "every_ms")]
    pub every_ms: u32,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Fault<MqttFault>>,
}

/// How a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// SenML in JSON (RFC 8428).
    Senml,
    /// SenML in CBOR.
    SenmlCbor,
    /// Plain JSON, as Zigbee2MQTT publishes a sensor's.
    Json,
    /// Sparkplug B 3.0.
    Sparkplug,
}

/// What goes wrong with those that publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MqttFault {
    /// Every other message of the Sparkplug node is lost on its way.
    Lost,
    /// SenML and JSON break off in the middle.
    Garbage,
    /// Nothing is published.
    Silent,
}

fn client_id() -> String {
    "vyavs-store-sim".to_owned()
}

fn every_ms() -> u32 {
    1_000
}

fn all() -> Vec<Format> {
    vec![Format::Senml, Format::SenmlCbor, Format::Json, Format::Sparkplug]
}

impl MqttConfig {
    /// Everything, once a second.
    pub fn new(address: String) -> Self {
        let (client_id, formats, every_ms) = (client_id(), all(), every_ms());
        Self { address, client_id, user_file: None, password_file: None, formats, every_ms, faults: Vec::new() }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        self.host()?;
        if self.user_file.is_some() != self.password_file.is_some() {
            return Err("[mqtt]: user_file and password_file belong together".to_owned());
        }
        Ok(())
    }

    fn host(&self) -> Result<(&str, u16), String> {
        let split = self.address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        split
            .and_then(|(host, port)| Some((host.trim_matches(['[', ']']), port.parse().ok()?)))
            .ok_or_else(|| format!("[mqtt] address is {:?}, expected host:port", self.address))
    }

    fn has(&self, format: Format) -> bool {
        self.formats.contains(&format)
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
struct Message {
    topic: String,
    payload: Vec<u8>,
}

/// All that publish.
pub(crate) struct Publishers {
    pub(crate) config: MqttConfig,
    /// Names of the cabinets, in the order of the store's description.
    pub(crate) cabinets: Vec<String>,
    pub(crate) instruments: Instruments,
    pub(crate) stats: Stats,
    /// A device's clock is ours, however fast the store's time passes.
    pub(crate) clock: Clock,
}

impl Publishers {
    /// Publishes until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::new(MIN_WAIT, MAX_WAIT);
        let mut rng = StdRng::from_os_rng();
        let mut node = Node::new(&self.cabinets);
        let (began, mut lost) = (Instant::now(), false);
        loop {
            node.next_session();
            let will = self.config.has(Format::Sparkplug).then(|| node.death());
            let opened = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                opened = Link::open(&self.config, will, node.commands(), self.cabinets.len()) => opened,
            };
            let why = match opened {
                Ok(mut link) => {
                    if std::mem::take(&mut lost) {
                        info!("{} is connected again", self.config.address);
                    }
                    backoff.reset();
                    self.stats.add_broker_connections(1);
                    match self.serve(&mut link, &mut node, began, &stop).await {
                        Ok(()) => return,
                        Err(why) => why,
                    }
                }
                Err(why) => why,
            };
            if !std::mem::replace(&mut lost, true) {
                warn!("nothing is published: {why}");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(backoff.next(&mut rng).max(MIN_WAIT)) => {}
            }
        }
    }

    /// Publishes on one connection; an error says why it is of no more use.
    async fn serve(
        &self,
        link: &mut Link,
        node: &mut Node,
        began: Instant,
        stop: &CancellationToken,
    ) -> Result<(), String> {
        let mut ticks = tokio::time::interval(Duration::from_millis(u64::from(self.config.every_ms.max(10))));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut born, mut turn) = (false, false);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    // A node that leaves on purpose says so (Sparkplug 3.0 §5.5).
                    if born {
                        link.publish(node.death())?;
                    }
                    link.leave().await;
                    return Ok(());
                }
                command = link.command() => {
                    // Whatever it asks for beside a rebirth, such a node does not do.
                    if node::asks_for_birth(&command?) {
                        born = false;
                    }
                    continue;
                }
                _ = ticks.tick() => {}
            }
            let Some(shown) = self.instruments.latest() else { continue };
            let wrong = fault::now(&self.config.faults, began.elapsed());
            if wrong == Some(MqttFault::Silent) {
                continue;
            }
            let now = self.clock.now();
            if self.config.has(Format::Sparkplug) {
                let said =
                    if std::mem::replace(&mut born, true) { node.data(&shown, now) } else { node.birth(&shown, now) };
                for message in said {
                    turn = !turn;
                    if wrong != Some(MqttFault::Lost) || turn {
                        self.publish(link, message)?;
                    }
                }
            }
            for mut message in self.plain(&shown, now) {
                if wrong == Some(MqttFault::Garbage) {
                    message.payload.truncate(message.payload.len() / 2);
                }
                self.publish(link, message)?;
            }
        }
    }

    fn publish(&self, link: &Link, message: Message) -> Result<(), String> {
        link.publish(message)?;
        self.stats.add_published(1);
        Ok(())
    }

    /// What has no sessions: SenML and JSON.
    fn plain(&self, shown: &Shown, now: jiff::Timestamp) -> Vec<Message> {
        let mut said = Vec::new();
        for (name, (_, sample)) in self.cabinets.iter().zip(&shown.round.cabinets) {
            if self.config.has(Format::Senml) {
                said.push(messages::senml(name, sample, now));
            }
            if self.config.has(Format::SenmlCbor) {
                said.extend(messages::senml_cbor(name, sample, now));
            }
            if self.config.has(Format::Json) {
                said.push(messages::json(name, sample));
            }
        }
        if self.config.has(Format::Senml) {
            said.extend(messages::senml_meter(shown.round.power_w, now));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_reads_with_its_defaults_and_names_what_is_wrong() {
        let config: MqttConfig = toml::from_str("address = \"[::1]:1883\"").expect("a section");
        assert_eq!(config, MqttConfig::new("[::1]:1883".to_owned()));
        assert_eq!(config.host(), Ok(("::1", 1883)));
        let wrong = |text: &str| toml::from_str::<MqttConfig>(text).expect("a section").check().expect_err("wrong");
        assert!(wrong("address = \"localhost\"").contains("host:port"));
        assert!(wrong("address = \"a:1\"\nuser_file = \"u\"").contains("belong together"));
        let fault: MqttConfig =
            toml::from_str("address = \"a:1\"\nfaults = [{ kind = \"lost\", after_s = 1, lasts_s = 2 }]")
                .expect("read");
        assert_eq!(fault.faults[0].kind, MqttFault::Lost);
    }
}
