//! The ledger of a till that prints: paper acknowledges nothing, so what lies on it is the promise.
//!
//! Every whole receipt on the paper must be *stored* as it was printed, or *named*: put aside with its number readable
//! (an event), or covered by the count of a tap's loss. Nothing may lie on the paper that was not sent, nor at the hub
//! that does not lie on the paper.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::StoreId;
use vyavs_store::{Db, StoreError, events, orgs};

use super::{Held, Ticket};

/// The printer's jobs begin with it.
const INIT: &[u8] = b"\x1b@";

/// What became of the jobs that were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnPaper {
    /// Numbers of the receipts that lie there whole, in order.
    pub receipts: Vec<String>,
    /// Jobs that end in the middle, where a connection did.
    pub torn: u64,
    /// Pieces of paper that nobody sent.
    pub altered: u64,
    /// Jobs that were sent and lie nowhere whole: the till wrote them into a connection that was lost.
    pub unprinted: u64,
}

fn jobs(stream: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = (0..stream.len()).filter(|at| stream[*at..].starts_with(INIT)).collect();
    if starts.first() != Some(&0) && !stream.is_empty() {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([stream.len()]);
    starts.iter().zip(ends).map(|(start, end)| &stream[*start..end]).collect()
}

fn number_on(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("Receipt: "))
}

impl OnPaper {
    /// Compares the paper, a page a connection, with what the till says it sent.
    pub fn read(pages: &[Vec<u8>], sent: &[u8]) -> Self {
        let (sent, mut next, mut found) = (jobs(sent), 0, Self::default());
        for page in pages {
            let chunks = jobs(page);
            for (at, chunk) in chunks.iter().enumerate() {
                let ahead = &sent[next..];
                if let Some(skipped) = ahead.iter().position(|job| job == chunk) {
                    found.unprinted += skipped as u64;
                    next += skipped + 1;
                    found.receipts.extend(number_on(&String::from_utf8_lossy(chunk)).map(str::to_owned));
                } else if at + 1 == chunks.len() && ahead.iter().any(|job| job.starts_with(chunk)) {
                    found.torn += 1;
                } else {
                    found.altered += 1;
                }
            }
        }
        found.unprinted += (sent.len() - next) as u64;
        found
    }
}

/// What the hub holds of a till's events, and what they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Numbers of receipts that were put aside.
    pub quarantined: HashSet<String>,
    /// Put aside without a number that can be read: torn ones, as a rule.
    pub unreadable: u64,
    /// Statements of a tap, and the jobs they name.
    pub statements: u64,
    /// See `statements`.
    pub jobs: u64,
}

impl Named {
    /// Of these events.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a TillEvent>) -> Self {
        let mut named = Self::default();
        for event in events {
            match &event.kind {
                TillEventKind::Quarantined { text, .. } => match number_on(text) {
                    Some(number) => drop(named.quarantined.insert(number.to_owned())),
                    None => named.unreadable += 1,
                },
                TillEventKind::TapLoss { jobs, .. } => {
                    named.statements += 1;
                    named.jobs += u64::from(*jobs);
                }
                TillEventKind::NoSale { .. }
                | TillEventKind::ImageOnly
                | TillEventKind::LineVoided { .. }
                | TillEventKind::SignOn { .. }
                | TillEventKind::SignOff { .. } => {}
            }
        }
        named
    }

    /// Of all events of a shop at the hub.
    pub async fn read(db: &Db, store: StoreId) -> Result<Self, StoreError> {
        let mut tx = db.begin_read_hub().await?;
        let mut found = Vec::new();
        for org in orgs::list(&mut tx).await? {
            found.extend(events::page(&mut tx, org.id, store, None, u32::MAX >> 1).await?);
        }
        tx.rollback().await?;
        Ok(Self::of(found.iter().map(|stored| &stored.event)))
    }
}

/// How the receipts on the paper are accounted for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Those that must be held, because nothing names them or because they are.
    pub promised: Vec<Ticket>,
    /// Not held, but named.
    pub named: u64,
}

/// Figures of the paper, for a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PaperFindings {
    /// Bytes that were printed.
    pub bytes: u64,
    /// Receipts that lie there whole.
    pub receipts: u64,
    /// Pieces of paper that nobody sent: must be 0.
    pub altered: u64,
    /// Jobs that end in the middle because a relay was killed.
    pub torn: u64,
    /// Jobs that were lost on their way to the paper with a killed relay.
    pub unprinted: u64,
    /// Receipts that are named because they were put aside.
    pub quarantined: u64,
    /// Statements of the tap.
    pub statements: u64,
    /// The jobs they name, at most.
    pub statement_jobs: u64,
}

