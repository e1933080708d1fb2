//! BTHome 2 (service FCD2) and 1 (181C plain, 181E encrypted).
//!
//! Source: bthome.io, format and encryption. A device-information byte, then objects: an id and a little-endian number of
//! the id's width. Encrypted: ciphertext, a 4-byte counter and a 4-byte tag; the nonce is address, service, device
//! information and counter. Object ids ascend; an id that is not known ends the reading, for its width is not known.

mod objects;

use super::{Address, Decoded, Device, Key, Quantity, Refusal, at, cipher};
use objects::{Kind, Object};

const V2: &str = "BTHome 2";
const V1: &str = "BTHome 1";
/// Version 1's additional authenticated data.
const AAD_V1: &[u8] = &[0x11];

pub(super) fn v2(address: Address, data: &[u8], device: &mut Device) -> Result<Decoded, Refusal> {
    let malformed = |what| Refusal::Malformed { format: V2, what };
    let info = *data.first().ok_or(malformed("empty"))?;
    if info >> 5 != 2 {
        return Err(malformed("a version other than 2"));
    }
    // Bit 1: the device's own address stands first, because what forwards it has another.
    let (address, body) = if info & 2 == 0 {
        (address, &data[1..])
    } else {
        let mut own = at::bytes::<6>(data, 1).ok_or(malformed("too short for the address it announces"))?;
        own.reverse();
        (Address(own), &data[7..])
    };
    if info & 1 == 0 {
        device.plain(V2)?;
        return objects_v2(body);
    }
    let (sealed, counter) = split(body).ok_or(malformed("too short for counter and tag"))?;
    let nonce = nonce(address, info, counter);
    let key = device.key.as_ref().ok_or(Refusal::NoKey(V2))?;
    let plain = cipher::open(key, &nonce, &[], &sealed).ok_or(Refusal::WrongKey(V2))?;
    device.fresh(u32::from_le_bytes(counter))?;
    objects_v2(&plain)
}

pub(super) fn v1(address: Address, data: &[u8], encrypted: bool, device: &mut Device) -> Result<Decoded, Refusal> {
    if !encrypted {
        device.plain(V1)?;
        return objects_v1(data);
    }
    let short = Refusal::Malformed { format: V1, what: "too short for counter and tag" };
    let (sealed, counter) = split(data).ok_or(short)?;
    let mut nonce = address.0.to_vec();
    nonce.extend([0x1E, 0x18]);
    nonce.extend(counter);
    let key = device.key.as_ref().ok_or(Refusal::NoKey(V1))?;
    let plain = cipher::open(key, &nonce, AAD_V1, &sealed).ok_or(Refusal::WrongKey(V1))?;
    device.fresh(u32::from_le_bytes(counter))?;
    objects_v1(&plain)
}

/// Service data of an encrypted version 2 advertisement, for simulators and tests.
pub fn encrypt(key: &Key, address: Address, counter: u32, objects: &[u8]) -> Vec<u8> {
    let info = 0x41;
    let counter = counter.to_le_bytes();
    let sealed = cipher::seal(key, nonce(address, info, counter), &[], objects);
    let (text, tag) = sealed.split_at(sealed.len() - 4);
    [&[info], text, &counter, tag].concat()
}

fn nonce(address: Address, info: u8, counter: [u8; 4]) -> [u8; 13] {
    let [a, b, c, d, e, f] = address.0;
    let [w, x, y, z] = counter;
    [a, b, c, d, e, f, 0xD2, 0xFC, info, w, x, y, z]
}

/// Ciphertext with its tag, and the counter that stands between them.
fn split(body: &[u8]) -> Option<(Vec<u8>, [u8; 4])> {
    let end = body.len().checked_sub(8)?;
    let sealed = [&body[..end], &body[end + 4..]].concat();
    // An object is two bytes at least.
    (end >= 2).then_some((sealed, at::bytes(body, end)?))
}

impl Device {
    /// Believes a counter that was just proven to be the device's, if it grew.
    pub(super) fn fresh(&mut self, counter: u32) -> Result<(), Refusal> {
        let had = self.memory.counter.filter(|_| self.memory.proven);
        match had {
            Some(had) if counter == had => return Err(Refusal::Repeated),
            Some(had) if counter < had && counter >= self.restart_below => {
                return Err(Refusal::Replay { got: counter, had });
            }
            _ => {}
        }
        self.memory.proven = true;
        self.memory.counter = Some(counter);
        Ok(())
    }
}

