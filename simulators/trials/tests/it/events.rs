//! What a till reports again, because the agent was killed before the till heard of it, is one event at the hub.

use std::time::Duration;

use serde_json::json;
use vyavs_domain::event::TillEventKind;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::{events, orgs};
use vyavs_trials::house::{House, Options};

use crate::programs;
use crate::shop::{DAY, Till, Told, house, until};

async fn kinds(house: &House) -> Vec<TillEventKind> {
    let db = house.open_db().await.expect("a database");
    let mut tx = db.begin_read_hub().await.expect("readable");
    let org = orgs::list(&mut tx).await.expect("readable")[0].id;
    let found = events::page(&mut tx, org, house.store(), None, 100).await.expect("readable");
    tx.rollback().await.expect("given back");
    found.into_iter().map(|stored| stored.event.kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_sent_again_after_a_kill_is_stored_once() {
    if programs().is_none() {
        return;
    }
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let mut house = house(dir.path(), &Options::default(), &life).await;
    // Two in the same second: the till's clock counts no finer, and a drawer opens twice.
    let no_sale = |id: &str| json!({"type": "no_sale", "id": id, "at": format!("{DAY}T11:00:01")});
    let broken = json!({"type": "receipt", "number": "7", "kind": "sale", "business_day": DAY, "at": format!("{DAY}T11:30:00"),
        "currency": "GBP", "total": "x", "lines": []});
    let mut till = Till::open(&house).await;
    for life_of_the_agent in 0..3 {
        assert_eq!(till.say(&no_sale("ns-1")).await, json!({"ack": "ns-1"}));
        assert_eq!(till.say(&no_sale("ns-2")).await, json!({"ack": "ns-2"}));
        assert_eq!(till.say(&broken).await["ack"], "7", "put aside");
        if life_of_the_agent < 2 {
            house.kill_agent().await.expect("killed");
            house.start_agent().await.expect("started");
            till = Till::open(&house).await;
        }
    }
    // What comes after them is there, so they are.
    assert_eq!(till.sell(1).await, Told::Stored);
    assert!(house.drain((1, 1), Duration::from_secs(30)).await.expect("the hub answers"), "not all came");
    let found = until("all are there", async || Some(kinds(&house).await).filter(|kinds| kinds.len() >= 3)).await;
    let no_sales = found.iter().filter(|kind| matches!(kind, TillEventKind::NoSale { .. })).count();
    let aside = found.iter().filter(|kind| matches!(kind, TillEventKind::Quarantined { .. })).count();
    assert_eq!((no_sales, aside, found.len()), (2, 1, 3), "{found:?}");
    house.stop_agent().await.expect("in good order");
    house.stop_hub().await.expect("in good order");
    drop(house);
    life.shutdown(Duration::from_secs(1)).await;
}
