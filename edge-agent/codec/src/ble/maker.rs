//! Sensors that speak in maker's data, other than RuuviTag and Govee.
//!
//! Source, unless a function names another: the formats as the ble_monitor project documents them; their makers publish
//! none. Several makers do not own the company code they send, so a length, a name or an address inside has to fit too.

use super::service::{celsius, percent};
use super::{Advertisement, Decoded, MILLI_G, Quantity, Refusal, at};

/// Blue Maestro's second form, SensorPush's service, as they travel.
const SENSORPUSH: [u8; 16] = [0xB0, 0x0A, 0x09, 0xEC, 0xD7, 0x9D, 0xB8, 0x93, 0xBA, 0x42, 0xD6, 0x11, 0, 0, 9, 0xEF];

pub(super) fn decode(company: u16, data: &[u8], advert: &Advertisement) -> Result<Decoded, Refusal> {
    if data.starts_with(&[0xBE, 0xAC]) {
        return Err(Refusal::NotForShops("AltBeacon: an identity"));
    }
    let name = advert.name.as_deref().unwrap_or_default();
    let [low, high] = company.to_le_bytes();
    let (format, found) = match (company, data.len()) {
        _ if advert.services128.contains(&SENSORPUSH) => ("SensorPush", sensorpush(low, high, data)),
        (_, 7) if matches!(name, "sps" | "tps") => ("Inkbird", inkbird(company, data, name)),
        (_, 4) if name.starts_with("TP35") => ("ThermoPro", thermopro(high, data)),
        _ if name == "MOCREO" => ("Mocreo", mocreo(high, data)),
        (0x0000, 10 | 12 | 16 | 20) => ("Inkbird iBBQ", ibbq(data, advert)),
        (0x004C, 24) if data.get(16..18) == Some(&[0xF5, 0x25]) => ("Jaalee", jaalee(data)),
        (0x004C, _) => return Err(Refusal::NotForShops("iBeacon: an identity")),
        (0xACC0, 15) => ("Acconeer", acconeer(data)),
        (0x2112 | 0x2122, 8) => ("Air Mentor", air_mentor(data)),
        (0x2111 | 0x2121, 8) => ("Air Mentor", air_mentor_gas(data)),
        (0x06E8, _) => ("bluSensor", blusensor(data)),
        (0x0194, 9) => ("Blustream", blustream(data)),
        (0x0133, 14 | 18) => ("Blue Maestro", blue_maestro(data)),
        (0x05CD, 18) => ("Chef iQ", chef(data)),
        (0x094F, 18) => ("MikroTik", mikrotik(data)),
        (0x1000, 18) => ("Moat", moat(data)),
        (0x06D5, _) => ("Sensirion", sensirion(data)),
        (0x0757, _) => ("ELA", ela(data)),
        (0x089A, _) => ("Teltonika EYE", eye(data)),
        (0x0010 | 0x0011 | 0x0015 | 0x0018 | 0x001B, 18) => ("ThermoBeacon", thermobeacon(data, advert)),
        (0xAA55, 17) => ("ThermoBeacon", thermobeacon_t201(data)),
        (0x07B4, 17) => ("Hörmann", hormann(data)),
        (_, 11) if high == 0x82 => ("iNode", inode_meter(data)),
        (_, 22) if matches!(high, 0x9B | 0x9D) => ("iNode", inode(high, data)),
        (_, 11) if advert.services.contains(&0x20AA) || advert.services.contains(&0xAA20) => {
            ("Jinou", jinou(low, high, data))
        }
        (0x00DC, _) => return Err(Refusal::NotForShops("a toothbrush")),
        (0x0131, _) => return Err(Refusal::NotForShops("the tank of a caravan")),
        (0x0157, _) => return Err(Refusal::NotForShops("a fitness band")),
        (0x01AE, _) => return Err(Refusal::NotForShops("a tumble dryer")),
        (0x0828, _) => return Err(Refusal::NotForShops("a tyre")),
        (0xF214, _) => return Err(Refusal::NotForShops("a heating pump")),
        (0xFFFF, 27) => return Err(Refusal::NotForShops("a keg's meter")),
        (_, 13) if low == 0xC0 => return Err(Refusal::NotForShops("a scale for people")),
        _ => return Err(Refusal::Unknown),
    };
    found.ok_or(Refusal::Malformed { format, what: "a kind, address or length that does not fit" })
}

