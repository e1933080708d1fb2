//! Scales on pseudo-terminals: goods are laid on them, come to rest and go, and whoever asks is answered in the scale's language.
//!
//! With a till in the play the line also carries the till's questions, as a tap hears it: nobody needs to ask. The same seed
//! weighs the same goods. A line is found by a link that stays while the play runs.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tracing::debug;
use vyavs_bridge::pty::Pty;
use vyavs_codec::scale::{
    Decoder, DialogStatus, Flags, Message, PriceTold, Protocol, Unit, Weighing, encode_dialog_price,
    encode_dialog_status, encode_status, encode_weighing,
};

/// How long goods move before they are at rest.
const MOVES: Duration = Duration::from_millis(400);
/// The lightest and the heaviest goods, g.
const GRAMS: std::ops::RangeInclusive<i64> = 40..=3_200;

/// `[[scale]]` of a play: one a scale. Bytes are plain, eight bits without parity: a pseudo-terminal has no line to code for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleConfig {
    /// Where the agent finds the line: a link that is made here.
    pub link: PathBuf,
    /// How it speaks.
    pub protocol: Protocol,
    /// Whether the line carries a till's questions too, as a tap hears it; otherwise it is asked.
    #[serde(default)]
    pub till: bool,
    /// Goods are weighed so often, ms.
    #[serde(default = "every_ms")]
    pub every_ms: u32,
    /// Digits of the price of a kilogram.
    #[serde(default = "unit_price")]
    pub unit_price: u32,
    /// The same seed weighs the same goods.
    #[serde(default)]
    pub seed: u64,
}

fn every_ms() -> u32 {
    10_000
}

fn unit_price() -> u32 {
    199
}

/// Scales that run until this is dropped; their links go with them.
#[derive(Debug)]
pub struct Scales {
    tasks: JoinSet<()>,
    links: Vec<PathBuf>,
}

impl Drop for Scales {
    fn drop(&mut self) {
        self.tasks.abort_all();
        for link in &self.links {
            let _ = std::fs::remove_file(link);
        }
    }
}

/// Opens the lines, makes the links and lets the scales run.
pub fn start(configs: &[ScaleConfig]) -> io::Result<Scales> {
    let mut scales = Scales { tasks: JoinSet::new(), links: Vec::new() };
    for config in configs {
        let pty = Pty::open()?;
        // What a play that was killed left behind is a link, and nothing else is taken away.
        if std::fs::symlink_metadata(&config.link).is_ok_and(|there| there.file_type().is_symlink()) {
            std::fs::remove_file(&config.link)?;
        }
        std::os::unix::fs::symlink(pty.path(), &config.link)?;
        scales.links.push(config.link.clone());
        scales.tasks.spawn(Scale::new(config).run(pty));
    }
    Ok(scales)
}

/// What lies on it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Load {
    Empty,
    Moving,
    Rests(i64),
}

struct Scale {
    config: ScaleConfig,
    rng: StdRng,
    load: Load,
    unit_price: u32,
    /// A CAS scale was asked whether it is ready.
    ready: bool,
    /// Why the last question had no weight for an answer.
    status: DialogStatus,
}

impl Scale {
    fn new(config: &ScaleConfig) -> Self {
        let rng = StdRng::seed_from_u64(config.seed);
        let unit_price = config.unit_price;
        Self { config: config.clone(), rng, load: Load::Empty, unit_price, ready: false, status: DialogStatus::Ok }
    }

    async fn run(mut self, mut pty: Pty) {
        let every = Duration::from_millis(u64::from(self.config.every_ms.max(1))).max(2 * MOVES);
        let mut decoder = Decoder::new(self.config.protocol, Unit::Kilogram);
        let (mut heard, mut bytes, mut next) = (Vec::new(), [0; 64], Instant::now());
        loop {
            let reply = tokio::select! {
                () = sleep_until(next) => {
                    next += self.pass(every);
                    if self.config.till { self.talk() } else { Vec::new() }
                }
                read = pty.read(&mut bytes) => {
                    let Ok(count) = read else { return };
                    decoder.push(&bytes[..count], &mut heard);
                    heard.drain(..).flatten().flat_map(|message| self.answer(&message)).collect()
                }
            };
            if pty.write_all(&reply).await.is_err() {
                debug!(link = %self.config.link.display(), "the line of a scale is gone");
                return;
            }
        }
    }

    /// Goods come, rest and go; how long until the next change.
    fn pass(&mut self, every: Duration) -> Duration {
        let rests = (every - MOVES) / 2;
        let (load, lasts) = match self.load {
            Load::Empty => (Load::Moving, MOVES),
            Load::Moving => (Load::Rests(self.rng.random_range(GRAMS)), rests),
            Load::Rests(_) => (Load::Empty, rests),
        };
        self.load = load;
        lasts
    }

    fn weighing(&self, grams: i64) -> Weighing {
        Weighing { unit_price: Some(self.unit_price), ..Weighing::of(Decimal::new(grams, 3)) }
    }

