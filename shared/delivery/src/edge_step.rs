//! What a device does next: `step(state, event) -> effects`, with no clock, no disk and no socket in it.
//!
//! The task around it performs the effects and reports back as events. What lies at a number is the outbox's business:
//! a frame, or the statement that it is lost; both cover a range and both are sent, judged and settled alike.

use vyavs_wire::down::{AckV1, StateV1};
use vyavs_wire::record::Stream;

use crate::Seq;

/// Where one stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    /// The number the next record gets.
    pub next: Seq,
    /// The hub has everything up to here, and said so.
    pub settled: Seq,
    /// Sent on this connection up to here.
    pub sent: Seq,
}

impl Lane {
    /// Before the first record.
    pub const EMPTY: Self = Self { next: 1, settled: 0, sent: 0 };

    /// As found on disk at start.
    pub fn resume(next: Seq, settled: Seq) -> Self {
        Self { next, settled, sent: settled }
    }

    /// Records the hub does not have.
    pub fn unsent(&self) -> u64 {
        (self.next - 1).saturating_sub(self.settled)
    }
}

/// How far the conversation with the hub got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// No connection.
    Down,
    /// Hello said, no answer yet: nothing may be sent.
    Greeting,
    /// The hub told its state.
    Open,
    /// The hub knows more than we do: a new epoch is being written.
    Raising,
}

/// Everything the device's end of the protocol remembers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Of the buffer.
    pub epoch: u64,
    /// The hub we last heard, so that an old acknowledgement cannot erase what a restored hub needs again.
    pub incarnation: Option<[u8; 16]>,
    /// By stream number.
    pub lanes: [Lane; 3],
    /// The conversation.
    pub link: Link,
    /// Ranges the hub lets us have in flight.
    pub credit: u16,
    /// Sent and not yet settled, in sending order: (stream number, last).
    pub in_flight: Vec<(u8, Seq)>,
    /// A range was asked of the outbox and has not been reported sent.
    pub sending: bool,
}

