//! What a demo keeps between two of its runs, and how a fresh one is made.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::Api;
use super::children::Children;
use super::incident::Breakdown;
use super::shop::Shop;
use super::{DemoArgs, Programs, configs, past, relative};
use crate::dashboard;
use crate::run::root;

/// The shops, the one that never closes first. In two of them the first till has nothing but its printer to be read by;
/// as far apart as they lie, one of the two is always open.
const SHOPS: [(&str, bool); 3] = [("fountain-road", false), ("park-street", true), ("mission-street", true)];
/// Given out by number, below the range the kernel takes for outgoing connections: one of those could take a port away
/// between here and the program that is to listen on it.
const PORTS: std::ops::Range<u16> = 18_100..32_000;

/// A demo that can be started.
pub(crate) struct Setup {
    /// Everything lies here.
    pub(crate) dir: PathBuf,
    /// The hub's configuration.
    pub(crate) hub_toml: PathBuf,
    /// Where the dashboard is.
    pub(crate) http: SocketAddr,
    /// Whom to sign in as.
    pub(crate) email: String,
    /// With what.
    pub(crate) password: String,
    /// The shops.
    pub(crate) shops: Vec<Shop>,
    /// When it began.
    pub(crate) now: Timestamp,
    /// What goes wrong.
    pub(crate) incident: Breakdown,
}

impl Setup {
    /// Writes the configurations and makes the hub's database and first person, or finds them with `--keep`.
    pub(crate) fn prepare(programs: &Programs, dir: &Path, stores: usize, args: &DemoArgs) -> anyhow::Result<Self> {
        let keep = args.keep && dir.join("demo.json").is_file();
        if !keep {
            clear(dir)?;
        }
        std::fs::create_dir_all(dir).with_context(|| format!("failed to make {}", dir.display()))?;
        let now = past::now()?;
        let mut numbers = PORTS;
        let mut port = || -> anyhow::Result<SocketAddr> {
            let free = numbers.find_map(|number| bind(number).ok()).context("no port is free on loopback")?;
            Ok(free.local_addr()?)
        };
        let http_address = match bind(args.port) {
            Ok(free) => free.local_addr()?,
            Err(_) => port()?,
        };
        let mqtt = port()?;
        let specs = root().join("simulators/store-sim/stores");
        let mut shops = (1..)
            .zip(SHOPS.iter().take(stores))
            .map(|(seed, (name, prints))| {
                let spec = specs.join(format!("{name}.toml"));
                Shop::read(programs, &spec, seed, now, *prints, dir, &mut port)
            })
            .collect::<anyhow::Result<Vec<Shop>>>()?;
        let hub_toml = dir.join("hub.toml");
        std::fs::write(&hub_toml, configs::hub(dir, http_address, mqtt, &dashboard::dist()))?;
        for shop in &shops {
            shop.write_config(mqtt, &root().join("models/shipped"))?;
        }
        let (email, password, incident) = match keep {
            true => kept(dir, &mut shops, now)?,
            false => {
                let (email, password) = first_person(&programs.hub, &hub_toml)?;
                (email, password, Breakdown::before(now))
            }
        };
        Ok(Self { dir: dir.to_owned(), hub_toml, http: http_address, email, password, shops, now, incident })
    }

    /// What goes wrong in a shop, as the simulator is told.
    pub(crate) fn incident_of(&self, shop: &Shop) -> Option<String> {
        self.incident.flag(shop)
    }

    /// Starts the hub and waits until it serves.
    pub(crate) fn start_hub(&self, programs: &Programs, children: &mut Children) -> anyhow::Result<()> {
        let ready = self.dir.join("hub.ready");
        let _ = std::fs::remove_file(&ready);
        let (config, file) = (self.hub_toml.display().to_string(), ready.display().to_string());
        children.start("hub", &programs.hub, &["serve", "--config", &config, "--ready", &file])?;
        children.ready(&ready, Duration::from_secs(30))
    }

