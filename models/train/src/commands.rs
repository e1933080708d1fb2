//! The program's commands, one file each.

pub(crate) mod anomaly;
//! Commands over any data of the stated shape.

pub(crate) mod sentiment;
