//! What hangs on this box: ports, radios and buses that an input could read, each with the section to begin with.
//!
//! Looks and asks nothing: no port is opened, no device is spoken to, no network is searched. What is behind a serial
//! port cannot be seen; the sections say what to try.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// `serial`, `onewire`, `bluetooth`, `mqtt`.
    pub kind: &'static str,
    /// Where it is.
    pub at: String,
    /// What is known of it.
    pub what: String,
    /// The section of `edge.toml` to begin with.
    pub section: String,
}

/// What the box at `root` (`/`, but in tests) has.
pub fn discover(root: &Path) -> Vec<Found> {
    let mut found = serial(root);
    found.extend(onewire(root));
    found.extend(bluetooth(root));
    found
}

/// A broker on this box, or nothing.
pub fn local_broker() -> Option<Found> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1883));
    TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok()?;
    let section = "[[broker]]\nname = \"local\"\naddress = \"127.0.0.1:1883\"\n# user_file, password_file\n\
        [[broker.subscription]]\ntopic = \"sensors/#\"\nformat = \"senml\"       # json, senml_cbor, sparkplug\nsensors = []\n";
    Some(Found {
        kind: "mqtt",
        at: address.to_string(),
        what: "something listens".to_owned(),
        section: section.to_owned(),
    })
}

/// The names in a folder of the box, sorted; none where there is no such folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn serial(root: &Path) -> Vec<Found> {
    let by_id = root.join("dev/serial/by-id");
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for name in names(&by_id) {
        seen.extend(std::fs::canonicalize(by_id.join(&name)).ok());
        let path = format!("/dev/serial/by-id/{name}");
        found.push(port(path, format!("an adapter that calls itself {name}")));
    }
    for name in names(&root.join("sys/class/tty")) {
        // A tty without a device behind it is a console or a place holder.
        let real = root.join("sys/class/tty").join(&name).join("device/driver");
        let path = root.join("dev").join(&name);
        let known = std::fs::canonicalize(&path).is_ok_and(|path| seen.contains(&path));
        if !real.exists() || !path.exists() || known {
            continue;
        }
        let driver = std::fs::read_link(&real).ok().as_deref().and_then(Path::file_name).map(PathBuf::from);
        let driver = driver.map_or_else(|| "unknown".to_owned(), |driver| driver.display().to_string());
        if driver != "serial8250" {
            found.push(port(format!("/dev/{name}"), format!("a port of the driver {driver}")));
        }
    }
    found
}

fn port(path: String, what: String) -> Found {
    let mut section = format!("# What is at {path}? Keep one of these:\n");
    for (name, rest) in [
        ("board", "baud = 115200 }"),
        ("scale", "baud = 9600, line = \"7E1\" }\nprotocol = \"toledo-8217\"\nmode = \"listen\""),
        ("modbus", "baud = 9600, line = \"8E1\" }\nunit = 1\ntemplate = \"eastron-sdm630\""),
    ] {
        let _ = writeln!(section, "[[{name}]]\nname = \"{name}-1\"\nport = {{ path = \"{path}\", {rest}");
    }
    let _ = writeln!(section, "# or, between a till and its printer: vyavs-edge relay --listen serial:{path},9600 …");
    Found { kind: "serial", at: path, what, section }
}

/// Thermometers of the kernel's 1-Wire bus: DS18S20 (10), DS1822 (22), DS18B20 (28), DS1825 (3b).
fn onewire(root: &Path) -> Vec<Found> {
    const THERMOMETERS: [&str; 4] = ["10-", "22-", "28-", "3b-"];
    let mut probes = names(&root.join("sys/bus/w1/devices"));
    probes.retain(|name| THERMOMETERS.iter().any(|family| name.starts_with(family)));
    if probes.is_empty() {
        return Vec::new();
    }
    let mut section = "[[onewire]]\nname = \"bus\"\nsensors = [\n".to_owned();
    for (at, probe) in probes.iter().enumerate() {
        let _ = writeln!(
            section,
            "    {{ device = \"{probe}\", id = \"probe-{}\", name = \"Probe {}\" }},",
            at + 1,
            at + 1
        );
    }
    section.push_str("]\n");
    let what = format!("{} thermometers", probes.len());
    vec![Found { kind: "onewire", at: "/sys/bus/w1/devices".to_owned(), what, section }]
}

fn bluetooth(root: &Path) -> Vec<Found> {
    names(&root.join("sys/class/bluetooth"))
        .into_iter()
        .filter(|name| name.starts_with("hci") && !name.contains(':'))
        .map(|name| Found {
            kind: "bluetooth",
            at: name,
            what: "a radio that can hear tags".to_owned(),
            section:
                "[[ble]]\nname = \"tags\"\n[[ble.device]]\naddress = \"AA:BB:CC:DD:EE:FF\"   # printed on the tag\n\
                sensors = [{ field = \"temperature\", id = \"tag-1.air\", name = \"Tag 1, air\" }]\n"
                    .to_owned(),
        })
        .collect()
}

/// For people: what was found, and the sections.
pub fn text(found: &[Found]) -> String {
    if found.is_empty() {
        return "Nothing was found on this box: no serial adapter, no 1-Wire thermometer, no Bluetooth radio, no local broker.\n\
            Inputs on the network (journal, printer, Modbus TCP, people counters) are not searched for; see edge.toml.\n"
            .to_owned();
    }
    let mut text = String::new();
    for found in found {
        let _ = writeln!(text, "# {} {}: {}\n{}", found.kind, found.at, found.what, found.section);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs::{File, create_dir_all};
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_hangs_on_a_box_is_found_once_with_a_section_that_is_toml() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |path: &str| root.path().join(path);
        for folder in [
            "dev/serial/by-id",
            "sys/class/tty/ttyUSB0/device",
            "sys/class/tty/ttyAMA0/device",
            "sys/class/tty/ttyS0/device",
            "sys/class/tty/tty1",
            "sys/bus/w1/devices/28-0000072b4a1c",
            "sys/bus/w1/devices/w1_bus_master1",
            "sys/class/bluetooth/hci0",
            "sys/class/bluetooth/hci0:12",
        ] {
            create_dir_all(at(folder)).expect("made");
        }
        for (tty, driver) in [("ttyUSB0", "ftdi_sio"), ("ttyAMA0", "uart-pl011"), ("ttyS0", "serial8250")] {
            File::create(at("dev").join(tty)).expect("made");
            create_dir_all(at("sys/drivers").join(driver)).expect("made");
            symlink(at("sys/drivers").join(driver), at("sys/class/tty").join(tty).join("device/driver")).expect("made");
        }
        symlink("../../ttyUSB0", at("dev/serial/by-id/usb-FTDI_TTL232R-if00-port0")).expect("made");
        let found = discover(root.path());
        let places: Vec<_> = found.iter().map(|found| (found.kind, found.at.as_str())).collect();
        assert_eq!(
            places,
            [
                ("serial", "/dev/serial/by-id/usb-FTDI_TTL232R-if00-port0"),
                ("serial", "/dev/ttyAMA0"),
                ("onewire", "/sys/bus/w1/devices"),
                ("bluetooth", "hci0"),
            ]
        );
        for found in &found {
            toml::from_str::<toml::Table>(&found.section).unwrap_or_else(|error| panic!("{}: {error}", found.section));
        }
        assert!(found[2].section.contains("28-0000072b4a1c") && !found[2].section.contains("w1_bus"));
        assert!(text(&found).contains("uart-pl011"));
        let empty = tempfile::tempdir().expect("a folder");
        assert!(text(&discover(empty.path())).contains("Nothing was found"));
    }
}
