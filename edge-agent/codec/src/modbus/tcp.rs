//! Modbus over TCP: transaction, 0000, length, unit, PDU (Messaging on TCP/IP Implementation Guide V1.0b §3.1.3).

use super::Frame;

/// The header: transaction, protocol, length, unit.
const HEADER: usize = 7;
/// The longest PDU there is.
const MAX_PDU: usize = 253;

/// A frame, and the number that joins answer and question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpFrame {
    /// As the master chose it.
    pub transaction: u16,
    /// The rest.
    pub frame: Frame,
}

/// Bytes that are no frame were passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes that are no Modbus TCP frame")]
pub struct Skipped(pub usize);

/// The bytes of a frame. A PDU has 1 to 253 bytes; one that has more is cut off and so refused by its reader.
pub fn encode(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let pdu = &pdu[..pdu.len().min(MAX_PDU)];
    let mut bytes = Vec::with_capacity(HEADER + pdu.len());
    bytes.extend(transaction.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend((pdu.len() as u16 + 1).to_be_bytes());
    bytes.push(unit);
    bytes.extend(pdu);
    bytes
}

/// Finds frames in one direction of a connection, in whatever pieces it comes. What is no frame is passed over to the next
/// bytes that can be one: TCP loses nothing, so that is a peer that does not speak Modbus, or a capture with gaps.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    skipped: usize,
}

impl Decoder {
    /// Takes bytes and hands out what is whole. Never holds more than one frame.
    pub fn push(&mut self, bytes: &[u8], mut found: impl FnMut(Result<TcpFrame, Skipped>)) {
        for piece in bytes.chunks(HEADER + MAX_PDU) {
            self.held.extend_from_slice(piece);
            let mut at = 0;
            while let Some(length) = whole(&self.held[at..]) {
                match length {
                    0 => {
                        self.skipped += 1;
                        at += 1;
                    }
                    length => {
                        let bytes = &self.held[at..at + length];
                        self.told(&mut found);
                        found(Ok(TcpFrame {
                            transaction: u16::from_be_bytes([bytes[0], bytes[1]]),
                            frame: Frame { unit: bytes[6], pdu: bytes[HEADER..].to_vec() },
                        }));
                        self.skipped = 0;
                        at += length;
                    }
                }
            }
            self.held.drain(..at);
        }
    }

    /// The connection is over: what is left is no frame.
    pub fn end(&mut self, mut found: impl FnMut(Result<TcpFrame, Skipped>)) {
        self.skipped += self.held.len();
        self.held.clear();
        self.told(&mut found);
        self.skipped = 0;
    }

    /// Bytes passed over since the last frame.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    fn told(&self, found: &mut impl FnMut(Result<TcpFrame, Skipped>)) {
        if self.skipped > 0 {
            found(Err(Skipped(self.skipped)));
        }
    }
}

/// The length of the frame that `bytes` begin with; 0 when they cannot begin one, `None` when it is not all there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let protocol = bytes.get(2..4)?;
    if protocol != [0, 0] {
        return Some(0);
    }
    let length = usize::from(u16::from_be_bytes([*bytes.get(4)?, *bytes.get(5)?]));
    // Unit and at least a function.
    if !(2..=1 + MAX_PDU).contains(&length) {
        return Some(0);
    }
    (bytes.len() >= HEADER - 1 + length).then_some(HEADER - 1 + length)
}
