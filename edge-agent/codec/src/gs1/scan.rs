//! What a scanner sends: a symbology identifier and the data (ISO/IEC 15424, GS1 General Specifications §5.1.3).
//!
//! A message is written as the GS1 syntax engine writes it: `^` is FNC1, `|` parts the two halves of a composite symbol, and a
//! plain text that begins with `^` (or backslashes and it) has a backslash before.

use super::check::check_digit;
use super::element::{Elements, Unknown};
use super::link::{Link, LinkOptions};
use super::{FNC1, Gs1Error};

/// The kind of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names of symbologies say themselves")]
pub enum Symbology {
    Gs1_128,
    Ean13,
    Ean8,
    UpcA,
    UpcE,
    DataBarOmni,
    DataBarTruncated,
    DataBarStacked,
    DataBarStackedOmni,
    DataBarLimited,
    DataBarExpanded,
    DataMatrix,
    Qr,
    DotCode,
}

/// A scan that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// Of what kind; several share an identifier, and it is then the first of them.
    pub symbology: Symbology,
    /// The message.
    pub message: String,
    /// The key of an EAN or UPC symbol.
    pub gtin: Option<String>,
    /// Elements of the symbol, of its composite part, or of the link it holds.
    pub elements: Option<Elements>,
}

impl Scan {
    /// Reads what a scanner sent, with `]` and the identifier in front.
    pub fn read(scan: &str) -> Result<Self, Gs1Error> {
        let unknown = || Gs1Error::Syntax {
            what: "no symbology identifier",
            at: 0,
            expected: "]C1, ]E0, ]E4, ]e0, ]d1, ]d2, ]Q1, ]Q3, ]J0 or ]J1",
        };
        let (symbology, gs1) = match scan.get(..3).ok_or_else(unknown)? {
            "]C1" => (Symbology::Gs1_128, true),
            "]E0" => (Symbology::Ean13, false),
            "]E4" => (Symbology::Ean8, false),
            "]e0" => (Symbology::DataBarExpanded, true),
            "]d1" => (Symbology::DataMatrix, false),
            "]d2" => (Symbology::DataMatrix, true),
            "]Q1" => (Symbology::Qr, false),
            "]Q3" => (Symbology::Qr, true),
            "]J0" => (Symbology::DotCode, false),
            "]J1" => (Symbology::DotCode, true),
            _ => return Err(unknown()),
        };
        let data = &scan[3..];
        match symbology {
            Symbology::Ean13 | Symbology::Ean8 => retail(symbology, data),
            _ if gs1 => {
                let elements = elements(data)?;
                Ok(Self { symbology, message: caret(data), gtin: None, elements: Some(elements) })
            }
            _ => {
                let escaped = data.trim_start_matches('\\').starts_with('^');
                let message = if escaped { format!("\\{data}") } else { data.to_owned() };
                let is_link =
                    ["https://", "HTTPS://", "http://", "HTTP://"].iter().any(|scheme| data.starts_with(scheme));
                let elements = is_link.then(|| Link::read(data, LinkOptions::default())).transpose()?;
                Ok(Self { symbology, message, gtin: None, elements })
            }
        }
    }
}

fn elements(data: &str) -> Result<Elements, Gs1Error> {
    Elements::read(&format!("{FNC1}{data}"), Unknown::Refuse)
}

fn caret(data: &str) -> String {
    format!("^{}", data.replace(FNC1, "^"))
}

/// EAN and UPC: the key, and maybe a composite part that is a message of its own.
fn retail(symbology: Symbology, data: &str) -> Result<Scan, Gs1Error> {
    let length = if symbology == Symbology::Ean8 { 8 } else { 13 };
    let (gtin, composite) = match data.split_once("|]e0") {
        Some((gtin, composite)) => (gtin, Some(composite)),
        None => (data, None),
    };
    key(gtin, length)?;
    let elements = composite.map(elements).transpose()?;
    let message = composite.map_or_else(|| gtin.to_owned(), |composite| format!("{gtin}|{}", caret(composite)));
    Ok(Scan { symbology, message, gtin: Some(gtin.to_owned()), elements })
}

