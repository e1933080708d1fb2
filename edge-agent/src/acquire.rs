//! Reading the store: every input is a task of its own, isolated and supervised, that turns a wire into records.

pub mod ble;
pub mod board;
pub mod broker;
pub mod counter;
pub mod csvtail;
pub mod dsfinvk;
pub mod folder;
pub mod journal;
pub mod modbus;
pub mod onewire;
pub mod poslog;
pub mod printer;
pub mod scale;
pub mod till;
pub mod watch;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use vyavs_domain::money::Currency;
use vyavs_domain::time::StoreTime;
use vyavs_service::clock::Clock;

use crate::outbox::Outbox;

/// What every input is given. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where records go.
    pub outbox: Outbox,
    /// The store's reading of time.
    pub time: Arc<StoreTime>,
    /// The store's currency, where a till does not say one.
    pub currency: Currency,
    /// The way of what tills say.
    pub till: till::TillSink,
    /// The clock.
    pub clock: Clock,
    /// Cancelled when the agent stops.
    pub stop: CancellationToken,
}
