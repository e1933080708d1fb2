//! Packing closed generations: the same numbers, the same bytes, whatever happens in between.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use vyavs_delivery::Chain;
use vyavs_edge_agent::outbox::queue::dir_bytes;
use vyavs_edge_agent::outbox::store::Step;

use super::*;

/// Money and readings in commits of a few records, as a quiet shop writes them.
fn trade(store: &Store, from: u64, commits: u64, each: u64) {
    let mut encoder = Encoder::new();
    for commit in 0..commits {
        let at = from + commit * each;
        let records: Vec<_> = (at..at + each).flat_map(|n| [sale(n), reading(n)]).collect();
        store.append(&mut encoder, &records).expect("room");
    }
}

/// Every item of every stream, as the uplink gets them, and the chains it compares.
fn items(store: &Store) -> Vec<(Item, Option<Chain>)> {
    let mut all = Vec::new();
    let next = store.lanes().2.map(|lane| lane.next);
    for stream in Stream::ALL {
        let mut at = 1;
        while at < next[usize::from(stream.number())] {
            let item = store.read(stream, at).expect("readable");
            let last = item.range().1;
            all.push((item, store.chain_at(stream, last).expect("readable")));
            at = last + 1;
        }
    }
    all
}

fn pack_all(store: &Store) -> usize {
    let mut packed = 0;
    while store.compact(&mut |_| true).expect("packed").is_some() {
        packed += 1;
    }
    packed
}

#[test]
fn a_packed_generation_has_the_same_bytes_and_less_disk() {
    let dir = tempfile::tempdir().expect("a directory");
    let before = {
        let store = open(dir.path());
        for generation in 0..3 {
            trade(&store, generation * 20_000, 1_000, 20);
            store.rotate(true).expect("closed");
        }
        trade(&store, 60_000, 10, 20);
        let (before, loose) = (items(&store), store.used());
        assert_eq!(pack_all(&store), 3);
        assert_eq!(items(&store), before);
        let status = store.status();
        assert_eq!((status.generations, status.packed), (4, 3));
        assert!(store.used() * 10 < loose * 7, "{} of {loose} bytes", store.used());
        let there: u64 = generations(dir.path()).iter().map(|path| dir_bytes(path)).sum();
        assert!(store.used().abs_diff(there) < 256 << 10, "{} told, {there} there", store.used());
        assert_eq!(pack_all(&store), 0, "once is enough");
        before
    };
    for _ in 0..2 {
        let store = open(dir.path());
        assert_eq!(items(&store), before);
        assert_eq!(store.status().packed, 3);
        let found = buffer::verify(&store).expect("readable");
        assert!(found.is_sound(), "{found:?}");
        assert_eq!(found.records, 2 * 60_200);
        assert_eq!(pack_all(&store), 0, "known after a start");
    }
    let told: u64 = generations(dir.path()).iter().map(|path| dir_bytes(path)).sum();
    assert!(told.abs_diff(open(dir.path()).used()) < 1 << 20, "reading and starting do not make it grow unseen");
}

