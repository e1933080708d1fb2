//! Reports on a schedule come to the people they are for, with their file, and to nobody who may not see them.

use hyper::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_hub::access::Role;
use vyavs_hub::messages::mail::MailConfig;
use vyavs_hub::ui::Ui;
use vyavs_store::{both_engines, reach, users};

use crate::exports::trade;
use crate::house::{Ask, House, SetUp, at, identity};
use crate::sink::{Mode, Sink};

fn brief(to: &[Uuid], stores: &[Uuid], attach: bool) -> Value {
    json!({
        "name": "Brief at six", "kind": "report", "pattern": "0 6 * * *", "timezone": "Europe/London",
        "input": {"kind": "daily_store_brief", "format": "pdf", "store_ids": stores}, "deliver_to": to, "attach": attach,
    })
}

both_engines! {
    async fn a_report_comes_by_mail_with_its_file_to_whom_its_schedule_names(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = House::set_up(db.clone(), Ui::Absent, SetUp { mail: sink.config(), ..SetUp::default() }).await;
        let origin = trade(&house).await;
        let manager = house.person(1, Role::StoreManager, Some(&[origin.store])).await.0.0;
        let analyst = house.person(1, Role::Analyst, None).await.0.0;
        let owner = house.token("owner1@shop.example").await;
        let made = house.post(&owner, "schedules", &brief(&[manager, analyst], &[origin.store.0], true)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let path = format!("schedules/{}", made.json()["id"].as_str().expect("an id"));
        let mut both = vec![json!(manager), json!(analyst)];
        both.sort_by_key(Value::to_string);
        assert_eq!(made.json()["deliver_to"], json!(both));
        assert_eq!(house.get(&owner, "schedules").await["schedules"][0]["deliver_to"], json!(both));
        house.hub.clock.set(at("2026-02-04T06:00:00Z"));
        assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 1);
        house.hub.messages.catch_up().await.expect("said");
        house.hub.messages.catch_up().await.expect("said");
        let mails = sink.taken();
        assert_eq!(mails.len(), 2, "one each, once");
        for mail in &mails {
            assert!(mail.contains("Subject: Brief at six\r\n") && mail.contains("Content-Type: application/pdf"), "{mail}");
            assert!(mail.contains("=\"daily_store_brief-2026-02-03"), "{mail}");
            // `%PDF-1` in base64.
            assert!(mail.contains("JVBERi0x"), "the file itself");
        }
        assert!(mails.iter().any(|mail| mail.contains("To: store_manager-1-true@shop.example")));
        // The manager finds it in the dashboard, and opens a file that somebody else's schedule made.
        let token = house.token("store_manager-1-true@shop.example").await;
        let told = house.get(&token, "notifications").await;
        assert_eq!((told["notifications"][0]["kind"].as_str(), told["unread"].as_i64()), (Some("report.delivered"), Some(1)), "{told}");
        let job = told["notifications"][0]["link"].as_str().expect("a link").rsplit('/').next().expect("an id").to_owned();
        let file = house.send(Ask::get(&format!("/api/v1/reports/{job}/file")).bearer(&token)).await;
        assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, "application/pdf"), "{}", file.text());
        assert_eq!(house.get(&token, &format!("jobs/{job}")).await["state"], "done");
        let viewer = house.token("viewer1@shop.example").await;
        assert_eq!(house.get(&viewer, "notifications").await["notifications"], json!([]));
        // Who may not see it any more gets nothing, and the others still do; a pause is no reason to look at anybody.
        let mut tx = db.begin_write().await.expect("a transaction");
        reach::set(&mut tx, origin.org, manager, &[].into()).await.expect("taken");
        tx.commit().await.expect("a commit");
        let owner = house.token("owner1@shop.example").await;
        let renamed = house.send(Ask::patch(&format!("/api/v1/{path}"), "\"1\"", &json!({"name": "Brief", "attach": false})).bearer(&owner)).await;
        assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text());
        house.hub.clock.set(at("2026-02-05T06:00:00Z"));
        assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 1);
        house.hub.messages.catch_up().await.expect("said");
        let mails = sink.taken();
        assert_eq!(mails.len(), 3);
        let last = mails.last().expect("a mail");
        assert!(last.contains("To: analyst-1-false@shop.example") && !last.contains("application/pdf") && last.contains("Subject: Brief\r\n"), "{last}");
        house.close().await;
    }

    async fn nobody_is_named_who_may_not_see_the_report(db: Db) {
        let house = House::open(db).await;
        let origin = trade(&house).await;
        house.tenant(2).await;
        let manager = house.person(1, Role::StoreManager, Some(&[origin.store])).await.0.0;
        let stranger = {
            let mut tx = house.hub.store.begin_read(identity(2).org).await.expect("a transaction");
            users::list(&mut tx, identity(2).org).await.expect("people")[0].id
        };
        let owner = house.token("owner1@shop.example").await;
        let chain = brief(&[manager], &[], false);
        assert!(house.refused(&owner, "schedules", Some(&chain)).await.contains("deliver_to"), "a manager of one store and a report on all");
        let theirs = brief(&[stranger.0], &[origin.store.0], false);
        assert!(house.refused(&owner, "schedules", Some(&theirs)).await.contains("deliver_to"));
        let nobody = brief(&[Uuid::nil()], &[origin.store.0], false);
        assert!(house.refused(&owner, "schedules", Some(&nobody)).await.contains("deliver_to"));
        let mut check = brief(&[manager], &[], false);
        (check["kind"], check["input"]) = (json!("figures.verify"), json!({}));
        assert!(house.refused(&owner, "schedules", Some(&check)).await.contains("only reports"));
        assert_eq!(house.get(&owner, "schedules").await["schedules"], json!([]));
        house.close().await;
    }

    async fn a_file_too_large_for_mail_is_fetched_by_its_link(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let mail = MailConfig { attach_mb: 0, ..sink.config() };
        let house = House::set_up(db, Ui::Absent, SetUp { mail, ..SetUp::default() }).await;
        let origin = trade(&house).await;
        let owner = house.token("owner1@shop.example").await;
        let me = house.get(&owner, "me").await["id"].as_str().expect("an id").parse().expect("a UUID");
        let made = house.post(&owner, "schedules", &brief(&[me], &[origin.store.0], true)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        house.hub.clock.set(at("2026-02-04T06:00:00Z"));
        house.hub.jobs.catch_up().await.expect("done");
        house.hub.messages.catch_up().await.expect("said");
        let mails = sink.taken();
        assert!(mails.len() == 1 && !mails[0].contains("application/pdf") && crate::sink::read(&mails[0]).contains("/jobs/"), "{mails:?}");
        let mut tx = house.hub.store.begin_read(origin.org).await.expect("a transaction");
        assert!(users::get(&mut tx, origin.org, UserId(me)).await.expect("asked").is_some());
        drop(tx);
        house.close().await;
    }
}
