//! Bluetooth sensors in the cabinets, as a radio hears them: RuuviTag 5 and BTHome 2, plain and encrypted.
//!
//! The n-th cabinet of the store's description, from 1, has three: a RuuviTag in its air, a BTHome contact at its door and,
//! where there is a key, an encrypted BTHome thermometer between its goods ([`Place::address`]). They run on batteries, so a
//! power cut of the store stops none of them; what a probe does not know it does not say. What a radio hears is written as
//! `btmon -w` writes it, into a file that grows, or as a recording: events in hex, one a line.

mod advert;
mod sink;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior};
use vyavs_codec::ble::Key;
use vyavs_world::sensors::Sample;

use crate::fault::{self, Fault};
use crate::modbus::Instruments;
use crate::summary::Stats;
pub use advert::Place;
use sink::Sink;

/// Advertisements of one device are at least so far apart: their counters grow by ten a second at most.
const LEAST_MS: u32 = 100;

/// `[ble]` of a play: one of `btsnoop` and `record`, as the agent's section has it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BleConfig {
    /// What `btmon -w` would write: a file that grows and begins anew here.
    #[serde(default)]
    pub btsnoop: Option<PathBuf>,
    /// A recording instead: HCI events in hex, one a line.
    #[serde(default)]
    pub record: Option<PathBuf>,
    /// A file with the key of the encrypted devices, 32 hex digits; made where there is none. Without it none is heard.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// Each device is heard so often, ms; at least 100.
    #[serde(default = "every_ms")]
    pub every_ms: u32,
    /// What goes wrong, with the encrypted devices unless it says otherwise.
    #[serde(default)]
    pub faults: Vec<Fault<BleFault>>,
}

/// What goes wrong on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BleFault {
    /// Somebody plays again what the devices said first.
    Replay,
    /// Somebody sends values in their name without the key.
    Forged,
    /// Somebody sends values in their name in plain text.
    Plain,
    /// Nothing at all is heard, of no device.
    Silent,
}

fn every_ms() -> u32 {
    1_000
}

impl BleConfig {
    /// A radio whose stream is written to `path`.
    pub fn to_btsnoop(path: PathBuf) -> Self {
        Self { btsnoop: Some(path), every_ms: every_ms(), ..Self::default() }
    }

    /// A recording that is written to `path`.
    pub fn to_record(path: PathBuf) -> Self {
        Self { record: Some(path), every_ms: every_ms(), ..Self::default() }
    }

    fn sink(&self) -> Result<Sink, String> {
        match (&self.btsnoop, &self.record) {
            (Some(path), None) => Sink::btsnoop(path),
            (None, Some(path)) => Sink::record(path),
            _ => return Err("[ble]: expected either btsnoop or record".to_owned()),
        }
        .map_err(|error| format!("[ble]: {error}"))
    }

    /// The key as it lies there, or a new one of this seed.
    fn key(&self, seed: u64) -> Result<Option<Key>, String> {
        let Some(path) = &self.key_file else { return Ok(None) };
        let cannot = |error: io::Error| format!("[ble] key_file {}: {error}", path.display());
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Simulated devices keep no secret: the same world has the same key.
                let [a, b] = [seed, !seed].map(|half| half.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                let text = format!("{a:016x}{b:016x}\n");
                std::fs::write(path, &text).map_err(cannot)?;
                text
            }
            Err(error) => return Err(cannot(error)),
        };
        let wrong = || format!("[ble] key_file {}: expected 32 hex digits", path.display());
        Key::from_hex(&text).map(Some).ok_or_else(wrong)
    }
}

/// The devices and where they are heard.
pub(crate) struct Radio {
    sink: Sink,
    key: Option<Key>,
    every: Duration,
    faults: Vec<Fault<BleFault>>,
    instruments: Instruments,
    stats: Stats,
    /// Of the encrypted devices, which never count back: not over a restart of the play either.
    counter: u32,
    /// What each of them said first.
    first: Vec<Vec<u8>>,
}

