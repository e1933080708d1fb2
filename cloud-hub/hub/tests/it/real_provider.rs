//! Signing in through the running hub at `oidc-provider`, which is certified by the OpenID Foundation: its own forms, a
//! browser with cookies, the hub's own HTTP client. Without node, npm or a registry the test says so and ends.

use hyper::StatusCode;
use serde_json::json;
use url::Url;

use crate::browser::Browser;
use crate::house::{Ask, House};
use crate::provider::{self, person};
use crate::sso::register;

#[tokio::test]
async fn a_certified_provider_signs_people_in_through_the_hub() {
    let folder = match provider::installed().await {
        Ok(folder) => folder,
        Err(why) => {
            println!("skipped: no real provider to test against: {why}");
            return;
        }
    };
    let dir = tempfile::tempdir().expect("a directory");
    let house = House::open(vyavs_store::testing::sqlite(dir.path()).await).await;
    house.tenant(1).await;
    #[expect(clippy::disallowed_methods, reason = "the provider has the machine's clock, and so must the hub")]
    house.hub.clock.set(jiff::Timestamp::now());
    let owner = house.token("owner1@shop.example").await;
    for (client, secret, method) in [
        ("basic", Some("a secret: with +/&= in it, long enough"), "basic"),
        ("post", Some("another secret of the tests"), "post"),
        ("public", None, "none"),
    ] {
        let change = json!({"client_id": client, "client_secret": secret, "method": method, "admits": "domain"});
        let id = register(&house, &owner, "https://id.example", change).await;
        let path = format!("/api/v1/identity-providers/{id}");
        let redirect = house.get(&owner, &format!("identity-providers/{id}")).await["redirect_uri"].clone();
        let service = provider::start(&folder, redirect.as_str().expect("an address")).await;
        let change = json!({"issuer": service.issuer});
        let changed = house.send(Ask::patch(&path, "\"1\"", &change).bearer(&owner)).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());

        // In, twice: the same person, who was added by the first.
        let landed = format!("http://{}/landed", house.at);
        let start: Url =
            format!("http://{}/api/v1/auth/oidc/{id}/start?return_to=/landed", house.at).parse().expect("an address");
        let mut browser = Browser::default();
        let mut people = Vec::new();
        for _ in 0..2 {
            person(&mut browser, &start, "asha", &landed).await;
            let session = format!("vyavs={}", browser.cookie("vyavs").expect("a session"));
            let me = house.send(Ask::get("/api/v1/me").header("cookie", &session)).await.json();
            assert_eq!((&me["email"], &me["role"]), (&json!("asha@shop.example"), &json!("viewer")), "{client}");
            people.push(me["id"].clone());
        }
        assert_eq!(people[0], people[1], "{client}");

        let session = format!("vyavs={}", browser.cookie("vyavs").expect("a session"));
        // She confirms there, asked again; somebody else's confirmation is none.
        for (name, lands, action) in
            [("asha", "/landed", "auth.oidc.step_up"), ("mallory", "/?sso=refused", "auth.oidc.refused")]
        {
            let leave = Ask::post("/api/v1/auth/oidc/step-up", &json!({"provider_id": id, "return_to": "/landed"}));
            let leave = leave.header("x-vyavs-csrf", "1").header("origin", &format!("http://{}", house.at));
            let away = house.send(leave.header("cookie", &session)).await;
            assert_eq!(away.status, StatusCode::OK, "{}", away.text());
            // The provider would ask whom to sign out first, if two people shared the browser there.
            if name != "asha" {
                browser = Browser::default();
            }
            browser.take(&away.headers);
            let to: Url = away.json()["url"].as_str().expect("an address").parse().expect("an address");
            let hub = format!("http://{}/", house.at);
            let page = person(&mut browser, &to, name, &format!("{hub}{}", lands.trim_start_matches('/'))).await;
            assert_eq!(page.url.as_str(), format!("{hub}{}", lands.trim_start_matches('/')), "{client} {name}");
            let last = house.get(&owner, "audit?limit=1").await["entries"][0].clone();
            assert_eq!(last["action"], action, "{client} {name}: {last}");
        }
    }
    house.close().await;
}
