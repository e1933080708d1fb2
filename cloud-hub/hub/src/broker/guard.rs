//! Which devices are connected, and the say over them: newest wins, clones are set aside, the revoked are cut.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tracing::{debug, info, warn};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_service::clock::Clock;

use super::certificate::Peer;
use super::ended::{Counts, Ended};
use super::flips::Flips;
use super::session::Session;
use super::sessions::{SessionEvent, SessionInfo};

/// The guard's register; cheap to clone.
#[derive(Clone, Debug)]
pub struct Guard(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    started: Instant,
    numbers: AtomicU64,
    sessions: Mutex<HashMap<DeviceIdentity, Entry>>,
    flips: Flips,
    counts: Counts,
    events: broadcast::Sender<SessionEvent>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u64,
    facts: Arc<Facts>,
    end: watch::Sender<Option<Ended>>,
}

#[derive(Debug)]
pub(super) struct Facts {
    pub(super) peer: Peer,
    address: SocketAddr,
    since: Timestamp,
    pub(super) heard_ms: AtomicU64,
    pub(super) messages_in: AtomicU64,
    pub(super) bytes_in: AtomicU64,
    pub(super) messages_out: AtomicU64,
    pub(super) bytes_out: AtomicU64,
}

impl Guard {
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner {
            clock,
            started: Instant::now(),
            numbers: AtomicU64::new(0),
            sessions: Mutex::default(),
            flips: Flips::default(),
            counts: Counts::default(),
            events: broadcast::Sender::new(1024),
        }))
    }

    /// All devices that are connected now. Always empty with an external broker, which the hub cannot ask.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.locked().values().map(|entry| self.describe(&entry.facts)).collect()
    }

    /// One device, if it is connected now.
    pub fn session(&self, identity: &DeviceIdentity) -> Option<SessionInfo> {
        self.locked().get(identity).map(|entry| self.describe(&entry.facts))
    }

    /// Ends a live session at once; `false` when there was none. It keeps nobody from coming back: that is the
    /// gate's part, so revoke first, then cut.
    pub fn cut(&self, identity: &DeviceIdentity) -> bool {
        self.end(identity, Ended::Cut)
    }

    /// The same for a reason of its own: [`Ended::Revoked`], [`Ended::Unknown`].
    pub fn end(&self, identity: &DeviceIdentity, why: Ended) -> bool {
        let sessions = self.locked();
        sessions.get(identity).is_some_and(|entry| entry.end.send(Some(why)).is_ok())
    }

    /// Who comes and goes from now on. A receiver that falls 1,024 events behind is told so and should look at
    /// [`Guard::sessions`].
    pub fn events(&self) -> broadcast::Receiver<SessionEvent> {
        self.0.events.subscribe()
    }

    /// How often a connection ended for this reason since the start.
    pub fn count(&self, why: Ended) -> u64 {
        self.0.counts.get(why)
    }

    /// All counts that are not zero, by label.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        Ended::ALL.iter().map(|why| (why.label(), self.count(*why))).filter(|(_, count)| *count > 0).collect()
    }

    /// A connection ended before it was known whose it was.
    pub(crate) fn turned_away(&self, address: SocketAddr, why: Ended, detail: &str) {
        self.0.counts.add(why);
        let count = self.count(why);
        // Anybody can cause these; at powers of two the log stays readable under a flood.
        if count.is_power_of_two() {
            warn!(%address, reason = why.label(), count, "connection refused: {why}{detail} ({count} so far)");
        } else {
            debug!(%address, reason = why.label(), "connection refused: {why}{detail}");
        }
    }

    /// A device with a valid certificate was not let in.
    pub(crate) fn refused(&self, peer: &Peer, address: SocketAddr, why: Ended, detail: &str) {
        self.0.counts.add(why);
        let identity = peer.identity;
        if why.is_refusal() {
            warn!(device = %identity, %address, reason = why.label(), "device refused: {why}{detail}");
            let at = self.0.clock.now();
            self.tell(SessionEvent::Refused { identity, at, why });
        } else {
            info!(device = %identity, %address, reason = why.label(), "device did not connect: {why}{detail}");
        }
    }

    /// Lets a device in; an older session of the same identity ends. In quarantine neither stays.
    pub(crate) fn open(&self, peer: Peer, address: SocketAddr, now: Instant) -> Result<Session, Ended> {
        let identity = peer.identity;
        let mut sessions = self.locked();
        if self.0.flips.in_quarantine(&identity, now) {
            return Err(Ended::Quarantined);
        }
        if let Some(old) = sessions.remove(&identity) {
            let suspect = self.0.flips.note(identity, now);
            let why = if suspect { Ended::Quarantined } else { Ended::Replaced };
            let _ = old.end.send(Some(why));
            self.left(&old.facts, why, "");
            if suspect {
                let (at, other) = (self.0.clock.now(), old.facts.address);
                warn!(device = %identity, %address, %other, "one identity from two places, maybe a clone: both are out for a minute");
                self.tell(SessionEvent::CloneSuspected { identity, at, address, other });
                return Err(Ended::Quarantined);
            }
            info!(device = %identity, %address, "the same identity connected again, the older connection is closed");
        }
        let facts = Arc::new(Facts {
            peer,
            address,
            since: self.0.clock.now(),
            heard_ms: AtomicU64::new(self.uptime_ms()),
            messages_in: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            messages_out: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
        });
        let number = self.0.numbers.fetch_add(1, Ordering::Relaxed);
        let (end, ended) = watch::channel(None);
        sessions.insert(identity, Entry { number, facts: facts.clone(), end });
        info!(device = %identity, %address, "device connected");
        self.tell(SessionEvent::Connected(self.describe(&facts)));
        Ok(Session { guard: self.clone(), number, facts, ended })
    }

    pub(super) fn left(&self, facts: &Facts, why: Ended, detail: &str) {
        self.0.counts.add(why);
        let (identity, at) = (facts.peer.identity, self.0.clock.now());
        if why.is_refusal() {
            warn!(device = %identity, address = %facts.address, reason = why.label(), "connection closed: {why}{detail}");
            self.tell(SessionEvent::Refused { identity, at, why });
        } else {
            info!(device = %identity, address = %facts.address, reason = why.label(), "device disconnected: {why}{detail}");
        }
        self.tell(SessionEvent::Disconnected { identity, at, why });
    }

    fn tell(&self, event: SessionEvent) {
        // Nobody listening is fine.
        let _ = self.0.events.send(event);
    }

    fn describe(&self, facts: &Facts) -> SessionInfo {
        let heard = facts.heard_ms.load(Ordering::Relaxed);
        SessionInfo {
            identity: facts.peer.identity,
            address: facts.address,
            cert_serial: facts.peer.serial.clone(),
            since: facts.since,
            idle: Duration::from_millis(self.uptime_ms().saturating_sub(heard)),
            messages_in: facts.messages_in.load(Ordering::Relaxed),
            bytes_in: facts.bytes_in.load(Ordering::Relaxed),
            messages_out: facts.messages_out.load(Ordering::Relaxed),
            bytes_out: facts.bytes_out.load(Ordering::Relaxed),
        }
    }

    pub(super) fn uptime_ms(&self) -> u64 {
        self.0.started.elapsed().as_millis() as u64
    }

    pub(super) fn locked(&self) -> MutexGuard<'_, HashMap<DeviceIdentity, Entry>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(n: u8) -> Peer {
        let id = |kind: u8| format!("00000000-0000-4000-8000-0000000{kind:02x}0{n:02x}");
        let identity = format!("urn:vyavs:{}:{}:{}", id(1), id(2), id(3)).parse().expect("an identity");
        Peer { identity, serial: format!("{n:02x}") }
    }

    fn from(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[tokio::test]
    async fn the_newest_wins_and_the_fourth_takeover_within_a_minute_puts_both_out() {
        let guard = Guard::new(Clock::system());
        let mut events = guard.events();
        let start = Instant::now();
        let open = |n: u8, port: u16, at: u64| guard.open(peer(n), from(port), start + Duration::from_secs(at));
        let mut last = open(1, 1, 0).expect("let in");
        for flip in 1..=3u16 {
            let newer = open(1, 1 + flip, 10 * u64::from(flip)).expect("let in");
            assert_eq!(last.ended().await, Ended::Replaced);
            drop(std::mem::replace(&mut last, newer));
            assert_eq!(guard.session(&peer(1).identity).expect("there").address, from(1 + flip));
        }
        assert_eq!(open(1, 9, 40).expect_err("a clone"), Ended::Quarantined);
        assert_eq!(last.ended().await, Ended::Quarantined);
        drop(last);
        assert!(guard.session(&peer(1).identity).is_none());
        assert_eq!(open(1, 10, 99).expect_err("still out"), Ended::Quarantined);
        assert!(open(2, 11, 99).is_ok(), "others are not touched");
        assert!(open(1, 12, 101).is_ok());
        assert_eq!(guard.count(Ended::Replaced), 3);
        let mut clones = 0;
        while let Ok(event) = events.try_recv() {
            clones += usize::from(matches!(event, SessionEvent::CloneSuspected { .. }));
        }
        assert_eq!(clones, 1);
    }

    #[test]
    fn takeovers_spread_over_minutes_are_a_bad_line_and_no_clone() {
        let guard = Guard::new(Clock::system());
        let start = Instant::now();
        let mut last = guard.open(peer(1), from(1), start).expect("let in");
        for port in 2..20 {
            let now = start + Duration::from_secs(25 * u64::from(port));
            last = guard.open(peer(1), from(port), now).expect("let in");
        }
        drop(last);
        assert_eq!(guard.count(Ended::Quarantined), 0);
    }

    #[tokio::test]
    async fn a_cut_ends_the_session_and_says_so() {
        let guard = Guard::new(Clock::system());
        let mut session = guard.open(peer(1), from(1), Instant::now()).expect("let in");
        session.published(10);
        let seen = guard.session(&peer(1).identity).expect("there");
        assert_eq!((seen.messages_in, seen.bytes_in), (1, 10));
        assert!(!guard.cut(&peer(2).identity));
        assert!(guard.cut(&peer(1).identity));
        assert_eq!(session.ended().await, Ended::Cut);
        session.close(Ended::Cut, "");
        assert!(guard.sessions().is_empty());
        assert_eq!(guard.counts().get("cut"), Some(&1));
    }
}
