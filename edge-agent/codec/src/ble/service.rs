//! Sensors that speak in service data, other than BTHome and MiBeacon.
//!
//! Source, unless a function names another: the formats as the ble_monitor project documents them; their makers publish
//! none. Numbers are little-endian where nothing else is said.

use super::{Advertisement, Decoded, Device, MILLI_G, Quantity, Refusal, at, cipher};

pub(super) fn decode(
    service: u16,
    data: &[u8],
    advert: &Advertisement,
    device: &mut Device,
) -> Result<Decoded, Refusal> {
    let format = match service {
        0x181A => return environment(data, advert, device),
        0x1809 => "Relsib",
        0x181B | 0x181D => return Err(Refusal::NotForShops("a scale for people")),
        0x2A6E | 0x2A6F => "Teltonika",
        0x5242 => "HolyIOT",
        0xAA20..=0xAA22 => "Relsib",
        0xF51C | 0xF525 => "Jaalee",
        0xFD3D | 0x0D00 => "SwitchBot",
        0xFDCD | 0xFFF9 => "Qingping",
        0xFEAA => "KKM",
        0xFEE0 => return Err(Refusal::NotForShops("a fitness band")),
        _ => return Err(Refusal::Unknown),
    };
    let found = match service {
        0x1809 => thermometer_text(data),
        0x2A6E | 0x2A6F => characteristics(advert),
        0x5242 => holyiot(data, advert),
        0xAA20..=0xAA22 => relsib(service, data),
        0xF51C | 0xF525 => jaalee(data, advert),
        0xFD3D | 0x0D00 => switchbot(data),
        0xFEAA => kkm(data),
        _ => return qingping(data, advert),
    };
    found.ok_or(Refusal::Malformed { format, what: "a length, kind or address that does not fit" })
}

/// Environmental sensing (181A): ATC1441 and pvvx firmware (github.com/pvvx/ATC_MiThermometer), plain and encrypted, and
/// b-parasite (github.com/rbaron/b-parasite). The encrypted forms have a one-byte counter, so an old one played again
/// cannot be told.
fn environment(data: &[u8], advert: &Advertisement, device: &mut Device) -> Result<Decoded, Refusal> {
    let short = |format| Refusal::Malformed { format, what: "too short" };
    if matches!(data.len(), 13 | 15) {
        device.plain("ATC")?;
    }
    match data.len() {
        13 => atc1441(data).ok_or(short("ATC")),
        15 => pvvx(data).ok_or(short("pvvx")),
        8 | 11 => {
            let key = device.key.as_ref().ok_or(Refusal::NoKey("pvvx"))?;
            // The nonce takes the AD structure's own head.
            let mut nonce = advert.address.reversed().to_vec();
            nonce.extend([data.len() as u8 + 3, 0x16, 0x1A, 0x18, data[0]]);
            let plain = cipher::open(key, &nonce, &[0x11], &data[1..]).ok_or(Refusal::WrongKey("pvvx"))?;
            device.memory.proven = true;
            sealed_values(&plain, data[0]).ok_or(short("pvvx"))
        }
        16 | 18 => parasite(data).ok_or(short("b-parasite")),
        _ => Err(Refusal::Unknown),
    }
}

fn atc1441(data: &[u8]) -> Option<Decoded> {
    Some(
        Decoded::new("ATC")
            .with(Quantity::Temperature, f64::from(at::i16_be(data, 6)?) / 10.0)
            .with(Quantity::Humidity, at::u8(data, 8)?)
            .with(Quantity::Battery, at::u8(data, 9)?)
            .with(Quantity::Voltage, f64::from(at::u16_be(data, 10)?) / 1000.0)
            .numbered(at::u8(data, 12)?),
    )
}

fn pvvx(data: &[u8]) -> Option<Decoded> {
    Some(
        Decoded::new("pvvx")
            .with(Quantity::Temperature, f64::from(at::i16_le(data, 6)?) / 100.0)
            .with(Quantity::Humidity, f64::from(at::u16_le(data, 8)?) / 100.0)
            .with(Quantity::Voltage, f64::from(at::u16_le(data, 10)?) / 1000.0)
            .with(Quantity::Battery, at::u8(data, 12)?)
            .numbered(at::u8(data, 13)?),
    )
}

fn sealed_values(plain: &[u8], number: u8) -> Option<Decoded> {
    let decoded = Decoded::new("pvvx").numbered(number);
    Some(match plain.len() {
        6 => decoded
            .with(Quantity::Temperature, f64::from(at::i16_le(plain, 0)?) / 100.0)
            .with(Quantity::Humidity, f64::from(at::u16_le(plain, 2)?) / 100.0)
            .with(Quantity::Battery, at::u8(plain, 4)?.min(100)),
        3 => decoded
            .with(Quantity::Temperature, f64::from(plain[0]) / 2.0 - 40.0)
            .with(Quantity::Humidity, f64::from(plain[1]) / 2.0)
            .with(Quantity::Battery, (plain[2] & 0x7F).min(100)),
        _ => return None,
    })
}

