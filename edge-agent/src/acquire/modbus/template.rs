//! Device templates: which register of a device means what. Their format is described in `templates/danfoss-ak-cc55.toml`;
//! those in `templates/` are built in, another one is named by its path.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;
use vyavs_codec::modbus::Table;
use vyavs_domain::reading::Measure;

/// The templates that ship with the agent.
const BUILT_IN: [(&str, &str); 5] = [
    ("carel-pj-easy", include_str!("../../../templates/carel-pj-easy.toml")),
    ("danfoss-ak-cc55", include_str!("../../../templates/danfoss-ak-cc55.toml")),
    ("eastron-sdm630", include_str!("../../../templates/eastron-sdm630.toml")),
    ("generic-meter", include_str!("../../../templates/generic-meter.toml")),
    ("penn-tc3", include_str!("../../../templates/penn-tc3.toml")),
];

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// No built-in one has this name, and it is no path.
    #[error("template {name:?} is unknown; built in are {}; a file is given as a path ending in .toml", known.join(", "))]
    Unknown {
        /// As configured.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// The file cannot be read.
    #[error("failed to read the template {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file says what it may not.
    #[error("template {name} is not valid: {detail}")]
    Invalid {
        /// Which template.
        name: String,
        /// Line or point, and what was expected.
        detail: String,
    },
    /// A sensor asks for a point the device does not have.
    #[error("sensor {sensor}: template {template} has no point {point:?}; it has {}", known.join(", "))]
    NoPoint {
        /// Which sensor.
        sensor: String,
        /// As configured.
        point: String,
        /// In which template.
        template: String,
        /// The points there are.
        known: Vec<String>,
    },
}

/// Which of the device's four tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterKind {
    /// A bit, read with function 1.
    Coil,
    /// A bit, read with function 2.
    Discrete,
    /// Read with function 3.
    Holding,
    /// Read with function 4.
    Input,
}

impl RegisterKind {
    /// As the protocol calls it.
    pub fn table(self) -> Table {
        match self {
            Self::Coil => Table::Coils,
            Self::Discrete => Table::DiscreteInputs,
            Self::Holding => Table::HoldingRegisters,
            Self::Input => Table::InputRegisters,
        }
    }
}

/// How registers make a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// One register, signed.
    I16,
    /// One register.
    U16,
    /// Two registers, signed.
    I32,
    /// Two registers.
    U32,
    /// Two registers: IEEE 754, single precision.
    F32,
}

impl ValueType {
    /// How many registers.
    pub fn registers(self) -> u16 {
        match self {
            Self::I16 | Self::U16 => 1,
            Self::I32 | Self::U32 | Self::F32 => 2,
        }
    }

    /// The number that stands in `words`; `None` when they are too few. Every one of these types is exact in it.
    pub fn read(self, words: &[u16], low_word_first: bool) -> Option<f64> {
        let wide = || {
            let (first, second) = (u32::from(*words.first()?), u32::from(*words.get(1)?));
            Some(if low_word_first { second << 16 | first } else { first << 16 | second })
        };
        Some(match self {
            Self::I16 => f64::from(words.first()?.cast_signed()),
            Self::U16 => f64::from(*words.first()?),
            Self::I32 => f64::from(wide()?.cast_signed()),
            Self::U32 => f64::from(wide()?),
            Self::F32 => f64::from(f32::from_bits(wide()?)),
        })
    }
}

/// One thing a device can tell.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// As `sensors = [{ point = "…" }]` calls it.
    pub name: String,
    /// What it measures, and so its unit.
    pub measure: Measure,
    /// The number in the device's manual.
    pub register: u16,
    /// In which table.
    pub kind: RegisterKind,
    /// How wide, and whether signed.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// value = raw × scale.
    #[serde(default = "one")]
    pub scale: f64,
    /// For 32 bits: the low word stands first.
    #[serde(default)]
    pub low_word_first: bool,
    /// The point is 1 when the register holds one of these, otherwise 0.
    pub equals: Option<Vec<i64>>,
    /// The register counts up for ever; the point is what was added since the reading before.
    #[serde(default)]
    pub total: bool,
    /// Raw values that mean "no value".
    #[serde(default)]
    pub bad: Vec<i64>,
    /// Only these bits of the register, the lowest and the highest of them (0 to 15).
    pub bits: Option<[u8; 2]>,
}

