//! What was read becomes a receipt when every sum on the paper agrees with every other.

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::money::{Currency, Decimal, to_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;

use super::grammar::{DayFrom, From, LineArithmetic};
use super::reader::{Item, Reading};

/// A receipt and the lines that were undone on it.
pub(super) type Proven = (Receipt, Vec<SaleLine>);

/// The error is a sentence for people, not yet scrubbed.
pub(super) fn prove(mut reading: Reading<'_>) -> Result<Proven, String> {
    let (grammar, place) = (reading.grammar, reading.place);
    let total = reading.found.total.ok_or("no total was found")?;
    let number = match (reading.found.number.take(), grammar.number_from) {
        (Some(number), _) => number,
        (None, From::Job) => format!("@{}", place.started.as_microsecond()),
        (None, From::Printed) => return Err("no receipt number was found".to_owned()),
    };
    let closed = reading.closed()?;
    let closed_at: Timestamp = match (closed, grammar.time_from) {
        (Some(local), _) => place.time.instant(local),
        (None, From::Job) => place.started,
        (None, From::Printed) => return Err("no date was found".to_owned()),
    };
    if let Some(hours) = grammar.dates_within_h
        && closed_at.duration_since(place.started).abs() > SignedDuration::from_hours(i64::from(hours))
    {
        return Err(format!("its date {closed_at} is more than {hours} h from the clock, {}", place.started));
    }
    let found = &reading.found;
    let currency = found.currency.unwrap_or(place.currency);
    let minor = |amount: Decimal| to_minor(amount, currency).ok_or_else(|| format!("{amount} is beyond 64 bits"));
    let printed_day = closed.filter(|_| grammar.day_from == DayFrom::Printed).map(|at| BusinessDay(at.date()));
    let business_day = found.day.or(printed_day).unwrap_or_else(|| place.time.business_day(closed_at));
    let line = |(line_no, item): (u32, &Item)| -> Result<SaleLine, String> {
        let (quantity, unit_price) = multiplied(item, grammar.line_arithmetic, currency)?;
        Ok(SaleLine {
            line_no,
            sku: item.sku.clone(),
            name: item.name.clone(),
            quantity,
            unit_price,
            discount_minor: minor(item.discount)?,
            total_minor: minor(item.total)?,
            sold_at: item.rung.map_or(closed_at, |local| place.time.instant(local)),
        })
    };
    let lines = (1..).zip(&reading.lines).map(line).collect::<Result<Vec<_>, _>>()?;
    let voided = reading.voided.iter().map(|item| line((item.place, item))).collect::<Result<Vec<_>, _>>()?;
    let receipt = Receipt {
        key: ReceiptKey { terminal: place.terminal.clone(), business_day, number },
        kind: found.kind.unwrap_or(ReceiptKind::Sale),
        source: ReceiptSource::Printer,
        closed_at,
        currency,
        total_minor: minor(total)?,
        tax_minor: minor(found.tax)?,
        discount_minor: minor(found.discount)?,
        tenders: tenders(&reading, currency)?,
        operator: found.operator.clone(),
        customer: found.customer.clone(),
        lines,
    };
    balanced(&receipt, grammar.slack)?;
    if grammar.says_return && receipt.kind != ReceiptKind::Return && receipt.total_minor < 0 {
        return Err("its total is below 0, and nothing says that it is a return".to_owned());
    }
    taxed(&reading, receipt.total_minor, currency)?;
    counted(&reading, &receipt)?;
    paid(&reading, &receipt, minor(found.extra)?)?;
    Ok((receipt, voided))
}

/// The receipt's own rule, and the grammar's where that is stricter.
fn balanced(receipt: &Receipt, slack: u64) -> Result<(), String> {
    receipt.balance().map_err(|error| error.to_string())?;
    let lines = receipt.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.total_minor));
    let due = lines.saturating_sub(receipt.discount_minor).saturating_add(receipt.tax_minor);
    if due.abs_diff(receipt.total_minor) > slack {
        return Err(format!("what was rung comes to {due}, not to the total {} (minor units)", receipt.total_minor));
    }
    Ok(())
}

