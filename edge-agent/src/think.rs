//! What the readings mean, here and now: rules and one model turn them into alarms, with the network cut or not.
//!
//! [`Thinker`] decides and touches nothing: a reading in, a verdict out. [`run`] is the task around it: it loads the
//! model, owns the clock tick that notices silence, and hands alarms on. Without a model, or with one that is
//! refused, the rules and a simple level score go on, and an alarm about the device says why.

mod config;
mod latency;
mod memory;
mod model;
mod sensor;
mod status;
mod thinker;
mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};
use vyavs_domain::alert::Alarm;
use vyavs_domain::ids::AlarmId;
use vyavs_domain::reading::{Reading, Sensor};
use vyavs_domain::time::StoreTime;

pub use config::{ModelsConfig, RulesConfig, ThinkConfig};
pub use latency::{Latency, LatencyFigures};
pub use memory::Memory;
pub use model::{Brain, ModelState};
pub use status::{ThinkFigures, ThinkStatus};
pub use thinker::{Thinker, Verdict};

/// How often silence is looked for when no reading makes us look.
const TICK: Duration = Duration::from_secs(5);

/// How often what a restart should not forget is written: at most this much of a cabinet's warm time is forgotten.
const REMEMBER: Duration = Duration::from_secs(60);

/// What [`run`] stands on.
#[derive(Debug)]
pub struct Surroundings {
    /// Channels the store has; readings of others are counted and left.
    pub sensors: Vec<Sensor>,
    /// `[rules]` and `[models]`.
    pub config: ThinkConfig,
    /// For the time of day, and for times in sentences.
    pub time: Arc<StoreTime>,
    /// Wall time now; only used until the first reading brings its own.
    pub started_at: Timestamp,
    /// Where figures are left for the page and the bench.
    pub status: Arc<ThinkStatus>,
    /// Where it is written what a restart should not forget; see [`Memory`].
    pub memory: PathBuf,
    /// Told which alarms of the last run are open again; all others are over.
    pub resumed: oneshot::Sender<Vec<Alarm>>,
}

/// Thinks about readings until the channel of readings closes or nobody takes alarms any more. `new_id` makes the id of
/// each new episode. Alarms that are raised while it waits for room in `alarms` are not lost: it waits.
pub async fn run(
    around: Surroundings,
    mut readings: mpsc::Receiver<Reading>,
    alarms: mpsc::Sender<Alarm>,
    mut new_id: impl FnMut() -> AlarmId + Send,
) {
    let Surroundings { sensors, config, time, started_at, status, memory: file, resumed } = around;
    let (models, kept) = (config.models.clone(), file.clone());
    // Verifying reads files and computes; the readings of other tasks need not wait for it.
    let loaded = tokio::task::spawn_blocking(move || (Brain::load(&models), Memory::load(&kept))).await;
    let (brain, memory) = loaded.unwrap_or_else(|error| {
        let reason = format!("loading it did not end well: {error}");
        (Brain::none(ModelState::Refused { name: "load".to_owned(), reason }), Memory::default())
    });
    match brain.state() {
        ModelState::Running { model } => info!(model, "the model is verified and runs"),
        other => warn!(state = ?other, "there is no model; the rules and the level score go on"),
    }
    status.set_model(brain.state().clone());
    let mut thinker = Thinker::new(sensors, config.rules, brain, time, started_at);
    let open = thinker.resume(memory);
    // Nobody listens only when the agent is stopping already.
    let _ = resumed.send(open);
    let mut remembered = Instant::now();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looked = Instant::now();
    loop {
        let raised = tokio::select! {
            biased;
            reading = readings.recv() => {
                let Some(reading) = reading else {
                    remember(thinker.memory(), file).await;
                    return;
                };
                let began = Instant::now();
                let verdict = thinker.step(&reading, &mut new_id);
                status.count(&verdict, began.elapsed());
                if let Some(state) = &verdict.model_changed {
                    warn!(?state, "the model is no longer used");
                    status.set_model(state.clone());
                }
                looked = Instant::now();
                verdict.alarms
            }
            _ = tick.tick() => {
                let idle = looked.elapsed();
                looked = Instant::now();
                thinker.idle(idle, &mut new_id)
            }
        };
        if remembered.elapsed() >= REMEMBER || !raised.is_empty() {
            remembered = Instant::now();
            remember(thinker.memory(), file.clone()).await;
        }
        for alarm in raised {
            if alarms.send(alarm).await.is_err() {
                return;
            }
        }
    }
}

async fn remember(memory: Memory, file: PathBuf) {
    let written = tokio::task::spawn_blocking(move || memory.save(&file).map_err(|error| (error, file))).await;
    if let Ok(Err((error, file))) = written {
        warn!("failed to note what a restart should not forget in {}: {error}", file.display());
    }
}

#[cfg(test)]
mod tests;
