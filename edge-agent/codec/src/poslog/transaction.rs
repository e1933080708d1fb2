//! One `Transaction` element as receipts and events.

use jiff::Timestamp;
use jiff::civil::Date;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, to_minor};
use vyavs_domain::sale::{ReceiptKey, ReceiptKind};
use vyavs_domain::time::BusinessDay;

use super::Tally;
use super::node::Node;
use super::proof::{self, Ticket};
use crate::scrub::scrub_text;
use crate::tillfile::{Entry, Place, bounded, quote};

/// What a transaction says.
pub(super) struct Said {
    pub(super) entries: Vec<Entry>,
    /// The store it is of.
    pub(super) store: Option<String>,
}

/// Its terminal and time as far as they can be read: where something that was put aside belongs.
pub(super) fn whereabouts(node: &Node, place: &Place<'_>) -> (TerminalId, Timestamp) {
    let terminal = place.terminals.of(node.text_of("WorkstationID").unwrap_or("unknown"));
    (terminal, closed_at(node, place).ok().flatten().unwrap_or(place.seen))
}

fn closed_at(node: &Node, place: &Place<'_>) -> Result<Option<Timestamp>, String> {
    let sale = node.child("RetailTransaction");
    let found = ["EndDateTime", "BeginDateTime", "POSLogDateTime"].iter().find_map(|name| node.text_of(name));
    let Some(text) = found.or_else(|| sale?.text_of("ReceiptDateTime")) else { return Ok(None) };
    place.time.read(text).map(Some).map_err(|error| error.to_string())
}

/// What every transaction has.
pub(super) struct Head<'a> {
    pub(super) key: ReceiptKey,
    pub(super) at: Timestamp,
    pub(super) currency: Currency,
    pub(super) operator: Option<String>,
    pub(super) place: &'a Place<'a>,
}

/// Reads a transaction; the error says what is wrong with it.
pub(super) fn read(node: &Node, store: Option<&str>, place: &Place<'_>, tally: &mut Tally) -> Result<Said, String> {
    let missing = |name: &str| format!("{name} is missing");
    let workstation = node.text_of("WorkstationID").ok_or_else(|| missing("WorkstationID"))?;
    let number = node.text_of("SequenceNumber").ok_or_else(|| missing("SequenceNumber"))?;
    let number = bounded("SequenceNumber", number, 64)?;
    let at = closed_at(node, place)?.ok_or_else(|| missing("EndDateTime"))?;
    let own_store = retail_store(node);
    if let (Some(ours), Some(theirs)) = (store, own_store)
        && ours != theirs
    {
        return Err(format!("of store {:?}, expected store {ours:?}", quote(theirs, 40)));
    }
    let business_day = match node.text_of("BusinessDayDate") {
        Some(text) => BusinessDay(day(text)?),
        None => place.time.business_day(at),
    };
    let currency = match node.text_of("CurrencyCode") {
        Some(code) => code.parse().map_err(|error| format!("CurrencyCode: {error}"))?,
        None => place.currency,
    };
    let key = ReceiptKey { terminal: place.terminals.of(workstation), business_day, number };
    let operator = node.text_of("OperatorID").map(|id| bounded("OperatorID", id, 64)).transpose()?;
    let head = Head { key, at, currency, operator, place };

    let entries = if let Some(sale) = node.child("RetailTransaction") {
        retail(node, sale, &head, tally)?
    } else {
        control(node, own_store, &head, tally)?
    };
    Ok(Said { entries, store: own_store.map(str::to_owned) })
}

/// `RetailStoreID`, which newer versions put into `BusinessUnit/UnitID`.
fn retail_store(node: &Node) -> Option<&str> {
    node.text_of("RetailStoreID").or_else(|| node.child("BusinessUnit")?.text_of("UnitID"))
}

/// `2017-10-01`, with or without a time behind it.
fn day(text: &str) -> Result<Date, String> {
    let date = text.get(..10).unwrap_or(text);
    date.parse().map_err(|_| format!("BusinessDayDate {:?} is not a date such as 2017-10-01", quote(text, 40)))
}

fn event(head: &Head<'_>, kind: TillEventKind) -> Entry {
    Entry::Event(TillEvent { terminal: head.key.terminal.clone(), at: head.at, kind })
}

