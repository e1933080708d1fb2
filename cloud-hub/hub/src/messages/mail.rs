//! Mail: written into the outbox, sealed; sent by a worker over SMTP, or kept in a folder where there is no mail server.

pub mod config;
mod post;
mod words;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::Tx;
use vyavs_store::data_keys::Shelf;
use vyavs_store::jobs::outputs;
use vyavs_store::mails::{self, Mail, State};
use vyavs_store::recipients;
use vyavs_vault::{Place, Sealed, Subject};

pub use self::config::{MailConfig, MailError, Security};
pub use self::post::Post;
use self::post::Refused;
pub use self::words::Words;
use super::{MessageError, Messages, after, wait};

const BODY: Place<'static> = Place::new("mails", "body");
/// How long the hub waits before it tries a mail again; twice as long each time.
const FIRST: SignedDuration = SignedDuration::from_secs(30);
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// What is said of mail on a hub that has no mail server.
pub const NO_SERVER: &str = "no mail server is configured ([mail] host); the mail lies in [mail] dir";

/// A mail to be written.
#[derive(Debug)]
pub struct Letter {
    /// Its id: the same letter written twice is one.
    pub id: Uuid,
    /// Of which organization.
    pub org: OrgId,
    /// To which of its people.
    pub user: Option<UserId>,
    /// What for: `invitation`, …
    pub kind: &'static str,
    /// To which address.
    pub to: String,
    /// What it says.
    pub words: Words,
    /// After this it is of no use.
    pub good_until: Option<Timestamp>,
}

/// A file that goes with a mail.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

/// What is sealed of a mail.
#[derive(Serialize, Deserialize)]
struct Texts {
    text: String,
    html: String,
}

impl Messages {
    /// Whether mail goes out; else it lies in a folder.
    pub fn has_mail_server(&self) -> bool {
        self.0.post.has_server()
    }

    /// Writes a letter into the outbox, in the transaction of what it tells of; `false` when it is there already.
    pub async fn put(&self, tx: &mut Tx<'_>, letter: &Letter) -> Result<bool, MessageError> {
        let now = self.0.clock.now();
        let (text, html) = (letter.words.text(), letter.words.html());
        let texts = serde_json::to_vec(&Texts { text, html }).map_err(|error| MessageError::Foreign(error.into()))?;
        let key = self.0.vault.key_for(&mut Shelf(tx), letter.org, &Subject::secrets(), now).await?;
        let body = key.seal(&BODY.row(&letter.id.to_string()), &texts)?;
        let mail = Mail {
            id: letter.id,
            org: letter.org,
            user: letter.user,
            kind: letter.kind.to_owned(),
            recipient: letter.to.clone(),
            subject: letter.words.subject().to_owned(),
            body: Some(body.into_bytes()),
            state: State::Waiting,
            attempts: 0,
            next_at: now,
            created_at: now,
            good_until: letter.good_until,
            ended_at: None,
            error: None,
            filed_at: None,
        };
        Ok(mails::insert(tx, &mail).await?)
    }

    async fn texts(&self, mail: &Mail) -> Result<Texts, MessageError> {
        let foreign = |why: &'static str| MessageError::Foreign(anyhow::anyhow!(why));
        let sealed = mail.body.clone().ok_or_else(|| foreign("its text is gone"))?;
        let mut tx = self.0.db.begin_read(mail.org).await?;
        let key = self.0.vault.key_of(&mut Shelf(&mut tx), mail.org, &Subject::secrets()).await?;
        let key = key.ok_or_else(|| foreign("the hub's data key is gone"))?;
        let text = key.open(&BODY.row(&mail.id.to_string()), &Sealed::try_from(sealed)?)?;
        serde_json::from_slice(&text).map_err(|error| MessageError::Foreign(error.into()))
    }

