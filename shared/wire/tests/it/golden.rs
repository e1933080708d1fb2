//! The bytes of every shipped variant, as hexadecimal text in `tests/golden/`.
//!
//! A failure here means that stores in the field can no longer be understood: add a variant at the end instead.
//! `VYAVS_BLESS=1` writes the files of new variants, and overwrites changed ones, so look at the difference.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use vyavs_wire::down::{AckV1, Down, RejectV1, RejectedV1, StateV1, StoredV1};
use vyavs_wire::record::{
    AlarmV1, DecimalV1, LineVoidedV1, MinuteV1, PastLossV1, ReadingV1, ReceiptRefV1, ReceiptV1, Record, SaleLineV1,
    SensorV1, TillEventKindV1, TillEventV1,
};
use vyavs_wire::up::{BacklogV1, Body, HelloV1, InputV1, LossReasonV1, LossV1, Message, NowV1, StreamStatusV1, Up};

const CONVERSATION: u64 = 0x0102_0304_0506_0708;

const REASONS: [LossReasonV1; 5] = [
    LossReasonV1::Thinned,
    LossReasonV1::Dropped,
    LossReasonV1::Corrupt,
    LossReasonV1::Expired,
    LossReasonV1::BufferLost,
];

fn reason_name(reason: LossReasonV1) -> &'static str {
    match reason {
        LossReasonV1::Thinned => "thinned",
        LossReasonV1::Dropped => "dropped",
        LossReasonV1::Corrupt => "corrupt",
        LossReasonV1::Expired => "expired",
        LossReasonV1::BufferLost => "buffer-lost",
    }
}

/// No wildcard: a new variant does not compile until it has a name here, and `all_names` then asks for its sample.
fn record_name(record: &Record) -> String {
    match record {
        Record::ReceiptV1(_) => "record-receipt-v1".into(),
        Record::SaleLineV1(_) => "record-sale-line-v1".into(),
        Record::TillEventV1(event) => match event.kind {
            TillEventKindV1::NoSale(_) => "record-till-event-v1-no-sale".into(),
            TillEventKindV1::Quarantined(..) => "record-till-event-v1-quarantined".into(),
            TillEventKindV1::ImageOnly => "record-till-event-v1-image-only".into(),
            TillEventKindV1::TapLoss(..) => "record-till-event-v1-tap-loss".into(),
            TillEventKindV1::LineVoided(_) => "record-till-event-v1-line-voided".into(),
            TillEventKindV1::SignOn(_) => "record-till-event-v1-sign-on".into(),
            TillEventKindV1::SignOff(_) => "record-till-event-v1-sign-off".into(),
        },
        Record::SensorV1(_) => "record-sensor-v1".into(),
        Record::ReadingV1(_) => "record-reading-v1".into(),
        Record::MinuteV1(_) => "record-minute-v1".into(),
        Record::AlarmV1(_) => "record-alarm-v1".into(),
        Record::PastLossV1(past) => format!("record-past-loss-v1-{}", reason_name(past.loss.reason)),
    }
}

fn message_name(message: &Message) -> String {
    match message {
        Message::HelloV1(_) => "message-hello-v1".into(),
        Message::LossV1(loss, _) => format!("message-loss-v1-{}", reason_name(loss.reason)),
        Message::NowV1(_) => "message-now-v1".into(),
    }
}

fn down_name(down: &Down) -> String {
    match down {
        Down::StateV1(_) => "down-state-v1".into(),
        Down::AckV1(_) => "down-ack-v1".into(),
    }
}

fn loss(reason: LossReasonV1) -> LossV1 {
    LossV1 {
        epoch: 1_760_000_000_000_000,
        stream: 1,
        first: 300,
        last: 70_000,
        reason,
        at_us: -1,
        detail: "why, in a sentence".into(),
    }
}

fn reading() -> ReadingV1 {
    ReadingV1 { sensor: "fridge-1.air".into(), at_us: 1_291_191_960_000_000, value: 4.25, quality: 1 }
}

