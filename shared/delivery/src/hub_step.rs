//! What the hub does with what a device sends: one cursor a stream decides, and nothing else.
//!
//! The hub commits the rows and the new cursor in one transaction, so a cursor is also the dedupe of all time.

use vyavs_wire::record::Stream;
use vyavs_wire::up::{HelloV1, LossV1};

use crate::frame::Frame;
use crate::{Chain, Seq};

/// How far one stream of one device is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The highest epoch accepted.
    pub epoch: u64,
    /// All up to here are stored, dead-lettered or named as lost, in that epoch.
    pub through: Seq,
    /// Chain after `through`; zeros when unknown (after a loss).
    pub chain: Chain,
}

impl Cursor {
    /// Before the first frame of an epoch.
    pub fn start(epoch: u64) -> Self {
        Self { epoch, through: 0, chain: [0; 16] }
    }
}

/// A range of records that arrived: a frame of them, or the statement that they never will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arrival {
    /// Of which epoch.
    pub epoch: u64,
    /// First number.
    pub first: Seq,
    /// Last number.
    pub last: Seq,
    /// Chain before it, as the device says; `None` for a loss.
    pub prev: Option<Chain>,
    /// Chain after it; zeros for a loss.
    pub chain: Chain,
}

impl Arrival {
    /// Of a frame.
    pub fn frame(frame: &Frame<'_>) -> Self {
        let header = &frame.header;
        Self {
            epoch: header.epoch,
            first: header.first,
            last: header.last(),
            prev: Some(header.prev),
            chain: frame.chain,
        }
    }

    /// Of a loss statement; `None` when it names no possible range.
    pub fn loss(loss: &LossV1) -> Option<Self> {
        let possible = loss.epoch > 0 && loss.first > 0 && loss.first <= loss.last && loss.last < i64::MAX as u64;
        possible.then_some(Self { epoch: loss.epoch, first: loss.first, last: loss.last, prev: None, chain: [0; 16] })
    }
}

/// What to do with an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Of an epoch that is over: write nothing, answer with the state.
    StaleEpoch,
    /// Stored before: write nothing, acknowledge again.
    Duplicate,
    /// Something before it is missing: write nothing, ask for this range.
    Gap {
        /// First missing.
        first: Seq,
        /// Last missing.
        last: Seq,
    },
    /// Store it, leaving out the first `skip` records, and move the cursor, in one transaction.
    Take {
        /// Records at its front that are stored already.
        skip: u64,
        /// The cursor to commit with the rows.
        cursor: Cursor,
        /// The chain does not continue: stored all the same, and flagged.
        broken: bool,
    },
}

/// Judges one arrival against the stream's cursor; `None` when nothing ever came.
pub fn judge(cursor: Option<Cursor>, arrival: &Arrival) -> Verdict {
    let cursor = cursor.unwrap_or(Cursor::start(arrival.epoch));
    if arrival.epoch < cursor.epoch {
        return Verdict::StaleEpoch;
    }
    let cursor = if arrival.epoch > cursor.epoch { Cursor::start(arrival.epoch) } else { cursor };
    if arrival.last <= cursor.through {
        return Verdict::Duplicate;
    }
    if arrival.first > cursor.through + 1 {
        return Verdict::Gap { first: cursor.through + 1, last: arrival.first - 1 };
    }
    let skip = cursor.through + 1 - arrival.first;
    // Only a frame that continues exactly where we stand can be held against the chain; after a loss it starts anew.
    let known = cursor.through == 0 || cursor.chain != [0; 16];
    let broken = skip == 0 && known && arrival.prev.is_some_and(|prev| prev != cursor.chain);
    let cursor = Cursor { epoch: arrival.epoch, through: arrival.last, chain: arrival.chain };
    Verdict::Take { skip, cursor, broken }
}

/// Whether a message belongs to the conversation that the device opened last, by its latest hello.
///
/// What a broker held back since an earlier one is left unread: the device has been told since where it stands, and
/// its disk may have been put back to an image whose numbers mean other records. Nothing is lost by it, for the
/// device sends again from there.
pub fn is_current(opened: Option<u64>, conversation: u64) -> bool {
    opened == Some(conversation)
}

/// What the hub tells a device that says hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The highest epoch known, the hello's included when it is newer.
    pub epoch: u64,
    /// How far each stream of that epoch is stored, by stream number.
    pub through: [Seq; 3],
}

