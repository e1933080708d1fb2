//! Card data is blanked before anything touches disk: receipts, quarantine and logs pass through here first.
//!
//! A card number is found by its shape, never by its label: 13 to 19 decimal digits of any script with a brand's
//! prefix and length and a valid Luhn digit (ISO/IEC 7812-1), however they are spaced, wrapped or split; and by the
//! sentinels of a magnetic track (ISO/IEC 7813). What stays is the last four digits (`************1234`, PCI DSS 4.0
//! §3.4.1 allows no more with less reason); nothing is hashed, for a hash beside a truncation gives the number back.
//!
//! Where a number is a valid article number (GTIN) and stands where an article number belongs, it is kept.
//! Not seen: numbers spelled in words, percent-encoded or as packed bytes, and numbers glued to other digits.

mod brand;
mod glyph;
mod region;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use vyavs_domain::event::TillEventKind;
use vyavs_domain::money::Decimal;
use vyavs_domain::sale::Receipt;

pub use brand::{Brand, brand, is_gtin, luhn};
use region::Region;

/// Longest text ahead of a number that is looked at for a word such as `card`.
const LOOK_BACK: usize = 32;

/// Where a text stands: an article number is at home in one and not in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// An item code, a serial, a shelf label: a number that is a valid GTIN-13 or GTIN-14 is one.
    Code,
    /// Anything else, where a missed card number is worse than a blanked article number.
    Text,
    /// An amount or a quantity: no article number stands there.
    Number,
}

/// Blanks card data in a text that may hold anything.
pub fn scrub_text(text: &str) -> Cow<'_, str> {
    scrub_field(text, Field::Text)
}

/// Blanks card data in one field.
pub fn scrub_field(text: &str, field: Field) -> Cow<'_, str> {
    match scrub(text.as_bytes(), field) {
        None => Cow::Borrowed(text),
        Some(bytes) => Cow::Owned(match String::from_utf8(bytes) {
            Ok(clean) => clean,
            // Whole characters are replaced by whole characters; should that ever fail, the text is lost, not leaked.
            Err(_) => "*".repeat(text.len()),
        }),
    }
}

/// Blanks card data in bytes of unknown encoding (ASCII digits, and UTF-8 ones where they are valid UTF-8).
pub fn scrub_bytes(bytes: &[u8]) -> Cow<'_, [u8]> {
    scrub(bytes, Field::Text).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// Blanks card data in every text of a receipt. Its numbers were refused where they were read, if they were cards ([`is_card`]).
pub fn receipt(receipt: &mut Receipt) {
    in_place(&mut receipt.key.number, Field::Text);
    for text in [&mut receipt.operator, &mut receipt.customer].into_iter().flatten() {
        in_place(text, Field::Text);
    }
    for line in &mut receipt.lines {
        in_place(&mut line.sku, Field::Code);
        in_place(&mut line.name, Field::Text);
    }
}

/// Blanks card data in the texts of an event, wherever a till may have put it. What was put aside was scrubbed whole before it
/// was cut ([`TillEventKind::Quarantined`]), and is left as it is.
pub fn event(kind: &mut TillEventKind) {
    match kind {
        TillEventKind::NoSale { id } => id.iter_mut().for_each(|id| in_place(id, Field::Text)),
        TillEventKind::SignOn { operator } | TillEventKind::SignOff { operator } => in_place(operator, Field::Text),
        TillEventKind::LineVoided { receipt, sku, name, operator, .. } => {
            in_place(receipt, Field::Text);
            in_place(sku, Field::Code);
            in_place(name, Field::Text);
            operator.iter_mut().for_each(|operator| in_place(operator, Field::Text));
        }
        TillEventKind::Quarantined { .. } | TillEventKind::ImageOnly | TillEventKind::TapLoss { .. } => {}
    }
}

/// Whether a number read as an amount or a quantity is a card number: its digits, before the point or all of them. What it is
/// must not be kept even as an amount; whoever reads numbers refuses it.
pub fn is_card(number: Decimal) -> bool {
    const SHORTEST: u128 = 1_000_000_000_000;
    let digits = number.mantissa().unsigned_abs();
    if digits < SHORTEST {
        return false;
    }
    let all = digits.to_string();
    let whole = number.trunc().normalize().mantissa().unsigned_abs().to_string();
    let found = |digits: &str| matches!(scrub_field(digits, Field::Number), Cow::Owned(_));
    found(&all) || found(&whole) || found(all.trim_end_matches('0'))
}

