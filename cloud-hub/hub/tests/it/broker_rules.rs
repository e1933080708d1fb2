//! What a connected device may say, what it hears, and that nothing it does reaches or hurts anybody else.

use std::time::{Duration, Instant};

use rumqttc::mqttbytes::QoS;
use rumqttc::{
    Connect, ConnectReturnCode, LastWill, Packet, PubAck, PubRec, Publish, Subscribe, SubscribeFilter, Unsubscribe,
};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_hub::broker::{Ended, SessionEvent};
use vyavs_service::config::ByteSize;
use vyavs_wire::MAX_PAYLOAD;
use vyavs_wire::topic::{HEARTBEAT, Topic};

use crate::broker_rig::{Raw, Rig, client_config, identity};

fn all() -> Vec<DeviceIdentity> {
    let pairs = [(1, 1), (1, 2), (2, 1), (2, 2)];
    pairs.into_iter().flat_map(|(o, s)| [identity(o, s, 1), identity(o, s, 2)]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_2_organizations_2_stores_2_devices_none_reaches_or_reads_another() {
    let mut rig = Rig::start().await;
    let devices = all();
    let topics: Vec<Topic> = devices.iter().flat_map(|id| [Topic::up(*id), Topic::down(*id)]).collect();
    let leaves: Vec<_> = devices.iter().map(|id| rig.device(*id)).collect();
    let (mut allowed, mut denied) = (0, 0);
    for (me, leaf) in devices.iter().zip(&leaves) {
        for topic in &topics {
            // Publish: only to the own up.
            let mut raw = rig.connect_as(*me, leaf).await;
            raw.publish(&topic.to_string(), me.to_string().as_bytes()).await;
            if *topic == Topic::up(*me) {
                assert!(matches!(raw.next().await, Some(Packet::PubAck(_))));
                let message = rig.next().await;
                assert_eq!((message.identity, message.payload.as_ref()), (*me, me.to_string().as_bytes()));
                raw.bye().await;
                allowed += 1;
            } else {
                assert!(raw.is_closed().await, "{me} published to {topic}");
                denied += 1;
            }
            // Subscribe: only to the own down.
            let mut raw = rig.connect_as(*me, leaf).await;
            let granted = raw.subscribe(&topic.to_string()).await.is_some();
            assert_eq!(granted, *topic == Topic::down(*me), "{me} subscribed to {topic}");
            if granted {
                raw.bye().await;
                allowed += 1;
            } else {
                denied += 1;
            }
        }
    }
    assert_eq!((allowed, denied), (16, 240));
    rig.nothing_comes().await;

    // The other direction: each hears its own and nothing else.
    let mut listening = Vec::new();
    for (me, leaf) in devices.iter().zip(&leaves) {
        let mut raw = rig.connect_as(*me, leaf).await;
        raw.subscribe(&Topic::down(*me).to_string()).await.expect("granted");
        listening.push((*me, raw));
    }
    for me in &devices {
        rig.link.publish(*me, me.to_string().into_bytes()).await.expect("taken");
    }
    for (me, raw) in &mut listening {
        match raw.next().await {
            Some(Packet::Publish(publish)) => assert_eq!(publish.payload.as_ref(), me.to_string().as_bytes()),
            other => panic!("{other:?}"),
        }
        raw.send(&Packet::PingReq).await;
        assert_eq!(raw.next().await, Some(Packet::PingResp), "nothing else came to {me}");
    }
    assert_eq!(rig.guard.count(Ended::PublishTopic) + rig.guard.count(Ended::SubscribeFilter), 240);
    rig.prove(identity(2, 2, 7)).await;
    rig.stop().await;
}

/// One thing a device may not do, and what it is counted as.
type Crime = (&'static str, Vec<u8>, Ended);

fn bytes_of(packet: Packet) -> Vec<u8> {
    let mut bytes = bytes::BytesMut::new();
    packet.write(&mut bytes, 1 << 20).expect("fits");
    bytes.to_vec()
}

fn crimes(me: DeviceIdentity) -> Vec<Crime> {
    let (up, down) = (Topic::up(me).to_string(), Topic::down(me).to_string());
    let publish = |topic: &str| Publish { pkid: 1, ..Publish::new(topic, QoS::AtLeastOnce, b"x".to_vec()) };
    let at = |topic: &str| bytes_of(Packet::Publish(publish(topic)));
    let subscribe =
        |filter: &str, qos| bytes_of(Packet::Subscribe(Subscribe { pkid: 1, ..Subscribe::new(filter, qos) }));
    let two = [&down, "v1/+/+/+/up"].map(|path| SubscribeFilter::new(path.to_owned(), QoS::AtMostOnce));
    let oversize = Publish { payload: vec![0; MAX_PAYLOAD + 1].into(), ..publish(&up) };
    let huge = Publish { payload: vec![0; 3 * MAX_PAYLOAD].into(), ..publish(&up) };
    // A topic that is not UTF-8: the codec would not write it, so its length is bent by hand.
    let mut not_utf8 = at("é/x");
    not_utf8[4] = 0xff;
    vec![
        ("a topic beyond ASCII", at("é/x"), Ended::PublishTopic),
        ("a topic beyond UTF-8", not_utf8, Ended::Malformed),
        ("an empty topic", at(""), Ended::PublishTopic),
        ("the own topic in capitals", at(&up.to_uppercase()), Ended::PublishTopic),
        ("one level more", at(&format!("{up}/x")), Ended::PublishTopic),
        ("the hub's heartbeat", at(HEARTBEAT), Ended::PublishTopic),
        ("a $ topic", at("$SYS/broker"), Ended::PublishTopic),
        ("a wildcard in a topic", at("v1/#"), Ended::PublishTopic),
        ("retained", bytes_of(Packet::Publish(Publish { retain: true, ..publish(&up) })), Ended::Retain),
        ("QoS 2", bytes_of(Packet::Publish(Publish { qos: QoS::ExactlyOnce, ..publish(&up) })), Ended::Qos2),
        (
            "QoS 3",
            {
                let mut bytes = at(&up);
                bytes[0] |= 0b0110;
                bytes
            },
            Ended::Malformed,
        ),
        (
            "packet id 0",
            {
                let mut bytes = at(&up);
                let at = 4 + up.len();
                bytes[at + 1] = 0;
                bytes
            },
            Ended::Malformed,
        ),
        ("one byte too many", bytes_of(Packet::Publish(oversize)), Ended::Oversize),
        ("a huge payload", bytes_of(Packet::Publish(huge)), Ended::Malformed),
        ("a length beyond all", vec![0x30, 0xff, 0xff, 0xff, 0x7f], Ended::Malformed),
        ("a length without end", vec![0x30, 0xff, 0xff, 0xff, 0xff, 0xff], Ended::Malformed),
        ("subscribe #", subscribe("#", QoS::AtMostOnce), Ended::SubscribeFilter),
        ("subscribe +/#", subscribe("+/#", QoS::AtLeastOnce), Ended::SubscribeFilter),
        ("subscribe $SYS/#", subscribe("$SYS/#", QoS::AtMostOnce), Ended::SubscribeFilter),
        ("subscribe the heartbeat", subscribe(HEARTBEAT, QoS::AtMostOnce), Ended::SubscribeFilter),
        ("subscribe shared", subscribe(&format!("$share/g/{down}"), QoS::AtLeastOnce), Ended::SubscribeFilter),
        ("subscribe beyond ASCII", subscribe("é", QoS::AtMostOnce), Ended::SubscribeFilter),
        ("subscribe the own up", subscribe(&up, QoS::AtLeastOnce), Ended::SubscribeFilter),
        ("subscribe at QoS 2", subscribe(&down, QoS::ExactlyOnce), Ended::Qos2),
        (
            "subscribe two",
            bytes_of(Packet::Subscribe(Subscribe { pkid: 2, ..Subscribe::new_many(two) })),
            Ended::SubscribeFilter,
        ),
        ("subscribe nothing", vec![0x82, 0x02, 0x00, 0x01], Ended::Malformed),
        (
            "unsubscribe",
            bytes_of(Packet::Unsubscribe(Unsubscribe { pkid: 3, ..Unsubscribe::new(down.clone()) })),
            Ended::NotForDevices,
        ),
        ("an acknowledgement of nothing", bytes_of(Packet::PubAck(PubAck::new(1))), Ended::BadAck),
        ("a PUBREC", bytes_of(Packet::PubRec(PubRec::new(1))), Ended::Qos2),
        ("a second CONNECT", bytes_of(Packet::Connect(Connect::new(me.to_string()))), Ended::SecondConnect),
        ("what only a server says", vec![0xd0, 0x00], Ended::NotForDevices),
        ("garbage", vec![0xff; 300], Ended::Malformed),
        ("zeros", vec![0; 300], Ended::Malformed),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n".to_vec(), Ended::Malformed),
        ("a PINGREQ with a body", vec![0xc0, 0x01, 0x00], Ended::Malformed),
        ("reserved flags", vec![0x83, 0x02, 0x00, 0x01], Ended::Malformed),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_a_device_may_not_do_ends_its_connection_is_counted_and_hurts_nobody() {
    let mut rig = Rig::start().await;
    let (me, good) = (identity(1, 1, 1), identity(1, 1, 2));
    let leaf = rig.device(me);
    let mut bystander = rig.connect(good).await;
    bystander.subscribe(&Topic::down(good).to_string()).await.expect("granted");
    for (what, bytes, why) in crimes(me) {
        let before = rig.guard.count(why);
        let mut raw = rig.connect_as(me, &leaf).await;
        raw.send_bytes(&bytes).await;
        assert!(raw.is_closed().await, "{what}");
        assert_eq!(rig.guard.count(why), before + 1, "{what}: {:?}", rig.guard.counts());
        assert!(rig.guard.session(&me).is_none(), "{what}");
    }
    rig.nothing_comes().await;

    let mut refused: Vec<(&str, Connect, Ended, ConnectReturnCode)> = Vec::new();
    let mut bent = |what, why, bend: &dyn Fn(&mut Connect)| {
        let mut connect = Connect::new(me.to_string());
        bend(&mut connect);
        refused.push((what, connect, why, ConnectReturnCode::NotAuthorized));
    };
    let will = |topic: String, retain| Some(LastWill::new(topic, "gone", QoS::AtLeastOnce, retain));
    bent("a will on the own topic", Ended::Will, &|c| c.last_will = will(Topic::up(me).to_string(), false));
    bent("a retained will elsewhere", Ended::Will, &|c| c.last_will = will(Topic::up(good).to_string(), true));
    bent("a persistent session", Ended::CleanSession, &|c| c.clean_session = false);
    bent("keep-alive 0", Ended::KeepAlive, &|c| c.keep_alive = 0);
    bent("keep-alive of hours", Ended::KeepAlive, &|c| c.keep_alive = u16::MAX);
    for (what, connect, why, code) in refused {
        let before = rig.guard.count(why);
        let mut raw = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
        assert_eq!(raw.login_with(connect).await, Some(code), "{what}");
        assert!(raw.is_closed().await, "{what}");
        assert_eq!(rig.guard.count(why), before + 1, "{what}");
    }

    // Instead of CONNECT, or a CONNECT of another version.
    let level = |level: u8| {
        let mut bytes = bytes_of(Packet::Connect(Connect::new(me.to_string())));
        let at = bytes.windows(4).position(|window| window == b"MQTT").expect("a name") + 4;
        bytes[at] = level;
        bytes
    };
    let first: Vec<(&str, Vec<u8>, Ended, Option<ConnectReturnCode>)> = vec![
        ("MQTT 5", level(5), Ended::Version, Some(ConnectReturnCode::RefusedProtocolVersion)),
        ("MQTT 3.1", level(3), Ended::Version, Some(ConnectReturnCode::RefusedProtocolVersion)),
        ("PUBLISH first", crimes(me).swap_remove(0).1, Ended::NotConnect, None),
        ("PINGREQ first", vec![0xc0, 0x00], Ended::NotConnect, None),
        ("garbage first", vec![0xff; 64], Ended::Malformed, None),
        ("20 KiB of a CONNECT", [&[0x10, 0x80, 0x80, 0x04][..], &[0; 20_480]].concat(), Ended::PreAuthBytes, None),
    ];
    for (what, bytes, why, code) in first {
        let before = rig.guard.count(why);
        let mut raw = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
        raw.send_bytes(&bytes).await;
        match (raw.next().await, code) {
            (Some(Packet::ConnAck(ack)), Some(code)) => assert_eq!(ack.code, code, "{what}"),
            (None, None) => {}
            (got, _) => panic!("{what}: {got:?}"),
        }
        println!("{what}");
        rig.counted(why, before + 1).await;
    }

    // The bystander noticed nothing, and a new device finds all well.
    rig.link.publish(good, b"hello".to_vec()).await.expect("taken");
    assert!(matches!(bystander.next().await, Some(Packet::Publish(_))));
    rig.prove(me).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_packet_and_then_silence_ends_in_time_before_and_after_connect() {
    let mut rig = Rig::start().await;
    let me = identity(1, 1, 1);
    let leaf = rig.device(me);
    // Before: 1.5 s here for a whole CONNECT.
    let started = Instant::now();
    let mut half = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
    half.send_bytes(&bytes_of(Packet::Connect(Connect::new(me.to_string())))[..20]).await;
    assert!(half.is_closed().await);
    assert!((1_400..3_000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    assert_eq!(rig.guard.count(Ended::ConnectTimeout), 1);
    // After: one and a half keep-alives.
    let mut raw = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
    let connect = Connect { keep_alive: 1, ..Connect::new(me.to_string()) };
    assert_eq!(raw.login_with(connect).await, Some(ConnectReturnCode::Success));
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(900)).await;
        raw.send(&Packet::PingReq).await;
        assert_eq!(raw.next().await, Some(Packet::PingResp), "pings keep it open");
    }
    let started = Instant::now();
    let publish = Publish { pkid: 1, ..Publish::new(Topic::up(me).to_string(), QoS::AtLeastOnce, vec![7; 500]) };
    raw.send_bytes(&bytes_of(Packet::Publish(publish))[..200]).await;
    assert!(raw.is_closed().await);
    assert!((1_400..2_500).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    assert_eq!(rig.guard.count(Ended::Silent), 1);
    rig.nothing_comes().await;
    rig.prove(me).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_connection_of_an_identity_wins_and_a_clone_is_set_aside_for_a_minute() {
    let mut rig = Rig::start().await;
    let (me, good) = (identity(1, 1, 1), identity(1, 1, 2));
    let leaf = rig.device(me);
    let mut events = rig.guard.events();
    let mut last = rig.connect_as(me, &leaf).await;
    for _ in 0..3 {
        let mut newer = rig.connect_as(me, &leaf).await;
        assert!(last.is_closed().await, "the older one is closed");
        newer.publish(&Topic::up(me).to_string(), b"newest").await;
        assert!(matches!(newer.next().await, Some(Packet::PubAck(_))));
        assert_eq!(rig.next().await.identity, me);
        last = newer;
    }
    let mut fourth = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
    assert_eq!(fourth.login(&me.to_string()).await, Some(ConnectReturnCode::ServiceUnavailable));
    assert!(last.is_closed().await, "both are out");
    let mut again = Raw::dial(rig.addr, &rig.ca, Some(&leaf)).await.expect("TLS");
    assert_eq!(again.login(&me.to_string()).await, Some(ConnectReturnCode::ServiceUnavailable), "for a minute");
    let suspected = std::iter::from_fn(|| events.try_recv().ok())
        .filter(|event| matches!(event, SessionEvent::CloneSuspected { identity, .. } if *identity == me))
        .count();
    assert_eq!((suspected, rig.guard.count(Ended::Replaced)), (1, 3));
    rig.prove(good).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_reconnects_and_takeovers_of_many_leave_the_router_alive() {
    let mut rig = Rig::start().await;
    for round in 0..25 {
        let mut open = Vec::new();
        for n in 1..=7 {
            let me = identity(1, 1, n);
            let mut raw = rig.connect(me).await;
            raw.subscribe(&Topic::down(me).to_string()).await.expect("granted");
            raw.publish(&Topic::up(me).to_string(), b"x").await;
            open.push(raw);
        }
        for _ in 0..7 {
            rig.next().await;
        }
        for (n, raw) in open.into_iter().enumerate() {
            // In good order, by a cut wire, or by a crime.
            match (n + round) % 3 {
                0 => drop(raw),
                1 => raw.bye().await,
                _ => {
                    let mut raw = raw;
                    raw.send_bytes(&bytes_of(Packet::PubAck(PubAck::new(9)))).await;
                    while raw.next().await.is_some() {}
                }
            }
        }
        for _ in 0..200 {
            if rig.guard.sessions().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(rig.guard.count(Ended::RouterGone), 0);
    rig.prove(identity(1, 1, 1)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_ingest_is_behind_devices_wait_and_nothing_acknowledged_is_lost() {
    const MESSAGES: u32 = 300;
    let mut rig = Rig::with(|config| config.backlog = ByteSize(1 << 20)).await;
    let me = identity(1, 1, 1);
    let device = rig.connect(me).await;
    let (mut read, mut write) = tokio::io::split(device.tls);
    let sending = rig.life.spawn(async move {
        use tokio::io::AsyncWriteExt;
        for n in 1..=MESSAGES {
            let mut payload = vec![0; MAX_PAYLOAD];
            payload[..4].copy_from_slice(&n.to_be_bytes());
            let publish =
                Publish { pkid: n as u16, ..Publish::new(Topic::up(me).to_string(), QoS::AtLeastOnce, payload) };
            write.write_all(&bytes_of(Packet::Publish(publish))).await.expect("connected");
        }
        write.flush().await.expect("connected");
        write
    });
    let reading = rig.life.spawn(async move {
        use tokio::io::AsyncReadExt;
        let mut acks = vec![0; MESSAGES as usize * 4];
        read.read_exact(&mut acks).await.expect("all acknowledged");
    });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let inside = rig.guard.session(&me).expect("connected").messages_in;
    assert!(inside < 40, "{inside} of {MESSAGES} went in although ingest took none");
    // Held out of order and given back out of order: the window still moves, in order.
    let mut held = Vec::new();
    for n in 1..=MESSAGES {
        let message = rig.next().await;
        assert_eq!(message.payload[..4], n.to_be_bytes());
        held.push(message.ack);
        if held.len() == 20 {
            held.drain(..).rev().for_each(drop);
        }
    }
    reading.await.expect("acknowledged");
    drop(sending.await.expect("sent"));
    rig.nothing_comes().await;
    rig.prove(identity(1, 1, 2)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_agents_own_client_publishes_and_receives_in_order() {
    let mut rig = Rig::start().await;
    let me = identity(1, 1, 1);
    let leaf = rig.device(me);
    let mut options = rumqttc::MqttOptions::new(me.to_string(), "localhost", rig.addr.port());
    options.set_max_packet_size(2 * MAX_PAYLOAD, 2 * MAX_PAYLOAD).set_inflight(32);
    let tls = rumqttc::TlsConfiguration::Rustls(std::sync::Arc::new(client_config(&rig.ca.der, Some(&leaf))));
    options.set_transport(rumqttc::Transport::Tls(tls));
    let (client, mut events) = rumqttc::AsyncClient::new(options, 16);
    // Without it each large message waits 40 ms for the other side's delayed acknowledgement.
    let mut network = rumqttc::NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    rig.life.spawn(async move {
        // Until the test is over: an error is the hub stopping.
        while let Ok(event) = events.poll().await {
            let _ = match event {
                rumqttc::Event::Incoming(Packet::SubAck(_)) => heard.send(u32::MAX),
                rumqttc::Event::Incoming(Packet::Publish(publish)) => {
                    heard.send(u32::from_be_bytes(publish.payload[..4].try_into().expect("4 bytes")))
                }
                _ => Ok(()),
            };
        }
    });
    client.subscribe(Topic::down(me).to_string(), QoS::AtLeastOnce).await.expect("running");
    assert_eq!(hears.recv().await, Some(u32::MAX), "subscribed");
    for n in 0..300u32 {
        let mut payload = vec![0; MAX_PAYLOAD - (n as usize % 3) * 1_000];
        payload[..4].copy_from_slice(&n.to_be_bytes());
        client.publish(Topic::up(me).to_string(), QoS::AtLeastOnce, false, payload).await.expect("running");
        let message = rig.next().await;
        assert_eq!((message.identity, &message.payload[..4]), (me, &n.to_be_bytes()[..]));
        rig.link.publish(me, message.payload.to_vec()).await.expect("taken");
        assert_eq!(hears.recv().await, Some(n));
    }
    let seen = rig.guard.session(&me).expect("connected");
    assert_eq!((seen.messages_in, seen.messages_out, seen.bytes_in), (300, 300, seen.bytes_out));
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_does_not_listen_misses_old_answers_gets_the_newest_and_blocks_nobody() {
    const ANSWERS: u32 = 5_000;
    let mut rig = Rig::start().await;
    let me = identity(1, 1, 1);
    let mut deaf = rig.connect(me).await;
    deaf.subscribe(&Topic::down(me).to_string()).await.expect("granted");
    // A window of acknowledgements arrives whole when the device does listen.
    let answer = |n: u32| [&n.to_be_bytes()[..], &[7; 250]].concat();
    for n in 0..64 {
        rig.link.publish(me, answer(n)).await.expect("taken");
    }
    for n in 0..64u32 {
        match deaf.next().await {
            Some(Packet::Publish(publish)) => {
                assert_eq!(publish.payload[..4], n.to_be_bytes());
                deaf.send(&Packet::PubAck(PubAck::new(publish.pkid))).await;
            }
            other => panic!("{other:?}"),
        }
    }
    for n in 64..ANSWERS {
        rig.link.publish(me, answer(n)).await.expect("taken");
    }
    rig.prove(identity(1, 1, 2)).await;
    let (mut last, mut heard) = (63, 64);
    while last < ANSWERS - 1 {
        match deaf.next().await {
            Some(Packet::Publish(publish)) => {
                let n = u32::from_be_bytes(publish.payload[..4].try_into().expect("4 bytes"));
                assert!(n > last, "{n} after {last}");
                (last, heard) = (n, heard + 1);
                deaf.send(&Packet::PubAck(PubAck::new(publish.pkid))).await;
            }
            other => panic!("{other:?}"),
        }
    }
    println!("{heard} of {ANSWERS} answers heard");
    rig.prove(identity(1, 1, 2)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watchdog_leaves_a_living_router_alone_and_ends_with_the_hub() {
    let mut rig = Rig::start().await;
    let watchdog = rig.watchdog.take().expect("embedded");
    let watching = rig.life.spawn(watchdog.run());
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!(!watching.is_finished());
    rig.prove(identity(1, 1, 1)).await;
    rig.stop().await;
    assert!(watching.await.expect("no panic").is_ok());
}
