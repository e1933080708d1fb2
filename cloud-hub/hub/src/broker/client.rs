//! A small MQTT client on the codec: one task, two buffers.
//!
//! Not rumqttc's: its `poll` loses packets when dropped, it forgets what it had not sent at every new session, and it
//! needs a reset by hand after each error. This one reads and writes at the same time (rumqttd stops reading while
//! it writes, and would wait for us for ever), keeps what it published until the broker has it, and gives
//! acknowledgements back in the order of the messages, in whatever order they are done (rumqttd ends a connection
//! that does not).

use std::collections::VecDeque;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::mqttbytes::QoS;
use rumqttc::{
    Connect, ConnectReturnCode, Login, Packet, PubAck, Publish, Subscribe, SubscribeFilter, SubscribeReasonCode,
};
use tokio::io::AsyncReadExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vyavs_service::backoff::Backoff;
use vyavs_service::lifecycle::Lifecycle;

use super::broken::Broken;
use super::codec::{self, Outbound};
use super::endpoint::{Endpoint, Stream};
use super::parcel::{Delivery, Outgoing, Wishes};
use super::token::AckToken;

/// rumqttd sends at most 100 messages ahead of their acknowledgement; what another broker may send is held back.
const AHEAD: usize = 128;
/// Publishes that the broker has not acknowledged.
const WINDOW: usize = 100;
/// An external broker may carry what our guard would have refused; it must not end the link.
const MAX_INCOMING: usize = 4 << 20;
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// One client of a broker.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) queue: mpsc::Sender<Outgoing>,
    pub(crate) deliveries: mpsc::Receiver<Delivery>,
    pub(crate) up: watch::Receiver<bool>,
}

impl Client {
    /// Connects, and again after each failure, until stop.
    pub(crate) fn start(endpoint: Endpoint, wishes: Wishes, life: &Lifecycle) -> Self {
        let (queue, outgoing) = mpsc::channel(256);
        let (delivered, deliveries) = mpsc::channel(AHEAD);
        let (set_up, up) = watch::channel(false);
        let (acked, acks) = mpsc::unbounded_channel();
        let task = Task {
            endpoint,
            wishes,
            outgoing,
            delivered,
            acked,
            acks,
            set_up,
            session: 0,
            inbound: BytesMut::new(),
            out: Outbound::default(),
            sent: VecDeque::new(),
            held: VecDeque::new(),
            parked: None,
            last_pkid: 0,
        };
        life.spawn(task.run(life.stop_token()));
        Self { queue, deliveries, up }
    }
}

/// Until one more message can be handed over; `false` when nobody is there to take it.
async fn has_room(to: &mpsc::Sender<Delivery>) -> bool {
    to.reserve().await.is_ok()
}

struct Task {
    endpoint: Endpoint,
    wishes: Wishes,
    outgoing: mpsc::Receiver<Outgoing>,
    delivered: mpsc::Sender<Delivery>,
    acked: mpsc::UnboundedSender<(u64, u16)>,
    acks: mpsc::UnboundedReceiver<(u64, u16)>,
    set_up: watch::Sender<bool>,
    /// Counts connections, so that a token of an older one acknowledges nothing.
    session: u64,
    inbound: BytesMut,
    out: Outbound,
    /// Published and not acknowledged; published again on the next connection.
    sent: VecDeque<(u16, Outgoing)>,
    /// Delivered, oldest first, and whether the token came back. rumqttd wants acknowledgements in order.
    held: VecDeque<(u16, bool)>,
    /// Came in, and ingest has no room for it.
    parked: Option<Delivery>,
    last_pkid: u16,
}

