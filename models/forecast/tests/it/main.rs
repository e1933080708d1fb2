//! Methods and measures against literature, competitions, and any input at all.

mod competitions;
mod golden;
mod promises;
