//! A people counter on a real socket: one that counts, restarts, refuses, hangs and talks nonsense.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vyavs_domain::reading::Quality;
use vyavs_edge_agent::acquire::counter::{self, CounterConfig};
use vyavs_edge_agent::health::InputState;
use vyavs_service::lifecycle::Lifecycle;

use crate::heard::{Input, section};

/// What the device does with the next question.
#[derive(Clone)]
enum Mood {
    Counts(u64, u64),
    Says(&'static str),
    Hangs,
}

async fn device(life: &Lifecycle, mood: Arc<Mutex<Mood>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let stop = life.stop_token();
    life.spawn(async move {
        loop {
            let (mut stream, _) = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted.expect("a connection"),
            };
            let mut question = vec![0; 2048];
            let length = stream.read(&mut question).await.unwrap_or_default();
            let question = String::from_utf8_lossy(&question[..length]).to_lowercase();
            let mood = mood.lock().expect("no panic").clone();
            // user:secret
            let allowed = question.contains("authorization: basic dxnlcjpzzwnyzxq=");
            let asked = question.starts_with("get /local/tvpc/.api?live-sum.json http/1.1");
            let answer = match mood {
                Mood::Hangs => {
                    tokio::select! { () = stop.cancelled() => return, () = tokio::time::sleep(Duration::from_secs(2)) => continue }
                }
                _ if !allowed || !asked => {
                    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"door\"\r\nContent-Length: 0\r\n\r\n".to_owned()
                }
                Mood::Says(text) => text.to_owned(),
                Mood::Counts(entered, left) => {
                    let body = format!(
                        r#"{{"serial":"ACCC8E1B5A23","name":"Door","timestamp":"20260301101500","in":{entered},"out":{left}}}"#
                    );
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                }
            };
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address.to_string()
}

#[tokio::test]
async fn sums_become_steps_and_every_fault_has_its_cause() {
    let (life, wire) = (Lifecycle::new(), Lifecycle::new());
    let mood = Arc::new(Mutex::new(Mood::Counts(1000, 990)));
    let set = |next: Mood| *mood.lock().expect("no panic") = next;
    let address = device(&wire, mood.clone()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("counter.auth");
    std::fs::write(&secret, "user:secret\n").expect("written");
    let config: CounterConfig = section(&format!(
        r#"
        name = "door"
        url = "http://{address}/local/tvpc/.api?live-sum.json"
        auth_file = "{}"
        period_ms = 1000
        timeout_ms = 500
        sensors = [{{ direction = "in", id = "door.in" }}, {{ direction = "out", id = "door.out" }}]"#,
        secret.display()
    ));
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| counter::run(config, ctx, tx, handle, pulse));
    assert_eq!(input.declared().await, ["door.in", "door.out"]);
    input.state(InputState::Running).await;
    // The first sums are where counting begins, so what follows is the first reading.
    set(Mood::Counts(1007, 993));
    let (entered, _) = input.of("door.in").await;
    let (left, _) = input.of("door.out").await;
    assert_eq!((entered.value, left.value, entered.quality), (7.0, 3.0, Quality::Good));
    // It restarts: what it has since is told, as suspect.
    set(Mood::Counts(2, 1));
    let (reading, why) = input.until("door.in", Quality::Suspect).await;
    assert!(reading.value == 2.0 && why.contains("began anew"), "{why}");

    set(Mood::Says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"));
    let (_, why) = input.until("door.in", Quality::Bad).await;
    assert!(why.contains("not JSON"), "{why}");
    assert!(input.state(InputState::BackingOff).await.contains("not JSON"));
    std::fs::write(&secret, "user:wrong\n").expect("written");
    set(Mood::Counts(3, 1));
    input.says("check auth_file").await;
    std::fs::write(&secret, "user:secret\n").expect("written");
    set(Mood::Hangs);
    input.says("did not answer within 500 ms").await;
    set(Mood::Says("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"));
    input.says("broke off").await;
    // Nothing was lost in between: the sums kept it.
    set(Mood::Counts(12, 1));
    let (reading, _) = input.until("door.in", Quality::Good).await;
    assert_eq!(reading.value, 10.0);
    assert!(wire.shutdown(Duration::from_secs(5)).await);
    input.says("failed to connect").await;
    assert!(life.shutdown(Duration::from_secs(5)).await);
}

/// What digest asks for, from a device that takes each nonce three times: the answers it saw, as (nonce, count).
#[derive(Default)]
struct Digest {
    nonce: u32,
    used: u32,
    seen: Vec<(u32, u32)>,
    passwords_in_the_clear: u32,
}

impl Digest {
    fn answer(&mut self, question: &str, body: &str) -> String {
        let credentials = question.lines().find_map(|line| line.strip_prefix("authorization: "));
        if credentials.is_some_and(|credentials| !credentials.starts_with("Digest ")) {
            self.passwords_in_the_clear += 1;
        }
        let part = |name: &str| {
            let (_, rest) = credentials?.split_once(&format!("{name}="))?;
            Some(rest.trim_start_matches('"').split(['"', ',']).next()?.to_owned())
        };
        let hash = |text: String| hex(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref());
        let right = || {
            let (nonce, count, cnonce) = (part("nonce")?, part("nc")?, part("cnonce")?);
            // RFC 7616, section 3.4.1, by hand.
            let who = hash("user:door:secret:with:colons".to_owned());
            let what = hash(format!("GET:{}", part("uri")?));
            let expected = hash(format!("{who}:{nonce}:{count}:{cnonce}:auth:{what}"));
            let known = part("uri")? == "/local/tvpc/.api?live-sum.json" && part("response")? == expected;
            Some((nonce.parse().ok()?, u32::from_str_radix(&count, 16).ok()?)).filter(|_| known)
        };
        let found: Option<(u32, u32)> = right();
        let fresh = found.is_some_and(|(nonce, count)| nonce == self.nonce && count == self.used + 1 && count <= 3);
        if let Some(found) = found.filter(|_| fresh) {
            self.used += 1;
            self.seen.push(found);
            return format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
        (self.nonce, self.used) = (self.nonce + 1, 0);
        format!(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"door\"\r\nWWW-Authenticate: Digest realm=\"door\", \
             nonce=\"{}\", algorithm=SHA-256, qop=\"auth\", stale={}\r\nContent-Length: 0\r\n\r\n",
            self.nonce,
            found.is_some()
        )
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_device_that_asks_for_digest_never_hears_the_password() {
    let (life, wire) = (Lifecycle::new(), Lifecycle::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let digest = Arc::new(Mutex::new(Digest::default()));
    let (stop, told) = (wire.stop_token(), digest.clone());
    wire.spawn(async move {
        for entered in 0_u32.. {
            let (mut stream, _) = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted.expect("a connection"),
            };
            let mut question = vec![0; 2048];
            let length = stream.read(&mut question).await.unwrap_or_default();
            let question = String::from_utf8_lossy(&question[..length]).into_owned();
            let body = format!(
                r#"{{"serial":"ACCC8E1B5A23","name":"Door","timestamp":"20260301101500","in":{entered},"out":0}}"#
            );
            let answer = told.lock().expect("no panic").answer(&question, &body);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("counter.auth");
    std::fs::write(&secret, "user:secret:with:colons\n").expect("written");
    let config: CounterConfig = section(&format!(
        r#"
        name = "door"
        url = "http://{address}/local/tvpc/.api?live-sum.json"
        auth_file = "{}"
        period_ms = 1000
        sensors = [{{ direction = "in", id = "door.in" }}]"#,
        secret.display()
    ));
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| counter::run(config, ctx, tx, handle, pulse));
    assert_eq!(input.declared().await, ["door.in"]);
    for _ in 0..4 {
        assert_eq!(input.of("door.in").await.0.quality, Quality::Good);
    }
    {
        let digest = digest.lock().expect("no panic");
        assert!(digest.seen.starts_with(&[(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]), "{:?}", digest.seen);
        assert_eq!(digest.passwords_in_the_clear, 0);
    }
    std::fs::write(&secret, "user:wrong\n").expect("written");
    input.says("check auth_file").await;
    assert!(life.shutdown(Duration::from_secs(5)).await && wire.shutdown(Duration::from_secs(5)).await);
}

#[test]
fn an_address_that_cannot_be_asked_is_refused() {
    for url in ["https://a/b", "ftp://a", "a/b", "http://user:pw@a/b"] {
        let config: CounterConfig = section(&format!("name = \"d\"\nurl = \"{url}\"\nsensors = []"));
        assert!(config.check().expect_err("refused").to_string().contains(url));
    }
}
