//! The outbox on real files: what was acknowledged is there, in order, or it is named; whatever the disk, the clock or
//! the power does.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use vyavs_delivery::frame::{Encoder, Frame};
use vyavs_domain::time::BootId;
use vyavs_edge_agent::outbox::item::Item;
use vyavs_edge_agent::outbox::queue::Queue;
use vyavs_edge_agent::outbox::store::{Store, StoreError};
use vyavs_edge_agent::outbox::{Outbox, OutboxConfig, buffer};
use vyavs_service::clock::Clock;
use vyavs_service::config::ByteSize;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::record::{DecimalV1, ReadingV1, ReceiptRefV1, Record, SaleLineV1, Stream};
use vyavs_wire::up::{LossReasonV1, LossV1};

mod packing;

fn noon() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a time")
}

fn sale(n: u64) -> Record {
    // Digits that do not compress, as real names and prices do not.
    let noise = blake3::hash(&n.to_le_bytes()).to_hex();
    Record::SaleLineV1(SaleLineV1 {
        receipt: ReceiptRefV1 {
            terminal: "till-1".into(),
            day: 20_513,
            number: n.to_string(),
            content_hash: n,
            closed_at_us: n as i64,
        },
        currency: *b"GBP",
        line_no: 1,
        sku: n.to_string(),
        name: noise[..30].to_owned(),
        quantity: DecimalV1 { mantissa: 1, scale: 0 },
        unit_price: DecimalV1 { mantissa: 255, scale: 2 },
        discount_minor: 0,
        total_minor: 255,
        sold_at_us: n as i64,
    })
}

fn reading(n: u64) -> Record {
    let value = (n as f64 * 0.7).sin();
    Record::ReadingV1(ReadingV1 { sensor: format!("fridge-{}", n % 4), at_us: n as i64 * 1_000_000, value, quality: 0 })
}

fn config(dir: &Path, generation: u64) -> OutboxConfig {
    OutboxConfig { dir: dir.to_owned(), generation: ByteSize(generation), batch_ms: 20, ..OutboxConfig::default() }
}

fn try_open(config: OutboxConfig, clock: &Clock) -> Result<Store, StoreError> {
    Store::open(
        config,
        clock.clone(),
        BootId(uuid::Uuid::from_u128(7)),
        Arc::new(|loss| loss.first.to_le_bytes().to_vec()),
    )
}

fn open(dir: &Path) -> Store {
    try_open(config(dir, 1), &Clock::manual(noon())).expect("an outbox")
}

/// Appends `from..to` in groups of `group`, each in a generation of its own.
fn fill(store: &Store, from: u64, to: u64, group: u64) {
    let mut encoder = Encoder::new();
    let mut at = from;
    while at < to {
        let end = (at + group).min(to);
        let records: Vec<_> = (at..end).map(sale).collect();
        store.append(&mut encoder, &records).expect("room");
        store.rotate(true).expect("a new generation");
        at = end;
    }
}

/// Everything of a stream from `from` on, as the uplink reads it.
fn read_from(store: &Store, stream: Stream, from: u64) -> (Vec<Record>, Vec<LossV1>) {
    let (mut records, mut losses) = (Vec::new(), Vec::new());
    let next = store.lanes().2[usize::from(stream.number())].next;
    let mut at = from;
    while at < next {
        let item = store.read(stream, at).expect("readable");
        let (first, last) = item.range();
        assert!(first <= at && last >= at && last < next, "{at} lies in {first}..={last}, before {next}");
        match item {
            Item::Frame { bytes, .. } => records.extend(Frame::parse(&bytes).and_then(|f| f.records()).expect("whole")),
            Item::Loss(loss) => losses.push(loss),
        }
        at = last + 1;
    }
    (records, losses)
}

fn read_all(store: &Store, stream: Stream) -> (Vec<Record>, Vec<LossV1>) {
    read_from(store, stream, 1)
}

fn number(record: &Record) -> u64 {
    let Record::SaleLineV1(line) = record else { panic!("not a sale: {record:?}") };
    line.sku.parse().expect("a number")
}

fn generations(dir: &Path) -> Vec<PathBuf> {
    let names = std::fs::read_dir(dir).expect("a directory").flatten().map(|entry| entry.path());
    let mut found: Vec<_> = names
        .filter(|p| p.is_dir() && p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("gen-")))
        .collect();
    found.sort();
    found
}

