//! Signing in, staying signed in, signing out; and the first person, whom the first start makes.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::sessions::{self, RefreshToken, Used};
use vyavs_store::sign_ins::{self, SignInRow};
use vyavs_store::users::{self, User};
use vyavs_store::{Db, StoreError, orgs};

use vyavs_vault::Vault;

use super::factors::{self, FactorError, Second};
use super::password::{PasswordError, Passwords, Verdict, acceptable, random_password};
use super::{KeyError, hash, tokens};

/// Why somebody could not sign in, or be added.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// E-mail or password; which one is not said.
    #[error("e-mail or password is wrong")]
    Wrong,
    /// A refresh token that is unknown, used, expired or revoked.
    #[error("the refresh token is not good any more")]
    Spent,
    /// The e-mail is somebody's already.
    #[error("{0} is somebody's already")]
    Taken(String),
    /// Not an e-mail address.
    #[error("{0:?} is not an e-mail address")]
    Email(String),
    /// Nobody of that e-mail.
    #[error("there is nobody with the e-mail {0}")]
    Nobody(String),
    /// The password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The second factor.
    #[error(transparent)]
    Factor(#[from] FactorError),
    /// Random bytes.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// A sign-in that has just begun or gone on.
#[derive(Clone)]
pub struct SignIn {
    /// Who.
    pub user: User,
    /// Which sign-in: the family of its refresh tokens.
    pub family: Uuid,
    /// The next refresh token; only its hash is stored.
    pub refresh_token: String,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("user", &self.user.id).field("family", &self.family).finish_non_exhaustive()
    }
}

/// From where somebody signs in, as far as it is known: for the list of sign-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// What the browser or program calls itself.
    pub agent: String,
    /// Its address.
    pub address: String,
}

/// What somebody shows to sign in.
pub struct Credentials<'a> {
    /// Who they say they are.
    pub email: &'a str,
    /// The password.
    pub password: String,
    /// Asked of who has a second factor.
    pub second: Second<'a>,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("email", &self.email).finish_non_exhaustive()
    }
}

/// Checks e-mail, password and second factor and begins a sign-in.
pub async fn sign_in(
    db: &Db,
    passwords: &Passwords,
    vault: &Vault,
    Credentials { email, password, second }: Credentials<'_>,
    client: &Client,
    now: Timestamp,
) -> Result<SignIn, PeopleError> {
    let user = users::by_email(&mut db.begin_read_hub().await?, email).await?;
    // Who was erased has none.
    let stored = user.as_ref().map(|user| user.password_hash.clone()).filter(|hash| !hash.is_empty());
    let verdict = passwords.verify(password.clone(), stored).await?;
    let user = match (user, verdict) {
        (Some(user), Verdict::Right | Verdict::RightButOld) if user.disabled_at.is_none() => user,
        _ => return Err(PeopleError::Wrong),
    };
    let again = match verdict {
        Verdict::RightButOld => Some(passwords.hash(password).await?),
        _ => None,
    };
    let mut tx = db.begin_write().await?;
    let second = factors::take(&mut tx, vault, (user.org, user.id), second, now).await?;
    if let Some(again) = again {
        users::set_password(&mut tx, user.org, user.id, &again).await?;
    }
    let factors = second.map_or("pwd".to_owned(), |second| format!("pwd {}", second.as_str()));
    let signed = begin(&mut tx, user, (&factors, now), client, now).await?;
    tx.commit().await?;
    Ok(signed)
}

/// Begins the sign-in of somebody who has proven who they are: with which factors, and when. Needs the hub's own rights.
pub async fn begin(
    tx: &mut vyavs_store::Tx<'_>,
    user: User,
    (factors, authenticated_at): (&str, Timestamp),
    client: &Client,
    now: Timestamp,
) -> Result<SignIn, PeopleError> {
    let (family, refresh_token) = (Uuid::new_v4(), tokens::refresh_token()?);
    sessions::insert(tx, &token(&user, family, &refresh_token, now)).await?;
    let row = SignInRow {
        family,
        org: user.org,
        user: user.id,
        began_at: now,
        seen_at: now,
        authenticated_at,
        factors: factors.to_owned(),
        client: client.agent.clone(),
        address: client.address.clone(),
        ended_at: None,
    };
    sign_ins::insert(tx, &row).await?;
    Ok(SignIn { user, family, refresh_token })
}

fn token(user: &User, family: Uuid, secret: &str, now: Timestamp) -> RefreshToken {
    let expires_at = tokens::refresh_until(now);
    RefreshToken { hash: hash(secret), org: user.org, user: user.id, family, expires_at }
}

