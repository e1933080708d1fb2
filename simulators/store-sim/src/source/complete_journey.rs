//! Complete Journey 2.0 (84.51°) as tickets: supermarket baskets of 2017 (CC0).
//!
//! One basket is one ticket, one row one line; the file holds each basket's rows together and goes by time, so it is
//! read row by row. What the file leaves open was decided so:
//!
//! - **Time.** The file names no zone. Its weeks change at 05:00 in winter and at 04:00 in summer: its times are UTC of
//!   shops whose weeks begin at midnight in the eastern United States. So a time is read as UTC, the store's zone is
//!   America/New_York and its day starts at midnight.
//! - **Money.** `sales_value` is what the shop takes for a line and is the line's total. What the shop itself took off
//!   (`retail_disc`, by loyalty card, and `coupon_match_disc`, its match of a maker's coupon) is the line's discount.
//!   `coupon_disc` is paid by the maker: money for the shop, so it is a voucher among the tenders and not a discount.
//!   How the rest was paid the file does not say, and no tender is made up for it.
//! - **Unit price.** The file has none. It is (total + discount) ÷ quantity with the fewest digits, at least two, from
//!   which quantity × price gives back the file's amount to the cent; 0 where the quantity is 0.
//! - **Names.** `product_type` and `package_size` of `products.csv`; empty where the product is not listed there.
//! - **Shops.** 263 of them. All tickets of a shop come from one till: the shops take turns at the tills in the order
//!   in which they first appear. Or one shop alone is played.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::RoundingStrategy;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::money::{Currency, Decimal, extended_minor, to_minor};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::StoreTime;

use super::table::{Row, Rows, TableError, find};

const COLUMNS: [&str; 10] = [
    "basket_id",
    "store_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
    "transaction_timestamp",
    "household_id",
];

/// Where and for whom the baskets were rung.
#[derive(Clone, Debug)]
pub struct Shops {
    /// Their reading of time.
    pub time: StoreTime,
    /// The tills, which the shops take turns at; at least one.
    pub terminals: Vec<TerminalId>,
    /// Of all amounts.
    pub currency: Currency,
    /// Only this shop (`store_id`); all of them when not given.
    pub only: Option<String>,
}

/// The tickets of the file, one after the other. After an error there is nothing more.
pub struct Tickets {
    rows: Rows<10>,
    names: HashMap<String, String>,
    shops: Shops,
    tills: HashMap<String, usize>,
    /// Baskets that are complete: one that comes again would be two tickets of one number.
    done: HashSet<String>,
    open: Option<Receipt>,
    ended: bool,
}

/// Opens `DIR/transactions.csv` and `DIR/products.csv`, each gzipped or not.
pub fn open(dir: &Path, shops: Shops) -> Result<Tickets, TableError> {
    let rows = Rows::open(find(dir, "transactions.csv")?, COLUMNS)?;
    let mut names = HashMap::new();
    let columns = ["product_id", "product_type", "package_size"];
    let mut products = Rows::open(find(dir, "products.csv")?, columns)?;
    while let Some(row) = products.next()? {
        let [id, what, size] = row.columns;
        names.insert(id.to_owned(), format!("{what} {size}").trim().to_owned());
    }
    Ok(Tickets { rows, names, shops, tills: HashMap::new(), done: HashSet::new(), open: None, ended: false })
}