fn control(node: &Node, store: Option<&str>, head: &Head<'_>, tally: &mut Tally) -> Result<Vec<Entry>, String> {
    let control = ["ControlTransaction", "TenderControlTransaction"].iter().find_map(|name| node.child(name));
    let Some(control) = control else {
        // Inventory, layaway, customer orders: known to POSLog, nothing sold at a till.
        if node.children.iter().any(|child| child.name.ends_with("Transaction")) {
            tally.others += 1;
            return Ok(Vec::new());
        }
        return Err("neither a RetailTransaction nor a ControlTransaction".to_owned());
    };
    let reason = control.text_of("ReasonCode").unwrap_or_default().to_ascii_lowercase();
    let aborted = reason.contains("abort");
    let operator = || head.operator.clone().ok_or_else(|| "OperatorID is missing".to_owned());
    if control.child("NoSale").is_some() {
        tally.no_sales += 1;
        let ReceiptKey { business_day, number, terminal } = &head.key;
        let id = format!("{}/{terminal}/{number}/{business_day}", quote(store.unwrap_or("-"), 40));
        return Ok(vec![event(head, TillEventKind::NoSale { id: Some(scrub_text(&id).into_owned()) })]);
    }
    let (on, off) = (control.child("OperatorSignOn").is_some(), control.child("OperatorSignOff").is_some());
    tally.sign_ons += u64::from(on);
    tally.sign_offs += u64::from(off);
    match (on, off) {
        (false, false) => tally.others += 1,
        _ if aborted => tally.aborted += 1,
        (true, _) => return Ok(vec![event(head, TillEventKind::SignOn { operator: operator()? })]),
        (false, true) => return Ok(vec![event(head, TillEventKind::SignOff { operator: operator()? })]),
    }
    Ok(Vec::new())
}

fn retail(node: &Node, sale: &Node, head: &Head<'_>, tally: &mut Tally) -> Result<Vec<Entry>, String> {
    let ticket = Ticket::read(sale, head)?;
    tally.item_lines += ticket.items.len() as u64;
    tally.returned_lines += ticket.items.iter().filter(|item| item.refund).count() as u64;
    tally.voided_lines += ticket.items.iter().filter(|item| item.voided).count() as u64;
    let status = sale.attribute("TransactionStatus").unwrap_or_default();
    let reasons: Vec<&str> = sale.all("TransactionLink").filter_map(|link| link.attribute("ReasonCode")).collect();
    tally.resumed += u64::from(reasons.contains(&"Resume"));

    let training = node.flag("TrainingModeFlag");
    let cancelled = node.flag("CancelFlag") || ["Voided", "Canceled", "Cancelled", "Aborted"].contains(&status);
    tally.training += u64::from(training);
    tally.cancelled += u64::from(cancelled);
    if status == "Suspended" {
        // Its lines come again when it is taken up; to record them now would count them twice.
        tally.suspended += 1;
        return Ok(Vec::new());
    }
    let mut settled = proof::prove(&ticket, head, cancelled)?;
    let receipt = &mut settled.receipt;
    let undoes = reasons.iter().any(|reason| ["PostVoid", "PostVoided", "Voided", "Void"].contains(reason));
    receipt.kind = if training {
        ReceiptKind::Training
    } else if cancelled {
        ReceiptKind::Void
    } else if undoes && receipt.total_minor > 0 {
        return Err(
            "it undoes an earlier transaction and its amounts are positive: which way the money went is not said"
                .to_owned(),
        );
    } else if receipt.total_minor < 0 || receipt.total_minor == 0 && ticket.only_refunds() {
        ReceiptKind::Return
    } else {
        ReceiptKind::Sale
    };
    receipt.customer = sale_customer(sale).map(|id| bounded("LoyaltyID", id, 64)).transpose()?;
    tally.receipts += 1;
    let paid = receipt.tenders.iter().fold(0_i64, |sum, tender| sum.saturating_add(tender.amount_minor));
    if !receipt.tenders.is_empty() && paid.abs_diff(receipt.total_minor) > 1 {
        tally.tenders_off += 1;
    }
    let mut entries = vec![Entry::receipt(settled.receipt)];
    for voided in settled.voided {
        let kind = TillEventKind::LineVoided {
            receipt: scrub_text(&head.key.number).into_owned(),
            line_no: voided.place,
            sku: crate::scrub::scrub_field(&voided.sku, crate::scrub::Field::Code).into_owned(),
            name: scrub_text(&voided.name).into_owned(),
            amount_minor: to_minor(voided.amount.abs(), head.currency).ok_or("a voided amount is beyond 64 bits")?,
            operator: head.operator.clone(),
        };
        entries.push(event(head, kind));
    }
    Ok(entries)
}

/// The loyalty account: the first that is not all zeros, which tills write for "none".
fn sale_customer(sale: &Node) -> Option<&str> {
    let lines = sale.all("LineItem").filter_map(|line| line.child("LoyaltyMembership"));
    let accounts = sale.all("LoyaltyAccount").chain(lines).chain(sale.all("Customer"));
    let mut ids = accounts.flat_map(|account| {
        ["LoyaltyID", "MembershipID", "LoyaltyAccountID", "CustomerID"].into_iter().filter_map(|id| account.text_of(id))
    });
    ids.find(|id| id.bytes().any(|byte| byte != b'0'))
}
