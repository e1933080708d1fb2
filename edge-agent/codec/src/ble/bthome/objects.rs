//! BTHome's object ids.

use super::super::Quantity;

/// How an object's bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    Signed,
    /// Version 1 only.
    Float,
    Text,
    Raw,
    Button,
    Dimmer,
    /// Says something about the device, nothing it measured.
    Passed,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object {
    pub(super) id: u8,
    /// None for the packet's number.
    pub(super) quantity: Option<Quantity>,
    pub(super) width: usize,
    pub(super) kind: Kind,
    /// Multiplied by and divided by, so that a decimal factor stays exact.
    pub(super) times: f64,
    pub(super) by: f64,
}

impl Object {
    pub(super) fn of(id: u8) -> Option<&'static Self> {
        TABLE.iter().find(|object| object.id == id)
    }

    pub(super) fn scaled(&self, raw: f64) -> f64 {
        raw * self.times / self.by
    }
}

const fn row(id: u8, quantity: Quantity, width: usize, kind: Kind, times: f64, by: f64) -> Object {
    Object { id, quantity: Some(quantity), width, kind, times, by }
}

const fn plain(id: u8, quantity: Quantity, width: usize, by: f64) -> Object {
    row(id, quantity, width, Kind::Unsigned, 1.0, by)
}

const fn signed(id: u8, quantity: Quantity, width: usize, by: f64) -> Object {
    row(id, quantity, width, Kind::Signed, 1.0, by)
}

const fn binary(id: u8, quantity: Quantity) -> Object {
    plain(id, quantity, 1, 1.0)
}

