//! One transaction on either engine, and the macros that run one SQL text on it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Postgres, Sqlite, Transaction};
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::months::Months;
use crate::sales::HeadOf;

/// Whose rows a transaction may touch. On PostgreSQL the row-level security policies enforce it; on SQLite the
/// organization in the arguments of every function is the only guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One organization's.
    Org(OrgId),
    /// Everyone's: ingest, enrolment, sign-in and administration.
    Hub,
}

pub(crate) enum Conn<'c> {
    Sqlite(Transaction<'c, Sqlite>),
    Pg(Transaction<'c, Postgres>),
}

/// A transaction. Dropped without [`Tx::commit`] it is rolled back, and nothing of it remains.
pub struct Tx<'c> {
    pub(crate) conn: Conn<'c>,
    pub(crate) months: Months,
    /// Heads that this transaction stored: their lines mostly follow in it, and need not ask for them.
    pub(crate) heads: HashMap<Uuid, HeadOf>,
    committed: Arc<AtomicBool>,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: Conn<'c>, months: Months) -> Self {
        Self { conn, months, heads: HashMap::new(), committed: Arc::default() }
    }

    /// Makes everything durable. When this returns, it survives a power cut.
    pub async fn commit(self) -> Result<()> {
        match self.conn {
            Conn::Sqlite(tx) => tx.commit().await?,
            Conn::Pg(tx) => tx.commit().await?,
        }
        self.months.keep();
        self.committed.store(true, Ordering::Release);
        Ok(())
    }

    /// Undoes everything now instead of at the drop.
    pub async fn rollback(self) -> Result<()> {
        match self.conn {
            Conn::Sqlite(tx) => tx.rollback().await?,
            Conn::Pg(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Turns true when this transaction is committed: for caches that must not know more than the database.
    pub(crate) fn outcome(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.committed)
    }
}

/// Runs one expression over the connection of either engine; the two must give the same type.
macro_rules! on {
    ($tx:expr, $c:ident => $body:expr) => {
        match &mut $tx.conn {
            $crate::tx::Conn::Sqlite(tx) => {
                let $c = &mut **tx;
                $body.await.map_err($crate::StoreError::from)
            }
            $crate::tx::Conn::Pg(tx) => {
                let $c = &mut **tx;
                $body.await.map_err($crate::StoreError::from)
            }
        }
    };
}

/// `execute!(tx, SQL, $1, $2, …)`: how many rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $param:expr)* $(,)?) => {
        $crate::tx::on!($tx, c => async {
            sqlx::query($sql)$(.bind($crate::columns::Param::column($param)))*.execute(c).await.map(|done| done.rows_affected())
        })
    };
}

/// `fetch_all!(tx, Row, SQL, $1, $2, …)`: all rows, each a tuple.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $param:expr)* $(,)?) => {
        $crate::tx::on!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($crate::columns::Param::column($param)))*.fetch_all(c))
    };
}

/// `fetch_planned!(tx, Row, SQL, $1, $2, …)`: [`fetch_all!`], but PostgreSQL plans anew for what is asked: a search whose
/// filters decide which index is good must not get the plan of an average one.
macro_rules! fetch_planned {
    ($tx:expr, $row:ty, $sql:expr $(, $param:expr)* $(,)?) => {
        match &mut $tx.conn {
            $crate::tx::Conn::Sqlite(tx) => sqlx::query_as::<_, $row>($sql)
                $(.bind($crate::columns::Param::column($param)))*.fetch_all(&mut **tx).await.map_err($crate::StoreError::from),
            $crate::tx::Conn::Pg(tx) => sqlx::query_as::<_, $row>($sql).persistent(false)
                $(.bind($crate::columns::Param::column($param)))*.fetch_all(&mut **tx).await.map_err($crate::StoreError::from),
        }
    };
}

/// `fetch_optional!(tx, Row, SQL, $1, $2, …)`: the row, if there is one.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $param:expr)* $(,)?) => {
        $crate::tx::on!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($crate::columns::Param::column($param)))*.fetch_optional(c))
    };
}

/// `fetch_one!(tx, Row, SQL, $1, $2, …)`: the row; none is an error.
macro_rules! fetch_one {
    ($tx:expr, $row:ty, $sql:expr $(, $param:expr)* $(,)?) => {
        $crate::tx::on!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($crate::columns::Param::column($param)))*.fetch_one(c))
    };
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional, fetch_planned, on};
