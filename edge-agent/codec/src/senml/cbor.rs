//! As much of CBOR (RFC 8949) as SenML needs, bounded in depth and size.

/// How deep items may nest; a pack needs three levels.
const MAX_DEPTH: usize = 16;
/// Items in one message.
const MAX_ITEMS: usize = 131_072;

/// Why bytes are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes end within an item.
    #[error("cut short at byte {0}")]
    Short(usize),
    /// A head that the standard reserves.
    #[error("a reserved head at byte {0}")]
    Reserved(usize),
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8 at byte {0}")]
    Text(usize),
    /// Nested too deep or too many items.
    #[error("nested deeper than {MAX_DEPTH} levels, or more than {MAX_ITEMS} items")]
    TooMuch,
    /// Bytes behind the item.
    #[error("more bytes behind the item, from byte {0}")]
    Trailing(usize),
}

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Integer(i128),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Bool(bool),
    Float(f64),
    /// null, undefined and simple values.
    Other,
}

/// The one item that `bytes` are.
pub(super) fn decode(bytes: &[u8]) -> Result<Item, CborError> {
    let mut reader = Reader { bytes, at: 0, items: 0 };
    let item = reader.item(0)?.ok_or(CborError::Reserved(0))?;
    if reader.at < bytes.len() { Err(CborError::Trailing(reader.at)) } else { Ok(item) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    items: usize,
}

impl Reader<'_> {
    fn take(&mut self, count: u64) -> Result<&[u8], CborError> {
        let end = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or(CborError::Short(self.bytes.len()))?;
        self.at += taken.len();
        Ok(taken)
    }

    /// The next item; none for the break that ends an item of no stated length.
    fn item(&mut self, depth: usize) -> Result<Option<Item>, CborError> {
        self.items += 1;
        if depth > MAX_DEPTH || self.items > MAX_ITEMS {
            return Err(CborError::TooMuch);
        }
        let from = self.at;
        let head = self.take(1)?[0];
        let (major, info) = (head >> 5, head & 0x1F);
        let argument = match info {
            0..=23 => Some(u64::from(info)),
            24..=27 => {
                let width = 1_u64 << (info - 24);
                Some(self.take(width)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
            }
            31 if matches!(major, 2..=5 | 7) => None,
            _ => return Err(CborError::Reserved(from)),
        };
        Ok(Some(match (major, argument) {
            (0, Some(number)) => Item::Integer(i128::from(number)),
            (1, Some(number)) => Item::Integer(-1 - i128::from(number)),
            (2, Some(length)) => Item::Bytes(self.take(length)?.to_vec()),
            (3, Some(length)) => {
                let text = self.take(length)?.to_vec();
                Item::Text(String::from_utf8(text).map_err(|_| CborError::Text(from))?)
            }
            (2 | 3, None) => self.pieces(major, from, depth)?,
            (4, length) => Item::Array(self.list(length, depth)?),
            (5, length) => {
                let pairs = length.map(|length| length.checked_mul(2).ok_or(CborError::TooMuch)).transpose()?;
                let mut items = self.list(pairs, depth)?.into_iter();
                let mut map = Vec::with_capacity(items.len() / 2);
                while let Some(key) = items.next() {
                    map.push((key, items.next().ok_or(CborError::Reserved(from))?));
                }
                Item::Map(map)
            }
            // A tag says what the item is for; SenML takes the item as it is.
            (6, Some(_)) => self.item(depth + 1)?.ok_or(CborError::Reserved(from))?,
            (7, None) => return Ok(None),
            (7, Some(value)) => match info {
                20 => Item::Bool(false),
                21 => Item::Bool(true),
                25 => Item::Float(half(value as u16)),
                26 => Item::Float(f64::from(f32::from_bits(value as u32))),
                27 => Item::Float(f64::from_bits(value)),
                _ => Item::Other,
            },
            _ => return Err(CborError::Reserved(from)),
        }))
    }

    fn list(&mut self, length: Option<u64>, depth: usize) -> Result<Vec<Item>, CborError> {
        let mut items = Vec::new();
        while length.is_none_or(|length| (items.len() as u64) < length) {
            match self.item(depth + 1)? {
                Some(item) => items.push(item),
                None if length.is_none() => break,
                None => return Err(CborError::Reserved(self.at - 1)),
            }
        }
        Ok(items)
    }

    /// A text or bytes in pieces.
    fn pieces(&mut self, major: u8, from: usize, depth: usize) -> Result<Item, CborError> {
        let (mut bytes, mut text) = (Vec::new(), String::new());
        loop {
            match self.item(depth + 1)? {
                None if major == 2 => return Ok(Item::Bytes(bytes)),
                None => return Ok(Item::Text(text)),
                Some(Item::Bytes(piece)) if major == 2 => bytes.extend(piece),
                Some(Item::Text(piece)) if major == 3 => text.push_str(&piece),
                Some(_) => return Err(CborError::Reserved(from)),
            }
        }
    }
}

/// IEEE 754 half precision (RFC 8949, appendix D).
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

/// A pack of numbers in CBOR: base name, base time in s, then (name, unit, value) each. For simulators and tests.
pub fn encode(base_name: &str, base_time: i64, records: &[(&str, &str, f64)]) -> Vec<u8> {
    let mut out = Vec::new();
    head(&mut out, 4, records.len() as u64);
    for (index, (name, unit, value)) in records.iter().enumerate() {
        head(&mut out, 5, if index == 0 { 5 } else { 3 });
        if index == 0 {
            // −2: base name, −3: base time.
            out.push(0x21);
            text(&mut out, base_name);
            out.push(0x22);
            match u64::try_from(base_time) {
                Ok(time) => head(&mut out, 0, time),
                Err(_) => head(&mut out, 1, base_time.unsigned_abs() - 1),
            }
        }
        out.push(0x00);
        text(&mut out, name);
        out.push(0x01);
        text(&mut out, unit);
        out.extend([0x02, 0xFB]);
        out.extend(value.to_be_bytes());
    }
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, 3, text.len() as u64);
    out.extend(text.as_bytes());
}

fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let bytes = argument.to_be_bytes();
    match argument {
        0..=23 => out.push(major << 5 | argument as u8),
        24..=0xFF => out.extend([major << 5 | 24, bytes[7]]),
        0x100..=0xFFFF => {
            out.push(major << 5 | 25);
            out.extend(&bytes[6..]);
        }
        0x1_0000..=0xFFFF_FFFF => {
            out.push(major << 5 | 26);
            out.extend(&bytes[4..]);
        }
        _ => {
            out.push(major << 5 | 27);
            out.extend(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ble::hex;

    fn read(digits: &str) -> Result<Item, CborError> {
        decode(&hex(digits.as_bytes()).expect("hex"))
    }

    /// RFC 8949, appendix A.
    #[test]
    fn the_examples_of_the_standard_are_read() {
        for (digits, number) in [("00", 0), ("1818", 24), ("1903e8", 1000), ("1bffffffffffffffff", u64::MAX.into())] {
            assert_eq!(read(digits), Ok(Item::Integer(number)));
        }
        assert_eq!(read("3903e7"), Ok(Item::Integer(-1000)));
        assert_eq!(read("3bffffffffffffffff"), Ok(Item::Integer(-18_446_744_073_709_551_616)));
        let floats = [
            ("f93c00", 1.0),
            ("f93e00", 1.5),
            ("f97bff", 65_504.0),
            ("f90001", 5.960_464_477_539_063e-8),
            ("f9c400", -4.0),
            ("fa47c35000", 100_000.0),
            ("fb3ff199999999999a", 1.1),
        ];
        for (digits, number) in floats {
            assert_eq!(read(digits), Ok(Item::Float(number)), "{digits}");
        }
        assert!(matches!(read("f97e00"), Ok(Item::Float(nan)) if nan.is_nan()));
        assert_eq!(read("7f657374726561646d696e67ff"), Ok(Item::Text("streaming".to_owned())));
        assert_eq!(read("5f42010243030405ff"), Ok(Item::Bytes(vec![1, 2, 3, 4, 5])));
        assert_eq!(read("c11a514b67b0"), Ok(Item::Integer(1_363_896_240)));
        let one_two = Item::Array(vec![Item::Integer(1), Item::Integer(2)]);
        assert_eq!(read("820102"), Ok(one_two.clone()));
        assert_eq!(read("9f0102ff"), Ok(one_two));
    }

    #[test]
    fn bytes_that_promise_more_than_they_hold_are_refused_without_taking_memory_for_it() {
        assert_eq!(read(""), Err(CborError::Short(0)));
        assert_eq!(read("5bffffffffffffffff00"), Err(CborError::Short(10)));
        assert_eq!(read("9bffffffffffffffff"), Err(CborError::Short(9)));
        assert_eq!(read("bbffffffffffffffff"), Err(CborError::TooMuch));
        assert_eq!(read("0000"), Err(CborError::Trailing(1)));
        assert_eq!(read("ff"), Err(CborError::Reserved(0)));
        assert_eq!(read("bf01ff"), Err(CborError::Reserved(0)));
        assert_eq!(decode(&[0x81; 64]), Err(CborError::TooMuch));
        assert_eq!(decode(&[0x9F; 64]), Err(CborError::TooMuch));
        assert_eq!(decode(&[0xC1; 64]), Err(CborError::TooMuch));
    }
}
