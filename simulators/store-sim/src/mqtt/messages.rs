//! What a cabinet's sensors publish in formats without sessions. A value that is not there is left out (SenML) or null (JSON).

use jiff::Timestamp;
use serde_json::{Value, json};
use vyavs_codec::senml::cbor_encode;
use vyavs_world::sensors::Sample;

use super::Message;

/// Where a cabinet's SenML pack is published; its records are named by the sensors' ids: `fridge-1.air`.
pub fn senml_topic(cabinet: &str) -> String {
    format!("senml/{cabinet}")
}

/// Where the same is published in CBOR, numbers only.
pub fn senml_cbor_topic(cabinet: &str) -> String {
    format!("senml-cbor/{cabinet}")
}

/// Where the thermometer between a cabinet's goods publishes, which knows its door too: `/temperature`, `/contact`.
pub fn json_topic(cabinet: &str) -> String {
    format!("zigbee2mqtt/{cabinet}")
}

fn numbers(sample: &Sample) -> impl Iterator<Item = (&'static str, f64)> + use<> {
    [("air", sample.air_c), ("product", sample.product_c)].into_iter().filter(|(_, value)| value.is_finite())
}

/// SenML of a cabinet.
pub(super) fn senml(cabinet: &str, sample: &Sample, now: Timestamp) -> Message {
    let numbers = numbers(sample).map(|(name, value)| json!({"n": name, "u": "Cel", "v": value}));
    let states = [("defrost", sample.defrost), ("door", sample.door_open)];
    let states = states.into_iter().map(|(name, on)| json!({"n": name, "vb": on}));
    pack(senml_topic(cabinet), format!("{cabinet}."), numbers.chain(states).collect(), now)
}

/// SenML of the meter; none where it says nothing.
pub(super) fn senml_meter(power_w: f64, now: Timestamp) -> Option<Message> {
    let record = json!({"n": "power", "u": "W", "v": power_w});
    power_w.is_finite().then(|| pack(senml_topic("meter"), "meter.".to_owned(), vec![record], now))
}

fn pack(topic: String, base_name: String, mut records: Vec<Value>, now: Timestamp) -> Message {
    if let Some(Value::Object(first)) = records.first_mut() {
        first.insert("bn".to_owned(), base_name.into());
        first.insert("bt".to_owned(), json!(now.as_millisecond() as f64 / 1e3));
    }
    Message { topic, payload: Value::Array(records).to_string().into_bytes() }
}

/// The numbers in CBOR; none where there is none.
pub(super) fn senml_cbor(cabinet: &str, sample: &Sample, now: Timestamp) -> Option<Message> {
    let records: Vec<_> = numbers(sample).map(|(name, value)| (name, "Cel", value)).collect();
    let payload = cbor_encode(&format!("{cabinet}."), now.as_second(), &records);
    (!records.is_empty()).then(|| Message { topic: senml_cbor_topic(cabinet), payload })
}

/// As Zigbee2MQTT publishes a thermometer with a contact: a contact that is closed is a door that is not open.
pub(super) fn json(cabinet: &str, sample: &Sample) -> Message {
    let temperature = Some(sample.product_c).filter(|value| value.is_finite());
    let text = json!({
        "battery": 100, "contact": !sample.door_open, "linkquality": 120, "temperature": temperature,
    });
    Message { topic: json_topic(cabinet), payload: text.to_string().into_bytes() }
}

#[cfg(test)]
mod tests {
    use vyavs_codec::senml::{self, Pointed, pointed};
    use vyavs_world::{StoreSpec, World};

    use super::*;

    fn sample(air_c: f64, product_c: f64) -> Sample {
        let at = now();
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let round = world.rounds(at, at, &[]).advance(at);
        Sample { air_c, product_c, defrost: false, door_open: true, ..round.cabinets[0].1.clone() }
    }

    fn now() -> Timestamp {
        "2026-03-07T12:00:00.5Z".parse().expect("a time")
    }

    fn values(records: Vec<senml::Record>) -> Vec<(String, Option<senml::Value>)> {
        records.into_iter().map(|record| (record.name, record.value)).collect()
    }

    #[test]
    fn a_pack_names_the_sensors_and_leaves_out_what_is_not_there() {
        let read = |air, product| {
            let message = senml("fridge-1", &sample(air, product), now());
            assert_eq!(message.topic, "senml/fridge-1");
            senml::json(&message.payload, now()).expect("a pack")
        };
        let all = read(4.3, 3.1);
        assert!(all.iter().all(|record| record.at == now()), "{all:?}");
        let number = |value| Some(senml::Value::Number(value));
        let state = |on| Some(senml::Value::Bool(on));
        let name = |what: &str| format!("fridge-1.{what}");
        let states = [(name("defrost"), state(false)), (name("door"), state(true))];
        let expected = [(name("air"), number(4.3)), (name("product"), number(3.1))];
        assert_eq!(values(all), [expected.to_vec(), states.to_vec()].concat());
        assert_eq!(values(read(f64::NAN, f64::NAN)), states);
        let meter = senml_meter(3_200.0, now()).expect("a value");
        let meter = senml::json(&meter.payload, now()).expect("a pack");
        assert_eq!((meter[0].name.as_str(), meter[0].unit.as_deref()), ("meter.power", Some("W")));
        assert_eq!(senml_meter(f64::NAN, now()), None);
    }

    #[test]
    fn cbor_says_the_same_numbers() {
        let message = senml_cbor("fridge-1", &sample(4.3, f64::NAN), now()).expect("a value");
        let read = senml::cbor(&message.payload, now()).expect("a pack");
        assert_eq!(values(read), [("fridge-1.air".to_owned(), Some(senml::Value::Number(4.3)))]);
        assert_eq!(senml_cbor("fridge-1", &sample(f64::NAN, f64::NAN), now()), None);
    }

    #[test]
    fn an_open_door_has_no_contact_and_a_dead_probe_is_null() {
        let read = |product| {
            let message = json("fridge-1", &sample(4.0, product));
            pointed(&message.payload, &["/temperature", "/contact"]).expect("JSON")
        };
        assert_eq!(read(3.1), [Pointed::Number(3.1), Pointed::Bool(false)]);
        assert_eq!(read(f64::NAN)[0], Pointed::Null);
    }
}
