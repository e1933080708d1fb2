//! The board against a host that is played by hand.

use heapless::Vec as Few;
use vyavs_frame::board::{About, Board, Hardware};
use vyavs_frame::codec::{encode, frame};
use vyavs_frame::message::*;
use vyavs_frame::version::{SPOKEN, Versions};
use vyavs_frame::{Decoder, Incoming, MAX_FRAME};

#[derive(Default)]
struct Desk {
    line: Vec<u8>,
    commands: Vec<u16>,
    image: Vec<u8>,
    genuine: bool,
    booted: bool,
    kept: bool,
    rolled_back: bool,
}

impl Hardware for Desk {
    fn send(&mut self, frame: &[u8]) {
        self.line.extend_from_slice(frame);
    }
    fn command(&mut self, op: u16, args: &[u8], answer: &mut Few<u8, MAX_ARGS>) -> Status {
        self.commands.push(op);
        answer.extend_from_slice(args).expect("no more than came");
        Status::Done
    }
    fn ota_begin(&mut self, _: &OtaBegin) -> Result<u32, OtaStatus> {
        Ok(self.image.len() as u32)
    }
    fn ota_write(&mut self, offset: u32, data: &[u8]) -> Result<(), OtaStatus> {
        assert_eq!(offset as usize, self.image.len());
        self.image.extend_from_slice(data);
        Ok(())
    }
    fn ota_sha256(&mut self, size: u32) -> [u8; 32] {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.image[..size as usize]);
        digest.as_ref().try_into().expect("32 bytes")
    }
    fn is_genuine(&mut self, _: &[u8], _: &Signature) -> bool {
        self.genuine
    }
    fn boot_trial(&mut self) {
        self.booted = true;
    }
    fn keep_image(&mut self) {
        self.kept = true;
    }
    fn roll_back(&mut self) {
        self.rolled_back = true;
    }
}

impl Desk {
    /// What was said since the last call, in words.
    fn said(&mut self) -> Vec<String> {
        let line = std::mem::take(&mut self.line);
        let (mut decoder, mut input, mut said) = (Decoder::default(), &line[..], Vec::new());
        while let Some(frame) = decoder.next(&mut input) {
            let Ok(Incoming::Known(envelope)) = frame else { panic!("a board says frames") };
            said.push(match envelope.message {
                Message::Hello(hello) => format!("hello boot {}", hello.boot_count),
                Message::ReadingBatch(batch) => {
                    let count = batch.samples.iter().count();
                    format!("batch {}+{count} behind {} dropped {}", batch.seq, batch.behind, batch.dropped)
                }
                Message::Event(event) => format!("event {}", event.id),
                Message::CommandResult(result) => format!("result {} {:?}", result.id, result.status),
                other => format!("{other:?}"),
            });
        }
        said
    }
}

fn about() -> About {
    About {
        versions: SPOKEN,
        firmware: Semver { major: 1, minor: 0, patch: 0 },
        build_id: [1; 16],
        hw_id: [2; 16],
        boot_count: 5,
        reset_reason: RESET_POWER,
        caps: CAP_OTA | CAP_COMMANDS,
        trial: false,
    }
}

const SECOND: u64 = 1_000_000;
const SESSION: u32 = 11;

fn say<const N: usize>(board: &mut Board<N>, desk: &mut Desk, now_us: u64, message: Message<'_>) {
    let mut out = [0; MAX_FRAME];
    let frame = encode(&Envelope { session: SESSION, message }, &mut out).expect("fits");
    board.hear(now_us, frame, desk);
}

fn accept(resume_seq: u64) -> Message<'static> {
    let policy = Policy { period_ms: 1_000, batch: 10, window: 4 };
    Message::HelloAck(HelloAck::Accept { proto: 1, session: SESSION, epoch_ms: 0, policy, resume_seq })
}

