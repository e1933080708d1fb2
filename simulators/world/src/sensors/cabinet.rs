//! What a cold cabinet is when all is well: its kind, its settings, its heat flows.

use serde::{Deserialize, Serialize};

/// What kind of cabinet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cabinet {
    /// Around +3 °C.
    Fridge,
    /// Around −20 °C.
    Freezer,
}

/// One cabinet: what it is, and how it behaves when all is well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FridgeSpec {
    /// Unique in the store: `fridge-1`. Its sensors are `fridge-1.air`, `fridge-1.product`, `fridge-1.defrost`.
    pub id: String,
    /// For people: `Dairy fridge`.
    pub name: String,
    /// What kind.
    pub cabinet: Cabinet,
    /// Middle of the two switching points of the compressor, °C.
    pub setpoint_c: f64,
    /// Between switching on and switching off, °C.
    pub band_c: f64,
    /// Hours between two defrosts.
    pub defrost_every_h: u32,
    /// Minutes a defrost takes.
    pub defrost_min: u32,
    /// Door openings an hour while the shop is busy.
    pub openings_per_hour: f64,
    /// Added to UTC for the time of day, in seconds: no cabinet's clock knows daylight saving.
    #[serde(default)]
    pub utc_offset_s: i32,
}

impl FridgeSpec {
    /// A cabinet as most are.
    pub fn new(id: &str, cabinet: Cabinet) -> Self {
        let (name, setpoint_c, band_c, defrost_every_h, defrost_min, openings_per_hour) = match cabinet {
            Cabinet::Fridge => ("Fridge", 3.0, 2.0, 6, 20, 18.0),
            Cabinet::Freezer => ("Freezer", -20.0, 3.0, 12, 25, 8.0),
        };
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            cabinet,
            setpoint_c,
            band_c,
            defrost_every_h,
            defrost_min,
            openings_per_hour,
            utc_offset_s: 0,
        }
    }

    /// The highest air temperature that is still in order outside defrosts, °C.
    pub fn limit_c(&self) -> f64 {
        match self.cabinet {
            Cabinet::Fridge => 8.0,
            Cabinet::Freezer => -12.0,
        }
    }
}

/// Heat flows of a cabinet, per minute.
pub(super) struct Heat {
    /// Share of the difference to the shop that leaks in.
    pub(super) leak: f64,
    /// The same through an open door.
    pub(super) door: f64,
    /// Share of the difference to the goods that they take up.
    pub(super) goods: f64,
    /// Share of the difference by which the goods change.
    pub(super) goods_own: f64,
    /// What the compressor takes out, °C.
    pub(super) cooling: f64,
    /// What a defrost puts in, °C.
    pub(super) defrost: f64,
}

impl Heat {
    pub(super) fn of(cabinet: Cabinet) -> Self {
        match cabinet {
            Cabinet::Fridge => Self {
                leak: 1.0 / 120.0,
                door: 1.0 / 14.0,
                goods: 1.0 / 20.0,
                goods_own: 1.0 / 240.0,
                cooling: 0.62,
                defrost: 0.22,
            },
            Cabinet::Freezer => Self {
                leak: 1.0 / 150.0,
                door: 1.0 / 30.0,
                goods: 1.0 / 25.0,
                goods_own: 1.0 / 360.0,
                cooling: 0.95,
                defrost: 0.35,
            },
        }
    }
}