fn parasite(data: &[u8]) -> Option<Decoded> {
    let step = if data[0] >> 4 == 2 { 100.0 } else { 1000.0 };
    Some(
        Decoded::new("b-parasite")
            .with(Quantity::Temperature, f64::from(at::i16_be(data, 4)?) / step)
            .with(Quantity::Humidity, f64::from(at::u16_be(data, 6)?) / 655.36)
            .with(Quantity::Moisture, f64::from(at::u16_be(data, 8)?) / 655.36)
            .with(Quantity::Voltage, f64::from(at::u16_be(data, 2)?) / 1000.0)
            .maybe(Quantity::Illuminance, at::u16_be(data, 16).map(f64::from))
            .numbered(at::u8(data, 1)?),
    )
}

/// Qingping: product, address, then objects (id, length, value).
fn qingping(data: &[u8], advert: &Advertisement) -> Result<Decoded, Refusal> {
    let malformed = |what| Refusal::Malformed { format: "Qingping", what };
    let product = at::u8(data, 1).ok_or(malformed("too short"))?;
    let own: [u8; 6] = at::bytes(data, 2).ok_or(malformed("too short"))?;
    // The air monitors carry another of their addresses.
    if !matches!(product, 0x0E | 0x24) && own != advert.address.reversed() {
        return Err(malformed("the address inside is another than the sender's"));
    }
    let mut decoded = Decoded::new("Qingping");
    let mut rest = data.get(8..).unwrap_or_default();
    while let [id, length, tail @ ..] = rest {
        let Some(body) = tail.get(..usize::from(*length)) else { break };
        rest = &tail[body.len()..];
        let word = |from| at::u16_le(body, from).map(f64::from).unwrap_or_default();
        match (id, length) {
            (0x01, 4) => {
                decoded.push(Quantity::Temperature, at::i16_le(body, 0).map_or(f64::NAN, |raw| f64::from(raw) / 10.0));
                decoded.push(Quantity::Humidity, word(2) / 10.0);
            }
            (0x02, 1) => decoded.push(Quantity::Battery, f64::from(body[0])),
            (0x07, 2) => decoded.push(Quantity::Pressure, word(0) * 10.0),
            (0x08, 4) => {
                decoded.push(Quantity::Motion, f64::from(body[0]));
                let lux = u32::from_le_bytes([body[1], body[2], body[3], 0]);
                decoded.push(Quantity::Illuminance, f64::from(lux));
            }
            (0x09, 4) => decoded.push(Quantity::Illuminance, at::u32_le(body, 0).map_or(f64::NAN, f64::from)),
            (0x0F, 1) => decoded.packet = Some(u32::from(body[0])),
            (0x11, 1) => decoded.push(Quantity::Light, f64::from(body[0])),
            (0x12, 4) => {
                decoded.push(Quantity::Pm25, word(0));
                decoded.push(Quantity::Pm10, word(2));
            }
            (0x13, 2) => decoded.push(Quantity::CarbonDioxide, word(0)),
            _ => {}
        }
    }
    if decoded.values.is_empty() { Err(Refusal::Empty("Qingping")) } else { Ok(decoded) }
}

/// Relsib WT51 writes its temperature as text in the health thermometer's service: `+023.5`.
fn thermometer_text(data: &[u8]) -> Option<Decoded> {
    let text = std::str::from_utf8(data).ok()?;
    let value: f64 = text.trim().parse().ok()?;
    value.is_finite().then(|| Decoded::new("Relsib").with(Quantity::Temperature, value))
}

/// Relsib EClerk Eco. 8000 in a field: that sensor is not fitted.
fn relsib(service: u16, data: &[u8]) -> Option<Decoded> {
    if data.len() != 22 {
        return None;
    }
    let from = if service == 0xAA20 { 4 } else { 0 };
    let fitted = |place: usize| at::i16_le(data, from + place).filter(|raw| *raw != i16::MIN);
    // Bit 7: on mains.
    let battery = at::u8(data, 13).filter(|_| service == 0xAA20);
    Some(
        Decoded::new("Relsib")
            .maybe(Quantity::Temperature, fitted(0).map(|raw| f64::from(raw) / 100.0))
            .maybe(Quantity::Humidity, fitted(2).map(|raw| f64::from(raw) / 100.0))
            .maybe(Quantity::CarbonDioxide, fitted(4).map(f64::from))
            .maybe(Quantity::Battery, battery.map(|raw| if raw & 0x80 == 0 { f64::from(raw) } else { 100.0 })),
    )
}

