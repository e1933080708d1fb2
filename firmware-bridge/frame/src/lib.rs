//! What a sensor board and the agent say to each other, and the board's half of the conversation.
//!
//! A frame is `COBS(postcard(Envelope) ‖ CRC-32C, little-endian) ‖ 00`, at most [`MAX_FRAME`] bytes. Whoever lost the thread
//! has it again after the next 00. [`codec`] turns bytes into [`message`]s and back, [`version`] finds what both ends
//! speak, and [`board`] is the core of a firmware: a state machine that is handed bytes and time, and keeps every reading
//! until the agent says that it is on disk. Nothing in here allocates, reads a clock or knows a serial port.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod board;
pub mod codec;
pub mod message;
pub mod samples;
pub mod version;

pub use codec::{Decoder, FrameError, Incoming, MAX_FRAME, MAX_PAYLOAD, encode};
pub use message::{Envelope, Message};
