//! The same link and the same policy with a broker that is not ours: mosquitto, with the files the hub writes for it.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rcgen::ExtendedKeyUsagePurpose;
use rumqttc::mqttbytes::QoS;
use rumqttc::{ConnectReturnCode, Packet, Publish};
use tokio::time::timeout;
use vyavs_hub::broker::acl::{MosquittoFiles, mosquitto_acl, mosquitto_conf};
use vyavs_hub::broker::{self, ExternalBroker, ExternalTls, HubLink, MqttConfig, ServerTls};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::topic::{HEARTBEAT, Topic};

use crate::broker_rig::{Ca, PATIENCE, Raw, Register, device_params, identity, write_leaf};

/// Ends with the test.
struct Mosquitto(Child);

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where Debian puts it, which is not on everybody's path.
fn program() -> Option<&'static str> {
    ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
        .into_iter()
        .find(|program| Command::new(program).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok())
}

fn start(program: &str, conf: &Path) -> Mosquitto {
    let quiet = Command::new(program).arg("-c").arg(conf).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Mosquitto(quiet.expect("mosquitto starts"))
}

async fn next(link: &mut HubLink) -> (vyavs_domain::ids::DeviceIdentity, Vec<u8>) {
    let message = timeout(PATIENCE, link.next()).await.expect("a message in time").expect("running");
    (message.identity, message.payload.to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mosquitto_carries_what_our_own_broker_carries_under_the_same_policy() {
    let Some(program) = program() else {
        assert!(
            std::env::var_os("VYAVS_REQUIRE_PEERS").is_none(),
            "VYAVS_REQUIRE_PEERS is set and mosquitto is not installed"
        );
        println!("skipped: mosquitto is not installed (Debian: apt install mosquitto)");
        return;
    };
    let (dir, ca, life) = (tempfile::tempdir().expect("a directory"), Ca::new("test CA"), Lifecycle::new());
    let file = |name: &str| dir.path().join(name);
    let (me, other) = (identity(1, 1, 1), identity(1, 1, 2));
    std::fs::write(file("ca.pem"), &ca.pem).expect("written");
    write_leaf(dir.path(), "server", &ca.server());
    let mut hub = device_params(&[], "vyavs-hub");
    hub.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    write_leaf(dir.path(), "hub", &ca.sign(&hub));
    std::fs::write(file("acl"), mosquitto_acl("vyavs-hub", [&me, &other])).expect("written");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let (ca_file, cert, key, acl) = (file("ca.pem"), file("server.pem"), file("server.key"), file("acl"));
    let conf = mosquitto_conf(port, MosquittoFiles { ca: &ca_file, cert: &cert, key: &key, acl: &acl });
    // Started as root it would become another user, who may not read this directory.
    std::fs::write(file("mosquitto.conf"), format!("user root\n{conf}")).expect("written");
    let mosquitto = start(program, &file("mosquitto.conf"));

    let tls = ExternalTls { ca_file, cert_file: Some(file("hub.pem")), key_file: Some(file("hub.key")) };
    let external = ExternalBroker {
        host: "localhost".to_owned(),
        port,
        client_id: "vyavs-hub".to_owned(),
        username: None,
        password_file: None,
        tls: Some(tls),
    };
    let config = MqttConfig { external: Some(external), ..MqttConfig::default() };
    let unused = ca.server();
    let unused = ServerTls::fixed(ca.der.clone(), unused.chain.clone(), unused.key_der()).expect("a pair");
    let running = broker::start(&config, &unused, Arc::new(Register::default()), Clock::system(), &life).await;
    let mut running = running.expect("started");
    assert!(running.listen.is_none() && running.watchdog.is_none(), "the hub is only a client");
    let link = &mut running.link;
    timeout(PATIENCE, link.publisher().up()).await.expect("in time").expect("running");

    // Both ways.
    let addr = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let connect = async |who| {
        let mut raw = Raw::dial(addr, &ca, Some(&ca.device(&who))).await.expect("TLS");
        assert_eq!(raw.login(&who.to_string()).await, Some(ConnectReturnCode::Success));
        raw
    };
    let mut mine = connect(me).await;
    mine.subscribe(&Topic::down(me).to_string()).await.expect("granted");
    for n in 0..150u8 {
        mine.publish(&Topic::up(me).to_string(), &[n]).await;
        assert_eq!(next(link).await, (me, vec![n]));
        assert!(matches!(mine.next().await, Some(Packet::PubAck(_))));
    }
    link.publish(me, b"answer".to_vec()).await.expect("taken");
    match mine.next().await {
        Some(Packet::Publish(publish)) => assert_eq!(publish.payload.as_ref(), b"answer"),
        other => panic!("{other:?} instead of the hub's answer"),
    }

    // No more than its own: what it may not publish is dropped, what it may not read is not granted.
    let mut theirs = connect(other).await;
    for topic in
        [Topic::up(me).to_string(), Topic::down(me).to_string(), Topic::down(other).to_string(), HEARTBEAT.to_owned()]
    {
        theirs.publish(&topic, b"foreign").await;
        assert!(matches!(theirs.next().await, Some(Packet::PubAck(_))), "mosquitto says yes and drops it");
    }
    for filter in ["#", "v1/+/+/+/up", "$SYS/#", &Topic::down(me).to_string(), &Topic::up(me).to_string()] {
        theirs.subscribe(filter).await.expect("mosquitto grants it and delivers nothing");
    }
    mine.publish(&Topic::up(me).to_string(), b"mine").await;
    assert_eq!(next(link).await, (me, b"mine".to_vec()), "nothing foreign came before it");
    assert!(matches!(mine.next().await, Some(Packet::PubAck(_))), "and nothing foreign came here");
    link.publish(me, b"for me".to_vec()).await.expect("taken");
    assert!(matches!(mine.next().await, Some(Packet::Publish(_))));
    tokio::time::sleep(Duration::from_millis(200)).await;
    theirs.send(&Packet::PingReq).await;
    assert_eq!(theirs.next().await, Some(Packet::PingResp), "neither the other's up nor its down came here");
    let up = Topic::up(other).to_string();
    theirs
        .send(&Packet::Publish(Publish { pkid: 60, retain: true, ..Publish::new(up, QoS::AtLeastOnce, b"x".to_vec()) }))
        .await;
    assert!(theirs.is_closed().await, "retained messages are switched off");

    // Revoked: the file is written again, and mosquitto told.
    std::fs::write(file("acl"), mosquitto_acl("vyavs-hub", [&other])).expect("written");
    assert!(Command::new("kill").args(["-HUP", &mosquitto.0.id().to_string()]).status().expect("sent").success());
    tokio::time::sleep(Duration::from_millis(300)).await;
    mine.publish(&Topic::up(me).to_string(), b"revoked").await;
    assert!(matches!(mine.next().await, Some(Packet::PubAck(_))));
    link.publish(me, b"revoked".to_vec()).await.expect("taken");
    let mut theirs = connect(other).await;
    theirs.publish(&Topic::up(other).to_string(), b"next").await;
    assert_eq!(next(link).await, (other, b"next".to_vec()), "the revoked one's did not come");
    mine.send(&Packet::PingReq).await;
    assert_eq!(mine.next().await, Some(Packet::PingResp), "nor did the hub's go there");
    std::fs::write(file("acl"), mosquitto_acl("vyavs-hub", [&me, &other])).expect("written");

    // The broker dies and comes back: so does the link, subscribed.
    drop(mosquitto);
    for _ in 0..200 {
        if !link.is_up() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!link.is_up());
    let waiting = link.publisher();
    waiting.publish(me, b"nobody there".to_vec()).await.expect("queued");
    let _mosquitto = start(program, &file("mosquitto.conf"));
    timeout(PATIENCE, link.publisher().up()).await.expect("in time").expect("running");
    let mut mine = connect(me).await;
    mine.publish(&Topic::up(me).to_string(), b"back").await;
    assert_eq!(next(link).await, (me, b"back".to_vec()));
    assert!(life.shutdown(PATIENCE).await, "every task ended");
}

#[tokio::test]
async fn a_wrong_external_broker_is_told_at_the_start_with_file_and_field() {
    let ca = Ca::new("test CA");
    let server = ca.server();
    let unused = ServerTls::fixed(ca.der.clone(), server.chain.clone(), server.key_der()).expect("a pair");
    let refused = async |text: &str| {
        let config: MqttConfig = toml::from_str(text).expect("valid TOML");
        let gate = Arc::new(Register::default());
        broker::start(&config, &unused, gate, Clock::system(), &Lifecycle::new())
            .await
            .expect_err("refused")
            .to_string()
    };
    let plain = refused("external = { host = \"broker.example\", port = 1883 }").await;
    assert!(plain.contains("broker.example") && plain.contains("[mqtt.external.tls]"), "{plain}");
    let file =
        refused("external = { host = \"broker.example\", port = 8883, tls = { ca_file = \"/nowhere/ca.pem\" } }").await;
    assert!(file.contains("/nowhere/ca.pem"), "{file}");
}
