//! `vyavs-hub import`: history from JSON lines, through the same inserts as what devices send, and as often as one likes.

use std::io::BufRead;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::reading::{Reading, Sensor};
use vyavs_domain::sale::Receipt;
use vyavs_service::clock::Clock;
use vyavs_store::products::KnownProducts;
use vyavs_store::readings::{self, ReadingRow};
use vyavs_store::sales::{self, HeadRow, LineRow};
use vyavs_store::{Db, Inserted, Origin, StoreError, Tx, devices, sensors};
use vyavs_vault::Vault;

use crate::privacy::Pseudonymiser;

/// One line: exactly one of these.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Receipt(Receipt),
    Reading(Reading),
    Sensor(Sensor),
}

/// What was imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Receipts read.
    pub receipts: u64,
    /// Sale lines stored now.
    pub lines: u64,
    /// Readings stored now.
    pub readings: u64,
    /// Rows that were here before.
    pub duplicates: u64,
}

/// Sale lines or readings in one transaction.
const GROUP: usize = 4_000;
/// How long the import waits for others that write, and how long between two looks.
const PATIENCE: Duration = Duration::from_secs(300);
const AGAIN: Duration = Duration::from_millis(200);

#[derive(Default)]
struct Group {
    sensors: Vec<Sensor>,
    heads: Vec<HeadRow>,
    lines: Vec<LineRow>,
    readings: Vec<ReadingRow>,
}

/// Imports `input` into a store. A line that cannot be read ends it with its number; what was stored before stays, and
/// running it again stores nothing twice. `progress` hears what is done so far.
pub async fn import(
    (db, vault): (&Db, &Arc<Vault>),
    clock: &Clock,
    (org, store): (OrgId, StoreId),
    input: impl BufRead,
    mut progress: impl FnMut(&Imported),
) -> anyhow::Result<Imported> {
    let device = source_device(db, org, store).await?;
    let origin = Origin::new(DeviceIdentity { org, store, device }, 0, clock.now());
    let (mut done, mut group, mut known) = (Imported::default(), Group::default(), KnownProducts::default());
    let mut pseudonyms = Pseudonymiser::new(vault.clone());
    for (number, line) in (1_u64..).zip(input.lines()) {
        let line = line.with_context(|| format!("line {number} cannot be read"))?;
        if line.trim().is_empty() {
            continue;
        }
        let parsed: Line = serde_json::from_str(&line).with_context(|| {
            format!("line {number}: expected {{\"receipt\":…}}, {{\"reading\":…}} or {{\"sensor\":…}}")
        })?;
        match parsed {
            Line::Receipt(mut receipt) => {
                if let Err(error) = receipt.balance() {
                    bail!("line {number}: receipt {}: {error}", receipt.key.number);
                }
                done.receipts += 1;
                let content_hash = receipt.content_hash();
                pseudonyms.hide(org, &mut receipt, origin.received_at).await?;
                group.take(number, receipt, content_hash);
            }
            Line::Reading(reading) => group.readings.push(ReadingRow { seq: number, reading }),
            Line::Sensor(sensor) => group.sensors.push(sensor),
        }
        if group.lines.len() + group.readings.len() >= GROUP {
            group.store(db, &origin, &mut known, &mut done).await?;
            progress(&done);
        }
    }
    group.store(db, &origin, &mut known, &mut done).await?;
    progress(&done);
    Ok(done)
}

/// Whose history it is: a device of the store if it has one, else none in particular.
async fn source_device(db: &Db, org: OrgId, store: StoreId) -> anyhow::Result<DeviceId> {
    let mut tx = db.begin_read(org).await?;
    if vyavs_store::stores::get(&mut tx, org, store).await?.is_none() {
        bail!("there is no store {store}");
    }
    let devices = devices::list(&mut tx, org).await?;
    let found = devices.into_iter().find(|device| device.identity.store == store);
    Ok(found.map_or(DeviceId(Uuid::nil()), |device| device.identity.device))
}

impl Group {
    /// `content_hash` is that of the receipt as it was given, so that the same one is known again.
    fn take(&mut self, number: u64, mut receipt: Receipt, content_hash: u64) {
        let lines = std::mem::take(&mut receipt.lines);
        let line_count = lines.len() as u32;
        for line in lines {
            self.lines.push(LineRow {
                seq: number,
                key: receipt.key.clone(),
                content_hash,
                closed_at: receipt.closed_at,
                currency: receipt.currency,
                line,
            });
        }
        self.heads.push(HeadRow { seq: number, receipt, content_hash, line_count });
    }

    async fn store(
        &mut self,
        db: &Db,
        origin: &Origin,
        known: &mut KnownProducts,
        done: &mut Imported,
    ) -> anyhow::Result<()> {
        let group = std::mem::take(self);
        let mut tx = turn(db).await?;
        sensors::upsert(&mut tx, origin, &group.sensors).await?;
        sales::insert_heads(&mut tx, origin, &group.heads).await?;
        let lines = insert(&group.lines, sales::insert_lines(&mut tx, origin, known, &group.lines)).await?;
        let readings = insert(&group.readings, readings::insert(&mut tx, origin, &group.readings)).await?;
        tx.commit().await?;
        done.lines += lines.new;
        done.readings += readings.new;
        done.duplicates += lines.duplicate + readings.duplicate;
        Ok(())
    }
}

/// Begins to write, and waits while others do: on SQLite one process writes at a time, and the hub and the imports of other
/// stores may be busy.
async fn turn(db: &Db) -> Result<Tx<'static>, StoreError> {
    let began = Instant::now();
    loop {
        match db.begin_write().await {
            Err(error) if error.is_transient() && began.elapsed() < PATIENCE => {
                tracing::info!("the database has no turn for the import yet; trying again");
                tokio::time::sleep(AGAIN).await;
            }
            turn => return turn,
        }
    }
}

async fn insert<T>(
    rows: &[T],
    work: impl Future<Output = Result<Inserted, StoreError>>,
) -> Result<Inserted, StoreError> {
    if rows.is_empty() { Ok(Inserted::default()) } else { work.await }
}
