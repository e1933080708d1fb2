//! Sensor boards on pseudo-terminals: the firmware's own core, measuring what the store's instruments show.
//!
//! Channel 2·n is the air of the n-th cabinet of the store's description, from 0, and 2·n+1 its goods; 250 is the store's
//! power and 251 the people since the measurement before. The line can drop, spoil and repeat frames and be pulled out; a
//! power cut of the store restarts the board. The path of the line is a link that stays while the play runs.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::debug;
use vyavs_bridge::sim::noise::{Noise, Rates};
use vyavs_bridge::sim::wire::{Line, play};
use vyavs_bridge::sim::{Cable, SimBoard, SimConfig};

use crate::modbus::{Instruments, Shown};

/// The store's power.
pub const POWER_CHANNEL: u8 = 250;
/// People through the door.
pub const PEOPLE_CHANNEL: u8 = 251;
/// `RESET_BROWNOUT` of the frame: the voltage fell.
const BROWNOUT: u8 = 4;
/// How long a pulled cable stays out.
const PULLED: Duration = Duration::from_secs(2);

/// `[[board]]` of a play: one a board. It measures what the store's instruments show.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardConfig {
    /// Where the agent finds the line: a link that is made here.
    pub link: PathBuf,
    /// It measures so often, ms.
    #[serde(default = "every_ms")]
    pub every_ms: u32,
    /// How much faster its clock runs than ours, parts in a million.
    #[serde(default)]
    pub ppm: f64,
    /// Share of frames that vanish, both ways.
    #[serde(default)]
    pub drop: f64,
    /// Share of frames in which bits are flipped.
    #[serde(default)]
    pub flip: f64,
    /// Share of frames that come twice.
    #[serde(default)]
    pub duplicate: f64,
    /// The cable is pulled so often, s; 0 is never.
    #[serde(default)]
    pub pulled_every_s: u32,
    /// The same seed spoils the same frames, and is another board.
    #[serde(default)]
    pub seed: u64,
}

fn every_ms() -> u32 {
    1_000
}

impl BoardConfig {
    /// A well-behaved board.
    pub fn new(link: PathBuf) -> Self {
        let (every_ms, ppm, pulled_every_s, seed) = (every_ms(), 0.0, 0, 0);
        Self { link, every_ms, ppm, drop: 0.0, flip: 0.0, duplicate: 0.0, pulled_every_s, seed }
    }

    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        for (name, share) in [("drop", self.drop), ("flip", self.flip), ("duplicate", self.duplicate)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("[[board]] {name} is {share}, expected 0 to 1"));
            }
        }
        Ok(())
    }
}

/// Boards that run until this is dropped; their links go with them.
#[derive(Debug)]
pub struct Boards {
    tasks: JoinSet<()>,
    links: Vec<PathBuf>,
}

impl Drop for Boards {
    fn drop(&mut self) {
        self.tasks.abort_all();
        for link in &self.links {
            let _ = std::fs::remove_file(link);
        }
    }
}

/// Makes the links and switches the boards on.
pub fn start(configs: &[BoardConfig], instruments: &Instruments) -> io::Result<Boards> {
    let mut boards = Boards { tasks: JoinSet::new(), links: Vec::new() };
    for config in configs {
        config.check().map_err(io::Error::other)?;
        let cable = Cable::new(&config.link);
        // Tried here, so that a folder that is not there is said at the start.
        drop(cable.plug()?);
        boards.links.push(config.link.clone());
        boards.tasks.spawn(run(config.clone(), cable, instruments.clone()));
    }
    Ok(boards)
}

async fn run(config: BoardConfig, cable: Cable, instruments: Instruments) {
    let mut hw_id = *b"store-sim-board\0";
    hw_id[15] = config.seed as u8;
    let mut board = SimBoard::new(SimConfig { hw_id, ppm: config.ppm, ..SimConfig::default() }, 0);
    let rates = Rates { drop: config.drop, flip_frames: config.flip, flip_bits: 0.0, duplicate: config.duplicate };
    let noise = |way: u64| Noise::new(rates, config.seed.wrapping_mul(2).wrapping_add(way));
    let mut line = Line { out: noise(0), back: noise(1) };
    let origin = Instant::now();
    let every = Duration::from_millis(u64::from(config.every_ms.max(1)));
    let lasts = match config.pulled_every_s {
        0 => Duration::MAX,
        seconds => Duration::from_secs(seconds.into()),
    };
    let mut probe = Probe { instruments, powered: true, people: 0 };
    loop {
        match cable.plug() {
            Ok(mut pty) => {
                let playing =
                    play(&mut board, &mut pty, &mut line, origin, every, |board, now_us| probe.measure(board, now_us));
                // Whether the time is up or the line broke: the cable is out, and the board goes on.
                let _ = timeout(lasts, playing).await;
            }
            Err(error) => debug!("no line for a board at {}: {error}", config.link.display()),
        }
        sleep(PULLED).await;
    }
}

/// What measures.
struct Probe {
    instruments: Instruments,
    powered: bool,
    /// People counted so far.
    people: u64,
}

impl Probe {
    fn measure(&mut self, board: &mut SimBoard, now_us: u64) {
        let Some(Shown { round, entered: people, .. }) = self.instruments.latest() else { return };
        let was = std::mem::replace(&mut self.powered, round.powered);
        match (was, round.powered) {
            (_, false) => return,
            (false, true) => board.restart(now_us, BROWNOUT),
            (true, true) => {}
        }
        let mut read = |channel: u8, value: f64| {
            // A probe that says nothing has no value, whatever number stands for it.
            let (value, quality) = if value.is_finite() { ((value * 1e3).round() as i32, 0) } else { (0, 2) };
            board.read(now_us, channel, value, quality);
        };
        for (channel, (_, sample)) in (0..POWER_CHANNEL).step_by(2).zip(&round.cabinets) {
            read(channel, sample.air_c);
            read(channel + 1, sample.product_c);
        }
        read(POWER_CHANNEL, round.power_w);
        read(PEOPLE_CHANNEL, people.saturating_sub(self.people) as f64);
        self.people = people;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_is_none_is_named() {
        let config = BoardConfig { flip: 1.5, ..BoardConfig::new("board".into()) };
        assert_eq!(config.check(), Err("[[board]] flip is 1.5, expected 0 to 1".to_owned()));
        let config: BoardConfig = toml::from_str("link = \"/tmp/board\"\nppm = 40\npulled_every_s = 60").expect("read");
        assert_eq!((config.every_ms, config.pulled_every_s), (1_000, 60));
        assert!(toml::from_str::<BoardConfig>("link = \"a\"\nspeed = 1").is_err());
    }
}