/// SensorPush: all values in one number of mixed radix. Steps of 0.0025 from −40 °C and 0 %, then Pa from 30,000.
fn sensorpush(low: u8, high: u8, data: &[u8]) -> Option<Decoded> {
    if low & 3 != 0 || data.len() > 6 {
        return None;
    }
    let mut packed = data.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)) << 8 | u64::from(high);
    let (range, has_pressure) = match 64 + (low >> 2) {
        64 => (72_001, true),
        65 => (66_001, false),
        _ => return None,
    };
    let mut next = |radix: u64| {
        let digit = packed % radix;
        packed /= radix;
        digit as f64
    };
    let step = |count: f64, from: f64| ((count * 0.0025 + from) * 100.0).round() / 100.0;
    let temperature = step(next(range), -40.0);
    let humidity = step(next(40_001), 0.0);
    let pressure = has_pressure.then(|| next(95_001) + 30_000.0);
    Some(
        Decoded::new("SensorPush")
            .with(Quantity::Temperature, temperature)
            .with(Quantity::Humidity, humidity)
            .maybe(Quantity::Pressure, pressure),
    )
}

/// IBS-TH and TH2: the temperature stands where the company should.
fn inkbird(company: u16, data: &[u8], name: &str) -> Option<Decoded> {
    let temperature = f64::from(company as i16) / 100.0;
    let decoded = Decoded::new("Inkbird");
    let decoded = match data[2] {
        0 => decoded.with(Quantity::Temperature, temperature),
        1 | 3 => decoded.probe(1, Some(temperature)),
        _ => return None,
    };
    let humidity = at::u16_le(data, 0).filter(|_| name == "sps").map(|raw| f64::from(raw) / 100.0);
    Some(decoded.maybe(Quantity::Humidity, humidity).with(Quantity::Battery, data[5]))
}

/// iBBQ: probes in tenths; FFF6 where none is plugged in.
fn ibbq(data: &[u8], advert: &Advertisement) -> Option<Decoded> {
    let own: [u8; 6] = at::bytes(data, 2)?;
    if own != advert.address.0 && own != advert.address.reversed() {
        return None;
    }
    let probes = (8..data.len()).step_by(2).zip(1..);
    Some(probes.fold(Decoded::new("Inkbird iBBQ"), |decoded, (from, nth)| {
        let value = at::i16_le(data, from).filter(|raw| *raw != -10).map(|raw| f64::from(raw) / 10.0);
        decoded.probe(nth, value)
    }))
}

fn thermopro(high: u8, data: &[u8]) -> Option<Decoded> {
    let temperature = f64::from(i16::from_le_bytes([high, data[0]])) / 10.0;
    Some(
        Decoded::new("ThermoPro")
            .with(Quantity::Temperature, temperature)
            .with(Quantity::Humidity, data[1])
            .with(Quantity::BatteryLow, u8::from(data[2] & 3 != 2)),
    )
}

/// Mocreo: the product stands in the company's high byte.
fn mocreo(product: u8, data: &[u8]) -> Option<Decoded> {
    let hundredths = |from| at::i16_le(data, from).map(|raw| f64::from(raw) / 100.0);
    let decoded = Decoded::new("Mocreo").with(Quantity::Battery, at::u8(data, 2)? & 0x7F);
    Some(match product {
        0x83 | 0x86 => decoded.maybe(Quantity::Temperature, hundredths(4)).maybe(Quantity::Humidity, hundredths(6)),
        0x81 | 0x84 | 0x87 | 0x8B | 0x94 | 0x96 => decoded.maybe(Quantity::Temperature, hundredths(4)),
        0x82 => decoded.with(Quantity::Leak, at::u8(data, 8)? & 1),
        _ => return None,
    })
}

fn jaalee(data: &[u8]) -> Option<Decoded> {
    Some(
        Decoded::new("Jaalee")
            .with(Quantity::Temperature, celsius(at::u16_be(data, 18)?))
            .with(Quantity::Humidity, percent(at::u16_be(data, 20)?))
            .with(Quantity::Battery, at::u8(data, 23)?),
    )
}

/// Acconeer's radar boards: XM122 tells presence, XM126 a distance in mm.
fn acconeer(data: &[u8]) -> Option<Decoded> {
    let decoded = Decoded::new("Acconeer")
        .with(Quantity::Battery, at::u16_le(data, 1)?)
        .with(Quantity::Temperature, at::i16_le(data, 3)?);
    let seen = at::u16_le(data, 5)?;
    match data[0] {
        0x80 | 0x91 => Some(decoded.with(Quantity::Motion, u8::from(seen != 0))),
        0x90 => Some(decoded.with(Quantity::Distance, f64::from(seen) / 1000.0)),
        _ => None,
    }
}

