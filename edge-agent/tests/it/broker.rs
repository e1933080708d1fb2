//! A real broker, where mosquitto is installed: Zigbee2MQTT's JSON, SenML and Sparkplug B through it.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use vyavs_codec::senml::cbor_encode;
use vyavs_codec::sparkplug::{Metric, Payload, REBIRTH, Value};
use vyavs_domain::reading::Quality;
use vyavs_edge_agent::acquire::broker::{self, BrokerConfig};
use vyavs_edge_agent::health::InputState;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;

use crate::heard::{Input, section};

/// A mosquitto of our own; it ends with the test.
struct Mosquitto {
    child: Child,
    port: u16,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// None, with the reason printed, where it is not installed.
async fn mosquitto(folder: &Path, port: u16, password: Option<(&str, &str)>) -> Option<Mosquitto> {
    let found = |name: &str| {
        let bins = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin";
        bins.split(':').map(|bin| Path::new(bin).join(name)).find(|path| path.exists())
    };
    let Some(program) = found("mosquitto") else {
        eprintln!("skipped: mosquitto is not installed");
        return None;
    };
    let mut config = format!("listener {port} 127.0.0.1\npersistence false\nlog_dest none\n");
    match password {
        None => config += "allow_anonymous true\n",
        Some((user, password)) => {
            let Some(passwd) = found("mosquitto_passwd") else {
                eprintln!("skipped: mosquitto_passwd is not installed");
                return None;
            };
            let file = folder.join("passwd");
            let made = Command::new(passwd).args(["-b", "-c"]).arg(&file).args([user, password]).output();
            assert!(made.expect("it runs").status.success());
            config += &format!("allow_anonymous false\npassword_file {}\n", file.display());
        }
    }
    // It gives up its rights to another user, who must still reach the files.
    if let Ok(user) = Command::new("id").arg("-un").output() {
        config += &format!("user {}\n", String::from_utf8_lossy(&user.stdout).trim());
    }
    let path = folder.join("mosquitto.conf");
    std::fs::write(&path, config).expect("written");
    let child = Command::new(program).arg("-c").arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let broker = Mosquitto { child: child.expect("it starts"), port };
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Some(broker);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("mosquitto did not begin to listen");
}

/// A device, or a gateway: publishes, and hears what it subscribed to.
struct Peer {
    client: AsyncClient,
    poll: EventLoop,
}

impl Peer {
    async fn connect(id: &str, port: u16, hears: &str) -> Self {
        let mut options = MqttOptions::new(id, "127.0.0.1", port);
        options.set_keep_alive(Duration::from_secs(10));
        let (client, mut poll) = AsyncClient::new(options, 32);
        client.subscribe(hears, QoS::AtMostOnce).await.expect("room");
        while !matches!(poll.poll().await.expect("a broker"), Event::Incoming(Packet::SubAck(_))) {}
        Self { client, poll }
    }

    async fn say(&mut self, topic: &str, payload: impl Into<Vec<u8>>, retain: bool) {
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload).await.expect("room");
        while !matches!(self.poll.poll().await.expect("a broker"), Event::Incoming(Packet::PubAck(_))) {}
    }

