//! The bytes of a print job: the layout `vyavs-plain`, drawer pulses and pictures.

use jiff::Timestamp;
use vyavs_domain::money::Decimal;
use vyavs_domain::sale::{Receipt, ReceiptKind, TenderKind};
use vyavs_domain::time::StoreTime;

const COLUMNS: usize = 42;
const RESET_AND_CODE_PAGE: &[u8] = b"\x1b@\x1bt\x10";
const CUT: &[u8] = b"\x1dVB\x00";
const DRAWER: &[u8] = b"\x1bp\x00\x19\xfa";

/// A ticket as one print job.
pub fn receipt_job(store: &str, receipt: &Receipt, time: &StoreTime) -> Vec<u8> {
    let mut job = RESET_AND_CODE_PAGE.to_vec();
    for row in rows(store, receipt, time) {
        job.extend(row.chars().map(to_wpc1252));
        job.push(b'\n');
    }
    job.extend_from_slice(CUT);
    if receipt.tenders.iter().any(|tender| tender.kind == TenderKind::Cash) {
        job.extend_from_slice(DRAWER);
    }
    job
}

/// A receipt of which only the text is known, as one print job.
pub fn page_job(rows: &[String]) -> Vec<u8> {
    let mut job = RESET_AND_CODE_PAGE.to_vec();
    for row in rows {
        job.extend(one_row(row).chars().map(to_wpc1252));
        job.push(b'\n');
    }
    job.extend_from_slice(CUT);
    job
}

/// A drawer opened without a sale: the pulse and nothing else.
pub fn no_sale_job() -> Vec<u8> {
    [b"\x1b@".as_slice(), DRAWER].concat()
}

/// A ticket as a picture: nobody can read it without looking.
pub fn raster_job(receipt: &Receipt) -> Vec<u8> {
    const WIDTH_BYTES: u16 = 48;
    let height = 24 * (8 + 2 * u16::try_from(receipt.lines.len()).unwrap_or(1_000).min(1_000));
    let mut job = b"\x1b@\x1dv0\x00".to_vec();
    job.extend_from_slice(&WIDTH_BYTES.to_le_bytes());
    job.extend_from_slice(&height.to_le_bytes());
    let ink = receipt.content_hash();
    for row in 0..height {
        for column in 0..WIDTH_BYTES {
            // Rows of something like letters, with white between; all byte values occur, control bytes too.
            let mixed = ink.rotate_left(u32::from(row / 24 * 7 + column * 5) % 64) >> 8;
            job.push(if row % 24 < 18 { (mixed % 256) as u8 } else { 0 });
        }
    }
    job.extend_from_slice(CUT);
    job
}

fn rows(store: &str, receipt: &Receipt, time: &StoreTime) -> Vec<String> {
    let stamp = |at: Timestamp| time.local(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let amount = |minor: i64| Decimal::new(minor, receipt.currency.exponent()).to_string();
    let mut rows = vec![one_row(store), format!("Receipt: {}", receipt.key.number)];
    let operator = receipt.operator.as_ref().map_or_else(String::new, |operator| format!("  Op: {operator}"));
    rows.push(format!("Till: {}{operator}", receipt.key.terminal));
    let date = stamp(receipt.closed_at);
    let day = receipt.key.business_day.to_string();
    let other_day = !date.starts_with(&day);
    rows.push(format!("Date: {date}"));
    if let Some(kind) = kind_word(receipt.kind) {
        rows.push(format!("Kind: {kind}"));
    }
    if other_day {
        rows.push(format!("Day: {day}"));
    }
    rows.extend(receipt.customer.iter().map(|customer| format!("Customer: {customer}")));
    rows.push("-".repeat(COLUMNS));
    for line in &receipt.lines {
        let name = one_row(&line.name);
        // Two leading spaces mark a row of a line, so a name may have one at most.
        rows.push(if name.starts_with("  ") { format!(" {}", name.trim_start()) } else { name });
        let left = format!("  {}  {} x {}", one_row(&line.sku), line.quantity, line.unit_price);
        rows.push(spread(&left, &amount(line.total_minor)));
        if line.discount_minor != 0 {
            rows.push(spread("  discount", &amount(-line.discount_minor)));
        }
        if line.sold_at != receipt.closed_at {
            rows.push(format!("  at {}", stamp(line.sold_at)));
        }
    }
    rows.push("-".repeat(COLUMNS));
    let sum = receipt.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.total_minor));
    rows.push(spread("Subtotal", &amount(sum)));
    if receipt.discount_minor != 0 {
        rows.push(spread("Discount", &amount(-receipt.discount_minor)));
    }
    if receipt.tax_minor != 0 {
        rows.push(spread("Tax", &amount(receipt.tax_minor)));
    }
    rows.push(spread(&format!("TOTAL {}", receipt.currency), &amount(receipt.total_minor)));
    rows.extend(receipt.tenders.iter().map(|tender| spread(tender_word(tender.kind), &amount(tender.amount_minor))));
    rows
}

