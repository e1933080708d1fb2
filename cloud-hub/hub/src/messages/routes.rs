//! Tells of incidents whoever their organization's routes name: in the dashboard, by mail, by webhook.
//!
//! Notices were planned in the transaction of the event ([`vyavs_store::notices::plan`]); here each is told when it falls
//! due, if somebody still needs it. Telling only fills other outboxes, in the transaction that ends the notice, so each is
//! told once however many hubs there are.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_rules::incident::Incident;
use vyavs_rules::route::{News, Notice, Recipient, Target, Verdict, verdict};
use vyavs_store::notices::{self, Ended, Kept};
use vyavs_store::notifications::{self, Notification};
use vyavs_store::users::{self, User};
use vyavs_store::webhooks::deliveries::{self, Event, event_id};
use vyavs_store::{Tx, incidents, reach, stores, webhooks};

use super::mail::{Letter, Words};
use super::{LOOK, MessageError, Messages, notify};

/// Notices told in one round.
const BATCH: u32 = 100;

fn headline(news: News, incident: &Incident) -> String {
    let before = match news {
        News::Opened => "",
        News::Returned => "Again: ",
        News::Woke => "Still open: ",
        News::Worse => "Worse: ",
        News::Resolved => "Resolved: ",
    };
    format!("{before}{}", incident.title)
}

impl Messages {
    /// Tells what is due until stop.
    pub(super) async fn tell_notices(self, stop: CancellationToken) {
        loop {
            let bell = self.0.bell.notified();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                told = self.notices_due() => if let Err(cause) = told {
                    warn!("notices could not be told: {:#}", anyhow::Error::from(cause));
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = bell => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Tells what is due by now; says how many notices that were.
    pub(super) async fn notices_due(&self) -> Result<u32, MessageError> {
        let mut ended = 0;
        loop {
            let now = self.0.clock.now();
            let due = notices::due(&mut self.0.db.begin_read_hub().await?, now, BATCH).await?;
            if due.is_empty() {
                break;
            }
            for kept in &due {
                self.end_notice(kept, now).await?;
                ended += 1;
            }
        }
        if ended > 0 {
            self.ring();
        }
        Ok(ended)
    }

    async fn end_notice(&self, kept: &Kept, now: Timestamp) -> Result<(), MessageError> {
        let mut tx = self.0.db.begin_write_for(kept.org).await?;
        let found = incidents::get(&mut tx, kept.org, kept.notice.incident).await?;
        let (how, why, told) = match found.map(|found| found.incident) {
            // Its incident is gone: nobody can look at it any more.
            None => (Ended::Withdrawn, None, Vec::new()),
            Some(incident) => match verdict(&kept.notice, &incident, now) {
                Verdict::Wait => return Ok(()),
                Verdict::Withdraw(why) => (Ended::Withdrawn, Some(why), Vec::new()),
                Verdict::Send => match self.tell_target(&mut tx, kept.org, &kept.notice, &incident, now).await? {
                    None => (Ended::Nobody, None, Vec::new()),
                    Some(told) => (Ended::Told, None, told),
                },
            },
        };
        if !notices::end(&mut tx, kept, how, why, now).await? {
            return Ok(());
        }
        tx.commit().await?;
        for told in &told {
            notify::show(&self.0.live, told);
        }
        Ok(())
    }

    /// Fills the outbox of the notice's target; what is to be shown at once. `None`: there was nobody to tell.
    async fn tell_target(
        &self,
        tx: &mut Tx<'_>,
        org: OrgId,
        notice: &Notice,
        incident: &Incident,
        now: Timestamp,
    ) -> Result<Option<Vec<Notification>>, MessageError> {
        let title = headline(notice.news, incident);
        let place = stores::get(tx, org, incident.store).await?.map(|store| store.name).unwrap_or_default();
        let body = format!("{place}: {}", incident.cause);
        let link = format!("/alerts/{}", incident.id.0);
        let (recipient, by_mail) = match &notice.target {
            Target::Webhook(endpoint) => {
                let told = self.tell_endpoint(tx, (org, *endpoint), notice, incident, now).await?;
                return Ok(told.then(Vec::new));
            }
            Target::InApp(recipient) => (recipient, false),
            Target::Mail(recipient) => (recipient, true),
        };
        let (mut told, people) = (Vec::new(), recipients(tx, org, recipient, incident).await?);
        if people.is_empty() {
            return Ok(None);
        }
        for person in people {
            // One for each person of a role.
            let id = event_id(&format!("notice to {}", person.id), notice.id);
            if by_mail {
                let letter = Letter {
                    id,
                    org,
                    user: Some(person.id),
                    kind: "alert",
                    to: person.email,
                    words: Words::alert(&title, &body, &format!("{}{link}", self.0.base_url)),
                    good_until: None,
                };
                self.put(tx, &letter).await?;
                continue;
            }
            let row = Notification {
                id,
                org,
                user: person.id,
                kind: "alert".to_owned(),
                title: title.clone(),
                body: body.chars().take(500).collect(),
                link: Some(link.clone()),
                store: Some(incident.store),
                at: now,
                read_at: None,
            };
            if notifications::insert(tx, &row, false).await? {
                told.push(row);
            }
        }
        Ok(Some(told))
    }

    async fn tell_endpoint(
        &self,
        tx: &mut Tx<'_>,
        (org, endpoint): (OrgId, Uuid),
        notice: &Notice,
        incident: &Incident,
        now: Timestamp,
    ) -> Result<bool, MessageError> {
        if webhooks::get(tx, org, endpoint).await?.is_none_or(|endpoint| !endpoint.enabled) {
            return Ok(false);
        }
        let mut data = notices::alert(incident);
        data["news"] = serde_json::to_value(notice.news).map_err(|error| MessageError::Foreign(error.into()))?;
        let event =
            Event { id: notice.id, kind: "alert.notice".to_owned(), store: Some(incident.store), at: now, data };
        deliveries::send(tx, org, endpoint, &event).await?;
        Ok(true)
    }
}

/// Who that is now: people who may sign in, and who reach the shop.
async fn recipients(
    tx: &mut Tx<'_>,
    org: OrgId,
    recipient: &Recipient,
    incident: &Incident,
) -> Result<Vec<User>, MessageError> {
    let mut people = match recipient {
        Recipient::Person(id) => users::get(tx, org, *id).await?.into_iter().collect(),
        Recipient::Role(role) => {
            let mut all = users::list(tx, org).await?;
            all.retain(|user| user.role == *role);
            all
        }
    };
    people.retain(|user| user.disabled_at.is_none());
    let mut reached = Vec::with_capacity(people.len());
    for user in people {
        if user.everywhere || reach::stores(tx, org, user.id.0).await?.contains(&incident.store) {
            reached.push(user);
        }
    }
    Ok(reached)
}
