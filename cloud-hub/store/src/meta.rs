//! What this database is: its incarnation.

use uuid::Uuid;

use crate::tx::{Tx, execute, fetch_optional};
use crate::{ForeignValue, Result};

const INCARNATION: &str = "incarnation";

/// A value the hub keeps about itself.
pub async fn get(tx: &mut Tx<'_>, key: &str) -> Result<Option<String>> {
    let row = fetch_optional!(tx, (String,), "select value from hub_meta where key = $1", key)?;
    Ok(row.map(|row| row.0))
}

/// Keeps a value about the hub itself.
pub async fn set(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<()> {
    const SQL: &str =
        "insert into hub_meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value";
    execute!(tx, SQL, key, value)?;
    Ok(())
}

/// The incarnation of this database: changed by a restore, so that an acknowledgement from before it cannot make a device
/// erase what the restored database lacks. Starts as `fresh` when there is none yet.
pub async fn incarnation(tx: &mut Tx<'_>, fresh: Uuid) -> Result<Uuid> {
    const SQL: &str = "insert into hub_meta (key, value) values ($1, $2) on conflict (key) do nothing";
    execute!(tx, SQL, INCARNATION, fresh.hyphenated().to_string())?;
    let text = get(tx, INCARNATION).await?.unwrap_or_default();
    Ok(Uuid::try_parse(&text).map_err(|_| ForeignValue { what: "an incarnation", got: text })?)
}

/// Begins a new incarnation: after a restore.
pub async fn reincarnate(tx: &mut Tx<'_>, fresh: Uuid) -> Result<()> {
    set(tx, INCARNATION, &fresh.hyphenated().to_string()).await
}
