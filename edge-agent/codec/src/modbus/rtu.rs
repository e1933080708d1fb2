//! Modbus RTU: unit, PDU, CRC, and silence around it (Modbus over Serial Line V1.02 §2.5.1).
//!
//! Silence is the only mark of a frame, and it is lost in adapters and operating systems. So a frame is found by the length
//! its function gives it and by its CRC; silence, where it is known ([`Analyser::gap`]), only ends what is incomplete.

use super::{Frame, Request, Response};

/// The longest frame: unit, 253 bytes, CRC.
pub const MAX_FRAME: usize = 256;
/// The shortest: unit, function, CRC.
const MIN_FRAME: usize = 4;

/// Bytes between two silences that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtuError {
    /// There are 4 to 256 bytes in a frame.
    #[error("a frame of {0} bytes, 4 to 256 expected")]
    Length(usize),
    /// Altered on its way, or not of this baud rate and parity.
    #[error("the CRC is {found:04X}, {expected:04X} expected")]
    Crc {
        /// As it stands there.
        found: u16,
        /// As it should be.
        expected: u16,
    },
}

/// One step of the CRC for every byte there is: polynomial A001.
const STEPS: [u16; 256] = {
    let mut steps = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
            bit += 1;
        }
        steps[byte] = crc;
        byte += 1;
    }
    steps
};

/// The CRC of a frame's bytes (§6.2.2), as a number; on the wire its low byte stands first.
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| (crc >> 8) ^ STEPS[usize::from(crc as u8 ^ byte)])
}

/// The bytes of a frame.
pub fn encode(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pdu.len() + 3);
    bytes.push(unit);
    bytes.extend(pdu);
    bytes.extend(crc(&bytes).to_le_bytes());
    bytes
}

/// What stood between two silences.
pub fn decode(bytes: &[u8]) -> Result<Frame, RtuError> {
    if !(MIN_FRAME..=MAX_FRAME).contains(&bytes.len()) {
        return Err(RtuError::Length(bytes.len()));
    }
    let (content, sum) = bytes.split_at(bytes.len() - 2);
    let (found, expected) = (u16::from_le_bytes([sum[0], sum[1]]), crc(content));
    if found != expected {
        return Err(RtuError::Crc { found, expected });
    }
    Ok(Frame { unit: content[0], pdu: content[1..].to_vec() })
}

/// What was heard on a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A master asked.
    Request {
        /// Whom; 0 is everybody, who do not answer.
        unit: u8,
        /// What.
        request: Request,
    },
    /// A device answered.
    Response {
        /// Which.
        unit: u8,
        /// What.
        response: Response,
    },
    /// So many bytes that are no frame: noise, another baud rate, a collision.
    Garbage(usize),
}

/// Reads a bus on which everything is heard, questions and answers, in whatever pieces it comes.
///
/// Which of the two a frame is, its bytes do not always say (a device echoes a write): it is an answer when the device was
/// just asked that function. After garbage the next frame is found at once, unless the garbage announces a long frame; then
/// it is found when that is complete and wrong, or at the next [`Analyser::gap`]. Functions that are not known here have no
/// length, and their frames count as garbage; [`decode`] reads one where both its ends are known.
#[derive(Debug, Default)]
pub struct Analyser {
    held: Vec<u8>,
    garbage: usize,
    asked: Option<(u8, u8)>,
}

impl Analyser {
    /// Takes bytes and hands out what is whole. Holds one frame at most.
    pub fn push(&mut self, bytes: &[u8], mut heard: impl FnMut(Heard)) {
        for piece in bytes.chunks(MAX_FRAME) {
            self.held.extend_from_slice(piece);
            self.read(false, &mut heard);
        }
    }

    /// The line was silent for longer than within a frame: what is held is whole, or is no frame.
    pub fn gap(&mut self, mut heard: impl FnMut(Heard)) {
        self.read(true, &mut heard);
        self.tell_garbage(&mut heard);
    }

    /// We ask now: the next frame of that unit and function is an answer.
    pub fn expect(&mut self, unit: u8, function: u8) {
        self.asked = Some((unit, function));
    }

    /// Whether bytes are held that may become a frame.
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    fn read(&mut self, silent: bool, heard: &mut impl FnMut(Heard)) {
        let mut at = 0;
        while at < self.held.len() {
            match self.find(&self.held[at..], silent) {
                Found::Frame(length, one) => {
                    self.tell_garbage(heard);
                    self.asked = match &one {
                        Heard::Request { unit: 1.., request } => Some((self.held[at], request.function())),
                        _ => None,
                    };
                    heard(one);
                    at += length;
                }
                Found::Nothing => {
                    self.garbage = self.garbage.saturating_add(1);
                    at += 1;
                }
                Found::NotYet => break,
            }
        }
        self.held.drain(..at);
    }

