//! How good a detector of anomalies is, on labelled series: four readings, because each alone can be gamed.
//!
//! [`nab`] rewards early hits and takes the threshold that suits the labels; [`Tally`] says how many alarms are right;
//! [`vus_pr`] needs no threshold at all.

mod alarms;
pub mod nab;
mod vus;

pub use alarms::Tally;
pub use vus::vus_pr;
