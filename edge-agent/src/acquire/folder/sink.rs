//! What a file says, on its way to the outbox: gathered, kept until it is durable, then counted.

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use vyavs_codec::tillfile::Entry;
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::Record;

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
        let mut entries = std::mem::take(&mut self.entries).into_iter().peekable();
        while entries.peek().is_some() {
            let (mut records, mut told) = (Vec::new(), Vec::new());
            while records.len() < RECORDS
                && let Some(entry) = entries.next()
            {
                let (more, one) = self.ctx.till.take(entry);
                records.extend(more);
                told.push(one);
            }
            self.append(records).await?;
            told.iter().for_each(|one| one.tell(self.input));
        }
        Ok(())
    }

    async fn append(&self, records: Vec<Record>) -> Result<(), AppendError> {
        let mut backoff = Backoff::new(WAITS.0, WAITS.1);
        let mut rng = StdRng::from_os_rng();
        loop {
            self.pulse.beat();
            match self.ctx.outbox.append(records.clone()).await {
                Ok(()) => return Ok(()),
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
}
