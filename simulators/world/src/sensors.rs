//! What hangs on the wires of a store: cold cabinets, the meter, the door counter, and what goes wrong with them.
//!
//! [`fridge`] and [`plan_incidents`] are all that training needs: a history with its ground truth.

mod cabinet;
mod fridge;
mod incident;
mod meter;
mod recorded;

pub use cabinet::{Cabinet, FridgeSpec};
pub use fridge::{Fridge, Sample, fridge};
pub use incident::{Channel, Incident, IncidentKind, IncidentRates, plan_incidents};
pub use meter::{Meter, Round, Rounds};
pub use recorded::Series;
