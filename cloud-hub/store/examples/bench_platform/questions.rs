//! What is asked, by the store's functions and by hand.

use jiff::SignedDuration;
use vyavs_domain::sale::ReceiptKind;
use vyavs_domain::time::BusinessDay;

use vyavs_store::products::{self, ProductFilter, SearchText, product_id};
use vyavs_store::transactions::{self, TransactionFilter};
use vyavs_store::{Db, Within, alarms, forecasts, inventory, kpis, sync};

use crate::fill::{Dice, PRODUCTS, START, STORES, Size, category, org, pseudonym, sku, store_id};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    Words,
    Chain,
    Store,
    OldDay,
    Product,
    Number,
    Customer,
    Cashier,
    Void,
    Till,
    SmallCategory,
    LargeCategory,
    RareTotal,
    Total,
    Dashboard,
    Kpis,
}

impl Question {
    pub(crate) const ALL: [Self; 16] = [
        Self::Words,
        Self::Chain,
        Self::Store,
        Self::OldDay,
        Self::Product,
        Self::Number,
        Self::Customer,
        Self::Cashier,
        Self::Void,
        Self::Till,
        Self::SmallCategory,
        Self::LargeCategory,
        Self::RareTotal,
        Self::Total,
        Self::Dashboard,
        Self::Kpis,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Words => "products by two words",
            Self::Chain => "newest lines of the chain",
            Self::Store => "newest lines of a store",
            Self::OldDay => "lines of a store on an old day",
            Self::Product => "lines of a product",
            Self::Number => "lines by ticket number",
            Self::Customer => "lines by customer",
            Self::Cashier => "lines by cashier",
            Self::Void => "lines of voids",
            Self::Till => "lines by till",
            Self::SmallCategory => "lines of a small category",
            Self::LargeCategory => "lines of a large category",
            Self::RareTotal => "lines of 1,000.00 and more",
            Self::Total => "lines of 39.00 and more",
            Self::Dashboard => "dashboard of a store",
            Self::Kpis => "figures of the chain (kpis)",
        }
    }

    pub(crate) fn word(self, size: Size, dice: &mut Dice) -> String {
        match self {
            Self::Words => format!("{} {}", &dice.word()[..3], &dice.word()[..3]),
            Self::Store | Self::Dashboard => store_id(dice.roll(STORES)).to_string(),
            Self::OldDay => dice.roll(size.days).to_string(),
            Self::Product => product_id(org(), &sku(dice.roll(PRODUCTS))).to_string(),
            Self::Number => (500_000 + dice.roll(size.tickets())).to_string(),
            Self::Customer => pseudonym(dice.roll(100_000)),
            Self::Cashier => dice.roll(STORES * 10).to_string(),
            Self::Till => format!("till-{}", dice.roll(8)),
            Self::SmallCategory => category(dice, true),
            Self::LargeCategory => category(dice, false),
            Self::Chain | Self::Void | Self::RareTotal | Self::Total | Self::Kpis => String::new(),
        }
    }
}

/// How many rows the API's own functions find; `None` where a count says nothing.
pub(crate) async fn ours(db: &Db, size: Size, question: Question, word: &str) -> Option<usize> {
    let mut tx = db.begin_read(org()).await.expect("a transaction");
    let all = TransactionFilter {
        stores: (0..STORES).map(store_id).collect(),
        span: (START, size.end()),
        ..TransactionFilter::default()
    };
    let some = Some(word.to_owned());
    let pounds = "GBP".parse().expect("a code");
    let filter = match question {
        Question::Words => {
            let filter = ProductFilter { search: SearchText::of(word), ..ProductFilter::default() };
            return Some(products::page(&mut tx, org(), &filter, (None, 0), 51).await.expect("a page").len());
        }
        Question::Chain => all,
        Question::Store => TransactionFilter { stores: vec![word.parse().expect("an id")], ..all },
        Question::OldDay => {
            let day = START + SignedDuration::from_hours(24 * word.parse::<i64>().expect("a number"));
            let span = (day, day + SignedDuration::from_hours(24));
            TransactionFilter { stores: vec![store_id(7)], span, ..all }
        }
        Question::Product => TransactionFilter { product: Some(word.parse().expect("an id")), ..all },
        Question::Number => TransactionFilter { number: some, ..all },
        Question::Customer => TransactionFilter { customer: some.map(|one| vec![one]), ..all },
        Question::Cashier => TransactionFilter { operator: some, ..all },
        Question::Void => TransactionFilter { kind: Some(ReceiptKind::Void), ..all },
        Question::Till => TransactionFilter { terminal: some, ..all },
        Question::SmallCategory | Question::LargeCategory => TransactionFilter { category: some, ..all },
        Question::RareTotal => TransactionFilter { total: Some((pounds, 100_000, i64::MAX)), ..all },
        Question::Total => TransactionFilter { total: Some((pounds, 3_900, i64::MAX)), ..all },
        Question::Dashboard => {
            let store = word.parse().expect("an id");
            let days = [(store, today(size))];
            kpis::days(&mut tx, org(), &days).await.expect("figures");
            kpis::last_sales(&mut tx, org()).await.expect("times");
            alarms::open_by_store(&mut tx, org()).await.expect("alarms");
            sync::states(&mut tx, org()).await.expect("devices");
            inventory::count_low(&mut tx, org(), store).await.expect("stock");
            forecasts::made(&mut tx, org(), Within::one(store)).await.expect("forecasts");
            return None;
        }
        Question::Kpis => {
            let now = size.end();
            kpis::days(&mut tx, org(), &(0..STORES).map(|n| (store_id(n), today(size))).collect::<Vec<_>>())
                .await
                .expect("figures");
            kpis::last_sales(&mut tx, org()).await.expect("times");
            alarms::open_by_store(&mut tx, org()).await.expect("alarms");
            sync::states(&mut tx, org()).await.expect("devices");
            for ago in [0, 7, 364] {
                let to = now - SignedDuration::from_hours(24 * ago);
                let span = (to - SignedDuration::from_hours(24), to);
                kpis::by_hour(&mut tx, org(), Within::ALL, span).await.expect("hours");
            }
            return None;
        }
    };
    Some(transactions::page(&mut tx, org(), &filter, (None, 0), 51).await.expect("a page").len())
}

