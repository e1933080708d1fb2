//! Against `oidc-provider`, which is certified by the OpenID Foundation: through its forms for sign-in and consent, as a
//! person would. Without node, npm or a registry the test says so and ends.

use jiff::Timestamp;
use vyavs_signin::oidc::{self, Algorithm, Ask, Client, Config, OidcError, Secret};

use crate::browser::Browser;
use crate::http::Http;
use crate::mock::random;
use crate::provider::{self, person};

const BACK: &str = "http://127.0.0.1:9/back";
const BYE: &str = "http://127.0.0.1:9/bye";

fn config(issuer: &str, client: &str, secret: Secret, algorithm: Algorithm) -> Config {
    let mut config = Config::new(issuer, client, secret, BACK);
    config.post_logout_redirect_uri = Some(BYE.to_owned());
    config.algorithms = vec![algorithm];
    config
}

#[expect(clippy::disallowed_methods, reason = "the provider has the machine's clock, and so must its client")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[tokio::test]
async fn a_certified_provider_signs_people_in_and_out() {
    let folder = match provider::installed().await {
        Ok(folder) => folder,
        Err(why) => {
            println!("skipped: no real provider to test against: {why}");
            return;
        }
    };
    let provider = provider::start(&folder, BACK).await;
    let basic = Secret::Basic("a secret: with +/&= in it, long enough".to_owned());
    let post = Secret::Post("another secret of the tests".to_owned());
    for (client, secret, algorithm) in [
        ("basic", basic, Algorithm::RS256),
        ("post", post, Algorithm::ES256),
        ("public", Secret::None, Algorithm::EdDSA),
    ] {
        let config = config(&provider.issuer, client, secret, algorithm);
        let client = Client::discover(config, &Http).await.unwrap_or_else(|error| panic!("{client}: {error:?}"));
        let mut browser = Browser::default();
        let ask = Ask { login_hint: None, max_age_s: Some(300) };
        let started = client.start(&ask, random(1), now());
        let page = person(&mut browser, &started.url, "asha", BACK).await;
        let query = page.url.query().expect("a query");
        assert_eq!(oidc::state(query).expect("a state"), started.journey.state());
        let identity = client.finish(started.journey.clone(), &started.cookie, query, &Http, now()).await;
        let identity = identity.unwrap_or_else(|error| panic!("{algorithm:?}: {error:?}"));
        assert_eq!((identity.issuer.as_str(), identity.subject.as_str()), (provider.issuer.as_str(), "asha"));
        assert_eq!(identity.email.as_deref(), Some("asha@shop.example"));
        assert!(identity.email_verified && identity.asked_at_s.is_some());

        // The same code once more: the provider refuses it.
        let again = client.finish(started.journey, &started.cookie, query, &Http, now()).await;
        assert!(matches!(again, Err(OidcError::TokenRefused { code, .. }) if code == "invalid_grant"));

        // A second journey in the same browser (the provider asks for consent anew, since a code came twice); its answer
        // does not fit the first's cookie.
        let second = client.start(&Ask::default(), random(2), now());
        let page = person(&mut browser, &second.url, "asha", BACK).await;
        let query = page.url.query().expect("a query");
        let stolen = client.finish(second.journey.clone(), &started.cookie, query, &Http, now()).await;
        assert!(matches!(stolen, Err(OidcError::OtherBrowser)));
        client.finish(second.journey, &second.cookie, query, &Http, now()).await.expect("signed in again");

        // A code with another's verifier: PKCE.
        let (third, fourth) =
            (client.start(&Ask::default(), random(3), now()), client.start(&Ask::default(), random(4), now()));
        let page = person(&mut browser, &third.url, "asha", BACK).await;
        let code = page.url.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let mut forged = url::form_urlencoded::Serializer::new(String::new());
        forged.append_pair("code", &code).append_pair("state", fourth.journey.state());
        let forged = forged.append_pair("iss", &provider.issuer).finish();
        let mixed = client.finish(fourth.journey, &fourth.cookie, &forged, &Http, now()).await;
        assert!(matches!(mixed, Err(OidcError::TokenRefused { code, .. }) if code == "invalid_grant"));

        // Signing out there: the provider asks once more, then sends the browser home with our state.
        let out = client.logout(&identity.id_token, "bye bye").expect("a place");
        let page = browser.open(out, BYE).await;
        let xsrf = page.between("name=\"xsrf\" value=\"", "\"").expect("a form");
        let page = browser.submit(page.form(), &[("xsrf", &xsrf), ("logout", "yes")], BYE).await;
        assert_eq!(page.url.as_str(), format!("{BYE}?state=bye+bye"));
        let after = browser.open(client.start(&Ask::default(), random(5), now()).url, BACK).await;
        assert!(after.html.contains("name=\"login\""), "the provider asks again: {}", after.url);
    }

    // What a person refuses, and a secret that is wrong.
    let wrong = config(&provider.issuer, "basic", Secret::Basic("wrong".to_owned()), Algorithm::RS256);
    let client = Client::discover(wrong, &Http).await.expect("found");
    let started = client.start(&Ask::default(), random(6), now());
    let mut browser = Browser::default();
    let page = browser.open(started.url.clone(), BACK).await;
    let cancel = page.between("<a href=\"", "\"").expect("a way out");
    let page = browser.open(page.url.join(&cancel).expect("an address"), BACK).await;
    let query = page.url.query().expect("a query");
    let refused = client.finish(started.journey, &started.cookie, query, &Http, now()).await;
    assert!(matches!(refused, Err(OidcError::Denied { code, .. }) if code == "access_denied"));
    let started = client.start(&Ask::default(), random(7), now());
    let page = person(&mut browser, &started.url, "asha", BACK).await;
    let query = page.url.query().expect("a query");
    let refused = client.finish(started.journey, &started.cookie, query, &Http, now()).await;
    assert!(matches!(refused, Err(OidcError::TokenRefused { code, .. }) if code == "invalid_client"));
}
