//! Webhooks: other systems are called about what happens, signed, and again until they take it.
//!
//! A call is put into the outbox in the transaction of what it tells of ([`vyavs_store::webhooks::deliveries::emit`]). At
//! most one call at a time goes to an endpoint, and one that fails again and again rests, so a slow or dead receiver
//! takes nothing from the others.

mod call;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_rules::webhook::reach::{AddressPolicy, Net, UrlPolicy};
use vyavs_rules::webhook::retry::{self, Next};
use vyavs_rules::webhook::signature::Secret;
use vyavs_store::Tx;
use vyavs_store::data_keys::Shelf;
use vyavs_store::webhooks::deliveries::{self, Attempt, Delivery};
use vyavs_store::webhooks::{self, Endpoint};
use vyavs_vault::{Place, Sealed, Subject};

use self::call::Called;
pub use self::call::{CallError, Caller};
use super::notify;
use super::{LOOK, MessageError, Messages, after, share, wait};

const SECRET: Place<'static> = Place::new("webhook_endpoints", "secret");
/// Calls at once, to as many endpoints.
const AT_ONCE: usize = 32;
/// After so many failures in a row an endpoint rests, and longer with each further one.
const PATIENCE: i64 = 5;
const REST: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(15);
/// A new secret takes over; for so long the one before signs, too.
pub(crate) const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// `[webhooks]` in `hub.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhooksConfig {
    /// Networks that may be called though they are not public: `["10.1.0.0/16"]`.
    pub allow_private: Vec<Net>,
    /// Whether `http:` will do.
    pub allow_http: bool,
    /// More roots to trust, PEM: where receivers have certificates of the own house.
    pub ca_file: Option<std::path::PathBuf>,
    /// How long a connection may take, seconds.
    pub connect_s: u32,
    /// How long a whole call may take, seconds.
    pub timeout_s: u32,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self { allow_private: Vec::new(), allow_http: false, ca_file: None, connect_s: 5, timeout_s: 15 }
    }
}

impl WebhooksConfig {
    /// Where calls may go.
    pub fn policy(&self) -> UrlPolicy {
        let addresses = AddressPolicy { allow: self.allow_private.clone() };
        UrlPolicy { allow_http: self.allow_http, addresses }
    }

    fn seconds(given: u32) -> Duration {
        Duration::from_secs(u64::from(given.clamp(1, 120)))
    }
}

impl Messages {
    /// Which addresses endpoints may have.
    pub fn webhook_policy(&self) -> &UrlPolicy {
        self.0.caller.policy()
    }

    /// A secret as it is stored.
    pub(crate) async fn seal_secret(
        &self,
        tx: &mut Tx<'_>,
        (org, endpoint): (OrgId, Uuid),
        secret: &Secret,
    ) -> Result<Vec<u8>, MessageError> {
        let key = self.0.vault.key_for(&mut Shelf(tx), org, &Subject::secrets(), self.0.clock.now()).await?;
        Ok(key.seal(&SECRET.row(&endpoint.to_string()), secret.reveal().as_bytes())?.into_bytes())
    }