fn open<const N: usize>(about: About) -> (Board<N>, Desk) {
    let (mut board, mut desk) = (Board::new(about, 0), Desk::default());
    board.tick(0, &mut desk);
    assert_eq!(desk.said(), ["hello boot 5"]);
    say(&mut board, &mut desk, 0, accept(0));
    assert!(board.is_open());
    (board, desk)
}

#[test]
fn readings_go_in_batches_four_at_a_time_and_stay_until_they_are_on_disk() {
    let (mut board, mut desk) = open::<256>(about());
    for n in 0..55 {
        board.read(n * 1_000, 1, n as i32, 0);
    }
    board.tick(60_000, &mut desk);
    let four = ["batch 1+10", "batch 11+10", "batch 21+10", "batch 31+10"];
    let with_rest: Vec<String> =
        four.iter().zip([0, 10, 20, 30]).map(|(text, behind)| format!("{text} behind {behind} dropped 0")).collect();
    assert_eq!(desk.said(), with_rest);
    // A gap is filled at once, a silence after half a second, and twice that later.
    let nacks = [(1, 11)].into_iter().collect();
    say(&mut board, &mut desk, 200_000, Message::BatchAck(BatchAck { boot: 5, next: 1, nacks }));
    assert_eq!(desk.said(), ["batch 1+10 behind 0 dropped 0"]);
    board.tick(560_000, &mut desk);
    assert_eq!(desk.said().len(), 3, "the one just said again is not");
    say(&mut board, &mut desk, 600_000, Message::BatchAck(BatchAck { boot: 5, next: 41, nacks: Few::new() }));
    assert_eq!(desk.said(), ["batch 41+10 behind 0 dropped 0"], "the last five wait for others");
    assert_eq!(board.owed(), 15);
    // Of another boot, or of a conversation that is over: nothing.
    say(&mut board, &mut desk, 600_000, Message::BatchAck(BatchAck { boot: 4, next: 56, nacks: Few::new() }));
    assert_eq!(board.owed(), 15);
    board.tick(1_060_000, &mut desk);
    assert_eq!(desk.said(), ["batch 51+5 behind 10 dropped 0"], "until the oldest is a second old");
    say(&mut board, &mut desk, 2 * SECOND, Message::BatchAck(BatchAck { boot: 5, next: 56, nacks: Few::new() }));
    assert_eq!(board.owed(), 0);
}

#[test]
fn a_full_memory_forgets_the_oldest_and_says_how_many() {
    let (mut board, mut desk) = open::<16>(about());
    for n in 0..30 {
        board.read(n * 1_000, 1, n as i32, 0);
    }
    assert_eq!((board.dropped(), board.owed()), (14, 16));
    board.tick(SECOND, &mut desk);
    assert_eq!(desk.said(), ["batch 15+10 behind 0 dropped 14"]);
}

#[test]
fn a_new_conversation_begins_where_the_disk_ends() {
    let (mut board, mut desk) = open::<64>(about());
    for n in 0..20 {
        board.read(n * 1_000, 1, n as i32, 0);
    }
    board.tick(SECOND, &mut desk);
    assert_eq!(desk.said().len(), 2);
    let mut out = [0; MAX_FRAME];
    let refuse = Message::HelloAck(HelloAck::Refuse { reason: Refusal::NoSession });
    let greet = encode(&Envelope { session: 0, message: refuse }, &mut out).expect("fits");
    board.hear(2 * SECOND, greet, &mut desk);
    assert_eq!(desk.said(), ["hello boot 5"]);
    let policy = Policy { period_ms: 1_000, batch: 10, window: 4 };
    let again = HelloAck::Accept { proto: 1, session: SESSION + 1, epoch_ms: 0, policy, resume_seq: 11 };
    say(&mut board, &mut desk, 3 * SECOND, Message::HelloAck(again.clone()));
    assert_eq!(desk.said(), ["batch 11+10 behind 0 dropped 0"]);
    say(&mut board, &mut desk, 3 * SECOND, Message::HelloAck(again));
    assert!(desk.said().is_empty(), "heard twice, begun once");
}

