//! MiBeacon (service FE95), versions 2 to 5, plain and encrypted: Xiaomi's and its partners' sensors.
//!
//! Source: Xiaomi IoT developer documentation, "MiBeacon protocol", and the object list of the ble_monitor project. Frame
//! control, product, frame counter, then by flags an address, a capability and objects (id, length, value, little-endian).
//! Versions 4 and 5 are encrypted with AES-CCM: nonce = address reversed, product and frame counter, extended counter;
//! additional data 11; a 4-byte tag. The legacy encryption of versions 2 and 3 has no tag that proves anything, so it is
//! refused. Locks say who opened them and how; that is left out.

use super::{Decoded, Device, Quantity, Refusal, at, cipher};

const FORMAT: &str = "MiBeacon";
/// Products whose button object has the common meaning; on others the same code means another key.
const BUTTONS: [u16; 5] = [0x0997, 0x0A8D, 0x0863, 0x07BF, 0x0153];
/// Wall and wireless switches with one key.
const SWITCHES: [u16; 2] = [0x2387, 0x38BB];

pub(super) fn decode(address: super::Address, data: &[u8], device: &mut Device) -> Result<Decoded, Refusal> {
    let malformed = |what| Refusal::Malformed { format: FORMAT, what };
    let short = malformed("shorter than its flags say");
    let control = at::u16_le(data, 0).ok_or(short)?;
    let product = at::u16_le(data, 2).ok_or(short)?;
    let frame = at::u8(data, 4).ok_or(short)?;
    let version = control >> 12;
    if control & 0x0080 != 0 {
        return Err(Refusal::NotForShops("MiBeacon of a mesh node"));
    }
    if version < 2 {
        return Err(malformed("a version before 2"));
    }
    let mut from = 5;
    if control & 0x0010 != 0 {
        let own: [u8; 6] = at::bytes(data, from).ok_or(short)?;
        if own != address.reversed() {
            return Err(malformed("the address inside is another than the sender's"));
        }
        from += 6;
    }
    if control & 0x0020 != 0 {
        let capability = at::u8(data, from).ok_or(short)?;
        from += 1 + usize::from(capability & 0x20 != 0);
    }
    if control & 0x0040 == 0 {
        return Err(Refusal::Empty(FORMAT));
    }
    let body = data.get(from..).ok_or(short)?;
    if control & 0x0008 == 0 {
        device.plain(FORMAT)?;
        return objects(body, product, frame);
    }
    if version < 4 {
        return Err(malformed("the legacy encryption carries no tag, so nothing in it can be proven"));
    }
    let end = body.len().checked_sub(7).ok_or(malformed("too short for counter and tag"))?;
    let extended: [u8; 3] = at::bytes(body, end).ok_or(short)?;
    let mut nonce = address.reversed().to_vec();
    nonce.extend(&data[2..5]);
    nonce.extend(extended);
    let key = device.key.as_ref().ok_or(Refusal::NoKey(FORMAT))?;
    let sealed = [&body[..end], &body[end + 3..]].concat();
    let plain = cipher::open(key, &nonce, &[0x11], &sealed).ok_or(Refusal::WrongKey(FORMAT))?;
    let [low, mid, high] = extended;
    device.fresh(u32::from_le_bytes([frame, low, mid, high]))?;
    objects(&plain, product, frame)
}

fn objects(mut rest: &[u8], product: u16, frame: u8) -> Result<Decoded, Refusal> {
    let mut decoded = Decoded::new(FORMAT).numbered(frame);
    let mut refused = None;
    while rest.len() >= 3 {
        let id = u16::from_le_bytes([rest[0], rest[1]]);
        let end = 3 + usize::from(rest[2]);
        let Some(body) = rest.get(3..end) else {
            return Err(Refusal::Malformed { format: FORMAT, what: "an object longer than the frame" });
        };
        match object(&mut decoded, id, body, product) {
            Some(Ok(())) => {}
            Some(Err(refusal)) => refused = Some(refusal),
            None if body.is_empty() => {}
            None => {
                refused = refused.or(Some(Refusal::Malformed { format: FORMAT, what: "an object that is not known" }))
            }
        }
        rest = &rest[end..];
    }
    match refused {
        _ if !decoded.values.is_empty() => Ok(decoded),
        Some(refusal) => Err(refusal),
        None => Err(Refusal::Empty(FORMAT)),
    }
}

