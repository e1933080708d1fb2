//! How fast the catalog and the lines of sale are searched, beside the best SQL we could write by hand for the same question.
//!
//! `cargo run --release -p vyavs-store --features testing --example bench_search [-- PRODUCTS [TICKETS]]` prints a table.
//! Ours is the store's function, transaction included, as the API calls it: a page of 50 with everything the answer shows.
//! By hand is one statement for that one question, on a plain connection, that gives back the same rows' ids: no filter that
//! was not asked for, no tenant's reach, no head of the ticket. Both take turns, and each question is asked with other words.

#![allow(missing_docs, clippy::print_stdout, reason = "a program that prints")]

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine};
use vyavs_store::products::{self, KnownProducts, ProductFilter, SearchText, product_id};
use vyavs_store::sales::{self, HeadRow, LineRow};
use vyavs_store::transactions::{self, TransactionFilter};
use vyavs_store::{Db, Origin, orgs, stores, testing};

const START: Timestamp = Timestamp::constant(1_770_000_000, 0);
const LINES: u64 = 10;
const ASKED: u64 = 300;
const WORDS: [&str; 40] = [
    "apple", "bread", "cheese", "dark", "eggs", "fresh", "green", "honey", "ice", "juice", "kale", "lemon", "milk",
    "nuts", "organic", "pasta", "quick", "red", "salt", "tea", "unsweet", "vanilla", "white", "xylitol", "yoghurt",
    "zest", "box", "pack", "bottle", "family", "mini", "large", "light", "classic", "premium", "spicy", "smoked",
    "dried", "frozen", "sliced",
];

fn origin() -> Origin {
    let id = Uuid::from_u128;
    let identity = DeviceIdentity { org: OrgId(id(1)), store: StoreId(id(2)), device: DeviceId(id(3)) };
    Origin::new(identity, 1, START)
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.roll(WORDS.len() as u64) as usize]
    }
}

fn name(item: u64) -> String {
    let mut dice = Dice(item);
    (0..4).map(|_| dice.word()).collect::<Vec<_>>().join(" ")
}

fn ticket(n: u64, items: u64, dice: &mut Dice) -> Receipt {
    let closed_at = START + SignedDuration::from_secs(20 * n.cast_signed());
    let lines = (1..=LINES as u32).map(|line_no| {
        let item = dice.roll(items);
        SaleLine {
            line_no,
            sku: format!("{:06}", 100_000 + item),
            name: name(item),
            quantity: (dice.roll(4) + 1).into(),
            unit_price: rust_decimal::Decimal::new(dice.roll(2_000).cast_signed(), 2),
            discount_minor: 0,
            total_minor: dice.roll(8_000).cast_signed(),
            sold_at: closed_at,
        }
    });
    let lines: Vec<SaleLine> = lines.collect();
    Receipt {
        key: ReceiptKey {
            terminal: "till-1".parse().expect("a terminal"),
            business_day: closed_at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string().parse().expect("a day"),
            number: (500_000 + n).to_string(),
        },
        kind: ReceiptKind::Sale,
        source: ReceiptSource::Journal,
        closed_at,
        currency: "GBP".parse().expect("a code"),
        total_minor: 0,
        tax_minor: 0,
        discount_minor: 0,
        tenders: vec![],
        operator: Some("7".to_owned()),
        customer: None,
        lines,
    }
}

/// A shop whose every product was sold at least once.
async fn fill(db: &Db, items: u64, tickets: u64) {
    let origin = origin();
    let mut tx = db.begin_write().await.expect("a transaction");
    orgs::put(&mut tx, origin.org, "Org", None, START).await.expect("an organization");
    let store = stores::Store {
        id: origin.store,
        org: origin.org,
        name: "Shop".to_owned(),
        location: json!({}),
        config: json!({}),
        timezone: "UTC".to_owned(),
        currency: "GBP".parse().expect("a code"),
        day_starts: jiff::civil::time(4, 0, 0, 0),
        created_at: START,
    };
    stores::put(&mut tx, &store).await.expect("a store");
    tx.commit().await.expect("a commit");
    let (mut dice, mut known, mut next) = (Dice(1), KnownProducts::default(), 0);
    for from in (0..tickets).step_by(200) {
        let mut tx = db.begin_write().await.expect("a transaction");
        for n in from..(from + 200).min(tickets) {
            let mut receipt = ticket(n, items, &mut dice);
            for line in &mut receipt.lines {
                if next == items {
                    break;
                }
                (line.sku, line.name) = (format!("{:06}", 100_000 + next), name(next));
                next += 1;
            }
            let content_hash = receipt.content_hash();
            let (seq, line_count) = (n * (LINES + 1), LINES as u32);
            let row = |line: &SaleLine| LineRow {
                seq: seq + u64::from(line.line_no),
                key: receipt.key.clone(),
                content_hash,
                closed_at: receipt.closed_at,
                currency: receipt.currency,
                line: line.clone(),
            };
            let rows: Vec<LineRow> = receipt.lines.iter().map(row).collect();
            let head = HeadRow { seq, receipt: Receipt { lines: vec![], ..receipt }, content_hash, line_count };
            sales::insert_heads(&mut tx, &origin, &[head]).await.expect("a head");
            sales::insert_lines(&mut tx, &origin, &mut known, &rows).await.expect("lines");
        }
        tx.commit().await.expect("a commit");
    }
    if let Db::Pg(pool, _) = db {
        sqlx::raw_sql("analyze").execute(pool).await.expect("statistics");
    }
}

