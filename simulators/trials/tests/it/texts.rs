//! The text of 418 real receipts, of shops of which no grammar was written, printed through relay and agent to the hub while
//! the agent and the hub are killed: what the chain holds is what the reader makes of the same bytes beside it, each job once,
//! proven or put aside with its reason. The file says nothing of a receipt but its total, so a reading is compared with a
//! reading; how many totals are as labelled is measured elsewhere (docs/wires.md).

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use vyavs_domain::event::TillEventKind;
use vyavs_domain::sale::Receipt;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::{events, orgs};
use vyavs_trials::house::{House, Options, Shop};
use vyavs_trials::ledger::{Counts, HeadFacts, Held, HeldHead, HeldLine, Key, LineFacts, Ticket, compare};
use vyavs_trials::play::{COPY, Play};

use super::shop::until;
use super::{programs, record};

const GRAMMAR: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../edge-agent/codec/examples/receipts_text/lenient.toml");
const ZONE: &str = "Asia/Kuala_Lumpur";
const CURRENCY: &str = "MYR";
/// Receipts in the file.
const JOBS: usize = 418;

/// What was put aside: the reason and how often it is the reason.
type Aside = BTreeMap<String, u64>;

/// What the reader makes of a print stream without anything around it.
fn read_alone(program: &Path, stream: &Path) -> (Vec<Ticket>, Aside) {
    let mut reader = Command::new(program);
    reader.args(["receipt", "test", "--json", "--zone", ZONE, "--currency", CURRENCY, "--grammar", GRAMMAR]);
    // Its status says that not all is proven, which is no news here.
    let output = reader.arg(stream).output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let (mut proven, mut aside) = (Vec::new(), Aside::new());
    for job in report["jobs"].as_array().expect("jobs") {
        match job["outcome"].as_str() {
            Some("receipt") => {
                let receipt: Receipt = serde_json::from_value(job["receipt"].clone()).expect("a receipt");
                proven.push(Ticket::from(receipt));
            }
            Some("quarantined") => {
                *aside.entry(job["reason"].as_str().expect("a reason").to_owned()).or_default() += 1;
            }
            other => panic!("a receipt's text was read as {other:?}"),
        }
    }
    (proven, aside)
}

/// What was put aside, as the hub holds it.
async fn aside_at_hub(house: &House) -> Aside {
    let db = house.open_db().await.expect("a database");
    let mut tx = db.begin_read_hub().await.expect("readable");
    let org = orgs::list(&mut tx).await.expect("readable")[0].id;
    let found = events::page(&mut tx, org, house.store(), None, u32::MAX >> 1).await.expect("readable");
    tx.rollback().await.expect("given back");
    let mut aside = Aside::new();
    for stored in found {
        match stored.event.kind {
            TillEventKind::Quarantined { reason, .. } => *aside.entry(reason).or_default() += 1,
            other => panic!("the hub holds {other:?}, and every job was a receipt's text"),
        }
    }
    aside
}

/// Half of these receipts have no number and no time of their own: then both are the moment of printing, which is another
/// one for each reader. Under the name of its contents a receipt is the same for both, and the second one that reads the
/// same is the second.
#[derive(Default)]
struct Names(HashMap<blake3::Hash, u32>);

impl Names {
    fn of(&mut self, head: &mut HeadFacts, lines: &mut [&mut LineFacts]) -> Key {
        head.closed_at_us = 0;
        lines.iter_mut().for_each(|line| line.sold_at_us = 0);
        let content = blake3::hash(format!("{head:?} {lines:?}").as_bytes());
        let nth = self.0.entry(content).or_default();
        *nth += 1;
        Key {
            terminal: "till-1".to_owned(),
            business_day: String::new(),
            number: format!("{} {nth}", content.to_hex()),
        }
    }
}

fn promised(mut tickets: Vec<Ticket>) -> Vec<Ticket> {
    let mut names = Names::default();
    for ticket in &mut tickets {
        let mut lines: Vec<_> = ticket.lines.iter_mut().map(|(_, line)| line).collect();
        ticket.key = names.of(&mut ticket.head, &mut lines);
    }
    tickets
}

