//! Mail: invitations and forgotten passwords, and a mail server that is well, busy, dying or not there.

use hyper::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_hub::messages::mail::{MailConfig, Security};
use vyavs_hub::ui::Ui;
use vyavs_store::{Db, both_engines, mails};

use crate::house::{Ask, House, PASSWORD, Reply, SetUp, at, identity};
use crate::sink::{Guard, Mode, Sink, read, token};

const CHOSEN: &str = "a quiet harbour at seven";

async fn house(db: Db, sink: &Sink) -> House {
    let house = House::set_up(db, Ui::Absent, SetUp { mail: sink.config(), ..SetUp::default() }).await;
    house.tenant(1).await;
    house
}

impl House {
    /// Adds a person without a password.
    async fn invite(&self, email: &str) -> Uuid {
        let admin = self.token("admin1@shop.example").await;
        let new = json!({"email": email, "name": "Ana", "role": "analyst", "all_stores": true});
        let reply = self.post(&admin, "users", &new).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        reply.json()["id"].as_str().expect("an id").parse().expect("a UUID")
    }

    async fn say(&self) -> u32 {
        self.hub.messages.catch_up().await.expect("said")
    }

    /// The newest mail as administrators see it.
    async fn newest_mail(&self) -> Value {
        let admin = self.token("admin1@shop.example").await;
        self.get(&admin, "mails").await["mails"][0].clone()
    }

    async fn open_post(&self, path: &str, body: &Value) -> Reply {
        self.send(Ask::post(&format!("/api/v1/auth/{path}"), body)).await
    }
}

fn kind(reply: &Reply) -> String {
    reply.json()["type"].as_str().expect("a type").rsplit(':').next().expect("a name").to_owned()
}

/// A hub that signs in at its mail server, and somebody who is invited by mail.
async fn invited(db: Db, mail: MailConfig, trusted: Option<&str>) -> House {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let ca_file = trusted.map(|pem| write("ca.pem", pem));
    let password_file = Some(write("password", "correct horse"));
    let mail = MailConfig { ca_file, user: Some("hub".to_owned()), password_file, timeout_s: 5, ..mail };
    let house = House::set_up(db, Ui::Absent, SetUp { mail, ..SetUp::default() }).await;
    house.tenant(1).await;
    house.invite("ana@shop.example").await;
    house
}

async fn taken_under_tls(db: Db, guard: Guard) {
    let sink = Sink::guarded(Mode::Takes, guard).await;
    let house = invited(db, sink.config(), Some(sink.certificate())).await;
    assert_eq!((house.say().await, sink.taken().len()), (1, 1));
    // RFC 4616: \0hub\0correct horse
    assert_eq!(sink.signed_in(), [(true, "AUTH PLAIN AGh1YgBjb3JyZWN0IGhvcnNl".to_owned())]);
    house.close().await;
}

async fn kept_back(db: Db, sink: &Sink, security: Security) {
    let house = invited(db, MailConfig { security, ..sink.config() }, None).await;
    house.say().await;
    assert_eq!((sink.begun(), sink.signed_in()), (0, Vec::new()));
    let mail = house.newest_mail().await;
    assert!(mail["state"] == "waiting" && mail["error"].is_string(), "{mail}");
    house.close().await;
}

