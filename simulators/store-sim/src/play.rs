//! A play: a source, the store's clock, and the wires, put together.

mod instruments;
mod script;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vyavs_domain::ids::TerminalId;
use vyavs_service::clock::Clock;

use crate::config::{PlayConfig, Wire};
use crate::item::Item;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::pace::{Pace, Speed};
use crate::printer::{Printer, PrinterConfig};
use crate::summary::{Stats, Summary};
use instruments::Wires;
use script::Script;

pub use script::check_incidents;

/// Items a wire may be behind the store's clock before the store waits for it.
const AHEAD: usize = 64;

/// A play that is ready to run: everything was read, every port is open.
pub struct Play {
    script: Script,
    /// Where the instruments are read.
    wires: Option<Wires>,
    speed: Speed,
    ledger: Ledger,
    stats: Stats,
    config: PlayConfig,
}

impl Play {
    /// Reads the source, checks the wires and opens the ports. Nothing is sent yet.
    pub async fn prepare(config: PlayConfig, clock: &Clock) -> anyhow::Result<Self> {
        for wire in config.journal.iter().chain(&config.printer) {
            let same = config.journal.iter().chain(&config.printer).filter(|other| other.terminal == wire.terminal);
            ensure!(same.count() == 1, "{} has two wires; a till has one, or its sales count twice", wire.terminal);
        }
        let copies = config.print.copy.is_none() || config.printer.len() <= 1;
        ensure!(copies, "a copy of the print jobs is of one printer, and there are {}", config.printer.len());
        ensure!((0.0..=1.0).contains(&config.print.raster), "raster is {}, expected 0 to 1", config.print.raster);
        let ledger = match &config.ledger {
            Some(path) => Ledger::create(path)?,
            None => Ledger::none(),
        };
        let now = clock.now();
        let wanted = config.clone();
        let script = tokio::task::spawn_blocking(move || Script::of(&wanted, now)).await??;
        let speed = config.speed.unwrap_or(script.speed);
        let stats = Stats::default();
        let wires = match &script.instruments {
            Some(_) => {
                let store = (&*script.name, &script.time, &script.layout);
                Some(Wires::open(&config, store, &stats, clock).await?)
            }
            None => None,
        };
        Ok(Self { script, wires, speed, ledger, stats, config })
    }

    /// What is counted while it runs.
    pub fn stats(&self) -> Stats {
        self.stats.clone()
    }

    /// What is played.
    pub fn name(&self) -> &str {
        &self.script.name
    }

    /// Where the instruments listen.
    pub fn modbus_address(&self) -> Option<SocketAddr> {
        self.wires.as_ref().and_then(Wires::modbus_address)
    }

    /// Where the people counter listens.
    pub fn counter_address(&self) -> Option<SocketAddr> {
        self.wires.as_ref().and_then(Wires::counter_address)
    }

    /// Plays to the end, or until `stop`. A source's end waits until all is acknowledged.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<Summary> {
        let began = tokio::time::Instant::now();
        let stop = stop.child_token();
        let stats = self.stats.clone();
        let pace = Pace::new(self.speed, self.script.begins);
        let mut tasks: JoinSet<anyhow::Result<()>> = JoinSet::new();
        let mut tills: Vec<Wired> = Vec::new();
        for (wire, is_printer) in
            self.config.journal.iter().map(|wire| (wire, false)).chain(self.config.printer.iter().map(|w| (w, true)))
        {
            let (sender, receiver) = mpsc::channel(AHEAD);
            let prints = is_printer.then(|| self.config.print.clone());
            tills.push(Wired { terminal: wire.terminal.clone(), prints, sender });
            tasks.spawn(self.till(wire, is_printer, receiver, stop.clone()));
        }
        // They run as long as this does.
        let _scales = crate::scale::start(&self.config.scale).context("failed to open the line of a scale")?;
        let (name, until) = (self.script.name.clone(), self.script.ends);
        // The instruments end with the trade, not with the wires: they are read, they do not finish.
        let instruments_stop = stop.child_token();
        let mut instruments = match self.wires.zip(self.script.instruments) {
            None => JoinSet::new(),
            Some((wires, rounds)) => wires.start(rounds, pace, &stats, &instruments_stop)?,
        };
        let only_instruments = tills.is_empty();
        let trade = route(self.script.items, tills, pace, stats.clone(), stop.clone());
        tasks.spawn(async move {
            trade.await?;
            if only_instruments {
                wait_for_the_end(until, pace, &stop).await;
            }
            Ok(())
        });
        let mut failed = None;
        loop {
            let ended = tokio::select! {
                Some(ended) = tasks.join_next() => ended,
                Some(ended) = instruments.join_next() => ended,
                else => break,
            };
            let result = ended.context("a wire's task panicked").and_then(|result| result);
            if let Err(error) = result
                && failed.is_none()
            {
                failed = Some(error);
                stop_all(&mut tasks);
            }
            if tasks.is_empty() {
                instruments_stop.cancel();
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(stats.summary(&name, began.elapsed())),
        }
    }

