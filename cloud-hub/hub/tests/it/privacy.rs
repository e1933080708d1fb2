//! Personal data: customers are pseudonyms, requests are answered whole, and who is erased stays erased.

use std::path::Path;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use vyavs_domain::sale::ReceiptKind;
use vyavs_hub::identity::{KeysConfig, secrets};
use vyavs_service::clock::Clock;
use vyavs_store::privacy::subject;
use vyavs_store::{Db, both_engines, customers, meta, testing};

use crate::house::{Ask, House, NOW, PASSWORD, at, hidden, receipt, ring};
use crate::program::{Program, hub_on_both_engines};

/// A customer's number that stands nowhere by accident.
const NUMBER: &str = "CANARY-4711-0815";
const NAME: &str = "Canaria Kanarienvogel";
const MAIL: &str = "canaria@kanarien.example";

async fn put(house: &House, token: &str, body: &Value) -> crate::house::Reply {
    house.send(Ask::post("/api/v1/customers", body).by(Method::PUT).bearer(token)).await
}

both_engines! {
    async fn a_customers_record_is_sealed_and_opens_for_its_own_organization_alone(db: Db) {
        let house = House::open(db.clone()).await;
        let (one, two) = (house.tenant(1).await, house.tenant(2).await);
        let (mine, theirs) = (house.token("owner1@shop.example").await, house.token("owner2@shop.example").await);
        let record = json!({"customer_id": NUMBER, "name": NAME, "email": MAIL});
        let reply = put(&house, &mine, &record).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let pseudonym = reply.json()["pseudonym"].as_str().expect("a pseudonym").to_owned();
        assert!(pseudonym.starts_with("cus_"), "{pseudonym}");
        let which = json!({"customer_id": format!(" {NUMBER} ")});
        let found = house.post(&mine, "customers/lookup", &which).await;
        assert_eq!((found.status, &found.json()["name"], &found.json()["phone"]), (StatusCode::OK, &json!(NAME), &Value::Null));
        assert_eq!(house.post(&theirs, "customers/lookup", &which).await.status, StatusCode::NOT_FOUND);
        let viewer = house.token("viewer1@shop.example").await;
        assert_eq!(house.post(&viewer, "customers/lookup", &which).await.status, StatusCode::FORBIDDEN);
        // What is absent is taken away; a wrong field is refused without being repeated.
        assert_eq!(put(&house, &mine, &json!({"customer_id": NUMBER, "phone": "0123"})).await.status, StatusCode::OK);
        assert_eq!(house.post(&mine, "customers/lookup", &which).await.json()["name"], Value::Null);
        let long = put(&house, &mine, &json!({"customer_id": NUMBER, "phone": "0123456789".repeat(5)})).await;
        assert_eq!(long.status, StatusCode::BAD_REQUEST);
        assert!(!long.text().contains("0123456789"), "{}", long.text());
        assert_eq!(put(&house, &mine, &json!({"customer_id": "  "})).await.status, StatusCode::BAD_REQUEST);
        put(&house, &mine, &record).await;
        let rows = subject::dump(&mut db.begin_read_hub().await.expect("a transaction")).await.expect("rows");
        for word in [NUMBER, NAME, MAIL] {
            assert!(!rows.iter().any(|(_, row)| row.contains(word)), "{word} in the clear");
        }
        assert_ne!(one.org, two.org);
        house.close().await;
    }

    async fn an_access_file_holds_every_row_of_a_customer_and_of_nobody_else(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        house.tenant(2).await;
        let owner = house.token("owner1@shop.example").await;
        let sale = |number: &str, day: &str, customer: &str| {
            let mut sale = receipt(number, &format!("{day}T10:00:00Z"), ReceiptKind::Sale, 100);
            sale.customer = Some(customer.to_owned());
            sale
        };
        // Two years are two pseudonyms of one customer.
        let rung = [sale("1", "2026-02-03", NUMBER), sale("2", "2025-12-03", NUMBER), sale("3", "2026-02-03", "somebody")];
        let rung = hidden(&house, &origin, &rung).await;
        assert_ne!(rung[0].customer, rung[1].customer);
        ring(&db, &origin, &rung, 1).await;
        put(&house, &owner, &json!({"customer_id": NUMBER, "name": NAME})).await;
        let found = house.get(&owner, &format!("transactions?count=true&from=2025-01-01T00:00:00Z&customer_id={NUMBER}")).await;
        assert_eq!(found["total"], 4, "both years are found by the number");
        let asked = json!({"kind": "access", "customer_id": NUMBER});
        let reply = house.post(&owner, "privacy/requests", &asked).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        let id = reply.json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 1);
        let request = house.get(&owner, &format!("privacy/requests/{id}")).await;
        assert_eq!((&request["state"], &request["result"]["rows"]), (&json!("done"), &json!(7)), "{request}");
        let file = house.get(&owner, request["file_url"].as_str().expect("a file").trim_start_matches("/api/v1/")).await;
        let job = house.get(&owner, &format!("jobs/{}", request["job_id"].as_str().expect("an id"))).await;
        assert_eq!(job["file"]["url"], request["file_url"], "{job}");
        let count = |table: &str| file["tables"][table].as_array().map(Vec::len);
        assert_eq!((count("receipts"), count("transactions"), count("customers")), (Some(2), Some(4), Some(1)));
        assert_eq!(file["record"]["name"], NAME);
        // A person, and what is refused.
        let list = house.get(&owner, "users").await;
        let viewer = list["users"].as_array().expect("a list").iter().find(|user| user["role"] == "viewer").expect("one")["id"].clone();
        house.token("viewer1@shop.example").await;
        let reply = house.post(&owner, "privacy/requests", &json!({"kind": "portability", "user_id": viewer})).await;
        house.hub.jobs.catch_up().await.expect("done");
        let file = house.get(&owner, &format!("privacy/requests/{}/file", reply.json()["id"].as_str().expect("an id"))).await;
        assert_eq!(file["tables"]["users by id"][0]["email"], "viewer1@shop.example");
        assert_eq!(file["tables"]["users by id"][0].get("password_hash"), None);
        assert_eq!(file["tables"]["sign_ins by user_id"].as_array().map(Vec::len), Some(1));
        for (body, named) in [
            (json!({"kind": "access"}), "exactly one"), (json!({"kind": "access", "customer_id": NUMBER, "user_id": viewer}), "exactly one"),
            (json!({"kind": "access", "customer_id": NUMBER, "reason": "because Anna asked"}), "reason"),
        ] {
            let detail = house.refused(&owner, "privacy/requests", Some(&body)).await;
            assert!(detail.contains(named) && !detail.contains("Anna"), "{detail}");
        }
        assert_eq!(house.walk(&owner, "privacy/requests", "requests", 1).await.len(), 2);
        house.close().await;
    }

    async fn an_erasure_is_shown_first_and_then_leaves_tickets_without_a_customer(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        let mut sale = receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 100);
        sale.customer = Some(NUMBER.to_owned());
        let sale = hidden(&house, &origin, &[sale]).await;
        let ticket = ring(&db, &origin, &sale, 1).await[0];
        put(&house, &owner, &json!({"customer_id": NUMBER, "name": NAME})).await;
        let export = house.post(&owner, "exports", &json!({"kind": "sales", "format": "csv"})).await.json();
        house.hub.jobs.catch_up().await.expect("done");
        let files = || std::fs::read_dir(house.files_dir()).expect("a folder").count();
        assert_eq!(files(), 1);
        let request = house.post(&owner, "privacy/requests", &json!({"kind": "erasure", "customer_id": NUMBER})).await.json();
        assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 0, "it waits to be confirmed");
        let rows = request["preview"]["rows"].as_array().expect("rows");
        assert!(rows.iter().any(|row| row["goes"] == false && row["why"].as_str().is_some_and(|why| why.contains("Art. 17(3)(b)"))), "{request}");
        let path = format!("privacy/requests/{}", request["id"].as_str().expect("an id"));
        assert_eq!(house.post(&owner, &format!("{path}/confirm"), &json!({})).await.status, StatusCode::ACCEPTED);
        assert_eq!(house.post(&owner, &format!("{path}/confirm"), &json!({})).await.status, StatusCode::CONFLICT, "once");
        assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 1);
        let after = house.get(&owner, &path).await;
        assert_eq!((&after["state"], &after["subject"], &after["result"]["keys_destroyed"]), (&json!("done"), &Value::Null, &json!(1)), "{after}");
        let detail = house.get(&owner, &format!("receipts/{ticket}")).await;
        assert_eq!((&detail["customer"], detail["lines"].as_array().map(Vec::len)), (&Value::Null, Some(2)));
        assert_eq!(files(), 0, "nobody can tell who is in an export");
        let gone = house.send(Ask::get(&format!("/api/v1/exports/{}/file", export["job_id"].as_str().expect("an id"))).bearer(&owner)).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        assert_eq!(house.post(&owner, "customers/lookup", &json!({"customer_id": NUMBER})).await.status, StatusCode::NOT_FOUND);
        let chain = house.get(&owner, "audit/verify").await;
        assert_eq!(chain["intact"], true, "{chain}");
        let told = house.get(&owner, "audit?action=privacy.erased").await;
        assert_eq!(told["entries"].as_array().map(Vec::len), Some(1), "{told}");
        // A till sends the ticket again after a restore: it comes in without its customer. A later purchase does not.
        let mut again = receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 100);
        again.customer = Some(NUMBER.to_owned());
        let mut later = receipt("2", "2026-02-03T13:00:00Z", ReceiptKind::Sale, 100);
        later.customer = Some(NUMBER.to_owned());
        let hid = hidden(&house, &origin, &[again, later]).await;
        assert_eq!(hid[0].customer, None);
        assert!(hid[1].customer.is_some());
        house.close().await;
    }

    async fn people_are_erased_by_others_and_an_owner_is_left(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let (owner, admin) = (house.token("owner1@shop.example").await, house.token("admin1@shop.example").await);
        let list = house.get(&owner, "users").await;
        let id = |role: &str| list["users"].as_array().expect("a list").iter().find(|user| user["role"] == role).expect("one")["id"].clone();
        let erasure = |id: Value| json!({"kind": "erasure", "user_id": id});
        assert_eq!(house.post(&owner, "privacy/requests", &erasure(id("owner"))).await.status, StatusCode::CONFLICT, "the own");
        assert_eq!(house.post(&admin, "privacy/requests", &erasure(id("owner"))).await.status, StatusCode::FORBIDDEN);
        let viewer = house.token("viewer1@shop.example").await;
        let request = house.post(&owner, "privacy/requests", &erasure(id("viewer"))).await.json();
        let path = format!("privacy/requests/{}/confirm", request["id"].as_str().expect("an id"));
        assert_eq!(house.post(&owner, &path, &json!({})).await.status, StatusCode::ACCEPTED);
        house.hub.jobs.catch_up().await.expect("done");
        let after = house.get(&owner, &format!("users/{}", id("viewer").as_str().expect("an id"))).await;
        assert_eq!((&after["name"], &after["disabled_at"]), (&json!("Erased person"), &json!(NOW)), "{after}");
        assert_eq!(house.send(Ask::get("/api/v1/stores").bearer(&viewer)).await.status, StatusCode::UNAUTHORIZED);
        for email in ["viewer1@shop.example", after["email"].as_str().expect("an address")] {
            assert_eq!(house.login(email, PASSWORD).await.status, StatusCode::UNAUTHORIZED, "{email}");
        }
        let rows = subject::dump(&mut db.begin_read_hub().await.expect("a transaction")).await.expect("rows");
        assert!(!rows.iter().any(|(_, row)| row.contains("viewer1@shop.example")));
        house.close().await;
    }

    async fn numbers_of_an_earlier_version_become_pseudonyms_at_the_start(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let ticket = ring(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 100)], 1).await[0];
        for table in ["receipts", "transactions"] {
            testing::meddle(&db, table, &format!("update {table} set customer_id = '{NUMBER}'")).await;
        }
        let mut tx = db.begin_write().await.expect("a transaction");
        meta::set(&mut tx, "customers.pseudonymised", "").await.expect("as if never");
        tx.commit().await.expect("a commit");
        let config = KeysConfig { dir: house.keys_dir() };
        for _ in 0..2 {
            secrets::open(&config, &db, &Clock::manual(at(NOW))).await.expect("it starts");
        }
        let owner = house.token("owner1@shop.example").await;
        let customer = house.get(&owner, &format!("receipts/{ticket}")).await["customer"].clone();
        assert!(customer.as_str().is_some_and(|name| name.starts_with("cus_")), "{customer}");
        let found = house.get(&owner, &format!("transactions?customer_id={NUMBER}")).await;
        assert_eq!(found["transactions"].as_array().map(Vec::len), Some(2));
        assert_eq!(customers::on_receipts(&mut db.begin_read_hub().await.expect("a transaction"), origin.org, "", 9).await.expect("a list").len(), 1);
        house.close().await;
    }

    async fn a_database_that_knows_more_than_the_ledger_is_not_served(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        meta::set(&mut tx, "erasures", &format!("3 {}", "ab".repeat(32))).await.expect("noted");
        tx.commit().await.expect("a commit");
        let refused = secrets::open(&KeysConfig { dir: house.keys_dir() }, &db, &Clock::manual(at(NOW))).await;
        let cause = format!("{:#}", anyhow::Error::new(refused.expect_err("an older ledger")));
        assert!(cause.contains("older copy"), "{cause}");
        house.close().await;
    }

    async fn keys_are_rotated_while_records_are_read(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let owner = house.token("owner1@shop.example").await;
        put(&house, &owner, &json!({"customer_id": NUMBER, "name": NAME})).await;
        for expected in [1, 1] {
            assert_eq!(house.post(&owner, "privacy/keys/rotate", &json!({})).await.status, StatusCode::ACCEPTED);
            assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 1);
            let jobs = house.get(&owner, "jobs?kind=privacy.rotate_keys&limit=1").await;
            assert_eq!(jobs["jobs"][0]["result"]["keys"], expected, "{jobs}");
            assert_eq!(house.post(&owner, "customers/lookup", &json!({"customer_id": NUMBER})).await.json()["name"], NAME);
        }
        house.close().await;
    }
}

