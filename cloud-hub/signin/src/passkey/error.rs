//! Why a ceremony failed.

use jiff::Timestamp;

/// An answer that is refused. Tell the person only that it did not work; log the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// The person took too long.
    #[error("the ceremony expired at {0}")]
    Expired(Timestamp),
    /// A part that cannot be read.
    #[error("{what} is malformed: expected {expected}")]
    Malformed {
        /// Which part.
        what: &'static str,
        /// What should be there.
        expected: &'static str,
    },
    /// The answer to another ceremony.
    #[error("clientDataJSON has the type {got:?}, expected {expected:?}")]
    Type {
        /// What came.
        got: String,
        /// What should have.
        expected: &'static str,
    },
    /// Another challenge than the pending one.
    #[error("the challenge is not the one of this ceremony")]
    Challenge,
    /// A page elsewhere.
    #[error("the origin {0:?} is not one of this hub's")]
    Origin(String),
    /// In a frame of another site's page.
    #[error("the ceremony ran in a frame of another origin{}", .top.as_ref().map(|top| format!(", {top:?}")).unwrap_or_default())]
    CrossOrigin {
        /// The page around it, where the browser says so.
        top: Option<String>,
    },
    /// A key bound to another domain.
    #[error("the key answers for another relying party id than this hub's")]
    RelyingPartyId,
    /// Nobody touched the key.
    #[error("the key says that no user was present")]
    UserNotPresent,
    /// Nobody gave finger, face or PIN.
    #[error("the key says that it did not verify its user")]
    UserNotVerified,
    /// Backed up, but never eligible for it.
    #[error("the key says it is backed up and that it cannot be")]
    BackupState,
    /// Eligible for backup then and not now, or the other way round.
    #[error("the key says it can be backed up: {now}; when it was registered it said {then}")]
    BackupEligibility {
        /// At registration.
        then: bool,
        /// Now.
        now: bool,
    },
    /// An algorithm that was not offered.
    #[error("the key uses COSE algorithm {0}, which was not offered (-8 EdDSA, -7 ES256, -257 RS256)")]
    Algorithm(i64),
    /// The key's type and its algorithm do not belong together.
    #[error("the key is malformed: {0}")]
    Key(&'static str),
    /// An attestation that nobody asked for.
    #[error("the attestation format {0:?} was not asked for; `none` was")]
    AttestationFormat(String),
    /// An attestation that does not hold.
    #[error("the key's attestation of itself does not hold")]
    Attestation,
    /// The outer id is not the id within.
    #[error("the answer names another credential than the one in it")]
    CredentialMismatch,
    /// This person's, or somebody's, already.
    #[error("the credential is registered already")]
    AlreadyRegistered,
    /// Not one of those asked for.
    #[error("the credential is not one that this ceremony asked for")]
    NotAllowed,
    /// Not the credential that it was compared with.
    #[error("the credential is another than the registered one")]
    OtherCredential,
    /// The credential of another person.
    #[error("the credential belongs to another user")]
    OtherUser,
    /// A sign-in without a name must say whose it is.
    #[error("the key did not say whose it is (userHandle)")]
    NoUserHandle,
    /// Not made by the key.
    #[error("the signature is wrong")]
    Signature,
    /// There may be two of this key: warn its owner.
    #[error("the key's counter went from {stored} to {got}: it may have been cloned")]
    Counter {
        /// The last one.
        stored: u32,
        /// This one.
        got: u32,
    },
}
