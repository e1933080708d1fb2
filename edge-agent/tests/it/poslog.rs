//! Till files in real folders: what is complete is read once, whatever happens to the file, the folder or the agent.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::time;
use tokio_util::sync::CancellationToken;
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::folder::AfterRead;
use vyavs_edge_agent::acquire::poslog::{self, PoslogConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::{Board, InputHandle};
use vyavs_edge_agent::outbox::{AppendError, Outbox, Request};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::TillEventKindV1;

use crate::printer::{Disk, events, numbers, until};

/// An input that runs.
pub(crate) struct Running {
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Running {
    /// Drops it where it stands, as a power cut would.
    pub(crate) async fn kill(&self) {
        self.stop.cancel();
        self.ended.cancelled().await;
    }
}

/// A shop whose disk outlives its agent.
pub(crate) struct Shop {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) disk: Disk,
    pub(crate) board: Board,
    /// While set, nothing is stored.
    pub(crate) full: Arc<Mutex<bool>>,
    /// The way of what tills say.
    pub(crate) till: TillSink,
    time: Arc<StoreTime>,
    clock: Clock,
    life: Lifecycle,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let time = Arc::new(StoreTime::new("Europe/Berlin", time(4, 0, 0, 0)).expect("a zone"));
        let clock = Clock::system();
        let board = Board::new(clock.clone(), time.clone(), "EUR".parse().expect("a currency"));
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("drop")).expect("a folder");
        let full = Arc::default();
        Self { dir, disk: Disk::default(), board, full, till: TillSink::default(), time, clock, life: Lifecycle::new() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().join("drop")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("outbox/files")
    }

    /// Puts a whole file there at once, as a till does that renames it into its place.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        let beside = self.dir.path().join("beside");
        std::fs::write(&beside, bytes).expect("it is written");
        std::fs::rename(beside, self.folder().join(name)).expect("it is moved");
    }

    /// Runs an input until it is killed.
    pub(crate) fn start<F, E>(&self, name: &str, make: impl FnOnce(Context, InputHandle) -> F) -> Running
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Debug + Send + 'static,
    {
        let (outbox, mut requests) = Outbox::channel(64);
        let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
        let ctx = Context {
            outbox,
            time: self.time.clone(),
            currency: "EUR".parse().expect("a currency"),
            till: self.till.clone(),
            clock: self.clock.clone(),
            stop: CancellationToken::new(),
        };
        let input = make(ctx, self.board.input(name, "files"));
        let (disk, full, killed, gone) = (self.disk.clone(), self.full.clone(), stop.clone(), ended.clone());
        self.life.spawn(async move {
            let writer = async {
                while let Some(request) = requests.recv().await {
                    let Request::Append(append) = request else { continue };
                    let answer = if *full.lock().expect("not poisoned") {
                        Err(AppendError::Busy("the disk is full".to_owned()))
                    } else {
                        disk.lock().expect("not poisoned").extend(append.records);
                        Ok(())
                    };
                    if let Some(done) = append.done {
                        let _ = done.send(answer);
                    }
                }
            };
            tokio::select! {
                () = killed.cancelled() => {}
                ended = input => panic!("the input ended: {ended:?}"),
                () = writer => {}
            }
            gone.cancel();
        });
        Running { stop, ended }
    }

    pub(crate) fn watch(&self, edit: impl FnOnce(&mut PoslogConfig)) -> Running {
        let mut config: PoslogConfig = toml::from_str(&format!(
            "name = \"front\"\nfolder = {:?}\nsettle_s = 0\nterminals = {{ \"7\" = \"till-1\" }}",
            self.folder()
        ))
        .expect("a section");
        edit(&mut config);
        config.check().expect("it can be used");
        let state = self.state();
        self.start("front", move |ctx, input| poslog::run(config, state, ctx, input, Pulse::default()))
    }

    pub(crate) fn detail(&self, name: &str) -> String {
        let status = serde_json::to_value(self.board.status()).expect("a status");
        let inputs = status["inputs"].as_array().expect("inputs").iter();
        let own =
            inputs.filter(|input| input["name"] == name).map(|input| input["detail"].as_str().unwrap_or_default());
        own.collect()
    }
}

