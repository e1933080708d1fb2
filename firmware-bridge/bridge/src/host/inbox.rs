//! A boot's readings in order: each number once, what is missing asked for, what is lost counted.

use std::collections::{BTreeMap, VecDeque};

use vyavs_frame::message::{BatchAck, MAX_NACKS, ReadingBatch};

/// Batches kept that came too early; a board has no more on their way.
const EARLY: usize = 8;
/// Events remembered, so that one that is said twice is told once.
const EVENTS: usize = 64;

/// A reading as the board has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) mono_ms: u64,
    pub(super) channel: u8,
    pub(super) value: i32,
    pub(super) quality: u8,
}

/// Readings that are next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) first: u64,
    pub(super) readings: Vec<Raw>,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) ready: Vec<Ready>,
    /// Numbers the board no longer has.
    pub(super) lost: u64,
    /// The board should hear at once what is on disk and what is missing.
    pub(super) answer: bool,
}

#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) boot: u32,
    /// The next number; `None` before the first batch of a boot nothing is known of.
    next: Option<u64>,
    /// All below is on disk.
    kept: u64,
    early: BTreeMap<u64, Vec<Raw>>,
    /// (id, on disk).
    events: VecDeque<(u32, bool)>,
}

impl Inbox {
    /// `kept` is the first number that is not on disk; 0 where that is not known.
    pub(super) fn new(boot: u32, kept: u64) -> Self {
        Self { boot, next: (kept > 0).then_some(kept), kept, early: BTreeMap::new(), events: VecDeque::new() }
    }

    /// The first number that is not on disk.
    pub(super) fn kept(&self) -> u64 {
        self.kept
    }

    pub(super) fn take(&mut self, batch: &ReadingBatch<'_>) -> Taken {
        let mut taken = Taken::default();
        let mut mono_ms = batch.base_mono_ms;
        let mut readings: Vec<Raw> = Vec::new();
        for sample in batch.samples.iter() {
            mono_ms = mono_ms.saturating_add(sample.dt_ms.into());
            let (channel, value, quality) = (sample.channel, sample.value, sample.quality);
            readings.push(Raw { mono_ms, channel, value, quality });
        }
        let oldest = batch.seq.saturating_sub(batch.behind.into());
        let next = *self.next.get_or_insert(oldest);
        if next < oldest {
            self.skip_to(oldest, &mut taken);
        }
        let (next, end) = (self.next.unwrap_or(oldest), batch.seq.saturating_add(readings.len() as u64));
        if end <= next {
            taken.answer = true;
        } else if batch.seq <= next {
            self.put(batch.seq, readings, &mut taken);
            self.drain(&mut taken);
        } else {
            if self.early.len() < EARLY {
                self.early.insert(batch.seq, readings);
            }
            taken.answer = true;
        }
        taken
    }

    /// Readings from `first` on, of which those before `next` are known.
    fn put(&mut self, first: u64, mut readings: Vec<Raw>, taken: &mut Taken) {
        let next = self.next.unwrap_or(first);
        let known = usize::try_from(next.saturating_sub(first)).unwrap_or(usize::MAX).min(readings.len());
        readings.drain(..known);
        if !readings.is_empty() {
            self.next = Some(next + readings.len() as u64);
            taken.ready.push(Ready { first: next, readings });
        }
    }

    fn drain(&mut self, taken: &mut Taken) {
        while let Some(entry) = self.early.first_entry()
            && *entry.key() <= self.next.unwrap_or(0)
        {
            let (first, readings) = entry.remove_entry();
            self.put(first, readings, taken);
        }
    }

    /// The board has nothing before `oldest` any more: what came early is taken, the rest is lost.
    fn skip_to(&mut self, oldest: u64, taken: &mut Taken) {
        self.drain(taken);
        while let Some(next) = self.next.filter(|next| *next < oldest) {
            let gap_end = self.early.first_key_value().map_or(oldest, |(first, _)| (*first).min(oldest));
            taken.lost += gap_end - next;
            self.next = Some(gap_end);
            self.drain(taken);
        }
    }

    /// All below `next` is on disk; whether that is news.
    pub(super) fn keep(&mut self, next: u64) -> bool {
        let news = next > self.kept;
        self.kept = self.kept.max(next);
        news
    }

    /// What the board should know.
    pub(super) fn ack(&self) -> BatchAck {
        let mut nacks = heapless::Vec::new();
        let mut from = self.next.unwrap_or(0);
        for (first, readings) in self.early.iter().take(MAX_NACKS) {
            // As many as there is room for, and a gap.
            let _ = nacks.push((from, *first));
            from = first + readings.len() as u64;
        }
        BatchAck { boot: self.boot, next: self.kept, nacks }
    }

    /// `None`: new, tell it. Otherwise whether it is on disk, so that the board may be told again.
    pub(super) fn event(&mut self, id: u32) -> Option<bool> {
        if let Some((_, kept)) = self.events.iter().find(|(known, _)| *known == id) {
            return Some(*kept);
        }
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back((id, false));
        None
    }

    pub(super) fn keep_event(&mut self, id: u32) {
        self.events.iter_mut().filter(|(known, _)| *known == id).for_each(|(_, kept)| *kept = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vyavs_frame::samples::{Packer, Sample};

    fn take(inbox: &mut Inbox, seq: u64, count: u64, behind: u32) -> Taken {
        let mut packer = Packer::default();
        for n in seq..seq + count {
            assert!(packer.push(&Sample { channel: 0, dt_ms: 1, value: n as i32, quality: 0 }));
        }
        let samples = packer.samples();
        inbox.take(&ReadingBatch { boot: 1, seq, behind, dropped: 0, base_mono_ms: 0, samples })
    }

    fn numbers(taken: &Taken) -> Vec<i32> {
        taken.ready.iter().flat_map(|ready| &ready.readings).map(|raw| raw.value).collect()
    }

    #[test]
    fn each_number_comes_out_once_and_in_order() {
        let mut inbox = Inbox::new(1, 1);
        assert_eq!(numbers(&take(&mut inbox, 1, 3, 0)), [1, 2, 3]);
        let again = take(&mut inbox, 1, 3, 0);
        assert!(again.ready.is_empty() && again.answer);
        let early = take(&mut inbox, 6, 2, 5);
        assert!(early.ready.is_empty() && early.answer);
        assert_eq!(inbox.ack().nacks.as_slice(), [(4, 6)]);
        assert_eq!(numbers(&take(&mut inbox, 2, 5, 1)), [4, 5, 6, 7], "an overlap is cut off");
        assert_eq!(inbox.ack().nacks.len(), 0);
    }

    #[test]
    fn what_the_board_forgot_is_counted_and_what_came_early_is_not_lost() {
        let mut inbox = Inbox::new(1, 1);
        take(&mut inbox, 1, 2, 0);
        take(&mut inbox, 10, 5, 7);
        let taken = take(&mut inbox, 20, 2, 0);
        assert_eq!((numbers(&taken), taken.lost), ([10, 11, 12, 13, 14, 20, 21].to_vec(), 7 + 5));
    }

    #[test]
    fn a_host_that_knows_nothing_begins_with_what_the_board_has() {
        let mut inbox = Inbox::new(1, 0);
        let taken = take(&mut inbox, 105, 2, 5);
        assert!(taken.ready.is_empty());
        let taken = take(&mut inbox, 100, 5, 0);
        assert_eq!((numbers(&taken).len(), taken.lost), (7, 0));
    }
}
