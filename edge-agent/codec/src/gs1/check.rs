//! Check digits (GS1 General Specifications §7.9): keys, the digit pair of alphanumeric keys, and the verifiers of embedded
//! prices.

use super::lint::{CSET82, cset_weight};

/// What a code of digits identifies, by its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// 8 digits.
    Gtin8,
    /// 12 digits, UPC-A.
    Gtin12,
    /// 13 digits, EAN-13.
    Gtin13,
    /// 14 digits.
    Gtin14,
    /// 18 digits, a pallet or parcel.
    Sscc,
    /// 13 digits, a place or a party.
    Gln,
    /// 17 digits, a shipment.
    Gsin,
    /// 18 digits, a person or a service.
    Gsrn,
}

impl Key {
    /// How many digits it has.
    pub fn digits(self) -> usize {
        match self {
            Self::Gtin8 => 8,
            Self::Gtin12 => 12,
            Self::Gtin13 | Self::Gln => 13,
            Self::Gtin14 => 14,
            Self::Gsin => 17,
            Self::Sscc | Self::Gsrn => 18,
        }
    }
}

/// A key that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// Not so many digits.
    #[error("{found:?} is not {expected} digits")]
    Digits {
        /// What it is.
        found: String,
        /// How many it should be.
        expected: usize,
    },
    /// The last digit is another.
    #[error("the check digit of {key} is {found}, expected {expected}")]
    Digit {
        /// All of it.
        key: String,
        /// What stands there.
        found: char,
        /// What it should be.
        expected: char,
    },
}

/// The digit behind `digits`: from the right 3, 1, 3 …; none if they are not digits.
pub fn check_digit(digits: &str) -> Option<char> {
    let mut sum = 0_u32;
    for (at, byte) in digits.bytes().rev().enumerate() {
        let digit = u32::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
        sum = (sum + digit * if at % 2 == 0 { 3 } else { 1 }) % 10;
    }
    char::from_digit((10 - sum) % 10, 10)
}

/// Whether `text` is such a key with its right check digit.
pub fn verify(key: Key, text: &str) -> Result<(), CheckError> {
    let wrong = || CheckError::Digits { found: text.to_owned(), expected: key.digits() };
    if text.len() != key.digits() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let (body, found) = text.split_at(text.len() - 1);
    let (expected, found) = (check_digit(body).ok_or_else(wrong)?, found.chars().next().ok_or_else(wrong)?);
    if expected == found { Ok(()) } else { Err(CheckError::Digit { key: text.to_owned(), found, expected }) }
}

const CSET32: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Primes from 2: more than the longest key has characters.
const PRIMES: [u32; 90] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239,
    241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313, 317, 331, 337, 347, 349, 353, 359, 367, 373, 379,
    383, 389, 397, 401, 409, 419, 421, 431, 433, 439, 443, 449, 457, 461, 463,
];

/// The two characters behind an alphanumeric key such as a GMN; none for more than 90 characters, or other ones than CSET 82.
pub fn check_pair(body: &str) -> Option<[char; 2]> {
    if body.len() > PRIMES.len() {
        return None;
    }
    let weigh = |(byte, prime): (u8, &u32)| cset_weight(CSET82, byte).map(|weight| weight * prime);
    let sum = body.bytes().rev().zip(&PRIMES).map(weigh).sum::<Option<u32>>()? % 1021;
    Some([sum >> 5, sum & 31].map(|at| char::from(CSET32[at as usize])))
}

const MINUS_2: [u8; 10] = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7];
const TIMES_3: [u8; 10] = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7];
const PLUS_5: [u8; 10] = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9];
const MINUS_5: [u8; 10] = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1];

/// The verifier digit of a price of 4 or 5 digits (§7.9.3, §7.9.4); none for other lengths or characters.
pub fn price_verifier(price: &str) -> Option<char> {
    let digits: Vec<usize> = price.chars().map(|c| c.to_digit(10).map(|d| d as usize)).collect::<Option<_>>()?;
    let sum = |tables: &[&[u8; 10]]| -> u8 {
        digits.iter().zip(tables).map(|(digit, table)| table[*digit]).fold(0, |sum, weighed| (sum + weighed) % 10)
    };
    let digit = match digits.len() {
        4 => sum(&[&MINUS_2, &MINUS_2, &TIMES_3, &MINUS_5]) * 3 % 10,
        5 => {
            let wanted = (10 - sum(&[&PLUS_5, &MINUS_2, &MINUS_5, &PLUS_5, &MINUS_2])) % 10;
            MINUS_5.iter().position(|weighed| *weighed == wanted)? as u8
        }
        _ => return None,
    };
    Some(char::from(b'0' + digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_check_digit() {
        for (key, text) in [
            (Key::Gtin8, "02345673"),
            (Key::Gtin12, "416000336108"),
            (Key::Gtin13, "2112345678900"),
            (Key::Gtin14, "12312312312333"),
            (Key::Sscc, "006141411234567890"),
            (Key::Gln, "9520123456788"),
            (Key::Gsin, "01234567890128003".get(..17).expect("17")),
            (Key::Gsrn, "123456789012345675"),
        ] {
            let body = &text[..text.len() - 1];
            let right = format!("{body}{}", check_digit(body).expect("digits"));
            assert_eq!(verify(key, &right), Ok(()));
            if key != Key::Gsin {
                assert_eq!(text, right, "a vector of the GS1 engine");
            }
            let last = right.chars().last().and_then(|c| c.to_digit(10)).expect("a digit");
            let wrong = format!("{body}{}", (last + 1) % 10);
            assert!(matches!(verify(key, &wrong), Err(CheckError::Digit { .. })));
            assert!(matches!(verify(key, body), Err(CheckError::Digits { .. })));
        }
        assert_eq!(check_digit("12a"), None);
    }

    #[test]
    fn price_verifiers_are_those_of_the_general_specifications() {
        assert_eq!(price_verifier("2875"), Some('9'));
        assert_eq!(price_verifier("14685"), Some('6'));
        assert_eq!((price_verifier("287"), price_verifier("28x5")), (None, None));
    }

    #[test]
    fn a_pair_of_check_characters_is_that_of_the_gmn_example() {
        // GS1 General Specifications §7.9.5: 1987654Ad4X4bL5ttr2310c with 2K.
        assert_eq!(check_pair("1987654Ad4X4bL5ttr2310c"), Some(['2', 'K']));
        assert_eq!(check_pair("~"), None);
    }
}
