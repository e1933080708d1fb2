//! RuuviTag: data formats 5 (RAWv2) and 3 (RAWv1), maker's data of company 0499.
//!
//! Source: docs.ruuvi.com, Bluetooth advertisements, data format 5 and data format 3. Big-endian; the largest unsigned
//! and the smallest signed number of a field mean "not available".

use super::{Decoded, MILLI_G, Quantity, Refusal, at};

const FORMAT: &str = "RuuviTag 5";
const FORMAT_3: &str = "RuuviTag 3";

/// Data format 5, field by field; `None` is "not available".
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Df5 {
    /// °C, in steps of 0.005.
    pub temperature: Option<f64>,
    /// %RH, in steps of 0.0025.
    pub humidity: Option<f64>,
    /// Pa.
    pub pressure: Option<f64>,
    /// mg along x, y and z.
    pub acceleration: [Option<i16>; 3],
    /// V of the battery.
    pub voltage: Option<f64>,
    /// dBm.
    pub tx_power: Option<i8>,
    /// Counted round at 254.
    pub movements: Option<u8>,
    /// The measurement's number.
    pub sequence: Option<u16>,
    /// The tag's address.
    pub address: Option<[u8; 6]>,
}

/// Reads format 5 from the maker's data (the byte `05` first); `None` if it is not 24 bytes of it.
pub fn df5(data: &[u8]) -> Option<Df5> {
    if data.len() != 24 || data[0] != 5 {
        return None;
    }
    let signed = |from| at::i16_be(data, from).filter(|raw| *raw != i16::MIN);
    let unsigned = |from| at::u16_be(data, from).filter(|raw| *raw != u16::MAX);
    let power = at::u16_be(data, 13)?;
    let (millivolts, tx) = (power >> 5, power & 0x1F);
    Some(Df5 {
        temperature: signed(1).map(|raw| f64::from(raw) * 5.0 / 1000.0),
        humidity: unsigned(3).map(|raw| f64::from(raw) * 25.0 / 10_000.0),
        pressure: unsigned(5).map(|raw| f64::from(raw) + 50_000.0),
        acceleration: [signed(7), signed(9), signed(11)],
        voltage: (millivolts != 0x7FF).then(|| f64::from(millivolts + 1600) / 1000.0),
        tx_power: (tx != 0x1F).then_some(tx as i8 * 2 - 40),
        movements: at::u8(data, 15).filter(|raw| *raw != u8::MAX),
        sequence: unsigned(16),
        address: at::bytes::<6>(data, 18).filter(|address| *address != [0xFF; 6]),
    })
}

pub(super) fn decode(data: &[u8]) -> Result<Decoded, Refusal> {
    match data.first() {
        Some(5) => {
            let tag = df5(data).ok_or(Refusal::Malformed { format: FORMAT, what: "expected 24 bytes" })?;
            let [x, y, z] = tag.acceleration.map(|mg| mg.map(|mg| f64::from(mg) * MILLI_G));
            let mut decoded = Decoded::new(FORMAT)
                .maybe(Quantity::Temperature, tag.temperature)
                .maybe(Quantity::Humidity, tag.humidity)
                .maybe(Quantity::Pressure, tag.pressure)
                .maybe(Quantity::AccelerationX, x)
                .maybe(Quantity::AccelerationY, y)
                .maybe(Quantity::AccelerationZ, z)
                .maybe(Quantity::Voltage, tag.voltage)
                .maybe(Quantity::TxPower, tag.tx_power.map(f64::from))
                .maybe(Quantity::Movements, tag.movements.map(f64::from));
            decoded.packet = tag.sequence.map(u32::from);
            Ok(decoded)
        }
        Some(3) => df3(data).ok_or(Refusal::Malformed { format: FORMAT_3, what: "expected 14 bytes" }),
        _ => Err(Refusal::Malformed { format: "RuuviTag", what: "a data format other than 3 and 5" }),
    }
}

/// Format 3: humidity in halves, the temperature as sign, whole degrees and hundredths.
fn df3(data: &[u8]) -> Option<Decoded> {
    if data.len() < 14 {
        return None;
    }
    let (whole, hundredths) = (at::u8(data, 2)?, at::u8(data, 3)?);
    let size = f64::from(u16::from(whole & 0x7F) * 100 + u16::from(hundredths)) / 100.0;
    let axis = |from| at::i16_be(data, from).map(|mg| f64::from(mg) * MILLI_G);
    Some(
        Decoded::new(FORMAT_3)
            .with(Quantity::Temperature, if whole & 0x80 == 0 { size } else { -size })
            .with(Quantity::Humidity, f64::from(at::u8(data, 1)?) / 2.0)
            .with(Quantity::Pressure, f64::from(at::u16_be(data, 4)?) + 50_000.0)
            .maybe(Quantity::AccelerationX, axis(6))
            .maybe(Quantity::AccelerationY, axis(8))
            .maybe(Quantity::AccelerationZ, axis(10))
            .with(Quantity::Voltage, f64::from(at::u16_be(data, 12)?) / 1000.0),
    )
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    fn read(digits: &str) -> Df5 {
        df5(&hex(digits.as_bytes()).expect("hex")).expect("format 5")
    }

    /// The four vectors of the maker's page.
    #[test]
    fn the_vectors_of_the_makers_page_decode_exactly() {
        let address = Some([0xCB, 0xB8, 0x33, 0x4C, 0x88, 0x4F]);
        let valid = Df5 {
            temperature: Some(24.3),
            humidity: Some(53.49),
            pressure: Some(100_044.0),
            acceleration: [Some(4), Some(-4), Some(1036)],
            voltage: Some(2.977),
            tx_power: Some(4),
            movements: Some(66),
            sequence: Some(205),
            address,
        };
        assert_eq!(read("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"), valid);
        let most = Df5 {
            temperature: Some(163.835),
            humidity: Some(163.835),
            pressure: Some(115_534.0),
            acceleration: [Some(32_767); 3],
            voltage: Some(3.646),
            tx_power: Some(20),
            movements: Some(254),
            sequence: Some(65_534),
            address,
        };
        assert_eq!(read("057FFFFFFEFFFE7FFF7FFF7FFFFFDEFEFFFECBB8334C884F"), most);
        let least = Df5 {
            temperature: Some(-163.835),
            humidity: Some(0.0),
            pressure: Some(50_000.0),
            acceleration: [Some(-32_767); 3],
            voltage: Some(1.6),
            tx_power: Some(-40),
            movements: Some(0),
            sequence: Some(0),
            address,
        };
        assert_eq!(read("058001000000008001800180010000000000CBB8334C884F"), least);
        assert_eq!(read("058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF"), Df5::default());
    }

    #[test]
    fn what_is_not_available_is_no_value() {
        let none = decode(&hex(b"058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF").expect("hex")).expect("format 5");
        assert_eq!((none.values.as_slice(), none.packet), (&[][..], None));
        assert!(matches!(decode(&[5, 1, 2]), Err(Refusal::Malformed { .. })));
        assert!(matches!(decode(&[9]), Err(Refusal::Malformed { .. })));
    }
}