#[test]
fn what_is_appended_is_read_back_across_generations_and_starts() {
    let dir = tempfile::tempdir().expect("a directory");
    let expected: Vec<_> = (1..=500).map(sale).collect();
    {
        let store = open(dir.path());
        fill(&store, 1, 401, 50);
        assert_eq!(read_all(&store, Stream::Money), (expected[..400].to_vec(), vec![]));
    }
    let store = open(dir.path());
    assert!(store.status().generations >= 8, "{}", store.status().generations);
    fill(&store, 401, 501, 50);
    assert_eq!(read_all(&store, Stream::Money), (expected, vec![]));
    let found = buffer::verify(&store).expect("readable");
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.records, 500);
}

#[test]
fn settled_data_stays_for_its_time_then_expires_and_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Clock::manual(noon());
    let store = try_open(config(dir.path(), 1), &clock).expect("an outbox");
    fill(&store, 1, 101, 20);
    store.settle(Stream::Money, 60);
    store.housekeep().expect("tidy");
    assert_eq!(read_all(&store, Stream::Money).0.len(), 100, "kept until retain_acked is over");
    clock.set(noon() + SignedDuration::from_hours(73));
    store.housekeep().expect("tidy");
    let (records, losses) = read_all(&store, Stream::Money);
    assert_eq!(records, (61..=100).map(sale).collect::<Vec<_>>(), "what is owed stays");
    assert_eq!(losses.len(), 1);
    assert_eq!((losses[0].first, losses[0].last, losses[0].reason), (1, 60, LossReasonV1::Expired));
    drop(store);
    let store = try_open(config(dir.path(), 1), &clock).expect("an outbox");
    assert_eq!(store.lanes().2[0].settled, 60);
    assert_eq!(store.status().streams[0].unsent, 40);
    assert_eq!(read_from(&store, Stream::Money, 61).0.len(), 40);
}

#[test]
fn a_second_process_is_refused_and_harms_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    fill(&store, 1, 11, 5);
    let Err(refused) = try_open(config(dir.path(), 1), &Clock::system()) else { panic!("opened twice") };
    let text = format!("{:#}", anyhow::Error::new(refused));
    assert!(text.contains("another process has it open"), "{text}");
    fill(&store, 11, 21, 5);
    assert_eq!(read_all(&store, Stream::Money), ((1..=20).map(sale).collect(), vec![]));
}

#[test]
fn a_directory_that_cannot_be_one_is_a_clear_error() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    std::fs::write(&file, b"x").expect("written");
    for path in [file.clone(), file.join("below"), PathBuf::from("/proc/vyavs/outbox")] {
        let Err(refused) = try_open(config(&path, 1), &Clock::system()) else { panic!("opened {}", path.display()) };
        assert!(matches!(refused, StoreError::Dir { .. }), "{refused:?}");
        assert!(refused.to_string().contains(&path.display().to_string()), "{refused}");
    }
    // A generation that is a file is nobody's generation.
    let fresh = dir.path().join("outbox");
    std::fs::create_dir(&fresh).expect("made");
    std::fs::write(fresh.join("gen-000001.0"), b"not a directory").expect("written");
    let Err(refused) = try_open(config(&fresh, 1), &Clock::system()) else { panic!("opened over a file") };
    let text = format!("{:#}", anyhow::Error::new(refused));
    assert!(text.contains("gen-000001.0"), "{text}");
}

#[test]
fn a_clock_ten_years_off_loses_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let decade = SignedDuration::from_hours(24 * 3652);
    let mut from = 1;
    for at in [noon(), noon() + decade, noon() - decade, noon()] {
        let store = try_open(config(dir.path(), 1), &Clock::manual(at)).expect("an outbox");
        fill(&store, from, from + 20, 10);
        store.housekeep().expect("tidy");
        from += 20;
        assert_eq!(read_all(&store, Stream::Money), ((1..from).map(sale).collect(), vec![]), "at {at}");
    }
}

