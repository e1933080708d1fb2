//! The thinking from a reading to an alarm, with and without a model.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::ids::AlarmId;
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_domain::time::StoreTime;

use super::*;

fn start() -> Timestamp {
    "2026-03-02T06:00:00Z".parse().expect("a time")
}

fn time() -> Arc<StoreTime> {
    Arc::new(StoreTime::new("Europe/London", jiff::civil::time(4, 0, 0, 0)).expect("a zone"))
}

fn sensor(id: &str, measure: Measure) -> Sensor {
    let limits = (measure == Measure::Temperature).then_some((-1.0, 8.0)).unzip();
    Sensor { id: id.parse().expect("an id"), name: format!("Cabinet {id}"), measure, low: limits.0, high: limits.1 }
}

fn store() -> Vec<Sensor> {
    vec![
        sensor("fridge-1.air", Measure::Temperature),
        sensor("fridge-2.air", Measure::Temperature),
        sensor("fridge-1.defrost", Measure::State),
    ]
}

fn ids() -> impl FnMut() -> AlarmId + Send {
    let mut next = 0_u128;
    move || {
        next += 1;
        AlarmId(uuid::Uuid::from_u128(next))
    }
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/shipped")
}

/// A cabinet that cycles every quarter of an hour, in tenths, with a little noise of its own.
fn cycling(second: i64, shift: i64) -> f64 {
    let minute = (second / 60 + shift).rem_euclid(15);
    let wave = if minute < 8 { minute as f64 / 4.0 } else { (15 - minute) as f64 * 2.0 / 7.0 };
    let noise = ((second / 10 + shift) * 7_919).rem_euclid(5) as f64 / 10.0 - 0.2;
    ((2.0 + wave + noise * 0.5) * 10.0).round() / 10.0
}

/// A store under test: plays readings every ten seconds and keeps the alarms.
struct Play {
    thinker: Thinker,
    new_id: Box<dyn FnMut() -> AlarmId>,
    second: i64,
    /// What the controller of fridge 1 says of a defrost, once a minute.
    defrost: Option<f64>,
    alarms: Vec<Alarm>,
    scores: Vec<(i64, f32)>,
}

impl Play {
    fn new(brain: Brain) -> Self {
        let thinker = Thinker::new(store(), RulesConfig::default(), brain, time(), start());
        Self { thinker, new_id: Box::new(ids()), second: 0, defrost: Some(0.0), alarms: Vec::new(), scores: Vec::new() }
    }

    /// Ends the process and starts another, with what it kept; returns the alarms that are open again.
    fn restart(&mut self, rules: RulesConfig, brain: Brain) -> Vec<Alarm> {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("think.memory");
        self.thinker.memory().save(&file).expect("writable");
        let now = start() + SignedDuration::from_secs(self.second);
        self.thinker = Thinker::new(store(), rules, brain, time(), now);
        self.thinker.resume(Memory::load(&file))
    }

    fn without_model() -> Self {
        Self::new(Brain::none(ModelState::NotConfigured))
    }

    fn say(&mut self, id: &str, value: f64) -> Verdict {
        let at = start() + SignedDuration::from_secs(self.second);
        let reading = Reading { sensor: id.parse().expect("an id"), at, value, quality: Quality::Good };
        let verdict = self.thinker.step(&reading, &mut self.new_id);
        self.alarms.extend(verdict.alarms.iter().cloned());
        self.scores.extend(verdict.score.filter(|_| id == "fridge-1.air").map(|score| (self.second / 60, score)));
        verdict
    }

    /// Minutes in which fridge 2 cycles and fridge 1 says what `value` makes of its own cycling.
    fn minutes(&mut self, minutes: i64, value: impl Fn(i64, f64) -> Option<f64>) {
        let from = self.second;
        for _ in 0..minutes * 6 {
            let calm = cycling(self.second, 0);
            if let Some(value) = value((self.second - from) / 60, calm) {
                self.say("fridge-1.air", value);
            }
            self.say("fridge-2.air", cycling(self.second, 5));
            if let Some(state) = self.defrost.filter(|_| self.second % 60 == 0) {
                self.say("fridge-1.defrost", state);
            }
            self.second += 10;
        }
    }

    /// What happened, without the alarm about the model: kind, subject, raised or cleared, minute.
    fn story(&self) -> Vec<(AlarmKind, &str, char, i64)> {
        let about_sensors = self.alarms.iter().filter(|alarm| alarm.kind != AlarmKind::Device);
        let told = about_sensors.map(|alarm| {
            let (sign, at) = alarm.cleared_at.map_or(('+', alarm.raised_at), |at| ('-', at));
            (alarm.kind, alarm.subject.as_str(), sign, at.duration_since(start()).as_mins())
        });
        told.collect()
    }
}

