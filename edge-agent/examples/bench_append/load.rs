//! What is written: sale lines and readings, half and half, about 100 bytes each, the same in every run.

use vyavs_delivery::Chain;
use vyavs_delivery::frame::{Encoded, Encoder, FrameError, Header};
use vyavs_wire::record::{DecimalV1, ReadingV1, ReceiptRefV1, Record, SaleLineV1, Stream};

/// Products a store sells.
const PRODUCTS: u64 = 4_000;

const WORDS: [&str; 48] = [
    "WHITE",
    "HANGING",
    "HEART",
    "T-LIGHT",
    "HOLDER",
    "REGENCY",
    "CAKESTAND",
    "TIER",
    "JUMBO",
    "BAG",
    "RED",
    "RETROSPOT",
    "PARTY",
    "BUNTING",
    "LUNCH",
    "ASSORTED",
    "COLOUR",
    "BIRD",
    "ORNAMENT",
    "SET OF",
    "CAKE",
    "TINS",
    "PANTRY",
    "DESIGN",
    "PACK OF",
    "VINTAGE",
    "PAISLEY",
    "SLATE",
    "CHALKBOARD",
    "WOODEN",
    "FRAME",
    "ANTIQUE",
    "FELTCRAFT",
    "HAND",
    "WARMER",
    "UNION JACK",
    "KNITTED",
    "HOT WATER",
    "BOTTLE",
    "VICTORIAN",
    "GLASS",
    "PINK",
    "POLKADOT",
    "ENAMEL",
    "SPACEBOY",
    "GARDEN",
    "CANDLE",
    "MUG",
];

/// Cheap noise, the same in every run.
fn noise(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Record `n`: even ones are sale lines, twenty a receipt; odd ones are readings.
pub(crate) fn record(n: u64) -> Record {
    let random = noise(n);
    let at_us = 1_291_192_000_000_000 + n as i64 * 40_000;
    if n.is_multiple_of(2) {
        // Some sell more than others.
        let product = random % PRODUCTS * (random >> 32 & 0xFFF) / 0xFFF;
        let about = noise(product + 1_000_000);
        let price = i64::try_from(about % 2_000).unwrap_or_default() + 19;
        let quantity = i64::try_from(random >> 60).unwrap_or_default() + 1;
        let words = (0..3 + about % 3).map(|nth| WORDS[(about >> (8 + 6 * nth)) as usize % WORDS.len()]);
        Record::SaleLineV1(SaleLineV1 {
            receipt: ReceiptRefV1 {
                terminal: "till-1".into(),
                day: 14_944,
                number: (536_365 + n / 40).to_string(),
                content_hash: noise(n / 40),
                closed_at_us: at_us - at_us % 1_600_000,
            },
            currency: *b"GBP",
            line_no: (n / 2 % 20) as u32 + 1,
            sku: format!("{}{}", 20_000 + product * 17, ["", "", "", "B"][(about >> 62) as usize]),
            name: words.collect::<Vec<_>>().join(" "),
            quantity: DecimalV1 { mantissa: quantity.into(), scale: 0 },
            unit_price: DecimalV1 { mantissa: price.into(), scale: 2 },
            discount_minor: 0,
            total_minor: price * quantity,
            sold_at_us: at_us,
        })
    } else {
        let value = (40 + random % 20) as f64 / 10.0;
        let sensor =
            format!("store-7.cold-room.fridge-{:02}.compressor.air-temperature.supply-side.probe-{}", n % 40, n % 3);
        Record::ReadingV1(ReadingV1 { sensor, at_us, value, quality: 0 })
    }
}

/// Bytes of a record before it is packed, on average.
pub(crate) fn mean_bytes() -> f64 {
    const SAMPLE: u64 = 10_000;
    let bytes: usize = (0..SAMPLE).map(|n| postcard::to_stdvec(&record(n)).map_or(0, |bytes| bytes.len())).sum();
    bytes as f64 / SAMPLE as f64
}

/// Frames as the outbox makes them, for the engines beside it.
pub(crate) struct Framer {
    encoder: Encoder,
    next: [u64; 3],
    chain: [Chain; 3],
}

impl Framer {
    pub(crate) fn new() -> Self {
        Self { encoder: Encoder::new(), next: [1; 3], chain: [[0; 16]; 3] }
    }

    /// The frames of one commit.
    pub(crate) fn frames(&mut self, records: &[Record]) -> Result<Vec<Encoded>, FrameError> {
        let mut all = Vec::new();
        for stream in [Stream::Money, Stream::Telemetry] {
            let lane = usize::from(stream.number());
            let start = Header {
                stream,
                epoch: 1,
                first: self.next[lane],
                count: 0,
                boot_id: [0; 16],
                mono_ms: 0,
                wall_us: 0,
                clock: 0,
                prev: self.chain[lane],
            };
            for frame in self.encoder.encode(start, records.iter().filter(|record| record.stream() == stream))? {
                self.next[lane] = frame.header.last() + 1;
                self.chain[lane] = frame.chain;
                all.push(frame);
            }
        }
        Ok(all)
    }
}

/// A frame's key: stream and first number, in order.
pub(crate) fn key(frame: &Encoded) -> [u8; 9] {
    let mut key = [0; 9];
    key[0] = frame.header.stream.number();
    key[1..].copy_from_slice(&frame.header.first.to_be_bytes());
    key
}
