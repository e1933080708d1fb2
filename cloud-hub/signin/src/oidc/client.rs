//! One registration at one provider.

use jiff::Timestamp;
use tokio::sync::Mutex;
use url::Url;

use super::discovery::Metadata;
use super::fetch::{Fetch, Request};
use super::id_token::{Expected, Token};
use super::journey::Journey;
use super::keys::{KeySet, Keys, Lookup};
use super::{Algorithm, Identity, OidcError, reach};

/// How the hub proves at the provider that it is this client. All three also use PKCE.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// It cannot: a public client.
    None,
    /// In the `Authorization` header; what providers prefer.
    Basic(String),
    /// In the body.
    Post(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic(_) => "Basic(…)",
            Self::Post(_) => "Post(…)",
        })
    }
}

/// What an owner writes down about a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// To the letter, as the provider writes it.
    pub issuer: String,
    /// As registered there.
    pub client_id: String,
    /// As registered there.
    pub secret: Secret,
    /// Where the browser comes back to; registered there to the letter. One of its own for each provider.
    pub redirect_uri: String,
    /// Where the browser goes after signing out there; registered there.
    pub post_logout_redirect_uri: Option<String>,
    /// Besides `openid`: `email`, `profile`.
    pub scopes: Vec<String>,
    /// Who else may be named in a token for us; nobody, unless a provider always adds the project's own name.
    pub trusted_audiences: Vec<String>,
    /// How id tokens may be signed.
    pub algorithms: Vec<Algorithm>,
}

impl Config {
    /// With `email` and `profile`, all algorithms, nobody else trusted.
    pub fn new(issuer: &str, client_id: &str, secret: Secret, redirect_uri: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            secret,
            redirect_uri: redirect_uri.to_owned(),
            post_logout_redirect_uri: None,
            scopes: ["email", "profile"].map(str::to_owned).into(),
            trusted_audiences: Vec::new(),
            algorithms: Algorithm::ALL.into(),
        }
    }

    pub(super) fn scope(&self) -> String {
        let mut scope = "openid".to_owned();
        for word in self.scopes.iter().filter(|word| *word != "openid") {
            scope = scope + " " + word;
        }
        scope
    }

    /// Whether it can work at all, as far as that is seen without asking the provider.
    pub fn check(&self) -> Result<(), OidcError> {
        reach::issuer(&self.issuer)?;
        if self.client_id.is_empty() {
            return Err(OidcError::Config("client_id is empty"));
        }
        if matches!(&self.secret, Secret::Basic(secret) | Secret::Post(secret) if secret.is_empty()) {
            return Err(OidcError::Config("the client's secret is empty"));
        }
        if self.algorithms.is_empty() {
            return Err(OidcError::Config("no algorithm is allowed"));
        }
        let redirects = [Some(&self.redirect_uri), self.post_logout_redirect_uri.as_ref()];
        for redirect in redirects.into_iter().flatten() {
            reach::issuer(redirect).map_err(|_| {
                OidcError::Config("redirects must be https (or http on the machine itself), without query and fragment")
            })?;
        }
        Ok(())
    }
}

/// One provider, discovered. Shared by all who sign in there; make a new one once a day, or when signing in there begins
/// to fail.
pub struct Client {
    pub(super) config: Config,
    pub(super) metadata: Metadata,
    /// Held while keys are fetched, so that a hundred sign-ins after a rotation fetch once.
    keys: Mutex<Keys>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("config", &self.config).field("metadata", &self.metadata).finish_non_exhaustive()
    }
}

impl Client {
    /// Asks the provider what it is and can do.
    pub async fn discover(config: Config, fetch: &impl Fetch) -> Result<Self, OidcError> {
        config.check()?;
        let metadata = Metadata::discover(&config, fetch).await?;
        Ok(Self { config, metadata, keys: Mutex::default() })
    }

    /// Ends a journey: who it is. `query` is what stands behind the `?` of the address that the browser came back to,
    /// `cookie` what [`super::Started::cookie`] was; the journey was taken out of where it was kept.
    pub async fn finish(
        &self,
        journey: Journey,
        cookie: &str,
        query: &str,
        fetch: &impl Fetch,
        now: Timestamp,
    ) -> Result<Identity, OidcError> {
        let code = self.code(&journey, cookie, query, now)?;
        let tokens = self.exchange(&journey, &code, fetch).await?;
        let token = Token::read(&tokens.id_token, &self.config.algorithms)?;
        let key = self.key(token.kid(), token.algorithm(), fetch, now).await?;
        token.verify(
            &key,
            &Expected {
                issuer: &self.config.issuer,
                client_id: &self.config.client_id,
                trusted: &self.config.trusted_audiences,
                nonce: &journey.nonce,
                access_token: tokens.access_token.as_deref(),
                asked_since: journey.asked_since,
                now,
            },
        )
    }

    async fn key(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        fetch: &impl Fetch,
        now: Timestamp,
    ) -> Result<jsonwebtoken::DecodingKey, OidcError> {
        let mut keys = self.keys.lock().await;
        if let Lookup::Found(key) = keys.find(kid, algorithm, now)? {
            return Ok(key.verifying);
        }
        let set: KeySet = Request::get(&self.metadata.jwks_uri).send(fetch, "keys").await?.json("keys")?;
        keys.replace(&set, now);
        keys.settle(kid, algorithm, now)
    }

    /// Where to send the browser to sign out at the provider too; `None` where the provider has no such place. `state`
    /// comes back with the browser.
    pub fn logout(&self, id_token: &str, state: &str) -> Option<Url> {
        let mut url = self.metadata.end_session_endpoint.clone()?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("id_token_hint", id_token).append_pair("client_id", &self.config.client_id);
            if let Some(back) = &self.config.post_logout_redirect_uri {
                query.append_pair("post_logout_redirect_uri", back).append_pair("state", state);
            }
        }
        Some(url)
    }

    /// What the provider is and can do.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What was written down about it.
    pub fn config(&self) -> &Config {
        &self.config
    }
}
