//! The agent, wired: which task owns what, and who talks to whom.
//!
//! ```text
//! journal, printer ──────────────┐
//! modbus ── readings ── sense ───┼──► outbox ──► uplink ◄──► hub
//!                         └► think ── alarms ┘
//! board ◄── everyone      page, status ◄── board
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};
use uuid::Uuid;
use vyavs_codec::gs1::Codes;
use vyavs_domain::ids::AlarmId;
use vyavs_domain::reading::Reading;
use vyavs_domain::time::BootId;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Supervision};
use vyavs_wire::record::{ReadingV1, Record};

use crate::acquire::till::TillSink;
use crate::acquire::{
    self, Context, ble, broker, counter, csvtail, dsfinvk, journal, modbus, onewire, poslog, printer, scale,
};
use crate::alarms::Alarms;
use crate::config::EdgeConfig;
use crate::health::{Board, LinkState};
use crate::identity::{Identity, IdentityError};
use crate::outbox::Outbox;
use crate::outbox::store::{LossSigner, Store};
use crate::page;
use crate::think::{self, ModelState, Surroundings, ThinkConfig, ThinkStatus};
use crate::uplink::Uplink;

/// Readings that may wait to be thought about; a reading more makes the bus wait.
const READINGS: usize = 1024;

/// What `--ready` is told once the agent works.
#[derive(Debug, Serialize)]
struct Ready {
    pid: u32,
    epoch: u64,
}

/// Runs the agent until it is told to stop. `ready` is a file to write once everything is started.
pub async fn run(config: EdgeConfig, clock: Clock, ready: Option<PathBuf>) -> anyhow::Result<()> {
    let life = Lifecycle::new();
    life.stop_on_signal().context("failed to listen for signals")?;
    let time = Arc::new(config.store.time()?);
    let board = Board::new(clock.clone(), time.clone(), config.store.currency);
    // Of the process, not of the kernel: it says whose monotonic time it is, and ours begins with the process.
    let boot = BootId(Uuid::new_v4());

    let identity = match Identity::load(&config.identity.dir) {
        Ok(identity) => Some(identity),
        // A store can be set up before it is enrolled: everything is kept, nothing is sent.
        Err(error @ IdentityError::NotEnrolled(_)) => {
            warn!("{error}; everything is kept here meanwhile");
            None
        }
        Err(error) => return Err(error.into()),
    };
    let signer: LossSigner = match &identity {
        Some(identity) => {
            let (key, us) = (identity.signer.clone(), identity.enrolment.identity);
            Arc::new(move |loss| vyavs_delivery::seal::sign_loss(&key, us, loss))
        }
        None => Arc::new(|_| Vec::new()),
    };
    let (outbox_config, outbox_clock) = (config.outbox.clone(), clock.clone());
    let store = tokio::task::spawn_blocking(move || Store::open(outbox_config, outbox_clock, boot, signer)).await??;
    let store = Arc::new(store);
    let (outbox, heads) = Outbox::start(store.clone(), &life);

    match identity {
        Some(identity) => {
            board.identity(&identity.enrolment.identity.to_string());
            let uplink = Uplink {
                config: config.uplink.clone(),
                identity,
                store: store.clone(),
                outbox: outbox.clone(),
                heads,
                board: board.clone(),
                clock: clock.clone(),
                boot,
                stop: life.stop_token(),
            };
            life.spawn(uplink.run());
        }
        None => board.link(LinkState::NotEnrolled, Some("run `vyavs-edge enrol` with a token from the hub")),
    }

    let context = Context {
        outbox: outbox.clone(),
        time,
        currency: config.store.currency,
        till: TillSink::new(Codes::new(&config.codes)?),
        clock,
        stop: life.stop_token(),
    };
    start_inputs(&config, &context, &board, &life)?;
    start_page(&config, &board, &life);
    let epoch = store.lanes().0;
    info!(epoch, "the agent is running");
    if let Some(path) = ready {
        let ready = serde_json::to_vec(&Ready { pid: std::process::id(), epoch })?;
        std::fs::write(&path, ready).with_context(|| format!("failed to write {}", path.display()))?;
    }

    life.stop_token().cancelled().await;
    // The inputs go first and let go of their handles; the writer then writes what gathered and ends.
    drop((context, outbox));
    if !life.shutdown(Duration::from_secs(10)).await {
        warn!("some tasks did not end in time");
    }
    Ok(())
}

