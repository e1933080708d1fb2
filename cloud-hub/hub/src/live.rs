//! What happens, for those who watch: a ring of the newest events of each organization.
//!
//! A watcher has a place in the ring and no queue of its own, so a slow one costs nothing and delays nobody: when the ring
//! has moved past its place, it is told so (a gap) and goes on with what comes next. Each organization has its own ring and
//! its own numbers; nothing of one can be seen, counted or pushed out by another.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, UserId};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A ticket was stored.
    Sales,
    /// Readings were stored, or came fresh while a backlog drains.
    Readings,
    /// An alarm was raised or cleared.
    Alarms,
    /// A device spoke, came, went, or its cursors moved.
    Sync,
    /// One person was told something; nobody else sees it.
    Notifications,
    /// An incident opened or changed.
    Alerts,
}

impl Topic {
    /// All of them.
    pub const ALL: [Topic; 6] =
        [Topic::Sales, Topic::Readings, Topic::Alarms, Topic::Sync, Topic::Notifications, Topic::Alerts];

    /// As a watcher asks for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Readings => "readings",
            Self::Alarms => "alarms",
            Self::Sync => "sync",
            Self::Notifications => "notifications",
            Self::Alerts => "alerts",
        }
    }

    /// The name of its events.
    pub fn event(self) -> &'static str {
        match self {
            Self::Sales => "sale",
            Self::Readings => "readings",
            Self::Alarms => "alarm",
            Self::Sync => "sync",
            Self::Notifications => "notification",
            Self::Alerts => "alert",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whose.
    pub org: OrgId,
    /// Where.
    pub store: StoreId,
    /// What about.
    pub topic: Topic,
    /// What, as JSON on one line: see `api::stream` for the shapes.
    pub json: String,
}

/// What a watcher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The next event, and its id.
    Event(String, Arc<Event>),
    /// Events between the last id and this one are gone: read the lists again.
    Gap(String),
}

/// The bus. Cheap to clone; clones share the rings.
#[derive(Clone, Debug)]
pub struct Live(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// A ring does not outlive its process, so its ids must not either.
    incarnation: String,
    capacity: usize,
    rings: Mutex<HashMap<OrgId, Ring>>,
}

#[derive(Debug)]
struct Ring {
    /// The number the next event will get; the first is 1.
    next: u64,
    /// Ends with number `next - 1`.
    /// Each with the one person it is for, if it is for one.
    events: VecDeque<(Option<UserId>, Arc<Event>)>,
    bell: watch::Sender<u64>,
}

impl Default for Ring {
    fn default() -> Self {
        Self { next: 1, events: VecDeque::new(), bell: watch::Sender::new(1) }
    }
}

impl Ring {
    fn oldest(&self) -> u64 {
        self.next - self.events.len() as u64
    }
}

impl Live {
    /// `incarnation` is new with every process; `capacity` events are kept for each organization.
    pub fn new(incarnation: Uuid, capacity: usize) -> Self {
        let incarnation = incarnation.simple().to_string();
        Self(Arc::new(Inner { incarnation, capacity: capacity.max(1), rings: Mutex::default() }))
    }

    fn rings(&self) -> MutexGuard<'_, HashMap<OrgId, Ring>> {
        self.0.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whoever watches, now or after a short absence. Never waits.
    pub fn publish(&self, event: Event) {
        self.put(None, event);
    }

    /// Tells one person, whichever stores that person watches.
    pub fn publish_to(&self, person: UserId, event: Event) {
        self.put(Some(person), event);
    }

    fn put(&self, person: Option<UserId>, event: Event) {
        let mut rings = self.rings();
        let ring = rings.entry(event.org).or_default();
        if ring.events.len() == self.0.capacity {
            ring.events.pop_front();
        }
        ring.events.push_back((person, Arc::new(event)));
        ring.next += 1;
        ring.bell.send_replace(ring.next);
    }

    /// Begins to watch one organization: after the event with the id `after`, or with what comes next. An id of another
    /// life of the hub, or one this ring never gave, begins with a gap.
    pub fn watch(&self, org: OrgId, stores: Option<BTreeSet<StoreId>>, topics: &[Topic], after: Option<&str>) -> Watch {
        let mut rings = self.rings();
        let ring = rings.entry(org).or_default();
        let place = after.map(|id| self.number(id).map(|number| number + 1).filter(|next| *next <= ring.next));
        let (next, missed) = match place {
            None => (ring.next, false),
            Some(Some(next)) => (next, false),
            Some(None) => (ring.next, true),
        };
        let (topics, bell) = (topics.to_vec(), ring.bell.subscribe());
        Watch { live: self.clone(), org, person: None, stores, topics, next, missed, bell }
    }

    fn number(&self, id: &str) -> Option<u64> {
        let (incarnation, number) = id.rsplit_once('-')?;
        number.parse().ok().filter(|number| incarnation == self.0.incarnation && *number < u64::MAX)
    }

    fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.0.incarnation)
    }
}

/// A place in the ring of one organization.
#[derive(Debug)]
pub struct Watch {
    live: Live,
    org: OrgId,
    person: Option<UserId>,
    stores: Option<BTreeSet<StoreId>>,
    topics: Vec<Topic>,
    next: u64,
    missed: bool,
    bell: watch::Receiver<u64>,
}

impl Watch {
    /// As this person: who is told what is for that person alone.
    pub fn of(mut self, person: Option<UserId>) -> Self {
        self.person = person;
        self
    }

    /// The id to go on after, should the line be cut now.
    pub fn place(&self) -> String {
        self.live.id(self.next - 1)
    }

