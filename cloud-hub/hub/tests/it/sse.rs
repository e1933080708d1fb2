//! The live line: cut it anywhere, and it goes on where it was.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Incoming;
use serde_json::json;
use vyavs_domain::ids::StoreId;
use vyavs_hub::live::{Event, Topic};

use crate::house::{Ask, House, identity, open};

/// One block of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
struct Block {
    id: Option<String>,
    event: Option<String>,
    data: Option<String>,
    comment: Option<String>,
}

/// A watcher, as a browser is one.
struct Watcher {
    body: Incoming,
    rest: String,
    /// What a browser would send as `Last-Event-ID`.
    last: String,
}

impl Watcher {
    async fn come(house: &House, token: &str, query: &str, last: Option<&str>) -> Self {
        let mut ask = Ask::get(&format!("/api/v1/stream{query}")).bearer(token).header("accept-encoding", "gzip, br");
        if let Some(last) = last {
            ask = ask.header("last-event-id", last);
        }
        let response = open(house.at, ask).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("content-encoding"), "compression would gather events");
        let mut watcher = Self { body: response.into_body(), rest: String::new(), last: String::new() };
        let first = watcher.block().await.expect("the line opens");
        assert_eq!((first.event, first.data), (None, None), "an id alone is no event");
        watcher
    }

    /// The next block; `None` when the line ends.
    async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let mut parsed = Block::default();
                for line in block.lines() {
                    let (field, value) = line.split_once(':').expect("a field");
                    let value = Some(value.trim_start().to_owned());
                    match field {
                        "id" => parsed.id = value,
                        "event" => parsed.event = value,
                        "data" => parsed.data = value,
                        "" => parsed.comment = value,
                        _ => {}
                    }
                }
                if let Some(id) = &parsed.id {
                    self.last.clone_from(id);
                }
                self.rest = rest.to_owned();
                return Some(parsed);
            }
            let frame =
                tokio::time::timeout(Duration::from_secs(25), self.body.frame()).await.expect("a sign of life")?;
            self.rest += std::str::from_utf8(frame.ok()?.data_ref()?).expect("UTF-8");
        }
    }

    /// The next event's name and data; heartbeats do not count.
    async fn event(&mut self) -> (String, String) {
        loop {
            let block = self.block().await.expect("the line holds");
            if let (Some(event), Some(data)) = (block.event, block.data) {
                return (event, data);
            }
        }
    }
}

fn say(house: &House, n: u128, topic: Topic, number: u64) {
    let identity = identity(n);
    house.hub.live.publish(Event {
        org: identity.org,
        store: identity.store,
        topic,
        json: json!({"n": number}).to_string(),
    });
}

fn number(data: &str) -> u64 {
    serde_json::from_str::<serde_json::Value>(data).expect("JSON")["n"].as_u64().expect("a number")
}

async fn house() -> (tempfile::TempDir, House, String) {
    let dir = tempfile::tempdir().expect("a directory");
    let house = House::open(vyavs_store::testing::sqlite(dir.path()).await).await;
    house.tenant(1).await;
    house.tenant(2).await;
    let token = house.token("viewer1@shop.example").await;
    (dir, house, token)
}

#[tokio::test]
async fn a_line_that_is_cut_again_and_again_loses_nothing_and_repeats_nothing() {
    let (_dir, house, token) = house().await;
    let (mut seen, mut next) = (Vec::new(), 0_u64);
    let mut last: Option<String> = None;
    for cut in 0..12_u64 {
        let mut watcher = Watcher::come(&house, &token, "?topics=sales", last.as_deref()).await;
        // Some while it watches, with those of others between them.
        for _ in 0..cut % 4 {
            say(&house, 1, Topic::Sales, next);
            say(&house, 2, Topic::Sales, 999);
            say(&house, 1, Topic::Readings, 998);
            next += 1;
        }
        let due = usize::try_from(next).expect("few");
        // It reads some of them, or all, or none.
        while seen.len() < due.saturating_sub(usize::try_from(cut % 3).expect("few")) {
            let (event, data) = watcher.event().await;
            assert_eq!(event, "sale");
            seen.push(number(&data));
        }
        last = Some(watcher.last.clone());
        drop(watcher);
        // Some while it is away.
        for _ in 0..cut % 5 {
            say(&house, 1, Topic::Sales, next);
            next += 1;
        }
    }
    let mut watcher = Watcher::come(&house, &token, "?topics=sales", last.as_deref()).await;
    while seen.len() < usize::try_from(next).expect("few") {
        seen.push(number(&watcher.event().await.1));
    }
    assert!(next > 30, "{next}");
    assert_eq!(seen, (0..next).collect::<Vec<_>>());
    drop(watcher);
    house.close().await;
}

