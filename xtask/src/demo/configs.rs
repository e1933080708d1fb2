//! The demo's `hub.toml` and `edge.toml`.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;
use toml::{Table, Value as Toml};

use super::shop::Shop;

/// The unit of the meter and the people counter at the simulated gateway; cabinets are 1, 2, …
const METER_UNIT: i64 = 100;
/// How often an instrument is asked.
const PERIOD_MS: i64 = 2_000;
/// How long a cabinet must be beyond its limit before that is an alarm.
const HOLD_MINUTES: i64 = 1;

/// A hub on loopback with SQLite, serving the dashboard from `ui`.
pub(crate) fn hub(dir: &Path, http: SocketAddr, mqtt: SocketAddr, ui: &Path) -> String {
    let mut file = Table::new();
    file.insert("database".into(), section([("url", text(format!("sqlite://{}", dir.join("hub.sqlite").display())))]));
    let http = [("listen", text(http)), ("tls", text("off")), ("ui_dir", text(ui.display()))];
    file.insert("http".into(), section(http));
    file.insert("mqtt".into(), section([("listen", text(mqtt)), ("public_host", text("localhost"))]));
    file.insert("keys".into(), section([("dir", text(dir.join("keys").display()))]));
    file.insert("jobs".into(), section([("dir", text(dir.join("files").display()))]));
    file.insert("mail".into(), section([("dir", text(dir.join("mail").display()))]));
    file.to_string()
}

/// An agent for a shop: the printer's tap, a journal for every other till, and every instrument.
pub(crate) fn edge(shop: &Shop, mqtt: SocketAddr, models: &Path) -> anyhow::Result<String> {
    let mut file = Table::new();
    let store =
        [("zone", text(&shop.zone)), ("day_starts", text(&shop.day_starts)), ("currency", text(&shop.currency))];
    file.insert("store".into(), section(store));
    file.insert("identity".into(), section([("dir", text(shop.dir.join("identity").display()))]));
    // Ports change from demo to demo; where enrolment said is only the first one.
    let uplink = [("host", text(mqtt.ip())), ("port", Toml::Integer(mqtt.port().into()))];
    file.insert("uplink".into(), section(uplink));
    file.insert("outbox".into(), section([("dir", text(shop.dir.join("outbox").display()))]));
    file.insert("page".into(), section([("listen", text(shop.ports.page)), ("pin_file", text(shop.pin().display()))]));
    // Whoever looks at a demo does not stay the quarter of an hour that a shop would wait.
    file.insert("rules".into(), section([("hold_minutes", Toml::Integer(HOLD_MINUTES))]));
    file.insert("models".into(), section([("dir", text(models.display()))]));
    let journal = |(index, port): (usize, &SocketAddr)| {
        section([("terminal", text(shop.journal_till(index))), ("listen", text(port))])
    };
    file.insert("journal".into(), Toml::Array(shop.ports.journals.iter().enumerate().map(journal).collect()));
    if let Some(ports) = shop.ports.printer {
        let printer = [("terminal", text("till-1")), ("tap", text(ports.tap))];
        file.insert("printer".into(), Toml::Array(vec![section(printer)]));
    }
    file.insert("modbus".into(), Toml::Array(instruments(&shop.sensors, shop.ports.modbus)?));
    Ok(file.to_string())
}

/// A section a device: the cabinets in the simulator's order, then the meter.
fn instruments(sensors: &[Value], gateway: SocketAddr) -> anyhow::Result<Vec<Toml>> {
    let mut devices: Vec<(String, Vec<Toml>)> = Vec::new();
    for sensor in sensors {
        let id = sensor["id"].as_str().context("a sensor of the simulator has no id")?;
        let (device, point) = id.split_once('.').with_context(|| format!("sensor {id:?} is not DEVICE.POINT"))?;
        let device = if matches!(device, "meter" | "door") { "meter" } else { device };
        let name = sensor["name"].as_str().unwrap_or(id);
        let mut channel = vec![("point", text(point)), ("id", text(id)), ("name", text(name))];
        let limits =
            ["low", "high"].into_iter().filter_map(|limit| Some((limit, Toml::Float(sensor[limit].as_f64()?))));
        channel.extend(limits);
        let channel = section(channel);
        match devices.iter_mut().find(|(name, _)| name == device) {
            Some((_, channels)) => channels.push(channel),
            None => devices.push((device.to_owned(), vec![channel])),
        }
    }
    let section_of = |(unit, (name, channels)): (i64, (String, Vec<Toml>))| {
        let meter = name == "meter";
        section([
            ("unit", Toml::Integer(if meter { METER_UNIT } else { unit })),
            ("template", text(if meter { "generic-meter" } else { "danfoss-ak-cc55" })),
            ("name", text(name)),
            ("address", text(gateway)),
            ("period_ms", Toml::Integer(PERIOD_MS)),
            ("sensors", Toml::Array(channels)),
        ])
    };
    Ok((1..).zip(devices).map(section_of).collect())
}

fn text(value: impl ToString) -> Toml {
    Toml::String(value.to_string())
}

fn section<'a>(fields: impl IntoIterator<Item = (&'a str, Toml)>) -> Toml {
    Toml::Table(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_cabinet_is_a_unit_and_the_meter_is_unit_100() {
        let sensors = [
            json!({"id": "fridge-1.air", "name": "Dairy fridge, air", "low": -1.0, "high": 8.0}),
            json!({"id": "fridge-1.door", "name": "Dairy fridge, door", "low": null, "high": null}),
            json!({"id": "freezer-1.air", "name": "Freezer, air", "low": -24.0, "high": -12.0}),
            json!({"id": "meter.power", "name": "Store power", "low": null, "high": null}),
            json!({"id": "door.footfall", "name": "Footfall", "low": null, "high": null}),
        ];
        let devices = instruments(&sensors, SocketAddr::from(([127, 0, 0, 1], 1502))).expect("known points");
        let unit = |index: usize| devices[index]["unit"].as_integer();
        assert_eq!((devices.len(), unit(0), unit(1), unit(2)), (3, Some(1), Some(2), Some(100)));
        assert_eq!(devices[0]["sensors"].as_array().map(Vec::len), Some(2));
        assert_eq!(devices[0]["sensors"][0]["high"].as_float(), Some(8.0));
        assert!(devices[0]["sensors"][1].get("high").is_none());
        assert_eq!(devices[2]["sensors"][1]["point"].as_str(), Some("footfall"));
        assert!(instruments(&[json!({"id": "nodot"})], SocketAddr::from(([127, 0, 0, 1], 1))).is_err());
    }
}
