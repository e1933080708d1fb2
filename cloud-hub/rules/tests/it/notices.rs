//! Who is told: nobody is forgotten, nobody is told twice.

use jiff::SignedDuration;
use jiff::civil::time;
use jiff::tz::TimeZone;
use uuid::Uuid;
use vyavs_domain::alert::Severity::{Critical, Info, Warning};
use vyavs_rules::incident::{Command, Event, Incident, Outcome, Policy, apply, fold};
use vyavs_rules::route::{
    Match, News, Quiet, Recipient, Route, RouteId, Step, Target, Verdict, Why, news, plan, verdict,
};

use crate::say::{INCIDENT, at, fired, opened, person, store, user};

pub(crate) fn mail(n: u128) -> Target {
    Target::Mail(Recipient::Person(user(n)))
}

pub(crate) fn step(minutes: i64, to: Vec<Target>) -> Step {
    Step { after: SignedDuration::from_mins(minutes), to }
}

pub(crate) fn route(steps: Vec<Step>) -> Route {
    Route { id: RouteId(Uuid::nil()), name: "r".into(), of: Match::default(), steps, quiet: None, tell_resolved: false }
}

pub(crate) fn night(critical_passes: bool) -> Option<Quiet> {
    Some(Quiet { from: time(22, 0, 0, 0), to: time(7, 0, 0, 0), critical_passes })
}

fn told(incident: &Incident, event: &Event, routes: &[Route]) -> Vec<(Target, i64)> {
    let notices = plan(incident, event, routes, &TimeZone::UTC);
    notices.into_iter().map(|n| (n.target, n.at.as_second() - at(0).as_second())).collect()
}

#[test]
fn steps_follow_each_other() {
    let routes = [route(vec![step(0, vec![mail(1)]), step(15, vec![mail(2), Target::Webhook(Uuid::nil())])])];
    let open = opened();
    let notices = told(&open.incident, &open.events[0], &routes);
    assert_eq!(notices, [(mail(1), 0), (mail(2), 900), (Target::Webhook(Uuid::nil()), 900)]);
}

#[test]
fn a_route_takes_what_fits_all_that_it_asks_for() {
    let incident = opened().incident;
    let fits = [
        Match::default(),
        Match { severity: Some(Warning), ..Match::default() },
        Match { severity: Some(Info), stores: vec![store(2), store(1)], ..Match::default() },
        Match { tags: ["cold".to_owned(), "x".to_owned()].into(), ..Match::default() },
        Match { rules: incident.rule.into_iter().collect(), ..Match::default() },
    ];
    let fits_not = [
        Match { severity: Some(Critical), ..Match::default() },
        Match { stores: vec![store(2)], ..Match::default() },
        Match { severity: Some(Info), tags: ["x".to_owned()].into(), ..Match::default() },
        Match { rules: vec![vyavs_rules::rule::RuleId(Uuid::nil())], ..Match::default() },
    ];
    for of in &fits {
        assert!(of.takes(&incident), "{of:?}");
    }
    for of in &fits_not {
        assert!(!of.takes(&incident), "{of:?}");
    }
}

#[test]
fn what_two_routes_say_to_the_same_person_at_the_same_step_is_said_once_and_early() {
    // The tests begin at midnight, so the quiet route tells at seven.
    let quiet = Route { quiet: night(false), ..route(vec![step(0, vec![mail(1), mail(2)])]) };
    let loud = route(vec![step(0, vec![mail(1)])]);
    let open = opened();
    for routes in [[quiet.clone(), loud.clone()], [loud.clone(), quiet.clone()]] {
        assert_eq!(told(&open.incident, &open.events[0], &routes), [(mail(1), 0), (mail(2), 25_200)]);
    }
}

#[test]
fn quiet_hours_delay_and_escalation_counts_from_when_the_first_was_told() {
    let routes = [Route { quiet: night(true), ..route(vec![step(0, vec![mail(1)]), step(15, vec![mail(2)])]) }];
    let open = opened();
    assert_eq!(told(&open.incident, &open.events[0], &routes), [(mail(1), 25_200), (mail(2), 26_100)]);
    // What is critical passes.
    let open = fold(None, fired(0, Critical, "fridge-1"), INCIDENT, at(0), &Policy::default());
    assert_eq!(told(&open.incident, &open.events[0], &routes), [(mail(1), 0), (mail(2), 900)]);
}

#[test]
fn planning_twice_gives_the_same_notices() {
    let routes = [route(vec![step(0, vec![mail(1)]), step(5, vec![mail(1)])])];
    let open = opened();
    let once = plan(&open.incident, &open.events[0], &routes, &TimeZone::UTC);
    assert_eq!(plan(&open.incident, &open.events[0], &routes, &TimeZone::UTC), once);
    assert_ne!(once[0].id, once[1].id);
    assert_eq!(once[0].id.get_version_num(), 8);
    // The id outlives this version of the program: what was planned before an update is known after it.
    assert_eq!(once[0].id.to_string(), "ff9ba890-f15d-8552-9002-6f6108757c37");
}

