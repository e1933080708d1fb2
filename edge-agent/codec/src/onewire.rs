//! DS18B20 and its kin on a 1-Wire bus, as the Linux kernel shows them in `w1_slave`.
//!
//! Two lines: nine bytes of the scratchpad with the kernel's verdict on their CRC, then the same bytes with the value in
//! thousandths of a degree (kernel documentation, w1_therm). Traps: 85 °C is what the sensor holds after power-on and
//! before it measured; nine zeros pass the CRC and mean a bus pulled low.

/// Why a text gives no temperature.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OnewireError {
    /// Not the kernel's two lines.
    #[error("not the two lines of w1_slave, expected nine bytes with `crc=.. YES` and then `t=`")]
    Format,
    /// The kernel, or the bytes themselves, say that the transfer was broken.
    #[error("the CRC does not fit: a bad contact, a long cable, or no pull-up")]
    Crc,
    /// Nine zeros.
    #[error("only zeros: the bus is short-circuited or the sensor has no power")]
    Zeros,
    /// 85 °C.
    #[error("85 °C, which the sensor holds after power-on: it did not measure")]
    PowerOn,
    /// Beyond what the sensor can measure.
    #[error("{0} °C, expected -55 to 125")]
    Range(f64),
    /// The text's number is not the one of its bytes.
    #[error("t={told} beside bytes that say {bytes}")]
    Differs {
        /// Thousandths in the text.
        told: i32,
        /// Thousandths by the bytes.
        bytes: i32,
    },
}

/// The temperature in °C.
pub fn temperature(text: &str) -> Result<f64, OnewireError> {
    let mut lines = text.lines();
    let (first, second) = (lines.next().ok_or(OnewireError::Format)?, lines.next().ok_or(OnewireError::Format)?);
    let (digits, verdict) = first.split_once(':').ok_or(OnewireError::Format)?;
    let bytes = scratchpad(digits).ok_or(OnewireError::Format)?;
    if !verdict.contains("crc=") {
        return Err(OnewireError::Format);
    }
    if !verdict.trim_end().ends_with("YES") || crc(&bytes[..8]) != bytes[8] {
        return Err(OnewireError::Crc);
    }
    if bytes == [0; 9] {
        return Err(OnewireError::Zeros);
    }
    let (_, told) = second.rsplit_once("t=").ok_or(OnewireError::Format)?;
    let told: i32 = told.trim().parse().map_err(|_| OnewireError::Format)?;
    if told == 85_000 {
        return Err(OnewireError::PowerOn);
    }
    let celsius = f64::from(told) / 1000.0;
    if !(-55.0..=125.0).contains(&celsius) {
        return Err(OnewireError::Range(celsius));
    }
    // A DS18B20 counts in sixteenths; its older kin have FF where it has its resolution, and count otherwise.
    let raw = i32::from(i16::from_le_bytes([bytes[0], bytes[1]]));
    if bytes[4] != 0xFF && (raw * 1000 / 16 - told).abs() > 1 {
        return Err(OnewireError::Differs { told, bytes: raw * 1000 / 16 });
    }
    Ok(celsius)
}

/// The text's bytes as text or not at all, for a fuzzer.
pub fn decode_any(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| temperature(text).is_ok())
}

fn scratchpad(digits: &str) -> Option<[u8; 9]> {
    let mut bytes = [0; 9];
    let mut parts = digits.split_whitespace();
    for byte in &mut bytes {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    parts.next().is_none().then_some(bytes)
}

/// Maxim's CRC-8: x⁸ + x⁵ + x⁴ + 1, reflected.
fn crc(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0x8C }))
}

/// The two lines of a DS18B20 at a temperature, for simulators and tests.
pub fn encode(celsius: f64) -> String {
    let [low, high] = ((celsius * 16.0).round() as i16).to_le_bytes();
    let mut bytes = vec![low, high, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10];
    bytes.push(crc(&bytes));
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
    let told = i32::from(i16::from_le_bytes([low, high])) * 1000 / 16;
    format!("{digits}: crc={:02x} YES\n{digits}t={told}\n", bytes[8])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the kernel's documentation, and one of the data sheet's values below zero.
    #[test]
    fn the_kernels_text_is_read() {
        let text = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n";
        assert_eq!(temperature(text), Ok(23.125));
        assert_eq!(temperature(&encode(-10.125)), Ok(-10.125));
        assert_eq!(temperature(&encode(125.0)), Ok(125.0));
    }

    #[test]
    fn what_is_no_measurement_is_refused_with_its_reason() {
        let broken = "72 01 4b 46 7f ff 0e 10 57 : crc=57 NO\n72 01 4b 46 7f ff 0e 10 57 t=23125\n";
        assert_eq!(temperature(broken), Err(OnewireError::Crc));
        let flipped = "73 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n73 01 4b 46 7f ff 0e 10 57 t=23187\n";
        assert_eq!(temperature(flipped), Err(OnewireError::Crc));
        assert_eq!(temperature(&encode(85.0)), Err(OnewireError::PowerOn));
        let zeros = "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n";
        assert_eq!(temperature(zeros), Err(OnewireError::Zeros));
        assert_eq!(temperature(&encode(126.0)), Err(OnewireError::Range(126.0)));
        let other = encode(20.0).replace("t=20000", "t=21000");
        assert_eq!(temperature(&other), Err(OnewireError::Differs { told: 21_000, bytes: 20_000 }));
        for text in ["", "\n", "72 01", "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES", "x : crc=00 YES\nt=1"] {
            assert_eq!(temperature(text), Err(OnewireError::Format), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,120}", bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = temperature(&text);
            decode_any(&bytes);
        }

        #[test]
        fn every_sixteenth_is_read_back(raw in -880_i16..=2000) {
            prop_assume!(raw != 85 * 16);
            // The text has thousandths; the kernel cuts the rest off.
            let celsius = temperature(&encode(f64::from(raw) / 16.0)).expect("a measurement");
            prop_assert!((celsius - f64::from(raw) / 16.0).abs() < 0.001);
        }
    }
}
