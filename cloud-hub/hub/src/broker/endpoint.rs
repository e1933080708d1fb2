//! Where a broker is, and how to get in.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use vyavs_service::tls;

use super::config::ExternalBroker;
use super::prompt::Prompt;

/// The link cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// A file is missing or not what it should be.
    #[error("cannot use {path}: {detail}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Plain TCP to another machine.
    #[error(
        "[mqtt.external] host {0:?} is not a loopback address and has no [mqtt.external.tls]: plain text would cross the network"
    )]
    PlainText(String),
    /// Not a host name.
    #[error("[mqtt.external] host {0:?} is neither a name nor an address")]
    Host(String),
    /// rustls refused it.
    #[error("[mqtt.external.tls] makes no TLS client")]
    Tls(#[source] rustls::Error),
}

/// Where a broker is, and how to get in.
#[derive(Clone)]
pub(crate) struct Endpoint {
    host: String,
    port: u16,
    tls: Option<(tokio_rustls::TlsConnector, ServerName<'static>)>,
    pub(crate) login: Option<(String, String)>,
}

impl Endpoint {
    /// The router behind our guard.
    pub(crate) fn loopback(addr: SocketAddr, login: &(String, String)) -> Self {
        Self { host: addr.ip().to_string(), port: addr.port(), tls: None, login: Some(login.clone()) }
    }

    /// Somebody else's broker; reads its files now, so that a wrong one is told at the start.
    pub(crate) fn external(config: &ExternalBroker) -> Result<Self, EndpointError> {
        let file = |path: &Path| {
            std::fs::read(path)
                .map_err(|error| EndpointError::File { path: path.to_owned(), detail: error.to_string() })
        };
        let password = match &config.password_file {
            Some(path) => String::from_utf8_lossy(&file(path)?).trim().to_owned(),
            None => String::new(),
        };
        let login = config.username.clone().map(|user| (user, password));
        let loopback = config.host == "localhost" || config.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let tls = match &config.tls {
            None if loopback => None,
            None => return Err(EndpointError::PlainText(config.host.clone())),
            Some(files) => {
                let wrong = |path: &Path| {
                    let path = path.to_owned();
                    move |error: rustls::pki_types::pem::Error| EndpointError::File { path, detail: error.to_string() }
                };
                let mut roots = rustls::RootCertStore::empty();
                for ca in CertificateDer::pem_slice_iter(&file(&files.ca_file)?) {
                    roots.add(ca.map_err(wrong(&files.ca_file))?).map_err(EndpointError::Tls)?;
                }
                let builder = rustls::ClientConfig::builder_with_provider(tls::provider())
                    .with_protocol_versions(tls::VERSIONS)
                    .map_err(EndpointError::Tls)?
                    .with_root_certificates(roots);
                let client = match (&files.cert_file, &files.key_file) {
                    (Some(cert), Some(key)) => {
                        let chain = CertificateDer::pem_slice_iter(&file(cert)?).collect::<Result<Vec<_>, _>>();
                        let key_der = PrivateKeyDer::from_pem_slice(&file(key)?).map_err(wrong(key))?;
                        builder
                            .with_client_auth_cert(chain.map_err(wrong(cert))?, key_der)
                            .map_err(EndpointError::Tls)?
                    }
                    _ => builder.with_no_client_auth(),
                };
                let name =
                    ServerName::try_from(config.host.clone()).map_err(|_| EndpointError::Host(config.host.clone()))?;
                Some((tokio_rustls::TlsConnector::from(Arc::new(client)), name))
            }
        };
        Ok(Self { host: config.host.clone(), port: config.port, tls, login })
    }

    pub(crate) async fn dial(&self) -> std::io::Result<Box<dyn Stream>> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let _ = tcp.set_nodelay(true);
        match &self.tls {
            None => Ok(Box::new(Prompt(tcp))),
            Some((connector, name)) => Ok(Box::new(connector.connect(name.clone(), tcp).await?)),
        }
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// TCP, or TLS on it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
