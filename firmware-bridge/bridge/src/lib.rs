//! Serial ports, and the sensor boards behind them.

pub mod host;
pub mod link;
pub mod port;
pub mod pty;
pub mod sim;
