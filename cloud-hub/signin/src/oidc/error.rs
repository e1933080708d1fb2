//! Why a sign-in elsewhere failed.

use jiff::Timestamp;

use super::fetch::FetchError;

/// A sign-in that is refused. Tell the person whether to try again; log the reason.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    // The provider and the way to it.
    /// An address that must not be used.
    #[error("{what} {url:?} is refused: {why}")]
    Address {
        /// `issuer`, `token_endpoint`, …
        what: &'static str,
        /// The address.
        url: String,
        /// What is expected.
        why: &'static str,
    },
    /// The HTTP client failed.
    #[error("failed to fetch {what}")]
    Fetch {
        /// `discovery`, `keys`, `token`.
        what: &'static str,
        /// How.
        #[source]
        source: FetchError,
    },
    /// Another status than 200.
    #[error("{what} answered with status {status}, expected 200; redirects are not followed")]
    Status {
        /// What was fetched.
        what: &'static str,
        /// The status.
        status: u16,
    },
    /// Not JSON.
    #[error("{what} answered with the content type {got:?}, expected application/json")]
    ContentType {
        /// What was fetched.
        what: &'static str,
        /// What came.
        got: String,
    },
    /// JSON of another shape.
    #[error("{what} answered with JSON of another shape: {why}")]
    Malformed {
        /// What was fetched.
        what: &'static str,
        /// The parser's words.
        why: String,
    },
    /// Discovery names another issuer.
    #[error("discovery says the issuer is {got:?}, expected {expected:?} to the letter")]
    DiscoveryIssuer {
        /// The configured one.
        expected: String,
        /// The one in the document.
        got: String,
    },
    /// The provider cannot do what we need.
    #[error("the provider does not support {0}")]
    Unsupported(&'static str),
    /// The configuration cannot work.
    #[error("the configuration of this provider cannot work: {0}")]
    Config(&'static str),

    // The browser's return.
    /// A parameter that is there twice.
    #[error("the provider's answer has the parameter {0} twice")]
    Twice(String),
    /// Another journey, or none.
    #[error("the answer's state is not the one of this sign-in")]
    State,
    /// Begun in another browser.
    #[error("this sign-in was begun in another browser")]
    OtherBrowser,
    /// The person took too long.
    #[error("the sign-in expired at {0}")]
    Expired(Timestamp),
    /// The journey of another client or provider.
    #[error("the sign-in was begun with another provider")]
    OtherProvider,
    /// The answer of another provider (RFC 9207).
    #[error("the answer comes from the issuer {got:?}, expected {expected:?}")]
    MixUp {
        /// With whom it was begun.
        expected: String,
        /// Who answers; empty when it does not say although discovery promised it.
        got: String,
    },
    /// The provider, or the person there, said no.
    #[error("the provider refused: {code}{}", .description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Denied {
        /// RFC 6749 §4.1.2.1, `access_denied` above all.
        code: String,
        /// In the provider's words; not to be shown as ours.
        description: Option<String>,
    },
    /// Neither a code nor an error.
    #[error("the provider's answer has no code")]
    NoCode,

    // The code's exchange.
    /// The provider did not take the code.
    #[error("the provider refused the code: {code}{}", .description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    TokenRefused {
        /// RFC 6749 §5.2.
        code: String,
        /// In the provider's words.
        description: Option<String>,
    },
    /// Not a bearer token.
    #[error("the token's type is {0:?}, expected Bearer")]
    TokenType(String),
    /// Only OAuth, no OpenID Connect.
    #[error("the provider gave no id_token")]
    NoIdToken,

    // The id token.
    /// Not a signed JWT in three parts.
    #[error("the id_token is no signed JWT: {0}")]
    NotAJwt(&'static str),
    /// `none`, HS256, or another that is not allowed.
    #[error("the id_token is signed with {0:?}, expected RS256, ES256 or EdDSA, as configured")]
    Algorithm(String),
    /// A header that must be understood and is not.
    #[error("the id_token has critical headers, which nobody here understands")]
    Critical,
    /// A JWT of another kind.
    #[error("the id_token has the type {0:?}, expected JWT")]
    Kind(String),
    /// No key of that name.
    #[error("the provider has no key {0:?} for this algorithm")]
    UnknownKey(String),
    /// Several keys could be meant.
    #[error("the id_token names no key, and the provider has several for its algorithm")]
    WhichKey,
    /// Not made with the key.
    #[error("the id_token's signature is wrong")]
    Signature,
    /// Another issuer.
    #[error("the id_token's issuer is {got:?}, expected {expected:?}")]
    Issuer {
        /// The configured one.
        expected: String,
        /// The one in it.
        got: String,
    },
    /// For another client.
    #[error("the id_token is not for this client")]
    Audience,
    /// Also for somebody else.
    #[error("the id_token is also for {0:?}, whom nobody trusts here")]
    ExtraAudience(String),
    /// Issued to another client.
    #[error("the id_token was issued to another client (azp)")]
    AuthorizedParty,
    /// Past its time.
    #[error("the id_token expired at {0} s")]
    TokenExpired(i64),
    /// Before its time.
    #[error("the id_token is from the future: {0} s")]
    FromTheFuture(i64),
    /// Made long ago.
    #[error("the id_token was issued at {0} s, which is too long ago for one that was just made")]
    Stale(i64),
    /// For another journey.
    #[error("the id_token's nonce is not the one of this sign-in")]
    Nonce,
    /// The access token beside it is another's.
    #[error("the id_token's at_hash is not that of the access token")]
    AccessTokenHash,
    /// The person was not asked as lately as we wanted.
    #[error("the provider did not ask the person within the time that was wanted (max_age)")]
    NotAskedAgain,
    /// No subject, or one that no provider may give.
    #[error("the id_token's subject is not 1 to 255 characters of ASCII")]
    Subject,
}
