//! The same day as others send it: JSON over MQTT, a message a line and a reading, and Sparkplug B.

use serde_json::json;
use vyavs_domain::money::{Decimal, Money};
use vyavs_domain::reading::Reading;
use vyavs_domain::sale::Receipt;

use crate::read::Wire;

/// Bytes so far.
#[derive(Default)]
pub(crate) struct Others {
    /// What our own frames took.
    pub(crate) ours: Wire,
    lines: u64,
    json_lines: u64,
    readings: u64,
    json_readings: u64,
    json_rounds: u64,
    sparkplug: u64,
    sparkplug_each: u64,
}

/// A QoS 1 publish (MQTT 3.1.1 §3.3): fixed header, topic, packet id, payload.
fn publish(topic: &str, payload: u64) -> u64 {
    let rest = 2 + topic.len() as u64 + 2 + payload;
    1 + varint(rest) + rest
}

/// Bytes of a variable length integer of seven bits each (MQTT 3.1.1 §2.2.3, Protocol Buffers).
fn varint(value: u64) -> u64 {
    u64::from((64 - value.max(1).leading_zeros()).div_ceil(7))
}

/// A metric of Sparkplug B 3.0 §6.4.6 by alias, as its smallest encoding has it: alias, timestamp, datatype, double value.
fn metric(alias: u64, at_ms: u64) -> u64 {
    let fields = (1 + varint(alias)) + (1 + varint(at_ms)) + 2 + 9;
    1 + varint(fields) + fields
}

/// A payload of metrics: timestamp, metrics, sequence number.
fn payload(metrics: u64, at_ms: u64, seq: u64) -> u64 {
    1 + varint(at_ms) + metrics + 1 + varint(seq % 256)
}

impl Others {
    pub(crate) fn receipt(&mut self, receipt: &Receipt) {
        let amount = |minor| Money { minor, currency: receipt.currency }.to_decimal().to_string();
        let text = |value: Decimal| value.to_string();
        for line in &receipt.lines {
            let message = json!({
                "store_id": "0190b5a0-6a34-7c3e-9f6e-2f4b1c8d7e21",
                "terminal": receipt.key.terminal, "business_day": receipt.key.business_day, "receipt": receipt.key.number,
                "closed_at": receipt.closed_at, "line_no": line.line_no, "sku": line.sku, "name": line.name,
                "quantity": text(line.quantity), "unit_price": text(line.unit_price), "discount": amount(line.discount_minor),
                "total": amount(line.total_minor), "currency": receipt.currency, "sold_at": line.sold_at,
                "operator": receipt.operator, "customer": receipt.customer,
            });
            self.lines += 1;
            self.json_lines += publish("retail/store-0042/till-1/sales", message.to_string().len() as u64);
        }
    }

    pub(crate) fn readings(&mut self, readings: &[Reading]) {
        let at_ms =
            readings.first().map_or(0, |reading| u64::try_from(reading.at.as_millisecond()).unwrap_or_default());
        let mut metrics = 0;
        let mut pack = Vec::new();
        for (alias, reading) in (1_u64..).zip(readings) {
            let message = json!({"sensor": reading.sensor, "ts": reading.at, "value": reading.value});
            self.readings += 1;
            self.json_readings += publish("retail/store-0042/sensors", message.to_string().len() as u64);
            let one = metric(alias, at_ms);
            metrics += one;
            self.sparkplug_each +=
                publish("spBv1.0/store-0042/DDATA/box-1/fridges", payload(one, at_ms, self.readings));
            pack.push(message);
        }
        self.json_rounds += publish("retail/store-0042/sensors", json!(pack).to_string().len() as u64);
        self.sparkplug += publish("spBv1.0/store-0042/DDATA/box-1/fridges", payload(metrics, at_ms, self.readings));
    }

    pub(crate) fn print(&self) {
        println!("| bytes on the wire, with MQTT's | a sale line | ours of it | a reading | ours of it |");
        println!("|---|---:|---:|---:|---:|");
        let (line, reading) = (self.ours.per_line, self.ours.per_reading);
        println!("| VyavsAI frames | {line:.1} | | {reading:.1} | |");
        let row = |name: &str, lines: Option<u64>, readings: u64| {
            let each = readings as f64 / self.readings.max(1) as f64;
            let lines = lines.map(|bytes| bytes as f64 / self.lines.max(1) as f64);
            let of = lines.map_or_else(|| "| ".to_owned(), |bytes| format!("{bytes:.1} | {:.2}", line / bytes));
            println!("| {name} | {of} | {each:.1} | {:.2} |", reading / each);
        };
        row("JSON, a message each", Some(self.json_lines), self.json_readings);
        row("JSON, a message a round of all sensors", None, self.json_rounds);
        row("Sparkplug B, a message each", None, self.sparkplug_each);
        row("Sparkplug B, a message a round of all sensors", None, self.sparkplug);
    }
}
