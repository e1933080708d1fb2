//! Streaming detection: thresholds, stuck sensors, time above limit, silence; control charts, changes and faults of sensors;
//! one score for any series ([`Novelty`]); payments, in [`fraud`]; what cashiers do, in [`exceptions`]; and how good a detector is ([`judge`]).
//!
//! Each rule is a set of named parameters and a pure `step(state, sample)`; the state is a few words, whatever the rate
//! and however long it runs. A step answers with the start or the end of an episode, or with nothing.
//!
//! Time is what the samples say, as far as it is believable: a step never counts for more than [`MAX_STEP_US`], and
//! never for less than nothing, so neither a long silence nor a clock that was set makes an alarm.

mod above;
mod change;
pub mod coldchain;
mod episode;
pub mod exceptions;
pub mod faults;
pub mod fraud;
pub mod judge;
mod level;
mod missing;
mod novelty;
mod seasonal;
pub mod spc;
mod stuck;
mod threshold;

pub use above::{TimeAboveLimit, TimeAboveState};
pub use change::{Change, ChangePoint, ChangeState};
pub use episode::{Episode, MAX_STEP_US, Transition};
pub use level::LevelScore;
pub use missing::{Missing, MissingState};
pub use novelty::{ALARM, Novelty, NoveltyState};
pub use seasonal::{Seasonal, SeasonalState};
pub use stuck::{Others, StuckSensor, StuckState};
pub use threshold::{Threshold, ThresholdState};
