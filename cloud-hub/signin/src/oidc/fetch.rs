//! The hub's HTTP client, as little of it as is needed.

use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

use super::OidcError;

/// How long the provider may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much it may answer.
const MOST: usize = 256 * 1024;

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST of a form.
    Post,
}

/// One request. Whoever performs it verifies certificates, follows no redirect, sends no cookies, asks for no compression,
/// and stops reading at `most` bytes.
#[derive(Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for GET.
    pub body: Vec<u8>,
    /// The most bytes of an answer.
    pub most: usize,
    /// After this long it is given up here; a client may set its own limit by it.
    pub timeout: Duration,
}

impl std::fmt::Debug for Request {
    /// Without headers and body: they carry the client's secret and the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The header of that name.
    pub content_type: Option<String>,
    /// All of it.
    pub body: Vec<u8>,
}

/// An answer that did not come.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Longer than allowed.
    #[error("the answer is longer than {most} bytes")]
    TooLarge {
        /// The limit.
        most: usize,
    },
    /// It took too long.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// No connection, a bad certificate, a broken answer.
    #[error("the connection failed")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Performs requests.
///
/// Addresses with numbers for a host are already checked; names are not resolved here. A hub that serves strangers'
/// configurations refuses private addresses when it resolves.
pub trait Fetch: Send + Sync {
    /// Performs one; see [`Request`] for what is expected.
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, FetchError>> + Send;
}

impl Request {
    pub(super) fn get(url: &Url) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self { method: Method::Get, url: url.clone(), headers, body: Vec::new(), most: MOST, timeout: TIMEOUT }
    }

    pub(super) fn post(url: &Url, form: String) -> Self {
        let mut request = Self { method: Method::Post, body: form.into_bytes(), ..Self::get(url) };
        request.headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        request
    }

    /// Holds the client to its limits, whatever it does.
    pub(super) async fn send(self, fetch: &impl Fetch, what: &'static str) -> Result<Response, OidcError> {
        let (most, timeout) = (self.most, self.timeout);
        let answer = tokio::time::timeout(timeout, fetch.fetch(self)).await;
        let answer = answer.unwrap_or(Err(FetchError::Timeout(timeout)));
        match answer.map_err(|source| OidcError::Fetch { what, source })? {
            answer if answer.body.len() > most => Err(OidcError::Fetch { what, source: FetchError::TooLarge { most } }),
            answer => Ok(answer),
        }
    }
}

impl Response {
    /// The JSON of a 200.
    pub(super) fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, OidcError> {
        if self.status != 200 {
            return Err(OidcError::Status { what, status: self.status });
        }
        self.json_of_any_status(what)
    }

    pub(super) fn json_of_any_status<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, OidcError> {
        let media = self.content_type.as_deref().unwrap_or_default();
        let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence != "application/json" && !(essence.starts_with("application/") && essence.ends_with("+json")) {
            return Err(OidcError::ContentType { what, got: media.chars().take(80).collect() });
        }
        serde_json::from_slice(&self.body).map_err(|error| OidcError::Malformed { what, why: error.to_string() })
    }
}
