//! A model checker let loose on the very functions both ends run: `edge_step::step`, `hub_step::judge` and `greet`.
//!
//! Around them stands the least that is needed: a disk, a database, a connection in order. Anything may happen between
//! any two steps, a few times in one run: the device dies, the hub dies between its commit and its acknowledgement,
//! either is restored from an earlier copy, the connection breaks, the broker drops or repeats a message.
//!
//! Whether the checker would notice is tested too: each [`Bug`] is planted in the wiring, and must be found.

use stateright::{Checker, HasDiscoveries, Model, Property};
use vyavs_delivery::edge_step::{Edge, EdgeEffect, EdgeEvent, Lane, Link, step};
use vyavs_delivery::hub_step::{Arrival, Cursor, Verdict, greet, is_current, judge};
use vyavs_delivery::{Chain, Seq};
use vyavs_wire::down::{AckV1, StateV1, StoredV1};
use vyavs_wire::record::Stream;
use vyavs_wire::up::HelloV1;

const CREDIT: u16 = 2;

/// What is wired wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    SettleOnSend,
    IncarnationIgnored,
    NoRaiseWhenTheHubIsAhead,
    NoGapCheck,
    AckBeforeCommit,
    SkipNotApplied,
    NackIgnored,
    SameHistoryIgnored,
    UnsettleIgnored,
    CursorNotResetOnNewEpoch,
    EraseBeforeSettle,
    DuplicateStored,
    AckOfTheHighestSeen,
    RaiseKeepsSettled,
    AckEpochIgnored,
    RestoredHubKeepsItsIncarnation,
    RaiseDropsUnsent,
    RowsWithoutCursor,
    ConversationIgnored,
}

/// A set of the few records there are; bit `n` is record `n`.
type Keys = u8;

/// The device's disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Disk {
    epoch: u64,
    incarnation: Option<[u8; 16]>,
    settled: Seq,
    /// Record at each number, from 1.
    keys: Vec<u8>,
    /// Up to here erased, being settled.
    erased: Seq,
}

impl Disk {
    fn next(&self) -> Seq {
        self.keys.len() as Seq + 1
    }

    fn held(&self) -> Keys {
        self.keys[self.erased as usize..].iter().fold(0, |set, key| set | 1 << key)
    }

    fn gone(&self) -> Keys {
        self.keys[..self.erased as usize].iter().fold(0, |set, key| set | 1 << key)
    }

    /// The history up to a number, told apart from any other.
    fn chain(&self, through: Seq) -> Chain {
        let mut chain = [0; 16];
        if through > 0 {
            chain[0] = self.epoch as u8;
            chain[1..=through as usize].copy_from_slice(&self.keys[..through as usize]);
        }
        chain
    }

    fn lanes(&self) -> [Lane; 3] {
        [Lane::resume(self.next(), self.settled), Lane::EMPTY, Lane::EMPTY]
    }
}

/// The hub's database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Db {
    cursor: Option<Cursor>,
    /// Rows in the order they were committed: epoch, number, record. Across epochs a record is told by itself.
    rows: Vec<(u64, Seq, u8)>,
    /// Named as lost.
    named: Keys,
}

