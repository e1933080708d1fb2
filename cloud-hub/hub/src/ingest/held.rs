//! What one transaction gathers: cursors as it sees them, which of them it moved, and the rows still to insert.

use std::collections::BTreeMap;

use vyavs_delivery::hub_step::Cursor;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_store::{Origin, StoreError, Tx, cursors};

use super::rows::Rows;

/// See the module.
#[derive(Default)]
pub(super) struct Held {
    pub(super) cursors: BTreeMap<(DeviceIdentity, u8), (Option<Cursor>, bool)>,
    /// Inserted together at the end: a hundred small frames are one statement, not a hundred.
    pub(super) rows: Vec<(Origin, Rows)>,
}

impl Held {
    /// A stream's cursor, locked until the transaction ends.
    pub(super) async fn get(
        &mut self,
        tx: &mut Tx<'_>,
        identity: DeviceIdentity,
        stream: u8,
    ) -> Result<Option<Cursor>, StoreError> {
        if let Some((cursor, _)) = self.cursors.get(&(identity, stream)) {
            return Ok(*cursor);
        }
        let found = cursors::lock(tx, identity.device, stream).await?;
        let cursor = found.map(|c| Cursor { epoch: c.epoch, through: c.through, chain: c.chain });
        self.cursors.insert((identity, stream), (cursor, false));
        Ok(cursor)
    }

    /// Rows to insert; those of one device, epoch and clock are one batch.
    pub(super) fn keep(&mut self, origin: Origin, rows: Rows) {
        match self.rows.last_mut() {
            Some((of, known)) if of.device == origin.device && of.epoch == origin.epoch && of.clock == origin.clock => {
                known.append(rows);
            }
            _ => self.rows.push((origin, rows)),
        }
    }

    /// A cursor that moved.
    pub(super) fn set(&mut self, identity: DeviceIdentity, stream: u8, cursor: Cursor) {
        self.cursors.insert((identity, stream), (Some(cursor), true));
    }

    /// Writes the cursors that moved.
    pub(super) async fn advance(&self, tx: &mut Tx<'_>, now: jiff::Timestamp) -> Result<(), StoreError> {
        for ((identity, stream), (cursor, moved)) in &self.cursors {
            let Some(cursor) = cursor.filter(|_| *moved) else { continue };
            let origin = Origin::new(*identity, cursor.epoch, now);
            let to = cursors::Cursor { epoch: cursor.epoch, through: cursor.through, chain: cursor.chain };
            cursors::advance(tx, &origin, *stream, &to).await?;
        }
        Ok(())
    }
}
