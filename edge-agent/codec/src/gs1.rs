//! GS1 identification: check digits, element strings with their application identifiers, GS1 Digital Link, what scanners send,
//! and the codes a retailer makes up for its own counter.
//!
//! The rules are data: `gs1/ai.tsv` is the GS1 Barcode Syntax Dictionary without its comments, and a test that finds the
//! dictionary makes it again and compares. [`Elements`] is the heart: values by application identifier (AI), each checked by
//! length, characters and meaning (check digits, dates, codes), and against its neighbours. [`Codes`] is the door: a code as it
//! was read, in, what it is of, out.

mod check;
mod codes;
mod coupon;
mod element;
mod link;
mod lint;
mod lists;
mod scan;
mod table;

pub use check::{CheckError, Key, check_digit, check_pair, price_verifier, verify};
pub use codes::{Code, Codes, CodesConfig, CodesError, Embedded, RuleConfig, ValueKind};
pub use element::{Element, Elements, Unknown};
pub use link::{Link, LinkOptions, escape, unescape};
pub use lint::Finding;
pub use scan::{Scan, Symbology, scan_data};
pub use table::{Ai, compact};

/// FNC1 as scanners send it between elements: the group separator.
pub const FNC1: char = '\x1D';

/// What is wrong with a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gs1Error {
    /// No element begins like this.
    #[error("{found:?} begins with no application identifier")]
    NoAi {
        /// What stands there, its first characters.
        found: String,
    },
    /// The text is not built as it should be.
    #[error("{what} at {at}, expected {expected}")]
    Syntax {
        /// What is wrong.
        what: &'static str,
        /// Where, in bytes.
        at: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// A value is too short or too long.
    #[error("({ai}) has {found} characters, expected {min} to {max}")]
    Length {
        /// Of which AI.
        ai: String,
        /// How many there are.
        found: usize,
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// A value says something that cannot be.
    #[error("({ai}): {finding}")]
    Value {
        /// Of which AI.
        ai: String,
        /// What is wrong, and where.
        finding: Finding,
    },
    /// Two that must not stand together.
    #[error("({ai}) does not go with ({other})")]
    Exclusive {
        /// One.
        ai: String,
        /// The other.
        other: String,
    },
    /// One that does not stand alone.
    #[error("({ai}) needs {needs}")]
    Missing {
        /// Which.
        ai: String,
        /// What it needs, as the dictionary says it: `01+21,02` is 01 with 21, or 02.
        needs: String,
    },
    /// The same AI twice with different values, or at all where that is not allowed.
    #[error("({ai}) stands there twice")]
    Repeated {
        /// Which.
        ai: String,
    },
    /// A digital signature over a key without its serial number.
    #[error("({ai}) needs its serial part beside a digital signature (8030)")]
    Unserialised {
        /// Which.
        ai: String,
    },
    /// No primary key, or its qualifiers are not in order.
    #[error("the link has no primary key followed by its qualifiers in order")]
    NoKey,
    /// An AI that a link may not carry there.
    #[error("({ai}) cannot be an attribute of this link")]
    NotAttribute {
        /// Which.
        ai: String,
    },
    /// More elements than any code holds.
    #[error("more than {0} elements")]
    TooMany(usize),
    /// A key whose check digit is another.
    #[error(transparent)]
    Check(#[from] CheckError),
}

/// Any bytes, as every kind of code: nothing panics.
pub fn fuzz(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for unknown in [Unknown::Refuse, Unknown::Permit] {
        let read = [Elements::read(&text, unknown), Elements::read_bracketed(&text, unknown)];
        for elements in read.into_iter().flatten() {
            let _ = elements.check();
            assert_eq!(
                Elements::read_bracketed(&elements.to_bracketed(), unknown).as_ref(),
                Ok(&elements),
                "it reads back"
            );
            let _ = Link::write("https://id.example", &elements, LinkOptions::default());
        }
    }
    let lenient = LinkOptions { names: true, short_gtin: true, unknown: Unknown::Permit };
    for options in [LinkOptions::default(), lenient] {
        let _ = Link::read(&text, options);
    }
    let _ = Scan::read(&text);
    let _ = Codes::default().read(&text);
}
