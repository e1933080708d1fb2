//! Promises of the frame crate across its modules.

mod board;
mod golden;
mod no_std;
