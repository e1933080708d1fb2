//! Events that are not known to be on the host's disk.

use heapless::{Deque, Vec};

use super::retry_us;
use crate::message::MAX_EVENT;

/// Events kept; a board that has more to say than this without a host forgets the oldest.
const KEPT: usize = 8;

#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) id: u32,
    pub(super) kind: u16,
    pub(super) severity: u8,
    pub(super) mono_ms: u64,
    pub(super) payload: Vec<u8, MAX_EVENT>,
    due_us: u64,
    tries: u8,
}

#[derive(Debug, Default)]
pub(super) struct Events {
    kept: Deque<Pending, KEPT>,
    last_id: u32,
    dropped: u32,
}

impl Events {
    pub(super) fn push(&mut self, now_us: u64, kind: u16, severity: u8, payload: &[u8]) -> u32 {
        if self.kept.is_full() {
            self.kept.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let payload = payload.iter().copied().take(MAX_EVENT).collect();
        let (id, mono_ms) = (self.last_id, now_us / 1000);
        // There is room: the oldest gave way.
        let _ = self.kept.push_back(Pending { id, kind, severity, mono_ms, payload, due_us: now_us, tries: 0 });
        id
    }

    pub(super) fn acked(&mut self, id: u32) {
        for _ in 0..self.kept.len() {
            if let Some(event) = self.kept.pop_front()
                && event.id != id
            {
                // As many as were taken out.
                let _ = self.kept.push_back(event);
            }
        }
    }

    /// A new conversation: all of them are said at once.
    pub(super) fn again(&mut self, now_us: u64) {
        for event in self.kept.iter_mut() {
            (event.due_us, event.tries) = (now_us, 0);
        }
    }

    /// Hands over what is due, oldest first.
    pub(super) fn due(&mut self, now_us: u64, mut say: impl FnMut(&Pending)) {
        for event in self.kept.iter_mut().filter(|event| event.due_us <= now_us) {
            say(event);
            event.due_us = now_us.saturating_add(retry_us(event.tries));
            event.tries = event.tries.saturating_add(1);
        }
    }

    pub(super) fn due_us(&self) -> u64 {
        self.kept.iter().map(|event| event.due_us).min().unwrap_or(u64::MAX)
    }

    pub(super) fn take_dropped(&mut self) -> u32 {
        core::mem::take(&mut self.dropped)
    }
}