/// Answers a hello. `known` is the highest epoch the hub has accepted from the device (0: never heard from it).
pub fn greet(known: u64, cursors: [Option<Cursor>; 3], hello: &HelloV1) -> Greeting {
    let epoch = known.max(hello.epoch);
    let through = cursors.map(|cursor| cursor.filter(|c| c.epoch == epoch).map_or(0, |c| c.through));
    Greeting { epoch, through }
}

/// How many frames a device may have in flight: all of `most` while the queue is empty, none when it is full,
/// but never none for a device that would then never hear of room again.
pub fn credit(queued: usize, capacity: usize, most: u16) -> u16 {
    let free = capacity.saturating_sub(queued);
    let share = (usize::from(most) * free) / capacity.max(1);
    u16::try_from(share).unwrap_or(most).clamp(1, most)
}

/// Frames that failed to decode once; the second time they go to the dead-letter table.
#[derive(Debug, Default)]
pub struct Suspects(Vec<(Stream, u64, Seq)>);

/// What to do with a frame that cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poison {
    /// Ask for it once more: the wire may have done it.
    Again,
    /// Take it into the dead-letter table and go on.
    DeadLetter,
}

impl Suspects {
    /// Notes a failure of the frame that starts at `first`.
    pub fn failed(&mut self, stream: Stream, epoch: u64, first: Seq) -> Poison {
        let suspect = (stream, epoch, first);
        if let Some(at) = self.0.iter().position(|known| *known == suspect) {
            self.0.swap_remove(at);
            return Poison::DeadLetter;
        }
        // Bounded: a device that sends only garbage cannot grow it.
        if self.0.len() >= 64 {
            self.0.remove(0);
        }
        self.0.push(suspect);
        Poison::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(epoch: u64, first: Seq, last: Seq) -> Arrival {
        Arrival { epoch, first, last, prev: None, chain: [9; 16] }
    }

    #[test]
    fn a_cursor_takes_each_record_once_and_in_order() {
        let at = |through| Some(Cursor { epoch: 2, through, chain: [7; 16] });
        let cursor = |through| Cursor { epoch: 2, through, chain: [9; 16] };
        assert_eq!(judge(at(5), &arrival(1, 1, 9)), Verdict::StaleEpoch);
        assert_eq!(judge(at(5), &arrival(2, 3, 5)), Verdict::Duplicate);
        assert_eq!(judge(at(5), &arrival(2, 8, 9)), Verdict::Gap { first: 6, last: 7 });
        assert_eq!(judge(at(5), &arrival(2, 4, 8)), Verdict::Take { skip: 2, cursor: cursor(8), broken: false });
        assert_eq!(judge(None, &arrival(2, 1, 3)), Verdict::Take { skip: 0, cursor: cursor(3), broken: false });
        assert_eq!(judge(at(5), &arrival(3, 2, 3)), Verdict::Gap { first: 1, last: 1 });
    }

    #[test]
    fn a_frame_taken_out_of_the_chain_is_stored_and_flagged() {
        let at = Cursor { epoch: 1, through: 5, chain: [7; 16] };
        let frame = |prev| Arrival { epoch: 1, first: 6, last: 6, prev: Some(prev), chain: [8; 16] };
        assert!(matches!(judge(Some(at), &frame([7; 16])), Verdict::Take { broken: false, .. }));
        assert!(matches!(judge(Some(at), &frame([1; 16])), Verdict::Take { broken: true, .. }));
        let after_loss = Cursor { chain: [0; 16], ..at };
        assert!(matches!(judge(Some(after_loss), &frame([1; 16])), Verdict::Take { broken: false, .. }));
    }

    #[test]
    fn credit_shrinks_with_the_queue_and_never_ends() {
        assert_eq!(credit(0, 100, 16), 16);
        assert_eq!(credit(50, 100, 16), 8);
        assert_eq!(credit(100, 100, 16), 1);
        assert_eq!(credit(1000, 0, 16), 1);
    }

    #[test]
    fn a_frame_is_asked_for_once_more_and_then_set_aside() {
        let mut suspects = Suspects::default();
        assert_eq!(suspects.failed(Stream::Money, 1, 7), Poison::Again);
        assert_eq!(suspects.failed(Stream::Money, 1, 9), Poison::Again);
        assert_eq!(suspects.failed(Stream::Money, 1, 7), Poison::DeadLetter);
    }
}
