//! Second factors of people: an authenticator app or a passkey, and codes on paper for the day they are gone.

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_signin::passkey::PasskeyError;
use vyavs_signin::recovery::{RecoveryCodes, RecoveryError};
use vyavs_signin::totp::{Secret, TotpError};
use vyavs_store::data_keys::Shelf;
use vyavs_store::{StoreError, Tx, factors, passkeys as keys};
use vyavs_vault::{FieldError, Place, Sealed, Subject, Vault, VaultError};

use super::{KeyError, passkeys, random};

/// Why a factor was not taken, or not set up.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// The person has a second factor, and showed none.
    #[error("a code of your authenticator app is needed, or a recovery code")]
    Needed,
    /// Wrong, used, or not a code. Which, is not said to who signs in.
    #[error("the code is wrong or was used before")]
    Wrong,
    /// An app is set up already.
    #[error("an authenticator app is set up already; remove it first")]
    Standing,
    /// No app is set up, or none that waits for its first code.
    #[error("no authenticator app is being set up; begin again")]
    Nothing,
    /// A passkey that does not hold; why, is for the log.
    #[error("the passkey was not accepted")]
    Passkey(#[source] PasskeyError),
    /// What is stored is not what this hub writes.
    #[error("the stored second factor of a person does not read")]
    Foreign(#[source] anyhow::Error),
    /// Sealing.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Sealing.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Random bytes.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// What somebody shows beside their password.
#[derive(Debug)]
pub enum Second<'a> {
    /// A code of the app or on paper, or nothing.
    Code(Option<&'a str>),
    /// A passkey.
    Passkey(Box<passkeys::Shown<'a>>),
}

/// Which second factor was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A code of the app.
    Code,
    /// A code on paper.
    Recovery,
    /// A passkey.
    Passkey,
}

impl Shown {
    /// As kept with a sign-in.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "otp",
            Self::Recovery => "recovery",
            Self::Passkey => "hwk",
        }
    }
}

/// Who, of which tenant.
pub type Person = (OrgId, UserId);

const SECRET: Place<'static> = Place::new("totp", "secret");

async fn opened(
    tx: &mut Tx<'_>,
    vault: &Vault,
    (org, user): Person,
) -> Result<Option<(factors::Totp, Secret)>, FactorError> {
    let Some(totp) = factors::totp(tx, org, user).await? else { return Ok(None) };
    let foreign = |why: &'static str| FactorError::Foreign(anyhow::anyhow!(why));
    let key = vault.key_of(&mut Shelf(tx), org, &Subject::secrets()).await?;
    let key = key.ok_or_else(|| foreign("the hub's data key is gone"))?;
    let text = key.open_text(&SECRET.row(&user.0.to_string()), &Sealed::try_from(totp.secret.clone())?)?;
    let secret = Secret::try_from(text.to_string()).map_err(|error| FactorError::Foreign(error.into()))?;
    Ok(Some((totp, secret)))
}

/// Whether the person is asked for a second factor: there is an app, or a passkey.
pub async fn is_asked(tx: &mut Tx<'_>, (org, user): Person) -> Result<bool, StoreError> {
    let app = factors::totp(tx, org, user).await?.is_some_and(|totp| totp.confirmed_at.is_some());
    Ok(app || keys::count(tx, org, user).await? > 0)
}

/// Takes the second factor of a person who has one, in the transaction of the sign-in or step-up, so that a code that
/// comes twice at once is good once. `None`: the person has none, and none is asked. A passkey needs the hub's own rights.
pub async fn take(
    tx: &mut Tx<'_>,
    vault: &Vault,
    person: Person,
    second: Second<'_>,
    now: Timestamp,
) -> Result<Option<Shown>, FactorError> {
    let code = match second {
        Second::Code(code) => code,
        Second::Passkey(shown) => {
            let own = passkeys::verify(tx, *shown, now).await? == person;
            return if own { Ok(Some(Shown::Passkey)) } else { Err(FactorError::Wrong) };
        }
    };
    let Some((totp, secret)) = opened(tx, vault, person).await?.filter(|(totp, _)| totp.confirmed_at.is_some()) else {
        if keys::count(tx, person.0, person.1).await? == 0 {
            return Ok(None);
        }
        let code = code.ok_or(FactorError::Needed)?;
        return spend_recovery(tx, person, code).await.map(|()| Some(Shown::Recovery));
    };
    let code = code.ok_or(FactorError::Needed)?;
    match secret.verify(totp.last_step, code, now) {
        Ok(step) => match factors::spend_step(tx, person.0, person.1, step).await? {
            true => Ok(Some(Shown::Code)),
            false => Err(FactorError::Wrong),
        },
        // Not six digits: a code on paper, perhaps.
        Err(TotpError::Malformed) => spend_recovery(tx, person, code).await.map(|()| Some(Shown::Recovery)),
        Err(TotpError::Clock) => Err(FactorError::Foreign(anyhow::anyhow!("the hub's clock is before 1970"))),
        Err(TotpError::Wrong | TotpError::Used) => Err(FactorError::Wrong),
    }
}

