//! What a device answers.

use super::pdu::{Cut, Exception, PduError, Table, put_words};
use super::request::{FileRecord, Request, coil, put_records, records};

/// An answer. What is asked for is not in it: how many of `bits` count, and which registers `words` are, the request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// 1 and 2.
    Bits {
        /// Of which table.
        table: Table,
        /// Eight a byte, the first in the lowest bit.
        bits: Vec<u8>,
    },
    /// 3 and 4.
    Words {
        /// Of which table.
        table: Table,
        /// The registers.
        words: Vec<u16>,
    },
    /// 5
    WriteCoil {
        /// Which.
        address: u16,
        /// On or off.
        on: bool,
    },
    /// 6
    WriteRegister {
        /// Which.
        address: u16,
        /// Its new value.
        word: u16,
    },
    /// 7
    ExceptionStatus(u8),
    /// 8
    Diagnostics {
        /// Sub-function.
        sub: u16,
        /// As it came.
        data: Vec<u8>,
    },
    /// 11
    EventCounter {
        /// FFFF while it is busy.
        status: u16,
        /// Of events.
        count: u16,
    },
    /// 12
    EventLog(Vec<u8>),
    /// 15
    WriteCoils {
        /// The first.
        address: u16,
        /// How many.
        count: u16,
    },
    /// 16
    WriteRegisters {
        /// The first.
        address: u16,
        /// How many.
        count: u16,
    },
    /// 17
    ServerId(Vec<u8>),
    /// 20: the registers of each range that was asked for.
    ReadFile(Vec<Vec<u16>>),
    /// 21
    WriteFile(Vec<FileRecord>),
    /// 22
    MaskWrite {
        /// Which.
        address: u16,
        /// What was kept.
        and: u16,
        /// What was set.
        or: u16,
    },
    /// 23
    ReadWrite(Vec<u16>),
    /// 24
    Fifo(Vec<u16>),
    /// 43
    Encapsulated {
        /// 13 CANopen, 14 device identification.
        mei: u8,
        /// As it came.
        data: Vec<u8>,
    },
    /// It refuses.
    Exception {
        /// What it was asked.
        function: u8,
        /// Why not.
        exception: Exception,
    },
    /// Of a vendor, or not known here.
    Other {
        /// 1 to 127.
        function: u8,
        /// As it came.
        data: Vec<u8>,
    },
}

impl Response {
    /// Reads a PDU that a device sent.
    pub fn decode(pdu: &[u8]) -> Result<Self, PduError> {
        let mut cut = Cut::new(pdu)?;
        let function = cut.function;
        let response = match (function, Table::of(function)) {
            (0 | 128, _) => return Err(PduError::Function(function, "response")),
            (129.., _) => Self::Exception { function: function & 0x7F, exception: cut.byte("the exception")?.into() },
            (_, Some(table)) if table.is_bits() => Self::Bits { table, bits: cut.counted("the bits")?.to_vec() },
            (_, Some(table)) => Self::Words { table, words: cut.counted_words("the registers")? },
            (5, _) => Self::WriteCoil { address: cut.word("the address")?, on: coil(&mut cut)? },
            (6, _) => Self::WriteRegister { address: cut.word("the address")?, word: cut.word("the value")? },
            (7, _) => Self::ExceptionStatus(cut.byte("the status")?),
            (8, _) => Self::Diagnostics { sub: cut.word("the sub-function")?, data: cut.rest() },
            (11, _) => Self::EventCounter { status: cut.word("the status")?, count: cut.word("the count")? },
            (12, _) => Self::EventLog(cut.counted("the log")?.to_vec()),
            (15, _) => Self::WriteCoils { address: cut.word("the address")?, count: cut.word("the quantity")? },
            (16, _) => Self::WriteRegisters { address: cut.word("the address")?, count: cut.word("the quantity")? },
            (17, _) => Self::ServerId(cut.counted("the server id")?.to_vec()),
            (20, _) => Self::ReadFile(files(&mut cut)?),
            (21, _) => Self::WriteFile(records(&mut cut)?),
            (22, _) => Self::MaskWrite {
                address: cut.word("the address")?,
                and: cut.word("the and mask")?,
                or: cut.word("the or mask")?,
            },
            (23, _) => Self::ReadWrite(cut.counted_words("the registers")?),
            (24, _) => Self::Fifo(fifo(&mut cut)?),
            (43, _) => Self::Encapsulated { mei: cut.byte("the MEI type")?, data: cut.rest() },
            (function, _) => Self::Other { function, data: cut.rest() },
        };
        cut.done(response)
    }

