//! Fresh databases for tests: an SQLite file, and a PostgreSQL database made from a migrated template.
//!
//! ```text
//! vyavs_store::both_engines! {
//!     async fn a_sale_is_stored_once(db: Db) { … }
//! }
//! ```
//! makes two tests of it, `a_sale_is_stored_once::on_sqlite` and `…::on_postgres`.
//!
//! PostgreSQL is, in this order: the server of `VYAVS_TEST_PG_URL` (a superuser's url; databases are made beside the one it
//! names), or a private cluster that the first test starts and all tests of the same checkout share (see [`cluster`]).
//! Without PostgreSQL the test prints why it did nothing; with `VYAVS_REQUIRE_PG=1` it fails instead.

use std::future::Future;
use std::path::Path;
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::{Db, migrations};

pub mod cluster;

/// Makes two tests of one: `name::on_sqlite` and `name::on_postgres`. The parameter is named `Db` whatever is in scope.
#[macro_export]
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: Db) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a test takes from its file what it needs")]
            use super::*;

            async fn promise($db: $crate::Db) $body

            #[test]
            fn on_sqlite() {
                $crate::testing::on_sqlite(promise);
            }

            #[test]
            fn on_postgres() {
                $crate::testing::on_postgres(promise);
            }
        }
    )+};
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts")
}

/// Runs a test on a fresh, migrated SQLite file.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    runtime().block_on(async {
        let db = sqlite(dir.path()).await;
        test(db.clone()).await;
        db.close().await;
    });
}

/// Runs a test on a fresh, migrated PostgreSQL database, or says why not.
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let database = postgres(&server).await;
        let db = Db::open(&database.url).await.expect("the fresh database opens");
        test(db.clone()).await;
        db.close().await;
        database.drop().await;
    });
}

/// A fresh, migrated SQLite database `hub.sqlite` in `dir`.
pub async fn sqlite(dir: &Path) -> Db {
    let url = format!("sqlite://{}", dir.join("hub.sqlite").display());
    let db = Db::open(&url).await.expect("a fresh file opens");
    db.migrate().await.expect("a fresh file migrates");
    db
}

