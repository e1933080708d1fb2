//! Forgotten passwords. Who asks is answered before anybody looks whether there is such a person, so that neither the
//! answer nor its time tells; a worker looks, and writes the mail.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;
use vyavs_signin::link::Purpose;
use vyavs_store::users;

use super::mail::{Letter, Words};
use super::{MessageError, Messages};
use crate::identity::links;

/// Addresses that wait to be looked up; beyond it people are asked to come back.
const WAITING: usize = 1_000;
/// One address: three at once, then one in ten minutes; nobody's mailbox is flooded.
const OF_ADDRESS: (u32, Duration) = (3, Duration::from_secs(600));
/// One network address: many people may stand behind it.
const OF_PEER: (u32, Duration) = (30, Duration::from_secs(10));

/// Who asked.
pub(super) struct Resets {
    asked: Mutex<VecDeque<String>>,
    addresses: DefaultKeyedRateLimiter<String>,
    peers: DefaultKeyedRateLimiter<String>,
}

/// Why somebody is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMany {
    /// By this address, or from this network address.
    Often,
    /// By everybody together.
    Full,
}

fn limiter((burst, period): (u32, Duration)) -> DefaultKeyedRateLimiter<String> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(period).unwrap_or(Quota::per_hour(NonZeroU32::MIN));
    RateLimiter::keyed(quota.allow_burst(burst))
}

impl Default for Resets {
    fn default() -> Self {
        Self { asked: Mutex::default(), addresses: limiter(OF_ADDRESS), peers: limiter(OF_PEER) }
    }
}

impl Messages {
    /// Somebody forgot the password of this address, asking from `peer`. Kept in memory: whoever is not heard because the
    /// hub dies in this moment asks again.
    pub fn forgot(&self, email: &str, peer: &str) -> Result<(), TooMany> {
        let (resets, email) = (&self.0.resets, email.trim().to_lowercase());
        resets.peers.check_key(&peer.to_owned()).map_err(|_| TooMany::Often)?;
        resets.addresses.check_key(&email).map_err(|_| TooMany::Often)?;
        let mut asked = resets.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= WAITING {
            return Err(TooMany::Full);
        }
        asked.push_back(email);
        drop(asked);
        self.ring();
        Ok(())
    }

    /// Writes the mail of whoever asked first, if there is such a person; whether anybody had asked.
    pub(super) async fn answer_reset(&self) -> Result<bool, MessageError> {
        let inner = &self.0;
        let next = inner.resets.asked.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(email) = next else { return Ok(false) };
        inner.resets.addresses.retain_recent();
        inner.resets.peers.retain_recent();
        let written = self.write_reset(&email).await;
        if written.is_err() {
            // The database is away: whoever asked has been told that a mail comes.
            inner.resets.asked.lock().unwrap_or_else(PoisonError::into_inner).push_front(email);
        }
        written.map(|()| true)
    }

    async fn write_reset(&self, email: &str) -> Result<(), MessageError> {
        let inner = &self.0;
        let now = inner.clock.now();
        let mut tx = inner.db.begin_write().await?;
        let user = users::by_email(&mut tx, email).await?.filter(|user| user.disabled_at.is_none());
        let Some(user) = user else { return Ok(()) };
        let (link, good_until) = links::issue(&mut tx, &inner.base_url, &user, Purpose::PasswordReset, now).await?;
        let letter = Letter {
            id: Uuid::now_v7(),
            org: user.org,
            user: Some(user.id),
            kind: "password_reset",
            to: user.email.clone(),
            words: Words::password_reset(&link, good_until),
            good_until: Some(good_until),
        };
        self.put(&mut tx, &letter).await?;
        Ok(tx.commit().await?)
    }
}
