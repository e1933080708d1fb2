//! The sections of `edge.toml` that read what is played by radio, broker, counter and 1-Wire, with the world's sensor ids.
//!
//! A sensor that is heard on several wires has the world's id on the first and a suffix on the others (`fridge-1.air.senml`),
//! for an id is unique in a store. First come the instruments of `[modbus]`, where they are played: their sections are the
//! shop's own. Then: radio, SenML, Sparkplug, Zigbee2MQTT's JSON, SenML in CBOR, 1-Wire.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use vyavs_domain::reading::Sensor;

use crate::ble::{BleConfig, Place};
use crate::config::PlayConfig;
use crate::counter::{CounterConfig, SUMS};
use crate::mqtt::{self, Format, MqttConfig};
use crate::onewire::{self, OnewireConfig};

/// What there is to be read.
pub(crate) struct Store<'a> {
    /// The cabinets' names.
    pub(crate) cabinets: &'a [String],
    /// What the store declares; a record declares nothing.
    pub(crate) sensors: &'a [Sensor],
}

/// A file's path, in an agent's section as seen from anywhere.
fn quoted(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    text(&path.display().to_string())
}

/// A TOML string: JSON's escapes are TOML's.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Ids by whom they were taken.
#[derive(Default)]
struct Ids(BTreeSet<String>);