/// The same of what is held.
fn held(held: Held) -> Held {
    let Held { heads, lines, gaps } = held;
    let mut of: BTreeMap<Key, Vec<HeldLine>> = BTreeMap::new();
    for line in lines {
        of.entry(line.key.clone()).or_default().push(line);
    }
    let (mut names, mut renamed) = (Names::default(), Held { gaps, ..Held::default() });
    for HeldHead { key, id, mut facts } in heads {
        let mut lines = of.remove(&key).unwrap_or_default();
        let mut inner: Vec<_> = lines.iter_mut().map(|line| &mut line.facts).collect();
        let name = names.of(&mut facts, &mut inner);
        renamed.lines.extend(lines.into_iter().map(|line| HeldLine { key: name.clone(), ..line }));
        renamed.heads.push(HeldHead { key: name, id, facts });
    }
    // Lines without a head are nobody's.
    renamed.lines.extend(of.into_values().flatten());
    renamed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_of_real_receipts_is_at_the_hub_as_its_reader_reads_it_once_each() {
    let (Some(()), Some(data)) = (programs(), record("receipts_text")) else {
        return println!("skipped: without the programs or the texts (VYAVS_DATA) nothing is printed");
    };
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let shop = Shop {
        zone: ZONE.to_owned(),
        currency: CURRENCY.to_owned(),
        day_starts: "04:00".to_owned(),
        terminals: vec!["till-1".to_owned()],
    };
    // The section of the printer is the file's last one.
    let edge = format!("grammar = \"{GRAMMAR}\"\n");
    let options = Options { prints: Some(200_000), edge, ..Options::default() };
    let mut house = House::build_with(dir.path(), &shop, &options, 1, &life).await.expect("a house");
    let mut play = Play::start(&house, &["--receipts-text".as_ref(), data.as_os_str()], None).expect("a till");
    let paper = house.paper().expect("it prints").clone();
    // In the middle of the printing, one after the other.
    let printed = async |share: u64| until("printing", async || (paper.printed() > share).then_some(())).await;
    printed(60_000).await;
    house.kill_agent().await.expect("killed");
    tokio::time::sleep(Duration::from_millis(300)).await;
    house.start_agent().await.expect("started");
    printed(150_000).await;
    house.kill_hub().await.expect("killed");
    house.start_hub().await.expect("started");
    let status = until("the till is done", async || play.ended()).await;
    play.check(status).expect("all was printed");

    let stream = dir.path().join(COPY);
    until("the paper is out", async || {
        let sent = std::fs::metadata(&stream).expect("a copy").len();
        (paper.printed() == sent && !paper.is_busy()).then_some(())
    })
    .await;
    assert_eq!(paper.pages().concat(), std::fs::read(&stream).expect("a copy"), "the paper is what was sent");
    let (proven, wanted) = read_alone(&house.programs().edge, &stream);
    let put_aside: u64 = wanted.values().sum();
    assert_eq!(proven.len() as u64 + put_aside, JOBS as u64);
    assert!(proven.len() > 60, "{} proven: the grammar reads nothing", proven.len());
    let lines = proven.iter().map(|ticket| ticket.lines.len() as u64).sum();
    assert!(
        house.drain((proven.len() as u64, lines), Duration::from_secs(60)).await.expect("it answers"),
        "not all came"
    );
    let all = async || Some(aside_at_hub(&house).await).filter(|aside| aside.values().sum::<u64>() >= put_aside);
    until("what was put aside is at the hub", all).await;
    house.stop_relay().await.expect("in good order");
    house.stop_agent().await.expect("in good order");
    house.stop_hub().await.expect("in good order");

    let db = house.open_db().await.expect("a database");
    let at_hub = held(Held::read(&db, house.store()).await.expect("readable"));
    db.close().await;
    assert_eq!((at_hub.gaps.unexplained(), at_hub.gaps.lost, at_hub.gaps.dead), (0, 0, 0), "no number is missing");
    let found = compare(&promised(proven), &at_hub);
    assert_eq!(found.counts, Counts::default(), "{:#?}", found.examples);
    assert_eq!(aside_at_hub(&house).await, wanted, "what was put aside, by its reasons");
    drop(house);
    life.shutdown(Duration::from_secs(1)).await;
}