#[test]
fn events_do_not_wait_and_are_said_until_they_are_on_disk() {
    let (mut board, mut desk) = open::<16>(about());
    let id = board.event(SECOND, 7, 2, b"door");
    board.tick(SECOND, &mut desk);
    board.tick(SECOND + 400_000, &mut desk);
    assert_eq!(desk.said(), ["event 1"]);
    board.tick(SECOND + 500_000, &mut desk);
    assert_eq!(desk.said(), ["event 1"]);
    say(&mut board, &mut desk, 2 * SECOND, Message::EventAck(EventAck { boot: 5, id }));
    board.tick(99 * SECOND, &mut desk);
    assert!(desk.said().is_empty());
}

#[test]
fn a_command_is_done_once_however_often_it_is_heard_and_not_at_all_when_late() {
    let (mut board, mut desk) = open::<16>(about());
    let command = |id, deadline_ms| Message::Command(Command { id, op: 3, args: &[1], deadline_ms });
    for _ in 0..3 {
        say(&mut board, &mut desk, SECOND, command(1, 0));
    }
    assert_eq!((desk.said(), desk.commands.len()), (vec!["result 1 Done".to_owned(); 3], 1));
    say(&mut board, &mut desk, 10 * SECOND, command(2, 9_999));
    assert_eq!((desk.said(), desk.commands.len()), (vec!["result 2 Expired".to_owned()], 1));
    for id in 3..=18 {
        say(&mut board, &mut desk, SECOND, command(id, 0));
    }
    assert_eq!(desk.commands.len(), 17);
    say(&mut board, &mut desk, SECOND, command(3, 0));
    assert_eq!(desk.commands.len(), 17, "the last sixteen are remembered");
}

#[test]
fn what_is_of_tomorrow_is_answered_by_its_tag_and_no_answer_is_answered() {
    let (mut board, mut desk) = open::<16>(about());
    let mut out = [0; MAX_FRAME];
    board.hear(SECOND, frame(&(SESSION, 99_u32, 5_u8), &mut out).expect("fits"), &mut desk);
    assert_eq!(desk.said(), ["Unsupported(Unsupported { tag: 99 })"]);
    // A known tag whose content grew.
    board.hear(SECOND, frame(&(SESSION, 17_u32, 5_u8, 6_u8), &mut out).expect("fits"), &mut desk);
    assert_eq!(desk.said(), ["Unsupported(Unsupported { tag: 17 })"]);
    say(&mut board, &mut desk, SECOND, Message::Unsupported(Unsupported { tag: 4 }));
    board.hear(SECOND, frame(&(SESSION, 19_u32), &mut out).expect("fits"), &mut desk);
    assert!(desk.said().is_empty());
}

#[test]
fn without_a_common_version_only_ping_and_update_are_answered() {
    let versions = Versions { min: 8, max: 9 };
    let (mut board, mut desk) = (Board::<16>::new(About { versions, ..about() }, 0), Desk::default());
    board.tick(0, &mut desk);
    desk.line.clear();
    say(&mut board, &mut desk, 0, accept(0));
    assert!(!board.is_open(), "a version it does not speak opens nothing");
    let refuse = HelloAck::Refuse { reason: Refusal::NoCommonVersion };
    say(&mut board, &mut desk, 0, Message::HelloAck(refuse));
    board.read(0, 1, 1, 0);
    board.event(0, 1, 1, b"");
    say(&mut board, &mut desk, SECOND, Message::TimeReq(TimeReq { t1_us: 1 }));
    say(&mut board, &mut desk, SECOND, Message::Command(Command { id: 1, op: 1, args: &[], deadline_ms: 0 }));
    assert!(desk.said().is_empty());
    say(&mut board, &mut desk, SECOND, Message::Ping(Ping { nonce: 4 }));
    let image = OtaBegin { size: 9, sha256: [0; 32], signature: [0; 64].into(), version: Semver::default() };
    say(&mut board, &mut desk, SECOND, Message::OtaBegin(image));
    assert_eq!(desk.said(), ["Pong(Pong { nonce: 4 })", "OtaReady(OtaReady { offset: 0 })"]);
    board.tick(31 * SECOND, &mut desk);
    assert_eq!(desk.said(), ["hello boot 5"], "the host may have been renewed");
}