pub(crate) fn log(numbers: std::ops::Range<u32>) -> String {
    let one = |number: u32| {
        format!(
            "<Transaction><RetailStoreID>1</RetailStoreID><WorkstationID>7</WorkstationID><SequenceNumber>{number}</SequenceNumber>\
             <BusinessDayDate>2024-05-01</BusinessDayDate><EndDateTime>2024-05-01T10:00:00</EndDateTime><OperatorID>5</OperatorID>\
             <RetailTransaction><LineItem><Sale><ItemID>A{number}</ItemID><Quantity>1</Quantity><ExtendedAmount>4.00</ExtendedAmount></Sale></LineItem>\
             <Total TotalType=\"TransactionGrandAmount\">4.00</Total></RetailTransaction></Transaction>\n"
        )
    };
    numbers.map(one).collect()
}

pub(crate) fn whole(numbers: std::ops::Range<u32>) -> Vec<u8> {
    format!("<POSLog>{}</POSLog>", log(numbers)).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_once_under_whatever_name_and_after_whatever_restart() {
    let shop = Shop::open();
    shop.put("a.xml", &whole(1..4));
    shop.put("b.txt", &whole(50..51));
    let agent = shop.watch(|_| {});
    until("it is read", || numbers(&shop.disk) == [1, 2, 3]).await;
    shop.put("again.xml", &whole(1..4));
    shop.put("packed.xml.gz", &{
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&whole(4..6)).expect("memory");
        packer.finish().expect("memory")
    });
    until("the packed one is read", || numbers(&shop.disk) == [1, 2, 3, 4, 5]).await;
    agent.kill().await;
    let _again = shop.watch(|_| {});
    shop.put("c.xml", &whole(6..7));
    until("the new one is read", || numbers(&shop.disk).contains(&6)).await;
    assert_eq!(numbers(&shop.disk), [1, 2, 3, 4, 5, 6], "the others were remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_goes_where_it_should() {
    for (done, left, beside) in
        [(AfterRead::Move, false, "done"), (AfterRead::Delete, false, ""), (AfterRead::Keep, true, "")]
    {
        let shop = Shop::open();
        shop.put("a.xml", &whole(1..2));
        shop.put("no.xml", b"<html>4111 1111 1111 1111</html>");
        let _agent = shop.watch(|config| config.done = done);
        until("both are done with", || events(&shop.disk).len() == 1 && numbers(&shop.disk) == [1]).await;
        let here = |name: &str| shop.folder().join(name).exists();
        until("it is put away", || here("a.xml") == left).await;
        if !beside.is_empty() {
            until("it is moved", || here("done/a.xml") && here("refused/no.xml")).await;
        } else {
            assert!(here("no.xml"), "what could not be read is never deleted");
        }
        let TillEventKindV1::Quarantined(reason, text) = &events(&shop.disk)[0] else { panic!("not put aside") };
        assert!(reason.contains("no.xml") && reason.contains("<html>"), "{reason}");
        assert!(!text.contains("4111"), "{text}");
        assert!(shop.detail("front").contains("no.xml"), "{}", shop.detail("front"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_half_written_waits_and_is_read_on_where_it_was_read_to() {
    let shop = Shop::open();
    let bytes = whole(1..6);
    let path = shop.folder().join("slow.xml");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("half of it");
    let agent = shop.watch(|_| {});
    until("it is said why", || shop.detail("front").contains("before its XML does")).await;
    assert_eq!(numbers(&shop.disk), [1, 2], "what is whole is read");
    agent.kill().await;
    // Before it is looked at again: what changes under the reader's hands is read anew from its start.
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("it is there");
    file.write_all(&bytes[bytes.len() / 2..]).expect("the other half");
    let _again = shop.watch(|_| {});
    until("the rest is read", || numbers(&shop.disk).contains(&5)).await;
    assert_eq!(numbers(&shop.disk), [1, 2, 3, 4, 5], "nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_still_grows_is_left_alone() {
    let shop = Shop::open();
    let path = shop.folder().join("grows.xml");
    let _agent = shop.watch(|config| config.settle_s = 2);
    let bytes = whole(1..40);
    let mut file = std::fs::File::create(&path).expect("a file");
    for piece in bytes.chunks(bytes.len() / 6 + 1) {
        file.write_all(piece).expect("written");
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(numbers(&shop.disk).is_empty(), "read while it grew");
    }
    until("it is read when it is quiet", || numbers(&shop.disk).len() == 39).await;
    assert_eq!(shop.detail("front"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_replaced_while_it_is_read_is_read_again_from_its_start() {
    let shop = Shop::open();
    *shop.full.lock().expect("not poisoned") = true;
    shop.put("a.xml", &whole(1..5000));
    let _agent = shop.watch(|_| {});
    until("reading stands", || shop.detail("front").contains("disk is full")).await;
    shop.put("a.xml", &whole(9001..9004));
    *shop.full.lock().expect("not poisoned") = false;
    until("the new one is read", || numbers(&shop.disk).ends_with(&[9001, 9002, 9003])).await;
    assert!(!numbers(&shop.disk).contains(&4999), "the old one was not read to its end");
    assert!(shop.detail("front").contains("replaced while it was read"), "{}", shop.detail("front"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_nothing_is_lost_or_remembered_too_early() {
    let shop = Shop::open();
    *shop.full.lock().expect("not poisoned") = true;
    shop.put("a.xml", &whole(1..4));
    let agent = shop.watch(|config| config.done = AfterRead::Delete);
    until("it is said", || shop.detail("front").contains("disk is full")).await;
    assert!(shop.folder().join("a.xml").exists(), "not durable, so not done");
    agent.kill().await;
    *shop.full.lock().expect("not poisoned") = false;
    let _again = shop.watch(|config| config.done = AfterRead::Delete);
    until("it is read", || numbers(&shop.disk) == [1, 2, 3]).await;
    until("it is deleted", || !shop.folder().join("a.xml").exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_said_and_taken_when_it_comes() {
    let shop = Shop::open();
    let late = shop.dir.path().join("late");
    let folder = late.clone();
    let _agent = shop.watch(move |config| config.folder = folder);
    until("it is said", || shop.detail("front").contains("No such file")).await;
    std::fs::write(shop.dir.path().join("x"), whole(1..2)).expect("written");
    std::fs::create_dir(&late).expect("a folder");
    std::fs::rename(shop.dir.path().join("x"), late.join("x.xml")).expect("moved");
    until("it is read", || numbers(&shop.disk) == [1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_or_file_without_rights_is_said_with_its_cause() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::open();
    shop.put("a.xml", &whole(1..2));
    let bar =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changed");
    bar(&shop.folder(), 0o000);
    if std::fs::read_dir(shop.folder()).is_ok() {
        println!("skipped: rights mean nothing to this user");
        bar(&shop.folder(), 0o755);
        return;
    }
    let _agent = shop.watch(|_| {});
    until("it is said", || shop.detail("front").contains("Permission denied")).await;
    bar(&shop.folder(), 0o755);
    until("it is read", || numbers(&shop.disk) == [1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_megabytes_pass_through_little_memory() {
    let shop = Shop::open();
    let path = shop.dir.path().join("big");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    file.write_all(b"<POSLog>").expect("written");
    let (mut number, mut size) = (0, 0);
    while size < 50 << 20 {
        let some = log(number..number + 500);
        (number, size) = (number + 500, size + some.len());
        file.write_all(some.as_bytes()).expect("written");
    }
    file.write_all(b"</POSLog>").expect("written");
    file.into_inner().expect("flushed").sync_all().expect("synced");
    std::fs::rename(&path, shop.folder().join("big.xml")).expect("moved");
    // The disk counts and forgets, so that only the reading's own memory shows.
    let before = resident();
    let counted = Arc::new(Mutex::new(0_u32));
    let (most, count) = (Arc::new(Mutex::new(before)), counted.clone());
    let agent = shop.watch(|_| {});
    let disk = shop.disk.clone();
    let peak = most.clone();
    let waited = async {
        while *count.lock().expect("not poisoned") < number {
            // Taken at once: what comes between counting and forgetting would be counted by nobody.
            let taken = std::mem::take(&mut *disk.lock().expect("not poisoned"));
            let read = numbers(&Arc::new(Mutex::new(taken))).len() as u32;
            *count.lock().expect("not poisoned") += read;
            {
                let mut most = peak.lock().expect("not poisoned");
                *most = (*most).max(resident());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(240), waited).await.expect("it is read in time");
    agent.kill().await;
    let grown = most.lock().expect("not poisoned").saturating_sub(before);
    assert_eq!(*counted.lock().expect("not poisoned"), number);
    println!("{number} transactions, {size} bytes: {} MiB more than before at most", grown >> 20);
    assert!(grown < 48 << 20, "{} MiB", grown >> 20);
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("a number");
    pages * 4096
}
