//! What was read against what was rung.

use vyavs_domain::money::Decimal;
use vyavs_domain::sale::{Receipt, Tender, TenderKind};
use vyavs_domain::time::StoreTime;

use super::ticket::Ticket;
use super::{Damaged, Layout};

/// Everything in which the receipt is not the ticket.
pub(crate) fn faults(receipt: &Receipt, ticket: &Ticket, layout: &Layout, store: &StoreTime) -> Vec<&'static str> {
    let mut faults = Vec::new();
    let mut check = |what: &'static str, same: bool| {
        if !same && !faults.contains(&what) {
            faults.push(what);
        }
    };
    let closed = store.instant(ticket.closed);
    check("number", receipt.key.number == (layout.number)(ticket));
    check("date", receipt.closed_at == closed && receipt.key.business_day == store.business_day(closed));
    check("kind", receipt.kind == ticket.kind);
    check("total", receipt.total_minor == ticket.total());
    check("tax", receipt.tax_minor == ticket.added.iter().sum::<i64>());
    check("discount", receipt.discount_minor == ticket.coupon);
    check("tenders", receipt.tenders == tenders(ticket));
    check("operator", receipt.operator == layout.operator.then(|| ticket.operator.to_string()));
    check("line count", receipt.lines.len() == ticket.sold().count());
    for (read, rung) in receipt.lines.iter().zip(ticket.sold()) {
        check("quantity", read.quantity == rung.quantity);
        check("unit price", read.unit_price == Decimal::new(rung.unit, 2));
        check("line discount", read.discount_minor == rung.off);
        check("line total", read.total_minor == rung.total());
        check("name", read.name == rung.name);
        check("sku", read.sku == rung.sku);
    }
    faults
}

/// What each tender came to: change goes back out of the cash.
fn tenders(ticket: &Ticket) -> Vec<Tender> {
    let net = |(kind, amount): &(TenderKind, i64)| Tender {
        kind: *kind,
        amount_minor: if *kind == TenderKind::Cash { amount - ticket.change } else { *amount },
    };
    ticket.tenders.iter().map(net).collect()
}

/// Puts an accepted receipt of damaged paper where it belongs.
pub(crate) fn weigh(faults: &[&'static str], layout: &str, entry: &mut Damaged) {
    const QUANTITY: [&str; 2] = ["quantity", "unit price"];
    const KEY: [&str; 2] = ["number", "date"];
    const WORDS: [&str; 3] = ["name", "sku", "operator"];
    let any = |of: &[&str]| faults.iter().any(|fault| of.contains(fault));
    if faults.is_empty() {
        entry.harmless += 1;
        return;
    }
    if !faults.iter().all(|fault| [QUANTITY.as_slice(), &KEY, &WORDS].concat().contains(fault)) {
        entry.wrong_money += 1;
    } else if any(&QUANTITY) {
        entry.wrong_quantity += 1;
    } else if any(&KEY) {
        entry.wrong_key += 1;
    } else {
        entry.wrong_word += 1;
    }
    *entry.notes.entry(format!("{layout}: {}", faults.join(", "))).or_default() += 1;
}
