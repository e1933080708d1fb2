//! Personal data at the hub: customers' numbers become pseudonyms before anything is stored, and who is erased stays erased.
//!
//! ```text
//! till ─ number ─► Pseudonymiser ─ cus_… ─► receipts, lines          the key lies outside the database
//! loyalty programme ─► sealed under the customer's own data key ─► customers, data_keys
//! erasure: ledger (outside the database) ─► data key destroyed ─► rows rewritten ─► files removed
//! start:   ledger longer than the database knows? ─► all of that again, before anybody is served
//! ```

mod erase;
mod pseudonyms;
mod settle;

use vyavs_domain::ids::UserId;
use vyavs_vault::ledger::Head;
use vyavs_vault::{Subject, SubjectError};

pub(crate) use erase::{erase_customer, erase_person};
pub use pseudonyms::{PseudonymError, Pseudonymiser};
pub(crate) use pseudonyms::{all_of, standing};
pub use settle::{SettleError, Settled, settle};

/// Under which key the database notes how far the ledger of erasures was when it last did as it says.
const NOTED: &str = "erasures";

/// A customer as keys and ledger know it: by a pseudonym, never by its number.
pub(crate) fn customer(pseudonym: &str) -> Result<Subject, SubjectError> {
    Subject::new("customer", pseudonym)
}

/// A person of an organization as keys and ledger know it.
pub(crate) fn person(id: UserId) -> Result<Subject, SubjectError> {
    Subject::new("person", &id.0.to_string())
}

fn written(head: Head) -> String {
    format!("{} {}", head.entries, hex(&head.chain))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn read(text: &str) -> Option<Head> {
    let (entries, chain) = text.split_once(' ')?;
    let byte = |at: usize| u8::from_str_radix(chain.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    Some(Head { entries: entries.parse().ok()?, chain: bytes?.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_of_the_ledger_reads_back() {
        let head = Head { entries: 7, chain: std::array::from_fn(|n| n as u8 * 8) };
        assert_eq!(read(&written(head)), Some(head));
        for text in ["", "7", "x 00", "7 00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
