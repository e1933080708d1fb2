//! The lines of a retail transaction, and the arithmetic that proves they were read right.
//!
//! POSLog leaves to the vendor whether a line's `ExtendedAmount` is before or after its discount, whether rewards are in
//! it already, and whether tax is. The total decides: of these readings the first for which Σ lines − discounts + tax is
//! the total within one minor unit is taken; where none is, the transaction is refused.

use jiff::Timestamp;
use rust_decimal::Decimal;
use vyavs_domain::money::to_minor;
use vyavs_domain::sale::{Receipt, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};

use super::node::Node;
use super::transaction::Head;
use crate::tillfile::{NumberFormat, bounded, decimal, quote};

/// One `Sale` or `Return`.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its place among the item lines, from 1.
    pub(super) place: u32,
    pub(super) refund: bool,
    pub(super) voided: bool,
    pub(super) sku: String,
    pub(super) name: String,
    quantity: Decimal,
    unit: Option<Decimal>,
    /// What it comes to, signed.
    pub(super) amount: Decimal,
    discount: Decimal,
    at: Option<Timestamp>,
}

/// An amount that a later one may undo.
#[derive(Clone, Debug)]
struct Posted {
    voided: bool,
    kind: TenderKind,
    amount: Decimal,
    change: Decimal,
}

/// What a retail transaction consists of.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) items: Vec<Item>,
    tenders: Vec<Posted>,
    discount: Decimal,
    tax: Decimal,
    grand: Option<Decimal>,
    net: Option<Decimal>,
}

/// A receipt and what was taken off it before it was paid.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) receipt: Receipt,
    pub(super) voided: Vec<Item>,
}

fn number(node: &Node, name: &str) -> Result<Option<Decimal>, String> {
    let Some(text) = node.text_of(name) else { return Ok(None) };
    let value = decimal(text, NumberFormat::default());
    value.map(Some).ok_or_else(|| format!("{name} {:?} is not a number", quote(text, 40)))
}

/// Σ of a child's amounts.
fn sum<'a>(nodes: impl Iterator<Item = &'a Node>, name: &str) -> Result<Option<Decimal>, String> {
    let mut sum = None;
    for node in nodes {
        let value = number(node, name)?.unwrap_or_default();
        sum = Some(add(sum.unwrap_or_default(), value)?);
    }
    Ok(sum)
}

fn add(a: Decimal, b: Decimal) -> Result<Decimal, String> {
    a.checked_add(b).ok_or_else(|| "amounts add up beyond what a number can hold".to_owned())
}

impl Ticket {
    pub(super) fn read(sale: &Node, head: &Head<'_>) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut tenders = Vec::new();
        let mut rewards = Vec::new();
        let (mut discount, mut line_tax, mut item_tax) = (Decimal::ZERO, None, None);
        for line in sale.all("LineItem") {
            let voided = line.flag("VoidFlag");
            for part in &line.children {
                match part.name.as_str() {
                    "Sale" | "SaleForDelivery" | "SaleForPickup" | "Return" | "ReturnForDelivery"
                    | "ReturnForPickup" => {
                        let place = items.len() as u32 + 1;
                        let named = |wrong: String| format!("item line {place}: {wrong}");
                        items.push(item(line, part, place, voided, head).map_err(named)?);
                        if let Some(tax) = sum(part.all("Tax"), "Amount").map_err(named)?.filter(|_| !voided) {
                            item_tax = Some(add(item_tax.unwrap_or_default(), tax)?);
                        }
                    }
                    "Tender" => tenders.push(tender(part, voided)?),
                    "Tax" if !voided => {
                        let tax = number(part, "Amount")?.unwrap_or_default();
                        line_tax = Some(add(line_tax.unwrap_or_default(), tax)?);
                    }
                    "Discount" => {
                        let amount = number(part, "Amount")?.unwrap_or_default();
                        // One that undoes another comes with the other sign, or is flagged itself and does not count.
                        match (voided, amount.is_sign_negative()) {
                            (false, _) => discount = add(discount, amount.abs())?,
                            (true, true) => discount = add(discount, amount)?,
                            (true, false) => {}
                        }
                    }
                    "LoyaltyReward" if !voided => rewards.push(part),
                    _ => {}
                }
            }
        }
        let reward = rewarded(&rewards)?;
        let total = |kinds: &[&str]| -> Result<Option<Decimal>, String> {
            for kind in kinds {
                if let Some(total) = sale.all("Total").find(|total| total.attribute("TotalType") == Some(kind)) {
                    let text = total.text.trim();
                    let wrong = || format!("Total {kind} {:?} is not a number", quote(text, 40));
                    return decimal(text, NumberFormat::default()).map(Some).ok_or_else(wrong);
                }
            }
            Ok(None)
        };
        let named_tax = total(&["TransactionTaxAmount"])?;
        Ok(Self {
            items,
            tenders,
            discount: add(discount, reward)?,
            tax: named_tax.or(line_tax).or(item_tax).unwrap_or_default(),
            grand: total(&["TransactionGrandAmount"])?,
            net: total(&["TransactionNetAmount", "TransactionTotalAmount"])?,
        })
    }

