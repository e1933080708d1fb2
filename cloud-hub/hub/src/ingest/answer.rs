//! What the hub says after a commit: one signed answer a stream, and one to every hello.

use std::collections::BTreeMap;

use ring::signature::Ed25519KeyPair;
use vyavs_delivery::Seq;
use vyavs_delivery::hub_step::Greeting;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_wire::down::{AckV1, Down, RejectedV1, StateV1, StoredV1};

/// The ranges an answer names; more wait for the next.
const MOST_RANGES: usize = 8;

/// What one stream of one device is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdicts {
    pub(super) epoch: u64,
    pub(super) through: Seq,
    pub(super) nacks: Vec<(Seq, Seq)>,
    pub(super) rejects: Vec<RejectedV1>,
}

/// The answers of one transaction, gathered while it runs and sent only after its commit.
#[derive(Debug, Default)]
pub(super) struct Answers {
    streams: BTreeMap<(DeviceIdentity, u8), Verdicts>,
    states: BTreeMap<DeviceIdentity, StateV1>,
}

impl Answers {
    /// The place for what a stream is told.
    pub(super) fn stream(&mut self, identity: DeviceIdentity, stream: u8) -> &mut Verdicts {
        self.streams.entry((identity, stream)).or_default()
    }

    /// The answer to a hello.
    pub(super) fn state(&mut self, identity: DeviceIdentity, greeting: Greeting, chains: [[u8; 16]; 3], rest: StateV1) {
        let stored = |stream: u8| {
            let at = usize::from(stream);
            StoredV1 { stream, through: greeting.through[at], chain: chains[at] }
        };
        let state = StateV1 { epoch: greeting.epoch, streams: (0..3).map(stored).collect(), ..rest };
        self.states.insert(identity, state);
    }

    /// Everything, signed, states before acknowledgements.
    pub(super) fn seal(
        self,
        sign: impl Fn(DeviceIdentity, &Down) -> Vec<u8>,
        credit: u16,
        incarnation: [u8; 16],
    ) -> Vec<(DeviceIdentity, Vec<u8>)> {
        let states = self.states.into_iter().map(|(identity, state)| (identity, Down::StateV1(state)));
        let acks = self.streams.into_iter().map(|((identity, stream), mut verdicts)| {
            // A gap that was filled within the same transaction is none any more.
            verdicts.nacks.retain(|&(_, last)| last > verdicts.through);
            verdicts.nacks.truncate(MOST_RANGES);
            verdicts.rejects.truncate(MOST_RANGES);
            let ack = AckV1 {
                epoch: verdicts.epoch,
                stream,
                stored_through: verdicts.through,
                nacks: verdicts.nacks,
                rejects: verdicts.rejects,
                credit,
                incarnation,
            };
            (identity, Down::AckV1(ack))
        });
        states.chain(acks).map(|(identity, down)| (identity, sign(identity, &down))).collect()
    }
}

/// Signs with the hub's key.
pub(super) fn signer(key: &Ed25519KeyPair) -> impl Fn(DeviceIdentity, &Down) -> Vec<u8> + '_ {
    move |identity, down| vyavs_delivery::seal::seal_down(key, identity, down)
}
