//! The two engines agree, and each keeps what it promises.

use std::collections::BTreeMap;

use vyavs_store::{Db, StoreError, both_engines, sales, testing};

use crate::given::{line, receipt, shop};
use crate::sales::ingest;

/// Table, column and whether it may be null, of both engines.
type Schema = BTreeMap<(String, String), bool>;

#[test]
fn both_engines_have_the_same_tables_and_columns() {
    testing::on_postgres(|pg| async move {
        let dir = tempfile::tempdir().expect("a directory");
        let sqlite = testing::sqlite(dir.path()).await;
        let Db::Sqlite { reader, .. } = &sqlite else { panic!("not SQLite") };
        let Db::Pg(pool, _) = &pg else { panic!("not PostgreSQL") };
        let one: Vec<(String, String, bool)> = sqlx::query_as(
            "select m.name, c.name, c.\"notnull\" = 0 and c.pk = 0 from sqlite_schema m, pragma_table_info(m.name) c
             where m.type in ('table', 'view') and m.name not like 'sqlite_%' and m.name not like '\\_sqlx%' escape '\\'
                 and m.name not like 'product\\_fts%' escape '\\'",
        )
        .fetch_all(reader)
        .await
        .expect("a schema");
        let two: Vec<(String, String, bool)> = sqlx::query_as(
            "select c.relname::text, a.attname::text, not a.attnotnull
             from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'p', 'v') and not c.relispartition
               and a.attnum > 0 and not a.attisdropped and c.relname <> '_sqlx_migrations'
               and c.relname <> 'product_words'",
        )
        .fetch_all(pool)
        .await
        .expect("a schema");
        let schema = |rows: Vec<(String, String, bool)>| -> Schema {
            rows.into_iter().map(|(table, column, null)| ((table, column), null)).collect()
        };
        let (one, two) = (schema(one), schema(two));
        assert!(one.len() > 150, "{}", one.len());
        assert_eq!(one, two);

        let names = "select name from sqlite_schema where type = 'index' and name not like 'sqlite_%' order by 1";
        let one: Vec<(String,)> = sqlx::query_as(names).fetch_all(reader).await.expect("indexes");
        let names =
            "select indexname::text from pg_indexes where schemaname = 'public' and indexname like 'idx_%' order by 1";
        let two: Vec<(String,)> = sqlx::query_as(names).fetch_all(pool).await.expect("indexes");
        assert_eq!(one, two);
        sqlite.close().await;
    });
}

both_engines! {
    /// Readers have connections of their own: a write under way neither holds them up nor is seen by them.
    async fn readers_go_on_while_somebody_writes(db: Db) {
        let origin = shop(&db, 1).await;
        let ticket = |number: &str| receipt(number, "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)]);
        ingest(&db, &origin, &[ticket("1")]).await;
        let mut writing = db.begin_write().await.expect("a transaction");
        let (head, rows) = crate::given::rows(&ticket("2"), 50);
        sales::insert_heads(&mut writing, &origin, &[head]).await.expect("a head");
        sales::insert_lines(&mut writing, &origin, &mut vyavs_store::products::KnownProducts::default(), &rows).await.expect("lines");
        let read = async || {
            let mut tx = db.begin_read(origin.org).await.expect("a transaction");
            let count = sales::count_lines(&mut tx, origin.org, origin.store).await.expect("a count");
            (tx, count)
        };
        let all = futures::future::join_all((0..8).map(|_| read()));
        let all = tokio::time::timeout(std::time::Duration::from_secs(20), all).await.expect("nobody waits for the writer");
        assert!(all.iter().all(|(_, count)| *count == 1));
        // And it commits while they still read what they read before.
        writing.commit().await.expect("a commit");
        for (mut tx, _) in all {
            assert_eq!(sales::count_lines(&mut tx, origin.org, origin.store).await.expect("a count"), 1, "a picture of one moment");
        }
        assert_eq!(read().await.1, 2);
    }

    async fn migrating_again_changes_nothing(db: Db) {
        let origin = shop(&db, 1).await;
        db.migrate().await.expect("nothing to do");
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)])]).await;
        db.migrate().await.expect("nothing to do");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        assert_eq!(sales::count_lines(&mut tx, origin.org, origin.store).await.expect("a count"), 1);
    }

    async fn the_views_of_the_design_show_the_same_numbers(db: Db) {
        let origin = shop(&db, 1).await;
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1.25", "2.00", 250)])]).await;
        let sql = "select cast(total_quantity as double precision), total_revenue from daily_sales_summary";
        let seen: (f64, i64) = match &db {
            Db::Sqlite { reader, .. } => sqlx::query_as(sql).fetch_one(reader).await,
            Db::Pg(pool, _) => sqlx::query_as(sql).fetch_one(pool).await,
        }
        .expect("a row");
        assert_eq!(seen, (1.25, 250));
        let sql = "select count(*) from metrics";
        let seen: (i64,) = match &db {
            Db::Sqlite { reader, .. } => sqlx::query_as(sql).fetch_one(reader).await,
            Db::Pg(pool, _) => sqlx::query_as(sql).fetch_one(pool).await,
        }
        .expect("a row");
        assert_eq!(seen, (0,));
    }
}

