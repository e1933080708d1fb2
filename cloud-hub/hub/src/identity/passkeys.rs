//! Passkeys of people: verified in the transaction of the sign-in or step-up, so that what moves on with each use does.

use tracing::warn;
use vyavs_signin::passkey::{Passkey, PasskeyError, PendingSignIn, RelyingParty, SignInAnswer, User, UserHandle};
use vyavs_store::passkeys::{self, PasskeyRow};
use vyavs_store::{Tx, users};

use super::factors::{FactorError, Person};

/// A passkey that somebody shows: the answer, and what was asked, taken out of where it was kept.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The hub, as passkeys know it.
    pub party: &'a RelyingParty,
    /// What was asked.
    pub pending: PendingSignIn,
    /// What the browser brought.
    pub answer: SignInAnswer,
}

/// What a row says of a passkey.
pub fn record(row: &PasskeyRow) -> Result<Passkey, FactorError> {
    serde_json::from_str(&row.record).map_err(|error| FactorError::Foreign(error.into()))
}

/// As it stands in a row.
pub fn written(passkey: &Passkey) -> Result<String, FactorError> {
    serde_json::to_string(passkey).map_err(|error| FactorError::Foreign(error.into()))
}

/// A person, as passkeys know them: by an id that means nothing elsewhere.
pub fn user(user: &users::User) -> Result<User, FactorError> {
    let handle = UserHandle::new(user.id.0.as_bytes()).map_err(FactorError::Passkey)?;
    let display_name = if user.name.is_empty() { &user.email } else { &user.name };
    Ok(User { handle, name: user.email.clone(), display_name: display_name.clone() })
}

/// Whose passkey it is, once it is proven and its use is noted. Needs the hub's own rights.
pub async fn verify(tx: &mut Tx<'_>, shown: Shown<'_>, now: jiff::Timestamp) -> Result<Person, FactorError> {
    let row = passkeys::by_credential(tx, &shown.answer.credential_id().0).await?.ok_or(FactorError::Wrong)?;
    let signed = match shown.party.finish_sign_in(shown.pending, &shown.answer, &record(&row)?, now) {
        Ok(signed) => signed,
        Err(error) => {
            if matches!(error, PasskeyError::Counter { .. }) {
                warn!(user.id = %row.user, passkey.id = %row.id, "a passkey was refused: {error}");
            }
            return Err(FactorError::Passkey(error));
        }
    };
    let own = signed.user.as_bytes() == row.user.0.as_bytes();
    if !own || !passkeys::used(tx, row.org, row.id, &row.record, &written(&signed.passkey)?).await? {
        return Err(FactorError::Wrong);
    }
    Ok((row.org, row.user))
}
