//! What the hub holds, taken out of its database.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, StoreId};
use vyavs_store::{Db, StoreError, audit, losses, orgs, sync};

use super::{HeadFacts, Key, LineFacts};

/// A stored head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldHead {
    /// The till's name of it.
    pub key: Key,
    /// Its id at the hub.
    pub id: Uuid,
    /// What it says.
    pub facts: HeadFacts,
}

/// A stored line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLine {
    /// Of which receipt.
    pub key: Key,
    /// Its place there.
    pub line_no: i64,
    /// What it says.
    pub facts: LineFacts,
}

/// The numbers of the money stream that are settled and yet held nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Numbers that no row, no loss statement and no dead letter has, or that a row has beyond the cursor.
    pub unnamed: u64,
    /// Rows the hub met a second time and dropped: their numbers have no row of their own.
    pub repeated: u64,
    /// Numbers that a device's signed statement names as lost.
    pub lost: u64,
    /// Numbers among the dead letters.
    pub dead: u64,
}

impl Gaps {
    /// Numbers that nothing accounts for.
    pub fn unexplained(&self) -> u64 {
        self.unnamed.saturating_sub(self.repeated)
    }
}

/// A shop as the hub holds it: rows in the order of their records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Heads.
    pub heads: Vec<HeldHead>,
    /// Lines.
    pub lines: Vec<HeldLine>,
    /// Holes in the numbers.
    pub gaps: Gaps,
}

impl Held {
    /// Reads all of a shop in one consistent picture.
    pub async fn read(db: &Db, store: StoreId) -> Result<Self, StoreError> {
        let mut tx = db.begin_read_hub().await?;
        let heads = audit::heads(&mut tx, store).await?.into_iter().map(head).collect();
        let lines = audit::lines(&mut tx, store).await?.into_iter().map(line).collect();
        let numbers = audit::numbers(&mut tx, store).await?;
        let settled = audit::settled(&mut tx, store).await?;
        let mut named = Vec::new();
        let mut repeated = 0;
        for org in orgs::list(&mut tx).await? {
            for (device, loss) in losses::list(&mut tx, org.id, store, u32::MAX >> 1).await? {
                // A statement that nobody signed explains nothing.
                if loss.stream == 0 && loss.verified {
                    named.push((device, loss.epoch, loss.first..=loss.last, true));
                }
            }
            for (device, _, letter) in losses::dead(&mut tx, org.id, store, u32::MAX >> 1).await? {
                if let (Some(epoch), Some(0), Some((first, last))) = (letter.epoch, letter.stream, letter.range) {
                    named.push((device, epoch, first..=last, false));
                }
            }
            for view in sync::view(&mut tx, org.id, store).await? {
                let money = view.duplicates.iter().filter(|(kind, _)| ["receipt", "line", "event"].contains(&&**kind));
                repeated += money.map(|(_, count)| count).sum::<u64>();
            }
        }
        tx.rollback().await?;
        let mut gaps = holes(&numbers, &settled, &named);
        gaps.repeated = repeated;
        Ok(Self { heads, lines, gaps })
    }
}

/// A range that is named: as lost, or else among the dead letters.
type Named = (DeviceId, u64, RangeInclusive<u64>, bool);

/// `numbers` are in order.
pub(super) fn holes(numbers: &[(DeviceId, u64, u64)], settled: &[(DeviceId, u64, u64)], named: &[Named]) -> Gaps {
    let mut streams: BTreeMap<(DeviceId, u64), (u64, Vec<u64>)> = BTreeMap::new();
    for (device, epoch, through) in settled {
        streams.entry((*device, *epoch)).or_default().0 = *through;
    }
    for (device, epoch, number) in numbers {
        streams.entry((*device, *epoch)).or_default().1.push(*number);
    }
    let mut gaps = Gaps::default();
    for ((device, epoch), (through, numbers)) in streams {
        let mut missing = |first: u64, end: u64| {
            for number in first..end {
                let here = |(d, e, range, _): &&Named| *d == device && *e == epoch && range.contains(&number);
                match named.iter().find(here) {
                    Some((.., true)) => gaps.lost += 1,
                    Some((.., false)) => gaps.dead += 1,
                    None => gaps.unnamed += 1,
                }
            }
        };
        let mut next = 1;
        for number in numbers.iter().copied().take_while(|number| *number <= through) {
            missing(next, number);
            next = next.max(number + 1);
        }
        missing(next, through + 1);
        // A row that the cursor does not cover was stored by nobody we know.
        gaps.unnamed += numbers.iter().filter(|number| **number > through).count() as u64;
    }
    gaps
}

fn head(row: audit::HeadAudit) -> HeldHead {
    let key = Key { terminal: row.terminal, business_day: row.business_day, number: row.number };
    let facts = HeadFacts {
        kind: row.kind,
        source: row.source,
        currency: row.currency,
        total_minor: row.total_minor,
        tax_minor: row.tax_minor,
        discount_minor: row.discount_minor,
        line_count: row.line_count,
        operator: row.operator,
        customer: row.customer,
        closed_at_us: row.closed_at_us,
        // What cannot be read is certainly not what was paid, and shows as altered wherever something was.
        tenders: serde_json::from_str(&row.tenders).unwrap_or_default(),
    };
    HeldHead { key, id: row.id, facts }
}

fn line(row: audit::LineAudit) -> HeldLine {
    let key = Key { terminal: row.terminal, business_day: row.business_day, number: row.number };
    let facts = LineFacts {
        sku: row.sku,
        name: row.name,
        quantity: row.quantity,
        unit_price: row.unit_price,
        discount_minor: row.discount_minor,
        total_minor: row.total_minor,
        currency: row.currency,
        sold_at_us: row.sold_at_us,
        customer: row.customer,
    };
    HeldLine { key, line_no: row.line_no, facts }
}
