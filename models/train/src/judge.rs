//! How good a detector is: which incidents it raised an alarm about, how late, and how often it cried wolf.

use vyavs_artifact::Metrics;
use vyavs_detect::{Threshold, ThresholdState, Transition};
use vyavs_domain::reading::Quality;
use vyavs_features::Sample;
use vyavs_world::sensors::{Channel, Incident, IncidentKind};

use crate::history::{Store, is_judged};

const MINUTE_US: i64 = 60_000_000;
/// Two weeks during which a detector may learn the store; nobody is judged on them.
pub(crate) const LEARN_MINUTES: i64 = 14 * 1_440;

/// A detector's opinion of one probe, a value a minute; NaN where it has none.
pub(crate) struct Track {
    pub(crate) cabinet: usize,
    pub(crate) channel: Channel,
    pub(crate) values: Vec<f32>,
}

/// A rule on a track: when it is an alarm.
pub(crate) type Rule = Threshold;

/// A rule from minutes.
pub(crate) fn rule(low: Option<f64>, high: f64, back: f64, raise_min: i64, clear_min: i64) -> Rule {
    Threshold {
        low,
        high: Some(high),
        hysteresis: back,
        raise_after_us: raise_min * MINUTE_US,
        clear_after_us: clear_min * MINUTE_US,
    }
}

/// The minutes at which a rule raises alarms on a track: the same code that runs on the device.
fn alarms(rule: &Rule, values: &[f32]) -> Vec<i64> {
    let mut state = ThresholdState::default();
    let inside = rule.low.unwrap_or(f64::NEG_INFINITY)..=rule.high.unwrap_or(f64::INFINITY);
    let raised = values.iter().enumerate().filter_map(|(minute, value)| {
        // Nearly all minutes; a search steps over tracks thousands of times.
        if state.is_idle() && inside.contains(&f64::from(*value)) {
            return None;
        }
        let minute = minute as i64;
        let sample = Sample {
            at_us: minute * MINUTE_US,
            value: f64::from(*value),
            quality: Quality::Good,
            defrost: None,
            minute_of_day: 0,
        };
        matches!(rule.step(&mut state, &sample), Some(Transition::Raised(_))).then_some(minute)
    });
    raised.collect()
}

/// Counts, to be added up over stores.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// By kind, in the order of [`IncidentKind::ALL`]: how many there were, how many were found.
    pub(crate) kinds: [(u32, u32); 6],
    delays_min: Vec<i64>,
    true_alarms: u32,
    false_alarms: u32,
    sensor_minutes: u64,
}

impl Tally {
    /// Judges a rule on the tracks of one store.
    pub(crate) fn add(&mut self, store: &Store, tracks: &[Track], rule_for: impl Fn(&Track) -> Rule) {
        let judged = |incident: &&Incident| is_judged(incident.kind) && store.minute(incident.from) >= LEARN_MINUTES;
        let mut found: Vec<(&Incident, Option<i64>)> =
            store.incidents.iter().filter(judged).map(|incident| (incident, None)).collect();
        for track in tracks {
            self.sensor_minutes += (track.values.len() as i64 - LEARN_MINUTES).unsigned_abs();
            for alarm in alarms(&rule_for(track), &track.values) {
                if alarm < LEARN_MINUTES {
                    continue;
                }
                let about = store.shown(track.cabinet, track.channel).find(|incident| {
                    // A minute's mean is known a minute later.
                    let until = store.minute(incident.to + incident.kind.settles_in()) + 1;
                    (store.minute(incident.from)..=until).contains(&alarm)
                });
                let Some(about) = about else {
                    self.false_alarms += 1;
                    continue;
                };
                let entry = found.iter_mut().find(|(incident, _)| *incident == about);
                // About what is not judged, or about what is over: neither right nor wrong.
                if let Some((incident, first)) = entry
                    && alarm <= store.minute(incident.to) + grace_min(incident.kind)
                {
                    self.true_alarms += 1;
                    let delay = alarm - store.minute(incident.from);
                    *first = Some(first.map_or(delay, |first| first.min(delay)));
                }
            }
        }
        for (incident, first) in found {
            let place = IncidentKind::ALL.iter().position(|kind| *kind == incident.kind).expect("one of all");
            self.kinds[place].0 += 1;
            if let Some(delay) = first {
                self.kinds[place].1 += 1;
                self.delays_min.push(delay);
            }
        }
    }

    /// The figures of a tally.
    pub(crate) fn metrics(&self, detector: &str) -> Metrics {
        let (all, found) = self.kinds.iter().fold((0, 0), |(all, hit), kind| (all + kind.0, hit + kind.1));
        let share = |part: u32, whole: u32| if whole > 0 { f64::from(part) / f64::from(whole) } else { 0.0 };
        let precision = share(self.true_alarms, self.true_alarms + self.false_alarms);
        let recall = share(found, all);
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        let mut delays = self.delays_min.clone();
        delays.sort_unstable();
        let weeks = self.sensor_minutes as f64 / (7.0 * 1_440.0);
        Metrics {
            detector: detector.to_owned(),
            precision: round(precision),
            recall: round(recall),
            f1: round(f1),
            median_delay_min: delays.get(delays.len() / 2).copied().unwrap_or(-1) as f64,
            false_alarms_per_sensor_week: round(f64::from(self.false_alarms) / weeks.max(1e-9)),
        }
    }
}

/// A spike is over before any mean has seen it whole: an alarm some minutes after its end is still about it.
fn grace_min(kind: IncidentKind) -> i64 {
    if kind == IncidentKind::Spike { 10 } else { 1 }
}

/// Four digits: as many as the counts bear.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