impl Store<'_> {
    /// The sections, as TOML.
    pub(crate) fn sections(&self, config: &PlayConfig, counter: Option<SocketAddr>) -> String {
        let mut ids = Ids::default();
        if config.modbus.is_some() {
            ids.0.extend(self.sensors.iter().map(|sensor| sensor.id.to_string()));
        }
        let mut out = "# What `vyavs-store-sim play` says, for edge.toml.\n".to_owned();
        if let Some(ble) = &config.ble {
            out += &self.ble(ble, &mut ids);
        }
        if let Some(mqtt) = &config.mqtt {
            out += &self.mqtt(mqtt, &mut ids);
        }
        if let Some((config, address)) = config.counter.as_ref().zip(counter) {
            out += &self.counter(config, address, &mut ids);
        }
        if let Some(onewire) = &config.onewire {
            out += &self.onewire(onewire, &mut ids);
        }
        out
    }

    /// A sensor's keys behind those that say where its value is: id, name and limits.
    fn sensor(&self, id: &str, wire: &str, ids: &mut Ids) -> String {
        let known = self.sensors.iter().find(|sensor| sensor.id.as_str() == id);
        let mut unique = id.to_owned();
        while !ids.0.insert(unique.clone()) {
            unique = format!("{unique}.{wire}");
        }
        let mut keys = format!("id = {}", text(&unique));
        if let Some(sensor) = known {
            let _ = write!(keys, ", name = {}", text(&sensor.name));
            for (key, limit) in [("low", sensor.low), ("high", sensor.high)] {
                if let Some(limit) = limit {
                    let _ = write!(keys, ", {key} = {limit:?}");
                }
            }
        }
        keys
    }

    fn ble(&self, config: &BleConfig, ids: &mut Ids) -> String {
        let mut out = "\n[[ble]]\nname = \"radio\"\n".to_owned();
        if let Some(path) = &config.btsnoop {
            let _ = writeln!(out, "btsnoop = {}", quoted(path));
        }
        if let Some(path) = &config.record {
            let _ = writeln!(out, "record = {}\npace_ms = {}", quoted(path), config.every_ms);
        }
        for (cabinet, number) in self.cabinets.iter().zip(1..=u8::MAX) {
            let devices = [(Place::Air, "temperature", "air"), (Place::Door, "door", "door")];
            let goods = (Place::Goods, "temperature", "product");
            let goods = config.key_file.as_deref().map(|_| goods);
            for (place, field, what) in devices.into_iter().chain(goods) {
                let _ = writeln!(out, "[[ble.device]]\naddress = \"{}\"", place.address(number));
                if let Some(path) = config.key_file.as_deref().filter(|_| place == Place::Goods) {
                    let _ = writeln!(out, "key_file = {}", quoted(path));
                }
                let sensor = self.sensor(&format!("{cabinet}.{what}"), "ble", ids);
                let _ = writeln!(out, "silent_s = 30\nevery_s = 1\nsensors = [{{ field = \"{field}\", {sensor} }}]");
            }
        }
        out
    }

    fn mqtt(&self, config: &MqttConfig, ids: &mut Ids) -> String {
        let mut out = format!("\n[[broker]]\nname = \"local\"\naddress = {}\n", text(&config.address));
        for (key, path) in [("user_file", &config.user_file), ("password_file", &config.password_file)] {
            if let Some(path) = path {
                let _ = writeln!(out, "{key} = {}", quoted(path));
            }
        }
        let all = [("air", "temperature"), ("product", "temperature"), ("defrost", "state"), ("door", "door")];
        for (format, name) in [
            (Format::Senml, "senml"),
            (Format::Sparkplug, "sparkplug"),
            (Format::Json, "json"),
            (Format::SenmlCbor, "senml_cbor"),
        ] {
            if !config.formats.contains(&format) {
                continue;
            }
            if format == Format::Sparkplug {
                let mut of_node =
                    vec![(format!("{}/{}/power", mqtt::GROUP, mqtt::NODE), "power", "meter.power".to_owned())];
                for cabinet in self.cabinets {
                    let value = |what: &str| format!("{}/{}/{cabinet}/{what}", mqtt::GROUP, mqtt::NODE);
                    of_node.extend(all.map(|(what, measure)| (value(what), measure, format!("{cabinet}.{what}"))));
                }
                out += &self.subscription(&format!("spBv1.0/{}/#", mqtt::GROUP), name, &of_node, ids);
                continue;
            }
            for cabinet in self.cabinets {
                let id = |what: &str| format!("{cabinet}.{what}");
                let (topic, values): (String, Vec<_>) = match format {
                    Format::Json => {
                        let values = [("/temperature", "temperature", "product"), ("/contact", "door", "door")];
                        let values = values.map(|(value, measure, what)| (value.to_owned(), measure, id(what)));
                        (mqtt::json_topic(cabinet), values.into())
                    }
                    Format::SenmlCbor => {
                        let numbers = all[..2].iter().map(|(what, measure)| (id(what), *measure, id(what)));
                        (mqtt::senml_cbor_topic(cabinet), numbers.collect())
                    }
                    Format::Senml | Format::Sparkplug => {
                        let values = all.map(|(what, measure)| (id(what), measure, id(what)));
                        (mqtt::senml_topic(cabinet), values.into())
                    }
                };
                out += &self.subscription(&topic, name, &values, ids);
            }
            if format == Format::Senml {
                let meter = [("meter.power".to_owned(), "power", "meter.power".to_owned())];
                out += &self.subscription(&mqtt::senml_topic("meter"), name, &meter, ids);
            }
        }
        out
    }

    /// Values by where they are in the messages, with their measures and the world's ids.
    fn subscription(&self, topic: &str, format: &str, values: &[(String, &str, String)], ids: &mut Ids) -> String {
        let mut out = format!("[[broker.subscription]]\ntopic = {}\nformat = \"{format}\"\n", text(topic));
        out += "silent_s = 30\nevery_s = 1\nsensors = [\n";
        for (value, measure, id) in values {
            let invert = if value == "/contact" { "invert = true, " } else { "" };
            let sensor = self.sensor(id, format, ids);
            let _ = writeln!(out, "    {{ value = {}, measure = \"{measure}\", {invert}{sensor} }},", text(value));
        }
        out + "]\n"
    }

    fn counter(&self, config: &CounterConfig, address: SocketAddr, ids: &mut Ids) -> String {
        let mut out = format!("\n[[counter]]\nname = \"entrance\"\nurl = \"http://{address}{SUMS}\"\n");
        if let Some(path) = &config.auth_file {
            let _ = writeln!(out, "auth_file = {}", quoted(path));
        }
        let (entered, left) = (self.sensor("door.footfall", "counter", ids), self.sensor("door.left", "counter", ids));
        out += "period_ms = 10000\nsensors = [\n";
        let _ = writeln!(out, "    {{ direction = \"in\", {entered} }},\n    {{ direction = \"out\", {left} }},\n]");
        out
    }

    fn onewire(&self, config: &OnewireConfig, ids: &mut Ids) -> String {
        let mut out =
            format!("\n[[onewire]]\nname = \"bus\"\nroot = {}\nperiod_ms = 1000\nsensors = [\n", quoted(&config.root));
        for (cabinet, number) in self.cabinets.iter().zip(1..=u8::MAX) {
            for (place, what) in (1..).zip(onewire::PLACES) {
                let sensor = self.sensor(&format!("{cabinet}.{what}"), "onewire", ids);
                let _ = writeln!(out, "    {{ device = \"{}\", {sensor} }},", onewire::device(number, place));
            }
        }
        out + "]\n"
    }
}

