//! Card numbers that a till lets slip, on every wire and in every disguise, and then a search of every file there is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_trials::house::{House, Options, Shop};

use super::programs;
use super::shop::{DAY, PATIENCE, Till, until};

/// Numbers of test cards; never anybody's.
const CARDS: [&str; 4] = ["4532015112830366", "5425233430109903", "374245455400126", "6759649826438453"];
/// What must be found, or the search proves nothing.
const SEEN: &str = "74239000551";

fn grouped(card: &str, by: &str) -> String {
    card.as_bytes().chunks(4).map(|part| std::str::from_utf8(part).expect("digits")).collect::<Vec<_>>().join(by)
}

fn disguises(card: &str) -> Vec<String> {
    let plain = card.to_owned();
    vec![
        grouped(card, " "),
        grouped(card, "-"),
        grouped(card, "."),
        format!("%B{card}^DOE/JOHN^25121010000000000000?"),
        format!(";{card}=25121010000012345678?"),
        format!("VISA {card} EXP 12/27"),
        plain,
    ]
}

/// The files whose digits, whatever stands between them, hold `digits`.
fn holding(folders: &[PathBuf], digits: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).expect("readable").map(|entry| entry.expect("an entry").path()));
        } else if path.is_file() && holds(&std::fs::read(&path).expect("readable"), digits) {
            found.insert(path);
        }
    }
    found
}

fn holds(bytes: &[u8], digits: &str) -> bool {
    let only: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii_digit).collect();
    only.windows(digits.len()).any(|part| part == digits.as_bytes())
}

async fn house(out: &Path, life: &Lifecycle, edge: String) -> House {
    let shop = Shop {
        zone: "Europe/London".to_owned(),
        currency: "GBP".to_owned(),
        day_starts: "04:00".to_owned(),
        terminals: vec!["till-1".to_owned(), "till-2".to_owned()],
    };
    let options = Options { prints: Some(1 << 20), edge, ..Options::default() };
    House::build_with(out, &shop, &options, 7, life).await.expect("a house")
}

/// A ticket with a card in every text that a till could put it in, on the journal; as it should be, and broken.
async fn journal(house: &House) -> u64 {
    let mut till = Till::open(house).await;
    let mut said = 0;
    for (at, card) in CARDS.iter().enumerate() {
        for (which, text) in disguises(card).iter().enumerate() {
            let number = format!("{at}{which}-{text}");
            let mut ticket = json!({"type": "receipt", "number": number, "kind": "sale", "business_day": DAY,
                "at": format!("{DAY}T10:00:00"), "currency": "GBP", "total": "2.00", "operator": text, "customer": text,
                "tenders": [{"kind": "card", "amount": "2.00"}],
                "lines": [{"sku": text, "name": format!("GIFT {text} ITEM {SEEN}"), "quantity": "1", "unit_price": "2.00",
                    "total": "2.00"}]});
            assert!(till.say(&ticket).await["error"].is_null());
            ticket["total"] = json!(text);
            till.say(&ticket).await;
            // A card typed where an amount belongs is no amount.
            ticket["total"] = json!("2.00");
            ticket["lines"][0]["quantity"] = json!(card);
            till.say(&ticket).await;
            till.say(&json!({"type": "no_sale", "id": text, "at": format!("{DAY}T10:00:00")})).await;
            till.say(&json!({ "type": text, text: text })).await;
            said += 1;
        }
    }
    said
}

/// The same on paper: proven, unproven, and garbage.
async fn paper(house: &House) -> u64 {
    let (_, printer) = house.printers().next().expect("a till that prints");
    let mut jobs = 0;
    for card in CARDS {
        for text in disguises(card) {
            for total in ["2.00", "3.00"] {
                let rule = "-".repeat(42);
                let job = format!(
                    "\x1b@A shop\nReceipt: {jobs}\nTill: till-1  Op: {text}\nDate: {DAY} 08:26:00\nCustomer: {text}\n{rule}\n\
                     GIFT {text} ITEM {SEEN}\n  {text}  1 x 2.00  2.00\n{rule}\nSubtotal  2.00\nTOTAL GBP  {total}\n\
                     Card  2.00\n{text}\n\x1dV\x00"
                );
                let mut till = TcpStream::connect(printer).await.expect("the relay takes a till");
                till.write_all(job.as_bytes()).await.expect("taken");
                till.shutdown().await.expect("closed");
                jobs += 1;
            }
        }
    }
    jobs
}

#[tokio::test(flavor = "multi_thread")]
async fn no_card_number_is_in_any_file_log_or_record() {
    if programs().is_none() {
        return;
    }
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let mut house = house(dir.path(), &life, String::new()).await;
    let tickets = journal(&house).await;
    let jobs = paper(&house).await;
    // All of it is read, and sent: half of the jobs do not add up.
    let input = async |kind: &str| {
        let status = house.agent_status().await.ok()?;
        status["inputs"].as_array()?.iter().find(|input| input["kind"] == kind)?["errors"].as_u64()
    };
    until("every job is read", async || input("printer").await.filter(|errors| *errors >= jobs / 2)).await;
    until("every ticket is read", async || input("journal").await.filter(|errors| *errors >= tickets)).await;
    let sent = until("all is sent", async || {
        let status = house.agent_status().await.ok()?;
        (status["outbox"]["unsent"] == 0).then_some(status)
    });
    let page = tokio::time::timeout(PATIENCE, sent).await.expect("in time").to_string();
    house.stop_agent().await.expect("in good order");
    house.stop_hub().await.expect("in good order");
    house.stop_relay().await.expect("in good order");
    // Frames are packed, on disk as on MQTT, where they are the same bytes: unpacked they are searched too.
    let frames = house.exported().await.expect("a buffer");
    let folders = house.folders();
    let seen = holding(&folders, SEEN);
    assert!(seen.iter().any(|path| path.ends_with("hub.sqlite")) && holds(frames.as_bytes(), SEEN), "{seen:?}");
    for card in CARDS {
        // The last four may stay.
        let most = &card[..card.len() - 5];
        assert_eq!(holding(&folders, most), BTreeSet::new(), "{card} is in a file");
        assert!(!holds(frames.as_bytes(), most), "{card} is in the buffer");
        assert!(!holds(page.as_bytes(), most), "{card} is on the page");
    }
    drop(house);
    life.shutdown(Duration::from_secs(1)).await;
}
