//! One closing out of all files, and whether its sums are those of its receipts.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use rust_decimal::Decimal;
use vyavs_domain::money::Currency;
use vyavs_domain::time::BusinessDay;

use super::receipt::{self, Around, Head, Line, Payment};
use super::rows::{Cursor, Key};
use super::{Closing, DsfinvkError, Tally};
use crate::tillfile::{Entry, Place, quote};

/// Differences named one by one.
const NAMED: usize = 20;

type Tables<R> = BTreeMap<&'static str, Cursor<R>>;
type Sums = BTreeMap<String, Decimal>;

/// What the till closed with.
#[derive(Debug, Default)]
struct Stated {
    cases: Sums,
    payments: Sums,
    /// Whether `businesscases.csv` and `payment.csv` are there.
    has: (bool, bool),
    paid: Option<Decimal>,
    cash: Option<Decimal>,
    first: String,
    last: String,
}

/// Everything of a closing.
#[derive(Debug, Default)]
struct Gathered {
    heads: Vec<Head>,
    lines: HashMap<String, Own>,
    payments: HashMap<String, Vec<Payment>>,
    wrong: Vec<String>,
}

/// A receipt's lines, and where each is.
#[derive(Debug, Default)]
struct Own {
    lines: Vec<Line>,
    places: HashMap<String, usize>,
}

pub(super) fn next<R: BufRead>(
    tables: &mut Tables<R>,
    place: &Place<'_>,
    tally: &mut Tally,
) -> Result<Option<Closing>, DsfinvkError> {
    let closings = tables.get_mut("cashpointclosing.csv").ok_or(DsfinvkError::Missing("cashpointclosing.csv"))?;
    let Some(row) = closings.peek() else { return Ok(None) };
    let key = row.key();
    let mut gathered = Gathered::default();
    let mut number = |column: &str| {
        row.number(column).unwrap_or_else(|wrong| {
            gathered.wrong.push(wrong);
            None
        })
    };
    let mut stated = Stated {
        paid: number("Z_SE_ZAHLUNGEN"),
        cash: number("Z_SE_BARZAHLUNGEN"),
        first: row.text("Z_START_ID"),
        last: row.text("Z_ENDE_ID"),
        ..Stated::default()
    };
    let created = place.time.read(&row.text("Z_ERSTELLUNG")).unwrap_or(place.seen);
    let day = row.text("Z_BUCHUNGSTAG");
    let day = day.get(..10).unwrap_or(&day).parse().ok().map(BusinessDay);
    closings.advance()?;

    let mut rows = 0;
    let currency = gather(tables, &key, place, &mut gathered, &mut stated, &mut rows)?;
    let terminal = place.terminals.of(&key.register);
    let around = Around { terminal: &terminal, number: &key.number, day, currency, place };
    let Gathered { heads, mut lines, mut payments, mut wrong } = gathered;

    let mut entries = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut sums = [(Sums::new(), Sums::new()), (Sums::new(), Sums::new())];
    for head in &heads {
        tally.transactions += 1;
        let (own, paid) =
            (lines.remove(&head.id).unwrap_or_default().lines, payments.remove(&head.id).unwrap_or_default());
        for (with_cancellations, (cases, kinds)) in [false, true].into_iter().zip(&mut sums) {
            if head.counts(with_cancellations) {
                own.iter().for_each(|line| add(cases, &line.case, line.gross));
                let amount = |payment: &Payment| payment.amount.clone().ok().flatten().unwrap_or_default();
                paid.iter().for_each(|payment| add(kinds, &payment.kind, amount(payment)));
            }
        }
        let proven = if head.id.is_empty() || !seen.insert(head.id.clone()) {
            Err(format!("BON_ID {:?} is empty or stands twice in closing {}", quote(&head.id, 40), key.number))
        } else if head.is_receipt() {
            receipt::prove(head, &own, &paid, &around)
        } else {
            tally.others += 1;
            continue;
        };
        match proven {
            Ok(proven) => {
                tally.receipts += 1;
                if let Some(Entry::Receipt(receipt)) = proven.first() {
                    tally.lines += receipt.lines.len() as u64;
                }
                entries.extend(proven);
            }
            Err(reason) => {
                tally.quarantined += 1;
                let at = receipt::ended(head, &around).unwrap_or(created);
                entries.push(Entry::quarantined(terminal.clone(), at, &reason, &receipt::show(head, &own)));
            }
        }
    }
    for (what, left) in [("lines.csv", lines.len()), ("datapayment.csv", payments.len())] {
        if left > 0 {
            wrong.push(format!("{what} has rows of {left} transactions that are not in transactions.csv"));
        }
    }
    for (what, id) in [("Z_START_ID", &stated.first), ("Z_ENDE_ID", &stated.last)] {
        if !id.is_empty() && !seen.contains(id) {
            wrong.push(format!("{what} {:?} is not in transactions.csv", quote(id, 40)));
        }
    }
    // Whether cancelled receipts of their own type count, tills see differently.
    let found = sums.iter().map(|(cases, kinds)| differences(&stated, cases, kinds)).min_by_key(Vec::len);
    wrong.extend(found.unwrap_or_default());
    for cursor in tables.values_mut() {
        wrong.append(&mut cursor.damaged);
    }
    tally.closings += 1;
    let id = format!("{}/{}", quote(&key.register, 60), quote(&key.number, 20));
    if !wrong.is_empty() {
        tally.unbalanced += 1;
        wrong.truncate(NAMED);
        let reason = format!("closing {id} does not add up: {}", wrong[0]);
        entries.push(Entry::quarantined(terminal, created, &reason, &wrong.join("\n")));
    }
    Ok(Some(Closing { id, entries, differences: wrong }))
}