    /// The function it answers, without the bit that says it refuses.
    pub fn function(&self) -> u8 {
        match self {
            Self::Bits { table, .. } | Self::Words { table, .. } => table.function(),
            Self::WriteCoil { .. } => 5,
            Self::WriteRegister { .. } => 6,
            Self::ExceptionStatus(_) => 7,
            Self::Diagnostics { .. } => 8,
            Self::EventCounter { .. } => 11,
            Self::EventLog(_) => 12,
            Self::WriteCoils { .. } => 15,
            Self::WriteRegisters { .. } => 16,
            Self::ServerId(_) => 17,
            Self::ReadFile(_) => 20,
            Self::WriteFile(_) => 21,
            Self::MaskWrite { .. } => 22,
            Self::ReadWrite(_) => 23,
            Self::Fifo(_) => 24,
            Self::Encapsulated { .. } => 43,
            Self::Exception { function, .. } | Self::Other { function, .. } => *function,
        }
    }

    /// Whether it can be the answer to `request`: of its function and, where registers or bits were asked for, of that many.
    pub fn answers(&self, request: &Request) -> bool {
        match (self, request) {
            (Self::Exception { function, .. }, _) => *function == request.function(),
            (Self::Bits { table, bits }, Request::Read { table: asked, count, .. }) => {
                table == asked && bits.len() == usize::from(*count).div_ceil(8)
            }
            (Self::Words { table, words }, Request::Read { table: asked, count, .. }) => {
                table == asked && words.len() == usize::from(*count)
            }
            _ => self.function() == request.function(),
        }
    }

    /// The PDU.
    pub fn encode(&self) -> Vec<u8> {
        let mut pdu = vec![self.function()];
        let words = |pdu: &mut Vec<u8>, words: &[u16]| pdu.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        let counted = |pdu: &mut Vec<u8>, bytes: &[u8]| {
            pdu.push(bytes.len() as u8);
            pdu.extend(bytes);
        };
        match self {
            Self::Bits { bits, .. } => counted(&mut pdu, bits),
            Self::Words { words, .. } | Self::ReadWrite(words) => put_words(&mut pdu, words),
            Self::WriteCoil { address, on } => words(&mut pdu, &[*address, if *on { 0xFF00 } else { 0 }]),
            Self::WriteRegister { address, word } => words(&mut pdu, &[*address, *word]),
            Self::ExceptionStatus(status) => pdu.push(*status),
            Self::Diagnostics { sub, data } => {
                words(&mut pdu, &[*sub]);
                pdu.extend(data);
            }
            Self::EventCounter { status, count } => words(&mut pdu, &[*status, *count]),
            Self::EventLog(bytes) | Self::ServerId(bytes) => counted(&mut pdu, bytes),
            Self::WriteCoils { address, count } | Self::WriteRegisters { address, count } => {
                words(&mut pdu, &[*address, *count]);
            }
            Self::ReadFile(parts) => {
                pdu.push(parts.iter().map(|part| 2 + 2 * part.len()).sum::<usize>() as u8);
                for part in parts {
                    pdu.extend([(1 + 2 * part.len()) as u8, 6]);
                    words(&mut pdu, part);
                }
            }
            Self::WriteFile(records) => pdu.extend(put_records(records)),
            Self::MaskWrite { address, and, or } => words(&mut pdu, &[*address, *and, *or]),
            Self::Fifo(values) => {
                words(&mut pdu, &[2 + 2 * values.len() as u16, values.len() as u16]);
                words(&mut pdu, values);
            }
            Self::Encapsulated { mei, data } => {
                pdu.push(*mei);
                pdu.extend(data);
            }
            Self::Exception { exception, .. } => {
                pdu[0] |= 0x80;
                pdu.push(exception.code());
            }
            Self::Other { data, .. } => pdu.extend(data),
        }
        pdu
    }
}

fn files(cut: &mut Cut<'_>) -> Result<Vec<Vec<u16>>, PduError> {
    let mut left = usize::from(cut.byte("the sub-responses")?);
    let mut parts = Vec::new();
    while left > 0 {
        let length = usize::from(cut.byte("a sub-response's length")?);
        let bytes = cut.take(length, "a sub-response")?;
        let Some((6, bytes)) = bytes.split_first() else {
            return Err(cut.field("the reference type, 6 expected,", bytes.first().copied().unwrap_or(0).into()));
        };
        parts.push(cut.words(bytes, "the registers")?);
        left = left.checked_sub(1 + length).ok_or_else(|| cut.field("the byte count left", left as u32))?;
    }
    Ok(parts)
}

fn fifo(cut: &mut Cut<'_>) -> Result<Vec<u16>, PduError> {
    let (bytes, count) = (cut.word("the byte count")?, cut.word("the FIFO count")?);
    if u32::from(bytes) != 2 + 2 * u32::from(count) {
        return Err(cut.field("the byte count, for the FIFO count,", bytes.into()));
    }
    let values = cut.take(2 * usize::from(count), "the registers")?;
    cut.words(values, "the registers")
}
