//! A rule over all its subjects.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Observation, Rule, Subject, Traits, Transition, Watch};

/// A rule and its watches, one a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluator {
    rule: Rule,
    watches: BTreeMap<Subject, Watch>,
}

impl Evaluator {
    /// A rule that has seen nothing.
    pub fn new(rule: Rule) -> Self {
        Self::resume(rule, [])
    }

    /// A rule that goes on with what it remembers. What it remembers under another form of itself still counts where it
    /// fits: a firing alarm whose limit moved clears by the new limit.
    pub fn resume(rule: Rule, watches: impl IntoIterator<Item = Watch>) -> Self {
        let watches = watches.into_iter().map(|watch| (watch.subject().clone(), watch)).collect();
        Self { rule, watches }
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// What it remembers, to be stored.
    pub fn watches(&self) -> impl Iterator<Item = &Watch> {
        self.watches.values()
    }

    /// Misses the subject from `from` on, though it never spoke. A subject that did is left as it is.
    pub fn expect(&mut self, subject: Subject, traits: Traits, from: Timestamp) {
        let watch = || Watch::expecting(&self.rule, subject.clone(), traits, from);
        self.watches.entry(subject.clone()).or_insert_with(watch);
    }

    /// Forgets a subject that is no more; gives its last state, so that an open incident can be cleared.
    pub fn forget(&mut self, subject: &Subject) -> Option<Watch> {
        self.watches.remove(subject)
    }

    /// What this observation brings about; nothing, where the rule does not watch it. What is dated more than ten minutes
    /// after `now` is refused.
    pub fn observe(&mut self, seen: &Observation, now: Timestamp) -> Vec<Transition> {
        let mut out = Vec::new();
        if self.rule.concerns(seen) {
            let new = || Watch::new(&self.rule, seen.subject.clone(), seen.traits.clone());
            let watch = self.watches.entry(seen.subject.clone()).or_insert_with(new);
            watch.observe(&self.rule, seen, now, &mut out);
        }
        out
    }

    /// What time brings about, in the order of time: nothing up to and including `through` is still to come.
    pub fn tick(&mut self, through: Timestamp) -> Vec<Transition> {
        self.tick_where(through, |_| true)
    }

    /// As [`Self::tick`], of some subjects only: those of a shop whose records have come up to there.
    pub fn tick_where(&mut self, through: Timestamp, of: impl Fn(&Subject) -> bool) -> Vec<Transition> {
        let mut out = Vec::new();
        for (_, watch) in self.watches.iter_mut().filter(|(subject, _)| of(subject)) {
            watch.tick(&self.rule, through, &mut out);
        }
        out.sort_by_key(|transition| transition.at);
        out
    }
}