/// Air Mentor Pro 2: the measured temperature, and a second one without the device's own warmth; the humidity is carried
/// over to that one by the Magnus formula.
fn air_mentor(data: &[u8]) -> Option<Decoded> {
    let measured = f64::from(at::u16_be(data, 2)?) / 100.0 - 40.0;
    let room = measured - f64::from(data[4]) / 10.0;
    let saturation = |celsius: f64| (celsius * 17.62 / (celsius + 243.12)).exp();
    let hundredth = |value: f64| (value * 100.0).round() / 100.0;
    let humidity = f64::from(data[5]) * saturation(measured) / saturation(room);
    // ppb of a mixture of 110 g/mol at 24.4 l/mol.
    let tvoc = f64::from(at::u16_be(data, 0)?) * 110.0 / 24.4;
    Some(
        Decoded::new("Air Mentor")
            .with(Quantity::Temperature, hundredth(measured))
            .with(Quantity::Temperature, hundredth(room))
            .with(Quantity::Humidity, hundredth(humidity))
            .with(Quantity::Tvoc, hundredth(tvoc))
            .with(Quantity::AirQuality, at::u16_be(data, 6)?),
    )
}

fn air_mentor_gas(data: &[u8]) -> Option<Decoded> {
    Some(
        Decoded::new("Air Mentor")
            .with(Quantity::CarbonDioxide, at::u16_be(data, 0)?)
            .with(Quantity::Pm25, at::u16_be(data, 2)?)
            .with(Quantity::Pm10, at::u16_be(data, 4)?),
    )
}

/// Almendo bluSensor mini, version 1.
fn blusensor(data: &[u8]) -> Option<Decoded> {
    if data.first() != Some(&1) || data.get(2) != Some(&0x0A) {
        return None;
    }
    Some(
        Decoded::new("bluSensor")
            .with(Quantity::Temperature, f64::from(at::i16_le(data, 7)?) / 100.0)
            .with(Quantity::Humidity, f64::from(at::u16_le(data, 9)?) / 100.0)
            .with(Quantity::CarbonDioxide, at::u16_le(data, 11)?)
            .with(Quantity::Tvoc, at::u16_le(data, 13)?)
            .with(Quantity::AirQuality, at::u8(data, 15)?),
    )
}

fn blustream(data: &[u8]) -> Option<Decoded> {
    Some(
        Decoded::new("Blustream")
            .with(Quantity::Temperature, f64::from(at::i16_be(data, 7)?) / 100.0)
            .with(Quantity::Humidity, f64::from(at::u16_be(data, 5)?) / 100.0),
    )
}

/// Blue Maestro Tempo Disc and Pebble.
fn blue_maestro(data: &[u8]) -> Option<Decoded> {
    let tenths = |from| at::i16_be(data, from).map(|raw| f64::from(raw) / 10.0);
    let disc = || {
        Some(
            Decoded::new("Blue Maestro")
                .with(Quantity::Temperature, tenths(6)?)
                .with(Quantity::Humidity, tenths(8)?)
                .with(Quantity::Battery, at::u8(data, 1)?)
                .numbered(at::u16_be(data, 4)?),
        )
    };
    match (data[0], data.len()) {
        (0x16 | 0x17, 14) => Some(disc()?.with(Quantity::DewPoint, tenths(10)?)),
        (0x1B, 14) => Some(disc()?.with(Quantity::Pressure, tenths(10)? * 100.0)),
        (0x01, 18) => Some(
            Decoded::new("Blue Maestro")
                .with(Quantity::Temperature, f64::from(at::i16_le(data, 3)?) / 10.0)
                .with(Quantity::Humidity, at::u8(data, 7)?)
                .with(Quantity::Pressure, f64::from(at::u16_le(data, 8)?) * 100.0),
        ),
        _ => None,
    }
}

/// Chef iQ's probe: 7FF0 and above where there is no value.
fn chef(data: &[u8]) -> Option<Decoded> {
    let value = |from| at::u16_le(data, from).filter(|raw| *raw < 0x7FF0).map(|raw| f64::from(raw) / 10.0);
    let third = at::u8(data, 3).filter(|raw| *raw < 0xFE).map(f64::from);
    Some(
        Decoded::new("Chef iQ")
            .with(Quantity::Battery, at::u8(data, 2)?)
            .probe(1, value(10))
            .probe(2, value(12))
            .probe(3, third)
            .maybe(Quantity::Temperature, value(14)),
    )
}

