//! What one rule remembers of one subject.
//!
//! Time is the time of what was observed, never of its arrival: a change is dated to the moment it came about, however
//! late a tick or a record found out. So the same observations give the same changes in whatever portions they come,
//! with whatever ticks between.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::judge::{limit_of, of_window, silence};
use super::transition::turned;
use super::window::Window;
use super::{Aggregate, Condition, Observation, Op, Reason, Rule, Subject, Traits, Transition, Turn};
use crate::exact::Exact;
use crate::span;

/// How far a clock may be ahead. One observation dated to next year would make all others late until then.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// The memory of one rule about one subject. It serializes; what comes back goes on as if it had never left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    subject: Subject,
    traits: Traits,
    /// Decided up to here: nothing older counts any more.
    through: Option<Timestamp>,
    /// What came at exactly `through`, to know it again.
    at_through: BTreeSet<(u64, Exact)>,
    /// What waits until nothing older can come.
    waiting: BTreeSet<(Timestamp, u64, Exact)>,
    /// Since when it fires.
    firing: Option<Timestamp>,
    memory: Memory,
    /// How many came too late, or again.
    stale: u64,
    /// How many were no finite number, or dated into the future.
    refused: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Memory {
    Limit { since: Option<Timestamp>, last: Option<Timestamp>, samples: u32 },
    Window(Window),
    Silence { last: Option<Timestamp> },
}

/// How far time alone has come.
#[derive(Clone, Copy)]
enum Until {
    /// Up to, but not including: something is about to be seen at that instant.
    Before(Timestamp),
    /// Including: nothing more is seen at that instant.
    Through(Timestamp),
}

impl Until {
    fn reaches(self, at: Timestamp) -> bool {
        match self {
            Self::Before(end) => at < end,
            Self::Through(end) => at <= end,
        }
    }
}

impl Watch {
    /// Nothing is known yet.
    pub fn new(rule: &Rule, subject: Subject, traits: Traits) -> Self {
        Self {
            subject,
            traits,
            through: None,
            at_through: BTreeSet::new(),
            waiting: BTreeSet::new(),
            firing: None,
            memory: Memory::of(&rule.condition),
            stale: 0,
            refused: 0,
        }
    }

    /// Something is expected from `from` on, so that a subject that never spoke is missed too.
    pub fn expecting(rule: &Rule, subject: Subject, traits: Traits, from: Timestamp) -> Self {
        let mut watch = Self::new(rule, subject, traits);
        if let Memory::Silence { last } = &mut watch.memory {
            *last = Some(from);
        }
        watch
    }

    /// About whom.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Since when it fires, if it does.
    pub fn firing_since(&self) -> Option<Timestamp> {
        self.firing
    }

    /// How many observations came too late or again and did not count.
    pub fn stale(&self) -> u64 {
        self.stale
    }

    /// How many were no finite number, or dated into the future.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// From when on a [`Self::tick`] may bring something about; `None` where time alone cannot. A tick through an earlier
    /// instant changes nothing but what counts as late.
    pub fn due(&self, rule: &Rule) -> Option<Timestamp> {
        let alone = match (&self.memory, &rule.condition) {
            // A count that is not too high does not become so by what leaves.
            (Memory::Window(_), Condition::Rate { of: Aggregate::Count, op: Op::Above | Op::AtLeast, .. })
                if self.firing.is_none() =>
            {
                None
            }
            (Memory::Window(window), Condition::Rate { per, .. }) => window.next_leave(*per),
            (Memory::Silence { last: Some(last) }, Condition::Absence { lasting, .. }) if self.firing.is_none() => {
                Some(span::after(*last, *lasting))
            }
            _ => None,
        };
        alone.into_iter().chain(self.waiting.first().map(|(at, ..)| *at)).min()
    }

    /// Takes what was seen; `now` is the clock, by which nothing lies in the future. The caller has asked
    /// [`Rule::concerns`].
    pub fn observe(&mut self, rule: &Rule, seen: &Observation, now: Timestamp, out: &mut Vec<Transition>) {
        self.fit(rule);
        let ahead = seen.at > span::after(now, AHEAD);
        let Some(value) = Exact::new(seen.value).filter(|_| !ahead) else {
            self.refused += 1;
            return;
        };
        let key = (seen.at, seen.seq, value);
        let again = self.waiting.contains(&key)
            || (self.through == Some(seen.at) && self.at_through.contains(&(seen.seq, value)));
        if again || self.through.is_some_and(|through| seen.at < through) {
            self.stale += 1;
            return;
        }
        if self.traits != seen.traits {
            self.traits = seen.traits.clone();
        }
        self.waiting.insert(key);
        let newest = self.waiting.last().map_or(seen.at, |(at, ..)| *at);
        self.settle(rule, span::before(newest, rule.lateness), out);
    }

