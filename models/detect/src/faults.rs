//! What is wrong with a sensor, as opposed to what it measures.
//!
//! [`StuckSensor`](crate::StuckSensor) and [`Missing`](crate::Missing) have rooms of their own. Here are a single wild
//! reading ([`Spike`]), a slow departure from where it was calibrated ([`Drift`]), and two probes in each other's place
//! ([`Swapped`]).

mod drift;
mod spike;
mod swapped;

pub use drift::{Drift, DriftState};
pub use spike::{Spike, SpikeState};
pub use swapped::{Swapped, SwappedState};

/// Classes of sensor fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Repeats itself while the world goes on.
    Stuck,
    /// Departs slowly from where it was.
    Drift,
    /// One wild reading.
    Spike,
    /// Says nothing.
    Missing,
    /// Says what another probe should say.
    Swapped,
}