/// MikroTik TG-BT5 (MikroTik's documentation, "IoT Bluetooth", payload of the tags). Fixed-point 8.8 in g and °C.
fn mikrotik(data: &[u8]) -> Option<Decoded> {
    if data[1] & 1 != 0 {
        return None;
    }
    let axis = |from| at::i16_le(data, from).map(|raw| f64::from(raw) / 256.0 * 1000.0 * MILLI_G);
    let temperature = at::i16_le(data, 10).filter(|raw| *raw != i16::MIN).map(|raw| f64::from(raw) / 256.0);
    let flags = at::u8(data, 16)?;
    let flag = |mask: u8| u8::from(flags & mask != 0);
    Some(
        Decoded::new("MikroTik")
            .maybe(Quantity::Temperature, temperature)
            .maybe(Quantity::AccelerationX, axis(4))
            .maybe(Quantity::AccelerationY, axis(6))
            .maybe(Quantity::AccelerationZ, axis(8))
            .with(Quantity::Battery, at::u8(data, 17)?)
            .with(Quantity::Switch, flag(0x01))
            .with(Quantity::Tilt, flag(0x02))
            .with(Quantity::Falling, flag(0x04))
            .with(Quantity::Impact, flag(0x38)),
    )
}

/// Moat S2: SHT2x ticks.
fn moat(data: &[u8]) -> Option<Decoded> {
    let thousandth = |value: f64| (value * 1000.0).round() / 1000.0;
    let ticks = |from| at::u16_le(data, from).map(|raw| f64::from(raw) / 65_536.0);
    Some(
        Decoded::new("Moat")
            .with(Quantity::Temperature, thousandth(ticks(10)? * 175.72 - 46.85))
            .with(Quantity::Humidity, thousandth(ticks(12)? * 125.0 - 6.0))
            .with(Quantity::Voltage, f64::from(at::u16_le(data, 14)?) / 1000.0),
    )
}

/// Sensirion's gadgets (github.com/Sensirion/ble-services, sample types).
fn sensirion(data: &[u8]) -> Option<Decoded> {
    if data.first() != Some(&0) {
        return None;
    }
    let kind = at::u8(data, 1)?;
    let decoded = Decoded::new("Sensirion");
    if kind == 34 {
        return Some(decoded.with(Quantity::CarbonDioxide, at::u16_le(data, 4)?));
    }
    let humidity = at::u16_le(data, 6)?;
    let humidity = match kind {
        // SHT4x: 125 % of range from −6 %.
        6 => ((f64::from(humidity) * 125.0 / 65_535.0 - 6.0) * 100.0).round() / 100.0,
        3 | 4 | 8 | 10 | 12 | 14 | 16 | 20 | 22 | 24 | 26 | 28 | 30 | 32 => percent(humidity),
        _ => return None,
    };
    let co2 = at::u16_le(data, 8).filter(|_| matches!(kind, 8 | 10 | 12 | 20 | 26 | 28 | 32));
    Some(
        decoded
            .with(Quantity::Temperature, celsius(at::u16_le(data, 4)?))
            .with(Quantity::Humidity, humidity)
            .maybe(Quantity::CarbonDioxide, co2.map(f64::from)),
    )
}

/// ELA Innovation's pucks and coins.
fn ela(data: &[u8]) -> Option<Decoded> {
    let hundredths = |from| at::i16_le(data, from).map(|raw| f64::from(raw) / 100.0);
    let decoded = Decoded::new("ELA");
    match data.first()? {
        0x12 => Some(decoded.with(Quantity::Temperature, hundredths(1)?)),
        0x21 => Some(decoded.with(Quantity::Temperature, hundredths(3)?).with(Quantity::Humidity, at::u8(data, 1)?)),
        0xF1 => Some(decoded.with(Quantity::Battery, at::u8(data, 1)?)),
        _ => None,
    }
}

/// Teltonika EYE sensor (Teltonika's wiki, "EYE sensor protocol"): flags, then what they announce, big-endian.
fn eye(data: &[u8]) -> Option<Decoded> {
    let flags = at::u8(data, 1)?;
    let mut rest = data.get(2..)?;
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at_checked(count)?;
        rest = tail;
        Some(head)
    };
    let mut decoded = Decoded::new("Teltonika EYE");
    if flags & 0x01 != 0 {
        decoded.push(Quantity::Temperature, f64::from(at::i16_be(take(2)?, 0)?) / 100.0);
    }
    if flags & 0x02 != 0 {
        decoded.push(Quantity::Humidity, f64::from(take(1)?[0]));
    }
    if flags & 0x04 != 0 {
        decoded.push(Quantity::Magnet, f64::from(u8::from(flags & 0x08 != 0)));
    }
    if flags & 0x10 != 0 {
        let raw = at::u16_be(take(2)?, 0)?;
        decoded.push(Quantity::Moving, f64::from(raw >> 15));
        decoded.push(Quantity::Movements, f64::from(raw & 0x7FFF));
    }
    if flags & 0x20 != 0 {
        let angles = take(3)?;
        decoded.push(Quantity::Pitch, f64::from(at::i8(angles, 0)?));
        decoded.push(Quantity::Roll, f64::from(at::i16_be(angles, 1)?));
    }
    decoded.push(Quantity::BatteryLow, f64::from(u8::from(flags & 0x40 != 0)));
    if flags & 0x80 != 0 {
        decoded.push(Quantity::Voltage, (200.0 + f64::from(take(1)?[0])) / 100.0);
    }
    Some(decoded)
}

