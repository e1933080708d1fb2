//! Modbus: what controllers and meters say, on a serial bus (RTU, ASCII) and over TCP.
//!
//! Modbus Application Protocol Specification V1.1b3 (the PDU: [`Request`], [`Response`], [`Exception`]) and Modbus over
//! Serial Line V1.02 (the frames: [`rtu`], [`ascii`]); the frame of [`tcp`] is that of the Messaging on TCP/IP
//! Implementation Guide V1.0b. Frames are found and checked here; when to send, and for how long to wait, is the master's.

pub mod ascii;
mod pdu;
mod request;
mod response;
pub mod rtu;
pub mod tcp;

pub use pdu::{Exception, PduError, Table};
pub use request::{FileRange, FileRecord, Request};
pub use response::Response;

/// A PDU, and whom it is for or from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The device, 1 to 247; 0 is everybody. 248 to 255 are reserved, and used all the same.
    pub unit: u8,
    /// Function and data, not checked yet.
    pub pdu: Vec<u8>,
}

/// Any bytes through every decoder of this module: the entry for a fuzzer.
pub fn decode_all(bytes: &[u8]) {
    let mut frames = Vec::new();
    let mut analyser = rtu::Analyser::default();
    analyser.push(bytes, |_| {});
    analyser.gap(|_| {});
    tcp::Decoder::default().push(bytes, |found| frames.extend(found.ok().map(|found| found.frame)));
    ascii::Decoder::default().push(bytes, |found| frames.extend(found.ok()));
    frames.extend(rtu::decode(bytes).ok());
    for frame in frames {
        let _ = Request::decode(&frame.pdu);
        let _ = Response::decode(&frame.pdu);
    }
    let _ = Request::decode(bytes);
    let _ = Response::decode(bytes);
}

#[cfg(test)]
mod tests;
