//! Every decoder of bytes from outside, and seeds that reach deep into it.

mod seeds;

use jiff::Timestamp;
use vyavs_codec::csvline::{self, Mapping};
use vyavs_codec::escpos::Tokenizer;
use vyavs_codec::escpos::jobs::{Ended, Splitter};
use vyavs_codec::scrub::{Field, Scrubber};
use vyavs_codec::tillfile::{Place, Terminals};
use vyavs_codec::{ble, counter, dsfinvk, gs1, modbus, onewire, poslog, receipt, scale, senml, sparkplug};
use vyavs_delivery::frame::Frame;
use vyavs_domain::time::StoreTime;
use vyavs_wire::down::Down;
use vyavs_wire::up::Up;

/// A decoder.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Decodes any bytes and forgets what came of it.
    pub decode: fn(&[u8]),
    /// Inputs it understands.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub fn all() -> Vec<Target> {
    let target = |name, decode, seeds| Target { name, decode, seeds };
    vec![
        target("escpos", escpos, seeds::escpos),
        target("escpos-jobs", jobs, seeds::escpos),
        target("receipt", receipt::read_any, seeds::receipts),
        target("scrub", scrub, seeds::cards),
        target("poslog", read_poslog, seeds::poslog),
        target("csv", read_csv, seeds::csv),
        target("dsfinvk", read_dsfinvk, seeds::dsfinvk),
        target("scale", scale::fuzz, seeds::scale),
        target("gs1", gs1::fuzz, seeds::gs1),
        target("modbus", modbus::decode_all, seeds::modbus),
        target("ble", |bytes| _ = ble::decode_any(bytes), seeds::ble),
        target("ble-snoop", snoop, seeds::snoop),
        target("senml", |bytes| _ = senml::decode_any(bytes), seeds::senml),
        target("sparkplug", |bytes| _ = sparkplug::decode_any(bytes), seeds::sparkplug),
        target("counter", |bytes| _ = counter::decode_any(bytes), seeds::counter),
        target("onewire", |bytes| _ = onewire::decode_any(bytes), seeds::onewire),
        target("board-line", |bytes| _ = vyavs_frame::codec::read_any(bytes), seeds::board),
        target("board", vyavs_frame::board::hear_any, seeds::board),
        target("board-host", vyavs_bridge::host::hear_any, seeds::board),
        target("hub-up", up, seeds::up),
        target("hub-down", down, seeds::down),
        target("hub-frame", frame, seeds::frame),
    ]
}

/// In pieces whose length the input says.
fn pieces(bytes: &[u8]) -> std::slice::Chunks<'_, u8> {
    bytes.chunks(usize::from(bytes.first().copied().unwrap_or(1) % 61) + 1)
}

fn escpos(bytes: &[u8]) {
    let mut tokenizer = Tokenizer::default();
    pieces(bytes).for_each(|piece| tokenizer.push(piece, |_| {}));
}

fn jobs(bytes: &[u8]) {
    let mut splitter = Splitter::new(4_096);
    for piece in pieces(bytes) {
        splitter.push(piece, |_| {});
        // A job is held until it is known to be too long: twice the bound.
        assert!(splitter.held() <= 2 * 4_096, "memory is bounded");
    }
    splitter.end(Ended::Closed);
}

fn scrub(bytes: &[u8]) {
    for field in [Field::Text, Field::Code] {
        let (mut scrubber, mut out) = (Scrubber::new(field), Vec::new());
        pieces(bytes).for_each(|piece| scrubber.push(piece, &mut out));
        scrubber.finish(&mut out);
    }
}

/// Shared by what reads files: made once.
fn place<T>(read: impl FnOnce(Place<'_>) -> T) -> T {
    thread_local! {
        static SHOP: (Terminals, StoreTime) = (
            Terminals::new(std::collections::BTreeMap::new(), "till-").expect("a prefix"),
            StoreTime::new("Europe/Berlin", jiff::civil::time(4, 0, 0, 0)).expect("a zone"),
        );
    }
    SHOP.with(|(terminals, time)| {
        let currency = "EUR".parse().expect("ISO 4217");
        read(Place { terminals, time, currency, seen: Timestamp::UNIX_EPOCH })
    })
}

fn read_poslog(bytes: &[u8]) {
    place(|place| drop(poslog::read_all(bytes, usize::from(bytes.first().copied().unwrap_or(1)) + 1, place)));
}

fn read_csv(bytes: &[u8]) {
    thread_local!(static MAPPING: Mapping = Mapping::parse(seeds::CSV_MAPPING).expect("a mapping"));
    MAPPING.with(|mapping| place(|place| drop(csvline::read_all(bytes, 17, mapping, &place))));
}

fn read_dsfinvk(bytes: &[u8]) {
    place(|place| drop(dsfinvk::read_all(bytes, place)));
}

fn snoop(bytes: &[u8]) {
    let mut snoop = ble::Snoop::default();
    for piece in pieces(bytes) {
        let Ok(events) = snoop.push(piece) else { return };
        for event in events {
            ble::decode_any(&event);
        }
    }
}

fn up(bytes: &[u8]) {
    if let Ok(Up { body: vyavs_wire::up::Body::Frame(bytes), .. }) = Up::decode(bytes) {
        frame(bytes);
    }
}

fn down(bytes: &[u8]) {
    let _ = Down::from_body(bytes);
    if let Ok((_, body)) = Down::split(bytes) {
        let _ = Down::from_body(body);
    }
}

fn frame(bytes: &[u8]) {
    if let Ok(found) = Frame::parse(bytes) {
        let _ = found.records();
    }
}
