//! How much lies in the router that ingest has not taken.
//!
//! rumqttd acknowledges a publish before it knows where to put it, and drops the oldest when its log is full. So
//! the guard counts what went in, the hub's link what came out, and above the limit devices are no longer read:
//! TCP holds them back, and nothing acknowledged is dropped here.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Room {
    limit: i64,
    held: AtomicI64,
    freed: Notify,
}

impl Room {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit: i64::try_from(limit).unwrap_or(i64::MAX), held: AtomicI64::new(0), freed: Notify::new() }
    }

    /// A payload of this many bytes went in.
    pub(crate) fn put(&self, bytes: usize) {
        self.held.fetch_add(bytes as i64, Ordering::Relaxed);
    }

    /// A payload of this many bytes came out.
    pub(crate) fn take(&self, bytes: usize) {
        let before = self.held.fetch_sub(bytes as i64, Ordering::Relaxed);
        if before >= self.limit && before - (bytes as i64) < self.limit {
            self.freed.notify_waiters();
        }
    }

    /// Nothing came out for a while though somebody waited: what a cut connection took with it was counted in and
    /// will never come out.
    pub(crate) fn settle(&self) {
        if self.held.swap(0, Ordering::Relaxed) >= self.limit {
            self.freed.notify_waiters();
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.held.load(Ordering::Relaxed) >= self.limit
    }

    /// Until there is room. Safe to drop and start again.
    pub(crate) async fn freed(&self) {
        loop {
            let freed = self.freed.notified();
            if !self.is_full() {
                return;
            }
            freed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn devices_wait_until_ingest_took_enough_and_lost_bytes_do_not_block_for_ever() {
        let room = std::sync::Arc::new(Room::new(100));
        room.put(60);
        assert!(!room.is_full());
        room.put(60);
        assert!(room.is_full());
        assert!(tokio::time::timeout(Duration::from_millis(20), room.freed()).await.is_err());
        let waiter = {
            let room = room.clone();
            async move { room.freed().await }
        };
        let (_, ended) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                room.take(60)
            },
            tokio::time::timeout(Duration::from_secs(5), waiter)
        );
        ended.expect("freed");
        room.put(60);
        room.settle();
        assert!(!room.is_full());
    }
}
