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
                _ if !allowed || !asked => "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned(),
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

#[test]
fn an_address_that_cannot_be_asked_is_refused() {
    for url in ["https://a/b", "ftp://a", "a/b", "http://user:pw@a/b"] {
        let config: CounterConfig = section(&format!("name = \"d\"\nurl = \"{url}\"\nsensors = []"));
        assert!(config.check().expect_err("refused").to_string().contains(url));
    }
}
