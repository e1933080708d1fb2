//! What the hub makes of what it sees: a rule fires, an incident opens, people are told, a case is worked on, another
//! system is called.
//!
//! Everything here decides and keeps nothing. Time, ids and jitter arrive as arguments; what must be remembered is
//! handed back as a plain value that serializes, and the hub stores it. The journey:
//!
//! ```text
//! Observation → rule::Watch → Transition → incident::fold → Event → route::plan → Notice → webhook::{sign, retry}
//!                                              └→ case: a chain of entries that nobody can rewrite unseen
//! ```
//!
//! - [`rule`] a condition over readings, sales, stock or scores, live and over history
//! - [`incident`] what people work on: repeats folded into one, acknowledged, snoozed, resolved
//! - [`route`] who is told when, over which channel, and who next if nobody answers
//! - [`case`] fraud and loss: a hash-chained timeline, closed by a second pair of eyes, exported as evidence
//! - [`webhook`] calls to other systems: signed, tried again, never into our own network

mod actor;
pub mod case;
mod exact;
mod fault;
pub mod incident;
pub mod route;
pub mod rule;
mod span;
pub mod webhook;

pub use actor::Actor;
pub use fault::{Fault, Faults};
