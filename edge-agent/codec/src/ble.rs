//! What Bluetooth sensors broadcast: from a controller's report, or an advertisement's fields, to values.
//!
//! Nothing here connects to a device: all of it is heard passively. A format is recognised by what it carries (service
//! or company), never by its address. What cannot be proven is refused with a reason: a wrong key, plain text from a
//! device that was heard encrypted, a counter that does not grow. What a device says it does not know (a probe that is
//! not plugged in) gives no value rather than a number.
//!
//! Formats: RuuviTag 5 and 3, BTHome 2 and 1 (plain and encrypted), MiBeacon 2 to 5, ATC and pvvx, Qingping, Govee,
//! Inkbird, SwitchBot, ThermoPro, ThermoBeacon, SensorPush, Sensirion, Teltonika and ELA, Mocreo, Relsib, HolyIOT,
//! Jaalee, Acconeer, Air Mentor, bluSensor, Blue Maestro, Blustream, b-parasite, iNode, Jinou, KKM, MikroTik, Moat,
//! Hörmann. Each names its source beside its code.

mod advert;
mod bthome;
mod cipher;
mod govee;
mod maker;
mod mibeacon;
mod quantity;
mod ruuvi;
mod service;
mod snoop;

use serde::{Deserialize, Serialize};

pub use advert::{Address, AdvertError, Advertisement, BadAddress, hex};
pub use bthome::encrypt as bthome_encrypt;
pub use quantity::{Field, Quantity, UnknownField};
pub use ruuvi::{Df5, df5};
pub use snoop::{Snoop, SnoopError, snoop_encode};

/// A device's key, 16 bytes. It is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(crate) [u8; 16]);

impl Key {
    /// A key from its bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A key as makers' tools write it: 32 hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        hex(text.trim().as_bytes())?.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// What has to be remembered of a device so that nothing old or forged is believed; also over a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Its key has opened an advertisement: it is never again believed in plain text.
    pub proven: bool,
    /// The highest counter that was opened.
    pub counter: Option<u32>,
}

/// One device to the decoder: its key, and what is remembered of it.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The key, where it encrypts.
    pub key: Option<Key>,
    /// A counter below this is believed to be one that began anew (a new battery), although it did not grow. 0: never;
    /// 100 is what Home Assistant does, and lets a recording of a device's first hundred messages be played again.
    pub restart_below: u32,
    /// What is remembered.
    pub memory: Memory,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Which.
    pub field: Field,
    /// In the quantity's unit; finite.
    pub value: f64,
}

/// What one advertisement said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// The format's name: `BTHome 2`.
    pub format: &'static str,
    /// In the order sent.
    pub values: Vec<Measured>,
    /// The device's own number of the measurement, where it has one; the same number is the same measurement.
    pub packet: Option<u32>,
    /// Text it sent (BTHome).
    pub text: Option<String>,
    /// Bytes of no stated meaning it sent (BTHome).
    pub raw: Option<Vec<u8>>,
}

impl Decoded {
    fn new(format: &'static str) -> Self {
        Self { format, ..Self::default() }
    }

    /// Adds the next value of a quantity; what is no number is no value.
    fn push(&mut self, quantity: Quantity, value: f64) {
        let before = self.values.iter().filter(|known| known.field.quantity == quantity).count();
        if value.is_finite() {
            self.values.push(Measured { field: Field { quantity, nth: before.min(254) as u8 + 1 }, value });
        }
    }

    fn with(mut self, quantity: Quantity, value: impl Into<f64>) -> Self {
        self.push(quantity, value.into());
        self
    }

    /// A value that may be absent.
    fn maybe(mut self, quantity: Quantity, value: Option<f64>) -> Self {
        if let Some(value) = value {
            self.push(quantity, value);
        }
        self
    }

    /// The value of a probe by the number of its socket.
    fn probe(mut self, nth: u8, value: Option<f64>) -> Self {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.values.push(Measured { field: Field { quantity: Quantity::Probe, nth }, value });
        }
        self
    }

    fn numbered(mut self, packet: impl Into<u32>) -> Self {
        self.packet = Some(packet.into());
        self
    }

    /// A field's value.
    pub fn value(&self, field: Field) -> Option<f64> {
        self.values.iter().find(|known| known.field == field).map(|known| known.value)
    }
}

