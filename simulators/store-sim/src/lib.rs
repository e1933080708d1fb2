//! Plays a world, or recorded data, onto real wires: what a till, a receipt printer and a case controller would say.
//!
//! A [`source`] yields what happens at the tills in order; [`play`] paces it and hands it to the wires: [`journal`]
//! (acknowledged, so exact), [`printer`] (bytes on paper) and the instruments: [`modbus`] (registers to be read), [`board`],
//! [`ble`], [`mqtt`], [`counter`] and [`onewire`]. [`history`] is the same past as values, for whoever wants to import it,
//! and [`truth`] what no wire says.

pub mod ble;
pub mod board;
pub mod config;
pub mod counter;
pub mod fault;
pub mod history;
pub mod item;
pub mod journal;
pub mod ledger;
pub mod modbus;
pub mod mqtt;
pub mod onewire;
pub mod pace;
pub mod paper;
pub mod play;
pub mod printer;
pub mod scale;
pub mod sections;
pub mod source;
pub mod summary;
pub mod template;
pub mod truth;
