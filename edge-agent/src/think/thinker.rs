//! The decisions: a reading in, a verdict out. No clock, no channel, no file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use vyavs_detect::{Episode, MAX_STEP_US, Others, Transition};
use vyavs_domain::alert::{Alarm, AlarmKind, Severity};
use vyavs_domain::ids::{AlarmId, SensorId};
use vyavs_domain::reading::{Measure, Quality, Reading, Sensor};
use vyavs_domain::time::{StoreTime, from_micros};
use vyavs_features::Sample;

use super::config::minutes_us;
use super::sensor::Watched;
use super::{Brain, Memory, ModelState, RulesConfig, words};

/// Readings of a store do not come in perfect order; this much earlier than the latest is no set clock.
const DISORDER_US: i64 = 300_000_000;
const DEFROST: &str = ".defrost";

/// What a reading led to.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// The score of the model (or of the level, without one), when the reading closed a minute.
    pub score: Option<f32>,
    /// Alarms raised or cleared, in this order.
    pub alarms: Vec<Alarm>,
    /// The sensor is not in the configuration.
    pub unknown: bool,
    /// The model failed on this reading and is given up.
    pub model_changed: Option<ModelState>,
}

/// When a cabinet began its defrost and when it ended it, µs since the epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Defrost {
    on_since: Option<i64>,
    ended: Option<i64>,
}

/// All that is remembered, and all that is decided.
#[derive(Debug)]
pub struct Thinker {
    sensors: Vec<Watched>,
    by_id: HashMap<SensorId, usize>,
    defrosts: HashMap<String, Defrost>,
    rules: RulesConfig,
    brain: Brain,
    time: Arc<StoreTime>,
    /// The latest time a reading told, µs since the epoch.
    now_us: i64,
    /// Time during which anything was heard, µs; what silence is measured in.
    observed_us: i64,
    /// The alarm about the model, until it was handed out.
    about_model: bool,
}

impl Thinker {
    /// `started_at` counts until the first reading brings its own time.
    pub fn new(
        sensors: Vec<Sensor>,
        rules: RulesConfig,
        brain: Brain,
        time: Arc<StoreTime>,
        started_at: Timestamp,
    ) -> Self {
        let now_us = started_at.as_microsecond();
        let mut sensors: Vec<Watched> = sensors.into_iter().map(|sensor| Watched::new(sensor, &rules)).collect();
        for watched in &mut sensors {
            watched.listen(0, now_us, false);
        }
        let by_id = sensors.iter().enumerate().map(|(at, watched)| (watched.sensor.id.clone(), at)).collect();
        let about_model = !matches!(brain.state(), ModelState::Running { .. });
        let defrosts = HashMap::new();
        Self { sensors, by_id, defrosts, rules, brain, time, now_us, observed_us: 0, about_model }
    }

    /// What a restart should not forget.
    pub fn memory(&self) -> Memory {
        Memory {
            sensors: self.sensors.iter().map(|one| (one.sensor.id.to_string(), one.kept())).collect(),
            defrosts: self.defrosts.iter().map(|(group, one)| (group.clone(), (one.on_since, one.ended))).collect(),
            model: self.brain.label(),
        }
    }

    /// Goes on from what was kept; returns the alarms that are open again.
    pub fn resume(&mut self, mut memory: Memory) -> Vec<Alarm> {
        let same_scorer = memory.model == self.brain.label();
        for (group, (on_since, ended)) in memory.defrosts {
            self.defrosts.insert(group, Defrost { on_since, ended });
        }
        let mut open = Vec::new();
        for watched in &mut self.sensors {
            if let Some(kept) = memory.sensors.remove(watched.sensor.id.as_str()) {
                open.extend(watched.resume(kept, same_scorer));
            }
        }
        open
    }

    /// How it stands with the model.
    pub fn model(&self) -> &ModelState {
        self.brain.state()
    }

