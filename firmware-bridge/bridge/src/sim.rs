//! Boards that are not there: the firmware's own core behind a line that loses, spoils and repeats.
//!
//! [`SimBoard`] is a board with its quartz, its memory for images and its boot loader; [`noise`] is what happens between
//! the two ends; [`lab`] plays both ends in virtual time, hours in a second; [`wire`] plays a board onto a real line.

pub mod bench;
pub mod board;
pub mod cable;
pub mod lab;
pub mod noise;
pub mod wire;

pub use board::{SimBoard, SimConfig};
pub use cable::Cable;
pub use noise::Noise;
