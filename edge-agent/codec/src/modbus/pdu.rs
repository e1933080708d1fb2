//! What requests and responses share: tables, exceptions, and reading fields in order.

use std::fmt;

/// The four tables of a device (Modbus Application Protocol V1.1b3 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Bits that can be written; function 1.
    Coils,
    /// Bits that cannot; function 2.
    DiscreteInputs,
    /// Registers that can be written; function 3.
    HoldingRegisters,
    /// Registers that cannot; function 4.
    InputRegisters,
}

impl Table {
    /// The function that reads it.
    pub fn function(self) -> u8 {
        match self {
            Self::Coils => 1,
            Self::DiscreteInputs => 2,
            Self::HoldingRegisters => 3,
            Self::InputRegisters => 4,
        }
    }

    /// The table that a function reads.
    pub fn of(function: u8) -> Option<Self> {
        [Self::Coils, Self::DiscreteInputs, Self::HoldingRegisters, Self::InputRegisters]
            .into_iter()
            .find(|table| table.function() == function)
    }

    /// Whether it holds bits.
    pub fn is_bits(self) -> bool {
        matches!(self, Self::Coils | Self::DiscreteInputs)
    }

    /// The most one request may ask for (§6.1 to §6.4).
    pub fn most(self) -> u16 {
        if self.is_bits() { 2_000 } else { 125 }
    }
}

/// Why a device did not do what it was asked (§7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exception {
    /// 1
    IllegalFunction,
    /// 2
    IllegalDataAddress,
    /// 3
    IllegalDataValue,
    /// 4
    ServerDeviceFailure,
    /// 5
    Acknowledge,
    /// 6
    ServerDeviceBusy,
    /// 8
    MemoryParityError,
    /// 10
    GatewayPathUnavailable,
    /// 11
    GatewayTargetFailed,
    /// None of the standard's.
    Other(u8),
}

impl Exception {
    /// As on the wire.
    pub fn code(self) -> u8 {
        match self {
            Self::IllegalFunction => 1,
            Self::IllegalDataAddress => 2,
            Self::IllegalDataValue => 3,
            Self::ServerDeviceFailure => 4,
            Self::Acknowledge => 5,
            Self::ServerDeviceBusy => 6,
            Self::MemoryParityError => 8,
            Self::GatewayPathUnavailable => 10,
            Self::GatewayTargetFailed => 11,
            Self::Other(code) => code,
        }
    }
}

impl From<u8> for Exception {
    fn from(code: u8) -> Self {
        match code {
            1 => Self::IllegalFunction,
            2 => Self::IllegalDataAddress,
            3 => Self::IllegalDataValue,
            4 => Self::ServerDeviceFailure,
            5 => Self::Acknowledge,
            6 => Self::ServerDeviceBusy,
            8 => Self::MemoryParityError,
            10 => Self::GatewayPathUnavailable,
            11 => Self::GatewayTargetFailed,
            code => Self::Other(code),
        }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::IllegalFunction => "illegal function: it has no such kind of register",
            Self::IllegalDataAddress => "illegal data address: it has no such register; check template and base",
            Self::IllegalDataValue => "illegal data value",
            Self::ServerDeviceFailure => "server device failure: the device is broken",
            Self::Acknowledge => "acknowledge: it needs longer",
            Self::ServerDeviceBusy => "server device busy",
            Self::MemoryParityError => "memory parity error",
            Self::GatewayPathUnavailable => "gateway path unavailable",
            Self::GatewayTargetFailed => "gateway target device failed to respond: check unit and bus",
            Self::Other(code) => return write!(f, "exception {code}"),
        };
        write!(f, "exception {}, {words}", self.code())
    }
}

/// Bytes that are no PDU.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PduError {
    /// Not even a function.
    #[error("a PDU of no bytes")]
    Empty,
    /// 0, or one that says the other direction.
    #[error("function {0} is none of a {1}")]
    Function(u8, &'static str),
    /// It ends before it should.
    #[error("function {function}: {what} is cut off")]
    Short {
        /// Of the PDU.
        function: u8,
        /// What was to be read.
        what: &'static str,
    },
    /// It goes on after its end.
    #[error("function {function}: {count} bytes after its end")]
    Long {
        /// Of the PDU.
        function: u8,
        /// How many.
        count: usize,
    },
    /// A field says what it may not.
    #[error("function {function}: {what} is {found}")]
    Field {
        /// Of the PDU.
        function: u8,
        /// Which, and what was expected.
        what: &'static str,
        /// What it is.
        found: u32,
    },
}

/// Reads the fields of a PDU in their order.
pub(super) struct Cut<'a> {
    pub(super) function: u8,
    rest: &'a [u8],
}

impl<'a> Cut<'a> {
    pub(super) fn new(pdu: &'a [u8]) -> Result<Self, PduError> {
        let (function, rest) = pdu.split_first().ok_or(PduError::Empty)?;
        Ok(Self { function: *function, rest })
    }

    pub(super) fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], PduError> {
        let short = PduError::Short { function: self.function, what };
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(short)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, PduError> {
        Ok(self.take(1, what)?[0])
    }

    pub(super) fn word(&mut self, what: &'static str) -> Result<u16, PduError> {
        let bytes = self.take(2, what)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// A byte count, and as many bytes.
    pub(super) fn counted(&mut self, what: &'static str) -> Result<&'a [u8], PduError> {
        let count = self.byte(what)?;
        self.take(count.into(), what)
    }

    /// A byte count, and as many bytes that make registers.
    pub(super) fn counted_words(&mut self, what: &'static str) -> Result<Vec<u16>, PduError> {
        let bytes = self.counted(what)?;
        self.words(bytes, what)
    }

    pub(super) fn words(&self, bytes: &[u8], what: &'static str) -> Result<Vec<u16>, PduError> {
        if !bytes.len().is_multiple_of(2) {
            return Err(self.field(what, bytes.len() as u32));
        }
        Ok(bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
    }

    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rest).to_vec()
    }

    pub(super) fn field(&self, what: &'static str, found: u32) -> PduError {
        PduError::Field { function: self.function, what, found }
    }

    pub(super) fn done<T>(self, value: T) -> Result<T, PduError> {
        match self.rest.len() {
            0 => Ok(value),
            count => Err(PduError::Long { function: self.function, count }),
        }
    }
}

/// A byte count and the registers, as [`Cut::counted_words`] reads them. More than 127 registers have no byte count, and
/// no PDU.
pub(super) fn put_words(pdu: &mut Vec<u8>, words: &[u16]) {
    pdu.push((2 * words.len()) as u8);
    pdu.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}
