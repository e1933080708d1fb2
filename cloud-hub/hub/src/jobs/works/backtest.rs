//! Tries a rule on what is stored: what it would have done, by the same evaluation that runs live.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::ids::StoreId;
use vyavs_rules::incident::{Incident, IncidentId, Occurrence, fold};
use vyavs_rules::rule::{Backtest, BacktestReport, Noise, Observation, Rule, RuleId, Transition, Turn};
use vyavs_store::rules::{self, Backtested};
use vyavs_store::{alarms, incidents, observed, sensors};

use super::BACKTEST;
use super::tables::PAGE;
use crate::access::Permission;
use crate::alerts::observe::{self, BACKLOG, DISK, HEARD, ON_HAND, UNDER_REORDER, sensor_measure};
use crate::alerts::{policy, zone};
use crate::api::rules::{FiredOnDay, FoundByBacktest, LONGEST, WouldHaveFired};
use crate::jobs::{Failure, Output, Progress, Run, Start, Work};

/// Firings that are listed; the others are counted.
const LISTED: usize = 100;
/// Alerts with votes that a firing is held against.
const VOTED: u32 = 1_000;

/// `rules.backtest`.
pub(super) struct BacktestWork;

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    rule_id: Uuid,
    revision: i64,
    from: Timestamp,
    until: Timestamp,
}

impl Work for BacktestWork {
    fn kind(&self) -> &'static str {
        BACKTEST
    }

    fn about(&self) -> &'static str {
        "Tries a rule on what is stored."
    }

    fn needs(&self) -> Permission {
        Permission::RulesWrite
    }

    fn start(&self) -> Start {
        Start::ByRoute
    }

    fn check(&self, input: &Value) -> Result<(), String> {
        let order: Order = serde_json::from_value(input.clone()).map_err(|error| error.to_string())?;
        let length = order.until.duration_since(order.from);
        match length > SignedDuration::ZERO && length <= LONGEST {
            true => Ok(()),
            false => Err("from, until: expected at most 92 days that end after they begin".to_owned()),
        }
    }

    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
        Box::pin(backtest(run))
    }
}

async fn backtest(run: &Run) -> Result<Output, Failure> {
    let order: Order = run.input()?;
    let (org, id) = (run.job.org, RuleId(order.rule_id));
    let rule = rules::revision(&mut run.read().await?, org, id, order.revision).await?;
    let rule = rule.ok_or_else(|| Failure::Never("there is no such rule any more".to_owned()))?;
    let mut stores = run.stores(&[]).await?;
    stores.retain(|store| rule.scope.stores.is_empty() || rule.scope.stores.contains(&store.id));
    let mut history = History { run, span: (order.from, order.until), test: Backtest::new(rule.clone(), order.until) };
    for (done, store) in (0..).zip(&stores) {
        history.store(&rule, store.id).await?;
        run.show(&Progress { done, total: Some(stores.len() as u64), unit: "stores".to_owned() }).await?;
    }
    let zone = zone(&mut run.read().await?, org, &rule.scope.stores).await?;
    let report = history.test.finish(&zone);
    let voted = incidents::voted(&mut run.read().await?, org, order.rule_id, VOTED).await?;
    let found = sum_up(&rule, &order, &report, &voted);
    let result = serde_json::to_value(&found).map_err(|error| Failure::Again(error.into()))?;
    let mut step = run.step().await?;
    let of = Backtested { job: run.job.id, found: result.clone(), at: run.clock.now() };
    if !rules::backtested(&mut step.tx, org, (id, order.revision), &of).await? {
        return Err(Failure::Never("there is no such rule any more".to_owned()));
    }
    let all = stores.len() as u64;
    step.commit(&json!({"done": true}), &Progress { done: all, total: Some(all), unit: "stores".to_owned() }).await?;
    Ok(Output { result, made: None })
}

/// What is stored, read a page at a time.
struct History<'r> {
    run: &'r Run,
    span: (Timestamp, Timestamp),
    test: Backtest,
}