impl Radio {
    /// Opens the file, reads the key; `seed` is the world's.
    pub(crate) fn new(
        config: &BleConfig,
        seed: u64,
        now: jiff::Timestamp,
        instruments: Instruments,
        stats: Stats,
    ) -> Result<Self, String> {
        if config.every_ms < LEAST_MS {
            return Err(format!("[ble] every_ms is {}, expected at least {LEAST_MS}", config.every_ms));
        }
        let (key, sink) = (config.key(seed)?, config.sink()?);
        let (every, faults) = (Duration::from_millis(config.every_ms.into()), config.faults.clone());
        Ok(Self { sink, key, every, faults, instruments, stats, counter: counter_from(now), first: Vec::new() })
    }

    /// Lets the devices speak until it is dropped; an error is the disk's.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        let (began, mut sequence) = (Instant::now(), 0_u16);
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(shown) = self.instruments.latest() else { continue };
            let wrong = fault::now(&self.faults, began.elapsed());
            if wrong == Some(BleFault::Silent) {
                continue;
            }
            // 65535 is "not available".
            sequence = (sequence + 1) % u16::MAX;
            self.counter = self.counter.wrapping_add(1);
            let mut events = Vec::new();
            for (cabinet, (_, sample)) in (1..=u8::MAX).zip(&shown.round.cabinets) {
                events.extend(self.of_cabinet(cabinet, sample, sequence, wrong));
            }
            self.stats.add_adverts(events.len() as u64);
            self.sink.write(&events).await?;
        }
    }

    fn of_cabinet(&mut self, cabinet: u8, sample: &Sample, sequence: u16, wrong: Option<BleFault>) -> Vec<Vec<u8>> {
        let mut events = vec![
            advert::ruuvi(cabinet, sample.air_c, sequence),
            advert::contact(cabinet, sample.door_open, sequence.to_le_bytes()[0]),
        ];
        let Some(key) = &self.key else { return events };
        let sealed = advert::sealed(cabinet, key, self.counter, sample.product_c);
        let place = usize::from(cabinet - 1);
        if place == self.first.len() {
            self.first.push(sealed.clone());
        }
        events.push(match wrong {
            Some(BleFault::Replay) => self.first.get(place).cloned().unwrap_or(sealed),
            Some(BleFault::Forged) => advert::forged(&sealed),
            Some(BleFault::Plain) => advert::plain(cabinet, sample.ambient_c),
            Some(BleFault::Silent) | None => sealed,
        });
        events
    }
}

