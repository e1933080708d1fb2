//! What the simulator promises about its wires, over real sockets.

mod agent;
mod board;
mod instruments;
mod journal;
mod paper;
mod program;
mod records;
mod sensors;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use vyavs_domain::time::BusinessDay;
use vyavs_service::clock::Clock;
use vyavs_store_sim::config::{PlayConfig, Wire, WorldConfig};
use vyavs_store_sim::pace::Speed;
use vyavs_world::{StoreSpec, World};

fn stores() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("stores")
}

fn clock() -> Clock {
    Clock::manual(at("2026-03-07T12:00:00Z"))
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn world_config() -> PlayConfig {
    PlayConfig {
        world: Some(WorldConfig { seed: 1, store: stores().join("park-street.toml") }),
        speed: Some(Speed::Max),
        from: Some("2026-03-05".parse().expect("a date")),
        until: Some("2026-03-08".parse().expect("a date")),
        ..PlayConfig::default()
    }
}

fn wire(terminal: &str, address: std::net::SocketAddr) -> Wire {
    Wire { terminal: terminal.parse().expect("a name"), address: address.to_string() }
}

/// The real data, where it is; `None`, and the reason on stderr, where it is not.
fn data(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("VYAVS_DATA").map_or(beside, PathBuf::from);
    let path = root.join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set VYAVS_DATA to the folder of the data sets", path.display());
    None
}

#[test]
fn the_demo_stores_are_stores_and_say_that_they_are_simulated() {
    let mut zones = Vec::new();
    for entry in std::fs::read_dir(stores()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let spec: StoreSpec = vyavs_service::config::load(&path).expect("a description");
        let world = World::new(1, spec).expect("a store");
        let day = "2026-03-07".parse().expect("a date");
        assert!(world.trade(day).receipts.len() > 100, "{}", path.display());
        assert!(world.spec().name.ends_with("(simulated)"));
        zones.push(world.spec().zone.clone());
    }
    zones.sort();
    assert_eq!(zones, ["America/Los_Angeles", "Asia/Kolkata", "Europe/London"]);
}

/// Whoever starts the demo, wherever they sit and whatever the season: somebody is shopping.
#[test]
fn at_any_hour_two_of_the_demo_stores_trade() {
    for first in ["2026-01-12", "2026-07-13"] {
        let mut hours: BTreeMap<i64, BTreeMap<String, usize>> = BTreeMap::new();
        for entry in std::fs::read_dir(stores()).expect("a folder") {
            let spec = vyavs_service::config::load(&entry.expect("an entry").path()).expect("a description");
            let world = World::new(1, spec).expect("a store");
            // A week, and a day on either side for the zones.
            let from: Date = first.parse().expect("a date");
            for day in from.yesterday().expect("a date").series(1.day()).take(9) {
                for receipt in world.trade(BusinessDay(day)).receipts {
                    let shops = hours.entry(receipt.closed_at.as_second().div_euclid(3_600)).or_default();
                    *shops.entry(world.spec().name.clone()).or_default() += 1;
                }
            }
        }
        let midnight: Timestamp = format!("{first}T00:00:00Z").parse().expect("a time");
        let begins = midnight.as_second() / 3_600;
        for hour in begins..begins + 7 * 24 {
            let shops = hours.get(&hour).cloned().unwrap_or_default();
            let receipts: usize = shops.values().sum();
            assert!(shops.len() >= 2 && receipts >= 15, "hour {} of {first}: {shops:?}", hour - begins);
        }
    }
}
