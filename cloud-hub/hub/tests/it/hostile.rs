//! Hostile values in every parameter, header and field that the description names, on both engines: an answer, and never a
//! failure of ours. `cargo xtask fuzz-api` asks more, of SQLite only.

use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::both_engines;

use crate::house::{Ask, House, Reply, alarm, identity, measure, receipt, ring};

/// They end the sign-in that asks, never end, or cost a hash each time.
/// The token endpoint takes forms, evidence has a limit of its own: they have tests of their own, too.
const LEFT_OUT: [&str; 7] =
    ["/auth/logout", "/auth/sessions", "/auth/password", "/auth/login", "/auth/token", "/cases/verify", "/stream"];

/// In a query: beyond every number, time and day, what PostgreSQL cannot store, and what is long.
fn in_queries() -> Vec<String> {
    let fixed = [
        "%00",
        "a%00b",
        "%ED%A0%80",
        "%FF",
        "-1",
        "99999999999999999999",
        "1e400",
        "-009999-01-02T00:00:00Z",
        "9999-12-30T22:00:00Z",
        "-009999-01-01",
        "9999-12-31",
        "%27%3B--",
        "%25",
        "%F0%9F%90%8C",
        "null",
        "a,b,,c",
    ];
    fixed.iter().map(|text| (*text).to_owned()).chain(["x".repeat(20_000)]).collect()
}

/// In a body.
fn in_bodies() -> Vec<String> {
    let fixed = [
        r#""\u0000""#,
        r#""a\u0000b""#,
        r#""\ud800""#,
        "-1",
        "99999999999999999999",
        "-9223372036854775808",
        "1e400",
        r#""1e400""#,
        r#""-009999-01-02T00:00:00Z""#,
        r#""9999-12-30T22:00:00Z""#,
        r#""9999-12-31""#,
        "[]",
        "{}",
        "null",
        "true",
        r#""""#,
        r#""79228162514264337593543950335""#,
        r#"{"a":{"\u0000":1}}"#,
        r#"["\u0000"]"#,
    ];
    let long = [format!("\"{}\"", "x".repeat(20_000)), format!("[{}]", vec!["\"x\""; 5_000].join(","))];
    fixed.iter().map(|text| (*text).to_owned()).chain(long).collect()
}

struct Route {
    method: Method,
    path: String,
    queries: Vec<String>,
    body: Option<Value>,
}

fn contract() -> Value {
    serde_json::from_str(&vyavs_hub::api::openapi()).expect("JSON")
}

fn routes(contract: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        for (method, told) in methods.as_object().expect("methods") {
            if LEFT_OUT.iter().any(|end| path.ends_with(end)) {
                continue;
            }
            let parameters = told["parameters"].as_array().cloned().unwrap_or_default();
            let name = |parameter: &Value| parameter["name"].as_str().expect("a name").to_owned();
            let queries = parameters.iter().filter(|parameter| parameter["in"] == "query").map(name).collect();
            let body = told["requestBody"]["content"]["application/json"]["schema"].clone();
            routes.push(Route {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                queries,
                body: (!body.is_null()).then_some(body),
            });
        }
    }
    routes
}

/// The schema itself, where it is a reference.
fn resolved<'a>(contract: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = schema["oneOf"].as_array().and_then(|all| all.last()).unwrap_or(schema);
    match schema["$ref"].as_str() {
        Some(reference) => resolved(contract, contract.pointer(reference.trim_start_matches('#')).expect("a schema")),
        None => schema,
    }
}

/// A value that fits.
fn sample(contract: &Value, schema: &Value, ids: &BTreeMap<&str, String>, field: &str) -> Value {
    let schema = resolved(contract, schema);
    if let Some(id) = field.strip_suffix("_id").or(field.strip_suffix("_ids")).and_then(|kind| ids.get(kind)) {
        return if field.ends_with('s') { json!([id]) } else { json!(id) };
    }
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match (kind, schema["format"].as_str()) {
        ("string", Some("date-time")) => json!("2026-02-03T10:00:00Z"),
        ("string", Some("date")) => json!("2026-02-03"),
        ("string", Some("uuid")) => json!(identity(1).store.to_string()),
        ("string", _) => json!("open sesame"),
        ("integer" | "number", _) => schema["minimum"].as_i64().map_or(json!(1), |least| json!(least)),
        ("boolean", _) => json!(true),
        ("array", _) => json!([sample(contract, &schema["items"], ids, "")]),
        _ => whole(contract, schema, ids),
    }
}

/// A body with every field.
fn whole(contract: &Value, schema: &Value, ids: &BTreeMap<&str, String>) -> Value {
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.map(|(name, schema)| (name.clone(), sample(contract, schema, ids, name))).collect()
}

