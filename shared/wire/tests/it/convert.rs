//! A receipt that goes over the wire is the receipt that arrives.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use vyavs_domain::money::{Currency, Decimal};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;
use vyavs_wire::convert::{LineOfReceipt, ReceiptHead, day_from_number, day_number, receipt_records};
use vyavs_wire::record::Record;

fn decimal() -> impl Strategy<Value = Decimal> {
    // 96 bits of digits, any scale: all that the type can hold.
    (-(1_i128 << 96) + 1..1_i128 << 96, 0_u32..=28)
        .prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale))
}

fn instant() -> impl Strategy<Value = Timestamp> {
    // Microseconds of the years 1 to 9999.
    (-62_135_596_800_000_000_i64..253_402_000_000_000_000)
        .prop_map(|micros| Timestamp::from_microsecond(micros).expect("within the calendar"))
}

fn day() -> impl Strategy<Value = BusinessDay> {
    (-719_000_i32..2_900_000).prop_map(|number| day_from_number(number).expect("within the calendar"))
}

fn line() -> impl Strategy<Value = SaleLine> {
    (any::<u32>(), ".{0,20}", ".{0,40}", decimal(), decimal(), any::<i64>(), any::<i64>(), instant()).prop_map(
        |(line_no, sku, name, quantity, unit_price, discount_minor, total_minor, sold_at)| SaleLine {
            line_no,
            sku,
            name,
            quantity,
            unit_price,
            discount_minor,
            total_minor,
            sold_at,
        },
    )
}

fn kind() -> impl Strategy<Value = ReceiptKind> {
    use ReceiptKind::{Adjustment, Return, Sale, Training, Void};
    prop::sample::select(vec![Sale, Return, Void, Training, Adjustment])
}

fn tender() -> impl Strategy<Value = Tender> {
    use TenderKind::{Account, Card, Cash, Other, Voucher};
    (prop::sample::select(vec![Cash, Card, Voucher, Account, Other]), any::<i64>())
        .prop_map(|(kind, amount_minor)| Tender { kind, amount_minor })
}

prop_compose! {
    fn receipt()(
        terminal in "[A-Za-z0-9._-]{1,48}",
        business_day in day(),
        number in ".{0,20}",
        kind in kind(),
        source in prop::sample::select(vec![ReceiptSource::Journal, ReceiptSource::Printer, ReceiptSource::File]),
        closed_at in instant(),
        currency in "[A-Z]{3}",
        (total_minor, tax_minor, discount_minor) in any::<(i64, i64, i64)>(),
        tenders in vec(tender(), 0..4),
        operator in option::of(".{0,10}"),
        customer in option::of(".{0,10}"),
        lines in vec(line(), 0..6),
    ) -> Receipt {
        Receipt {
            key: ReceiptKey { terminal: terminal.parse().expect("a name"), business_day, number },
            kind, source, closed_at,
            currency: currency.parse::<Currency>().expect("three letters"),
            total_minor, tax_minor, discount_minor, tenders, operator, customer, lines,
        }
    }
}

proptest! {
    #[test]
    fn a_receipt_comes_back_as_it_went(receipt in receipt()) {
        let hash = receipt.content_hash();
        let mut back: Option<Receipt> = None;
        for record in receipt_records(&receipt) {
            // Through the bytes, not past them.
            let bytes = postcard::to_stdvec(&record).expect("a vector takes any length");
            match postcard::from_bytes::<Record>(&bytes).expect("readable") {
                Record::ReceiptV1(wire) => {
                    let head = ReceiptHead::try_from(&wire).expect("well formed");
                    prop_assert_eq!(head.line_count as usize, receipt.lines.len());
                    prop_assert_eq!(head.content_hash, hash);
                    prop_assert!(back.is_none(), "one head");
                    back = Some(head.receipt);
                }
                Record::SaleLineV1(wire) => {
                    let line = LineOfReceipt::try_from(&wire).expect("well formed");
                    let back = back.as_mut().expect("the head comes first");
                    prop_assert_eq!(&line.key, &back.key);
                    prop_assert_eq!((line.content_hash, line.closed_at, line.currency), (hash, back.closed_at, back.currency));
                    back.lines.push(line.line);
                }
                other => prop_assert!(false, "not of a receipt: {other:?}"),
            }
        }
        let back = back.expect("a head");
        // 2.50 equals 2.5 as a number; on the wire it must also stay 2.50.
        for (ours, theirs) in receipt.lines.iter().zip(&back.lines) {
            prop_assert_eq!(ours.quantity.scale(), theirs.quantity.scale());
            prop_assert_eq!(ours.unit_price.scale(), theirs.unit_price.scale());
        }
        prop_assert_eq!(back, receipt);
    }

    #[test]
    fn a_day_is_its_number(number in -719_000_i32..2_900_000) {
        prop_assert_eq!(day_number(day_from_number(number).expect("within the calendar")), number);
    }

    /// Every day number there is gives a day or an error.
    #[test]
    fn a_day_outside_the_calendar_is_an_error_and_no_panic(number in any::<i32>()) {
        let _ = day_from_number(number);
    }
}
