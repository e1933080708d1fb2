//! Dropping what is past, class by class, a bite at a time; goes on where it was left.

use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use vyavs_store::privacy::retention::{self as store, Past, Settings};
use vyavs_store::series::Tier;
use vyavs_vault::retention::{Class, Country, Policy};

use super::RETENTION;
use crate::access::Permission;
use crate::jobs::{Failure, Output, Progress, Run, Start, Work};
use crate::series;

/// Rows dropped in one transaction.
const BITE: u32 = 5_000;

/// `retention.apply`.
pub(super) struct ApplyRetention;

/// How far it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Classes that were looked at.
    classes: usize,
    /// Rows that went.
    removed: u64,
}

impl Work for ApplyRetention {
    fn kind(&self) -> &'static str {
        RETENTION
    }

    fn about(&self) -> &'static str {
        "Drops what was kept for its time: readings, sign-ins, files, messages, closed cases, tickets beyond the law."
    }

    fn needs(&self) -> Permission {
        Permission::PrivacyManage
    }

    fn start(&self) -> Start {
        Start::Freely
    }

    fn check(&self, input: &Value) -> Result<(), String> {
        match input {
            Value::Object(fields) if fields.is_empty() => Ok(()),
            _ => Err("input: this kind takes an empty object".to_owned()),
        }
    }

    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
        Box::pin(apply(run))
    }
}

/// What holds for an organization; what it settled outside of today's bounds is left to the default.
pub(crate) fn policy(settings: Option<&Settings>) -> Policy {
    let country = settings.map_or(Country::Other, |set| Country::of(&set.country));
    let zone = settings.and_then(|set| TimeZone::get(&set.timezone).ok()).unwrap_or(TimeZone::UTC);
    let mut policy = Policy::new(country, zone);
    for (name, period) in settings.into_iter().flat_map(|set| &set.periods) {
        if let (Some(class), Ok(period)) = (Class::named(name), period.parse())
            && let Err(refused) = policy.set(class, period)
        {
            tracing::warn!("a period that was settled is not followed: {refused}");
        }
    }
    policy
}

/// What is dropped, in this order: lines before the receipts they belong to, fine readings before the coarse ones.
const STEPS: [(Class, Past); 15] = [
    (Class::SalesLines, Past::Lines),
    (Class::Receipts, Past::Receipts),
    (Class::ReceiptOperators, Past::Operators),
    (Class::TelemetryRaw, Past::Readings),
    (Class::TelemetryMinutes, Past::Thinned),
    (Class::TelemetryMinutes, Past::Rolled(Tier::Minute)),
    (Class::TelemetryHours, Past::Rolled(Tier::Hour)),
    (Class::TelemetryDays, Past::Rolled(Tier::Day)),
    (Class::Sessions, Past::SignIns),
    // Looks at clocks and unread messages are of use as long as the readings they explain.
    (Class::TelemetryRaw, Past::ClockMarks),
    (Class::TelemetryRaw, Past::DeadLetters),
    (Class::Notifications, Past::Notifications),
    (Class::CasesUpheld, Past::CasesUpheld),
    (Class::CasesDismissed, Past::CasesDismissed),
    (Class::Audit, Past::Audit),
];

async fn apply(run: &Run) -> Result<Output, Failure> {
    let (org, at) = (run.job.org, run.job.created_at);
    let policy = policy(store::settings(&mut run.read().await?, org).await?.as_ref());
    let mut place: Place = run.place().unwrap_or_default();
    // Readings go once they are rolled up: what waits for that would wait for another day.
    series::round(&run.db, &run.clock, &CancellationToken::new()).await?;
    let progress = |place: &Place| Progress {
        done: place.classes as u64,
        total: Some(STEPS.len() as u64 + 1),
        unit: "classes".to_owned(),
    };
    while let Some((class, past)) = STEPS.get(place.classes).copied() {
        // Lines hold figures of receipts: they go no earlier than those.
        let cutoff = match class {
            Class::SalesLines => policy.cutoff(class, at),
            Class::Receipts => policy.cutoff(class, at).min(policy.cutoff(Class::SalesLines, at)),
            other => policy.cutoff(other, at),
        };
        let mut step = run.step_as_hub().await?;
        let gone = store::drop_past(&mut step.tx, org, past, cutoff, BITE).await?;
        store::note(&mut step.tx, org, class.name(), (at, cutoff), gone).await?;
        place.removed += gone;
        if gone < u64::from(BITE) {
            place.classes += 1;
        }
        let told = progress(&place);
        step.commit(&place, &told).await?;
    }
    if place.classes == STEPS.len() {
        let (cutoff, now): (Timestamp, _) = (policy.cutoff(Class::Exports, at), run.clock.now());
        let mut step = run.step_as_hub().await?;
        let gone = store::expire_files(&mut step.tx, org, cutoff, now).await?;
        store::note(&mut step.tx, org, Class::Exports.name(), (at, cutoff), gone).await?;
        (place.classes, place.removed) = (place.classes + 1, place.removed + gone);
        let told = progress(&place);
        step.commit(&place, &told).await?;
    }
    Ok(Output { result: json!({"removed": place.removed}), made: None })
}