#[test]
fn a_value_beyond_its_limit_is_raised_and_cleared_under_one_id() {
    let mut play = Play::without_model();
    play.minutes(30, |_, calm| Some(calm));
    play.minutes(20, |_, calm| Some(calm + 7.5));
    play.minutes(30, |_, calm| Some(calm));
    let story = play.story();
    let threshold: Vec<_> = story.iter().filter(|one| one.0 == AlarmKind::Threshold).collect();
    assert_eq!(
        threshold,
        [&(AlarmKind::Threshold, "fridge-1.air", '+', 45), &(AlarmKind::Threshold, "fridge-1.air", '-', 54)]
    );
    let [raised, cleared] = &play.alarms[1..] else { panic!("{:?}", play.alarms) };
    assert_eq!((raised.id, raised.raised_at), (cleared.id, cleared.raised_at));
    assert_eq!(raised.reason, "Cabinet fridge-1.air: 9.4 °C, above its limit of 8 °C since 06:30 (15 min)");
}

#[test]
fn without_a_model_the_device_says_so_once_and_the_level_score_goes_on() {
    let mut play = Play::without_model();
    play.minutes(300, |_, calm| Some(calm));
    assert_eq!(play.alarms.len(), 1, "{:?}", play.alarms);
    let about = &play.alarms[0];
    assert_eq!((about.kind, about.severity, about.subject.as_str()), (AlarmKind::Device, Severity::Info, "model"));
    assert!(about.reason.contains("not configured"), "{}", about.reason);
    // Far from its level, far below its limit.
    play.minutes(40, |_, calm| Some(calm + 3.8));
    let raised = play.alarms.last().expect("the level score");
    assert_eq!((raised.kind, &raised.model), (AlarmKind::ModelScore, &None));
    assert!(raised.reason.contains("no model at work"), "{}", raised.reason);
}

#[test]
fn a_stuck_sensor_is_raised_while_the_other_moves() {
    let mut play = Play::without_model();
    play.minutes(30, |_, calm| Some(calm));
    play.minutes(100, |_, _| Some(3.3));
    play.minutes(5, |_, calm| Some(calm));
    let stuck: Vec<_> = play.story().into_iter().filter(|one| one.0 == AlarmKind::StuckSensor).collect();
    assert_eq!(
        stuck,
        [(AlarmKind::StuckSensor, "fridge-1.air", '+', 120), (AlarmKind::StuckSensor, "fridge-1.air", '-', 130)]
    );
}

#[test]
fn silence_is_noticed_with_and_without_other_readings() {
    let mut play = Play::without_model();
    play.minutes(10, |_, calm| Some(calm));
    play.say("fridge-1.defrost", 0.0);
    play.defrost = None;
    play.minutes(15, |_, _| None);
    // Fridge 1 last spoke at 9:50, the defrost state at 10:00.
    let missing: Vec<_> = play.story().into_iter().filter(|one| one.0 == AlarmKind::Missing).collect();
    assert_eq!(
        missing,
        [(AlarmKind::Missing, "fridge-1.air", '+', 19), (AlarmKind::Missing, "fridge-1.defrost", '+', 20)]
    );
    play.minutes(1, |_, calm| Some(calm));
    assert_eq!(play.story().last(), Some(&(AlarmKind::Missing, "fridge-1.air", '-', 25)));
    // Nothing at all: only the idle clock runs.
    let quiet = (0..3).flat_map(|_| play.thinker.idle(Duration::from_secs(240), &mut play.new_id)).collect::<Vec<_>>();
    let subjects: Vec<&str> = quiet.iter().map(|alarm| alarm.subject.as_str()).collect();
    assert_eq!(subjects, ["fridge-1.air", "fridge-2.air"]);
}

#[test]
fn a_clock_that_is_set_by_ten_years_and_back_raises_nothing() {
    let mut play = Play::without_model();
    play.minutes(60, |_, calm| Some(calm));
    let years = 10 * 365 * 86_400;
    play.second += years;
    play.minutes(30, |_, calm| Some(calm));
    play.second -= 2 * years;
    play.minutes(30, |_, calm| Some(calm));
    assert_eq!(play.story(), []);
}

