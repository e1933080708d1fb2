//! Facts of the database as observations. Live and back-test both come through here, so that they see the same.

use rust_decimal::prelude::ToPrimitive as _;
use uuid::Uuid;
use vyavs_domain::ids::{SensorId, StoreId};
use vyavs_domain::reading::{Measure, Sensor};
use vyavs_domain::sale::ReceiptKind;
use vyavs_rules::rule::{Observation, Subject, Traits};
use vyavs_store::alarms::StoredAlarm;
use vyavs_store::inventory::StockFact;
use vyavs_store::observed::{HubFact, TicketFact, TillFact};

use crate::api::rules::RuleMeasure;

/// Something that can be measured and is no quantity of a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// As a rule names it.
    pub name: &'static str,
    /// About whom: `till`, `product`, `device`.
    pub subject: &'static str,
    /// In which unit; empty for a count.
    pub unit: &'static str,
    /// What it is, for people.
    pub about: &'static str,
}

/// A product's stock.
pub const ON_HAND: &str = "on_hand";
/// How far a stock is under its reorder point.
pub const UNDER_REORDER: &str = "under_reorder_point";
/// A device spoke.
pub const HEARD: &str = "heard";
/// Records that a device has not sent yet.
pub const BACKLOG: &str = "backlog";
/// How full a device's buffer is.
pub const DISK: &str = "disk_used";

const fn known(name: &'static str, subject: &'static str, unit: &'static str, about: &'static str) -> Known {
    Known { name, subject, unit, about }
}

/// Every measure beside those of sensors.
pub const MEASURES: &[Known] = &[
    known("sale", "till", "", "A sale was rung; each counts 1."),
    known("sale_amount", "till", "currency", "What a sale came to."),
    known("refund", "till", "", "A refund was rung; each counts 1."),
    known("refund_amount", "till", "currency", "What a refund came to, above zero."),
    known("void", "till", "", "A ticket was undone before payment; each counts 1."),
    known("void_amount", "till", "currency", "What an undone ticket would have come to."),
    known("no_sale", "till", "", "The drawer opened and no sale followed; each counts 1."),
    known("line_voided", "till", "", "A line was taken off before payment; each counts 1."),
    known("quarantined", "till", "", "A receipt could not be proven; each counts 1."),
    known("alarm", "sensor or device", "", "A device raised an alarm (1), or cleared it (0); its kind is the kind."),
    known(
        ON_HAND,
        "product",
        "pieces or kg",
        "What should lie there, each time it moves; known after the first count.",
    ),
    known(
        UNDER_REORDER,
        "product",
        "pieces or kg",
        "The reorder point less what lies there: 0 and more is time to order.",
    ),
    known(HEARD, "device", "", "A device spoke; noted every five minutes at most."),
    known(BACKLOG, "device", "records", "Records a device has not sent yet; noted every five minutes."),
    known(DISK, "device", "%", "How full a device's buffer is; noted every five minutes."),
];

/// Every measure of sensors.
const OF_SENSORS: [Measure; 15] = [
    Measure::Temperature,
    Measure::Humidity,
    Measure::Power,
    Measure::Count,
    Measure::Door,
    Measure::State,
    Measure::Weight,
    Measure::Pressure,
    Measure::Voltage,
    Measure::Current,
    Measure::Energy,
    Measure::Illuminance,
    Measure::CarbonDioxide,
    Measure::Battery,
    Measure::Signal,
];

/// The measures of sensors, for people who write rules.
pub(crate) fn sensor_measures() -> impl Iterator<Item = RuleMeasure> {
    OF_SENSORS.into_iter().map(|measure| {
        let name = named(measure);
        let about =
            format!("As the sensor reads it; {name}{OVER} and {name}{UNDER} say how far it is beyond its own limits.");
        RuleMeasure { name, subject: "sensor".to_owned(), unit: measure.unit().to_owned(), about }
    })
}

/// The kind of a channel: its id up to its number or point, `fridge` of `fridge-1.air`. What one cannot tell by its id is
/// of the kind that its whole first part says.
pub fn kind_of(sensor: &SensorId) -> &str {
    let first = sensor.as_str().split(['.', '/', ':']).next().unwrap_or_default();
    let bare = first.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_']);
    if bare.is_empty() { first } else { bare }
}

fn named<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// A reading: its value, and how far it is beyond the limits that its device was given.
pub fn reading(store: StoreId, sensor: &Sensor, at: jiff::Timestamp, value: f64) -> Vec<Observation> {
    let measure = named(sensor.measure);
    let kind = kind_of(&sensor.id).to_owned();
    let one = |measure: String, value| Observation {
        at,
        seq: 0,
        subject: Subject { store, name: sensor.id.to_string() },
        traits: Traits { kind: kind.clone(), ..Traits::default() },
        measure,
        value,
    };
    let mut seen = vec![one(measure.clone(), value)];
    seen.extend(sensor.high.map(|high| one(format!("{measure}{OVER}"), value - high)));
    seen.extend(sensor.low.map(|low| one(format!("{measure}{UNDER}"), low - value)));
    seen
}

/// After the name of a sensor's measure: how far it is above its own upper limit.
pub const OVER: &str = "_over_limit";
/// After the name of a sensor's measure: how far it is below its own lower limit.
pub const UNDER: &str = "_under_limit";

/// The sensor's measure that a rule's measure is about.
pub fn sensor_measure(measure: &str) -> &str {
    measure.strip_suffix(OVER).or_else(|| measure.strip_suffix(UNDER)).unwrap_or(measure)
}

