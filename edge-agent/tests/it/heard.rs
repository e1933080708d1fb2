//! What the tests of `[[ble]]`, `[[broker]]`, `[[counter]]` and `[[onewire]]` share: an input, and its readings.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::time;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::{Board, InputHandle, InputState};
use vyavs_edge_agent::outbox::{Outbox, Request};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::Record;

const PATIENCE: Duration = Duration::from_secs(20);

/// A section as it stands in `edge.toml`.
pub(crate) fn section<T: DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).expect("a section")
}

/// A running input.
pub(crate) struct Input {
    pub(crate) board: Board,
    pub(crate) readings: mpsc::Receiver<Reading>,
    pub(crate) requests: mpsc::Receiver<Request>,
}

impl Input {
    /// Starts what `run` makes of its arguments.
    pub(crate) fn start<F, E>(
        life: &Lifecycle,
        run: impl FnOnce(Context, mpsc::Sender<Reading>, InputHandle, Pulse) -> F,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send,
    {
        let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
        let currency = "GBP".parse().expect("a currency");
        let board = Board::new(Clock::system(), time.clone(), currency);
        let (outbox, requests) = Outbox::channel(8);
        let (tx, readings) = mpsc::channel(256);
        let ctx = Context {
            outbox,
            time,
            currency,
            till: TillSink::default(),
            clock: Clock::system(),
            stop: life.stop_token(),
        };
        let running = run(ctx, tx, board.input("input", "test"), Pulse::default());
        life.spawn(async move {
            if let Err(error) = running.await {
                panic!("the input ended: {error}");
            }
        });
        Self { board, readings, requests }
    }

    /// Names of the sensors it declared to the hub.
    pub(crate) async fn declared(&mut self) -> Vec<String> {
        let request = tokio::time::timeout(PATIENCE, self.requests.recv()).await.expect("in time").expect("open");
        let Request::Append(declared) = request else { panic!("sensors are declared") };
        let name = |record: &Record| match record {
            Record::SensorV1(sensor) => sensor.id.clone(),
            other => panic!("{other:?}"),
        };
        declared.records.iter().map(name).collect()
    }

    pub(crate) async fn next(&mut self) -> Reading {
        tokio::time::timeout(PATIENCE, self.readings.recv()).await.expect("a reading in time").expect("open")
    }

    /// The next reading of a sensor, and what the board says about it.
    pub(crate) async fn of(&mut self, sensor: &str) -> (Reading, String) {
        loop {
            let reading = self.next().await;
            if reading.sensor.as_str() == sensor {
                let on_board = self.board.status().sensors.into_iter().find(|known| known.id == reading.sensor);
                let why = on_board.and_then(|known| known.detail).unwrap_or_default();
                return (reading, why);
            }
        }
    }

    /// The next reading of a sensor and quality.
    pub(crate) async fn until(&mut self, sensor: &str, quality: Quality) -> (Reading, String) {
        loop {
            let found = self.of(sensor).await;
            if found.0.quality == quality {
                return found;
            }
        }
    }

    /// State and detail of the input, once it has that state.
    pub(crate) async fn state(&self, state: InputState) -> String {
        let reached = async {
            loop {
                let status = self.board.status();
                let input = status.inputs.first().expect("the input");
                if input.state == state {
                    return input.detail.clone().unwrap_or_default();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.expect("the state in time")
    }

    /// Waits until the input's detail has a text in it.
    pub(crate) async fn says(&self, text: &str) {
        let said = async {
            while !self.board.status().inputs[0].detail.as_deref().is_some_and(|detail| detail.contains(text)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, said).await.is_err() {
            panic!("it never said {text:?}: {:?}", self.board.status().inputs[0].detail);
        }
    }
}
