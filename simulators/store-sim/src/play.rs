//! A play: a source, the store's clock, and the wires, put together.

use std::future::Future;
use std::pin::Pin;

use anyhow::{Context, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vyavs_domain::ids::TerminalId;
use vyavs_domain::time::{BusinessDay, StoreTime};
use vyavs_service::clock::Clock;
use vyavs_service::config::load;
use vyavs_world::sensors::{Incident, Rounds};
use vyavs_world::{StoreSpec, World};

use crate::config::{Moment, PlayConfig, Wire};
use crate::item::Item;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::modbus::{self, Instruments};
use crate::pace::{Pace, Speed};
use crate::printer::Printer;
use crate::source::online_retail::{self, Shop};
use crate::source::trade;
use crate::summary::{Stats, Summary};

/// Items a wire may be behind the store's clock before the store waits for it.
const AHEAD: usize = 64;

type Items = Box<dyn Iterator<Item = Item> + Send>;

/// A play that is ready to run: everything was read, every port is open.
pub struct Play {
    name: String,
    time: StoreTime,
    items: std::iter::Peekable<Items>,
    /// The store's time when the play begins.
    begins: Timestamp,
    /// The store's time when it ends.
    ends: Option<Timestamp>,
    instruments: Option<(TcpListener, Rounds)>,
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
        let play = match (config.world.clone(), config.online_retail.clone()) {
            (Some(wanted), None) => {
                let spec: StoreSpec = load(&wanted.store)?;
                let world = World::new(wanted.seed, spec)
                    .with_context(|| format!("{} describes no store", wanted.store.display()))?;
                Self::of_world(config, world, ledger, now).await?
            }
            (None, Some(wanted)) => {
                ensure!(config.modbus.is_none(), "a record has no instruments: modbus needs a world");
                let incidents = config.incident.len() + config.dated_incident.len();
                ensure!(incidents == 0, "a record has no instruments: incidents need a world");
                let time = StoreTime::new(&wanted.zone, wanted.day_starts)?;
                let terminal = only_terminal(&config)?;
                let shop = Shop { time: time.clone(), terminal, currency: wanted.currency };
                let read = tokio::task::spawn_blocking(move || online_retail::read(&wanted.dir, &shop)).await?;
                let (from, until) = (config.from, config.until);
                let calendar = time.clone();
                let day_of = move |moment| match moment {
                    Moment::Now => calendar.business_day(now),
                    Moment::Day(date) => BusinessDay(date),
                    Moment::At(at) => calendar.business_day(at),
                };
                let within = move |day: BusinessDay| {
                    from.is_none_or(|from| day_of(from) <= day) && until.is_none_or(|until| day < day_of(until))
                };
                let receipts = read?.into_iter().filter(move |receipt| within(receipt.key.business_day));
                let items: Items = Box::new(receipts.map(|receipt| Item::Receipt(Box::new(receipt))));
                let mut items = items.peekable();
                let begins = items.peek().map_or(now, Item::at);
                let speed = config.speed.unwrap_or(Speed::Max);
                let (stats, name) = (Stats::default(), wanted_name(&config));
                Self { name, time, items, begins, ends: None, instruments: None, speed, ledger, stats, config }
            }
            _ => bail!("nothing to play: name a world (seed and store) or a record (online_retail), and not both"),
        };
        Ok(play)
    }

    async fn of_world(config: PlayConfig, world: World, ledger: Ledger, now: Timestamp) -> anyhow::Result<Self> {
        let time = world.time().clone();
        let start = |moment| match moment {
            Moment::Now => now,
            Moment::Day(date) => time.span(BusinessDay(date)).0,
            Moment::At(at) => at,
        };
        let from = start(config.from.unwrap_or(Moment::Now));
        let ends = config.until.map(start);
        if let Some(ends) = ends {
            ensure!(from < ends, "nothing to play between {from} and {ends}");
        }
        let wires: Vec<&TerminalId> = config.journal.iter().chain(&config.printer).map(|wire| &wire.terminal).collect();
        for till in (1..=world.spec().tills).map(|number| format!("till-{number}")) {
            let wired = wires.is_empty() || wires.iter().any(|terminal| terminal.as_str() == till);
            ensure!(wired, "{till} has no wire, but other tills of {} have one", world.spec().name);
        }
        ensure!(!wires.is_empty() || config.modbus.is_some(), "no wire to play on: name a journal, printer or modbus");
        let items: Items = match wires.is_empty() {
            true => Box::new(std::iter::empty()),
            false => {
                let all = trade::items(world.clone(), time.business_day(from));
                let after = all.skip_while(move |item| item.at() < from);
                Box::new(after.take_while(move |item| ends.is_none_or(|ends| item.at() < ends)))
            }
        };
        let mut items = items.peekable();
        // A play from a day on begins with its first ticket; one from now on, or from an instant, begins now.
        let begins = match config.from {
            Some(Moment::Day(_)) => items.peek().map_or(from, Item::at),
            _ => now,
        };
        let instruments = match config.modbus {
            None => {
                let incidents = config.incident.len() + config.dated_incident.len();
                ensure!(incidents == 0, "incidents show on the modbus wire only, and there is none");
                None
            }
            Some(modbus) => {
                let listener = TcpListener::bind(modbus.listen)
                    .await
                    .with_context(|| format!("failed to listen for Modbus on {}", modbus.listen))?;
                let extra = extra_incidents(&config, &world, begins)?;
                let horizon = ends.unwrap_or(begins + SignedDuration::from_hours(24 * 366));
                Some((listener, world.rounds(begins, horizon, &extra)))
            }
        };
        let speed = config.speed.unwrap_or(Speed::Times(1.0));
        let (name, stats) = (world.spec().name.clone(), Stats::default());
        Ok(Self { name, time, items, begins, ends, instruments, speed, ledger, stats, config })
    }

    /// What is counted while it runs.
    pub fn stats(&self) -> Stats {
        self.stats.clone()
    }

    /// What is played.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the instruments listen.
    pub fn modbus_address(&self) -> Option<std::net::SocketAddr> {
        self.instruments.as_ref().and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// Plays to the end, or until `stop`. A source's end waits until all is acknowledged.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<Summary> {
        let began = tokio::time::Instant::now();
        let stop = stop.child_token();
        let stats = self.stats.clone();
        let pace = Pace::new(self.speed, self.begins);
        let mut tasks: JoinSet<anyhow::Result<()>> = JoinSet::new();
        let mut wires: Vec<(TerminalId, Sender<Item>)> = Vec::new();
        for (wire, is_printer) in
            self.config.journal.iter().map(|wire| (wire, false)).chain(self.config.printer.iter().map(|w| (w, true)))
        {
            let (sender, receiver) = mpsc::channel(AHEAD);
            wires.push((wire.terminal.clone(), sender));
            tasks.spawn(self.till(wire, is_printer, receiver, stop.clone()));
        }
        let (name, until) = (self.name.clone(), self.ends);
        // The instruments end with the trade, not with the wires: they are read, they do not finish.
        let instruments_stop = stop.child_token();
        let instruments = match self.instruments {
            None => None,
            Some((listener, rounds)) => {
                let registers = Instruments::new(stats.clone()).context("a built-in device template is broken")?;
                let (played, stop) = (stats.clone(), instruments_stop.clone());
                let serve = modbus::serve(listener, registers, rounds, pace, move || played.clock(), stop);
                Some(tasks.spawn(async move { serve.await.context("the Modbus port failed") }))
            }
        };
        let only_instruments = wires.is_empty();
        let trade = route(self.items, wires, pace, stats.clone(), stop.clone());
        tasks.spawn(async move {
            trade.await;
            if only_instruments {
                wait_for_the_end(until, pace, &stop).await;
            }
            Ok(())
        });
        let mut failed = None;
        while let Some(ended) = tasks.join_next().await {
            let result = ended.context("a wire's task panicked").and_then(|result| result);
            if let Err(error) = result
                && failed.is_none()
            {
                failed = Some(error);
                stop_all(&mut tasks);
            }
            if instruments.is_some() && tasks.len() == 1 {
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
        let (time, ledger, stats) = (self.time.clone(), self.ledger.clone(), self.stats.clone());
        if is_printer {
            let (config, store) = (self.config.print.clone(), self.name.clone());
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

/// Hands each item to its till's wire when its time has come.
async fn route(
    items: impl Iterator<Item = Item>,
    wires: Vec<(TerminalId, Sender<Item>)>,
    pace: Pace,
    stats: Stats,
    stop: CancellationToken,
) {
    for item in items {
        if let Some(due) = pace.due(item.at()) {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(due) => {}
            }
        }
        let (at, lines) = match &item {
            Item::Receipt(receipt) => (receipt.closed_at, receipt.lines.len()),
            Item::NoSale { at, .. } => (*at, 0),
        };
        let Some((_, wire)) = wires.iter().find(|(terminal, _)| terminal == item.terminal()) else { continue };
        let sent = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            sent = wire.send(item) => sent,
        };
        if sent.is_err() {
            // The wire's task has ended, and says why.
            return;
        }
        stats.add_offered(1);
        stats.add_lines(lines as u64);
        stats.set_clock(at);
    }
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

fn only_terminal(config: &PlayConfig) -> anyhow::Result<TerminalId> {
    let mut wires = config.journal.iter().chain(&config.printer);
    match (wires.next(), wires.next()) {
        (Some(wire), None) => Ok(wire.terminal.clone()),
        (None, _) => bail!("no wire to play on: name a journal or a printer"),
        (Some(_), Some(_)) => bail!("the record has one till: name one journal or one printer"),
    }
}

fn wanted_name(config: &PlayConfig) -> String {
    config.online_retail.as_ref().map_or_else(String::new, |wanted| wanted.name.clone())
}

fn extra_incidents(config: &PlayConfig, world: &World, begins: Timestamp) -> anyhow::Result<Vec<Incident>> {
    let after = |seconds: u32| begins.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(begins);
    let live = config.incident.iter().map(|wanted| Incident {
        cabinet: wanted.cabinet.clone(),
        channel: wanted.channel,
        kind: wanted.kind,
        from: after(wanted.after_s),
        to: after(wanted.after_s.saturating_add(wanted.lasts_s)),
    });
    let incidents: Vec<Incident> = live.chain(config.dated_incident.iter().cloned()).collect();
    check_incidents(&incidents, world)?;
    Ok(incidents)
}

/// Whether the store has what goes wrong.
pub fn check_incidents(incidents: &[Incident], world: &World) -> anyhow::Result<()> {
    for incident in incidents {
        let there = world.spec().fridges.iter().any(|spec| spec.id == incident.cabinet);
        ensure!(there, "an incident names the cabinet {:?}, which the store does not have", incident.cabinet);
    }
    Ok(())
}
