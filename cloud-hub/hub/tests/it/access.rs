//! Who may do what, where: every route, every role, the own organization and another, all stores and some.

use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::ids::{StoreId, UserId};
use vyavs_domain::sale::ReceiptKind;
use vyavs_hub::access::Role;
use vyavs_hub::api::access::Need;
use vyavs_hub::identity::people;
use vyavs_store::{both_engines, external_identities, reach, stores, users};

use crate::house::{Ask, House, NOW, PASSWORD, Reply, alarm, at, identity, measure, receipt, ring};

const FORBIDDEN: &str = "urn:vyavs:problem:forbidden";

/// Lists that can be asked for one store.
const OF_STORES: [&str; 13] = [
    "alerts",
    "cases",
    "kpis",
    "sales",
    "stream",
    "products",
    "inventory",
    "stock-events",
    "transactions",
    "daily-sales-summary",
    "analytics/dashboard",
    "pricing/recommendations",
    "risks/alerts",
];

/// Every route that is not open, with its permission.
fn routes() -> Vec<(Method, String, vyavs_hub::access::Permission)> {
    let access = vyavs_hub::api::access();
    assert!(access.undeclared().is_empty(), "{:?}", access.undeclared());
    let mut routes: Vec<_> = access
        .routes()
        .filter_map(|(path, method, need)| match need {
            Need::Permission { permission, .. } => Some((method.clone(), path.to_owned(), permission)),
            Need::Open => None,
        })
        .collect();
    routes.sort_by(|a, b| (&a.1, a.0.as_str()).cmp(&(&b.1, b.0.as_str())));
    routes
}

/// What a route wants to be told at the least.
fn some_body(path: &str) -> &'static str {
    match path.rsplit('/').next() {
        Some("comment") => r#"{"text": "Seen."}"#,
        Some("snooze") => r#"{"until": "2026-02-03T13:00:00Z"}"#,
        Some("suppress" | "reopen") => r#"{"cause": "A cleaning."}"#,
        Some("resolve") => r#"{"outcome": "expected"}"#,
        Some("vote") => r#"{"useful": true}"#,
        Some("entries") => r#"{"command": "start_review"}"#,
        _ => "{}",
    }
}

/// A request that gets past the parsing of headers and body of most routes.
fn ask(method: &Method, path: &str) -> Ask {
    let ask = Ask::new(method.clone(), path);
    match *method {
        Method::GET => ask,
        _ => ask.header("content-type", "application/json").header("if-match", "\"1\"").body(some_body(path).into()),
    }
}

impl House {
    /// A person of organization `n` with a role and, unless all, these stores; gives the access token.
    pub(crate) async fn person(&self, n: u128, role: Role, some: Option<&[StoreId]>) -> (UserId, String) {
        let (org, email) = (identity(n).org, format!("{}-{n}-{}@shop.example", role.as_str(), some.is_some()));
        let as_given = (email.as_str(), role.as_str(), PASSWORD.to_owned());
        let id = people::add(&self.hub.store, &self.hub.passwords, org, as_given, at("2026-01-01T00:00:00Z"))
            .await
            .expect("a person");
        if let Some(some) = some {
            let mut tx = self.hub.store.begin_write().await.expect("a transaction");
            let mut user = users::get(&mut tx, org, id).await.expect("read").expect("there");
            user.everywhere = false;
            assert!(users::change(&mut tx, &user).await.expect("changed"));
            let some = some.iter().copied().collect();
            reach::set(&mut tx, org, id.0, &some).await.expect("given");
            tx.commit().await.expect("a commit");
        }
        let token = self.token(&email).await;
        (id, token)
    }

