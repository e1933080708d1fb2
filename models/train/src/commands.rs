//! The program's commands, one file each.

pub(crate) mod anomaly;
