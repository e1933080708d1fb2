//! From the copy to the tap: a bounded queue that never makes the copy wait.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

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
}

#[derive(Debug)]
pub(super) struct Feed {
    limit: usize,
    queue: Mutex<Queue>,
    wake: Notify,
}

impl Feed {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, queue: Mutex::default(), wake: Notify::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never waits: the other side holds the lock only to take the whole queue away.
    pub(super) fn bytes(&self, connection: u64, bytes: &[u8]) {
        let mut queue = self.queue();
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
        std::mem::take(&mut queue.pieces)
    }
}