    /// Thinks about one reading. The time of an alarm is the reading's own.
    pub fn step(&mut self, reading: &Reading, new_id: &mut impl FnMut() -> AlarmId) -> Verdict {
        let mut verdict = Verdict::default();
        let at_us = reading.at.as_microsecond();
        let late_us = self.now_us - at_us;
        if late_us <= 0 || late_us > DISORDER_US {
            self.observed_us += (-late_us).clamp(0, MAX_STEP_US);
            self.now_us = at_us;
        }
        if self.about_model {
            verdict.alarms.push(self.model_alarm(at_us, new_id()));
        }
        let Some(&place) = self.by_id.get(&reading.sensor) else {
            verdict.unknown = true;
            return verdict;
        };
        let sample = self.sample(place, reading);
        let spoke = sample.usable().is_some();
        let mut found: Vec<(usize, AlarmKind, Transition)> = Vec::new();
        if let Some(back) = self.sensors[place].listen(self.observed_us, at_us, spoke) {
            found.push((place, AlarmKind::Missing, back));
        }
        let others = self.others(place);
        let explained = self.explained(&self.sensors[place].group, at_us);
        let watched = &mut self.sensors[place];
        watched.note(&sample);
        found.extend(watched.judge(&sample, others, explained).map(|(kind, change)| (place, kind, change)));
        let closed = watched.window.as_mut().is_some_and(|window| window.push(&sample));
        if let Some(vector) = watched.window.as_ref().filter(|_| closed).and_then(|window| window.vector()) {
            let scored = self.brain.score(&vector);
            if scored.failed.is_some() {
                verdict.alarms.push(self.model_alarm(at_us, new_id()));
                verdict.model_changed = Some(self.brain.state().clone());
            }
            verdict.score = Some(scored.score);
            let scored = Sample { value: f64::from(scored.score), quality: Quality::Good, ..sample };
            let change = self.brain.rule().step(&mut self.sensors[place].scored, &scored);
            found.extend(change.map(|change| (place, AlarmKind::ModelScore, change)));
        }
        self.look_for_silence(&mut found);
        for (place, kind, change) in found {
            verdict.alarms.extend(self.alarm(place, kind, change, new_id));
        }
        verdict
    }

    /// Lets time pass in which nothing was heard, measured by a clock that is never set.
    pub fn idle(&mut self, passed: Duration, new_id: &mut impl FnMut() -> AlarmId) -> Vec<Alarm> {
        let passed_us = i64::try_from(passed.as_micros()).unwrap_or(i64::MAX).min(MAX_STEP_US);
        self.observed_us += passed_us;
        self.now_us = self.now_us.saturating_add(passed_us);
        let mut found = Vec::new();
        self.look_for_silence(&mut found);
        let mut alarms: Vec<Alarm> = Vec::new();
        for (place, kind, change) in found {
            alarms.extend(self.alarm(place, kind, change, new_id));
        }
        alarms
    }

    fn look_for_silence(&mut self, found: &mut Vec<(usize, AlarmKind, Transition)>) {
        let (observed_us, now_us) = (self.observed_us, self.now_us);
        for (place, watched) in self.sensors.iter_mut().enumerate() {
            let change = watched.listen(observed_us, now_us, false);
            found.extend(change.map(|change| (place, AlarmKind::Missing, change)));
        }
    }

    /// The reading with what the store knows beside it; also takes note of a defrost.
    fn sample(&mut self, place: usize, reading: &Reading) -> Sample {
        let local = self.time.local(reading.at);
        let minute_of_day = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let mut sample = Sample { minute_of_day, ..Sample::of(reading) };
        let watched = &self.sensors[place];
        if watched.sensor.measure == Measure::State && watched.sensor.id.as_str().ends_with(DEFROST) {
            let defrost = self.defrosts.entry(watched.group.clone()).or_default();
            match sample.usable() {
                Some(state) if state >= 0.5 => drop(defrost.on_since.get_or_insert(sample.at_us)),
                Some(_) if defrost.on_since.take().is_some() => defrost.ended = Some(sample.at_us),
                _ => {}
            }
        }
        let limit_us = minutes_us(self.rules.defrost_limit_minutes);
        let on = self
            .defrosts
            .get(&watched.group)
            .map(|defrost| defrost.on_since.is_some_and(|since| (0..=limit_us).contains(&(sample.at_us - since))));
        // A probe that calls itself off says as much as a controller that says defrost.
        sample.defrost = if reading.quality == Quality::Suspect { Some(true) } else { on };
        sample
    }