impl Edge {
    /// As found on disk at start.
    pub fn new(epoch: u64, incarnation: Option<[u8; 16]>, lanes: [Lane; 3]) -> Self {
        Self { epoch, incarnation, lanes, link: Link::Down, credit: 0, in_flight: Vec::new(), sending: false }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EdgeEvent {
    /// Connected and subscribed.
    LinkUp,
    /// The connection is gone.
    LinkDown,
    /// The hub's answer to hello; its signature was checked. The flag: our disk has, wherever the hub stands, the
    /// same chain as the hub; `false` when this disk and the hub's tell two histories.
    State(StateV1, bool),
    /// An acknowledgement; its signature was checked.
    Ack(AckV1),
    /// The outbox wrote: the lane's new `next`.
    Appended(Stream, Seq),
    /// What [`EdgeEffect::Send`] asked for went out: its first and last number.
    Sent(Stream, Seq, Seq),
    /// The outbox re-wrote all it holds under a new epoch; lanes as they are now.
    Raised(u64, [Lane; 3]),
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeEffect {
    /// Say hello.
    Hello,
    /// Send what lies at this number, then report [`EdgeEvent::Sent`].
    Send(Stream, Seq),
    /// All up to here is stored at the hub; it may go once `retain_acked` has passed.
    Settle(Stream, Seq),
    /// The hub was restored and has only this much: what is kept beyond is owed again.
    Unsettle(Stream, Seq),
    /// Remember the hub's incarnation.
    Incarnation([u8; 16]),
    /// Write everything held under this new epoch, then report [`EdgeEvent::Raised`].
    Raise(u64),
}

/// One step of the device's end.
pub fn step(edge: &mut Edge, event: EdgeEvent) -> Vec<EdgeEffect> {
    let mut effects = Vec::new();
    match event {
        EdgeEvent::LinkUp => {
            greet(edge, &mut effects);
        }
        EdgeEvent::LinkDown => {
            edge.in_flight.clear();
            edge.sending = false;
            // A raise goes on: it is between us and our disk.
            if edge.link != Link::Raising {
                edge.link = Link::Down;
            }
        }
        EdgeEvent::State(state, same) => on_state(edge, &state, same, &mut effects),
        EdgeEvent::Ack(ack) => on_ack(edge, &ack, &mut effects),
        EdgeEvent::Appended(stream, next) => {
            let lane = &mut edge.lanes[index(stream)];
            lane.next = lane.next.max(next);
        }
        EdgeEvent::Sent(stream, first, last) => {
            edge.sending = false;
            let lane = &mut edge.lanes[index(stream)];
            // Sent before a gap was reported, told after: it does not close the gap.
            if edge.link == Link::Open && first <= lane.sent + 1 && last > lane.sent {
                lane.sent = last;
                edge.in_flight.push((stream.number(), last));
            }
        }
        EdgeEvent::Raised(epoch, lanes) => {
            edge.epoch = epoch;
            edge.lanes = lanes;
            edge.in_flight.clear();
            edge.sending = false;
            greet(edge, &mut effects);
        }
    }
    pump(edge, &mut effects);
    effects
}

fn index(stream: Stream) -> usize {
    usize::from(stream.number())
}

fn greet(edge: &mut Edge, effects: &mut Vec<EdgeEffect>) {
    edge.link = Link::Greeting;
    edge.in_flight.clear();
    edge.sending = false;
    effects.push(EdgeEffect::Hello);
}

fn raise(edge: &mut Edge, to: u64, effects: &mut Vec<EdgeEffect>) {
    edge.link = Link::Raising;
    edge.in_flight.clear();
    edge.sending = false;
    effects.push(EdgeEffect::Raise(to));
}

fn on_state(edge: &mut Edge, state: &StateV1, same_history: bool, effects: &mut Vec<EdgeEffect>) {
    if edge.link != Link::Greeting {
        return;
    }
    if edge.incarnation != Some(state.incarnation) {
        edge.incarnation = Some(state.incarnation);
        effects.push(EdgeEffect::Incarnation(state.incarnation));
    }
    if state.epoch > edge.epoch {
        // Our disk is older than what we once told the hub: another history holds these numbers.
        return raise(edge, state.epoch.saturating_add(1), effects);
    }
    let mut through = [0; 3];
    if state.epoch == edge.epoch {
        for stored in &state.streams {
            if let Some(stream) = Stream::from_number(stored.stream) {
                through[index(stream)] = stored.through;
            }
        }
    }
    let ahead = Stream::ALL.iter().any(|&stream| through[index(stream)] >= edge.lanes[index(stream)].next);
    // After a loss statement the hub has no chain to compare. Where we did not hear it settled, it may be another
    // history's: found by the model checker with a hub and a device that were both restored.
    let unknown = state.epoch == edge.epoch
        && state.streams.iter().any(|stored| {
            let lane = Stream::from_number(stored.stream).map(|stream| edge.lanes[index(stream)]);
            stored.chain == [0; 16] && lane.is_some_and(|lane| stored.through > lane.settled)
        });
    if ahead || unknown || (state.epoch == edge.epoch && !same_history) {
        return raise(edge, edge.epoch.saturating_add(1), effects);
    }
    for stream in Stream::ALL {
        let (lane, through) = (&mut edge.lanes[index(stream)], through[index(stream)]);
        if through > lane.settled {
            effects.push(EdgeEffect::Settle(stream, through));
        } else if through < lane.settled {
            effects.push(EdgeEffect::Unsettle(stream, through));
        }
        lane.settled = through;
        lane.sent = through;
    }
    edge.in_flight.clear();
    edge.sending = false;
    edge.credit = state.credit;
    edge.link = Link::Open;
}

fn on_ack(edge: &mut Edge, ack: &AckV1, effects: &mut Vec<EdgeEffect>) {
    // An acknowledgement of another hub life, another epoch or another conversation says nothing about this one.
    let ours = edge.link == Link::Open && ack.epoch == edge.epoch && edge.incarnation == Some(ack.incarnation);
    let Some(stream) = Stream::from_number(ack.stream).filter(|_| ours) else { return };
    let number = stream.number();
    let lane = &mut edge.lanes[index(stream)];
    if ack.stored_through >= lane.next {
        return raise(edge, edge.epoch.saturating_add(1), effects);
    }
    if ack.stored_through > lane.settled {
        lane.settled = ack.stored_through;
        lane.sent = lane.sent.max(ack.stored_through);
        effects.push(EdgeEffect::Settle(stream, ack.stored_through));
    }
    let settled = lane.settled;
    edge.in_flight.retain(|&(of, last)| of != number || last > settled);
    for &(first, _) in &ack.nacks {
        // Go back: whatever followed the hole was not taken either.
        let back = first.saturating_sub(1).max(settled);
        let lane = &mut edge.lanes[index(stream)];
        if back < lane.sent {
            lane.sent = back;
            edge.in_flight.retain(|&(of, last)| of != number || last <= back);
        }
    }
    edge.credit = ack.credit;
}

/// Money and alarms before readings; within a stream always in order.
const PRIORITY: [Stream; 3] = [Stream::Money, Stream::Alerts, Stream::Telemetry];

fn pump(edge: &mut Edge, effects: &mut Vec<EdgeEffect>) {
    if edge.link != Link::Open || edge.sending || edge.in_flight.len() >= usize::from(edge.credit) {
        return;
    }
    let owed = PRIORITY.into_iter().find(|&stream| {
        let lane = &edge.lanes[index(stream)];
        lane.sent + 1 < lane.next
    });
    if let Some(stream) = owed {
        edge.sending = true;
        effects.push(EdgeEffect::Send(stream, edge.lanes[index(stream)].sent + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vyavs_wire::down::StoredV1;

    fn state(epoch: u64, through: Seq) -> EdgeEvent {
        let streams = vec![StoredV1 { stream: 0, through, chain: [9; 16] }];
        let incarnation = [1; 16];
        let state =
            StateV1 { epoch, streams, credit: 2, incarnation, hello_mono_ms: 0, received_us: 0, answered_us: 0 };
        EdgeEvent::State(state, true)
    }

    fn ack(through: Seq, nacks: Vec<(Seq, Seq)>) -> EdgeEvent {
        EdgeEvent::Ack(AckV1 {
            epoch: 1,
            stream: 0,
            stored_through: through,
            nacks,
            rejects: Vec::new(),
            credit: 2,
            incarnation: [1; 16],
        })
    }

    fn edge(next: Seq, settled: Seq) -> Edge {
        let lanes = [Lane::resume(next, settled), Lane::EMPTY, Lane::EMPTY];
        Edge::new(1, Some([1; 16]), lanes)
    }

    #[test]
    fn nothing_is_sent_before_the_hub_told_its_state_and_no_more_than_its_credit() {
        let mut edge = edge(100, 0);
        assert_eq!(step(&mut edge, EdgeEvent::LinkUp), [EdgeEffect::Hello]);
        assert_eq!(step(&mut edge, state(1, 0)), [EdgeEffect::Send(Stream::Money, 1)]);
        assert_eq!(step(&mut edge, EdgeEvent::Sent(Stream::Money, 1, 10)), [EdgeEffect::Send(Stream::Money, 11)]);
        assert_eq!(step(&mut edge, EdgeEvent::Sent(Stream::Money, 11, 20)), []);
        let effects = step(&mut edge, ack(10, vec![]));
        assert_eq!(effects, [EdgeEffect::Settle(Stream::Money, 10), EdgeEffect::Send(Stream::Money, 21)]);
    }

    #[test]
    fn a_restored_hub_gets_again_what_it_forgot() {
        let mut edge = edge(100, 99);
        step(&mut edge, EdgeEvent::LinkUp);
        let effects = step(&mut edge, state(1, 40));
        assert_eq!(effects, [EdgeEffect::Unsettle(Stream::Money, 40), EdgeEffect::Send(Stream::Money, 41)]);
    }

    #[test]
    fn a_device_restored_from_an_image_starts_a_new_epoch() {
        let mut edge = edge(50, 10);
        step(&mut edge, EdgeEvent::LinkUp);
        assert_eq!(step(&mut edge, state(1, 80)), [EdgeEffect::Raise(2)]);
        let lanes = [Lane::resume(50, 0), Lane::EMPTY, Lane::EMPTY];
        assert_eq!(step(&mut edge, EdgeEvent::Raised(2, lanes)), [EdgeEffect::Hello]);
        assert_eq!(step(&mut edge, state(1, 80)), [EdgeEffect::Send(Stream::Money, 1)]);
    }

    #[test]
    fn two_histories_under_one_epoch_are_told_apart() {
        let mut edge = edge(100, 10);
        step(&mut edge, EdgeEvent::LinkUp);
        let EdgeEvent::State(other, _) = state(1, 80) else { unreachable!() };
        assert_eq!(step(&mut edge, EdgeEvent::State(other, false)), [EdgeEffect::Raise(2)]);
    }

    #[test]
    fn an_ack_of_another_hub_life_or_epoch_settles_nothing() {
        let mut edge = edge(100, 0);
        step(&mut edge, EdgeEvent::LinkUp);
        step(&mut edge, state(1, 0));
        step(&mut edge, EdgeEvent::Sent(Stream::Money, 1, 10));
        let EdgeEvent::Ack(good) = ack(10, vec![]) else { unreachable!() };
        for bad in [
            AckV1 { incarnation: [2; 16], ..good.clone() },
            AckV1 { epoch: 2, ..good.clone() },
            AckV1 { stream: 9, ..good },
        ] {
            assert!(!step(&mut edge, EdgeEvent::Ack(bad)).iter().any(|e| matches!(e, EdgeEffect::Settle(..))));
        }
        assert_eq!(edge.lanes[0].settled, 0);
    }

    #[test]
    fn a_gap_is_sent_again_from_its_start() {
        let mut edge = edge(100, 0);
        step(&mut edge, EdgeEvent::LinkUp);
        step(&mut edge, state(1, 0));
        step(&mut edge, EdgeEvent::Sent(Stream::Money, 1, 10));
        step(&mut edge, EdgeEvent::Sent(Stream::Money, 11, 20));
        assert_eq!(step(&mut edge, ack(0, vec![(1, 10)])), [EdgeEffect::Send(Stream::Money, 1)]);
        // What was on its way when the gap was told does not close it.
        assert_eq!(step(&mut edge, EdgeEvent::Sent(Stream::Money, 21, 30)), [EdgeEffect::Send(Stream::Money, 1)]);
    }

    #[test]
    fn money_and_alarms_go_before_readings() {
        let lanes = [Lane::resume(2, 0), Lane::resume(2, 0), Lane::resume(2, 0)];
        let mut edge = Edge::new(1, None, lanes);
        step(&mut edge, EdgeEvent::LinkUp);
        let mut order = Vec::new();
        let EdgeEvent::State(mut open, _) = state(1, 0) else { unreachable!() };
        open.credit = 9;
        let mut effects = step(&mut edge, EdgeEvent::State(open, true));
        while let Some(EdgeEffect::Send(stream, at)) = effects.last().copied() {
            order.push(stream);
            effects = step(&mut edge, EdgeEvent::Sent(stream, at, at));
        }
        assert_eq!(order, [Stream::Money, Stream::Alerts, Stream::Telemetry]);
    }
}
