//! Notifications: told to one person, once, as that person wants.

use hyper::StatusCode;
use serde_json::{Value, json};
use vyavs_hub::live::{Told, Topic};
use vyavs_store::{both_engines, users};

use crate::house::{Ask, House};

async fn export(house: &House, token: &str) {
    let reply = house.post(token, "exports", &json!({"kind": "sales", "format": "csv"})).await;
    assert!(reply.status.is_success(), "{}", reply.text());
    house.hub.jobs.catch_up().await.expect("done");
}

both_engines! {
    async fn who_asked_for_a_job_is_told_that_it_is_over_and_nobody_else(db: Db) {
        let house = House::open(db.clone()).await;
        let org = house.tenant(1).await.org;
        let (owner, admin) = (house.token("owner1@shop.example").await, house.token("admin1@shop.example").await);
        let people = users::list(&mut db.begin_read(org).await.expect("a transaction"), org).await.expect("people");
        let asker = people.iter().find(|user| user.role == "owner").expect("there").id;
        let mut watch = house.hub.live.watch(org, None, &[Topic::Notifications], None).of(Some(asker));
        export(&house, &owner).await;
        let Told::Event(_, event) = watch.next().await else { panic!("a gap") };
        let event: Value = serde_json::from_str(&event.json).expect("JSON");
        let told = house.get(&owner, "notifications").await;
        assert_eq!((told["unread"].as_i64(), told["notifications"][0]["title"].as_str()), (Some(1), Some("Export ready")), "{told}");
        assert_eq!(told["notifications"][0], event);
        assert_eq!(house.get(&admin, "notifications").await["notifications"], json!([]));
        let id = event["id"].as_str().expect("an id");
        let read = |token: &str| house.send(Ask::post(&format!("/api/v1/notifications/{id}/read"), &json!({})).bearer(token));
        assert_eq!(read(&admin).await.status, StatusCode::NOT_FOUND);
        assert!(read(&owner).await.json()["read_at"].is_string());
        assert_eq!(house.get(&owner, "notifications?unread=true").await["notifications"], json!([]));
        for _ in 0..3 {
            export(&house, &owner).await;
        }
        assert_eq!(house.walk(&owner, "notifications", "notifications", 2).await.len(), 4);
        assert_eq!(house.post(&owner, "notifications/read-all", &json!({})).await.json()["read"], 3);
        assert_eq!(house.get(&owner, "notifications").await["unread"], 0);
        house.close().await;
    }

    async fn a_person_chooses_mail_or_the_dashboard_or_neither(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let choose = async |in_app: bool, mail: bool| {
            let body = json!({"kinds": [{"kind": "job.finished", "in_app": in_app, "mail": mail}]});
            let ask = Ask::put("/api/v1/notifications/preferences", &body);
            let reply = house.send(ask.bearer(&owner)).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
            reply.json()["kinds"].as_array().map(Vec::len)
        };
        let count = async || {
            house.hub.messages.catch_up().await.expect("said");
            let (told, mails) = (house.get(&owner, "notifications").await, house.get(&owner, "mails").await);
            (told["unread"].as_i64(), told["notifications"].as_array().map(Vec::len), mails["mails"].as_array().map(Vec::len))
        };
        export(&house, &owner).await;
        assert_eq!(count().await, (Some(1), Some(1), Some(0)), "who chose nothing sees it in the dashboard");
        assert_eq!(choose(true, true).await, Some(4), "every kind is shown");
        export(&house, &owner).await;
        assert_eq!(count().await, (Some(2), Some(2), Some(1)));
        choose(false, true).await;
        export(&house, &owner).await;
        assert_eq!(count().await, (Some(2), Some(3), Some(2)));
        choose(false, false).await;
        export(&house, &owner).await;
        assert_eq!(count().await, (Some(2), Some(3), Some(2)), "nothing at all");
        let wrong = json!({"kinds": [{"kind": "weather", "in_app": true, "mail": true}]});
        let ask = Ask::put("/api/v1/notifications/preferences", &wrong);
        assert_eq!(house.send(ask.bearer(&owner)).await.status, StatusCode::BAD_REQUEST);
        house.close().await;
    }
}