    /// Whether a defrost accounts for a warm cabinet.
    fn explained(&self, group: &str, at_us: i64) -> bool {
        let Some(defrost) = self.defrosts.get(group) else { return false };
        let within =
            |from: Option<i64>, minutes| from.is_some_and(|from| (0..=minutes_us(minutes)).contains(&(at_us - from)));
        within(defrost.on_since, self.rules.defrost_limit_minutes)
            || (defrost.on_since.is_none() && within(defrost.ended, self.rules.defrost_grace_minutes))
    }

    /// What the other sensors of the same kind did since this one began to repeat itself.
    fn others(&self, place: usize) -> Others {
        let one = &self.sensors[place];
        let Some(since) = one.repeats_since() else { return Others::Still };
        let same = self.sensors.iter().enumerate();
        let mut same = same.filter(|(at, other)| *at != place && other.sensor.measure == one.sensor.measure).peekable();
        if same.peek().is_none() {
            return Others::None;
        }
        let moved = same.any(|(_, other)| other.changed_us.is_some_and(|changed| changed > since));
        if moved { Others::Moved } else { Others::Still }
    }

    /// Turns a transition into an alarm: a new episode, or the end of the open one, with its id.
    fn alarm(
        &mut self,
        place: usize,
        kind: AlarmKind,
        change: Transition,
        new_id: &mut impl FnMut() -> AlarmId,
    ) -> Option<Alarm> {
        let label = self.brain.label();
        let watched = &mut self.sensors[place];
        let episode = match change {
            Transition::Raised(episode) => episode,
            Transition::Cleared(Episode { at_us, value, .. }) => {
                let mut alarm = watched.slot(kind)?.take()?;
                alarm.cleared_at = Some(from_micros(at_us));
                alarm.value = Some(value).filter(|value| value.is_finite());
                return Some(alarm);
            }
        };
        let scored = kind == AlarmKind::ModelScore;
        let off_level = watched.window.as_ref().and_then(|window| window.off_level());
        let scorer = words::Scorer { label: label.as_deref(), off_level };
        let alarm = Alarm {
            id: new_id(),
            kind,
            severity: if kind == AlarmKind::TimeAboveLimit { Severity::Critical } else { Severity::Warning },
            subject: watched.sensor.id.to_string(),
            raised_at: from_micros(episode.at_us),
            cleared_at: None,
            value: Some(episode.value),
            limit: Some(episode.limit),
            reason: words::raised(kind, &watched.sensor, &episode, &self.time, &scorer),
            model: label.filter(|_| scored),
        };
        *watched.slot(kind)? = Some(alarm.clone());
        Some(alarm)
    }

    /// Says once that there is no model, and why.
    fn model_alarm(&mut self, at_us: i64, id: AlarmId) -> Alarm {
        self.about_model = false;
        let (severity, why) = match self.brain.state() {
            ModelState::Refused { name, reason } => (Severity::Warning, format!("is refused ({name}): {reason}")),
            _ => (Severity::Info, "is not configured ([models] dir)".to_owned()),
        };
        Alarm {
            id,
            kind: AlarmKind::Device,
            severity,
            subject: "model".to_owned(),
            raised_at: from_micros(at_us),
            cleared_at: None,
            value: None,
            limit: None,
            reason: format!("The anomaly model {why}. Rules and the level score go on without it."),
            model: None,
        }
    }
}