both_engines! {
    async fn an_invitation_lets_a_person_choose_a_password_once(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = house(db.clone(), &sink).await;
        let ana = house.invite("ana@shop.example").await;
        // Sealed while it waits.
        let mut tx = db.begin_read(identity(1).org).await.expect("a transaction");
        let waiting = mails::page(&mut tx, identity(1).org, None, None, 9).await.expect("a page").remove(0);
        drop(tx);
        let body = waiting.body.expect("a text");
        assert!(!String::from_utf8_lossy(&body).contains("vyl_"), "a link lies readable in the database");
        assert_eq!(house.say().await, 1);
        let taken = sink.taken();
        let mail = &taken[0];
        assert!(mail.contains("To: ana@shop.example\r\n") && mail.contains("Subject: Your invitation to Org 1\r\n"), "{mail}");
        assert!(read(mail).contains(&format!("{}/invitation#vyl_", house.hub.address.base_url)), "{}", read(mail));
        assert!(mail.contains("multipart/alternative") && mail.contains(&format!("Message-ID: <{}@shop.example>", waiting.id)), "{mail}");
        let sent = mails::get(&mut db.begin_read(identity(1).org).await.expect("a transaction"), identity(1).org, waiting.id).await;
        assert_eq!(sent.expect("asked").expect("there").body, None, "what was sent is wiped");
        let token = token(mail);
        let info = house.open_post("links", &json!({"kind": "invitation", "token": token})).await;
        assert_eq!((info.json()["email"].as_str(), info.json()["organization_name"].as_str()), (Some("ana@shop.example"), Some("Org 1")), "{}", info.text());
        let other = house.open_post("links", &json!({"kind": "password_reset", "token": token})).await;
        assert_eq!((other.status, kind(&other).as_str()), (StatusCode::GONE, "link"), "a link for something else");
        let cut = house.open_post("links", &json!({"kind": "invitation", "token": &token[..40]})).await;
        assert_eq!((cut.status, kind(&cut).as_str()), (StatusCode::BAD_REQUEST, "bad-link"));
        let accept = |password: &str| json!({"token": token, "password": password, "name": "Ana Silva"});
        let weak = house.open_post("invitations/accept", &accept("password1")).await;
        assert_eq!(weak.status, StatusCode::BAD_REQUEST, "{}", weak.text());
        let (one, two) = (accept(CHOSEN), accept(PASSWORD));
        let (one, two) = tokio::join!(house.open_post("invitations/accept", &one), house.open_post("invitations/accept", &two));
        let mut statuses = [one.status, two.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::NO_CONTENT, StatusCode::GONE], "{} {}", one.text(), two.text());
        let password = if one.status == StatusCode::NO_CONTENT { CHOSEN } else { PASSWORD };
        let session = house.login("ana@shop.example", password).await;
        assert_eq!(session.status, StatusCode::OK, "{}", session.text());
        assert_eq!(session.json()["user_info"]["id"], json!(ana));
        let admin = house.token("admin1@shop.example").await;
        let log = house.get(&admin, "audit").await.to_string();
        assert!(log.contains("auth.invitation") && !log.contains(&token), "{log}");
        house.close().await;
    }

    async fn a_newer_invitation_replaces_the_older_and_an_old_one_expires(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = house(db, &sink).await;
        let ana = house.invite("ana@shop.example").await;
        let admin = house.token("admin1@shop.example").await;
        let again = house.post(&admin, &format!("users/{ana}/invite"), &json!({})).await;
        assert_eq!((again.status, again.json()["mail_server"].as_bool()), (StatusCode::ACCEPTED, Some(true)), "{}", again.text());
        house.say().await;
        let tokens: Vec<_> = sink.taken().iter().map(|mail| token(mail)).collect();
        let look = async |token: &str| house.open_post("links", &json!({"kind": "invitation", "token": token})).await.status;
        let mut works = Vec::new();
        for token in &tokens {
            works.push(look(token).await);
        }
        works.sort();
        assert_eq!(works, [StatusCode::OK, StatusCode::GONE]);
        house.hub.clock.set(at("2026-02-10T12:00:01Z"));
        for token in &tokens {
            assert_eq!(look(token).await, StatusCode::GONE);
        }
        house.close().await;
    }

    async fn a_reset_ends_every_sign_in_and_nobody_learns_who_is_known(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        let house = house(db, &sink).await;
        let viewer = house.token("viewer1@shop.example").await;
        let ask = async |email: &str| house.open_post("password/forgot", &json!({"email": email})).await;
        let (known, unknown) = (ask("Viewer1@shop.example").await, ask("nobody@shop.example").await);
        assert_eq!((known.status, known.text()), (StatusCode::ACCEPTED, unknown.text()));
        assert_eq!(unknown.status, StatusCode::ACCEPTED);
        ask("viewer1@shop.example").await;
        house.say().await;
        let taken = sink.taken();
        assert_eq!(taken.len(), 2, "nobody gets no mail");
        let (first, second) = (token(&taken[0]), token(&taken[1]));
        let reset = async |token: &str| house.open_post("password/reset", &json!({"token": token, "password": CHOSEN})).await;
        assert_eq!(reset(&first).await.status, StatusCode::GONE, "a newer one took its place");
        assert_eq!(reset(&second).await.status, StatusCode::NO_CONTENT);
        assert_eq!(reset(&second).await.status, StatusCode::GONE);
        assert_eq!(house.send(Ask::get("/api/v1/me").bearer(&viewer)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(house.login("viewer1@shop.example", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(house.login("viewer1@shop.example", CHOSEN).await.status, StatusCode::OK);
        house.say().await;
        assert!(sink.taken()[2].contains("Your password was changed"));
        // Nobody's mailbox is flooded, known or not.
        for email in ["viewer1@shop.example", "nobody@shop.example"] {
            let mut statuses = Vec::new();
            for _ in 0..4 {
                statuses.push(ask(email).await.status);
            }
            assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{email}: {statuses:?}");
        }
        house.close().await;
    }

    async fn nothing_is_lost_while_the_mail_server_is_busy_silent_or_dying(db: Db) {
        let sink = Sink::open(Mode::Busy).await;
        let house = house(db, &sink).await;
        house.invite("ana@shop.example").await;
        let troubles = [
            (Mode::Busy, "come back later"),
            (Mode::Hangs, "did not take it within 1 seconds"),
            (Mode::Dies, "error"),
        ];
        for (n, (mode, why)) in (1..).zip(troubles) {
            sink.turn(mode);
            assert_eq!(house.say().await, 1, "{mode:?}");
            let mail = house.newest_mail().await;
            assert_eq!((mail["state"].as_str(), mail["attempts"].as_i64()), (Some("waiting"), Some(n)), "{mail}");
            assert!(mail["error"].as_str().is_some_and(|error| error.contains(why)), "{mail}");
            assert_eq!(house.say().await, 0, "not at once again");
            let next = at(mail["next_at"].as_str().expect("a time"));
            assert!(next > house.hub.clock.now(), "{mail}");
            house.hub.clock.set(next);
        }
        assert!(sink.taken().is_empty());
        let owner = house.token("owner1@shop.example").await;
        let health = house.get(&owner, "health").await;
        let mail = &health["leaving"][0];
        assert_eq!((&health["status"], &mail["name"]), (&json!("degraded"), &json!("mail")), "{health}");
        assert_eq!((&mail["waiting"], &mail["failing"]), (&json!(1), &json!(1)), "{health}");
        assert!(mail["oldest"].is_string() && mail["last_error"].is_string(), "{health}");
        sink.turn(Mode::Takes);
        assert_eq!((house.say().await, house.say().await), (1, 0));
        assert_eq!(sink.taken().len(), 1);
        let mail = house.newest_mail().await;
        assert_eq!((mail["state"].as_str(), mail["error"].as_str()), (Some("sent"), None), "{mail}");
        let health = house.get(&owner, "health").await;
        assert_eq!((&health["status"], &health["leaving"][0]["waiting"]), (&json!("ok"), &json!(0)), "{health}");
        house.close().await;
    }

    async fn mail_goes_by_starttls_to_who_is_trusted(db: Db) {
        taken_under_tls(db, Guard::Starttls).await;
    }

    async fn mail_goes_by_tls_to_who_is_trusted(db: Db) {
        taken_under_tls(db, Guard::Tls).await;
    }

    async fn a_mail_server_with_a_certificate_of_a_stranger_hears_nothing(db: Db) {
        let sink = Sink::guarded(Mode::Takes, Guard::Tls).await;
        kept_back(db, &sink, Security::Tls).await;
    }

    /// Somebody between the hub and its mail server hides that the server can do TLS.
    async fn where_starttls_is_not_offered_nothing_is_said(db: Db) {
        let sink = Sink::open(Mode::Takes).await;
        kept_back(db, &sink, Security::Starttls).await;
    }

    async fn a_mailbox_that_is_not_there_is_given_up_and_can_be_tried_again(db: Db) {
        let sink = Sink::open(Mode::NoSuchMailbox).await;
        let house = house(db, &sink).await;
        house.invite("ana@shop.example").await;
        house.say().await;
        let mail = house.newest_mail().await;
        assert_eq!((mail["state"].as_str(), mail["next_at"].as_str(), sink.begun()), (Some("failed"), None, 1), "{mail}");
        assert!(mail["error"].as_str().is_some_and(|error| error.contains("no such mailbox here")), "{mail}");
        house.hub.clock.set(house.hub.clock.now() + SignedDuration::from_hours(2));
        assert_eq!(house.say().await, 0);
        sink.turn(Mode::Takes);
        let admin = house.token("admin1@shop.example").await;
        let path = format!("mails/{}/retry", mail["id"].as_str().expect("an id"));
        assert_eq!(house.post(&admin, &path, &json!({})).await.status, StatusCode::ACCEPTED);
        assert_eq!((house.say().await, sink.taken().len()), (1, 1));
        assert_eq!(house.post(&admin, &path, &json!({})).await.status, StatusCode::CONFLICT, "it was sent");
        house.close().await;
    }

    async fn without_a_mail_server_mail_lies_in_a_folder_and_says_why(db: Db) {
        use std::os::unix::fs::PermissionsExt as _;
        let house = House::set_up(db, Ui::Absent, SetUp::default()).await;
        house.tenant(1).await;
        house.invite("ana@shop.example").await;
        assert_eq!((house.say().await, house.say().await), (1, 0));
        let mail = house.newest_mail().await;
        assert_eq!((mail["state"].as_str(), mail["attempts"].as_i64()), (Some("waiting"), Some(0)), "{mail}");
        assert!(mail["error"].as_str().is_some_and(|error| error.contains("no mail server is configured")), "{mail}");
        let file = house.mail_dir().join(format!("{}.eml", mail["id"].as_str().expect("an id")));
        let text = std::fs::read_to_string(&file).expect("the mail lies there");
        assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        let accept = json!({"token": token(&text), "password": CHOSEN});
        assert_eq!(house.open_post("invitations/accept", &accept).await.status, StatusCode::NO_CONTENT);
        house.close().await;
    }
}

#[test]
fn a_mail_server_elsewhere_is_not_spoken_to_in_the_clear() {
    use vyavs_hub::messages::mail::{MailError, Post, Security};
    let config =
        |host: &str| MailConfig { host: Some(host.to_owned()), security: Security::None, ..MailConfig::default() };
    for host in ["mail.example.com", "10.0.0.5", "127.0.0.1.example.com"] {
        assert!(matches!(Post::new(&config(host)), Err(MailError::Plain(_))), "{host}");
    }
    for host in ["localhost", "127.0.0.1", "::1"] {
        assert!(Post::new(&config(host)).is_ok(), "{host}");
    }
    let half = MailConfig { user: Some("hub".to_owned()), security: Security::Starttls, ..config("mail.example.com") };
    assert!(matches!(Post::new(&half), Err(MailError::HalfSigned)));
}