/// ThermoBeacon: sixteenths.
fn thermobeacon(data: &[u8], advert: &Advertisement) -> Option<Decoded> {
    if at::bytes::<6>(data, 2)? != advert.address.reversed() {
        return None;
    }
    Some(
        Decoded::new("ThermoBeacon")
            .with(Quantity::Temperature, f64::from(at::i16_le(data, 10)?) / 16.0)
            .with(Quantity::Humidity, f64::from(at::u16_le(data, 12)?) / 16.0)
            .with(Quantity::Voltage, f64::from(at::u16_le(data, 8)?) / 1000.0),
    )
}

fn thermobeacon_t201(data: &[u8]) -> Option<Decoded> {
    Some(
        Decoded::new("ThermoBeacon")
            .with(Quantity::Temperature, f64::from(at::i16_be(data, 10)?) / 100.0)
            .with(Quantity::Humidity, f64::from(at::u16_be(data, 12)?) / 100.0)
            .with(Quantity::Voltage, f64::from(at::u16_be(data, 8)?) / 100.0)
            .with(Quantity::Battery, at::u8(data, 14)?),
    )
}

/// Hörmann's door drives: how far open, in half percents.
fn hormann(data: &[u8]) -> Option<Decoded> {
    let halves = at::u8(data, 1).filter(|halves| *halves <= 200)?;
    Some(
        Decoded::new("Hörmann")
            .with(Quantity::Opening, u8::from(halves != 0))
            .with(Quantity::OpenShare, f64::from(halves) / 2.0),
    )
}

/// iNode's battery: 1 is full, above it tenths.
fn inode_battery(level: u8) -> f64 {
    if level == 1 { 100.0 } else { f64::from(10 * (level.clamp(1, 11) - 1)) }
}

/// iNode energy meter: pulses a minute and in all, by the meter's constant.
fn inode_meter(data: &[u8]) -> Option<Decoded> {
    let options = at::u16_le(data, 6)?;
    let battery = inode_battery(at::u8(data, 8)? >> 4);
    if options >> 14 != 0 {
        return None;
    }
    let constant = f64::from(if options & 0x3FFF == 0 { 100 } else { options & 0x3FFF });
    Some(
        Decoded::new("iNode")
            .with(Quantity::Power, 60_000.0 * f64::from(at::u16_le(data, 0)?) / constant)
            .with(Quantity::Energy, f64::from(at::u32_le(data, 2)?) / constant)
            .with(Quantity::Battery, battery),
    )
}

/// iNode care sensors HT and PHT: SHT2x ticks of 14 bits.
fn inode(product: u8, data: &[u8]) -> Option<Decoded> {
    let ticks = |from| at::u16_le(data, from).map(|raw| f64::from(raw) * 4.0 / 65_536.0);
    let pressure = at::u16_le(data, 4).filter(|_| product == 0x9D).map(|raw| f64::from(raw) / 16.0 * 100.0);
    Some(
        Decoded::new("iNode")
            .with(Quantity::Temperature, (ticks(6)? * 175.72 - 46.85).clamp(-30.0, 70.0))
            .with(Quantity::Humidity, (ticks(8)? * 125.0 - 6.0).clamp(1.0, 100.0))
            .maybe(Quantity::Pressure, pressure)
            .with(Quantity::Battery, inode_battery(at::u8(data, 1)? >> 4)),
    )
}

/// Jinou BEC07: sign and whole degrees stand where the company should.
fn jinou(sign: u8, whole: u8, data: &[u8]) -> Option<Decoded> {
    let joined = |whole: u8, part: u8| f64::from(u16::from(whole) * 10 + u16::from(part)) / 10.0;
    if data[0] > 9 || data[3] > 9 || sign > 1 {
        return None;
    }
    let size = joined(whole, data[0]);
    Some(
        Decoded::new("Jinou")
            .with(Quantity::Temperature, if sign == 1 { -size } else { size })
            .with(Quantity::Humidity, joined(data[2], data[3])),
    )
}
