//! `vyavs-edge buffer stat|verify|repair|export`: looking into the outbox of an agent that is not running.

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use vyavs_delivery::frame::Frame;
use vyavs_domain::time::BootId;
use vyavs_service::clock::Clock;
use vyavs_wire::record::Stream;

use super::OutboxConfig;
use super::item::Item;
use super::store::{Status, Store, StoreError};

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Frames whose checksum holds and whose records can be read.
    pub frames: u64,
    /// Records in them.
    pub records: u64,
    /// Loss statements.
    pub losses: u64,
    /// Damaged values, by stream and first number.
    pub damaged: Vec<(u8, u64)>,
    /// Frames that do not continue the chain of the one before.
    pub chain_breaks: Vec<(u8, u64)>,
    /// Numbers that neither a frame nor a statement covers: (stream, first, last).
    pub holes: Vec<(u8, u64, u64)>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.chain_breaks.is_empty() && self.holes.is_empty()
    }
}

/// Opens the outbox for a look; fails while an agent holds it.
pub fn open(config: OutboxConfig, clock: Clock) -> Result<Store, StoreError> {
    // A look writes no statements that leave the box; what it finds damaged the agent signs when it sends.
    Store::open(config, clock, BootId(uuid::Uuid::nil()), Arc::new(|_| Vec::new()))
}

/// Numbers and bytes.
pub fn stat(store: &Store) -> Status {
    store.status()
}

/// Reads every value and every record.
pub fn verify(store: &Store) -> Result<Verified, StoreError> {
    let mut found = Verified::default();
    let mut expected: [Option<(u64, Option<[u8; 16]>)>; 3] = [None; 3];
    store.walk(|stream, first, item| {
        let number = stream.number();
        let at = &mut expected[usize::from(number)];
        match item {
            Ok(item) => {
                let (from, to) = item.range();
                if let Some((next, _)) = *at
                    && from > next
                {
                    found.holes.push((number, next, from - 1));
                }
                let mut chain = None;
                match &item {
                    Item::Frame { bytes, .. } => match Frame::parse(bytes).and_then(|f| Ok((f, f.records()?))) {
                        Ok((frame, records)) => {
                            found.frames += 1;
                            found.records += records.len() as u64;
                            if let Some((next, Some(known))) = *at
                                && next == from
                                && frame.header.prev != known
                            {
                                found.chain_breaks.push((number, first));
                            }
                            chain = Some(frame.chain);
                        }
                        Err(_) => found.damaged.push((number, first)),
                    },
                    Item::Loss(_) => found.losses += 1,
                }
                *at = Some((to + 1, chain));
            }
            Err(_) => {
                found.damaged.push((number, first));
                *at = None;
            }
        }
    })?;
    Ok(found)
}

/// Replaces every damaged value and fills every hole by a loss statement that names its numbers; returns how many.
pub fn repair(store: &Store) -> Result<usize, StoreError> {
    let found = verify(store)?;
    let damaged: Vec<_> =
        found.damaged.into_iter().chain(found.holes.into_iter().map(|(stream, first, _)| (stream, first))).collect();
    for &(stream, first) in &damaged {
        if let Some(stream) = Stream::from_number(stream) {
            // Reading a damaged frame writes the statement in its place.
            store.read(stream, first)?;
        }
    }
    Ok(damaged.len())
}

/// Every record as a JSON line: stream, number, record.
pub fn export(store: &Store, mut out: impl Write) -> Result<u64, StoreError> {
    let mut count = 0;
    let mut failed: Option<io::Error> = None;
    store.walk(|stream, _, item| {
        if failed.is_some() {
            return;
        }
        let lines = match item {
            Ok(Item::Frame { first, bytes, .. }) => match Frame::parse(&bytes).and_then(|frame| frame.records()) {
                Ok(records) => records
                    .into_iter()
                    .zip(first..)
                    .map(|(record, seq)| serde_json::json!({"stream": stream.number(), "seq": seq, "record": record}))
                    .collect(),
                Err(_) => Vec::new(),
            },
            Ok(Item::Loss(loss)) => vec![serde_json::json!({"stream": stream.number(), "loss": loss})],
            Err(_) => Vec::new(),
        };
        for line in lines {
            count += 1;
            if let Err(error) = writeln!(out, "{line}") {
                failed = Some(error);
                return;
            }
        }
    })?;
    let written = vyavs_service::output::unless_closed(failed.map_or(Ok(()), Err));
    written.map_err(|source| StoreError::Dir { path: "standard output".into(), source })?;
    Ok(count)
}
