//! What happens at a till, and how the journal wire writes it.

use jiff::Timestamp;
use serde::Serialize;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, Decimal};
use vyavs_domain::sale::{Receipt, ReceiptKind, TenderKind};
use vyavs_domain::time::{BusinessDay, StoreTime};

/// One thing a till reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A ticket.
    Receipt(Box<Receipt>),
    /// Something beside a ticket: a drawer, a cashier, a line taken off.
    Event(Box<Event>),
    /// A receipt of which only the text on the paper is known: for printers.
    Page(Box<Page>),
}

/// What happened at a till beside a ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The till's own number of it, unique there.
    pub id: String,
    /// What, where and when.
    pub event: TillEvent,
    /// In which day's books.
    pub business_day: BusinessDay,
    /// Of its amounts.
    pub currency: Currency,
}

/// A receipt as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The record's name of it.
    pub id: String,
    /// Where it is printed.
    pub terminal: TerminalId,
    /// When it is printed.
    pub at: Timestamp,
    /// In which day's books.
    pub business_day: BusinessDay,
    /// From top to bottom.
    pub rows: Vec<String>,
}

impl Item {
    /// What the acknowledgement calls it.
    pub fn id(&self) -> &str {
        match self {
            Self::Receipt(receipt) => &receipt.key.number,
            Self::Event(event) => &event.id,
            Self::Page(page) => &page.id,
        }
    }

    /// Which till.
    pub fn terminal(&self) -> &TerminalId {
        match self {
            Self::Receipt(receipt) => &receipt.key.terminal,
            Self::Event(event) => &event.event.terminal,
            Self::Page(page) => &page.terminal,
        }
    }

    /// When the till reports it.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Receipt(receipt) => receipt.closed_at,
            Self::Event(event) => event.event.at,
            Self::Page(page) => page.at,
        }
    }

    /// In which day's books.
    pub fn business_day(&self) -> BusinessDay {
        match self {
            Self::Receipt(receipt) => receipt.key.business_day,
            Self::Event(event) => event.business_day,
            Self::Page(page) => page.business_day,
        }
    }

    /// Its line on the journal wire, with the line feed; `None` for what that wire has no words for. Times are local,
    /// as a till writes them.
    pub fn to_line(&self, time: &StoreTime) -> Option<String> {
        let local = |at: Timestamp| time.local(at).to_string();
        let message = match self {
            Self::Event(event) => event_message(event, local(event.event.at))?,
            Self::Receipt(receipt) => receipt_message(receipt, local),
            Self::Page(_) => return None,
        };
        let mut line = serde_json::to_string(&message).expect("texts and lists always have a JSON form");
        line.push('\n');
        Some(line)
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message<'a> {
    Receipt {
        number: &'a str,
        kind: ReceiptKind,
        business_day: String,
        at: String,
        currency: Currency,
        total: String,
        tax: String,
        discount: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        operator: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        customer: Option<&'a str>,
        tenders: Vec<TenderMessage>,
        lines: Vec<LineMessage<'a>>,
    },
    NoSale {
        id: &'a str,
        at: String,
    },
    SignOn {
        id: &'a str,
        operator: &'a str,
        at: String,
    },
    SignOff {
        id: &'a str,
        operator: &'a str,
        at: String,
    },
    LineVoid {
        id: &'a str,
        receipt: &'a str,
        line_no: u32,
        sku: &'a str,
        name: &'a str,
        amount: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        operator: Option<&'a str>,
        at: String,
    },
}

#[derive(Serialize)]
struct TenderMessage {
    kind: TenderKind,
    amount: String,
}

#[derive(Serialize)]
struct LineMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line_no: Option<u32>,
    sku: &'a str,
    name: &'a str,
    quantity: String,
    unit_price: String,
    discount: String,
    total: String,
    at: String,
}

fn event_message(event: &Event, at: String) -> Option<Message<'_>> {
    let id = &*event.id;
    Some(match &event.event.kind {
        TillEventKind::NoSale { .. } => Message::NoSale { id, at },
        TillEventKind::SignOn { operator } => Message::SignOn { id, operator, at },
        TillEventKind::SignOff { operator } => Message::SignOff { id, operator, at },
        TillEventKind::LineVoided { receipt, line_no, sku, name, amount_minor, operator } => {
            let amount = Decimal::new(*amount_minor, event.currency.exponent()).to_string();
            let (line_no, operator) = (*line_no, operator.as_deref());
            Message::LineVoid { id, receipt, line_no, sku, name, amount, operator, at }
        }
        // What an agent says of a till, and no till of itself.
        TillEventKind::Quarantined { .. } | TillEventKind::ImageOnly | TillEventKind::TapLoss { .. } => return None,
    })
}

