//! Against `oidc-provider`, which is certified by the OpenID Foundation, in a Node process of its own: through its forms
//! for sign-in and consent, as a person would.
//!
//! Its version and those of all it needs are pinned in `tests/provider/package-lock.json`; `npm ci` puts them beneath the
//! target folder, once. Without node, npm or a registry the test says so and ends.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use url::Url;
use vyavs_signin::oidc::{self, Algorithm, Ask, Client, Config, OidcError, Secret};

use crate::http::{Browser, Http, Page};
use crate::mock::random;

const BACK: &str = "http://127.0.0.1:9/back";
const BYE: &str = "http://127.0.0.1:9/bye";

/// The process, which ends with this value, or when the test's process does: its standard input closes.
struct Provider {
    issuer: String,
    _process: Child,
    /// It prints notices now and then, and dies of a closed pipe.
    _notices: Lines<BufReader<ChildStdout>>,
}

/// Whether a program can be run at all.
async fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// The folder with the provider installed in it, or why there is none.
async fn installed() -> Result<PathBuf, String> {
    for program in ["node", "npm"] {
        if !runs(program).await {
            return Err(format!("{program} is not installed"));
        }
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    std::fs::create_dir_all(&folder).expect("a folder beneath target");
    let lock = std::fs::read(from.join("package-lock.json")).expect("pinned");
    let stamp = folder.join("installed.json");
    let fresh = std::fs::read(&stamp).is_ok_and(|installed| installed == lock);
    for file in ["package.json", "package-lock.json", "provider.mjs"] {
        std::fs::copy(from.join(file), folder.join(file)).expect("copied");
    }
    if fresh {
        return Ok(folder);
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]).current_dir(&folder);
    npm.stdin(Stdio::null()).kill_on_drop(true);
    let done = tokio::time::timeout(Duration::from_secs(120), npm.output()).await;
    let done = done.map_err(|_| "npm ci took more than two minutes".to_owned())?.map_err(|error| error.to_string())?;
    if !done.status.success() {
        return Err(format!("npm ci failed: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    std::fs::write(&stamp, lock).expect("stamped");
    Ok(folder)
}

async fn start(folder: &Path) -> Provider {
    let mut node = Command::new("node");
    node.arg("provider.mjs").current_dir(folder);
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut process = node.spawn().expect("node runs");
    let stdout = process.stdout.take().expect("piped");
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await.expect("it starts within 30 s");
    let issuer = line.expect("readable").expect("it prints its issuer");
    Provider { issuer, _process: process, _notices: lines }
}

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

/// Signs in and consents, as far as the provider asks; gives where the browser lands.
async fn person(browser: &mut Browser, url: &Url, name: &str) -> Page {
    let mut page = browser.open(url.clone(), BACK).await;
    for _ in 0..3 {
        if page.url.as_str().starts_with(BACK) {
            break;
        }
        let prompt = page.between("name=\"prompt\" value=\"", "\"").expect("a form that says what it asks");
        let fields = [("prompt", prompt.as_str()), ("login", name), ("password", "x")];
        page = browser.submit(page.form(), &fields, BACK).await;
    }
    assert!(page.url.as_str().starts_with(BACK), "{}", page.url);
    page
}

#[tokio::test]
async fn a_certified_provider_signs_people_in_and_out() {
    let folder = match installed().await {
        Ok(folder) => folder,
        Err(why) => {
            println!("skipped: no real provider to test against: {why}");
            return;
        }
    };
    let provider = start(&folder).await;
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
        let page = person(&mut browser, &started.url, "asha").await;
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
        let page = person(&mut browser, &second.url, "asha").await;
        let query = page.url.query().expect("a query");
        let stolen = client.finish(second.journey.clone(), &started.cookie, query, &Http, now()).await;
        assert!(matches!(stolen, Err(OidcError::OtherBrowser)));
        client.finish(second.journey, &second.cookie, query, &Http, now()).await.expect("signed in again");

        // A code with another's verifier: PKCE.
        let (third, fourth) =
            (client.start(&Ask::default(), random(3), now()), client.start(&Ask::default(), random(4), now()));
        let page = person(&mut browser, &third.url, "asha").await;
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
    let page = person(&mut browser, &started.url, "asha").await;
    let query = page.url.query().expect("a query");
    let refused = client.finish(started.journey, &started.cookie, query, &Http, now()).await;
    assert!(matches!(refused, Err(OidcError::TokenRefused { code, .. }) if code == "invalid_client"));
}