#[test]
fn a_hole_in_a_generation_is_named_and_its_neighbours_stay() {
    let dir = tempfile::tempdir().expect("a directory");
    {
        let store = open(dir.path());
        let mut encoder = Encoder::new();
        for start in [1, 11, 21] {
            store.append(&mut encoder, &(start..start + 10).map(sale).collect::<Vec<_>>()).expect("room");
        }
        store.rotate(true).expect("closed");
        store.housekeep().expect("tidy");
    }
    {
        let db = sled::open(&generations(dir.path())[0]).expect("a database");
        let key = [&[0][..], &11_u64.to_be_bytes()].concat();
        let trees = db.tree_names().into_iter().map(|name| db.open_tree(name).expect("a tree"));
        assert_eq!(trees.filter(|tree| tree.remove(&key).expect("removed").is_some()).count(), 1);
        db.flush().expect("flushed");
    }
    let store = open(dir.path());
    assert_eq!(buffer::verify(&store).expect("readable").holes, [(0, 11, 20)]);
    for _ in 0..2 {
        let (records, losses) = read_all(&store, Stream::Money);
        assert_eq!(records, (1..=10).chain(21..=30).map(sale).collect::<Vec<_>>());
        assert_eq!(losses.len(), 1);
        assert_eq!((losses[0].first, losses[0].last, losses[0].reason), (11, 20, LossReasonV1::Corrupt));
    }
}

#[test]
fn buffer_stat_verify_repair_and_export_look_into_a_stopped_outbox() {
    let dir = tempfile::tempdir().expect("a directory");
    {
        let store = open(dir.path());
        fill(&store, 1, 41, 10);
        store.housekeep().expect("tidy");
    }
    let look = || buffer::open(config(dir.path(), 1), Clock::manual(noon())).expect("an outbox");
    {
        let store = look();
        let status = buffer::stat(&store);
        assert_eq!((status.streams[0].next, status.streams[0].unsent, status.streams[0].oldest), (41, 40, 1));
        assert!(buffer::verify(&store).expect("readable").is_sound());
        let mut lines = Vec::new();
        assert_eq!(buffer::export(&store, &mut lines).expect("written"), 40);
        let first: serde_json::Value =
            serde_json::from_slice(lines.split(|b| *b == b'\n').next().expect("a line")).expect("JSON");
        assert_eq!((first["stream"].as_u64(), first["seq"].as_u64()), (Some(0), Some(1)));
    }
    {
        let queue = Queue::open(&generations(dir.path())[1]).expect("a generation");
        let (first, mut bytes) = queue.after(Stream::Money, 0).expect("readable").expect("a frame");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        queue.commit([(Stream::Money, first, bytes.as_slice())]).expect("written");
    }
    let store = look();
    assert_eq!(buffer::verify(&store).expect("readable").damaged, [(0, 11)]);
    assert_eq!(buffer::repair(&store).expect("repaired"), 1);
    let found = buffer::verify(&store).expect("readable");
    assert!(found.damaged.is_empty() && found.holes.is_empty(), "{found:?}");
    assert_eq!((found.losses, found.records), (1, 30));
}

#[test]
fn raise_keeps_every_record_and_names_old_losses_under_the_new_epoch() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    fill(&store, 1, 61, 10);
    store.append(&mut Encoder::new(), &(0..30).map(reading).collect::<Vec<_>>()).expect("room");
    store.housekeep().expect("tidy");
    let (old_epoch, _, _) = store.lanes();
    drop(store);
    {
        let queue = Queue::open(&generations(dir.path())[2]).expect("a generation");
        queue.commit([(Stream::Money, 21, b"damaged".as_slice())]).expect("written");
    }
    let store = open(dir.path());
    let (epoch, lanes) = store.raise(old_epoch + 1, &mut Encoder::new()).expect("raised");
    assert_eq!((epoch, lanes[0].next, lanes[0].settled, lanes[1].next), (old_epoch + 1, 51, 0, 31));
    let check = |store: &Store| {
        let expected: Vec<_> = (1..=20).chain(31..=60).map(sale).collect();
        assert_eq!(read_all(store, Stream::Money), (expected, vec![]));
        assert_eq!(read_all(store, Stream::Telemetry), ((0..30).map(reading).collect(), vec![]));
        let (alerts, _) = read_all(store, Stream::Alerts);
        assert_eq!(alerts.len(), 1);
        let Record::PastLossV1(past) = &alerts[0] else { panic!("{alerts:?}") };
        let loss = &past.loss;
        assert_eq!((loss.epoch, loss.stream, loss.first, loss.last), (old_epoch, 0, 21, 30));
        assert_eq!(past.signature, 21_u64.to_le_bytes(), "signed as it stands");
    };
    check(&store);
    drop(store);
    check(&open(dir.path()));
}

