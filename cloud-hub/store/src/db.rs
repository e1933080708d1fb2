//! Opening the database, with proof that it keeps what it says, and beginning transactions on it.

use std::str::FromStr;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use vyavs_domain::ids::OrgId;

use crate::months::Months;
use crate::tx::{Conn, Scope, Tx};
use crate::{Result, StoreError, migrations, products};

/// The database behind the hub. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file, or several readers and one writer of it.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read.
        reader: SqlitePool,
    },
    /// A server, and what is known of its monthly partitions.
    Pg(PgPool, Months),
}

/// The first version without the WAL-reset bug (sqlite.org/wal.html#walresetbug): before it, a checkpoint at the wrong
/// moment could lose a committed transaction.
const SQLITE_FIXED: (u32, u32, u32) = (3, 51, 3);

impl Db {
    /// Opens `sqlite:///path/to/file`, which is made when absent, or `postgres://user@host/database`.
    ///
    /// Refuses an SQLite before 3.51.3, a PostgreSQL before 15, and a server whose commits are not durable.
    pub async fn open(url: &str) -> Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Self::open_sqlite(SqliteConnectOptions::from_str(url)?).await,
            Some("postgres" | "postgresql") => Self::open_pg(PgConnectOptions::from_str(url)?).await,
            _ => Err(StoreError::Url(without_password(url))),
        }
    }

    async fn open_sqlite(options: SqliteConnectOptions) -> Result<Self> {
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: the log is synced at every commit. NORMAL may lose the last ones in a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory")
            .pragma("journal_size_limit", "67108864");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(
                options
                    .clone()
                    .pragma("wal_autocheckpoint", "4000")
                    // What is erased is overwritten, in the file as well.
                    .pragma("secure_delete", "on"),
            )
            .await?;
        let (version,): (String,) = sqlx::query_as("select sqlite_version()").fetch_one(&writer).await?;
        if three(&version) < SQLITE_FIXED {
            return Err(StoreError::Unsafe { what: "the SQLite library", got: version, expected: "3.51.3 or later" });
        }
        let (mode,): (String,) = sqlx::query_as("pragma journal_mode").fetch_one(&writer).await?;
        if mode != "wal" {
            return Err(StoreError::Unsafe { what: "SQLite's journal mode", got: mode, expected: "wal" });
        }
        let (level,): (i64,) = sqlx::query_as("pragma synchronous").fetch_one(&writer).await?;
        if level != 2 {
            return Err(StoreError::Unsafe {
                what: "SQLite's synchronous",
                got: level.to_string(),
                expected: "2 (full)",
            });
        }
        let reader =
            SqlitePoolOptions::new().max_connections(8).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self::Sqlite { writer, reader })
    }

    async fn open_pg(options: PgConnectOptions) -> Result<Self> {
        // Whoever asks while the server is away is told so within seconds, and asks again.
        let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(5));
        let pool = pool.connect_with(options.application_name("vyavs-hub")).await?;
        let setting = async |name: &str| -> Result<String> {
            let (value,): (String,) = sqlx::query_as("select current_setting($1)").bind(name).fetch_one(&pool).await?;
            Ok(value)
        };
        let version = setting("server_version_num").await?;
        if version.parse::<u32>().unwrap_or(0) < 150_000 {
            return Err(StoreError::Unsafe {
                what: "the PostgreSQL server",
                got: version,
                expected: "15 or later (150000)",
            });
        }
        for (name, good) in
            [("synchronous_commit", &["on", "remote_apply"][..]), ("fsync", &["on"]), ("full_page_writes", &["on"])]
        {
            let got = setting(name).await?;
            if !good.contains(&got.as_str()) {
                return Err(StoreError::Unsafe {
                    what: name,
                    got,
                    expected: "on, or an acknowledged sale may be lost",
                });
            }
        }
        Ok(Self::Pg(pool, Months::default()))
    }

    /// Brings the schema up to date. Safe to call at every start, and from several processes at once.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { writer, .. } => migrations::sqlite().run(writer).await,
            Self::Pg(pool, _) => migrations::postgres().run(pool).await,
        }
        .map_err(StoreError::Migrate)?;
        let found = products::index_missing(self).await?;
        if found > 0 {
            tracing::info!("made {found} products searchable");
        }
        Ok(())
    }

    /// `sqlite` or `postgres`.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Pg(..) => "postgres",
        }
    }

    /// A transaction that writes with the hub's own rights, as ingest, enrolment and administration do.
    /// On SQLite there is one at a time; the next caller waits.
    pub async fn begin_write(&self) -> Result<Tx<'static>> {
        self.begin(Scope::Hub, true).await
    }

    /// A transaction that writes rows of one organization, as a signed-in person does.
    pub async fn begin_write_for(&self, org: OrgId) -> Result<Tx<'static>> {
        self.begin(Scope::Org(org), true).await
    }

    /// A consistent picture of one organization's rows; it cannot write.
    pub async fn begin_read(&self, org: OrgId) -> Result<Tx<'static>> {
        self.begin(Scope::Org(org), false).await
    }

    /// A consistent picture of everything, for sign-in and administration; it cannot write.
    pub async fn begin_read_hub(&self) -> Result<Tx<'static>> {
        self.begin(Scope::Hub, false).await
    }

    async fn begin(&self, scope: Scope, write: bool) -> Result<Tx<'static>> {
        match self {
            Self::Sqlite { writer, reader } => {
                // IMMEDIATE takes the write lock at once: a deferred one could fail half-way when it first writes.
                let tx = if write { writer.begin_with("begin immediate").await? } else { reader.begin().await? };
                Ok(Tx::new(Conn::Sqlite(tx), Months::default()))
            }
            Self::Pg(pool, months) => {
                let mode = if write { "" } else { "isolation level repeatable read, read only" };
                // One message for all three. The id is a UUID and so needs no quoting.
                let begin = match scope {
                    Scope::Hub => format!("begin {mode}; set local role vyavs_hub"),
                    Scope::Org(org) => {
                        format!("begin {mode}; set local role vyavs_app; set local vyavs.org = '{org}'")
                    }
                };
                let pool = pool.clone();
                // A caller that goes away before the answer (a browser that closes, a timeout) must not leave a connection
                // behind that is in the middle of a transaction nobody knows of: the begin is always seen through.
                #[expect(clippy::disallowed_methods, reason = "it ends with the answer of the database")]
                let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(begin)).await });
                let begun = begun.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
                Ok(Tx::new(Conn::Pg(begun), months.begin()))
            }
        }
    }

    /// Empties SQLite's write-ahead log into the file, so that the file alone is the database and can be handed out.
    /// Nothing to do on PostgreSQL.
    pub async fn checkpoint(&self) -> Result<()> {
        let Self::Sqlite { writer, .. } = self else { return Ok(()) };
        let (busy, log, done): (i64, i64, i64) =
            sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(writer).await?;
        if busy != 0 { Err(StoreError::CheckpointBusy { left: log - done }) } else { Ok(()) }
    }

    /// Waits for running transactions and closes every connection; on SQLite the log is emptied first.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                reader.close().await;
                if let Err(error) = self.checkpoint().await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the write-ahead log was not emptied");
                }
                writer.close().await;
            }
            Self::Pg(pool, _) => pool.close().await,
        }
    }
}

fn three(version: &str) -> (u32, u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// What may be shown of a url: up to the credentials.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(three("3.51.3") >= SQLITE_FIXED);
        assert!(three("3.100.0") > SQLITE_FIXED);
        assert!(three("3.51.2") < SQLITE_FIXED);
        assert!(three("3.9.0") < SQLITE_FIXED);
    }

    #[test]
    fn an_error_shows_no_password() {
        assert_eq!(without_password("mysql://me:secret@db/x"), "…@db/x");
    }
}
