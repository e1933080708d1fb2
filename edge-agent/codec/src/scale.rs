//! What checkout scales say, and what tills ask them: Toledo 8217, NCI SCP-01, Dialog 02/04/06 and CAS.
//!
//! [`Decoder`] takes the bytes of a line as they came and gives [`Message`]s of both sides: a tap hears the till too.
//! [`Master`] is the asking side for a line that is ours alone. A byte with its eighth bit set is one whose parity was
//! wrong (no family uses that bit): its frame is refused by name and the next one is read. Weights are kilograms, whatever
//! the scale shows; a price is its digits, for the wire does not say the currency.

mod cas;
mod dialog;
mod encode;
mod master;
mod nci;
mod toledo;

use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;

pub use dialog::DialogStatus;
pub use encode::{encode_dialog_price, encode_dialog_status, encode_status, encode_weighing};
pub use master::{Master, Turn};

/// Longest frame of any family, with room: a Dialog record 05 is 34 bytes, a CAS answer with prices 38.
const LONGEST: usize = 64;

/// How a scale speaks. Dialog 02, 04 and 06 are one language at 2400, 4800 and 9600 baud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Protocol {
    /// METTLER TOLEDO 8217 (and 8213): 9600 7E1.
    #[serde(rename = "toledo-8217")]
    Toledo8217,
    /// Weigh-Tronix NCI SCP-01, plain and ECR.
    #[serde(rename = "nci-scp01")]
    NciScp01,
    /// Dialog 02: 2400 7O1.
    #[serde(rename = "dialog-02")]
    Dialog02,
    /// Dialog 04: 4800 7O1.
    #[serde(rename = "dialog-04")]
    Dialog04,
    /// Dialog 06: 9600 7O1 on the scales we know of.
    #[serde(rename = "dialog-06")]
    Dialog06,
    /// CAS ER/PD and what copies it.
    #[serde(rename = "cas")]
    Cas,
}

impl Protocol {
    /// Every family.
    pub const ALL: [Self; 6] =
        [Self::Toledo8217, Self::NciScp01, Self::Dialog02, Self::Dialog04, Self::Dialog06, Self::Cas];

    /// The line its manual asks for: baud and coding.
    pub fn usual_line(self) -> (u32, &'static str) {
        match self {
            Self::Toledo8217 | Self::NciScp01 => (9_600, "7E1"),
            Self::Dialog02 => (2_400, "7O1"),
            Self::Dialog04 => (4_800, "7O1"),
            Self::Dialog06 => (9_600, "7O1"),
            Self::Cas => (9_600, "8N1"),
        }
    }
}

/// What a bare number of a scale is in; for families whose frames do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Unit {
    /// Kilogram.
    #[default]
    #[serde(rename = "kg")]
    Kilogram,
    /// Gram.
    #[serde(rename = "g")]
    Gram,
    /// Avoirdupois pound, 0.45359237 kg.
    #[serde(rename = "lb")]
    Pound,
    /// Avoirdupois ounce, a sixteenth of it.
    #[serde(rename = "oz")]
    Ounce,
}

impl Unit {
    /// That much in kg, exactly.
    pub fn to_kg(self, amount: Decimal) -> Decimal {
        let factor = match self {
            Self::Kilogram => return amount,
            Self::Gram => Decimal::new(1, 3),
            Self::Pound => Decimal::new(45_359_237, 8),
            Self::Ounce => Decimal::new(28_349_523_125, 12),
        };
        (amount * factor).normalize()
    }

    /// As a scale writes it.
    fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "kg" => Some(Self::Kilogram),
            "g" => Some(Self::Gram),
            "lb" => Some(Self::Pound),
            "oz" => Some(Self::Ounce),
            _ => None,
        }
    }
}

