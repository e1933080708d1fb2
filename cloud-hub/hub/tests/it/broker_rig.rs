//! A running broker with a CA of its own, devices with certificates, and clients that may misbehave.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rumqttc::mqttbytes::QoS;
use rumqttc::{Connect, ConnectReturnCode, Packet, Publish, Subscribe};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use vyavs_domain::ids::DeviceIdentity;
use vyavs_hub::broker::{
    self, Admission, DeviceGate, Ended, Guard, HubLink, MqttConfig, ServerTls, UpMessage, Watchdog, peer_of,
};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_service::tls;
use vyavs_wire::topic::Topic;

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Device `n` of store `s` of organization `o`.
pub(crate) fn identity(o: u8, s: u8, n: u8) -> DeviceIdentity {
    let id = |kind: u8, number: u8| format!("00000000-0000-4000-8000-0000000{kind:02x}0{number:02x}");
    let store = id(2, o * 16 + s);
    let device = id(3, o * 64 + s * 8 + n);
    format!("urn:vyavs:{}:{store}:{device}", id(1, o)).parse().expect("an identity")
}

/// A certificate and its key.
pub(crate) struct Leaf {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: KeyPair,
    pub(crate) pem: String,
}

impl Leaf {
    pub(crate) fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()))
    }
}

/// A CA that can also make what it should not.
pub(crate) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).expect("signed");
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), der, pem }
    }

    pub(crate) fn sign(&self, params: &CertificateParams) -> Leaf {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        Leaf { chain: vec![certificate.der().clone()], key, pem: certificate.pem() }
    }

    pub(crate) fn device(&self, identity: &DeviceIdentity) -> Leaf {
        self.sign(&device_params(&[identity.to_string()], &identity.device.to_string()))
    }

    pub(crate) fn server(&self) -> Leaf {
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }
}

/// What a device certificate says; the matrix bends it.
pub(crate) fn device_params(urns: &[String], common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.subject_alt_names = urns.iter().map(|urn| SanType::URI(urn.as_str().try_into().expect("ASCII"))).collect();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// A register of devices in memory; whom it does not know is unknown.
#[derive(Debug, Default)]
pub(crate) struct Register {
    known: Mutex<HashMap<DeviceIdentity, Admission>>,
    pub(crate) asked: AtomicU64,
    pub(crate) serials: Mutex<Vec<String>>,
}

impl Register {
    pub(crate) fn set(&self, identity: DeviceIdentity, admission: Admission) {
        self.known.lock().expect("not poisoned").insert(identity, admission);
    }
}

impl DeviceGate for Register {
    async fn admit(&self, identity: &DeviceIdentity, cert_serial: &str) -> Admission {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.serials.lock().expect("not poisoned").push(cert_serial.to_owned());
        self.known.lock().expect("not poisoned").get(identity).copied().unwrap_or(Admission::Unknown)
    }
}

pub(crate) struct Rig {
    pub(crate) ca: Ca,
    pub(crate) gate: Arc<Register>,
    pub(crate) life: Lifecycle,
    pub(crate) guard: Guard,
    pub(crate) link: HubLink,
    pub(crate) watchdog: Option<Watchdog>,
    pub(crate) addr: SocketAddr,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With short waits; `bend` changes what a test is about.
    pub(crate) async fn with(bend: impl FnOnce(&mut MqttConfig)) -> Self {
        let ca = Ca::new("test CA");
        let server = ca.server();
        let mut config =
            MqttConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), handshake_ms: 1_500, ..MqttConfig::default() };
        bend(&mut config);
        let tls = ServerTls::from_pem(ca.pem.as_bytes(), server.pem.as_bytes(), server.key.serialize_pem().as_bytes())
            .expect("PEM");
        let (gate, life) = (Arc::new(Register::default()), Lifecycle::new());
        let running = broker::start(&config, &tls, gate.clone(), Clock::system(), &life).await.expect("started");
        let addr = running.listen.expect("embedded");
        Self { ca, gate, life, guard: running.guard, link: running.link, watchdog: running.watchdog, addr }
    }

    /// Enrols it.
    pub(crate) fn device(&self, identity: DeviceIdentity) -> Leaf {
        self.gate.set(identity, Admission::Ok);
        self.ca.device(&identity)
    }

    /// An enrolled device, connected.
    pub(crate) async fn connect(&self, identity: DeviceIdentity) -> Raw {
        let leaf = self.device(identity);
        self.connect_as(identity, &leaf).await
    }

    pub(crate) async fn connect_as(&self, identity: DeviceIdentity, leaf: &Leaf) -> Raw {
        let mut raw = Raw::dial(self.addr, &self.ca, Some(leaf)).await.expect("TLS");
        let code = raw.login(&identity.to_string()).await;
        assert_eq!(code, Some(ConnectReturnCode::Success), "{identity}");
        raw
    }

    /// The next message of any device.
    pub(crate) async fn next(&mut self) -> UpMessage {
        timeout(PATIENCE, self.link.next()).await.expect("a message in time").expect("running")
    }

    /// Nothing comes for a moment.
    pub(crate) async fn nothing_comes(&mut self) {
        if let Ok(Some(message)) = timeout(Duration::from_millis(300), self.link.next()).await {
            panic!("a message of {} came through: {:?}", message.identity, message.payload);
        }
    }

    /// A failed handshake is counted just after the other side saw it fail.
    pub(crate) async fn counted(&self, why: Ended, times: u64) {
        for _ in 0..200 {
            if self.guard.count(why) >= times {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.guard.count(why), times, "{why}: {:?}", self.guard.counts());
    }

    /// All is well: a good device publishes and receives.
    pub(crate) async fn prove(&mut self, who: DeviceIdentity) {
        let mut device = self.connect(who).await;
        device.subscribe(&Topic::down(who).to_string()).await.expect("granted");
        device.publish(&Topic::up(who).to_string(), b"proof").await;
        assert!(matches!(device.next().await, Some(Packet::PubAck(_))));
        let message = self.next().await;
        assert_eq!((message.identity, message.payload.as_ref()), (who, &b"proof"[..]));
        self.link.publish(who, b"answer".to_vec()).await.expect("taken");
        match device.next().await {
            Some(Packet::Publish(publish)) => {
                assert_eq!(publish.topic, Topic::down(who).to_string());
                assert_eq!(publish.payload.as_ref(), b"answer");
            }
            other => panic!("{other:?} instead of the hub's answer"),
        }
        device.bye().await;
    }

    pub(crate) async fn stop(self) {
        assert!(self.life.shutdown(PATIENCE).await, "every task ended");
    }
}

