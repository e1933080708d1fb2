//! Packs generations once they are closed, beside the writer and never in its way.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::error;

use super::store::Store;

/// How often it is looked whether a generation was closed.
const LOOK: Duration = Duration::from_secs(1);
/// After a failure, which is mostly a full or failing disk.
const REST: Duration = Duration::from_secs(60);

/// Runs until the writer, which holds the other end of `alive`, has ended; blocks, so it has a thread of its own.
pub(super) fn run(store: &Arc<Store>, mut alive: watch::Receiver<()>, runtime: &tokio::runtime::Handle) {
    let mut wait = LOOK;
    while runtime.block_on(async { tokio::time::timeout(wait, alive.changed()).await }).is_err() {
        wait = LOOK;
        loop {
            match store.compact(&mut |_| alive.has_changed().is_ok()) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(cause) => {
                    error!("failed to pack a generation: {:#}", anyhow::Error::new(cause));
                    wait = REST;
                    break;
                }
            }
        }
    }
}