impl History<'_> {
    /// What a rule would have seen in a shop.
    async fn store(&mut self, rule: &Rule, store: StoreId) -> Result<(), Failure> {
        match rule.condition.measure() {
            "sale" | "sale_amount" | "refund" | "refund_amount" | "void" | "void_amount" => self.tickets(store).await,
            "no_sale" | "line_voided" | "quarantined" => self.till_events(store).await,
            measure @ (ON_HAND | UNDER_REORDER | HEARD | BACKLOG | DISK) => self.hub(store, measure).await,
            measure => {
                self.readings(store, sensor_measure(measure)).await?;
                self.alarms(store).await
            }
        }
    }

    fn see(&mut self, seen: impl IntoIterator<Item = Observation>) {
        seen.into_iter().for_each(|seen| self.test.observe(&seen));
    }

    async fn readings(&mut self, store: StoreId, measure: &str) -> Result<(), Failure> {
        let org = self.run.job.org;
        let all = sensors::list(&mut self.run.read().await?, org, store).await?;
        let named = |sensor: &vyavs_domain::reading::Sensor| {
            serde_json::to_value(sensor.measure).is_ok_and(|name| name.as_str() == Some(measure))
        };
        for sensor in all.into_iter().map(|now| now.sensor).filter(named) {
            let (mut from, until) = self.span;
            loop {
                let of = (store, &sensor.id);
                let rows = observed::readings(&mut self.run.read().await?, org, of, (from, until), PAGE).await?;
                self.see(rows.iter().flat_map(|(at, value)| observe::reading(store, &sensor, *at, *value)));
                let Some((last, _)) = rows.last().filter(|_| rows.len() == PAGE as usize) else { break };
                // One channel has one reading at an instant.
                from = last.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
            }
        }
        Ok(())
    }

    async fn tickets(&mut self, store: StoreId) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let mut tx = self.run.read().await?;
            let rows = observed::tickets(&mut tx, self.run.job.org, store, self.span, after, PAGE).await?;
            self.see(rows.iter().flat_map(|row| observe::ticket(store, row)));
            after = rows.last().map(|row| (row.closed_at, row.id));
            if rows.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    async fn till_events(&mut self, store: StoreId) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let mut tx = self.run.read().await?;
            let rows = observed::till_events(&mut tx, self.run.job.org, store, self.span, after, PAGE).await?;
            self.see(rows.iter().filter_map(|row| observe::till(store, row)));
            after = rows.last().map(|row| (row.at, row.id));
            if rows.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    async fn hub(&mut self, store: StoreId, measure: &str) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let mut tx = self.run.read().await?;
            let of = (store, measure);
            let rows = observed::hub_facts(&mut tx, self.run.job.org, of, self.span, after, PAGE).await?;
            self.see(rows.iter().map(observe::of_hub));
            after = rows.last().map(|row| (row.subject.clone(), row.at));
            if rows.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    /// Alarms are few; what they say is put in the order in which it was so.
    async fn alarms(&mut self, store: StoreId) -> Result<(), Failure> {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let mut tx = self.run.read().await?;
            let rows = alarms::of_span(&mut tx, self.run.job.org, store, self.span, after, PAGE).await?;
            seen.extend(rows.iter().flat_map(observe::alarm));
            after = rows.last().map(|row| (row.alarm.raised_at, row.alarm.id));
            if rows.len() < PAGE as usize {
                break;
            }
        }
        seen.sort_by_key(|one| (one.at, one.seq));
        self.see(seen);
        Ok(())
    }
}

fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn sum_up(rule: &Rule, order: &Order, report: &BacktestReport, voted: &[Incident]) -> FoundByBacktest {
    let fired: Vec<&Transition> = report.transitions.iter().filter(|change| change.turn == Turn::Fired).collect();
    let voices = |incident: &Incident, useful| incident.votes.values().filter(|vote| **vote == useful).count();
    let known = |useful: bool| {
        let of = |change: &&&Transition| {
            voted.iter().any(|incident| {
                let within = change.at >= incident.first_seen && change.at <= incident.last_seen;
                within && incident.key == change.key && voices(incident, useful) > voices(incident, !useful)
            })
        };
        int(fired.iter().filter(of).count())
    };
    let latest = fired.iter().rev().take(LISTED).map(|change| WouldHaveFired {
        at: change.at,
        store_id: change.subject.store.0,
        subject: change.subject.name.clone(),
        cause: change.cause.clone(),
    });
    FoundByBacktest {
        from: order.from,
        until: order.until,
        watched: int(report.watched),
        fired: i64::from(report.fired),
        open: i64::from(report.open),
        alerts: int(alerts(rule, &fired)),
        firing_s: report.firing_for.as_secs(),
        by_day: report.by_day.iter().map(|(day, fired)| FiredOnDay { day: *day, fired: i64::from(*fired) }).collect(),
        noisy: report.noisy.as_ref().map(noisy),
        known_useful: known(true),
        known_useless: known(false),
        latest: latest.collect(),
    }
}

/// How many alerts firings would have been, had nobody done anything about them.
fn alerts(rule: &Rule, fired: &[&Transition]) -> usize {
    let mut latest: BTreeMap<&str, Incident> = BTreeMap::new();
    let mut opened = 0;
    for change in fired {
        let what = Occurrence::of(rule, change, [].into());
        let folded = fold(latest.get(change.key.as_str()), what, IncidentId(Uuid::nil()), change.at, &policy());
        opened += usize::from(folded.opened);
        latest.insert(&change.key, folded.incident);
    }
    opened
}

fn noisy(noise: &Noise) -> String {
    match noise {
        Noise::Flaps { returns, fired } => format!(
            "It comes back within ten minutes, {returns} times out of {fired}: give it a hysteresis or a duration."
        ),
        Noise::TooOften { subject, day, fired } => {
            format!("{} fired {fired} times on {day}: the limit is too close to what is usual.", subject.name)
        }
    }
}
