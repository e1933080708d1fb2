//! Holding what was seen against what a rule asks.

use jiff::{SignedDuration, Timestamp};

use super::window::Window;
use super::{Aggregate, Condition, Op, Reason, Turn};

/// A threshold, or a score as one.
pub(super) struct Limit<'a> {
    measure: &'a str,
    op: Op,
    value: f64,
    lasting: SignedDuration,
    slack: f64,
    hold: SignedDuration,
}

pub(super) fn limit_of(condition: &Condition) -> Option<Limit<'_>> {
    match condition {
        Condition::Threshold { measure, op, value, lasting, hysteresis, hold } => {
            Some(Limit { measure, op: *op, value: *value, lasting: *lasting, slack: *hysteresis, hold: *hold })
        }
        Condition::Score { model, min, hysteresis } => Some(Limit {
            measure: model,
            op: Op::AtLeast,
            value: *min,
            lasting: SignedDuration::ZERO,
            slack: *hysteresis,
            hold: SignedDuration::ZERO,
        }),
        Condition::Rate { .. } | Condition::Absence { .. } => None,
    }
}

impl Limit<'_> {
    /// What a value makes of the run before it.
    pub(super) fn judge(
        &self,
        since: &mut Option<Timestamp>,
        last: &mut Option<Timestamp>,
        samples: &mut u32,
        firing: Option<Timestamp>,
        at: Timestamp,
        value: f64,
    ) -> Option<(Turn, Reason)> {
        let silent = last.replace(at).is_some_and(|last| at.duration_since(last) > self.hold);
        let slack = if firing.is_some() { self.slack } else { 0.0 };
        let beyond = self.op.beyond(value, self.value, slack);
        if beyond && (since.is_none() || (silent && firing.is_none())) {
            (*since, *samples) = (Some(at), 0);
        }
        *samples = samples.saturating_add(1);
        let from = since.unwrap_or(at);
        let reason = Reason {
            measure: self.measure.to_owned(),
            observed: Some(value),
            limit: Some(self.value),
            since: from,
            span: self.lasting,
            samples: *samples,
        };
        match (firing, beyond) {
            (None, true) => (at.duration_since(from) >= self.lasting).then_some((Turn::Fired, reason)),
            (Some(_), true) => None,
            (firing, false) => {
                (*since, *samples) = (None, 0);
                firing.map(|_| (Turn::Cleared, reason))
            }
        }
    }
}

/// What the window makes up, held against its limit.
pub(super) fn of_window(
    window: &Window,
    condition: &Condition,
    firing: Option<Timestamp>,
    at: Timestamp,
) -> Option<(Turn, Reason)> {
    let Condition::Rate { measure, of, op, value, per } = condition else { return None };
    let made = window.make(*of);
    // Too few can be said only of a window that was watched whole.
    let ready = matches!(op, Op::Above | Op::AtLeast) || *of == Aggregate::Change || window.whole(at, *per);
    let beyond = ready && made.is_some_and(|made| op.beyond(made, *value, 0.0));
    let turn = match (firing, beyond) {
        (None, true) => Turn::Fired,
        (Some(_), false) => Turn::Cleared,
        _ => return None,
    };
    let reason = Reason {
        measure: measure.clone(),
        observed: made.filter(|made| made.is_finite()),
        limit: Some(*value),
        since: window.since().unwrap_or(at),
        span: *per,
        samples: window.len(),
    };
    Some((turn, reason))
}

/// Nothing came since.
pub(super) fn silence(measure: &str, since: Timestamp, span: SignedDuration) -> Reason {
    Reason { measure: measure.to_owned(), observed: None, limit: None, since, span, samples: 0 }
}
