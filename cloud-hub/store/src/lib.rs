//! The hub's database: SQLite or PostgreSQL, with the same queries and the same tests on both.
//!
//! Every query is a function over a transaction ([`Tx`]) that the caller owns. A read belongs to one organization and says
//! so in its arguments; on PostgreSQL row-level security says it a second time. The ingest functions take whole batches,
//! are idempotent by primary key and count what was here before.
//!
//! Nothing in here reads a clock or draws a random number: times and ids arrive as arguments.

pub mod alarms;
pub mod arrivals;
pub mod audit;
pub mod audit_log;
pub mod cases;
pub mod clocks;
pub mod cursors;
pub mod customers;
pub mod daily;
pub mod data_keys;
pub mod db;
pub mod devices;
pub mod events;
pub mod external_identities;
pub mod extracts;
pub mod factors;
pub mod forecasts;
pub mod idempotency;
pub mod identity_providers;
pub mod incidents;
pub mod inventory;
pub mod jobs;
pub mod kpis;
pub mod links;
pub mod losses;
pub mod machine_keys;
pub mod mails;
pub mod meta;
pub mod mirror;
pub mod notices;
pub mod notifications;
pub mod observed;
pub mod orgs;
pub mod outboxes;
pub mod passkeys;
pub mod prices;
pub mod pricing;
pub mod privacy;
pub mod products;
pub mod reach;
pub mod readings;
pub mod receipts;
pub mod recipients;
pub mod routes;
pub mod rules;
pub mod sales;
pub mod schedules;
pub mod sensors;
pub mod series;
pub mod sessions;
pub mod sign_ins;
pub mod stores;
pub mod sync;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tokens;
pub mod transactions;
pub mod tx;
pub mod users;
pub mod watches;
pub mod webhooks;

mod batch;
mod columns;
mod migrations;
mod months;
mod origin;

pub use columns::ForeignValue;
pub use db::Db;
pub use origin::{DeviceClock, Inserted, Origin, Unstorable};
pub use reach::Within;
pub use tx::{Scope, Tx};

/// What can go wrong between us and the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is neither of the two.
    #[error("the database url {0:?} starts with neither sqlite: nor postgres:")]
    Url(String),
    /// A server or library that would not keep the promise.
    #[error("{what} is {got}, expected {expected}")]
    Unsafe {
        /// Which property.
        what: &'static str,
        /// As found.
        got: String,
        /// As needed.
        expected: &'static str,
    },
    /// The schema could not be brought up to date; nothing was changed by the step that failed.
    #[error("failed to migrate the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The database refused or is gone.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// The database holds what we do not write.
    #[error(transparent)]
    Foreign(#[from] ForeignValue),
    /// A row that must not be stored; its sender's other rows are not touched by it.
    #[error(transparent)]
    Unstorable(#[from] Unstorable),
    /// A cursor only moves forward.
    #[error("the cursor of device {device}, stream {stream} stands at or beyond epoch {epoch}, record {through}")]
    CursorBackwards {
        /// Whose.
        device: vyavs_domain::ids::DeviceId,
        /// Which stream.
        stream: u8,
        /// Asked for.
        epoch: u64,
        /// Asked for.
        through: u64,
    },
    /// A stock that no decimal holds.
    #[error("{0}")]
    Stock(&'static str),
    /// The write-ahead log could not be emptied because something still reads.
    #[error("the write-ahead log is in use; {left} pages stay in it")]
    CheckpointBusy {
        /// Pages left.
        left: i64,
    },
}

impl StoreError {
    /// Whether the same transaction may succeed when run again: a deadlock, a serialization failure, a busy file, a
    /// lost connection.
    pub fn is_transient(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(error) => {
                // 40001, 40P01: run again. 57P0x, 53300: restarting or full. 5, 6 and kin: SQLite busy, locked.
                error.code().is_some_and(|code| {
                    matches!(
                        code.as_ref(),
                        "40001" | "40P01" | "57P01" | "57P02" | "57P03" | "53300" | "5" | "6" | "261" | "517"
                    )
                })
            }
            _ => false,
        }
    }

    /// Whether a unique key was taken: an email, a device identity.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, StoreError>;
