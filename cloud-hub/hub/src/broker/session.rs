//! The connection's own end of its entry in the guard's register.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::watch;

use super::ended::Ended;
use super::guard::{Facts, Guard};

/// The connection's own end of its entry; dropping it takes the device off the register.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) guard: Guard,
    pub(super) number: u64,
    pub(super) facts: Arc<Facts>,
    pub(super) ended: watch::Receiver<Option<Ended>>,
}

impl Session {
    /// Until somebody else ends it. Safe to drop and start again.
    pub(crate) async fn ended(&mut self) -> Ended {
        match self.ended.wait_for(Option::is_some).await {
            Ok(why) => why.unwrap_or(Ended::Cut),
            Err(_) => Ended::Cut,
        }
    }

    pub(crate) fn heard(&self) {
        self.facts.heard_ms.store(self.guard.uptime_ms(), Ordering::Relaxed);
    }

    pub(crate) fn published(&self, bytes: usize) {
        self.facts.messages_in.fetch_add(1, Ordering::Relaxed);
        self.facts.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn delivered(&self, bytes: usize) {
        self.facts.messages_out.fetch_add(1, Ordering::Relaxed);
        self.facts.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Takes the device off the register. Before the connection is closed: the device may be back at once, and is
    /// not to find itself here.
    pub(crate) fn close(&mut self, why: Ended, detail: &str) {
        let mut sessions = self.guard.locked();
        let identity = self.facts.peer.identity;
        // One that was replaced was taken off the register, and reported, by the one that replaced it.
        if sessions.get(&identity).is_some_and(|entry| entry.number == self.number) {
            sessions.remove(&identity);
            self.guard.left(&self.facts, why, detail);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close(Ended::Stopping, "");
    }
}