#[tokio::test]
async fn what_the_ring_no_longer_holds_is_a_gap_and_then_it_goes_on() {
    let (_dir, house, token) = house().await;
    let first = Watcher::come(&house, &token, "", None).await;
    let place = first.last.clone();
    drop(first);
    // The ring of the test's hub holds 64.
    for n in 0..65 {
        say(&house, 1, Topic::Sync, n);
    }
    let mut late = Watcher::come(&house, &token, "", Some(&place)).await;
    assert_eq!(late.event().await, ("gap".to_owned(), "{}".to_owned()));
    say(&house, 1, Topic::Alarms, 100);
    assert_eq!(late.event().await, ("alarm".to_owned(), r#"{"n":100}"#.to_owned()));
    // After the gap its place is good again; by query as well as by header.
    let place = late.last.clone();
    drop(late);
    say(&house, 1, Topic::Readings, 101);
    let mut again = Watcher::come(&house, &token, &format!("?last_event_id={place}"), None).await;
    assert_eq!(again.event().await, ("readings".to_owned(), r#"{"n":101}"#.to_owned()));
    // Another life of the hub.
    let mut other = Watcher::come(&house, &token, "", Some("00000000000000000000000000000000-3")).await;
    assert_eq!(other.event().await.0, "gap");
    house.close().await;
}

#[tokio::test]
async fn a_watcher_that_does_not_read_is_told_of_the_gap_and_delays_nobody() {
    let (_dir, house, token) = house().await;
    let mut slow = Watcher::come(&house, &token, "", None).await;
    let mut quick = Watcher::come(&house, &token, "", None).await;
    // Far more than sockets and ring hold.
    let padding = "x".repeat(64 * 1024);
    for n in 0..600_u64 {
        let identity = identity(1);
        let json = json!({"n": n, "padding": padding}).to_string();
        house.hub.live.publish(Event { org: identity.org, store: identity.store, topic: Topic::Sales, json });
        assert_eq!(number(&quick.event().await.1), n);
    }
    let mut seen = Vec::new();
    let gap = loop {
        match slow.event().await {
            (event, _) if event == "gap" => break seen.len(),
            (_, data) => seen.push(number(&data)),
        }
    };
    assert!(gap < 600, "it must have fallen behind");
    assert_eq!(seen, (0..gap as u64).collect::<Vec<_>>(), "what it was told before the gap is whole");
    say(&house, 1, Topic::Sales, 1000);
    assert_eq!(number(&slow.event().await.1), 1000);
    house.close().await;
}

#[tokio::test]
async fn one_store_only_and_never_another_tenants() {
    let (_dir, house, token) = house().await;
    let store = identity(1).store;
    let mut watcher = Watcher::come(&house, &token, &format!("?store_id={store}"), None).await;
    say(&house, 2, Topic::Sales, 1);
    let elsewhere = StoreId(uuid::Uuid::from_u128(5));
    house.hub.live.publish(Event {
        org: identity(1).org,
        store: elsewhere,
        topic: Topic::Sales,
        json: r#"{"n":2}"#.into(),
    });
    say(&house, 1, Topic::Sales, 3);
    assert_eq!(number(&watcher.event().await.1), 3);
    house.close().await;
}

#[tokio::test]
async fn a_quiet_line_shows_that_it_lives_and_ends_with_its_sign_in() {
    let (_dir, house, token) = house().await;
    let ended = house.token("viewer1@shop.example").await;
    let mut quiet = Watcher::come(&house, &token, "", None).await;
    let mut over = Watcher::come(&house, &ended, "", None).await;
    let out = Ask::new(hyper::Method::POST, "/api/v1/auth/logout").bearer(&ended);
    assert_eq!(house.send(out).await.status, StatusCode::OK);
    let (alive, end) = tokio::join!(quiet.block(), over.block());
    let alive = alive.expect("it lives");
    assert!(alive.comment.is_some() && alive.event.is_none(), "{alive:?}");
    assert_eq!(end, None);
    // And with the hub.
    house.close().await;
    assert_eq!(quiet.block().await, None);
}
