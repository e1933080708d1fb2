//! How fast sales and readings go in, beside a raw bulk insert of the same rows into the same table.
//!
//! `cargo run -p vyavs-store --features testing --example insert_speed [-- LINES [BATCH]]` prints one JSON object an engine.
//! Raw is what the engine's own tools reach: COPY on PostgreSQL, 1,000-row transactions of multi-row inserts on SQLite.
//! Ours stores the head, the lines, the products, the sums of the day and the cursor, and refuses duplicates.

#![allow(missing_docs, clippy::print_stdout, reason = "a program that prints")]

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::{Arguments, AssertSqlSafe};
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, line_id};
use vyavs_store::cursors::{self, Cursor};
use vyavs_store::products::{KnownProducts, product_id};
use vyavs_store::readings::{self, ReadingRow};
use vyavs_store::sales::{self, HeadRow, LineRow};
use vyavs_store::{Db, Origin, orgs, stores, testing};

const LINES_A_RECEIPT: usize = 20;
const START: Timestamp = Timestamp::constant(1_770_000_000, 0);

fn origin() -> Origin {
    let id = Uuid::from_u128;
    let identity = DeviceIdentity { org: OrgId(id(1)), store: StoreId(id(2)), device: DeviceId(id(3)) };
    Origin::new(identity, 1, START)
}

