//! From the copy to the tap: a bounded queue that never makes the copy wait, and the figures of what is on its way.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::tally::{Count, Owed, Tally};

/// What the copy tells the tap.
#[derive(Debug)]
pub(super) enum Piece {
    /// Bytes that went to the printer.
    Bytes(u64, Vec<u8>),
    /// So many bytes went to the printer, but there was no room for them here.
    Lost(u64, u64),
    /// The connection is over.
    Closed(u64),
}

#[derive(Debug, Default)]
struct Queue {
    pieces: VecDeque<Piece>,
    bytes: usize,
    tally: Tally,
    /// All that was ever put here or never will be, and how much of it was taken.
    handed: Count,
    taken: Count,
}

#[derive(Debug)]
pub(super) struct Feed {
    limit: usize,
    queue: Mutex<Queue>,
    wake: Notify,
}

impl Feed {
    pub(super) fn new(limit: usize, tally: Tally) -> Self {
        Self { limit, queue: Mutex::new(Queue { tally, ..Queue::default() }), wake: Notify::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before bytes are printed: should the process end now, they are counted.
    pub(super) fn printing(&self, count: Count) {
        self.queue().tally.printing(count);
    }

    /// They were not, or not all.
    pub(super) fn unprinted(&self, count: Count) {
        self.queue().handed.add(count);
        self.wake.notify_one();
    }

    /// They were. Never waits: the other side holds the lock only to take the whole queue away.
    pub(super) fn bytes(&self, connection: u64, bytes: &[u8], count: Count) {
        let mut queue = self.queue();
        queue.handed.add(count);
        if queue.bytes + bytes.len() <= self.limit {
            queue.bytes += bytes.len();
            // A till that writes byte by byte must not cost an entry a byte.
            match queue.pieces.back_mut() {
                Some(Piece::Bytes(last, ahead)) if *last == connection && ahead.len() < super::PIECE => {
                    ahead.extend_from_slice(bytes);
                }
                _ => queue.pieces.push_back(Piece::Bytes(connection, bytes.to_vec())),
            }
        } else if let Some(Piece::Lost(last, lost)) = queue.pieces.back_mut()
            && *last == connection
        {
            *lost += bytes.len() as u64;
        } else {
            queue.pieces.push_back(Piece::Lost(connection, bytes.len() as u64));
        }
        drop(queue);
        self.wake.notify_one();
    }

    pub(super) fn closed(&self, connection: u64) {
        self.queue().pieces.push_back(Piece::Closed(connection));
        self.wake.notify_one();
    }

    /// Waits until something is there.
    pub(super) async fn ready(&self) {
        self.wake.notified().await;
    }

    pub(super) fn take(&self) -> VecDeque<Piece> {
        let mut queue = self.queue();
        queue.bytes = 0;
        queue.taken = queue.handed;
        std::mem::take(&mut queue.pieces)
    }

    /// What was taken is looked at, and this of it the agent has not.
    pub(super) fn owe(&self, owed: Owed) {
        let mut queue = self.queue();
        let taken = queue.taken;
        queue.tally.owe(taken, owed);
    }

    /// What the agent was still to be told when the last tap ended, in this process or one before.
    pub(super) fn left(&self) -> Owed {
        let queue = self.queue();
        queue.tally.left_by_the_last_tap(queue.taken)
    }
}
