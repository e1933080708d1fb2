//! The program's commands, one file each.

pub(crate) mod anomaly;
//! Commands over any data of the stated shape.

pub(crate) mod sentiment;
//! One file a command: it reads files and prints tables; what it computes lives in the pure rooms.

pub(crate) mod backtest;
pub(crate) mod m4;
pub(crate) mod panel;
pub(crate) mod text;
pub(crate) mod workers;
//! One file a command: its arguments, and what it does with them.

pub(crate) mod fraud;