/// Quantity and unit price of a line, once they are known to make its total.
fn multiplied(item: &Item, arithmetic: LineArithmetic, currency: Currency) -> Result<(Decimal, Decimal), String> {
    let gross = item.total + item.discount;
    let back = gross.is_sign_negative() && !gross.is_zero();
    let mut quantity = item.quantity.unwrap_or(if back { Decimal::NEGATIVE_ONE } else { Decimal::ONE });
    let Some(unit) = item.unit_price else {
        // A quantity without a sign takes that of the amount.
        if back && quantity > Decimal::ZERO {
            quantity = -quantity;
        }
        if quantity.abs() == Decimal::ONE {
            return Ok((quantity, gross * quantity));
        }
        let unit = gross.checked_div(quantity).ok_or("a quantity of 0 and no unit price")?;
        return Ok((quantity, unit.round_dp(6).normalize()));
    };
    if back && quantity > Decimal::ZERO && unit > Decimal::ZERO && arithmetic != LineArithmetic::Off {
        quantity = -quantity;
    }
    let product = quantity.checked_mul(unit).ok_or_else(|| format!("{quantity} x {unit} is beyond what is known"))?;
    let minor_unit = Decimal::new(1, currency.exponent());
    let allowed = match arithmetic {
        LineArithmetic::Off => return Ok((quantity, unit)),
        LineArithmetic::Exact => minor_unit * Decimal::new(5, 1),
        LineArithmetic::Rounded => {
            let half_digit = Decimal::new(5, (unit.scale() + 1).min(28));
            minor_unit + half_digit.checked_mul(quantity.abs()).ok_or("a quantity beyond what is known")?
        }
    };
    if (product - gross).abs() > allowed {
        return Err(format!("{:?}: {quantity} x {unit} is {product}, not {gross}", item.name));
    }
    Ok((quantity, unit))
}

/// What was handed over, less what was given back: change comes out of the cash.
fn tenders(reading: &Reading<'_>, currency: Currency) -> Result<Vec<Tender>, String> {
    let minor = |amount: Decimal| to_minor(amount, currency).ok_or_else(|| format!("{amount} is beyond 64 bits"));
    let mut tenders = Vec::with_capacity(reading.found.tenders.len());
    for (kind, amount) in &reading.found.tenders {
        tenders.push(Tender { kind: *kind, amount_minor: minor(*amount)? });
    }
    let change = minor(reading.found.change)?;
    if change != 0 {
        let cash = tenders.iter().rposition(|tender| tender.kind == TenderKind::Cash);
        let last = tenders.len().checked_sub(1);
        let from = cash.or(last).ok_or("change was given, and nothing was paid")?;
        tenders[from].amount_minor = tenders[from].amount_minor.saturating_sub(change);
    }
    Ok(tenders)
}

fn paid(reading: &Reading<'_>, receipt: &Receipt, extra: i64) -> Result<(), String> {
    if !reading.grammar.paid || (receipt.total_minor == 0 && receipt.tenders.is_empty()) {
        return Ok(());
    }
    let paid = receipt.tenders.iter().fold(0_i64, |sum, tender| sum.saturating_add(tender.amount_minor));
    let due = receipt.total_minor.saturating_add(extra);
    if paid != due {
        return Err(format!("{paid} was paid, not {due} (minor units)"));
    }
    Ok(())
}

fn taxed(reading: &Reading<'_>, total_minor: i64, currency: Currency) -> Result<(), String> {
    let Some((sum, rows)) = reading.found.taxed else { return Ok(()) };
    let sum = to_minor(sum, currency).ok_or("the tax table is beyond 64 bits")?;
    if sum.abs_diff(total_minor) > u64::from(rows) {
        return Err(format!("the tax table adds up to {sum}, not to the total {total_minor} (minor units)"));
    }
    Ok(())
}