#[test]
fn only_what_is_news_is_told() {
    let policy = Policy::default();
    let open = opened();
    let news_of = |incident: &Incident, command| {
        let (incident, event) = apply(incident, command, person(1), at(60), &policy).expect("allowed");
        (incident, news(&event))
    };
    assert_eq!(news(&open.events[0]), Some(News::Opened));
    assert_eq!(news_of(&open.incident, Command::Comment { text: "c".into() }).1, None);
    let (taken, none) = news_of(&open.incident, Command::Acknowledge);
    assert_eq!(none, None);
    let (over, resolved) = news_of(&taken, Command::Resolve { outcome: Outcome::Fixed, note: String::new() });
    assert_eq!(resolved, Some(News::Resolved));
    assert_eq!(news_of(&over, Command::Reopen { cause: "c".into() }).1, Some(News::Returned));
    let again = |severity| {
        let folded = fold(Some(&open.incident), fired(5, severity, "fridge-1"), INCIDENT, at(5), &policy);
        news(&folded.events[0])
    };
    assert_eq!((again(Warning), again(Critical)), (None, Some(News::Worse)));
}

#[test]
fn that_it_is_over_is_told_to_the_first_step_of_those_who_asked() {
    let steps = vec![step(0, vec![mail(1)]), step(5, vec![mail(2)])];
    let routes = [Route { tell_resolved: true, ..route(steps.clone()) }, route(vec![step(0, vec![mail(3)])])];
    let resolve = Command::Resolve { outcome: Outcome::Fixed, note: String::new() };
    let (over, event) = apply(&opened().incident, resolve, person(1), at(60), &Policy::default()).expect("allowed");
    assert_eq!(told(&over, &event, &routes), [(mail(1), 60)]);
}

#[test]
fn who_is_told_because_nobody_answered_is_not_told_once_somebody_did() {
    let open = opened();
    let routes = [route(vec![step(0, vec![mail(1)]), step(15, vec![mail(2)])])];
    let notices = plan(&open.incident, &open.events[0], &routes, &TimeZone::UTC);
    let judged = |incident: &Incident, second| -> Vec<Verdict> {
        notices.iter().map(|notice| verdict(notice, incident, at(second))).collect()
    };
    assert_eq!(judged(&open.incident, 0), [Verdict::Send, Verdict::Wait]);
    assert_eq!(judged(&open.incident, 900), [Verdict::Send, Verdict::Send]);
    let worse =
        fold(Some(&open.incident), fired(50, Critical, "fridge-1"), INCIDENT, at(50), &Policy::default()).incident;
    assert_eq!(judged(&worse, 60), [Verdict::Send, Verdict::Withdraw(Why::Overtaken)]);
    let after = |command| apply(&open.incident, command, person(1), at(60), &Policy::default()).expect("allowed").0;
    let taken = after(Command::Acknowledge);
    assert_eq!(judged(&taken, 60), [Verdict::Send, Verdict::Withdraw(Why::Acknowledged)]);
    let asleep = after(Command::Snooze { until: at(900) });
    assert_eq!(judged(&asleep, 60), [Verdict::Send, Verdict::Withdraw(Why::Asleep)]);
    let over = after(Command::Resolve { outcome: Outcome::Fixed, note: String::new() });
    assert_eq!(judged(&over, 60), [Verdict::Send, Verdict::Withdraw(Why::Resolved)]);
}

#[test]
fn what_is_wrong_with_a_route_is_named_field_by_field() {
    let wrong = Route {
        name: " ".into(),
        quiet: Some(Quiet { from: time(7, 0, 0, 0), to: time(7, 0, 0, 0), critical_passes: false }),
        ..route(vec![step(1, vec![]), step(1, vec![mail(1)]), step(20_000, vec![mail(1)])])
    };
    let paths: Vec<String> = wrong.check().expect_err("wrong").0.into_iter().map(|fault| fault.path).collect();
    let expected = ["name", "steps[0].after", "steps[0].to", "steps[1].after", "steps[2].after", "quiet.to"];
    assert_eq!(paths, expected);
    assert_eq!(route(vec![]).check().expect_err("wrong").0[0].path, "steps");
    assert_eq!(route(vec![step(0, vec![mail(1)]), step(5, vec![mail(1)])]).check(), Ok(()));
}

#[test]
fn a_route_goes_there_and_back_and_refuses_what_it_does_not_know() {
    let route = Route {
        quiet: night(true),
        ..route(vec![step(0, vec![mail(1), Target::InApp(Recipient::Role("manager".into()))])])
    };
    let mut json = serde_json::to_value(&route).expect("JSON");
    assert_eq!(json["quiet"]["from"], "22:00:00");
    assert_eq!(json["steps"][0]["to"][0]["channel"], "mail");
    assert_eq!(serde_json::from_value::<Route>(json.clone()).expect("a route"), route);
    json["loud"] = true.into();
    assert!(serde_json::from_value::<Route>(json).is_err());
}