#[test]
fn a_defrost_explains_a_warm_cabinet_but_not_for_ever() {
    let warm = |explained: bool| {
        let mut play = Play::without_model();
        play.minutes(30, |_, calm| Some(calm));
        play.defrost = Some(f64::from(u8::from(explained)));
        play.minutes(50, |_, calm| Some(calm + 9.0));
        play.defrost = Some(0.0);
        play.minutes(10, |_, calm| Some(calm));
        play.story().into_iter().any(|one| one.0 == AlarmKind::Threshold && one.1 == "fridge-1.air")
    };
    assert!(warm(false));
    assert!(!warm(true));
    // A defrost that never ends is no explanation.
    let mut play = Play::without_model();
    play.defrost = Some(1.0);
    play.minutes(100, |_, calm| Some(calm + 9.0));
    assert!(play.story().iter().any(|one| one.0 == AlarmKind::Threshold));
}

#[test]
fn goods_that_were_too_warm_for_too_long_are_critical_in_a_defrost_too() {
    let mut play = Play::without_model();
    play.minutes(130, |_, calm| Some(calm + 9.0));
    let above = play.alarms.iter().find(|alarm| alarm.kind == AlarmKind::TimeAboveLimit).expect("two hours");
    assert_eq!(above.severity, Severity::Critical);
    assert!(above.reason.contains("above 8 °C for 2.0 h"), "{}", above.reason);
}

#[test]
fn readings_of_unknown_sensors_and_bad_values_are_counted_and_left() {
    let mut play = Play::without_model();
    assert!(play.say("garage.door", 1.0).unknown);
    for value in [f64::NAN, f64::INFINITY, -1e300] {
        play.second += 10;
        play.say("fridge-1.air", value);
    }
    play.minutes(200, |_, calm| Some(calm));
    assert!(play.scores.iter().all(|(_, score)| score.is_finite()));
}

#[test]
fn the_shipped_model_is_calm_when_all_is_well_and_speaks_before_the_limit() {
    let brain = Brain::load(&ModelsConfig { dir: Some(shipped()), keys: None });
    assert!(matches!(brain.state(), ModelState::Running { .. }), "{:?}", brain.state());
    let mut play = Play::new(brain);
    play.minutes(600, |_, calm| Some(calm));
    assert_eq!(play.alarms, Vec::<Alarm>::new(), "no device alarm, no false alarm");
    assert!(play.scores.len() > 400, "{}", play.scores.len());
    // The compressor stopped: a tenth of a degree every two minutes.
    play.minutes(80, |minute, calm| Some(3.0 + minute as f64 * 0.05 + (calm - 3.0) * 0.1));
    let raised = play.alarms.first().expect("an alarm before the limit of 8 °C is reached");
    assert_eq!((raised.kind, raised.subject.as_str()), (AlarmKind::ModelScore, "fridge-1.air"));
    assert!(raised.model.as_deref().is_some_and(|model| model.starts_with("sensor-anomaly ")), "{raised:?}");
}

#[test]
fn a_changed_model_is_refused_by_name_and_the_rules_go_on() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for file in ["manifest.toml", "model.onnx", "card.md", "signature"] {
        std::fs::copy(shipped().join("sensor-anomaly").join(file), dir.path().join(file)).expect("shipped");
    }
    let load = || Brain::load(&ModelsConfig { dir: Some(dir.path().to_owned()), keys: None });
    assert!(matches!(load().state(), ModelState::Running { .. }));
    let model = dir.path().join("model.onnx");
    let mut bytes = std::fs::read(&model).expect("copied");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&model, bytes).expect("writable");
    let brain = load();
    assert!(matches!(brain.state(), ModelState::Refused { name, .. } if name == "digest"), "{:?}", brain.state());
    let mut play = Play::new(brain);
    play.minutes(30, |_, calm| Some(calm + 9.0));
    assert_eq!((play.alarms[0].kind, play.alarms[0].severity), (AlarmKind::Device, Severity::Warning));
    assert!(play.alarms[0].reason.contains("model.onnx is not the file that was signed"), "{}", play.alarms[0].reason);
    assert_eq!(play.alarms[1].kind, AlarmKind::Threshold);
}

#[test]
fn a_restart_does_not_start_the_foods_clock_again() {
    let brain = || Brain::none(ModelState::NotConfigured);
    let play = |restart: bool| {
        let mut play = Play::without_model();
        play.minutes(60, |_, calm| Some(calm));
        // Warm for longer than is allowed, but not at one stretch of the process.
        for part in 0..5 {
            play.minutes(60, |_, calm| Some(calm + 9.0));
            if restart && part < 4 {
                play.restart(RulesConfig::default(), brain());
            }
        }
        play.minutes(180, |_, calm| Some(calm));
        play.story().into_iter().map(|(kind, _, sign, at)| (kind, sign, at)).collect::<Vec<_>>()
    };
    let through = play(false);
    assert!(through.iter().any(|one| one.0 == AlarmKind::TimeAboveLimit && one.1 == '+'), "{through:?}");
    assert_eq!(play(true), through);
}

