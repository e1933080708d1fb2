//! What the hub says: mail and notifications to people, calls of webhooks to other systems.
//!
//! ```text
//! change, job, alert ──put, tell, emit──► outboxes (SQL) ◄──claim, settle── workers ──► SMTP, HTTPS
//!                     in its transaction                                       │ not now: again later, visibly
//! ```
//! Whatever is said is written down in the transaction of what it tells of, so it is said exactly if that happened; it
//! goes out when the other side takes it. A worker that dies leaves a lease that runs out, and another tries again: a
//! mail or a call may go out twice, under the same id, and is never lost.

pub mod mail;
pub mod notify;
pub mod resets;
mod routes;
pub mod webhooks;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::{Db, StoreError, links, mails};
use vyavs_vault::{FieldError, Vault, VaultError};

use self::mail::{MailConfig, MailError, Post};
use self::resets::Resets;
use self::webhooks::{CallError, Caller, WebhooksConfig};
use crate::files::Folder;
use crate::identity::{KeyError, random};
use crate::live::Live;

/// How often a worker looks for what another process put here.
const LOOK: Duration = Duration::from_secs(2);
/// Old rows are looked at once in so many looks.
const SWEEP: u64 = 900;
/// What was given up can be tried again for so long; then its text is wiped.
const WIPE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So long a link that is over is known.
const FORGET: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What [`Messages::new`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Seals what outboxes must not tell.
    pub vault: Arc<Vault>,
    /// Wall time.
    pub clock: Clock,
    /// `[mail]`.
    pub mail: MailConfig,
    /// `[webhooks]`.
    pub webhooks: WebhooksConfig,
    /// Tells who watches.
    pub live: Live,
    /// Where people find the dashboard.
    pub base_url: String,
    /// Where the files of jobs lie.
    pub files: PathBuf,
}

/// Why the hub cannot say anything.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// `[mail]`.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// `[webhooks]`.
    #[error(transparent)]
    Webhooks(#[from] CallError),
}

/// Why something could not be said, or written down to be said.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Sealing.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Sealing.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Random bytes.
    #[error(transparent)]
    Random(#[from] KeyError),
    /// A link.
    #[error(transparent)]
    Link(#[from] crate::identity::links::IssueError),
    /// A text in an outbox that is not what this hub writes.
    #[error("a sealed text in the outbox does not read")]
    Foreign(#[source] anyhow::Error),
    /// The folder of a hub without a mail server.
    #[error("failed to write a mail into [mail] dir")]
    Folder(#[source] std::io::Error),
}

/// The messages of this process. Cheap to clone.
#[derive(Clone)]
pub struct Messages(Arc<Inner>);

struct Inner {
    db: Db,
    vault: Arc<Vault>,
    clock: Clock,
    base_url: String,
    live: Live,
    files: Folder,
    post: Post,
    caller: Caller,
    resets: Resets,
    /// Rings when something was put here by this process.
    bell: Notify,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").field("base_url", &self.0.base_url).finish_non_exhaustive()
    }
}

impl Messages {
    /// Reads the configuration; nothing goes out before [`Messages::start`].
    pub fn new(parts: Parts) -> Result<Self, SetUpError> {
        let Parts { db, vault, clock, mail, webhooks, live, base_url, files } = parts;
        let (post, caller) = (Post::new(&mail)?, Caller::new(&webhooks)?);
        let (resets, bell) = (Resets::default(), Notify::new());
        Ok(Self(Arc::new(Inner {
            db,
            vault,
            clock,
            base_url,
            live,
            files: Folder::new(files),
            post,
            caller,
            resets,
            bell,
        })))
    }

    /// Starts the workers.
    pub fn start(&self, life: &Lifecycle) {
        life.spawn(self.clone().say_mail(life.stop_token()));
        life.spawn(self.clone().call_webhooks(life.stop_token()));
        life.spawn(self.clone().tell_notices(life.stop_token()));
    }

    /// Wakes the workers: something was put here.
    pub fn ring(&self) {
        self.0.bell.notify_waiters();
    }

    /// Says all that is due until nothing is; how much that was.
    pub async fn catch_up(&self) -> Result<u32, MessageError> {
        let mut said = self.notices_due().await?;
        while self.mail_round().await? {
            said += 1;
        }
        Ok(said + self.call_due().await?)
    }

    async fn say_mail(self, stop: CancellationToken) {
        for look in 0_u64.. {
            let bell = self.0.bell.notified();
            if look.is_multiple_of(SWEEP)
                && let Err(cause) = self.sweep().await
            {
                warn!("old messages could not be tidied: {:#}", anyhow::Error::from(cause));
            }
            loop {
                let done = tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    done = self.mail_round() => done,
                };
                match done {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(cause) => {
                        warn!("mail could not be sent: {:#}", anyhow::Error::from(cause));
                        break;
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = bell => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// One step of all that ends in a mail; whether there was any.
    async fn mail_round(&self) -> Result<bool, MessageError> {
        Ok(self.answer_reset().await? || self.mail_notifications().await? || self.post_one().await?)
    }

    /// Wipes what is of no use any more; what was said is dropped by the retention of its organization.
    pub async fn sweep(&self) -> Result<(), MessageError> {
        let now = self.0.clock.now();
        let before = |age| now.saturating_sub(age).unwrap_or(Timestamp::MIN);
        let mut tx = self.0.db.begin_write().await?;
        mails::wipe(&mut tx, before(WIPE)).await?;
        links::tidy(&mut tx, before(FORGET)).await?;
        Ok(tx.commit().await?)
    }
}

/// A wait that doubles with every attempt from `first` to `longest`, and up to a quarter more, so that not everything
/// comes back at once.
fn wait(attempt: i64, first: SignedDuration, longest: SignedDuration) -> Result<SignedDuration, KeyError> {
    let doublings = u32::try_from(attempt.clamp(1, 30) - 1).unwrap_or(0);
    let wait = first.saturating_mul(2_i32.saturating_pow(doublings)).min(longest);
    Ok(wait.saturating_add(SignedDuration::from_secs_f64(wait.as_secs_f64() * 0.25 * share()?)))
}

/// A random number from 0 to 1.
fn share() -> Result<f64, KeyError> {
    Ok(f64::from(u16::from_be_bytes(random::<2>()?)) / f64::from(u16::MAX))
}

fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
