//! Reports that a schedule made, brought to the people they are for: a notification, and a mail with the file.

use jiff::Timestamp;
use tracing::info;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::audit_log::Actor;
use vyavs_store::jobs::{Job, outputs};
use vyavs_store::notifications::Notification;
use vyavs_store::recipients::{self, Delivery};
use vyavs_store::{StoreError, Tx, schedules};

use super::run::Asker;
use super::works::ReportOrder;
use crate::access::Permission;
use crate::messages::notify::{self, Kind, News};

/// Whether a person may be brought a report that is made in somebody's name: may read such reports, sees what stands in
/// it, and reaches every store of it.
pub(crate) async fn may_get(
    tx: &mut Tx<'_>,
    org: OrgId,
    user: UserId,
    (order, maker): (&ReportOrder, &Asker),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(them) = Asker::read(tx, org, Actor::Person(user.0), now).await? else { return Ok(false) };
    let may = |permission| them.permissions.has(permission);
    Ok(may(Permission::ReportsRead) && may(order.kind.needs()) && them.reaches(&order.store_ids, maker))
}

/// Brings the report of a job to whom its schedule names, in the transaction that ends the job. Who may not see it any
/// more gets nothing. Gives what was told.
pub(crate) async fn report(
    tx: &mut Tx<'_>,
    job: &Job,
    schedule: Uuid,
    now: Timestamp,
) -> Result<Vec<Notification>, StoreError> {
    let Some(schedule) = schedules::get(tx, job.org, schedule).await? else { return Ok(Vec::new()) };
    let people = recipients::of(tx, job.org, schedule.id).await?;
    let order = serde_json::from_value::<ReportOrder>(job.input.clone());
    let (Ok(order), false) = (order, people.is_empty()) else { return Ok(Vec::new()) };
    let Some(maker) = Asker::read(tx, job.org, job.actor, now).await? else { return Ok(Vec::new()) };
    let file = outputs::get(tx, job.org, job.id).await?.map_or_else(String::new, |output| output.name);
    let mut told = Vec::new();
    for user in people {
        if !may_get(tx, job.org, user, (&order, &maker), now).await? {
            info!(schedule.id = %schedule.id, user.id = %user.0, "a report is not brought to somebody who may not see it any more");
            continue;
        }
        let news = News {
            subject: job.id,
            org: job.org,
            user,
            kind: Kind::ReportDelivered,
            title: schedule.name.clone(),
            body: format!("{} is there: {file}", order.kind.title()),
            link: Some(format!("/jobs/{}", job.id)),
            store: None,
        };
        let id = news.id();
        let delivery = Delivery { id, org: job.org, job: job.id, user, attach: schedule.attach, at: now };
        recipients::note(tx, &delivery).await?;
        told.extend(notify::tell(tx, &news, now).await?);
    }
    Ok(told)
}
