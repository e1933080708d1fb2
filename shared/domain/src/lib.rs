//! The vocabulary of a shop: what every other room means when it says store, sale, reading or alarm.
//!
//! Values in, values out: nothing here knows a clock, a socket, a disk or a random source.

pub mod address;
pub mod alert;
pub mod catalog;
pub mod event;
pub mod ids;
pub mod money;
pub mod reading;
pub mod sale;
pub mod time;
