//! The clock of a running agent is ten years off: tickets keep the till's own day and time, the hub marks the clock and
//! raises an alarm, and nothing is lost.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::alarms::{self, AlarmFilter};
use vyavs_store::{Within, orgs};
use vyavs_trials::house::{House, Options};

use crate::programs;
use crate::shop::{DAY, Till, Told, all_held_once, house, until};

const TEN_YEARS_S: i64 = 10 * 365 * 86_400;

/// What the open alarm of the box's clock says at the hub.
async fn alarm_at_the_hub(house: &House) -> Option<String> {
    let db = house.open_db().await.expect("a database");
    let mut tx = db.begin_read_hub().await.expect("readable");
    let org = orgs::list(&mut tx).await.expect("readable")[0].id;
    let only = AlarmFilter { within: Within::one(house.store()), open: Some(true) };
    let open = alarms::page(&mut tx, org, only, None, 50).await.expect("readable");
    tx.rollback().await.expect("given back");
    drop(db);
    open.into_iter().map(|stored| stored.alarm.reason).find(|reason| reason.contains("clock"))
}

fn clock_moved_by(seconds: i64) -> Vec<(String, String)> {
    vec![("VYAVS_CLOCK_OFFSET_S".to_owned(), seconds.to_string())]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_clock_ten_years_off_tickets_keep_their_day_and_the_hub_raises_an_alarm() {
    if programs().is_none() {
        return;
    }
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let options = Options { agent_env: clock_moved_by(TEN_YEARS_S), ..Options::default() };
    let mut house = house(dir.path(), &options, &life).await;
    let mut till = Till::open(&house).await;
    for number in 1..=30 {
        assert_eq!(till.sell(number).await, Told::Stored);
    }
    let said = until("the hub raises an alarm", async || alarm_at_the_hub(&house).await).await;
    assert!(said.contains("10 years ahead of the hub"), "{said}");
    // The clock jumps back by twenty years, as a box with an empty battery starts.
    house.kill_agent().await.expect("killed");
    house.set_agent_env(clock_moved_by(-TEN_YEARS_S));
    house.start_agent().await.expect("started");
    let mut till = Till::open(&house).await;
    for number in 31..=60 {
        assert_eq!(till.sell(number).await, Told::Stored);
    }
    assert!(alarm_at_the_hub(&house).await.is_some(), "as wrong as before, the other way round");
    // And is set.
    house.stop_agent().await.expect("in good order");
    house.set_agent_env(Vec::new());
    house.start_agent().await.expect("started");
    let mut till = Till::open(&house).await;
    for number in 61..=90 {
        assert_eq!(till.sell(number).await, Told::Stored);
    }
    until("the alarm is cleared", async || alarm_at_the_hub(&house).await.is_none().then_some(())).await;
    let held = all_held_once(house, 90, &life).await;
    for (at, line) in held.lines.iter().enumerate() {
        let wanted: Timestamp = format!("{DAY}T10:00:{:02}Z", (at + 1) % 60).parse().expect("a time");
        assert_eq!(line.facts.sold_at_us, wanted.as_microsecond(), "the till's time, not the box's");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_whose_clock_is_ten_years_off_still_proves_who_it_is_and_sends_everything() {
    if programs().is_none() {
        return;
    }
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    if !Path::new(library).is_file() {
        return println!("skipped: no {library} to move the whole process's clock (apt-get install faketime)");
    }
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let mut house = house(dir.path(), &Options::default(), &life).await;
    let mut last = 0;
    for moved in ["-3650d", "+3650d"] {
        house.stop_agent().await.expect("in good order");
        let variables = [("LD_PRELOAD", library), ("FAKETIME", moved), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        house.set_agent_env(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        house.start_agent().await.expect("started");
        let mut till = Till::open(&house).await;
        for _ in 0..20 {
            last += 1;
            assert_eq!(till.sell(last).await, Told::Stored, "the till does not wait for the hub");
        }
        // Certificates are judged by this clock too.
        let all = (u64::from(last), u64::from(last));
        let came = house.drain(all, Duration::from_secs(20)).await.expect("the hub answers");
        let status = house.agent_status().await.expect("the page answers");
        assert!(came, "{moved}: not all came; the page says {}", status["link"]);
        assert_eq!((&status["link"]["state"], &status["clock"]), (&"connected".into(), &"unset".into()), "{moved}");
        assert!(alarm_at_the_hub(&house).await.is_some(), "{moved}: the hub raises an alarm");
    }
    all_held_once(house, last, &life).await;
}
