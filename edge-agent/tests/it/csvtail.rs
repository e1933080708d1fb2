//! A growing file of separated values, with everything that rotation, cutting and restarts do to it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use vyavs_edge_agent::acquire::csvtail::{self, CsvConfig};
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::TillEventKindV1;

use crate::poslog::{Running, Shop};
use crate::printer::{events, numbers, until};

const MAPPING: &str = r#"
header = true
rows = { P = "item", E = "end" }
columns = { row = "art", receipt = "bon", time = "zeit", sku = "sku", quantity = "menge", price = "preis", total = "summe" }
"#;
const HEADER: &str = "art,bon,zeit,sku,menge,preis,summe\n";

fn rows(number: u32) -> String {
    format!(
        "P,{number},2024-05-01T10:00:00,A,2,1.50,\nP,{number},2024-05-01T10:00:01,B,1,1.00,\nE,{number},2024-05-01T10:00:02,,,,4.00\n"
    )
}

struct Kiosk(Shop);

impl Kiosk {
    fn open() -> Self {
        let shop = Shop::open();
        std::fs::write(shop.dir.path().join("mapping.toml"), MAPPING).expect("written");
        Self(shop)
    }

    fn path(&self) -> PathBuf {
        self.0.folder().join("sales.csv")
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.path()).expect("it opens");
        file.write_all(text.as_bytes()).expect("written");
    }

    fn rename(&self, to: &str) {
        std::fs::rename(self.path(), self.0.folder().join(to)).expect("renamed");
    }

    fn follow(&self, idle_s: u32) -> Running {
        let config: CsvConfig = toml::from_str(&format!(
            "name = \"kiosk\"\npath = {:?}\nmapping = {:?}\nidle_s = {idle_s}\npoll_ms = 20",
            self.path(),
            self.0.dir.path().join("mapping.toml")
        ))
        .expect("a section");
        config.check().expect("it can be used");
        let state = self.0.state();
        self.0.start("kiosk", move |ctx, input| csvtail::run(config, state, ctx, input, Pulse::default()))
    }

    async fn read(&self, want: &[u32]) {
        until("receipts are read", || numbers(&self.0.disk).len() >= want.len()).await;
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert_eq!(numbers(&self.0.disk), want, "{:?}", events(&self.0.disk));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_read_as_they_come_and_each_once_over_restarts() {
    let kiosk = Kiosk::open();
    kiosk.append(HEADER);
    let mut want = Vec::new();
    for number in 1..=6 {
        let agent = kiosk.follow(0);
        let text = rows(number);
        // Killed with a row half written, and with a receipt half read.
        let (first, rest) = text.split_at(text.len() / 2 + number as usize);
        kiosk.append(first);
        tokio::time::sleep(Duration::from_millis(120)).await;
        let agent = if number % 2 == 0 {
            agent.kill().await;
            kiosk.append(rest);
            kiosk.follow(0)
        } else {
            kiosk.append(rest);
            agent
        };
        want.push(number);
        kiosk.read(&want).await;
        agent.kill().await;
    }
    assert!(events(&kiosk.0.disk).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rotation_by_rename_loses_and_repeats_nothing() {
    let kiosk = Kiosk::open();
    let _agent = kiosk.follow(0);
    until("the missing file is said", || kiosk.0.detail("kiosk").contains("No such file")).await;
    kiosk.append(&(HEADER.to_owned() + &rows(1)));
    kiosk.read(&[1]).await;
    let text = rows(2);
    let (first, rest) = text.split_at(text.find('\n').expect("a row") + 1);
    kiosk.append(first);
    kiosk.rename("sales.csv.1");
    // The receipt goes on in the new file.
    kiosk.append(&(HEADER.to_owned() + rest + &rows(3)));
    kiosk.read(&[1, 2, 3]).await;
    for number in 4..8 {
        kiosk.rename(&format!("sales.csv.{number}"));
        kiosk.append(&(HEADER.to_owned() + &rows(number)));
        kiosk.read(&(1..=number).collect::<Vec<_>>()).await;
    }
    assert!(events(&kiosk.0.disk).is_empty(), "{:?}", events(&kiosk.0.disk));
}

#[tokio::test(flavor = "multi_thread")]
async fn rotations_while_the_agent_is_down_are_read_in_their_order() {
    let kiosk = Kiosk::open();
    kiosk.append(&(HEADER.to_owned() + &rows(1)));
    let agent = kiosk.follow(0);
    kiosk.read(&[1]).await;
    agent.kill().await;
    kiosk.append(&rows(2));
    kiosk.rename("sales.csv.2");
    tokio::time::sleep(Duration::from_millis(20)).await;
    kiosk.append(&(HEADER.to_owned() + &rows(3)));
    kiosk.rename("sales.csv.1");
    tokio::time::sleep(Duration::from_millis(20)).await;
    kiosk.append(&(HEADER.to_owned() + &rows(4)));
    let _again = kiosk.follow(0);
    kiosk.read(&[1, 2, 3, 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_copied_and_cut_is_read_on_in_its_copy_first() {
    let kiosk = Kiosk::open();
    kiosk.append(&(HEADER.to_owned() + &rows(1)));
    let agent = kiosk.follow(0);
    kiosk.read(&[1]).await;
    agent.kill().await;
    kiosk.append(&rows(2));
    std::fs::copy(kiosk.path(), kiosk.0.folder().join("sales.csv.1")).expect("copied");
    // Cut, and longer again than it was before anybody looks; without a header of its own.
    OpenOptions::new().write(true).truncate(true).open(kiosk.path()).expect("cut");
    kiosk.append(&(rows(3) + &rows(4) + &rows(5)));
    let _again = kiosk.follow(0);
    kiosk.read(&[1, 2, 3, 4, 5]).await;
    // The same while it is followed.
    std::fs::copy(kiosk.path(), kiosk.0.folder().join("sales.csv.2")).expect("copied");
    OpenOptions::new().write(true).truncate(true).open(kiosk.path()).expect("cut");
    kiosk.append(&(HEADER.to_owned() + &rows(6)));
    kiosk.read(&[1, 2, 3, 4, 5, 6]).await;
    assert!(events(&kiosk.0.disk).is_empty(), "{:?}", events(&kiosk.0.disk));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_without_a_copy_is_said_and_read_from_its_start() {
    let kiosk = Kiosk::open();
    kiosk.append(&(HEADER.to_owned() + &rows(1) + &rows(2)));
    let _agent = kiosk.follow(0);
    kiosk.read(&[1, 2]).await;
    OpenOptions::new().write(true).truncate(true).open(kiosk.path()).expect("cut");
    kiosk.append(&(HEADER.to_owned() + &rows(3)));
    kiosk.read(&[1, 2, 3]).await;
    assert!(kiosk.0.detail("kiosk").contains("was cut"), "{}", kiosk.0.detail("kiosk"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_nothing_follows_is_told_after_a_while_or_put_aside() {
    let kiosk = Kiosk::open();
    kiosk.append(
        &(HEADER.to_owned() + "P,1,2024-05-01T10:00:00,A,1,1.00,1.00\nP,2,2024-05-01T10:05:00,A,1,1.00,9.99\n"),
    );
    let _agent = kiosk.follow(1);
    until("both are closed", || numbers(&kiosk.0.disk) == [1] && events(&kiosk.0.disk).len() == 1).await;
    let TillEventKindV1::Quarantined(reason, text) = &events(&kiosk.0.disk)[0] else { panic!("not put aside") };
    assert!(reason.contains("999") && text.contains("P | 2"), "{reason}: {text}");
}
