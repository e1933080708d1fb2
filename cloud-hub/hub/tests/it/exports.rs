//! Exports, reports and schedules over HTTP: the figures of the pages in files that are whole, for those who may see them.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use vyavs_domain::ids::UserId;
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::{both_engines, users};

use crate::house::{Ask, House, Reply, alarm, at, measure, receipt, ring};

impl House {
    /// Starts something and does it; gives the job as it is then.
    async fn do_job(&self, token: &str, path: &str, body: &Value) -> Value {
        let reply = self.send(Ask::post(path, body).bearer(token)).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{path} {body}: {}", reply.text());
        assert_eq!(self.hub.jobs.catch_up().await.expect("the database is there"), 1);
        let id = reply.json()["job_id"].as_str().expect("an id").to_owned();
        self.send(Ask::get(&format!("/api/v1/jobs/{id}")).bearer(token)).await.json()
    }

    async fn file(&self, token: &str, job: &Value) -> Reply {
        let url = job["file"]["url"].as_str().unwrap_or_else(|| panic!("no file: {job}"));
        self.send(Ask::get(url).bearer(token)).await
    }
}

/// Trade of one day: 2.50 and 4.00 in, 1.00 back, and a void that is no revenue.
pub(crate) async fn trade(house: &House) -> vyavs_store::Origin {
    let origin = house.tenant(1).await;
    let mut odd = receipt("2", "2026-02-03T11:00:00Z", ReceiptKind::Sale, 400);
    "=HYPERLINK(\"http://x\")".clone_into(&mut odd.lines[1].name);
    let tickets = [
        receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 250),
        odd,
        receipt("3", "2026-02-03T11:30:00Z", ReceiptKind::Return, -100),
        receipt("4", "2026-02-03T11:40:00Z", ReceiptKind::Void, 900),
    ];
    ring(&house.hub.store, &origin, &tickets, 1).await;
    measure(&house.hub.store, &origin).await;
    alarm(&house.hub.store, &origin, 2).await;
    origin
}

fn total(job: &Value, column: &str) -> String {
    let totals = job["file"]["sections"][0]["totals"].as_array().expect("totals");
    totals.iter().find(|total| total["column"] == column).expect(column)["sum"].as_str().expect("a sum").to_owned()
}

