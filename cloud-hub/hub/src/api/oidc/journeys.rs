//! Who is on the way to a sign-in service, and what is known of the services.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex as Held;
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_signin::oidc::{Client, Journey};
use vyavs_signin::once::Once;
use vyavs_store::identity_providers::IdentityProvider as Row;

use super::arrive::Refusal;
use crate::api::{Hub, identity_providers};
use crate::outbound::Outbound;

/// Journeys at any time; beyond it the oldest gives way.
const MOST: usize = 10_000;
/// What a service said of itself is believed for so long.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// Services remembered at a time.
const KNOWN: usize = 1_000;

/// Whose sign-in a journey is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    pub(crate) user: UserId,
    pub(crate) family: Uuid,
}

/// What a journey is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// To begin a sign-in.
    SignIn,
    /// To confirm one.
    StepUp(Own),
    /// To link the account there to the one here.
    Link(Own),
}

/// A journey under way.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) journey: Journey,
    pub(super) provider: Uuid,
    pub(super) purpose: Purpose,
    pub(super) return_to: Option<String>,
}

/// A service as it was asked: at which version of its row, and when.
type Known = (i64, Timestamp, Arc<Client>);

/// All journeys, and all services that were asked.
pub(crate) struct Journeys {
    pub(super) outbound: Outbound,
    waiting: Mutex<Once<Waiting>>,
    known: Held<HashMap<Uuid, Known>>,
}

impl Journeys {
    pub(crate) fn new(outbound: Outbound) -> Self {
        Self { outbound, waiting: Mutex::new(Once::new(MOST)), known: Held::default() }
    }

    pub(super) fn put(&self, waiting: Waiting, now: Timestamp) {
        let (state, until) = (waiting.journey.state().to_owned(), waiting.journey.expires_at());
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).put(&state, waiting, until, now);
    }

    /// Gives a journey out, and never again.
    pub(super) fn take(&self, state: &str, now: Timestamp) -> Option<Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take(state, now)
    }

    /// The service, asked at most once a day and after every change of its row.
    pub(super) async fn client(&self, hub: &Hub, row: &Row) -> Result<Arc<Client>, Refusal> {
        let now = hub.clock.now();
        let fresh = |(version, at, _): &Known| *version == row.version && now.duration_since(*at).abs() < FRESH;
        if let Some((_, _, client)) = self.known.lock().await.get(&row.id).filter(|known| fresh(known)) {
            return Ok(client.clone());
        }
        // Not under the lock: a service that is slow keeps nobody from another.
        let config = identity_providers::registration(hub, row).await?;
        let client = Arc::new(Client::discover(config, &self.outbound).await?);
        let mut known = self.known.lock().await;
        if known.len() >= KNOWN {
            known.retain(|_, known| now.duration_since(known.1).abs() < FRESH);
        }
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(row.id, (row.version, now, client.clone()));
        Ok(client)
    }

    /// Asks a service anew the next time: signing in there has begun to fail.
    pub(super) async fn forget(&self, provider: Uuid) {
        self.known.lock().await.remove(&provider);
    }
}
