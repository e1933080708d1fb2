//! The hub's certificate for devices is renewed while it runs.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use rumqttc::{ConnectReturnCode, Packet};
use rustls::pki_types::CertificateDer;
use vyavs_hub::broker::{self, Admission, MqttConfig, ServerTls};
use vyavs_hub::identity::csr::VerifiedCsr;
use vyavs_hub::identity::{Keys, KeysConfig, RenewingCertificate};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::topic::Topic;

use crate::broker_rig::{Leaf, PATIENCE, Raw, Register, identity};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_shown_to_the_next_connection_and_the_last_one_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let keys = Keys::open(&KeysConfig { dir: dir.path().join("keys") }).expect("keys");
    let now = Clock::system().now();
    // The hub was started 368 days ago: its certificate is good for 29 more and due for renewal.
    let clock = Clock::manual(now - SignedDuration::from_hours(24 * 368));
    let certificate =
        RenewingCertificate::for_devices(keys.clone(), vec!["localhost".to_owned()], clock.clone()).expect("issued");
    let tls = ServerTls { ca: keys.authority().der().clone(), certificate };
    let config = MqttConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..MqttConfig::default() };
    let (gate, life) = (Arc::new(Register::default()), Lifecycle::new());
    let mut running = broker::start(&config, &tls, gate.clone(), clock.clone(), &life).await.expect("started");
    let at = running.listen.expect("embedded");

    let me = identity(1, 1, 1);
    gate.set(me, Admission::Ok);
    let other = identity(1, 1, 2);
    gate.set(other, Admission::Ok);
    let leaf = |who| {
        let key = rcgen::KeyPair::generate().expect("a key");
        let csr = rcgen::CertificateParams::default().serialize_request(&key).expect("a request").pem().expect("PEM");
        let request = VerifiedCsr::read(&csr).expect("well signed");
        let made = keys.authority().device(&request, who, now).expect("issued");
        let der = <CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(made.pem.as_bytes());
        Leaf { chain: vec![der.expect("PEM")], key, pem: made.pem }
    };
    let connect = async |who, leaf: &Leaf| {
        let mut raw = Raw::dial_at(at, keys.authority().der(), Some(leaf)).await.expect("TLS");
        assert_eq!(raw.login(&format!("{who}")).await, Some(ConnectReturnCode::Success));
        let shown = raw.tls.get_ref().1.peer_certificates().expect("a certificate")[0].clone().into_owned();
        (raw, shown)
    };
    let (mine, theirs) = (leaf(me), leaf(other));
    let (mut first, before) = connect(me, &mine).await;
    clock.set(now);
    let (_second, after) = connect(other, &theirs).await;
    assert_ne!(before, after, "a certificate of its own");
    first.publish(&Topic::up(me).to_string(), b"still here").await;
    assert!(matches!(first.next().await, Some(Packet::PubAck(_))));
    assert_eq!(running.link.next().await.expect("running").payload.as_ref(), b"still here");
    assert!(life.shutdown(PATIENCE).await, "every task ended");
}
