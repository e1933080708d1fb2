//! The frame of every shipped message, as hexadecimal text in `tests/golden/`.
//!
//! A failure here means that boards in the field can no longer be understood: add a variant at the end instead.
//! `VYAVS_BLESS=1` writes the files of new variants, and overwrites changed ones, so look at the difference.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use vyavs_frame::codec::encode;
use vyavs_frame::message::*;
use vyavs_frame::samples::{Packer, Sample};
use vyavs_frame::version::{FINGERPRINT, FNV_BASIS, fnv1a};
use vyavs_frame::{Decoder, Incoming, MAX_FRAME};

const SESSION: u32 = 0x0102_0304;

/// No wildcard: a new variant does not compile until it has a name here.
fn name(message: &Message<'_>) -> &'static str {
    match message {
        Message::Hello(_) => "hello",
        Message::HelloAck(HelloAck::Accept { .. }) => "hello-ack-accept",
        Message::HelloAck(HelloAck::Refuse { reason: Refusal::NoCommonVersion }) => {
            "hello-ack-refuse-no-common-version"
        }
        Message::HelloAck(HelloAck::Refuse { reason: Refusal::NoSession }) => "hello-ack-refuse-no-session",
        Message::TimeReq(_) => "time-req",
        Message::TimeResp(_) => "time-resp",
        Message::ReadingBatch(_) => "reading-batch",
        Message::BatchAck(_) => "batch-ack",
        Message::Event(_) => "event",
        Message::EventAck(_) => "event-ack",
        Message::Command(_) => "command",
        Message::CommandResult(result) => match result.status {
            Status::Done => "command-result-done",
            Status::UnknownOp => "command-result-unknown-op",
            Status::BadArgs => "command-result-bad-args",
            Status::Failed => "command-result-failed",
            Status::Expired => "command-result-expired",
        },
        Message::OtaBegin(_) => "ota-begin",
        Message::OtaReady(_) => "ota-ready",
        Message::OtaChunk(_) => "ota-chunk",
        Message::OtaAck(_) => "ota-ack",
        Message::OtaCommit(_) => "ota-commit",
        Message::OtaResult(result) => match result.status {
            OtaStatus::Trial => "ota-result-trial",
            OtaStatus::NotBegun => "ota-result-not-begun",
            OtaStatus::TooBig => "ota-result-too-big",
            OtaStatus::BadHash => "ota-result-bad-hash",
            OtaStatus::BadSignature => "ota-result-bad-signature",
            OtaStatus::Flash => "ota-result-flash",
        },
        Message::Log(_) => "log",
        Message::Ping(_) => "ping",
        Message::Pong(_) => "pong",
        Message::Unsupported(_) => "unsupported",
    }
}

/// Every variant, in the order of their tags, with values that show where each field stands.
fn each(mut see: impl FnMut(Message<'_>)) {
    let semver = Semver { major: 1, minor: 2, patch: 300 };
    see(Message::Hello(Hello {
        proto_min: 1,
        proto_max: 2,
        icd_fingerprint: 0x1122_3344_5566_7788,
        firmware: semver,
        build_id: *b"build-0123456789",
        hw_id: *b"board-9876543210",
        boot_count: 70_000,
        reset_reason: RESET_WATCHDOG,
        caps: CAP_OTA | CAP_COMMANDS,
        max_frame: 512,
        mono_ms: 1_234_567_890_123,
    }));
    let policy = Policy { period_ms: 1_000, batch: 50, window: 4 };
    see(Message::HelloAck(HelloAck::Accept {
        proto: 1,
        session: SESSION,
        epoch_ms: 1_764_000_000_000,
        policy,
        resume_seq: 5_000_000_000,
    }));
    for reason in [Refusal::NoCommonVersion, Refusal::NoSession] {
        see(Message::HelloAck(HelloAck::Refuse { reason }));
    }
    see(Message::TimeReq(TimeReq { t1_us: 1 << 40 }));
    see(Message::TimeResp(TimeResp { t1_us: 1 << 40, t2_us: 77, t3_us: 78 }));
    let mut packer = Packer::default();
    for (channel, dt_ms, value, quality) in [(0, 0, 4_250, 0), (1, 100, -18_500, 1), (255, u32::MAX, i32::MIN, 2)] {
        assert!(packer.push(&Sample { channel, dt_ms, value, quality }));
    }
    see(Message::ReadingBatch(ReadingBatch {
        boot: 7,
        seq: 5_000_000_000,
        behind: 300,
        dropped: 2,
        base_mono_ms: 987_654_321,
        samples: packer.samples(),
    }));
    let nacks = [(10, 20), (5_000_000_000, 5_000_000_001)].into_iter().collect();
    see(Message::BatchAck(BatchAck { boot: 7, next: 10, nacks }));
    see(Message::Event(Event { boot: 7, id: 3, kind: 513, severity: 2, mono_ms: 99_000, payload: b"door open" }));
    see(Message::EventAck(EventAck { boot: 7, id: 3 }));
    see(Message::Command(Command { id: 9, op: 4, args: &[1, 0, 2], deadline_ms: 1_000_000 }));
    for status in [Status::Done, Status::UnknownOp, Status::BadArgs, Status::Failed, Status::Expired] {
        see(Message::CommandResult(CommandResult { id: 9, status, data: b"ok" }));
    }
    let (mut hash, mut signature) = ([0xAA; 32], [0; 64]);
    hash[0] = 1;
    signature.iter_mut().zip(0..).for_each(|(at, byte)| *at = byte);
    see(Message::OtaBegin(OtaBegin { size: 65_536, sha256: hash, signature: signature.into(), version: semver }));
    see(Message::OtaReady(OtaReady { offset: 4_096 }));
    see(Message::OtaChunk(OtaChunk { offset: 4_096, data: &[0, 1, 2, 0, 0, 255] }));
    see(Message::OtaAck(OtaAck { offset: 4_352 }));
    see(Message::OtaCommit(OtaCommit { sha256: hash }));
    for status in [
        OtaStatus::Trial,
        OtaStatus::NotBegun,
        OtaStatus::TooBig,
        OtaStatus::BadHash,
        OtaStatus::BadSignature,
        OtaStatus::Flash,
    ] {
        see(Message::OtaResult(OtaResult { status }));
    }
    see(Message::Log(Log { level: 2, mono_ms: 5, text: "probe 3 °C off" }));
    see(Message::Ping(Ping { nonce: 0xDEAD_BEEF }));
    see(Message::Pong(Pong { nonce: 0xDEAD_BEEF }));
    see(Message::Unsupported(Unsupported { tag: 77 }));
}

fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(32) {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").expect("a string takes it"));
        text.push('\n');
    }
    text
}

#[test]
fn the_bytes_of_every_message_are_the_shipped_ones_and_read_back() {
    let bless = std::env::var_os("VYAVS_BLESS").is_some();
    let (mut seen, mut tags, mut hash) = (BTreeSet::new(), BTreeSet::new(), FNV_BASIS);
    each(|message| {
        let name = name(&message);
        let (tag, envelope) = (message.tag(), Envelope { session: SESSION, message });
        let mut out = [0; MAX_FRAME];
        let frame = encode(&envelope, &mut out).expect("fits").to_vec();
        let path = dir().join(format!("{name}.hex"));
        let text = hex(&frame);
        if bless {
            fs::write(&path, &text).expect("written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{name} has no golden bytes: VYAVS_BLESS=1"));
        assert_eq!(kept, text, "{name} changed on the wire");
        let (mut decoder, mut input) = (Decoder::default(), &frame[..]);
        assert_eq!(decoder.next(&mut input), Some(Ok(Incoming::Known(envelope))), "{name}");
        hash = fnv1a(fnv1a(hash, name.as_bytes()), &frame);
        assert!(seen.insert(format!("{name}.hex")), "{name} twice");
        tags.insert(tag);
    });
    assert_eq!(tags, (0..TAGS).collect(), "every tag has a sample");
    let there: BTreeSet<String> = fs::read_dir(dir())
        .expect("there")
        .map(|file| file.expect("readable").file_name().into_string().expect("a name"))
        .collect();
    assert_eq!(there, seen, "a golden file stays as long as boards may say it");
    assert_eq!(format!("{FINGERPRINT:#018x}"), format!("{hash:#018x}"), "version::FINGERPRINT follows the messages");
}