    fn answer(&mut self, message: &Message) -> Vec<u8> {
        let protocol = self.config.protocol;
        let dialog = matches!(protocol, Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06);
        match message {
            Message::Price(told) => {
                self.unit_price = told.unit_price;
                vec![0x06]
            }
            Message::AskStatus if dialog => encode_dialog_status(self.status),
            Message::Ask if protocol == Protocol::Cas && !std::mem::replace(&mut self.ready, true) => vec![0x06],
            Message::Ask | Message::AskStatus => {
                self.ready = false;
                let weight = match self.load {
                    Load::Rests(grams) => encode_weighing(protocol, &self.weighing(grams)),
                    // A Dialog scale sells nothing by an empty platter.
                    Load::Empty if !dialog => encode_weighing(protocol, &self.weighing(0)),
                    Load::Empty | Load::Moving => None,
                };
                self.status = if self.load == Load::Moving { DialogStatus::Moving } else { DialogStatus::UnderMinimum };
                match weight {
                    Some(bytes) => bytes,
                    None if dialog => vec![0x15],
                    None => encode_status(protocol, Flags { motion: true, ..Flags::default() }),
                }
            }
            _ => Vec::new(),
        }
    }

    /// What a tap hears when goods have come to rest: the till's questions and the scale's answers.
    fn talk(&mut self) -> Vec<u8> {
        if !matches!(self.load, Load::Rests(_)) {
            return Vec::new();
        }
        let told = PriceTold { unit_price: self.unit_price, tare: None, text: None };
        let questions: Vec<(Vec<u8>, Message)> = match self.config.protocol {
            Protocol::Toledo8217 => vec![(b"W".to_vec(), Message::Ask)],
            Protocol::NciScp01 => vec![(b"W\r".to_vec(), Message::Ask)],
            Protocol::Cas => vec![(vec![0x05], Message::Ask), (vec![0x11], Message::Ask)],
            Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06 => {
                vec![(encode_dialog_price(&told), Message::Price(told)), (vec![0x04, 0x05], Message::Ask)]
            }
        };
        let mut line = Vec::new();
        for (bytes, message) in questions {
            line.extend(bytes);
            line.extend(self.answer(&message));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use vyavs_bridge::port::{Port, PortConfig};
    use vyavs_codec::scale::{Master, Turn};

    use super::*;

    fn config(dir: &std::path::Path, protocol: Protocol, till: bool) -> ScaleConfig {
        let text = format!("link = {:?}\nprotocol = \"{protocol}\"\ntill = {till}\nevery_ms = 1000", dir.join("scale"));
        toml::from_str(&text).expect("a section")
    }

    async fn port(config: &ScaleConfig) -> Port {
        let port: PortConfig = toml::from_str(&format!("path = {:?}", config.link)).expect("a port");
        Port::open(&port).expect("opened")
    }

    /// The first weight on the line; `master` asks for it, where there is one.
    async fn weight(port: &mut Port, protocol: Protocol, mut master: Option<Master>) -> Weighing {
        let (mut decoder, mut heard, mut bytes) = (Decoder::new(protocol, Unit::Kilogram), Vec::new(), [0; 64]);
        let mut ask = tokio::time::interval(Duration::from_millis(50));
        loop {
            tokio::select! {
                _ = ask.tick() => {
                    if let Some(master) = &mut master {
                        port.write_all(&master.ask()).await.expect("asked");
                    }
                }
                read = port.read(&mut bytes) => {
                    decoder.push(&bytes[..read.expect("read")], &mut heard);
                    for message in heard.drain(..) {
                        let message = message.expect("the simulated scale makes no mistakes");
                        match message {
                            Message::Weighing(weighing) if weighing.stable && !weighing.kg.is_zero() => return weighing,
                            _ => {}
                        }
                        if let Some(Turn::Send(reply)) = master.as_mut().map(|master| master.heard(&message)) {
                            port.write_all(&reply).await.expect("answered");
                        }
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn the_same_goods_are_weighed_in_every_language_asked_or_overheard() {
        let mut all = Vec::new();
        for protocol in Protocol::ALL {
            for till in [false, true] {
                let dir = tempfile::tempdir().expect("a folder");
                let config = config(dir.path(), protocol, till);
                let scales = start(std::slice::from_ref(&config)).expect("started");
                let mut port = port(&config).await;
                let master = (!till).then(|| Master::new(protocol, Some(250)));
                let weighed = tokio::time::timeout(Duration::from_secs(10), weight(&mut port, protocol, master)).await;
                all.push(weighed.unwrap_or_else(|_| panic!("{protocol} till {till}: no weight")).kg);
                drop(scales);
                assert!(std::fs::symlink_metadata(&config.link).is_err(), "the link is gone");
            }
        }
        assert!(all.iter().all(|kg| *kg == all[0]), "the same seed: {all:?}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [("link = \"a\"", "protocol"), ("link = \"a\"\nprotocol = \"x\"", "toledo-8217")] {
            let error = toml::from_str::<ScaleConfig>(text).expect_err("wrong").to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
