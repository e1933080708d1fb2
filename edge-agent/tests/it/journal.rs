//! A till at its journal port: real sockets, and where it matters the real outbox on a real disk.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::time;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vyavs_delivery::frame::Frame;
use vyavs_domain::time::{BootId, StoreTime};
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::journal::{self, JournalConfig, JournalError};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::Board;
use vyavs_edge_agent::outbox::item::Item;
use vyavs_edge_agent::outbox::store::Store;
use vyavs_edge_agent::outbox::{AppendError, Outbox, OutboxConfig, Request};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::{Record, TillEventKindV1};

const PATIENCE: Duration = Duration::from_secs(10);

/// A journal that listens, and what stands around it.
struct Journal {
    address: std::net::SocketAddr,
    board: Board,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

async fn journal(outbox: Outbox, life: &Lifecycle, edit: impl FnOnce(&mut JournalConfig)) -> Journal {
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let clock = Clock::manual("2010-12-01T12:00:00Z".parse().expect("a time"));
    let board = Board::new(clock.clone(), time.clone(), currency);
    let stop = life.stop_token();
    let ctx = Context { outbox, time, currency, till: TillSink::default(), clock, stop: stop.clone() };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut config = JournalConfig::new("till-1".parse().expect("a name"), address);
    edit(&mut config);
    let handle = board.input("till-1", "journal");
    let task = life.spawn(journal::serve(listener, config, ctx, handle, Pulse::default()));
    Journal { address, board, stop, task }
}

/// An outbox that the test plays itself.
async fn with_channel(depth: usize) -> (Journal, mpsc::Receiver<Request>, Lifecycle) {
    let life = Lifecycle::new();
    let (outbox, requests) = Outbox::channel(depth);
    (journal(outbox, &life, |_| {}).await, requests, life)
}

/// Answers every append with `answer` and hands the records to the test.
fn writer(
    life: &Lifecycle,
    mut requests: mpsc::Receiver<Request>,
    answer: Result<(), AppendError>,
) -> mpsc::UnboundedReceiver<Record> {
    let (tx, rx) = mpsc::unbounded_channel();
    life.spawn(async move {
        while let Some(request) = requests.recv().await {
            let Request::Append(append) = request else { continue };
            for record in append.records {
                let _ = tx.send(record);
            }
            if let Some(done) = append.done {
                let _ = done.send(answer.clone());
            }
        }
    });
    rx
}

struct Till {
    lines: BufReader<TcpStream>,
}

impl Till {
    async fn connect(journal: &Journal) -> Self {
        Self { lines: BufReader::new(TcpStream::connect(journal.address).await.expect("it listens")) }
    }

    async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.lines.get_mut().write_all(bytes.as_ref()).await.expect("sent");
    }

    async fn hear(&mut self) -> serde_json::Value {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.lines.read_line(&mut line)).await.expect("an answer in time");
        assert!(read.expect("readable") > 0, "closed without an answer");
        serde_json::from_str(&line).expect("an answer is JSON")
    }

    async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        tokio::time::timeout(PATIENCE, self.lines.read_to_end(&mut rest)).await.is_ok() && rest.is_empty()
    }
}