fn objects_v2(mut rest: &[u8]) -> Result<Decoded, Refusal> {
    let mut decoded = Decoded::new(V2);
    let malformed = |what| Refusal::Malformed { format: V2, what };
    let mut whole = true;
    while let Some((id, tail)) = rest.split_first() {
        let Some(object) = Object::of(*id) else {
            whole = false;
            break;
        };
        let width = match object.kind {
            Kind::Text | Kind::Raw => usize::from(*tail.first().ok_or(malformed("a text without its length"))?),
            _ => object.width,
        };
        let from = usize::from(matches!(object.kind, Kind::Text | Kind::Raw));
        let Some(body) = tail.get(from..from + width) else {
            whole = false;
            break;
        };
        take(&mut decoded, object, body);
        rest = &tail[from + width..];
    }
    finish(decoded, whole, V2)
}

/// Version 1: a byte of length and kind before each object, so that unknown ids can be passed over.
fn objects_v1(mut rest: &[u8]) -> Result<Decoded, Refusal> {
    let mut decoded = Decoded::new(V1);
    let mut whole = true;
    while let Some((control, tail)) = rest.split_first() {
        let length = usize::from(control & 0x1F);
        let Some((id, body)) = tail.get(..length).and_then(<[u8]>::split_first) else {
            whole = false;
            break;
        };
        rest = &tail[length..];
        let Some(object) = Object::of(*id) else { continue };
        let kind = match control >> 5 {
            0 => {
                if matches!(object.kind, Kind::Button | Kind::Dimmer) {
                    object.kind
                } else {
                    Kind::Unsigned
                }
            }
            1 => Kind::Signed,
            2 => Kind::Float,
            3 => Kind::Text,
            _ => continue,
        };
        take(&mut decoded, &Object { kind, ..*object }, body);
    }
    finish(decoded, whole, V1)
}

fn finish(decoded: Decoded, whole: bool, format: &'static str) -> Result<Decoded, Refusal> {
    let said =
        !decoded.values.is_empty() || decoded.packet.is_some() || decoded.text.is_some() || decoded.raw.is_some();
    match (said, whole) {
        (true, _) => Ok(decoded),
        (false, true) => Err(Refusal::Empty(format)),
        (false, false) => Err(Refusal::Malformed { format, what: "an object that is not known, or cut short" }),
    }
}

fn take(decoded: &mut Decoded, object: &Object, body: &[u8]) {
    let unsigned = || body.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    if body.is_empty() || body.len() > 8 && !matches!(object.kind, Kind::Text | Kind::Raw) {
        return;
    }
    let raw = match object.kind {
        Kind::Unsigned => unsigned() as f64,
        Kind::Signed => {
            let free = 64 - 8 * body.len() as u32;
            (((unsigned() << free) as i64) >> free) as f64
        }
        Kind::Float => match body.len() {
            2 => half(unsigned() as u16),
            4 => f64::from(f32::from_bits(unsigned() as u32)),
            8 => f64::from_bits(unsigned()),
            _ => return,
        },
        Kind::Text => {
            decoded.text = String::from_utf8(body.to_vec()).ok().or(decoded.text.take());
            return;
        }
        Kind::Passed => return,
        Kind::Raw => {
            decoded.raw = Some(body.to_vec());
            return;
        }
        Kind::Button => match body[0] {
            code @ (0..=6 | 0x80) => f64::from(code),
            _ => return,
        },
        Kind::Dimmer => {
            let steps = f64::from(body.get(1).copied().unwrap_or_default());
            match body[0] {
                0 => 0.0,
                1 => -steps,
                2 => steps,
                _ => return,
            }
        }
    };
    match object.quantity {
        None => decoded.packet = Some(raw as u32),
        Some(quantity) => decoded.push(quantity, object.scaled(raw)),
    }
}

/// IEEE 754 half precision.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    sign * match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
    }
}

impl Quantity {
    /// Whether BTHome sends it as one byte that is 0 or 1.
    #[cfg(test)]
    fn is_binary(self) -> bool {
        self.unit() == "/"
    }
}