/// TLS to the broker with any certificate or none.
pub(crate) fn client_config(ca: &CertificateDer<'static>, leaf: Option<&Leaf>) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.clone()).expect("a CA");
    let builder = rustls::ClientConfig::builder_with_provider(tls::provider())
        .with_protocol_versions(tls::VERSIONS)
        .expect("TLS 1.3")
        .with_root_certificates(roots);
    match leaf {
        Some(leaf) => builder.with_client_auth_cert(leaf.chain.clone(), leaf.key_der()).expect("a pair"),
        None => builder.with_no_client_auth(),
    }
}

/// A device that says what it likes.
pub(crate) struct Raw {
    pub(crate) tls: TlsStream<TcpStream>,
    buffer: BytesMut,
    pkid: u16,
}

impl Raw {
    pub(crate) async fn dial(addr: SocketAddr, ca: &Ca, leaf: Option<&Leaf>) -> io::Result<Self> {
        Self::dial_at(addr, &ca.der, leaf).await
    }

    pub(crate) async fn dial_at(
        addr: SocketAddr,
        ca: &CertificateDer<'static>,
        leaf: Option<&Leaf>,
    ) -> io::Result<Self> {
        let tcp = TcpStream::connect(addr).await?;
        tcp.set_nodelay(true)?;
        let connector = tokio_rustls::TlsConnector::from(Arc::new(client_config(ca, leaf)));
        let tls = connector.connect(ServerName::try_from("localhost").expect("a name"), tcp).await?;
        Ok(Self { tls, buffer: BytesMut::new(), pkid: 0 })
    }

    pub(crate) async fn send(&mut self, packet: &Packet) {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, 1 << 20).expect("fits");
        self.send_bytes(&bytes).await;
    }

    /// What the other side does with it is seen when reading.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.tls.write_all(bytes).await;
        let _ = self.tls.flush().await;
    }

    /// The next packet; `None` when the connection is closed.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        timeout(PATIENCE, async {
            loop {
                match Packet::read(&mut self.buffer, 1 << 20) {
                    Ok(packet) => return Some(packet),
                    Err(rumqttc::mqttbytes::Error::InsufficientBytes(_)) => {}
                    Err(error) => panic!("the broker sent what is not MQTT: {error}"),
                }
                match self.tls.read_buf(&mut self.buffer).await {
                    Ok(0) | Err(_) => return None,
                    Ok(_) => {}
                }
            }
        })
        .await
        .expect("an answer or a close in time")
    }

    /// Nothing more comes and the connection is closed.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.next().await.is_none()
    }

    /// What CONNACK says; `None` when there is none.
    pub(crate) async fn login(&mut self, client_id: &str) -> Option<ConnectReturnCode> {
        self.login_with(Connect::new(client_id)).await
    }

    pub(crate) async fn login_with(&mut self, connect: Connect) -> Option<ConnectReturnCode> {
        self.send(&Packet::Connect(connect)).await;
        match self.next().await? {
            Packet::ConnAck(ack) => Some(ack.code),
            other => panic!("{other:?} instead of CONNACK"),
        }
    }

    fn pkid(&mut self) -> u16 {
        self.pkid += 1;
        self.pkid
    }

    pub(crate) async fn publish(&mut self, topic: &str, payload: &[u8]) {
        let pkid = self.pkid();
        self.send(&Packet::Publish(Publish { pkid, ..Publish::new(topic, QoS::AtLeastOnce, payload) })).await;
    }

    /// `None` when the connection was closed instead.
    pub(crate) async fn subscribe(&mut self, filter: &str) -> Option<()> {
        let pkid = self.pkid();
        self.send(&Packet::Subscribe(Subscribe { pkid, ..Subscribe::new(filter, QoS::AtLeastOnce) })).await;
        match self.next().await? {
            Packet::SubAck(ack) => {
                assert_eq!(ack.pkid, pkid);
                Some(())
            }
            other => panic!("{other:?} instead of SUBACK"),
        }
    }

    /// In good order; what was still to come is read first.
    pub(crate) async fn bye(mut self) {
        self.send(&Packet::Disconnect).await;
        while self.next().await.is_some() {}
    }
}

/// Writes PEM files as a broker or a client wants them.
pub(crate) fn write_leaf(dir: &Path, name: &str, leaf: &Leaf) {
    std::fs::write(dir.join(format!("{name}.pem")), &leaf.pem).expect("written");
    std::fs::write(dir.join(format!("{name}.key")), leaf.key.serialize_pem()).expect("written");
}

/// The serial number the gate should be asked about.
pub(crate) fn serial_of(leaf: &Leaf) -> String {
    peer_of(&leaf.chain[0]).expect("names a device").serial
}
