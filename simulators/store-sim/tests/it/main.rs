//! What the simulator promises about its wires, over real sockets.

mod agent;
mod instruments;
mod journal;
mod paper;
mod program;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
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
    assert_eq!(zones, ["Asia/Kolkata", "Europe/Berlin", "Europe/London"]);
}