fn gather<R: BufRead>(
    tables: &mut Tables<R>,
    key: &Key,
    place: &Place<'_>,
    gathered: &mut Gathered,
    stated: &mut Stated,
    rows: &mut usize,
) -> Result<Currency, DsfinvkError> {
    let mut currency = place.currency;
    let Gathered { heads, lines, payments, wrong } = gathered;
    let mut told = |what: Result<Option<Decimal>, String>| match what {
        Ok(value) => value.unwrap_or_default(),
        Err(why) => {
            if wrong.len() < NAMED {
                wrong.push(why);
            }
            Decimal::ZERO
        }
    };
    // Lines before their amounts: the order of the names, `lines.csv` before `lines_vat.csv`.
    for (name, cursor) in tables.iter_mut() {
        match *name {
            "transactions.csv" => cursor.each(key, rows, |row| heads.push(Head::read(row)))?,
            "lines.csv" => cursor.each(key, rows, |row| {
                let (own, line) = (lines.entry(row.text("BON_ID")).or_default(), Line::read(row));
                own.places.insert(line.place.clone(), own.lines.len());
                own.lines.push(line);
            })?,
            "lines_vat.csv" => cursor.each(key, rows, |row| {
                let Some(own) = lines.get_mut(&row.text("BON_ID")) else { return };
                let at = own.places.get(&row.text("POS_ZEILE")).copied();
                let Some(line) = at.and_then(|at| own.lines.get_mut(at)) else { return };
                let added = row.number("POS_BRUTTO").and_then(|gross| {
                    let gross = gross.ok_or("POS_BRUTTO is missing")?;
                    line.gross
                        .checked_add(gross)
                        .ok_or_else(|| "amounts add up beyond what a number can hold".to_owned())
                });
                match added {
                    Ok(gross) => (line.gross, line.wrong) = (gross, None),
                    Err(why) => line.wrong = Some(why),
                }
            })?,
            "datapayment.csv" => cursor.each(key, rows, |row| {
                let payment = Payment { kind: row.text("ZAHLART_TYP"), amount: row.number("BASISWAEH_BETRAG") };
                payments.entry(row.text("BON_ID")).or_default().push(payment);
            })?,
            "businesscases.csv" => {
                stated.has.0 = true;
                cursor.each(key, rows, |row| {
                    add(&mut stated.cases, &row.text("GV_TYP"), told(row.number("Z_UMS_BRUTTO")));
                })?;
            }
            "payment.csv" => {
                stated.has.1 = true;
                cursor.each(key, rows, |row| {
                    add(&mut stated.payments, &row.text("ZAHLART_TYP"), told(row.number("Z_ZAHLART_BETRAG")));
                })?;
            }
            "cashregister.csv" => cursor.each(key, rows, |row| {
                currency = row.text("KASSE_BASISWAEH_CODE").parse().unwrap_or(currency);
            })?,
            _ => {}
        }
    }
    Ok(currency)
}

