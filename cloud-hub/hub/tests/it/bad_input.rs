//! Bad input over the real wire to the real program: each is named, counted, set aside, and disturbs nobody.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use rumqttc::{ConnectReturnCode, Packet};
use serde_json::Value;
use vyavs_delivery::frame;
use vyavs_wire::down::RejectV1;
use vyavs_wire::record::{MinuteV1, ReadingV1, ReceiptRefV1, ReceiptV1, Record, SensorV1, Stream};
use vyavs_wire::topic::Topic;
use vyavs_wire::up::{LossReasonV1, LossV1, Message};

use crate::program::{Program, hub_on_both_engines};

fn reading(n: i64, value: f64) -> Record {
    Record::ReadingV1(ReadingV1 { sensor: "a".to_owned(), at_us: 1_790_000_000_000_000 + n, value, quality: 0 })
}

fn head(number: &str, total_minor: i64) -> Record {
    let receipt = ReceiptRefV1 {
        terminal: "till-1".to_owned(),
        day: 20_000,
        number: number.to_owned(),
        content_hash: 7,
        closed_at_us: 1_790_000_000_000_000,
    };
    Record::ReceiptV1(ReceiptV1 {
        receipt,
        kind: 0,
        source: 0,
        currency: *b"GBP",
        total_minor,
        tax_minor: 0,
        discount_minor: 0,
        line_count: 0,
        tenders: Vec::new(),
        operator: None,
        customer: None,
    })
}

/// The same frame with a body that does not unpack, and a checksum that holds.
fn poisoned(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(frame::body_at(&bytes).expect("a frame"));
    bytes.extend_from_slice(b"this is not what zstd writes");
    frame::seal(&mut bytes);
    bytes
}

fn device<'a>(sync: &'a Value, name: &str) -> &'a Value {
    sync["devices"].as_array().expect("devices").iter().find(|device| device["name"] == name).expect("there")
}