/// Grows by ten a second, as fast as a device counts at most, and fits until 2033.
fn counter_from(now: jiff::Timestamp) -> u32 {
    const FROM_S: i64 = 1_600_000_000;
    u32::try_from((now.as_second() - FROM_S).max(0).saturating_mul(10)).unwrap_or(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use vyavs_codec::ble::{Advertisement, Decoded, Device, Field, Refusal, decode};

    use super::*;

    fn sample(air_c: f64, product_c: f64) -> Sample {
        let at = "2026-03-07T12:00:00Z".parse().expect("a time");
        let world = vyavs_world::World::new(1, vyavs_world::StoreSpec::default()).expect("a store");
        Sample { air_c, product_c, door_open: true, ..world.rounds(at, at, &[]).advance(at).cabinets[0].1.clone() }
    }

    fn radio(folder: &std::path::Path) -> Radio {
        let config =
            BleConfig { key_file: Some(folder.join("ble.key")), ..BleConfig::to_btsnoop(folder.join("ble.btsnoop")) };
        let now = "2026-11-23T09:00:00Z".parse().expect("a time");
        Radio::new(&config, 1, now, Instruments::new(Stats::default()).expect("templates"), Stats::default())
            .expect("a radio")
    }

    fn read(event: &[u8], device: &mut Device) -> Result<Decoded, Refusal> {
        let heard = Advertisement::from_hci(event).expect("a report");
        assert_eq!(heard.len(), 1);
        decode(&heard[0], device)
    }

    fn value(decoded: &Decoded, field: &str) -> Option<f64> {
        decoded.value(field.parse::<Field>().expect("a field"))
    }

    #[test]
    fn each_device_says_what_the_cabinet_measures_to_the_agents_own_decoder() {
        let folder = tempfile::tempdir().expect("a directory");
        let mut radio = radio(folder.path());
        let events = radio.of_cabinet(2, &sample(4.3, -18.7), 7, None);
        let address = |event: &[u8]| Advertisement::from_hci(event).expect("a report")[0].address;
        assert_eq!(
            events.iter().map(|event| address(event)).collect::<Vec<_>>(),
            Place::ALL.map(|place| place.address(2))
        );
        let air = read(&events[0], &mut Device::default()).expect("a RuuviTag");
        assert_eq!((value(&air, "temperature"), air.packet), (Some(4.3), Some(7)));
        assert_eq!((value(&air, "humidity"), value(&air, "pressure")), (None, None), "the world has none");
        let door = read(&events[1], &mut Device::default()).expect("a contact");
        assert_eq!((value(&door, "door"), value(&door, "battery")), (Some(1.0), Some(100.0)));
        let mut device = Device { key: radio.key.clone(), ..Device::default() };
        let goods = read(&events[2], &mut device).expect("opened");
        assert_eq!(value(&goods, "temperature"), Some(-18.7));
        let dead = radio.of_cabinet(2, &sample(f64::NAN, f64::NAN), 8, None);
        let air = read(&dead[0], &mut Device::default()).expect("a RuuviTag");
        assert_eq!(value(&air, "temperature"), None);
        radio.counter += 1;
        let dead = radio.of_cabinet(2, &sample(f64::NAN, f64::NAN), 8, None);
        assert_eq!(value(&read(&dead[2], &mut device).expect("opened"), "temperature"), None);
    }

    #[test]
    fn what_goes_wrong_is_refused_for_what_it_is() {
        let folder = tempfile::tempdir().expect("a directory");
        let mut radio = radio(folder.path());
        let mut device = Device { key: radio.key.clone(), ..Device::default() };
        let mut say = |wrong| {
            radio.counter += 1;
            let event = radio.of_cabinet(1, &sample(4.0, 3.0), 1, wrong).pop().expect("three");
            read(&event, &mut device)
        };
        assert!(say(None).is_ok() && say(None).is_ok());
        assert!(matches!(say(Some(BleFault::Replay)), Err(Refusal::Replay { .. })));
        assert!(matches!(say(Some(BleFault::Forged)), Err(Refusal::WrongKey(_))));
        assert!(matches!(say(Some(BleFault::Plain)), Err(Refusal::Downgrade(_))));
        assert!(say(None).is_ok(), "it goes on");
    }

    #[test]
    fn a_key_is_kept_and_a_counter_grows_over_a_restart() {
        let folder = tempfile::tempdir().expect("a directory");
        let (one, two) = (radio(folder.path()), radio(folder.path()));
        assert_eq!(one.key, two.key);
        let at = |text: &str| counter_from(text.parse().expect("a time"));
        assert_eq!(at("2026-11-23T09:01:00Z") - at("2026-11-23T09:00:00Z"), 600);
        assert!(at("2033-01-01T00:00:00Z") > at("2032-01-01T00:00:00Z"));
        std::fs::write(folder.path().join("ble.key"), "no key").expect("written");
        let config = BleConfig { key_file: Some(folder.path().join("ble.key")), ..BleConfig::default() };
        assert!(config.key(1).expect_err("refused").contains("32 hex digits"));
        assert!(BleConfig::default().sink().expect_err("refused").contains("either"));
    }
}