    /// The secrets that sign now: the newest first.
    async fn secrets(&self, of: &Endpoint, now: Timestamp) -> Result<Vec<Secret>, MessageError> {
        let mut tx = self.0.db.begin_read(of.org).await?;
        let key = self.0.vault.key_of(&mut Shelf(&mut tx), of.org, &Subject::secrets()).await?;
        let key = key.ok_or_else(|| MessageError::Foreign(anyhow::anyhow!("the hub's data key is gone")))?;
        let old = of.old_secret.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret);
        let open = |sealed: &Vec<u8>| {
            let text = key.open_text(&SECRET.row(&of.id.to_string()), &Sealed::try_from(sealed.clone())?)?;
            text.parse::<Secret>().map_err(|error| MessageError::Foreign(error.into()))
        };
        std::iter::once(&of.secret).chain(old).map(open).collect()
    }

    /// Calls until stop; what is on its way then is tried again by whoever comes next.
    pub(super) async fn call_webhooks(self, stop: CancellationToken) {
        loop {
            let bell = self.0.bell.notified();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                done = self.call_due() => if let Err(cause) = done {
                    warn!("webhooks could not be called: {:#}", anyhow::Error::from(cause));
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = bell => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Makes the calls that are due until none is; says how many.
    pub(super) async fn call_due(&self) -> Result<u32, MessageError> {
        // Each call is a task of its own: one that writes down how it went must not wait for who claims the next.
        let (mut made, mut running, mut failed) = (0, JoinSet::new(), None);
        loop {
            while running.len() < AT_ONCE && failed.is_none() {
                match self.claim_call().await {
                    Ok(Some((delivery, lease))) => {
                        let messages = self.clone();
                        running.spawn(async move { messages.deliver(delivery, lease).await });
                    }
                    Ok(None) => break,
                    Err(error) => failed = Some(error),
                }
            }
            match running.join_next().await {
                Some(Ok(Ok(()))) => made += 1,
                Some(Ok(Err(error))) => failed = Some(error),
                // Its lease runs out, and it is tried again.
                Some(Err(ended)) => warn!("a call of a webhook ended early: {ended}"),
                None => return failed.map_or(Ok(made), Err),
            }
        }
    }

    async fn claim_call(&self) -> Result<Option<(Delivery, Uuid)>, MessageError> {
        let (now, lease) = (self.0.clock.now(), Uuid::new_v4());
        let until = after(now, self.0.caller.lease());
        if !deliveries::is_due(&mut self.0.db.begin_read_hub().await?, now).await? {
            return Ok(None);
        }
        let mut tx = self.0.db.begin_write().await?;
        let claimed = deliveries::claim(&mut tx, lease, now, until).await?;
        tx.commit().await?;
        Ok(claimed.map(|delivery| (delivery, lease)))
    }

    async fn deliver(&self, delivery: Delivery, lease: Uuid) -> Result<(), MessageError> {
        let at = self.0.clock.now();
        let endpoint =
            webhooks::get(&mut self.0.db.begin_read(delivery.org).await?, delivery.org, delivery.endpoint).await?;
        // Taken away meanwhile, and its deliveries with it.
        let Some(endpoint) = endpoint else { return Ok(()) };
        let began = self.0.clock.uptime();
        let called = match self.secrets(&endpoint, at).await {
            Ok(secrets) => self.0.caller.call(&endpoint.url, &delivery, &secrets, at).await,
            Err(MessageError::Store(error)) => return Err(error.into()),
            Err(error) => {
                warn!(webhook.id = %endpoint.id, "a webhook's secret does not open: {:#}", anyhow::Error::from(error));
                Called::refused("its secret cannot be opened; the hub's log says why")
            }
        };
        let took_ms = i64::try_from((self.0.clock.uptime() - began).as_millis()).unwrap_or(i64::MAX);
        self.settle_call(&endpoint, &delivery, lease, called, (at, took_ms)).await
    }

    async fn settle_call(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        lease: Uuid,
        called: Called,
        (at, took_ms): (Timestamp, i64),
    ) -> Result<(), MessageError> {
        let number = u32::try_from(delivery.attempt).unwrap_or(u32::MAX);
        let next = retry::next(number, called.ended, self.0.clock.now(), share()?);
        let how = Attempt {
            number: delivery.attempts,
            at,
            took_ms,
            status: called.status.map(i64::from),
            error: called.error,
            head: called.head,
        };
        let mut tx = self.0.db.begin_write_for(delivery.org).await?;
        let leads_to = match next {
            Next::Delivered => deliveries::Next::Delivered,
            Next::Again { at } => deliveries::Next::Again(at),
            Next::GiveUp | Next::SwitchOff => deliveries::Next::Failed,
        };
        if !deliveries::settle(&mut tx, delivery, lease, &how, leads_to).await? {
            return Ok(());
        }
        let mut told = None;
        match next {
            Next::Delivered => webhooks::took(&mut tx, endpoint.org, endpoint.id).await?,
            Next::SwitchOff => {
                let why = "the receiver answered 410 Gone: it wants no more calls";
                if webhooks::switch_off(&mut tx, endpoint.org, endpoint.id, why).await? {
                    info!(webhook.id = %endpoint.id, "a webhook was switched off: {why}");
                    told = self.tell_switched_off(&mut tx, endpoint, why).await?;
                }
            }
            Next::Again { .. } | Next::GiveUp => {
                let failures = endpoint.failures + 1;
                let rest = match failures >= PATIENCE {
                    true => Some(after(at, wait(failures - PATIENCE + 1, REST, LONGEST_REST)?)),
                    false => None,
                };
                webhooks::refused(&mut tx, endpoint.org, endpoint.id, rest).await?;
            }
        }
        tx.commit().await?;
        if let Some(told) = told {
            notify::show(&self.0.live, &told);
        }
        Ok(())
    }
}
