//! What the readers of till files share: where a record belongs, what comes out of a file, and its columns and numbers.
//!
//! POSLog, CSV and DSFinV-K end in the same [`Entry`]: a receipt whose arithmetic proves it, or an event. What cannot be
//! read becomes [`TillEventKind::Quarantined`] with its scrubbed text.

mod number;
mod table;
mod terminals;

use jiff::Timestamp;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::Currency;
use vyavs_domain::sale::Receipt;
use vyavs_domain::time::StoreTime;

use crate::scrub::{self, scrub_text};

pub use number::{NumberFormat, decimal};
pub use table::{Encoding, Record, RecordError, Splitter, text_of};
pub use terminals::{Terminals, TerminalsError};

/// Text of a quarantined record that is kept, in bytes.
pub const QUARANTINE_TEXT: usize = 8 * 1024;

/// What a file may leave out: the shop's ways, and which till is which.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Which till a file's name for one is.
    pub terminals: &'a Terminals,
    /// The store's reading of time; times without a zone are its own.
    pub time: &'a StoreTime,
    /// The store's currency, where the file says none.
    pub currency: Currency,
    /// When the file was written: the time of what says none of its own.
    pub seen: Timestamp,
}

/// One thing a file says. Everything in it is scrubbed of card data.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A receipt, proven.
    Receipt(Box<Receipt>),
    /// Something else that happened, or a record that could not be read.
    Event(TillEvent),
}

impl Entry {
    /// A proven receipt, scrubbed here.
    pub(crate) fn receipt(mut receipt: Receipt) -> Self {
        scrub::receipt(&mut receipt);
        Self::Receipt(Box::new(receipt))
    }

    /// A record put aside: scrubbed first and then cut, so that a number at the cut is seen whole.
    pub fn quarantined(terminal: TerminalId, at: Timestamp, reason: &str, text: &str) -> Self {
        // No database takes a NUL, and no screen the others.
        let shown = |letter: char| if letter.is_control() && !"\n\t".contains(letter) { '\u{FFFD}' } else { letter };
        let mut text: String = scrub_text(text).chars().map(shown).collect();
        text.truncate(floor_char(&text, QUARANTINE_TEXT));
        Self::Event(TillEvent {
            terminal,
            at,
            kind: TillEventKind::Quarantined { reason: quote(reason, 400).replace('\0', "\u{FFFD}"), text },
        })
    }
}

/// The largest character boundary not above `at`.
fn floor_char(text: &str, at: usize) -> usize {
    let mut end = text.len().min(at);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// A text as an error may show it: scrubbed whole, then cut to `limit` bytes.
pub(crate) fn quote(text: &str, limit: usize) -> String {
    let clean = scrub_text(text);
    clean[..floor_char(&clean, limit)].to_owned()
}

/// A text that names something: short, and without control characters.
pub(crate) fn bounded(what: &str, text: &str, limit: usize) -> Result<String, String> {
    if text.len() > limit || text.chars().any(char::is_control) {
        return Err(format!("{what} {:?} is longer than {limit} bytes or has control characters", quote(text, 40)));
    }
    Ok(text.to_owned())
}