#[test]
fn an_open_alarm_is_cleared_by_the_next_run_unless_its_rule_is_another() {
    let mut play = Play::without_model();
    play.minutes(30, |_, calm| Some(calm));
    play.minutes(20, |_, calm| Some(calm + 7.5));
    let raised = play.alarms.last().expect("raised").clone();
    let stricter = RulesConfig { hold_minutes: 3, ..RulesConfig::default() };
    let brain = || Brain::none(ModelState::NotConfigured);
    let mut other = Play::without_model();
    other.minutes(30, |_, calm| Some(calm));
    other.minutes(20, |_, calm| Some(calm + 7.5));
    assert_eq!(other.restart(stricter, brain()), [], "under another rule the state means something else");
    assert_eq!(play.restart(RulesConfig::default(), brain()), std::slice::from_ref(&raised));
    play.minutes(30, |_, calm| Some(calm));
    let cleared = play.alarms.last().expect("cleared");
    assert_eq!((cleared.id, cleared.raised_at), (raised.id, raised.raised_at));
    assert!(cleared.cleared_at.is_some());
}

#[test]
fn a_model_scores_again_at_once_after_a_restart() {
    let models = ModelsConfig { dir: Some(shipped()), keys: None };
    let mut play = Play::new(Brain::load(&models));
    play.minutes(400, |_, calm| Some(calm));
    play.restart(RulesConfig::default(), Brain::load(&models));
    let before = play.scores.len();
    play.minutes(3, |_, calm| Some(calm));
    assert!(play.scores.len() > before, "blind for hours");
}

#[tokio::test]
async fn the_task_takes_readings_and_gives_alarms_and_is_quick_about_it() {
    let (readings, taken) = mpsc::channel(64);
    let (given, mut alarms) = mpsc::channel(64);
    let status = Arc::new(ThinkStatus::default());
    let models = ModelsConfig { dir: Some(shipped()), keys: None };
    let dir = tempfile::tempdir().expect("a directory");
    let (resume, resumed) = oneshot::channel();
    let around = Surroundings {
        sensors: store(),
        config: ThinkConfig { rules: RulesConfig::default(), models },
        time: time(),
        started_at: start(),
        status: status.clone(),
        memory: dir.path().join("think.memory"),
        resumed: resume,
    };
    let feed = async move {
        for step in 0..6 * 60 * 8 {
            let second = step * 10;
            let hot = if second > 6 * 3_600 { 8.0 } else { 0.0 };
            for (id, shift, off) in [("fridge-1.air", 0, hot), ("fridge-2.air", 5, 0.0)] {
                let at = start() + SignedDuration::from_secs(second);
                let value = cycling(second, shift) + off;
                let reading = Reading { sensor: id.parse().expect("an id"), at, value, quality: Quality::Good };
                readings.send(reading).await.expect("the task lives");
            }
        }
        // Dropped here: the task ends.
    };
    let collect = async {
        let mut all = Vec::new();
        while let Some(alarm) = alarms.recv().await {
            all.push(alarm);
        }
        all
    };
    let ((), (), all) = tokio::join!(feed, run(around, taken, given, ids()), collect);
    assert_eq!(resumed.await.expect("told at the start"), [], "there was no run before");
    assert!(!Memory::load(&dir.path().join("think.memory")).sensors.is_empty(), "the last thing it does");
    assert!(all.iter().any(|alarm| alarm.kind == AlarmKind::Threshold), "{all:?}");
    assert!(all.iter().any(|alarm| alarm.kind == AlarmKind::ModelScore && alarm.model.is_some()), "{all:?}");
    let figures = status.figures();
    assert_eq!(figures.latency.count, 2 * 6 * 60 * 8);
    assert!(figures.scores > 500 && matches!(figures.model, ModelState::Running { .. }), "{figures:?}");
    println!("{figures:?}");
}

#[test]
fn both_sections_read_and_refuse_what_they_do_not_know() {
    #[derive(serde::Deserialize)]
    struct File {
        rules: RulesConfig,
        models: ModelsConfig,
    }
    let file: File = toml::from_str("[rules]\nhold_minutes = 3\n[models]\ndir = \"/x\"\n").expect("in order");
    assert_eq!((file.rules.hold_minutes, file.rules.missing_minutes), (3, 10));
    assert_eq!(file.models.dir.as_deref(), Some(Path::new("/x")));
    assert!(toml::from_str::<File>("[rules]\nhold_min = 3\n[models]\n").is_err());
}