impl Point {
    /// The raw number in the registers that were answered, or why there is none.
    pub fn read(&self, words: &[u16]) -> Result<f64, String> {
        let raw = self.value_type.read(words, self.low_word_first).ok_or("the device answered too few registers")?;
        let raw = match (self.bits, words.first()) {
            (Some([low, high]), Some(word)) => f64::from((u32::from(*word) >> low) & ((2 << (high - low)) - 1)),
            _ => raw,
        };
        if !raw.is_finite() || self.bad.iter().any(|bad| *bad as f64 == raw) {
            return Err(format!("no value (raw {raw}): check the probe"));
        }
        Ok(raw)
    }

    /// What a raw number means, in the measure's unit. Of a total it is the total.
    pub fn value(&self, raw: f64) -> f64 {
        match &self.equals {
            Some(values) => f64::from(u8::from(values.iter().any(|value| *value as f64 == raw))),
            None => scaled(raw, self.scale),
        }
    }
}

/// raw × scale without the dust of binary fractions: 33 × 0.1 is 3.3.
pub(super) fn scaled(raw: f64, scale: f64) -> f64 {
    let value = raw * scale;
    let clean = (value * 1e6).round() / 1e6;
    if clean.is_finite() { clean } else { value }
}

fn one() -> f64 {
    1.0
}

/// What a kind of device has to tell.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Where its registers are published.
    pub source: String,
    /// Registers in one request, where the device takes fewer than the 125 of the standard.
    pub max_registers: Option<u16>,
    /// What the manual counts its registers from: 0 or 1.
    pub base: u16,
    /// Its points.
    #[serde(rename = "point")]
    pub points: Vec<Point>,
}