fn records() -> Vec<Record> {
    let receipt = ReceiptRefV1 {
        terminal: "till-1".into(),
        day: 14_944,
        number: "536365".into(),
        content_hash: 0xFEDC_BA98_7654_3210,
        closed_at_us: 1_291_191_960_000_000,
    };
    let event =
        |kind| Record::TillEventV1(TillEventV1 { terminal: "till-1".into(), at_us: 1_291_191_960_000_000, kind });
    let mut all = vec![
        Record::ReceiptV1(ReceiptV1 {
            receipt: receipt.clone(),
            kind: 1,
            source: 1,
            currency: *b"GBP",
            total_minor: -13_912,
            tax_minor: 7,
            discount_minor: 250,
            line_count: 2,
            tenders: vec![(1, -13_000), (0, -912)],
            operator: Some("7".into()),
            customer: None,
        }),
        Record::SaleLineV1(SaleLineV1 {
            receipt,
            currency: *b"GBP",
            line_no: 1,
            sku: "85123A".into(),
            name: "WHITE HANGING HEART T-LIGHT HOLDER £".into(),
            quantity: DecimalV1 { mantissa: -6, scale: 0 },
            unit_price: DecimalV1 { mantissa: 255, scale: 2 },
            discount_minor: 0,
            total_minor: -1_530,
            sold_at_us: 1_291_191_960_000_000,
        }),
        event(TillEventKindV1::NoSale(Some("ns-17".into()))),
        event(TillEventKindV1::Quarantined("no total".into(), "TOTAL ?".into())),
        event(TillEventKindV1::ImageOnly),
        event(TillEventKindV1::TapLoss(65_536, 3, "the agent was away".into())),
        event(TillEventKindV1::LineVoided(LineVoidedV1 {
            receipt: "536365".into(),
            line_no: 3,
            sku: "85123A".into(),
            name: "T-LIGHT HOLDER".into(),
            amount_minor: 255,
            operator: Some("7".into()),
        })),
        event(TillEventKindV1::SignOn("7".into())),
        event(TillEventKindV1::SignOff("7".into())),
        Record::SensorV1(SensorV1 {
            id: "fridge-1.air".into(),
            name: "Dairy fridge, air".into(),
            measure: 0,
            low: Some(-1.0),
            high: None,
        }),
        Record::ReadingV1(reading()),
        Record::MinuteV1(MinuteV1 {
            sensor: "fridge-1.air".into(),
            at_us: 1_291_191_960_000_000,
            count: 60,
            min: 3.5,
            mean: 4.0,
            max: 4.5,
        }),
        Record::AlarmV1(AlarmV1 {
            id: [0xA5; 16],
            kind: 3,
            severity: 2,
            subject: "fridge-1.air".into(),
            raised_at_us: 1_291_191_960_000_000,
            cleared_at_us: Some(1_291_191_961_000_000),
            value: Some(9.5),
            limit: None,
            reason: "above 5 °C for 30 minutes".into(),
            model: Some("coldchain 1".into()),
        }),
    ];
    all.extend(REASONS.map(|reason| Record::PastLossV1(PastLossV1 { loss: loss(reason), signature: vec![0x5A; 64] })));
    all
}

fn messages() -> Vec<Message> {
    let mut all = vec![
        Message::HelloV1(HelloV1 {
            protocol: 1,
            agent: "0.1.0".into(),
            epoch: 1_760_000_000_000_000,
            boot_id: [1; 16],
            mono_ms: 77,
            wall_us: -5,
            clock: 2,
            incarnation: Some([2; 16]),
            streams: vec![StreamStatusV1 { stream: 0, oldest: 1, next: 300, settled: 128, chain: [3; 16] }],
        }),
        Message::NowV1(NowV1 {
            at_us: 1_291_191_960_000_000,
            uptime_s: 3_600,
            backlog: vec![BacklogV1 { stream: 2, unsent: 9, oldest_us: Some(-1) }],
            disk_used: 1 << 20,
            disk_quota: 2 << 30,
            readings: vec![reading()],
            inputs: vec![InputV1 {
                name: "till-1".into(),
                kind: "journal".into(),
                state: 2,
                detail: Some("refused".into()),
                records: 12,
                last_us: None,
            }],
            models: vec!["coldchain 1".into()],
            open_alarms: 1,
        }),
    ];
    all.extend(REASONS.map(|reason| Message::LossV1(loss(reason), vec![0x5A; 64])));
    all
}

