//! What the API promises its callers: who may, what is whose, and figures that are those of the database.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::sale::ReceiptKind;
use vyavs_hub::api::access::Need;
use vyavs_hub::api::sync::{Picture, Spoken};
use vyavs_hub::ui::Ui;
use vyavs_store::{both_engines, losses, sync};
use vyavs_wire::up::{BacklogV1, InputV1};

use crate::house::{Ask, House, alarm, at, identity, measure, receipt, ring};

/// Every route with `{id}` filled in.
fn paths(id: &str) -> Vec<(Method, String, Need)> {
    let mut routes: Vec<_> = vyavs_hub::api::access()
        .routes()
        .map(|(path, method, need)| (method.clone(), path.replace("{id}", id), need))
        .collect();
    routes.sort_by(|a, b| a.1.cmp(&b.1));
    routes
}

both_engines! {
    async fn every_route_but_the_named_ones_refuses_strangers_and_every_answer_is_guarded(db: Db) {
        const OPEN: [&str; 18] = [
            "/api/v1/auth/login",
            "/api/v1/auth/refresh",
            "/auth/login",
            "/auth/refresh",
            "/auth/token",
            "/api/v1/auth/token",
            "/api/v1/auth/links",
            "/api/v1/auth/invitations/accept",
            "/api/v1/auth/password/forgot",
            "/api/v1/auth/password/reset",
            "/api/v1/auth/passkeys/challenge",
            "/api/v1/auth/passkeys/sign-in",
            "/api/v1/auth/oidc/providers",
            "/api/v1/auth/oidc/00000000-0000-0000-0000-000000000000/start",
            "/api/v1/auth/oidc/00000000-0000-0000-0000-000000000000/callback",
            "/api/v1/enrol",
            "/api/v1/healthz",
            "/api/v1/openapi.json",
        ];
        let house = House::open(db).await;
        let routes = paths(&Uuid::nil().to_string());
        assert!(routes.len() >= 24, "only {} routes", routes.len());
        for (method, path, need) in routes {
            assert_eq!(need == Need::Open, OPEN.contains(&path.as_str()), "{method} {path}");
            let reply = house.send(Ask::new(method.clone(), &path)).await;
            if need != Need::Open {
                assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                assert_eq!(reply.json()["type"], "urn:vyavs:problem:not-signed-in");
                assert_eq!(reply.json()["request_id"], reply.header("x-request-id"));
            }
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cache-control", "no-store"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
                ("strict-transport-security", ""),
                ("server", ""),
                ("access-control-allow-origin", ""),
            ] {
                assert_eq!(reply.header(name), value, "{name} of {method} {path}");
            }
        }
        for path in ["/api", "/api/v1", "/api/v1/nothing", "/api/v2/stores", "/auth/x"] {
            let reply = house.send(Ask::get(path).header("accept", "text/html")).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
        }
        let refused = house.send(Ask::new(Method::DELETE, "/api/v1/stores")).await;
        assert_eq!((refused.status, refused.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD, POST"));
        house.close().await;
    }

    async fn the_figures_are_those_of_the_stores_day_and_say_how_fresh_they_are(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let rung = [
            // Yesterday in the books: the day begins at four.
            receipt("1", "2026-02-02T23:00:00Z", ReceiptKind::Sale, 100),
            receipt("2", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 1000),
            receipt("3", "2026-02-03T11:10:00Z", ReceiptKind::Sale, 500),
            receipt("4", "2026-02-03T11:20:00Z", ReceiptKind::Void, 9999),
            receipt("5", "2026-02-03T11:50:00Z", ReceiptKind::Return, -300),
            // A week ago: before and after this time of day.
            receipt("6", "2026-01-27T11:59:00Z", ReceiptKind::Sale, 700),
            receipt("7", "2026-01-27T12:01:00Z", ReceiptKind::Sale, 900),
        ];
        ring(&db, &origin, &rung, 1).await;
        alarm(&db, &origin, 4).await;
        let token = house.token("viewer1@shop.example").await;
        let kpis = async |house: &House| house.send(Ask::get("/api/v1/kpis").bearer(&token)).await.json();
        let by = |answer: &Value, id: &str| {
            answer["kpis"].as_array().expect("a list").iter().find(|kpi| kpi["id"] == id).expect(id).clone()
        };
        let answer = kpis(&house).await;
        let sales = by(&answer, "sales_today");
        assert_eq!((sales["value"].as_f64(), sales["currency"].as_str()), (Some(12.0), Some("GBP")), "{sales}");
        assert_eq!(sales["compare"]["value"], 7.0, "{sales}");
        assert_eq!(sales["freshness"], "never");
        let spark = sales["spark"].as_array().expect("a list");
        assert_eq!(spark.last().expect("a point"), &json!([at("2026-02-03T11:00:00Z").as_millisecond(), 2.0]));
        assert_eq!(by(&answer, "receipts_today")["value"], 2.0);
        assert_eq!(by(&answer, "average_basket")["value"], 6.0);
        assert_eq!(by(&answer, "open_alarms")["value"], 2.0);
        assert_eq!(answer["as_of"], "2026-02-03T12:00:00Z");

        // A device speaks, and the same figures know how fresh they are.
        let hello = Spoken { agent: Some("0.1.0".into()), clock: Some(0), wall_us: Some(1_000), received_us: Some(2_501_000) };
        let waits = |stream, unsent| BacklogV1 { stream, unsent, oldest_us: Some(at("2026-02-03T11:00:00Z").as_microsecond()) };
        let input = InputV1 { name: "till-1".into(), kind: "journal".into(), state: 1, detail: None, records: 8, last_us: None };
        let picture = Picture { backlog: vec![waits(0, 5), waits(1, 2)], disk_used: Some(1), disk_quota: Some(2), inputs: vec![input], models: vec!["m 1".into()], offset_ms: None };
        let mut tx = db.begin_write().await.expect("a transaction");
        sync::heard_hello(&mut tx, &origin, &hello.to_json()).await.expect("noted");
        sync::heard_now(&mut tx, &origin, &picture.to_json()).await.expect("noted");
        let loss = losses::Loss { epoch: 1, stream: 1, first: 3, last: 7, reason: "thinned".into(), detail: "over the cap".into(),
            at: at("2026-02-03T09:00:00Z"), signature: vec![1; 64], verified: true };
        losses::insert(&mut tx, &origin, &loss).await.expect("noted");
        tx.commit().await.expect("a commit");
        let answer = kpis(&house).await;
        assert_eq!(by(&answer, "unsent_records")["value"], 7.0);
        assert_eq!(by(&answer, "sales_today")["freshness"], "live");
        house.hub.clock.set(at("2026-02-03T12:04:00Z"));
        assert_eq!(by(&kpis(&house).await, "sales_today")["freshness"], "offline");
        house.sessions.connect(identity(1), at("2026-02-03T11:00:00Z"));
        let answer = kpis(&house).await;
        assert_eq!(by(&answer, "sales_today")["freshness"], "delayed");
        assert_eq!(by(&answer, "sales_today")["as_of"], "2026-02-03T12:00:00Z");
        let answer = house.send(Ask::get("/api/v1/stores").bearer(&token)).await.json();
        let metrics = &answer["stores"][0]["metrics"];
        assert_eq!(metrics["sales_today"], json!({"amount": "12.00", "currency": "GBP"}));
        assert_eq!((metrics["status"].as_str(), metrics["unsent"].as_i64()), (Some("delayed"), Some(7)));
        assert_eq!(metrics["oldest_unsent_at"], "2026-02-03T11:00:00Z");
        assert_eq!((metrics["agent_version"].as_str(), metrics["open_alarms"].as_i64()), (Some("0.1.0"), Some(2)));
        let path = format!("/api/v1/stores/{}/sync", identity(1).store);
        let device = house.send(Ask::get(&path).bearer(&token)).await.json()["devices"][0].clone();
        assert_eq!(device["connected"], true);
        assert_eq!(device["clock"], json!({"state": "synced", "offset_ms": 2500}));
        assert_eq!(device["losses"][0]["count"], 5);
        assert_eq!(device["inputs"][0]["state"], "running");
        assert_eq!(device["streams"].as_array().expect("a list").len(), 3);
        assert_eq!(device["streams"][0]["unsent"], 5);

        // Over time.
        let ask = |query: &str| house.send(Ask::get(&format!("/api/v1/sales?{query}")).bearer(&token));
        let hours = ask("from=2026-02-03T10:30:00Z&to=2026-02-03T12:00:00Z").await.json();
        assert_eq!(hours["points"], json!([
            {"at": "2026-02-03T10:00:00Z", "revenue": {"amount": "10.00", "currency": "GBP"}, "receipts": 1, "units": 3.0},
            {"at": "2026-02-03T11:00:00Z", "revenue": {"amount": "2.00", "currency": "GBP"}, "receipts": 1, "units": 6.0},
        ]), "{hours}");
        let days = ask("granularity=day&from=2026-02-01T12:00:00Z").await.json();
        let revenue: Vec<_> = days["points"].as_array().expect("a list").iter()
            .map(|point| (point["at"].as_str().expect("a time"), point["revenue"]["amount"].as_str().expect("an amount"))).collect();
        assert_eq!(revenue, [("2026-02-02T04:00:00Z", "1.00"), ("2026-02-03T04:00:00Z", "12.00")]);
        house.close().await;
    }

    async fn a_page_follows_a_page_and_no_row_is_missed_or_twice(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let rung: Vec<_> = (0..25)
            // Several with one closing time: the id decides.
            .map(|n| receipt(&n.to_string(), &format!("2026-02-03T10:{:02}:00Z", n / 5), ReceiptKind::Sale, 100 + n))
            .collect();
        let mut expected = ring(&db, &origin, &rung, 1).await;
        alarm(&db, &origin, 10).await;
        let token = house.token("viewer1@shop.example").await;
        let base = format!("/api/v1/stores/{}", identity(1).store);
        let all = async |path: &str, list: &str, limit: u32| {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let sign = if path.contains('?') { '&' } else { '?' };
                let page = house.send(Ask::get(&format!("{path}{sign}limit={limit}&cursor={cursor}")).bearer(&token)).await.json();
                let rows = page[list].as_array().expect("a list").clone();
                assert!(rows.len() <= limit as usize && !rows.is_empty());
                seen.extend(rows);
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = next.to_owned(),
                    None => return seen,
                }
            }
        };
        let seen = all(&format!("{base}/receipts"), "receipts", 7).await;
        let times: Vec<_> = seen.iter().map(|row| row["closed_at"].as_str().expect("a time")).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
        let mut ids: Vec<Uuid> = seen.iter().map(|row| row["id"].as_str().expect("an id").parse().expect("a UUID")).collect();
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected);
        // A page that is exactly full is the last one.
        assert_eq!(all(&format!("{base}/receipts"), "receipts", 25).await.len(), 25);
        assert_eq!(all("/api/v1/alarms?open=true", "alarms", 4).await.len(), 6);
        assert_eq!(all(&format!("{base}/alarms?open=false"), "alarms", 1).await.len(), 4);
        assert_eq!(all(&format!("{base}/events"), "events", 1).await.len(), 2);
        // One ticket, whole.
        let detail = house.send(Ask::get(&format!("/api/v1/receipts/{}", ids[0])).bearer(&token)).await.json();
        assert_eq!(detail["lines"].as_array().expect("a list").len(), 2);
        assert_eq!(detail["lines"][0]["unit_price"], "0.001");
        assert_eq!(detail["lines"][1]["unit_price"], "2.50");
        assert_eq!((detail["operator"].as_str(), detail["customer"].is_null()), (Some("7"), true));
        house.close().await;
    }

    async fn a_curve_is_thinned_and_a_sensor_shows_its_newest_value(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        measure(&db, &origin).await;
        let token = house.token("viewer1@shop.example").await;
        let base = format!("/api/v1/stores/{}", identity(1).store);
        let sensors = house.send(Ask::get(&format!("{base}/sensors")).bearer(&token)).await.json();
        assert_eq!(sensors["sensors"][0]["latest"], json!({"at": "2026-02-03T12:00:00Z", "value": null, "quality": "bad"}));
        assert_eq!(sensors["sensors"][0]["unit"], "Cel");
        let query = "sensor=fridge-1.air&from=2026-02-03T11:00:00Z&to=2026-02-03T12:00:00Z&points=10";
        let curve = house.send(Ask::get(&format!("{base}/telemetry?{query}")).bearer(&token)).await.json();
        let points = curve["series"][0]["points"].as_array().expect("a list");
        assert_eq!((points.len(), curve["interval_ms"].as_i64()), (10, Some(360_000)), "a stretch of whole minutes");
        let first: Vec<f64> = points[0].as_array().expect("a point").iter().map(|n| n.as_f64().expect("a number")).collect();
        assert!((first[1] - 3.0).abs() < 1e-9 && (first[2] - 3.25).abs() < 1e-9 && (first[3] - 3.5).abs() < 1e-9, "{first:?}");
        house.close().await;
    }

    async fn bad_parameters_are_named_with_what_was_expected(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let token = house.token("admin1@shop.example").await;
        let store = identity(1).store;
        for (path, field, expected) in [
            (format!("stores/{store}/receipts?limit=0"), "limit", "1 to 500"),
            (format!("stores/{store}/receipts?limit=x"), "limit", "1 to 500"),
            (format!("stores/{store}/receipts?cursor=x"), "cursor", "next_cursor"),
            (format!("stores/{store}/receipts?business_day=03.02.2026"), "business_day", "2011-03-05"),
            (format!("stores/{store}/receipts?terminal=a%2Fb"), "terminal", "till"),
            (format!("stores/{store}/receipts?limti=3"), "limti", "limit, cursor"),
            (format!("stores/{store}/telemetry?sensor=nope"), "sensor", "a sensor of this store"),
            (format!("stores/{store}/telemetry?points=9"), "points", "10 to 2000"),
            (format!("stores/{store}/telemetry?from=2026-02-03T12:00:00Z&to=2026-02-03T12:00:00Z"), "from", "before to"),
            ("stores/7/receipts".to_owned(), "id", "a UUID"),
            ("alarms?open=maybe".to_owned(), "open", "true or false"),
            ("sales?granularity=week".to_owned(), "granularity", "hour or day"),
            ("sales?from=2001-01-01T00:00:00Z".to_owned(), "from", "92 days"),
            ("kpis?store_id=x".to_owned(), "store_id", "a UUID"),
            ("stream?topics=sales,money".to_owned(), "topics", "sales, readings, alarms, alerts, sync"),
        ] {
            let reply = house.send(Ask::get(&format!("/api/v1/{path}")).bearer(&token)).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}: {}", reply.text());
            assert_eq!(reply.header("content-type"), "application/problem+json");
            let detail = reply.json()["detail"].as_str().expect("a detail").to_owned();
            assert!(detail.starts_with(&format!("{field}: ")) && detail.contains(expected), "{path}: {detail}");
        }
        let store = |change: &dyn Fn(&mut Value)| {
            let mut body = json!({"name": "North", "location": {"city": "Leeds"}, "config": {"timezone": "Europe/London", "currency": "GBP", "day_starts": "05:30"}});
            change(&mut body);
            Ask::post("/api/v1/stores", &body).bearer(&token)
        };
        for (ask, expected) in [
            (store(&|b| b["config"]["timezone"] = json!("Mars/Base")), "config.timezone"),
            (store(&|b| b["config"]["currency"] = json!("pounds")), "config.currency"),
            (store(&|b| b["config"]["day_starts"] = json!("25:00")), "config.day_starts"),
            (store(&|b| b["name"] = json!(" ")), "name"),
            (store(&|b| b["name"] = json!(7)), "name"),
            (store(&|b| b["colour"] = json!("red")), "colour"),
            (store(&|_| ()).body(b"{".to_vec()), "EOF"),
        ] {
            let reply = house.send(ask).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{expected}: {}", reply.text());
            assert!(reply.json()["detail"].as_str().expect("a detail").contains(expected), "{}", reply.text());
        }
        assert_eq!(house.send(store(&|_| ()).body(vec![b' '; 70_000])).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let form = Ask::new(Method::POST, "/api/v1/stores").bearer(&token).header("content-type", "text/plain").body(b"{}".to_vec());
        assert_eq!(house.send(form).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        // And what is right is made, once.
        let made = house.send(store(&|_| ())).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        assert_eq!((made.json()["day_starts"].as_str(), made.json()["metrics"]["status"].as_str()), (Some("05:30"), Some("never")));
        assert_eq!(house.send(store(&|_| ())).await.status, StatusCode::CONFLICT);
        house.close().await;
    }

    async fn a_failure_of_ours_shows_no_cause(db: Db) {
        let house = House::open(db.clone()).await;
        house.tenant(1).await;
        let token = house.token("viewer1@shop.example").await;
        assert_eq!(house.send(Ask::get("/api/v1/healthz")).await.status, StatusCode::OK);
        db.close().await;
        let reply = house.send(Ask::get("/api/v1/stores").bearer(&token)).await;
        assert!(reply.status.is_server_error(), "{}", reply.status);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        for word in ["sql", "pool", "postgres", "database"] {
            assert!(!reply.text().to_lowercase().contains(word), "{}", reply.text());
        }
        house.close().await;
    }

    async fn stores_of_several_currencies_are_never_added_up(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let token = house.token("admin1@shop.example").await;
        let body = json!({"name": "Berlin", "config": {"timezone": "Europe/Berlin", "currency": "EUR"}});
        assert_eq!(house.send(Ask::post("/api/v1/stores", &body).bearer(&token)).await.status, StatusCode::CREATED);
        let reply = house.send(Ask::get("/api/v1/sales").bearer(&token)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(reply.text().contains("EUR, GBP"), "{}", reply.text());
        let kpis = house.send(Ask::get("/api/v1/kpis").bearer(&token)).await.json();
        assert!(kpis["kpis"][0]["value"].is_null() && kpis["kpis"][0]["formula"].as_str().expect("one").contains("choose one store"));
        let one = Ask::get(&format!("/api/v1/sales?store_id={}", identity(1).store)).bearer(&token);
        assert_eq!(house.send(one).await.json()["currency"], "GBP");
        house.close().await;
    }
}

async fn sqlite() -> (tempfile::TempDir, vyavs_store::Db) {
    let dir = tempfile::tempdir().expect("a directory");
    let db = vyavs_store::testing::sqlite(dir.path()).await;
    (dir, db)
}

#[tokio::test]
async fn the_dashboards_files_are_cached_by_their_kind_and_a_missing_asset_is_missing() {
    let dist = tempfile::tempdir().expect("a directory");
    let put = |name: &str, text: &str| {
        let path = dist.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    put("index.html", "<html>");
    put("assets/app-1a2b.js", "let plain;");
    put("assets/app-1a2b.js.br", "BROTLI");
    put("assets/app-1a2b.js.gz", "GZIP");
    std::fs::write(dist.path().parent().expect("a parent").join("vyavs-outside.txt"), "secret").expect("written");
    let (_dir, db) = sqlite().await;
    let house = House::with(db, Ui::Dir(dist.path().to_owned()), Some("https://hub.example")).await;
    let get = |path: &str, headers: &[(&str, &str)]| {
        house.send(headers.iter().fold(Ask::get(path), |ask, (name, value)| ask.header(name, value)))
    };
    let asset = get("/assets/app-1a2b.js", &[]).await;
    assert_eq!((asset.text().as_str(), asset.header("content-type")), ("let plain;", "text/javascript; charset=utf-8"));
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(asset.header("vary"), "accept-encoding");
    let plain_tag = asset.header("etag").to_owned();
    assert!(plain_tag.starts_with('"') && plain_tag.len() > 10, "strong: {plain_tag}");
    let brotli = get("/assets/app-1a2b.js", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((brotli.text().as_str(), brotli.header("content-encoding")), ("BROTLI", "br"));
    assert_ne!(brotli.header("etag"), plain_tag, "each form has its own tag");
    assert_eq!(get("/assets/app-1a2b.js", &[("accept-encoding", "gzip, br;q=0")]).await.text(), "GZIP");
    let again = get("/assets/app-1a2b.js", &[("if-none-match", &plain_tag)]).await;
    assert_eq!(
        (again.status, again.body.len(), again.header("etag")),
        (StatusCode::NOT_MODIFIED, 0, plain_tag.as_str())
    );
    // Another form's tag does not match.
    let other = get("/assets/app-1a2b.js", &[("if-none-match", &plain_tag), ("accept-encoding", "br")]).await;
    assert_eq!(other.status, StatusCode::OK);
    let page = get("/", &[]).await;
    assert_eq!((page.text().as_str(), page.header("cache-control")), ("<html>", "no-cache"));
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(page.header("strict-transport-security").starts_with("max-age=63072000"));
    let html = [("accept", "text/html,application/xhtml+xml")];
    assert_eq!(get("/stores/7?tab=sync", &html).await.text(), "<html>");
    for (path, headers) in [
        ("/stores/7", &[][..]),
        ("/stores/7", &[("accept", "*/*")]),
        ("/assets/gone-9.js", &html),
        ("/assets/gone", &html),
        ("/favicon.ico", &html),
        ("/assets/app-1a2b.js.br", &html),
        ("/../vyavs-outside.txt", &html),
        ("/..%2fvyavs-outside.txt", &html),
        ("/.env", &html),
    ] {
        assert_eq!(get(path, headers).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(house.send(Ask::new(Method::POST, "/")).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let head = house.send(Ask::new(Method::HEAD, "/assets/app-1a2b.js")).await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (StatusCode::OK, 0, "10"));
    house.close().await;
}

/// Only with the feature, for it needs a built dashboard.
#[cfg(feature = "embed-ui")]
#[tokio::test]
async fn the_embedded_dashboard_is_served_compressed_with_all_that_its_page_asks_for() {
    let (_dir, db) = sqlite().await;
    let house = House::with(db, Ui::choose(None), None).await;
    let page = house.send(Ask::get("/")).await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-cache"));
    let html = page.text();
    let assets: Vec<&str> = html.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(!assets.is_empty(), "{html}");
    let mut compressed = 0;
    for asset in assets {
        let reply = house.send(Ask::get(asset).header("accept-encoding", "br")).await;
        assert_eq!(reply.status, StatusCode::OK, "{asset}");
        compressed += usize::from(reply.header("content-encoding") == "br");
    }
    // The smallest are not worth it.
    assert!(compressed > 0);
    house.close().await;
}
