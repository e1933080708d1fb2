//! Enrolment: a one-time token from the hub becomes a certificate for a key that was made here and stays here.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use vyavs_domain::ids::DeviceIdentity;

use super::{CA, CERTIFICATE, ENROLMENT, Enrolment, KEY};

/// Why the box was not enrolled; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Not a token of a hub.
    #[error("this is not an enrolment token: expected `vyavs1.` and what the hub printed after it")]
    Token,
    /// The box has an identity already.
    #[error("this box is enrolled already: {0} exists; move it away to enrol again")]
    Already(PathBuf),
    /// The address in the token, or given, cannot be used.
    #[error("the hub's address {0:?} is not http(s)://host[:port]")]
    Address(String),
    /// The hub cannot be reached, or is not the one in the token.
    #[error("failed to reach the hub at {address}: {cause}")]
    Reach {
        /// Where.
        address: String,
        /// Why.
        cause: String,
    },
    /// The hub said no.
    #[error("the hub refused ({status}): {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its reason.
        detail: String,
    },
    /// The hub's answer is not what was agreed.
    #[error("the hub's answer cannot be used: {0}")]
    Answer(String),
    /// The key could not be made.
    #[error("failed to make a key")]
    Key(#[source] rcgen::Error),
    /// The files could not be written.
    #[error("failed to write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

#[derive(Deserialize)]
struct Invitation {
    hub: String,
    ca_pem: String,
    token: String,
}

#[derive(Serialize)]
struct Request<'a> {
    token: &'a str,
    csr_pem: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    identity: DeviceIdentity,
    certificate_pem: String,
    ca_pem: String,
    hub_key: String,
    mqtt_host: String,
    mqtt_port: u16,
}

/// Trades `token` for an identity in `dir`; `hub` overrides the address in the token.
pub async fn enrol(dir: &Path, token: &str, hub: Option<&str>) -> Result<DeviceIdentity, EnrolError> {
    let exists = dir.join(ENROLMENT);
    if exists.exists() {
        return Err(EnrolError::Already(exists));
    }
    let body = token.trim().strip_prefix("vyavs1.").ok_or(EnrolError::Token)?;
    let json = URL_SAFE_NO_PAD.decode(body).map_err(|_| EnrolError::Token)?;
    let invitation: Invitation = serde_json::from_slice(&json).map_err(|_| EnrolError::Token)?;
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).map_err(EnrolError::Key)?;
    let csr = rcgen::CertificateParams::default()
        .serialize_request(&key)
        .and_then(|request| request.pem())
        .map_err(EnrolError::Key)?;
    let request = Request { token: &invitation.token, csr_pem: &csr };
    let request = serde_json::to_vec(&request).expect("two strings have a JSON form");
    let answer = post(hub.unwrap_or(&invitation.hub), &invitation.ca_pem, request).await?;
    let answer: Answer = serde_json::from_slice(&answer).map_err(|error| EnrolError::Answer(error.to_string()))?;
    let enrolment = Enrolment {
        identity: answer.identity,
        mqtt_host: answer.mqtt_host,
        mqtt_port: answer.mqtt_port,
        hub_key: answer.hub_key,
    };
    let enrolment = toml::to_string(&enrolment).map_err(|error| EnrolError::Answer(error.to_string()))?;
    let failed = |path: PathBuf| move |source| EnrolError::Write { path, source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed(dir.to_owned()))?;
    // enrolment.toml last: it is what makes the rest count.
    for (name, content) in
        [(KEY, key.serialize_pem()), (CERTIFICATE, answer.certificate_pem), (CA, answer.ca_pem), (ENROLMENT, enrolment)]
    {
        let path = dir.join(name);
        write(&path, &content).map_err(failed(path.clone()))?;
    }
    Ok(answer.identity)
}

fn write(path: &Path, content: &str) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(temporary, path)
}

/// The longest answer.
const ANSWER: usize = 64 * 1024;

/// One POST to `/api/v1/enrol`, trusting nobody but the CA in the token.
async fn post(base: &str, ca_pem: &str, body: Vec<u8>) -> Result<Bytes, EnrolError> {
    let reach = |cause: String| EnrolError::Reach { address: base.to_owned(), cause };
    let wrong = || EnrolError::Address(base.to_owned());
    let (secure, authority) = match base.trim_end_matches('/').split_once("://") {
        Some(("https", authority)) => (true, authority),
        Some(("http", authority)) => (false, authority),
        _ => return Err(wrong()),
    };
    let uri: hyper::Uri = format!("http://{authority}/").parse().map_err(|_| wrong())?;
    let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned();
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let address = (host.as_str(), port);
    let connect = tokio::time::timeout(Duration::from_secs(10), TcpStream::connect(address)).await;
    let stream = connect.map_err(|_| reach("no answer in 10 s".into()))?.map_err(|e| reach(e.to_string()))?;
    let request = hyper::Request::post("/api/v1/enrol")
        .header("host", authority)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|e| reach(e.to_string()))?;
    let answered = if secure {
        let mut roots = rustls::RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(|_| EnrolError::Token)?;
        roots.add(ca).map_err(|_| EnrolError::Token)?;
        let config = rustls::ClientConfig::builder_with_provider(vyavs_service::tls::provider())
            .with_protocol_versions(vyavs_service::tls::VERSIONS)
            .map_err(|e| reach(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.clone()).map_err(|_| wrong())?;
        let tls = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = tls.connect(name, stream).await.map_err(|e| reach(e.to_string()))?;
        exchange(TokioIo::new(stream), request).await
    } else {
        // Plain HTTP is only offered by a hub on this machine.
        let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !loopback {
            return Err(wrong());
        }
        exchange(TokioIo::new(stream), request).await
    };
    let (status, bytes) = answered.map_err(reach)?;
    if status == 200 || status == 201 {
        return Ok(bytes);
    }
    #[derive(Deserialize)]
    struct Problem {
        detail: String,
    }
    let detail = serde_json::from_slice::<Problem>(&bytes).map_or_else(|_| "no reason given".to_owned(), |p| p.detail);
    Err(EnrolError::Refused { status, detail })
}

async fn exchange<S>(io: TokioIo<S>, request: hyper::Request<Full<Bytes>>) -> Result<(u16, Bytes), String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let talk = async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.map_err(|e| e.to_string())?;
        let send = async {
            let answer = sender.send_request(request).await.map_err(|e| e.to_string())?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER).collect().await.map_err(|e| e.to_string())?;
            Ok((status, body.to_bytes()))
        };
        tokio::pin!(send);
        tokio::select! {
            answer = &mut send => answer,
            ended = connection => {
                ended.map_err(|e| e.to_string())?;
                send.await
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), talk).await.map_err(|_| "no answer in 30 s".to_owned())?
}
