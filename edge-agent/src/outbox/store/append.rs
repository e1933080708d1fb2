//! Writing records: framed off the lock, one synced commit, then the bookkeeping.

use std::sync::atomic::Ordering;

use tracing::info;
use vyavs_delivery::Seq;
use vyavs_delivery::frame::{Encoder, Header};
use vyavs_wire::record::{Record, Stream};

use super::open::reindex;
use super::{Active, Store, StoreError, number};
use crate::outbox::queue::Queue;

impl Store {
    /// Writes records, synced, and returns the next numbers; on error nothing is owed for them.
    pub fn append(&self, encoder: &mut Encoder, records: &[Record]) -> Result<[Seq; 3], StoreError> {
        self.reopen()?;
        let (cursor, chain, active) = {
            let inner = self.lock();
            (inner.cursor.clone(), inner.chain, inner.active.clone().expect("reopen left it open"))
        };
        let mut frames = Vec::new();
        let (mut next, mut chains) = (cursor.next, chain);
        for stream in Stream::ALL {
            let start = Header {
                stream,
                epoch: cursor.epoch,
                first: next[number(stream)],
                count: 0,
                boot_id: *self.boot.0.as_bytes(),
                mono_ms: u64::try_from(self.clock.uptime().as_millis()).unwrap_or(u64::MAX),
                wall_us: self.clock.now().as_microsecond(),
                clock: self.clock_state.load(Ordering::Relaxed),
                prev: chains[number(stream)],
            };
            for frame in encoder.encode(start, records.iter().filter(|record| record.stream() == stream))? {
                next[number(stream)] = frame.header.last() + 1;
                chains[number(stream)] = frame.chain;
                frames.push(frame);
            }
        }
        let written = active.queue.commit(frames.iter().map(|f| (f.header.stream, f.header.first, f.bytes.as_slice())));
        let mut inner = self.lock();
        if let Err(cause) = written {
            // What the disk has now is unknown: closed here, opened and read again before the next write.
            inner.active = None;
            return Err(cause.into());
        }
        inner.cursor.next = next;
        inner.chain = chains;
        inner.cursor_dirty = true;
        if let Some(active) = &mut inner.active {
            for frame in &frames {
                active.index.spans[number(frame.header.stream)].extend(frame.header.first, frame.header.last());
            }
        }
        Ok(next)
    }

    /// After a disk error: opens the written generation again and believes only what is there.
    pub(super) fn reopen(&self) -> Result<(), StoreError> {
        let (id, epoch) = {
            let inner = self.lock();
            if inner.active.is_some() {
                return Ok(());
            }
            (inner.active_id, inner.cursor.epoch)
        };
        let queue = Queue::open(&id.path(&self.dir))?;
        queue.sync()?;
        let index = reindex(&queue, epoch, self.clock.now().as_microsecond())?;
        let mut inner = self.lock();
        for stream in Stream::ALL {
            let span = index.span(stream);
            if !span.is_empty() {
                inner.cursor.next[number(stream)] = inner.cursor.next[number(stream)].max(span.last + 1);
            }
        }
        inner.active = Some(Active { queue, index });
        let next = inner.cursor.next;
        drop(inner);
        for stream in Stream::ALL {
            let chain = self.chain_before(stream, next[number(stream)])?;
            self.lock().chain[number(stream)] = chain.unwrap_or_default();
        }
        info!("the buffer is open again");
        Ok(())
    }
}