/// Adds an object's values; `None` for an object that is not known or of another length.
fn object(decoded: &mut Decoded, id: u16, body: &[u8], product: u16) -> Option<Result<(), Refusal>> {
    let first = || body.first().map(|byte| f64::from(*byte));
    let tenths = |raw: i16| f64::from(raw) / 10.0;
    let mut say = |quantity, value: f64| {
        decoded.push(quantity, value);
        Some(Ok(()))
    };
    let flag = |value: u8| f64::from(value);
    match (id, body.len()) {
        (0x0003, 1..) => say(Quantity::Motion, first()?),
        (0x0006 | 0x0008, _) => Some(Err(Refusal::NotForShops("MiBeacon of a lock: fingerprint and arming"))),
        (0x0007, 1..) => match body[0] {
            0 | 2 | 4 => say(Quantity::Door, 1.0),
            1 | 3 | 5 => say(Quantity::Door, 0.0),
            _ => None,
        },
        (0x000A, 2) => say(Quantity::Temperature, f64::from(at::i16_le(body, 0)?) / 100.0),
        (0x000B, 9) => match body[0] & 0x0F {
            0 | 4 | 15 => say(Quantity::Lock, 1.0),
            1 | 5 | 8 => say(Quantity::Lock, 0.0),
            _ => Some(Ok(())),
        },
        (0x000F, 3) => {
            say(Quantity::Motion, 1.0);
            say(Quantity::Illuminance, f64::from(u32::from_le_bytes([body[0], body[1], body[2], 0])))
        }
        (0x0010 | 0x3003, _) => Some(Err(Refusal::NotForShops("a toothbrush"))),
        (0x1001, 3) if BUTTONS.contains(&product) => match body[2] {
            0 => say(Quantity::Button, 1.0),
            1 => say(Quantity::Button, 2.0),
            2 => say(Quantity::Button, 4.0),
            _ => None,
        },
        (0x1001, 3) => Some(Err(Refusal::NotForShops("a remote control"))),
        (0x1004, 2) => say(Quantity::Temperature, tenths(at::i16_le(body, 0)?)),
        (0x1005, 2) => {
            say(Quantity::Switch, flag(body[0]));
            say(Quantity::Temperature, flag(body[1]))
        }
        (0x1006, 2) => say(Quantity::Humidity, f64::from(at::u16_le(body, 0)?) / 10.0),
        (0x1007, 3) => say(Quantity::Illuminance, f64::from(u32::from_le_bytes([body[0], body[1], body[2], 0]))),
        (0x1008, 1) => say(Quantity::Moisture, flag(body[0])),
        (0x1009, 2) => say(Quantity::Conductivity, f64::from(at::u16_le(body, 0)?)),
        (0x100A | 0x4803 | 0x4C03 | 0x5003 | 0x5403, 1) => say(Quantity::Battery, flag(body[0])),
        (0x100D, 4) => {
            say(Quantity::Temperature, tenths(at::i16_le(body, 0)?));
            say(Quantity::Humidity, f64::from(at::u16_le(body, 2)?) / 10.0)
        }
        (0x1012, 1) => say(Quantity::Switch, flag(body[0])),
        (0x1014 | 0x4806, 1) => say(Quantity::Leak, flag(body[0])),
        (0x1015, 1) => say(Quantity::Smoke, flag(body[0])),
        (0x1017 | 0x101B, 4) => idle(decoded, f64::from(at::u32_le(body, 0)?)),
        (0x1018, 1) => say(Quantity::Light, flag(body[0])),
        // 0 open, 1 closed, 2 open for too long, 3 the device began anew.
        (0x1019, 1) => match body[0] {
            0 | 2 => say(Quantity::Opening, 1.0),
            1 => say(Quantity::Opening, 0.0),
            _ => Some(Ok(())),
        },
        (0x2000, _) => Some(Err(Refusal::NotForShops("a thermometer for people"))),
        (0x4801 | 0x4C01, 4) => say(Quantity::Temperature, single(body)?),
        (0x4802 | 0x4C02 | 0x6012, 1) => say(Quantity::Humidity, flag(body[0])),
        (0x4804 | 0x4A12, 1) => match body[0] {
            1 => say(Quantity::Opening, 1.0),
            2 => say(Quantity::Opening, 0.0),
            _ => None,
        },
        (0x4805, 4) => say(Quantity::Illuminance, single(body)?),
        (0x4808 | 0x4C08, 4) => say(Quantity::Humidity, single(body)?),
        // A bed's sensor has a button, too.
        (0x4810 | 0x5010, 1) if body[0] == 2 => say(Quantity::Button, 2.0),
        (0x5A16, 1..) if body[0] == 3 => say(Quantity::Button, 2.0),
        (0x4810 | 0x4811 | 0x4E16 | 0x4E17 | 0x5010 | 0x5011 | 0x5A16, _) => {
            Some(Err(Refusal::NotForShops("a bed's sensor")))
        }
        (0x4818, 2) => idle(decoded, f64::from(at::u16_le(body, 0)?)),
        (0x484E, 1) => say(Quantity::Occupancy, flag(u8::from(body[0] != 0))),
        (0x484F, 1) => idle(decoded, flag(body[0])),
        (0x4A01 | 0x4E01 | 0x5601, 1) => say(Quantity::BatteryLow, flag(body[0])),
        (0x4A08, 4) => {
            say(Quantity::Motion, 1.0);
            say(Quantity::Illuminance, single(body)?)
        }
        (0x4A0C, _) => say(Quantity::Button, 1.0),
        (0x4A0D, _) => say(Quantity::Button, 2.0),
        (0x4A0E, _) => say(Quantity::Button, 4.0),
        (0x4E0C, _) if SWITCHES.contains(&product) => say(Quantity::Button, 1.0),
        (0x4E0D, _) if SWITCHES.contains(&product) => say(Quantity::Button, 2.0),
        (0x4E0E, _) if SWITCHES.contains(&product) => say(Quantity::Button, 4.0),
        (0x4A0F | 0x4A1A, 1) => match body[0] {
            1 => say(Quantity::Opening, 1.0),
            _ => Some(Ok(())),
        },
        (0x4A13, 1) if body[0] == 1 => say(Quantity::Button, 1.0),
        (0x605D, 1) => say(Quantity::Temperature, flag(body[0])),
        (0x6E16, _) => Some(Err(Refusal::NotForShops("a scale for people"))),
        _ => None,
    }
}

/// Time without motion, s; 0 is motion.
fn idle(decoded: &mut Decoded, seconds: f64) -> Option<Result<(), Refusal>> {
    decoded.push(Quantity::Motion, f64::from(u8::from(seconds == 0.0)));
    decoded.push(Quantity::IdleTime, seconds);
    Some(Ok(()))
}

/// A single-precision number, by its shortest decimal writing: 22.6 stays 22.6.
fn single(body: &[u8]) -> Option<f64> {
    at::f32_le(body, 0).filter(|value| value.is_finite()).and_then(|value| value.to_string().parse().ok())
}
