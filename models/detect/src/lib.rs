//! Streaming detection: thresholds, stuck sensors, time above limit, silence.
//!
//! Each rule is a set of named parameters and a pure `step(state, sample)`; the state is a few words, whatever the rate
//! and however long it runs. A step answers with the start or the end of an episode, or with nothing.
//!
//! Time is what the samples say, as far as it is believable: a step never counts for more than [`MAX_STEP_US`], and
//! never for less than nothing, so neither a long silence nor a clock that was set makes an alarm.

mod above;
mod episode;
mod level;
mod missing;
mod stuck;
mod threshold;

pub use above::{TimeAboveLimit, TimeAboveState};
pub use episode::{Episode, MAX_STEP_US, Transition};
pub use level::LevelScore;
pub use missing::{Missing, MissingState};
pub use stuck::{Others, StuckSensor, StuckState};
pub use threshold::{Threshold, ThresholdState};
