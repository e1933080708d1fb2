//! The chain: 200 stores that ring 14 tickets of 10 lines a day each.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::AssertSqlSafe;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine};
use vyavs_store::products::KnownProducts;
use vyavs_store::sales::{self, HeadRow, LineRow};
use vyavs_store::{Db, Origin, orgs, stores};

pub(crate) const STORES: u64 = 200;
pub(crate) const PRODUCTS: u64 = 20_000;
const TICKETS_A_DAY: u64 = 14;
const LINES: u64 = 10;
/// 2026-01-01 00:00 UTC.
pub(crate) const START: Timestamp = Timestamp::constant(1_767_225_600, 0);
const WORDS: [&str; 40] = [
    "apple", "bread", "cheese", "dark", "eggs", "fresh", "green", "honey", "ice", "juice", "kale", "lemon", "milk",
    "nuts", "organic", "pasta", "quick", "red", "salt", "tea", "unsweet", "vanilla", "white", "xylitol", "yoghurt",
    "zest", "box", "pack", "bottle", "family", "mini", "large", "light", "classic", "premium", "spicy", "smoked",
    "dried", "frozen", "sliced",
];

#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) lines: u64,
    pub(crate) days: u64,
}

impl Size {
    pub(crate) fn of(lines: u64) -> Self {
        let days = lines.div_ceil(STORES * TICKETS_A_DAY * LINES).max(1);
        Self { lines: days * STORES * TICKETS_A_DAY * LINES, days }
    }

    pub(crate) fn tickets(self) -> u64 {
        self.lines / LINES
    }

    /// The end of the last day.
    pub(crate) fn end(self) -> Timestamp {
        START + SignedDuration::from_hours(24 * self.days.cast_signed())
    }
}

pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    pub(crate) fn word(&mut self) -> &'static str {
        WORDS[self.roll(WORDS.len() as u64) as usize]
    }
}

pub(crate) fn org() -> OrgId {
    OrgId(Uuid::from_u128(1))
}

pub(crate) fn store_id(n: u64) -> StoreId {
    StoreId(Uuid::from_u128(0x1000_0000_0000 + u128::from(n)))
}

fn origin(n: u64) -> Origin {
    let device = DeviceId(Uuid::from_u128(0x2000_0000_0000 + u128::from(n)));
    Origin::new(DeviceIdentity { org: org(), store: store_id(n), device }, 1, START)
}

pub(crate) fn sku(item: u64) -> String {
    format!("{:06}", 100_000 + item)
}

fn name(item: u64) -> String {
    let mut dice = Dice(item);
    (0..4).map(|_| dice.word()).collect::<Vec<_>>().join(" ")
}

/// Half the products lie in 250 categories of 40, the others in ten of 1,000.
pub(crate) fn category(dice: &mut Dice, small: bool) -> String {
    if small { format!("small-{}", dice.roll(250)) } else { format!("large-{}", dice.roll(10)) }
}

fn ticket(n: u64, store: u64, day: u64, dice: &mut Dice) -> Receipt {
    let second = 8 * 3600 + dice.roll(12 * 3600);
    let closed_at = START + SignedDuration::from_secs((day * 86_400 + second).cast_signed());
    let lines: Vec<SaleLine> = (1..=LINES as u32)
        .map(|line_no| {
            // Every product is sold at the beginning.
            let item = match n * LINES + u64::from(line_no) - 1 {
                first if first < PRODUCTS => first,
                _ => dice.roll(PRODUCTS),
            };
            let dear = if dice.roll(20_000) == 0 { 100 } else { 1 };
            SaleLine {
                line_no,
                sku: sku(item),
                name: name(item),
                quantity: (dice.roll(4) + 1).into(),
                unit_price: rust_decimal::Decimal::new(dice.roll(2_000).cast_signed(), 2),
                discount_minor: 0,
                total_minor: (dice.roll(4_000) + 1).cast_signed() * dear,
                sold_at: closed_at,
            }
        })
        .collect();
    Receipt {
        key: ReceiptKey {
            terminal: format!("till-{}", dice.roll(8)).parse().expect("a terminal"),
            business_day: closed_at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string().parse().expect("a day"),
            number: (500_000 + n).to_string(),
        },
        kind: match dice.roll(200) {
            0 => ReceiptKind::Void,
            1..=6 => ReceiptKind::Return,
            _ => ReceiptKind::Sale,
        },
        source: ReceiptSource::Journal,
        closed_at,
        currency: "GBP".parse().expect("a code"),
        total_minor: lines.iter().map(|line| line.total_minor).sum(),
        tax_minor: 0,
        discount_minor: 0,
        tenders: vec![],
        operator: Some((store * 10 + dice.roll(10)).to_string()),
        customer: (dice.roll(3) == 0).then(|| pseudonym(dice.roll(100_000))),
        lines,
    }
}

