//! `cargo xtask demo`: a hub and three simulated stores with a past and live trade, on this machine alone.
//!
//! Everything it starts is the real program on real wires; only the shops are simulated, and say so in their names.
//! The stores go live first; their past is imported behind them up to the moment their live trade began, so no sale is
//! missing and none is there twice. Two of them are open whatever the hour: they lie in London, Kolkata and San
//! Francisco. What their tills rang within the last minutes is what they send first.

pub(crate) mod api;
pub(crate) mod children;
mod configs;
mod incident;
pub(crate) mod past;
pub(crate) mod setup;
mod shop;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::run::{cargo, root, step, target_dir};
use crate::{dashboard, run};
use api::Api;
use children::Children;
use setup::Setup;
use shop::Shop;

/// What is shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask demo
  cargo xtask demo --stores 1 --days 7 --stop-after 30
  cargo xtask demo --keep              goes on with the data of the last demo")]
pub(crate) struct DemoArgs {
    /// How many stores, 1 to 3.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    stores: u8,
    /// Days of trade before now.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Stops this long after the dashboard is populated, s; never if not given.
    #[arg(long, value_name = "SECS")]
    stop_after: Option<u64>,
    /// Goes on with what is in ./demo-data; its past then ends where the last demo stopped.
    #[arg(long)]
    keep: bool,
    /// The dashboard's port; another one when it is taken.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Runs the programs in this folder instead of building them.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// How long the dashboard may take to show every store.
const PATIENCE: Duration = Duration::from_secs(300);

/// The programs, as built.
#[derive(Debug)]
pub(crate) struct Programs {
    hub: PathBuf,
    edge: PathBuf,
    sim: PathBuf,
}

impl Programs {
    /// Those in `dir`, or freshly built ones.
    fn ready(dir: Option<&Path>) -> anyhow::Result<Self> {
        let bin = match dir {
            Some(dir) => dir.canonicalize().with_context(|| format!("there is no folder {}", dir.display()))?,
            None => {
                let packages = ["-p", "vyavs-hub", "-p", "vyavs-edge-agent", "-p", "vyavs-store-sim"];
                step("build", cargo(&["build", "--locked", "--bins"]).args(packages))?;
                target_dir()?.join("debug")
            }
        };
        let program = |name: &str| {
            let path = bin.join(name);
            match path.is_file() {
                true => Ok(path),
                false => bail!("{} has no {name}", bin.display()),
            }
        };
        Ok(Self { hub: program("vyavs-hub")?, edge: program("vyavs-edge")?, sim: program("vyavs-store-sim")? })
    }
}

/// Builds, starts, shows, and waits for Ctrl-C.
pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<()> {
    dashboard::check_node()?;
    dashboard::build()?;
    let programs = Programs::ready(args.programs.as_deref())?;

    let stop = stop_flag().context("failed to listen for Ctrl-C")?;
    let began = Instant::now();
    let dir = root().join("demo-data");
    let mut setup = Setup::prepare(&programs, &dir, usize::from(args.stores), args)?;
    let mut children = Children::new(dir.join("logs"), stop.clone())?;
    let shown = show(&programs, &mut setup, &mut children, args, began);
    let ended = shown.and_then(|()| wait(&mut children, args.stop_after));
    children.stop();
    if stop.load(Ordering::Relaxed) {
        // Whatever was cut short by it did not fail.
        println!("Stopped; no program of the demo runs any more.");
        return Ok(());
    }
    ended
}

/// Set by Ctrl-C and its like; a second one ends this process at once, and the kernel then ends its programs.
pub(crate) fn stop_flag() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register_conditional_shutdown(signal, 130, stop.clone())?;
        flag::register(signal, stop.clone())?;
    }
    Ok(stop)
}

