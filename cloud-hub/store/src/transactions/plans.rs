//! Proof that each search goes along its index, on both engines, under row-level security where there is one.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{lines, tickets};
use crate::columns::{Id, Json};
use crate::{Db, testing};

/// What the index is asked for, in the order of the texts.
const LINES: [[&str; 2]; 4] = [
    ["product_id", "transaction_time"],
    ["store_id", "transaction_time"],
    ["org_id", "transaction_time"],
    ["org_id", "total_amount"],
];
const HEADS: [[&str; 2]; 5] = [
    ["number", "closed_at"],
    ["customer_id", "closed_at"],
    ["operator", "closed_at"],
    ["kind", "closed_at"],
    ["terminal", "closed_at"],
];

#[test]
fn on_sqlite_every_search_goes_along_its_index() {
    testing::on_sqlite(|db| async move {
        let Db::Sqlite { reader, .. } = &db else { panic!("not SQLite") };
        let texts = lines::LISTS.iter().zip(LINES).chain(tickets::HEADS.iter().zip(HEADS));
        for ([sql, _], columns) in texts {
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(AssertSqlSafe(format!("explain query plan {sql}")))
                .fetch_all(reader)
                .await
                .expect("a plan");
            let first = &plan[0].3;
            // Their indexes begin with what is asked for here: see migration 0012.
            let needed = columns.iter().filter(|column| **column != "org_id");
            assert!(
                first.starts_with("SEARCH") && needed.clone().all(|column| first.contains(column)),
                "{columns:?}: {plan:?}"
            );
        }
    });
}

/// 20,000 lines of 2,000 tickets in 50 stores, so that the planner has something to choose by.
const FILL: &str = "
    insert into organizations (id, name, created_at, updated_at) values ('00000000-0000-0000-0000-000000000001', 'o', 0, 0);
    insert into stores (id, organization_id, name, location, config, timezone, currency, day_starts, created_at)
        select ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, '00000000-0000-0000-0000-000000000001', 's',
            '{}', '{}', 'UTC', 'GBP', '04:00', 0 from generate_series(0, 49) n;
    insert into receipts (id, org_id, store_id, terminal, business_day, number, content_hash, kind, source, currency,
            total_minor, tax_minor, discount_minor, line_count, operator, customer_id, closed_at, tenders, device_id, epoch,
            stream, seq, ingested_at)
        select gen_random_uuid(), '00000000-0000-0000-0000-000000000001',
            ('00000000-0000-0000-0001-' || lpad((n % 50)::text, 12, '0'))::uuid, 'till-' || n % 20, '2026-01-01', n::text, n,
            case when n % 100 = 0 then 'void' else 'sale' end, 'journal', 'GBP', 1, 0, 0, 10, (n % 90)::text,
            case when n % 3 = 0 then 'c-' || n % 500 end, 1767225600000000 + n * 30000000::bigint, '[]',
            gen_random_uuid(), 1, 0, n, 0
        from generate_series(0, 1999) n;
    insert into transactions (id, org_id, store_id, product_id, receipt_id, terminal, receipt, business_day, line_no, sku,
            name, quantity, unit_price, discount_minor, total_amount, currency, transaction_time, device_id, epoch, seq)
        select gen_random_uuid(), r.org_id, r.store_id,
            ('00000000-0000-0000-0002-' || lpad((r.seq * 7 % 1000 + l)::text, 12, '0'))::uuid, r.id, r.terminal, r.number,
            r.business_day, l, 'x', 'a name of some length', 1, 1, 0, r.seq * l, 'GBP', r.closed_at, r.device_id, 1, r.seq
        from receipts r, generate_series(1, 10) l;
    analyze receipts; analyze transactions;
";

#[test]
fn on_postgres_every_search_goes_along_its_index_under_the_tenants_policies() {
    testing::on_postgres(|db| async move {
        let Db::Pg(pool, _) = &db else { panic!("not PostgreSQL") };
        sqlx::raw_sql(FILL).execute(pool).await.expect("rows");
        let begin = "begin; set local role vyavs_app; set local vyavs.org = '00000000-0000-0000-0000-000000000001'";
        let mut tx = pool.begin_with(begin).await.expect("a transaction");
        for ([_, sql], columns) in lines::LISTS.iter().zip(LINES) {
            let lead = if columns[0] == "store_id" { (1 << 48) + 7 } else { (2 << 48) + 0x21 };
            let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(format!("explain {sql}")))
                .persistent(false)
                .bind(Id(Uuid::from_u128(1)))
                .bind(Id(Uuid::from_u128(lead)))
                .bind(0_i64)
                .bind(i64::MAX)
                .bind(Json::of(&[Uuid::from_u128((1 << 48) + 7)]))
                .bind("")
                .bind("")
                .bind("")
                .bind(if columns[1] == "total_amount" { "GBP" } else { "" })
                .bind(19_000_i64)
                .bind(i64::MAX)
                .bind("")
                .bind(i64::MAX)
                .bind(Id(Uuid::max()))
                .bind(51_i64)
                .fetch_all(&mut *tx)
                .await
                .expect("a plan");
            goes_along(&rows, columns);
        }
        for ([_, sql], columns) in tickets::HEADS.iter().zip(HEADS) {
            let asked = |column: &str, word: &'static str| if columns[0] == column { word } else { "" };
            let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(format!("explain {sql}")))
                .persistent(false)
                .bind(Id(Uuid::from_u128(1)))
                .bind(0_i64)
                .bind(i64::MAX)
                .bind(Id(Uuid::nil()))
                .bind(Json::of(&[Uuid::from_u128((1 << 48) + 7)]))
                .bind(asked("terminal", "till-1"))
                .bind(asked("number", "7"))
                .bind(asked("operator", "7"))
                .bind(Json::of(&Vec::from_iter((columns[0] == "customer_id").then_some("c-3"))))
                .bind(asked("kind", "void"))
                .bind(51_i64)
                .fetch_all(&mut *tx)
                .await
                .expect("a plan");
            goes_along(&rows, columns);
        }
    });
}

fn goes_along(plan: &[(String,)], columns: [&str; 2]) {
    let conditions = plan.iter().filter(|line| line.0.contains("Index Cond"));
    let found = conditions.filter(|line| columns.iter().all(|column| line.0.contains(column))).count();
    assert!(found > 0, "{columns:?}: {plan:#?}");
}
