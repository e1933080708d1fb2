//! What a store is, before anything happens in it: the one thing a simulation is told beside its seed.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use vyavs_domain::ids::{IdError, SensorId};
use vyavs_domain::money::Currency;
use vyavs_domain::time::{StoreTime, TimeError};

use crate::market::PromotionSpec;
use crate::mishap::MishapRates;
use crate::sensors::{Cabinet, FridgeSpec, IncidentRates};
use crate::staff::StaffSpec;
use crate::theft::TheftSpec;
use crate::weather::WeatherSpec;

/// What every simulated store's name ends in.
pub const LABEL: &str = "(simulated)";

/// A store, as a TOML file describes it; what is left out is an ordinary corner shop in London.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSpec {
    /// For people; must end in "(simulated)".
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// When the business day starts, local time.
    pub day_starts: Time,
    /// Of all amounts.
    pub currency: Currency,
    /// Local hour the doors open, 0 to 23.
    pub opens: u8,
    /// Local hour the doors close, 1 to 24; 0 to 24 is a shop that never closes.
    pub closes: u8,
    /// Tills, named `till-1` and on; 1 to 20.
    pub tills: u8,
    /// Receipts on an average day.
    pub receipts_per_day: u32,
    /// Lines on an average receipt.
    pub lines_per_receipt: f64,
    /// How busy each day of the week is, Monday first, 1.0 being average.
    pub weekdays: [f64; 7],
    /// Prices against the catalog's, in the store's currency: 1.0 in pounds or euros, about 30 in rupees.
    pub price_level: f64,
    /// Prices are multiples of this many minor units …
    pub price_step_minor: u32,
    /// … less this many: 10 and 1 make 1.99.
    pub price_less_minor: u32,
    /// Tax added on top of the lines, in percent; 0 where prices include it.
    pub added_tax_percent: f64,
    /// Share of receipts that bring goods back.
    pub returns: f64,
    /// Share of receipts undone before payment.
    pub voids: f64,
    /// Drawers opened without a sale, a till and day.
    pub no_sales: f64,
    /// Share of receipts paid in cash.
    pub cash: f64,
    /// Share of shoppers with a loyalty card.
    pub loyalty: f64,
    /// Share of deliveries that come short, so that an item runs out.
    pub short_deliveries: f64,
    /// What the store draws with lights and tills on, W.
    pub base_power_w: f64,
    /// The cold cabinets.
    #[serde(rename = "fridge")]
    pub fridges: Vec<FridgeSpec>,
    /// How often they fail.
    pub incidents: IncidentRates,
    /// Who works there.
    pub staff: StaffSpec,
    /// Its climate.
    pub weather: WeatherSpec,
    /// Its price cuts.
    pub promotions: PromotionSpec,
    /// What goes wrong with the shop as a whole.
    pub mishaps: MishapRates,
    /// What is stolen.
    pub theft: TheftSpec,
}

impl Default for StoreSpec {
    fn default() -> Self {
        let mut dairy = FridgeSpec::new("fridge-1", Cabinet::Fridge);
        dairy.name = "Dairy fridge".to_owned();
        let mut meat = FridgeSpec::new("fridge-2", Cabinet::Fridge);
        meat.name = "Meat fridge".to_owned();
        meat.setpoint_c = 2.0;
        let mut freezer = FridgeSpec::new("freezer-1", Cabinet::Freezer);
        freezer.name = "Freezer".to_owned();
        Self {
            name: format!("Corner shop {LABEL}"),
            zone: "Europe/London".to_owned(),
            day_starts: jiff::civil::time(4, 0, 0, 0),
            currency: "GBP".parse().expect("an ISO 4217 code"),
            opens: 7,
            closes: 22,
            tills: 3,
            receipts_per_day: 300,
            lines_per_receipt: 7.0,
            weekdays: [0.92, 0.88, 0.93, 0.98, 1.18, 1.27, 0.84],
            price_level: 1.0,
            price_step_minor: 10,
            price_less_minor: 1,
            added_tax_percent: 0.0,
            returns: 0.012,
            voids: 0.004,
            no_sales: 1.5,
            cash: 0.3,
            loyalty: 0.35,
            short_deliveries: 0.025,
            base_power_w: 2_400.0,
            fridges: vec![dairy, meat, freezer],
            incidents: IncidentRates::default(),
            staff: StaffSpec::default(),
            weather: WeatherSpec::default(),
            promotions: PromotionSpec::default(),
            mishaps: MishapRates::default(),
            theft: TheftSpec::default(),
        }
    }
}