/// Teltonika and ELA pucks: the temperature and humidity characteristics (2A6E, 2A6F) as service data.
fn characteristics(advert: &Advertisement) -> Option<Decoded> {
    let of = |uuid| advert.service_data.iter().find(|(service, _)| *service == uuid).map(|(_, data)| data.as_slice());
    let temperature = of(0x2A6E).and_then(|data| at::i16_le(data, 0)).map(|raw| f64::from(raw) / 100.0);
    let humidity = of(0x2A6F).and_then(|data| at::u8(data, 0)).map(f64::from);
    let decoded =
        Decoded::new("Teltonika").maybe(Quantity::Temperature, temperature).maybe(Quantity::Humidity, humidity);
    (!decoded.values.is_empty()).then_some(decoded)
}

/// HolyIOT's tracker: one measurement at a time.
fn holyiot(data: &[u8], advert: &Advertisement) -> Option<Decoded> {
    if data.len() != 13 || at::bytes::<6>(data, 2)? != advert.address.0 {
        return None;
    }
    let decoded = Decoded::new("HolyIOT").with(Quantity::Battery, data[1]);
    let (whole, hundredths) = (at::i8(data, 11)?, f64::from(data[12]) / 100.0);
    Some(match data[10] {
        1 if whole < 0 => decoded.with(Quantity::Temperature, f64::from(whole) - hundredths),
        1 => decoded.with(Quantity::Temperature, f64::from(whole) + hundredths),
        2 => decoded.with(Quantity::Pressure, 80_000.0 + f64::from(at::i16_be(data, 11)?)),
        3 => decoded.with(Quantity::Humidity, data[11]),
        4 => decoded.with(Quantity::Vibration, data[11]),
        6 => decoded.with(Quantity::Button, u8::from(data[11] == 1)),
        _ => return None,
    })
}

/// Jaalee: battery, address, Sensirion ticks.
fn jaalee(data: &[u8], advert: &Advertisement) -> Option<Decoded> {
    if !matches!(data.len(), 11 | 12) || at::bytes::<6>(data, 1)? != advert.address.reversed() {
        return None;
    }
    let from = data.len() - 4;
    Some(
        Decoded::new("Jaalee")
            .with(Quantity::Temperature, celsius(at::u16_be(data, from)?))
            .with(Quantity::Humidity, percent(at::u16_be(data, from + 2)?))
            .with(Quantity::Battery, data[0]),
    )
}

/// A Sensirion SHT's temperature ticks, to a hundredth.
pub(super) fn celsius(ticks: u16) -> f64 {
    ((f64::from(ticks) / 65_535.0 * 175.0 - 45.0) * 100.0).round() / 100.0
}

/// A Sensirion SHT's humidity ticks, to a hundredth.
pub(super) fn percent(ticks: u16) -> f64 {
    (f64::from(ticks) / 65_535.0 * 10_000.0).round() / 100.0
}

/// SwitchBot meters (github.com/OpenWonderLabs/SwitchBotAPI-BLE).
fn switchbot(data: &[u8]) -> Option<Decoded> {
    if data.len() != 6 || !matches!(data[0], 0x54 | 0x69) {
        return None;
    }
    // Bit 7 of the whole degrees set: above zero.
    let tenths = f64::from(u16::from(data[4] & 0x7F) * 10 + u16::from(data[3] & 0x0F)) / 10.0;
    Some(
        Decoded::new("SwitchBot")
            .with(Quantity::Temperature, if data[4] & 0x80 == 0 { -tenths } else { tenths })
            .with(Quantity::Humidity, data[5] & 0x7F)
            .with(Quantity::Battery, data[2] & 0x7F),
    )
}

/// KKM K6: 8.8 fixed-point numbers.
fn kkm(data: &[u8]) -> Option<Decoded> {
    if data.len() != 15 || data[0] != 0x21 || data[1] != 1 {
        return None;
    }
    let axis = |from| at::i16_be(data, from).map(|mg| f64::from(mg) * MILLI_G);
    Some(
        Decoded::new("KKM")
            .with(Quantity::Temperature, f64::from(at::i16_be(data, 5)?) / 256.0)
            .with(Quantity::Humidity, f64::from(at::u16_be(data, 7)?) / 256.0)
            .with(Quantity::Voltage, f64::from(at::u16_be(data, 3)?) / 1000.0)
            .maybe(Quantity::AccelerationX, axis(9))
            .maybe(Quantity::AccelerationY, axis(11))
            .maybe(Quantity::AccelerationZ, axis(13)),
    )
}