/// The url of a PostgreSQL server that tests may use, as its superuser; `None`, with the reason printed, when there is none.
///
/// # Panics
/// When there is none and `VYAVS_REQUIRE_PG=1`, or when the private cluster does not start.
pub fn server() -> Option<String> {
    if let Ok(url) = std::env::var("VYAVS_TEST_PG_URL") {
        return Some(url);
    }
    match cluster::shared() {
        Ok(url) => Some(url),
        Err(cluster::ClusterError::Absent(reason)) => {
            assert!(std::env::var("VYAVS_REQUIRE_PG").as_deref() != Ok("1"), "VYAVS_REQUIRE_PG=1, but {reason}");
            eprintln!("skipped on PostgreSQL: {reason}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A database of its own.
#[derive(Debug)]
pub struct Database {
    /// Where it is.
    pub url: String,
    name: String,
    admin: PgConnectOptions,
}

impl Database {
    /// Drops it, whoever is still connected. A test that fails leaves it behind, to be looked at.
    pub async fn drop(self) {
        let sql = format!("drop database if exists {} with (force)", self.name);
        let mut admin = self.admin.connect().await.expect("the server is there");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await.expect("the database can be dropped");
    }
}

/// A fresh, migrated database on the server at `url`, whose user may make databases and roles.
pub async fn postgres(url: &str) -> Database {
    let admin = PgConnectOptions::from_str(url).expect("the url of the test server is one");
    let mut conn = admin.connect().await.expect("the test server is there");
    let template = template(&admin, &mut conn).await;
    let name = format!("vyavs_test_{}", uuid::Uuid::new_v4().simple());
    let sql = format!("create database {name} template {template}");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("a database can be made");
    Database { url: with_database(url, &name), name, admin }
}

/// A migrated database to copy, made once for each state of the migrations.
async fn template(admin: &PgConnectOptions, conn: &mut PgConnection) -> String {
    const LOCK: &str = "select pg_advisory_lock(hashtextextended('vyavs.test.template', 0))";
    const UNLOCK: &str = "select pg_advisory_unlock(hashtextextended('vyavs.test.template', 0))";
    let steps = migrations::postgres();
    let mut hash = blake3::Hasher::new();
    for step in steps.iter() {
        hash.update(&step.checksum);
    }
    let name = format!("vyavs_template_{}", &hash.finalize().to_hex()[..16]);
    sqlx::raw_sql(LOCK).execute(&mut *conn).await.expect("the lock can be taken");
    let (there,): (bool,) = sqlx::query_as("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut *conn)
        .await
        .expect("databases can be listed");
    if !there {
        // Under another name until it is whole: whoever is killed here leaves no half template.
        let draft = format!("{name}_draft");
        for sql in [format!("drop database if exists {draft} with (force)"), format!("create database {draft}")] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn).await.expect("a database can be made");
        }
        let mut inside = admin.clone().database(&draft).connect().await.expect("the template can be entered");
        steps.run(&mut inside).await.expect("a fresh database migrates");
        inside.close().await.expect("the template can be left");
        let sql = format!("alter database {draft} rename to {name}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn).await.expect("a database can be renamed");
    }
    sqlx::raw_sql(UNLOCK).execute(conn).await.expect("the lock can be given back");
    name
}

/// The url of a database beside this one, with a name that ends so.
pub fn beside(url: &str, ending: &str) -> String {
    if url.starts_with("sqlite:") {
        return format!("{url}{ending}");
    }
    let options = PgConnectOptions::from_str(url).expect("a url");
    with_database(url, &format!("{}{ending}", options.get_database().expect("a name")))
}

/// Puts a copy of a database in place of another one, as a restore does. Nobody may be connected to either.
pub async fn copy_database(from: &str, to: &str) {
    if let (Some(from), Some(to)) = (from.strip_prefix("sqlite://"), to.strip_prefix("sqlite://")) {
        for ending in ["", "-wal", "-shm"] {
            let (from, to) = (format!("{from}{ending}"), format!("{to}{ending}"));
            let _ = std::fs::remove_file(&to);
            if Path::new(&from).exists() {
                std::fs::copy(from, to).expect("a file can be copied");
            }
        }
        return;
    }
    let name = |url: &str| PgConnectOptions::from_str(url).expect("a url").get_database().expect("a name").to_owned();
    let (from, to) = (name(from), name(to));
    let admin = PgConnectOptions::from_str(&server().expect("a server")).expect("a url");
    let mut conn = admin.connect().await.expect("the server is there");
    for sql in [
        format!("drop database if exists {to} with (force)"),
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{from}'"),
        format!("create database {to} template {from}"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("a database can be copied");
    }
}

/// Drops a database that was made by [`copy_database`].
pub async fn drop_copy(url: &str) {
    if url.starts_with("sqlite:") {
        return;
    }
    let name = PgConnectOptions::from_str(url).expect("a url").get_database().expect("a name").to_owned();
    let admin = PgConnectOptions::from_str(&server().expect("a server")).expect("a url");
    Database { url: url.to_owned(), name, admin }.drop().await;
}

/// The same url with another database.
fn with_database(url: &str, name: &str) -> String {
    let (rest, query) = url.split_once('?').map_or((url, None), |(rest, query)| (rest, Some(query)));
    let (scheme, place) = rest.split_once("://").unwrap_or(("postgres", rest));
    let host = place.split('/').next().unwrap_or(place);
    match query {
        Some(query) => format!("{scheme}://{host}/{name}?{query}"),
        None => format!("{scheme}://{host}/{name}"),
    }
}

/// Runs SQL on a table behind the store's back, as somebody does who has the database's own login. On PostgreSQL its
/// policies are lifted first: no role of the hub could do it.
pub async fn meddle(db: &Db, table: &str, sql: &str) {
    let done = match db {
        Db::Sqlite { writer, .. } => sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(writer).await.map(|_| ()),
        Db::Pg(pool, _) => {
            let sql = format!(
                "alter table {table} disable row level security; {sql}; alter table {table} enable row level security"
            );
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(|_| ())
        }
    };
    done.expect("the owner of the tables may");
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn a_url_is_pointed_at_another_database() {
        assert_eq!(with_database("postgres://u:p@h:5/a", "b"), "postgres://u:p@h:5/b");
        assert_eq!(with_database("postgres://u@h/a?host=/tmp/x", "b"), "postgres://u@h/b?host=/tmp/x");
        assert_eq!(with_database("postgres://u@h", "b"), "postgres://u@h/b");
    }
}
