//! The records of a frame, before zstd: one after the other, and what a line of a receipt shares with the record before it
//! is not said again.
//!
//! The bytes of the first version are records alone; those of the second are [`Entry`]s. Both are postcard, which numbers
//! variants by position: a shipped one is never edited, moved or removed.

use serde::{Deserialize, Serialize};
use vyavs_wire::record::{DecimalV1, ReceiptRefV1, Record, SaleLineV1};

use super::FrameError;
use super::header::Version;

/// Bytes of a receipt's names that a line may leave to the record before it. More are said again: otherwise a small hostile
/// frame could unpack to a thousand copies of a long name.
const MAX_NAMES: usize = 256;

/// One record of a frame.
#[derive(Serialize, Deserialize)]
enum Entry<R> {
    /// As it is.
    Record(R),
    /// The next line of the receipt whose head or line came before.
    Line(NextLine),
}

/// A line without what the record before it says too.
#[derive(Serialize, Deserialize)]
struct NextLine {
    sku: String,
    name: String,
    quantity: DecimalV1,
    unit_price: DecimalV1,
    discount_minor: i64,
    /// `None` where quantity, price and discount say it: see [`amount`].
    total_minor: Option<i64>,
    rung: Rung,
}

/// When a line was rung, after the one before it or after the receipt was closed.
#[derive(Serialize, Deserialize)]
enum Rung {
    /// Whole seconds, as most tills have them.
    Seconds(i64),
    /// µs.
    Micros(i64),
}

impl Rung {
    fn of(us: i64) -> Self {
        if us % 1_000_000 == 0 { Self::Seconds(us / 1_000_000) } else { Self::Micros(us) }
    }

    fn us(self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => seconds.checked_mul(1_000_000),
            Self::Micros(us) => Some(us),
        }
    }
}

/// What a line builds on.
struct Before<'a> {
    receipt: &'a ReceiptRefV1,
    currency: [u8; 3],
    line_no: u32,
    at_us: i64,
}

impl<'a> Before<'a> {
    fn of(record: &'a Record) -> Option<Self> {
        let before = match record {
            Record::ReceiptV1(head) => {
                let at_us = head.receipt.closed_at_us;
                Self { receipt: &head.receipt, currency: head.currency, line_no: 0, at_us }
            }
            Record::SaleLineV1(line) => {
                let SaleLineV1 { receipt, currency, line_no, sold_at_us, .. } = line;
                Self { receipt, currency: *currency, line_no: *line_no, at_us: *sold_at_us }
            }
            _ => return None,
        };
        (before.receipt.terminal.len() + before.receipt.number.len() <= MAX_NAMES).then_some(before)
    }
}

/// Quantity × price − discount, in units of the price's last digit, which is the currency's for nearly every line. Half
/// away from zero.
fn amount(quantity: DecimalV1, unit_price: DecimalV1, discount_minor: i64) -> Option<i64> {
    let product = quantity.mantissa.checked_mul(unit_price.mantissa)?;
    let one = 10_i128.checked_pow(quantity.scale.into())?;
    let (whole, rest) = (product / one, product % one);
    let up = rest.unsigned_abs() >= one.unsigned_abs().div_ceil(2) && rest != 0;
    let rounded = if up { whole.checked_add(rest.signum())? } else { whole };
    i64::try_from(rounded).ok()?.checked_sub(discount_minor)
}

fn next_line(before: &Before<'_>, line: &SaleLineV1) -> Option<NextLine> {
    let SaleLineV1 { receipt, currency, line_no, sku, name, .. } = line;
    let &SaleLineV1 { quantity, unit_price, discount_minor, total_minor, sold_at_us, .. } = line;
    let follows =
        receipt == before.receipt && *currency == before.currency && before.line_no.checked_add(1) == Some(*line_no);
    let rung = Rung::of(sold_at_us.checked_sub(before.at_us)?);
    let follows_from_the_rest = amount(quantity, unit_price, discount_minor) == Some(total_minor);
    follows.then(|| NextLine {
        sku: sku.clone(),
        name: name.clone(),
        quantity,
        unit_price,
        discount_minor,
        total_minor: (!follows_from_the_rest).then_some(total_minor),
        rung,
    })
}

fn line_after(before: &Before<'_>, next: NextLine) -> Option<SaleLineV1> {
    let NextLine { sku, name, quantity, unit_price, discount_minor, total_minor, rung } = next;
    Some(SaleLineV1 {
        receipt: before.receipt.clone(),
        currency: before.currency,
        line_no: before.line_no.checked_add(1)?,
        sku,
        name,
        quantity,
        unit_price,
        discount_minor,
        total_minor: total_minor.or_else(|| amount(quantity, unit_price, discount_minor))?,
        sold_at_us: before.at_us.checked_add(rung.us()?)?,
    })
}

/// Writes `records` behind what is in `raw`.
pub(super) fn write(records: &[&Record], raw: Vec<u8>) -> Vec<u8> {
    let mut before: Option<Before<'_>> = None;
    records.iter().fold(raw, |raw, record| {
        let next = match (&before, record) {
            (Some(before), Record::SaleLineV1(line)) => next_line(before, line),
            _ => None,
        };
        before = Before::of(record);
        let entry = next.map_or(Entry::Record(*record), Entry::Line);
        postcard::to_extend(&entry, raw).expect("a vector takes any length")
    })
}

/// Reads the next record of `raw`, which comes after `before` in its frame.
pub(super) fn read<'a>(
    version: Version,
    raw: &'a [u8],
    index: usize,
    before: Option<&Record>,
) -> Result<(Record, &'a [u8]), FrameError> {
    let failed = |source| FrameError::Record { index, source };
    match version {
        Version::First => postcard::take_from_bytes(raw).map_err(failed),
        Version::Second => match postcard::take_from_bytes(raw).map_err(failed)? {
            (Entry::Record(record), rest) => Ok((record, rest)),
            (Entry::Line(next), rest) => before
                .and_then(Before::of)
                .and_then(|before| line_after(&before, next))
                .map(|line| (Record::SaleLineV1(line), rest))
                .ok_or(FrameError::Line(index)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(mantissa: i128, scale: u8) -> DecimalV1 {
        DecimalV1 { mantissa, scale }
    }

    #[test]
    fn an_amount_is_what_the_till_reckons_and_never_overflows() {
        assert_eq!(amount(decimal(3, 0), decimal(199, 2), 50), Some(547));
        assert_eq!(amount(decimal(1_250, 3), decimal(199, 2), 0), Some(249), "248.75");
        assert_eq!(amount(decimal(5, 1), decimal(199, 2), 0), Some(100), "99.5");
        assert_eq!(amount(decimal(-5, 1), decimal(199, 2), 0), Some(-100), "away from zero");
        assert_eq!(amount(decimal(4, 1), decimal(1, 2), 0), Some(0));
        assert_eq!(amount(decimal(i128::MAX, 0), decimal(2, 0), 0), None);
        assert_eq!(amount(decimal(1, 255), decimal(1, 0), 0), None);
        assert_eq!(amount(decimal(i64::MIN.into(), 0), decimal(1, 0), 1), None);
    }
}
