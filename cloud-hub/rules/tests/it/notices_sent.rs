//! Over any course of an incident: nobody is forgotten, nobody is told twice.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;
use vyavs_domain::alert::Severity::{self, Critical, Info, Warning};
use vyavs_rules::incident::{Event, Incident, Policy, State, apply, fold, settle};
use vyavs_rules::route::{Match, News, Notice, Route, Target, Verdict, news, plan, verdict};

use crate::incident_events::commands;
use crate::notices::{mail, night, route, step};
use crate::say::{INCIDENT, at, fired, opened, person};

fn routes() -> impl Strategy<Value = Vec<Route>> {
    let target = prop_oneof![(1..4_u128).prop_map(mail), (1..3_u128).prop_map(|n| Target::Webhook(Uuid::from_u128(n)))];
    let to = || vec(target.clone(), 1..3);
    let severity = prop_oneof![Just(None), Just(Some(Info)), Just(Some(Warning)), Just(Some(Critical))];
    let one = (to(), proptest::option::of((1..40_i64, to())), any::<[bool; 3]>(), severity).prop_map(
        |(first, next, [quiet, passes, tell_resolved], severity)| {
            let mut steps = vec![step(0, first)];
            steps.extend(next.map(|(minutes, to)| step(minutes, to)));
            let of = Match { severity, ..Match::default() };
            Route { of, quiet: night(passes).filter(|_| quiet), tell_resolved, ..route(steps) }
        },
    );
    vec(one, 1..4)
}

/// A hub in small: it keeps notices by id, and sends what is due.
#[derive(Default)]
struct Desk {
    kept: BTreeMap<Uuid, Notice>,
    sent: BTreeMap<Uuid, usize>,
    withdrawn: BTreeSet<Uuid>,
    rang: u64,
}

impl Desk {
    fn hear(&mut self, incident: &Incident, events: &[Event], routes: &[Route]) {
        for event in events {
            // Planned twice, as after a crash between planning and noting it.
            for _ in 0..2 {
                for notice in plan(incident, event, routes, &TimeZone::UTC) {
                    self.kept.entry(notice.id).or_insert(notice);
                }
            }
            if news(event).is_some_and(|news| news != News::Resolved) {
                self.rang = event.seq;
            }
        }
    }

    fn send(&mut self, incident: &Incident, now: i64) {
        for (id, notice) in &self.kept {
            if self.sent.contains_key(id) || self.withdrawn.contains(id) {
                continue;
            }
            match verdict(notice, incident, at(now)) {
                Verdict::Wait => {}
                Verdict::Send => *self.sent.entry(*id).or_default() += 1,
                Verdict::Withdraw(_) => drop(self.withdrawn.insert(*id)),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_forgotten_and_nobody_is_told_twice(
        routes in routes(),
        steps in vec((proptest::option::of(commands()), 0..3_usize, 0..20_000_i64), 1..25),
    ) {
        let policy = Policy::default();
        let (mut desk, mut now) = (Desk::default(), 0);
        let open = opened();
        let (mut incident, mut all) = (open.incident, open.events);
        desk.hear(&incident, &all, &routes);
        // What the first steps of matching routes promise, by event and target.
        let mut promised = promises(&incident, &all, &routes);
        for (command, severity, wait) in steps {
            now += wait;
            let (settled, mut events) = settle(incident, at(now), &policy);
            let (after, last) = match command {
                Some(command) => match apply(&settled, command, person(1), at(now), &policy) {
                    Ok((after, event)) => (after, Some(event)),
                    Err(_) => (settled, None),
                },
                None => {
                    let severity: Severity = [Info, Warning, Critical][severity];
                    let folded = fold(Some(&settled), fired(now, severity, "s0"), INCIDENT, at(now), &policy);
                    if folded.opened { (settled, None) } else { (folded.incident, folded.events.into_iter().next()) }
                }
            };
            events.extend(last);
            desk.hear(&after, &events, &routes);
            promised.extend(promises(&after, &events, &routes));
            all.extend(events);
            incident = after;
            desk.send(&incident, now);
        }
        // A day later the last night is over.
        desk.send(&incident, now + 200_000);
        prop_assert!(desk.sent.values().all(|times| *times == 1));
        let first: BTreeSet<(u64, Target)> = desk.sent.keys().map(|id| &desk.kept[id])
            .filter(|notice| notice.after.is_zero()).map(|notice| (notice.event, notice.target.clone())).collect();
        prop_assert_eq!(first, promised);
        // Nothing is left over, and what was withdrawn was an escalation.
        prop_assert_eq!(desk.sent.len() + desk.withdrawn.len(), desk.kept.len());
        prop_assert!(desk.withdrawn.iter().all(|id| !desk.kept[id].after.is_zero()));
        // Quiet hours and steps only ever delay.
        prop_assert!(desk.kept.values().all(|n| n.at >= all[n.event as usize - 1].at + n.after));
        prop_assert_eq!(desk.rang, incident.rang);
        if incident.state == State::Open {
            // Nobody answered the last call: all its steps were told.
            let last = desk.kept.values().filter(|notice| notice.event == desk.rang);
            prop_assert!(last.into_iter().all(|notice| desk.sent.contains_key(&notice.id)));
        }
    }
}

fn promises(incident: &Incident, events: &[Event], routes: &[Route]) -> BTreeSet<(u64, Target)> {
    let mut promised = BTreeSet::new();
    for event in events {
        let Some(news) = news(event) else { continue };
        for route in routes.iter().filter(|route| route.of.severity.is_none_or(|least| incident.severity >= least)) {
            if news != News::Resolved || route.tell_resolved {
                promised.extend(route.steps[0].to.iter().map(|target| (event.seq, target.clone())));
            }
        }
    }
    promised
}
