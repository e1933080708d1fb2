//! One device's connection, from CONNECT to the end: every packet is read, judged and written again, both ways.
//!
//! The router never sees a byte that a device sent, only packets that the [policy](super::policy) let pass.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::{ConnAck, Connect, ConnectReturnCode, Login, Packet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::acceptor::{Metered, Place};
use super::admit::{End, admit, end, malformed, refuse};
use super::certificate::Peer;
use super::codec::{self, MAX_PACKET, Outbound};
use super::config::MqttConfig;
use super::ended::Ended;
use super::gate::DeviceGate;
use super::guard::Guard;
use super::policy::Policy;
use super::prompt::Prompt;
use super::room::Room;
use super::router::Router;
use super::session::Session;

/// How long a device may take nothing of what is written to it.
const SLOW_READER: Duration = Duration::from_secs(30);
/// What the register of devices and the router get to answer.
pub(super) const BEHIND: Duration = Duration::from_secs(5);
/// What is still under way at the end gets this long.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// What stands behind the door.
#[derive(Debug)]
pub(crate) struct Behind<G> {
    pub(crate) gate: Arc<G>,
    pub(crate) guard: Guard,
    pub(crate) router: Router,
    pub(crate) room: Arc<Room>,
    pub(crate) limits: MqttConfig,
}

/// Serves one authenticated TLS connection until it ends.
pub(crate) async fn run<G: DeviceGate>(
    mut device: TlsStream<Metered>,
    peer: Peer,
    address: SocketAddr,
    behind: Arc<Behind<G>>,
    mut place: Place,
    stop: CancellationToken,
) {
    let mut inbound = BytesMut::new();
    let admitted = tokio::select! {
        () = stop.cancelled() => Err((end(Ended::Stopping), true)),
        admitted = admit(&mut device, &mut inbound, &peer, &behind) => admitted,
    };
    let keep_alive = match admitted {
        Ok(keep_alive) => keep_alive,
        Err(((why, detail), tell)) => {
            behind.guard.refused(&peer, address, why, &detail);
            return refuse(device, tell.then_some(why)).await;
        }
    };
    // Not to be dropped half-way: the router holds a client id between CONNECT and its answer.
    let (router, slot) = match behind.router.open().await {
        Ok(opened) => opened,
        Err(detail) => {
            behind.guard.refused(&peer, address, Ended::RouterGone, &detail);
            return refuse(device, Some(Ended::RouterGone)).await;
        }
    };
    match behind.guard.open(peer.clone(), address, Instant::now()) {
        Ok(session) => {
            place.authenticated();
            device.get_mut().0.lift();
            let policy = Policy::new(peer.identity);
            let mut pump = Pump { session, policy, room: behind.room.clone(), keep_alive, inbound };
            pump.run(device, router, &stop).await;
        }
        Err(why) => {
            behind.guard.refused(&peer, address, why, "");
            drop(router);
            refuse(device, Some(why)).await;
        }
    }
    behind.router.slots.give_back(slot, Instant::now());
}

impl Router {
    /// A connection on which the router has answered CONNECT, and the slot it holds.
    async fn open(&self) -> Result<(Prompt, u64), String> {
        let slot = self.slots.take(Instant::now());
        match timeout(BEHIND, self.connect(slot)).await {
            Ok(Ok(stream)) => Ok((stream, slot)),
            Ok(Err((why, detail))) => Err(format!("{detail} ({why})")),
            Err(_) => Err(" (it gave no answer)".to_owned()),
        }
    }

    async fn connect(&self, slot: u64) -> Result<Prompt, End> {
        let gone = |error: std::io::Error| (Ended::RouterGone, format!(" ({error})"));
        let stream = TcpStream::connect(self.addr).await.map_err(gone)?;
        let _ = stream.set_nodelay(true);
        let mut stream = Prompt(stream);
        let (username, password) = self.login.clone();
        // The guard watches the device's keep-alive; this side must only never run out.
        let connect = Connect {
            keep_alive: u16::MAX,
            login: Some(Login { username, password }),
            ..Connect::new(format!("s{slot}"))
        };
        let mut request = Outbound::default();
        request.push(&Packet::Connect(connect)).map_err(malformed)?;
        request.drain_all(&mut stream).await.map_err(gone)?;
        let mut inbound = BytesMut::new();
        loop {
            match codec::decode(&mut inbound, MAX_PACKET).map_err(malformed)? {
                Some(Packet::ConnAck(ack)) if ack.code == ConnectReturnCode::Success => return Ok(stream),
                Some(_) => return Err(end(Ended::RouterBreach)),
                None if stream.read_buf(&mut inbound).await.map_err(gone)? == 0 => return Err(end(Ended::RouterGone)),
                None => {}
            }
        }
    }
}

