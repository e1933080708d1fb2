//! Links that work once: an invitation, a reset of a password. Both end in a new password.

use jiff::Timestamp;
use vyavs_signin::Digest;
use vyavs_signin::link::{self, Link, LinkError, Purpose};
use vyavs_store::audit_log::{self, Actor, Entry};
use vyavs_store::links::{self as rows, LinkRow};
use vyavs_store::users::{self, User};
use vyavs_store::{Db, StoreError, Tx, sessions};

use super::password::{PasswordError, Passwords, acceptable};
use super::{KeyError, random};

/// Why a link was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// The link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The new password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a link could not be made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Random bytes.
    #[error(transparent)]
    Random(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Invitation => INVITATION,
        Purpose::PasswordReset => "password_reset",
        Purpose::MailChange => "mail_change",
    }
}

/// As invitations stand in the database.
pub const INVITATION: &str = "invitation";

/// The page that takes a token. It stands behind the `#`, where no server's log and no `Referer` shows it.
fn page(base_url: &str, purpose: Purpose, token: &str) -> String {
    let page = match purpose {
        Purpose::Invitation => "invitation",
        Purpose::PasswordReset | Purpose::MailChange => "password-reset",
    };
    format!("{base_url}/{page}#{token}")
}

/// Makes a link for a person, in place of every earlier one of its purpose; gives its address, and until when it works.
/// It works only as long as the password is what it is now.
pub async fn issue(
    tx: &mut Tx<'_>,
    base_url: &str,
    user: &User,
    purpose: Purpose,
    now: Timestamp,
) -> Result<(String, Timestamp), IssueError> {
    let subject = user.id.to_string();
    let (token, link) = Link::issue(purpose, subject, user.password_hash.as_bytes(), random::<32>()?, now);
    let row = LinkRow {
        digest: link.digest.as_bytes().to_vec(),
        org: user.org,
        user: user.id,
        purpose: name(purpose).to_owned(),
        state: link.state.as_bytes().to_vec(),
        expires_at: link.expires_at,
        used_at: None,
    };
    rows::withdraw(tx, user.org, user.id, name(purpose)).await?;
    rows::insert(tx, &row, now).await?;
    Ok((page(base_url, purpose, &token), link.expires_at))
}

/// Whose link this is, if it works now. Needs the hub's own rights.
pub async fn look(
    tx: &mut Tx<'_>,
    purpose: Purpose,
    token: &str,
    now: Timestamp,
) -> Result<(User, LinkRow), RedeemError> {
    let digest = link::lookup(purpose, token)?;
    let row = rows::find(tx, digest.as_bytes()).await?.ok_or(LinkError::Wrong)?;
    let user = users::get(tx, row.org, row.user).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or(LinkError::Superseded)?;
    // What does not read was not written by this hub: it is nobody's link.
    let state = Digest::from_bytes(&row.state).map_err(|_| LinkError::Wrong)?;
    let link =
        Link { purpose, subject: user.id.to_string(), digest, state, expires_at: row.expires_at, used_at: row.used_at };
    link.redeem(purpose, token, user.password_hash.as_bytes(), now)?;
    Ok((user, row))
}

/// Takes a link and sets the password that its holder chose; every sign-in of the person ends. Gives the person.
pub async fn redeem(
    db: &Db,
    passwords: &Passwords,
    (purpose, token): (Purpose, &str),
    (password, called): (String, Option<&str>),
    (now, request_id): (Timestamp, &str),
) -> Result<User, RedeemError> {
    let (user, _) = look(&mut db.begin_read_hub().await?, purpose, token, now).await?;
    acceptable(&password, &user.email)?;
    let hash = passwords.hash(password).await?;
    let mut tx = db.begin_write().await?;
    // Looked at again under the lock: of two who come at once, one is first.
    let (mut user, row) = look(&mut tx, purpose, token, now).await?;
    if !rows::spend(&mut tx, &row.digest, now).await? {
        return Err(LinkError::Used.into());
    }
    users::set_password(&mut tx, user.org, user.id, &hash).await?;
    if let Some(called) = called {
        called.clone_into(&mut user.name);
        users::change(&mut tx, &user).await?;
    }
    sessions::end_all(&mut tx, user.id, now).await?;
    let entry = Entry {
        at: now,
        actor: Actor::Person(user.id.0),
        action: format!("auth.{}", name(purpose)),
        object: Some(user.id.to_string()),
        status: 200,
        request_id: request_id.to_owned(),
        before: None,
        after: None,
    };
    audit_log::append(&mut tx, user.org, &entry).await?;
    tx.commit().await?;
    Ok(user)
}
