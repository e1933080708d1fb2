//! Changes of rules into incidents.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_rules::Actor;
use vyavs_rules::incident::{Command, Event, Incident, IncidentId, Occurrence, Refusal, apply, fold, settle};
use vyavs_store::{Tx, incidents};

use super::policy;

/// Incidents that a turn changed, as they are at its end.
pub(super) type Changed = BTreeMap<IncidentId, Incident>;

/// Something fired: into the incident of its key, or a new one.
pub(super) async fn fired(
    tx: &mut Tx<'_>,
    org: OrgId,
    what: Occurrence,
    now: Timestamp,
    changed: &mut Changed,
) -> anyhow::Result<()> {
    let latest = incidents::latest(tx, org, &what.key).await?;
    let latest = latest.as_ref().map(|stored| &stored.incident);
    let folded = fold(latest, what, IncidentId(Uuid::now_v7()), now, &policy());
    keep(tx, org, folded.incident, &folded.events, changed).await
}

/// A subject fires no more: in the incident of its key, if it fires there.
pub(crate) async fn cleared(
    tx: &mut Tx<'_>,
    org: OrgId,
    (key, subject, at): (&str, &str, Timestamp),
    now: Timestamp,
    changed: &mut BTreeMap<IncidentId, Incident>,
) -> anyhow::Result<()> {
    let Some(latest) = incidents::latest(tx, org, key).await? else { return Ok(()) };
    let (incident, mut events) = settle(latest.incident, now, &policy());
    let clear = Command::Clear { subject: subject.to_owned(), seen_at: at };
    let incident = match apply(&incident, clear, Actor::Hub, now, &policy()) {
        Ok((incident, event)) => {
            events.push(event);
            incident
        }
        Err(Refusal::NotFiring(_)) => incident,
        Err(refusal) => bail!("an incident could not be cleared: {refusal}"),
    };
    keep(tx, org, incident, &events, changed).await
}

/// What time alone did to an incident.
pub(super) async fn settled(
    tx: &mut Tx<'_>,
    org: OrgId,
    id: IncidentId,
    now: Timestamp,
    changed: &mut Changed,
) -> anyhow::Result<()> {
    let held = incidents::hold(tx, org, id).await?.context("an incident that is due is gone")?;
    let (incident, events) = settle(held.incident, now, &policy());
    keep(tx, org, incident, &events, changed).await
}

async fn keep(
    tx: &mut Tx<'_>,
    org: OrgId,
    incident: Incident,
    events: &[Event],
    changed: &mut Changed,
) -> anyhow::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    if !incidents::record(tx, org, &incident, events, &policy()).await? {
        bail!("incident {} was changed while it was held", incident.id.0);
    }
    changed.insert(incident.id, incident);
    Ok(())
}