/// The session itself.
struct Pump {
    session: Session,
    policy: Policy,
    room: Arc<Room>,
    keep_alive: Duration,
    /// From the device, not yet decoded.
    inbound: BytesMut,
}

impl Pump {
    async fn run(&mut self, device: TlsStream<Metered>, router: Prompt, stop: &CancellationToken) {
        let (mut device_read, mut device_write) = tokio::io::split(device);
        let (mut router_read, mut router_write) = tokio::io::split(router);
        let (mut to_device, mut to_router) = (Outbound::default(), Outbound::default());
        let mut from_router = BytesMut::new();
        let silence = self.keep_alive.mul_f32(1.5);
        let (mut heard, mut written) = (Instant::now(), Instant::now());
        let alarm = sleep(silence.min(SLOW_READER));
        tokio::pin!(alarm);
        if let Err(error) = to_device.push(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false))) {
            let (why, detail) = malformed(error);
            return self.session.close(why, &detail);
        }
        let (why, detail) = loop {
            // What came with CONNECT is already here.
            if to_router.has_room() && !self.room.is_full() {
                match self.judge(&mut to_router) {
                    Ok(()) => {}
                    Err(ended) => break ended,
                }
            }
            let full = self.room.is_full();
            codec::make_room(&mut self.inbound);
            codec::make_room(&mut from_router);
            tokio::select! {
                biased;
                () = stop.cancelled() => break end(Ended::Stopping),
                why = self.session.ended() => break end(why),
                read = router_read.read_buf(&mut from_router), if to_device.has_room() => match read {
                    Ok(0) => break end(Ended::RouterGone),
                    Ok(_) => {
                        if !to_device.is_dirty() {
                            written = Instant::now();
                        }
                        match self.judge_router(&mut from_router, &mut to_device) {
                            Ok(()) => {}
                            Err(ended) => break ended,
                        }
                    }
                    Err(error) => break (Ended::RouterGone, format!(" ({error})")),
                },
                drained = to_device.drain(&mut device_write), if to_device.is_dirty() => match drained {
                    Ok(_) => written = Instant::now(),
                    Err(error) => break (Ended::PeerClosed, format!(" ({error})")),
                },
                drained = to_router.drain(&mut router_write), if to_router.is_dirty() => {
                    if let Err(error) = drained {
                        break (Ended::RouterGone, format!(" ({error})"));
                    }
                }
                read = device_read.read_buf(&mut self.inbound), if to_router.has_room() && !full => match read {
                    Ok(0) => break end(Ended::PeerClosed),
                    Ok(_) => {
                        heard = Instant::now();
                        self.session.heard();
                    }
                    Err(error) => break (Ended::PeerClosed, format!(" ({error})")),
                },
                // While ingest is behind, it is this side that does not listen.
                () = self.room.freed(), if full => heard = Instant::now(),
                () = &mut alarm => {
                    let now = Instant::now();
                    if full || !to_router.has_room() {
                        heard = now;
                    }
                    if now >= heard + silence {
                        break end(Ended::Silent);
                    }
                    if to_device.is_dirty() && now >= written + SLOW_READER {
                        break end(Ended::SlowReader);
                    }
                    let next = (heard + silence).min(now + SLOW_READER);
                    alarm.as_mut().reset(next.max(now + Duration::from_millis(1)));
                }
            }
        };
        self.session.close(why, &detail);
        // What passed the policy before the end is still the router's to have.
        let _ = timeout(FAREWELL, to_router.drain_all(&mut router_write)).await;
        let _ = timeout(FAREWELL, async {
            if why != Ended::SlowReader {
                let _ = to_device.drain_all(&mut device_write).await;
            }
            device_write.shutdown().await
        })
        .await;
    }

    /// All whole packets of the device that are here.
    fn judge(&mut self, to_router: &mut Outbound) -> Result<(), End> {
        while to_router.has_room() && !self.room.is_full() {
            let Some(packet) = codec::decode(&mut self.inbound, MAX_PACKET).map_err(malformed)? else { break };
            self.policy.device_may(&packet).map_err(end)?;
            if let Packet::Publish(publish) = &packet {
                self.session.published(publish.payload.len());
                self.room.put(publish.payload.len());
            }
            to_router.push(&packet).map_err(malformed)?;
        }
        Ok(())
    }

    /// All whole packets of the router that are here.
    fn judge_router(&mut self, from_router: &mut BytesMut, to_device: &mut Outbound) -> Result<(), End> {
        while let Some(packet) =
            codec::decode(from_router, MAX_PACKET).map_err(|error| (Ended::RouterBreach, malformed(error).1))?
        {
            self.policy.router_may(&packet).map_err(end)?;
            if let Packet::Publish(publish) = &packet {
                self.session.delivered(publish.payload.len());
            }
            to_device.push(&packet).map_err(malformed)?;
        }
        Ok(())
    }
}
