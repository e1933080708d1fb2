//! The past of a world as values, and as JSON lines for `vyavs-hub import`; live wires begin where it ends.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use vyavs_domain::ids::SensorId;
use vyavs_domain::reading::{Reading, Sensor};
use vyavs_domain::sale::Receipt;
use vyavs_domain::time::BusinessDay;
use vyavs_world::World;
use vyavs_world::sensors::Incident;

use crate::item::Item;
use crate::source::trade;

/// All tickets that were closed in `from..until`, by time.
pub fn receipts(world: &World, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Receipt> + Send + use<> {
    items(world, from, until).filter_map(|item| match item {
        Item::Receipt(receipt) => Some(*receipt),
        Item::Event(_) | Item::Page(_) => None,
    })
}

/// All that happened at the tills in `from..until`, by time.
pub fn items(world: &World, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Item> + Send + use<> {
    let first: BusinessDay = world.time().business_day(from);
    trade::items(world.clone(), first)
        .skip_while(move |item| item.at() < from)
        .take_while(move |item| item.at() < until)
}

/// A reading of each channel each minute in `from..until`, by time, then as [`World::sensors`] lists them.
/// Computed as it is taken: a quarter of a year needs no more memory than a minute.
pub fn readings(world: &World, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Reading> + Send + use<> {
    let ids: Vec<SensorId> = world.sensors().into_iter().map(|sensor| sensor.id).collect();
    let mut rounds = world.rounds(from, until, &[]);
    let minute = SignedDuration::from_mins(1);
    std::iter::successors(Some(from), move |at| at.checked_add(minute).ok())
        .take_while(move |at| *at < until)
        .flat_map(move |at| rounds.advance(at).readings(&ids))
}

/// A line of a past: `{"sensor":…}`, `{"reading":…}` or `{"receipt":…}`, each as the vocabulary has it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Sensor(&'a Sensor),
    Reading(&'a Reading),
    Receipt(&'a Receipt),
}

/// How much of a past is written.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// When the receipts begin.
    pub from: Timestamp,
    /// When the readings begin; raw readings are many and soon rolled up, so fewer days of them are enough.
    pub readings_from: Timestamp,
    /// How far apart the readings of a channel are.
    pub every: SignedDuration,
    /// When the readings end, excluded.
    pub until: Timestamp,
    /// When the receipts end, excluded: `until`, or earlier when a live play has the last of them.
    pub receipts_until: Timestamp,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Tickets.
    pub receipts: u64,
    /// Their lines.
    pub lines: u64,
    /// Readings. One without a value (an open probe) is left out: JSON has no such number.
    pub readings: u64,
}

/// Writes a past as JSON lines: the channels, then their readings by time, then the tickets by time. `extra` goes wrong
/// beside the world's own incidents.
pub fn write(world: &World, span: Span, extra: &[Incident], out: &mut impl Write) -> io::Result<Written> {
    let mut written = Written::default();
    let sensors = world.sensors();
    for sensor in &sensors {
        line(out, &Line::Sensor(sensor))?;
    }
    let ids: Vec<SensorId> = sensors.into_iter().map(|sensor| sensor.id).collect();
    let mut rounds = world.rounds(span.readings_from, span.until, extra);
    let every = span.every.max(SignedDuration::from_secs(1));
    let mut at = span.readings_from;
    while at < span.until {
        for reading in rounds.advance(at).readings(&ids).iter().filter(|reading| reading.value.is_finite()) {
            line(out, &Line::Reading(reading))?;
            written.readings += 1;
        }
        at = at.saturating_add(every).unwrap_or(Timestamp::MAX);
    }
    for receipt in receipts(world, span.from, span.receipts_until) {
        line(out, &Line::Receipt(&receipt))?;
        written.receipts += 1;
        written.lines += receipt.lines.len() as u64;
    }
    out.flush()?;
    Ok(written)
}

fn line(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use vyavs_world::StoreSpec;

    use super::*;

    #[test]
    fn a_past_ends_where_the_next_one_begins() {
        let world = World::new(3, StoreSpec::default()).expect("a store");
        let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
        let (from, mid, until) = (at("2026-03-06T12:00:00Z"), at("2026-03-07T17:30:00Z"), at("2026-03-08T09:00:00Z"));
        let whole: Vec<_> = receipts(&world, from, until).collect();
        let parts: Vec<_> = receipts(&world, from, mid).chain(receipts(&world, mid, until)).collect();
        assert!(whole.len() > 300);
        assert_eq!(whole, parts);
        let channels = world.sensors().len();
        let past: Vec<_> = readings(&world, from, until).collect();
        assert_eq!(past.len(), channels * 45 * 60);
        let direct = world.readings(from, until, SignedDuration::from_mins(1));
        let same = past.iter().zip(&direct).all(|(a, b)| a.at == b.at && a.value.to_bits() == b.value.to_bits());
        assert!(same);
    }
    #[test]
    fn a_written_past_reads_back_as_what_it_was() {
        let world = World::new(3, StoreSpec::default()).expect("a store");
        let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
        let span = Span {
            from: at("2026-03-06T12:00:00Z"),
            readings_from: at("2026-03-07T16:00:00Z"),
            every: SignedDuration::from_mins(5),
            until: at("2026-03-07T17:00:00Z"),
            receipts_until: at("2026-03-07T16:50:00Z"),
        };
        let mut bytes = Vec::new();
        let written = write(&world, span, &[], &mut bytes).expect("a vector takes everything");
        let lines: Vec<Value> = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).expect("JSON"))
            .collect();
        let of = |kind: &str| -> Vec<Value> { lines.iter().filter_map(|line| line.get(kind)).cloned().collect() };
        let sensors: Vec<Sensor> =
            of("sensor").into_iter().map(|value| serde_json::from_value(value).expect("a sensor")).collect();
        assert_eq!(sensors, world.sensors());
        let tickets: Vec<Receipt> =
            of("receipt").into_iter().map(|value| serde_json::from_value(value).expect("a receipt")).collect();
        assert_eq!(tickets, receipts(&world, span.from, span.receipts_until).collect::<Vec<_>>());
        assert_eq!(written.receipts, tickets.len() as u64);
        let readings: Vec<Reading> =
            of("reading").into_iter().map(|value| serde_json::from_value(value).expect("a reading")).collect();
        assert_eq!(written.readings, readings.len() as u64);
        assert!(readings.len() > sensors.len() * 11 && readings.len() <= sensors.len() * 12);
        assert!(readings.iter().all(|reading| span.readings_from <= reading.at && reading.at < span.until));
    }
}
