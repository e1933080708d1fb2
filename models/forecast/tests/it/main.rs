//! Methods and measures against literature, competitions, and any input at all.

mod boosted;
mod competitions;
mod golden;
mod promises;