fn image(bytes: &[u8]) -> OtaBegin {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let sha256 = digest.as_ref().try_into().expect("32 bytes");
    let version = Semver { major: 2, minor: 0, patch: 0 };
    OtaBegin { size: bytes.len() as u32, sha256, signature: [7; 64].into(), version }
}

#[test]
fn an_image_comes_in_from_any_offset_and_boots_only_whole_and_genuine() {
    let bytes: Vec<u8> = (0..1_000_u32).map(|n| n as u8).collect();
    let offer = image(&bytes);
    // The first 100 bytes were kept by an attempt before a restart.
    let (mut board, mut desk) = open::<16>(about());
    desk.image = bytes[..100].to_vec();
    let commit = Message::OtaCommit(OtaCommit { sha256: offer.sha256 });
    say(&mut board, &mut desk, 0, Message::OtaBegin(offer));
    assert_eq!(desk.said(), ["OtaReady(OtaReady { offset: 100 })"]);
    for (from, want) in [(100, 356), (100, 356), (612, 356), (356, 612), (612, 868), (868, 1_000)] {
        let data = &bytes[from..(from + 256).min(1_000)];
        say(&mut board, &mut desk, 0, Message::OtaChunk(OtaChunk { offset: from as u32, data }));
        assert_eq!(desk.said(), [format!("OtaAck(OtaAck {{ offset: {want} }})")]);
        if want == 612 {
            say(&mut board, &mut desk, 0, commit.clone());
            assert_eq!(desk.said(), ["OtaAck(OtaAck { offset: 612 })"], "not whole");
        }
    }
    say(&mut board, &mut desk, 0, commit.clone());
    assert_eq!(desk.said(), ["OtaResult(OtaResult { status: BadSignature })"]);
    desk.genuine = true;
    say(&mut board, &mut desk, 0, Message::OtaBegin(offer));
    say(&mut board, &mut desk, 0, commit.clone());
    assert_eq!(desk.said()[1], "OtaResult(OtaResult { status: Trial })");
    assert!(desk.booted);
    // The same with a byte that went bad in the memory.
    let (mut board, mut desk) = open::<16>(about());
    (desk.image, desk.genuine) = (bytes.clone(), true);
    desk.image[500] ^= 1;
    say(&mut board, &mut desk, 0, Message::OtaBegin(offer));
    say(&mut board, &mut desk, 0, commit.clone());
    say(&mut board, &mut desk, 0, commit);
    let said = desk.said();
    assert_eq!(said[1..], ["OtaResult(OtaResult { status: BadHash })", "OtaResult(OtaResult { status: NotBegun })"]);
    assert!(!desk.booted);
}

#[test]
fn an_image_on_trial_stays_when_it_reached_the_host_and_goes_after_a_minute_without() {
    let trial = About { trial: true, ..about() };
    let (mut board, mut desk) = open::<16>(trial.clone());
    board.tick(61 * SECOND, &mut desk);
    assert!(desk.kept && !desk.rolled_back);
    let (mut board, mut desk) = (Board::<16>::new(trial, 0), Desk::default());
    while !desk.rolled_back {
        let now = board.wake_at();
        assert!(now <= 60 * SECOND, "{now}");
        board.tick(now, &mut desk);
    }
    assert!(!desk.kept);
}

proptest::proptest! {
    #[test]
    fn a_board_hears_anything(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..1_500)) {
        vyavs_frame::board::hear_any(&bytes);
    }
}