/// An answer that says what is wrong, or that nothing was.
fn civil(reply: &Reply, what: &str) {
    assert!(!reply.status.is_server_error(), "{what}: {} {}", reply.status, reply.text());
    if reply.status.is_client_error() {
        assert_eq!(reply.header("content-type"), "application/problem+json", "{what}: {}", reply.status);
        let problem = reply.json();
        assert!(problem["status"] == reply.status.as_u16() && problem["detail"].is_string(), "{what}: {problem}");
    }
}

/// A tenant with something of everything, its owner's token, and ids by kind.
async fn furnished(house: &House) -> (String, BTreeMap<&'static str, String>) {
    let db = house.hub.store.clone();
    let origin = house.tenant(1).await;
    measure(&db, &origin).await;
    alarm(&db, &origin, 2).await;
    let ticket = ring(&db, &origin, &[receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 250)], 1).await[0];
    let owner = house.token("owner1@shop.example").await;
    let product = vyavs_store::products::product_id(origin.org, "SKU-1").to_string();
    let counted = json!({"store_id": origin.store, "product_id": product, "kind": "count", "quantity": "5"});
    let stock = house.post(&owner, "stock-events", &counted).await.json()["stock"]["id"].clone();
    let job = json!({"kind": "figures.verify", "run_at": "2026-02-04T00:00:00Z"});
    let job = house.post(&owner, "jobs", &job).await.json()["job_id"].clone();
    let nightly = json!({"name": "Nightly", "kind": "figures.verify", "input": {}, "pattern": "0 3 * * *",
        "timezone": "Europe/London"});
    let schedule = house.post(&owner, "schedules", &nightly).await.json()["id"].clone();
    let id = |value: Value| value.as_str().expect("an id").to_owned();
    let store = origin.store.to_string();
    let ids = [
        ("stores", store.clone()),
        ("store", store.clone()),
        ("simulation", store),
        ("receipts", ticket.to_string()),
        ("organizations", origin.org.to_string()),
        ("products", product.clone()),
        ("product", product.clone()),
        ("forecasts", product),
        ("inventory", id(stock)),
        ("jobs", id(job)),
        ("schedules", id(schedule)),
    ];
    (owner, ids.into())
}

/// The route's path with an id that is there, where we have one.
fn with_id(path: &str, ids: &BTreeMap<&str, String>) -> String {
    let kind = path.split('/').nth(3).unwrap_or_default();
    path.replace("{id}", ids.get(kind).map_or("00000000-0000-0000-0000-000000000000", String::as_str))
}

