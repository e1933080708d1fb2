//! What a trial found: the counts, and what it takes to judge them.

use std::time::Duration;

use serde::Serialize;

use super::{Engine, Wire};
use crate::faults::Done;
use crate::house::House;
use crate::ledger::paper::PaperFindings;
use crate::ledger::{Comparison, Counts, Gaps};

/// What a trial found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// The five counts: the larger of the two lists'.
    #[serde(flatten)]
    pub counts: Counts,
    /// Receipts that are not held, but named as lost or put aside: where nothing is acknowledged, there can be such.
    pub named: u64,
    /// What lies on the paper, where the till prints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<PaperFindings>,
    /// How the till reported.
    pub wire: Wire,
    /// What the hub kept it in.
    pub engine: Engine,
    /// Lines that should be held.
    pub lines: u64,
    /// Receipts that should be held.
    pub receipts: u64,
    /// From the first receipt until all was at the hub.
    pub seconds: f64,
    /// What went wrong on purpose.
    pub faults: Done,
    /// Of all random choices.
    pub seed: u64,
    /// Receipts the agent could not read, and said so.
    pub quarantined: u64,
    /// Rows the hub met a second time and dropped.
    pub repeated: u64,
    /// Numbers of the stream in a loss statement.
    pub lost: u64,
    /// Numbers of the stream among the dead letters.
    pub dead_letters: u64,
    /// Against what the till was told.
    pub against_ledger: Counts,
    /// Against the source file, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_source: Option<Counts>,
    /// Middle and 99th percentile of the agent's starts until it reads, in ms.
    pub agent_start_ms: (u64, u64),
    /// Likewise of the hub's, until it serves.
    pub hub_start_ms: (u64, u64),
    /// The first faults found, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Findings {
    /// From what was compared.
    pub(crate) fn of(
        house: &House,
        ledger: (Comparison, u64),
        source: Option<Comparison>,
        gaps: Gaps,
        facts: (u64, u64, f64, Done, u64),
    ) -> Self {
        let (ledger, quarantined) = ledger;
        let (receipts, lines, seconds, faults, seed) = facts;
        let against_source = source.as_ref().map(|found| found.counts);
        let counts = against_source.map_or(ledger.counts, |counts| counts.worst(ledger.counts));
        let mut examples: Vec<String> = ledger.examples.into_iter().map(|text| format!("ledger: {text}")).collect();
        examples.extend(source.into_iter().flat_map(|found| found.examples).map(|text| format!("source: {text}")));
        let (agent, hub) = house.starts();
        Self {
            counts,
            named: 0,
            paper: None,
            wire: Wire::Journal,
            engine: Engine::Sqlite,
            lines,
            receipts,
            seconds,
            faults,
            seed,
            quarantined,
            repeated: gaps.repeated,
            lost: gaps.lost,
            dead_letters: gaps.dead,
            against_ledger: ledger.counts,
            against_source,
            agent_start_ms: percentiles(agent),
            hub_start_ms: percentiles(hub),
            examples,
        }
    }

    /// Whether nothing is wrong: the five counts are 0, the paper is what was sent, and nothing was named as lost without
    /// a kill that explains it.
    pub fn is_clean(&self) -> bool {
        let kills = self.faults.agent_kills + self.faults.relay_kills;
        let paper = self.paper.unwrap_or_default();
        let lost_on_the_way = paper.torn + paper.unprinted;
        self.counts.is_clean()
            && paper.altered == 0
            && (paper.statement_jobs == 0 || kills > 0)
            && (lost_on_the_way == 0 || self.faults.relay_kills > 0)
    }
}

fn percentiles(times: &[Duration]) -> (u64, u64) {
    let mut sorted = times.to_vec();
    sorted.sort();
    let at = |share: f64| {
        let place = (sorted.len() as f64 * share) as usize;
        sorted.get(place.min(sorted.len().saturating_sub(1))).map_or(0, |time| time.as_millis() as u64)
    };
    (at(0.5), at(0.99))
}