fn key(text: &str, length: usize) -> Result<(), Gs1Error> {
    let wrong =
        |what| Gs1Error::Syntax { what, at: 0, expected: "digits of the symbol's length with their check digit" };
    if text.len() != length || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("no key"));
    }
    match check_digit(&text[..length - 1]) {
        Some(digit) if text.ends_with(digit) => Ok(()),
        _ => Err(wrong("a wrong check digit")),
    }
}

/// What a scanner would send for a message in a symbol of that kind.
pub fn scan_data(symbology: Symbology, message: &str) -> Result<String, Gs1Error> {
    let wrong = |what, expected| Gs1Error::Syntax { what, at: 0, expected };
    let (linear, composite) = match message.split_once('|') {
        Some((linear, composite)) => (linear, Some(composite)),
        None => (message, None),
    };
    // FNC1 first is what the identifier says already.
    let joined = |part: &str| part.strip_prefix('^').map(|data| data.replace('^', &FNC1.to_string()));
    let gs1 = |part: &str| joined(part).ok_or_else(|| wrong("a plain text", "elements, with ^ first"));
    let composite = composite.map(gs1);
    match symbology {
        Symbology::Qr | Symbology::DataMatrix | Symbology::DotCode => {
            let identifiers = match symbology {
                Symbology::Qr => ["]Q1", "]Q3"],
                Symbology::DataMatrix => ["]d1", "]d2"],
                _ => ["]J0", "]J1"],
            };
            match joined(linear) {
                Some(data) => Ok(format!("{}{data}", identifiers[1])),
                None => {
                    let escaped = message.trim_start_matches('\\').starts_with('^');
                    let data = if escaped { message.strip_prefix('\\').unwrap_or(message) } else { message };
                    Ok(format!("{}{data}", identifiers[0]))
                }
            }
        }
        Symbology::Gs1_128 if composite.is_none() => Ok(format!("]C1{}", gs1(linear)?)),
        Symbology::Gs1_128 | Symbology::DataBarExpanded => {
            let data = gs1(linear)?;
            let last = elements(&data)?.iter().last().is_some_and(|element| element.rule.fnc1);
            let composite = composite.transpose()?;
            let separator = if last && composite.is_some() { FNC1.to_string() } else { String::new() };
            Ok(format!("]e0{data}{separator}{}", composite.unwrap_or_default()))
        }
        Symbology::DataBarOmni
        | Symbology::DataBarTruncated
        | Symbology::DataBarStacked
        | Symbology::DataBarStackedOmni
        | Symbology::DataBarLimited => {
            let gtin = linear.strip_prefix("^01").unwrap_or(linear);
            key(gtin, 14)?;
            if symbology == Symbology::DataBarLimited && gtin.as_bytes()[0] >= b'2' {
                return Err(wrong("a key too large for DataBar Limited", "a first digit of 0 or 1"));
            }
            Ok(format!("]e001{gtin}{}", composite.transpose()?.unwrap_or_default()))
        }
        Symbology::UpcA | Symbology::UpcE | Symbology::Ean13 | Symbology::Ean8 => {
            let (identifier, length, pad) = match symbology {
                Symbology::Ean8 => ("]E4", 8, ""),
                Symbology::Ean13 => ("]E0", 13, ""),
                _ => ("]E0", 12, "0"),
            };
            let zeros = "^01000000";
            let leading = &zeros[..17 - length];
            let gtin = linear.strip_prefix(leading).unwrap_or(linear);
            key(gtin, length)?;
            let composite = composite.transpose()?.map(|data| format!("|]e0{data}")).unwrap_or_default();
            Ok(format!("{identifier}{pad}{gtin}{composite}"))
        }
    }
}
