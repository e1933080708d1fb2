//! What tills say, on its way to the outbox: one way for every till input.
//!
//! Scrubbed of card data, given its identity, read by the retailer's own codes (`[codes]`), made into records; and told to
//! the board once those are durable. The identity is of what the till said, so that a rule which is added later makes no
//! second sale of a receipt that comes again.

use std::sync::Arc;

use vyavs_codec::gs1::Codes;
use vyavs_codec::scrub;
use vyavs_codec::tillfile::Entry;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::sale::{Receipt, SaleLine};
use vyavs_wire::convert::receipt_records_as;
use vyavs_wire::record::{Record, TillEventV1};

use crate::health::InputHandle;

/// The way of every till input of a store. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct TillSink {
    codes: Arc<Codes>,
}

/// What was said and is not durable yet.
#[derive(Debug)]
pub struct Told {
    entry: Entry,
    hash: u64,
    records: u64,
    /// Where a code says something else than was rung.
    notes: Vec<String>,
}

impl TillSink {
    /// With the retailer's own codes.
    pub fn new(codes: Codes) -> Self {
        Self { codes: Arc::new(codes) }
    }

    /// The records of what a till said, and what to tell once they are durable.
    pub fn take(&self, mut entry: Entry) -> (Vec<Record>, Told) {
        let (mut notes, mut hash) = (Vec::new(), 0);
        let records = match &mut entry {
            Entry::Receipt(receipt) => {
                scrub::receipt(receipt);
                hash = receipt.content_hash();
                let digits = receipt.currency.exponent();
                for line in &mut receipt.lines {
                    notes.extend(self.codes.settle(line, digits));
                }
                if let Some(first) = notes.first_mut() {
                    *first = format!("receipt {}, {first}", receipt.key.number);
                }
                receipt_records_as(receipt, hash)
            }
            Entry::Event(event) => {
                scrub::event(&mut event.kind);
                if let TillEventKind::LineVoided { sku, .. } = &mut event.kind
                    && let Some(item) = self.codes.item(sku)
                {
                    *sku = item;
                }
                vec![Record::TillEventV1(TillEventV1::from(&*event))]
            }
        };
        let told = Told { entry, hash, records: records.len() as u64, notes };
        (records, told)
    }
}

impl Told {
    /// What was said, as it is kept.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Of a receipt as the till said it: [`Receipt::content_hash`] without card data. 0 for an event.
    pub fn content_hash(&self) -> u64 {
        self.hash
    }

    /// Its records are durable: counted and shown.
    pub fn tell(&self, input: &InputHandle) {
        let board = input.board();
        // First, so that the input does not stand as impaired by what it could read.
        self.notes.iter().for_each(|note| input.error(note));
        input.record(self.records);
        match &self.entry {
            Entry::Receipt(receipt) => input.receipt(receipt),
            Entry::Event(event) => match &event.kind {
                TillEventKind::Quarantined { reason, .. } => {
                    input.error(&format!("put aside: {reason}"));
                    board.quarantined();
                }
                TillEventKind::NoSale { .. } => board.no_sale(),
                _ => {}
            },
        }
    }
}