/// Every file below a folder, as text as far as it is.
fn texts(dir: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => texts(&path, all),
            false => {
                let bytes = std::fs::read(&path).expect("read");
                all.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
}

hub_on_both_engines! {
    async fn who_was_erased_is_not_brought_back_by_a_backup(url) {
        let mut hub = Program::start(&url).await;
        // A customer with tickets, a record and an export; a person who signed in.
        let mut sale = receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 100);
        sale.customer = Some(NUMBER.to_owned());
        let history = hub.folder().join("history.jsonl");
        std::fs::write(&history, format!("{}\n", json!({ "receipt": sale }))).expect("written");
        let done = hub.command(&["import", "--store", &hub.store.clone(), history.to_str().expect("a path")]).await;
        assert_eq!(done["lines"], 2, "{done}");
        std::fs::remove_file(history).expect("removed");
        hub.ask(Method::PUT, "customers", &json!({"customer_id": NUMBER, "name": NAME, "email": MAIL, "phone": "+44 CANARY"})).await;
        let person = json!({"email": MAIL, "name": NAME, "role": "viewer", "password": PASSWORD, "all_stores": true});
        let person = hub.ask(Method::POST, "users", &person).await;
        let login = Ask::post("/api/v1/auth/login", &json!({"email": MAIL, "password": PASSWORD})).header("user-agent", "canary-browser");
        assert_eq!(crate::house::send(hub.http, login).await.status, StatusCode::OK);
        let export = hub.ask(Method::POST, "exports", &json!({"kind": "sales", "format": "csv"})).await;
        let job = format!("jobs/{}", export["job_id"].as_str().expect("an id"));
        hub.until(&job, |job| job["state"] == "done").await;
        let access = hub.ask(Method::POST, "privacy/requests", &json!({"kind": "access", "customer_id": NUMBER})).await;
        let access = format!("privacy/requests/{}", access["id"].as_str().expect("an id"));
        hub.until(&access, |request| request["state"] == "done").await;
        let pseudonyms: Vec<String> = {
            let db = Db::open(&url).await.expect("it opens");
            let org = vyavs_store::orgs::list(&mut db.begin_read_hub().await.expect("a transaction")).await.expect("one")[0].id;
            let mut tx = db.begin_read_hub().await.expect("a transaction");
            let mut all = customers::on_receipts(&mut tx, org, "", 9).await.expect("a list");
            all.extend(customers::ids(&mut tx, org, "", 9).await.expect("a list"));
            tx.rollback().await.expect("ended");
            db.close().await;
            all
        };
        assert_eq!(pseudonyms.len(), 2, "on tickets, and of the record: {pseudonyms:?}");
        hub.stop().await;
        let backup = testing::beside(&url, "_backup");
        testing::copy_database(&url, &backup).await;
        hub.start_again().await;
        for of in [json!({"kind": "erasure", "customer_id": NUMBER}), json!({"kind": "erasure", "user_id": person["id"]})] {
            let request = hub.ask(Method::POST, "privacy/requests", &of).await;
            let path = format!("privacy/requests/{}", request["id"].as_str().expect("an id"));
            hub.ask(Method::POST, &format!("{path}/confirm"), &json!({})).await;
            hub.until(&path, |request| request["state"] == "done").await;
        }
        let nowhere = async |hub: &Program, when: &str| {
            let db = Db::open(&url).await.expect("it opens");
            let mut tx = db.begin_read_hub().await.expect("a transaction");
            let mut found = subject::dump(&mut tx).await.expect("rows");
            tx.rollback().await.expect("ended");
            db.close().await;
            assert!(found.iter().any(|(table, _)| table == "transactions"), "the ticket stays, {when}");
            texts(hub.folder(), &mut found);
            // On SQLite the bytes of the file and of its log, too: what was overwritten must not be readable there.
            if let Some(file) = url.strip_prefix("sqlite://") {
                let mut bytes = Vec::new();
                texts(Path::new(file).parent().expect("a folder"), &mut bytes);
                found.extend(bytes.into_iter().filter(|(path, _)| !path.contains("_backup")));
            }
            let mut words = vec![NUMBER, NAME, MAIL, "+44 CANARY", "canary-browser"];
            words.extend(pseudonyms.iter().map(String::as_str));
            for word in words {
                // As it is, and as bytes are written out.
                let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
                let spelled = [word.to_owned(), hex.to_uppercase(), hex];
                let holds = |text: &str| spelled.iter().any(|word| text.contains(word));
                let places: Vec<_> = found.iter().filter(|(_, text)| holds(text)).map(|(place, _)| place).collect();
                assert!(places.is_empty(), "{when}: {word} stands in {places:?}");
            }
        };
        nowhere(&hub, "after the erasure").await;
        hub.stop().await;
        testing::copy_database(&backup, &url).await;
        let db = Db::open(&url).await.expect("it opens");
        let back = subject::dump(&mut db.begin_read_hub().await.expect("a transaction")).await.expect("rows");
        assert!(back.iter().any(|(_, row)| row.contains(MAIL)), "or the backup proves nothing");
        db.close().await;
        hub.start_again().await;
        nowhere(&hub, "after the older copy was put back").await;
        let found = hub.get(&format!("transactions?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&customer_id={NUMBER}")).await;
        assert_eq!(found["transactions"].as_array().map(Vec::len), Some(0));
        let chain = hub.get("audit/verify").await;
        assert_eq!(chain["intact"], true, "{chain}");
        hub.stop().await;
        testing::drop_copy(&backup).await;
    }
}
