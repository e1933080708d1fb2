//! The door: who gets in, who does not, and that nobody there keeps another waiting.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rumqttc::ConnectReturnCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use vyavs_hub::broker::{Admission, Ended};

use crate::broker_rig::{Ca, Leaf, PATIENCE, Raw, Rig, device_params, identity, serial_of};

/// Reads until the other side closes; what it said.
async fn read_to_close(stream: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("closed in time");
    said
}

/// A ClientHello of TLS 1.2: version 3.3 and no `supported_versions` (RFC 5246, 7.4.1.2).
fn tls12_hello() -> Vec<u8> {
    let extensions: &[u8] = &[
        0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x17, // supported_groups: secp256r1
        0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, // ec_point_formats: uncompressed
        0x00, 0x0d, 0x00, 0x06, 0x00, 0x04, 0x04, 0x03, 0x08, 0x04, // signature_algorithms
    ];
    let mut body = vec![0x03, 0x03];
    body.extend([7; 32]);
    body.extend([0x00, 0x00, 0x04, 0xc0, 0x2b, 0xc0, 0x2f, 0x01, 0x00]);
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(extensions);
    let mut hello = vec![0x01, 0x00];
    hello.extend((body.len() as u16).to_be_bytes());
    hello.extend(body);
    let mut record = vec![0x16, 0x03, 0x01];
    record.extend((hello.len() as u16).to_be_bytes());
    record.extend(hello);
    record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_and_slow_handshakes_keep_nobody_waiting() {
    let mut rig = Rig::start().await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(TcpStream::connect(rig.addr).await.expect("TCP"));
    }
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(rig.addr).await.expect("TCP");
        stream.write_all(&tls12_hello()[..9]).await.expect("written");
        slow.push(stream);
    }
    let started = Instant::now();
    rig.prove(identity(1, 1, 1)).await;
    assert!(started.elapsed() < Duration::from_millis(1_000), "{:?}", started.elapsed());
    // And they are not kept for ever.
    for mut stream in idle.into_iter().chain(slow) {
        read_to_close(&mut stream).await;
    }
    assert!(started.elapsed() < Duration::from_secs(4));
    rig.counted(Ended::HandshakeTimeout, 40).await;
    rig.prove(identity(1, 1, 1)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_before_authentication_are_bounded_per_address_and_in_all() {
    let mut rig = Rig::with(|config| config.max_pending_per_address = 5).await;
    let mut idle = Vec::new();
    for _ in 0..5 {
        idle.push(TcpStream::connect(rig.addr).await.expect("TCP"));
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut sixth = TcpStream::connect(rig.addr).await.expect("TCP");
    let started = Instant::now();
    read_to_close(&mut sixth).await;
    assert!(started.elapsed() < Duration::from_millis(500), "turned away at once");
    rig.counted(Ended::PendingFromAddress, 1).await;
    drop(idle);
    tokio::time::sleep(Duration::from_millis(200)).await;
    rig.prove(identity(1, 1, 1)).await;
    rig.stop().await;

    let mut rig = Rig::with(|config| config.max_connections = 2).await;
    let (one, two) = (rig.connect(identity(1, 1, 1)).await, rig.connect(identity(1, 1, 2)).await);
    let mut third = TcpStream::connect(rig.addr).await.expect("TCP");
    read_to_close(&mut third).await;
    rig.counted(Ended::Full, 1).await;
    one.bye().await;
    two.bye().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    rig.prove(identity(1, 1, 1)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_1_2_and_plain_text_are_refused() {
    let mut rig = Rig::start().await;
    let mut old = TcpStream::connect(rig.addr).await.expect("TCP");
    old.write_all(&tls12_hello()).await.expect("written");
    let said = read_to_close(&mut old).await;
    // An alert (21), fatal (2), protocol_version (70).
    assert_eq!((said.first(), &said[5..]), (Some(&21), &[2, 70][..]), "{said:02x?}");
    for plain in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x10, 0x0c, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 10, 0, 0]] {
        let mut stream = TcpStream::connect(rig.addr).await.expect("TCP");
        stream.write_all(plain).await.expect("written");
        let said = read_to_close(&mut stream).await;
        assert!(said.first().is_none_or(|first| *first == 21), "no MQTT to plain text: {said:02x?}");
    }
    rig.counted(Ended::Handshake, 3).await;
    assert_eq!(rig.gate.asked.load(Ordering::SeqCst), 0);
    rig.prove(identity(1, 1, 1)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_valid_client_certificate_of_our_ca_that_names_one_device_gets_as_far_as_mqtt() {
    let mut rig = Rig::start().await;
    let (me, other) = (identity(1, 1, 1), identity(1, 1, 2));
    rig.gate.set(me, Admission::Ok);
    rig.gate.set(other, Admission::Ok);
    let good = || device_params(&[me.to_string()], "device");
    let bent = |bend: &dyn Fn(&mut CertificateParams)| {
        let mut params = good();
        bend(&mut params);
        Some(rig.ca.sign(&params))
    };
    let self_signed = || {
        let key = KeyPair::generate().expect("a key");
        let certificate = good().self_signed(&key).expect("signed");
        Some(Leaf { chain: vec![certificate.der().clone()], key, pem: certificate.pem() })
    };
    let day = rcgen::date_time_ymd;
    let urns = |urns: &[String]| Some(rig.ca.sign(&device_params(urns, "device")));
    let refused: Vec<(&str, Option<Leaf>, Ended)> = vec![
        ("expired", bent(&|p| p.not_after = day(2021, 1, 1)), Ended::Handshake),
        ("not yet valid", bent(&|p| p.not_before = day(2090, 1, 1)), Ended::Handshake),
        ("another CA", Some(Ca::new("other CA").device(&me)), Ended::Handshake),
        ("another CA of the same name", Some(Ca::new("test CA").device(&me)), Ended::Handshake),
        ("self-signed", self_signed(), Ended::Handshake),
        ("a server's", bent(&|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]), Ended::Handshake),
        ("none", None, Ended::Handshake),
        ("no URN", urns(&[]), Ended::NoIdentity),
        ("two URNs", urns(&[me.to_string(), other.to_string()]), Ended::NoIdentity),
        ("a broken URN", urns(&["urn:vyavs:x:y:z".to_owned()]), Ended::NoIdentity),
        ("an upper-case URN", urns(&[me.to_string().to_uppercase()]), Ended::NoIdentity),
    ];
    for (what, leaf, why) in &refused {
        let before = rig.guard.count(*why);
        // In TLS 1.3 a client is done before the server has judged its certificate, so the refusal may come later.
        if let Ok(mut raw) = Raw::dial(rig.addr, &rig.ca, leaf.as_ref()).await {
            assert_eq!(raw.login(&me.to_string()).await, None, "{what}");
        }
        println!("{what}");
        rig.counted(*why, before + 1).await;
    }
    assert_eq!(rig.gate.asked.load(Ordering::SeqCst), 0, "nobody came as far as the register");

    // A valid certificate, and somebody else's client id.
    let leaf = rig.ca.device(&me);
    for foreign in [other.to_string(), me.device.to_string(), String::new(), format!("{me}x")] {
        let mut raw = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
        assert_eq!(raw.login(&foreign).await, Some(ConnectReturnCode::BadClientId), "{foreign:?}");
        assert!(raw.is_closed().await);
    }
    assert_eq!(rig.guard.count(Ended::ClientId), 4);
    assert_eq!(rig.gate.asked.load(Ordering::SeqCst), 0);

    let raw = rig.connect_as(me, &leaf).await;
    assert_eq!(*rig.gate.serials.lock().expect("not poisoned"), [serial_of(&leaf)]);
    assert_eq!(rig.guard.session(&me).expect("connected").cert_serial, serial_of(&leaf));
    raw.bye().await;
    rig.prove(me).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_or_revoked_device_is_told_so_and_a_silent_register_means_later() {
    let mut rig = Rig::start().await;
    let me = identity(1, 1, 1);
    let leaf = rig.ca.device(&me);
    let verdicts = [
        (Admission::Unknown, ConnectReturnCode::NotAuthorized, Ended::Unknown),
        (Admission::Revoked, ConnectReturnCode::NotAuthorized, Ended::Revoked),
        (Admission::Unavailable, ConnectReturnCode::ServiceUnavailable, Ended::GateSilent),
    ];
    for (admission, code, why) in verdicts {
        rig.gate.set(me, admission);
        let mut raw = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
        assert_eq!(raw.login(&me.to_string()).await, Some(code), "{admission:?}");
        assert!(raw.is_closed().await);
        assert_eq!(rig.guard.count(why), 1);
    }
    rig.prove(me).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_revoked_while_connected_is_cut_within_five_seconds() {
    let mut rig = Rig::start().await;
    let (me, other) = (identity(1, 1, 1), identity(1, 1, 2));
    let mut events = rig.guard.events();
    let (mut mine, mut theirs) = (rig.connect(me).await, rig.connect(other).await);
    rig.gate.set(me, Admission::Revoked);
    let started = Instant::now();
    assert!(rig.guard.cut(&me));
    assert!(mine.is_closed().await);
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    assert!(rig.guard.session(&me).is_none() && !rig.guard.cut(&me));
    let leaf = rig.ca.device(&me);
    let mut again = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
    assert_eq!(again.login(&me.to_string()).await, Some(ConnectReturnCode::NotAuthorized));
    theirs.publish(&vyavs_wire::topic::Topic::up(other).to_string(), b"still here").await;
    assert_eq!(rig.next().await.identity, other);
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(format!("{event:?}").split([' ', '(']).next().unwrap_or_default().to_owned());
    }
    assert_eq!(seen, ["Connected", "Connected", "Disconnected", "Refused"]);
    rig.stop().await;
}
