//! What is played: the source's items in order, its instruments, and the store's time it begins and ends at.

use std::iter::Peekable;

use anyhow::{Context, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::reading::Sensor;
use vyavs_domain::sale::Receipt;
use vyavs_domain::time::{BusinessDay, StoreTime};
use vyavs_service::config::load;
use vyavs_world::sensors::{Incident, Rounds};
use vyavs_world::{StoreSpec, World};

use crate::config::{Moment, PlayConfig, RecordConfig};
use crate::item::{Item, Page};
use crate::pace::Speed;
use crate::source::bread_basket::{self, Bakery};
use crate::source::complete_journey::{self, Shops};
use crate::source::online_retail::{self, Shop};
use crate::source::{TableError, receipts_text, sensor_record, trade};

pub(super) type Items = Box<dyn Iterator<Item = anyhow::Result<Item>> + Send>;

/// A source that was read as far as its beginning.
pub(super) struct Script {
    pub(super) name: String,
    pub(super) time: StoreTime,
    pub(super) items: Peekable<Items>,
    /// The store's time when the play begins.
    pub(super) begins: Timestamp,
    /// The store's time when it ends.
    pub(super) ends: Option<Timestamp>,
    pub(super) instruments: Option<Rounds>,
    pub(super) layout: Layout,
    /// Where none is asked for.
    pub(super) speed: Speed,
}

/// What the instruments hang on.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The cabinets' names, in the order in which the instruments show them.
    pub(super) cabinets: Vec<String>,
    /// The sensors as the store declares them; a record declares none.
    pub(super) sensors: Vec<Sensor>,
    /// Of the store; a record has none.
    pub(super) seed: u64,
}

impl Script {
    /// Reads what `config` names. Blocks: the first tickets are computed, or read from disk.
    pub(super) fn of(config: &PlayConfig, now: Timestamp) -> anyhow::Result<Self> {
        let records = [&config.online_retail, &config.bread_basket, &config.receipts_text];
        let count = records.iter().filter(|record| record.is_some()).count()
            + usize::from(config.world.is_some())
            + usize::from(config.complete_journey.is_some())
            + usize::from(!config.sensor_record.is_empty());
        ensure!(
            count == 1,
            "nothing to play, or too much: name one of a world (seed and store), online_retail, complete_journey, \
             bread_basket, receipts_text and sensor_record"
        );
        if let Some(wanted) = &config.world {
            let spec: StoreSpec = load(&wanted.store)?;
            let world = World::new(wanted.seed, spec)
                .with_context(|| format!("{} describes no store", wanted.store.display()))?;
            return Self::of_world(config, world, now);
        }
        let incidents = config.incident.len() + config.dated_incident.len();
        ensure!(incidents == 0, "a record is what happened: incidents need a world");
        if !config.sensor_record.is_empty() {
            return Self::of_sensors(config, now);
        }
        ensure!(
            !config.has_instruments(),
            "a record of tickets has no instruments: modbus, board, ble, mqtt, counter and onewire need a world or \
             sensor_record"
        );
        if let Some(record) = &config.online_retail {
            let (time, terminal) = (record.time()?, only_terminal(config)?);
            let shop = Shop { time, terminal, currency: record.currency };
            let receipts = online_retail::read(&record.dir, &shop)?.into_iter().map(Ok::<_, TableError>);
            return Self::of_tickets(config, record, receipts, now);
        }
        if let Some(wanted) = &config.complete_journey {
            let record = &wanted.record;
            let (time, only, currency) = (record.time()?, wanted.store.clone(), record.currency);
            let terminals: Vec<TerminalId> = terminals(config).cloned().collect();
            ensure!(!terminals.is_empty(), "no wire to play on: name a journal or a printer");
            let tickets = complete_journey::open(&record.dir, Shops { time, terminals, currency, only })?;
            let script = Self::of_tickets(config, record, tickets, now)?;
            let store = wanted.store.as_ref();
            return Ok(match store {
                Some(store) => Self { name: format!("{}, store {store}", script.name), ..script },
                None => script,
            });
        }
        if let Some(record) = &config.bread_basket {
            let (time, terminal) = (record.time()?, only_terminal(config)?);
            let tickets = bread_basket::open(&record.dir, Bakery { time, terminal, currency: record.currency })?;
            return Self::of_tickets(config, record, tickets, now);
        }
        match &config.receipts_text {
            Some(record) => Self::of_pages(config, record, now),
            None => bail!("nothing to play"),
        }
    }

