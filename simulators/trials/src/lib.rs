//! Proofs against the real programs: a ledger that knows what was acknowledged, a chaos proxy on the uplink, and loops
//! that kill the agent and the hub in the middle of their work.
//!
//! A [`house`] is a hub, an agent and the [`chaosproxy`] between them, as real processes. [`replay`] plays recorded
//! invoices through one while [`faults`] happen; [`crashloop`] does it again and again. The [`ledger`] then compares
//! what the till was promised, and what [`source`] says the file holds, with what lies in the hub's database.

pub mod chaosproxy;
pub mod crashloop;
pub mod drain;
pub mod faults;
pub mod feed;
pub mod footprint;
pub mod house;
pub mod ledger;
pub mod paper;
pub mod play;
pub mod process;
pub mod relaying;
pub mod replay;
pub mod report;
pub mod rig;
pub mod source;