/// How a scale stands: every status bit of the families, false where a family has no such bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The load moves.
    pub motion: bool,
    /// More than it may bear.
    pub over: bool,
    /// Below zero.
    pub under: bool,
    /// Its zero at power-up is out of range.
    pub outside_zero: bool,
    /// Within a quarter division of zero.
    pub at_zero: bool,
    /// A tare is taken off. Toledo bit 5: METTLER DIVA says net, Rice Lake and Ohaus set it always.
    pub net: bool,
    /// RAM is broken.
    pub ram: bool,
    /// EEPROM is broken.
    pub eeprom: bool,
    /// ROM is broken.
    pub rom: bool,
    /// The calibration is broken.
    pub calibration: bool,
    /// The high one of two ranges (NCI byte 3).
    pub high_range: bool,
    /// The weight changed since the last answer (NCI byte 4).
    pub changed: bool,
    /// It was at zero since the last answer (NCI byte 4).
    pub zero_seen: bool,
    /// It shows metric units (NCI byte 4).
    pub metric: bool,
}

impl Flags {
    /// Whether the scale itself is broken.
    pub fn broken(self) -> bool {
        self.ram || self.eeprom || self.rom || self.calibration
    }

    /// Why there is no weight to trust, in words; none when there is.
    pub fn trouble(self) -> Option<String> {
        let all = [
            (self.over, "over capacity"),
            (self.under, "under zero"),
            (self.outside_zero, "its zero is out of range: clear the platter and start it again"),
            (self.ram, "RAM error"),
            (self.eeprom, "EEPROM error"),
            (self.rom, "ROM error"),
            (self.calibration, "faulty calibration"),
        ];
        let said: Vec<_> = all.iter().filter(|(set, _)| *set).map(|(_, why)| *why).collect();
        (!said.is_empty()).then(|| said.join(", "))
    }
}

/// A weight, as the scale said it.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighing {
    /// kg; net where `net` is.
    pub kg: Decimal,
    /// kg that were taken off, where the family says so.
    pub tare_kg: Option<Decimal>,
    /// Digits of the price of a kilogram (or pound), without point.
    pub unit_price: Option<u32>,
    /// Digits of the price of what lies on it, without point.
    pub price: Option<u32>,
    /// It did not move, and nothing is wrong.
    pub stable: bool,
    /// A tare is taken off.
    pub net: bool,
    /// All it said of itself.
    pub flags: Flags,
}

impl Weighing {
    /// A weight with nothing else said.
    pub fn of(kg: Decimal) -> Self {
        let flags = Flags::default();
        Self { kg, tare_kg: None, unit_price: None, price: None, stable: true, net: false, flags }
    }

    fn with_flags(kg: Decimal, flags: Flags) -> Self {
        let stable = !flags.motion && flags.trouble().is_none();
        Self { stable, net: flags.net, flags, ..Self::of(kg) }
    }
}

/// What a till tells a Dialog scale (records 01, 03, 04, 05).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTold {
    /// Digits of the price of a kilogram.
    pub unit_price: u32,
    /// Grams of tare (records 03 and 05).
    pub tare: Option<u32>,
    /// What it is called on the scale's display (records 04 and 05).
    pub text: Option<String>,
}