#[test]
fn a_crash_between_any_two_steps_of_packing_changes_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (live, images) = (dir.path().join("live"), dir.path().join("images"));
    let store = open(&live);
    trade(&store, 0, 2_000, 20);
    store.rotate(true).expect("closed");
    trade(&store, 40_000, 10, 20);
    store.housekeep().expect("tidy");
    let before = items(&store);
    let mut steps = Vec::new();
    let packed = store
        .compact(&mut |step| {
            copy(&live, &images.join(steps.len().to_string()));
            steps.push(step);
            true
        })
        .expect("packed");
    assert!(packed.is_some());
    assert!(steps.iter().filter(|step| **step == Step::Packed).count() >= 3, "{steps:?}");
    for step in [Step::Begun, Step::Synced, Step::Closed, Step::Swapped] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    let last = images.join((steps.len() - 1).to_string());
    // Removing the original is index, name, files: a crash may come after each.
    let unindexed = images.join("unindexed");
    copy(&last, &unindexed);
    std::fs::remove_file(unindexed.join("gen-000001.0.idx")).expect("there");
    let renamed = images.join("renamed");
    copy(&unindexed, &renamed);
    std::fs::rename(renamed.join("gen-000001.0"), renamed.join("doomed-000001.0")).expect("there");
    // A copy that is there but not whole, with the power gone before it was synced.
    let torn = images.join("torn");
    copy(&images.join("3"), &torn);
    let copied = std::fs::read_dir(torn.join("gen-000001.1").join("blobs")).expect("packs").flatten().next();
    std::fs::write(copied.expect("a pack").path(), b"torn").expect("written");

    let names: Vec<_> =
        (0..steps.len()).map(|n| n.to_string()).chain(["unindexed", "renamed", "torn"].map(Into::into)).collect();
    for name in names {
        let image = images.join(&name);
        for _ in 0..2 {
            let store = open(&image);
            assert!(items(&store) == before, "image {name}");
            assert!(buffer::verify(&store).expect("readable").is_sound(), "image {name}");
            let left = std::fs::read_dir(&image).expect("listed").flatten().map(|entry| entry.file_name());
            let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("000001")).collect();
            assert_eq!(left.len(), 2, "one generation and its index: {left:?}, image {name}");
        }
        let store = open(&image);
        pack_all(&store);
        assert!(items(&store) == before && store.status().packed >= 1, "image {name}, packed after all");
    }
}

#[test]
fn packing_stops_when_asked_and_counts_both_copies() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    trade(&store, 0, 1_000, 20);
    store.rotate(true).expect("closed");
    let (before, loose) = (items(&store), store.used());
    for stop_after in 0..3 {
        let mut left = stop_after;
        let stopped = store.compact(&mut |_| {
            assert!(store.used() >= loose, "both copies count");
            left -= 1;
            left >= 0
        });
        assert_eq!(stopped.expect("stopped"), None);
        assert_eq!(generations(dir.path()).len(), 2, "nothing is left of it");
        assert_eq!((items(&store), store.used()), (before.clone(), loose));
    }
    drop(store);
    // With less room than both copies need it is not begun.
    let tight = OutboxConfig { quota: ByteSize(loose + 1000), ..config(dir.path(), 1) };
    let store = try_open(tight, &Clock::manual(noon())).expect("an outbox");
    assert_eq!(pack_all(&store), 0);
    assert_eq!(items(&store), before);
}

#[test]
fn reading_goes_on_while_generations_are_packed_under_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    for generation in 0..6 {
        trade(&store, generation * 6_000, 300, 20);
        store.rotate(true).expect("closed");
    }
    let before = items(&store);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut rounds = 0;
                    while rounds == 0 || !done.load(Ordering::SeqCst) {
                        assert!(items(&store) == before, "a frame changed or went missing");
                        rounds += 1;
                    }
                })
            })
            .collect();
        assert_eq!(pack_all(&store), 6);
        done.store(true, Ordering::SeqCst);
        readers.into_iter().for_each(|reader| reader.join().expect("read"));
    });
    assert_eq!(items(&store), before);
}

/// The files of a packed generation that hold frames.
fn packs(generation: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        std::fs::read_dir(generation.join("blobs")).expect("packs").flatten().map(|entry| entry.path()).collect();
    // Named by their place in the log.
    found.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u64>().ok()));
    found
}

