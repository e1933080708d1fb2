//! The till roll of a bakery in Edinburgh as tickets (no licence stated: for tests, not to be shipped).
//!
//! One transaction is one ticket, one row one line; the file holds each transaction's rows together. The file has no
//! prices, no quantities and no codes, and none are made up: every line is one piece at 0.00, which here means *not
//! known*, so every ticket comes to 0.00 and the name of the play says so. The item's name stands as its code. `NONE`,
//! which the till wrote on some lines, is played like any other item: it is a line of the roll.

use std::collections::HashSet;
use std::path::Path;

use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, Decimal};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine};
use vyavs_domain::time::StoreTime;

use super::table::{Rows, TableError, find};

/// Where the roll was printed.
#[derive(Clone, Debug)]
pub struct Bakery {
    /// Its reading of time; the file's times are local.
    pub time: StoreTime,
    /// Its one till.
    pub terminal: TerminalId,
    /// Of the amounts that are not known.
    pub currency: Currency,
}

/// The tickets of the file, one after the other. After an error there is nothing more.
pub struct Tickets {
    rows: Rows<4>,
    bakery: Bakery,
    done: HashSet<String>,
    open: Option<Receipt>,
    ended: bool,
}

/// Opens `DIR/transactions.csv`, gzipped or not.
pub fn open(dir: &Path, bakery: Bakery) -> Result<Tickets, TableError> {
    let rows = Rows::open(find(dir, "transactions.csv")?, ["Date", "Time", "Transaction", "Item"])?;
    Ok(Tickets { rows, bakery, done: HashSet::new(), open: None, ended: false })
}

impl Tickets {
    fn advance(&mut self) -> Result<Option<Receipt>, TableError> {
        loop {
            let Self { rows, bakery, done, open, .. } = self;
            let Some(row) = rows.next()? else { return Ok(open.take()) };
            let [date, time, number, item] = row.columns;
            let at = bakery.time.read(&format!("{date} {time}"));
            let at = at.map_err(|_| row.wrong(format!("{date:?} {time:?} is not YYYY-MM-DD HH:MM:SS")))?;
            if item.is_empty() {
                return Err(row.wrong("Item is empty".to_owned()));
            }
            let line = |line_no: usize| SaleLine {
                line_no: line_no as u32,
                sku: item.to_owned(),
                name: item.to_owned(),
                quantity: Decimal::ONE,
                unit_price: Decimal::new(0, bakery.currency.exponent()),
                discount_minor: 0,
                total_minor: 0,
                sold_at: at,
            };
            if let Some(receipt) = open.as_mut().filter(|receipt| receipt.key.number == number) {
                receipt.closed_at = receipt.closed_at.max(at);
                receipt.lines.push(line(receipt.lines.len() + 1));
                continue;
            }
            if !done.insert(number.to_owned()) {
                return Err(row.wrong(format!("Transaction {number:?} comes again after other transactions")));
            }
            let receipt = Receipt {
                key: ReceiptKey {
                    terminal: bakery.terminal.clone(),
                    business_day: bakery.time.business_day(at),
                    number: number.to_owned(),
                },
                kind: ReceiptKind::Sale,
                source: ReceiptSource::Journal,
                closed_at: at,
                currency: bakery.currency,
                total_minor: 0,
                tax_minor: 0,
                discount_minor: 0,
                tenders: Vec::new(),
                operator: None,
                customer: None,
                lines: vec![line(1)],
            };
            if let Some(complete) = open.replace(receipt) {
                return Ok(Some(complete));
            }
        }
    }
}

impl Iterator for Tickets {
    type Item = Result<Receipt, TableError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.advance().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::london;

    fn read(rows: &str) -> Result<Vec<Receipt>, TableError> {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("transactions.csv"), format!("Date,Time,Transaction,Item\n{rows}"))
            .expect("written");
        let currency = "GBP".parse().expect("a code");
        let bakery = Bakery { time: london(), terminal: "till-1".parse().expect("a name"), currency };
        open(dir.path(), bakery)?.collect()
    }

    #[test]
    fn a_transaction_is_a_ticket_without_money() {
        let receipts = read(
            "2016-10-30,09:58:11,1,Bread\n2017-01-01,01:21:05,2,Scandinavian\n2017-01-01,01:21:05,2,NONE\n\
             2017-01-01,01:21:05,2,Scandinavian\n",
        )
        .expect("well-formed");
        assert_eq!(receipts.len(), 2);
        let two = &receipts[1];
        let items: Vec<_> = two.lines.iter().map(|line| (line.line_no, line.sku.as_str())).collect();
        assert_eq!(items, [(1, "Scandinavian"), (2, "NONE"), (3, "Scandinavian")], "two equal lines are two sales");
        assert_eq!(two.key.business_day.to_string(), "2016-12-31");
        assert!(receipts.iter().all(|receipt| receipt.total_minor == 0 && receipt.balance().is_ok()));
    }

    #[test]
    fn what_is_no_roll_is_named_with_its_line() {
        let wrong = |rows: &str| read(rows).expect_err("wrong").to_string();
        assert!(wrong("30/10/2016,9:58,1,Bread\n").contains("line 2: \"30/10/2016\""));
        let torn = wrong("2016-10-30,09:58:11,1,A\n2016-10-30,09:59:11,2,A\n2016-10-30,09:58:11,1,A\n");
        assert!(torn.contains("line 4") && torn.contains("comes again"), "{torn}");
    }
}