both_engines! {
    async fn no_value_in_a_query_or_a_path_makes_the_hub_fail(db: Db) {
        let house = House::open(db).await;
        let (owner, ids) = furnished(&house).await;
        let mut asked = 0;
        for route in routes(&contract()).iter().filter(|route| route.method == Method::GET) {
            let path = with_id(&route.path, &ids);
            for value in in_queries() {
                for name in &route.queries {
                    let ask = format!("{path}?{name}={value}");
                    civil(&house.send(Ask::get(&ask).bearer(&owner)).await, &ask.chars().take(200).collect::<String>());
                    asked += 1;
                }
                if route.path.contains("{id}") && value.len() < 1_000 {
                    let ask = route.path.replace("{id}", &value);
                    let reply = house.send(Ask::get(&ask).bearer(&owner)).await;
                    civil(&reply, &ask);
                    assert!(reply.status.is_client_error(), "{ask}: {}", reply.status);
                }
            }
            // Both ends of time at once.
            if route.queries.iter().any(|name| name == "from") {
                for (from, to) in [("-009999-01-02T01:59:59Z", "9999-12-30T22:00:00Z"), ("-009999-01-01", "9999-12-31")] {
                    let ask = format!("{path}?from={from}&to={to}");
                    civil(&house.send(Ask::get(&ask).bearer(&owner)).await, &ask);
                }
            }
        }
        assert!(asked > 1_000, "only {asked}");
        house.close().await;
    }

    async fn no_value_in_a_body_or_a_version_makes_the_hub_fail(db: Db) {
        let house = House::open(db).await;
        let (owner, ids) = furnished(&house).await;
        let contract = contract();
        let mut asked = 0;
        for route in routes(&contract) {
            let Some(schema) = &route.body else { continue };
            let path = with_id(&route.path, &ids);
            let good = whole(&contract, resolved(&contract, schema), &ids);
            let go = |body: String, version: &str| {
                let ask = Ask::new(route.method.clone(), &path).header("content-type", "application/json");
                house.send(ask.header("if-match", version).bearer(&owner).body(body.into_bytes()))
            };
            for field in good.as_object().expect("an object").keys() {
                let mut marked = good.clone();
                marked[field] = json!("the mark");
                for value in in_bodies() {
                    let body = marked.to_string().replace("\"the mark\"", &value);
                    let reply = go(body, "\"1\"").await;
                    civil(&reply, &format!("{} {path} {field} {:.100}", route.method, value));
                    let nul = value.contains("\\u0000");
                    assert!(!nul || reply.status == StatusCode::BAD_REQUEST, "{path} {field} {value}: {}", reply.status);
                    asked += 1;
                }
            }
            for version in ["\"99999999999999999999\"", "\"-9223372036854775808\"", "\"x\"", "W/\"1\"", "*", "1", ""] {
                civil(&go(good.to_string(), version).await, &format!("{} {path} If-Match {version}", route.method));
            }
            // Whole bodies: what is not described, not JSON, not JSON's type, too deep, too long.
            let unknown = go(r#"{"nonsense": 1}"#.to_owned(), "\"1\"").await;
            assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "{path}: {}", unknown.text());
            // A refresh by cookie has no body.
            let empty = go(String::new(), "\"1\"").await;
            assert!(empty.status.is_client_error(), "{path}: {}", empty.text());
            for bad in ["{", "[]", "nil", "\u{feff}{}", "{\"a\":1}{}"] {
                let reply = go(bad.to_owned(), "\"1\"").await;
                assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path} {bad}: {}", reply.text());
            }
            let deep = go(format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)), "\"1\"").await;
            assert_eq!(deep.status, StatusCode::BAD_REQUEST, "{path}: {}", deep.text());
            let long = go(format!("{{\"x\":\"{}\"}}", "x".repeat(70_000)), "\"1\"").await;
            assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {}", long.text());
            let form = Ask::new(route.method.clone(), &path).header("content-type", "application/x-www-form-urlencoded");
            let form = house.send(form.header("if-match", "\"1\"").bearer(&owner).body(b"a=1".to_vec())).await;
            assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}: {}", form.text());
        }
        assert!(asked > 500, "only {asked}");
        // Whatever was let in can be read again, by whoever lists it.
        for route in routes(&contract).iter().filter(|route| route.method == Method::GET && !route.path.contains("{id}")) {
            civil(&house.send(Ask::get(&route.path).bearer(&owner)).await, &route.path);
        }
        house.close().await;
    }

    async fn what_is_nested_as_deep_as_may_be_can_be_read_again(db: Db) {
        let house = House::open(db).await;
        let (owner, _) = furnished(&house).await;
        let mut kept = 0;
        for depth in [2, 32, 60, 61, 62, 63, 64, 126, 128] {
            let nested = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            let body = format!(r#"{{"sku": "D{depth}", "name": "Deep", "attributes": {{"a": {nested}}}}}"#);
            let ask = Ask::new(Method::POST, "/api/v1/products").header("content-type", "application/json");
            let made = house.send(ask.bearer(&owner).body(body.into_bytes())).await;
            civil(&made, &format!("{depth} levels"));
            // With the body and the attributes around it.
            assert_eq!(made.status == StatusCode::CREATED, depth + 2 <= 64, "{depth} levels: {}", made.text());
            kept += usize::from(made.status == StatusCode::CREATED);
        }
        assert!(house.get(&owner, "products").await["products"].as_array().expect("a list").len() >= kept);
        let audit = house.get(&owner, "audit?limit=500").await;
        assert!(audit["entries"].as_array().is_some_and(|rows| rows.len() >= kept), "{audit}");
        assert_eq!(house.get(&owner, "audit/verify").await["intact"], true);
        house.close().await;
    }

    async fn a_cursor_of_another_list_or_of_nobody_is_refused(db: Db) {
        let house = House::open(db).await;
        let (owner, ids) = furnished(&house).await;
        let text = |place: Value| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, place.to_string());
        let far = json!(["9999-12-30T22:00:00Z", "ffffffff-ffff-ffff-ffff-ffffffffffff"]);
        let places = [json!(null), json!([]), json!({}), json!("\u{0}"), json!([i64::MAX, "\u{0}"]), json!([i64::MIN]), json!([1, 2, 3, 4, 5]), far];
        let mut asked = 0;
        for route in routes(&contract()).iter().filter(|route| route.queries.iter().any(|name| name == "cursor")) {
            let path = with_id(&route.path, &ids);
            for place in &places {
                let reply = house.send(Ask::get(&format!("{path}?cursor={}", text(place.clone()))).bearer(&owner)).await;
                civil(&reply, &format!("{path} {place}"));
                asked += usize::from(reply.status == StatusCode::BAD_REQUEST);
            }
            for bad in ["%00", "AAAA", "!", "W10", "eyJ"] {
                let reply = house.send(Ask::get(&format!("{path}?cursor={bad}")).bearer(&owner)).await;
                assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path} {bad}: {}", reply.text());
            }
        }
        assert!(asked > 50, "only {asked} places were refused");
        house.close().await;
    }
}