/// Tells two things of one instant apart.
fn seq(id: Uuid) -> u64 {
    id.as_u64_pair().1
}

fn at_till(store: StoreId, terminal: &str, at: jiff::Timestamp, id: Uuid, measure: &str, value: f64) -> Observation {
    Observation {
        at,
        seq: seq(id),
        subject: Subject { store, name: terminal.to_owned() },
        traits: Traits { kind: "till".to_owned(), ..Traits::default() },
        measure: measure.to_owned(),
        value,
    }
}

/// A ticket, and what it comes to. Training and bookkeeping are nobody's sales.
pub fn ticket(store: StoreId, fact: &TicketFact) -> Vec<Observation> {
    let names = match fact.kind {
        ReceiptKind::Sale => ("sale", "sale_amount"),
        ReceiptKind::Return => ("refund", "refund_amount"),
        ReceiptKind::Void => ("void", "void_amount"),
        ReceiptKind::Training | ReceiptKind::Adjustment => return Vec::new(),
    };
    let one = |measure, value| at_till(store, &fact.terminal, fact.at, fact.id, measure, value);
    let total = fact.total.to_f64();
    // Refunds are below zero on the ticket.
    let total = if fact.kind == ReceiptKind::Return { total.map(f64::abs) } else { total };
    let mut seen = vec![one(names.0, 1.0)];
    seen.extend(total.map(|total| one(names.1, total)));
    seen
}

/// An event of a till; `None` for those that no rule looks at.
pub fn till(store: StoreId, fact: &TillFact) -> Option<Observation> {
    matches!(fact.kind.as_str(), "no_sale" | "line_voided" | "quarantined")
        .then(|| at_till(store, &fact.terminal, fact.at, fact.id, &fact.kind, 1.0))
}

/// An alarm of a device: that it was raised, that it was cleared, and the score of the model behind it. While no alarm
/// lasts the score counts as 0.
pub fn alarm(alarm: &StoredAlarm) -> Vec<Observation> {
    let of = &alarm.alarm;
    let one = |at, measure: &str, value| Observation {
        at,
        seq: seq(of.id.0),
        subject: Subject { store: alarm.store, name: of.subject.clone() },
        traits: Traits { kind: named(of.kind), model: of.model.clone().unwrap_or_default(), group: String::new() },
        measure: measure.to_owned(),
        value,
    };
    let mut seen = vec![one(of.raised_at, "alarm", 1.0)];
    seen.extend(of.cleared_at.map(|at| one(at, "alarm", 0.0)));
    if let (Some(model), Some(score)) = (&of.model, of.value) {
        // "freezer-anomaly 1.2" is the score of "freezer-anomaly", whatever its version.
        let model = model.split_whitespace().next().unwrap_or_default();
        seen.push(one(of.raised_at, model, score));
        seen.extend(of.cleared_at.map(|at| one(at, model, 0.0)));
    }
    seen
}

/// What is known of a stock now.
pub fn stock(store: StoreId, fact: &StockFact, at: jiff::Timestamp) -> Vec<HubFact> {
    let one = |measure: &str, value: f64| HubFact {
        store,
        measure: measure.to_owned(),
        subject: fact.sku.clone(),
        at,
        value,
        kind: "product".to_owned(),
        group: fact.group.clone(),
    };
    let Some(on_hand) = fact.on_hand else { return Vec::new() };
    let under = fact.reorder_point.and_then(|point| point.checked_sub(on_hand)).and_then(|under| under.to_f64());
    let mut facts: Vec<_> = on_hand.to_f64().map(|value| one(ON_HAND, value)).into_iter().collect();
    facts.extend(under.map(|value| one(UNDER_REORDER, value)));
    facts
}

/// What the hub observed.
pub fn of_hub(fact: &HubFact) -> Observation {
    Observation {
        at: fact.at,
        seq: 0,
        subject: Subject { store: fact.store, name: fact.subject.clone() },
        traits: Traits { kind: fact.kind.clone(), group: fact.group.clone(), ..Traits::default() },
        measure: fact.measure.clone(),
        value: fact.value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_s_kind_is_told_by_its_id() {
        for (id, kind) in [
            ("fridge-1.air", "fridge"),
            ("fridge_12.air", "fridge"),
            ("freezer.air", "freezer"),
            ("cold-room-2.product", "cold-room"),
            ("meter.power", "meter"),
            ("7.air", "7"),
        ] {
            assert_eq!(kind_of(&id.parse().expect("an id")), kind, "{id}");
        }
        assert_eq!(sensor_measure("temperature_over_limit"), "temperature");
        assert_eq!(sensor_measure("temperature"), "temperature");
    }

    #[test]
    fn a_refund_counts_above_zero_and_training_does_not_count() {
        let at: jiff::Timestamp = "2026-02-03T10:00:00Z".parse().expect("a time");
        let fact = |kind| TicketFact {
            id: Uuid::from_u128(7),
            terminal: "till-1".to_owned(),
            closed_at: at,
            at,
            kind,
            total: rust_decimal::Decimal::new(-250, 2),
        };
        let store = StoreId(Uuid::from_u128(1));
        let said = |kind| -> Vec<(String, f64)> {
            ticket(store, &fact(kind)).into_iter().map(|seen| (seen.measure, seen.value)).collect()
        };
        assert_eq!(said(ReceiptKind::Return), [("refund".to_owned(), 1.0), ("refund_amount".to_owned(), 2.5)]);
        assert!(said(ReceiptKind::Training).is_empty() && said(ReceiptKind::Adjustment).is_empty());
    }
}