/// One thing that was said on the line, by either side.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The scale: a weight.
    Weighing(Weighing),
    /// The scale: no weight, and why.
    Status(Flags),
    /// The scale: an answer to "how did it go" (Dialog record 09).
    Dialog(DialogStatus),
    /// The scale: it wants a checksum that only its maker can compute (Dialog record 11), or the answer to one (10).
    Handshake {
        /// 10 or 11.
        record: u8,
        /// What it carries.
        data: String,
    },
    /// The scale: it does not know the command.
    Unknown,
    /// Yes.
    Ack,
    /// No.
    Nak,
    /// The till: how much is it?
    Ask,
    /// The till: how did it go? (Dialog record 08, NCI `S`)
    AskStatus,
    /// The till: this is the price.
    Price(PriceTold),
    /// The till: another command, by its letter (zero, tare …).
    Command(char),
    /// A byte of an echo test (Toledo `E` … `F`).
    Echo(u8),
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// Bytes that begin no frame: another baud rate, another protocol, or noise.
    #[error("{bytes} bytes that belong to no frame: is it this protocol, baud rate and coding?")]
    Garbage {
        /// How many.
        bytes: usize,
    },
    /// A byte of this frame arrived with wrong parity.
    #[error("a frame of {bytes} bytes has wrong parity: check the line's coding and its cable")]
    Parity {
        /// Of the frame.
        bytes: usize,
    },
    /// The frame broke off.
    #[error("half a frame, {bytes} bytes")]
    Half {
        /// What came of it.
        bytes: usize,
    },
    /// The check byte is another.
    #[error("check byte {found:02x}, expected {expected:02x}")]
    Check {
        /// Computed here.
        expected: u8,
        /// On the wire.
        found: u8,
    },
    /// A frame that is complete and says nothing we know.
    #[error("{what}: {found:?}, expected {expected}")]
    Field {
        /// Which part.
        what: &'static str,
        /// What stood there.
        found: String,
        /// What should have.
        expected: &'static str,
    },
}

fn field(what: &'static str, found: &[u8], expected: &'static str) -> ScaleError {
    ScaleError::Field { what, found: String::from_utf8_lossy(found).into_owned(), expected }
}

/// What the bytes at hand come to.
enum Step {
    /// Too few to say.
    More,
    /// They are this.
    Done(Result<Message, ScaleError>),
    /// They are part of a longer dialogue and say nothing on their own.
    Quiet,
    /// They begin nothing.
    Garbage,
    /// A frame began that cannot go on like this; so many of its last bytes are looked at again.
    Broken(usize),
}

/// Reads a line, byte by byte: how they were cut into pieces changes nothing.
#[derive(Clone, Debug)]
pub struct Decoder {
    family: Family,
    unit: Unit,
    buf: Vec<u8>,
    spoiled: bool,
    garbage: usize,
}

#[derive(Clone, Debug)]
enum Family {
    Toledo(toledo::State),
    Nci,
    Dialog,
    Cas(cas::State),
}

impl Decoder {
    /// At the start of a line. `unit` is what bare numbers are in, for families that do not say.
    pub fn new(protocol: Protocol, unit: Unit) -> Self {
        let family = match protocol {
            Protocol::Toledo8217 => Family::Toledo(toledo::State::default()),
            Protocol::NciScp01 => Family::Nci,
            Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06 => Family::Dialog,
            Protocol::Cas => Family::Cas(cas::State::default()),
        };
        Self { family, unit, buf: Vec::with_capacity(LONGEST), spoiled: false, garbage: 0 }
    }