    fn of_tickets(
        config: &PlayConfig,
        record: &RecordConfig,
        tickets: impl Iterator<Item = Result<Receipt, TableError>> + Send + 'static,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let time = record.time()?;
        let day_of = |moment| match moment {
            Moment::Now => time.business_day(now),
            Moment::Day(date) => BusinessDay(date),
            Moment::At(at) => time.business_day(at),
        };
        let (from, until) = (config.from.map(day_of), config.until.map(day_of));
        let within = move |receipt: &Receipt| {
            let day = receipt.key.business_day;
            from.is_none_or(|from| from <= day) && until.is_none_or(|until| day < until)
        };
        let items: Items = Box::new(tickets.filter_map(move |ticket| match ticket {
            Ok(receipt) => within(&receipt).then(|| Ok(Item::Receipt(Box::new(receipt)))),
            Err(error) => Some(Err(error.into())),
        }));
        let mut items = items.peekable();
        let begins = begin_of(&mut items)?.unwrap_or(now);
        let (name, speed) = (record.name.clone(), Speed::Max);
        Ok(Self::of_items(name, time, items, begins, speed))
    }

    /// What has tickets and nothing else.
    fn of_items(name: String, time: StoreTime, items: Peekable<Items>, begins: Timestamp, speed: Speed) -> Self {
        Self { name, time, items, begins, ends: None, instruments: None, layout: Layout::default(), speed }
    }

    /// Pages are printed one a minute.
    fn of_pages(config: &PlayConfig, record: &RecordConfig, now: Timestamp) -> anyhow::Result<Self> {
        ensure!(config.journal.is_empty(), "receipts_text is text on paper: name a printer, not a journal");
        let (time, terminal) = (record.time()?, only_terminal(config)?);
        let begins = match config.from {
            None | Some(Moment::Now) => now,
            Some(Moment::Day(date)) => time.span(BusinessDay(date)).0,
            Some(Moment::At(at)) => at,
        };
        let calendar = time.clone();
        let pages = receipts_text::open(&record.dir)?.zip(0_i64..).map(move |(page, place)| {
            let receipts_text::Page { id, rows } = page?;
            let at = begins.saturating_add(SignedDuration::from_mins(place)).unwrap_or(Timestamp::MAX);
            let business_day = calendar.business_day(at);
            Ok(Item::Page(Box::new(Page { id, terminal: terminal.clone(), at, business_day, rows })))
        });
        let items: Items = Box::new(pages);
        let (name, speed) = (record.name.clone(), Speed::Max);
        Ok(Self::of_items(name, time, items.peekable(), begins, speed))
    }