fn counted(reading: &Reading<'_>, receipt: &Receipt) -> Result<(), String> {
    let lines = Decimal::from(receipt.lines.len());
    // What is weighed, to the gram even where it is a whole kilogram, is one piece.
    let weighed = |quantity: Decimal| !quantity.is_integer() || quantity.scale() == 3;
    let piece = |line: &SaleLine| if weighed(line.quantity) { Decimal::ONE } else { line.quantity.abs() };
    let pieces = receipt.lines.iter().map(piece).fold(Decimal::ZERO, Decimal::saturating_add);
    for (said, counted, what) in
        [(reading.found.count_lines, lines, "lines"), (reading.found.count_pieces, pieces, "pieces")]
    {
        if let Some(said) = said.filter(|said| *said != counted) {
            return Err(format!("the till counted {said} {what}, the paper has {counted}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use vyavs_domain::sale::{ReceiptKind, Tender, TenderKind};
    use vyavs_domain::time::StoreTime;

    use crate::receipt::{Grammar, Job, Outcome, Place, read};

    const GRAMMAR: &str = r#"
name = "corner"
dates = ["%Y-%m-%d %H:%M"]
dates_within_h = 2
exact = true
paid = true
cut = true
[[row]]
is = "header"
match = '^No (?P<number>\d+) (?P<date>.+)$'
then = "items"
[[row]]
is = "header"
kind = "return"
match = '^RETURN$'
[[row]]
is = "void"
match = '^VOID (?P<name>[a-z ]+) (?P<amount>[\d.]+)$'
[[row]]
is = "void"
match = '^VOID NEXT$'
[[row]]
is = "line_deduction"
match = '^ off (?P<amount>[\d.]+)$'
[[row]]
is = "line_quantity"
match = '^ (?P<quantity>[\d.]+) x (?P<unit>[\d.]+)$'
[[row]]
is = "quantity"
match = '^(?P<quantity>\d+) at (?P<unit>[\d.]+)$'
[[row]]
is = "line_name"
match = '^ \+ (?P<name>.+)$'
[[row]]
is = "subtotal"
match = '^SUB (?P<amount>[\d.-]+)$'
[[row]]
is = "discount"
match = '^COUPON (?P<amount>[\d.]+)$'
[[row]]
is = "total"
match = '^TOTAL (?P<amount>-?[\d.]+)$'
then = "totals"
[[row]]
is = "item"
in = ["items"]
match = '^(?P<name>[a-z ]+) (?P<total>-?[\d.]+)$'
[[row]]
is = "tax_row"
in = ["totals"]
match = '^tax (?P<net>[\d.]+) (?P<tax>[\d.]+) (?P<gross>[\d.]+)$'
[[row]]
is = "tender"
tender = "card"
match = '^CARD (?P<amount>-?[\d.]+)$'
[[row]]
is = "tender"
tender = "cash"
match = '^CASH (?P<amount>-?[\d.]+)$'
[[row]]
is = "change"
match = '^BACK (?P<amount>[\d.]+)$'
[[row]]
is = "extra"
match = '^TIP (?P<amount>[\d.]+)$'
[[row]]
is = "count"
match = '^COUNT (?P<lines>\d+) (?P<pieces>\d+)$'
[[row]]
is = "header"
in = ["code"]
match = '^N(?P<number>\d+)$'
"#;

    const PAPER: &str = "No 7 2026-11-22 10:00
milk 1.00
2 at 1.25
bread 2.50
cheese 4.00
 + mild
 off 0.50
ham 1.23
 0.824 x 1.49
VOID milk 1.00
SUB 7.23
COUPON 0.23
TOTAL 7.00
tax 6.00 1.00 7.00
CARD 2.00
CASH 10.00
BACK 4.50
TIP 0.50
COUNT 3 4
";

    fn read_paper(text: &str, end: &[u8]) -> Job {
        let (time, terminal) = (StoreTime::new("UTC", jiff::civil::Time::midnight()), "till-1".parse());
        let (time, terminal) = (time.expect("a zone"), terminal.expect("a name"));
        let started = "2026-11-22T10:00:30Z".parse().expect("a time");
        let place = Place { terminal: &terminal, time: &time, currency: "EUR".parse().expect("a code"), started };
        let grammar = Grammar::parse("corner", GRAMMAR).expect("a grammar");
        read(&[text.as_bytes(), end].concat(), &grammar, &place)
    }

    const CUT: &[u8] = b"\x1dk\x04N7\x00\x1dV\x00";

    #[test]
    fn everything_on_the_paper_agrees_and_says_what_was_sold() {
        let job = read_paper(PAPER, CUT);
        let Outcome::Receipt(receipt) = &job.outcome else { panic!("{job:?}") };
        let lines: Vec<_> = receipt
            .lines
            .iter()
            .map(|l| (l.line_no, l.name.as_str(), l.quantity.to_string(), l.unit_price.to_string(), l.discount_minor))
            .collect();
        let (bread, cheese, ham) = (("2", "1.25"), ("1", "4.00"), ("0.824", "1.49"));
        let line =
            |no, name, (quantity, unit): (&str, &str), off| (no, name, quantity.to_owned(), unit.to_owned(), off);
        assert_eq!(lines, [line(1, "bread", bread, 0), line(2, "cheese mild", cheese, 50), line(3, "ham", ham, 0)]);
        assert_eq!((receipt.total_minor, receipt.discount_minor), (700, 23));
        let paid = [(TenderKind::Card, 200), (TenderKind::Cash, 550)];
        assert_eq!(receipt.tenders, paid.map(|(kind, amount_minor)| Tender { kind, amount_minor }));
        assert_eq!(
            job.voided.iter().map(|line| (line.line_no, line.name.as_str(), line.total_minor)).collect::<Vec<_>>(),
            [(1, "milk", 100)]
        );
    }

    #[test]
    fn whatever_disagrees_with_anything_else_is_put_aside_and_says_why() {
        let cases = [
            ("bread 2.50", "bread 2.60", "not the subtotal"),
            ("2 at 1.25", "3 at 1.25", "3 x 1.25 is 3.75, not 2.50"),
            (" 0.824 x", " 0.874 x", "0.874 x 1.49 is 1.30226, not 1.23"),
            ("2 at 1.25\n", "2 at 1.25\n2 at 1.25\n", "two quantities"),
            (" 0.824 x 1.49\n", " 0.824 x 1.49\n 0.824 x 1.49\n", "two quantities"),
            ("VOID milk 1.00", "VOID milk 1.10", "takes off no line above"),
            ("VOID milk", "VOID soap", "takes off no line above"),
            ("SUB 7.23", "VOID NEXT\nTOTAL 7.00", "a void names no item"),
            ("SUB 7.23\n", "2 at 1.00\n", "a quantity has no item"),
            ("TOTAL 7.00", "TOTAL 7.01", "comes to 700, not to the total 701"),
            ("COUPON 0.23", "COUPON 0.24", "comes to 699, not to the total 700"),
            ("tax 6.00", "tax 6.02", "net and tax are 7.02"),
            ("tax 6.00 1.00 7.00", "tax 5.00 1.00 6.00", "the tax table adds up to 600"),
            ("CASH 10.00", "CASH 10.01", "751 was paid, not 750"),
            ("CARD 2.00\nCASH 10.00\n", "", "change was given, and nothing was paid"),
            ("TIP 0.50\n", "", "750 was paid, not 700"),
            ("COUNT 3 4", "COUNT 3 5", "counted 5 pieces, the paper has 4"),
            ("COUNT 3 4", "COUNT 4 4", "counted 4 lines, the paper has 3"),
            ("No 7 2026-11-22 10:00", "No 7 2026-11-22 13:00", "more than 2 h from the clock"),
            ("No 7", "No 8", "its number is \"8\" and \"7\""),
        ];
        for (from, to, why) in cases {
            assert!(PAPER.contains(from), "{from:?}");
            match read_paper(&PAPER.replacen(from, to, 1), CUT).outcome {
                Outcome::Quarantined { reason, .. } => assert!(reason.contains(why), "{reason:?} should say {why:?}"),
                other => panic!("{from:?} {other:?}"),
            }
        }
        let Outcome::Quarantined { reason, .. } = read_paper(PAPER, b"").outcome else { panic!("it was not cut") };
        assert!(reason.contains("not cut"), "{reason}");
    }

    #[test]
    fn what_comes_back_has_a_negative_quantity_and_says_that_it_is_a_return() {
        let back = "No 7 2026-11-22 10:00\n2 at 1.25\nbread -2.50\nmilk -1.00\nTOTAL -3.50\nCASH -3.50\n";
        let job = read_paper(&format!("RETURN\n{back}"), CUT);
        let Outcome::Receipt(receipt) = &job.outcome else { panic!("{job:?}") };
        assert_eq!(receipt.kind, ReceiptKind::Return);
        let lines: Vec<_> =
            receipt.lines.iter().map(|l| (l.quantity.to_string(), l.unit_price.to_string(), l.total_minor)).collect();
        let line = |quantity: &str, unit: &str, total| (quantity.to_owned(), unit.to_owned(), total);
        assert_eq!(lines, [line("-2", "1.25", -250), line("-1", "1.00", -100)]);
        let Outcome::Quarantined { reason, .. } = read_paper(back, CUT).outcome else { panic!("a sale below 0") };
        assert!(reason.contains("nothing says that it is a return"), "{reason}");
    }
}
