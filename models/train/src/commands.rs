//! One file a command: it reads files and prints tables; what it computes lives in the pure rooms.

pub(crate) mod anomaly;
pub(crate) mod backtest;
pub(crate) mod contest;
pub(crate) mod fraud;
pub(crate) mod m4;
pub(crate) mod panel;
pub(crate) mod score;
pub(crate) mod sentiment;
pub(crate) mod sheet;
pub(crate) mod text;
pub(crate) mod workers;
