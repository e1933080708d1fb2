//! How long things take on a serial line.

use std::time::Duration;

use vyavs_bridge::port::{Parity, PortConfig};

/// The silence that parts two frames: 3.5 characters, and 1.75 ms from 19,200 baud up.
pub(super) fn gap(port: &PortConfig) -> Duration {
    if port.baud > 19_200 { Duration::from_micros(1_750) } else { characters(port, 35) / 10 }
}

/// What so many characters take on the line.
pub(super) fn characters(port: &PortConfig, count: usize) -> Duration {
    let bits = 1 + port.line.data_bits + port.line.stop_bits + u8::from(port.line.parity != Parity::None);
    Duration::from_secs(1) * u32::from(bits) * count as u32 / port.baud.max(1)
}

/// As a person writes it: `9600 8E1`.
pub(super) fn line_text(port: &PortConfig) -> String {
    let parity = match port.line.parity {
        Parity::None => 'N',
        Parity::Even => 'E',
        Parity::Odd => 'O',
    };
    format!("{} {}{parity}{}", port.baud, port.line.data_bits, port.line.stop_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(text: &str) -> PortConfig {
        toml::from_str(text).expect("a port")
    }

    #[test]
    fn frames_are_parted_by_three_and_a_half_characters() {
        let slow = port("path = \"/dev/x\"\nbaud = 9600\nline = \"8E1\"");
        assert_eq!(gap(&slow).as_micros(), 4_010, "3.5 × 11 bits");
        assert_eq!(gap(&PortConfig { baud: 115_200, ..slow.clone() }).as_micros(), 1_750);
        assert_eq!(line_text(&slow), "9600 8E1");
    }
}