    /// Recorded sensors, from the first value of the first record on.
    fn of_sensors(config: &PlayConfig, now: Timestamp) -> anyhow::Result<Self> {
        ensure!(
            config.has_instruments(),
            "a record of sensors is read on the modbus wire or by radio, broker or 1-Wire, and there is none"
        );
        ensure!(config.counter.is_none(), "a record of sensors counts nobody: counter needs a world");
        ensure!(config.speed != Some(Speed::Max), "a record of sensors has no tickets to wait for: it needs a speed");
        ensure!(terminals(config).next().is_none(), "a record of sensors has no tickets: name no journal or printer");
        let record = &config.sensor_record;
        let mut series = Vec::new();
        if let Some(dir) = &record.freezer {
            series.push(sensor_record::freezer(dir)?);
        }
        for file in &record.nab {
            series.push(sensor_record::nab(file)?);
        }
        let series = sensor_record::together(series);
        let ends = series.iter().filter_map(|one| one.samples.last()).map(|(at, _)| *at).max();
        let first = series.iter().filter_map(|one| one.samples.first()).map(|(at, _)| *at).min();
        let begins = match config.from {
            None => first.context("the records of the sensors are empty")?,
            Some(Moment::Now) => now,
            Some(Moment::Day(date)) => date.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp(),
            Some(Moment::At(at)) => at,
        };
        let time = StoreTime::new("UTC", jiff::civil::Time::midnight())?;
        let items: Items = Box::new(std::iter::empty());
        let cabinets = (1..=series.len()).map(|place| format!("cabinet-{place}")).collect();
        let script = Self::of_items(record.name.clone(), time, items.peekable(), begins, Speed::Times(1.0));
        let layout = Layout { cabinets, ..Layout::default() };
        Ok(Self { ends, layout, instruments: Some(Rounds::recorded(series)), ..script })
    }

    fn of_world(config: &PlayConfig, world: World, now: Timestamp) -> anyhow::Result<Self> {
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
        let wires: Vec<&TerminalId> = terminals(config).collect();
        for till in (1..=world.spec().tills).map(|number| format!("till-{number}")) {
            let wired = wires.is_empty() || wires.iter().any(|terminal| terminal.as_str() == till);
            ensure!(wired, "{till} has no wire, but other tills of {} have one", world.spec().name);
        }
        ensure!(
            !wires.is_empty() || config.has_instruments(),
            "no wire to play on: name a journal, printer, modbus, board, ble, mqtt, counter or onewire"
        );
        let items: Items = match wires.is_empty() {
            true => Box::new(std::iter::empty()),
            false => {
                let all = trade::items(world.clone(), time.business_day(from));
                let after = all.skip_while(move |item| item.at() < from);
                Box::new(after.take_while(move |item| ends.is_none_or(|ends| item.at() < ends)).map(Ok))
            }
        };
        let mut items = items.peekable();
        // A play from a day on begins with its first ticket; one from now on, or from an instant, begins now.
        let begins = match config.from {
            Some(Moment::Day(_)) => begin_of(&mut items)?.unwrap_or(from),
            _ => now,
        };
        let instruments = match config.has_instruments() {
            false => {
                let incidents = config.incident.len() + config.dated_incident.len();
                ensure!(incidents == 0, "incidents show on the instruments only, and there is no wire of one");
                None
            }
            true => {
                let extra = extra_incidents(config, &world, begins)?;
                let horizon = ends.unwrap_or(begins + SignedDuration::from_hours(24 * 366));
                Some(world.rounds(begins, horizon, &extra))
            }
        };
        let cabinets = world.spec().fridges.iter().map(|spec| spec.id.clone()).collect();
        let layout = Layout { cabinets, sensors: world.sensors(), seed: world.seed() };
        let script = Self::of_items(world.spec().name.clone(), time, items, begins, Speed::Times(1.0));
        Ok(Self { ends, instruments, layout, ..script })
    }
}

/// When the first item is; an error of the source, where that is what comes first.
fn begin_of(items: &mut Peekable<Items>) -> anyhow::Result<Option<Timestamp>> {
    if let Some(Err(error)) = items.next_if(Result::is_err) {
        return Err(error);
    }
    Ok(items.peek().and_then(|item| item.as_ref().ok()).map(Item::at))
}

fn terminals(config: &PlayConfig) -> impl Iterator<Item = &TerminalId> {
    config.journal.iter().chain(&config.printer).map(|wire| &wire.terminal)
}

fn only_terminal(config: &PlayConfig) -> anyhow::Result<TerminalId> {
    let mut wires = terminals(config);
    match (wires.next(), wires.next()) {
        (Some(terminal), None) => Ok(terminal.clone()),
        (None, _) => bail!("no wire to play on: name a journal or a printer"),
        (Some(_), Some(_)) => bail!("the record has one till: name one journal or one printer"),
    }
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
