//! What an advertisement can say, with the unit it says it in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use vyavs_domain::reading::Measure;

macro_rules! quantities {
    ($($(#[$doc:meta])+ $name:ident = $key:literal, $unit:literal, $measure:expr;)+) => {
        /// A quantity of an advertisement. Its unit is fixed, whatever the device counts in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub enum Quantity {
            $($(#[$doc])+ $name,)+
        }

        impl Quantity {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in configuration: `temperature`.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            /// Its unit, in SenML's writing where SenML has one; empty for a number without one.
            pub fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit,)+ }
            }

            /// What it is to the store; none for what has no place among the store's measures.
            pub fn measure(self) -> Option<Measure> {
                match self { $(Self::$name => $measure,)+ }
            }
        }
    };
}

quantities! {
    /// Air, or what the device is made for.
    Temperature = "temperature", "Cel", Some(Measure::Temperature);
    /// A probe on a wire; `nth` is the socket.
    Probe = "probe", "Cel", Some(Measure::Temperature);
    /// Dew point.
    DewPoint = "dew-point", "Cel", Some(Measure::Temperature);
    /// Relative humidity.
    Humidity = "humidity", "%RH", Some(Measure::Humidity);
    /// Of the air.
    Pressure = "pressure", "Pa", Some(Measure::Pressure);
    /// Charge left, as the device says it; never guessed from its voltage.
    Battery = "battery", "%EL", Some(Measure::Battery);
    /// 1: the battery is low.
    BatteryLow = "battery-low", "/", Some(Measure::State);
    /// 1: the battery is being charged.
    BatteryCharging = "battery-charging", "/", Some(Measure::State);
    /// Voltage, of the battery unless the device measures another.
    Voltage = "voltage", "V", Some(Measure::Voltage);
    /// Current.
    Current = "current", "A", Some(Measure::Current);
    /// Power.
    Power = "power", "W", Some(Measure::Power);
    /// Energy, counted up.
    Energy = "energy", "kWh", Some(Measure::Energy);
    /// Illuminance.
    Illuminance = "illuminance", "lx", Some(Measure::Illuminance);
    /// Carbon dioxide.
    CarbonDioxide = "co2", "ppm", Some(Measure::CarbonDioxide);
    /// Mass.
    Weight = "weight", "kg", Some(Measure::Weight);
    /// As the device counts, cumulative or not: it does not say.
    Count = "count", "count", Some(Measure::Count);
    /// 1: something is open.
    Opening = "opening", "/", Some(Measure::Door);
    /// 1: the door is open.
    Door = "door", "/", Some(Measure::Door);
    /// 1: the garage door is open.
    GarageDoor = "garage-door", "/", Some(Measure::Door);
    /// 1: the window is open.
    Window = "window", "/", Some(Measure::Door);
    /// 1: unlocked.
    Lock = "lock", "/", Some(Measure::State);
    /// 1: something moves before the device.
    Motion = "motion", "/", Some(Measure::State);
    /// 1: the device itself moves.
    Moving = "moving", "/", Some(Measure::State);
    /// 1: somebody is there.
    Occupancy = "occupancy", "/", Some(Measure::State);
    /// 1: somebody is at home.
    Presence = "presence", "/", Some(Measure::State);
    /// 1: smoke.
    Smoke = "smoke", "/", Some(Measure::State);
    /// 1: gas.
    GasDetected = "gas-detected", "/", Some(Measure::State);
    /// 1: carbon monoxide.
    CarbonMonoxide = "carbon-monoxide", "/", Some(Measure::State);
    /// 1: water where there should be none.
    Leak = "leak", "/", Some(Measure::State);
    /// 1: too hot.
    Heat = "heat", "/", Some(Measure::State);
    /// 1: too cold.
    Cold = "cold", "/", Some(Measure::State);
    /// 1: light.
    Light = "light", "/", Some(Measure::State);
    /// 1: connected.
    Connectivity = "connectivity", "/", Some(Measure::State);
    /// 1: plugged in.
    Plug = "plug", "/", Some(Measure::State);
    /// 1: on.
    Switch = "switch", "/", Some(Measure::State);
    /// 1: something is wrong.
    Problem = "problem", "/", Some(Measure::State);
    /// 1: it runs.
    Running = "running", "/", Some(Measure::State);
    /// 1: safe.
    Safety = "safety", "/", Some(Measure::State);
    /// 1: sound.
    Sound = "sound", "/", Some(Measure::State);
    /// 1: somebody opened the device.
    Tamper = "tamper", "/", Some(Measure::State);
    /// 1: it vibrates.
    Vibration = "vibration", "/", Some(Measure::State);
    /// 1: true, of a device that does not say of what.
    Generic = "generic", "/", Some(Measure::State);
    /// 1: a magnet is near.
    Magnet = "magnet", "/", Some(Measure::State);
    /// 1: tilted.
    Tilt = "tilt", "/", Some(Measure::State);
    /// 1: falling.
    Falling = "falling", "/", Some(Measure::State);
    /// 1: hit.
    Impact = "impact", "/", Some(Measure::State);
    /// Time since something moved.
    IdleTime = "idle-time", "s", None;
    /// Moisture of what the device stands in.
    Moisture = "moisture", "%", None;
    /// Conductivity of it.
    Conductivity = "conductivity", "uS/cm", None;
    /// Particles up to 2.5 µm.
    Pm25 = "pm2.5", "ug/m3", None;
    /// Particles up to 10 µm.
    Pm10 = "pm10", "ug/m3", None;
    /// Volatile organic compounds.
    Tvoc = "tvoc", "ug/m3", None;
    /// Air quality index, on the maker's own scale.
    AirQuality = "aqi", "", None;
    /// Acceleration where the device gives one number.
    Acceleration = "acceleration", "m/s2", None;
    /// Acceleration along x.
    AccelerationX = "acceleration-x", "m/s2", None;
    /// Acceleration along y.
    AccelerationY = "acceleration-y", "m/s2", None;
    /// Acceleration along z.
    AccelerationZ = "acceleration-z", "m/s2", None;
    /// Turning speed.
    Gyroscope = "gyroscope", "deg/s", None;
    /// Turned by.
    Rotation = "rotation", "deg", None;
    /// Roll.
    Roll = "roll", "deg", None;
    /// Pitch.
    Pitch = "pitch", "deg", None;
    /// How often it was moved, counted round.
    Movements = "movements", "count", None;
    /// Power it sends with.
    TxPower = "tx-power", "dBm", None;
    /// Distance.
    Distance = "distance", "m", None;
    /// Duration.
    Duration = "duration", "s", None;
    /// Speed.
    Speed = "speed", "m/s", None;
    /// UV index.
    UvIndex = "uv-index", "", None;
    /// Volume.
    Volume = "volume", "l", None;
    /// Volume in store.
    VolumeStored = "volume-stored", "l", None;
    /// Water used.
    Water = "water", "l", None;
    /// Flow.
    FlowRate = "flow-rate", "m3/h", None;
    /// Gas used.
    Gas = "gas", "m3", None;
    /// Direction.
    Direction = "direction", "deg", None;
    /// Precipitation.
    Precipitation = "precipitation", "mm", None;
    /// Channel of a remote control.
    Channel = "channel", "", None;
    /// Turns a minute.
    RotationSpeed = "rpm", "1/min", None;
    /// Light in steps of the device.
    LightLevel = "light-level", "", None;
    /// Seconds since 1970 by the device's clock.
    Timestamp = "timestamp", "s", None;
    /// 1 pressed, 2 twice, 3 three times, 4 long, 5 long twice, 6 long three times, 128 held; 0 not.
    Button = "button", "", None;
    /// Steps a dimmer was turned; negative to the left.
    Dimmer = "dimmer", "", None;
    /// How far open.
    OpenShare = "open-share", "%", None;
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> Self {
        quantity.key().to_owned()
    }
}