/// Trades a refresh token for the next. One that was used before ends its whole sign-in: a copy of it is about.
pub async fn refresh(db: &Db, secret: &str, now: Timestamp) -> Result<SignIn, PeopleError> {
    let mut tx = db.begin_write().await?;
    let used = sessions::take(&mut tx, &hash(secret), now).await?;
    let family = match used {
        Used::Good(token) => token.family,
        Used::Again(token) => {
            tx.commit().await?;
            tracing::warn!(user.id = %token.user, "a refresh token came twice: its sign-in was ended");
            return Err(PeopleError::Spent);
        }
        Used::No => return Err(PeopleError::Spent),
    };
    let Some(holder) = sign_ins::holder(&mut tx, family, now).await? else { return Err(PeopleError::Spent) };
    let user = holder.user;
    sign_ins::seen(&mut tx, family, now).await?;
    let refresh_token = tokens::refresh_token()?;
    sessions::insert(&mut tx, &token(&user, family, &refresh_token, now)).await?;
    tx.commit().await?;
    Ok(SignIn { user, family, refresh_token })
}

/// Ends a sign-in: its access, refresh and cookie tokens are good for nothing.
pub async fn sign_out(db: &Db, family: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    sessions::end_family(&mut tx, family, now).await?;
    tx.commit().await
}

/// The first administrator, with the password that is shown once and stored nowhere.
#[derive(Clone)]
pub struct FirstAdmin {
    /// To sign in with.
    pub email: String,
    /// To be printed, once.
    pub password: String,
    /// The organization that was made.
    pub org: OrgId,
}

/// On a hub that knows nobody: makes the organization and its administrator. `None` when somebody is known.
pub async fn first_start(
    db: &Db,
    passwords: &Passwords,
    organization: &str,
    email: &str,
    now: Timestamp,
) -> Result<Option<FirstAdmin>, PeopleError> {
    if users::count(&mut db.begin_read_hub().await?).await? > 0 {
        return Ok(None);
    }
    let password = random_password()?;
    let password_hash = passwords.hash(password.clone()).await?;
    let mut tx = db.begin_write().await?;
    // Asked again under the write lock.
    if users::count(&mut tx).await? > 0 {
        return Ok(None);
    }
    // The organization may be here already: imported data, or a start that was cut off.
    let org = match orgs::list(&mut tx).await?.first() {
        Some(org) => org.id,
        None => {
            let id = OrgId(Uuid::new_v4());
            orgs::put(&mut tx, id, organization, None, now).await?;
            id
        }
    };
    match insert(&mut tx, org, email, "owner", password_hash, now).await {
        Ok(_) => tx.commit().await?,
        // Two processes on one PostgreSQL: the other was first.
        Err(PeopleError::Taken(_)) => return Ok(None),
        Err(error) => return Err(error),
    }
    Ok(Some(FirstAdmin { email: email.to_lowercase(), password, org }))
}

/// Hashes a password that is acceptable for this e-mail.
pub async fn hashed(passwords: &Passwords, email: &str, password: String) -> Result<String, PeopleError> {
    acceptable(&password, email)?;
    Ok(passwords.hash(password).await?)
}

/// A hash that no password that anybody knows has: of who is invited and has not chosen one.
pub async fn nobody_s(passwords: &Passwords) -> Result<String, PeopleError> {
    Ok(passwords.hash(random_password()?).await?)
}

/// Adds a person: what `vyavs-hub user add` does.
pub async fn add(
    db: &Db,
    passwords: &Passwords,
    org: OrgId,
    (email, role, password): (&str, &str, String),
    now: Timestamp,
) -> Result<UserId, PeopleError> {
    let password_hash = hashed(passwords, email, password).await?;
    let mut tx = db.begin_write().await?;
    let id = insert(&mut tx, org, email, role, password_hash, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Somebody new, reaching all stores, not stored yet.
pub fn newcomer(
    org: OrgId,
    email: &str,
    role: &str,
    password_hash: String,
    now: Timestamp,
) -> Result<User, PeopleError> {
    let email = email.trim().to_lowercase();
    let fits =
        email.len() <= 254 && email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !fits || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(PeopleError::Email(email));
    }
    Ok(User {
        id: UserId(Uuid::new_v4()),
        org,
        email,
        name: String::new(),
        role: role.to_owned(),
        everywhere: true,
        password_hash,
        disabled_at: None,
        created_at: now,
        version: 1,
    })
}

async fn insert(
    tx: &mut vyavs_store::Tx<'_>,
    org: OrgId,
    email: &str,
    role: &str,
    password_hash: String,
    now: Timestamp,
) -> Result<UserId, PeopleError> {
    let user = newcomer(org, email, role, password_hash, now)?;
    match users::insert(tx, &user).await {
        Ok(()) => Ok(user.id),
        Err(error) if error.is_taken() => Err(PeopleError::Taken(user.email)),
        Err(error) => Err(error.into()),
    }
}

/// Sets a new password and ends every sign-in of the person: what `vyavs-hub user password` does.
pub async fn set_password(
    db: &Db,
    passwords: &Passwords,
    email: &str,
    password: String,
    now: Timestamp,
) -> Result<(), PeopleError> {
    acceptable(&password, email)?;
    let password_hash = passwords.hash(password).await?;
    let mut tx = db.begin_write().await?;
    let Some(user) = users::by_email(&mut tx, email).await? else { return Err(PeopleError::Nobody(email.to_owned())) };
    users::set_password(&mut tx, user.org, user.id, &password_hash).await?;
    sessions::end_all(&mut tx, user.id, now).await?;
    tx.commit().await?;
    Ok(())
}
