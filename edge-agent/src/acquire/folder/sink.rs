//! What a file says, on its way to the outbox: gathered, kept until it is durable, then counted.

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use vyavs_codec::tillfile::Entry;
use vyavs_domain::event::TillEventKind;
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::convert::receipt_records;
use vyavs_wire::record::{Record, TillEventV1};

use crate::acquire::Context;
use crate::health::InputHandle;
use crate::outbox::AppendError;

/// Records in one commit.
const RECORDS: usize = 1024;
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Takes entries in order.
#[derive(Debug)]
pub struct Sink<'a> {
    ctx: &'a Context,
    input: &'a InputHandle,
    pulse: &'a Pulse,
    entries: Vec<Entry>,
}

impl<'a> Sink<'a> {
    /// Empty.
    pub fn new(ctx: &'a Context, input: &'a InputHandle, pulse: &'a Pulse) -> Self {
        Self { ctx, input, pulse, entries: Vec::new() }
    }

    /// Takes more; nothing is written yet.
    pub fn put(&mut self, entries: Vec<Entry>) {
        self.entries.extend(entries);
    }

    /// Returns when everything taken is on disk and synced. While the disk does not take it, this waits and says so; the
    /// error is that the outbox has stopped.
    pub async fn flush(&mut self) -> Result<(), AppendError> {
        let entries = std::mem::take(&mut self.entries);
        let mut from = 0;
        while from < entries.len() {
            let (mut records, mut to) = (Vec::new(), from);
            while to < entries.len() && records.len() < RECORDS {
                match &entries[to] {
                    Entry::Receipt(receipt) => records.extend(receipt_records(receipt)),
                    Entry::Event(event) => records.push(Record::TillEventV1(TillEventV1::from(event))),
                }
                to += 1;
            }
            self.append(records).await?;
            entries[from..to].iter().for_each(|entry| self.tell(entry));
            from = to;
        }
        Ok(())
    }

    async fn append(&self, records: Vec<Record>) -> Result<(), AppendError> {
        let count = records.len() as u64;
        let mut backoff = Backoff::new(WAITS.0, WAITS.1);
        let mut rng = StdRng::from_os_rng();
        loop {
            self.pulse.beat();
            match self.ctx.outbox.append(records.clone()).await {
                Ok(()) => {
                    self.input.record(count);
                    return Ok(());
                }
                Err(AppendError::Stopped) => return Err(AppendError::Stopped),
                Err(busy @ AppendError::Busy(_)) => {
                    self.input.error(&busy.to_string());
                    let mut wait = backoff.next(&mut rng);
                    while !wait.is_zero() {
                        let part = wait.min(Duration::from_secs(1));
                        tokio::time::sleep(part).await;
                        self.pulse.beat();
                        wait -= part;
                    }
                }
            }
        }
    }

    fn tell(&self, entry: &Entry) {
        let board = self.input.board();
        match entry {
            Entry::Receipt(receipt) => self.input.receipt(receipt),
            Entry::Event(event) => match &event.kind {
                TillEventKind::Quarantined { reason, .. } => {
                    self.input.error(&format!("put aside: {reason}"));
                    board.quarantined();
                }
                TillEventKind::NoSale { .. } => board.no_sale(),
                _ => {}
            },
        }
    }
}
