//! Batches on their way, and when each is said again.

use heapless::Vec;

use super::{GUARD_US, MAX_WINDOW, retry_us};

#[derive(Clone, Copy, Debug)]
struct Flight {
    first: u64,
    count: u16,
    sent_us: u64,
    tries: u8,
}

impl Flight {
    fn end(&self) -> u64 {
        self.first + u64::from(self.count)
    }

    fn due_us(&self) -> u64 {
        self.sent_us.saturating_add(retry_us(self.tries))
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    flights: Vec<Flight, MAX_WINDOW>,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        self.flights.len()
    }

    pub(super) fn push(&mut self, first: u64, count: u16, now_us: u64) {
        // The caller asked for room before.
        let _ = self.flights.push(Flight { first, count, sent_us: now_us, tries: 0 });
    }

    /// All below `next` is on disk. That something arrived says the line works: waits start over.
    pub(super) fn acked(&mut self, now_us: u64, next: u64) {
        let mut news = false;
        self.flights.retain_mut(|flight| {
            news |= flight.first < next;
            if flight.first < next && flight.end() > next {
                flight.count = (flight.end() - next) as u16;
                flight.first = next;
            }
            flight.end() > next
        });
        if news {
            for flight in &mut self.flights {
                // Not to nothing: what had to be said in pieces has to be still.
                flight.tries = flight.tries.min(1);
                flight.sent_us = flight.sent_us.max(now_us.saturating_sub(GUARD_US));
            }
        }
    }

    /// In how many pieces to say one again: whole at first, then in halves, quarters, and so on.
    pub(super) fn pieces(&self, at: usize) -> u64 {
        self.flights.get(at).map_or(1, |flight| 1 << flight.tries.min(4))
    }

    /// `(place, first, count)` of one that has waited long enough.
    pub(super) fn overdue(&self, now_us: u64) -> Option<(usize, u64, u16)> {
        self.find(|flight| flight.due_us() <= now_us)
    }

    /// One that stands in a gap the host named, unless it may still be on its way.
    pub(super) fn missing(&self, now_us: u64, from: u64, to: u64) -> Option<(usize, u64, u16)> {
        self.find(|flight| {
            flight.first < to && flight.end() > from && flight.sent_us.saturating_add(GUARD_US) <= now_us
        })
    }

    fn find(&self, wanted: impl Fn(&Flight) -> bool) -> Option<(usize, u64, u16)> {
        let at = self.flights.iter().position(wanted)?;
        Some((at, self.flights[at].first, self.flights[at].count))
    }

    /// It was said again.
    pub(super) fn sent(&mut self, at: usize, now_us: u64) {
        if let Some(flight) = self.flights.get_mut(at) {
            flight.sent_us = now_us;
            flight.tries = flight.tries.saturating_add(1);
        }
    }

    pub(super) fn remove(&mut self, at: usize) {
        if at < self.flights.len() {
            self.flights.remove(at);
        }
    }

    /// When the next one is due.
    pub(super) fn due_us(&self) -> u64 {
        self.flights.iter().map(Flight::due_us).min().unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_half_a_second_to_thirty() {
        let waits: std::vec::Vec<u64> = (0..9).map(|tries| retry_us(tries) / 1000).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn a_gap_is_said_again_at_once_but_not_what_has_just_gone() {
        let mut window = Window::default();
        window.push(1, 10, 0);
        window.push(11, 10, 90_000);
        assert_eq!(window.missing(100_000, 1, 21), Some((0, 1, 10)));
        window.sent(0, 100_000);
        assert_eq!(window.missing(100_000, 1, 21), None);
        window.acked(120_000, 11);
        assert_eq!((window.len(), window.due_us()), (1, 590_000));
        // A part of it arrived: the rest is what is left of it.
        window.acked(120_000, 15);
        assert_eq!(window.overdue(590_000), Some((0, 15, 6)));
    }
}
