//! How far each stream of each device is stored. A cursor moves in the transaction that stores the rows, never alone.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, FromRow, Row as _};
use vyavs_domain::ids::DeviceId;

use crate::columns::Id;
use crate::origin::{Origin, int};
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_optional};
use crate::{Result, StoreError};

/// Where a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Of which buffer.
    pub epoch: u64,
    /// All records up to here are stored, named lost, or among the dead letters.
    pub through: u64,
    /// Head of the hash chain there.
    pub chain: [u8; 16],
}

type Row = (i64, i64, Vec<u8>);

fn cursor((epoch, through, chain): Row) -> Cursor {
    let mut head = [0; 16];
    let len = chain.len().min(16);
    head[..len].copy_from_slice(&chain[..len]);
    Cursor { epoch: epoch as u64, through: through as u64, chain: head }
}

/// The cursor of the highest epoch, held until this transaction ends so that no one else stores of this stream meanwhile;
/// `None` when nothing of it was ever stored.
pub async fn lock(tx: &mut Tx<'_>, device: DeviceId, stream: u8) -> Result<Option<Cursor>> {
    const SQL: &str = "select epoch, stored_through, chain from cursors where device_id = $1 and stream = $2
        order by epoch desc limit 1";
    if let Conn::Pg(conn) = &mut tx.conn {
        // A row lock cannot hold a row that does not exist yet; SQLite has one writer anyway. Two statements in one
        // message, for the second must see what was committed while the first waited. A UUID and a number need no quotes.
        let sql = format!(
            "select pg_advisory_xact_lock(hashtextextended('{device}', {stream}));
             select epoch, stored_through, chain from cursors where device_id = '{device}' and stream = {stream}
             order by epoch desc limit 1"
        );
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut **conn).await?;
        let found = rows.iter().find(|row| row.len() == 3).map(Row::from_row).transpose()?;
        return Ok(found.map(cursor));
    }
    Ok(fetch_optional!(tx, Row, SQL, device, i64::from(stream))?.map(cursor))
}

/// Moves a cursor forward, or starts one. Refuses to move back, in an epoch or to an older one.
pub async fn advance(tx: &mut Tx<'_>, origin: &Origin, stream: u8, to: &Cursor) -> Result<()> {
    const SQL: &str = "insert into cursors as c (device_id, epoch, stream, org_id, stored_through, chain, updated_at)
        select $1, $2, $3, $4, $5, $6, $7
        where not exists (select 1 from cursors n where n.device_id = $1 and n.stream = $3 and n.epoch > $2)
        on conflict (device_id, epoch, stream) do update set
            stored_through = excluded.stored_through, chain = excluded.chain, updated_at = excluded.updated_at
            where excluded.stored_through >= c.stored_through";
    let backwards =
        || StoreError::CursorBackwards { device: origin.device, stream, epoch: to.epoch, through: to.through };
    // Beyond 2^63 is no count of records; it must not come back as a negative one.
    if i64::try_from(to.epoch).is_err() || i64::try_from(to.through).is_err() {
        return Err(backwards());
    }
    let moved = execute!(
        tx,
        SQL,
        origin.device,
        int(to.epoch),
        i64::from(stream),
        origin.org,
        int(to.through),
        to.chain.to_vec(),
        origin.received_at
    )?;
    if moved == 1 { Ok(()) } else { Err(backwards()) }
}

/// Every stream's cursor in its highest epoch, by stream number.
pub async fn of_device(tx: &mut Tx<'_>, device: DeviceId) -> Result<Vec<(u8, Cursor)>> {
    const SQL: &str = "select c.stream, c.epoch, c.stored_through, c.chain from cursors c where c.device_id = $1
        and not exists (select 1 from cursors n
            where n.device_id = c.device_id and n.stream = c.stream and n.epoch > c.epoch)
        order by c.stream";
    let rows = fetch_all!(tx, (i64, i64, i64, Vec<u8>), SQL, device)?;
    Ok(rows
        .into_iter()
        .map(|(stream, epoch, through, chain)| (stream as u8, cursor((epoch, through, chain))))
        .collect())
}

/// When any stream of each of the organization's devices last moved.
pub async fn moved_at(tx: &mut Tx<'_>, org: vyavs_domain::ids::OrgId) -> Result<Vec<(DeviceId, Timestamp)>> {
    const SQL: &str = "select device_id, max(updated_at) from cursors where org_id = $1 group by device_id";
    let rows = fetch_all!(tx, (Id, i64), SQL, org)?;
    Ok(rows.into_iter().map(|(id, at)| (DeviceId(id.0), crate::columns::instant(at))).collect())
}