#[test]
fn a_generation_with_a_damaged_pack_is_set_aside_and_named_and_the_others_stay() {
    const EACH: u64 = 12_000;
    for (what, hurt) in [("changed", 0), ("cut", 1), ("gone", 2), ("emptied", 3)] {
        let dir = tempfile::tempdir().expect("a directory");
        {
            let store = open(dir.path());
            for generation in 0..3 {
                for start in (generation * EACH + 1..=(generation + 1) * EACH).step_by(20) {
                    store
                        .append(&mut Encoder::new(), &(start..start + 20).map(sale).collect::<Vec<_>>())
                        .expect("room");
                }
                store.rotate(true).expect("closed");
            }
            assert_eq!(pack_all(&store), 3);
            store.housekeep().expect("tidy");
        }
        let packs = packs(&generations(dir.path())[1]);
        assert!(packs.len() >= 2, "{packs:?}");
        let victim = &packs[0];
        let mut bytes = std::fs::read(victim).expect("read");
        match hurt {
            0 => bytes[1_000] ^= 1,
            1 => bytes.truncate(1_000),
            _ => bytes.clear(),
        }
        std::fs::write(victim, bytes).expect("written");
        if hurt == 2 {
            std::fs::remove_file(victim).expect("removed");
        }
        let look = || {
            let store = open(dir.path());
            let (records, losses) = read_all(&store, Stream::Money);
            let mut covered: BTreeSet<u64> = records.iter().map(number).collect();
            assert!(records.iter().all(|record| *record == sale(number(record))), "{what}: content");
            for others in [1..=EACH, 2 * EACH + 1..=3 * EACH] {
                assert!(others.into_iter().all(|n| covered.contains(&n)), "{what}: the others stay");
            }
            for loss in &losses {
                assert!(matches!(loss.reason, LossReasonV1::BufferLost | LossReasonV1::Corrupt), "{what}: {loss:?}");
                covered.extend(loss.first..=loss.last);
            }
            assert!((1..=3 * EACH).all(|n| covered.contains(&n)), "{what}: neither there nor named");
            (records.len(), losses)
        };
        let told = look();
        assert!(!told.1.is_empty(), "{what}: damage is named");
        assert_eq!(look(), told, "{what}: told the same each time");
    }
}

#[test]
fn buffer_knows_packed_generations() {
    let dir = tempfile::tempdir().expect("a directory");
    let export = |store: &Store| {
        let mut lines = Vec::new();
        buffer::export(store, &mut lines).expect("written");
        lines
    };
    let plain = {
        let store = open(dir.path());
        trade(&store, 0, 500, 20);
        store.rotate(true).expect("closed");
        let plain = export(&store);
        assert_eq!(pack_all(&store), 1);
        store.housekeep().expect("tidy");
        plain
    };
    let look = || buffer::open(config(dir.path(), 1), Clock::manual(noon())).expect("an outbox");
    {
        let store = look();
        let status = buffer::stat(&store);
        assert_eq!((status.generations, status.packed, status.streams[0].unsent), (2, 1, 10_000));
        let found = buffer::verify(&store).expect("readable");
        assert!(found.is_sound(), "{found:?}");
        assert_eq!((found.frames, found.records), (1_000, 20_000));
        assert!(export(&store) == plain, "exported the same");
    }
    let victim = packs(&generations(dir.path())[0]).remove(0);
    let mut bytes = std::fs::read(&victim).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&victim, bytes).expect("written");
    let store = look();
    // It is met at the start, which asks how the chain goes on.
    let found = buffer::verify(&store).expect("readable");
    assert!(found.damaged.is_empty() && found.holes.is_empty(), "{found:?}");
    assert_eq!((found.losses, found.records), (2, 0), "both streams are named");
    assert_eq!(buffer::repair(&store).expect("repaired"), 0);
    let aside = std::fs::read_dir(dir.path()).expect("listed").flatten();
    let aside = aside.filter(|entry| entry.file_name().to_string_lossy().starts_with("quarantine-"));
    assert_eq!(aside.count(), 1, "kept for whoever can read it");
}

#[test]
fn readings_give_way_in_packed_generations_too_and_money_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    const QUOTA: u64 = 16 << 20;
    let limits = OutboxConfig { quota: ByteSize(QUOTA), ..config(dir.path(), 1) };
    let store = try_open(limits, &Clock::manual(noon())).expect("an outbox");
    trade(&store, 0, 1_500, 20);
    store.rotate(true).expect("closed");
    assert_eq!(pack_all(&store), 1);
    let money = read_all(&store, Stream::Money);
    let used = store.used();
    // The minutes that are kept may need more room at first than the readings gave.
    match store.make_room(QUOTA - used + 1, &mut Encoder::new()) {
        Ok(()) | Err(StoreError::Full { .. }) => {}
        Err(cause) => panic!("{cause}"),
    }
    assert_eq!(store.status().packed, 1, "what is left of it is packed too");
    assert_eq!(read_all(&store, Stream::Money), money);
    let (_, losses) = read_all(&store, Stream::Telemetry);
    assert_eq!(losses.len(), 1);
    assert_eq!((losses[0].first, losses[0].last, losses[0].reason), (1, 30_000, LossReasonV1::Thinned));
    store.rotate(true).expect("closed");
    pack_all(&store);
    assert_eq!(read_all(&store, Stream::Money), money, "packed again");
}

