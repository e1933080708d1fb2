//! How a box becomes a device: once, with proof of its key, as whom the hub says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use jiff::SignedDuration;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_hub::broker::peer_of;
use vyavs_hub::identity::enrol::Invitation;
use vyavs_store::{both_engines, devices};

use crate::house::{Ask, House, NOW, at, identity, send};

fn csr() -> String {
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    CertificateParams::default().serialize_request(&key).expect("a request").pem().expect("PEM")
}

impl House {
    async fn invitation(&self, admin: &str) -> Value {
        let body = json!({"store_id": identity(1).store, "device_name": "box-9"});
        let reply = self.send(Ask::post("/api/v1/enrolment-tokens", &body).bearer(admin)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        reply.json()
    }
}

fn enrol(token: &str, csr: &str) -> Ask {
    Ask::post("/api/v1/enrol", &json!({"token": token, "csr_pem": csr}))
}

both_engines! {
    async fn a_token_makes_one_device_with_the_identity_the_hub_gives(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let admin = house.token("admin1@shop.example").await;
        let made = house.invitation(&admin).await;
        assert_eq!(made["expires_at"], "2026-02-04T12:00:00Z");
        let text = made["token"].as_str().expect("a token");
        let invitation = Invitation::read(text).expect("readable");
        assert_eq!(invitation.hub, format!("http://{}", house.at));
        assert_eq!(invitation.ca_pem, house.hub.keys.ca_pem());
        // A bad request does not use the token up.
        let reply = house.send(enrol(text, "-----BEGIN CERTIFICATE REQUEST-----")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
        let reply = house.send(enrol(text, &csr())).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let answer = reply.json();
        let who: DeviceIdentity = answer["identity"].as_str().expect("an identity").parse().expect("a URN");
        assert_eq!((who.org, who.store), (identity(1).org, identity(1).store));
        assert_eq!(STANDARD.decode(answer["hub_key"].as_str().expect("a key")).expect("base64"), house.hub.keys.hub_key());
        assert_eq!((answer["mqtt_host"].as_str(), answer["mqtt_port"].as_u64()), (Some("hub.example"), Some(8883)));
        assert_eq!(answer["store"]["timezone"], "Europe/London");
        // The guard reads the same identity from the certificate, and the register holds its serial.
        let pem = answer["certificate_pem"].as_str().expect("PEM");
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let peer = peer_of(&certificate).expect("a device's certificate");
        assert_eq!(peer.identity, who);
        let known = devices::by_identity(&mut db.begin_read_hub().await.expect("a transaction"), who).await.expect("read").expect("enrolled");
        assert_eq!((known.name.as_str(), known.cert_serial.as_str(), known.public_key.len()), ("box-9", peer.serial.as_str(), 32));
        // Once.
        for again in [text, &invitation.token] {
            let reply = house.send(enrol(again, &csr())).await;
            assert_eq!((reply.status, reply.json()["type"].as_str()), (StatusCode::FORBIDDEN, Some("urn:vyavs:problem:enrolment-token")));
            assert!(reply.text().contains("used already"), "{}", reply.text());
        }
        house.close().await;
    }

    async fn of_many_boxes_with_one_token_one_gets_in(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let admin = house.token("admin1@shop.example").await;
        let made = house.invitation(&admin).await;
        let text = made["token"].as_str().expect("a token");
        let replies = futures::future::join_all((0..12).map(|_| send(house.at, enrol(text, &csr())))).await;
        let won = replies.iter().filter(|reply| reply.status == StatusCode::OK).count();
        let refused = replies.iter().filter(|reply| reply.status == StatusCode::FORBIDDEN).count();
        assert_eq!((won, refused), (1, 11));
        let all = devices::list(&mut db.begin_read(identity(1).org).await.expect("a transaction"), identity(1).org).await.expect("read");
        assert_eq!(all.iter().filter(|device| device.name == "box-9").count(), 1);
        house.close().await;
    }

    async fn an_expired_or_invented_token_opens_nothing(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let admin = house.token("admin1@shop.example").await;
        let made = house.invitation(&admin).await;
        let text = made["token"].as_str().expect("a token");
        house.hub.clock.set(at(NOW) + SignedDuration::from_hours(24));
        let reply = house.send(enrol(text, &csr())).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        assert!(reply.text().contains("expired"), "{}", reply.text());
        for bad in ["", "x", "vyavs1.", &text[..text.len() - 3], &"A".repeat(43)] {
            let reply = house.send(enrol(bad, &csr())).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{bad}");
            assert!(reply.text().contains("unknown"), "{}", reply.text());
        }
        house.close().await;
    }
}