    /// Waits for the next thing to tell. Safe to drop half-way: the place moves only with what is returned.
    pub async fn next(&mut self) -> Told {
        loop {
            // Marked as seen before the look, so that an event after the look wakes us.
            self.bell.mark_unchanged();
            if let Some(told) = self.look() {
                return told;
            }
            if self.bell.changed().await.is_err() {
                // The ring lives as long as `self.live`, and with it the bell.
                std::future::pending::<()>().await;
            }
        }
    }

    fn look(&mut self) -> Option<Told> {
        let rings = self.live.rings();
        let ring = rings.get(&self.org)?;
        if self.missed || self.next < ring.oldest() {
            self.missed = false;
            self.next = ring.next;
            return Some(Told::Gap(self.live.id(ring.next - 1)));
        }
        while self.next < ring.next {
            let at = usize::try_from(self.next - ring.oldest()).ok()?;
            let (person, event) = ring.events.get(at)?;
            self.next += 1;
            let wanted = self.topics.contains(&event.topic)
                && match person {
                    Some(person) => self.person == Some(*person),
                    None => self.stores.as_ref().is_none_or(|stores| stores.contains(&event.store)),
                };
            if wanted {
                return Some(Told::Event(self.live.id(self.next - 1), event.clone()));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn org(n: u128) -> OrgId {
        OrgId(Uuid::from_u128(n))
    }

    fn event(org: OrgId, store: u128, topic: Topic, n: usize) -> Event {
        Event { org, store: StoreId(Uuid::from_u128(store)), topic, json: n.to_string() }
    }

    async fn quiet(watch: &mut Watch) -> bool {
        tokio::time::timeout(Duration::from_millis(20), watch.next()).await.is_err()
    }

    #[tokio::test]
    async fn one_tenant_sees_counts_and_pushes_out_nothing_of_another() {
        let live = Live::new(Uuid::from_u128(7), 2);
        let mut mine = live.watch(org(1), None, &Topic::ALL, None);
        for n in 0..10 {
            live.publish(event(org(2), 1, Topic::Sales, n));
        }
        assert!(quiet(&mut mine).await);
        live.publish(event(org(1), 1, Topic::Sales, 11));
        let Told::Event(id, seen) = mine.next().await else { panic!("a gap") };
        assert_eq!((id.rsplit_once('-').expect("an id").1, seen.json.as_str()), ("1", "11"));
    }

    #[tokio::test]
    async fn who_is_slow_is_told_of_the_gap_and_goes_on() {
        let live = Live::new(Uuid::from_u128(7), 3);
        let mut slow = live.watch(org(1), None, &Topic::ALL, None);
        for n in 0..4 {
            live.publish(event(org(1), 1, Topic::Sales, n));
        }
        assert_eq!(slow.next().await, Told::Gap(live.id(4)));
        assert!(quiet(&mut slow).await);
        live.publish(event(org(1), 1, Topic::Sales, 4));
        assert!(matches!(slow.next().await, Told::Event(id, _) if id == live.id(5)));
        // Exactly at the edge nothing is lost.
        let mut edge = live.watch(org(1), None, &Topic::ALL, Some(&live.id(2)));
        assert!(matches!(edge.next().await, Told::Event(id, _) if id == live.id(3)));
        let mut beyond = live.watch(org(1), None, &Topic::ALL, Some(&live.id(1)));
        assert_eq!(beyond.next().await, Told::Gap(live.id(5)));
    }

    #[tokio::test]
    async fn what_is_for_one_person_is_seen_by_no_other() {
        let live = Live::new(Uuid::from_u128(7), 9);
        let (ana, ben) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let narrow = Some(BTreeSet::from([StoreId(Uuid::from_u128(5))]));
        let mut hers = live.watch(org(1), narrow, &Topic::ALL, None).of(Some(ana));
        let mut his = live.watch(org(1), None, &Topic::ALL, None).of(Some(ben));
        let mut nobodys = live.watch(org(1), None, &Topic::ALL, None);
        live.publish_to(ana, event(org(1), 0, Topic::Notifications, 1));
        assert!(matches!(hers.next().await, Told::Event(_, event) if event.json == "1"));
        assert!(quiet(&mut his).await && quiet(&mut nobodys).await);
    }

    #[tokio::test]
    async fn an_id_of_another_life_or_of_nobody_is_a_gap() {
        let live = Live::new(Uuid::from_u128(7), 3);
        live.publish(event(org(1), 1, Topic::Sales, 0));
        let other = Live::new(Uuid::from_u128(8), 3);
        for bad in [other.id(1), live.id(2), live.id(u64::MAX), "x".to_owned(), String::new(), "-1".to_owned()] {
            let mut watch = live.watch(org(1), None, &Topic::ALL, Some(&bad));
            assert_eq!(watch.next().await, Told::Gap(live.id(1)), "{bad}");
        }
    }

    #[tokio::test]
    async fn topics_and_store_narrow_what_is_told_and_the_place_moves_on() {
        let live = Live::new(Uuid::from_u128(7), 9);
        let store = Some(BTreeSet::from([StoreId(Uuid::from_u128(1))]));
        let mut watch = live.watch(org(1), store, &[Topic::Alarms], None);
        live.publish(event(org(1), 1, Topic::Sales, 0));
        live.publish(event(org(1), 2, Topic::Alarms, 1));
        assert!(quiet(&mut watch).await);
        assert_eq!(watch.place(), live.id(2));
        live.publish(event(org(1), 1, Topic::Alarms, 2));
        assert!(matches!(watch.next().await, Told::Event(_, event) if event.json == "2"));
    }
}