    /// Whether goods only came back.
    pub(super) fn only_refunds(&self) -> bool {
        let mut standing = self.items.iter().filter(|item| !item.voided).peekable();
        standing.peek().is_some() && standing.all(|item| item.refund || item.amount.is_sign_negative())
    }
}

/// What rewards take off. A till may tell a reward twice, as a sum and for each line it falls on: then the sums count.
fn rewarded(rewards: &[&Node]) -> Result<Decimal, String> {
    let summed = rewards.iter().any(|reward| reward.flag("summarizedActivity"));
    let mut off = Decimal::ZERO;
    for reward in rewards {
        let money = reward.text_of("RewardCategory").is_none_or(|category| category == "Monetary");
        if !money || summed && !reward.flag("summarizedActivity") {
            continue;
        }
        let amount = match number(reward, "ExtendedRewardAmount")? {
            Some(amount) => -amount,
            None => number(reward, "Amount")?.unwrap_or_default().abs(),
        };
        off = add(off, amount)?;
    }
    Ok(off)
}

fn item(line: &Node, part: &Node, place: u32, voided: bool, head: &Head<'_>) -> Result<Item, String> {
    let refund = part.name.starts_with("Return");
    let quantity = number(part, "Quantity")?.unwrap_or(Decimal::ONE);
    let unit = match number(part, "ActualSalesUnitPrice")? {
        Some(actual) => Some(actual),
        None => number(part, "RegularSalesUnitPrice")?,
    };
    let amount = match (number(part, "ExtendedAmount")?, unit) {
        (Some(amount), _) => amount,
        (None, Some(unit)) => quantity.checked_mul(unit).ok_or("quantity x price is beyond what a number can hold")?,
        (None, None) => return Err("neither ExtendedAmount nor a unit price".to_owned()),
    };
    let discount = match number(part, "ExtendedDiscountAmount")? {
        Some(discount) => discount.abs(),
        None => {
            let subtracted = part.all("RetailPriceModifier").filter_map(|modifier| modifier.child("Amount"));
            let mut off = Decimal::ZERO;
            for amount in subtracted.filter(|amount| amount.attribute("Action") == Some("Subtract")) {
                off = add(off, decimal(&amount.text, NumberFormat::default()).unwrap_or_default().abs())?;
            }
            off
        }
    };
    // `Return` amounts are positive with some vendors and negative with others; here goods that come back are negative.
    let back = refund && !voided;
    let (quantity, amount) = if back { (-quantity.abs(), -amount.abs()) } else { (quantity, amount) };
    let sku = part.text_of("ItemID").or_else(|| part.child("POSIdentity")?.text_of("POSItemID")).unwrap_or_default();
    let at = ["EndDateTime", "BeginDateTime"].iter().find_map(|name| line.text_of(name));
    Ok(Item {
        place,
        refund,
        voided,
        sku: bounded("ItemID", sku, 128)?,
        name: bounded("Description", part.text_of("Description").unwrap_or_default(), 1024)?,
        quantity,
        unit: unit.map(|unit| unit.abs()),
        amount,
        discount,
        at: at.and_then(|text| head.place.time.read(text).ok()),
    })
}

