//! People who sign in at a sign-in service of their organization (OpenID Connect): whom an answer of it lets in.
//!
//! A person is who the service calls `subject`, and no address. The first time, an address is believed only when the
//! service says it verified it and may speak for its domain, and never for who administers: whoever sets up a service
//! could otherwise become an owner by it. They link it themselves, signed in ([`link`]).

use jiff::{SignedDuration, Timestamp};
use vyavs_domain::ids::UserId;
use vyavs_signin::oidc::Identity;
use vyavs_store::identity_providers::IdentityProvider;
use vyavs_store::users::{self, User};
use vyavs_store::{StoreError, Tx, external_identities, reach};

use super::Passwords;
use super::people::{self, PeopleError};
use crate::access::Role;

/// Nobody is let in; why, for the audit log. Neither address nor subject is in it.
#[derive(Debug, thiserror::Error)]
pub enum NotLetIn {
    /// Signed out for good.
    #[error("the person is shut out")]
    ShutOut,
    /// No address that is worth anything.
    #[error("the service gives no e-mail address that it verified")]
    NotVerified,
    /// An address elsewhere.
    #[error("the e-mail address is of a domain that this service does not speak for")]
    OtherDomain,
    /// The address of somebody of another organization.
    #[error("the e-mail address belongs to somebody of another organization")]
    OtherOrganization,
    /// An administrator's or owner's address.
    #[error("administrators and owners are not found by e-mail address; they link the service themselves, signed in")]
    Administers,
    /// Nobody is here with that address, and newcomers are not let in.
    #[error("nobody was invited with this e-mail address")]
    NotInvited,
    /// The subject is another person here.
    #[error("the account there belongs to another person here")]
    SomebodyElse,
    /// The person behind the subject is gone.
    #[error("the person whom the service names is not here any more")]
    Gone,
    /// The account would be no account.
    #[error("the person could not be added")]
    Person(#[from] PeopleError),
    /// The database.
    #[error("the database failed")]
    Store(#[from] StoreError),
}

/// How somebody was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// By the subject, from an earlier sign-in.
    Before,
    /// By an invited person's address; from now on by the subject.
    Invited,
    /// Not at all: added by this.
    Added,
}

/// Whom an identity lets in. Needs the hub's own rights.
pub async fn person(
    tx: &mut Tx<'_>,
    passwords: &Passwords,
    provider: &IdentityProvider,
    identity: &Identity,
    now: Timestamp,
) -> Result<(User, Known), NotLetIn> {
    let (org, who) = (provider.org, subject(identity));
    let (user, known) = match external_identities::person(tx, org, who).await? {
        Some(id) => (users::get(tx, org, id).await?.ok_or(NotLetIn::Gone)?, Known::Before),
        None => {
            let (user, known) = newcomer(tx, passwords, provider, identity, now).await?;
            link(tx, provider, identity, user.id, now).await?;
            (user, known)
        }
    };
    if user.disabled_at.is_some() {
        return Err(NotLetIn::ShutOut);
    }
    external_identities::used(tx, org, who, now).await?;
    Ok((user, known))
}

fn subject(identity: &Identity) -> (&str, &str) {
    (&identity.issuer, &identity.subject)
}

/// Notes that from now on this identity is this person.
pub async fn link(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    identity: &Identity,
    user: UserId,
    now: Timestamp,
) -> Result<(), NotLetIn> {
    let standing = external_identities::person(tx, provider.org, subject(identity)).await?;
    match standing {
        Some(other) if other != user => Err(NotLetIn::SomebodyElse),
        Some(_) => Ok(()),
        None => match external_identities::link(tx, provider.org, subject(identity), user, now).await {
            Err(error) if error.is_taken() => Err(NotLetIn::SomebodyElse),
            done => Ok(done?),
        },
    }
}

/// Whether this identity is this person, who shows it again.
pub async fn is(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    identity: &Identity,
    user: UserId,
) -> Result<(), NotLetIn> {
    match external_identities::person(tx, provider.org, subject(identity)).await? {
        Some(known) if known == user => Ok(()),
        _ => Err(NotLetIn::SomebodyElse),
    }
}

async fn newcomer(
    tx: &mut Tx<'_>,
    passwords: &Passwords,
    provider: &IdentityProvider,
    identity: &Identity,
    now: Timestamp,
) -> Result<(User, Known), NotLetIn> {
    let email = identity.email.as_deref().filter(|_| identity.email_verified).ok_or(NotLetIn::NotVerified)?;
    let email = email.trim().to_lowercase();
    let domain = email.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
    if !provider.domains.split_whitespace().any(|own| own == domain) {
        return Err(NotLetIn::OtherDomain);
    }
    match users::by_email(tx, &email).await? {
        Some(user) if user.org != provider.org => Err(NotLetIn::OtherOrganization),
        Some(user) if user.disabled_at.is_some() => Err(NotLetIn::ShutOut),
        Some(user) => match user.role.parse() {
            Ok(Role::Owner | Role::Admin) => Err(NotLetIn::Administers),
            _ => Ok((user, Known::Invited)),
        },
        None if provider.admits == "domain" => {
            let mut user = people::newcomer(provider.org, &email, &provider.role, passwords.nobodys(), now)?;
            user.everywhere = provider.everywhere;
            let name = identity.name.as_deref().unwrap_or_default();
            user.name = name.chars().filter(|c| !c.is_control()).take(120).collect::<String>().trim().to_owned();
            users::insert(tx, &user).await?;
            let stores = reach::stores(tx, provider.org, provider.id).await?;
            reach::set(tx, provider.org, user.id.0, &stores).await?;
            Ok((user, Known::Added))
        }
        None => Err(NotLetIn::NotInvited),
    }
}

/// When the person was asked for a factor there, as far as it can be believed: not in time to come, and where the
/// service does not say, so long ago that nothing follows from it.
pub fn asked_at(identity: &Identity, fresh: SignedDuration, now: Timestamp) -> Timestamp {
    let said = identity.asked_at_s.and_then(|seconds| Timestamp::from_second(seconds).ok());
    said.map_or_else(|| now.checked_sub(fresh).unwrap_or(Timestamp::MIN), |at| at.min(now))
}
