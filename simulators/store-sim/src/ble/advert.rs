//! What the devices send, byte for byte.
//!
//! Sources: docs.ruuvi.com, data format 5; bthome.io, format and encryption; Bluetooth Core Specification 5.4, vol. 4 part E
//! §7.7.65.2 (LE Advertising Report) and vol. 3 part C §11 (fields of advertising data).

use vyavs_codec::ble::{Address, Key, bthome_encrypt};

/// Where a device is in its cabinet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A RuuviTag in the air: `fridge-1.air`.
    Air,
    /// A BTHome contact at the door: `fridge-1.door`.
    Door,
    /// An encrypted BTHome thermometer between the goods: `fridge-1.product`.
    Goods,
}

impl Place {
    /// In the order in which a cabinet's devices are heard.
    pub const ALL: [Self; 3] = [Self::Air, Self::Door, Self::Goods];

    /// The device's address in the n-th cabinet, from 1: `C6:53:49:4D:NN:PP`, a random static one.
    pub fn address(self, cabinet: u8) -> Address {
        Address([0xC6, 0x53, 0x49, 0x4D, cabinet, self as u8 + 1])
    }
}

/// LE general discoverable, no BR/EDR.
const FLAGS: [u8; 3] = [0x02, 0x01, 0x06];
/// How strong each is heard, dBm.
const RSSI: i8 = -60;
/// A full battery: 2.95 V above 1.6 V in mV, and +4 dBm above -40 in steps of two.
const RUUVI_POWER: u16 = 1_350 << 5 | 22;
const BATTERY_PERCENT: u8 = 100;

/// An HCI event with one report of a device that cannot be connected.
fn event(address: Address, data: &[u8]) -> Vec<u8> {
    // 31 bytes of data at most.
    let length = data.len() as u8;
    let mut event = vec![0x04, 0x3E, length + 12, 0x02, 1, 0x03, 1];
    event.extend(address.reversed());
    event.push(length);
    event.extend(data);
    event.push(RSSI.cast_unsigned());
    event
}

/// A RuuviTag; what the world does not have (humidity, pressure, acceleration) is "not available".
pub(super) fn ruuvi(cabinet: u8, air_c: f64, sequence: u16) -> Vec<u8> {
    let temperature = if air_c.is_finite() { (air_c / 0.005).round() as i16 } else { i16::MIN };
    let address = Place::Air.address(cabinet);
    let mut data = FLAGS.to_vec();
    data.extend([0x1B, 0xFF, 0x99, 0x04, 5]);
    data.extend(temperature.to_be_bytes());
    data.extend([0xFF; 4]);
    data.extend([0x80, 0, 0x80, 0, 0x80, 0]);
    data.extend(RUUVI_POWER.to_be_bytes());
    data.push(0xFF);
    data.extend(sequence.to_be_bytes());
    data.extend(address.0);
    event(address, &data)
}

/// An event with BTHome's service data.
fn bthome(address: Address, service_data: &[u8]) -> Vec<u8> {
    let mut data = FLAGS.to_vec();
    data.extend([service_data.len() as u8 + 3, 0x16, 0xD2, 0xFC]);
    data.extend(service_data);
    event(address, &data)
}

/// A contact: packet number, battery, door.
pub(super) fn contact(cabinet: u8, open: bool, packet: u8) -> Vec<u8> {
    let body = [0x40, 0x00, packet, 0x01, BATTERY_PERCENT, 0x1A, u8::from(open)];
    bthome(Place::Door.address(cabinet), &body)
}

/// Battery and temperature, the latter where there is one.
fn objects(celsius: f64) -> Vec<u8> {
    let mut objects = vec![0x01, BATTERY_PERCENT];
    if celsius.is_finite() {
        objects.push(0x02);
        objects.extend(((celsius * 100.0).round() as i16).to_le_bytes());
    }
    objects
}

/// An encrypted thermometer.
pub(super) fn sealed(cabinet: u8, key: &Key, counter: u32, celsius: f64) -> Vec<u8> {
    let address = Place::Goods.address(cabinet);
    bthome(address, &bthome_encrypt(key, address, counter, &objects(celsius)))
}

/// The same in plain text, as somebody without the key would send it.
pub(super) fn plain(cabinet: u8, celsius: f64) -> Vec<u8> {
    bthome(Place::Goods.address(cabinet), &[vec![0x40], objects(celsius)].concat())
}

/// An encrypted event with one bit of its tag changed: the last byte is the signal's strength.
pub(super) fn forged(sealed: &[u8]) -> Vec<u8> {
    let mut event = sealed.to_vec();
    if let Some(tag) = event.iter_mut().rev().nth(1) {
        *tag ^= 1;
    }
    event
}