fn add(sums: &mut Sums, name: &str, amount: Decimal) {
    let sum = sums.entry(name.to_owned()).or_default();
    // Beyond 28 digits nothing can be right; the difference then says so.
    *sum = sum.checked_add(amount).unwrap_or(Decimal::MAX);
}

/// What the closing states and its receipts do not come to, to within a cent.
fn differences(stated: &Stated, cases: &Sums, payments: &Sums) -> Vec<String> {
    let cent = Decimal::new(1, 2);
    let differ = |a: Decimal, b: Decimal| a.checked_sub(b).is_none_or(|rest| rest.abs() > cent);
    let mut found = Vec::new();
    for (has, what, stated, counted) in [
        (stated.has.0, "businesscases.csv", &stated.cases, cases),
        (stated.has.1, "payment.csv", &stated.payments, payments),
    ] {
        let names: std::collections::BTreeSet<&String> = stated.keys().chain(counted.keys()).collect();
        for name in names.into_iter().filter(|_| has) {
            let of = |sums: &Sums| sums.get(name).copied().unwrap_or_default();
            if differ(of(stated), of(counted)) {
                let (stated, counted) = (of(stated).normalize(), of(counted).normalize());
                found.push(format!("{what} has {stated} {}, the receipts {counted}", quote(name, 40)));
            }
        }
    }
    let all = payments.values().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(*amount));
    let cash = payments.get("Bar").copied().unwrap_or_default();
    for (column, stated, counted) in
        [("Z_SE_ZAHLUNGEN", stated.paid, all.unwrap_or(Decimal::MAX)), ("Z_SE_BARZAHLUNGEN", stated.cash, cash)]
    {
        if let Some(stated) = stated.filter(|stated| differ(*stated, counted)) {
            found.push(format!("{column} is {}, the payments {}", stated.normalize(), counted.normalize()));
        }
    }
    found
}

/// At the end: rows of closings that are not in `cashpointclosing.csv`, or that stood apart from their closing's others.
pub(super) fn rest<R: BufRead>(
    tables: &mut Tables<R>,
    place: &Place<'_>,
    tally: &mut Tally,
) -> Result<Option<Closing>, DsfinvkError> {
    let mut left = Vec::new();
    let mut first: Option<Key> = None;
    for (name, cursor) in tables.iter_mut() {
        let mut rows = 0_u64;
        while let Some(row) = cursor.peek() {
            rows += 1;
            if first.is_none() {
                first = Some(row.key());
            }
            cursor.advance()?;
        }
        if rows > 0 {
            left.push(format!("{name}: {rows} rows of no closing, or apart from the others of theirs"));
        }
        left.append(&mut cursor.damaged);
    }
    if left.is_empty() {
        return Ok(None);
    }
    tally.quarantined += 1;
    let terminal = place.terminals.of(first.as_ref().map_or("unknown", |key| &key.register));
    let entry = Entry::quarantined(terminal, place.seen, &left[0], &left.join("\n"));
    Ok(Some(Closing { id: "no closing".to_owned(), entries: vec![entry], differences: left }))
}
