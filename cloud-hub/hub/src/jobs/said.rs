//! What is said of a job that is over: to whoever asked for it, and to other systems.

use jiff::Timestamp;
use serde_json::json;
use vyavs_domain::ids::UserId;
use vyavs_store::audit_log::Actor;
use vyavs_store::jobs::Job;
use vyavs_store::notifications::Notification;
use vyavs_store::webhooks::deliveries::{self, Event, event_id};
use vyavs_store::{StoreError, Tx};

use super::deliver;
use super::works::{EXPORT, REPORT};
use crate::messages::notify::{self, Kind, News};

/// Says, in the transaction that ends the job, that it is done or was given up. Gives what people were told.
pub(super) async fn over(
    tx: &mut Tx<'_>,
    job: &Job,
    error: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Notification>, StoreError> {
    let data = json!({"job_id": job.id, "kind": job.kind, "error": error, "schedule_id": job.schedule});
    let name = if error.is_some() { "job.failed" } else { "job.finished" };
    let ready = match job.kind.as_str() {
        EXPORT => Some("export.ready"),
        REPORT => Some("report.ready"),
        _ => None,
    };
    for kind in [Some(name), ready.filter(|_| error.is_none())].into_iter().flatten() {
        let event =
            Event { id: event_id(kind, job.id), kind: kind.to_owned(), store: None, at: now, data: data.clone() };
        deliveries::emit(tx, job.org, &event).await?;
    }
    // What a schedule did as planned is news to those its reports are for, and to nobody else.
    if let (Some(schedule), None) = (job.schedule, error) {
        return match job.kind.as_str() {
            REPORT => deliver::report(tx, job, schedule, now).await,
            _ => Ok(Vec::new()),
        };
    }
    let Actor::Person(asker) = job.actor else { return Ok(Vec::new()) };
    let what = match job.kind.as_str() {
        EXPORT => "Export",
        REPORT => "Report",
        _ => "Job",
    };
    let (kind, title, body) = match error {
        None if ready.is_some() => {
            (Kind::JobFinished, format!("{what} ready"), "The file can be downloaded.".to_owned())
        }
        None => (Kind::JobFinished, format!("{what} finished"), format!("{} is done.", job.kind)),
        Some(error) => (Kind::JobFailed, format!("{what} failed"), format!("{}: {error}", job.kind)),
    };
    let news = News {
        subject: job.id,
        org: job.org,
        user: UserId(asker),
        kind,
        title,
        body,
        link: Some(format!("/jobs/{}", job.id)),
        store: None,
    };
    Ok(notify::tell(tx, &news, now).await?.into_iter().collect())
}