impl TryFrom<String> for Quantity {
    type Error = UnknownField;

    fn try_from(text: String) -> Result<Self, UnknownField> {
        Self::ALL.iter().copied().find(|quantity| quantity.key() == text).ok_or(UnknownField(text))
    }
}

/// One value's place in an advertisement: `temperature`, or `temperature.2` for the second of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Field {
    /// What.
    pub quantity: Quantity,
    /// Which of them, from 1.
    pub nth: u8,
}

impl Field {
    /// The first of a quantity.
    pub fn first(quantity: Quantity) -> Self {
        Self { quantity, nth: 1 }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nth {
            1 => f.write_str(self.quantity.key()),
            nth => write!(f, "{}.{nth}", self.quantity.key()),
        }
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        field.to_string()
    }
}

impl TryFrom<String> for Field {
    type Error = UnknownField;

    fn try_from(text: String) -> Result<Self, UnknownField> {
        text.parse()
    }
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, UnknownField> {
        if let Ok(quantity) = Quantity::try_from(text.to_owned()) {
            return Ok(Self::first(quantity));
        }
        let unknown = || UnknownField(text.to_owned());
        let (name, nth) = text.rsplit_once('.').ok_or_else(unknown)?;
        let quantity = Quantity::try_from(name.to_owned())?;
        let nth = nth.parse().ok().filter(|nth| *nth > 0).ok_or_else(unknown)?;
        Ok(Self { quantity, nth })
    }
}

/// A field nobody sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no field of an advertisement; expected one like `temperature`, or `probe.2` for the second of them")]
pub struct UnknownField(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_back_as_it_is_written() {
        for quantity in Quantity::ALL {
            for nth in [1, 2, 4] {
                let field = Field { quantity: *quantity, nth };
                assert_eq!(field.to_string().parse(), Ok(field));
            }
        }
        for bad in ["", "temperatur", "temperature.0", "temperature.x", "pm2.9", "probe.300"] {
            assert!(bad.parse::<Field>().is_err(), "{bad}");
        }
    }
}