/// The ids of bthome.io.
const TABLE: &[Object] = &[
    Object { id: 0x00, quantity: None, width: 1, kind: Kind::Unsigned, times: 1.0, by: 1.0 },
    plain(0x01, Quantity::Battery, 1, 1.0),
    signed(0x02, Quantity::Temperature, 2, 100.0),
    plain(0x03, Quantity::Humidity, 2, 100.0),
    // In hundredths of hPa, which are Pa.
    plain(0x04, Quantity::Pressure, 3, 1.0),
    plain(0x05, Quantity::Illuminance, 3, 100.0),
    plain(0x06, Quantity::Weight, 2, 100.0),
    // Pounds: 0.45359237 kg each.
    row(0x07, Quantity::Weight, 2, Kind::Unsigned, 0.453_592_37, 100.0),
    signed(0x08, Quantity::DewPoint, 2, 100.0),
    plain(0x09, Quantity::Count, 1, 1.0),
    plain(0x0A, Quantity::Energy, 3, 1000.0),
    plain(0x0B, Quantity::Power, 3, 100.0),
    plain(0x0C, Quantity::Voltage, 2, 1000.0),
    plain(0x0D, Quantity::Pm25, 2, 1.0),
    plain(0x0E, Quantity::Pm10, 2, 1.0),
    binary(0x0F, Quantity::Generic),
    binary(0x10, Quantity::Switch),
    binary(0x11, Quantity::Opening),
    plain(0x12, Quantity::CarbonDioxide, 2, 1.0),
    plain(0x13, Quantity::Tvoc, 2, 1.0),
    plain(0x14, Quantity::Moisture, 2, 100.0),
    binary(0x15, Quantity::BatteryLow),
    binary(0x16, Quantity::BatteryCharging),
    binary(0x17, Quantity::CarbonMonoxide),
    binary(0x18, Quantity::Cold),
    binary(0x19, Quantity::Connectivity),
    binary(0x1A, Quantity::Door),
    binary(0x1B, Quantity::GarageDoor),
    binary(0x1C, Quantity::GasDetected),
    binary(0x1D, Quantity::Heat),
    binary(0x1E, Quantity::Light),
    binary(0x1F, Quantity::Lock),
    binary(0x20, Quantity::Leak),
    binary(0x21, Quantity::Motion),
    binary(0x22, Quantity::Moving),
    binary(0x23, Quantity::Occupancy),
    binary(0x24, Quantity::Plug),
    binary(0x25, Quantity::Presence),
    binary(0x26, Quantity::Problem),
    binary(0x27, Quantity::Running),
    binary(0x28, Quantity::Safety),
    binary(0x29, Quantity::Smoke),
    binary(0x2A, Quantity::Sound),
    binary(0x2B, Quantity::Tamper),
    binary(0x2C, Quantity::Vibration),
    binary(0x2D, Quantity::Window),
    plain(0x2E, Quantity::Humidity, 1, 1.0),
    plain(0x2F, Quantity::Moisture, 1, 1.0),
    row(0x3A, Quantity::Button, 1, Kind::Button, 1.0, 1.0),
    row(0x3C, Quantity::Dimmer, 2, Kind::Dimmer, 1.0, 1.0),
    plain(0x3D, Quantity::Count, 2, 1.0),
    plain(0x3E, Quantity::Count, 4, 1.0),
    signed(0x3F, Quantity::Rotation, 2, 10.0),
    // mm.
    plain(0x40, Quantity::Distance, 2, 1000.0),
    plain(0x41, Quantity::Distance, 2, 10.0),
    plain(0x42, Quantity::Duration, 3, 1000.0),
    plain(0x43, Quantity::Current, 2, 1000.0),
    plain(0x44, Quantity::Speed, 2, 100.0),
    signed(0x45, Quantity::Temperature, 2, 10.0),
    plain(0x46, Quantity::UvIndex, 1, 10.0),
    plain(0x47, Quantity::Volume, 2, 10.0),
    // ml.
    plain(0x48, Quantity::Volume, 2, 1000.0),
    plain(0x49, Quantity::FlowRate, 2, 1000.0),
    plain(0x4A, Quantity::Voltage, 2, 10.0),
    plain(0x4B, Quantity::Gas, 3, 1000.0),
    plain(0x4C, Quantity::Gas, 4, 1000.0),
    plain(0x4D, Quantity::Energy, 4, 1000.0),
    plain(0x4E, Quantity::Volume, 4, 1000.0),
    plain(0x4F, Quantity::Water, 4, 1000.0),
    plain(0x50, Quantity::Timestamp, 4, 1.0),
    plain(0x51, Quantity::Acceleration, 2, 1000.0),
    plain(0x52, Quantity::Gyroscope, 2, 1000.0),
    row(0x53, Quantity::Generic, 0, Kind::Text, 1.0, 1.0),
    row(0x54, Quantity::Generic, 0, Kind::Raw, 1.0, 1.0),
    plain(0x55, Quantity::VolumeStored, 4, 1000.0),
    plain(0x56, Quantity::Conductivity, 2, 1.0),
    signed(0x57, Quantity::Temperature, 1, 1.0),
    row(0x58, Quantity::Temperature, 1, Kind::Signed, 35.0, 100.0),
    signed(0x59, Quantity::Count, 1, 1.0),
    signed(0x5A, Quantity::Count, 2, 1.0),
    signed(0x5B, Quantity::Count, 4, 1.0),
    signed(0x5C, Quantity::Power, 4, 100.0),
    signed(0x5D, Quantity::Current, 2, 1000.0),
    plain(0x5E, Quantity::Direction, 2, 100.0),
    plain(0x5F, Quantity::Precipitation, 2, 10.0),
    plain(0x60, Quantity::Channel, 1, 1.0),
    plain(0x61, Quantity::RotationSpeed, 2, 1.0),
    signed(0x62, Quantity::Speed, 4, 1_000_000.0),
    signed(0x63, Quantity::Acceleration, 4, 1_000_000.0),
    plain(0x64, Quantity::LightLevel, 1, 1.0),
    // Kind of device, and its firmware in two writings.
    row(0xF0, Quantity::Generic, 2, Kind::Passed, 1.0, 1.0),
    row(0xF1, Quantity::Generic, 4, Kind::Passed, 1.0, 1.0),
    row(0xF2, Quantity::Generic, 3, Kind::Passed, 1.0, 1.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_states_are_one_byte() {
        assert!(TABLE.is_sorted_by(|a, b| a.id < b.id));
        for object in TABLE
            .iter()
            .filter(|object| object.kind == Kind::Unsigned && object.quantity.is_some_and(Quantity::is_binary))
        {
            assert!(object.width <= 1, "{object:?}");
        }
    }
}
