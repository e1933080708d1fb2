//! One call: to an address that was checked, once, with no redirect, in bounded time, reading a bounded answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes};
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Position, Url};
use vyavs_rules::webhook::reach::{Forbidden, UrlError, UrlPolicy};
use vyavs_rules::webhook::retry::Attempt as Ended;
use vyavs_rules::webhook::signature::{self, Secret};
use vyavs_service::tls;
use vyavs_store::webhooks::deliveries::Delivery;

use super::WebhooksConfig;

/// The most that is read of an answer; a longer one is taken by its status, and the rest is not read.
const MOST: usize = 64 * 1024;
/// How much of it is kept for people.
const HEAD: usize = 200;

/// Why the caller cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The roots.
    #[error("failed to read certificates from {path} ([webhooks] ca_file)")]
    Roots {
        /// Which file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// TLS.
    #[error("[webhooks]: TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// Calls receivers.
pub struct Caller {
    policy: UrlPolicy,
    tls: TlsConnector,
    connect: Duration,
    whole: Duration,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// How a call went.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) ended: Ended,
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    pub(super) head: Option<String>,
}

impl Called {
    /// It was not made.
    pub(super) fn refused(why: &str) -> Self {
        Self { ended: Ended::Unanswered, status: None, error: Some(why.to_owned()), head: None }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error(transparent)]
    Address(#[from] Forbidden),
    #[error("the name {0} leads to no address")]
    Nowhere(String),
    #[error("no connection within {} seconds", .0.as_secs())]
    Connecting(Duration),
    #[error("no answer within {} seconds", .0.as_secs())]
    Answering(Duration),
    #[error("no connection: {0}")]
    Io(#[from] io::Error),
    #[error("no answer: {0}")]
    Http(#[from] hyper::Error),
    #[error("the call cannot be written: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("{0}")]
    Id(#[from] signature::IdError),
}

impl Caller {
    /// Reads the roots that the configuration names.
    pub fn new(config: &WebhooksConfig) -> Result<Self, CallError> {
        let mut roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(path) = &config.ca_file {
            let wrong = |source| CallError::Roots { path: path.clone(), source };
            for certificate in CertificateDer::pem_file_iter(path).map_err(wrong)? {
                roots.add(certificate.map_err(wrong)?).map_err(CallError::Tls)?;
            }
        }
        // Not only TLS 1.3: receivers are other people's.
        let client = rustls::ClientConfig::builder_with_provider(tls::provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(CallError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            policy: config.policy(),
            tls: TlsConnector::from(Arc::new(client)),
            connect: WebhooksConfig::seconds(config.connect_s),
            whole: WebhooksConfig::seconds(config.timeout_s),
        })
    }

    pub(super) fn policy(&self) -> &UrlPolicy {
        &self.policy
    }

    /// How long a call is held by who makes it: longer than it may take.
    pub(super) fn lease(&self) -> SignedDuration {
        SignedDuration::try_from(self.whole * 2).unwrap_or(SignedDuration::from_mins(2))
    }

    /// Makes a call.
    pub(super) async fn call(&self, url: &str, of: &Delivery, secrets: &[Secret], at: Timestamp) -> Called {
        let answered = match tokio::time::timeout(self.whole, self.ask(url, of, secrets, at)).await {
            Ok(answered) => answered,
            Err(_) => Err(NoAnswer::Answering(self.whole)),
        };
        match answered {
            Ok((status, headers, body)) => {
                let error = (!status.is_success()).then(|| match status.is_redirection() {
                    true => format!("the receiver answered {status}; redirects are not followed"),
                    false => format!("the receiver answered {status}"),
                });
                let ended = Ended::Answered { status: status.as_u16(), retry_after: retry_after(&headers, at) };
                Called { ended, status: Some(status.as_u16()), error, head: head(&body) }
            }
            Err(error) => {
                let ended = match &error {
                    NoAnswer::Address(_) | NoAnswer::Url(_) => Ended::Forbidden,
                    _ => Ended::Unanswered,
                };
                Called { ended, status: None, error: Some(error.to_string()), head: None }
            }
        }
    }

    async fn ask(
        &self,
        url: &str,
        of: &Delivery,
        secrets: &[Secret],
        at: Timestamp,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), NoAnswer> {
        // Judged again: what was allowed when it was written may not be now.
        let url = self.policy.check(url)?;
        let signed = signature::sign(&format!("msg_{}", of.id.simple()), at, of.body.as_bytes(), secrets)?;
        let request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, authority(&url))
            .header(USER_AGENT, concat!("VyavsAI-Hub/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .header(signature::ID, signed.id)
            .header(signature::TIMESTAMP, signed.timestamp)
            .header(signature::SIGNATURE, signed.signature)
            .body(Full::new(Bytes::from(of.body.clone())))?;
        let connecting = tokio::time::timeout(self.connect, self.connect(&url));
        let socket = connecting.await.map_err(|_| NoAnswer::Connecting(self.connect))??;
        if url.scheme() == "http" {
            return exchange(socket, request).await;
        }
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).map_err(io::Error::other)?,
            Some(Host::Ipv4(v4)) => ServerName::from(std::net::IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => ServerName::from(std::net::IpAddr::V6(v6)),
            None => return Err(NoAnswer::Nowhere(url.to_string())),
        };
        exchange(self.tls.connect(name, socket).await?, request).await
    }

    /// Connects to an address that was checked, and to that very one: a name that leads elsewhere a moment later leads
    /// nowhere here.
    async fn connect(&self, url: &Url) -> Result<TcpStream, NoAnswer> {
        let port = url.port_or_known_default().unwrap_or(443);
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(v4)) => vec![(v4, port).into()],
            Some(Host::Ipv6(v6)) => vec![(v6, port).into()],
            Some(Host::Domain(name)) => tokio::net::lookup_host((name, port)).await?.collect(),
            None => Vec::new(),
        };
        let mut last = NoAnswer::Nowhere(url.host_str().unwrap_or_default().to_owned());
        for address in found {
            // One that is forbidden among others: nobody honest mixes them.
            self.policy.addresses.check(address.ip())?;
            match TcpStream::connect(address).await {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

async fn exchange<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    socket: S,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), NoAnswer> {
    let (mut sender, connection) =
        hyper::client::conn::http1::Builder::new().max_headers(64).handshake(TokioIo::new(socket)).await?;
    let asking = async move {
        let response = sender.send_request(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok::<_, hyper::Error>((status, headers, bounded(response).await))
    };
    tokio::pin!(asking);
    let answered = tokio::select! {
        biased;
        answered = &mut asking => answered,
        ended = connection => {
            ended?;
            // What came before the end of the connection is still to be read.
            asking.await
        }
    };
    Ok(answered?)
}

/// The answer's body up to [`MOST`]; one that breaks off or is longer ends there, for its status has been given.
async fn bounded<B: Body<Data = Bytes> + Unpin>(response: Response<B>) -> Vec<u8> {
    let (mut body, mut kept) = (response.into_body(), Vec::new());
    while kept.len() < MOST
        && let Some(Ok(frame)) = body.frame().await
    {
        if let Some(data) = frame.data_ref() {
            kept.extend_from_slice(&data[..data.len().min(MOST - kept.len())]);
        }
    }
    kept
}

/// The first of an answer, for people: on one line, and only as much as tells what is wrong.
fn head(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(HEAD * 4)]);
    let line: String = text.chars().take(HEAD).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_nothing_else() {
        let now: Timestamp = "2026-02-03T12:00:00Z".parse().expect("an instant");
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header"));
            retry_after(&headers, now)
        };
        assert_eq!(of("120"), Some(SignedDuration::from_secs(120)));
        assert_eq!(of("Tue, 03 Feb 2026 12:05:00 GMT"), Some(SignedDuration::from_mins(5)));
        assert_eq!(of("Tue, 03 Feb 2026 11:05:00 GMT"), Some(SignedDuration::ZERO));
        for bad in ["-1", "soon", "99999999999"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn of_an_answer_a_line_is_kept() {
        assert_eq!(head(b""), None);
        assert_eq!(head(b"bad\r\nrequest\0").as_deref(), Some("bad  request"));
        assert_eq!(head(&vec![b'x'; 100_000]).map(|line| line.len()), Some(HEAD));
        assert!(head(&[0xff; 10]).is_some());
    }
}