fn show(
    programs: &Programs,
    setup: &mut Setup,
    children: &mut Children,
    args: &DemoArgs,
    began: Instant,
) -> anyhow::Result<()> {
    setup.start_hub(programs, children)?;
    let mut api = Api::new(setup.http);
    api.login(&setup.email, &setup.password)?;
    let fresh = setup.enrol(programs, &mut api, children)?;
    for shop in &setup.shops {
        shop.start(programs, setup.incident_of(shop), children)?;
    }
    eprintln!("  {} stores are up", setup.shops.len());
    if fresh {
        for shop in &setup.shops {
            children.check()?;
            past::import(programs, setup, shop, args.days)?;
        }
    }
    let stores = populated(&api, &setup.shops, children)?;
    let seconds = began.elapsed().as_secs_f64();
    for store in &stores {
        println!("  {store}");
    }
    println!("\nDashboard   {}\nE-mail      {}\nPassword    {}", api.url(), setup.email, setup.password);
    println!("\nEach box has a page of its own, which works with the hub gone:");
    for shop in &setup.shops {
        println!("  http://{}  PIN {}  {}", shop.ports.page, shop.pin_text(), shop.name);
    }
    println!("\n{}", setup.incident.sentence(&setup.shops, setup.now));
    println!(
        "\nThe dashboard was populated {seconds:.1} s after the build. The shops are simulated; all else is real."
    );
    Ok(())
}

/// Polls the hub as the dashboard does, until every store is live and has its past, and each that is open sells. A line
/// a store.
fn populated(api: &Api, shops: &[Shop], children: &mut Children) -> anyhow::Result<Vec<String>> {
    let began = Instant::now();
    loop {
        children.check()?;
        let answer = api.get("/api/v1/stores")?;
        let stores = answer["stores"].as_array().context("GET /api/v1/stores has no stores")?;
        let of = |shop: &Shop| stores.iter().find(|store| store["name"] == shop.name.as_str());
        let late: Vec<&str> = shops
            .iter()
            .filter(|shop| !of(shop).is_some_and(|store| is_shown(shop, &store["metrics"])))
            .map(|shop| shop.name.as_str())
            .collect();
        if late.is_empty() {
            let line = |shop: &Shop| Some(format!("{}: {}", shop.name, said(shop, &of(shop)?["metrics"])));
            return Ok(shops.iter().filter_map(line).collect());
        }
        if began.elapsed() > PATIENCE {
            bail!("{} is not shown as live with sales after {} s", late.join(" and "), PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// Live, with its past; and where the shop is open, with a sale that came over its wires.
fn is_shown(shop: &Shop, metrics: &serde_json::Value) -> bool {
    let Some(last) = metrics["last_sale_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok()) else {
        return false;
    };
    metrics["status"] == "live" && (!shop.is_open() || last >= shop.live_from)
}

fn said(shop: &Shop, metrics: &serde_json::Value) -> String {
    let trade = match shop.is_open() {
        true => "trading",
        false => "shut at this hour",
    };
    format!("{}, {trade}, {} receipts today", text(&metrics["status"]), metrics["receipts_today"])
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or("?")
}

fn wait(children: &mut Children, stop_after: Option<u64>) -> anyhow::Result<()> {
    match stop_after {
        Some(seconds) => println!("Stops in {seconds} s."),
        None => println!("Ctrl-C stops everything."),
    }
    let began = Instant::now();
    // A check fails once Ctrl-C was pressed.
    while stop_after.is_none_or(|seconds| began.elapsed() < Duration::from_secs(seconds)) {
        children.check()?;
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// As somebody in the root of the checkout would name it.
fn relative(path: &Path) -> String {
    path.strip_prefix(run::root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_open_shop_is_shown_when_a_sale_came_over_its_wires() {
        let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
        let mut shop = Shop::of_test(at("2026-11-23T01:50:00Z"), vec![at("2026-11-23T01:52:00Z")]);
        let metrics = |status: &str, last: &str| json!({"status": status, "last_sale_at": last});
        assert!(is_shown(&shop, &metrics("live", "2026-11-23T01:52:00Z")));
        assert!(!is_shown(&shop, &metrics("live", "2026-11-23T01:49:00Z")), "only its past is there");
        assert!(!is_shown(&shop, &metrics("stale", "2026-11-23T01:52:00Z")));
        assert!(!is_shown(&shop, &json!({"status": "live", "last_sale_at": null})));
        shop.awaited.clear();
        assert!(is_shown(&shop, &metrics("live", "2026-11-22T18:00:00Z")), "it is night there");
    }
}
