//! The committed description is what the code says: the dashboard's client is made from it.

const COMMITTED: &str = include_str!("../../openapi.json");

#[test]
fn the_committed_description_has_not_drifted() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let now = vyavs_hub::api::openapi();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &now).expect("openapi.json is written");
        return;
    }
    assert!(
        now == COMMITTED,
        "{path} is not what the code says; run `cargo run -p vyavs-hub -- openapi > cloud-hub/hub/openapi.json`, \
         then regenerate the dashboard's client"
    );
}

#[test]
fn every_route_says_who_may_call_it_and_every_field_is_described() {
    let description: serde_json::Value = serde_json::from_str(COMMITTED).expect("JSON");
    assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            assert!(operation["security"].is_array(), "{method} {path} does not say who may call it");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id), "{method} {path} has the id of another: {id}; clients name their calls by it");
        }
    }
    for (name, schema) in description["components"]["schemas"].as_object().expect("schemas") {
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for part in parts {
            for (field, property) in part["properties"].as_object().into_iter().flatten() {
                let described = property["description"].is_string() || property["oneOf"].is_array();
                assert!(described, "{name}.{field} has no description");
            }
        }
    }
}