    /// A passkey of whoever the token is, which nobody can show.
    async fn passkey(&self, n: u128, token: &str) -> Uuid {
        let me = self.get(token, "me").await["id"].as_str().expect("an id").parse().expect("a UUID");
        let record = json!({"id": "AQ", "user": "AQ", "public_key": "AQ", "counter": 0, "backup_eligible": false, "backed_up": false,
            "aaguid": "AA", "transports": [], "discoverable": null, "created_at": "2026-01-01T00:00:00Z", "used_at": null});
        let row = vyavs_store::passkeys::PasskeyRow {
            id: Uuid::new_v4(),
            org: identity(n).org,
            user: UserId(me),
            credential: n.to_be_bytes().to_vec(),
            name: "Stick".to_owned(),
            record: record.to_string(),
        };
        let mut tx = self.hub.store.begin_write().await.expect("a transaction");
        vyavs_store::passkeys::insert(&mut tx, &row).await.expect("a passkey");
        tx.commit().await.expect("a commit");
        row.id
    }

    /// An account elsewhere of whoever the token is.
    async fn linked(&self, n: u128, token: &str) -> String {
        let me = self.get(token, "me").await["id"].as_str().expect("an id").parse().expect("a UUID");
        let (org, who) = (identity(n).org, ("https://id.example", format!("subject {n}")));
        let mut tx = self.hub.store.begin_write().await.expect("a transaction");
        external_identities::link(&mut tx, org, (who.0, &who.1), UserId(me), at(NOW)).await.expect("linked");
        tx.commit().await.expect("a commit");
        let own = self.get(token, "auth/linked-accounts").await;
        assert_eq!(own["accounts"].as_array().map(Vec::len), Some(1), "{own}");
        own["accounts"][0]["id"].as_str().expect("an id").to_owned()
    }

    /// A second shop of organization `n`.
    pub(crate) async fn second_shop(&self, n: u128) -> StoreId {
        let mut tx = self.hub.store.begin_write().await.expect("a transaction");
        let first = stores::get(&mut tx, identity(n).org, identity(n).store).await.expect("read").expect("there");
        let second = stores::Store { id: StoreId(Uuid::from_u128(0x5ec0 + n)), name: "Second".to_owned(), ..first };
        stores::put(&mut tx, &second).await.expect("a store");
        tx.commit().await.expect("a commit");
        second.id
    }
}

/// The same body, but for the request's own id.
fn body(reply: &Reply) -> Value {
    let mut value = reply.json();
    value["request_id"] = Value::Null;
    value
}

