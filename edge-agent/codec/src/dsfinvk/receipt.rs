//! One transaction (`BON_ID`) as a receipt.

use jiff::Timestamp;
use rust_decimal::Decimal;
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, to_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;

use super::rows::Row;
use crate::scrub::{Field, scrub_field, scrub_text};
use crate::tillfile::{Entry, Place, bounded};

/// Most lines of one receipt.
const LINES: usize = 10_000;

/// A row of `transactions.csv`.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) kind: String,
    number: String,
    cancels: bool,
    ended: String,
    operator: String,
    customer: String,
    total: Result<Option<Decimal>, String>,
    /// As it stands, for people.
    pub(super) text: String,
}

impl Head {
    pub(super) fn read(row: &Row<'_>) -> Self {
        Self {
            id: row.text("BON_ID"),
            kind: row.text("BON_TYP"),
            number: row.text("BON_NR"),
            cancels: row.flag("BON_STORNO"),
            ended: row.text("BON_ENDE"),
            operator: row.text("BEDIENER_ID"),
            customer: row.text("KUNDE_ID"),
            total: row.number("UMS_BRUTTO"),
            text: format!(
                "Bon {} Nr {} Typ {} Ende {} Brutto {}",
                row.text("BON_ID"),
                row.text("BON_NR"),
                row.text("BON_TYP"),
                row.text("BON_ENDE"),
                row.text("UMS_BRUTTO")
            ),
        }
    }

    /// Whether it changes what is in the till: the closing's sums are over these.
    pub(super) fn counts(&self, with_cancellations: bool) -> bool {
        self.kind == "Beleg" || with_cancellations && self.kind == "AVBelegstorno"
    }

    /// Whether it is a receipt at all.
    pub(super) fn is_receipt(&self) -> bool {
        ["Beleg", "AVBelegstorno", "AVTraining", "AVBelegabbruch"].contains(&self.kind.as_str())
    }
}

/// A row of `lines.csv` with its amount from `lines_vat.csv`.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) place: String,
    pub(super) case: String,
    voided: bool,
    sku: String,
    name: String,
    quantity: Result<Option<Decimal>, String>,
    unit: Result<Option<Decimal>, String>,
    pub(super) gross: Decimal,
    /// What is wrong with its amount.
    pub(super) wrong: Option<String>,
    text: String,
}

impl Line {
    pub(super) fn read(row: &Row<'_>) -> Self {
        let sku = ["GTIN", "ART_NR", "WARENGR_ID"].iter().map(|column| row.text(column)).find(|sku| !sku.is_empty());
        Self {
            place: row.text("POS_ZEILE"),
            case: row.text("GV_TYP"),
            voided: row.flag("P_STORNO"),
            sku: sku.unwrap_or_default(),
            name: row.text("ARTIKELTEXT"),
            quantity: row.number("MENGE"),
            unit: row.number("STK_BR"),
            gross: Decimal::ZERO,
            wrong: Some("it has no amount in lines_vat.csv".to_owned()),
            text: row.show(),
        }
    }

    /// Money that moved without a sale.
    fn is_cash_movement(&self) -> bool {
        [
            "Anfangsbestand",
            "Privateinlage",
            "Privatentnahme",
            "Geldtransit",
            "DifferenzSollIst",
            "Lohnzahlung",
            "Einzahlung",
            "Auszahlung",
        ]
        .contains(&self.case.as_str())
    }
}

/// A payment.
#[derive(Debug)]
pub(super) struct Payment {
    pub(super) kind: String,
    pub(super) amount: Result<Option<Decimal>, String>,
}

fn tender_kind(kind: &str) -> TenderKind {
    match kind {
        "Bar" => TenderKind::Cash,
        "ECKarte" | "Kreditkarte" => TenderKind::Card,
        "Guthabenkarte" => TenderKind::Voucher,
        "Keine" => TenderKind::Account,
        // `Unbar` says only what it is not, `ElZahlungsdienstleister` is no card of ours.
        _ => TenderKind::Other,
    }
}

/// Where a transaction belongs.
pub(super) struct Around<'a> {
    pub(super) terminal: &'a TerminalId,
    /// Of the closing.
    pub(super) number: &'a str,
    pub(super) day: Option<BusinessDay>,
    pub(super) currency: Currency,
    pub(super) place: &'a Place<'a>,
}

/// When a transaction ended.
pub(super) fn ended(head: &Head, around: &Around<'_>) -> Result<Timestamp, String> {
    around.place.time.read(&head.ended).map_err(|error| format!("BON_ENDE: {error}"))
}

/// The whole transaction as text, for a person.
pub(super) fn show(head: &Head, lines: &[Line]) -> String {
    let mut text = head.text.clone();
    for line in lines {
        text.push('\n');
        text.push_str(&line.text);
    }
    text
}