impl Task {
    async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::from_os_rng();
        while !stop.is_cancelled() {
            let mut told = false;
            let broken = tokio::select! {
                () = stop.cancelled() => return,
                result = self.connection(&mut told) => result,
            };
            self.set_up.send_replace(false);
            if told {
                backoff.reset();
            }
            // Not at once even after a good connection: the broker should see the old one end first.
            let wait = backoff.next(&mut rng) + Duration::from_millis(100);
            warn!(broker = ?self.endpoint, client = %self.wishes.client_id, "link to the broker lost: {broken}");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One connection, until it breaks. `told` is set once it was up.
    async fn connection(&mut self, told: &mut bool) -> Broken {
        self.session += 1;
        self.inbound.clear();
        self.out = Outbound::default();
        self.held.clear();
        self.parked = None;
        match timeout(PATIENCE, self.endpoint.dial()).await {
            Ok(Ok(stream)) => match self.talk(stream, told).await {
                Ok(never) => match never {},
                Err(broken) => broken,
            },
            Ok(Err(error)) => Broken::Io(error),
            Err(_) => Broken::Silent,
        }
    }

    async fn talk(&mut self, stream: Box<dyn Stream>, told: &mut bool) -> Result<std::convert::Infallible, Broken> {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let login = self.endpoint.login.clone().map(|(username, password)| Login { username, password });
        self.push(&Packet::Connect(Connect {
            keep_alive: 30,
            clean_session: self.wishes.clean_session,
            login,
            ..Connect::new(self.wishes.client_id.clone())
        }))?;
        let mut connected = false;
        let mut heard = Instant::now();
        let mut tick = interval(PATIENCE / 4);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            while self.parked.is_none() {
                let Some(packet) = codec::decode(&mut self.inbound, MAX_INCOMING).map_err(Broken::Malformed)? else {
                    break;
                };
                if let Packet::ConnAck(ack) = packet {
                    if ack.code != ConnectReturnCode::Success || connected {
                        return Err(Broken::Refused(ack.code));
                    }
                    connected = true;
                    self.subscribe()?;
                } else {
                    self.handle(packet, told)?;
                }
            }
            codec::make_room(&mut self.inbound);
            let may_send = *told && self.sent.len() < WINDOW && self.out.has_room();
            tokio::select! {
                room = has_room(&self.delivered), if self.parked.is_some() => {
                    if let (true, Some(delivery)) = (room, self.parked.take()) {
                        self.hand_over(delivery)?;
                        heard = Instant::now();
                    } else {
                        // Ingest is gone only when the hub is stopping.
                        return Err(Broken::Closed);
                    }
                }
                read = reader.read_buf(&mut self.inbound), if self.parked.is_none() => {
                    if read.map_err(Broken::Io)? == 0 {
                        return Err(Broken::Closed);
                    }
                    heard = Instant::now();
                }
                drained = self.out.drain(&mut writer), if self.out.is_dirty() => {
                    drained.map_err(Broken::Io)?;
                }
                Some((session, pkid)) = self.acks.recv() => self.taken(session, pkid)?,
                Some(message) = self.outgoing.recv(), if may_send => self.publish(message)?,
                _ = tick.tick() => {
                    // While ingest has no room it is this side that does not listen.
                    if self.parked.is_none() && heard.elapsed() > PATIENCE {
                        return Err(Broken::Silent);
                    }
                    if connected {
                        self.push(&Packet::PingReq)?;
                    }
                }
            }
        }
    }

    fn push(&mut self, packet: &Packet) -> Result<(), Broken> {
        self.out.push(packet).map_err(Broken::Malformed)
    }

    fn subscribe(&mut self) -> Result<(), Broken> {
        let filters = vec![SubscribeFilter::new(self.wishes.filter.clone(), self.wishes.qos)];
        self.last_pkid = 1;
        self.push(&Packet::Subscribe(Subscribe { pkid: 1, filters }))
    }

    fn handle(&mut self, packet: Packet, told: &mut bool) -> Result<(), Broken> {
        match packet {
            Packet::SubAck(ack) => {
                if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                    return Err(Broken::NotSubscribed(self.wishes.filter.clone()));
                }
                *told = true;
                self.set_up.send_replace(true);
                info!(broker = ?self.endpoint, client = %self.wishes.client_id, "link to the broker is up");
                for (_, message) in std::mem::take(&mut self.sent) {
                    self.publish(message)?;
                }
                Ok(())
            }
            Packet::Publish(publish) => self.deliver(publish),
            Packet::PubAck(ack) => {
                if let Some(at) = self.sent.iter().position(|(pkid, _)| *pkid == ack.pkid) {
                    self.sent.remove(at);
                }
                Ok(())
            }
            Packet::PingResp => Ok(()),
            _ => Err(Broken::Unexpected),
        }
    }

    fn deliver(&mut self, publish: Publish) -> Result<(), Broken> {
        let ack = match publish.qos {
            QoS::AtMostOnce => AckToken::none(),
            QoS::AtLeastOnce => {
                self.held.push_back((publish.pkid, false));
                AckToken::of(self.acked.clone(), self.session, publish.pkid)
            }
            QoS::ExactlyOnce => return Err(Broken::Unexpected),
        };
        self.hand_over(Delivery { topic: publish.topic, payload: publish.payload, ack })
    }

    fn hand_over(&mut self, delivery: Delivery) -> Result<(), Broken> {
        match self.delivered.try_send(delivery) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(delivery)) => {
                self.parked = Some(delivery);
                Ok(())
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Broken::Closed),
        }
    }

    /// A token came back: acknowledge all that are done, in the order they came.
    fn taken(&mut self, session: u64, pkid: u16) -> Result<(), Broken> {
        if session != self.session {
            return Ok(());
        }
        if let Some((_, done)) = self.held.iter_mut().find(|(held, done)| *held == pkid && !done) {
            *done = true;
        }
        while let Some((pkid, true)) = self.held.front().copied() {
            self.held.pop_front();
            self.push(&Packet::PubAck(PubAck::new(pkid)))?;
        }
        Ok(())
    }

    fn publish(&mut self, message: Outgoing) -> Result<(), Broken> {
        let Outgoing { topic, payload, qos } = message.clone();
        let mut publish = Publish::from_bytes(topic, qos, payload);
        if qos == QoS::AtLeastOnce {
            // 2 to WINDOW + 1; 1 is the subscription's. With at most WINDOW in flight and acknowledgements in order
            // none is used twice, but another broker may answer out of order.
            loop {
                self.last_pkid = if self.last_pkid > WINDOW as u16 { 2 } else { self.last_pkid.max(1) + 1 };
                if self.sent.iter().all(|(pkid, _)| *pkid != self.last_pkid) {
                    break;
                }
            }
            publish.pkid = self.last_pkid;
            self.sent.push_back((self.last_pkid, message));
        }
        self.push(&Packet::Publish(publish))
    }
}