    async fn hear(&mut self) -> (String, Vec<u8>) {
        let heard = async {
            loop {
                if let Event::Incoming(Packet::Publish(publish)) = self.poll.poll().await.expect("a broker") {
                    return (publish.topic, publish.payload.to_vec());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), heard).await.expect("a message in time")
    }
}

fn config(port: u16) -> BrokerConfig {
    section(&format!(
        r#"
        name = "local"
        address = "127.0.0.1:{port}"
        [[subscription]]
        topic = "zigbee2mqtt/+"
        format = "json"
        silent_s = 2
        every_s = 0
        sensors = [
            {{ value = "/temperature", measure = "temperature", id = "zigbee.t", low = -1.0, high = 5.0 }},
            {{ value = "/contact", measure = "door", invert = true, id = "zigbee.door" }},
            {{ value = "/pressure", measure = "pressure", scale = 100.0, id = "zigbee.p" }},
        ]
        [[subscription]]
        topic = "senml/#"
        format = "senml"
        every_s = 0
        sensors = [
            {{ value = "shop/fridge:t", measure = "temperature", id = "senml.t" }},
            {{ value = "shop/fridge:p", measure = "power", id = "senml.p" }},
        ]
        [[subscription]]
        topic = "cbor/fridge"
        format = "senml_cbor"
        every_s = 0
        sensors = [{{ value = "shop:h", measure = "humidity", id = "cbor.h" }}]
        [[subscription]]
        topic = "spBv1.0/shop/#"
        format = "sparkplug"
        every_s = 0
        sensors = [
            {{ value = "shop/gw/Temp", measure = "temperature", id = "spark.t" }},
            {{ value = "shop/gw/door/Open", measure = "door", id = "spark.door" }},
        ]"#
    ))
}

#[tokio::test]
async fn json_and_senml_of_a_real_broker_become_readings() {
    let (life, folder) = (Lifecycle::new(), tempfile::tempdir().expect("a folder"));
    let Some(broker) = mosquitto(folder.path(), free_port(), None).await else { return };
    let mut peer = Peer::connect("devices", broker.port, "nothing").await;
    // Retained: said some time ago, so no reading.
    peer.say("zigbee2mqtt/fridge", r#"{"temperature":99}"#, true).await;
    let config = config(broker.port);
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| broker::run(config, ctx, tx, handle, pulse));
    assert_eq!(input.declared().await.len(), 8);
    input.state(InputState::Running).await;
    let message = r#"{"battery":97,"contact":false,"linkquality":120,"pressure":1013.2,"temperature":4.37}"#;
    peer.say("zigbee2mqtt/fridge", message, false).await;
    assert_eq!(input.of("zigbee.t").await.0.value, 4.37, "the retained one is none");
    assert_eq!(input.of("zigbee.door").await.0.value, 1.0, "no contact: open");
    assert_eq!(input.of("zigbee.p").await.0.value, 101_320.0, "in Pa");
    peer.say("zigbee2mqtt/fridge", r#"{"temperature":null}"#, false).await;
    let (reading, why) = input.until("zigbee.t", Quality::Bad).await;
    assert!(reading.value == 4.37 && why.contains("null"), "{why}");

    let pack = r#"[{"bn":"shop/fridge:","n":"t","u":"Cel","v":3.5,"t":-10},{"n":"p","u":"kW","v":1.5}]"#;
    peer.say("senml/fridge", pack, false).await;
    let (reading, _) = input.of("senml.t").await;
    let age = Clock::system().now().duration_since(reading.at).as_secs_f64();
    assert!(reading.value == 3.5 && (9.0..20.0).contains(&age), "ten seconds ago: {age}");
    let (_, why) = input.until("senml.p", Quality::Bad).await;
    assert!(why.contains("\"kW\", expected \"W\""), "{why}");
    peer.say("cbor/fridge", cbor_encode("shop:", 0, &[("h", "%RH", 81.5)]), false).await;
    assert_eq!(input.until("cbor.h", Quality::Good).await.0.value, 81.5);
    peer.say("senml/fridge", "{", false).await;
    input.says("senml/fridge: not JSON").await;

    // Silence, then the broker goes: each has its cause; both heal.
    let (_, why) = input.until("zigbee.door", Quality::Bad).await;
    assert!(why.contains("nothing for"), "{why}");
    let port = broker.port;
    drop(broker);
    assert!(input.state(InputState::BackingOff).await.contains(&port.to_string()));
    let broker = mosquitto(folder.path(), port, None).await.expect("it was there before");
    input.state(InputState::Running).await;
    let mut peer = Peer::connect("devices", broker.port, "nothing").await;
    peer.say("zigbee2mqtt/fridge", r#"{"contact":true}"#, false).await;
    assert_eq!(input.until("zigbee.door", Quality::Good).await.0.value, 0.0);
    assert!(life.shutdown(Duration::from_secs(5)).await);
}

fn metric(name: Option<&str>, alias: u64, value: Value, kind: Option<u32>) -> Metric {
    Metric {
        name: name.map(str::to_owned),
        alias: Some(alias),
        value: Some(value),
        datatype: kind,
        ..Metric::default()
    }
}

fn payload(seq: Option<u64>, metrics: Vec<Metric>) -> Vec<u8> {
    let now = Clock::system().now().as_millisecond() as u64;
    Payload { at_ms: Some(now), metrics, seq }.encode()
}

#[tokio::test]
async fn a_sparkplug_node_is_asked_to_be_born_again_when_something_was_lost() {
    let (life, folder) = (Lifecycle::new(), tempfile::tempdir().expect("a folder"));
    let Some(broker) = mosquitto(folder.path(), free_port(), None).await else { return };
    let mut node = Peer::connect("gw", broker.port, "spBv1.0/shop/NCMD/gw").await;
    let config = config(broker.port);
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| broker::run(config, ctx, tx, handle, pulse));
    input.declared().await;
    input.state(InputState::Running).await;
    let asked = |(topic, command): (String, Vec<u8>)| {
        let command = Payload::decode(&command).expect("a payload");
        assert_eq!(topic, "spBv1.0/shop/NCMD/gw");
        assert_eq!(command.metrics[0].name.as_deref(), Some(REBIRTH));
        assert_eq!(command.metrics[0].typed(None), Some(Value::Bool(true)));
    };
    // Data before a birth: nothing is believed, and a birth is asked for.
    node.say("spBv1.0/shop/NDATA/gw", payload(Some(9), vec![metric(None, 1, Value::Number(9.0), None)]), false).await;
    asked(node.hear().await);
    let session = || metric(Some("bdSeq"), 0, Value::Integer(4), Some(8));
    let birth = vec![session(), metric(Some("Temp"), 1, Value::Number(4.5), Some(9))];
    node.say("spBv1.0/shop/NBIRTH/gw", payload(Some(0), birth), false).await;
    assert_eq!(input.of("spark.t").await.0.value, 4.5, "the birth's is the first");
    let door = vec![metric(Some("Open"), 2, Value::Bool(true), Some(11))];
    node.say("spBv1.0/shop/DBIRTH/gw/door", payload(Some(1), door), false).await;
    assert_eq!(input.of("spark.door").await.0.value, 1.0);
    let cold = vec![metric(None, 1, Value::Number(4.25), None)];
    node.say("spBv1.0/shop/NDATA/gw", payload(Some(2), cold.clone()), false).await;
    assert_eq!(input.of("spark.t").await.0.value, 4.25, "by its alias");
    // 3 was lost.
    node.say("spBv1.0/shop/DDATA/gw/door", payload(Some(4), vec![metric(None, 2, Value::Bool(false), None)]), false)
        .await;
    asked(node.hear().await);
    assert_eq!(input.of("spark.door").await.0.value, 0.0);
    input.says("message 4 after 2").await;
    // The death of this session: its values hold no more.
    node.say("spBv1.0/shop/NDEATH/gw", payload(None, vec![session()]), false).await;
    let (_, why) = input.until("spark.t", Quality::Bad).await;
    assert!(why.contains("death"), "{why}");
    input.until("spark.door", Quality::Bad).await;
    assert!(life.shutdown(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_broker_that_says_no_is_a_cause() {
    let (life, folder) = (Lifecycle::new(), tempfile::tempdir().expect("a folder"));
    let Some(broker) = mosquitto(folder.path(), free_port(), Some(("shop", "secret"))).await else { return };
    let (user, password) = (folder.path().join("user"), folder.path().join("password"));
    std::fs::write(&user, "shop\n").expect("written");
    std::fs::write(&password, "wrong\n").expect("written");
    let mut config = config(broker.port);
    config.user_file = Some(user);
    config.password_file = Some(password.clone());
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| broker::run(config, ctx, tx, handle, pulse));
    input.declared().await;
    assert!(input.state(InputState::BackingOff).await.contains("check user_file"));
    // The right password is read at the next attempt.
    std::fs::write(&password, "secret\n").expect("written");
    input.state(InputState::Running).await;
    assert!(life.shutdown(Duration::from_secs(5)).await);
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let refused = |change: fn(&mut BrokerConfig)| {
        let mut config = config(1883);
        change(&mut config);
        config.check().expect_err("refused").to_string()
    };
    assert!(refused(|config| config.address = "localhost".to_owned()).contains("host:port"));
    assert!(refused(|config| config.subscriptions[0].topic = "a/#/b".to_owned()).contains("whole levels"));
    assert!(refused(|config| config.subscriptions[0].sensors[0].value = "t".to_owned()).contains("JSON pointer"));
    assert!(refused(|config| config.subscriptions[0].sensors[0].scale = 0.0).contains("scale 0"));
    assert!(refused(|config| config.user_file = Some("a".into())).contains("belong together"));
}
