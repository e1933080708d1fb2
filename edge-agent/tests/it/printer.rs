//! The wire from till to printer with the agent beside it: real sockets, the relay on a thread of its own as in its
//! own process, the agent's tap listener as the agent runs it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_util::sync::CancellationToken;
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::printer::{self, PrinterConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::Board;
use vyavs_edge_agent::outbox::{AppendError, Outbox, Request};
use vyavs_edge_agent::relay::wire::{self, Job, TapAddress, ToAgent, ToRelay};
use vyavs_edge_agent::relay::{Ended, PrinterEnd, Relay, RelayConfig};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::{Record, TillEventKindV1};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A ticket of one line, as the store simulator prints it.
pub(crate) fn ticket(number: u32) -> Vec<u8> {
    let rule = "-".repeat(42);
    let text = format!(
        "A shop\nReceipt: {number}\nTill: till-1  Op: 7\nDate: 2010-12-01 08:26:00\n{rule}\nHEART\n  85123A  {number} x 2.00  {total}.00\n{rule}\nSubtotal  {total}.00\nTOTAL GBP  {total}.00\nCash  {total}.00\n",
        total = 2 * number
    );
    [b"\x1b@\x1bt\x10".as_slice(), text.as_bytes(), b"\x1dVB\x00\x1bp\x00\x19\xFA"].concat()
}

/// A printer: keeps every byte, connection by connection, and answers each connection with one status byte at its end.
pub(crate) struct Printer {
    pub(crate) address: SocketAddr,
    pub(crate) paper: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Printer {
    pub(crate) async fn start(life: &Lifecycle) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let paper: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let (kept, tasks) = (paper.clone(), life.clone());
        life.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut pages = kept.lock().expect("not poisoned");
                pages.push(Vec::new());
                let (at, kept) = (pages.len() - 1, kept.clone());
                drop(pages);
                tasks.spawn(async move {
                    let mut bytes = vec![0; 65_536];
                    while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                        kept.lock().expect("not poisoned")[at].extend_from_slice(&bytes[..count]);
                    }
                    let _ = stream.write_all(&[0x12]).await;
                });
            }
        });
        Self { address, paper }
    }

    pub(crate) fn printed(&self) -> Vec<u8> {
        self.paper.lock().expect("not poisoned").concat()
    }
}

/// A relay on its own thread and runtime, as in its own process.
pub(crate) fn relay(
    life: &Lifecycle,
    printer: SocketAddr,
    tap: &Path,
    edit: impl FnOnce(&mut RelayConfig),
) -> SocketAddr {
    let mut config = RelayConfig::new(
        "till-1".parse().expect("a name"),
        "127.0.0.1:0".parse().expect("an address"),
        PrinterEnd::Tcp(printer.to_string()),
        TapAddress::Path(tap.to_owned()),
    );
    config.idle_ms = 400;
    config.after_cut_ms = 60;
    edit(&mut config);
    let stop = life.stop_token();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let relay = Relay::bind(config).await.expect("a port");
            tell.send(relay.address().expect("bound")).expect("somebody waits");
            relay.run(stop).await.expect("it ran");
        });
    });
    told.recv().expect("it listens")
}

/// Sends a job on a connection of its own, as most tills do, and returns the printer's answer.
pub(crate) async fn send(till: SocketAddr, job: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(till).await.expect("the relay listens");
    stream.write_all(job).await.expect("taken");
    stream.shutdown().await.expect("half-closed");
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time").expect("readable");
    answer
}

/// What an agent leaves behind when it is killed: its disk.
pub(crate) type Disk = Arc<Mutex<Vec<Record>>>;

/// The agent's side: the tap listener over an outbox whose disk takes `sync` for every commit.
pub(crate) struct Agent {
    stop: CancellationToken,
    pub(crate) board: Board,
}

