//! A till at work: who stands there, when it can ring, and what it counts.

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::time::BusinessDay;

use crate::mishap::{BOOT_S, Outage};
use crate::staff::Shift;
use crate::truth::{Truth, What};
use crate::world::World;

/// From one cashier's last to the next one's first, in seconds.
const HANDOVER_S: i64 = 45;

pub(super) struct Till {
    pub(super) terminal: TerminalId,
    pub(super) number: u8,
    pub(super) free_at: Timestamp,
    shifts: Vec<Shift>,
    /// Which of the shifts is on.
    on: usize,
    rung: u32,
    /// When it cannot ring, by beginning.
    outages: Vec<Outage>,
    swap: Option<Outage>,
    swapped: bool,
    events: Vec<TillEvent>,
}

impl Till {
    pub(super) fn open(world: &World, day: BusinessDay, number: u8, roster: &[Shift], dips: &[Outage]) -> Self {
        let shifts: Vec<Shift> = roster.iter().filter(|shift| shift.till == number).cloned().collect();
        let boot = SignedDuration::from_secs(BOOT_S);
        let mut outages: Vec<Outage> = dips.iter().map(|dip| Outage { from: dip.from, to: dip.to + boot }).collect();
        let swap = world.till_swap(day, number);
        outages.extend(swap);
        outages.sort_by_key(|outage| outage.from);
        let terminal: TerminalId = format!("till-{number}").parse().expect("letters, a hyphen and digits");
        let opens = world.time.span(day).0;
        let mut till = Self {
            terminal,
            number,
            free_at: opens,
            shifts,
            on: 0,
            rung: 0,
            outages,
            swap,
            swapped: false,
            events: Vec::new(),
        };
        if let Some(first) = till.shifts.first().cloned() {
            let at = till.free_for(first.from, HANDOVER_S);
            till.sign(at, true, first.operator);
            till.free_at = at + SignedDuration::from_secs(10);
        }
        till
    }

    /// The first instant from `ready` on at which it is free for so many seconds.
    pub(super) fn free_for(&self, ready: Timestamp, seconds: i64) -> Timestamp {
        let mut at = self.free_at.max(ready);
        for outage in &self.outages {
            if at < outage.to && outage.from < at + SignedDuration::from_secs(seconds) {
                at = outage.to;
            }
        }
        at
    }

    /// The cashier who is there now.
    pub(super) fn operator(&self) -> u16 {
        self.shifts.get(self.on).map_or(1, |shift| shift.operator)
    }

    /// The same, at an instant: the next shift takes over when its time has come and the till is free. Gives when the
    /// till can ring for so many seconds.
    pub(super) fn man(&mut self, ready: Timestamp, seconds: i64) -> Timestamp {
        let starts = self.free_for(ready, seconds);
        while self.shifts.len() > self.on + 1 && self.shifts[self.on].to <= starts {
            let off = self.free_for(self.shifts[self.on].to, HANDOVER_S);
            self.sign(off, false, self.shifts[self.on].operator);
            self.on += 1;
            let on = off + SignedDuration::from_secs(HANDOVER_S - 5);
            self.sign(on, true, self.shifts[self.on].operator);
            self.free_at = off + SignedDuration::from_secs(HANDOVER_S);
        }
        self.free_for(ready, seconds)
    }

    /// The number of the next ticket. A new till has counted nothing yet.
    pub(super) fn count(&mut self, at: Timestamp, day: BusinessDay) -> String {
        if self.swap.is_some_and(|swap| swap.to <= at) && !std::mem::replace(&mut self.swapped, true) {
            self.rung = 0;
        }
        self.rung += 1;
        format!("{}{:04}", day.0.strftime("%y%m%d"), self.rung)
    }

    fn sign(&mut self, at: Timestamp, on: bool, operator: u16) {
        let operator = operator.to_string();
        let kind = if on { TillEventKind::SignOn { operator } } else { TillEventKind::SignOff { operator } };
        self.events.push(TillEvent { terminal: self.terminal.clone(), at, kind });
    }

    fn who_at(&self, at: Timestamp) -> Option<u16> {
        let before = self.events.iter().rev().find(|event| event.at <= at)?;
        match &before.kind {
            TillEventKind::SignOn { operator } => operator.parse().ok(),
            _ => None,
        }
    }

    /// Ends the day before `ends`: the last cashiers go, and whoever stood there through an outage signed on anew.
    pub(super) fn close(mut self, ends: Timestamp, truth: &mut Vec<Truth>) -> Vec<TillEvent> {
        if let Some(last) = self.shifts.last().cloned() {
            self.man(last.from, 0);
            let last_moment = ends - SignedDuration::from_secs(1);
            let off =
                self.free_for(last.to, 0).max(self.events.last().map_or(last.to, |event| event.at)).min(last_moment);
            self.sign(off, false, last.operator);
        }
        let mut anew = Vec::new();
        for outage in &self.outages {
            let swapped = self.swap == Some(*outage);
            let back = outage.to - SignedDuration::from_secs(5);
            if let Some(operator) = self.who_at(outage.from).filter(|_| back < ends) {
                if swapped {
                    anew.push((outage.from, false, operator));
                }
                anew.push((back, true, operator));
            }
            if swapped {
                let terminal = Some(self.terminal.clone());
                truth.push(Truth { terminal, ..Truth::new(What::TillSwap, outage.from, outage.to) });
            }
        }
        anew.into_iter().for_each(|(at, on, operator)| self.sign(at, on, operator));
        self.events.sort_by_key(|event| event.at);
        self.events
    }
}
