//! How a box becomes a device: an administrator makes a one-time token, the box trades it, with a signing request for a
//! key it made itself, for a certificate.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_store::devices::{self, Device};
use vyavs_store::stores::{self, Store};
use vyavs_store::tokens::{self, EnrolToken, Redeemed};
use vyavs_store::{Db, StoreError};

use super::authority::DeviceCertificate;
use super::csr::{CsrError, VerifiedCsr};
use super::{KeyError, Keys, hash, random};

/// No token lasts longer, hours.
pub const TOKEN_HOURS: i64 = 24;

const PREFIX: &str = "vyavs1.";

/// What the text of a token carries, so that the box needs nothing else: `vyavs1.` + base64url of this as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Base URL of the hub's API, without `/api/v1`.
    pub hub: String,
    /// Whom to trust as the hub: the CA's certificate, PEM.
    pub ca_pem: String,
    /// The secret: 256 random bits, base64url.
    pub token: String,
}

impl Invitation {
    /// The text that people copy.
    pub fn to_text(&self) -> String {
        // A struct of strings always has a JSON form.
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// Reads it back; `None` when it is not such a text.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(PREFIX)?).ok()?).ok()
    }
}

/// Why no token was made, or no certificate issued.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The organization has no such store.
    #[error("there is no such store")]
    NoStore,
    /// Nobody made this token.
    #[error("this enrolment token is unknown")]
    Unknown,
    /// It made a device already.
    #[error("this enrolment token was used already; each is good for one device, once")]
    Used,
    /// Too late.
    #[error("this enrolment token has expired")]
    Expired,
    /// The request.
    #[error(transparent)]
    Csr(#[from] CsrError),
    /// The certificate could not be made.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a token for one device of a store, good for at most [`TOKEN_HOURS`]. Only its hash is stored.
pub async fn invite(
    db: &Db,
    keys: &Keys,
    hub: &str,
    (org, store, device_name): (OrgId, StoreId, &str),
    now: Timestamp,
) -> Result<(Invitation, Timestamp), EnrolError> {
    let token = URL_SAFE_NO_PAD.encode(random::<32>()?);
    let expires_at = now + SignedDuration::from_hours(TOKEN_HOURS);
    let mut tx = db.begin_write_for(org).await?;
    if stores::get(&mut tx, org, store).await?.is_none() {
        return Err(EnrolError::NoStore);
    }
    let row = EnrolToken { hash: hash(&token), org, store, device_name: device_name.to_owned(), expires_at };
    tokens::issue(&mut tx, &row).await?;
    tx.commit().await?;
    Ok((Invitation { hub: hub.to_owned(), ca_pem: keys.ca_pem().to_owned(), token }, expires_at))
}

/// A device that has just been made.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// Who it is.
    pub identity: DeviceIdentity,
    /// Its certificate.
    pub certificate: DeviceCertificate,
    /// Where it stands.
    pub store: Store,
}

/// Trades a token and a signing request for a certificate. Of many that show one token, one succeeds; a bad request or a
/// failure on our side leaves the token good.
pub async fn redeem(db: &Db, keys: &Keys, token: &str, csr_pem: &str, now: Timestamp) -> Result<Enrolled, EnrolError> {
    let csr = VerifiedCsr::read(csr_pem)?;
    let secret = Invitation::read(token).map_or_else(|| token.trim().to_owned(), |invitation| invitation.token);
    let hash = hash(&secret);
    let mut tx = db.begin_write().await?;
    // The first bytes of the hash find the token in the database and open nothing.
    let which = format!("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
    let refused = |error: EnrolError| {
        warn!(enrol.token = which, "an enrolment was refused: {error}");
        Err(error)
    };
    let token = match tokens::redeem(&mut tx, &hash, now).await? {
        Redeemed::Good(token) => token,
        Redeemed::Used(_) => return refused(EnrolError::Used),
        Redeemed::Expired(_) => return refused(EnrolError::Expired),
        Redeemed::Unknown => return refused(EnrolError::Unknown),
    };
    let Some(store) = stores::get(&mut tx, token.org, token.store).await? else { return refused(EnrolError::NoStore) };
    let identity = DeviceIdentity { org: token.org, store: token.store, device: DeviceId(Uuid::new_v4()) };
    let certificate = keys.authority().device(&csr, identity, now)?;
    let device = Device {
        identity,
        name: token.device_name,
        public_key: certificate.public_key.clone(),
        cert_serial: certificate.serial.clone(),
        enrolled_at: now,
        revoked_at: None,
    };
    devices::enrol(&mut tx, &device).await?;
    tx.commit().await?;
    info!(device.id = %identity.device, store.id = %identity.store, enrol.token = which, "{} enrolled", device.name);
    Ok(Enrolled { identity, certificate, store })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_reads_back_and_other_texts_do_not() {
        let invitation = Invitation { hub: "https://hub.example".into(), ca_pem: "PEM".into(), token: "secret".into() };
        let text = invitation.to_text();
        assert!(text.starts_with("vyavs1.ey"), "{text}");
        assert_eq!(Invitation::read(&format!(" {text}\n")), Some(invitation));
        for bad in ["", "vyavs1.", "vyavs2.e30", "secret", "vyavs1.e30"] {
            assert_eq!(Invitation::read(bad), None, "{bad}");
        }
    }
}
