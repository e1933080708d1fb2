//! The HTTP port with TLS: 1.3, the hub's own CA, and nothing that a silent connection can hold up.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vyavs_hub::api;
use vyavs_hub::identity::{Keys, KeysConfig};
use vyavs_service::clock::Clock;
use vyavs_service::tls;

#[tokio::test]
async fn a_client_that_trusts_the_ca_is_answered_over_tls_1_3_and_no_other() {
    let dir = tempfile::tempdir().expect("a directory");
    let keys = Keys::open(&KeysConfig { dir: dir.path().join("keys") }).expect("keys");
    let config =
        api::tls_config(keys.clone(), vec!["hub.example".into(), "127.0.0.1".into()], Clock::system()).expect("TLS");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("bound");
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let router = axum::Router::new().route("/", axum::routing::get(async || "here"));
    let serving = tasks.spawn(api::serve(listener, router, Some(config), stop.clone()));
    // Connections that never say a word.
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(at).await.expect("a connection"));
    }
    let connect = async |pem: &str, name: &'static str, versions: &[&'static rustls::SupportedProtocolVersion]| {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")).expect("a CA");
        let config = rustls::ClientConfig::builder_with_provider(tls::provider())
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect(at).await.expect("a connection");
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        tokio::time::timeout(
            Duration::from_secs(5),
            connector.connect(ServerName::try_from(name).expect("a name"), socket),
        )
        .await
        .expect("in time")
    };
    for name in ["hub.example", "127.0.0.1"] {
        let socket = connect(keys.ca_pem(), name, tls::VERSIONS).await.expect("TLS");
        assert_eq!(socket.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.expect("HTTP");
        tasks.spawn(async move { connection.await.is_ok() });
        let request = hyper::Request::get("/").header("host", name).body(Empty::<Bytes>::new()).expect("a request");
        let answer =
            sender.send_request(request).await.expect("an answer").into_body().collect().await.expect("a body");
        assert_eq!(answer.to_bytes(), "here");
    }
    let foreign = Keys::open(&KeysConfig { dir: dir.path().join("foreign") }).expect("keys");
    assert!(connect(foreign.ca_pem(), "hub.example", tls::VERSIONS).await.is_err(), "another hub's CA");
    assert!(connect(keys.ca_pem(), "other.example", tls::VERSIONS).await.is_err(), "another name");
    // Plain HTTP gets no answer in HTTP.
    let mut plain = TcpStream::connect(at).await.expect("a connection");
    tokio::io::AsyncWriteExt::write_all(&mut plain, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), plain.read_to_end(&mut answer)).await.expect("it is ended");
    assert!(!answer.starts_with(b"HTTP"));
    // The silent ones do not hold up the end.
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(3), serving)
        .await
        .expect("it stops")
        .expect("no panic")
        .expect("no error");
}
