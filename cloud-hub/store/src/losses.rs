//! What will never come, and what came but could not be understood. Both are named, stored and shown.

use jiff::Timestamp;
use vyavs_domain::ids::{DeviceId, OrgId, StoreId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::origin::{Check, Origin, int};
use crate::tx::{Tx, execute, fetch_all, fetch_one};

/// A device's signed statement that records are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Of which epoch.
    pub epoch: u64,
    /// Of which stream.
    pub stream: u8,
    /// First lost.
    pub first: u64,
    /// Last lost.
    pub last: u64,
    /// A short name of the reason: `thinned`, `dropped`, `corrupt`, `expired`, `buffer_lost`.
    pub reason: String,
    /// One sentence for people.
    pub detail: String,
    /// When the device found it.
    pub at: Timestamp,
    /// Ed25519 over the statement, as it came.
    pub signature: Vec<u8>,
    /// Whether the signature is the device's.
    pub verified: bool,
}

/// Stores a statement once; `false` when it was already here.
pub async fn insert(tx: &mut Tx<'_>, origin: &Origin, loss: &Loss) -> Result<bool> {
    const SQL: &str =
        "insert into losses (device_id, epoch, stream, first_seq, last_seq, org_id, store_id, reason, detail,
            at, signature, verified, ingested_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing";
    Check(loss.last).seq()?;
    let touched = execute!(
        tx,
        SQL,
        origin.device,
        int(loss.epoch),
        i64::from(loss.stream),
        int(loss.first),
        int(loss.last),
        origin.org,
        origin.store,
        loss.reason.as_str(),
        loss.detail.as_str(),
        loss.at,
        loss.signature.clone(),
        loss.verified,
        origin.received_at
    )?;
    Ok(touched == 1)
}

/// The statements of a shop's devices, newest first.
pub async fn list(tx: &mut Tx<'_>, org: OrgId, store: StoreId, limit: u32) -> Result<Vec<(DeviceId, Loss)>> {
    const SQL: &str = "select device_id, epoch, stream, first_seq, last_seq, reason, detail, at, signature, verified
        from losses where org_id = $1 and store_id = $2 order by at desc, device_id, stream, first_seq limit $3";
    type Row = (Id, i64, i64, i64, i64, String, String, i64, Vec<u8>, bool);
    let loss = |(device, epoch, stream, first, last, reason, detail, at, signature, verified): Row| {
        let loss = Loss {
            epoch: epoch as u64,
            stream: stream as u8,
            first: first as u64,
            last: last as u64,
            reason,
            detail,
            at: instant(at),
            signature,
            verified,
        };
        (DeviceId(device.0), loss)
    };
    Ok(fetch_all!(tx, Row, SQL, org, store, i64::from(limit))?.into_iter().map(loss).collect())
}

/// Bytes that were taken and settled, but say nothing we can store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Epoch, where the bytes still told it.
    pub epoch: Option<u64>,
    /// Stream, likewise.
    pub stream: Option<u8>,
    /// First and last record, likewise.
    pub range: Option<(u64, u64)>,
    /// Why, for people.
    pub reason: String,
    /// The bytes, scrubbed of card data.
    pub raw: Vec<u8>,
}

/// Keeps a dead letter once; `false` when the same bytes of the same records were already here.
pub async fn bury(tx: &mut Tx<'_>, origin: &Origin, letter: &DeadLetter) -> Result<bool> {
    const SQL: &str =
        "insert into dead_letters (id, org_id, store_id, device_id, epoch, stream, first_seq, last_seq, reason,
            raw, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing";
    let mut hash = blake3::Hasher::new();
    hash.update(origin.device.0.as_bytes());
    hash.update(&letter.epoch.unwrap_or(0).to_le_bytes());
    hash.update(&[letter.stream.unwrap_or(u8::MAX)]);
    let (first, last) = letter.range.unwrap_or((0, 0));
    hash.update(&first.to_le_bytes());
    hash.update(&last.to_le_bytes());
    hash.update(&letter.raw);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    let touched = execute!(
        tx,
        SQL,
        id,
        origin.org,
        origin.store,
        origin.device,
        letter.epoch.map(int),
        letter.stream.map(i64::from),
        letter.range.map(|range| int(range.0)),
        letter.range.map(|range| int(range.1)),
        letter.reason.as_str(),
        letter.raw.clone(),
        origin.received_at
    )?;
    Ok(touched == 1)
}

/// How many dead letters a shop's devices have.
pub async fn dead_count(tx: &mut Tx<'_>, org: OrgId, store: StoreId) -> Result<u64> {
    const SQL: &str = "select count(*) from dead_letters where org_id = $1 and store_id = $2";
    let (count,) = fetch_one!(tx, (i64,), SQL, org, store)?;
    Ok(count as u64)
}

/// The newest dead letters of a shop's devices, with when they came.
pub async fn dead(
    tx: &mut Tx<'_>,
    org: OrgId,
    store: StoreId,
    limit: u32,
) -> Result<Vec<(DeviceId, Timestamp, DeadLetter)>> {
    const SQL: &str = "select device_id, at, epoch, stream, first_seq, last_seq, reason, raw from dead_letters
        where org_id = $1 and store_id = $2 order by at desc, id limit $3";
    type Row = (Id, i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, String, Vec<u8>);
    let letter = |(device, at, epoch, stream, first, last, reason, raw): Row| {
        let letter = DeadLetter {
            epoch: epoch.map(|epoch| epoch as u64),
            stream: stream.map(|stream| stream as u8),
            range: first.zip(last).map(|(first, last)| (first as u64, last as u64)),
            reason,
            raw,
        };
        (DeviceId(device.0), instant(at), letter)
    };
    Ok(fetch_all!(tx, Row, SQL, org, store, i64::from(limit))?.into_iter().map(letter).collect())
}