/// What may happen to an outbox.
#[derive(Clone, Debug)]
enum Act {
    Append(u64),
    Close,
    Settle(u64),
    /// Packing that ends, by a stop or a crash, at one of its steps; or does not.
    Pack(Option<(usize, bool)>),
    Restart,
    Raise,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (1..400_u64).prop_map(Act::Append),
        3 => Just(Act::Close),
        1 => (0..300_u64).prop_map(Act::Settle),
        4 => proptest::option::of((0..7_usize, any::<bool>())).prop_map(Act::Pack),
        1 => Just(Act::Restart),
        1 => Just(Act::Raise),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Append, close, settle, pack, stop or crash at any step: the disk holds, byte for byte, what it held.
    #[test]
    fn whatever_is_packed_and_wherever_it_crashes_the_frames_are_the_same(acts in vec(act(), 1..24)) {
        let dir = tempfile::tempdir().expect("a directory");
        let mut path = dir.path().join("0");
        let mut store = open(&path);
        let (mut written, mut lives) = (0, 0);
        // By stream and first number, what was read right after it was written.
        let mut paper: BTreeMap<(u8, u64), Item> = BTreeMap::new();
        let note = |store: &Store, paper: &mut BTreeMap<(u8, u64), Item>| {
            for (item, _) in items(store) {
                if let Item::Frame { first, bytes, .. } = &item {
                    let stream = Frame::parse(bytes).expect("whole").header.stream.number();
                    paper.entry((stream, *first)).or_insert(item);
                }
            }
        };
        for act in acts {
            match act {
                Act::Append(count) => {
                    let records: Vec<_> = (written..written + count).flat_map(|n| [sale(n), reading(n)]).collect();
                    store.append(&mut Encoder::new(), &records).expect("room");
                    written += count;
                    note(&store, &mut paper);
                }
                Act::Close => store.rotate(true).expect("closed"),
                Act::Settle(through) => store.settle(Stream::Money, through.min(written)),
                Act::Pack(None) => drop(pack_all(&store)),
                Act::Pack(Some((steps, false))) => {
                    let mut left = steps;
                    let stop = |_| { let go_on = left > 0; left = left.saturating_sub(1); go_on };
                    store.compact(&mut { stop }).expect("packed or stopped");
                }
                Act::Pack(Some((steps, true))) => {
                    // The image of a crash is taken at that step, and life goes on from the image.
                    lives += 1;
                    let image = dir.path().join(lives.to_string());
                    store.housekeep().expect("tidy");
                    let mut at = 0;
                    store.compact(&mut |_| {
                        if at == steps {
                            copy(&path, &image);
                        }
                        at += 1;
                        true
                    }).expect("packed");
                    if at > steps {
                        drop(store);
                        path = image;
                        store = open(&path);
                    }
                }
                Act::Restart => {
                    drop(store);
                    store = open(&path);
                }
                Act::Raise => {
                    store.raise(store.lanes().0 + 1, &mut Encoder::new()).expect("raised");
                    paper.clear();
                    note(&store, &mut paper);
                }
            }
            prop_assert_eq!(store.lanes().2[0].next, written + 1);
        }
        let mut found = BTreeMap::new();
        note(&store, &mut found);
        prop_assert_eq!(&found, &paper);
        let (money, losses) = read_all(&store, Stream::Money);
        prop_assert_eq!((money, losses), ((0..written).map(sale).collect(), vec![]));
        prop_assert!(buffer::verify(&store).expect("readable").is_sound());
    }
}