#[cfg(test)]
mod tests {
    use vyavs_world::{StoreSpec, World};

    use super::*;
    use crate::config::ModbusConfig;

    fn sections(config: &PlayConfig) -> toml::Table {
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let cabinets: Vec<String> = world.spec().fridges.iter().map(|spec| spec.id.clone()).collect();
        let sensors = world.sensors();
        let store = Store { cabinets: &cabinets, sensors: &sensors };
        let counter = config.counter.as_ref().map(|_| "127.0.0.1:8001".parse().expect("an address"));
        toml::from_str(&store.sections(config, counter)).expect("TOML")
    }

    fn everything() -> PlayConfig {
        PlayConfig {
            ble: Some(BleConfig { key_file: Some("ble.key".into()), ..BleConfig::to_btsnoop("ble.btsnoop".into()) }),
            mqtt: Some(MqttConfig::new("127.0.0.1:1883".to_owned())),
            counter: Some(CounterConfig::new("127.0.0.1:0".parse().expect("an address"))),
            onewire: Some(OnewireConfig::new("w1".into())),
            ..PlayConfig::default()
        }
    }

    /// Every `id` anywhere in a value.
    fn ids(value: &toml::Value, found: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) => {
                found.extend(table.get("id").and_then(toml::Value::as_str).map(str::to_owned));
                table.values().for_each(|value| ids(value, found));
            }
            toml::Value::Array(list) => list.iter().for_each(|value| ids(value, found)),
            _ => {}
        }
    }

    fn all_ids(config: &PlayConfig) -> Vec<String> {
        let mut found = Vec::new();
        ids(&toml::Value::Table(sections(config)), &mut found);
        found
    }

    #[test]
    fn one_wire_alone_has_the_worlds_ids_and_limits() {
        let alone = PlayConfig { onewire: everything().onewire, ..PlayConfig::default() };
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let of_world: Vec<String> = world.sensors().into_iter().map(|sensor| sensor.id.to_string()).collect();
        let found = all_ids(&alone);
        assert!(
            found.len() == 2 * world.spec().fridges.len() && found.iter().all(|id| of_world.contains(id)),
            "{found:?}"
        );
        let table = sections(&alone);
        let sensor = &table["onewire"][0]["sensors"][0];
        assert_eq!(sensor["device"].as_str(), Some("28-000000530101"));
        assert_eq!(sensor["high"].as_float(), world.sensors()[0].high);
    }

    #[test]
    fn no_id_is_there_twice_however_many_wires_carry_it() {
        let mut found = all_ids(&everything());
        assert!(found.contains(&"fridge-1.air".to_owned()) && found.contains(&"fridge-1.air.sparkplug".to_owned()));
        assert!(found.contains(&"door.footfall".to_owned()) && found.contains(&"door.left".to_owned()), "{found:?}");
        let count = found.len();
        found.sort();
        found.dedup();
        assert_eq!(found.len(), count);
        // What Modbus has is Modbus's.
        let modbus = Some(ModbusConfig { listen: "127.0.0.1:0".parse().expect("an address") });
        let beside = all_ids(&PlayConfig { modbus, ..everything() });
        assert!(!beside.contains(&"fridge-1.air".to_owned()) && beside.contains(&"fridge-1.air.ble".to_owned()));
    }
}