/// Proves a transaction; the events are its lines that were taken off.
pub(super) fn prove(
    head: &Head,
    lines: &[Line],
    payments: &[Payment],
    around: &Around<'_>,
) -> Result<Vec<Entry>, String> {
    let closed_at = ended(head, around)?;
    let minor =
        |amount: Decimal| to_minor(amount, around.currency).ok_or_else(|| format!("{amount} is beyond 64 bits"));
    if lines.len() > LINES {
        return Err(format!("more than {LINES} lines"));
    }
    if let Some(wrong) = lines.iter().find_map(|line| Some((line, line.wrong.as_ref()?))) {
        return Err(format!("line {}: {}", wrong.0.place, wrong.1));
    }
    let total = head.total.clone()?.ok_or("UMS_BRUTTO is missing")?;
    let number = if head.number.is_empty() { &head.id } else { &head.number };
    // `BON_NR` may begin anew with every closing.
    let number = bounded("BON_NR", &format!("{}/{number}", around.number), 128)?;
    let (standing, voided) = settle(lines);
    let discount = standing
        .iter()
        .filter(|line| line.case == "Rabatt")
        .try_fold(Decimal::ZERO, |sum, line| sum.checked_sub(line.gross));
    let discount_minor = minor(discount.ok_or("amounts add up beyond what a number can hold")?)?;
    let (mut sum, mut sum_minor) = (Decimal::ZERO, 0_i64);
    let mut sale_lines = Vec::new();
    for line in standing.iter().filter(|line| line.case != "Rabatt") {
        let named = |wrong: String| format!("line {}: {wrong}", line.place);
        sum = sum.checked_add(line.gross).ok_or("amounts add up beyond what a number can hold")?;
        // Amounts have up to five decimals: rounded as a running sum, they still add up to the receipt's.
        let through = minor(sum)?;
        let total_minor = through.checked_sub(sum_minor).ok_or("amounts add up beyond 64 bits")?;
        sum_minor = through;
        let quantity = line.quantity.clone().map_err(named)?.unwrap_or(Decimal::ONE);
        let each = || line.gross.checked_div(quantity).unwrap_or(line.gross).abs().round_dp(5).normalize();
        sale_lines.push(SaleLine {
            line_no: sale_lines.len() as u32 + 1,
            sku: bounded("ART_NR", &line.sku, 128)?,
            name: bounded("ARTIKELTEXT", &line.name, 1024)?,
            quantity,
            unit_price: line.unit.clone().map_err(named)?.unwrap_or_else(each),
            discount_minor: 0,
            total_minor,
            sold_at: closed_at,
        });
    }
    let mut tenders = Vec::with_capacity(payments.len());
    for payment in payments {
        let amount_minor = minor(payment.amount.clone()?.unwrap_or_default())?;
        tenders.push(Tender { kind: tender_kind(&payment.kind), amount_minor });
    }
    let id = |what: &str, text: &str| bounded(what, text, 128).map(|id| Some(id).filter(|id| !id.is_empty()));
    let receipt = Receipt {
        key: ReceiptKey {
            terminal: around.terminal.clone(),
            business_day: around.day.unwrap_or_else(|| around.place.time.business_day(closed_at)),
            number: number.clone(),
        },
        kind: kind(head, lines, total),
        source: ReceiptSource::File,
        closed_at,
        currency: around.currency,
        total_minor: minor(total)?,
        // Prices include tax.
        tax_minor: 0,
        discount_minor,
        tenders,
        operator: id("BEDIENER_ID", &head.operator)?,
        customer: id("KUNDE_ID", &head.customer)?,
        lines: sale_lines,
    };
    receipt.balance().map_err(|unbalanced| unbalanced.to_string())?;
    let operator = receipt.operator.as_deref().map(|id| scrub_text(id).into_owned());
    let mut entries = vec![Entry::receipt(receipt)];
    for (at, line) in voided {
        let kind = TillEventKind::LineVoided {
            receipt: scrub_text(&number).into_owned(),
            line_no: at as u32 + 1,
            sku: scrub_field(&line.sku, Field::Code).into_owned(),
            name: scrub_text(&line.name).into_owned(),
            amount_minor: minor(line.gross.abs())?,
            operator: operator.clone(),
        };
        entries.push(Entry::Event(TillEvent { terminal: around.terminal.clone(), at: closed_at, kind }));
    }
    Ok(entries)
}

fn kind(head: &Head, lines: &[Line], total: Decimal) -> ReceiptKind {
    match head.kind.as_str() {
        "AVTraining" => ReceiptKind::Training,
        "AVBelegabbruch" => ReceiptKind::Void,
        _ if !lines.is_empty() && lines.iter().all(Line::is_cash_movement) => ReceiptKind::Adjustment,
        // A cancellation is a receipt of its own with the signs turned.
        _ if head.cancels || total.is_sign_negative() && !total.is_zero() => ReceiptKind::Return,
        _ => ReceiptKind::Sale,
    }
}

/// A line marked as cancelled goes, together with the one it takes back where it is a line of its own; those that went,
/// with their place.
fn settle(lines: &[Line]) -> (Vec<&Line>, Vec<(usize, &Line)>) {
    let mut standing: Vec<(usize, &Line)> = Vec::new();
    let mut taken: Vec<(usize, &Line)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let undone = |other: &(usize, &Line)| {
            line.voided && other.1.sku == line.sku && other.1.gross == -line.gross && !line.gross.is_zero()
        };
        match standing.iter().rposition(undone) {
            Some(place) => taken.push(standing.remove(place)),
            None => standing.push((at, line)),
        }
        if line.voided && standing.last().is_some_and(|last| last.0 == at) {
            // Its amount still counts: what it takes back is not on this receipt.
            taken.push((at, line));
        }
    }
    (standing.into_iter().map(|(_, line)| line).collect(), taken)
}
