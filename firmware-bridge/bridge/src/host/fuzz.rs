//! A host that hears anything.

use std::sync::Arc;

use vyavs_frame::message::{Hello, Semver};
use vyavs_frame::{Envelope, MAX_FRAME, Message, encode};

use super::{Host, HostConfig, Input, Now, Order, Output, Update};

/// A host in a conversation hears `bytes`, as a line and as the bodies of whole frames. The entry for a fuzzer.
pub fn hear_any(bytes: &[u8]) {
    let mut host = Host::new(HostConfig::default(), None, 0);
    let mut now = Now { steady_us: 0, wall_us: 1_764_000_000_000_000 };
    let mut frame = [0; MAX_FRAME];
    host.step(now, Input::Opened);
    let hello = Hello {
        proto_min: 1,
        proto_max: 1,
        icd_fingerprint: 0,
        firmware: Semver::default(),
        build_id: [0; 16],
        hw_id: [0; 16],
        boot_count: 1,
        reset_reason: 0,
        caps: 0,
        max_frame: 512,
        mono_ms: 0,
    };
    if let Ok(frame) = encode(&Envelope { session: 0, message: Message::Hello(hello) }, &mut frame) {
        host.step(now, Input::Bytes(frame));
    }
    host.step(now, Input::Order(Order { op: 1, args: vec![1], within_ms: 5_000 }));
    let image = Update { image: vec![7; 600], version: Semver::default(), signature: [0; 64] };
    host.step(now, Input::Update(Arc::new(image)));
    for chunk in bytes.chunks(64) {
        now.steady_us += 1_000 * u64::from(chunk[0]);
        now.wall_us += i64::from(chunk[0]);
        let mut told = host.step(now, Input::Bytes(chunk));
        if let Ok(frame) = vyavs_frame::codec::frame_bytes(chunk, &mut frame) {
            told.extend(host.step(now, Input::Bytes(frame)));
        }
        for output in told {
            if let Output::Readings(readings) = output {
                host.step(now, Input::Kept { boot: readings.boot, next: readings.next() });
            }
        }
    }
}
