//! How far the hub of a house is.

use std::time::Duration;

use anyhow::Context;
use tokio::time::{Instant, sleep};
use vyavs_store::Db;

use super::House;

impl House {
    /// The hub's database, to look into.
    pub async fn open_db(&self) -> anyhow::Result<Db> {
        Db::open(&self.database).await.with_context(|| format!("failed to open {}", self.database))
    }

    /// How many receipts and lines the hub holds. Only while the hub runs: whoever closes the file last tidies it up, and
    /// after a kill that is to be the hub.
    pub async fn held(&self) -> anyhow::Result<(u64, u64)> {
        let db = self.open_db().await?;
        let mut tx = db.begin_read_hub().await?;
        let held = vyavs_store::audit::counts(&mut tx, self.store).await?;
        tx.rollback().await?;
        // Not `Db::close` of SQLite: it would empty the hub's log for it.
        match db {
            Db::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            other => other.close().await,
        }
        Ok(held)
    }

    /// Waits until the hub holds `receipts` and `lines`, and then until its cursors rest. `false` when nothing moved for
    /// `patience` and something is still out.
    pub async fn drain(&mut self, (receipts, lines): (u64, u64), patience: Duration) -> anyhow::Result<bool> {
        let db = self.open_db().await?;
        let mut last = (0, 0, 0);
        let mut moved = Instant::now();
        let mut told = Instant::now();
        let whole = loop {
            self.check()?;
            let mut tx = db.begin_read_hub().await?;
            let held = vyavs_store::audit::counts(&mut tx, self.store).await?;
            let settled = vyavs_store::audit::settled(&mut tx, self.store).await?;
            tx.rollback().await?;
            let now = (held.0, held.1, settled.iter().map(|(_, _, through)| through).sum::<u64>());
            if now != last {
                (last, moved) = (now, Instant::now());
            }
            let whole = held.0 >= receipts && held.1 >= lines;
            if whole && moved.elapsed() > Duration::from_millis(1_500) {
                break true;
            }
            if moved.elapsed() > patience {
                break false;
            }
            if told.elapsed() > Duration::from_secs(5) {
                told = Instant::now();
                eprintln!("draining: {} of {receipts} receipts, {} of {lines} lines are at the hub", held.0, held.1);
            }
            sleep(Duration::from_millis(200)).await;
        };
        drop(db);
        Ok(whole)
    }
}
