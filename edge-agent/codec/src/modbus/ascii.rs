//! Modbus ASCII: `:`, unit and PDU in hexadecimal, LRC, CR LF (Modbus over Serial Line V1.02 §2.5.2).

use super::Frame;

/// The longest frame between `:` and CR, in characters: unit, 253 bytes and LRC, two a byte.
const MAX_CHARS: usize = 2 * 255;

/// Bytes that are no frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AsciiError {
    /// So many bytes outside of a frame.
    #[error("{0} bytes outside of a frame")]
    Outside(usize),
    /// Another began, or it grew beyond any.
    #[error("a frame that does not end: {0} characters")]
    Endless(usize),
    /// Not 0 to 9 and A to F, two a byte.
    #[error("a frame that is not hexadecimal, two characters a byte")]
    Hex,
    /// Unit, function and LRC at least.
    #[error("a frame of {0} bytes, 3 expected at least")]
    Short(usize),
    /// Altered on its way.
    #[error("the LRC is {found:02X}, {expected:02X} expected")]
    Lrc {
        /// As it stands there.
        found: u8,
        /// As it should be.
        expected: u8,
    },
}

/// The two's complement of the sum of all bytes (§6.2.1).
pub fn lrc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}

/// The bytes of a frame.
pub fn encode(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut bytes = vec![unit];
    bytes.extend(pdu);
    bytes.push(lrc(&bytes));
    let hex = |byte: u8| b"0123456789ABCDEF"[usize::from(byte)];
    let chars = bytes.iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 0xF)]);
    [b':'].into_iter().chain(chars).chain(*b"\r\n").collect()
}

/// Finds frames in what comes over the line, in whatever pieces. A frame ends with LF, as some devices leave CR out.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What came after `:`.
    frame: Option<Vec<u8>>,
    outside: usize,
}

impl Decoder {
    /// Takes bytes and hands out what is whole.
    pub fn push(&mut self, bytes: &[u8], mut found: impl FnMut(Result<Frame, AsciiError>)) {
        for byte in bytes {
            match (byte, &mut self.frame) {
                (b':', frame) => {
                    if self.outside > 0 {
                        found(Err(AsciiError::Outside(std::mem::take(&mut self.outside))));
                    }
                    if let Some(before) = frame.replace(Vec::new()) {
                        found(Err(AsciiError::Endless(before.len())));
                    }
                }
                (b'\n', Some(_)) => found(decode(&self.frame.take().unwrap_or_default())),
                (_, Some(frame)) if frame.len() > MAX_CHARS => {
                    found(Err(AsciiError::Endless(frame.len())));
                    (self.frame, self.outside) = (None, 1);
                }
                (_, Some(frame)) => frame.push(*byte),
                // The end of a line on its own is nobody's fault.
                (b'\r' | b'\n', None) => {}
                (_, None) => self.outside = self.outside.saturating_add(1),
            }
        }
    }
}

/// One frame, without `:` and LF; CR may be there.
pub fn decode(chars: &[u8]) -> Result<Frame, AsciiError> {
    let chars = chars.strip_suffix(b"\r").unwrap_or(chars);
    let digit = |char: u8| (char as char).to_digit(16).map(|digit| digit as u8).ok_or(AsciiError::Hex);
    if !chars.len().is_multiple_of(2) {
        return Err(AsciiError::Hex);
    }
    let byte = |pair: &[u8]| Ok(digit(pair[0])? << 4 | digit(pair[1])?);
    let bytes = chars.chunks_exact(2).map(byte).collect::<Result<Vec<u8>, AsciiError>>()?;
    let [unit, pdu @ .., found] = bytes.as_slice() else { return Err(AsciiError::Short(bytes.len())) };
    if pdu.is_empty() {
        return Err(AsciiError::Short(bytes.len()));
    }
    let expected = lrc(&bytes[..bytes.len() - 1]);
    if *found != expected {
        return Err(AsciiError::Lrc { found: *found, expected });
    }
    Ok(Frame { unit: *unit, pdu: pdu.to_vec() })
}
