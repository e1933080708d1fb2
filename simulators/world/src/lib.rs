//! A seeded store: shoppers, staff, shelves, prices, weather, sensors, and what goes wrong; pure.
//!
//! The same seed gives the same day, on every machine: no clock, no socket, no disk, and no random source but the
//! seed. Any day and any hour can be computed alone. Everything that comes out of here is simulated and says so: a
//! store whose name does not end in "(simulated)" is refused ([`spec::SpecError`]).
//!
//! What the wires do not say is a list beside them: [`World::truth`] names each theft, failure and promotion with when, who
//! and how much, for whoever judges a detector.

pub mod catalog;
pub mod day;
mod dice;
pub mod market;
pub mod mishap;
pub mod sensors;
pub mod shelf;
pub mod shoppers;
pub mod spec;
pub mod staff;
pub mod theft;
pub mod truth;
pub mod weather;
mod world;

pub use day::{Day, Stockout, Trade};
pub use spec::{SpecError, StoreSpec};
pub use truth::{Stock, Truth, What};
pub use world::World;