#[test]
fn at_the_quota_readings_are_thinned_and_named_and_money_never_gives_way() {
    let dir = tempfile::tempdir().expect("a directory");
    let quota = 6 << 20;
    let limits = OutboxConfig { quota: ByteSize(quota), ..config(dir.path(), 512 << 10) };
    let store = try_open(limits, &Clock::manual(noon())).expect("an outbox");
    let mut encoder = Encoder::new();
    let (mut readings, mut sales) = (0, 1);
    let mut put = |records: Vec<Record>| -> Result<(), StoreError> {
        store.make_room(records.len() as u64 * 64 + 64 * 1024, &mut encoder)?;
        store.append(&mut encoder, &records)?;
        store.housekeep()?;
        // The page looks while the writer works.
        store.status();
        Ok(())
    };
    let mut thinned = false;
    while !thinned {
        put((readings..readings + 2_000).map(reading).collect()).expect("readings give way");
        put((sales..sales + 200).map(sale).collect()).expect("readings give way to money");
        (readings, sales) = (readings + 2_000, sales + 200);
        thinned = store.read(Stream::Telemetry, 1).is_ok_and(|item| matches!(item, Item::Loss(_)));
        assert!(readings < 2_000_000, "nothing was ever thinned");
    }
    let (kept, named) = read_all(&store, Stream::Telemetry);
    assert!(kept.iter().any(|record| matches!(record, Record::MinuteV1(_))), "minutes are kept");
    assert!(named.iter().all(|loss| matches!(loss.reason, LossReasonV1::Thinned | LossReasonV1::Dropped)), "{named:?}");
    let full = loop {
        match put((sales..sales + 500).map(sale).collect()) {
            Ok(()) => sales += 500,
            Err(cause) => break cause,
        }
        assert!(sales < 1_000_000, "never full");
    };
    assert!(matches!(full, StoreError::Full { .. }), "{full:?}");
    assert!(store.used() <= quota + (1 << 20), "{} bytes of {quota}", store.used());
    let (records, losses) = read_all(&store, Stream::Money);
    assert_eq!((records.len() as u64, losses.len()), (sales - 1, 0));
    assert!(records.iter().zip(1..).all(|(record, n)| *record == sale(n)), "every sale, in order");
    store.settle(Stream::Money, sales - 1);
    let telemetry = store.lanes().2[1].next - 1;
    store.settle(Stream::Telemetry, telemetry);
    put(vec![sale(sales)]).expect("what the hub has makes room");
    assert_eq!(read_from(&store, Stream::Money, sales).0, [sale(sales)]);
}

