//! How fast the hub's commit path takes sale lines and readings, beside a bulk insert of the same rows into the same table.
//!
//! `cargo run --release -p vyavs-store --features testing --example bench_commit [-- LINES [RUNS]]` prints a table.
//! Raw is what the engine's own tools reach with 1,000 rows a transaction: COPY on PostgreSQL, prepared multi-row inserts
//! on SQLite; it stores the rows and nothing else, and its texts are made before the clock starts. Ours is the path of
//! ingest: cursor, heads, lines, products, the sums of the day, and duplicates refused, in transactions of 1,000 lines and
//! of 4,000, which is what the hub gathers while a backlog drains. Every measurement has a fresh database; raw and ours
//! take turns.

#![allow(missing_docs, clippy::print_stdout, reason = "a program that prints")]

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::{Arguments, AssertSqlSafe, PgConnection, SqliteConnection};
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
                customer: Some("cus_hufvscctnhndp2rshnxc7hw3ijokkhj7".to_owned()),
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

fn reading_rows(count: usize) -> Vec<ReadingRow> {
    let row = |n: usize| ReadingRow {
        seq: n as u64 + 1,
        reading: Reading {
            sensor: format!("fridge-{}.air", n % 12).parse().expect("a sensor"),
            at: START + SignedDuration::from_millis(100 * n as i64),
            value: n as f64 / 7.0,
            quality: Quality::Good,
        },
    };
    (0..count).map(row).collect()
}

async fn ours_readings(db: &Db, rows: &[ReadingRow], batch: usize) -> f64 {
    let (origin, mut through) = (origin(), 0);
    let begun = Instant::now();
    for rows in rows.chunks(batch) {
        let mut tx = db.begin_write().await.expect("a transaction");
        cursors::lock(&mut tx, origin.device, 1).await.expect("a cursor");
        let done = readings::insert(&mut tx, &origin, rows).await.expect("readings");
        assert_eq!(done.new as usize, rows.len());
        through += rows.len() as u64;
        cursors::advance(&mut tx, &origin, 1, &Cursor { epoch: 1, through, chain: [0; 16] }).await.expect("forward");
        tx.commit().await.expect("a commit");
    }
    rows.len() as f64 / begun.elapsed().as_secs_f64()
}

/// A table as its engine's own tools fill it.
struct Bulk {
    table: &'static str,
    columns: &'static str,
    /// Which columns are whole numbers, and which are fractions, on SQLite.
    whole: &'static [usize],
    fraction: &'static [usize],
    rows: Vec<Vec<String>>,
}

const COLUMNS: &str = "id, org_id, store_id, product_id, receipt_id, terminal, receipt, business_day, line_no, sku, name, \
    quantity, unit_price, discount_minor, total_amount, currency, transaction_time, customer_id, device_id, epoch, seq";

fn bulk_lines(all: &[(HeadRow, Vec<LineRow>)]) -> Bulk {
    let origin = origin();
    let rows = all.iter().flat_map(|(_, lines)| lines).map(|row| {
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
    });
    Bulk {
        table: "transactions",
        columns: COLUMNS,
        whole: &[8, 13, 14, 16, 19, 20],
        fraction: &[],
        rows: rows.collect(),
    }
}

fn bulk_readings(rows: &[ReadingRow]) -> Bulk {
    let origin = origin();
    let rows = rows.iter().map(|ReadingRow { reading, .. }| {
        vec![
            origin.store.to_string(),
            reading.sensor.to_string(),
            reading.at.as_microsecond().to_string(),
            origin.org.to_string(),
            reading.value.to_string(),
            "0".to_owned(),
        ]
    });
    let columns = "store_id, sensor, at, org_id, value, quality";
    Bulk { table: "readings", columns, whole: &[2, 5], fraction: &[4], rows: rows.collect() }
}

/// Rows a second, 1,000 a transaction; what the rows refer to is there before the clock starts.
async fn raw(db: &Db, bulk: &Bulk) -> f64 {
    let seconds = match db {
        Db::Sqlite { writer, .. } => {
            let mut conn = writer.acquire().await.expect("a connection");
            raw_sqlite(&mut conn, bulk).await
        }
        Db::Pg(pool, _) => {
            let mut conn = pool.acquire().await.expect("a connection");
            raw_pg(&mut conn, bulk).await
        }
    };
    bulk.rows.len() as f64 / seconds
}

async fn raw_sqlite(conn: &mut SqliteConnection, bulk: &Bulk) -> f64 {
    if bulk.table == "transactions" {
        let products: BTreeSet<(&str, &str)> = bulk.rows.iter().map(|row| (&*row[3], &*row[9])).collect();
        sqlx::raw_sql("begin").execute(&mut *conn).await.expect("a transaction");
        for (id, sku) in products {
            const SQL: &str =
                "insert into products (id, organization_id, sku, name, created_at) values (?, ?, ?, '', 0)";
            sqlx::query(SQL).bind(id).bind(&bulk.rows[0][1]).bind(sku).execute(&mut *conn).await.expect("a product");
        }
        sqlx::raw_sql("commit").execute(&mut *conn).await.expect("a commit");
    }
    let one = format!("({})", vec!["?"; bulk.rows[0].len()].join(","));
    let begun = Instant::now();
    for some in bulk.rows.chunks(1_000) {
        sqlx::raw_sql("begin immediate").execute(&mut *conn).await.expect("a transaction");
        for rows in some.chunks(50) {
            let values = vec![one.as_str(); rows.len()].join(",");
            let sql = format!("insert into {} ({}) values {values}", bulk.table, bulk.columns);
            let mut values = sqlx::sqlite::SqliteArguments::default();
            for (at, value) in rows.iter().flat_map(|row| row.iter().enumerate()) {
                if bulk.whole.contains(&at) {
                    values.add(value.parse::<i64>().expect("a number"))
                } else if bulk.fraction.contains(&at) {
                    values.add(value.parse::<f64>().expect("a number"))
                } else {
                    values.add(value.clone())
                }
                .expect("a value");
            }
            sqlx::query_with(AssertSqlSafe(sql), values).execute(&mut *conn).await.expect("rows");
        }
        sqlx::raw_sql("commit").execute(&mut *conn).await.expect("a commit");
    }
    begun.elapsed().as_secs_f64()
}

