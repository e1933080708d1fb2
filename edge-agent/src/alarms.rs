//! Alarms on their way out: shown, kept, and never left open by a process that ended.
//!
//! Which alarms are open stands in a small file. A new process goes on with those that its rules remember, and clears the
//! rest; what still holds of those is raised anew.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};
use vyavs_domain::alert::Alarm;
use vyavs_domain::ids::AlarmId;
use vyavs_service::clock::Clock;
use vyavs_wire::record::{AlarmV1, Record};

use crate::health::Board;
use crate::outbox::{AppendError, Outbox};

/// Where alarms go.
#[derive(Debug)]
pub struct Alarms {
    /// Keeps them.
    pub outbox: Outbox,
    /// Shows them.
    pub board: Board,
    /// For the time at which left ones are cleared.
    pub clock: Clock,
    /// Beside the outbox's directory.
    pub file: PathBuf,
    /// Which alarms of the last run the rules go on with.
    pub resumed: oneshot::Receiver<Vec<Alarm>>,
}

impl Alarms {
    /// Runs until nobody raises alarms any more.
    pub async fn run(mut self, mut alarms: mpsc::Receiver<Alarm>) {
        let resumed = (&mut self.resumed).await.unwrap_or_default();
        let mut open: BTreeMap<_, _> = resumed.into_iter().map(|alarm| (alarm.id, alarm)).collect();
        for alarm in open.values() {
            self.board.alarm(alarm);
        }
        for mut left in load(&self.file) {
            if open.contains_key(&left.id) {
                continue;
            }
            info!(subject = left.subject, "an alarm of the last run is cleared; it is raised again if it still holds");
            left.cleared_at = Some(self.clock.now().max(left.raised_at));
            if self.keep(&left).await.is_err() {
                return;
            }
        }
        self.save(&open);
        while let Some(alarm) = alarms.recv().await {
            self.board.alarm(&alarm);
            if self.keep(&alarm).await.is_err() {
                return;
            }
            match alarm.cleared_at {
                Some(_) => open.remove(&alarm.id),
                None => open.insert(alarm.id, alarm),
            };
            self.save(&open);
        }
    }

    /// Tried until it is stored, for an alarm is why somebody looks.
    async fn keep(&self, alarm: &Alarm) -> Result<(), AppendError> {
        let record = Record::AlarmV1(AlarmV1::from(alarm));
        loop {
            match self.outbox.append(vec![record.clone()]).await {
                Ok(()) => return Ok(()),
                Err(AppendError::Stopped) => return Err(AppendError::Stopped),
                Err(AppendError::Busy(_)) => tokio::time::sleep(std::time::Duration::from_secs(1)).await,
            }
        }
    }

    fn save(&self, open: &BTreeMap<AlarmId, Alarm>) {
        let alarms: Vec<_> = open.values().collect();
        if let Err(error) = write(&self.file, &alarms) {
            warn!("failed to note which alarms are open in {}: {error}", self.file.display());
        }
    }
}

fn write(path: &Path, alarms: &[&Alarm]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, serde_json::to_vec(alarms)?)?;
    std::fs::rename(temporary, path)
}

/// What the last run left open; a file that is missing or damaged left nothing.
fn load(path: &Path) -> Vec<Alarm> {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{Append, Request};
    use std::sync::Arc;
    use vyavs_domain::alert::{AlarmKind, Severity};
    use vyavs_domain::time::StoreTime;

    fn alarm() -> Alarm {
        Alarm {
            id: AlarmId(uuid::Uuid::from_u128(7)),
            kind: AlarmKind::Threshold,
            severity: Severity::Warning,
            subject: "fridge-1.air".to_owned(),
            raised_at: jiff::Timestamp::UNIX_EPOCH,
            cleared_at: None,
            value: Some(9.0),
            limit: Some(5.0),
            reason: "too warm".to_owned(),
            model: None,
        }
    }

    /// Plays the outbox and returns what was kept.
    async fn run_once(file: &Path, go_on: Vec<Alarm>, raise: Option<Alarm>) -> Vec<AlarmV1> {
        let (outbox, mut requests) = Outbox::channel(8);
        let clock = Clock::system();
        let time = Arc::new(StoreTime::new("UTC", jiff::civil::Time::midnight()).expect("UTC is known"));
        let board = Board::new(clock.clone(), time, "EUR".parse().expect("a code"));
        let (raised, alarms) = mpsc::channel(8);
        let (resume, resumed) = oneshot::channel();
        resume.send(go_on).expect("it listens");
        let running = Alarms { outbox, board, clock, file: file.to_owned(), resumed }.run(alarms);
        let feed = async {
            if let Some(alarm) = raise {
                raised.send(alarm).await.expect("it listens");
            }
            drop(raised);
        };
        let mut kept = Vec::new();
        let play = async {
            while let Some(Request::Append(Append { records, done })) = requests.recv().await {
                kept.extend(records.into_iter().filter_map(|record| match record {
                    Record::AlarmV1(alarm) => Some(alarm),
                    _ => None,
                }));
                if let Some(done) = done {
                    done.send(Ok(())).expect("it waits");
                }
            }
        };
        tokio::join!(running, feed, play);
        kept
    }

    #[tokio::test]
    async fn an_alarm_left_open_by_a_process_that_ended_is_cleared_by_the_next() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("open-alarms.json");
        assert_eq!(run_once(&file, vec![], Some(alarm())).await.len(), 1);
        assert_eq!(run_once(&file, vec![alarm()], None).await, [], "the rules go on with it");
        let cleared = run_once(&file, vec![], None).await;
        assert_eq!(cleared.len(), 1);
        assert_eq!(cleared[0].id, *alarm().id.0.as_bytes());
        assert!(cleared[0].cleared_at_us.is_some());
        assert_eq!(run_once(&file, vec![], None).await, []);
    }
}
