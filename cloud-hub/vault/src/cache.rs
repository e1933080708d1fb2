//! Data keys in the clear, for a moment: few, leased, and wiped when they go.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::key::{Key, KeyId};
use crate::shelf::WrappedKey;
use crate::subject::Subject;

/// No lease is longer, so an erasure is effective in every process of the hub within it.
pub const MAX_LEASE: Duration = Duration::from_secs(1);

/// How many data keys are held in the clear, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct CacheConfig {
    /// The most keys held at once, about 250 bytes each.
    pub entries: usize,
    /// How long a key may be used after it was unwrapped; at most [`MAX_LEASE`].
    pub lease: Duration,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self { entries: 10_000, lease: MAX_LEASE }
    }
}

/// A data key in the clear.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) key: Key,
    pub(crate) id: KeyId,
    pub(crate) org: OrgId,
    pub(crate) subject: Subject,
    made_at: Timestamp,
    /// Uptime at which the lease ends.
    pub(crate) until: Duration,
    erased: AtomicBool,
}

impl Held {
    pub(crate) fn new(key: Key, row: &WrappedKey, until: Duration) -> Self {
        let WrappedKey { id, org, subject, made_at, .. } = row.clone();
        Self { key, id, org, subject, made_at, until, erased: AtomicBool::new(false) }
    }

    /// What the wrapping authenticates; a row that differs has to be refused by whoever unwraps it.
    fn is_of(&self, row: &WrappedKey) -> bool {
        (self.id, self.org, self.made_at) == (row.id, row.org, row.made_at) && self.subject == row.subject
    }

    pub(crate) fn is_erased(&self) -> bool {
        self.erased.load(Ordering::Acquire)
    }
}

/// Bounded; the oldest lease goes first. Leases are all equally long, so the order of arrival is the order of their ends.
#[derive(Debug)]
pub(crate) struct Cache {
    config: CacheConfig,
    held: HashMap<KeyId, Arc<Held>>,
    order: VecDeque<(Duration, KeyId)>,
}

impl Cache {
    pub(crate) fn new(config: CacheConfig) -> Self {
        let config = CacheConfig { lease: config.lease.min(MAX_LEASE), ..config };
        Self { config, held: HashMap::new(), order: VecDeque::new() }
    }

    pub(crate) fn lease(&self) -> Duration {
        self.config.lease
    }

    pub(crate) fn get(&mut self, row: &WrappedKey, now: Duration) -> Option<Arc<Held>> {
        self.sweep(now);
        self.held.get(&row.id).filter(|held| held.is_of(row)).cloned()
    }

    pub(crate) fn put(&mut self, held: &Arc<Held>, now: Duration) {
        self.sweep(now);
        self.held.insert(held.id, held.clone());
        self.order.push_back((held.until, held.id));
        while self.held.len() > self.config.entries {
            self.drop_oldest();
        }
    }

    /// Ends every lease on a subject's key, or on all of an organization's; those in use too.
    pub(crate) fn forget(&mut self, org: OrgId, subject: Option<&Subject>) {
        self.held.retain(|_, held| {
            let gone = held.org == org && subject.is_none_or(|subject| held.subject == *subject);
            if gone {
                held.erased.store(true, Ordering::Release);
            }
            !gone
        });
    }

    /// Drops what has ended.
    pub(crate) fn sweep(&mut self, now: Duration) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((until, id)) = self.order.pop_front() else { return };
        // A key that was unwrapped anew has a later place in the order, too.
        if self.held.get(&id).is_some_and(|held| held.until == until) {
            self.held.remove(&id);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::{KekVersion, Wrapped};

    fn row(n: u8) -> WrappedKey {
        WrappedKey {
            id: KeyId(uuid::Uuid::from_bytes([n; 16])),
            org: OrgId(uuid::Uuid::nil()),
            subject: Subject::new("customer", &n.to_string()).expect("fits"),
            made_at: Timestamp::UNIX_EPOCH,
            wrapped: Wrapped { version: KekVersion(1), bytes: vec![] },
        }
    }

    fn put(cache: &mut Cache, row: &WrappedKey, now: Duration) -> Arc<Held> {
        let held = Arc::new(Held::new(Key::from_bytes(&[7; 32]), row, now + cache.lease()));
        cache.put(&held, now);
        held
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_lease_ends_and_is_never_longer_than_a_second() {
        let mut cache = Cache::new(CacheConfig { entries: 10, lease: Duration::from_secs(3600) });
        let held = Arc::downgrade(&put(&mut cache, &row(1), ms(0)));
        assert!(cache.get(&row(1), ms(999)).is_some());
        assert!(cache.get(&row(1), ms(1000)).is_none());
        assert!(held.upgrade().is_none(), "nobody holds the key any more");
    }

    #[test]
    fn it_holds_no_more_than_its_bound_and_lets_the_oldest_go() {
        let mut cache = Cache::new(CacheConfig { entries: 3, lease: MAX_LEASE });
        for n in 0..200 {
            put(&mut cache, &row(n), ms(n.into()));
        }
        assert_eq!(cache.len(), 3);
        assert!(cache.get(&row(199), ms(200)).is_some() && cache.get(&row(196), ms(200)).is_none());
        let mut none = Cache::new(CacheConfig { entries: 0, lease: MAX_LEASE });
        put(&mut none, &row(1), ms(0));
        assert_eq!(none.len(), 0);
    }

    #[test]
    fn what_was_unwrapped_anew_outlives_its_first_lease() {
        let mut cache = Cache::new(CacheConfig::default());
        put(&mut cache, &row(1), ms(0));
        put(&mut cache, &row(1), ms(500));
        assert!(cache.get(&row(1), ms(1200)).is_some());
        assert!(cache.get(&row(1), ms(1500)).is_none());
    }

    #[test]
    fn a_row_that_was_changed_is_not_served_from_memory() {
        let mut cache = Cache::new(CacheConfig::default());
        put(&mut cache, &row(1), ms(0));
        let another = |change: fn(&mut WrappedKey)| {
            let mut row = row(1);
            change(&mut row);
            row
        };
        for changed in [
            another(|row| row.subject = Subject::new("customer", "2").expect("fits")),
            another(|row| row.org = OrgId(uuid::Uuid::max())),
            another(|row| row.made_at = Timestamp::MAX),
        ] {
            assert!(cache.get(&changed, ms(1)).is_none(), "{changed:?}");
        }
        assert!(cache.get(&row(1), ms(1)).is_some());
    }

    #[test]
    fn what_is_forgotten_is_over_for_those_who_hold_it() {
        let mut cache = Cache::new(CacheConfig::default());
        let held = put(&mut cache, &row(1), ms(0));
        let other = put(&mut cache, &row(2), ms(0));
        cache.forget(row(1).org, Some(&row(1).subject));
        assert!(held.is_erased() && !other.is_erased());
        assert!(cache.get(&row(1), ms(1)).is_none());
        cache.forget(row(2).org, None);
        assert!(other.is_erased());
    }
}
