//! Asking a running agent for its status: what `vyavs-edge status` does. Whoever may read the PIN file may ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::PageConfig;
use crate::health::Status;

const PATIENCE: Duration = Duration::from_secs(5);
/// A status is tens of kilobytes.
const MAX_STATUS: usize = 4 << 20;

/// Why there is no status.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The PIN file cannot be read.
    #[error("failed to read the PIN file {path}: {source}; is the agent set up, and is this its user?")]
    Pin {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing answers there.
    #[error("no agent answers at {address}: {detail}")]
    Unreachable {
        /// Where.
        address: SocketAddr,
        /// Why.
        detail: String,
    },
    /// It answers, but not with a status.
    #[error("the agent at {address} answered {detail}")]
    Answer {
        /// Where.
        address: SocketAddr,
        /// What instead.
        detail: String,
    },
}

/// The status of the agent that serves `[page]`; `state_dir` as for [`super::run`].
pub async fn fetch(config: &PageConfig, state_dir: &Path) -> Result<Status, FetchError> {
    let path = config.pin_path(state_dir);
    let pin = std::fs::read_to_string(&path).map_err(|source| FetchError::Pin { path, source })?;
    let mut address = config.listen;
    // "Everywhere" is where it listens, not where it is.
    if address.ip().is_unspecified() {
        let loopback =
            if address.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
        address.set_ip(loopback);
    }
    match tokio::time::timeout(PATIENCE, ask(address, pin.trim())).await {
        Ok(status) => status,
        Err(_) => Err(FetchError::Unreachable { address, detail: format!("nothing within {} s", PATIENCE.as_secs()) }),
    }
}

async fn ask(address: SocketAddr, pin: &str) -> Result<Status, FetchError> {
    let unreachable = |detail: String| FetchError::Unreachable { address, detail };
    let answer = |detail: String| FetchError::Answer { address, detail };
    let stream = TcpStream::connect(address).await.map_err(|error| unreachable(error.to_string()))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let request = Request::get("/local/status")
        .header("host", address.to_string())
        .header("authorization", format!("Bearer {pin}"))
        .body(Empty::<bytes::Bytes>::new())
        .map_err(|error| answer(error.to_string()))?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|error| unreachable(error.to_string()))?;
        let code = response.status();
        let body = Limited::new(response.into_body(), MAX_STATUS).collect().await;
        let body = body.map_err(|error| answer(error.to_string()))?.to_bytes();
        Ok((code, body))
    };
    let mut connection = std::pin::pin!(connection);
    let mut exchange = std::pin::pin!(exchange);
    let (code, body) = tokio::select! {
        done = &mut exchange => done?,
        // The connection may end with the answer already read.
        _ = &mut connection => exchange.await?,
    };
    if !code.is_success() {
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or_default();
        return Err(answer(format!("{code}: {detail}")));
    }
    serde_json::from_slice(&body).map_err(|error| answer(format!("something that is no status: {error}")))
}
