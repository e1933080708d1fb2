//! Where the tickets come from: a simulated world, or a recorded file.
//!
//! Records are read where they lie and never copied; of each only the parts that are played are held in memory. Each
//! module says under which licence its data may be used, and what it decided where a file leaves something open.

pub mod bread_basket;
pub mod complete_journey;
pub mod online_retail;
pub mod receipts_text;
pub mod sensor_record;
mod table;
pub mod trade;

pub use table::TableError;
