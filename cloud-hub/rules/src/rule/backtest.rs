//! What a rule would have done.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Evaluator, Observation, Rule, Subject, Transition, Turn};

/// More firings of one subject in a day than this are more than anybody answers.
const A_DAY: u32 = 10;
/// Back within this long after it cleared: it flaps.
const BACK_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Fewer returns than this prove nothing.
const RETURNS: u32 = 3;

/// What a rule would have done over a stretch of history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BacktestReport {
    /// How often it fired.
    pub fired: u32,
    /// How often it cleared.
    pub cleared: u32,
    /// How many subjects fire at the end.
    pub open: u32,
    /// How often it fired on each day that it did, by the calendar of the zone that was given.
    pub by_day: BTreeMap<Date, u32>,
    /// How long it fired, all subjects together; what is open counts up to the end.
    pub firing_for: SignedDuration,
    /// When it fired first.
    pub first: Option<Timestamp>,
    /// When it fired last.
    pub last: Option<Timestamp>,
    /// Why nobody would listen to it for long.
    pub noisy: Option<Noise>,
    /// How many observations the rule watches.
    pub watched: u64,
    /// How many of them were there twice.
    pub stale: u64,
    /// How many of them were no finite number.
    pub refused: u64,
    /// Every change, in order of time.
    pub transitions: Vec<Transition>,
}

/// How a rule is noisy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Noise {
    /// It comes back soon after it cleared, mostly: it lacks hysteresis or a duration.
    Flaps {
        /// How often it came back within ten minutes.
        returns: u32,
        /// Out of how many firings.
        fired: u32,
    },
    /// One subject fires too often: the limit is too close to what is usual.
    TooOften {
        /// Which.
        subject: Subject,
        /// On its worst day.
        day: Date,
        /// How often.
        fired: u32,
    },
}

/// A back-test that takes history in portions, for one that no memory holds. It is the live [`Evaluator`] that runs, so what
/// it says is what live would have said.
#[derive(Clone, Debug)]
pub struct Backtest {
    live: Evaluator,
    until: Timestamp,
    watched: u64,
    transitions: Vec<Transition>,
}

impl Backtest {
    /// Over a rule, up to and including `until`.
    pub fn new(rule: Rule, until: Timestamp) -> Self {
        Self { live: Evaluator::new(rule), until, watched: 0, transitions: Vec::new() }
    }

    /// The next of what was seen. Of one subject in order of time; what is out of order by more than the rule's lateness
    /// is counted as it would be live.
    pub fn observe(&mut self, seen: &Observation) {
        if seen.at <= self.until && self.live.rule().concerns(seen) {
            self.watched += 1;
            self.transitions.extend(self.live.observe(seen, self.until));
        }
    }

    /// How often it fired so far.
    pub fn fired(&self) -> usize {
        self.transitions.iter().filter(|change| change.turn == Turn::Fired).count()
    }

    /// What came of it; days are those of `zone`.
    pub fn finish(mut self, zone: &TimeZone) -> BacktestReport {
        self.transitions.extend(self.live.tick(self.until));
        self.transitions.sort_by(|one, other| (one.at, &one.subject).cmp(&(other.at, &other.subject)));
        let mut report = sum_up(self.transitions, self.until, zone);
        report.watched = self.watched;
        report.stale = self.live.watches().map(super::Watch::stale).sum();
        report.refused = self.live.watches().map(super::Watch::refused).sum();
        report
    }
}

/// Runs the rule over history, in any order, up to and including `until`.
pub fn backtest(
    rule: &Rule,
    history: impl IntoIterator<Item = Observation>,
    until: Timestamp,
    zone: &TimeZone,
) -> BacktestReport {
    let mut history: Vec<Observation> = history.into_iter().filter(|seen| rule.concerns(seen)).collect();
    history.sort_by(|one, other| (one.at, one.seq).cmp(&(other.at, other.seq)).then(one.value.total_cmp(&other.value)));
    let mut run = Backtest::new(rule.clone(), until);
    history.iter().for_each(|seen| run.observe(seen));
    run.finish(zone)
}

fn sum_up(transitions: Vec<Transition>, until: Timestamp, zone: &TimeZone) -> BacktestReport {
    let mut report = BacktestReport {
        fired: 0,
        cleared: 0,
        open: 0,
        by_day: BTreeMap::new(),
        firing_for: SignedDuration::ZERO,
        first: None,
        last: None,
        noisy: None,
        watched: 0,
        stale: 0,
        refused: 0,
        transitions: Vec::new(),
    };
    let mut open: BTreeMap<&Subject, Timestamp> = BTreeMap::new();
    let mut cleared: BTreeMap<&Subject, Timestamp> = BTreeMap::new();
    let mut worst: BTreeMap<(&Subject, Date), u32> = BTreeMap::new();
    let mut returns = 0;
    for change in &transitions {
        match change.turn {
            Turn::Fired => {
                let day = zone.to_datetime(change.at).date();
                report.fired += 1;
                *report.by_day.entry(day).or_default() += 1;
                *worst.entry((&change.subject, day)).or_default() += 1;
                report.first.get_or_insert(change.at);
                report.last = Some(change.at);
                open.insert(&change.subject, change.at);
                let before = cleared.get(&change.subject);
                returns += u32::from(before.is_some_and(|end| change.at.duration_since(*end) <= BACK_WITHIN));
            }
            Turn::Cleared => {
                report.cleared += 1;
                cleared.insert(&change.subject, change.at);
                if let Some(from) = open.remove(&change.subject) {
                    report.firing_for = report.firing_for.saturating_add(change.at.duration_since(from));
                }
            }
        }
    }
    report.open = u32::try_from(open.len()).unwrap_or(u32::MAX);
    for from in open.values() {
        report.firing_for = report.firing_for.saturating_add(until.duration_since(*from));
    }
    let often = worst.into_iter().max_by_key(|(_, fired)| *fired).filter(|(_, fired)| *fired > A_DAY);
    report.noisy = if returns >= RETURNS && returns * 2 > report.fired {
        Some(Noise::Flaps { returns, fired: report.fired })
    } else {
        often.map(|((subject, day), fired)| Noise::TooOften { subject: subject.clone(), day, fired })
    };
    report.transitions = transitions;
    report
}