fn receipt_message(receipt: &Receipt, local: impl Fn(Timestamp) -> String) -> Message<'_> {
    let amount = |minor: i64| Decimal::new(minor, receipt.currency.exponent()).to_string();
    let tenders = receipt.tenders.iter();
    let lines = receipt.lines.iter().enumerate();
    Message::Receipt {
        number: &receipt.key.number,
        kind: receipt.kind,
        business_day: receipt.key.business_day.to_string(),
        at: local(receipt.closed_at),
        currency: receipt.currency,
        total: amount(receipt.total_minor),
        tax: amount(receipt.tax_minor),
        discount: amount(receipt.discount_minor),
        operator: receipt.operator.as_deref(),
        customer: receipt.customer.as_deref(),
        tenders: tenders
            .map(|tender| TenderMessage { kind: tender.kind, amount: amount(tender.amount_minor) })
            .collect(),
        lines: lines
            .map(|(place, line)| LineMessage {
                // A line is its place, unless it says otherwise.
                line_no: (line.line_no as usize != place + 1).then_some(line.line_no),
                sku: &line.sku,
                name: &line.name,
                quantity: line.quantity.to_string(),
                unit_price: line.unit_price.to_string(),
                discount: amount(line.discount_minor),
                total: amount(line.total_minor),
                at: local(line.sold_at),
            })
            .collect(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::time;
    use vyavs_domain::sale::{ReceiptKey, ReceiptSource, SaleLine, Tender};

    use super::*;

    pub(crate) fn london() -> StoreTime {
        StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone")
    }

    /// A ticket with one of everything.
    pub(crate) fn receipt(number: &str) -> Receipt {
        let at: Timestamp = "2011-07-01T07:26:00Z".parse().expect("a time");
        let line =
            |line_no, sku: &str, name: &str, quantity: &str, price: &str, discount_minor, total_minor| SaleLine {
                line_no,
                sku: sku.to_owned(),
                name: name.to_owned(),
                quantity: quantity.parse().expect("a decimal"),
                unit_price: price.parse().expect("a decimal"),
                discount_minor,
                total_minor,
                sold_at: at,
            };
        Receipt {
            key: ReceiptKey {
                terminal: "till-1".parse().expect("a name"),
                business_day: "2011-07-01".parse().expect("a date"),
                number: number.to_owned(),
            },
            kind: ReceiptKind::Sale,
            source: ReceiptSource::Journal,
            closed_at: at,
            currency: "GBP".parse().expect("a code"),
            total_minor: 1_960,
            tax_minor: 0,
            discount_minor: 0,
            tenders: vec![Tender { kind: TenderKind::Card, amount_minor: 1_960 }],
            operator: Some("7".to_owned()),
            customer: None,
            lines: vec![
                line(1, "85123A", "WHITE HANGING HEART T-LIGHT HOLDER", "6", "2.55", 0, 1_530),
                line(2, "40021", "COFFEE BEANS", "0.254", "18.90", 50, 430),
            ],
        }
    }

    #[test]
    fn a_line_of_the_journal_is_in_local_time_and_whole_units() {
        let line = Item::Receipt(Box::new(receipt("536365"))).to_line(&london()).expect("a line");
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["type"], "receipt");
        assert_eq!(value["at"], "2011-07-01T08:26:00");
        assert_eq!(value["total"], "19.60");
        assert_eq!(value["lines"][1]["unit_price"], "18.90");
        assert_eq!(value["lines"][1]["discount"], "0.50");
        assert_eq!(value["tenders"][0]["kind"], "card");
        assert!(value["lines"][0].get("line_no").is_none() && value.get("customer").is_none());
        assert!(line.ends_with("}\n") && !line.trim_end().contains('\n'));
    }

    #[test]
    fn what_happens_beside_a_ticket_has_its_own_words() {
        let line = |kind| {
            let at = "2011-07-01T07:26:00Z".parse().expect("a time");
            let event = TillEvent { terminal: "till-1".parse().expect("a name"), at, kind };
            let (business_day, currency) = ("2011-07-01".parse().expect("a date"), "GBP".parse().expect("a code"));
            Item::Event(Box::new(Event { id: "e-1".to_owned(), event, business_day, currency })).to_line(&london())
        };
        let operator = || "7".to_owned();
        let on = line(TillEventKind::SignOn { operator: operator() }).expect("a line");
        assert_eq!(on, "{\"type\":\"sign_on\",\"id\":\"e-1\",\"operator\":\"7\",\"at\":\"2011-07-01T08:26:00\"}\n");
        let voided = TillEventKind::LineVoided {
            receipt: "536365".to_owned(),
            line_no: 3,
            sku: "85123A".to_owned(),
            name: "HOLDER".to_owned(),
            amount_minor: 255,
            operator: Some(operator()),
        };
        let value: serde_json::Value = serde_json::from_str(&line(voided).expect("a line")).expect("JSON");
        assert_eq!(
            (&value["type"], &value["amount"], &value["line_no"]),
            (&"line_void".into(), &"2.55".into(), &3.into())
        );
        assert_eq!((&value["receipt"], &value["operator"]), (&"536365".into(), &"7".into()));
        assert_eq!(line(TillEventKind::ImageOnly), None);
    }

    #[test]
    fn a_line_that_is_not_in_its_place_says_so() {
        let mut receipt = receipt("1");
        receipt.lines[1].line_no = 7;
        let line = Item::Receipt(Box::new(receipt)).to_line(&london()).expect("a line");
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["lines"][1]["line_no"], 7);
    }
}