impl Agent {
    pub(crate) fn start(life: &Lifecycle, tap: &Path, disk: &Disk, sync: Duration) -> Self {
        let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
        let currency = "GBP".parse().expect("a currency");
        let clock = Clock::system();
        let board = Board::new(clock.clone(), time.clone(), currency);
        let (outbox, mut requests) = Outbox::channel(64);
        let stop = CancellationToken::new();
        let ctx = Context { outbox, time, currency, till: TillSink::default(), clock, stop: CancellationToken::new() };
        let config = PrinterConfig {
            terminal: "till-1".parse().expect("a name"),
            tap: TapAddress::Path(tap.to_owned()),
            grammar: "vyavs-plain".to_owned(),
        };
        let handle = board.input("till-1", "printer");
        let (killed, disk) = (stop.clone(), disk.clone());
        life.spawn(async move {
            let writer = async {
                while let Some(request) = requests.recv().await {
                    let Request::Append(append) = request else { continue };
                    tokio::time::sleep(sync).await;
                    disk.lock().expect("not poisoned").extend(append.records);
                    if let Some(done) = append.done {
                        let _ = done.send(Ok(()));
                    }
                }
            };
            // Killed: both are dropped where they stand.
            tokio::select! {
                () = killed.cancelled() => {}
                ended = printer::run(config, ctx, handle, Pulse::default()) => panic!("the tap ended: {ended:?}"),
                () = writer => {}
            }
        });
        Self { stop, board }
    }

    pub(crate) fn kill(&self) {
        self.stop.cancel();
    }
}

pub(crate) fn numbers(disk: &Disk) -> Vec<u32> {
    let disk = disk.lock().expect("not poisoned");
    let number = |record: &Record| match record {
        Record::ReceiptV1(head) => head.receipt.number.parse().ok(),
        _ => None,
    };
    disk.iter().filter_map(number).collect()
}

pub(crate) fn events(disk: &Disk) -> Vec<TillEventKindV1> {
    let disk = disk.lock().expect("not poisoned");
    let kind = |record: &Record| match record {
        Record::TillEventV1(event) => Some(event.kind.clone()),
        _ => None,
    };
    disk.iter().filter_map(kind).collect()
}

pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waited).await.is_ok(), "waited in vain: {what}");
}

fn tap_in(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("till-1.tap")
}

/// A relay's end of the tap, played by hand.
pub(crate) struct Hand(UnixStream);

impl Hand {
    pub(crate) async fn connect(tap: &Path) -> Self {
        until("the tap listens", || std::os::unix::net::UnixStream::connect(tap).is_ok()).await;
        Self(UnixStream::connect(tap).await.expect("it listens"))
    }

    pub(crate) async fn job(&mut self, job: u64, bytes: &[u8]) {
        let message = ToAgent::Job(Job {
            job,
            terminal: "till-1".to_owned(),
            started_us: job as i64 * 1_000_000,
            bytes: bytes.to_vec(),
            ended: Ended::Cut,
        });
        self.0.write_all(&wire::frame(&message).expect("encodes")).await.expect("sent");
    }

    pub(crate) async fn ack(&mut self) -> Option<u64> {
        let answer = tokio::time::timeout(PATIENCE, wire::next(&mut self.0)).await.expect("in time");
        answer.expect("readable").map(|ToRelay::Ack { job }| job)
    }
}

#[tokio::test]
async fn every_kind_of_job_becomes_what_it_is_and_is_acknowledged_once_durable() {
    let (life, dir, disk) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"), Disk::default());
    let agent = Agent::start(&life, &tap_in(&dir), &disk, Duration::from_millis(1));
    let mut hand = Hand::connect(&tap_in(&dir)).await;
    let wrong = String::from_utf8_lossy(&ticket(3)).replace("TOTAL GBP  6.00", "TOTAL GBP  7.00 4111 1111 1111 1111");
    let jobs: [&[u8]; 6] = [
        &ticket(1),
        b"\x1b@\x1bp\x00\x19\xFA",
        b"\x1b@\x1dv0\x00\x01\x00\x01\x00\xAA\x1dVB\x00",
        wrong.as_bytes(),
        b"CARD 4111 1111 1111 1111\n",
        b"\x1b@",
    ];
    for (n, job) in jobs.iter().enumerate() {
        hand.job(n as u64 + 1, job).await;
        assert_eq!(hand.ack().await, Some(n as u64 + 1));
    }
    assert_eq!(numbers(&disk), [1]);
    let events = events(&disk);
    assert_eq!(events.len(), 4, "{events:?}");
    assert_eq!(events[..2], [TillEventKindV1::NoSale(None), TillEventKindV1::ImageOnly]);
    for event in &events[2..] {
        let TillEventKindV1::Quarantined(reason, text) = event else { panic!("{event:?}") };
        assert!(!reason.is_empty() && text.contains("1111") && !text.contains("4111"), "{text}");
    }
    let written = format!("{:?}", disk.lock().expect("not poisoned")) + &format!("{:?}", agent.board.status());
    assert!(!written.contains("4111 1111") && !written.contains("41111111"), "a card number was kept");
    // The same job again: acknowledged, not stored again.
    hand.job(1, &ticket(1)).await;
    assert_eq!(hand.ack().await, Some(1));
    assert_eq!(numbers(&disk), [1]);
    agent.kill();
}

