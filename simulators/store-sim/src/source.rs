//! Where the tickets come from: a simulated world, or a recorded file.

pub mod online_retail;
pub mod trade;