fn tender(part: &Node, voided: bool) -> Result<Posted, String> {
    let kind = match part.attribute("TenderType").unwrap_or_default() {
        "Cash" => TenderKind::Cash,
        "CreditDebit" | "Credit" | "Debit" | "EBT" => TenderKind::Card,
        "Voucher" | "GiftCard" | "GiftCertificate" | "Coupon" | "ManufacturerCoupon" | "StoredValue" => {
            TenderKind::Voucher
        }
        "Account" | "AccountsReceivable" | "HouseAccount" | "CustomerAccount" | "CoPay" => TenderKind::Account,
        _ => TenderKind::Other,
    };
    let amount = number(part, "Amount")?.ok_or("a tender has no Amount")?;
    let refund = part.attribute("TypeCode") == Some("Refund") && !voided;
    let change = sum(part.all("TenderChange"), "Amount")?.unwrap_or_default();
    Ok(Posted { voided, kind, amount: if refund { -amount.abs() } else { amount }, change: change.abs() })
}

/// Σ of tenders.
fn paid(tenders: &[(TenderKind, Decimal)]) -> Option<Decimal> {
    tenders.iter().try_fold(Decimal::ZERO, |sum, (_, amount)| sum.checked_add(*amount))
}

/// Tenders after what undoes them, with change taken off where a tender's own amount is what was handed over.
fn settled_tenders(posted: &[Posted], total: Decimal) -> Vec<(TenderKind, Decimal)> {
    let mut standing: Vec<&Posted> = Vec::new();
    for tender in posted {
        let undone = |other: &&Posted| other.kind == tender.kind && other.amount == -tender.amount;
        match standing.iter().rposition(undone).filter(|_| tender.voided) {
            Some(at) => drop(standing.remove(at)),
            None if tender.voided => {}
            None => standing.push(tender),
        }
    }
    let plain: Vec<_> = standing.iter().map(|tender| (tender.kind, tender.amount)).collect();
    let net = |tender: &&Posted| match tender.amount.abs() == tender.change {
        // A tender that is itself the change.
        true => (tender.kind, tender.amount),
        false => (tender.kind, tender.amount - tender.change),
    };
    let changed: Vec<_> = standing.iter().map(net).collect();
    if paid(&plain) != Some(total) && paid(&changed) == Some(total) { changed } else { plain }
}

/// Sets aside voided lines and what they undo: the lines that stand, and those that were taken off.
///
/// A voided line is either the line itself, flagged, or its reversal with the other sign behind it.
fn settle(items: &[Item]) -> (Vec<Item>, Vec<Item>) {
    let (mut standing, mut taken): (Vec<Item>, Vec<Item>) = (Vec::new(), Vec::new());
    for item in items {
        if !item.voided {
            standing.push(item.clone());
            continue;
        }
        let undone = |other: &Item| other.sku == item.sku && other.amount == -item.amount && !other.amount.is_zero();
        if let Some(at) = standing.iter().rposition(undone) {
            taken.push(standing.remove(at));
            continue;
        }
        if !item.refund && item.amount.is_sign_negative() && !item.amount.is_zero() {
            // A reversal without its line: it still counts, and it is still told.
            standing.push(item.clone());
        }
        taken.push(item.clone());
    }
    (standing, taken)
}

/// One way to read the amounts.
struct Reading {
    /// Line discounts are still to be taken off the lines.
    gross: bool,
    discount: Decimal,
    tax: Decimal,
}