    /// The frame that `bytes` begin with: the shorter one where question and answer differ in length, so that it does not
    /// depend on the pieces in which the bytes came.
    fn find(&self, bytes: &[u8], silent: bool) -> Found {
        let mut lengths = [request_length(bytes), response_length(bytes)];
        lengths.sort_unstable();
        for length in lengths {
            let length = match length {
                Length::Never => continue,
                Length::Is(length) if length <= bytes.len() => length,
                Length::Is(_) | Length::More if silent => continue,
                Length::Is(_) | Length::More => return Found::NotYet,
            };
            if let Ok(frame) = decode(&bytes[..length])
                && let Some(one) = self.judge(&frame)
            {
                return Found::Frame(length, one);
            }
        }
        Found::Nothing
    }

    fn judge(&self, frame: &Frame) -> Option<Heard> {
        let unit = frame.unit;
        let request = || Some(Heard::Request { unit, request: Request::decode(&frame.pdu).ok()? });
        let response = || Some(Heard::Response { unit, response: Response::decode(&frame.pdu).ok()? });
        match self.asked == Some((unit, frame.pdu.first()? & 0x7F)) {
            true => response().or_else(request),
            false => request().or_else(response),
        }
    }

    fn tell_garbage(&mut self, heard: &mut impl FnMut(Heard)) {
        if self.garbage > 0 {
            heard(Heard::Garbage(std::mem::take(&mut self.garbage)));
        }
    }
}

enum Found {
    Frame(usize, Heard),
    Nothing,
    NotYet,
}

/// How long a frame is that begins so. In this order shorter ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Length {
    Is(usize),
    /// Not told yet.
    More,
    /// It is none, or of a function that is not known.
    Never,
}

impl Length {
    fn of(length: usize) -> Self {
        if length <= MAX_FRAME { Self::Is(length) } else { Self::Never }
    }

    /// `fixed` bytes and as many as the one at `at` says.
    fn counted(bytes: &[u8], fixed: usize, at: usize) -> Self {
        bytes.get(at).map_or(Self::More, |count| Self::of(fixed + usize::from(*count)))
    }
}

fn request_length(bytes: &[u8]) -> Length {
    let Some(function) = bytes.get(1) else { return Length::More };
    match function {
        1..=6 | 8 => Length::Is(8),
        7 | 11 | 12 | 17 => Length::Is(4),
        15 | 16 => Length::counted(bytes, 9, 6),
        20 | 21 => Length::counted(bytes, 5, 2),
        22 => Length::Is(10),
        23 => Length::counted(bytes, 13, 10),
        24 => Length::Is(6),
        // Device identification only: CANopen frames have no length of their own.
        43 => match bytes.get(2) {
            None => Length::More,
            Some(14) => Length::Is(7),
            Some(_) => Length::Never,
        },
        _ => Length::Never,
    }
}

fn response_length(bytes: &[u8]) -> Length {
    let Some(function) = bytes.get(1) else { return Length::More };
    match function {
        129.. => Length::Is(5),
        1..=4 | 12 | 17 | 20 | 21 | 23 => Length::counted(bytes, 5, 2),
        5 | 6 | 8 | 11 | 15 | 16 => Length::Is(8),
        7 => Length::Is(5),
        22 => Length::Is(10),
        24 => match bytes.get(2..4) {
            None => Length::More,
            Some(count) => Length::of(6 + usize::from(u16::from_be_bytes([count[0], count[1]]))),
        },
        43 => identification_length(bytes),
        _ => Length::Never,
    }
}

/// Of a device identification: unit, 2B 0E, code, conformity, more, next, objects, and each of them with its length.
fn identification_length(bytes: &[u8]) -> Length {
    match bytes.get(2) {
        None => return Length::More,
        Some(14) => {}
        Some(_) => return Length::Never,
    }
    let Some(objects) = bytes.get(7) else { return Length::More };
    let mut length = 8;
    for _ in 0..*objects {
        let Some(object) = bytes.get(length + 1) else { return Length::More };
        length += 2 + usize::from(*object);
        if length + 2 > MAX_FRAME {
            return Length::Never;
        }
    }
    Length::of(length + 2)
}
