//! No organization sees another's rows: by the arguments of every read, and on PostgreSQL by the database itself.

use sqlx::postgres::PgPool;
use vyavs_store::alarms::{self, AlarmFilter};
use vyavs_store::receipts::{self, ReceiptFilter};
use vyavs_store::{
    Db, Within, both_engines, daily, devices, events, kpis, losses, products, sensors, stores, sync, testing, users,
};

use crate::given::{identity, line, receipt, shop};
use crate::sales::ingest;

both_engines! {
    async fn another_organization_s_ids_lead_nowhere(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        ingest(&db, &theirs, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)])]).await;
        let mut tx = db.begin_read(theirs.org).await.expect("a transaction");
        let id = receipts::page(&mut tx, theirs.org, theirs.store, &ReceiptFilter::default(), None, 9).await.expect("a page")[0].id;
        drop(tx);
        // Asked under my own rights with their ids, and even with the hub's rights: the argument alone must do.
        for hub in [false, true] {
            let mut tx = if hub { db.begin_read_hub().await } else { db.begin_read(mine.org).await }.expect("a transaction");
            let tx = &mut tx;
            let (org, store) = (mine.org, theirs.store);
            assert_eq!(receipts::get(tx, org, id).await.expect("a query"), None);
            assert!(receipts::page(tx, org, store, &ReceiptFilter::default(), None, 9).await.expect("a query").is_empty());
            assert_eq!(stores::get(tx, org, store).await.expect("a query"), None);
            assert!(sensors::list(tx, org, store).await.expect("a query").is_empty());
            assert!(sync::view(tx, org, store).await.expect("a query").is_empty());
            assert!(losses::list(tx, org, store, 9).await.expect("a query").is_empty());
            assert!(events::page(tx, org, store, None, 9).await.expect("a query").is_empty());
            assert!(daily::kept(tx, org, store).await.expect("a query").is_empty());
            assert!(daily::recompute(tx, org, store).await.expect("a query").is_empty());
            let filter = AlarmFilter { within: Within::one(store), open: None };
            assert!(alarms::page(tx, org, filter, None, 9).await.expect("a query").is_empty());
            assert_eq!(products::by_sku(tx, org, "A").await.expect("a query"), None);
            assert!(users::list(tx, org).await.expect("a query").is_empty());
            assert_eq!(devices::list(tx, org).await.expect("a query").len(), 1, "mine only");
            let day = "2026-02-03".parse().expect("a day");
            assert!(kpis::days(tx, org, &[(store, day)]).await.expect("a query").is_empty());
            assert!(kpis::by_day(tx, org, Within::one(store), (day, day)).await.expect("a query").is_empty());
            let span = (mine.received_at - jiff::SignedDuration::from_hours(24), mine.received_at);
            assert!(kpis::by_hour(tx, org, Within::one(store), span).await.expect("a query").is_empty());
        }
    }

    async fn a_person_writes_for_the_own_organization_only(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut tx = db.begin_read(theirs.org).await.expect("a transaction");
        let their_store = stores::get(&mut tx, theirs.org, theirs.store).await.expect("a query").expect("the store");
        drop(tx);
        // Renaming it as mine does not move it, and on PostgreSQL naming it theirs is refused.
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        let grab = stores::Store { org: mine.org, name: "Mine now".to_owned(), ..their_store.clone() };
        let done = stores::put(&mut tx, &grab).await;
        assert!(done.is_ok() || matches!(db, Db::Pg(..)));
        drop(tx);
        if matches!(db, Db::Pg(..)) {
            let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
            assert!(stores::put(&mut tx, &their_store).await.is_err(), "row-level security lets it through");
        }
        let mut tx = db.begin_read(theirs.org).await.expect("a transaction");
        assert_eq!(stores::get(&mut tx, theirs.org, theirs.store).await.expect("a query"), Some(their_store));
    }

    async fn a_reader_cannot_write(db: Db) {
        let origin = shop(&db, 1).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        assert!(sync::disconnected(&mut tx, origin.device).await.is_err());
    }
}