/// What is wrong with a store's description.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// Without the label it could be taken for a real one.
    #[error("name {0:?} must end in \"{LABEL}\", so that nobody takes it for a real store")]
    NotLabelled(String),
    /// The zone.
    #[error("zone")]
    Zone(#[from] TimeError),
    /// A number beyond what makes sense.
    #[error("{field} is {got}, expected {expected}")]
    Range {
        /// Which.
        field: &'static str,
        /// What it is.
        got: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A cabinet whose sensors could not be named.
    #[error("the cabinet {0:?} cannot name a sensor")]
    Cabinet(String, #[source] IdError),
    /// Two cabinets of one name.
    #[error("two cabinets are named {0:?}")]
    TwoCabinets(String),
}

impl StoreSpec {
    /// Whether a store can be made of this; the store's time, if so.
    pub fn check(&self) -> Result<StoreTime, SpecError> {
        if !self.name.ends_with(LABEL) {
            return Err(SpecError::NotLabelled(self.name.clone()));
        }
        let within = |field, ok: bool, got: String, expected| {
            if ok { Ok(()) } else { Err(SpecError::Range { field, got, expected }) }
        };
        let share = |field, value: f64| within(field, (0.0..=1.0).contains(&value), value.to_string(), "0 to 1");
        within("closes", self.opens < self.closes && self.closes <= 24, self.closes.to_string(), "opens + 1 to 24")?;
        within("tills", (1..=20).contains(&self.tills), self.tills.to_string(), "1 to 20")?;
        within("receipts_per_day", self.receipts_per_day <= 20_000, self.receipts_per_day.to_string(), "0 to 20000")?;
        let lines = self.lines_per_receipt;
        within("lines_per_receipt", (1.0..=60.0).contains(&lines), lines.to_string(), "1 to 60")?;
        let level = self.price_level;
        within("price_level", level > 0.0 && level <= 10_000.0, level.to_string(), "above 0, to 10000")?;
        let (step, less) = (self.price_step_minor, self.price_less_minor);
        within("price_step_minor", (1..=100_000).contains(&step), step.to_string(), "1 to 100000")?;
        within("price_less_minor", less < step, less.to_string(), "below price_step_minor")?;
        for day in self.weekdays {
            within("weekdays", (0.0..=10.0).contains(&day), day.to_string(), "seven numbers, each 0 to 10")?;
        }
        let tax = self.added_tax_percent;
        within("added_tax_percent", (0.0..=100.0).contains(&tax), tax.to_string(), "0 to 100")?;
        within("no_sales", (0.0..=100.0).contains(&self.no_sales), self.no_sales.to_string(), "0 to 100")?;
        share("returns", self.returns)?;
        share("voids", self.voids)?;
        share("cash", self.cash)?;
        share("loyalty", self.loyalty)?;
        share("short_deliveries", self.short_deliveries)?;
        let (staff, weather) = (&self.staff, &self.weather);
        let hours = staff.shift_hours;
        within("staff.shift_hours", (1.0..=24.0).contains(&hours), hours.to_string(), "1 to 24")?;
        share("staff.line_voids", staff.line_voids)?;
        for (field, mean) in [("weather.january_c", weather.january_c), ("weather.july_c", weather.july_c)] {
            within(field, (-60.0..=60.0).contains(&mean), mean.to_string(), "-60 to 60")?;
        }
        share("weather.rain_days", weather.rain_days)?;
        within("weather.effect", (0.0..=2.0).contains(&weather.effect), weather.effect.to_string(), "0 to 2")?;
        let promotions = &self.promotions;
        let on_offer = promotions.share;
        within("promotions.share", (0.0..=0.25).contains(&on_offer), on_offer.to_string(), "0 to 0.25")?;
        let uplift = promotions.uplift;
        within("promotions.uplift", (0.0..=20.0).contains(&uplift), uplift.to_string(), "0 to 20")?;
        share("promotions.dip", promotions.dip)?;
        let (dips, swaps) = (self.mishaps.power_dips, self.mishaps.till_swaps);
        within("mishaps.power_dips", (0.0..=30.0).contains(&dips), dips.to_string(), "0 to 30")?;
        within("mishaps.till_swaps", (0.0..=365.0).contains(&swaps), swaps.to_string(), "0 to 365")?;
        share("theft.sweethearting", self.theft.sweethearting)?;
        share("theft.void_after_cash", self.theft.void_after_cash)?;
        share("theft.shelf_theft", self.theft.shelf_theft)?;
        let refunds = self.theft.refund_fraud;
        within("theft.refund_fraud", (0.0..=20.0).contains(&refunds), refunds.to_string(), "0 to 20")?;
        for (place, spec) in self.fridges.iter().enumerate() {
            format!("{}.product", spec.id)
                .parse::<SensorId>()
                .map_err(|error| SpecError::Cabinet(spec.id.clone(), error))?;
            if self.fridges[..place].iter().any(|other| other.id == spec.id) {
                return Err(SpecError::TwoCabinets(spec.id.clone()));
            }
        }
        Ok(StoreTime::new(&self.zone, self.day_starts)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_could_pass_for_real_is_refused() {
        assert!(StoreSpec::default().check().is_ok());
        let real = StoreSpec { name: "Corner shop".to_owned(), ..StoreSpec::default() };
        assert!(matches!(real.check(), Err(SpecError::NotLabelled(_))));
    }

    #[test]
    fn what_makes_no_store_is_named() {
        let wrong = |spec: StoreSpec| spec.check().expect_err("wrong").to_string();
        assert!(wrong(StoreSpec { opens: 22, closes: 7, ..StoreSpec::default() }).starts_with("closes is 7"));
        assert!(wrong(StoreSpec { cash: f64::NAN, ..StoreSpec::default() }).starts_with("cash is NaN"));
        assert!(wrong(StoreSpec { zone: "Mars/Base".to_owned(), ..StoreSpec::default() }).contains("zone"));
        let twice = vec![FridgeSpec::new("a", Cabinet::Fridge), FridgeSpec::new("a", Cabinet::Freezer)];
        assert!(wrong(StoreSpec { fridges: twice, ..StoreSpec::default() }).contains("two cabinets"));
        let odd = vec![FridgeSpec::new("a b", Cabinet::Fridge)];
        assert!(wrong(StoreSpec { fridges: odd, ..StoreSpec::default() }).contains("cannot name"));
    }
}
