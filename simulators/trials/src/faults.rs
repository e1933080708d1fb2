//! What goes wrong in a run, and when: drawn from a seed before the run begins.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::chaosproxy::{Chaos, Direction, Mode};

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Episodes of a bad line; every other one is a plain cut.
    pub cuts: u32,
    /// `kill -9` of the agent.
    pub kills: u32,
    /// `kill -9` of the hub.
    pub hub_kills: u32,
    /// Stops and starts of the hub's process, in which the broker lives.
    pub broker_restarts: u32,
    /// `kill -9` of the relay between till and printer.
    pub relay_kills: u32,
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The agent is killed and started again after a while.
    AgentKill {
        /// How long it is down.
        down: Duration,
    },
    /// The hub is killed and started again after a while.
    HubKill {
        /// How long it is down.
        down: Duration,
    },
    /// The hub, with the broker in it, is stopped in good order and started again.
    BrokerRestart,
    /// The relay is killed and started again after a while.
    RelayKill {
        /// How long it is down.
        down: Duration,
    },
    /// The line is bad for a while.
    Line(LineFault, Duration),
}

/// What a line does when it is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// There is none.
    Cut,
    /// Connections are reset once.
    Reset,
    /// Nothing moves one way.
    Stall(Direction),
    /// Nothing comes through and nobody is told.
    HalfOpen,
    /// Everything takes this long, each way.
    Latency(Duration),
    /// Bytes in a second, each way.
    Bandwidth(u32),
    /// One bit changes.
    Corrupt(Direction),
}

impl LineFault {
    /// Does it.
    pub fn apply(self, chaos: &Chaos) {
        let both = |mode| {
            chaos.set(Direction::Up, mode);
            chaos.set(Direction::Down, mode);
        };
        match self {
            Self::Cut => chaos.cut(),
            Self::Reset => chaos.reset(),
            Self::Stall(direction) => chaos.set(direction, Mode::Stall),
            Self::HalfOpen => chaos.half_open(),
            Self::Latency(delay) => both(Mode::Latency(delay)),
            Self::Bandwidth(rate) => both(Mode::Bandwidth(rate)),
            Self::Corrupt(direction) => chaos.corrupt(direction),
        }
    }
}

/// A fault and the share of the run (0 to 1) at which it strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// When.
    pub at: f64,
    /// What.
    pub fault: Fault,
}

/// Faults at random moments between 2 % and 97 % of the run, in order. The same seed is the same plan.
pub fn plan(seed: u64, wanted: Wanted) -> Vec<Planned> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut down = |longest: u64| Duration::from_millis(rng.random_range(0..longest));
    let mut faults = Vec::new();
    faults.extend((0..wanted.kills).map(|_| Fault::AgentKill { down: down(500) }));
    faults.extend((0..wanted.hub_kills).map(|_| Fault::HubKill { down: down(1_000) }));
    faults.extend((0..wanted.broker_restarts).map(|_| Fault::BrokerRestart));
    faults.extend((0..wanted.relay_kills).map(|_| Fault::RelayKill { down: down(300) }));
    for number in 0..wanted.cuts {
        let direction = if rng.random() { Direction::Up } else { Direction::Down };
        let fault = match number {
            number if number % 2 == 0 => LineFault::Cut,
            number => match number / 2 % 6 {
                0 => LineFault::Stall(direction),
                1 => LineFault::Reset,
                2 => LineFault::HalfOpen,
                3 => LineFault::Corrupt(direction),
                4 => LineFault::Latency(Duration::from_millis(rng.random_range(50..600))),
                _ => LineFault::Bandwidth(rng.random_range(1_200..125_000)),
            },
        };
        faults.push(Fault::Line(fault, Duration::from_millis(rng.random_range(50..3_000))));
    }
    faults.shuffle(&mut rng);
    let mut moments: Vec<f64> = faults.iter().map(|_| rng.random_range(0.02..0.97)).collect();
    moments.sort_by(f64::total_cmp);
    moments.into_iter().zip(faults).map(|(at, fault)| Planned { at, fault }).collect()
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "named as the faults")]
pub struct Done {
    pub agent_kills: u32,
    pub hub_kills: u32,
    /// The broker lives in the hub's process: a restart of one is a restart of both.
    pub broker_restarts: u32,
    pub relay_kills: u32,
    pub cuts: u32,
    pub resets: u32,
    pub stalls: u32,
    pub half_open: u32,
    pub slow: u32,
    pub narrow: u32,
    pub corruptions: u32,
}

impl Done {
    /// Counts one more.
    pub fn count(&mut self, fault: &Fault) {
        let counter = match fault {
            Fault::AgentKill { .. } => &mut self.agent_kills,
            Fault::HubKill { .. } => &mut self.hub_kills,
            Fault::BrokerRestart => &mut self.broker_restarts,
            Fault::RelayKill { .. } => &mut self.relay_kills,
            Fault::Line(LineFault::Cut, _) => &mut self.cuts,
            Fault::Line(LineFault::Reset, _) => &mut self.resets,
            Fault::Line(LineFault::Stall(_), _) => &mut self.stalls,
            Fault::Line(LineFault::HalfOpen, _) => &mut self.half_open,
            Fault::Line(LineFault::Latency(_), _) => &mut self.slow,
            Fault::Line(LineFault::Bandwidth(_), _) => &mut self.narrow,
            Fault::Line(LineFault::Corrupt(_), _) => &mut self.corruptions,
        };
        *counter += 1;
    }

    /// Episodes of a bad line.
    pub fn line(&self) -> u32 {
        self.cuts + self.resets + self.stalls + self.half_open + self.slow + self.narrow + self.corruptions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_what_was_asked_for_and_is_the_same_for_the_same_seed() {
        let wanted = Wanted { cuts: 20, kills: 10, hub_kills: 5, broker_restarts: 1, relay_kills: 2 };
        let faults = plan(7, wanted);
        assert_eq!(faults, plan(7, wanted));
        assert_ne!(faults, plan(8, wanted));
        let mut done = Done::default();
        faults.iter().for_each(|planned| done.count(&planned.fault));
        assert_eq!((done.agent_kills, done.hub_kills, done.broker_restarts, done.line()), (10, 5, 1, 20));
        assert_eq!(done.relay_kills, 2);
        assert!(done.cuts >= 10 && done.resets > 0 && done.stalls > 0 && done.half_open > 0);
        assert!(done.slow > 0 && done.narrow > 0 && done.corruptions > 0);
        assert!(faults.is_sorted_by(|one, two| one.at <= two.at));
        assert!(faults.iter().all(|planned| (0.02..0.97).contains(&planned.at)));
    }
}