async fn raw_pg(conn: &mut PgConnection, bulk: &Bulk) -> f64 {
    let (table, key) = match bulk.table {
        "readings" => ("readings", "at"),
        table => (table, "transaction_time"),
    };
    let month = format!(
        "select vyavs_ensure_month('{table}', '{table}_y2026m02', '{key}', 1769904000000000, 1772323200000000)"
    );
    sqlx::raw_sql(AssertSqlSafe(month)).execute(&mut *conn).await.expect("a partition");
    let texts: Vec<String> =
        bulk.rows.chunks(1_000).map(|rows| rows.iter().map(|row| row.join("\t") + "\n").collect()).collect();
    let begun = Instant::now();
    for text in texts {
        let mut copy = conn.copy_in_raw(&format!("copy {table} ({}) from stdin", bulk.columns)).await.expect("a copy");
        copy.send(text.as_bytes()).await.expect("rows");
        copy.finish().await.expect("rows");
    }
    begun.elapsed().as_secs_f64()
}

/// What is measured, each on a database of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    RawLines,
    Lines(usize),
    RawReadings,
    Readings(usize),
}

const ALL: [Measure; 6] = [
    Measure::RawLines,
    Measure::Lines(1_000),
    Measure::Lines(4_000),
    Measure::RawReadings,
    Measure::Readings(1_000),
    Measure::Readings(4_000),
];

impl Measure {
    fn raw(self) -> Self {
        match self {
            Self::RawLines | Self::Lines(_) => Self::RawLines,
            Self::RawReadings | Self::Readings(_) => Self::RawReadings,
        }
    }

    fn name(self, engine: &str) -> (&'static str, usize, String) {
        let bulk = if engine == "postgres" { "COPY" } else { "prepared multi-row insert" };
        match self {
            Self::RawLines => ("sale lines", 1_000, format!("raw: {bulk}")),
            Self::Lines(rows) => ("sale lines", rows, "hub commit".to_owned()),
            Self::RawReadings => ("readings", 1_000, format!("raw: {bulk}")),
            Self::Readings(rows) => ("readings", rows, "hub commit".to_owned()),
        }
    }
}

/// The rows that all measurements store.
struct Rows {
    receipts: Vec<(HeadRow, Vec<LineRow>)>,
    readings: Vec<ReadingRow>,
    lines: Bulk,
    raw_readings: Bulk,
}

async fn measure(db: Db, what: Measure, rows: &Rows, speed: &mut Option<f64>) {
    shop(&db).await;
    *speed = Some(match what {
        Measure::RawLines => raw(&db, &rows.lines).await,
        Measure::Lines(batch) => ours(&db, &rows.receipts, batch).await,
        Measure::RawReadings => raw(&db, &rows.raw_readings).await,
        Measure::Readings(batch) => ours_readings(&db, &rows.readings, batch).await,
    });
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<usize>().expect("a number"));
    let (lines, runs) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(3).max(1));
    let (receipts, readings) = (receipts(lines), reading_rows(lines));
    let rows = Rows { lines: bulk_lines(&receipts), raw_readings: bulk_readings(&readings), receipts, readings };
    println!("{lines} rows a measurement, median of {runs} runs and the lowest and highest of them.\n");
    println!(
        "| engine | rows | a transaction | way | rows/s | lowest–highest | of raw |\n|---|---|--:|---|--:|--:|--:|"
    );
    for engine in ["sqlite", "postgres"] {
        let mut speeds: Vec<(Measure, Vec<f64>)> = ALL.iter().map(|what| (*what, Vec::new())).collect();
        for _ in 0..runs {
            for (what, all) in &mut speeds {
                let mut speed = None;
                match engine {
                    "sqlite" => testing::on_sqlite(|db| measure(db, *what, &rows, &mut speed)),
                    _ => testing::on_postgres(|db| measure(db, *what, &rows, &mut speed)),
                }
                all.extend(speed);
            }
        }
        for (what, all) in speeds.iter().filter(|(_, all)| !all.is_empty()) {
            let raw = speeds.iter().find(|(other, _)| *other == what.raw()).map_or(0.0, |(_, all)| median(all));
            let (kind, batch, way) = what.name(engine);
            let low = all.iter().copied().fold(f64::INFINITY, f64::min);
            let high = all.iter().copied().fold(0.0, f64::max);
            println!(
                "| {engine} | {kind} | {batch} | {way} | {:.0} | {low:.0}–{high:.0} | {:.2} |",
                median(all),
                median(all) / raw
            );
        }
    }
}