impl Tickets {
    /// Reads on until a basket is complete.
    fn advance(&mut self) -> Result<Option<Receipt>, TableError> {
        loop {
            let Self { rows, names, shops, tills, done, open, .. } = self;
            let Some(row) = rows.next()? else { return Ok(open.take()) };
            let [basket, store, ..] = row.columns;
            if shops.only.as_ref().is_some_and(|only| only != store) {
                continue;
            }
            let count = tills.len();
            let till = *tills.entry(store.to_owned()).or_insert(count % shops.terminals.len().max(1));
            if let Some(receipt) = open.as_mut().filter(|receipt| receipt.key.number == basket) {
                add(receipt, &row, names)?;
                continue;
            }
            if !done.insert(basket.to_owned()) {
                return Err(row.wrong(format!("basket_id {basket:?} comes again after other baskets")));
            }
            let mut receipt = begin(&row, shops, till)?;
            add(&mut receipt, &row, names)?;
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

/// A time of the file, which is UTC.
fn instant(row: &Row<'_, 10>) -> Result<Timestamp, TableError> {
    let text = row.columns[8];
    let wrong = || row.wrong(format!("transaction_timestamp {text:?} is not YYYY-MM-DD HH:MM:SS"));
    let at: DateTime = text.parse().map_err(|_| wrong())?;
    Ok(at.to_zoned(TimeZone::UTC).map_err(|_| wrong())?.timestamp())
}

fn begin(row: &Row<'_, 10>, shops: &Shops, till: usize) -> Result<Receipt, TableError> {
    let at = instant(row)?;
    let [basket, .., household] = row.columns;
    Ok(Receipt {
        key: ReceiptKey {
            terminal: shops.terminals[till].clone(),
            business_day: shops.time.business_day(at),
            number: basket.to_owned(),
        },
        kind: ReceiptKind::Sale,
        source: ReceiptSource::Journal,
        closed_at: at,
        currency: shops.currency,
        total_minor: 0,
        tax_minor: 0,
        discount_minor: 0,
        tenders: Vec::new(),
        operator: None,
        customer: (!household.is_empty()).then(|| household.to_owned()),
        lines: Vec::new(),
    })
}

fn add(receipt: &mut Receipt, row: &Row<'_, 10>, names: &HashMap<String, String>) -> Result<(), TableError> {
    let at = instant(row)?;
    let currency = receipt.currency;
    let minor = |place: usize| {
        let column = COLUMNS[place];
        let value = row.decimal(place, column)?;
        to_minor(value, currency)
            .ok_or_else(|| row.wrong(format!("{column} {value} is beyond what an amount can hold")))
    };
    let quantity = row.decimal(3, COLUMNS[3])?;
    let (total_minor, coupon_minor) = (minor(4)?, minor(6)?);
    let discount_minor = minor(5)?.saturating_add(minor(7)?);
    let sum = receipt.total_minor.checked_add(total_minor);
    receipt.total_minor = sum.ok_or_else(|| row.wrong("the basket is beyond what an amount can hold".to_owned()))?;
    receipt.closed_at = receipt.closed_at.max(at);
    if coupon_minor != 0 {
        match receipt.tenders.first_mut() {
            Some(voucher) => voucher.amount_minor = voucher.amount_minor.saturating_add(coupon_minor),
            None => receipt.tenders.push(Tender { kind: TenderKind::Voucher, amount_minor: coupon_minor }),
        }
    }
    let sku = row.columns[2];
    receipt.lines.push(SaleLine {
        line_no: receipt.lines.len() as u32 + 1,
        sku: sku.to_owned(),
        name: names.get(sku).cloned().unwrap_or_default(),
        quantity,
        unit_price: unit_price(quantity, total_minor.saturating_add(discount_minor), currency),
        discount_minor,
        total_minor,
        sold_at: at,
    });
    Ok(())
}

/// See the head of the file. Seven digits are enough for any quantity in it; beyond ten the last one stands.
fn unit_price(quantity: Decimal, gross_minor: i64, currency: Currency) -> Decimal {
    let least = currency.exponent();
    let gross = Decimal::new(gross_minor, least);
    let price = |digits: u32| {
        let exact = gross.checked_div(quantity).unwrap_or_default();
        let mut price = exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        price.rescale(digits);
        price
    };
    let fits = |price: &Decimal| extended_minor(quantity, *price, currency) == Some(gross_minor);
    (least..least + 8)
        .map(price)
        .find(fits)
        .unwrap_or_else(|| price(if quantity.is_zero() { least } else { least + 8 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,\
                        coupon_match_disc,week,transaction_timestamp\n";
    const PRODUCTS: &str = "product_id,manufacturer_id,department,brand,product_category,product_type,package_size\n\
                            7,1,GROCERY,National,X,APPLE SAUCE,50 OZ\n8,1,GROCERY,National,,,\n";

    fn shops(tills: usize) -> Shops {
        Shops {
            time: StoreTime::new("America/New_York", jiff::civil::time(0, 0, 0, 0)).expect("a zone"),
            terminals: (1..=tills).map(|number| format!("till-{number}").parse().expect("a name")).collect(),
            currency: "USD".parse().expect("a code"),
            only: None,
        }
    }

    fn read(rows: &str, shops: Shops) -> Result<Vec<Receipt>, TableError> {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("transactions.csv"), format!("{HEAD}{rows}")).expect("written");
        std::fs::write(dir.path().join("products.csv"), PRODUCTS).expect("written");
        open(dir.path(), shops)?.collect()
    }

    #[test]
    fn a_basket_is_one_ticket_with_the_files_money() {
        let receipts = read(
            "906,319,31,7,1.0,1.5,0.29,0.0,0.0,1,2017-01-02 04:30:27\n\
             906,319,31,8,2.0,3.55,1.78,0.55,0.45,1,2017-01-02 04:30:27\n\
             906,319,31,9,3.0,1.0,0.0,0.5,0.0,1,2017-01-02 04:30:27\n\
             12,361,32,7,0.0,4.440892e-16,0.0,1.0,0.0,1,2017-07-01 03:59:59\n",
            shops(1),
        )
        .expect("well-formed");
        assert_eq!(receipts.len(), 2);
        let one = &receipts[0];
        assert_eq!((one.key.number.as_str(), one.total_minor, one.customer.as_deref()), ("31", 605, Some("906")));
        assert_eq!(one.key.business_day.to_string(), "2017-01-01", "half past eleven at night in the shop");
        assert_eq!(one.closed_at.to_string(), "2017-01-02T04:30:27Z");
        assert_eq!(one.tenders, [Tender { kind: TenderKind::Voucher, amount_minor: 105 }]);
        let told: Vec<_> =
            one.lines.iter().map(|l| (l.name.as_str(), l.unit_price.to_string(), l.discount_minor)).collect();
        assert_eq!(told[0], ("APPLE SAUCE 50 OZ", "1.79".to_owned(), 29));
        assert_eq!(told[1], ("", "2.89".to_owned(), 223));
        assert_eq!(told[2], ("", "0.333".to_owned(), 0), "a third of a dollar each, to the digit that is needed");
        let free = &receipts[1];
        assert_eq!((free.total_minor, free.lines[0].unit_price.to_string()), (0, "0.00".to_owned()));
        assert_eq!(free.key.business_day.to_string(), "2017-06-30");
        assert!(receipts.iter().all(|receipt| receipt.balance().is_ok()));
    }

    #[test]
    fn a_shop_stays_at_its_till_and_can_be_played_alone() {
        let rows = "1,a,1,7,1.0,1.0,0.0,0.0,0.0,1,2017-01-02 12:00:00\n1,b,2,7,1.0,1.0,0.0,0.0,0.0,1,2017-01-02 12:00:01\n\
                    1,c,3,7,1.0,1.0,0.0,0.0,0.0,1,2017-01-02 12:00:02\n1,b,4,7,1.0,1.0,0.0,0.0,0.0,1,2017-01-02 12:00:03\n";
        let tills: Vec<String> =
            read(rows, shops(2)).expect("read").iter().map(|r| r.key.terminal.to_string()).collect();
        assert_eq!(tills, ["till-1", "till-2", "till-1", "till-2"]);
        let alone = read(rows, Shops { only: Some("b".to_owned()), ..shops(2) }).expect("read");
        assert_eq!(alone.iter().map(|r| &*r.key.number).collect::<Vec<_>>(), ["2", "4"]);
    }

    #[test]
    fn what_is_no_basket_is_named_with_its_line_and_ends_the_file() {
        let wrong = |rows: &str| read(rows, shops(1)).expect_err("wrong").to_string();
        let torn = wrong(
            "1,a,1,7,1.0,1.0,0,0,0,1,2017-01-02 12:00:00\n1,a,2,7,1.0,1.0,0,0,0,1,2017-01-02 12:00:00\n1,a,1,7,1.0,1.0,0,0,0,1,2017-01-02 12:00:00\n",
        );
        assert!(torn.contains("line 4") && torn.contains("comes again"), "{torn}");
        assert!(wrong("1,a,1,7,one,1.0,0,0,0,1,2017-01-02 12:00:00\n").contains("line 2: quantity \"one\""));
        assert!(wrong("1,a,1,7,1,1.0,0,0,0,1,yesterday\n").contains("transaction_timestamp \"yesterday\""));
        assert!(matches!(open(Path::new("/nonexistent"), shops(1)), Err(TableError::NoFile { .. })));
    }
}
