//! A shop for a trial of the running agent: a house, and a till that is served line by line.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use vyavs_service::lifecycle::Lifecycle;
use vyavs_trials::house::{House, Options, Shop};
use vyavs_trials::ledger::Held;

/// What anything here may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The till's day, whatever the box's clock shows.
pub(crate) const DAY: &str = "2026-11-20";

/// A house with one till on a journal.
pub(crate) async fn house(out: &Path, options: &Options, life: &Lifecycle) -> House {
    let shop = Shop {
        zone: "Europe/London".to_owned(),
        currency: "GBP".to_owned(),
        day_starts: "04:00".to_owned(),
        terminals: vec!["till-1".to_owned()],
    };
    House::build_with(out, &shop, options, 1, life).await.expect("a house")
}

/// Waits until `done` gives something.
pub(crate) async fn until<T>(what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(done) = done().await {
            return done;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not happen within {} s", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A till that sends a ticket and waits for its answer.
pub(crate) struct Till {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

/// How a ticket was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Stored,
    Busy,
}

impl Till {
    pub(crate) async fn open(house: &House) -> Self {
        let address = house.journals()[0].1;
        let stream = until("the journal takes a till", async || TcpStream::connect(address).await.ok()).await;
        let (reader, writer) = stream.into_split();
        Self { reader: BufReader::new(reader), writer }
    }

    /// Sends a line and waits for its answer.
    pub(crate) async fn say(&mut self, message: &Value) -> Value {
        let line = format!("{message}\n");
        self.writer.write_all(line.as_bytes()).await.expect("taken");
        let mut answer = String::new();
        let read = self.reader.read_line(&mut answer);
        tokio::time::timeout(PATIENCE, read).await.expect("an answer in time").expect("readable");
        serde_json::from_str(&answer).expect("an answer is JSON")
    }

    /// Sends ticket `number`, with a line of about 100 bytes.
    pub(crate) async fn sell(&mut self, number: u32) -> Told {
        let noise = noise_of(number);
        let line =
            json!({"sku": format!("S{number}"), "name": noise, "quantity": "1", "unit_price": "2.00", "total": "2.00"});
        let answer = self
            .say(&json!({"type": "receipt", "number": number.to_string(), "kind": "sale", "business_day": DAY,
                "at": format!("{DAY}T10:00:{:02}", number % 60), "currency": "GBP", "total": "2.00", "lines": [line]}))
            .await;
        let number = number.to_string();
        match (answer.get("ack"), answer.get("busy"), answer.get("error")) {
            (Some(ack), None, None) if *ack == *number => Told::Stored,
            (None, Some(busy), None) if *busy == *number => Told::Busy,
            _ => panic!("ticket {number} was answered {answer}"),
        }
    }

    /// Sends ticket `number` again and again until it is stored.
    pub(crate) async fn sell_at_last(&mut self, number: u32) {
        let began = Instant::now();
        while self.sell(number).await == Told::Busy {
            assert!(began.elapsed() < PATIENCE, "ticket {number} was not taken within {} s", PATIENCE.as_secs());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A name that does not pack.
fn noise_of(number: u32) -> String {
    let mut state = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state % 26) as u8)
    };
    (0..100).map(|_| letter()).collect()
}

/// Waits until the hub has tickets 1 to `last`, ends everything in good order, and finds each there once, in order, with
/// its line, and no number missing.
pub(crate) async fn all_held_once(mut house: House, last: u32, life: &Lifecycle) -> Held {
    let all = (u64::from(last), u64::from(last));
    assert!(house.drain(all, PATIENCE).await.expect("the hub answers"), "not all came");
    house.stop_agent().await.expect("in good order");
    house.stop_hub().await.expect("in good order");
    let db = house.open_db().await.expect("a database");
    let held = Held::read(&db, house.store()).await.expect("readable");
    db.close().await;
    let numbers: Vec<String> = held.heads.iter().map(|head| head.key.number.clone()).collect();
    let expected: Vec<String> = (1..=last).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected, "every ticket once and in order");
    let lines: Vec<String> = held.lines.iter().map(|line| line.key.number.clone()).collect();
    assert_eq!(lines, expected, "every line once and in order");
    assert!(held.heads.iter().all(|head| head.key.business_day == DAY), "the till's day");
    assert_eq!((held.gaps.unexplained(), held.gaps.lost, held.gaps.dead), (0, 0, 0), "no number is missing");
    drop(house);
    life.shutdown(Duration::from_secs(1)).await;
    held
}