#[test]
fn a_backlog_of_300_000_records_opens_quickly_and_is_not_loaded() {
    const RECORDS: u64 = 300_000;
    let dir = tempfile::tempdir().expect("a directory");
    {
        let store = open(dir.path());
        let mut encoder = Encoder::new();
        for start in (1..=RECORDS).step_by(4_000) {
            store.append(&mut encoder, &(start..start + 4_000).map(sale).collect::<Vec<_>>()).expect("room");
            if start % 40_000 == 1 {
                store.rotate(true).expect("closed");
            }
        }
        store.rotate(true).expect("closed");
        store.housekeep().expect("tidy");
    }
    let started = Instant::now();
    let store = open(dir.path());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(store.status().streams[0].unsent, RECORDS);
    let mut seen = 0;
    let mut at = 1;
    while at <= RECORDS {
        let Item::Frame { bytes, last, .. } = store.read(Stream::Money, at).expect("readable") else {
            panic!("lost at {at}")
        };
        let records = Frame::parse(&bytes).and_then(|frame| frame.records()).expect("whole");
        assert!(records.iter().zip(at..).all(|(record, n)| number(record) == n));
        seen += records.len() as u64;
        at = last + 1;
    }
    assert_eq!(seen, RECORDS);
    drop(store);
    // A start that looked into the closed generations would stumble over this.
    for generation in generations(dir.path()).iter().rev().skip(1) {
        std::fs::write(generation.join("db"), b"garbage").expect("written");
    }
    let store = open(dir.path());
    assert_eq!(store.lanes().2[0].next, RECORDS + 1);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn damage(db: &Path, round: u64) {
    let mut bytes = std::fs::read(db).expect("read");
    let draw = |salt: u64, below: usize| {
        let hash = blake3::hash(&[round, salt].map(u64::to_le_bytes).concat());
        u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight")) as usize % below.max(1)
    };
    // Most of the file is air; the damage should meet what is used.
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(bytes.len(), |at| at + 1);
    match round % 4 {
        0 => bytes[draw(1, used)] ^= 1 << draw(2, 8),
        1 => {
            let at = draw(1, used);
            let end = (at + 512).min(bytes.len());
            bytes[at..end].fill(0);
        }
        2 => {
            for salt in 0..64 {
                let at = draw(salt, used);
                bytes[at] = draw(salt + 100, 256) as u8;
            }
        }
        _ => bytes.truncate(draw(1, used)),
    }
    std::fs::write(db, bytes).expect("written");
}

#[test]
fn a_damaged_database_is_whole_or_named_and_never_a_panic_or_a_hang() {
    const RECORDS: u64 = 400;
    let dir = tempfile::tempdir().expect("a directory");
    let origin = dir.path().join("origin");
    let epoch = {
        let store = open(&origin);
        fill(&store, 1, 301, 100);
        let mut encoder = Encoder::new();
        for start in (301..=RECORDS).step_by(20) {
            store.append(&mut encoder, &(start..start + 20).map(sale).collect::<Vec<_>>()).expect("room");
        }
        store.housekeep().expect("tidy");
        fill(&store, 401, 401, 1);
        store.lanes().0
    };
    for round in 0..40 {
        let hurt = dir.path().join(format!("hurt-{round}"));
        copy(&origin, &hurt);
        let all = generations(&hurt);
        // Every generation in turn; the last with records is the one being written.
        let victim = &all[(round / 4) as usize % all.len()];
        damage(&victim.join("db"), round);
        let (tell, told) = mpsc::channel();
        let path = hurt.clone();
        std::thread::spawn(move || {
            let look = || {
                let store = open(&path);
                let (records, mut named) = read_all(&store, Stream::Money);
                for record in read_all(&store, Stream::Alerts).0 {
                    let Record::PastLossV1(past) = record else { panic!("{record:?}") };
                    named.push(past.loss);
                }
                (records, named)
            };
            let _ = tell.send([look(), look()]);
        });
        let looks = told.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|cause| panic!("round {round}: {cause}"));
        for (records, named) in looks {
            let numbers: Vec<_> = records.iter().map(number).collect();
            assert!(numbers.is_sorted_by(|a, b| a < b), "round {round}: order");
            assert!(records.iter().all(|record| *record == sale(number(record))), "round {round}: content");
            let mut covered: BTreeSet<u64> = numbers.into_iter().collect();
            for loss in &named {
                assert_eq!((loss.epoch, loss.stream), (epoch, 0), "round {round}: {loss:?}");
                covered.extend(loss.first..=loss.last);
            }
            let missing: Vec<_> = (1..=RECORDS).filter(|n| !covered.contains(n)).collect();
            assert!(missing.is_empty(), "round {round}, {}: neither there nor named: {missing:?}", victim.display());
        }
        std::fs::remove_dir_all(&hurt).expect("removed");
    }
}

const CHILD: &str = "VYAVS_OUTBOX_CHILD";
const TASKS: u64 = 4;

/// By task, what the outbox holds of it: must be 0, 1, 2, … without a hole.
fn held(store: &Store) -> [u64; TASKS as usize] {
    let mut counts = [0; TASKS as usize];
    let (records, losses) = read_all(store, Stream::Money);
    assert!(losses.is_empty(), "{losses:?}");
    for record in records {
        let n = number(&record);
        let (task, at) = ((n % TASKS) as usize, n / TASKS);
        assert_eq!(at, counts[task], "task {task}: a record is missing, twice or out of order");
        assert_eq!(record, sale(n));
        counts[task] += 1;
    }
    counts
}

/// Not a promise of its own: the process that the next test kills.
#[test]
fn child_under_load() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = try_open(config(Path::new(&dir), 1), &Clock::system()).expect("an outbox");
        let from = held(&store);
        let life = Lifecycle::new();
        let (outbox, _heads) = Outbox::start(Arc::new(store), &life);
        let loads = (0..TASKS).map(|task| {
            let outbox = outbox.clone();
            async move {
                for at in from[task as usize].. {
                    outbox.append(vec![sale(at * TASKS + task)]).await.expect("room");
                    // One write a line, so that a line is there whole or not at all.
                    let line = format!("{task} {at}\n");
                    std::io::stderr().write_all(line.as_bytes()).expect("a parent");
                }
            }
        });
        futures::future::join_all(loads).await;
    });
}