/// PostgreSQL's own guard, asked with plain SQL as the application's role.
#[test]
fn without_the_setting_the_application_sees_nothing() {
    testing::on_postgres(|db| async move {
        let Db::Pg(pool, _) = &db else { panic!("not PostgreSQL") };
        let origin = shop(&db, 1).await;
        shop(&db, 2).await;
        ingest(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)])]).await;
        let tables: Vec<(String,)> = sqlx::query_as(
            "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
               and c.relname not in ('_sqlx_migrations', 'hub_meta') order by 1",
        )
        .fetch_all(pool)
        .await
        .expect("tables");
        assert!(tables.len() > 20, "{tables:?}");
        for (table,) in tables {
            let tenant = match table.as_str() {
                "organizations" => "id",
                "users" | "stores" | "products" => "organization_id",
                _ => "org_id",
            };
            let count = async |begin: &str, rest: &str| count(pool, begin, &table, rest).await;
            let hub = count("set local role vyavs_hub", "").await.expect("the hub sees all");
            if table == "refresh_tokens" {
                assert!(count("set local role vyavs_app", "").await.is_err(), "sign-ins are the hub's alone");
                continue;
            }
            let none = count("set local role vyavs_app", "").await.expect("a query");
            assert_eq!(none, 0, "{table} without vyavs.org");
            let empty = count("set local role vyavs_app; set local vyavs.org = ''", "").await.expect("a query");
            assert_eq!(empty, 0, "{table} with an empty vyavs.org");
            let set = format!("set local role vyavs_app; set local vyavs.org = '{}'", origin.org);
            let mine = count(&set, "").await.expect("a query");
            let expected = count("set local role vyavs_hub", &format!("where {tenant} = '{}'", origin.org))
                .await
                .expect("a query");
            assert_eq!(mine, expected, "{table} with vyavs.org");
            assert!(mine <= hub);
            // It cannot switch the guard off: the query fails rather than showing more.
            assert!(count(&format!("{set}; set local row_security = off"), "").await.is_err(), "{table}");
        }
        let stores = count(pool, "set local role vyavs_hub", "stores", "").await.expect("a query");
        assert_eq!(stores, 2, "or the test above proves nothing");
        // Partitions and the function that makes them are out of the application's reach.
        assert!(count(pool, "set local role vyavs_app", "transactions_default", "").await.is_err());
        let made = "set local role vyavs_app; select vyavs_ensure_month('readings', 'readings_y2026m09', 'at', 0, 1)";
        assert!(count(pool, made, "stores", "").await.is_err());
    });
}

async fn count(pool: &PgPool, begin: &str, table: &str, rest: &str) -> Result<i64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(begin.to_owned())).execute(&mut *tx).await?;
    let sql = format!("select count(*) from {table} {rest}");
    let (count,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *tx).await?;
    Ok(count)
}

/// The hub's login need not be a superuser: one that may create roles, or is given them, is enough.
#[test]
fn a_plain_login_is_enough() {
    testing::on_postgres(|db| async move {
        let Db::Pg(pool, _) = &db else { panic!("not PostgreSQL") };
        let name = format!("vyavs_plain_{}", uuid::Uuid::new_v4().simple());
        for sql in [
            format!("create role {name} login createrole nosuperuser"),
            format!("grant vyavs_app, vyavs_hub to {name}"),
            format!("create database {name} owner {name}"),
        ] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.expect("an administrator may");
        }
        let url = testing::server().expect("it is there").replacen("postgres@", &format!("{name}@"), 1);
        let plain = Db::open(&url.replacen("/postgres?", &format!("/{name}?"), 1)).await.expect("it opens");
        plain.migrate().await.expect("it migrates");
        plain.migrate().await.expect("and again");
        let origin = shop(&plain, 1).await;
        let sale = receipt("1", "2026-02-03T10:00:00Z", vec![line(1, "A", "1", "1.00", 100)]);
        let (heads, lines) = ingest(&plain, &origin, &[sale]).await;
        assert_eq!((heads.new, lines.new), (1, 1));
        let mut tx = plain.begin_read(identity(1).org).await.expect("a transaction");
        assert_eq!(stores::list(&mut tx, identity(1).org).await.expect("stores").len(), 1);
        drop(tx);
        // Even the owner of the tables sees nothing outside of the two roles.
        let Db::Pg(owner, _) = &plain else { panic!("not PostgreSQL") };
        let (seen,): (i64,) = sqlx::query_as("select count(*) from stores").fetch_one(owner).await.expect("a query");
        assert_eq!(seen, 0);
        plain.close().await;
        for sql in [format!("drop database {name} with (force)"), format!("drop role {name}")] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.expect("an administrator may");
        }
    });
}
