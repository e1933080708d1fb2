//! The hub's own HTTP client, for the sign-in services that organizations name: one request a connection, TLS 1.3, no
//! redirects, no cookies, nothing compressed, bounded in size and time.
//!
//! An organization's administrator writes the address down, so it is a stranger's: names are resolved here, and what
//! they lead to must be an address of the public internet unless the hub's own configuration says otherwise.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use vyavs_service::tls;
use vyavs_signin::oidc::{Fetch, FetchError, Method, Request, Response, is_public};

/// What one address gets to answer the knock.
const CONNECT: Duration = Duration::from_secs(4);
/// Of many addresses of one name so many are tried.
const ADDRESSES: usize = 3;

/// `[sign_in]` in `hub.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInConfig {
    /// Whether sign-in services may be on a private network or on this very machine. Only for a hub whose administrators
    /// are all trusted with what can be reached from it.
    pub private_providers: bool,
    /// Certificates, PEM, of a CA of the house that signs such services' certificates; besides those that browsers trust.
    pub ca_file: Option<PathBuf>,
}

/// A client that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The CA file.
    #[error("failed to read certificates from {0} ([sign_in] ca_file)")]
    CaFile(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The CA file holds none.
    #[error("{0} holds no certificate in PEM ([sign_in] ca_file)")]
    NoCa(PathBuf),
    /// rustls refused.
    #[error("failed to set up TLS towards sign-in services")]
    Tls(#[from] rustls::Error),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    tls: TlsConnector,
    private: bool,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").field("private", &self.private).finish_non_exhaustive()
    }
}

impl Outbound {
    /// As configured. Blocks on the disk where there is a CA file.
    pub fn new(config: &SignInConfig) -> Result<Self, OutboundError> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(path) = &config.ca_file {
            let unreadable = |error| OutboundError::CaFile(path.clone(), error);
            let mut any = false;
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                roots.add(certificate.map_err(unreadable)?)?;
                any = true;
            }
            if !any {
                return Err(OutboundError::NoCa(path.clone()));
            }
        }
        let config_tls = rustls::ClientConfig::builder_with_provider(tls::provider())
            .with_protocol_versions(tls::VERSIONS)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config_tls)), private: config.private_providers })
    }

    /// Connects to an address that may be connected to.
    async fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
        let mut last = io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("{host} is on a private network, which [sign_in] private_providers does not allow"),
        );
        for address in found.into_iter().filter(|address| self.may_reach(address.ip())).take(ADDRESSES) {
            match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }

    fn may_reach(&self, ip: IpAddr) -> bool {
        self.private || is_public(ip)
    }
}

impl Fetch for Outbound {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let host = request.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = request.url.port_or_known_default().unwrap_or(443);
        let stream = self.connect(&host, port).await.map_err(connection)?;
        if request.url.scheme() != "https" {
            return talk(stream, request).await;
        }
        let name = ServerName::try_from(host).map_err(connection)?;
        let stream = self.tls.connect(name, stream).await.map_err(connection)?;
        talk(stream, request).await
    }
}

fn connection(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FetchError {
    FetchError::Connection(error.into())
}

/// One request and its answer; the connection ends with it.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request,
) -> Result<Response, FetchError> {
    let (mut sender, driving) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(connection)?;
    let Request { method, url, headers, body, most, .. } = request;
    let method = match method {
        Method::Get => hyper::Method::GET,
        Method::Post => hyper::Method::POST,
    };
    let place = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut made = hyper::Request::builder()
        .method(method)
        .uri(place)
        .header("host", url.authority())
        .header("user-agent", "vyavs-hub")
        .header("connection", "close");
    for (name, value) in headers {
        made = made.header(name, value);
    }
    let made = made.body(Full::new(Bytes::from(body))).map_err(connection)?;
    let asking = async move {
        let (head, body) = sender.send_request(made).await.map_err(connection)?.into_parts();
        let body = Limited::new(body, most).collect().await.map_err(|error| match error.is::<LengthLimitError>() {
            true => FetchError::TooLarge { most },
            false => FetchError::Connection(error),
        })?;
        let content_type = head.headers.get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Response { status: head.status.as_u16(), content_type, body: body.to_bytes().to_vec() })
    };
    // The connection is driven until the answer is whole; how it ends after that is of no concern.
    tokio::pin!(asking);
    tokio::select! {
        biased;
        answer = &mut asking => answer,
        _ = driving => asking.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_address_is_reached_only_where_the_configuration_says_so() {
        let strict = Outbound::new(&SignInConfig::default()).expect("made");
        let open = Outbound::new(&SignInConfig { private_providers: true, ca_file: None }).expect("made");
        for private in ["127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"]
        {
            let ip: IpAddr = private.parse().expect("an address");
            assert!(!strict.may_reach(ip) && open.may_reach(ip), "{private}");
        }
        assert!(strict.may_reach("8.8.8.8".parse().expect("an address")));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_the_machine_itself_is_not_followed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let strict = Outbound::new(&SignInConfig::default()).expect("made");
        let error = strict.connect("localhost", port).await.expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        let open = Outbound::new(&SignInConfig { private_providers: true, ca_file: None }).expect("made");
        open.connect("127.0.0.1", port).await.expect("it listens");
    }

    #[test]
    fn a_file_without_certificates_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, "nothing").expect("written");
        let error =
            Outbound::new(&SignInConfig { private_providers: false, ca_file: Some(path) }).expect_err("refused");
        assert!(error.to_string().contains("ca.pem"), "{error}");
    }
}