    /// Opens the shops at the hub and enrols their agents; `false` when that was done in an earlier run.
    pub(crate) fn enrol(
        &mut self,
        programs: &Programs,
        api: &mut Api,
        children: &mut Children,
    ) -> anyhow::Result<bool> {
        if self.shops.iter().all(|shop| !shop.store.is_empty()) {
            self.keep()?;
            return Ok(false);
        }
        for shop in &mut self.shops {
            children.check()?;
            // The hub's form of a time of day is hours and minutes.
            let day_starts: String = shop.day_starts.chars().take(5).collect();
            let config = json!({"timezone": shop.zone, "currency": shop.currency, "day_starts": day_starts});
            let made = api.post("/api/v1/stores", &json!({"name": shop.name, "config": config}))?;
            shop.store = made["id"].as_str().context("a new store has no id")?.to_owned();
            let request = json!({"store_id": shop.store, "device_name": "box-1"});
            let token = api.post("/api/v1/enrolment-tokens", &request)?;
            shop.enrol(programs, token["token"].as_str().context("an enrolment token has no token")?)?;
        }
        self.keep()?;
        Ok(true)
    }

    fn keep(&self) -> anyhow::Result<()> {
        let stores: Value = self.shops.iter().map(|shop| (shop.slug.clone(), json!(shop.store))).collect();
        let state = json!({"email": self.email, "password": self.password, "stores": stores,
            "incident": self.incident.state()});
        std::fs::write(self.dir.join("demo.json"), format!("{state:#}")).context("failed to write demo.json")
    }
}

fn kept(dir: &Path, shops: &mut [Shop], now: Timestamp) -> anyhow::Result<(String, String, Breakdown)> {
    let text = std::fs::read_to_string(dir.join("demo.json")).context("failed to read demo.json")?;
    let state: Value = serde_json::from_str(&text).context("demo.json is not JSON")?;
    for shop in shops {
        let store = state["stores"][&shop.slug].as_str();
        shop.store = store.with_context(|| format!("{} is not in the demo that was kept", shop.name))?.to_owned();
    }
    let field = |name: &str| -> anyhow::Result<String> {
        Ok(state[name].as_str().with_context(|| format!("demo.json has no {name}"))?.to_owned())
    };
    Ok((field("email")?, field("password")?, Breakdown::kept(&state, now)?))
}

/// Removes an earlier demo; a folder of that name that is not one is left alone.
fn clear(dir: &Path) -> anyhow::Result<()> {
    let empty = std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    if empty {
        return Ok(());
    }
    if !dir.join("hub.toml").is_file() {
        bail!("{} is not an earlier demo's: move it away; nothing was changed", relative(dir));
    }
    std::fs::remove_dir_all(dir).with_context(|| format!("failed to remove {}", relative(dir)))
}

fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
}

/// `vyavs-hub init` makes the first person and prints the password, once.
pub(crate) fn first_person(hub: &Path, hub_toml: &Path) -> anyhow::Result<(String, String)> {
    let output = Command::new(hub)
        .args(["init", "--json", "--config"])
        .arg(hub_toml)
        .output()
        .context("failed to start vyavs-hub init")?;
    if !output.status.success() {
        bail!("vyavs-hub init failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let said: Value = serde_json::from_slice(&output.stdout).context("vyavs-hub init --json did not print JSON")?;
    let field = |name: &str| -> anyhow::Result<String> {
        Ok(said[name].as_str().with_context(|| format!("vyavs-hub init printed no {name}"))?.to_owned())
    };
    Ok((field("email")?, field("password")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_no_demo_is_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let demo = dir.path().join("demo-data");
        clear(&demo).expect("not there");
        std::fs::create_dir(&demo).expect("made");
        clear(&demo).expect("empty");
        std::fs::write(demo.join("thesis.txt"), "").expect("written");
        assert!(clear(&demo).is_err() && demo.join("thesis.txt").exists());
        std::fs::write(demo.join("hub.toml"), "").expect("written");
        clear(&demo).expect("an earlier demo");
        assert!(!demo.exists());
    }
}