/// A line that the paper of a receipt shows as rung and undone.
pub fn undone(receipt: &Receipt, line: SaleLine) -> Entry {
    let SaleLine { line_no, sku, name, total_minor, sold_at, .. } = line;
    Entry::Event(TillEvent {
        terminal: receipt.key.terminal.clone(),
        at: sold_at,
        kind: TillEventKind::LineVoided {
            receipt: receipt.key.number.clone(),
            line_no,
            sku,
            name,
            amount_minor: total_minor.saturating_abs(),
            operator: receipt.operator.clone(),
        },
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use vyavs_codec::gs1::CodesConfig;
    use vyavs_domain::ids::TerminalId;
    use vyavs_domain::sale::{ReceiptKey, ReceiptKind, ReceiptSource};
    use vyavs_domain::time::BusinessDay;
    use vyavs_wire::record::TillEventKindV1;

    use super::*;

    /// Item 12345, 1.500 kg by the rule below.
    const CHEESE: &str = "2112345015002";

    fn till(rules: &str) -> TillSink {
        let config: CodesConfig = toml::from_str(rules).expect("a section");
        TillSink::new(Codes::new(&config).expect("rules"))
    }

    fn deli() -> TillSink {
        till("rules = [{ pattern = \"21.....{NNDDD}\", kind = \"weight\" }]")
    }

    fn line(line_no: u32, sku: &str, quantity: &str) -> SaleLine {
        SaleLine {
            line_no,
            sku: sku.to_owned(),
            name: "CHEESE".to_owned(),
            quantity: quantity.parse().expect("a number"),
            unit_price: "19.90".parse().expect("a number"),
            discount_minor: 0,
            total_minor: 2_985,
            sold_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn receipt(lines: Vec<SaleLine>) -> Receipt {
        let terminal: TerminalId = "till-1".parse().expect("a name");
        let business_day = BusinessDay(jiff::civil::date(2026, 3, 2));
        Receipt {
            key: ReceiptKey { terminal, business_day, number: "7".to_owned() },
            kind: ReceiptKind::Sale,
            source: ReceiptSource::Journal,
            closed_at: Timestamp::UNIX_EPOCH,
            currency: "GBP".parse().expect("a currency"),
            total_minor: lines.iter().map(|line| line.total_minor).sum(),
            tax_minor: 0,
            discount_minor: 0,
            tenders: Vec::new(),
            operator: Some("4".to_owned()),
            customer: None,
            lines,
        }
    }

    fn skus(records: &[Record]) -> Vec<&str> {
        fn sku(record: &Record) -> Option<&str> {
            match record {
                Record::SaleLineV1(line) => Some(line.sku.as_str()),
                _ => None,
            }
        }
        records.iter().filter_map(sku).collect()
    }

    #[test]
    fn a_code_of_the_retailer_s_own_becomes_its_item_and_no_other_sale() {
        let sold = receipt(vec![line(1, CHEESE, "1.500"), line(2, "85123A", "1")]);
        let (plain, _) = TillSink::default().take(Entry::Receipt(Box::new(sold.clone())));
        let (coded, told) = deli().take(Entry::Receipt(Box::new(sold.clone())));
        assert_eq!((skus(&plain), skus(&coded)), (vec![CHEESE, "85123A"], vec!["12345", "85123A"]));
        let hash = |records: &[Record]| match &records[0] {
            Record::ReceiptV1(head) => head.receipt.content_hash,
            other => panic!("no head: {other:?}"),
        };
        assert_eq!(hash(&plain), hash(&coded), "a rule that is added makes no second sale of it");
        assert_eq!(told.content_hash(), sold.content_hash());
        assert!(told.notes.is_empty(), "{:?}", told.notes);
    }

    #[test]
    fn what_a_code_says_against_the_line_is_noted_and_the_line_is_kept_as_rung() {
        let (records, told) = deli().take(Entry::Receipt(Box::new(receipt(vec![line(1, CHEESE, "1.2")]))));
        assert_eq!(skus(&records), ["12345"]);
        assert!(told.notes[0].contains("receipt 7") && told.notes[0].contains("1.500 kg"), "{:?}", told.notes);
        let Entry::Receipt(kept) = told.entry() else { panic!("a receipt") };
        assert_eq!((kept.lines[0].quantity.to_string(), kept.lines[0].total_minor), ("1.2".to_owned(), 2_985));
    }

    #[test]
    fn an_undone_line_is_an_event_with_its_item_and_without_card_data() {
        let mut off = line(2, CHEESE, "1.5");
        (off.name, off.total_minor) = ("4111 1111 1111 1111".to_owned(), -2_985);
        let (records, _) = deli().take(undone(&receipt(Vec::new()), off));
        let [Record::TillEventV1(event)] = records.as_slice() else { panic!("{records:?}") };
        let TillEventKindV1::LineVoided(off) = &event.kind else { panic!("{event:?}") };
        assert_eq!((off.receipt.as_str(), off.line_no, off.amount_minor), ("7", 2, 2_985));
        assert_eq!((off.sku.as_str(), off.name.as_str()), ("12345", "**** **** **** 1111"));
        assert_eq!(off.operator.as_deref(), Some("4"));
    }

    #[test]
    fn card_data_goes_before_a_rule_looks_at_it() {
        let mut sold = receipt(vec![line(1, "4111111111111111", "1")]);
        sold.key.number = "5500 0000 0000 0004".to_owned();
        let (records, told) = deli().take(Entry::Receipt(Box::new(sold)));
        let text = format!("{records:?} {told:?}");
        assert!(!text.contains("4111111111111111") && !text.contains("5500 0000"), "{text}");
    }
}
