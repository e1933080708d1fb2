//! Rows into their tables, and what is not stored among the dead letters.

use tracing::warn;
use vyavs_delivery::seal;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_domain::time::from_micros;
use vyavs_store::losses::{DeadLetter, Loss};
use vyavs_store::products::KnownProducts;
use vyavs_store::{Origin, StoreError, Tx, alarms, events, losses, readings, sales, sensors};
use vyavs_wire::down::{RejectV1, RejectedV1};
use vyavs_wire::record::{ReceiptV1, Record};
use vyavs_wire::up::{LossReasonV1, LossV1};

use super::rows::Rows;

/// Inserts the rows of one device, epoch and clock. `key` is the device's public key.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    origin: &Origin,
    known: &mut KnownProducts,
    key: &[u8],
    rows: &Rows,
) -> Result<(), StoreError> {
    if !rows.heads.is_empty() {
        sales::insert_heads(tx, origin, &rows.heads).await?;
        sales::reckon(tx, origin, &rows.heads).await?;
    }
    if !rows.lines.is_empty() {
        sales::insert_lines(tx, origin, known, &rows.lines).await?;
    }
    if !rows.events.is_empty() {
        events::insert(tx, origin, &rows.events).await?;
    }
    if !rows.sensors.is_empty() {
        sensors::upsert(tx, origin, &rows.sensors).await?;
    }
    if !rows.readings.is_empty() {
        readings::insert(tx, origin, &rows.readings).await?;
    }
    if !rows.minutes.is_empty() {
        readings::insert_minutes(tx, origin, &rows.minutes).await?;
    }
    if !rows.alarms.is_empty() {
        alarms::upsert(tx, origin, &rows.alarms).await?;
    }
    let identity = DeviceIdentity { org: origin.org, store: origin.store, device: origin.device };
    for past in &rows.past_losses {
        let row = loss_row(key, identity, &past.loss, &past.signature);
        let of = Origin { epoch: past.loss.epoch, ..*origin };
        losses::insert(tx, &of, &row).await?;
    }
    Ok(())
}

/// A loss statement as a row, with whether the device itself signed it.
pub(super) fn loss_row(key: &[u8], identity: DeviceIdentity, loss: &LossV1, signature: &[u8]) -> Loss {
    let reason = match loss.reason {
        LossReasonV1::Thinned => "thinned",
        LossReasonV1::Dropped => "dropped",
        LossReasonV1::Corrupt => "corrupt",
        LossReasonV1::Expired => "expired",
        LossReasonV1::BufferLost => "buffer_lost",
    };
    Loss {
        epoch: loss.epoch,
        stream: loss.stream,
        first: loss.first,
        last: loss.last,
        reason: reason.to_owned(),
        detail: loss.detail.clone(),
        at: from_micros(loss.at_us),
        signature: signature.to_vec(),
        verified: seal::verify_loss(key, identity, loss, signature),
    }
}

/// The record without the customer's number, which nobody needs to see why it was refused.
fn without_customer(record: &Record) -> Record {
    match record {
        Record::ReceiptV1(head) => Record::ReceiptV1(ReceiptV1 { customer: None, ..head.clone() }),
        other => other.clone(),
    }
}

/// Sets records aside that say what they may not; what the device is told of them.
pub(super) async fn bury(
    tx: &mut Tx<'_>,
    origin: &Origin,
    stream: u8,
    refused: &[(u64, String, Record)],
) -> Result<Vec<RejectedV1>, StoreError> {
    let mut rejects = Vec::new();
    for (seq, reason, record) in refused {
        warn!(device.id = %origin.device, stream, seq, "a record was put among the dead letters: {reason}");
        let letter = DeadLetter {
            epoch: Some(origin.epoch),
            stream: Some(stream),
            range: Some((*seq, *seq)),
            reason: reason.clone(),
            raw: postcard::to_stdvec(&without_customer(record)).expect("a vector takes any length"),
        };
        losses::bury(tx, origin, &letter).await?;
        rejects.push(RejectedV1 { first: *seq, last: *seq, why: RejectV1::Invalid });
    }
    Ok(rejects)
}
