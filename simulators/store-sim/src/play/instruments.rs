//! The wires on which the store's instruments are read, each opened before the play begins and run by a task of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vyavs_domain::time::StoreTime;
use vyavs_service::clock::Clock;
use vyavs_world::sensors::Rounds;

use super::script::Layout;
use crate::ble::Radio;
use crate::board::BoardConfig;
use crate::config::PlayConfig;
use crate::counter::Counter;
use crate::modbus::{self, Instruments};
use crate::mqtt::Publishers;
use crate::onewire::{self, OnewireConfig};
use crate::pace::Pace;
use crate::sections::Store;
use crate::summary::Stats;

/// What is open.
pub(super) struct Wires {
    instruments: Instruments,
    modbus: Option<TcpListener>,
    modbus_serial: Option<PathBuf>,
    boards: Vec<BoardConfig>,
    radio: Option<Radio>,
    publishers: Option<Publishers>,
    counter: Option<(Counter, TcpListener)>,
    onewire: Option<OnewireConfig>,
}

impl Wires {
    /// Opens ports and files, and writes the agent's sections where they are wanted.
    pub(super) async fn open(
        config: &PlayConfig,
        (name, time, layout): (&str, &StoreTime, &Layout),
        stats: &Stats,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let instruments = Instruments::new(stats.clone()).context("a built-in device template is broken")?;
        let modbus = match &config.modbus {
            Some(modbus) => Some(listen("Modbus", modbus.listen).await?),
            None => None,
        };
        let radio = config.ble.as_ref().map(|ble| {
            let radio = Radio::new(ble, layout.seed, clock.now(), instruments.clone(), stats.clone());
            radio.map_err(|error| anyhow!(error))
        });
        let publishers = config.mqtt.as_ref().map(|mqtt| {
            mqtt.check().map_err(|error| anyhow!(error))?;
            let (config, cabinets, clock) = (mqtt.clone(), layout.cabinets.clone(), clock.clone());
            let (instruments, stats) = (instruments.clone(), stats.clone());
            anyhow::Ok(Publishers { config, cabinets, instruments, stats, clock })
        });
        let counter = match &config.counter {
            Some(wanted) => {
                let (time, instruments) = (time.clone(), instruments.clone());
                let counter = Counter::new(wanted, name, time, instruments, stats.clone()).context("[counter]")?;
                Some((counter, listen("the people counter", wanted.listen).await?))
            }
            None => None,
        };
        let wires = Self {
            instruments,
            modbus,
            modbus_serial: config.modbus_serial.clone(),
            boards: config.board.clone(),
            radio: radio.transpose()?,
            publishers: publishers.transpose()?,
            counter,
            onewire: config.onewire.clone(),
        };
        if let Some(path) = &config.sections {
            let store = Store { cabinets: &layout.cabinets, sensors: &layout.sensors };
            let text = store.sections(config, wires.counter_address());
            std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))?;
        }
        Ok(wires)
    }

    pub(super) fn modbus_address(&self) -> Option<SocketAddr> {
        self.modbus.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    pub(super) fn counter_address(&self) -> Option<SocketAddr> {
        self.counter.as_ref().and_then(|(_, listener)| listener.local_addr().ok())
    }

    /// Starts a task a wire, and the one that lets the instruments measure. They end with `stop`, or with an error.
    pub(super) fn start(
        self,
        rounds: Rounds,
        pace: Pace,
        stats: &Stats,
        stop: &CancellationToken,
    ) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
        let mut tasks = JoinSet::new();
        let boards =
            crate::board::start(&self.boards, &self.instruments).context("failed to open the line of a board")?;
        let (played, instruments, ended) = (stats.clone(), self.instruments.clone(), stop.clone());
        tasks.spawn(async move {
            modbus::advance(instruments, rounds, pace, move || played.clock(), ended).await;
            drop(boards);
            Ok(())
        });
        if let Some(listener) = self.modbus {
            let serve = modbus::serve(listener, self.modbus_serial, self.instruments.clone(), stop.clone());
            tasks.spawn(async move { serve.await.context("the Modbus port failed") });
        }
        if let Some(publishers) = self.publishers {
            let stop = stop.clone();
            tasks.spawn(async move {
                publishers.run(stop).await;
                Ok(())
            });
        }
        // These may be dropped anywhere.
        let mut until_stopped = |running: Running| {
            let stop = stop.clone();
            tasks.spawn(async move { stop.run_until_cancelled(running).await.unwrap_or(Ok(())) });
        };
        if let Some(radio) = self.radio {
            until_stopped(Box::pin(async move { radio.run().await.context("failed to write what the radio hears") }));
        }
        if let Some((counter, listener)) = self.counter {
            until_stopped(Box::pin(async move {
                counter.serve(listener).await;
                Ok(())
            }));
        }
        if let Some(config) = self.onewire {
            let shown = onewire::run(config, self.instruments);
            until_stopped(Box::pin(async move { shown.await.context("failed to show the 1-Wire bus") }));
        }
        Ok(tasks)
    }
}

type Running = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

async fn listen(what: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("failed to listen for {what} on {address}"))
}
