use jiff::civil::{date, time};
use vyavs_domain::alert::{AlarmKind, Severity};
use vyavs_domain::reading::{Measure, Quality};
use vyavs_domain::sale::{ReceiptKey, ReceiptKind, ReceiptSource};

use super::*;

fn board() -> (Board, Clock) {
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let clock = Clock::manual(time.instant(date(2026, 3, 2).at(9, 0, 0, 0)));
    (Board::new(clock.clone(), time, "GBP".parse().expect("a currency")), clock)
}

fn receipt(number: &str, minor: i64, day: &str, clock: &Clock) -> Receipt {
    Receipt {
        key: ReceiptKey {
            terminal: "till-1".parse().expect("a name"),
            business_day: day.parse().expect("a day"),
            number: number.to_owned(),
        },
        kind: ReceiptKind::Sale,
        source: ReceiptSource::Journal,
        closed_at: clock.now(),
        currency: "GBP".parse().expect("a currency"),
        total_minor: minor,
        tax_minor: 0,
        discount_minor: 0,
        tenders: vec![],
        operator: None,
        customer: None,
        lines: vec![],
    }
}

#[test]
fn a_receipt_sent_twice_counts_once_and_the_day_starts_over() {
    let (board, clock) = board();
    board.receipt(&receipt("1", 1250, "2026-03-02", &clock));
    board.receipt(&receipt("1", 1250, "2026-03-02", &clock));
    board.receipt(&receipt("2", -250, "2026-03-02", &clock));
    board.receipt(&receipt("3", 9900, "2026-03-01", &clock));
    let status = board.status();
    assert_eq!((status.today.receipts, status.today.takings.amount.as_str()), (2, "10.00"));
    assert_eq!(status.last_receipts[0].number, "3", "the newest first");
    assert_eq!(status.counters.receipts, 4);
    clock.set(clock.now() + jiff::SignedDuration::from_hours(24));
    assert_eq!(board.status().today.receipts, 0);
    assert_eq!(board.status().today.business_day.to_string(), "2026-03-03");
}

#[test]
fn the_board_stays_bounded() {
    let (board, clock) = board();
    for n in 0..100 {
        board.receipt(&receipt(&n.to_string(), 1, "2026-03-02", &clock));
    }
    let input = board.input("till-1", "journal");
    for _ in 0..10 {
        input.bytes(&[b'x'; 1000]);
    }
    input.error(&"é".repeat(1000));
    for n in 0..1000 {
        let reading = Reading {
            sensor: format!("s-{n}").parse().expect("a name"),
            at: clock.now(),
            value: 1.0,
            quality: Quality::Good,
        };
        board.reading(&reading);
    }
    let status = board.status();
    assert_eq!(status.last_receipts.len(), LAST_RECEIPTS);
    assert_eq!(status.inputs[0].last_bytes.len(), LAST_BYTES);
    assert!(status.inputs[0].detail.as_ref().is_some_and(|detail| detail.len() <= 300));
    assert_eq!(status.sensors.len(), 512);
}

#[test]
fn an_input_keeps_its_line_over_a_restart() {
    let (board, _) = board();
    board.input("till-1", "journal").record(3);
    let again = board.input("till-1", "journal");
    again.failed("the port is taken");
    again.record(1);
    let status = board.status();
    assert_eq!(status.inputs.len(), 1);
    assert_eq!((status.inputs[0].records, status.inputs[0].restarts), (4, 1));
    assert_eq!(status.inputs[0].state, InputState::BackingOff);
    let now = board.now();
    assert_eq!((now.inputs[0].state, now.inputs[0].detail.as_deref()), (2, Some("the port is taken")));
}

#[test]
fn an_input_says_what_came_last_how_often_and_that_it_was_unreadable() {
    let (board, clock) = board();
    let input = board.input("till-1", "journal");
    input.running();
    for number in 0..30 {
        input.receipt(&receipt(&number.to_string(), 1250, "2026-03-02", &clock));
        input.record(1);
        clock.set(clock.now() + jiff::SignedDuration::from_secs(1));
    }
    let shown = board.status().inputs.remove(0);
    assert_eq!((shown.state, shown.per_minute), (InputState::Running, 30));
    assert_eq!(shown.last_record.as_deref(), Some("receipt 29, 12.50 GBP, 0 lines"));
    input.error("line 3 is not JSON");
    clock.set(clock.now() + jiff::SignedDuration::from_secs(90));
    let shown = board.status().inputs.remove(0);
    assert_eq!((shown.state, shown.per_minute, shown.errors), (InputState::Impaired, 0, 1));
    assert_eq!(board.now().inputs[0].state, 3, "the hub is told too");
    input.record(1);
    assert_eq!(board.status().inputs[0].state, InputState::Running);
}

#[test]
fn an_alarm_is_open_until_it_is_cleared() {
    let (board, clock) = board();
    let mut alarm = Alarm {
        id: AlarmId(uuid::Uuid::from_u128(7)),
        kind: AlarmKind::Threshold,
        severity: Severity::Warning,
        subject: "fridge-1.air".to_owned(),
        raised_at: clock.now(),
        cleared_at: None,
        value: Some(9.1),
        limit: Some(5.0),
        reason: "9.1 °C, limit 5 °C".to_owned(),
        model: None,
    };
    board.alarm(&alarm);
    alarm.severity = Severity::Critical;
    board.alarm(&alarm);
    assert_eq!(board.status().open_alarms, [alarm.clone()]);
    alarm.cleared_at = Some(clock.now());
    board.alarm(&alarm);
    assert!(board.status().open_alarms.is_empty());
}

#[test]
fn a_status_survives_json() {
    let (board, clock) = board();
    board.sensor(&Sensor {
        id: "fridge-1.air".parse().expect("a name"),
        name: "Dairy fridge, air".to_owned(),
        measure: Measure::Temperature,
        low: Some(-1.0),
        high: Some(5.0),
    });
    let mut reading = Reading {
        sensor: "fridge-1.air".parse().expect("a name"),
        at: clock.now(),
        value: f64::NAN,
        quality: Quality::Bad,
    };
    board.reading(&reading);
    assert_eq!(board.status().sensors[0].value, None, "a number that is none does not reach JSON");
    reading.value = 3.2;
    board.reading(&reading);
    board.outbox(OutboxStatus::new([(0, 3, Some(clock.now())), (1, 4, None)], 10, 100));
    let status = board.status();
    assert_eq!(status.outbox.unsent, 7);
    let json = serde_json::to_string(&status).expect("plain values");
    assert_eq!(serde_json::from_str::<Status>(&json).expect("reads back"), status);
}

#[test]
fn bytes_are_shown_as_text() {
    assert_eq!(super::status::printable(b"a\x1b@\xff\xc3\xa9\r\n"), "a\\x1b@\\xff\u{e9}\\r\\n");
}