    /// Sends the mail that is due longest, or puts it into the folder; whether there was one.
    pub(super) async fn post_one(&self) -> Result<bool, MessageError> {
        if !self.has_mail_server() {
            return self.file_some().await;
        }
        let inner = &self.0;
        let (now, lease) = (inner.clock.now(), Uuid::new_v4());
        if !mails::is_due(&mut inner.db.begin_read_hub().await?, now).await? {
            return Ok(false);
        }
        let mut tx = inner.db.begin_write().await?;
        let claimed = mails::claim(&mut tx, lease, now, after(now, inner.post.lease())).await?;
        tx.commit().await?;
        let Some(mail) = claimed else { return Ok(false) };
        let gone = mail.good_until.is_some_and(|until| until <= now);
        let sent = match gone {
            true => Err(Refused::for_good("what it says had expired before a mail server took it")),
            false => match self.texts(&mail).await {
                Ok(texts) => inner.post.send(&mail, (texts.text, texts.html), self.file_with(&mail).await?).await,
                Err(MessageError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    warn!(mail.id = %mail.id, "a mail cannot be opened: {:#}", anyhow::Error::from(error));
                    Err(Refused::for_good("its text cannot be opened; the hub's log says why"))
                }
            },
        };
        let now = inner.clock.now();
        let mut tx = inner.db.begin_write_for(mail.org).await?;
        let kept = match sent {
            Ok(()) => {
                info!(mail.id = %mail.id, mail.kind, "a mail went out");
                mails::sent(&mut tx, mail.id, lease, now).await?
            }
            Err(Refused { why, for_good }) => {
                let again = (!for_good && mail.attempts < inner.post.tries())
                    .then_some(after(now, wait(mail.attempts, FIRST, LONGEST)?));
                warn!(mail.id = %mail.id, mail.attempts, "a mail did not go out: {why}");
                mails::failed(&mut tx, (mail.id, lease), &why, again, now).await?
            }
        };
        tx.commit().await?;
        if kept && mail.filed_at.is_some() {
            inner.post.unfile(mail.id);
        }
        Ok(true)
    }

    /// The file that goes with a mail; `None` where none does, where it is gone already, and where it is too large: the mail
    /// then says where to find it.
    async fn file_with(&self, mail: &Mail) -> Result<Option<Attached>, MessageError> {
        let inner = &self.0;
        let mut tx = inner.db.begin_read(mail.org).await?;
        let Some(job) = recipients::file_with(&mut tx, mail.org, mail.id).await? else { return Ok(None) };
        let output = outputs::get(&mut tx, mail.org, job).await?;
        drop(tx);
        let fits = |output: &outputs::Output| output.removed_at.is_none() && output.size <= inner.post.most_attached();
        let Some(output) = output.filter(fits) else { return Ok(None) };
        match tokio::fs::read(inner.files.path(&output.file)).await {
            Ok(bytes) => Ok(Some(Attached { name: output.name, media_type: output.media_type, bytes })),
            Err(error) => {
                warn!(mail.id = %mail.id, job.id = %job, "a report goes out without its file: {error}");
                Ok(None)
            }
        }
    }

    /// On a hub without a mail server: puts waiting mail into the folder, once. It goes out when there is a server.
    async fn file_some(&self) -> Result<bool, MessageError> {
        let inner = &self.0;
        let some = mails::unfiled(&mut inner.db.begin_read_hub().await?, 20).await?;
        for mail in &some {
            let error = match self.texts(mail).await {
                Ok(texts) => {
                    let file = self.file_with(mail).await?;
                    inner.post.file(mail, (texts.text, texts.html), file).map_err(MessageError::Folder)?;
                    NO_SERVER
                }
                Err(MessageError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    warn!(mail.id = %mail.id, "a mail cannot be opened: {:#}", anyhow::Error::from(error));
                    "its text cannot be opened; the hub's log says why"
                }
            };
            let mut tx = inner.db.begin_write_for(mail.org).await?;
            mails::filed(&mut tx, mail.id, error, inner.clock.now()).await?;
            tx.commit().await?;
        }
        Ok(!some.is_empty())
    }
}
