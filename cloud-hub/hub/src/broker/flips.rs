//! How often each identity took itself over: a bad line does it now and then, two boxes with one key do it all the time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use vyavs_domain::ids::DeviceIdentity;

/// More takeovers than this within [`FLIP_WINDOW`] and an identity is in quarantine for as long.
const MAX_FLIPS: usize = 3;
const FLIP_WINDOW: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Flips(Mutex<HashMap<DeviceIdentity, Record>>);

#[derive(Debug, Default)]
struct Record {
    at: VecDeque<Instant>,
    quarantined_until: Option<Instant>,
}

impl Flips {
    /// Whether it has to wait.
    pub(super) fn in_quarantine(&self, identity: &DeviceIdentity, now: Instant) -> bool {
        let flips = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flips.get(identity).and_then(|flips| flips.quarantined_until).is_some_and(|until| now < until)
    }

    /// Notes a takeover; `true` when it was one too many.
    pub(super) fn note(&self, identity: DeviceIdentity, now: Instant) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |at: &Instant| now.duration_since(*at) < FLIP_WINDOW;
        // One entry a device that was ever taken over in the last minute, so the sweep is short.
        all.retain(|_, flips| flips.at.back().is_some_and(fresh) || flips.quarantined_until.is_some_and(|at| at > now));
        let flips = all.entry(identity).or_default();
        flips.at.retain(fresh);
        flips.at.push_back(now);
        if flips.at.len() > MAX_FLIPS {
            *flips = Record { at: VecDeque::new(), quarantined_until: Some(now + FLIP_WINDOW) };
            return true;
        }
        false
    }
}