/// Proves the ticket; `cancelled` ones need no total of their own, for nothing was paid.
pub(super) fn prove(ticket: &Ticket, head: &Head<'_>, cancelled: bool) -> Result<Settled, String> {
    let (standing, voided) = settle(&ticket.items);
    let mut readings = Vec::new();
    for gross in [false, true] {
        for discount in [ticket.discount, Decimal::ZERO] {
            for tax in [ticket.tax, Decimal::ZERO] {
                readings.push(Reading { gross, discount, tax });
            }
        }
    }
    let totals = match (ticket.grand, ticket.net) {
        (Some(grand), _) => vec![grand],
        (None, Some(net)) => vec![add(net, ticket.tax)?, net],
        (None, None) if ticket.tenders.is_empty() => Vec::new(),
        (None, None) => {
            let tenders: Vec<_> = ticket.tenders.iter().map(|tender| (tender.kind, tender.amount)).collect();
            vec![paid(&tenders).ok_or("tenders add up beyond what a number can hold")?]
        }
    };
    if totals.is_empty() && !cancelled {
        return Err("no TransactionGrandAmount, no TransactionNetAmount and no tender".to_owned());
    }
    let mut why = String::new();
    for total in totals {
        for reading in &readings {
            let receipt = receipt(ticket, &standing, reading, Some(total), head)?;
            match receipt.balance() {
                Ok(()) => return Ok(Settled { receipt, voided }),
                Err(unbalanced) if why.is_empty() => why = unbalanced.to_string(),
                Err(_) => {}
            }
        }
    }
    if cancelled && let Some(reading) = readings.first() {
        // Tills write a total of nothing, or none, for what was never paid.
        return Ok(Settled { receipt: receipt(ticket, &standing, reading, None, head)?, voided });
    }
    Err(why)
}

fn receipt(
    ticket: &Ticket,
    standing: &[Item],
    reading: &Reading,
    total: Option<Decimal>,
    head: &Head<'_>,
) -> Result<Receipt, String> {
    let minor = |amount: Decimal| to_minor(amount, head.currency).ok_or_else(|| format!("{amount} is beyond 64 bits"));
    let mut lines = Vec::with_capacity(standing.len());
    for (at, item) in standing.iter().enumerate() {
        let off = if item.amount.is_sign_negative() { -item.discount } else { item.discount };
        let total = if reading.gross { add(item.amount, -off)? } else { item.amount };
        lines.push(SaleLine {
            line_no: at as u32 + 1,
            sku: item.sku.clone(),
            name: item.name.clone(),
            quantity: item.quantity,
            unit_price: unit_price(item, total, off),
            discount_minor: minor(off)?,
            total_minor: minor(total)?,
            sold_at: item.at.unwrap_or(head.at),
        });
    }
    let (discount_minor, tax_minor) = (minor(reading.discount)?, minor(reading.tax)?);
    let total_minor = match total {
        Some(total) => minor(total)?,
        None => {
            let lines = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.total_minor));
            lines.saturating_sub(discount_minor).saturating_add(tax_minor)
        }
    };
    let mut tenders = Vec::with_capacity(ticket.tenders.len());
    for (kind, amount) in settled_tenders(&ticket.tenders, total.unwrap_or_default()) {
        tenders.push(Tender { kind, amount_minor: minor(amount)? });
    }
    Ok(Receipt {
        key: head.key.clone(),
        kind: ReceiptKind::Sale,
        source: ReceiptSource::File,
        closed_at: head.at,
        currency: head.currency,
        total_minor,
        tax_minor,
        discount_minor,
        tenders,
        operator: head.operator.clone(),
        customer: None,
        lines,
    })
}

/// The price of one as it was charged. The regular price of a piece in an offer of several (two for 6.00) is that of the
/// offer: where whole pieces come to something else than their regular price says, what they came to decides.
fn unit_price(item: &Item, total: Decimal, off: Decimal) -> Decimal {
    let charged = || Some((total + off).checked_div(item.quantity)?.abs().round_dp(4).normalize());
    let Some(unit) = item.unit else { return charged().unwrap_or_default() };
    let whole = item.quantity.fract().is_zero() && !item.quantity.is_zero() && item.quantity.scale() == 0;
    let says = item.quantity.checked_mul(unit).map(|says| says.abs());
    if whole && says.is_some_and(|says| says != (total + off).abs() && says != total.abs()) {
        return charged().unwrap_or(unit);
    }
    unit
}