#[tokio::test]
async fn garbage_on_the_tap_ends_that_connection_and_no_other() {
    let (life, dir, disk) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"), Disk::default());
    let agent = Agent::start(&life, &tap_in(&dir), &disk, Duration::ZERO);
    let mut good = Hand::connect(&tap_in(&dir)).await;
    for garbage in [&[0xFF_u8; 64][..], &[3, 0, 0, 0, 9, 9, 9], b"GET / HTTP/1.1\r\n\r\n"] {
        let mut bad = Hand::connect(&tap_in(&dir)).await;
        bad.0.write_all(garbage).await.expect("sent");
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(PATIENCE, bad.0.read_to_end(&mut rest)).await;
        assert!(closed.is_ok() && rest.is_empty(), "{garbage:?}");
    }
    good.job(5, &ticket(5)).await;
    assert_eq!(good.ack().await, Some(5));
    agent.kill();
}

#[tokio::test]
async fn what_the_outbox_does_not_take_is_not_acknowledged() {
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let time = Arc::new(StoreTime::new("UTC", time(0, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let board = Board::new(Clock::system(), time.clone(), currency);
    let (outbox, mut requests) = Outbox::channel(8);
    let ctx =
        Context { outbox, time, currency, till: TillSink::default(), clock: Clock::system(), stop: life.stop_token() };
    let tap = tap_in(&dir);
    let config = PrinterConfig {
        terminal: "till-1".parse().expect("a name"),
        tap: TapAddress::Path(tap.clone()),
        grammar: "vyavs-plain".to_owned(),
    };
    let task = life.spawn(printer::run(config, ctx, board.input("till-1", "printer"), Pulse::default()));
    let mut hand = Hand::connect(&tap).await;
    hand.job(1, &ticket(1)).await;
    let Some(Request::Append(append)) = requests.recv().await else { panic!("an append") };
    let full = Err(AppendError::Busy("the disk is full".to_owned()));
    append.done.expect("it waits").send(full).expect("it waits");
    assert_eq!(hand.ack().await, None, "the connection ends, so that the relay comes again");
    assert!(life.shutdown(PATIENCE).await);
    task.await.expect("no panic").expect("it ended in good order");
}

#[tokio::test]
async fn a_pulse_is_no_sale_only_when_no_sale_is_near() {
    let (life, dir, disk) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"), Disk::default());
    // A layout whose pulses come in jobs of their own.
    let grammar = dir.path().join("slow.toml");
    let text =
        include_str!("../../codec/grammars/vyavs-plain.toml").replace("no_sale_within_s = 0", "no_sale_within_s = 1");
    std::fs::write(&grammar, text).expect("written");
    let time = Arc::new(StoreTime::new("UTC", time(0, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let board = Board::new(Clock::system(), time.clone(), currency);
    let (outbox, mut requests) = Outbox::channel(8);
    let ctx =
        Context { outbox, time, currency, till: TillSink::default(), clock: Clock::system(), stop: life.stop_token() };
    let tap = tap_in(&dir);
    let config = PrinterConfig {
        terminal: "till-1".parse().expect("a name"),
        tap: TapAddress::Path(tap.clone()),
        grammar: grammar.display().to_string(),
    };
    life.spawn(printer::run(config, ctx, board.input("till-1", "printer"), Pulse::default()));
    let kept = disk.clone();
    life.spawn(async move {
        while let Some(request) = requests.recv().await {
            let Request::Append(append) = request else { continue };
            kept.lock().expect("not poisoned").extend(append.records);
            append.done.expect("it waits").send(Ok(())).expect("it waits");
        }
    });
    let mut hand = Hand::connect(&tap).await;
    // Started at 10 s and 11 s: the sale that follows explains the pulse. Nothing explains the one at 30 s.
    hand.job(10, b"\x1bp\x00\x19\xFA").await;
    hand.job(11, &ticket(11)).await;
    hand.job(30, b"\x1bp\x00\x19\xFA").await;
    let mut acked = [hand.ack().await, hand.ack().await, hand.ack().await];
    acked.sort();
    assert_eq!(acked, [Some(10), Some(11), Some(30)]);
    assert_eq!(events(&disk), [TillEventKindV1::NoSale(None)]);
    assert!(
        matches!(disk.lock().expect("not poisoned").last(), Some(Record::TillEventV1(event)) if event.at_us == 30_000_000)
    );
    assert!(life.shutdown(PATIENCE).await);
}