fn downs() -> Vec<Down> {
    vec![
        Down::StateV1(StateV1 {
            epoch: 1_760_000_000_000_000,
            streams: vec![StoredV1 { stream: 0, through: 299, chain: [4; 16] }],
            credit: 16,
            incarnation: [5; 16],
            hello_mono_ms: 77,
            received_us: 1_291_191_960_000_000,
            answered_us: -1,
        }),
        Down::AckV1(AckV1 {
            epoch: 1_760_000_000_000_000,
            stream: 1,
            stored_through: 299,
            nacks: vec![(300, 310)],
            rejects: vec![
                RejectedV1 { first: 5, last: 5, why: RejectV1::Undecodable },
                RejectedV1 { first: 7, last: 300, why: RejectV1::Invalid },
            ],
            credit: 1,
            incarnation: [5; 16],
        }),
    ]
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn hex(bytes: &[u8]) -> String {
    // 32 bytes a line, so that a difference shows where it is.
    bytes.chunks(32).map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n").collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |at: usize| char::from(digits[at]).to_digit(16).expect("filtered above") as u8;
    (0..digits.len() / 2).map(|at| digit(2 * at) << 4 | digit(2 * at + 1)).collect()
}

/// What is written today is what shipped, and what shipped is read as what it was.
fn compare<T: PartialEq + Debug>(name: &str, value: &T, encoded: &[u8], decode: impl Fn(&[u8]) -> T) {
    let path = folder().join(format!("{name}.hex"));
    if std::env::var_os("VYAVS_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, hex(encoded)).expect("the folder is ours");
    }
    let kept = fs::read_to_string(&path)
        .unwrap_or_else(|cause| panic!("{}: {cause}; VYAVS_BLESS=1 writes it for a new variant", path.display()));
    let kept = unhex(&kept);
    assert_eq!(hex(encoded), hex(&kept), "{name}: the bytes of a shipped variant changed");
    assert_eq!(decode(&kept), *value, "{name}: shipped bytes are read as something else");
}

#[test]
fn every_shipped_record_keeps_its_bytes() {
    for record in records() {
        let bytes = postcard::to_stdvec(&record).expect("a vector takes any length");
        compare(&record_name(&record), &record, &bytes, |bytes| postcard::from_bytes(bytes).expect("readable"));
    }
}

#[test]
fn every_shipped_message_keeps_its_bytes() {
    for message in messages() {
        compare(&message_name(&message), &message, &Up::message(CONVERSATION, &message), |bytes| {
            match Up::decode(bytes) {
                Ok(Up { conversation: CONVERSATION, body: Body::Message(message) }) => message,
                other => panic!("not a message: {other:?}"),
            }
        });
    }
}

#[test]
fn every_shipped_answer_keeps_its_bytes() {
    for down in downs() {
        compare(&down_name(&down), &down, &down.to_body(), |bytes| Down::from_body(bytes).expect("readable"));
    }
}

/// Variants are counted by decoding their numbers, so that one without a sample, and a file without one, both show.
#[test]
fn every_variant_has_a_file_and_every_file_a_variant() {
    let first_bytes = |values: Vec<Vec<u8>>| values.into_iter().map(|bytes| bytes[0]).collect::<BTreeSet<u8>>();
    let encoded = records().iter().map(|r| postcard::to_stdvec(r).expect("a vector takes any length")).collect();
    let (records_seen, end) = (first_bytes(encoded), 8);
    assert_eq!(records_seen, (0..end).collect(), "a record without a sample");
    // Past the end postcard knows no variant; were one added, this long row of zeros would be read as it.
    let past = [&[end][..], &[0; 256]].concat();
    assert!(
        postcard::take_from_bytes::<Record>(&past).is_err(),
        "a variant was added: give it a sample and raise `end`"
    );

    let encoded = messages().iter().map(|m| Up::message(CONVERSATION, m)[9..].to_vec()).collect();
    assert_eq!(first_bytes(encoded), (0..3).collect(), "a message without a sample");
    assert!(postcard::take_from_bytes::<Message>(&[&[3][..], &[0; 256]].concat()).is_err(), "a message was added");

    assert_eq!(
        first_bytes(downs().iter().map(Down::to_body).collect()),
        (0..2).collect(),
        "an answer without a sample"
    );
    assert!(postcard::take_from_bytes::<Down>(&[&[2][..], &[0; 256]].concat()).is_err(), "an answer was added");

    let mut names: Vec<_> = records().iter().map(record_name).collect();
    names.extend(messages().iter().map(message_name));
    names.extend(downs().iter().map(down_name));
    let names: BTreeSet<_> = names.into_iter().map(|name| format!("{name}.hex")).collect();
    let files = fs::read_dir(folder()).expect("the folder is there").flatten();
    let files: BTreeSet<_> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(files, names);
}