#[test]
fn killed_twenty_times_under_load_every_acknowledged_record_is_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut acked = [0; TASKS as usize];
    let mut rng = 1_u64;
    for cycle in 0..20 {
        let mut child = Command::new(std::env::current_exe().expect("ourselves"))
            .args(["outbox::child_under_load", "--exact", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a child");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let (tell, first) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            let mut seen = Vec::new();
            for line in lines.map_while(Result::ok) {
                let Some((task, at)) = line.split_once(' ') else { continue };
                if let (Ok(task), Ok(at)) = (task.parse::<usize>(), at.parse::<u64>()) {
                    let _ = tell.send(());
                    seen.push((task, at));
                }
            }
            seen
        });
        first.recv_timeout(Duration::from_secs(60)).expect("the child starts to work");
        rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Some cycles outlast a rotation, which comes once a second.
        std::thread::sleep(Duration::from_millis(if cycle % 5 == 4 { 1_500 } else { (rng >> 33) % 300 }));
        child.kill().expect("killed");
        child.wait().expect("reaped");
        for (task, at) in reader.join().expect("read") {
            acked[task] = acked[task].max(at + 1);
        }
        let store = try_open(config(dir.path(), 1), &Clock::system()).expect("an outbox");
        let held = held(&store);
        for (task, (held, acked)) in held.into_iter().zip(acked).enumerate() {
            assert!(held >= acked, "cycle {cycle}, task {task}: {acked} acknowledged, {held} held");
            assert!(
                held <= acked + 1,
                "cycle {cycle}, task {task}: {held} held, {acked} acknowledged, one was in flight"
            );
        }
        acked = held;
    }
    assert!(acked.iter().sum::<u64>() > 200, "there was load: {acked:?}");
}

const APPENDERS: u64 = 8;
const APPENDS: u64 = 25;
const TOGETHER: u64 = 3;
const ALL: u64 = APPENDERS * APPENDS * TOGETHER;

/// The sales that a process killed now would leave.
fn as_after_a_crash(dir: &Path) -> BTreeSet<u64> {
    let image = tempfile::tempdir().expect("a directory");
    copy(dir, image.path());
    let (records, losses) = read_all(&open(image.path()), Stream::Money);
    assert_eq!(losses, []);
    records.iter().map(number).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_writer_acknowledges_what_is_on_disk_and_gathers_readings() {
    let dir = tempfile::tempdir().expect("a directory");
    let life = Lifecycle::new();
    let store = Arc::new(open(dir.path()));
    let (outbox, heads) = Outbox::start(store.clone(), &life);
    // Each appender's records stay in its order and an append stays together; appenders among themselves have no order.
    let acked = AtomicU64::new(0);
    let appender = |task: u64| {
        let (outbox, store, acked, path) = (&outbox, &store, &acked, dir.path());
        async move {
            for nth in 0..APPENDS {
                let from = (task * APPENDS + nth) * TOGETHER;
                outbox.append((from..from + TOGETHER).map(sale).collect()).await.expect("room");
                let acked = acked.fetch_add(TOGETHER, Ordering::SeqCst) + TOGETHER;
                assert!(store.lanes().2[0].next > acked, "acknowledged before it had its numbers");
                if task == 0 && nth % 8 == 0 {
                    let mine = task * APPENDS * TOGETHER..from + TOGETHER;
                    assert!(as_after_a_crash(path).is_superset(&mine.collect()), "acknowledged before it was on disk");
                }
            }
        }
    };
    futures::future::join_all((0..APPENDERS).map(appender)).await;
    assert_eq!(heads.borrow()[0], ALL + 1);
    outbox.offer((0..50).map(reading).collect()).await.expect("taken");
    let epoch = store.lanes().0;
    let (raised, lanes) = outbox.raise(epoch + 1).await.expect("raised");
    // Readings that gathered are written before the numbers change, or after: never lost.
    assert_eq!((raised, lanes[0].next), (epoch + 1, ALL + 1));
    drop(outbox);
    assert!(life.shutdown(Duration::from_secs(10)).await);
    drop(store);
    let store = open(dir.path());
    let (kept, lost) = read_all(&store, Stream::Money);
    assert_eq!(lost, []);
    let mut next: Vec<u64> = (0..APPENDERS).map(|task| task * APPENDS * TOGETHER).collect();
    for together in kept.chunks(TOGETHER as usize) {
        let task = (number(&together[0]) / (APPENDS * TOGETHER)) as usize;
        let expected = next[task]..next[task] + TOGETHER;
        assert_eq!(together, expected.clone().map(sale).collect::<Vec<_>>(), "appender {task}");
        next[task] = expected.end;
    }
    assert_eq!(next, (1..=APPENDERS).map(|task| task * APPENDS * TOGETHER).collect::<Vec<_>>());
    assert_eq!(read_all(&store, Stream::Telemetry), ((0..50).map(reading).collect(), vec![]));
}