fn receipt(number: u32) -> String {
    receipt_with(number, r#"{"sku":"85123A","name":"HEART","quantity":"6","unit_price":"2.55"}"#, "15.30")
}

fn receipt_with(number: u32, line: &str, total: &str) -> String {
    format!(
        "{{\"type\":\"receipt\",\"number\":\"{number}\",\"kind\":\"sale\",\"at\":\"2010-12-01T08:26:00\",\"total\":\"{total}\",\"lines\":[{line}]}}\n"
    )
}

fn numbers(records: &[Record]) -> Vec<String> {
    let number = |record: &Record| match record {
        Record::ReceiptV1(head) => Some(head.receipt.number.clone()),
        _ => None,
    };
    records.iter().filter_map(number).collect()
}

fn store_on(dir: &std::path::Path) -> Arc<Store> {
    let config = OutboxConfig { dir: dir.to_owned(), ..OutboxConfig::default() };
    let boot = BootId(uuid::Uuid::from_u128(1));
    Arc::new(Store::open(config, Clock::system(), boot, Arc::new(|_| Vec::new())).expect("opens"))
}

fn on_disk(store: &Store) -> Vec<Record> {
    let mut records = Vec::new();
    store
        .walk(|_, _, item| {
            if let Item::Frame { bytes, .. } = item.expect("sound") {
                records.extend(Frame::parse(&bytes).expect("sound").records().expect("sound"));
            }
        })
        .expect("readable");
    records
}

#[tokio::test]
async fn what_is_acknowledged_is_on_disk_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_on(dir.path());
    let life = Lifecycle::new();
    let (outbox, _heads) = Outbox::start(store.clone(), &life);
    let journal = journal(outbox, &life, |_| {}).await;
    let mut till = Till::connect(&journal).await;
    // The till writes 300 receipts without waiting: many are in flight, answers and records keep the order.
    let all: String = (1..=300).map(receipt).collect();
    till.say(all).await;
    for n in 1..=300 {
        assert_eq!(till.hear().await, serde_json::json!({ "ack": n.to_string() }));
    }
    let records = on_disk(&store);
    assert_eq!(records.len(), 600);
    assert_eq!(numbers(&records), (1..=300).map(|n| n.to_string()).collect::<Vec<_>>());
    let status = journal.board.status();
    assert_eq!((status.inputs[0].records, status.today.receipts), (600, 300));
    assert_eq!(status.today.takings.amount, "4590.00");
    drop(till);
    assert!(life.shutdown(PATIENCE).await);
}

#[tokio::test]
async fn no_answer_before_the_disk_has_it() {
    let (journal, mut requests, _life) = with_channel(8).await;
    let mut till = Till::connect(&journal).await;
    till.say(receipt(1) + &receipt(2)).await;
    let Some(Request::Append(first)) = requests.recv().await else { panic!("an append") };
    let Some(Request::Append(second)) = requests.recv().await else { panic!("the next is not held up by the first") };
    second.done.expect("waits").send(Ok(())).expect("listens");
    let early = tokio::time::timeout(Duration::from_millis(150), till.hear()).await;
    assert!(early.is_err(), "answered before the first was durable: {early:?}");
    first.done.expect("waits").send(Ok(())).expect("listens");
    assert_eq!(till.hear().await["ack"], "1");
    assert_eq!(till.hear().await["ack"], "2");
}

#[tokio::test]
async fn a_receipt_that_does_not_balance_is_put_aside_scrubbed_and_answered() {
    let (journal, requests, life) = with_channel(8).await;
    let mut records = writer(&life, requests, Ok(()));
    let mut till = Till::connect(&journal).await;
    let line = r#"{"sku":"A","name":"CARD 4111 1111 1111 1111","quantity":"1","unit_price":"5"}"#;
    till.say(receipt_with(7, line, "6.00")).await;
    let answer = till.hear().await;
    assert_eq!(answer["ack"], "7");
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("is not the total 600")), "{answer}");
    let Some(Record::TillEventV1(event)) = records.recv().await else { panic!("an event") };
    let TillEventKindV1::Quarantined(reason, text) = event.kind else { panic!("quarantined") };
    assert!(reason.contains("500") && text.contains("\"number\":\"7\""));
    assert!(!text.contains("4111 1111"), "{text}");
    assert_eq!(journal.board.status().counters.quarantined, 1);
    // Within one minor unit it is a sale.
    till.say(receipt_with(8, line, "5.01")).await;
    assert_eq!(till.hear().await, serde_json::json!({ "ack": "8" }));
    let Some(Record::ReceiptV1(_)) = records.recv().await else { panic!("a sale") };
    let Some(Record::SaleLineV1(line)) = records.recv().await else { panic!("a line") };
    assert!(!line.name.contains("4111 1111"), "{}", line.name);
    assert!(!journal.board.status().inputs[0].last_bytes.contains("4111 1111"));
}

