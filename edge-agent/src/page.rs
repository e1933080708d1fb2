//! The agent's own page: how the store is doing, with the internet cut.
//!
//! It stands on loopback (or, where configured, on the store's own network), shows everything only to whoever knows
//! the PIN, and can change nothing but the moment of the next sync. The PIN lies in a file that is made on the first
//! start, readable by the agent's user alone; whoever may read that file may use the page.

mod answers;
mod client;
mod document;
mod gate;
mod problem;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::info;
use vyavs_service::lifecycle::Pulse;

use crate::health::Board;
use document::Document;
use gate::Gate;

pub use client::{FetchError, fetch};

/// Pages that may watch live at once.
const WATCHERS: usize = 16;
/// Nothing longer than a PIN is ever sent to the page.
const BODY: usize = 1024;
const BEAT: Duration = Duration::from_secs(1);

/// `[page]` in `edge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageConfig {
    /// Where the page is served. It speaks plain HTTP: off loopback only on a network that is the store's own.
    pub listen: SocketAddr,
    /// The file with the PIN; `page.pin` beside the identity if not said. Made on the first start.
    pub pin_file: Option<PathBuf>,
}

impl Default for PageConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8090)), pin_file: None }
    }
}

impl PageConfig {
    /// Where the PIN lies; `state_dir` is the directory of the identity.
    pub fn pin_path(&self, state_dir: &Path) -> PathBuf {
        self.pin_file.clone().unwrap_or_else(|| state_dir.join("page.pin"))
    }
}

/// Why the page is not served.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The address cannot be listened on.
    #[error("local page: failed to listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The PIN file cannot be read or made.
    #[error("local page: failed to read or make the PIN file {path}: {source}")]
    PinFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The PIN file holds no PIN.
    #[error("local page: the PIN file {0} must hold one line of 4 to 64 characters; delete it and a new one is made")]
    Pin(PathBuf),
    /// Serving broke off.
    #[error("local page: {0}")]
    Serve(std::io::Error),
}

/// What every handler is given.
#[derive(Clone)]
struct Desk {
    board: Board,
    gate: Arc<Gate>,
    document: Arc<Document>,
    watchers: Arc<Semaphore>,
    stop: CancellationToken,
}

/// Serves the page until the agent stops; `state_dir` is where the PIN file is made unless configured elsewhere.
pub async fn run(
    config: PageConfig,
    state_dir: &Path,
    board: Board,
    stop: CancellationToken,
    pulse: Pulse,
) -> Result<(), PageError> {
    let listen = config.listen;
    let pin = gate::open_pin(&config.pin_path(state_dir))?;
    let listener = TcpListener::bind(listen).await.map_err(|source| PageError::Listen { listen, source })?;
    serve(listener, &pin, board, stop, pulse).await
}

/// Serves on a listener that is already bound, to whoever knows `pin`.
pub async fn serve(
    listener: TcpListener,
    pin: &str,
    board: Board,
    stop: CancellationToken,
    pulse: Pulse,
) -> Result<(), PageError> {
    if let Ok(address) = listener.local_addr() {
        info!(page.address = %address, "the local page is at http://{address}/");
    }
    let desk = Desk {
        board,
        gate: Arc::new(Gate::new(pin)),
        document: Arc::new(Document::new()),
        watchers: Arc::new(Semaphore::new(WATCHERS)),
        stop: stop.clone(),
    };
    let server = axum::serve(listener, router(desk)).with_graceful_shutdown(async move { stop.cancelled().await });
    let mut server = std::pin::pin!(std::future::IntoFuture::into_future(server));
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            ended = &mut server => return ended.map_err(PageError::Serve),
            _ = beat.tick() => pulse.beat(),
        }
    }
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(answers::document))
        .route("/local/login", post(answers::login))
        .route("/local/logout", post(answers::logout))
        .route("/local/status", get(answers::status))
        .route("/local/events", get(answers::events))
        .route("/local/sync", post(answers::sync))
        .route("/local/diagnostics", get(answers::diagnostics))
        .fallback(answers::nothing_here)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(axum::middleware::from_fn(answers::guard))
        .with_state(desk)
}