async fn spend_recovery(tx: &mut Tx<'_>, (org, user): Person, code: &str) -> Result<(), FactorError> {
    let Some((stored, _)) = factors::recovery_codes(tx, org, user).await? else { return Err(FactorError::Wrong) };
    let codes: RecoveryCodes = serde_json::from_str(&stored).map_err(|error| FactorError::Foreign(error.into()))?;
    let left = match codes.spend(code) {
        Ok(left) => written(&left)?,
        Err(RecoveryError::Malformed | RecoveryError::Wrong) => return Err(FactorError::Wrong),
    };
    match factors::spend_recovery_code(tx, org, user, &stored, &left).await? {
        true => Ok(()),
        false => Err(FactorError::Wrong),
    }
}

fn written(codes: &RecoveryCodes) -> Result<String, FactorError> {
    serde_json::to_string(codes).map_err(|error| FactorError::Foreign(error.into()))
}

/// Makes a secret for a new app; it asks nobody until [`confirm`].
pub async fn begin(tx: &mut Tx<'_>, vault: &Vault, person: Person, now: Timestamp) -> Result<Secret, FactorError> {
    let (org, user) = person;
    let secret = Secret::new(random()?);
    let key = vault.key_for(&mut Shelf(tx), org, &Subject::secrets(), now).await?;
    let sealed = key.seal(&SECRET.row(&user.0.to_string()), secret.to_base32().as_bytes())?;
    match factors::begin_totp(tx, org, user, sealed.into_bytes(), now).await? {
        true => Ok(secret),
        false => Err(FactorError::Standing),
    }
}

/// Proves that the app has the secret: from now on it is asked for. Gives the first recovery codes, to be shown once.
pub async fn confirm(
    tx: &mut Tx<'_>,
    vault: &Vault,
    person: Person,
    code: &str,
    now: Timestamp,
) -> Result<Vec<String>, FactorError> {
    let (org, user) = person;
    let (totp, secret) = opened(tx, vault, person).await?.ok_or(FactorError::Nothing)?;
    if totp.confirmed_at.is_some() {
        return Err(FactorError::Standing);
    }
    let step = secret.verify(totp.last_step, code, now).map_err(|_| FactorError::Wrong)?;
    let first = factors::spend_step(tx, org, user, step).await? && factors::confirm_totp(tx, org, user, now).await?;
    if !first {
        return Err(FactorError::Wrong);
    }
    renew_codes(tx, person, now).await
}

/// Ten new recovery codes in place of all earlier ones, to be shown once.
pub async fn renew_codes(tx: &mut Tx<'_>, (org, user): Person, now: Timestamp) -> Result<Vec<String>, FactorError> {
    let (codes, stored) = RecoveryCodes::new(random()?);
    factors::put_recovery_codes(tx, org, user, &written(&stored)?, now).await?;
    Ok(codes)
}

/// How many recovery codes a person has left, and when they were made.
pub async fn codes_left(tx: &mut Tx<'_>, (org, user): Person) -> Result<Option<(usize, Timestamp)>, FactorError> {
    let Some((stored, made_at)) = factors::recovery_codes(tx, org, user).await? else { return Ok(None) };
    let codes: RecoveryCodes = serde_json::from_str(&stored).map_err(|error| FactorError::Foreign(error.into()))?;
    Ok(Some((codes.left(), made_at)))
}
