//! Cold chain beyond limits: mean kinetic temperature, the 4-hour and 6-hour rule, and what a defrost explains.

mod defrost;
mod kinetic;
mod out_of_control;

pub use defrost::{DefrostMask, DefrostState};
pub use kinetic::{KineticMean, mean_kinetic_temperature};
pub use out_of_control::{OutOfControl, OutOfControlState};
