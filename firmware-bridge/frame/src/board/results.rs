//! What came of the last commands, so that one that is heard twice is done once.

use heapless::{Deque, Vec};

use crate::message::{MAX_ARGS, Status};

/// Results kept.
const KEPT: usize = 16;

#[derive(Clone, Debug)]
struct Done {
    id: u32,
    status: Status,
    data: Vec<u8, MAX_ARGS>,
}

#[derive(Debug, Default)]
pub(super) struct Results {
    kept: Deque<Done, KEPT>,
}

impl Results {
    pub(super) fn of(&self, id: u32) -> Option<(Status, &[u8])> {
        self.kept.iter().find(|done| done.id == id).map(|done| (done.status, done.data.as_slice()))
    }

    pub(super) fn keep(&mut self, id: u32, status: Status, data: Vec<u8, MAX_ARGS>) {
        if self.kept.is_full() {
            self.kept.pop_front();
        }
        // There is room: the oldest gave way.
        let _ = self.kept.push_back(Done { id, status, data });
    }
}
