//! Commands on their way: said until answered, given up at their deadline.

use vyavs_frame::message::{Command, Status};

use super::{TimeMap, retry_us};

/// Something a board is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What, by the firmware's own table.
    pub op: u16,
    /// With what; at most [`vyavs_frame::message::MAX_ARGS`] bytes.
    pub args: Vec<u8>,
    /// Not done any more after so long, ms.
    pub within_ms: u32,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The board answered.
    Answered {
        /// How it went.
        status: Status,
        /// What it said.
        data: Vec<u8>,
    },
    /// No answer within its time: it was done, or not.
    NoAnswer,
    /// The board started anew after it was sent: it was done, or not.
    Restarted,
}

#[derive(Debug)]
struct Pending {
    id: u32,
    order: Order,
    until_us: u64,
    due_us: u64,
    tries: u8,
}

#[derive(Debug)]
pub(super) struct Orders {
    next_id: u32,
    pending: Vec<Pending>,
}

impl Orders {
    pub(super) fn new(first_id: u32) -> Self {
        Self { next_id: first_id, pending: Vec::new() }
    }

    pub(super) fn add(&mut self, now_us: u64, order: Order) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let until_us = now_us.saturating_add(u64::from(order.within_ms) * 1000);
        self.pending.push(Pending { id, order, until_us, due_us: now_us, tries: 0 });
        id
    }

    /// The answer to one; `None` if it was answered before.
    pub(super) fn answered(&mut self, id: u32) -> Option<u32> {
        let at = self.pending.iter().position(|pending| pending.id == id)?;
        Some(self.pending.remove(at).id)
    }

    /// Those that may have been heard by a run that is over.
    pub(super) fn restarted(&mut self) -> Vec<u32> {
        self.take(|pending| pending.tries > 0)
    }

    pub(super) fn expired(&mut self, now_us: u64) -> Vec<u32> {
        self.take(|pending| pending.until_us <= now_us)
    }

    fn take(&mut self, over: impl Fn(&Pending) -> bool) -> Vec<u32> {
        let ids = self.pending.iter().filter(|pending| over(pending)).map(|pending| pending.id).collect();
        self.pending.retain(|pending| !over(pending));
        ids
    }

    /// Says what is due; a deadline is in the board's own time, so that one that is heard late is not done.
    pub(super) fn due(&mut self, now_us: u64, time: &TimeMap, mut say: impl FnMut(Command<'_>)) {
        for pending in self.pending.iter_mut().filter(|pending| pending.due_us <= now_us) {
            let deadline_ms = time.board_us(pending.until_us).map_or(0, |at| (at / 1000).max(1));
            let (id, op, args) = (pending.id, pending.order.op, pending.order.args.as_slice());
            say(Command { id, op, args, deadline_ms });
            pending.due_us = now_us.saturating_add(retry_us(pending.tries));
            pending.tries = pending.tries.saturating_add(1);
        }
    }

    /// A new conversation: all are said at once.
    pub(super) fn again(&mut self, now_us: u64) {
        for pending in &mut self.pending {
            pending.due_us = now_us;
        }
    }

    pub(super) fn ends_us(&self) -> u64 {
        self.pending.iter().map(|pending| pending.until_us).min().unwrap_or(u64::MAX)
    }

    pub(super) fn due_us(&self) -> u64 {
        self.pending.iter().map(|pending| pending.due_us).min().unwrap_or(u64::MAX)
    }
}
