//! Secrets as people and programs carry them: five bits a letter, and a checksum where a slip of the hand or a scanner's
//! find should be known for what it is before anything is looked up.
//!
//! The letters are Crockford's: no `i`, `l`, `o`, `u`.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

/// For texts that programs carry: one spelling only.
static EXACT: LazyLock<Encoding> = LazyLock::new(|| letters(false));
/// For texts that people type: any case, spaces and hyphens anywhere, and what is mistaken for a digit is that digit.
static TYPED: LazyLock<Encoding> = LazyLock::new(|| letters(true));

fn letters(typed: bool) -> Encoding {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    if typed {
        spec.ignore.push_str("- ");
        spec.translate.from.push_str("ABCDEFGHJKMNPQRSTVWXYZoOiIlL");
        spec.translate.to.push_str("abcdefghjkmnpqrstvwxyz001111");
    }
    spec.encoding().expect("32 letters, none twice")
}

/// The letters of `bytes`.
pub(crate) fn write(bytes: &[u8]) -> String {
    EXACT.encode(bytes)
}

/// What a person typed; `None` when it is nothing [`write`] could have given.
pub(crate) fn read_typed(text: &str) -> Option<Vec<u8>> {
    TYPED.decode(text.as_bytes()).ok()
}

/// Why a text is not one that [`write_checked`] gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// Another prefix, length or letter.
    Malformed,
    /// One of ours, with a slip in it.
    Checksum,
}

/// `prefix`, then the letters of `bytes`, then seven letters of CRC-32C over all of that.
pub(crate) fn write_checked(prefix: &str, bytes: &[u8]) -> String {
    let text = format!("{prefix}{}", write(bytes));
    let sum = checksum(&text);
    text + &sum
}

/// The bytes of a text of [`write_checked`]; `N` of them.
pub(crate) fn read_checked<const N: usize>(prefix: &str, text: &str) -> Result<[u8; N], ReadError> {
    let letters = text.strip_prefix(prefix).ok_or(ReadError::Malformed)?;
    if letters.len() != EXACT.encode_len(N) + EXACT.encode_len(4) || !letters.is_ascii() {
        return Err(ReadError::Malformed);
    }
    let (body, sum) = text.split_at(prefix.len() + EXACT.encode_len(N));
    if !letters.bytes().all(|letter| EXACT.interpret_byte(letter).is_symbol().is_some()) {
        return Err(ReadError::Malformed);
    }
    if checksum(body) != sum {
        return Err(ReadError::Checksum);
    }
    let bytes = EXACT.decode(&body.as_bytes()[prefix.len()..]).map_err(|_| ReadError::Malformed)?;
    bytes.try_into().map_err(|_| ReadError::Malformed)
}

fn checksum(text: &str) -> String {
    write(&crc32c::crc32c(text.as_bytes()).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_single_slip_is_refused(bytes: [u8; 32], at in 0usize..63, to in 0u8..128) {
            let text = write_checked("vyx_", &bytes);
            prop_assert_eq!(text.len(), 63);
            prop_assert_eq!(read_checked::<32>("vyx_", &text), Ok(bytes));
            let mut slipped = text.clone().into_bytes();
            slipped[at] = to;
            let slipped = String::from_utf8(slipped).expect("ASCII");
            prop_assert_eq!(read_checked::<32>("vyx_", &slipped).is_ok(), slipped == text);
        }

        #[test]
        fn nothing_panics(text in ".{0,80}") {
            prop_assert_eq!(read_checked::<32>("vyx_", &text).is_ok(), false);
            let _ = read_typed(&text);
        }

        #[test]
        fn what_people_type_is_read_in_any_hand(bytes: [u8; 10], upper: bool) {
            let text = write(&bytes);
            let hand = if upper { text.to_uppercase() } else { text.clone() };
            let hand = format!(" {}-{} ", &hand[..7], &hand[7..]).replace('0', "O").replace('1', "l");
            prop_assert_eq!(read_typed(&hand), Some(bytes.to_vec()));
        }
    }

    #[test]
    fn a_slip_is_told_from_nonsense() {
        let text = write_checked("vyx_", &[7; 32]);
        assert_eq!(read_checked::<32>("vyy_", &text), Err(ReadError::Malformed));
        assert_eq!(read_checked::<31>("vyx_", &text), Err(ReadError::Malformed));
        assert_eq!(read_checked::<32>("vyx_", &text[..62]), Err(ReadError::Malformed));
        let swapped = format!("{}{}{}{}", &text[..20], &text[21..22], &text[20..21], &text[22..]);
        assert_ne!(swapped, text);
        assert_eq!(read_checked::<32>("vyx_", &swapped), Err(ReadError::Checksum));
    }
}
