//! Whole jobs that the agent has not acknowledged, bounded; what it has to let go is counted and named.

use std::collections::VecDeque;
use std::sync::Arc;

use super::tally::Owed;
use super::wire::{Dropped, Job, ToAgent};

/// Bookkeeping per job beside its bytes.
const OVERHEAD: usize = 128;

/// Why a job was let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The agent did not acknowledge in time.
    Full,
    /// One job was longer than the ring.
    TooLong,
    /// The copy was faster than the tap.
    Overrun,
    /// A relay, or its tap, ended before it had handed over what it held.
    Ended,
}

impl Why {
    const ALL: [Why; 4] = [Why::Full, Why::TooLong, Why::Overrun, Why::Ended];

    fn reason(self) -> &'static str {
        match self {
            Self::Full => "the ring was full while the agent did not acknowledge",
            Self::TooLong => "a job was longer than the ring",
            Self::Overrun => "the tap could not follow the printer",
            Self::Ended => "the relay ended before the agent had them; at most so many",
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Loss {
    jobs: u32,
    bytes: u64,
    from_us: i64,
    to_us: i64,
}

/// The ring of one relay.
#[derive(Debug)]
pub(super) struct Ring {
    terminal: String,
    limit: usize,
    next: u64,
    jobs: VecDeque<Arc<Job>>,
    bytes: usize,
    /// Losses not handed over yet, by reason.
    open: [Loss; 4],
    /// Losses handed over but not acknowledged; they may grow no more.
    named: [Option<Dropped>; 4],
    /// (number, bytes) of the last jobs in the open loss of [`Why::Full`]: one that was on its way when it was let go
    /// may still be acknowledged, and is no loss then.
    regretted: VecDeque<(u64, u64)>,
    /// Jobs and bytes of them that are still being printed.
    growing: (u64, u64),
}

/// More than can be on their way at a time.
const REGRETTED: usize = 64;

impl Ring {
    /// `first` is the first job number: the start time, so that numbers rise over restarts.
    pub(super) fn new(terminal: String, limit: usize, first: u64) -> Self {
        Self {
            terminal,
            limit,
            next: first,
            jobs: VecDeque::new(),
            bytes: 0,
            open: Default::default(),
            named: Default::default(),
            regretted: VecDeque::new(),
            growing: (0, 0),
        }
    }

    /// Names what a relay before this one owed.
    pub(super) fn inherit(&mut self, left: Owed) {
        if left.jobs > 0 {
            let jobs = u32::try_from(left.jobs).unwrap_or(u32::MAX);
            let loss = Loss { jobs, bytes: left.bytes, from_us: left.from_us, to_us: left.to_us };
            self.open[Why::Ended as usize] = loss;
        }
    }

    /// So many jobs, with so many bytes so far, are being printed.
    pub(super) fn growing(&mut self, jobs: u64, bytes: u64) {
        self.growing = (jobs, bytes);
    }

    /// All that was printed and that the agent has not acknowledged, losses included.
    pub(super) fn owed(&self) -> Owed {
        let (jobs, bytes) = self.growing;
        let held = (self.bytes - self.jobs.len() * OVERHEAD) as u64;
        let mut owed = Owed { jobs: jobs + self.jobs.len() as u64, bytes: bytes + held, from_us: 0, to_us: 0 };
        let named = self.named.iter().flatten();
        let losses = self.open.iter().map(|loss| (loss.jobs, loss.bytes, loss.from_us, loss.to_us));
        let losses = losses.chain(named.map(|loss| (loss.jobs, loss.bytes, loss.from_us, loss.to_us)));
        let ends = self.jobs.front().zip(self.jobs.back()).map(|(one, two)| (one.started_us, two.started_us));
        let mut times: Vec<(i64, i64)> = ends.into_iter().collect();
        for (jobs, bytes, from_us, to_us) in losses.filter(|loss| loss.0 > 0) {
            owed.jobs += u64::from(jobs);
            owed.bytes += bytes;
            times.push((from_us, to_us));
        }
        owed.from_us = times.iter().map(|(from_us, _)| *from_us).min().unwrap_or(0);
        owed.to_us = times.iter().map(|(_, to_us)| *to_us).max().unwrap_or(0);
        owed
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Keeps a job; `held` bytes are held elsewhere and count against the bound.
    pub(super) fn push(&mut self, started_us: i64, bytes: Vec<u8>, ended: super::Ended, held: usize) {
        if bytes.len() + OVERHEAD > self.limit {
            return self.lose(Why::TooLong, bytes.len() as u64, started_us);
        }
        self.make_room(held + bytes.len() + OVERHEAD);
        self.bytes += bytes.len() + OVERHEAD;
        let job = Job { job: self.number(), terminal: self.terminal.clone(), started_us, bytes, ended };
        self.jobs.push_back(Arc::new(job));
    }

    /// Lets go of the oldest jobs until `needed` bytes fit.
    pub(super) fn make_room(&mut self, needed: usize) {
        while self.bytes + needed > self.limit {
            let Some(job) = self.jobs.pop_front() else { return };
            self.bytes -= job.bytes.len() + OVERHEAD;
            self.lose(Why::Full, job.bytes.len() as u64, job.started_us);
            self.regretted.push_back((job.job, job.bytes.len() as u64));
            if self.regretted.len() > REGRETTED {
                self.regretted.pop_front();
            }
        }
    }

    /// Counts a job that is not kept.
    pub(super) fn lose(&mut self, why: Why, bytes: u64, started_us: i64) {
        let loss = &mut self.open[why as usize];
        if loss.jobs == 0 {
            (loss.from_us, loss.to_us) = (started_us, started_us);
        }
        loss.jobs += 1;
        loss.bytes += bytes;
        loss.from_us = loss.from_us.min(started_us);
        loss.to_us = loss.to_us.max(started_us);
    }

    /// The next message after `sent`, losses first; `sent` starts at 0 on every connection.
    pub(super) fn next_after(&mut self, sent: u64, said: &[u64]) -> Option<(u64, ToAgent)> {
        for why in Why::ALL {
            let at = why as usize;
            if self.named[at].is_none() && self.open[at].jobs > 0 {
                let loss = std::mem::take(&mut self.open[at]);
                if why == Why::Full {
                    self.regretted.clear();
                }
                let id = self.number();
                self.named[at] = Some(Dropped {
                    id,
                    terminal: self.terminal.clone(),
                    jobs: loss.jobs,
                    bytes: loss.bytes,
                    reason: why.reason().to_owned(),
                    from_us: loss.from_us,
                    to_us: loss.to_us,
                });
            }
            if let Some(dropped) = &self.named[at]
                && !said.contains(&dropped.id)
            {
                return Some((dropped.id, ToAgent::Dropped(dropped.clone())));
            }
        }
        let at = self.jobs.partition_point(|job| job.job <= sent);
        self.jobs.get(at).map(|job| (job.job, ToAgent::Job(Job::clone(job))))
    }

    /// The agent has it on disk.
    pub(super) fn settle(&mut self, id: u64) {
        for named in &mut self.named {
            if named.as_ref().is_some_and(|dropped| dropped.id == id) {
                *named = None;
            }
        }
        if let Ok(at) = self.jobs.binary_search_by_key(&id, |job| job.job)
            && let Some(job) = self.jobs.remove(at)
        {
            self.bytes -= job.bytes.len() + OVERHEAD;
        } else if let Some(at) = self.regretted.iter().position(|(lost, _)| *lost == id)
            && let Some((_, bytes)) = self.regretted.remove(at)
        {
            let loss = &mut self.open[Why::Full as usize];
            (loss.jobs, loss.bytes) = (loss.jobs.saturating_sub(1), loss.bytes.saturating_sub(bytes));
        }
    }

    /// Nothing is owed to the agent.
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.open.iter().all(|loss| loss.jobs == 0) && self.named.iter().all(Option::is_none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::Ended;

    fn ring(limit: usize) -> Ring {
        Ring::new("till-1".to_owned(), limit, 1_000)
    }

    #[test]
    fn the_oldest_goes_first_and_everything_that_went_is_named_once() {
        let mut ring = ring(10 * (100 + OVERHEAD));
        for n in 0..25 {
            ring.push(n, vec![0; 100], Ended::Cut, 0);
        }
        let (id, first) = ring.next_after(0, &[]).expect("a loss");
        let ToAgent::Dropped(loss) = first else { panic!("the loss comes first") };
        assert_eq!((loss.jobs, loss.bytes, loss.from_us, loss.to_us), (15, 1_500, 0, 14));
        let (_, next) = ring.next_after(0, &[id]).expect("a job");
        assert!(matches!(next, ToAgent::Job(job) if job.started_us == 15));
        // Not acknowledged: the same statement again, word for word, on the next connection.
        ring.push(25, vec![0; 100], Ended::Cut, 0);
        assert_eq!(ring.next_after(0, &[]).expect("again"), (id, ToAgent::Dropped(loss)));
        ring.settle(id);
        let (id, next) = ring.next_after(0, &[]).expect("the later loss");
        assert!(matches!(&next, ToAgent::Dropped(loss) if loss.jobs == 1 && loss.from_us == 15), "{next:?}");
        ring.settle(id);
        let mut sent = 0;
        while let Some((id, _)) = ring.next_after(sent, &[]) {
            sent = id;
            ring.settle(id);
        }
        assert!(ring.is_empty() && ring.bytes == 0);
    }

    #[test]
    fn a_job_that_is_acknowledged_after_it_was_let_go_is_no_loss() {
        let mut ring = ring(2 * (100 + OVERHEAD));
        ring.push(1, vec![0; 100], Ended::Cut, 0);
        let (id, _) = ring.next_after(0, &[]).expect("a job on its way");
        ring.push(2, vec![0; 100], Ended::Cut, 0);
        ring.push(3, vec![0; 100], Ended::Cut, 0);
        assert_eq!(ring.open[Why::Full as usize].jobs, 1);
        ring.settle(id);
        assert!(matches!(ring.next_after(0, &[]), Some((_, ToAgent::Job(job))) if job.started_us == 2));
    }

    #[test]
    fn what_is_owed_is_everything_that_was_not_acknowledged() {
        let mut ring = ring(2 * (100 + OVERHEAD));
        ring.inherit(Owed { jobs: 5, bytes: 70, from_us: 1, to_us: 2 });
        for n in 10..13 {
            ring.push(n, vec![0; 100], Ended::Cut, 0);
        }
        ring.growing(1, 30);
        assert_eq!(ring.owed(), Owed { jobs: 5 + 3 + 1, bytes: 70 + 300 + 30, from_us: 1, to_us: 12 });
        let mut said = Vec::new();
        for _ in 0..2 {
            let (id, message) = ring.next_after(0, &said).expect("a loss");
            assert!(matches!(message, ToAgent::Dropped(_)), "{message:?}");
            said.push(id);
        }
        assert_eq!(ring.owed().jobs, 9, "said is not yet heard");
        said.into_iter().for_each(|id| ring.settle(id));
        ring.growing(0, 0);
        assert_eq!(ring.owed(), Owed { jobs: 2, bytes: 200, from_us: 11, to_us: 12 });
    }

    #[test]
    fn a_job_longer_than_the_ring_is_named_and_the_others_stay() {
        let mut ring = ring(1_000);
        ring.push(1, vec![0; 100], Ended::Cut, 0);
        ring.push(2, vec![0; 5_000], Ended::Cut, 0);
        assert!(matches!(ring.next_after(0, &[]), Some((_, ToAgent::Dropped(loss))) if loss.bytes == 5_000));
        assert_eq!(ring.jobs.len(), 1);
        // What connections hold counts too.
        ring.make_room(900);
        assert!(ring.jobs.is_empty() && ring.open[Why::Full as usize].jobs == 1);
    }
}
