//! One turn of one organization: what waits is observed, time moves what is due, and all of it is kept together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tracing::warn;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, OrgId};
use vyavs_rules::incident::Occurrence;
use vyavs_rules::rule::{Condition, Rule, Subject, Transition, Turn, Watch};
use vyavs_store::observed::{self, DeviceFact, ToldOf};
use vyavs_store::{Db, Tx, incidents, rules, watches};

use super::fold::{Changed, cleared, fired, settled};
use super::gather::{Gathered, Seen, gather};
use super::{SWEEP, defaults, health, observe};

/// Watches that time moves in one turn.
const DUE: u32 = 500;
/// Incidents that time moves in one turn.
const INCIDENTS: u32 = 200;
/// What the hub observed itself is kept this long: a back-test goes back so far.
const KEEP: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 62);

/// What a turn did.
#[derive(Debug, Default)]
pub(super) struct Turned {
    /// Incidents that are not what they were.
    pub(super) changed: Changed,
    /// Whether there is more to look at.
    pub(super) more: bool,
}

/// One turn. Whatever goes wrong, nothing of it is kept.
pub(super) async fn turn(db: &Db, org: OrgId, now: Timestamp) -> anyhow::Result<Turned> {
    let mut tx = db.begin_write_for(org).await?;
    let swept = match watches::hold(&mut tx, org).await? {
        Some(swept) => swept,
        None => {
            defaults::install(&mut tx, org, now).await?;
            None
        }
    };
    let (rules, unread) = rules::active(&mut tx, org).await?;
    for rule in unread {
        warn!(org.id = %org, rule.id = %rule.0, "a rule of another version of the hub does not read; it rests");
    }
    let mut desk = Desk { org, now, rules, changes: Vec::new(), turned: Turned::default() };
    let Gathered { mut seen, alarms, more } = gather(&mut tx, org, now).await?;
    desk.turned.more = more;
    let devices = observed::devices(&mut tx, org).await?;
    if swept.is_none_or(|at| now.duration_since(at) >= SWEEP) {
        let facts = health::look(&mut tx, org, &devices, now).await?;
        seen.extend(facts.iter().map(|fact| (observe::of_hub(fact), OWN)));
        observed::forget(&mut tx, org, now.saturating_sub(KEEP).unwrap_or(Timestamp::MIN)).await?;
        watches::swept(&mut tx, org, now).await?;
    }
    desk.observe(&mut tx, &seen).await?;
    desk.time(&mut tx, &devices).await?;
    desk.fold(&mut tx).await?;
    for (store, alarm, told) in alarms {
        let what = Occurrence::raised(store, &alarm, ["device".to_owned()].into());
        if told < ToldOf::Raised {
            fired(&mut tx, org, what.clone(), now, &mut desk.turned.changed).await?;
            observed::told(&mut tx, org, alarm.id, ToldOf::Raised).await?;
        }
        if let Some(at) = alarm.cleared_at.filter(|_| told < ToldOf::Cleared) {
            let of = (what.key.as_str(), what.subject.as_str(), at);
            cleared(&mut tx, org, of, now, &mut desk.turned.changed).await?;
            observed::told(&mut tx, org, alarm.id, ToldOf::Cleared).await?;
        }
    }
    let due = incidents::due(&mut tx, org, now, INCIDENTS).await?;
    desk.turned.more |= due.len() == INCIDENTS as usize;
    for id in due {
        settled(&mut tx, org, id, now, &mut desk.turned.changed).await?;
    }
    tx.commit().await?;
    Ok(desk.turned)
}

/// Whose time the hub itself knows.
const OWN: DeviceId = DeviceId(Uuid::nil());

struct Desk {
    org: OrgId,
    now: Timestamp,
    rules: Vec<Rule>,
    changes: Vec<Transition>,
    turned: Turned,
}

/// On whose time a watch depends: silence on the clock, all else on what has come of its box.
fn time_of(rule: &Rule, device: DeviceId) -> DeviceId {
    if matches!(rule.condition, Condition::Absence { .. }) { OWN } else { device }
}

/// What a rule makes of what was seen of one subject; nothing, where it does not watch that.
fn look(
    rule: &Rule,
    known: Option<Watch>,
    seen: &[&Seen],
    now: Timestamp,
    changes: &mut Vec<Transition>,
) -> Option<(Watch, DeviceId)> {
    let mut of_rule = seen.iter().filter(|(seen, _)| rule.concerns(seen)).peekable();
    let (first, device) = of_rule.peek()?;
    let new = || Watch::new(rule, first.subject.clone(), first.traits.clone());
    let (mut watch, device) = (known.unwrap_or_else(new), *device);
    for (seen, _) in of_rule {
        watch.observe(rule, seen, now, changes);
    }
    Some((watch, device))
}

impl Desk {
    async fn observe(&mut self, tx: &mut Tx<'_>, seen: &[Seen]) -> anyhow::Result<()> {
        let mut subjects: BTreeMap<&Subject, Vec<&Seen>> = BTreeMap::new();
        for one in seen.iter().filter(|(seen, _)| self.rules.iter().any(|rule| rule.concerns(seen))) {
            subjects.entry(&one.0.subject).or_default().push(one);
        }
        for (subject, mut seen) in subjects {
            seen.sort_by_key(|(seen, _)| (seen.at, seen.seq));
            let mut kept: BTreeMap<_, _> = watches::of(tx, self.org, subject).await?.into_iter().collect();
            for rule in &self.rules {
                let known = kept.remove(&rule.id);
                let Some((watch, device)) = look(rule, known, &seen, self.now, &mut self.changes) else { continue };
                watches::keep(tx, self.org, rule, &watch, time_of(rule, device)).await?;
            }
        }
        Ok(())
    }

    /// What time alone brings about, as far as all that was recorded until then has come.
    async fn time(&mut self, tx: &mut Tx<'_>, devices: &[DeviceFact]) -> anyhow::Result<()> {
        for device in watches::due_devices(tx, self.org, self.now).await? {
            let of_device = || devices.iter().find(|fact| fact.device == device).and_then(health::through);
            let through = if device == OWN { Some(self.now) } else { of_device() };
            let Some(through) = through.map(|through| through.min(self.now)) else { continue };
            let due = watches::due(tx, self.org, device, through, DUE).await?;
            self.turned.more |= due.len() == DUE as usize;
            for (id, mut watch) in due {
                let Some(rule) = self.rules.iter().find(|rule| rule.id == id) else {
                    // Its rule rests, and what it remembered with it.
                    watches::forget(tx, self.org, id).await?;
                    continue;
                };
                watch.tick(rule, through, &mut self.changes);
                watches::keep(tx, self.org, rule, &watch, device).await?;
            }
        }
        Ok(())
    }

    /// Changes into incidents, in the order in which they were so.
    async fn fold(&mut self, tx: &mut Tx<'_>) -> anyhow::Result<()> {
        let mut changes = std::mem::take(&mut self.changes);
        changes.sort_by_key(|change| change.at);
        for change in changes {
            let Some(rule) = self.rules.iter().find(|rule| rule.id == change.rule) else { continue };
            match change.turn {
                Turn::Fired => {
                    let tags = [change.reason.measure.clone()].into();
                    let what = Occurrence::of(rule, &change, tags);
                    fired(tx, self.org, what, self.now, &mut self.turned.changed).await?;
                }
                Turn::Cleared => {
                    let of = (change.key.as_str(), change.subject.name.as_str(), change.at);
                    cleared(tx, self.org, of, self.now, &mut self.turned.changed).await?;
                }
            }
        }
        Ok(())
    }
}