/// Under what a customer stands: shaped as the hub's keyed pseudonyms are, and as short of a pattern that an index could use.
pub(crate) fn pseudonym(number: u64) -> String {
    let mut dice = Dice(number + 1);
    let letters = (0..32).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[dice.roll(32) as usize]));
    format!("cus_{}", letters.collect::<String>())
}

/// Rows in the order of time, a transaction an eighth of the chain's day.
pub(crate) async fn fill(db: &Db, size: Size) {
    let mut tx = db.begin_write().await.expect("a transaction");
    orgs::put(&mut tx, org(), "Org", None, START).await.expect("an organization");
    for n in 0..STORES {
        let store = stores::Store {
            id: store_id(n),
            org: org(),
            name: format!("Shop {n}"),
            location: json!({}),
            config: json!({}),
            timezone: "UTC".to_owned(),
            currency: "GBP".parse().expect("a code"),
            day_starts: jiff::civil::time(4, 0, 0, 0),
            created_at: START,
        };
        stores::put(&mut tx, &store).await.expect("a store");
    }
    tx.commit().await.expect("a commit");
    let (mut dice, mut known, mut n) = (Dice(1), KnownProducts::default(), 0);
    for day in 0..size.days {
        for from in (0..STORES).step_by(25) {
            let mut tx = db.begin_write().await.expect("a transaction");
            for store in from..from + 25 {
                let (mut heads, mut rows) = (Vec::new(), Vec::new());
                for _ in 0..TICKETS_A_DAY {
                    let receipt = ticket(n, store, day, &mut dice);
                    let (content_hash, seq) = (receipt.content_hash(), n * (LINES + 1));
                    rows.extend(receipt.lines.iter().map(|line| LineRow {
                        seq: seq + u64::from(line.line_no),
                        key: receipt.key.clone(),
                        content_hash,
                        closed_at: receipt.closed_at,
                        currency: receipt.currency,
                        line: line.clone(),
                    }));
                    let receipt = Receipt { lines: vec![], ..receipt };
                    heads.push(HeadRow { seq, receipt, content_hash, line_count: LINES as u32 });
                    n += 1;
                }
                let origin = origin(store);
                sales::insert_heads(&mut tx, &origin, &heads).await.expect("heads");
                sales::insert_lines(&mut tx, &origin, &mut known, &rows).await.expect("lines");
            }
            tx.commit().await.expect("a commit");
        }
    }
    around(db).await;
}

/// Categories, and stock of 1,000 products in every store, counted a month before the end at the earliest.
async fn around(db: &Db) {
    const CATEGORIES: &str = "update products set category = case when cast(sku as integer) % 2 = 0
        then 'small-' || (cast(sku as integer) / 2 % 250) else 'large-' || (cast(sku as integer) / 2 % 10) end";
    let new_id = match db {
        Db::Sqlite { .. } => {
            "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'
                || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
        }
        Db::Pg(..) => "gen_random_uuid()",
    };
    let stock = format!(
        "insert into inventory (id, org_id, store_id, product_id, current_stock, reorder_point, last_updated, counted_at)
            select {new_id}, s.organization_id, s.id, p.id, {q}50{q}, {q}49{q}, 0, m.newest - 2592000000000
            from stores s cross join (select id from products order by sku limit 1000) p
            cross join (select max(closed_at) as newest from receipts) m",
        q = if matches!(db, Db::Pg(..)) { "" } else { "'" }
    );
    match db {
        // The hub never analyzes SQLite: measured is what it would be.
        Db::Sqlite { writer, .. } => {
            for sql in [CATEGORIES, &stock] {
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(writer).await.expect("done");
            }
        }
        Db::Pg(pool, _) => {
            for sql in [CATEGORIES, &stock, "vacuum analyze"] {
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.expect("done");
            }
        }
    }
}
