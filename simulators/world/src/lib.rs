//! A seeded store: shoppers, shelves, prices, sensors; pure.
//!
//! The same seed gives the same day, on every machine: no clock, no socket, no disk, and no random source but the
//! seed. Any day and any hour can be computed alone. Everything that comes out of here is simulated and says so: a
//! store whose name does not end in "(simulated)" is refused ([`spec::SpecError`]).

pub mod catalog;
pub mod day;
mod dice;
pub mod market;
pub mod sensors;
pub mod shelf;
pub mod shoppers;
pub mod spec;
mod world;

pub use day::{Day, Stockout, Trade};
pub use spec::{SpecError, StoreSpec};
pub use world::World;
