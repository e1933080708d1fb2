//! What a provider says of itself at `/.well-known/openid-configuration`.

use serde::Deserialize;
use url::Url;

use super::client::{Config, Secret};
use super::fetch::{Fetch, Request};
use super::{OidcError, reach};

/// A provider's addresses and abilities, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) end_session_endpoint: Option<Url>,
    /// Whether its answers must name their issuer (RFC 9207).
    pub(super) names_issuer: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    #[serde(default)]
    response_types_supported: Vec<String>,
    id_token_signing_alg_values_supported: Vec<String>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

const WHAT: &str = "discovery";

impl Metadata {
    pub(super) async fn discover(config: &Config, fetch: &impl Fetch) -> Result<Self, OidcError> {
        let issuer = reach::issuer(&config.issuer)?;
        // Discovery 1.0 §4.1: a slash at the end of the issuer is dropped first.
        let place = format!("{}/.well-known/openid-configuration", config.issuer.trim_end_matches('/'));
        let place = reach::endpoint(WHAT, &place, &issuer)?;
        let document: Document = Request::get(&place).send(fetch, WHAT).await?.json(WHAT)?;
        Self::verify(document, config, &issuer)
    }

    fn verify(document: Document, config: &Config, issuer: &Url) -> Result<Self, OidcError> {
        if document.issuer != config.issuer {
            return Err(OidcError::DiscoveryIssuer { expected: config.issuer.clone(), got: document.issuer });
        }
        let has = |list: &[String], word: &str| list.iter().any(|known| known == word);
        if !has(&document.response_types_supported, "code") {
            return Err(OidcError::Unsupported("response_type=code"));
        }
        let algorithms = &document.id_token_signing_alg_values_supported;
        if !config.algorithms.iter().any(|alg| alg.names().iter().any(|name| has(algorithms, name))) {
            return Err(OidcError::Unsupported("an allowed algorithm for id tokens"));
        }
        // Many providers do it and do not say so; one that says what it does must do S256.
        if document.code_challenge_methods_supported.is_some_and(|methods| !has(&methods, "S256")) {
            return Err(OidcError::Unsupported("PKCE with S256"));
        }
        let basic = || vec!["client_secret_basic".to_owned()];
        let methods = document.token_endpoint_auth_methods_supported.unwrap_or_else(basic);
        let method = match &config.secret {
            Secret::None => "none",
            Secret::Basic(_) => "client_secret_basic",
            Secret::Post(_) => "client_secret_post",
        };
        // `none` is a matter between provider and client, and often missing from the list.
        if method != "none" && !has(&methods, method) {
            return Err(OidcError::Unsupported("the configured way of authenticating at its token endpoint"));
        }
        let end = document.end_session_endpoint;
        Ok(Self {
            authorization_endpoint: reach::endpoint(
                "authorization_endpoint",
                &document.authorization_endpoint,
                issuer,
            )?,
            token_endpoint: reach::endpoint("token_endpoint", &document.token_endpoint, issuer)?,
            jwks_uri: reach::endpoint("jwks_uri", &document.jwks_uri, issuer)?,
            end_session_endpoint: end.map(|end| reach::endpoint("end_session_endpoint", &end, issuer)).transpose()?,
            names_issuer: document.authorization_response_iss_parameter_supported,
        })
    }
}