both_engines! {
    async fn every_role_may_exactly_what_the_routes_say(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let nobody = Uuid::nil().to_string();
        let mut asked = 0;
        for role in Role::ALL {
            let (_, token) = house.person(1, role, None).await;
            for (method, path, permission) in routes() {
                // They end the very sign-in, or never end.
                if path.ends_with("/logout") || path.ends_with("/stream") || path.ends_with("/auth/sessions") {
                    continue;
                }
                asked += 1;
                let reply = house.send(ask(&method, &path.replace("{id}", &nobody)).bearer(&token)).await;
                let refused = reply.status == StatusCode::FORBIDDEN && reply.json()["type"] == FORBIDDEN
                    && reply.json()["detail"] == format!("this needs {permission}");
                assert_eq!(refused, !role.permissions().has(permission), "{} {method} {path}: {}", role.as_str(), reply.status);
                assert!(!reply.status.is_server_error(), "{} {method} {path}: {}", role.as_str(), reply.text());
            }
        }
        assert!(asked >= 8 * 30, "only {asked}");
        house.close().await;
    }

    async fn what_belongs_to_another_tenant_is_not_there(db: Db) {
        let house = House::open(db.clone()).await;
        let mut ids: BTreeMap<&str, [String; 2]> = BTreeMap::new();
        let mut put = |kind: &'static str, n: usize, id: String| ids.entry(kind).or_default()[n - 1] = id;
        let mut owners = Vec::new();
        for n in 1..=2_usize {
            let origin = house.tenant(n as u128).await;
            measure(&db, &origin).await;
            alarm(&db, &origin, 1).await;
            let ticket = ring(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 250)], 1).await[0];
            let owner = house.token(&format!("owner{n}@shop.example")).await;
            let (person, _) = house.person(n as u128, Role::Analyst, None).await;
            let machine = json!({"name": "k", "permissions": ["stores.read"], "all_stores": true, "expires_at": "2026-12-01T00:00:00Z"});
            let key = house.send(Ask::post("/api/v1/api-keys", &machine).bearer(&owner)).await;
            assert_eq!(key.status, StatusCode::CREATED, "{}", key.text());
            let client = house.send(Ask::post("/api/v1/machine-clients", &machine).bearer(&owner)).await;
            assert_eq!(client.status, StatusCode::CREATED, "{}", client.text());
            let service = json!({"name": "SSO", "issuer": "https://id.example", "client_id": "hub", "method": "none", "domains": [],
                "admits": "invited", "role": "viewer", "all_stores": true});
            let service = house.send(Ask::post("/api/v1/identity-providers", &service).bearer(&owner)).await;
            assert_eq!(service.status, StatusCode::CREATED, "{}", service.text());
            put("identity-providers", n, service.json()["id"].as_str().expect("an id").to_owned());
            put("machine-clients", n, client.json()["details"]["id"].as_str().expect("an id").to_owned());
            // Another sign-in of the owner, so that ending it does not end this one.
            house.token(&format!("owner{n}@shop.example")).await;
            let sign_ins = house.send(Ask::get("/api/v1/auth/sessions").bearer(&owner)).await.json();
            let other = sign_ins["sign_ins"].as_array().expect("a list").iter().find(|row| row["this_one"] == false);
            put("stores", n, origin.store.to_string());
            put("receipts", n, ticket.to_string());
            put("users", n, person.to_string());
            put("api-keys", n, key.json()["details"]["id"].as_str().expect("an id").to_owned());
            put("organizations", n, origin.org.to_string());
            let product = vyavs_store::products::product_id(origin.org, "SKU-1");
            let counted = json!({"store_id": origin.store, "product_id": product, "kind": "count", "quantity": "5"});
            let counted = house.send(Ask::post("/api/v1/stock-events", &counted).bearer(&owner)).await;
            assert_eq!(counted.status, StatusCode::CREATED, "{}", counted.text());
            put("products", n, product.to_string());
            put("forecasts", n, product.to_string());
            put("simulation", n, origin.store.to_string());
            put("inventory", n, counted.json()["stock"]["id"].as_str().expect("an id").to_owned());
            put("auth", n, other.expect("another sign-in")["id"].as_str().expect("an id").to_owned());
            let start = async |path: &str, body: Value| {
                let reply = house.send(Ask::post(&format!("/api/v1/{path}"), &body).bearer(&owner)).await;
                assert!(reply.status.is_success(), "{path}: {}", reply.text());
                reply.json()[if path == "schedules" { "id" } else { "job_id" }].as_str().expect("an id").to_owned()
            };
            put("exports", n, start("exports", json!({"kind": "sales", "format": "csv"})).await);
            put("reports", n, start("reports", json!({"kind": "weekly_chain", "format": "csv"})).await);
            assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 2);
            put("jobs", n, start("jobs", json!({"kind": "figures.verify", "run_at": "2026-02-04T00:00:00Z"})).await);
            let nightly = json!({"name": "Nightly", "kind": "figures.verify", "input": {}, "pattern": "0 3 * * *", "timezone": "Europe/London"});
            put("schedules", n, start("schedules", nightly).await);
            let invited = house.post(&owner, &format!("users/{person}/invite"), &json!({})).await;
            put("mails", n, invited.json()["mail_id"].as_str().expect("an id").to_owned());
            let hook = json!({"name": "ERP", "url": "https://example.com/hook"});
            let hook = house.post(&owner, "webhooks", &hook).await;
            assert_eq!(hook.status, StatusCode::CREATED, "{}", hook.text());
            let hook = hook.json()["webhook"]["id"].as_str().expect("an id").to_owned();
            let tested = house.post(&owner, &format!("webhooks/{hook}/test"), &json!({})).await;
            put("webhook-deliveries", n, tested.json()["delivery_id"].as_str().expect("an id").to_owned());
            put("webhooks", n, hook);
            let route = json!({"name": "All", "steps": [{"after": "PT0S", "to": [{"channel": "in_app", "role": "owner"}]}]});
            let route = house.post(&owner, "notification-routes", &route).await;
            put("notification-routes", n, route.json()["id"].as_str().expect("an id").to_owned());
            let told = house.get(&owner, "notifications").await;
            put("notifications", n, told["notifications"][0]["id"].as_str().expect("of a job above").to_owned());
            let asked = async |kind: &str, customer: &str| {
                let body = json!({"kind": kind, "customer_id": customer});
                let reply = house.send(Ask::post("/api/v1/privacy/requests", &body).bearer(&owner)).await;
                assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
                reply.json()["id"].as_str().expect("an id").to_owned()
            };
            put("privacy", n, asked("access", "17850").await);
            assert_eq!(house.hub.jobs.catch_up().await.expect("done"), 1);
            put("erasures", n, asked("erasure", "13047").await);
            put("linked-accounts", n, house.linked(n as u128, &owner).await);
            put("passkeys", n, house.passkey(n as u128, &owner).await.to_string());
            house.hub.alerts.catch_up().await.expect("rules are looked at");
            put("alerts", n, house.get(&owner, "alerts").await["alerts"][0]["id"].as_str().expect("an id").to_owned());
            let made = async |path: &str, body: Value| house.post(&owner, path, &body).await.json();
            let silent = json!({"kind": "absence", "measure": "heard", "for": "PT1H"});
            let rule = json!({"name": "Silent", "severity": "info", "cause": "{subject}", "condition": silent});
            put("rules", n, made("rules", rule).await["id"].as_str().expect("an id").to_owned());
            let case = json!({"kind": "loss", "store_id": origin.store, "title": "Till short"});
            put("cases", n, made("cases", case).await["case"]["id"].as_str().expect("an id").to_owned());
            owners.push(owner);
        }
        // Whatever can be listed holds one's own only.
        for (_, path, _) in routes().into_iter().filter(|(method, path, _)| *method == Method::GET && !path.contains("{id}")) {
            if path.ends_with("/stream") || path.ends_with("/explain") {
                continue;
            }
            let text = house.send(Ask::get(&path).bearer(&owners[0])).await.text();
            for [_, theirs] in ids.values() {
                assert!(!text.contains(theirs.as_str()), "{path}");
            }
        }
        let mut swept = 0;
        let mut of_objects: Vec<_> = routes().into_iter().filter(|(_, path, _)| path.contains("{id}")).collect();
        // What is taken away cannot be read after it.
        of_objects.sort_by_key(|(method, ..)| *method == Method::DELETE);
        for (method, path, _) in of_objects {
            swept += 1;
            let kind = match &path {
                path if path.ends_with("/confirm") => "erasures",
                path if path.contains("/passkeys/") => "passkeys",
                path if path.contains("/linked-accounts/") => "linked-accounts",
                path => path.split('/').nth(3).expect("a kind"),
            };
            let [mine, theirs] = ids.get(kind).unwrap_or_else(|| panic!("say here which ids {kind} has"));
            let go = |id: &str| house.send(ask(&method, &path.replace("{id}", id)).bearer(&owners[0]));
            let (theirs, nobodys) = (go(theirs).await, go(&Uuid::from_u128(99).to_string()).await);
            assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{method} {path}: {}", theirs.text());
            assert_eq!(body(&theirs), body(&nobodys), "{method} {path}");
            let own = go(mine).await;
            // What cannot be done now is mine all the same.
            let mine = own.status.is_success() || own.status == StatusCode::CONFLICT;
            assert!(mine, "{method} {path}: {} {}", own.status, own.text());
        }
        assert!(swept >= 20, "only {swept} object routes");
        let foreign = identity(2).store.to_string();
        for path in OF_STORES {
            let ask = Ask::get(&format!("/api/v1/{path}?store_id={foreign}")).bearer(&owners[0]);
            assert_eq!(house.send(ask).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let box_there = json!({"store_id": foreign, "device_name": "box"});
        let reply = house.send(Ask::post("/api/v1/enrolment-tokens", &box_there).bearer(&owners[0])).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        for role in ["store_manager", "analyst"] {
            let new = json!({"email": "x@shop.example", "role": role, "password": PASSWORD, "all_stores": false, "store_ids": [foreign]});
            let reply = house.send(Ask::post("/api/v1/users", &new).bearer(&owners[0])).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
        }
        house.close().await;
    }

    async fn a_reach_of_some_stores_hides_the_others_everywhere(db: Db) {
        let house = House::open(db.clone()).await;
        let origin = house.tenant(1).await;
        let second = house.second_shop(1).await;
        measure(&db, &origin).await;
        alarm(&db, &origin, 3).await;
        house.hub.alerts.catch_up().await.expect("rules are looked at");
        let ticket = ring(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 250)], 1).await[0];
        let hidden = origin.store.to_string();
        let (_, manager) = house.person(1, Role::StoreManager, Some(&[second])).await;
        let get = |path: String| house.send(Ask::get(&path).bearer(&manager));
        for (_, path, permission) in routes().into_iter().filter(|(method, ..)| *method == Method::GET) {
            if !Role::StoreManager.permissions().has(permission) || path.ends_with("/stream") {
                continue;
            }
            let of_store = path.contains("/stores/{id}") || path.contains("/twin/{id}");
            let id = if path.contains("/receipts/{id}") { ticket.to_string() } else { hidden.clone() };
            let reply = get(path.replace("{id}", &id)).await;
            if of_store || path.contains("/receipts/{id}") {
                assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
            }
            assert!(!reply.text().contains(&hidden), "{path}: {}", reply.text());
        }
        // A store manager sees no cases at all.
        for path in OF_STORES.into_iter().filter(|path| *path != "cases") {
            assert_eq!(get(format!("/api/v1/{path}?store_id={hidden}")).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Sums are of the reach alone.
        let sum = async |token: &str| {
            let sales = house.send(Ask::get("/api/v1/sales").bearer(token)).await.json();
            sales["points"].as_array().expect("points").len()
        };
        let (_, chain) = house.person(1, Role::Operations, None).await;
        assert_eq!((sum(&manager).await, sum(&chain).await), (0, 1));
        let kpis = house.send(Ask::get("/api/v1/kpis").bearer(&manager)).await.json();
        for kpi in kpis["kpis"].as_array().expect("a list").iter().filter(|kpi| kpi["id"] == "sales_today" || kpi["id"] == "open_alarms") {
            assert_eq!(kpi["value"].as_f64(), Some(0.0), "{kpi}");
        }
        // Given the store, it is there at once.
        let (id, both) = house.person(1, Role::Viewer, Some(&[second, origin.store])).await;
        assert_eq!(house.send(Ask::get(&format!("/api/v1/stores/{hidden}")).bearer(&both)).await.status, StatusCode::OK);
        let mut tx = db.begin_write().await.expect("a transaction");
        reach::set(&mut tx, origin.org, id.0, &[second].into()).await.expect("taken");
        tx.commit().await.expect("a commit");
        assert_eq!(house.send(Ask::get(&format!("/api/v1/stores/{hidden}")).bearer(&both)).await.status, StatusCode::NOT_FOUND);
        house.close().await;
    }

    async fn people_are_added_changed_and_shut_out_by_those_who_may(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        let (owner, admin) = (house.token("owner1@shop.example").await, house.token("admin1@shop.example").await);
        let new = |email: &str, role: &str| json!({"email": email, "name": "Ana", "role": role, "password": PASSWORD, "all_stores": true});
        let post = |token: &str, email: &str, role: &str| house.send(Ask::post("/api/v1/users", &new(email, role)).bearer(token));
        assert_eq!(post(&admin, "b@shop.example", "admin").await.status, StatusCode::FORBIDDEN, "only an owner makes these");
        let made = post(&admin, "Ana@shop.example", "analyst").await;
        assert_eq!((made.status, made.header("etag")), (StatusCode::CREATED, "\"1\""), "{}", made.text());
        assert_eq!(post(&owner, "ana@shop.example", "viewer").await.status, StatusCode::CONFLICT);
        let path = format!("/api/v1/users/{}", made.json()["id"].as_str().expect("an id"));
        let ana = house.token("ana@shop.example").await;
        let me = house.send(Ask::get("/api/v1/me").bearer(&ana)).await.json();
        assert_eq!((me["role"].as_str(), me["all_stores"].as_bool()), (Some("analyst"), Some(true)));
        assert!(me["permissions"].as_array().expect("a list").contains(&json!("forecasts.write")));
        // Of two changes of one version one is made; without a version none.
        let to_viewer = json!({"role": "viewer"});
        let no_version = house.send(ask(&Method::PATCH, &path).no_header("if-match").bearer(&owner)).await;
        assert_eq!(no_version.status, StatusCode::PRECONDITION_REQUIRED);
        let change = |version: &str| house.send(Ask::patch(&path, version, &to_viewer).bearer(&owner));
        let (first, second) = (change("\"1\"").await, change("\"1\"").await);
        assert_eq!((first.status, first.header("etag"), second.status), (StatusCode::OK, "\"2\"", StatusCode::PRECONDITION_FAILED));
        let denied = house.send(Ask::get("/api/v1/users").bearer(&ana)).await;
        assert_eq!(denied.json()["detail"], "this needs users.read", "the new role holds at once");
        // Why: with the roles that may.
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let why = house.send(Ask::get(&format!("/api/v1/permissions/explain?user_id={id}&permission=users.read")).bearer(&owner)).await.json();
        assert_eq!(why["allowed"], false);
        assert!(why["steps"][1]["reason"].as_str().expect("a reason").contains("held by operations, admin, owner"), "{why}");
        assert!(why["routes"].as_array().expect("routes").contains(&json!("GET /api/v1/users")), "{why}");
        // Shut out: at once, everywhere.
        let out = house.send(Ask::patch(&path, "\"2\"", &json!({"disabled": true})).bearer(&owner)).await;
        assert_eq!(out.status, StatusCode::OK, "{}", out.text());
        assert_eq!(house.send(Ask::get("/api/v1/me").bearer(&ana)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(house.login("ana@shop.example", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        // Nobody locks the organization.
        let own = house.send(Ask::get("/api/v1/me").bearer(&owner)).await.json()["id"].as_str().expect("an id").to_owned();
        let own = house.send(Ask::patch(&format!("/api/v1/users/{own}"), "\"1\"", &to_viewer).bearer(&owner)).await;
        assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.text());
        house.close().await;
    }

    async fn what_is_grave_asks_for_a_fresh_factor(db: Db) {
        let house = House::open(db).await;
        house.tenant(1).await;
        // A sign-in is renewed all day, and yet it is old.
        let session = house.login("owner1@shop.example", PASSWORD).await.json();
        house.hub.clock.set(at("2026-02-03T12:16:00Z"));
        let refresh = json!({"refresh_token": session["refresh_token"]});
        let session = house.send(Ask::post("/api/v1/auth/refresh", &refresh)).await.json();
        let token = session["access_token"].as_str().expect("a token").to_owned();
        let key = json!({"name": "k", "permissions": ["stores.read"], "all_stores": true, "expires_at": "2026-12-01T00:00:00Z"});
        let make = || house.send(Ask::post("/api/v1/api-keys", &key).bearer(&token));
        assert_eq!(make().await.json()["type"], "urn:vyavs:problem:step-up");
        assert_eq!(house.send(Ask::get("/api/v1/api-keys").bearer(&token)).await.status, StatusCode::OK, "reading is not");
        let step = |password: &str| house.send(Ask::post("/api/v1/auth/step-up", &json!({"password": password})).bearer(&token));
        assert_eq!(step("wrong").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(make().await.status, StatusCode::FORBIDDEN);
        let stepped = step(PASSWORD).await;
        assert_eq!(stepped.json()["fresh_until"], "2026-02-03T12:31:00Z", "{}", stepped.text());
        assert_eq!(make().await.status, StatusCode::CREATED);
        house.close().await;
    }
}
