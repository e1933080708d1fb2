//! A board that hears anything.

use heapless::Vec;

use super::{About, Board, Hardware};
use crate::codec::{MAX_FRAME, encode};
use crate::message::{Envelope, HelloAck, MAX_ARGS, Message, OtaBegin, OtaStatus, Policy, Semver, Signature, Status};

/// A board in a conversation hears `bytes`, as a line and as the bodies of whole frames. The entry for a fuzzer.
pub fn hear_any(bytes: &[u8]) {
    struct Nothing;
    impl Hardware for Nothing {
        fn send(&mut self, _: &[u8]) {}
        fn command(&mut self, _: u16, args: &[u8], answer: &mut Vec<u8, MAX_ARGS>) -> Status {
            let _ = answer.extend_from_slice(args);
            Status::Done
        }
        fn ota_begin(&mut self, _: &OtaBegin) -> Result<u32, OtaStatus> {
            Ok(0)
        }
        fn ota_write(&mut self, _: u32, _: &[u8]) -> Result<(), OtaStatus> {
            Ok(())
        }
        fn ota_sha256(&mut self, _: u32) -> [u8; 32] {
            [0; 32]
        }
        fn is_genuine(&mut self, _: &[u8], _: &Signature) -> bool {
            true
        }
        fn boot_trial(&mut self) {}
        fn keep_image(&mut self) {}
        fn roll_back(&mut self) {}
    }
    let about = About {
        versions: crate::version::SPOKEN,
        firmware: Semver::default(),
        build_id: [0; 16],
        hw_id: [0; 16],
        boot_count: 1,
        reset_reason: 0,
        caps: 0,
        trial: true,
    };
    let mut board = Board::<16>::new(about, 0);
    let policy = Policy { period_ms: 10, batch: 3, window: 4 };
    let accept = HelloAck::Accept { proto: 1, session: 1, epoch_ms: 0, policy, resume_seq: 0 };
    let mut out = [0; MAX_FRAME];
    if let Ok(frame) = encode(&Envelope { session: 0, message: Message::HelloAck(accept) }, &mut out) {
        board.hear(1, frame, &mut Nothing);
    }
    let mut now_us = 1;
    for chunk in bytes.chunks(48) {
        now_us += 1_000 * u64::from(chunk[0]);
        board.read(now_us, chunk[0], i32::from(chunk[0]), 0);
        board.event(now_us, 1, 0, chunk);
        board.hear(now_us, chunk, &mut Nothing);
        if let Ok(frame) = crate::codec::frame_bytes(chunk, &mut out) {
            board.hear(now_us, frame, &mut Nothing);
        }
        assert!(board.owed() <= 16, "it keeps what it has room for");
    }
}
