//! What a master asks.

use super::pdu::{Cut, PduError, Table, put_words};

/// A part of a file that is asked for (§6.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRange {
    /// Which file.
    pub file: u16,
    /// From which record.
    pub record: u16,
    /// How many registers.
    pub count: u16,
}

/// A part of a file that is written (§6.15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// Which file.
    pub file: u16,
    /// From which record.
    pub record: u16,
    /// What is to stand there.
    pub words: Vec<u16>,
}

/// A question. Only its form is checked: what a device has, the device says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// 1 to 4.
    Read {
        /// From which table.
        table: Table,
        /// The first, counted from 0.
        address: u16,
        /// How many.
        count: u16,
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
    ExceptionStatus,
    /// 8
    Diagnostics {
        /// Sub-function.
        sub: u16,
        /// As it came.
        data: Vec<u8>,
    },
    /// 11
    EventCounter,
    /// 12
    EventLog,
    /// 15
    WriteCoils {
        /// The first.
        address: u16,
        /// How many.
        count: u16,
        /// Eight a byte, the first in the lowest bit.
        bits: Vec<u8>,
    },
    /// 16
    WriteRegisters {
        /// The first.
        address: u16,
        /// Their new values.
        words: Vec<u16>,
    },
    /// 17
    ServerId,
    /// 20
    ReadFile(Vec<FileRange>),
    /// 21
    WriteFile(Vec<FileRecord>),
    /// 22: register = (register and `and`) or (`or` and not `and`).
    MaskWrite {
        /// Which.
        address: u16,
        /// What is kept.
        and: u16,
        /// What is set.
        or: u16,
    },
    /// 23: writes first, then reads.
    ReadWrite {
        /// The first to read.
        read_address: u16,
        /// How many to read.
        read_count: u16,
        /// The first to write.
        write_address: u16,
        /// Their new values.
        words: Vec<u16>,
    },
    /// 24
    Fifo {
        /// Of the queue.
        address: u16,
    },
    /// 43
    Encapsulated {
        /// 13 CANopen, 14 device identification.
        mei: u8,
        /// As it came.
        data: Vec<u8>,
    },
    /// Of a vendor, or not known here.
    Other {
        /// 1 to 127.
        function: u8,
        /// As it came.
        data: Vec<u8>,
    },
}

impl Request {
    /// Reads a PDU that a master sent.
    pub fn decode(pdu: &[u8]) -> Result<Self, PduError> {
        let mut cut = Cut::new(pdu)?;
        let function = cut.function;
        if let Some(table) = Table::of(function) {
            let read = Self::Read { table, address: cut.word("the address")?, count: cut.word("the quantity")? };
            return cut.done(read);
        }
        let request = match function {
            0 | 128.. => return Err(PduError::Function(function, "request")),
            5 => Self::WriteCoil { address: cut.word("the address")?, on: coil(&mut cut)? },
            6 => Self::WriteRegister { address: cut.word("the address")?, word: cut.word("the value")? },
            7 => Self::ExceptionStatus,
            8 => Self::Diagnostics { sub: cut.word("the sub-function")?, data: cut.rest() },
            11 => Self::EventCounter,
            12 => Self::EventLog,
            15 => {
                let (address, count) = (cut.word("the address")?, cut.word("the quantity")?);
                let bits = cut.counted("the coils")?;
                if bits.len() != usize::from(count).div_ceil(8) {
                    return Err(cut.field("the byte count, for the quantity,", bits.len() as u32));
                }
                Self::WriteCoils { address, count, bits: bits.to_vec() }
            }
            16 => {
                let (address, count) = (cut.word("the address")?, cut.word("the quantity")?);
                let words = cut.counted_words("the registers")?;
                if words.len() != usize::from(count) {
                    return Err(cut.field("the byte count, for the quantity,", 2 * words.len() as u32));
                }
                Self::WriteRegisters { address, words }
            }
            17 => Self::ServerId,
            20 => Self::ReadFile(ranges(&mut cut)?),
            21 => Self::WriteFile(records(&mut cut)?),
            22 => Self::MaskWrite {
                address: cut.word("the address")?,
                and: cut.word("the and mask")?,
                or: cut.word("the or mask")?,
            },
            23 => {
                let (read_address, read_count) = (cut.word("the read address")?, cut.word("the read quantity")?);
                let (write_address, count) = (cut.word("the write address")?, cut.word("the write quantity")?);
                let words = cut.counted_words("the registers")?;
                if words.len() != usize::from(count) {
                    return Err(cut.field("the byte count, for the quantity,", 2 * words.len() as u32));
                }
                Self::ReadWrite { read_address, read_count, write_address, words }
            }
            24 => Self::Fifo { address: cut.word("the address")? },
            43 => Self::Encapsulated { mei: cut.byte("the MEI type")?, data: cut.rest() },
            function => Self::Other { function, data: cut.rest() },
        };
        cut.done(request)
    }

