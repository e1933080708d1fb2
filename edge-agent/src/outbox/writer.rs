//! The one thread that appends: gathers what waits, writes it in one synced commit, then answers everyone.
//!
//! While one commit is on its way to the device the next one gathers, so the group grows with the load and a single
//! receipt on a quiet evening still waits for one sync only.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info};
use vyavs_delivery::Seq;
use vyavs_delivery::edge_step::Lane;
use vyavs_delivery::frame::Encoder;
use vyavs_wire::record::Record;

use super::store::{Store, StoreError};
use super::{Append, AppendError, Request};

/// Records in one commit.
const GROUP: usize = 4096;
/// How often the cursor is saved and what expired is dropped.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

type Waiting = Vec<oneshot::Sender<Result<(), AppendError>>>;

pub(super) struct Writer {
    store: Arc<Store>,
    requests: mpsc::Receiver<Request>,
    heads: watch::Sender<[Seq; 3]>,
    encoder: Encoder,
    /// Telemetry that gathers, and since when.
    gathering: Vec<Record>,
    since: Option<Instant>,
    /// The first readings of a run are not gathered: after a power cut it is soon known again how warm it is.
    begun: bool,
    /// Unacknowledged telemetry that could not be written.
    refused: u64,
}

impl Writer {
    pub(super) fn new(store: Arc<Store>, requests: mpsc::Receiver<Request>, heads: watch::Sender<[Seq; 3]>) -> Self {
        let encoder = Encoder::new();
        Self { store, requests, heads, encoder, gathering: Vec::new(), since: None, begun: false, refused: 0 }
    }

    /// Runs until every handle is gone; blocks, so it has a thread of its own.
    pub(super) fn run(mut self, runtime: &tokio::runtime::Handle) {
        let batch = Duration::from_millis(u64::from(self.store.config.batch_ms));
        let mut tidied = Instant::now();
        loop {
            let mut wait = HOUSEKEEPING.saturating_sub(tidied.elapsed());
            if let Some(since) = self.since {
                wait = wait.min(batch.saturating_sub(since.elapsed()));
            }
            match runtime.block_on(async { tokio::time::timeout(wait, self.requests.recv()).await }) {
                Ok(None) => break,
                Ok(Some(request)) => self.serve(request),
                Err(_) => {}
            }
            if self.since.is_some_and(|since| since.elapsed() >= batch) {
                self.commit(Vec::new(), Vec::new());
            }
            if tidied.elapsed() >= HOUSEKEEPING {
                tidied = Instant::now();
                if let Err(cause) = self.store.housekeep() {
                    error!("failed to tidy the outbox: {:#}", anyhow::Error::new(cause));
                }
            }
        }
        self.commit(Vec::new(), Vec::new());
        if let Err(cause) = self.store.housekeep() {
            error!("failed to save the outbox's cursor: {:#}", anyhow::Error::new(cause));
        }
    }

    fn serve(&mut self, first: Request) {
        let (mut records, mut waiting) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(request) = next.take() {
            match request {
                Request::Append(Append { records: some, done: Some(done) }) => {
                    records.extend(some);
                    waiting.push(done);
                }
                Request::Append(Append { records: some, done: None }) => {
                    self.since.get_or_insert_with(Instant::now);
                    self.gathering.extend(some);
                }
                Request::Raise(to, done) => {
                    self.commit(std::mem::take(&mut records), std::mem::take(&mut waiting));
                    self.raise(to, done);
                }
            }
            if records.len() + self.gathering.len() < GROUP {
                next = self.requests.try_recv().ok();
            }
        }
        let first = !self.begun && !self.gathering.is_empty();
        if !records.is_empty() || !waiting.is_empty() || self.gathering.len() >= GROUP || first {
            self.commit(records, waiting);
        }
    }

    fn raise(&mut self, to: u64, done: oneshot::Sender<(u64, [Lane; 3])>) {
        match self.store.raise(to, &mut self.encoder) {
            Ok((epoch, lanes)) => {
                self.heads.send_replace(lanes.map(|lane| lane.next));
                // A link that gave up waiting asks again on its next hello.
                let _ = done.send((epoch, lanes));
            }
            Err(cause) => error!("failed to number the outbox anew: {:#}", anyhow::Error::new(cause)),
        }
    }

    /// One synced write of `records` and of all telemetry that gathered.
    fn commit(&mut self, records: Vec<Record>, waiting: Waiting) {
        let gathered = self.gathering.len();
        let mut all = records;
        all.append(&mut self.gathering);
        self.since = None;
        if all.is_empty() {
            return;
        }
        let answer = match self.write(&all) {
            Ok(next) => {
                self.heads.send_replace(next);
                self.store.wrote(None);
                if gathered > 0 && !self.begun {
                    self.begun = true;
                    info!(readings = gathered, "the first readings since the start are on disk");
                }
                if self.refused > 0 {
                    info!(readings = self.refused, "the outbox takes readings again; these were not kept");
                    self.refused = 0;
                }
                Ok(())
            }
            Err(cause) => {
                self.refused += gathered as u64;
                let text = format!("{:#}", anyhow::Error::new(cause));
                error!(records = all.len(), "not stored: {text}");
                self.store.wrote(Some(text.clone()));
                Err(AppendError::Busy(text))
            }
        };
        for done in waiting {
            // Who does not wait any more will send again.
            let _ = done.send(answer.clone());
        }
    }

    fn write(&mut self, records: &[Record]) -> Result<[Seq; 3], StoreError> {
        // An upper bound: what is packed is smaller, but sled writes a page more than once.
        let need = records.len() as u64 * 64 + 64 * 1024;
        self.store.make_room(need, &mut self.encoder)?;
        self.store.append(&mut self.encoder, records)
    }
}