    fn till(
        &self,
        wire: &Wire,
        is_printer: bool,
        items: Receiver<Item>,
        stop: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        let (terminal, address) = (wire.terminal.clone(), wire.address.clone());
        let (time, ledger, stats) = (self.script.time.clone(), self.ledger.clone(), self.stats.clone());
        if is_printer {
            let (config, store) = (self.config.print.clone(), self.script.name.clone());
            let printer = Printer { terminal, address, config, store, time, ledger, stats };
            Box::pin(async move { Ok(printer.run(items, stop).await?) })
        } else {
            let journal = Journal { terminal, address, config: self.config.till.clone(), time, ledger, stats };
            Box::pin(async move {
                journal.run(items, stop).await?;
                Ok(())
            })
        }
    }
}

fn stop_all(tasks: &mut JoinSet<anyhow::Result<()>>) {
    // Aborting is safe: the ledger is flushed line by line, and what was not acknowledged is not in it.
    tasks.abort_all();
}

/// A till's wire, seen from the store.
struct Wired {
    terminal: TerminalId,
    /// How it prints, where it does.
    prints: Option<PrinterConfig>,
    sender: Sender<Item>,
}

impl Wired {
    /// Whether the wire has words for it. A cashier who signs on leaves nothing on paper, and a text no journal line.
    fn says(&self, item: &Item) -> bool {
        match (item, &self.prints) {
            (Item::Receipt(_), _) => true,
            (Item::Page(_), prints) => prints.is_some(),
            (Item::Event(_), None) => true,
            (Item::Event(event), Some(printer)) => printer.says(&event.event.kind),
        }
    }
}

/// Hands each item to its till's wire when its time has come. An error is the source's.
async fn route(
    items: impl Iterator<Item = anyhow::Result<Item>>,
    wires: Vec<Wired>,
    pace: Pace,
    stats: Stats,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    for item in items {
        let item = item?;
        if let Some(due) = pace.due(item.at()) {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(due) => {}
            }
        }
        let (at, lines) = match &item {
            Item::Receipt(receipt) => (receipt.closed_at, receipt.lines.len()),
            other => (other.at(), 0),
        };
        let wire = wires.iter().find(|wire| wire.terminal == *item.terminal());
        let Some(wire) = wire.filter(|wire| wire.says(&item)) else { continue };
        let sent = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            sent = wire.sender.send(item) => sent,
        };
        if sent.is_err() {
            // The wire's task has ended, and says why.
            return Ok(());
        }
        stats.add_offered(1);
        stats.add_lines(lines as u64);
        stats.set_clock(at);
    }
    Ok(())
}

async fn wait_for_the_end(until: Option<Timestamp>, pace: Pace, stop: &CancellationToken) {
    match until.and_then(|until| pace.due(until)) {
        None => stop.cancelled().await,
        Some(due) => tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep_until(due) => {}
        },
    }
}