    /// Nothing up to and including `through` is still to come: the clock for silence, for all else how far the shop's
    /// records have been received.
    pub fn tick(&mut self, rule: &Rule, through: Timestamp, out: &mut Vec<Transition>) {
        self.fit(rule);
        if self.through.is_some_and(|done| through < done) {
            return;
        }
        self.settle(rule, through, out);
        self.elapse(rule, Until::Through(through), out);
        if self.through != Some(through) {
            self.through = Some(through);
            self.at_through.clear();
        }
    }

    /// A rule that was given another kind of condition begins anew; what it fired must be resolved by people.
    fn fit(&mut self, rule: &Rule) {
        let fresh = Memory::of(&rule.condition);
        if std::mem::discriminant(&fresh) != std::mem::discriminant(&self.memory) {
            (self.memory, self.firing) = (fresh, None);
        }
    }

    /// Decides upon what waits, up to `to`.
    fn settle(&mut self, rule: &Rule, to: Timestamp, out: &mut Vec<Transition>) {
        while let Some((at, seq, value)) = self.waiting.first().copied().filter(|(at, ..)| *at <= to) {
            self.waiting.pop_first();
            self.elapse(rule, Until::Before(at), out);
            self.take(rule, at, value, out);
            if self.through != Some(at) {
                self.through = Some(at);
                self.at_through.clear();
            }
            self.at_through.insert((seq, value));
        }
    }

    /// What time alone brings about.
    fn elapse(&mut self, rule: &Rule, until: Until, out: &mut Vec<Transition>) {
        match (&mut self.memory, &rule.condition) {
            (Memory::Window(window), Condition::Rate { per, .. }) => {
                let per = *per;
                while let Some(at) = window.next_leave(per).filter(|at| until.reaches(*at)) {
                    window.leave(at, per);
                    if let Some((turn, reason)) = of_window(window, &rule.condition, self.firing, at) {
                        out.push(turned(&mut self.firing, rule, &self.subject, &self.traits, at, turn, reason));
                    }
                }
            }
            (Memory::Silence { last: Some(last) }, Condition::Absence { measure, lasting }) => {
                let (last, due) = (*last, span::after(*last, *lasting));
                if self.firing.is_none() && until.reaches(due) {
                    let reason = silence(measure, last, *lasting);
                    out.push(turned(&mut self.firing, rule, &self.subject, &self.traits, due, Turn::Fired, reason));
                }
            }
            _ => {}
        }
    }

    fn take(&mut self, rule: &Rule, at: Timestamp, value: Exact, out: &mut Vec<Transition>) {
        let change = match (&mut self.memory, &rule.condition) {
            (Memory::Window(window), condition @ Condition::Rate { per, .. }) => {
                window.leave(at, *per);
                window.push(at, value);
                of_window(window, condition, self.firing, at)
            }
            (Memory::Silence { last }, Condition::Absence { measure, lasting }) => {
                let before = last.replace(at).unwrap_or(at);
                self.firing.map(|_| {
                    let reason = silence(measure, before, *lasting);
                    (Turn::Cleared, Reason { observed: Some(value.get()), samples: 1, ..reason })
                })
            }
            (Memory::Limit { since, last, samples }, condition) => {
                limit_of(condition).and_then(|limit| limit.judge(since, last, samples, self.firing, at, value.get()))
            }
            _ => None,
        };
        if let Some((turn, reason)) = change {
            out.push(turned(&mut self.firing, rule, &self.subject, &self.traits, at, turn, reason));
        }
    }
}

impl Memory {
    fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Threshold { .. } | Condition::Score { .. } => {
                Self::Limit { since: None, last: None, samples: 0 }
            }
            Condition::Rate { .. } => Self::Window(Window::default()),
            Condition::Absence { .. } => Self::Silence { last: None },
        }
    }
}