#[tokio::test]
async fn a_bad_line_names_itself_and_disturbs_neither_neighbour() {
    let (journal, requests, life) = with_channel(8).await;
    let mut records = writer(&life, requests, Ok(()));
    let mut till = Till::connect(&journal).await;
    let bad = receipt_with(2, r#"{"sku":"A","quantity":"x","unit_price":"5"}"#, "5.00");
    till.say(receipt(1) + &bad + "{\"type\":\n" + &receipt(3)).await;
    till.say(b"\xff\xfe\x00garbage\n\n\r\n").await;
    till.say("[".repeat(50_000) + "\n" + &receipt(4)).await;
    assert_eq!(till.hear().await["ack"], "1");
    assert_eq!(
        till.hear().await,
        serde_json::json!({"error": "line 1: quantity \"x\" is not a decimal of at most 28 digits", "ack": "2"})
    );
    let answer = till.hear().await;
    assert!(answer["ack"].is_null() && answer["error"].as_str().is_some_and(|e| e.starts_with("not JSON")), "{answer}");
    assert_eq!(till.hear().await["ack"], "3");
    assert_eq!(till.hear().await["error"], "not UTF-8: byte 1 of the line");
    assert!(till.hear().await["error"].as_str().is_some_and(|e| e.starts_with("not JSON")));
    assert_eq!(till.hear().await["ack"], "4");
    let mut kept = Vec::new();
    while let Ok(record) = records.try_recv() {
        kept.push(record);
    }
    assert_eq!(numbers(&kept), ["1", "3", "4"]);
    assert_eq!(kept.iter().filter(|record| matches!(record, Record::TillEventV1(_))).count(), 4);
    assert_eq!(journal.board.status().inputs[0].errors, 4);
}

#[tokio::test]
async fn an_oversize_line_is_refused_without_being_held() {
    let (journal, requests, life) = with_channel(8).await;
    let mut records = writer(&life, requests, Ok(()));
    let mut till = Till::connect(&journal).await;
    let huge = format!(
        "{{\"type\":\"receipt\",\"number\":\"9\",\"pan\":\"4111111111111111\",\"x\":\"{}\"}}\n",
        "y".repeat(4 << 20)
    );
    till.say(huge).await;
    assert_eq!(till.hear().await["error"], "a line is longer than 262144 bytes");
    till.say(receipt(10)).await;
    assert_eq!(till.hear().await["ack"], "10");
    let Some(Record::TillEventV1(event)) = records.recv().await else { panic!("an event") };
    let TillEventKindV1::Quarantined(_, text) = event.kind else { panic!("quarantined") };
    assert!(text.len() <= 16 * 1024 && text.contains("\"number\":\"9\"") && !text.contains("411111111111"));
}

#[tokio::test]
async fn garbage_without_end_fills_no_disk_and_is_shown_the_door() {
    let (journal, requests, life) = with_channel(8).await;
    let mut records = writer(&life, requests, Ok(()));
    let mut till = Till::connect(&journal).await;
    till.say("GET / HTTP/1.1\n".repeat(64)).await;
    for _ in 0..64 {
        assert!(till.hear().await["error"].as_str().is_some_and(|error| error.starts_with("not JSON")));
    }
    assert!(till.hear().await["error"].as_str().is_some_and(|error| error.contains("in a row")));
    assert!(till.is_closed().await);
    let mut kept = 0;
    while records.try_recv().is_ok() {
        kept += 1;
    }
    assert_eq!(kept, 20, "a burst is kept, the rest only counted");
    assert_eq!(journal.board.status().inputs[0].errors, 64);
    let mut next = Till::connect(&journal).await;
    next.say(receipt(1)).await;
    assert_eq!(next.hear().await["ack"], "1");
}

#[tokio::test]
async fn a_full_disk_says_busy_and_the_till_sends_again() {
    let life = Lifecycle::new();
    let (outbox, mut requests) = Outbox::channel(8);
    let journal = journal(outbox, &life, |_| {}).await;
    let mut till = Till::connect(&journal).await;
    till.say(receipt(1)).await;
    let Some(Request::Append(append)) = requests.recv().await else { panic!("an append") };
    append.done.expect("waits").send(Err(AppendError::Busy("no space left on device".into()))).expect("listens");
    assert_eq!(till.hear().await, serde_json::json!({ "busy": "1" }));
    let detail = journal.board.status().inputs[0].detail.clone();
    assert!(detail.is_some_and(|detail| detail.contains("no space left")), "the reason is on the board");
    till.say(receipt(1)).await;
    let Some(Request::Append(append)) = requests.recv().await else { panic!("an append") };
    append.done.expect("waits").send(Ok(())).expect("listens");
    assert_eq!(till.hear().await, serde_json::json!({ "ack": "1" }));
    // The outbox is gone: nothing is promised.
    drop(requests);
    till.say(receipt(2)).await;
    assert_eq!(till.hear().await, serde_json::json!({ "busy": "2" }));
}

#[tokio::test]
async fn a_receipt_sent_again_after_a_cut_is_answered_and_not_stored_twice() {
    let (journal, requests, life) = with_channel(8).await;
    let mut records = writer(&life, requests, Ok(()));
    let no_sale = "{\"type\":\"no_sale\",\"id\":\"ns-17\",\"at\":\"2010-12-01T09:00:00\"}\n";
    for _ in 0..3 {
        let mut till = Till::connect(&journal).await;
        till.say(receipt(1) + no_sale).await;
        assert_eq!(till.hear().await, serde_json::json!({ "ack": "1" }));
        assert_eq!(till.hear().await, serde_json::json!({ "ack": "ns-17" }));
    }
    let mut kept = Vec::new();
    while let Ok(record) = records.try_recv() {
        kept.push(record);
    }
    assert_eq!(kept.len(), 3, "{kept:?}");
    // The same number with another content is another ticket.
    let mut till = Till::connect(&journal).await;
    till.say(receipt_with(1, r#"{"sku":"B","quantity":"1","unit_price":"1"}"#, "1.00")).await;
    assert_eq!(till.hear().await["ack"], "1");
    assert!(matches!(records.recv().await, Some(Record::ReceiptV1(_))));
}

#[tokio::test]
async fn cashiers_and_lines_taken_off_are_kept_once_and_without_card_data() {
    let (journal, requests, life) = with_channel(8).await;
    let mut records = writer(&life, requests, Ok(()));
    let at = "2010-12-01T09:00:00";
    let on = format!("{{\"type\":\"sign_on\",\"id\":\"e-1\",\"operator\":\"7\",\"at\":\"{at}\"}}\n");
    let void = format!(
        "{{\"type\":\"line_void\",\"id\":\"e-2\",\"receipt\":\"536365\",\"line_no\":3,\"sku\":\"85123A\",\
         \"name\":\"CARD 4111 1111 1111 1111\",\"amount\":\"2.55\",\"operator\":\"7\",\"at\":\"{at}\"}}\n"
    );
    let off = on.replace("sign_on", "sign_off").replace("e-1", "e-3");
    for _ in 0..2 {
        let mut till = Till::connect(&journal).await;
        till.say(on.clone() + &void + &off).await;
        for id in ["e-1", "e-2", "e-3"] {
            assert_eq!(till.hear().await, serde_json::json!({ "ack": id }));
        }
    }
    let mut kinds = Vec::new();
    while let Ok(record) = records.try_recv() {
        let Record::TillEventV1(event) = record else { panic!("an event") };
        kinds.push(event.kind);
    }
    let [TillEventKindV1::SignOn(on), TillEventKindV1::LineVoided(line), TillEventKindV1::SignOff(off)] = &kinds[..]
    else {
        panic!("each once, in order: {kinds:?}")
    };
    assert_eq!((on.as_str(), off.as_str()), ("7", "7"));
    assert_eq!((line.receipt.as_str(), line.line_no, line.amount_minor), ("536365", 3, 255));
    assert_eq!(line.name, "CARD **** **** **** 1111");
    assert_eq!(journal.board.status().inputs[0].errors, 0);
}

#[tokio::test]
async fn half_a_line_is_no_receipt() {
    let (journal, requests, life) = with_channel(8).await;
    let mut records = writer(&life, requests, Ok(()));
    let mut till = Till::connect(&journal).await;
    let line = receipt(1);
    till.say(&line[..40]).await;
    drop(till);
    let mut till = Till::connect(&journal).await;
    // Byte by byte, as a slow serial gateway does.
    for byte in line.as_bytes() {
        till.say([*byte]).await;
    }
    assert_eq!(till.hear().await["ack"], "1");
    assert!(matches!(records.recv().await, Some(Record::ReceiptV1(_))));
    assert!(matches!(records.recv().await, Some(Record::SaleLineV1(_))));
    assert!(records.try_recv().is_err(), "the half line is the till's to send again");
    let detail = journal.board.status().inputs[0].detail.clone();
    assert!(detail.is_some_and(|detail| detail.contains("40 bytes into a line")));
}

#[tokio::test]
async fn a_line_that_never_ends_and_a_silent_peer_are_closed() {
    let life = Lifecycle::new();
    let (outbox, _requests) = Outbox::channel(8);
    let journal = journal(outbox, &life, |config| (config.line_s, config.idle_s) = (1, 1)).await;
    let mut stuck = Till::connect(&journal).await;
    let mut silent = Till::connect(&journal).await;
    stuck.say("{\"type\":").await;
    assert!(stuck.hear().await["error"].as_str().is_some_and(|error| error.contains("did not end within 1 s")));
    assert!(stuck.is_closed().await);
    assert!(silent.is_closed().await);
}

#[tokio::test]
async fn the_longest_silent_connection_makes_room_for_a_new_one() {
    let life = Lifecycle::new();
    let (outbox, requests) = Outbox::channel(8);
    let _records = writer(&life, requests, Ok(()));
    let journal = journal(outbox, &life, |config| config.max_connections = 2).await;
    let mut first = Till::connect(&journal).await;
    first.say(receipt(1)).await;
    assert_eq!(first.hear().await["ack"], "1");
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut second = Till::connect(&journal).await;
    second.say(receipt(2)).await;
    assert_eq!(second.hear().await["ack"], "2");
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut third = Till::connect(&journal).await;
    third.say(receipt(3)).await;
    assert_eq!(third.hear().await["ack"], "3");
    assert!(first.is_closed().await);
    second.say(receipt(4)).await;
    assert_eq!(second.hear().await["ack"], "4");
}

#[tokio::test]
async fn a_peer_that_takes_no_answers_holds_up_nobody_and_no_memory() {
    let (journal, requests, life) = with_channel(8).await;
    let _records = writer(&life, requests, Ok(()));
    let mut deaf = TcpStream::connect(journal.address).await.expect("it listens");
    // Far more than both socket buffers hold in answers: the agent stops reading instead of gathering them.
    let filled = tokio::time::timeout(Duration::from_secs(2), async {
        let mut n = 0_u32;
        loop {
            let long = format!("{n:0>100}");
            let line = format!("{{\"type\":\"no_sale\",\"id\":\"{long}\",\"at\":\"2010-12-01T09:00:00\"}}\n");
            deaf.write_all(line.as_bytes()).await.expect("open");
            n += 1;
        }
    });
    assert!(filled.await.is_err(), "it pushed back");
    let mut till = Till::connect(&journal).await;
    till.say(receipt(1)).await;
    let answer = tokio::time::timeout(Duration::from_secs(1), till.hear()).await.expect("not behind the deaf one");
    assert_eq!(answer["ack"], "1");
}

#[tokio::test]
async fn on_a_stop_what_is_on_its_way_is_still_answered() {
    let (journal, mut requests, _life) = with_channel(8).await;
    let mut till = Till::connect(&journal).await;
    till.say(receipt(1)).await;
    let Some(Request::Append(append)) = requests.recv().await else { panic!("an append") };
    journal.stop.cancel();
    tokio::time::sleep(Duration::from_millis(50)).await;
    append.done.expect("waits").send(Ok(())).expect("listens");
    assert_eq!(till.hear().await["ack"], "1");
    tokio::time::timeout(PATIENCE, journal.task).await.expect("it ends").expect("no panic");
    assert!(TcpStream::connect(journal.address).await.is_err());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let listen = taken.local_addr().expect("bound");
    let (outbox, _requests) = Outbox::channel(1);
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let board = Board::new(Clock::system(), time.clone(), currency);
    let ctx = Context {
        outbox,
        time,
        currency,
        till: TillSink::default(),
        clock: Clock::system(),
        stop: CancellationToken::new(),
    };
    let config = JournalConfig::new("till-1".parse().expect("a name"), listen);
    let error = journal::run(config, ctx, board.input("till-1", "journal"), Pulse::default()).await.expect_err("taken");
    let JournalError::Listen { .. } = &error;
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}

/// Not a figure of record: that one is measured in release. It shows that many receipts share one sync.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replayed_day_goes_at_a_good_pace() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_on(dir.path());
    let life = Lifecycle::new();
    let (outbox, _heads) = Outbox::start(store.clone(), &life);
    let journal = journal(outbox, &life, |_| {}).await;
    let stream = TcpStream::connect(journal.address).await.expect("it listens");
    let (read, mut write) = stream.into_split();
    let line = r#"{"sku":"85123A","name":"WHITE HANGING HEART T-LIGHT HOLDER","quantity":"6","unit_price":"2.55","at":"2010-12-01T08:26:00"}"#;
    let lines = vec![line; 20].join(",");
    let window = Arc::new(tokio::sync::Semaphore::new(32));
    let (permits, count) = (window.clone(), 1_000_u32);
    let began = std::time::Instant::now();
    life.spawn(async move {
        for n in 1..=count {
            permits.acquire().await.expect("open").forget();
            write.write_all(receipt_with(n, &lines, "306.00").as_bytes()).await.expect("sent");
        }
        // Held open until the till has its answers.
        tokio::time::sleep(PATIENCE).await;
    });
    let mut answers = BufReader::new(read).lines();
    for n in 1..=count {
        let answer = tokio::time::timeout(PATIENCE, answers.next_line()).await.expect("in time");
        assert_eq!(answer.expect("open").as_deref(), Some(format!("{{\"ack\":\"{n}\"}}").as_str()));
        window.add_permits(1);
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{} lines in {seconds:.2} s: {:.0} lines/s", count * 20, f64::from(count) * 20.0 / seconds);
    assert_eq!(on_disk(&store).len(), count as usize * 21);
}

/// The lines of one invoice in the real file, in order: code, name, quantity, time, price, customer.
type Rows = Vec<[String; 6]>;

fn invoices(path: &std::path::Path) -> Vec<(String, Rows)> {
    let file = std::fs::File::open(path).expect("readable");
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    let mut order: Vec<(String, Rows)> = Vec::new();
    let mut place = std::collections::HashMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let at = *place.entry(row[0].to_owned()).or_insert_with(|| {
            order.push((row[0].to_owned(), Vec::new()));
            order.len() - 1
        });
        order[at].1.push([1, 2, 3, 4, 5, 6].map(|column| row[column].to_owned()));
    }
    order
}

/// Every invoice of a real shop, with its prices of 0.001 and below 0, its 705 lines and its names that are not ASCII,
/// is taken as it stands: nothing refused, nothing rounded, nothing blanked.
#[test]
fn every_real_invoice_is_taken_as_it_stands() {
    use rust_decimal::{Decimal, RoundingStrategy};
    let data = std::env::var_os("VYAVS_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        std::path::PathBuf::from,
    );
    let path = data.join("online_retail/invoices.csv.gz");
    if !path.is_file() {
        println!("skipped: {} is not there (set VYAVS_DATA)", path.display());
        return;
    }
    let terminal = "till-1".parse().expect("a name");
    let time = StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone");
    let source = journal::Source { terminal: &terminal, time: &time, currency: "GBP".parse().expect("a currency") };
    let mut lines = 0;
    for (number, rows) in invoices(&path) {
        let cents = |row: &[String; 6]| {
            let (quantity, price): (Decimal, Decimal) = (row[2].parse().expect("q"), row[4].parse().expect("p"));
            (quantity * price).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        };
        let total: Decimal = rows.iter().map(cents).sum();
        let kind = match number.as_bytes()[0] {
            b'C' => "return",
            b'A' => "adjustment",
            _ => "sale",
        };
        let line = |row: &[String; 6]| serde_json::json!({ "sku": row[0], "name": row[1], "quantity": row[2], "at": row[3], "unit_price": row[4] });
        let json = serde_json::json!({
            "type": "receipt", "number": number, "kind": kind, "at": rows[0][3], "total": total.to_string(),
            "customer": rows[0][5], "lines": rows.iter().map(line).collect::<Vec<_>>(),
        });
        let entry = journal::parse(json.to_string().as_bytes(), source);
        let journal::Entry::Receipt(mut receipt) = entry.unwrap_or_else(|refusal| panic!("{number}: {refusal:?}"))
        else {
            panic!("{number} is a receipt")
        };
        vyavs_codec::scrub::receipt(&mut receipt);
        assert_eq!((&receipt.key.number, receipt.lines.len()), (&number, rows.len()));
        for (at, (line, row)) in receipt.lines.iter().zip(&rows).enumerate() {
            assert_eq!(line.line_no as usize, at + 1);
            assert_eq!([&line.sku, &line.name], [&row[0], &row[1]], "{number}");
            assert_eq!([line.quantity.to_string(), line.unit_price.to_string()], [row[2].clone(), row[4].clone()]);
            assert_eq!(time.local(line.sold_at).to_string().replace('T', " "), row[3], "{number}");
        }
        lines += rows.len();
    }
    println!("{lines} lines");
    assert!(lines > 300_000, "the file is whole");
}