impl Account {
    /// Receipts that nothing names stay promised: they are missing when they are not held. A tap's loss names no
    /// receipt, only how many; it can cover as many as it names.
    pub fn settle(tickets: &[Ticket], paper: &OnPaper, held: &Held, named: &Named) -> Self {
        let by_number: HashMap<&str, &Ticket> = tickets.iter().map(|ticket| (&*ticket.key.number, ticket)).collect();
        let stored: HashSet<&str> = held.heads.iter().map(|head| &*head.key.number).collect();
        let mut account = Self::default();
        let mut coverable = named.jobs;
        for number in &paper.receipts {
            let Some(ticket) = by_number.get(&**number) else { continue };
            if stored.contains(&**number) {
                account.promised.push(Ticket::clone(ticket));
            } else if named.quarantined.contains(number) {
                account.named += 1;
            } else if coverable > 0 {
                coverable -= 1;
                account.named += 1;
            } else {
                account.promised.push(Ticket::clone(ticket));
            }
        }
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(number: u32) -> Vec<u8> {
        format!("\x1b@A shop\nReceipt: {number}\nTOTAL GBP 1.00\n\x1dVB\0").into_bytes()
    }

    #[test]
    fn paper_is_read_job_by_job_and_connection_by_connection() {
        let sent: Vec<u8> = (1..=5).flat_map(job).collect();
        let whole = OnPaper::read(std::slice::from_ref(&sent), &sent);
        assert_eq!(whole.receipts, ["1", "2", "3", "4", "5"]);
        assert_eq!((whole.torn, whole.altered, whole.unprinted), (0, 0, 0));
        // Killed within 3, which the till printed again; 4 was in a buffer.
        let first = [job(1), job(2), job(3)[..9].to_vec()].concat();
        let killed = OnPaper::read(&[first, [job(3), job(5)].concat(), Vec::new()], &sent);
        assert_eq!(killed.receipts, ["1", "2", "3", "5"]);
        assert_eq!((killed.torn, killed.altered, killed.unprinted), (1, 0, 1));
        let mut wrong = sent.clone();
        wrong[12] ^= 1;
        assert_eq!(OnPaper::read(&[wrong], &sent).altered, 1);
        let twice = [job(1), job(1)].concat();
        assert_eq!(OnPaper::read(&[twice], &job(1)).altered, 1, "nobody sent it twice");
    }

    #[test]
    fn a_loss_covers_as_many_as_it_names_and_no_more() {
        let at = "2026-03-07T08:00:00Z".parse().expect("a time");
        let event = |kind| TillEvent { terminal: "till-1".parse().expect("a name"), at, kind };
        let events = [
            event(TillEventKind::Quarantined { reason: "no total".into(), text: "A shop\nReceipt: 2\n".into() }),
            event(TillEventKind::Quarantined { reason: "no total".into(), text: "A shop".into() }),
            event(TillEventKind::TapLoss { bytes: 7, jobs: 1, reason: "killed".into() }),
            event(TillEventKind::NoSale { id: None }),
        ];
        let named = Named::of(&events);
        assert_eq!((named.unreadable, named.statements, named.jobs), (1, 1, 1));
        let receipt = |number: &str| {
            let json = format!(
                r#"{{"key":{{"terminal":"till-1","business_day":"2026-03-07","number":"{number}"}},"kind":"sale",
                "source":"printer","closed_at":"2026-03-07T08:00:00Z","currency":"GBP","total_minor":0,"tax_minor":0,
                "discount_minor":0,"tenders":[],"operator":null,"customer":null,"lines":[]}}"#
            );
            Ticket::from(serde_json::from_str::<vyavs_domain::sale::Receipt>(&json).expect("a receipt"))
        };
        let tickets: Vec<Ticket> = ["1", "2", "3", "4"].into_iter().map(receipt).collect();
        let paper = OnPaper { receipts: ["2", "3", "4"].map(str::to_owned).into(), ..OnPaper::default() };
        let account = Account::settle(&tickets, &paper, &Held::default(), &named);
        assert_eq!(account.named, 2, "2 was put aside, 3 is covered");
        assert_eq!(account.promised, [tickets[3].clone()], "1 lies on no paper, and nothing is left to cover 4");
    }
}