/// Rows land in the month they belong to, and what the default partition took meanwhile moves over.
#[test]
fn a_month_gets_its_partition_when_its_first_row_comes() {
    testing::on_postgres(|db| async move {
        let Db::Pg(pool, _) = &db else { panic!("not PostgreSQL") };
        let origin = shop(&db, 1).await;
        let sale = |number: &str, closed: &str| receipt(number, closed, vec![line(1, "A", "1", "1.00", 100)]);
        ingest(
            &db,
            &origin,
            &[
                sale("1", "2026-01-31T23:59:59.999999Z"),
                sale("2", "2026-02-01T00:00:00Z"),
                sale("3", "1970-01-01T00:00:00Z"),
            ],
        )
        .await;
        let counts = async || -> Vec<(String, i64)> {
            sqlx::query_as("select tableoid::regclass::text, count(*) from transactions group by 1 order by 1")
                .fetch_all(pool)
                .await
                .expect("counts")
        };
        let row = |name: &str, count| (name.to_owned(), count);
        assert_eq!(
            counts().await,
            [row("transactions_default", 1), row("transactions_y2026m01", 1), row("transactions_y2026m02", 1)]
        );
        // A month whose rows went to the default partition: made by hand here, by a lost partition in life.
        for sql in
            ["insert into transactions_default select * from transactions_y2026m02", "drop table transactions_y2026m02"]
        {
            let sql = if sql.starts_with("insert") {
                "alter table transactions detach partition transactions_y2026m02; insert into transactions_default select * from transactions_y2026m02"
            } else {
                sql
            };
            sqlx::raw_sql(sql).execute(pool).await.expect("the owner may");
        }
        assert_eq!(counts().await, [row("transactions_default", 2), row("transactions_y2026m01", 1)]);
        // Another process, which knows of no partition yet.
        let (bounds,): (bool,) = sqlx::query_as(
            "select vyavs_ensure_month('transactions', 'transactions_y2026m02', 'transaction_time', $1, $2)",
        )
        .bind(crate::given::at("2026-02-01T00:00:00Z").as_microsecond())
        .bind(crate::given::at("2026-03-01T00:00:00Z").as_microsecond())
        .fetch_one(pool)
        .await
        .expect("a partition");
        assert!(bounds);
        assert_eq!(
            counts().await,
            [row("transactions_default", 1), row("transactions_y2026m01", 1), row("transactions_y2026m02", 1)]
        );
        let (_, lines) =
            ingest(&db, &origin, &[sale("2", "2026-02-01T00:00:00Z"), sale("4", "2026-02-28T00:00:00Z")]).await;
        assert_eq!((lines.new, lines.duplicate), (1, 1));
    });
}

/// What is handed out is one file, and it is whole.
#[test]
fn after_a_checkpoint_the_file_alone_is_the_database() {
    testing::on_sqlite(|db| async move {
        let origin = shop(&db, 1).await;
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "2.50", 250)])]).await;
        db.checkpoint().await.expect("nothing reads");
        let Db::Sqlite { reader, .. } = &db else { panic!("not SQLite") };
        let (_, _, file): (i64, String, String) =
            sqlx::query_as("pragma database_list").fetch_one(reader).await.expect("a file");
        let copy = tempfile::tempdir().expect("a directory");
        let path = copy.path().join("copy.sqlite");
        std::fs::copy(&file, &path).expect("a copy");
        let handed = Db::open(&format!("sqlite://{}", path.display())).await.expect("it opens");
        let Db::Sqlite { reader, .. } = &handed else { panic!("not SQLite") };
        let row: (String, String, String) = sqlx::query_as("select receipt, quantity, unit_price from transactions")
            .fetch_one(reader)
            .await
            .expect("the line");
        assert_eq!(row, ("1".to_owned(), "1".to_owned(), "2.50".to_owned()));
        handed.close().await;
    });
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let error = Db::open("mysql://me:secret@host/db").await.expect_err("not ours");
    assert!(matches!(&error, StoreError::Url(_)), "{error}");
    assert_eq!(error.to_string(), "the database url \"…@host/db\" starts with neither sqlite: nor postgres:");
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("hub.sqlite");
    std::fs::write(&path, "this is a text, not a database, and long enough to be looked at as one").expect("a file");
    assert!(Db::open(&format!("sqlite://{}", path.display())).await.is_err());
    assert_eq!(std::fs::read(&path).expect("a file").len(), 70, "it was not touched");
}

/// A server that acknowledges before it syncs is refused.
#[test]
fn a_server_that_may_forget_a_commit_is_refused() {
    testing::on_postgres(|_| async {
        let url = testing::server().expect("it is there");
        let joint = if url.contains('?') { '&' } else { '?' };
        let error = Db::open(&format!("{url}{joint}options=-c%20synchronous_commit%3Doff")).await.expect_err("unsafe");
        assert_eq!(error.to_string(), "synchronous_commit is off, expected on, or an acknowledged sale may be lost");
    });
}