/// Why an advertisement gives no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No format that is known here.
    #[error("no sensor format that is known here")]
    Unknown,
    /// Known, and left alone on purpose.
    #[error("{0}: no measurement for a shop")]
    NotForShops(&'static str),
    /// A known format, but not as its maker describes it.
    #[error("{format}: {what}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Nothing measured in this one: the device repeats itself in several kinds of advertisements.
    #[error("{0}: carries no measurement")]
    Empty(&'static str),
    /// It is encrypted and there is no key.
    #[error("{0}: encrypted, and no key is configured for the device")]
    NoKey(&'static str),
    /// It does not open with the key.
    #[error("{0}: does not open with the device's key (wrong key, or forged)")]
    WrongKey(&'static str),
    /// Plain text from a device that has a key.
    #[error("{0}: plain text from a device that is to be heard encrypted; forged, or set up anew")]
    Downgrade(&'static str),
    /// The counter went back.
    #[error("counter {got} after {had}: an old advertisement played again, or a new battery")]
    Replay {
        /// What it says.
        got: u32,
        /// The highest one seen.
        had: u32,
    },
    /// The same advertisement once more; radios repeat themselves.
    #[error("the same advertisement once more")]
    Repeated,
}

impl Device {
    /// Plain text is believed only of a device that never had a key.
    fn plain(&self, format: &'static str) -> Result<(), Refusal> {
        if self.memory.proven || self.key.is_some() { Err(Refusal::Downgrade(format)) } else { Ok(()) }
    }
}

/// Decodes one advertisement; `device` remembers what protects the next one.
pub fn decode(advert: &Advertisement, device: &mut Device) -> Result<Decoded, Refusal> {
    let mut last = Refusal::Unknown;
    for (service, data) in &advert.service_data {
        let found = match service {
            0xFCD2 => bthome::v2(advert.address, data, device),
            0x181C => bthome::v1(advert.address, data, false, device),
            0x181E => bthome::v1(advert.address, data, true, device),
            0xFE95 => mibeacon::decode(advert.address, data, device),
            _ => service::decode(*service, data, advert, device),
        };
        match found {
            Ok(decoded) => return Ok(decoded),
            Err(Refusal::Unknown) => {}
            Err(refusal) => last = refusal,
        }
    }
    for (company, data) in &advert.maker_data {
        let found = match company {
            0x0499 => ruuvi::decode(data),
            _ => govee::decode(*company, data, advert).unwrap_or_else(|| maker::decode(*company, data, advert)),
        };
        match found {
            Ok(decoded) => return Ok(decoded),
            Err(Refusal::Unknown) => {}
            // A beacon's identity stands beside the measurements of several makers: only what says more counts.
            Err(refusal) if last == Refusal::Unknown => last = refusal,
            Err(_) => {}
        }
    }
    Err(last)
}

/// Everything at once, for a fuzzer: `bytes` as an HCI event and as plain advertising data, with a key.
pub fn decode_any(bytes: &[u8]) -> usize {
    let mut device = Device { key: Some(Key::new([7; 16])), ..Device::default() };
    let address = Address([0xA4, 0xC1, 0x38, 1, 2, 3]);
    let plain = std::iter::once(Advertisement::from_data(address, None, bytes));
    let heard = Advertisement::from_hci(bytes).unwrap_or_default().into_iter().chain(plain);
    heard.filter_map(|advert| decode(&advert, &mut device).ok()).map(|decoded| decoded.values.len()).sum()
}

/// Little-endian and big-endian numbers at a place, `None` beyond the end.
mod at {
    pub(super) fn u8(data: &[u8], at: usize) -> Option<u8> {
        data.get(at).copied()
    }

    pub(super) fn i8(data: &[u8], at: usize) -> Option<i8> {
        data.get(at).map(|byte| i8::from_le_bytes([*byte]))
    }

    pub(super) fn bytes<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
        data.get(at..)?.first_chunk().copied()
    }

    macro_rules! numbers {
        ($($little:ident $big:ident $kind:ident;)+) => {$(
            pub(super) fn $little(data: &[u8], at: usize) -> Option<$kind> {
                bytes(data, at).map($kind::from_le_bytes)
            }
            #[allow(dead_code, reason = "not each width is sent in each order")]
            pub(super) fn $big(data: &[u8], at: usize) -> Option<$kind> {
                bytes(data, at).map($kind::from_be_bytes)
            }
        )+};
    }

    numbers! {
        u16_le u16_be u16;
        i16_le i16_be i16;
        u32_le u32_be u32;
        f32_le f32_be f32;
    }
}

/// The standard acceleration of gravity, m/s², per thousandth of g.
const MILLI_G: f64 = 0.009_806_65;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            decode_any(&bytes);
        }

        /// Every format's own bytes, with a few of them broken, under every company and service that is known.
        #[test]
        fn no_payload_of_any_maker_panics(
            tag in prop::sample::select(vec![
                0xFCD2_u16, 0x181C, 0x181E, 0xFE95, 0x181A, 0xFDCD, 0xFFF9, 0x1809, 0xAA20, 0xAA22, 0x2A6E, 0x2A6F, 0x5242,
                0xF51C, 0xF525, 0xFD3D, 0x0D00, 0xFEAA, 0x0499, 0xEC88, 0x0001, 0x004C, 0xEA1C, 0x2730, 0xAC63, 0xC0AC,
                0x2122, 0x06E8, 0x0194, 0x0133, 0x9B90, 0x094F, 0x1000, 0x06D5, 0x0757, 0x089A, 0x0011, 0x0055, 0xC2FF,
                0x8341, 0x07B4, 0x0120, 0xFFFF,
            ]),
            body in proptest::collection::vec(any::<u8>(), 0..40),
            name in prop::sample::select(vec!["", "sps", "tps", "TP359", "PUCK_T1", "MOCREO", "ECo", "SHT40 Gadget"]),
        ) {
            let mut advert = Advertisement::empty(Address([1, 2, 3, 4, 5, 6]), None);
            advert.name = Some(name.to_owned());
            advert.service_data.push((tag, body.clone()));
            advert.maker_data.push((tag, body));
            let mut device = Device { key: Some(Key::new([1; 16])), ..Device::default() };
            if let Ok(decoded) = decode(&advert, &mut device) {
                prop_assert!(decoded.values.iter().all(|value| value.value.is_finite()));
            }
        }
    }
}