/// One statement's rows, all its parameters texts.
async fn by_hand(db: &Db, sql: &'static str, words: &[String]) -> usize {
    match db {
        Db::Sqlite { reader, .. } => {
            let query = words.iter().fold(sqlx::query(sql), |query, word| query.bind(word));
            query.fetch_all(reader).await.expect("rows").len()
        }
        Db::Pg(pool, _) => {
            let query = words.iter().fold(sqlx::query(sql), |query, word| query.bind(word));
            query.fetch_all(pool).await.expect("rows").len()
        }
    }
}

struct Times(Vec<f64>);

impl Times {
    fn at(&mut self, share: f64) -> f64 {
        self.0.sort_by(f64::total_cmp);
        self.0[((self.0.len() - 1) as f64 * share) as usize]
    }
}

#[derive(Clone, Copy)]
enum Question {
    Words,
    Newest,
    OfProduct,
    Number,
}

async fn ours(db: &Db, question: Question, text: &str) -> usize {
    let origin = origin();
    let mut tx = db.begin_read(origin.org).await.expect("a transaction");
    let filter = TransactionFilter {
        stores: vec![origin.store],
        span: (START, START + SignedDuration::from_hours(24 * 3660)),
        ..TransactionFilter::default()
    };
    let filter = match question {
        Question::Words => {
            let filter = ProductFilter { search: SearchText::of(text), ..ProductFilter::default() };
            return products::page(&mut tx, origin.org, &filter, (None, 0), 51).await.expect("a page").len();
        }
        Question::Newest => filter,
        Question::OfProduct => TransactionFilter { product: Some(product_id(origin.org, text)), ..filter },
        Question::Number => TransactionFilter { number: Some(text.to_owned()), ..filter },
    };
    transactions::page(&mut tx, origin.org, &filter, (None, 0), 51).await.expect("a page").len()
}

async fn measure(db: &Db, items: u64, tickets: u64) {
    fill(db, items, tickets).await;
    let pg = matches!(db, Db::Pg(..));
    let store = origin().store.to_string();
    let questions: [(&str, Question, &'static str); 4] = [
        ("products by two words", Question::Words, match pg {
            true => "select p.id from products p
                where p.id in (select product_id from product_words where word >= $1 and word < $1 || '~')
                    and p.id in (select product_id from product_words where word >= $2 and word < $2 || '~')
                order by p.sku limit 51",
            false => "select p.id from product_fts f join product_search s on s.n = f.rowid join products p on p.id = s.product_id
                where product_fts match $1 order by p.sku limit 51",
        }),
        ("newest lines of a store", Question::Newest, match pg {
            true => "select id from transactions where store_id = cast($1 as uuid) order by transaction_time desc, id desc limit 51",
            false => "select id from transactions where store_id = $1 order by transaction_time desc, id desc limit 51",
        }),
        ("newest lines of a product", Question::OfProduct, match pg {
            true => "select id from transactions where product_id = cast($1 as uuid) order by transaction_time desc, id desc limit 51",
            false => "select id from transactions where product_id = $1 order by transaction_time desc, id desc limit 51",
        }),
        ("lines by ticket number", Question::Number, match pg {
            true => "select id from transactions where store_id = cast($1 as uuid) and receipt = $2 order by transaction_time desc, id desc limit 51",
            false => "select id from transactions where store_id = $1 and receipt = $2 order by transaction_time desc, id desc limit 51",
        }),
    ];
    for (what, question, sql) in questions {
        let (mut our, mut hand, mut dice) = (Times(Vec::new()), Times(Vec::new()), Dice(7));
        for n in 0..ASKED + 10 {
            let (text, words) = match question {
                Question::Words => {
                    let (one, two) = (&dice.word()[..3], &dice.word()[..3]);
                    let words = match pg {
                        true => vec![one.to_owned(), two.to_owned()],
                        false => vec![format!("\"{one}\"* AND \"{two}\"*")],
                    };
                    (format!("{one} {two}"), words)
                }
                Question::Newest => (String::new(), vec![store.clone()]),
                Question::OfProduct => {
                    let sku = format!("{:06}", 100_000 + dice.roll(items));
                    let id = product_id(origin().org, &sku).to_string();
                    (sku, vec![id])
                }
                Question::Number => {
                    let number = (500_000 + dice.roll(tickets)).to_string();
                    (number.clone(), vec![store.clone(), number])
                }
            };
            let begun = Instant::now();
            let found = ours(db, question, &text).await;
            let between = Instant::now();
            let there = by_hand(db, sql, &words).await;
            assert_eq!(found, there, "{what}: {text}");
            // The first ones warm the caches of statements.
            if n >= 10 {
                our.0.push((between - begun).as_secs_f64() * 1e3);
                hand.0.push(between.elapsed().as_secs_f64() * 1e3);
            }
        }
        let (p50, p95) = (our.at(0.5), our.at(0.95));
        println!("| {} | {what} | {p50:.2} | {p95:.2} | {:.2} | {:.2} |", db.engine(), hand.at(0.5), hand.at(0.95));
    }
}

fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse().expect("a number"));
    let (items, tickets) = (args.next().unwrap_or(20_000), args.next().unwrap_or(20_000));
    println!("{items} products, {} lines of sale, {ASKED} questions each, pages of 50", tickets * LINES);
    println!("\n| engine | question | ours p50 ms | p95 | by hand p50 ms | p95 |\n|---|---|---:|---:|---:|---:|");
    testing::on_sqlite(|db| async move { measure(&db, items, tickets).await });
    testing::on_postgres(|db| async move { measure(&db, items, tickets).await });
}
