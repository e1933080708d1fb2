//! Govee thermometers and meat probes: maker's data under company codes of their own.
//!
//! Source: the formats as the ble_monitor project documents them (Govee publishes none). The thermometers pack
//! temperature and humidity into one number: tenths of a degree times 10,000 plus tenths of a percent, the top bit the
//! sign. A probe that is not plugged in sends FFFF and gives no value.

use super::{Advertisement, Decoded, Quantity, Refusal, at};

/// `None`: not Govee's.
pub(super) fn decode(company: u16, data: &[u8], advert: &Advertisement) -> Option<Result<Decoded, Refusal>> {
    // The product stands among the services, high byte first, unlike any other service.
    let has = |product: u16| advert.services.contains(&product.swap_bytes());
    let named = |prefix: &str| advert.name.as_deref().is_some_and(|name| name.starts_with(prefix));
    let format = "Govee";
    let found = match (company, data.len()) {
        (0xEC88, 6) => packed24(data, 1).map(|two| two.with(Quantity::Battery, data[4])),
        (0x0001, 6) if has(0x5106) || named("GVH5106") => packed32(data),
        (0x0001, 6) => packed24(data, 2).map(|two| two.with(Quantity::Battery, data[5])),
        (0xEC88, 7 | 9) => hundredths(data, 1),
        (0x0001, 9) => two_places(data),
        (0x8801, 9) => hundredths(data, 4),
        (0x67DD | 0xE02F | 0xF79F | 0xA15D, 14) => Some(probes(data, &[(1, 8)])),
        (_, 14) if has(0x5183) => Some(probes(data, &[(1, 8)])),
        (0x2730, 17) => Some(probes(data, &[(1, 8), (2, 13)])),
        (_, 17) if has(0x5182) => Some(probes(data, &[(1, 8), (2, 13)])),
        (0x1B36, 17) => match data[6] {
            1 => Some(probes(data, &[(1, 8), (2, 13)])),
            2 => Some(probes(data, &[(3, 8), (4, 13)])),
            _ => None,
        },
        (0x4A32 | 0x0332 | 0x4C32, 20) => Some(probes(data, &[(1, 8), (2, 14)])),
        (_, 20) if has(0x5185) => Some(probes(data, &[(1, 8), (2, 14)])),
        (0xAC63, 20) => at::i16_be(data, 14).map(|raw| {
            let ambient = (raw >= 0).then(|| f64::from(raw) / 100.0);
            probes(data, &[(1, 8)]).maybe(Quantity::Temperature, ambient)
        }),
        (_, 20) if has(0x5198) => match data[6] & 0x3F {
            1 => Some(probes(data, &[(1, 8), (2, 14)])),
            2 => Some(probes(data, &[(3, 8), (4, 14)])),
            _ => None,
        },
        (0xEA1C, 20) => grill(data),
        (0xEC88 | 0x2730 | 0x1B36 | 0xAC63 | 0xEA1C, _) => None,
        _ => return None,
    };
    Some(found.ok_or(Refusal::Malformed { format, what: "a length or probe group that is not known" }))
}

/// 24 bits: sign, temperature × 10 × 1000 + humidity × 10.
fn packed24(data: &[u8], from: usize) -> Option<Decoded> {
    let [a, b, c] = at::bytes(data, from)?;
    let raw = u32::from_be_bytes([0, a, b, c]);
    let size = f64::from((raw & 0x7F_FFFF) / 1000) / 10.0;
    let temperature = if raw & 0x80_0000 == 0 { size } else { -size };
    let humidity = f64::from((raw & 0x7F_FFFF) % 1000) / 10.0;
    Some(Decoded::new("Govee").with(Quantity::Temperature, temperature).with(Quantity::Humidity, humidity))
}

/// H5178: the sensor outdoors (byte 2 is 1) is heard under the same address; it is the second one.
fn two_places(data: &[u8]) -> Option<Decoded> {
    let mut decoded = packed24(data, 3)?;
    match data[2] {
        0 => {}
        1 => decoded.values.iter_mut().for_each(|value| value.field.nth = 2),
        _ => return None,
    }
    Some(decoded.with(Quantity::Battery, data[6]))
}

/// 32 bits: as above with particles as the last three digits.
fn packed32(data: &[u8]) -> Option<Decoded> {
    let raw = u32::from_be_bytes(at::bytes(data, 2)?);
    let digits = raw & 0x7FFF_FFFF;
    let size = f64::from(digits / 1_000_000) / 10.0;
    let humidity = f64::from(digits % 1_000_000 / 1000) / 10.0;
    Some(
        Decoded::new("Govee")
            .with(Quantity::Temperature, if raw == digits { size } else { -size })
            .with(Quantity::Humidity, humidity)
            .with(Quantity::Pm25, f64::from(digits % 1000)),
    )
}

/// Hundredths of a degree and of a percent, then the battery.
fn hundredths(data: &[u8], from: usize) -> Option<Decoded> {
    Some(
        Decoded::new("Govee")
            .with(Quantity::Temperature, f64::from(at::i16_le(data, from)?) / 100.0)
            .with(Quantity::Humidity, f64::from(at::u16_le(data, from + 2)?) / 100.0)
            .with(Quantity::Battery, at::u8(data, from + 4)?),
    )
}

fn probes(data: &[u8], places: &[(u8, usize)]) -> Decoded {
    places.iter().fold(Decoded::new("Govee"), |decoded, (nth, from)| {
        // The temperature the cook set as an alarm stands behind each; it is a setting, not a reading.
        let value = at::i16_be(data, *from).filter(|raw| *raw >= 0).map(|raw| f64::from(raw) / 100.0);
        decoded.probe(*nth, value)
    })
}

/// H5055: whole degrees, little-endian, two of six probes at a time.
fn grill(data: &[u8]) -> Option<Decoded> {
    let first = match data[3] & 0xC0 {
        0x00 => 1,
        0x40 => 3,
        0x80 => 5,
        _ => return None,
    };
    let value = |from| at::i16_le(data, from).filter(|raw| *raw >= 0).map(f64::from);
    let battery = Some(data[2]).filter(|battery| *battery != 0);
    Some(
        Decoded::new("Govee")
            .probe(first, value(5))
            .probe(first + 1, value(12))
            .maybe(Quantity::Battery, battery.map(f64::from)),
    )
}
