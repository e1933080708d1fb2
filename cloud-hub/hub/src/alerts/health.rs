//! The health of devices, as the hub sees it: noted now and then, so that a back-test finds it again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::ids::{DeviceId, OrgId};
use vyavs_store::observed::{self, DeviceFact, HubFact};
use vyavs_store::{StoreError, Tx};

use super::observe::{BACKLOG, DISK, HEARD};
use crate::api::sync::Picture;

/// A measure of a device is noted this often at most: a row each.
const EVERY: SignedDuration = SignedDuration::from_mins(5);
/// A picture may have been drawn this long before the last thing that was heard.
const SLACK: SignedDuration = SignedDuration::from_mins(2);

/// What there is to note now, and was noted.
pub(super) async fn look(
    tx: &mut Tx<'_>,
    org: OrgId,
    devices: &[DeviceFact],
    now: Timestamp,
) -> Result<Vec<HubFact>, StoreError> {
    let mut noted = Vec::new();
    let names = names(devices);
    for device in devices {
        let subject = &names[&device.device];
        for (measure, at, value) in measures(device, now) {
            let last = observed::last(tx, org, (device.store, measure, subject)).await?;
            if last.is_some_and(|(last, _)| at.duration_since(last) < EVERY) {
                continue;
            }
            let kind = "device".to_owned();
            let (measure, subject) = (measure.to_owned(), subject.clone());
            let fact = HubFact { store: device.store, measure, subject, at, value, kind, group: String::new() };
            if observed::keep(tx, org, &fact).await? {
                noted.push(fact);
            }
        }
    }
    Ok(noted)
}

/// The name of a device, with a part of its id where two of a shop are named alike.
fn names(devices: &[DeviceFact]) -> BTreeMap<DeviceId, String> {
    let mut alike: BTreeMap<_, u32> = BTreeMap::new();
    for device in devices {
        *alike.entry((device.store, device.name.as_str())).or_default() += 1;
    }
    let name = |device: &DeviceFact| match alike.get(&(device.store, device.name.as_str())) {
        Some(1) => device.name.clone(),
        _ => format!("{} ({})", device.name, &device.device.to_string()[..8]),
    };
    devices.iter().map(|device| (device.device, name(device))).collect()
}

fn measures(device: &DeviceFact, now: Timestamp) -> Vec<(&'static str, Timestamp, f64)> {
    let mut found = vec![(HEARD, device.heard_at, 1.0)];
    // What a silent device said last is not how it is now.
    let fresh = now.duration_since(device.heard_at) <= EVERY;
    if let Some(picture) = device.now.as_ref().filter(|_| fresh).map(|now| Picture::of(Some(now))) {
        found.push((BACKLOG, now, picture.unsent() as f64));
        if let (Some(used), Some(quota)) = (picture.disk_used, picture.disk_quota.filter(|quota| *quota > 0)) {
            found.push((DISK, now, used as f64 * 100.0 / quota as f64));
        }
    }
    found
}

/// Up to when all that a device recorded has come; `None` where nobody can tell.
pub(super) fn through(device: &DeviceFact) -> Option<Timestamp> {
    let picture = Picture::of(Some(device.now.as_ref()?));
    let back = |at: Timestamp, by| at.saturating_sub(by).unwrap_or(Timestamp::MIN);
    let heard = back(device.heard_at, SLACK);
    match (picture.unsent(), picture.oldest_unsent()) {
        (0, _) => Some(heard),
        (_, Some(oldest)) => Some(back(oldest, SignedDuration::from_secs(1)).min(heard)),
        (_, None) => None,
    }
}