/// Receipts of a busy shop: 3,000 items, a ticket every 20 s.
fn receipts(lines: usize) -> Vec<(HeadRow, Vec<LineRow>)> {
    let mut dice = 1_u64;
    let mut roll = move |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let mut seq = 0;
    (0..lines / LINES_A_RECEIPT)
        .map(|n| {
            let closed_at = START + SignedDuration::from_secs(20 * n as i64);
            let lines: Vec<SaleLine> = (1..=LINES_A_RECEIPT as u32)
                .map(|line_no| {
                    let item = roll(3_000);
                    SaleLine {
                        line_no,
                        sku: format!("{:06}", 100_000 + item),
                        name: format!("ITEM NUMBER {item} OF THE SHELF"),
                        quantity: (roll(4) + 1).into(),
                        unit_price: rust_decimal::Decimal::new(roll(2_000) as i64, 2),
                        discount_minor: 0,
                        total_minor: roll(8_000) as i64,
                        sold_at: closed_at,
                    }
                })
                .collect();
            let receipt = Receipt {
                key: ReceiptKey {
                    terminal: "till-1".parse().expect("a terminal"),
                    business_day: closed_at
                        .to_zoned(jiff::tz::TimeZone::UTC)
                        .date()
                        .to_string()
                        .parse()
                        .expect("a day"),
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
                operator: None,
                customer: Some("17850".to_owned()),
                lines,
            };
            let content_hash = receipt.content_hash();
            let rows = receipt.lines.iter().map(|line| {
                seq += 1;
                LineRow {
                    seq,
                    key: receipt.key.clone(),
                    content_hash,
                    closed_at,
                    currency: receipt.currency,
                    line: line.clone(),
                }
            });
            let rows: Vec<LineRow> = rows.collect();
            seq += 1;
            (
                HeadRow {
                    seq,
                    line_count: receipt.lines.len() as u32,
                    receipt: Receipt { lines: vec![], ..receipt },
                    content_hash,
                },
                rows,
            )
        })
        .collect()
}

async fn shop(db: &Db) {
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
}

/// Ours: lines a second, everything included.
async fn ours(db: &Db, all: &[(HeadRow, Vec<LineRow>)], batch: usize) -> f64 {
    let (origin, mut known, mut through) = (origin(), KnownProducts::default(), 0);
    let count: usize = all.iter().map(|receipt| receipt.1.len()).sum();
    let batches: Vec<(Vec<HeadRow>, Vec<LineRow>)> = all
        .chunks((batch / LINES_A_RECEIPT).max(1))
        .map(|some| {
            (
                some.iter().map(|one| one.0.clone()).collect(),
                some.iter().flat_map(|one| one.1.iter().cloned()).collect(),
            )
        })
        .collect();
    let begun = Instant::now();
    for (heads, lines) in &batches {
        let mut tx = db.begin_write().await.expect("a transaction");
        cursors::lock(&mut tx, origin.device, 0).await.expect("a cursor");
        sales::insert_heads(&mut tx, &origin, heads).await.expect("heads");
        let done = sales::insert_lines(&mut tx, &origin, &mut known, lines).await.expect("lines");
        assert_eq!(done.new as usize, lines.len());
        through += (heads.len() + lines.len()) as u64;
        cursors::advance(&mut tx, &origin, 0, &Cursor { epoch: 1, through, chain: [0; 16] }).await.expect("forward");
        tx.commit().await.expect("a commit");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

async fn ours_readings(db: &Db, count: usize, batch: usize) -> f64 {
    let origin = origin();
    let rows: Vec<ReadingRow> = (0..count)
        .map(|n| ReadingRow {
            seq: n as u64 + 1,
            reading: Reading {
                sensor: format!("fridge-{}.air", n % 12).parse().expect("a sensor"),
                at: START + SignedDuration::from_millis(100 * n as i64),
                value: n as f64 / 7.0,
                quality: Quality::Good,
            },
        })
        .collect();
    let begun = Instant::now();
    for rows in rows.chunks(batch) {
        let mut tx = db.begin_write().await.expect("a transaction");
        readings::insert(&mut tx, &origin, rows).await.expect("readings");
        tx.commit().await.expect("a commit");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

const COLUMNS: &str =
    "id, org_id, store_id, product_id, receipt_id, terminal, receipt, business_day, line_no, sku, name,
    quantity, unit_price, discount_minor, total_amount, currency, transaction_time, customer_id, device_id, epoch, seq";

/// The products are there before the clock starts; ids and texts are made before it, too.
async fn raw(db: &Db, all: &[(HeadRow, Vec<LineRow>)]) -> f64 {
    let origin = origin();
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|(_, lines)| lines)
        .map(|row| {
            let receipt = row.receipt_id(&origin);
            let line = &row.line;
            vec![
                line_id(receipt, line.line_no).to_string(),
                origin.org.to_string(),
                origin.store.to_string(),
                product_id(origin.org, &line.sku).to_string(),
                receipt.to_string(),
                row.key.terminal.to_string(),
                row.key.number.clone(),
                row.key.business_day.to_string(),
                line.line_no.to_string(),
                line.sku.clone(),
                line.name.clone(),
                line.quantity.to_string(),
                line.unit_price.to_string(),
                line.discount_minor.to_string(),
                line.total_minor.to_string(),
                row.currency.to_string(),
                line.sold_at.as_microsecond().to_string(),
                "17850".to_owned(),
                origin.device.to_string(),
                "1".to_owned(),
                row.seq.to_string(),
            ]
        })
        .collect();
    let products: Vec<(String, String)> = rows.iter().map(|row| (row[3].clone(), row[9].clone())).collect();
    match db {
        Db::Sqlite { writer, .. } => {
            let mut tx = writer.begin().await.expect("a transaction");
            for (id, sku) in &products {
                sqlx::query("insert into products (id, organization_id, sku, name, created_at) values ($1, $2, $3, '', 0) on conflict do nothing")
                    .bind(id).bind(&rows[0][1]).bind(sku).execute(&mut *tx).await.expect("a product");
            }
            tx.commit().await.expect("a commit");
            let one = format!("({})", vec!["?"; 21].join(","));
            let begun = Instant::now();
            for some in rows.chunks(1_000) {
                let mut tx = writer.begin().await.expect("a transaction");
                for rows in some.chunks(50) {
                    let sql = format!(
                        "insert into transactions ({COLUMNS}) values {}",
                        vec![one.as_str(); rows.len()].join(",")
                    );
                    let mut values = sqlx::sqlite::SqliteArguments::default();
                    for row in rows {
                        for (at, value) in row.iter().enumerate() {
                            match at {
                                8 | 13 | 14 | 16 | 19 | 20 => values.add(value.parse::<i64>().expect("a number")),
                                _ => values.add(value.clone()),
                            }
                            .expect("a value");
                        }
                    }
                    sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut *tx).await.expect("rows");
                }
                tx.commit().await.expect("a commit");
            }
            rows.len() as f64 / begun.elapsed().as_secs_f64()
        }
        Db::Pg(pool, _) => {
            let mut conn = pool.acquire().await.expect("a connection");
            let (ids, skus): (Vec<String>, Vec<String>) = products.into_iter().unzip();
            sqlx::query("insert into products (id, organization_id, sku, name, created_at) select distinct id::uuid, $1::uuid, sku, '', 0 from unnest($2::text[], $3::text[]) t (id, sku)")
                .bind(&rows[0][1]).bind(ids).bind(skus).execute(&mut *conn).await.expect("products");
            sqlx::raw_sql("select vyavs_ensure_month('transactions', 'transactions_y2026m02', 'transaction_time', 1769904000000000, 1772323200000000)")
                .execute(&mut *conn).await.expect("a partition");
            let texts: Vec<String> =
                rows.chunks(1_000).map(|rows| rows.iter().map(|row| row.join("\t") + "\n").collect()).collect();
            let begun = Instant::now();
            for text in texts {
                let mut copy =
                    conn.copy_in_raw(&format!("copy transactions ({COLUMNS}) from stdin")).await.expect("a copy");
                copy.send(text.as_bytes()).await.expect("rows");
                copy.finish().await.expect("rows");
            }
            rows.len() as f64 / begun.elapsed().as_secs_f64()
        }
    }
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<usize>().expect("a number"));
    let (lines, batch) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(4_000));
    let all = receipts(lines);
    let print = |engine: &str, ours: f64, raw: f64, readings: f64| {
        println!(
            "{}",
            json!({"engine": engine, "lines": lines, "batch": batch, "lines_per_s": ours.round(), "raw_per_s": raw.round(),
            "ratio": (ours / raw * 100.0).round() / 100.0, "readings_per_s": readings.round()})
        );
    };
    let speeds = |run: &dyn Fn(Measure) -> Option<Speed>| {
        let (Some(ours), Some(raw)) = (run(Measure::Ours), run(Measure::Raw)) else { return };
        print(&ours.engine, ours.lines, raw.lines, ours.readings);
    };
    // Each on a database of its own, which is gone afterwards.
    speeds(&|what| {
        let mut speed = None;
        testing::on_sqlite(|db| measure(db, what, &all, batch, &mut speed));
        speed
    });
    speeds(&|what| {
        let mut speed = None;
        testing::on_postgres(|db| measure(db, what, &all, batch, &mut speed));
        speed
    });
}

#[derive(Clone, Copy)]
enum Measure {
    Ours,
    Raw,
}

struct Speed {
    engine: String,
    lines: f64,
    readings: f64,
}

async fn measure(db: Db, what: Measure, all: &[(HeadRow, Vec<LineRow>)], batch: usize, speed: &mut Option<Speed>) {
    shop(&db).await;
    let engine = db.engine().to_owned();
    *speed = Some(match what {
        Measure::Ours => {
            let lines = ours(&db, all, batch).await;
            Speed { engine, lines, readings: ours_readings(&db, all.len() * LINES_A_RECEIPT, batch).await }
        }
        Measure::Raw => Speed { engine, lines: raw(&db, all).await, readings: 0.0 },
    });
}
