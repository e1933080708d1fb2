//! The door: TCP and TLS, with bounds on what a stranger may cost. Every connection is a task of its own, so a slow
//! or silent one keeps nobody waiting.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use vyavs_service::lifecycle::Lifecycle;

use super::certificate::peer_of;
use super::ended::Ended;
use super::gate::DeviceGate;
use super::relay::{self, Behind};

/// What a connection may send before it is authenticated, TLS included.
const PRE_AUTH_BYTES: usize = 16 * 1024;

/// Accepts until stop.
pub(crate) async fn run<G: DeviceGate>(
    listener: TcpListener,
    tls: TlsAcceptor,
    behind: Arc<Behind<G>>,
    life: Lifecycle,
    stop: CancellationToken,
) {
    let door = Arc::new(Door::default());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: without a pause this would spin.
                warn!(%error, "failed to accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        match door.enter(address.ip(), &behind) {
            Ok(place) => {
                let (tls, behind, stop) = (tls.clone(), behind.clone(), stop.clone());
                life.spawn(async move { welcome(stream, address, tls, behind, place, stop).await });
            }
            Err(why) => behind.guard.turned_away(address, why, ""),
        }
    }
}

/// The handshake, and what comes after it.
async fn welcome<G: DeviceGate>(
    stream: TcpStream,
    address: SocketAddr,
    tls: TlsAcceptor,
    behind: Arc<Behind<G>>,
    place: Place,
    stop: CancellationToken,
) {
    // Small answers should not wait for more of them; where it cannot be set they do.
    let _ = stream.set_nodelay(true);
    let stream = Metered { stream, left: Some(PRE_AUTH_BYTES) };
    let handshake = tokio::select! {
        () = stop.cancelled() => return,
        handshake = timeout(behind.limits.handshake(), tls.accept(stream)) => handshake,
    };
    let stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) if Spent::is_why(&error) => return behind.guard.turned_away(address, Ended::PreAuthBytes, ""),
        Ok(Err(error)) => return behind.guard.turned_away(address, Ended::Handshake, &format!(" ({error})")),
        Err(_) => return behind.guard.turned_away(address, Ended::HandshakeTimeout, ""),
    };
    let peer = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).and_then(|leaf| peer_of(leaf));
    match peer {
        Some(peer) => relay::run(stream, peer, address, behind, place, stop).await,
        None => behind.guard.turned_away(address, Ended::NoIdentity, ""),
    }
}

/// Who is inside, and who is still at the door.
#[derive(Debug, Default)]
struct Door(Mutex<Crowd>);

#[derive(Debug, Default)]
struct Crowd {
    inside: usize,
    pending: usize,
    pending_from: HashMap<IpAddr, usize>,
}

impl Door {
    fn enter<G>(self: &Arc<Self>, ip: IpAddr, behind: &Behind<G>) -> Result<Place, Ended> {
        let mut crowd = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let limits = &behind.limits;
        let from = crowd.pending_from.get(&ip).copied().unwrap_or(0);
        if crowd.inside >= limits.max_connections {
            return Err(Ended::Full);
        }
        if crowd.pending >= limits.max_pending {
            return Err(Ended::PendingFull);
        }
        if from >= limits.max_pending_per_address {
            return Err(Ended::PendingFromAddress);
        }
        crowd.inside += 1;
        crowd.pending += 1;
        crowd.pending_from.insert(ip, from + 1);
        Ok(Place { door: self.clone(), ip, pending: true })
    }
}

/// One connection's place, pending at first; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    door: Arc<Door>,
    ip: IpAddr,
    pending: bool,
}

impl Place {
    /// It is known who this is.
    pub(crate) fn authenticated(&mut self) {
        let mut crowd = self.door.0.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut self.pending) {
            crowd.pending -= 1;
            if let Some(from) = crowd.pending_from.get_mut(&self.ip) {
                *from -= 1;
                if *from == 0 {
                    crowd.pending_from.remove(&self.ip);
                }
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.authenticated();
        self.door.0.lock().unwrap_or_else(PoisonError::into_inner).inside -= 1;
    }
}

/// A TCP stream that gives out a bounded number of bytes until the bound is lifted.
#[derive(Debug)]
pub(crate) struct Metered {
    stream: TcpStream,
    left: Option<usize>,
}

impl Metered {
    /// Authenticated: read without bound.
    pub(crate) fn lift(&mut self) {
        self.left = None;
    }
}

/// The bound is used up and more was asked for.
#[derive(Debug, thiserror::Error)]
#[error("more than 16 KiB before authentication")]
pub(crate) struct Spent;

impl Spent {
    pub(crate) fn is_why(error: &std::io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let Some(left) = self.left else { return Pin::new(&mut self.stream).poll_read(cx, buf) };
        if left == 0 {
            return Poll::Ready(Err(std::io::Error::other(Spent)));
        }
        // Only as much as is left: what comes after an accepted CONNECT stays in the kernel until the bound is lifted.
        let most = left.min(buf.remaining());
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        buf.advance(read);
        self.left = Some(left - read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
