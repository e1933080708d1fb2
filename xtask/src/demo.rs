//! `cargo xtask demo`: a hub and three simulated stores with a past and live trade, on this machine alone.
//!
//! Everything it starts is the real program on real wires; only the shops are simulated, and say so in their names.
//! The stores go live first; their past is imported behind them up to the moment they began, so no sale is missing and
//! none is there twice.

mod api;
mod children;
mod configs;
mod past;
mod setup;
mod shop;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;

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

/// Builds, starts, shows, and waits for Ctrl-C.
pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<()> {
    dashboard::check_node()?;
    dashboard::build()?;
    let packages = ["-p", "vyavs-hub", "-p", "vyavs-edge-agent", "-p", "vyavs-store-sim"];
    step("build", cargo(&["build", "--locked", "--bins"]).args(packages))?;
    let bin = target_dir()?.join("debug");
    let programs =
        Programs { hub: bin.join("vyavs-hub"), edge: bin.join("vyavs-edge"), sim: bin.join("vyavs-store-sim") };

    let began = Instant::now();
    let dir = root().join("demo-data");
    let mut setup = Setup::prepare(&programs, &dir, usize::from(args.stores), args)?;
    let mut children = Children::new(dir.join("logs"))?;
    let shown = show(&programs, &mut setup, &mut children, args, began);
    let ended = shown.and_then(|()| wait(&mut children, args.stop_after));
    children.stop();
    ended
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
    let from_here = past::now()?;
    for shop in &setup.shops {
        shop.start(programs, children)?;
    }
    eprintln!("  {} stores are trading", setup.shops.len());
    if fresh {
        for shop in &setup.shops {
            past::import(programs, setup, shop, args.days, &from_here)?;
        }
    }
    let stores = populated(&api, &setup.shops, children)?;
    let seconds = began.elapsed().as_secs_f64();
    for store in &stores {
        println!("  {store}");
    }
    println!("\nDashboard   {}\nE-mail      {}\nPassword    {}", api.url(), setup.email, setup.password);
    for shop in &setup.shops {
        println!("Local page  http://{} of {}, PIN in {}", shop.ports.page, shop.name, relative(&shop.pin()));
    }
    println!(
        "\nThe dashboard was populated {seconds:.1} s after the build. The shops are simulated; all else is real."
    );
    Ok(())
}

/// Polls the hub as the dashboard does, until every store is live and has its past. A line a store.
fn populated(api: &Api, shops: &[Shop], children: &mut Children) -> anyhow::Result<Vec<String>> {
    let began = Instant::now();
    loop {
        children.check()?;
        let answer = api.get("/api/v1/stores")?;
        let stores = answer["stores"].as_array().context("GET /api/v1/stores has no stores")?;
        let ready = |shop: &&Shop| {
            stores.iter().any(|store| {
                let metrics = &store["metrics"];
                store["name"] == shop.name.as_str() && metrics["status"] == "live" && !metrics["last_sale_at"].is_null()
            })
        };
        if shops.iter().all(|shop| ready(&shop)) {
            // A shop that is shut today has sold nothing today, and is shown so.
            let line = |store: &serde_json::Value| {
                let metrics = &store["metrics"];
                format!(
                    "{}: {}, {} receipts today",
                    text(&store["name"]),
                    text(&metrics["status"]),
                    metrics["receipts_today"]
                )
            };
            return Ok(stores.iter().map(line).collect());
        }
        if began.elapsed() > PATIENCE {
            let late: Vec<&str> = shops.iter().filter(|shop| !ready(shop)).map(|shop| shop.name.as_str()).collect();
            bail!("{} is not shown as live with sales after {} s", late.join(" and "), PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(250));
    }
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