fn in_place(text: &mut String, field: Field) {
    if let Cow::Owned(clean) = scrub_field(text, field) {
        *text = clean;
    }
}

/// `None` when there was nothing to blank.
fn scrub(bytes: &[u8], field: Field) -> Option<Vec<u8>> {
    // Three digits are a security code at least; below that, and without other scripts, nothing can be hidden.
    let mut digits = 0;
    for byte in bytes {
        digits += usize::from(byte.is_ascii_digit()) + 3 * usize::from(!byte.is_ascii());
        if digits >= 3 {
            break;
        }
    }
    if digits < 3 {
        return None;
    }
    let mut scrubber = Scrubber::new(field);
    let mut out = Vec::with_capacity(bytes.len());
    scrubber.push(bytes, &mut out);
    scrubber.finish(&mut out);
    (scrubber.blanked > 0).then_some(out)
}

/// The same over a stream that arrives in pieces: the pieces may end anywhere, inside a number or a character.
///
/// Memory is bounded (a few kilobytes are held back while a number may still go on).
#[derive(Debug)]
pub struct Scrubber {
    field: Field,
    partial: Vec<u8>,
    before: Vec<u8>,
    region: Region,
    /// How many stretches of card data were blanked so far.
    pub blanked: u64,
}

impl Scrubber {
    /// At the start of a text.
    pub fn new(field: Field) -> Self {
        Self { field, partial: Vec::new(), before: Vec::new(), region: Region::default(), blanked: 0 }
    }

    /// Takes the next piece; what is settled is added to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.region.is_closed() && self.partial.is_empty() {
                let plain = rest.iter().position(|b| b.is_ascii_digit() || !b.is_ascii()).unwrap_or(rest.len());
                if plain > 0 {
                    out.extend_from_slice(&rest[..plain]);
                    self.remember(&rest[..plain]);
                    rest = &rest[plain..];
                    continue;
                }
            }
            self.byte(rest[0], out);
            rest = &rest[1..];
        }
    }

    /// The text is at its end: adds what was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        for byte in std::mem::take(&mut self.partial) {
            self.unit(&[byte], glyph::lone(byte), out);
        }
        self.close(out);
        self.before.clear();
    }

    /// One byte; UTF-8 sequences are put together here, a byte that belongs to none stands for itself.
    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.partial.is_empty() && byte.is_ascii() {
            return self.unit(&[byte], byte as char, out);
        }
        self.partial.push(byte);
        while let Some(&lead) = self.partial.first() {
            match std::str::from_utf8(&self.partial) {
                Ok(text) => {
                    let Some(letter) = text.chars().next() else { return };
                    let whole: Vec<u8> = self.partial.drain(..letter.len_utf8()).collect();
                    self.unit(&whole, letter, out);
                }
                Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => return,
                Err(error) if error.valid_up_to() == 0 => {
                    self.partial.remove(0);
                    self.unit(&[lead], glyph::lone(lead), out);
                }
                Err(error) => {
                    let sure: Vec<u8> = self.partial.drain(..error.valid_up_to()).collect();
                    for letter in String::from_utf8_lossy(&sure).chars() {
                        self.unit(letter.encode_utf8(&mut [0; 4]).as_bytes(), letter, out);
                    }
                }
            }
        }
    }

    /// One character and the bytes it came as.
    fn unit(&mut self, raw: &[u8], letter: char, out: &mut Vec<u8>) {
        if !self.region.take(raw, letter, &self.before) {
            self.close(out);
            if !self.region.take(raw, letter, &self.before) {
                out.extend_from_slice(raw);
                self.remember(raw);
            }
        }
        if self.region.is_full() {
            let from = out.len();
            self.blanked += self.region.settle_some(self.field, &self.before, out);
            let settled = out[from..].to_vec();
            self.remember(&settled);
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.region.is_closed() {
            return;
        }
        let from = out.len();
        self.blanked += self.region.settle(self.field, &self.before, out);
        let settled = out[from..].to_vec();
        self.remember(&settled);
    }

    fn remember(&mut self, settled: &[u8]) {
        if settled.len() >= LOOK_BACK {
            self.before.clear();
        }
        self.before.extend_from_slice(&settled[settled.len().saturating_sub(LOOK_BACK)..]);
        let over = self.before.len().saturating_sub(LOOK_BACK);
        self.before.drain(..over);
    }
}