impl Db {
    fn has(&self) -> Keys {
        self.rows.iter().fold(0, |set, (_, _, key)| set | 1 << key)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Up {
    Hello { epoch: u64, conversation: u64 },
    Item { arrival: Arrival, keys: Vec<u8>, lost: bool, conversation: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Down {
    State(StateV1),
    Ack(AckV1),
}

/// Each may strike once; a broken connection as often as faults are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Fault {
    EdgeCrash,
    HubCrashAfterCommit,
    HubRestore,
    EdgeRestore,
    DropUp,
    LateUp,
    LinkLost,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    disk: Disk,
    edge: Edge,
    /// What the outbox was asked to send.
    ask: Option<Seq>,
    /// Of the last hello said; in the real device drawn at random.
    conversation: u64,
    db: Db,
    /// Of the last hello the hub heard in this life.
    opened: Option<u64>,
    incarnation: u8,
    up: Vec<Up>,
    down: Vec<Down>,
    /// Held up in the network since an earlier connection; each arrives at most once.
    late_up: Option<Up>,
    late_ack: Option<AckV1>,
    snapshot: Option<Db>,
    image: Option<Disk>,
    faults: u8,
    struck: Vec<Fault>,
    produced: u8,
    /// Records that died with the disk they were on: no protocol brings them back.
    died: Keys,
    /// Once committed at a hub, then erased here, then numbered anew: a hub restored later cannot ask for them.
    beyond: Keys,
    /// Committed at some time.
    ever: Keys,
    erased_too_early: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
    Append,
    Send { two: bool },
    Erase,
    Connect,
    HubHears,
    EdgeHears,
    LateAck,
    TakeSnapshot,
    TakeImage,
    Strike(Fault),
}

#[derive(Clone)]
struct Shop {
    bug: Option<Bug>,
    records: u8,
    faults: u8,
}

impl World {
    fn event(&mut self, shop: &Shop, event: EdgeEvent) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in step(&mut self.edge, event) {
                match effect {
                    EdgeEffect::Hello => {
                        self.conversation += 1;
                        self.up.push(Up::Hello { epoch: self.disk.epoch, conversation: self.conversation });
                    }
                    EdgeEffect::Send(Stream::Money, at) => self.ask = Some(at),
                    EdgeEffect::Settle(_, through) => self.disk.settled = through,
                    EdgeEffect::Unsettle(_, through) => {
                        if shop.bug != Some(Bug::UnsettleIgnored) {
                            self.disk.settled = through;
                        }
                    }
                    EdgeEffect::Incarnation(incarnation) => self.disk.incarnation = Some(incarnation),
                    EdgeEffect::Raise(to) => {
                        self.raise(shop, to);
                        events.push(EdgeEvent::Raised(self.disk.epoch, self.disk.lanes()));
                    }
                    EdgeEffect::Send(..) => unreachable!("one stream has records"),
                }
            }
            if !self.edge.sending {
                self.ask = None;
            }
        }
    }

    fn raise(&mut self, shop: &Shop, to: u64) {
        let (gone, settled) = (self.disk.gone(), self.disk.settled);
        self.beyond |= gone;
        self.disk.keys.drain(..self.disk.erased as usize);
        if shop.bug == Some(Bug::RaiseDropsUnsent) {
            self.disk.keys.truncate(settled.saturating_sub(self.disk.erased) as usize);
        }
        self.disk.epoch = to;
        self.disk.erased = 0;
        self.disk.settled =
            if shop.bug == Some(Bug::RaiseKeepsSettled) { settled.min(self.disk.keys.len() as Seq) } else { 0 };
    }

    fn send(&mut self, shop: &Shop, two: bool) {
        let Some(at) = self.ask.take() else { return };
        let (first, last, lost) = if at <= self.disk.erased {
            (at, self.disk.erased, true)
        } else {
            (at, (at + u64::from(two)).min(self.disk.next() - 1), false)
        };
        let arrival = Arrival {
            epoch: self.disk.epoch,
            first,
            last,
            prev: (!lost).then(|| self.disk.chain(first - 1)),
            chain: if lost { [0; 16] } else { self.disk.chain(last) },
        };
        let keys = self.disk.keys[first as usize - 1..last as usize].to_vec();
        self.up.push(Up::Item { arrival, keys, lost, conversation: self.conversation });
        if shop.bug == Some(Bug::SettleOnSend) {
            self.disk.settled = self.disk.settled.max(last);
        }
        self.event(shop, EdgeEvent::Sent(Stream::Money, first, last));
    }

    fn state(&self, hello: u64) -> StateV1 {
        let hello = HelloV1 {
            protocol: 1,
            agent: String::new(),
            epoch: hello,
            boot_id: [0; 16],
            mono_ms: 0,
            wall_us: 0,
            clock: 0,
            incarnation: None,
            streams: Vec::new(),
        };
        let known = self.db.cursor.map_or(0, |cursor| cursor.epoch);
        let greeting = greet(known, [self.db.cursor, None, None], &hello);
        let chain =
            self.db.cursor.filter(|cursor| cursor.epoch == greeting.epoch).map_or([0; 16], |cursor| cursor.chain);
        StateV1 {
            epoch: greeting.epoch,
            streams: vec![StoredV1 { stream: 0, through: greeting.through[0], chain }],
            credit: CREDIT,
            incarnation: [self.incarnation; 16],
            hello_mono_ms: 0,
            received_us: 0,
            answered_us: 0,
        }
    }

    /// The hub takes one message; the answer goes out only if it lives to give it.
    fn hub(&mut self, shop: &Shop, message: Up, dies: bool) {
        let (arrival, keys, lost) = match message {
            Up::Hello { epoch, conversation } => {
                self.opened = Some(conversation);
                return if !dies {
                    self.down.push(Down::State(self.state(epoch)))
                };
            }
            Up::Item { arrival, keys, lost, conversation } => {
                if !is_current(self.opened, conversation) && shop.bug != Some(Bug::ConversationIgnored) {
                    return;
                }
                (arrival, keys, lost)
            }
        };
        let mut seen = arrival;
        if shop.bug == Some(Bug::CursorNotResetOnNewEpoch)
            && let Some(cursor) = self.db.cursor
        {
            seen.epoch = cursor.epoch;
        }
        let before = self.db.cursor;
        let mut verdict = judge(before, &seen);
        let mut nacks = Vec::new();
        match (verdict, shop.bug) {
            (Verdict::Gap { .. }, Some(Bug::NoGapCheck)) | (Verdict::Duplicate, Some(Bug::DuplicateStored)) => {
                let through = seen.last.max(before.map_or(0, |cursor| cursor.through));
                let cursor = Cursor { epoch: seen.epoch, through, chain: seen.chain };
                verdict = Verdict::Take { skip: 0, cursor, broken: false };
            }
            _ => {}
        }
        let kept = self.db.clone();
        match verdict {
            Verdict::StaleEpoch => {
                return if !dies {
                    self.down.push(Down::State(self.state(arrival.epoch)))
                };
            }
            Verdict::Duplicate => {}
            Verdict::Gap { first, last } => nacks.push((first, last)),
            Verdict::Take { skip, cursor, .. } => {
                let skip = if shop.bug == Some(Bug::SkipNotApplied) { 0 } else { skip as usize };
                for (seq, &key) in (arrival.first..).zip(&keys).skip(skip) {
                    if lost {
                        self.db.named |= 1 << key;
                    } else {
                        self.db.rows.push((arrival.epoch, seq, key));
                        self.ever |= 1 << key;
                    }
                }
                self.db.cursor = Some(cursor);
            }
        }
        let mut through = self.db.cursor.filter(|cursor| cursor.epoch == seen.epoch).map_or(0, |cursor| cursor.through);
        if shop.bug == Some(Bug::AckOfTheHighestSeen) {
            through = through.max(arrival.last);
        }
        let answer = Down::Ack(AckV1 {
            epoch: arrival.epoch,
            stream: 0,
            stored_through: through,
            nacks,
            rejects: Vec::new(),
            credit: CREDIT,
            incarnation: [self.incarnation; 16],
        });
        if !dies {
            self.down.push(answer);
        } else if shop.bug == Some(Bug::AckBeforeCommit) {
            // Said, and heard, before it was done.
            self.db = kept;
            self.edge_hears(shop, answer);
        } else if shop.bug == Some(Bug::RowsWithoutCursor) {
            // Two transactions, and the power went between them.
            self.db.cursor = before;
        }
    }

    fn edge_hears(&mut self, shop: &Shop, message: Down) {
        match message {
            Down::State(mut state) => {
                let stored = state.streams[0];
                let comparable = state.epoch == self.disk.epoch
                    && stored.through > self.disk.erased
                    && stored.chain != [0; 16]
                    && stored.through < self.disk.next();
                let mut same = !comparable || self.disk.chain(stored.through) == stored.chain;
                if shop.bug == Some(Bug::SameHistoryIgnored) {
                    same = true;
                }
                if shop.bug == Some(Bug::NoRaiseWhenTheHubIsAhead) && state.epoch == self.disk.epoch {
                    state.streams[0].through = stored.through.min(self.disk.next() - 1);
                }
                self.event(shop, EdgeEvent::State(state, same));
            }
            Down::Ack(mut ack) => {
                match shop.bug {
                    Some(Bug::IncarnationIgnored) => ack.incarnation = self.edge.incarnation.unwrap_or_default(),
                    Some(Bug::AckEpochIgnored) => ack.epoch = self.edge.epoch,
                    Some(Bug::NackIgnored) => ack.nacks.clear(),
                    _ => {}
                }
                self.event(shop, EdgeEvent::Ack(ack));
            }
        }
    }

    fn cut(&mut self, shop: &Shop) {
        // The newest of each is what the broker may still hold.
        if let Some(item) = self.up.iter().rev().find(|up| matches!(up, Up::Item { .. })) {
            self.late_up = Some(item.clone());
        }
        if let Some(Down::Ack(ack)) = self.down.iter().rev().find(|down| matches!(down, Down::Ack(_))) {
            self.late_ack = Some(ack.clone());
        }
        self.up.clear();
        self.down.clear();
        self.ask = None;
        self.event(shop, EdgeEvent::LinkDown);
    }

    fn restart(&mut self) {
        self.edge = Edge::new(self.disk.epoch, self.disk.incarnation, self.disk.lanes());
        self.ask = None;
    }

    fn strike(&mut self, shop: &Shop, fault: Fault) {
        self.faults -= 1;
        if fault != Fault::LinkLost {
            self.struck.push(fault);
        }
        match fault {
            Fault::LinkLost => self.cut(shop),
            Fault::EdgeCrash => {
                self.cut(shop);
                self.restart();
            }
            Fault::HubCrashAfterCommit => {
                let message = self.up.remove(0);
                self.hub(shop, message, true);
                self.opened = None;
                self.cut(shop);
            }
            Fault::HubRestore => {
                self.cut(shop);
                self.opened = None;
                self.db = self.snapshot.take().expect("struck only when there is one");
                if shop.bug != Some(Bug::RestoredHubKeepsItsIncarnation) {
                    self.incarnation += 1;
                }
            }
            Fault::EdgeRestore => {
                self.cut(shop);
                let image = self.image.take().expect("struck only when there is one");
                self.died |= (self.disk.held() | self.disk.gone()) & !image.held() & !image.gone();
                self.died |= self.disk.gone() & !image.held();
                self.disk = image;
                self.restart();
            }
            Fault::DropUp => drop(self.up.remove(0)),
            Fault::LateUp => {
                let late = self.late_up.take().expect("struck only when there is one");
                self.up.insert(0, late);
            }
        }
    }

    /// Nothing is on its way and nobody has anything to do.
    fn is_quiet(&self) -> bool {
        self.edge.link == Link::Open && self.up.is_empty() && self.down.is_empty() && self.ask.is_none()
    }

    fn is_drained(&self) -> bool {
        let lane = self.edge.lanes[0];
        let stored = self.db.cursor.filter(|cursor| cursor.epoch == self.disk.epoch).map_or(0, |cursor| cursor.through);
        self.is_quiet() && lane.settled == lane.next - 1 && stored == lane.settled && lane.next == self.disk.next()
    }

    /// Acknowledged to a source, and neither here, nor there, nor named.
    fn lost(&self) -> Keys {
        let produced = (1..=self.produced).fold(0, |set, key| set | 1 << key);
        let stored = self.db.has() | self.db.named | self.died | (self.beyond & self.ever);
        // Once all is drained the disk is no excuse: what it holds must be at the hub too.
        let excused = if self.is_drained() { 0 } else { self.disk.held() | self.disk.gone() };
        produced & !stored & !excused
    }
}

impl Model for Shop {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let disk = Disk { epoch: 1, incarnation: None, settled: 0, keys: Vec::new(), erased: 0 };
        vec![World {
            edge: Edge::new(1, None, disk.lanes()),
            disk,
            ask: None,
            conversation: 0,
            db: Db::default(),
            opened: None,
            incarnation: 1,
            up: Vec::new(),
            down: Vec::new(),
            late_up: None,
            late_ack: None,
            snapshot: None,
            image: None,
            faults: self.faults,
            struck: Vec::new(),
            produced: 0,
            died: 0,
            beyond: 0,
            ever: 0,
            erased_too_early: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let may = |fault: Fault| world.faults > 0 && !world.struck.contains(&fault);
        if world.produced < self.records {
            actions.push(Action::Append);
        }
        if let Some(at) = world.ask {
            actions.push(Action::Send { two: false });
            if at > world.disk.erased && at + 1 < world.disk.next() {
                actions.push(Action::Send { two: true });
            }
        }
        let erasable =
            if self.bug == Some(Bug::EraseBeforeSettle) { world.disk.next() - 1 } else { world.disk.settled };
        if world.disk.erased < erasable {
            actions.push(Action::Erase);
        }
        if world.edge.link == Link::Down {
            actions.push(Action::Connect);
        } else if world.faults > 0 {
            actions.push(Action::Strike(Fault::LinkLost));
        }
        if !world.up.is_empty() {
            actions.push(Action::HubHears);
            if may(Fault::HubCrashAfterCommit) {
                actions.push(Action::Strike(Fault::HubCrashAfterCommit));
            }
        }
        if !world.down.is_empty() {
            actions.push(Action::EdgeHears);
        }
        if world.late_ack.is_some() && world.edge.link == Link::Open {
            actions.push(Action::LateAck);
        }
        if world.late_up.is_some() && may(Fault::LateUp) {
            actions.push(Action::Strike(Fault::LateUp));
        }
        if world.snapshot.is_none() && may(Fault::HubRestore) {
            actions.push(Action::TakeSnapshot);
        }
        if world.snapshot.as_ref().is_some_and(|snapshot| *snapshot != world.db) && may(Fault::HubRestore) {
            actions.push(Action::Strike(Fault::HubRestore));
        }
        if world.image.is_none() && may(Fault::EdgeRestore) {
            actions.push(Action::TakeImage);
        }
        if world.image.as_ref().is_some_and(|image| *image != world.disk) && may(Fault::EdgeRestore) {
            actions.push(Action::Strike(Fault::EdgeRestore));
        }
        if may(Fault::EdgeCrash) {
            actions.push(Action::Strike(Fault::EdgeCrash));
        }
        // A hole shows only when something follows it; without, the connection is what was lost.
        if may(Fault::DropUp) && matches!(world.up.as_slice(), [Up::Item { .. }, Up::Item { .. }, ..]) {
            actions.push(Action::Strike(Fault::DropUp));
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        match action {
            Action::Append => {
                world.produced += 1;
                world.disk.keys.push(world.produced);
                let next = world.disk.next();
                world.event(self, EdgeEvent::Appended(Stream::Money, next));
            }
            Action::Send { two } => world.send(self, two),
            Action::Erase => {
                let key = 1 << world.disk.keys[world.disk.erased as usize];
                world.disk.erased += 1;
                // Until the device hears of the hub's new life, the old one's word stands.
                let unaware = world.disk.incarnation != Some([world.incarnation; 16]);
                let known = (world.db.has() | world.db.named) & key != 0 || (unaware && world.ever & key != 0);
                world.erased_too_early |= !known;
            }
            Action::Connect => world.event(self, EdgeEvent::LinkUp),
            Action::HubHears => {
                let message = world.up.remove(0);
                world.hub(self, message, false);
            }
            Action::EdgeHears => {
                let message = world.down.remove(0);
                world.edge_hears(self, message);
            }
            Action::LateAck => {
                let ack = world.late_ack.take()?;
                world.edge_hears(self, Down::Ack(ack));
            }
            Action::TakeSnapshot => world.snapshot = Some(world.db.clone()),
            Action::TakeImage => world.image = Some(world.disk.clone()),
            Action::Strike(fault) => world.strike(self, fault),
        }
        Some(world)
    }

    fn within_boundary(&self, world: &World) -> bool {
        // A sound protocol raises once a fault; one that raises for ever is cut off here and shows elsewhere.
        world.disk.epoch <= 6 && world.db.rows.len() <= 12
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always(NO_LOSS, |_, world| world.lost() == 0),
            Property::<Self>::always(NO_DUPLICATE, |_, world| {
                let rows = &world.db.rows;
                rows.iter().enumerate().all(|(at, (epoch, seq, key))| {
                    rows[..at].iter().all(|(e, s, k)| e != epoch || (s != seq && k != key))
                })
            }),
            Property::<Self>::always(ORDER, |_, world| {
                let rows = &world.db.rows;
                rows.iter().enumerate().all(|(at, (epoch, seq, key))| {
                    rows[..at].iter().all(|(e, s, k)| e != epoch || (s < seq && k < key))
                })
            }),
            Property::<Self>::always(NO_ERASE_BEFORE_COMMIT, |_, world| !world.erased_too_early),
            Property::<Self>::always(QUIET_MEANS_DRAINED, |_, world| !world.is_quiet() || world.is_drained()),
            Property::<Self>::sometimes(DRAINED, |shop, world| {
                world.produced == shop.records && world.is_drained() && world.db.rows.len() >= usize::from(shop.records)
            }),
        ]
    }
}

const NO_LOSS: &str = "no loss";
const NO_DUPLICATE: &str = "no duplicate";
const ORDER: &str = "order per stream";
const NO_ERASE_BEFORE_COMMIT: &str = "no erase before commit";
const QUIET_MEANS_DRAINED: &str = "quiet means drained";
const DRAINED: &str = "drained is reached";

fn check(name: &str, shop: Shop) {
    let checker = shop.checker().threads(2).spawn_bfs().join();
    println!("{name}: {} unique states, depth {}", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
}

#[test]
fn three_records_survive_any_two_faults() {
    check("3 records, 2 faults", Shop { bug: None, records: 3, faults: 2 });
}

#[test]
fn two_records_survive_any_three_faults() {
    check("2 records, 3 faults", Shop { bug: None, records: 2, faults: 3 });
}

/// Minutes and gigabytes: run by hand when the protocol changes.
#[test]
#[ignore = "tens of millions of states; cargo test -p vyavs-delivery --test model -- --ignored --nocapture"]
fn three_records_survive_any_three_faults() {
    check("3 records, 3 faults", Shop { bug: None, records: 3, faults: 3 });
}

fn finds(bug: Bug) {
    let shop = Shop { bug: Some(bug), records: 3, faults: 2 };
    let checker = shop.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let found = [NO_LOSS, NO_DUPLICATE, ORDER, NO_ERASE_BEFORE_COMMIT, QUIET_MEANS_DRAINED]
        .into_iter()
        .find_map(|name| checker.discovery(name).map(|path| (name, path.into_actions())));
    let Some((broken, steps)) = found else {
        panic!("{bug:?} was not found in {} states", checker.unique_state_count())
    };
    println!("{bug:?}: {broken:?} broken after {} steps; {} unique states", steps.len(), checker.unique_state_count());
}

macro_rules! planted {
    ($($test:ident => $bug:ident),+ $(,)?) => {
        $(#[test] fn $test() { finds(Bug::$bug); })+
    };
}

planted! {
    finds_settle_on_send => SettleOnSend,
    finds_incarnation_ignored => IncarnationIgnored,
    finds_no_raise_when_the_hub_is_ahead => NoRaiseWhenTheHubIsAhead,
    finds_no_gap_check => NoGapCheck,
    finds_ack_before_commit => AckBeforeCommit,
    finds_skip_not_applied => SkipNotApplied,
    finds_nack_ignored => NackIgnored,
    finds_same_history_ignored => SameHistoryIgnored,
    finds_unsettle_ignored => UnsettleIgnored,
    finds_cursor_not_reset_on_new_epoch => CursorNotResetOnNewEpoch,
    finds_erase_before_settle => EraseBeforeSettle,
    finds_duplicate_stored => DuplicateStored,
    finds_ack_of_the_highest_seen => AckOfTheHighestSeen,
    finds_raise_keeps_settled => RaiseKeepsSettled,
    finds_ack_epoch_ignored => AckEpochIgnored,
    finds_restored_hub_keeps_its_incarnation => RestoredHubKeepsItsIncarnation,
    finds_raise_drops_unsent => RaiseDropsUnsent,
    finds_rows_without_cursor => RowsWithoutCursor,
    finds_conversation_ignored => ConversationIgnored,
}
