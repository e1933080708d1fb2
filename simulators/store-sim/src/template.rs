//! A Modbus device template: which point of a device stands in which register. The agent reads by the same files.
//!
//! The format is described at the head of `edge-agent/templates/danfoss-ak-cc55.toml`.

use serde::Deserialize;

/// The case controllers' template.
pub const CASE_CONTROLLER: &str = include_str!("../../../edge-agent/templates/danfoss-ak-cc55.toml");
/// The meter's and people counter's.
pub const METER: &str = include_str!("../../../edge-agent/templates/generic-meter.toml");

/// What a device has to say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// As the configuration calls it.
    pub name: String,
    /// Where its registers are published.
    pub source: String,
    /// What the registers are counted from.
    pub base: u16,
    /// The points.
    #[serde(rename = "point")]
    pub points: Vec<Point>,
}

/// One value of a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// As the configuration calls it.
    pub name: String,
    /// What it measures.
    pub measure: vyavs_domain::reading::Measure,
    /// As the manual counts.
    pub register: u16,
    /// Which table.
    pub kind: Kind,
    /// How it stands there.
    #[serde(rename = "type")]
    pub repr: Repr,
    /// Value = raw × scale.
    #[serde(default = "one")]
    pub scale: f64,
    /// The point is 1 when the register holds one of these.
    pub equals: Option<Vec<i64>>,
    /// The register only counts up.
    #[serde(default)]
    pub total: bool,
    /// Raw values that mean "no value".
    #[serde(default)]
    pub bad: Vec<i64>,
    /// Of 32 bits the low word stands first.
    #[serde(default)]
    pub low_word_first: bool,
}

fn one() -> f64 {
    1.0
}

/// Which table of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Function 3.
    Holding,
    /// Function 4.
    Input,
}

/// How a number stands in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repr {
    /// One register, two's complement.
    I16,
    /// One register.
    U16,
    /// Two registers, two's complement.
    I32,
    /// Two registers.
    U32,
}

impl Template {
    /// Reads a template; the error names line and field.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

impl Point {
    /// Its address on the wire.
    pub fn address(&self, base: u16) -> u16 {
        self.register.saturating_sub(base)
    }

    /// The registers that say `value`; NaN is the first of `bad`, `None` where the device cannot say so.
    /// A value beyond the registers' range is their nearest, but a total wraps as a counter does.
    pub fn encode(&self, value: f64) -> Option<Vec<u16>> {
        if value.is_nan() {
            return self.bad.first().map(|raw| self.words(*raw));
        }
        let raw = (value / self.scale).round();
        let (low, high) = match self.repr {
            Repr::I16 => (f64::from(i16::MIN), f64::from(i16::MAX)),
            Repr::U16 => (0.0, f64::from(u16::MAX)),
            Repr::I32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
            Repr::U32 => (0.0, f64::from(u32::MAX)),
        };
        let raw = if self.total { raw.rem_euclid(high + 1.0) } else { raw.clamp(low, high) };
        Some(self.words(raw as i64))
    }

    /// The registers of a raw value, which is cut to their width.
    pub fn words(&self, raw: i64) -> Vec<u16> {
        let bits = raw.cast_unsigned();
        let (high, low) = ((bits >> 16) as u16, bits as u16);
        match (self.repr, self.low_word_first) {
            (Repr::I16 | Repr::U16, _) => vec![low],
            (_, false) => vec![high, low],
            (_, true) => vec![low, high],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(template: &str, name: &str) -> (Point, u16) {
        let template = Template::parse(template).expect("a template");
        let point = template.points.iter().find(|point| point.name == name).expect("a point");
        (point.clone(), template.base)
    }

    #[test]
    fn the_shipped_templates_hold_what_the_wires_need() {
        for name in ["air", "product", "defrost", "door", "alarm"] {
            point(CASE_CONTROLLER, name);
        }
        let (air, base) = point(CASE_CONTROLLER, "air");
        assert_eq!(air.address(base), 2529);
        // The vectors of the reference: 4.5 °C is 002D, −18.5 °C is FF47.
        assert_eq!(air.encode(4.5), Some(vec![0x002D]));
        assert_eq!(air.encode(-18.5), Some(vec![0xFF47]));
        assert_eq!(air.encode(f64::NAN), Some(vec![0x8000]));
        assert_eq!(air.encode(1e9), Some(vec![0x7FFF]));
    }

    #[test]
    fn a_counter_wraps_and_two_words_stand_high_first() {
        let (total, _) = point(METER, "footfall");
        assert_eq!(total.encode(70_000.0), Some(vec![1, 4_464]));
        let (narrow, _) = point(METER, "footfall16");
        assert_eq!(narrow.encode(70_000.0), Some(vec![4_464]));
        assert_eq!(narrow.encode(f64::NAN), None);
        let swapped = Point { low_word_first: true, ..total };
        assert_eq!(swapped.encode(70_000.0), Some(vec![4_464, 1]));
    }

    #[test]
    fn a_misspelt_field_is_named() {
        let error =
            Template::parse("name = \"x\"\nsource = \"a test\"\nbase = 1\n[[point]]\nname = \"a\"\nregster = 1\n")
                .expect_err("a typo");
        assert!(error.to_string().contains("regster"), "{error}");
    }
}
