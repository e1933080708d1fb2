//! `/api/v1/retention`: how long what is kept, why, and what the last run dropped.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vyavs_domain::ids::OrgId;
use vyavs_store::Tx;
use vyavs_store::privacy::retention::{self as store, Ran, Settings};
use vyavs_vault::retention::law::rule;
use vyavs_vault::retention::{Class, Country, Period, Policy};

use super::HubState;
use super::change::Told;
use super::params::Body;
use super::problem::Problem;
use super::version::{etag, expected};
use super::viewer::Viewer;
use crate::jobs::works::policy;

/// Countries whose law is known here.
const COUNTRIES: [&str; 5] = ["AT", "DE", "FR", "GB", "IN"];

/// How long one class of data is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RetentionClass {
    /// Its name.
    #[schema(example = "receipts")]
    pub class: String,
    /// How long.
    #[schema(example = "8 calendar years")]
    pub period: String,
    /// Whether the organization settled it; else it is the country's default.
    pub own: bool,
    /// Never shorter, by law.
    #[schema(required)]
    pub at_least: Option<String>,
    /// Never longer.
    #[schema(required)]
    pub at_most: Option<String>,
    /// All of this in sentences, with the sources.
    pub why: String,
    /// What is older than this is past, today.
    pub cutoff: Timestamp,
    /// When it was last dropped.
    #[schema(required)]
    pub ran_at: Option<Timestamp>,
    /// Rows that went in that run.
    #[schema(minimum = 0)]
    pub removed: u64,
    /// Rows that went in all runs.
    #[schema(minimum = 0)]
    pub removed_in_all: u64,
}

/// How long what is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Retention {
    /// Whose law holds for the books, ISO 3166-1; `ZZ` where nobody said: then the longest period known holds.
    #[schema(example = "DE")]
    pub country: String,
    /// Whose days count, an IANA name.
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// By class.
    pub classes: Vec<RetentionClass>,
    /// When what is past is dropped next; at the latest.
    pub next_run_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

/// How long what shall be kept; classes that are not named have the default.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// Whose law holds for the books: `AT`, `DE`, `FR`, `GB`, `IN`, or another country of two letters.
    #[schema(example = "DE", min_length = 2, max_length = 2)]
    pub country: String,
    /// Whose days count, an IANA name.
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// Periods by class: `30 days`, `13 months`, `8 calendar years`.
    #[serde(default)]
    pub periods: BTreeMap<String, String>,
}

async fn read(tx: &mut Tx<'_>, org: OrgId, now: Timestamp) -> Result<Response, Problem> {
    let settings = store::settings(tx, org).await?;
    let ran = store::ran(tx, org).await?;
    let (country, zone) = settings
        .as_ref()
        .map_or(("ZZ".to_owned(), "UTC".to_owned()), |set| (set.country.clone(), set.timezone.clone()));
    let policy = policy(settings.as_ref());
    let class = |class: Class| {
        let (bounds, last) = (rule(Country::of(&country), class), ran.iter().find(|ran| ran.class == class.name()));
        RetentionClass {
            class: class.name().to_owned(),
            period: policy.period(class).to_string(),
            own: settings.as_ref().is_some_and(|set| set.periods.contains_key(class.name())),
            at_least: bounds.floor.map(|bound| bound.period.to_string()),
            at_most: bounds.ceiling.map(|bound| bound.period.to_string()),
            why: policy.explain(class),
            cutoff: policy.cutoff(class, now),
            ran_at: last.map(|ran| ran.at),
            removed: last.map_or(0, |ran: &Ran| ran.removed),
            removed_in_all: last.map_or(0, |ran| ran.total),
        }
    };
    let tomorrow = now.to_zoned(TimeZone::UTC).tomorrow().and_then(|day| day.start_of_day());
    let body = Retention {
        country: country.clone(),
        timezone: zone,
        classes: Class::ALL.into_iter().map(class).collect(),
        next_run_at: tomorrow.map_or(now, |day| day.timestamp()),
        as_of: now,
    };
    Ok((etag(settings.map_or(0, |set| set.version)), Json(body)).into_response())
}

/// How long what is kept, why, and what the last run dropped.
#[utoipa::path(get, path = "/retention", tag = "privacy",
    responses((status = 200, body = Retention, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["privacy.manage"]), ("bearer" = ["privacy.manage"])))]
pub(crate) async fn retention(State(hub): State<HubState>, viewer: Viewer) -> Result<Response, Problem> {
    read(&mut hub.store.begin_read(viewer.org).await?, viewer.org, hub.clock.now()).await
}

/// Settles how long what is kept. A period shorter than the law wants, or longer than is allowed, is refused with the
/// reason, and nothing is changed.
#[utoipa::path(put, path = "/retention", tag = "privacy", request_body = RetentionSettings,
    params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = Retention, headers(("ETag" = String, description = "The version"))), Problem),
    security(("session" = ["privacy.manage", "step-up"]), ("bearer" = ["privacy.manage", "step-up"])))]
pub(crate) async fn set_retention(
    State(hub): State<HubState>,
    viewer: Viewer,
    headers: HeaderMap,
    Body(wanted): Body<RetentionSettings>,
) -> Result<Response, Problem> {
    let (version, now) = (expected(&headers, "the retention")?, hub.clock.now());
    let zone = TimeZone::get(&wanted.timezone)
        .map_err(|_| Problem::parameter("timezone", &wanted.timezone, "an IANA name such as Europe/Berlin"))?;
    if wanted.country.len() != 2 || !wanted.country.bytes().all(|letter| letter.is_ascii_uppercase()) {
        let known = COUNTRIES.join(", ");
        let expected = format!("a country of two capital letters; the law of {known} is known here");
        return Err(Problem::parameter("country", &wanted.country, expected));
    }
    let mut policy = Policy::new(Country::of(&wanted.country), zone);
    for (name, period) in &wanted.periods {
        let class = Class::named(name).ok_or_else(|| {
            let names: Vec<_> = Class::ALL.into_iter().map(Class::name).collect();
            Problem::parameter("periods", name, format!("one of {}", names.join(", ")))
        })?;
        let period: Period = period.parse().map_err(|error| Problem::Body(format!("periods: {name}: {error}")))?;
        policy.set(class, period).map_err(|refused| Problem::Body(format!("periods: {refused}")))?;
    }
    let mut change = hub.change(&viewer).await?;
    let before = store::settings(&mut change.tx, viewer.org).await?;
    let (country, timezone, periods) = (wanted.country.clone(), wanted.timezone.clone(), wanted.periods.clone());
    let next = Settings { country, timezone, periods, version };
    if !store::put(&mut change.tx, viewer.org, &next, now).await? {
        return Err(Problem::Stale("the retention"));
    }
    let answer = read(&mut change.tx, viewer.org, now).await?;
    let told =
        |set: &Settings| serde_json::json!({"country": set.country, "timezone": set.timezone, "periods": set.periods});
    let told = Told::new("retention.set", viewer.org).before(&before.as_ref().map(told)).after(&told(&next));
    change.commit(told).await?;
    Ok(answer)
}
