//! Thermometers on a 1-Wire bus, as the kernel would show them: a folder a device with `w1_slave` in it.
//!
//! Of the n-th cabinet of the store's description, from 1, `28-00000053NN01` hangs in the air and `28-00000053NN02` between
//! the goods, NN being n in hex. Each file is replaced in one step, so that whoever reads finds the old lines or the new
//! ones. A device that measures sixteenths says the nearest one.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior};
use vyavs_codec::onewire::encode;

use crate::fault::{self, Fault};
use crate::modbus::Instruments;

/// What the sensor holds after power-on.
const POWER_ON_C: f64 = 85.0;
/// What is read of a device that does not answer: the bus stays high.
const NOBODY: &str = "ff ff ff ff ff ff ff ff ff : crc=c9 NO\nff ff ff ff ff ff ff ff ff t=-62\n";

/// `[onewire]` of a play.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnewireConfig {
    /// The folder that is `/sys/bus/w1/devices` on a real box; the devices' folders are made in it, and taken away at the end.
    pub root: PathBuf,
    /// Each device measures so often, ms.
    #[serde(default = "every_ms")]
    pub every_ms: u32,
    /// What goes wrong, with every device on the bus.
    #[serde(default)]
    pub faults: Vec<Fault<OnewireFault>>,
}

/// What goes wrong on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnewireFault {
    /// A bit is read wrongly, and the kernel says so.
    Crc,
    /// The devices were without power and did not measure since: 85 °C.
    PowerOn,
    /// The bus is short-circuited: only zeros, whose CRC fits.
    Short,
    /// The devices are off the bus.
    Gone,
}

fn every_ms() -> u32 {
    1_000
}

impl OnewireConfig {
    /// A bus that works.
    pub fn new(root: PathBuf) -> Self {
        Self { root, every_ms: every_ms(), faults: Vec::new() }
    }
}

/// The two places of a cabinet, in the order of their devices.
pub const PLACES: [&str; 2] = ["air", "product"];

/// The device at a place of the n-th cabinet, both from 1.
pub fn device(cabinet: u8, place: u8) -> String {
    format!("28-00000053{cabinet:02x}{place:02x}")
}

/// The devices' folders; they go with this.
struct Bus {
    root: PathBuf,
    made: Vec<String>,
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.made.iter().for_each(|device| unplug(&self.root, device));
    }
}

/// Only what is made here is taken away.
fn unplug(root: &Path, device: &str) {
    let folder = root.join(device);
    for name in ["w1_slave", "w1_slave.new"] {
        let _ = std::fs::remove_file(folder.join(name));
    }
    let _ = std::fs::remove_dir(folder);
}

impl Bus {
    /// What one device says, in one step; `None` takes it off the bus.
    fn show(&mut self, device: String, text: Option<&str>) -> io::Result<()> {
        let Some(text) = text else {
            unplug(&self.root, &device);
            return Ok(());
        };
        let folder = self.root.join(&device);
        std::fs::create_dir_all(&folder)?;
        if !self.made.contains(&device) {
            self.made.push(device);
        }
        let beside = folder.join("w1_slave.new");
        std::fs::write(&beside, text)?;
        std::fs::rename(beside, folder.join("w1_slave"))
    }
}

/// Shows the thermometers until it is dropped; an error is the disk's.
pub async fn run(config: OnewireConfig, instruments: Instruments) -> io::Result<()> {
    std::fs::create_dir_all(&config.root)?;
    let mut bus = Bus { root: config.root, made: Vec::new() };
    let began = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_millis(u64::from(config.every_ms.max(10))));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shown) = instruments.latest() else { continue };
        let wrong = fault::now(&config.faults, began.elapsed());
        for (cabinet, (_, sample)) in (1..=u8::MAX).zip(&shown.round.cabinets) {
            for (place, celsius) in (1..).zip([sample.air_c, sample.product_c]) {
                let celsius = if shown.round.powered { celsius } else { f64::NAN };
                bus.show(device(cabinet, place), text(celsius, wrong).as_deref())?;
            }
        }
    }
}

/// The kernel's lines for a device at a temperature; none where it is not on the bus.
fn text(celsius: f64, wrong: Option<OnewireFault>) -> Option<String> {
    Some(match wrong {
        Some(OnewireFault::Gone) => return None,
        Some(OnewireFault::PowerOn) => encode(POWER_ON_C),
        Some(OnewireFault::Short) => {
            let zeros = "00 ".repeat(9);
            format!("{zeros}: crc=00 YES\n{zeros}t=0\n")
        }
        _ if !celsius.is_finite() => NOBODY.to_owned(),
        Some(OnewireFault::Crc) => spoiled(&encode(celsius)),
        None => encode(celsius),
    })
}

/// The lines with a bit of the first byte wrong, as the kernel shows what it does not believe.
fn spoiled(lines: &str) -> String {
    let byte = lines.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or_default();
    format!("{:02x}{}", byte ^ 1, lines.get(2..).unwrap_or_default()).replacen("YES", "NO", 1)
}

#[cfg(test)]
mod tests {
    use vyavs_codec::onewire::{OnewireError, temperature};

    use super::*;

    fn read(celsius: f64, wrong: Option<OnewireFault>) -> Option<Result<f64, OnewireError>> {
        text(celsius, wrong).map(|text| temperature(&text))
    }

    #[test]
    fn what_is_shown_is_what_a_reader_of_the_kernel_makes_of_it() {
        assert_eq!(read(4.5, None), Some(Ok(4.5)));
        assert_eq!(read(-18.8, None), Some(Ok(-18.812)), "the nearest sixteenth, cut to thousandths");
        assert_eq!(read(f64::NAN, None), Some(Err(OnewireError::Crc)), "nobody answers");
        assert_eq!(read(4.5, Some(OnewireFault::Crc)), Some(Err(OnewireError::Crc)));
        assert_eq!(read(4.5, Some(OnewireFault::PowerOn)), Some(Err(OnewireError::PowerOn)));
        assert_eq!(read(4.5, Some(OnewireFault::Short)), Some(Err(OnewireError::Zeros)));
        assert_eq!(read(4.5, Some(OnewireFault::Gone)), None);
    }

    #[test]
    fn what_is_made_goes_and_what_was_there_stays() {
        let root = tempfile::tempdir().expect("a directory");
        let other = root.path().join("28-0316a2795bff");
        std::fs::create_dir(&other).expect("made");
        let mut bus = Bus { root: root.path().to_owned(), made: Vec::new() };
        bus.show(device(1, 2), Some("lines\n")).expect("written");
        let file = root.path().join("28-000000530102/w1_slave");
        assert_eq!(std::fs::read_to_string(&file).expect("there"), "lines\n");
        bus.show(device(1, 2), None).expect("taken off");
        assert!(!file.parent().is_some_and(Path::exists));
        bus.show(device(1, 2), Some("again\n")).expect("written");
        drop(bus);
        assert!(other.is_dir() && !file.exists());
    }
}