both_engines! {
    async fn an_export_holds_every_row_and_the_sums_of_the_pages(db: Db) {
        let house = House::open(db).await;
        trade(&house).await;
        let owner = house.token("owner1@shop.example").await;
        let page = house.send(Ask::get("/api/v1/sales?granularity=day").bearer(&owner)).await.json();
        assert_eq!(page["points"][0]["revenue"]["amount"], "5.50");
        for (kind, rows) in [("sales", 1), ("transactions", 4), ("lines", 8), ("products", 2), ("readings", 61), ("alarms", 2)] {
            for format in ["csv", "xlsx", "pdf"] {
                let job = house.do_job(&owner, "/api/v1/exports", &json!({"kind": kind, "format": format})).await;
                assert_eq!((job["state"].as_str(), job["file"]["rows"].as_i64()), (Some("done"), Some(rows)), "{kind} {format}: {job}");
                if ["sales", "transactions", "lines"].contains(&kind) {
                    assert_eq!(total(&job, "Revenue"), "5.50", "{kind} {format}");
                }
                let file = house.file(&owner, &job).await;
                assert_eq!((file.status, file.body.len() as i64), (StatusCode::OK, job["file"]["size"].as_i64().expect("a size")));
                assert_eq!(blake3::hash(&file.body).to_hex().as_str(), job["file"]["digest"]);
                assert!(file.header("content-disposition").starts_with("attachment; filename=\""));
                let magic: &[u8] = match format { "xlsx" => b"PK", "pdf" => b"%PDF", _ => b"" };
                assert!(file.body.starts_with(magic), "{kind} {format}");
                if (kind, format) == ("lines", "csv") {
                    let text = file.text();
                    assert!(text.contains("'=HYPERLINK") && !text.contains(",\"=HYPERLINK"), "{text}");
                    assert!(text.contains("# rows: 8") && text.contains("Revenue (GBP) 5.50"), "{text}");
                    assert!(text.contains("# time zone: Europe/London") && text.contains("# period: 2026-01-04/2026-02-03"), "{text}");
                }
            }
        }
        // Of another period there is nothing, and that is said, too.
        let empty = json!({"kind": "transactions", "format": "csv", "from": "2026-02-04", "to": "2026-02-05"});
        let job = house.do_job(&owner, "/api/v1/exports", &empty).await;
        assert!(house.file(&owner, &job).await.text().contains("# rows: 0"), "{job}");
        for bad in [
            json!({"kind": "people", "format": "csv"}), json!({"kind": "sales", "format": "csv", "form": 1}),
            json!({"kind": "sales", "format": "csv", "from": "2026-02-04", "to": "2026-02-03"}),
            json!({"kind": "sales", "format": "csv", "locale": "tlh"}),
            json!({"kind": "sales", "format": "csv", "store_ids": ["00000000-0000-0000-0000-000000000001"]}),
        ] {
            let reply = house.send(Ask::post("/api/v1/exports", &bad).bearer(&owner)).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}: {}", reply.text());
        }
        house.close().await;
    }

    async fn an_export_of_lines_holds_what_the_search_finds_and_says_what_was_asked(db: Db) {
        let house = House::open(db).await;
        trade(&house).await;
        let owner = house.token("owner1@shop.example").await;
        for (only, asked, said) in [
            (json!({"receipt_number": "2"}), "receipt_number=2", "ticket 2"),
            (json!({"kind": "void"}), "kind=void", "tickets of kind void"),
            (json!({"register": "till-1", "min_total": "1.50"}), "register=till-1&min_total=1.50", "till till-1; at least 1.50"),
            (json!({"max_total": "-0.01"}), "max_total=-0.01", "at most -0.01"),
            (json!({"cashier": "nobody"}), "cashier=nobody", "cashier nobody"),
        ] {
            let page = house.get(&owner, &format!("transactions?count=true&limit=100&{asked}")).await;
            let order = json!({"kind": "lines", "format": "csv", "only": only});
            let job = house.do_job(&owner, "/api/v1/exports", &order).await;
            assert_eq!((&job["state"], &job["file"]["rows"]), (&json!("done"), &page["total"]), "{only}: {job}");
            let text = house.file(&owner, &job).await.text();
            assert!(text.contains(&format!("# filters: {said}")), "{only}: {text}");
            for line in page["transactions"].as_array().expect("lines") {
                let (sku, number) = (line["sku"].as_str().expect("a text"), line["receipt_number"].as_str().expect("a text"));
                assert!(text.lines().any(|row| row.contains(sku) && row.contains(&format!(",{number},"))), "{only}: {line} in {text}");
            }
        }
        for wrong in [
            json!({"kind": "sales", "format": "csv", "only": {}}),
            json!({"kind": "lines", "format": "csv", "only": {"min_total": "1,50"}}),
            json!({"kind": "lines", "format": "csv", "only": {"cashier": ""}}),
            json!({"kind": "lines", "format": "csv", "only": {"customer_id": "17850"}}),
            json!({"kind": "lines", "format": "csv", "only": [null, "Bread"]}),
        ] {
            let reply = house.send(Ask::post("/api/v1/exports", &wrong).bearer(&owner)).await;
            assert!(reply.status.is_client_error() && reply.text().contains("only"), "{wrong}: {}", reply.text());
        }
        house.close().await;
    }

    async fn reports_come_in_every_format_with_the_figures_of_the_pages(db: Db) {
        let house = House::open(db).await;
        trade(&house).await;
        let viewer = house.token("viewer1@shop.example").await;
        let offers = house.send(Ask::get("/api/v1/reports").bearer(&viewer)).await.json();
        let offers = offers["reports"].as_array().expect("reports").clone();
        assert_eq!(offers.len(), 4);
        for offer in &offers {
            for format in offer["formats"].as_array().expect("formats") {
                let order = json!({"kind": offer["kind"], "format": format, "day": "2026-02-03"});
                let job = house.do_job(&viewer, "/api/v1/reports", &order).await;
                assert_eq!(job["state"], "done", "{order}: {job}");
                let file = house.file(&viewer, &job).await;
                assert_eq!(file.status, StatusCode::OK, "{order}");
                match offer["kind"].as_str().expect("a kind") {
                    "daily_store_brief" | "weekly_chain" => assert_eq!(total(&job, "Revenue"), "5.50", "{order}"),
                    // A return, a void, an opened drawer, a ticket that could not be read.
                    "shrink_exceptions" => assert_eq!(total(&job, "Count"), "4", "{order}"),
                    // 3.0 to 8.9 °C within one hour, the limit is 5; the other 23 hours are silent, and said to be.
                    kind => {
                        assert_eq!((kind, total(&job, "Out of limits").as_str()), ("fridge_log", "1"), "{order}");
                        assert!(job["file"]["sections"][0]["missing"][0].as_str().expect("a gap").contains("23 of 24 hours"), "{job}");
                    }
                }
            }
        }
        house.close().await;
    }

    async fn a_file_is_for_those_who_may_see_its_rows_and_for_a_week(db: Db) {
        let house = House::open(db).await;
        trade(&house).await;
        let owner = house.token("owner1@shop.example").await;
        let order = json!({"kind": "lines", "format": "csv"});
        let job = house.do_job(&owner, "/api/v1/exports", &order).await;
        let viewer = house.token("viewer1@shop.example").await;
        let refused = house.send(Ask::post("/api/v1/exports", &order).bearer(&viewer)).await;
        assert_eq!(refused.json()["detail"], "this needs exports.create");
        assert_eq!(house.file(&viewer, &job).await.status, StatusCode::FORBIDDEN);
        assert_eq!(house.file(&owner, &job).await.status, StatusCode::OK);
        let taken = house.send(Ask::get("/api/v1/audit?action=exports.download").bearer(&owner)).await.json();
        let objects: Vec<_> = taken["entries"].as_array().expect("entries").iter().map(|entry| &entry["object"]).collect();
        assert_eq!(objects, [&job["id"]], "who took the file, and only who got it: {taken}");
        // As a report it is not there, and a job that people may not start is not started.
        let id = job["id"].as_str().expect("an id");
        assert_eq!(house.send(Ask::get(&format!("/api/v1/reports/{id}/file")).bearer(&owner)).await.status, StatusCode::NOT_FOUND);
        let around = json!({"kind": "export", "input": order});
        assert_eq!(house.send(Ask::post("/api/v1/jobs", &around).bearer(&owner)).await.status, StatusCode::BAD_REQUEST);
        let around = json!({"name": "x", "kind": "export", "input": order, "pattern": "0 3 * * *", "timezone": "UTC"});
        assert_eq!(house.send(Ask::post("/api/v1/schedules", &around).bearer(&owner)).await.status, StatusCode::BAD_REQUEST);
        // A key that may export, but not see sales.
        let key = json!({"name": "k", "permissions": ["exports.create", "jobs.read"], "all_stores": true, "expires_at": "2026-12-01T00:00:00Z"});
        let key = house.send(Ask::post("/api/v1/api-keys", &key).bearer(&owner)).await.json()["key"].as_str().expect("a key").to_owned();
        assert_eq!(house.file(&key, &job).await.json()["detail"], "this needs sales.read");
        assert_eq!(house.send(Ask::post("/api/v1/exports", &order).bearer(&key)).await.json()["detail"], "this needs sales.read");
        // An old sign-in shows a factor again.
        let session = house.login("admin1@shop.example", crate::house::PASSWORD).await.json();
        assert_eq!(house.file(session["access_token"].as_str().expect("a token"), &job).await.status, StatusCode::OK);
        house.hub.clock.set(at("2026-02-03T12:16:00Z"));
        let refresh = json!({"refresh_token": session["refresh_token"]});
        let old = house.send(Ask::post("/api/v1/auth/refresh", &refresh)).await.json();
        let old = old["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(house.file(&old, &job).await.json()["type"], "urn:vyavs:problem:step-up");
        assert_eq!(house.send(Ask::post("/api/v1/exports", &order).bearer(&old)).await.json()["type"], "urn:vyavs:problem:step-up");
        // After a week it is gone, from the folder too.
        let files = || std::fs::read_dir(house.files_dir()).map_or(0, Iterator::count);
        assert_eq!(files(), 1);
        house.hub.clock.set(at("2026-02-10T12:00:01Z"));
        house.hub.jobs.catch_up().await.expect("the database is there");
        let owner = house.token("owner1@shop.example").await;
        assert_eq!(house.file(&owner, &job).await.status, StatusCode::NOT_FOUND);
        assert_eq!(files(), 0);
        house.close().await;
    }

    async fn a_schedule_runs_in_a_name_and_with_what_that_name_may_do(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = trade(&house).await;
        let (owner, admin) = (house.token("owner1@shop.example").await, house.token("admin1@shop.example").await);
        let brief = json!({"kind": "daily_store_brief", "format": "csv"});
        let new = json!({"name": "Brief at six", "kind": "report", "input": brief, "pattern": "0 6 * * *", "timezone": "Europe/London"});
        let made = house.send(Ask::post("/api/v1/schedules", &new).bearer(&admin)).await;
        assert_eq!((made.status, made.header("etag")), (StatusCode::CREATED, "\"1\""), "{}", made.text());
        assert_eq!(made.json()["next_runs"], json!(["2026-02-04T06:00:00Z", "2026-02-05T06:00:00Z", "2026-02-06T06:00:00Z"]));
        for (field, bad) in [("pattern", "61 6 * * *"), ("pattern", "0 0 30 2 *"), ("timezone", "Europe/Nowhere"), ("kind", "export"), ("name", " ")] {
            let mut worse = new.clone();
            worse[field] = json!(bad);
            let reply = house.send(Ask::post("/api/v1/schedules", &worse).bearer(&admin)).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}: {}", reply.text());
        }
        // As promised in the preview; the report is about the day before.
        house.hub.clock.set(at("2026-02-04T06:00:00Z"));
        assert_eq!(house.hub.jobs.catch_up().await.expect("the database is there"), 1);
        let owner_now = house.token("owner1@shop.example").await;
        let path = format!("/api/v1/schedules/{}", made.json()["id"].as_str().expect("an id"));
        let now = house.send(Ask::get(&path).bearer(&owner_now)).await.json();
        assert_eq!(now["last_run_at"], "2026-02-04T06:00:00Z");
        let job = house.send(Ask::get(&format!("/api/v1/jobs/{}", now["last_job_id"].as_str().expect("a job"))).bearer(&owner_now)).await.json();
        assert_eq!((job["state"].as_str(), job["result"]["from"].as_str(), total(&job, "Revenue").as_str()), (Some("done"), Some("2026-02-03"), "5.50"), "{job}");
        let list = house.send(Ask::get(&format!("/api/v1/jobs?schedule_id={}&state=done&limit=1", now["id"].as_str().expect("an id"))).bearer(&owner_now)).await.json();
        assert_eq!(list["jobs"][0]["id"], job["id"]);
        // Of two changes of one version one is made; it rests, and then it does not.
        let change = |version: &str, to: Value| house.send(Ask::patch(&path, version, &to).bearer(&owner_now));
        let (first, second) = (change("\"1\"", json!({"paused": true})).await, change("\"1\"", json!({"paused": false})).await);
        assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::PRECONDITION_FAILED), "{}", first.text());
        assert_eq!(first.json()["next_runs"], json!([]));
        house.hub.clock.set(at("2026-02-06T06:00:00Z"));
        assert_eq!(house.hub.jobs.catch_up().await.expect("the database is there"), 0);
        let owner_now = house.token("owner1@shop.example").await;
        let awake = house.send(Ask::patch(&path, "\"2\"", &json!({"paused": false})).bearer(&owner_now)).await;
        assert_eq!(awake.json()["next_runs"][0], "2026-02-07T06:00:00Z", "{}", awake.text());
        // Whose name it runs in may not sign in any more: it runs no more either, and says why.
        let mut tx = db.begin_write().await.expect("a transaction");
        let me = now["runs_as"]["id"].as_str().expect("an id").parse().expect("a UUID");
        let people = users::list(&mut tx, origin.org).await.expect("people");
        let last = people.iter().find(|one| one.email.starts_with("owner1")).expect("the owner").id;
        assert_ne!(UserId(me), last, "it ran as the administrator who made it");
        users::set_disabled(&mut tx, origin.org, last, Some(at("2026-02-06T07:00:00Z"))).await.expect("shut out");
        tx.commit().await.expect("a commit");
        house.hub.clock.set(at("2026-02-07T06:00:00Z"));
        assert_eq!(house.hub.jobs.catch_up().await.expect("the database is there"), 1);
        let admin_now = house.token("admin1@shop.example").await;
        let jobs = house.send(Ask::get("/api/v1/jobs").bearer(&admin_now)).await.json();
        assert_eq!((jobs["jobs"][0]["state"].as_str(), jobs["jobs"][0]["error"].as_str()), (Some("failed"), Some("whoever asked for this may not sign in any more")));
        let gone = house.send(Ask::new(Method::DELETE, &path).bearer(&admin_now)).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
        drop((owner, admin));
        house.close().await;
    }

    async fn a_job_is_started_seen_and_cancelled_by_those_who_may(db: Db) {
        let house = House::open(db).await;
        trade(&house).await;
        let owner = house.token("owner1@shop.example").await;
        let job = house.do_job(&owner, "/api/v1/jobs", &json!({"kind": "figures.verify"})).await;
        assert_eq!((job["state"].as_str(), &job["result"]), (Some("done"), &json!({"stores": 1, "wrong": []})), "{job}");
        assert_eq!((job["done"].as_i64(), job["total"].as_i64(), job["unit"].as_str()), (Some(1), Some(1), Some("stores")));
        let cancel = |id: &str| house.send(Ask::post(&format!("/api/v1/jobs/{id}/cancel"), &json!({})).bearer(&owner));
        assert_eq!(cancel(job["id"].as_str().expect("an id")).await.status, StatusCode::CONFLICT);
        let later = json!({"kind": "figures.verify", "run_at": "2026-02-04T00:00:00Z", "priority": 3});
        let twice = Ask::post("/api/v1/jobs", &later).bearer(&owner).header("idempotency-key", "once");
        let (one, two) = (house.send(twice.clone()).await.json(), house.send(twice).await.json());
        assert_eq!(one["job_id"], two["job_id"]);
        let cancelled = cancel(one["job_id"].as_str().expect("an id")).await;
        assert_eq!((cancelled.status, cancelled.json()["state"].as_str()), (StatusCode::OK, Some("cancelled")), "{}", cancelled.text());
        house.hub.clock.set(at("2026-02-04T00:00:01Z"));
        assert_eq!(house.hub.jobs.catch_up().await.expect("the database is there"), 0);
        for bad in [json!({"kind": "nothing"}), json!({"kind": "figures.verify", "priority": 11}), json!({"kind": "figures.verify", "input": {"a": 1}})] {
            let token = house.token("owner1@shop.example").await;
            assert_eq!(house.send(Ask::post("/api/v1/jobs", &bad).bearer(&token)).await.status, StatusCode::BAD_REQUEST, "{bad}");
        }
        house.close().await;
    }
}