fn today(size: Size) -> BusinessDay {
    BusinessDay((size.end() - SignedDuration::from_hours(12)).to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// One statement for the question; `$1` is the word. How many rows, where they are the same rows.
pub(crate) async fn by_hand(db: &Db, size: Size, question: Question, word: &str) -> Option<usize> {
    let pg = matches!(db, Db::Pg(..));
    let uuid = if pg { "cast($1 as uuid)" } else { "$1" };
    let newest = "order by transaction_time desc, id desc limit 51";
    let heads = "order by closed_at desc, id desc limit 51";
    let org = format!("org_id = '{}'", org());
    let at = |time: jiff::Timestamp| time.as_microsecond();
    let mut word = word.to_owned();
    let (sql, same) = match question {
        Question::Words if pg => {
            let (one, two) = word.split_once(' ').expect("two words");
            let range = |word: &str| {
                format!("select product_id from product_words where {org} and word >= '{word}' and word < '{word}~'")
            };
            (
                format!(
                    "select id from products where id in ({}) and id in ({}) and $1 <> '' order by sku limit 51",
                    range(one),
                    range(two)
                ),
                true,
            )
        }
        Question::Words => {
            word = word.split(' ').map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" AND ");
            ("select p.id from product_fts f join product_search s on s.n = f.rowid join products p on p.id = s.product_id
                where product_fts match $1 order by p.sku limit 51".to_owned(), true)
        }
        Question::Chain => (format!("select id from transactions where {org} and $1 = '' {newest}"), true),
        Question::Store => (format!("select id from transactions where store_id = {uuid} {newest}"), true),
        Question::OldDay => {
            let day = START + SignedDuration::from_hours(24 * word.parse::<i64>().expect("a number"));
            let to = day + SignedDuration::from_hours(24);
            (
                format!(
                    "select id from transactions where store_id = '{}' and transaction_time >= {} and transaction_time < {} and $1 <> '' {newest}",
                    store_id(7),
                    at(day),
                    at(to)
                ),
                true,
            )
        }
        Question::Product => (format!("select id from transactions where product_id = {uuid} {newest}"), true),
        Question::Number => (format!("select id from receipts where {org} and number = $1 {heads}"), false),
        Question::Customer => (format!("select id from receipts where {org} and customer_id = $1 {heads}"), false),
        Question::Cashier => (format!("select id from receipts where {org} and operator = $1 {heads}"), false),
        Question::Void => (format!("select id from receipts where {org} and kind = 'void' and $1 = '' {heads}"), false),
        Question::Till => (format!("select id from receipts where {org} and terminal = $1 {heads}"), false),
        Question::SmallCategory | Question::LargeCategory => (
            format!(
                "select id from transactions where {org} and product_id in (select id from products where category = $1) {newest}"
            ),
            true,
        ),
        Question::RareTotal => {
            (format!("select id from transactions where {org} and total_amount >= 100000 and $1 = '' {newest}"), true)
        }
        Question::Total => {
            (format!("select id from transactions where {org} and total_amount >= 3900 and $1 = '' {newest}"), true)
        }
        Question::Dashboard => (
            format!("select sales_minor from store_days where store_id = {uuid} and business_day = '{}'", today(size)),
            false,
        ),
        Question::Kpis => (
            format!(
                "select sum(total_minor) from receipts where {org} and closed_at >= {} and $1 = '' group by closed_at / 3600000000",
                at(size.end() - SignedDuration::from_hours(24))
            ),
            false,
        ),
    };
    // Only texts of this file and the numbers above.
    let sql = sqlx::AssertSqlSafe(sql);
    let rows = match db {
        Db::Sqlite { reader, .. } => sqlx::query(sql).bind(word).fetch_all(reader).await.expect("rows").len(),
        Db::Pg(pool, _) => sqlx::query(sql).bind(word).fetch_all(pool).await.expect("rows").len(),
    };
    same.then_some(rows)
}