    /// Which function it is.
    pub fn function(&self) -> u8 {
        match self {
            Self::Read { table, .. } => table.function(),
            Self::WriteCoil { .. } => 5,
            Self::WriteRegister { .. } => 6,
            Self::ExceptionStatus => 7,
            Self::Diagnostics { .. } => 8,
            Self::EventCounter => 11,
            Self::EventLog => 12,
            Self::WriteCoils { .. } => 15,
            Self::WriteRegisters { .. } => 16,
            Self::ServerId => 17,
            Self::ReadFile(_) => 20,
            Self::WriteFile(_) => 21,
            Self::MaskWrite { .. } => 22,
            Self::ReadWrite { .. } => 23,
            Self::Fifo { .. } => 24,
            Self::Encapsulated { .. } => 43,
            Self::Other { function, .. } => *function,
        }
    }

    /// The PDU.
    pub fn encode(&self) -> Vec<u8> {
        let mut pdu = vec![self.function()];
        let words = |pdu: &mut Vec<u8>, words: &[u16]| pdu.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        match self {
            Self::Read { address, count, .. } => words(&mut pdu, &[*address, *count]),
            Self::WriteCoil { address, on } => words(&mut pdu, &[*address, if *on { 0xFF00 } else { 0 }]),
            Self::WriteRegister { address, word } => words(&mut pdu, &[*address, *word]),
            Self::ExceptionStatus | Self::EventCounter | Self::EventLog | Self::ServerId => {}
            Self::Diagnostics { sub, data } => {
                words(&mut pdu, &[*sub]);
                pdu.extend(data);
            }
            Self::WriteCoils { address, count, bits } => {
                words(&mut pdu, &[*address, *count]);
                pdu.push(bits.len() as u8);
                pdu.extend(bits);
            }
            Self::WriteRegisters { address, words: new } => {
                words(&mut pdu, &[*address, new.len() as u16]);
                put_words(&mut pdu, new);
            }
            Self::ReadFile(ranges) => {
                pdu.push((7 * ranges.len()) as u8);
                for range in ranges {
                    pdu.push(6);
                    words(&mut pdu, &[range.file, range.record, range.count]);
                }
            }
            Self::WriteFile(records) => pdu.extend(put_records(records)),
            Self::MaskWrite { address, and, or } => words(&mut pdu, &[*address, *and, *or]),
            Self::ReadWrite { read_address, read_count, write_address, words: new } => {
                words(&mut pdu, &[*read_address, *read_count, *write_address, new.len() as u16]);
                put_words(&mut pdu, new);
            }
            Self::Fifo { address } => words(&mut pdu, &[*address]),
            Self::Encapsulated { mei, data } => {
                pdu.push(*mei);
                pdu.extend(data);
            }
            Self::Other { data, .. } => pdu.extend(data),
        }
        pdu
    }
}

/// FF00 is on, 0000 off (§6.5).
pub(super) fn coil(cut: &mut Cut<'_>) -> Result<bool, PduError> {
    match cut.word("the value")? {
        0xFF00 => Ok(true),
        0 => Ok(false),
        other => Err(cut.field("the value, FF00 or 0000 expected,", other.into())),
    }
}

fn ranges(cut: &mut Cut<'_>) -> Result<Vec<FileRange>, PduError> {
    let bytes = cut.counted("the sub-requests")?;
    if !bytes.len().is_multiple_of(7) {
        return Err(cut.field("the byte count, seven a sub-request expected,", bytes.len() as u32));
    }
    bytes
        .chunks_exact(7)
        .map(|one| match one {
            [6, f0, f1, r0, r1, c0, c1] => Ok(FileRange {
                file: u16::from_be_bytes([*f0, *f1]),
                record: u16::from_be_bytes([*r0, *r1]),
                count: u16::from_be_bytes([*c0, *c1]),
            }),
            other => Err(cut.field("the reference type, 6 expected,", other[0].into())),
        })
        .collect()
}

/// Of a request, and of the response that echoes it.
pub(super) fn records(cut: &mut Cut<'_>) -> Result<Vec<FileRecord>, PduError> {
    let mut left = usize::from(cut.byte("the sub-requests")?);
    let mut records = Vec::new();
    while left > 0 {
        let kind = cut.byte("the reference type")?;
        if kind != 6 {
            return Err(cut.field("the reference type, 6 expected,", kind.into()));
        }
        let (file, record) = (cut.word("the file")?, cut.word("the record")?);
        let count = usize::from(cut.word("the length")?);
        let bytes = cut.take(2 * count, "the record's registers")?;
        records.push(FileRecord { file, record, words: cut.words(bytes, "the registers")? });
        left = left.checked_sub(7 + 2 * count).ok_or_else(|| cut.field("the byte count left", left as u32))?;
    }
    Ok(records)
}

pub(super) fn put_records(records: &[FileRecord]) -> Vec<u8> {
    let mut bytes = vec![records.iter().map(|one| 7 + 2 * one.words.len()).sum::<usize>() as u8];
    for one in records {
        bytes.push(6);
        let words = [one.file, one.record, one.words.len() as u16];
        bytes.extend(words.iter().chain(&one.words).flat_map(|word| word.to_be_bytes()));
    }
    bytes
}
