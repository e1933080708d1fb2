//! The readings a board keeps: the newest `N`, numbered without a gap.

/// One of them; its order of fields keeps it at 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) mono_ms: u64,
    pub(super) value: i32,
    pub(super) channel: u8,
    pub(super) quality: u8,
}

#[derive(Clone, Debug)]
pub(super) struct Ring<const N: usize> {
    slots: [Stored; N],
    /// Number of the oldest.
    first: u64,
    /// One more than the number of the newest.
    end: u64,
    dropped: u32,
}

impl<const N: usize> Default for Ring<N> {
    fn default() -> Self {
        const { assert!(N > 0, "a board keeps at least one reading") };
        Self { slots: [Stored::default(); N], first: 1, end: 1, dropped: 0 }
    }
}

impl<const N: usize> Ring<N> {
    /// Keeps one and returns its number; the oldest gives way when there is no room.
    pub(super) fn push(&mut self, mut stored: Stored) -> u64 {
        // Time never runs back within a batch, whatever the caller says.
        if let Some(last) = self.get(self.end.wrapping_sub(1)) {
            stored.mono_ms = stored.mono_ms.max(last.mono_ms);
        }
        if self.end - self.first == N as u64 {
            self.first += 1;
            self.dropped = self.dropped.saturating_add(1);
        }
        let seq = self.end;
        self.slots[(seq % N as u64) as usize] = stored;
        self.end += 1;
        seq
    }

    pub(super) fn get(&self, seq: u64) -> Option<Stored> {
        (self.first..self.end).contains(&seq).then(|| self.slots[(seq % N as u64) as usize])
    }

    /// Lets go of what is below `next`; of a number that was never given, of all there is.
    pub(super) fn release(&mut self, next: u64) {
        self.first = self.first.max(next.min(self.end));
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn dropped(&self) -> u32 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_forgets_the_oldest_and_counts_it() {
        let mut ring = Ring::<4>::default();
        for value in 1..=6 {
            ring.push(Stored { mono_ms: 1, value, channel: 0, quality: 0 });
        }
        assert_eq!((ring.first(), ring.end(), ring.dropped()), (3, 7, 2));
        assert_eq!(ring.get(3).expect("kept").value, 3);
        assert_eq!(ring.get(2), None);
        ring.release(5);
        assert_eq!((ring.first(), ring.dropped()), (5, 2), "what is on disk is not lost");
        ring.release(99);
        assert_eq!((ring.first(), ring.end()), (7, 7));
    }

    #[test]
    fn time_in_the_ring_never_runs_back() {
        let mut ring = Ring::<4>::default();
        ring.push(Stored { mono_ms: 50, ..Stored::default() });
        let seq = ring.push(Stored { mono_ms: 40, ..Stored::default() });
        assert_eq!(ring.get(seq).expect("kept").mono_ms, 50);
        assert_eq!(size_of::<Stored>(), 16);
    }
}
