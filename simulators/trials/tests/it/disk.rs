//! The disk of a running agent fills up, or turns read-only: the till is told to wait, the page says why, nothing that was
//! acknowledged is lost, and when there is room again the agent goes on.

mod spoilt;

use vyavs_service::lifecycle::Lifecycle;
use vyavs_trials::house::{House, Options};

use crate::programs;
use crate::shop::{PATIENCE, Till, Told, all_held_once, house, until};
use spoilt::Disk;

/// Sells from `number` on until a ticket is refused, which is the one that is returned.
async fn sell_until_busy(till: &mut Till, mut number: u32) -> u32 {
    while till.sell(number).await == Told::Stored {
        number += 1;
        assert!(number < 20_000, "the disk never filled");
    }
    number
}

/// What the agent's page says of its disk.
async fn complaint(house: &House) -> Option<String> {
    let status = house.agent_status().await.expect("the page answers");
    status["outbox"]["detail"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_makes_the_till_wait_and_the_page_say_so_and_loses_nothing() {
    if programs().is_none() {
        return;
    }
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let disk = match Disk::in_memory(&dir.path().join("disk"), 12 * 1024) {
        Ok(disk) => disk,
        Err(why) => return println!("skipped: no disk to fill: {why}"),
    };
    let options = Options { outbox: Some(disk.at.join("outbox")), ..Options::default() };
    let mut house = house(&dir.path().join("out"), &options, &life).await;
    let mut till = Till::open(&house).await;
    for number in 1..=20 {
        assert_eq!(till.sell(number).await, Told::Stored);
    }
    assert_eq!(complaint(&house).await, None);
    // Something else fills the disk, and the hub is out of reach, so nothing settles.
    house.chaos().cut();
    let filler = disk.fill(192 * 1024);
    let refused = sell_until_busy(&mut till, 21).await;
    let detail = until("the page says why", async || complaint(&house).await).await;
    assert!(detail.contains("No space left"), "{detail}");
    // It stays so, and stays answerable.
    assert_eq!(till.sell(refused).await, Told::Busy);
    house.check().expect("both programs run");
    // A kill in the middle of it changes nothing.
    house.kill_agent().await.expect("killed");
    std::fs::remove_file(&filler).expect("removed");
    house.start_agent().await.expect("started");
    let mut till = Till::open(&house).await;
    for number in refused..refused + 10 {
        till.sell_at_last(number).await;
    }
    // Full once more, and this time the agent that met it goes on by itself.
    let filler = disk.fill(192 * 1024);
    let refused = sell_until_busy(&mut till, refused + 10).await;
    std::fs::remove_file(&filler).expect("removed");
    for number in refused..refused + 10 {
        till.sell_at_last(number).await;
    }
    until("the page is content again", async || complaint(&house).await.is_none().then_some(())).await;
    house.chaos().heal();
    all_held_once(house, refused + 9, &life).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_turns_read_only_makes_the_till_wait_and_nothing_is_lost() {
    if programs().is_none() {
        return;
    }
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let disk = match Disk::ext4(&dir.path().join("disk"), &dir.path().join("disk.img")) {
        Ok(disk) => disk,
        Err(why) => return println!("skipped: no disk that can fail: {why}"),
    };
    // Its last words are looked at, and a stack of calls would come after them.
    let agent_env = ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"].map(|name| (name.to_owned(), "0".to_owned())).to_vec();
    let options = Options { outbox: Some(disk.at.join("outbox")), agent_env, ..Options::default() };
    let mut house = house(&dir.path().join("out"), &options, &life).await;
    let mut till = Till::open(&house).await;
    for number in 1..=20 {
        assert_eq!(till.sell(number).await, Told::Stored);
    }
    disk.fail();
    let refused = sell_until_busy(&mut till, 21).await;
    let detail = until("the page says why", async || complaint(&house).await).await;
    assert!(detail.contains("Read-only file system") || detail.contains("Input/output error"), "{detail}");
    assert_eq!(till.sell(refused).await, Told::Busy);
    house.check().expect("both programs run");
    // What was stored before can still be read, and so be sent.
    let before = u64::from(refused - 1);
    assert!(house.drain((before, before), PATIENCE).await.expect("the hub answers"), "not all came");
    // It can be told to stop, and does not start without saying why.
    house.stop_agent().await.expect("in good order");
    let error = house.start_agent().await.expect_err("there is nothing to write on").to_string();
    assert!(error.contains("Read-only file system"), "{error}");
    disk.mend();
    house.start_agent().await.expect("started");
    let mut till = Till::open(&house).await;
    for number in refused..refused + 20 {
        till.sell_at_last(number).await;
    }
    all_held_once(house, refused + 19, &life).await;
}