fn start_inputs(config: &EdgeConfig, context: &Context, board: &Board, life: &Lifecycle) -> anyhow::Result<()> {
    let policy = Supervision::default();
    for journal in config.journal.clone() {
        let (context, handle) = (context.clone(), board.input(journal.terminal.as_str(), "journal"));
        let failed = handle.clone();
        let name = format!("journal {}", journal.terminal);
        let make = move |pulse| journal::run(journal.clone(), context.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for printer in config.printer.clone() {
        let (context, handle) = (context.clone(), board.input(printer.terminal.as_str(), "printer"));
        let failed = handle.clone();
        let name = format!("printer {}", printer.terminal);
        let make = move |pulse| printer::run(printer.clone(), context.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    start_files(config, context, board, life);
    let (sensed, readings) = mpsc::channel(READINGS);
    let mut sensors = Vec::new();
    let buses = modbus::Buses::of(&config.modbus)?;
    for line in buses.lines() {
        let (handle, stop) = (board.input(&line.name(), "modbus bus"), context.stop.clone());
        let failed = handle.clone();
        let name = format!("modbus bus {}", line.name());
        let make = move |pulse| line.clone().run(handle.clone(), stop.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for modbus in config.modbus.clone() {
        sensors.extend(modbus::Device::open(&modbus)?.sensors().cloned());
        let (context, handle) = (context.clone(), board.input(&modbus.name, "modbus"));
        let (failed, sensed, buses) = (handle.clone(), sensed.clone(), buses.clone());
        let name = format!("modbus {}", modbus.name);
        let make = move |pulse| {
            modbus::run(modbus.clone(), buses.clone(), context.clone(), sensed.clone(), handle.clone(), pulse)
        };
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for scale in config.scale.clone() {
        // A scale that is listened to is silent while nobody sells by it: its silence is no alarm.
        sensors.extend((scale.mode == scale::Mode::Poll).then(|| scale.declared()));
        let (context, handle) = (context.clone(), board.input(&scale.name, "scale"));
        let (failed, sensed) = (handle.clone(), sensed.clone());
        let name = format!("scale {}", scale.name);
        let make = move |pulse| scale::run(scale.clone(), context.clone(), sensed.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for ble in config.ble.clone() {
        sensors.extend(ble.sensors()?);
        let (context, handle) = (context.clone(), board.input(&ble.name, "ble"));
        let (failed, sensed) = (handle.clone(), sensed.clone());
        let name = format!("ble {}", ble.name);
        let make = move |pulse| ble::run(ble.clone(), context.clone(), sensed.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for broker in config.broker.clone() {
        sensors.extend(broker.sensors());
        let (context, handle) = (context.clone(), board.input(&broker.name, "broker"));
        let (failed, sensed) = (handle.clone(), sensed.clone());
        let name = format!("broker {}", broker.name);
        let make = move |pulse| broker::run(broker.clone(), context.clone(), sensed.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for counter in config.counter.clone() {
        sensors.extend(counter.sensors());
        let (context, handle) = (context.clone(), board.input(&counter.name, "counter"));
        let (failed, sensed) = (handle.clone(), sensed.clone());
        let name = format!("counter {}", counter.name);
        let make = move |pulse| counter::run(counter.clone(), context.clone(), sensed.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for onewire in config.onewire.clone() {
        sensors.extend(onewire.sensors());
        let (context, handle) = (context.clone(), board.input(&onewire.name, "onewire"));
        let (failed, sensed) = (handle.clone(), sensed.clone());
        let name = format!("onewire {}", onewire.name);
        let make = move |pulse| onewire::run(onewire.clone(), context.clone(), sensed.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    let (thoughts, to_think) = mpsc::channel(READINGS);
    let (raised, alarms) = mpsc::channel(64);
    for wired in config.board.clone() {
        sensors.extend(wired.declared());
        let (context, handle) = (context.clone(), board.input(&wired.name, "board"));
        let (failed, thoughts, note) = (handle.clone(), thoughts.clone(), wired.note(&config.outbox.dir));
        let name = format!("board {}", wired.name);
        // Its readings are on disk before the board forgets them, so they do not pass `sense`.
        let make = move |pulse| {
            let (wired, context, thoughts, note) = (wired.clone(), context.clone(), thoughts.clone(), note.clone());
            acquire::board::run(wired, context, thoughts, note, handle.clone(), pulse)
        };
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    life.spawn(sense(readings, context.outbox.clone(), thoughts));
    let status = Arc::new(ThinkStatus::default());
    let (resume, resumed) = oneshot::channel();
    let around = Surroundings {
        sensors,
        config: ThinkConfig { rules: config.rules.clone(), models: config.models.clone() },
        time: context.time.clone(),
        started_at: context.clock.now(),
        status: status.clone(),
        memory: config.outbox.dir.join("think.memory"),
        resumed: resume,
    };
    life.spawn(think::run(around, to_think, raised, || AlarmId(Uuid::new_v4())));
    let file = config.outbox.dir.join("open-alarms.json");
    let (outbox, clock) = (context.outbox.clone(), context.clock.clone());
    life.spawn(Alarms { outbox, board: board.clone(), clock, file, resumed }.run(alarms));
    let (stop, board) = (context.stop.clone(), board.clone());
    life.spawn(async move {
        // The model is loaded by the thinking task; the board says which one runs and how fast it answers.
        while !stop.is_cancelled() {
            let figures = status.figures();
            let running = match figures.model {
                ModelState::Running { model } => vec![model],
                _ => Vec::new(),
            };
            board.models(running);
            board.thinking(figures.latency);
            tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(Duration::from_secs(5)) => {} }
        }
    });
    Ok(())
}

/// What tills write into files; each input remembers beside the outbox what it read.
fn start_files(config: &EdgeConfig, context: &Context, board: &Board, life: &Lifecycle) {
    let policy = Supervision::default();
    let state = config.outbox.dir.join("files");
    for poslog in config.poslog.clone() {
        let (context, handle, state) = (context.clone(), board.input(&poslog.name, "poslog"), state.clone());
        let failed = handle.clone();
        let name = format!("poslog {}", poslog.name);
        let make = move |pulse| poslog::run(poslog.clone(), state.clone(), context.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for csv in config.csv.clone() {
        let (context, handle, state) = (context.clone(), board.input(&csv.name, "csv"), state.clone());
        let failed = handle.clone();
        let name = format!("csv {}", csv.name);
        let make = move |pulse| csvtail::run(csv.clone(), state.clone(), context.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
    for dsfinvk in config.dsfinvk.clone() {
        let (context, handle, state) = (context.clone(), board.input(&dsfinvk.name, "dsfinvk"), state.clone());
        let failed = handle.clone();
        let name = format!("dsfinvk {}", dsfinvk.name);
        let make = move |pulse| dsfinvk::run(dsfinvk.clone(), state.clone(), context.clone(), handle.clone(), pulse);
        life.supervise(&name, policy, make, move |why| failed.failed(why));
    }
}

/// Every reading is kept and thought about; the input has shown it already.
async fn sense(mut readings: mpsc::Receiver<Reading>, outbox: Outbox, thoughts: mpsc::Sender<Reading>) {
    let mut batch = Vec::new();
    while readings.recv_many(&mut batch, 256).await > 0 {
        let mut records = Vec::with_capacity(batch.len());
        for reading in batch.drain(..) {
            records.push(Record::ReadingV1(ReadingV1::from(&reading)));
            if thoughts.send(reading).await.is_err() {
                warn!("nobody thinks about readings any more; they are kept all the same");
            }
        }
        if outbox.offer(records).await.is_err() {
            return;
        }
    }
}

fn start_page(config: &EdgeConfig, board: &Board, life: &Lifecycle) {
    let (page, board) = (config.page.clone(), board.clone());
    let state = config.identity.dir.parent().unwrap_or(Path::new(".")).to_owned();
    let stop = life.stop_token();
    let make = move |pulse| {
        let (page, state, board, stop) = (page.clone(), state.clone(), board.clone(), stop.clone());
        async move { page::run(page, &state, board, stop, pulse).await }
    };
    life.supervise("local page", Supervision::default(), make, |_| {});
}