fn kind_word(kind: ReceiptKind) -> Option<&'static str> {
    match kind {
        ReceiptKind::Sale => None,
        ReceiptKind::Return => Some("return"),
        ReceiptKind::Void => Some("void"),
        ReceiptKind::Training => Some("training"),
        ReceiptKind::Adjustment => Some("adjustment"),
    }
}

fn tender_word(kind: TenderKind) -> &'static str {
    match kind {
        TenderKind::Cash => "Cash",
        TenderKind::Card => "Card",
        TenderKind::Voucher => "Voucher",
        TenderKind::Account => "Account",
        TenderKind::Other => "Other",
    }
}

/// `left … right`, filled to the paper's width with at least one space.
fn spread(left: &str, right: &str) -> String {
    let gap = COLUMNS.saturating_sub(left.chars().count() + right.len()).max(1);
    format!("{left}{}{right}", " ".repeat(gap))
}

/// A text that cannot break out of its row.
fn one_row(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Windows-1252, as the printer's code page 16; `?` for what it does not have.
fn to_wpc1252(c: char) -> u8 {
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match u32::from(c) {
        code @ (0x20..=0x7E | 0xA0..=0xFF) => code as u8,
        _ => match UPPER.iter().position(|upper| *upper == c) {
            Some(place) => 0x80 + place as u8,
            None => b'?',
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::{london, receipt};

    fn text(job: &[u8]) -> String {
        let body = job.strip_prefix(RESET_AND_CODE_PAGE).expect("a reset");
        let end = body.windows(4).position(|bytes| bytes == CUT).expect("a cut");
        body[..end].iter().map(|byte| char::from(*byte)).collect()
    }

    /// The example of docs/receipt-layouts.md, so that the page cannot drift from the program.
    #[test]
    fn the_layout_is_the_documented_one() {
        let page = include_str!("../../../../docs/receipt-layouts.md");
        let mut receipt = receipt("536365");
        receipt.closed_at = "2010-12-01T08:26:00Z".parse().expect("a time");
        receipt.key.business_day = "2010-12-01".parse().expect("a date");
        receipt.lines.iter_mut().for_each(|line| line.sold_at = receipt.closed_at);
        let job = receipt_job("Fountain Road (simulated)", &receipt, &london());
        assert!(page.contains(&text(&job)), "{}", text(&job));
        assert!(job.ends_with(CUT), "paid by card: no drawer");
    }

    #[test]
    fn a_ticket_of_oddities_keeps_all_it_says() {
        let mut receipt = receipt("C1");
        receipt.kind = ReceiptKind::Return;
        receipt.key.business_day = "2011-06-30".parse().expect("a date");
        receipt.customer = Some("17850".to_owned());
        receipt.operator = None;
        receipt.tax_minor = 99;
        receipt.discount_minor = 100;
        receipt.total_minor = 1_959;
        receipt.tenders[0].kind = TenderKind::Cash;
        receipt.lines[0].name = "  Dotcom £20 ’\n".to_owned();
        receipt.lines[0].unit_price = "-11062.06".parse().expect("a decimal");
        receipt.lines[1].name = String::new();
        receipt.lines[1].sku = "BANK CHARGES".to_owned();
        receipt.lines[1].sold_at = "2011-07-01T07:25:00Z".parse().expect("a time");
        let job = receipt_job("Caf\u{e9} (simulated)", &receipt, &london());
        let text = text(&job);
        for row in [
            "Caf\u{e9} (simulated)\n",
            "Till: till-1\n",
            "Kind: return\nDay: 2011-06-30\nCustomer: 17850\n---",
            "\n Dotcom \u{a3}20 \u{92} \n",
            "x -11062.06 ",
            "\n\n  BANK CHARGES  0.254 x 18.90 ",
            "\n  discount                           -0.50\n  at 2011-07-01 08:25:00\n",
            "\nDiscount                             -1.00\nTax                                   0.99\nTOTAL GBP",
            "\nCash",
        ] {
            assert!(text.contains(row), "{row:?} in\n{text}");
        }
        assert!(job.ends_with(DRAWER));
        assert_eq!(to_wpc1252('日'), b'?');
        assert_eq!(to_wpc1252('\u{7f}'), b'?');
    }

    #[test]
    fn a_picture_is_as_long_as_it_says() {
        let job = raster_job(&receipt("1"));
        let (width, height) = (u16::from_le_bytes([job[6], job[7]]), u16::from_le_bytes([job[8], job[9]]));
        assert_eq!(job.len(), 10 + usize::from(width) * usize::from(height) + CUT.len());
        assert_eq!(no_sale_job(), b"\x1b@\x1bp\x00\x19\xfa");
    }
}
