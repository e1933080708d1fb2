//! The HTTP listener: plain on loopback, otherwise TLS 1.3 with a certificate of the hub's own CA.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};
use vyavs_service::clock::Clock;
use vyavs_service::tls;

use crate::identity::{KeyError, Keys, RenewingCertificate};

/// Connections at any time.
const CONNECTIONS: usize = 2_048;
/// What a connection gets for its TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// What a connection gets to send the head of a request; also how long an idle one is kept.
const HEAD: Duration = Duration::from_secs(30);
/// What open answers get to end once the hub stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// TLS 1.3 only, with a certificate of the hub's own CA for `names` that renews itself.
pub fn tls_config(keys: Keys, names: Vec<String>, clock: Clock) -> Result<Arc<rustls::ServerConfig>, KeyError> {
    let certificate = RenewingCertificate::new(keys, names, clock)?;
    let mut config = rustls::ServerConfig::builder_with_provider(tls::provider())
        .with_protocol_versions(tls::VERSIONS)
        .map_err(KeyError::Tls)?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

/// Answers until `stop`; then no new connection is taken, and open ones get a moment to end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<rustls::ServerConfig>>,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let acceptor = tls.map(TlsAcceptor::from);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let open = TaskTracker::new();
    loop {
        let place = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            place = room.clone().acquire_owned() => place.map_err(std::io::Error::other)?,
        };
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, or the peer left already: neither is a reason to stop answering the others.
                warn!("a connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (acceptor, router, stop) = (acceptor.clone(), router.clone(), stop.clone());
        open.spawn(async move {
            let _place = place;
            let _ = socket.set_nodelay(true);
            match acceptor {
                None => talk(socket, peer, router, stop).await,
                Some(acceptor) => {
                    let shaken = tokio::select! {
                        biased;
                        // Nobody is in the middle of anything yet.
                        () = stop.cancelled() => return,
                        shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(socket)) => shaken,
                    };
                    match shaken {
                        Ok(Ok(socket)) => talk(socket, peer, router, stop).await,
                        Ok(Err(error)) => debug!(%peer, "no TLS: {error}"),
                        Err(_) => debug!(%peer, "no TLS within {} s", HANDSHAKE.as_secs()),
                    }
                }
            }
        });
    }
    open.close();
    if tokio::time::timeout(FAREWELL, open.wait()).await.is_err() {
        warn!("{} connections did not end in time", open.len());
    }
    Ok(())
}

/// The other end of the connection a request came by: a proxy's, where one stands before the hub.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

async fn talk(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
) {
    let service = TowerToHyperService::new(router.map_request(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.map(Body::new)
    }));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    debug!("a connection broke: {error}");
                }
                return;
            }
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