    /// Takes what came and appends what it says to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Result<Message, ScaleError>>) {
        for byte in bytes {
            self.take(*byte, out);
        }
    }

    /// The line fell silent: what was not finished will not be.
    pub fn gap(&mut self, out: &mut Vec<Result<Message, ScaleError>>) {
        self.tell_garbage(out);
        if !self.buf.is_empty() {
            out.push(Err(self.broken()));
        }
        self.reset();
    }

    /// Whether a frame is under way.
    pub fn midway(&self) -> bool {
        !self.buf.is_empty() || self.garbage > 0
    }

    fn take(&mut self, byte: u8, out: &mut Vec<Result<Message, ScaleError>>) {
        if byte >= 0x80 {
            if self.buf.is_empty() {
                return self.waste(out);
            }
            self.spoiled = true;
        }
        self.buf.push(byte);
        let step = match &mut self.family {
            Family::Toledo(state) => toledo::step(state, &self.buf, self.unit),
            Family::Nci => nci::step(&self.buf),
            Family::Dialog => dialog::step(&self.buf),
            Family::Cas(state) => cas::step(state, &self.buf, self.unit),
        };
        match step {
            Step::More if self.buf.len() < LONGEST => {}
            Step::More => {
                out.push(Err(self.broken()));
                self.reset();
            }
            Step::Done(said) => {
                self.tell_garbage(out);
                let bytes = self.buf.len();
                out.push(if self.spoiled { Err(ScaleError::Parity { bytes }) } else { said });
                self.buf.clear();
                self.spoiled = false;
            }
            Step::Quiet => {
                self.tell_garbage(out);
                self.buf.clear();
                self.spoiled = false;
            }
            Step::Garbage => {
                self.buf.clear();
                self.spoiled = false;
                self.waste(out);
            }
            Step::Broken(again) => {
                self.tell_garbage(out);
                // At least the first byte goes, so it comes to an end.
                let again = self.buf.split_off(self.buf.len().saturating_sub(again).max(1));
                // A spoiled frame keeps its name: what broke it is known.
                if !self.buf.is_empty() {
                    out.push(Err(self.broken()));
                }
                self.reset();
                self.push(&again, out);
            }
        }
    }

    fn broken(&self) -> ScaleError {
        let bytes = self.buf.len();
        if self.spoiled { ScaleError::Parity { bytes } } else { ScaleError::Half { bytes } }
    }

    fn reset(&mut self) {
        self.buf.clear();
        self.spoiled = false;
        match &mut self.family {
            Family::Toledo(state) => *state = toledo::State::default(),
            Family::Cas(state) => *state = cas::State::default(),
            Family::Nci | Family::Dialog => {}
        }
    }

    fn waste(&mut self, out: &mut Vec<Result<Message, ScaleError>>) {
        self.garbage += 1;
        if self.garbage >= LONGEST {
            self.tell_garbage(out);
        }
    }

    fn tell_garbage(&mut self, out: &mut Vec<Result<Message, ScaleError>>) {
        match std::mem::take(&mut self.garbage) {
            0 => {}
            bytes => out.push(Err(ScaleError::Garbage { bytes })),
        }
    }
}

/// Reads a whole line at once; what is unfinished at the end is told as such. For tests and fuzzing.
pub fn decode(protocol: Protocol, unit: Unit, bytes: &[u8]) -> Vec<Result<Message, ScaleError>> {
    let (mut decoder, mut out) = (Decoder::new(protocol, unit), Vec::new());
    decoder.push(bytes, &mut out);
    decoder.gap(&mut out);
    out
}

/// Any bytes, as any family, in pieces: nothing panics and nothing grows. The first byte chooses the family.
pub fn fuzz(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let protocol = Protocol::ALL[usize::from(*choice) % Protocol::ALL.len()];
    let (mut decoder, mut out) = (Decoder::new(protocol, Unit::Pound), Vec::new());
    let mut master = Master::new(protocol, Some(199));
    for piece in bytes.chunks(usize::from(*choice % 7) + 1) {
        decoder.push(piece, &mut out);
        for message in out.drain(..).flatten() {
            let _ = master.heard(&message);
        }
        assert!(decoder.buf.len() <= LONGEST && decoder.garbage <= LONGEST, "memory is bounded");
    }
}

/// A number as scales write it: spaces, a sign, digits with at most one point.
fn number(text: &[u8]) -> Option<Decimal> {
    let text = std::str::from_utf8(text).ok()?.trim_matches(' ');
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-Decimal::ONE, rest.trim_start_matches(' ')),
        None => (Decimal::ONE, text),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || digits.len() > 12 || !digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // "5." is how some write a whole number.
    let value: Decimal = digits.strip_suffix('.').unwrap_or(digits).parse().ok()?;
    Some(sign * value)
}

/// Digits only, as a number.
fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Toledo8217 => "toledo-8217",
            Self::NciScp01 => "nci-scp01",
            Self::Dialog02 => "dialog-02",
            Self::Dialog04 => "dialog-04",
            Self::Dialog06 => "dialog-06",
            Self::Cas => "cas",
        })
    }
}

#[cfg(test)]
mod tests;