hub_on_both_engines! {
    async fn a_poisoned_record_is_set_aside_and_the_stream_goes_on(url) {
        let hub = Program::start(&url).await;
        let enrolled = hub.enrol("box-1", &rcgen::PKCS_ED25519).await;
        let mut device_ = enrolled.connect(&hub, 1, SignedDuration::ZERO).await;
        let sensor = SensorV1 { id: "a".to_owned(), name: "a".to_owned(), measure: 0, low: None, high: None };
        device_.store(&[Record::SensorV1(sensor), reading(1, 1.0)], 0).await;

        // A frame whose records cannot be read: asked for once more, then among the dead letters.
        let bad = poisoned(device_.frame(&[reading(2, 2.0), reading(3, 3.0)], 0));
        let asked = device_.send_frame(&bad).await;
        assert_eq!((asked.stored_through, asked.nacks.as_slice()), (2, &[(3, 4)][..]));
        let buried = device_.send_frame(&bad).await;
        assert_eq!((buried.stored_through, buried.nacks.len(), buried.rejects.len()), (4, 0, 1), "{buried:?}");
        assert_eq!((buried.rejects[0].first, buried.rejects[0].last, buried.rejects[0].why), (3, 4, RejectV1::Undecodable));
        device_.store(&[reading(4, 4.0)], 0).await;

        // A record among good ones that says what it may not: alone.
        let ack = device_.store(&[head("1", 100), head("2", 10_i64.pow(17)), head("3", 300)], 0).await;
        assert_eq!(ack.rejects.len(), 1);
        assert_eq!((ack.rejects[0].first, ack.rejects[0].last, ack.rejects[0].why), (2, 2, RejectV1::Invalid));
        let bad = MinuteV1 { sensor: "not a / name".to_owned(), at_us: 1, count: 1, min: 0.0, mean: 0.0, max: 0.0 };
        let at = device_.at(Stream::Telemetry);
        let ack = device_.store(&[reading(5, 5.0), Record::MinuteV1(bad), reading(6, 6.0)], 0).await;
        assert_eq!((ack.rejects.len(), ack.rejects[0].first), (1, at + 1));

        // Bytes that are nothing at all: nobody answers, and the next frame is stored.
        device_.publish(b"\xff\x00 what is this").await;
        device_.store(&[reading(7, 7.0)], 0).await;

        let store = &hub.store;
        let sync = hub.get(&format!("stores/{store}/sync")).await;
        assert_eq!(device(&sync, "box-1")["dead_letters"], 4, "{sync}");
        let sensors = hub.get(&format!("stores/{store}/sensors")).await;
        assert_eq!(sensors["sensors"][0]["latest"]["value"], 7.0);
        let receipts = hub.get(&format!("stores/{store}/receipts")).await;
        let numbers: Vec<&str> = receipts["receipts"].as_array().expect("receipts").iter().map(|r| r["number"].as_str().expect("a number")).collect();
        assert!(numbers.len() == 2 && numbers.contains(&"1") && numbers.contains(&"3"), "{numbers:?}");
        let log = hub.log();
        assert!(log.contains("a frame was put among the dead letters") && log.contains("a record was put among the dead letters"), "{log}");
    }

    async fn a_box_that_reaches_for_another_stores_topic_is_thrown_out_named_and_counted(url) {
        let hub = Program::start(&url).await;
        let (one, two) = (hub.enrol("box-1", &rcgen::PKCS_ED25519).await, hub.enrol("box-2", &rcgen::PKCS_ECDSA_P256_SHA256).await);
        let mut good = two.connect(&hub, 2, SignedDuration::ZERO).await;
        let mut bad = one.connect(&hub, 1, SignedDuration::ZERO).await;
        bad.raw.publish(&Topic::up(two.identity).to_string(), b"mine").await;
        while bad.raw.next().await.is_some() {}
        assert_eq!(hub.ended("publish_topic").await, 1);
        assert!(hub.log().contains("a publish to a topic that is not the device's own up"), "{}", hub.log());
        let mut bad = one.connect(&hub, 1, SignedDuration::ZERO).await;
        let oversize = vec![0; vyavs_wire::MAX_PAYLOAD + 1];
        bad.publish(&oversize).await;
        while bad.raw.next().await.is_some() {}
        assert_eq!(hub.ended("oversize").await, 1);
        let mut bad = one.connect(&hub, 1, SignedDuration::ZERO).await;
        bad.raw.send_bytes(&[0xff; 64]).await;
        while bad.raw.next().await.is_some() {}
        assert_eq!(hub.ended("malformed").await, 1);
        good.store(&[reading(1, 1.0)], 0).await;
    }

    async fn two_boxes_with_one_identity_do_not_play_ping_pong(url) {
        let hub = Program::start(&url).await;
        let enrolled = hub.enrol("box-1", &rcgen::PKCS_ED25519).await;
        let other = hub.enrol("box-2", &rcgen::PKCS_ED25519).await;
        let mut good = other.connect(&hub, 2, SignedDuration::ZERO).await;
        // Each comes back as soon as it is thrown out, as a client library does.
        let until = Instant::now() + Duration::from_secs(3);
        let (mut let_in, mut refused, mut last) = (0, 0, None);
        while Instant::now() < until {
            let (raw, code) = enrolled.dial(&hub).await;
            match code {
                Some(ConnectReturnCode::Success) => {
                    let_in += 1;
                    last = Some(raw);
                }
                Some(ConnectReturnCode::ServiceUnavailable) => {
                    refused += 1;
                    last = None;
                }
                other => panic!("{other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(last);
        assert_eq!(let_in, 4, "one, and three that took over");
        assert!(refused > 3, "{refused}");
        assert_eq!(hub.ended("replaced").await, 3);
        assert!(hub.ended("quarantined").await > 3);
        let log = hub.log();
        assert_eq!(log.matches("maybe a clone: both are out for a minute").count(), 1, "{log}");
        good.store(&[reading(1, 1.0)], 0).await;
    }

    async fn a_hub_that_does_not_know_the_box_says_so_and_serves_the_others(url) {
        let mut hub = Program::start(&url).await;
        let stranger = hub.enrol("box-1", &rcgen::PKCS_ED25519).await;
        // The same keys, another database: restored from before the enrolment, or the wrong one.
        let fresh = tempfile::tempdir().expect("a directory");
        hub.forget_everything(&format!("sqlite://{}", fresh.path().join("other.sqlite").display())).await;
        for n in 1..=2 {
            let (mut raw, code) = stranger.dial(&hub).await;
            assert_eq!(code, Some(ConnectReturnCode::NotAuthorized));
            assert_eq!(raw.next().await, None);
            assert_eq!(hub.ended("unknown").await, n);
        }
        let log = hub.log();
        assert!(log.contains(&stranger.identity.to_string()) && log.contains("the hub does not know this device"), "{log}");
    }

    async fn a_box_revoked_by_another_process_is_cut_within_five_seconds(url) {
        let hub = Program::start(&url).await;
        let (one, two) = (hub.enrol("box-1", &rcgen::PKCS_ED25519).await, hub.enrol("box-2", &rcgen::PKCS_ED25519).await);
        let mut thief = one.connect(&hub, 1, SignedDuration::ZERO).await;
        let mut good = two.connect(&hub, 2, SignedDuration::ZERO).await;
        thief.store(&[reading(1, 1.0)], 0).await;
        let listed = hub.command(&["device", "list"]).await;
        assert_eq!(listed["devices"].as_array().expect("devices").len(), 2);
        let done = hub.command(&["device", "revoke", "--device", &one.identity.device.to_string()]).await;
        assert_eq!(done["revoked"], true);
        let started = Instant::now();
        while let Some(packet) = thief.raw.next().await {
            assert!(matches!(packet, Packet::PubAck(_)), "{packet:?}");
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        println!("cut after {:?}", started.elapsed());
        let (_, code) = one.dial(&hub).await;
        assert_eq!(code, Some(ConnectReturnCode::NotAuthorized));
        assert!(hub.ended("revoked").await >= 2, "{}", hub.log());
        good.store(&[reading(2, 2.0)], 0).await;
    }

    async fn a_loss_named_by_a_box_with_a_p256_key_is_verified(url) {
        let hub = Program::start(&url).await;
        let enrolled = hub.enrol("box-1", &rcgen::PKCS_ECDSA_P256_SHA256).await;
        let mut box_ = enrolled.connect(&hub, 1, SignedDuration::ZERO).await;
        let loss = |first, last| LossV1 {
            epoch: 1,
            stream: 1,
            first,
            last,
            reason: LossReasonV1::Dropped,
            at_us: 1_790_000_000_000_000,
            detail: "over the quota".to_owned(),
        };
        let body = |loss: &LossV1| {
            let statement = postcard::to_stdvec(loss).expect("a vector takes any length");
            [&b"vyavs/loss/1\0"[..], enrolled.identity.to_string().as_bytes(), b"\0", &statement].concat()
        };
        let key = ring::signature::EcdsaKeyPair::from_pkcs8(
            &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            &enrolled.leaf.key.serialize_der(),
            &ring::rand::SystemRandom::new(),
        )
        .expect("its key");
        let sign = |loss: &LossV1| key.sign(&ring::rand::SystemRandom::new(), &body(loss)).expect("signed").as_ref().to_vec();
        let (good, forged) = (loss(1, 5), loss(6, 9));
        box_.message(&Message::LossV1(good.clone(), sign(&good))).await;
        assert_eq!(box_.ack().await.stored_through, 5);
        box_.message(&Message::LossV1(forged, sign(&good))).await;
        assert_eq!(box_.ack().await.stored_through, 9);
        let sync = hub.get(&format!("stores/{}/sync", hub.store)).await;
        let losses = device(&sync, "box-1")["losses"].as_array().expect("losses").clone();
        let verified = |first: i64| losses.iter().find(|loss| loss["first"] == first).expect("shown")["verified"].clone();
        assert_eq!((verified(1), verified(6)), (Value::Bool(true), Value::Bool(false)), "{losses:?}");
    }
}
