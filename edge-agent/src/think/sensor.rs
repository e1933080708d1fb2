//! What the agent remembers of one sensor: its window, its rules, the alarms that are open.

use vyavs_detect::{
    Missing, MissingState, Others, StuckSensor, StuckState, Threshold, ThresholdState, TimeAboveLimit, TimeAboveState,
    Transition,
};
use vyavs_domain::alert::{Alarm, AlarmKind};
use vyavs_domain::reading::{Measure, Sensor};
use vyavs_features::{Sample, Window};

use super::RulesConfig;
use super::memory::Kept;

/// Kinds of alarm a sensor can have, and the place of each among its open ones.
pub(super) const KINDS: [AlarmKind; 5] = [
    AlarmKind::Threshold,
    AlarmKind::ModelScore,
    AlarmKind::StuckSensor,
    AlarmKind::TimeAboveLimit,
    AlarmKind::Missing,
];

/// One sensor.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) sensor: Sensor,
    /// The cabinet: `fridge-1` of `fridge-1.air`.
    pub(super) group: String,
    /// Only temperatures have a window; boxed, since most of a store's channels may be others.
    pub(super) window: Option<Box<Window>>,
    pub(super) scored: ThresholdState,
    /// When the value last changed, µs since the epoch.
    pub(super) changed_us: Option<i64>,
    pub(super) open: [Option<Alarm>; KINDS.len()],
    last: Option<f64>,
    threshold: Option<(Threshold, ThresholdState)>,
    above: Option<(TimeAboveLimit, TimeAboveState)>,
    stuck: Option<(StuckSensor, StuckState)>,
    missing: (Missing, MissingState),
}

impl Watched {
    pub(super) fn new(sensor: Sensor, rules: &RulesConfig) -> Self {
        let temperature = sensor.measure == Measure::Temperature;
        // A state has no limits, and neither has a count.
        let limited = !matches!(sensor.measure, Measure::Count | Measure::Door | Measure::State);
        let id = sensor.id.as_str();
        Self {
            group: id.rsplit_once('.').map_or(id, |(group, _)| group).to_owned(),
            window: temperature.then(Box::default),
            scored: ThresholdState::default(),
            changed_us: None,
            open: Default::default(),
            last: None,
            threshold: rules.threshold(&sensor).filter(|_| limited).map(|rule| (rule, Default::default())),
            above: rules.above(&sensor).filter(|_| temperature).map(|rule| (rule, Default::default())),
            // Only what moves by itself can be stuck: a compressor that is off draws nothing for hours, a scale is empty.
            stuck: matches!(sensor.measure, Measure::Temperature | Measure::Humidity)
                .then(|| (rules.stuck(), Default::default())),
            missing: (rules.missing(), MissingState::default()),
            sensor,
        }
    }

    /// What a restart should not forget. Silence is not among it: it is measured in time the process itself saw.
    pub(super) fn kept(&self) -> Kept {
        let silence = |alarm: &&Alarm| alarm.kind == AlarmKind::Missing;
        Kept {
            window: self.window.clone(),
            scored: self.scored,
            changed_us: self.changed_us,
            last: self.last,
            threshold: self.threshold,
            above: self.above,
            stuck: self.stuck,
            open: self.open.iter().flatten().filter(|alarm| !silence(alarm)).cloned().collect(),
        }
    }

    /// Goes on from what was kept, as far as the rules are the same; `same_scorer` says so of the model. Returns the
    /// alarms that are open again.
    pub(super) fn resume(&mut self, kept: Kept, same_scorer: bool) -> Vec<Alarm> {
        fn state<R: PartialEq, S>(ours: &mut Option<(R, S)>, kept: Option<(R, S)>) -> bool {
            match (ours.as_mut(), kept) {
                (Some((rule, state)), Some((of, was))) if *rule == of => {
                    *state = was;
                    true
                }
                _ => false,
            }
        }
        if self.window.is_some() && kept.window.is_some() {
            self.window = kept.window;
        }
        (self.changed_us, self.last) = (kept.changed_us, kept.last);
        if same_scorer {
            self.scored = kept.scored;
        }
        let threshold = state(&mut self.threshold, kept.threshold);
        let above = state(&mut self.above, kept.above);
        let stuck = state(&mut self.stuck, kept.stuck);
        let holds = |kind| match kind {
            AlarmKind::Threshold => threshold,
            AlarmKind::TimeAboveLimit => above,
            AlarmKind::StuckSensor => stuck,
            AlarmKind::ModelScore => same_scorer,
            _ => false,
        };
        let open: Vec<Alarm> = kept.open.into_iter().filter(|alarm| holds(alarm.kind)).collect();
        for alarm in &open {
            if let Some(slot) = self.slot(alarm.kind) {
                *slot = Some(alarm.clone());
            }
        }
        open
    }

    /// Notes when the value changes.
    pub(super) fn note(&mut self, sample: &Sample) {
        if let Some(value) = sample.usable()
            && self.last.replace(value) != Some(value)
        {
            self.changed_us = Some(sample.at_us);
        }
    }

    /// Since when the value repeats.
    pub(super) fn repeats_since(&self) -> Option<i64> {
        self.stuck.as_ref().and_then(|(_, state)| state.since_us())
    }

    /// Looks whether the sensor is silent, or no longer so.
    pub(super) fn listen(&mut self, observed_us: i64, at_us: i64, spoke: bool) -> Option<Transition> {
        let (rule, state) = &mut self.missing;
        rule.step(state, observed_us, at_us, spoke)
    }

    /// Lets the rules for a value see a sample. `explained` says that a defrost accounts for its temperature.
    pub(super) fn judge(
        &mut self,
        sample: &Sample,
        others: Others,
        explained: bool,
    ) -> impl Iterator<Item = (AlarmKind, Transition)> + use<> {
        let threshold = self.threshold.as_mut().filter(|_| !explained);
        let threshold = threshold.and_then(|(rule, state)| rule.step(state, sample));
        // Warm is warm for the goods, whatever the reason: time above the limit counts in a defrost, too.
        let above = self.above.as_mut().and_then(|(rule, state)| rule.step(state, sample));
        let stuck = self.stuck.as_mut().and_then(|(rule, state)| rule.step(state, sample, others));
        let found =
            [(AlarmKind::Threshold, threshold), (AlarmKind::TimeAboveLimit, above), (AlarmKind::StuckSensor, stuck)];
        found.into_iter().filter_map(|(kind, transition)| Some((kind, transition?)))
    }

    /// The open alarm of a kind.
    pub(super) fn slot(&mut self, kind: AlarmKind) -> Option<&mut Option<Alarm>> {
        KINDS.iter().position(|one| *one == kind).map(|place| &mut self.open[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_limits_is_held_to_them_and_only_what_moves_by_itself_can_be_stuck() {
        let rules = RulesConfig::default();
        for (measure, limited, may_stick) in [
            (Measure::Temperature, true, true),
            (Measure::Humidity, true, true),
            (Measure::Power, true, false),
            (Measure::CarbonDioxide, true, false),
            (Measure::Battery, true, false),
            (Measure::Weight, true, false),
            (Measure::Count, false, false),
            (Measure::Door, false, false),
            (Measure::State, false, false),
        ] {
            let id = "room.it".parse().expect("an id");
            let sensor = Sensor { id, name: String::new(), measure, low: Some(20.0), high: Some(1_000.0) };
            let watched = Watched::new(sensor, &rules);
            assert_eq!((watched.threshold.is_some(), watched.stuck.is_some()), (limited, may_stick), "{measure:?}");
        }
    }
}