impl Template {
    /// A built-in template by its name, or a file by its path.
    pub fn open(name: &str) -> Result<Self, TemplateError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::parse(name, text);
        }
        if !name.ends_with(".toml") {
            let known = BUILT_IN.iter().map(|(name, _)| *name).collect();
            return Err(TemplateError::Unknown { name: name.to_owned(), known });
        }
        let text = std::fs::read_to_string(name)
            .map_err(|source| TemplateError::Read { path: PathBuf::from(name), source })?;
        Self::parse(name, &text)
    }

    /// Reads and checks a template; `name` is for the error.
    pub fn parse(name: &str, text: &str) -> Result<Self, TemplateError> {
        let invalid = |detail: String| TemplateError::Invalid { name: name.to_owned(), detail };
        let template: Self = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        template.check().map_err(invalid)?;
        Ok(template)
    }

    /// The point of that name.
    pub fn point(&self, name: &str) -> Option<&Point> {
        self.points.iter().find(|point| point.name == name)
    }

    /// Where a point stands on the wire, counted from 0.
    pub fn address(&self, point: &Point) -> u16 {
        // `check` has seen that no register is below the base.
        point.register.saturating_sub(self.base)
    }

    fn check(&self) -> Result<(), String> {
        if self.base > 1 {
            return Err(format!("base is {}, expected 0 or 1", self.base));
        }
        if self.max_registers.is_some_and(|most| !(1..=125).contains(&most)) {
            return Err(format!("max_registers is {}, expected 1 to 125", self.max_registers.unwrap_or_default()));
        }
        let mut names = BTreeSet::new();
        for point in &self.points {
            let name = &point.name;
            if !names.insert(name) {
                return Err(format!("point {name:?} stands twice"));
            }
            if point.register < self.base {
                return Err(format!("point {name:?}: register {} is below base {}", point.register, self.base));
            }
            if point.register.checked_add(point.value_type.registers() - 1).is_none() {
                return Err(format!("point {name:?}: its second register would be 65536"));
            }
            if !point.scale.is_finite() || point.scale == 0.0 {
                return Err(format!("point {name:?}: scale is {}, expected a number other than 0", point.scale));
            }
            if point.total && !matches!(point.value_type, ValueType::U16 | ValueType::U32 | ValueType::F32) {
                return Err(format!("point {name:?}: a total is u16, u32 or f32"));
            }
            if point.kind.table().is_bits() && point.value_type != ValueType::U16 {
                return Err(format!("point {name:?}: a coil or discrete input is a u16 of 0 or 1"));
            }
            if let Some([low, high]) = point.bits
                && (point.value_type != ValueType::U16 || low > high || high > 15)
            {
                return Err(format!(
                    "point {name:?}: bits is [{low}, {high}] of {:?}, expected the lowest and the highest of a u16",
                    point.value_type
                ));
            }
            if point.value_type.registers() > self.max_registers.unwrap_or(125) {
                return Err(format!("point {name:?} is wider than max_registers"));
            }
            if point.total && point.equals.is_some() {
                return Err(format!("point {name:?} is either a total or equals, not both"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_template_is_valid_and_bears_its_name() {
        for (name, _) in BUILT_IN {
            let template = Template::open(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(template.name, name);
        }
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).expect("the folder");
        assert_eq!(files.count(), BUILT_IN.len(), "every file in templates/ is built in");
    }

    #[test]
    fn an_unknown_template_names_the_known_ones() {
        let error = Template::open("danfoss-ak-cc99").expect_err("none has it").to_string();
        assert!(error.contains("danfoss-ak-cc55") && error.contains("generic-meter"), "{error}");
        let error = Template::open("/nowhere/x.toml").expect_err("no file").to_string();
        assert!(error.contains("/nowhere/x.toml"), "{error}");
    }

    const HEAD: &str = "name = \"x\"\nsource = \"a test\"\n";

    #[test]
    fn a_wrong_template_says_what_is_wrong_where() {
        let point = "[[point]]\nname = \"a\"\nmeasure = \"temperature\"\nregister = 0\nkind = \"holding\"\n";
        for (text, want) in [
            (HEAD.to_owned() + "base = 1\n" + point + "type = \"i16\"\n", "register 0 is below base 1"),
            (HEAD.to_owned() + "base = 2\npoint = []\n", "base is 2"),
            (HEAD.to_owned() + "base = 0\n" + point + "type = \"i12\"\n", "i12"),
            (HEAD.to_owned() + "base = 0\n" + point + "type = \"i16\"\nscael = 1.0\n", "scael"),
            (HEAD.to_owned() + "base = 0\n" + point + "type = \"i16\"\nscale = 0.0\n", "scale is 0"),
            (HEAD.to_owned() + "base = 0\n" + point + "type = \"i16\"\ntotal = true\n", "u16, u32 or f32"),
            (HEAD.to_owned() + "base = 0\n" + point + "type = \"i16\"\nbits = [8, 11]\n", "bits is [8, 11]"),
            (HEAD.to_owned() + "base = 0\nmax_registers = 0\npoint = []\n", "max_registers is 0"),
            (HEAD.to_owned() + "base = 0\n" + point + "type = \"i16\"\n" + point + "type = \"i16\"\n", "twice"),
        ] {
            let error = Template::parse("x", &text).expect_err("it is wrong").to_string();
            assert!(error.contains(want), "{error:?} does not say {want:?}");
        }
    }

    #[test]
    fn registers_make_numbers() {
        use ValueType::{F32, I16, I32, U16, U32};
        // 4.5 °C and −18.5 °C at 0.1, as the reference frames have them.
        assert_eq!(I16.read(&[0x002d], false), Some(45.0));
        assert_eq!(I16.read(&[0xff47], false), Some(-185.0));
        assert_eq!(U16.read(&[0xffff], false), Some(65_535.0));
        assert_eq!(U32.read(&[0x0001, 0x0002], false), Some(65_538.0));
        assert_eq!(U32.read(&[0x0002, 0x0001], true), Some(65_538.0));
        assert_eq!(I32.read(&[0xffff, 0xfffe], false), Some(-2.0));
        assert_eq!(U32.read(&[1], false), None);
        // IEEE 754: 43666666 is 230.4.
        assert_eq!(F32.read(&[0x4366, 0x6666], false), Some(f64::from(230.4_f32)));
    }

    #[test]
    fn bits_of_a_register_and_numbers_that_are_none() {
        let template = Template::open("penn-tc3").expect("built in");
        let phase = template.point("defrost").expect("a point");
        // Bits 8 to 11 of 0557h: 3, dripping.
        assert_eq!(phase.read(&[0xF3FF]).map(|raw| phase.value(raw)), Ok(1.0));
        assert_eq!(phase.read(&[0x00FF]).map(|raw| phase.value(raw)), Ok(0.0));
        let meter = Template::open("eastron-sdm630").expect("built in");
        let volts = meter.point("voltage_l1").expect("a point");
        assert_eq!(volts.read(&[0x4366, 0x6666]).map(|raw| volts.value(raw)), Ok(230.399_994));
        assert!(volts.read(&[0x7FC0, 0]).expect_err("not a number").contains("no value"));
    }
}
