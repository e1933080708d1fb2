//! The last two hours of one sensor, minute by minute, in constant memory.
//!
//! Samples of any rate become one-minute means; a minute without a usable value is a gap, and a gap is never made up
//! out of thin air: it shows in `gap_share`, and a window with too many of them has no vector. What a defrost explains
//! is left out of lags and level, and shows in features of its own. Only addition,
//! multiplication, division and comparison take part, so every machine computes the same bits.

use serde::{Deserialize, Serialize};

use crate::{COLD_CHAIN, Sample};

const WINDOW: usize = COLD_CHAIN.window as usize;
const BIN: usize = COLD_CHAIN.bin as usize;
const LAGS: usize = WINDOW / BIN;
/// Length of a vector.
pub const FEATURES: usize = LAGS + COLD_CHAIN.extras.len();
const MINUTE_US: i64 = 60_000_000;
/// Beyond this a value is no temperature; it is cut, so that sums stay finite.
const VALUE_LIMIT: f64 = 1e4;
/// A probe that moves less than its own resolution (0.1 °C) has no smaller scale.
const SCALE_FLOOR: f64 = 0.1;
/// Minutes after a defrost in which the cabinet is still coming back from it.
const RECOVERY: u32 = 30;
/// How many scales from the level a minute may pull on the baseline.
const PULL: f64 = 4.0;
/// Features end here, in scales: far beyond is as wrong as beyond.
const FEATURE_LIMIT: f32 = 20.0;

/// One feature vector, in the order of [`COLD_CHAIN`]'s names.
pub type Vector = [f32; FEATURES];

/// What one sensor did lately. Can be kept over a restart; a gap in between is a gap like any other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Kept", try_from = "Kept")]
pub struct Window {
    /// A ring of minutes, °C; NaN is a gap.
    minutes: [f32; WINDOW],
    /// The same ring: whether a defrost ran.
    defrost: [bool; WINDOW],
    /// The same ring: whether a defrost explains the temperature: it ran, or ended less than [`RECOVERY`] before.
    masked: [bool; WINDOW],
    /// Where the next minute goes: also the oldest one.
    next: usize,
    /// The minute that is being filled, since the epoch.
    open: Option<i64>,
    sum: f64,
    count: u32,
    defrosting: bool,
    minute_of_day: u16,
    /// The sensor's own level and mean distance from it, both exponentially forgotten.
    level: f64,
    scale: f64,
    /// Minutes that went into the level.
    seen: u32,
    since_defrost: u32,
    late: u64,
}

/// A [`Window`] as it is kept: rings from the oldest minute on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    minutes: Vec<(f32, bool, bool)>,
    open: Option<i64>,
    sum: f64,
    count: u32,
    defrosting: bool,
    minute_of_day: u16,
    level: f64,
    scale: f64,
    seen: u32,
    since_defrost: u32,
}

impl From<Window> for Kept {
    fn from(window: Window) -> Self {
        let place = |age| (window.next + age) % WINDOW;
        let minute = |at: usize| (window.minutes[at], window.defrost[at], window.masked[at]);
        Self {
            minutes: (0..WINDOW).map(place).map(minute).collect(),
            open: window.open,
            sum: window.sum,
            count: window.count,
            defrosting: window.defrosting,
            minute_of_day: window.minute_of_day,
            level: window.level,
            scale: window.scale,
            seen: window.seen,
            since_defrost: window.since_defrost,
        }
    }
}

/// Kept values that no window could have held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kept window of {0} minutes, or with numbers that no window holds; expected {WINDOW}")]
pub struct NoWindow(usize);

impl TryFrom<Kept> for Window {
    type Error = NoWindow;

    fn try_from(kept: Kept) -> Result<Self, NoWindow> {
        let whole = [kept.sum, kept.level, kept.scale].iter().all(|value| value.is_finite());
        let minutes = kept.minutes.iter().all(|(minute, ..)| !minute.is_infinite());
        if kept.minutes.len() != WINDOW || !whole || !minutes || kept.scale < 0.0 {
            return Err(NoWindow(kept.minutes.len()));
        }
        let mut window = Self {
            open: kept.open,
            sum: kept.sum,
            count: kept.count,
            defrosting: kept.defrosting,
            minute_of_day: kept.minute_of_day,
            level: kept.level,
            scale: kept.scale,
            seen: kept.seen.min(COLD_CHAIN.memory),
            since_defrost: kept.since_defrost.min(WINDOW as u32),
            ..Self::new()
        };
        for (at, (minute, defrost, masked)) in kept.minutes.into_iter().enumerate() {
            (window.minutes[at], window.defrost[at], window.masked[at]) = (minute, defrost, masked);
        }
        Ok(window)
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::new()
    }
}

impl Window {
    /// A sensor nobody has seen yet.
    pub fn new() -> Self {
        Self {
            minutes: [f32::NAN; WINDOW],
            defrost: [false; WINDOW],
            masked: [false; WINDOW],
            next: 0,
            open: None,
            sum: 0.0,
            count: 0,
            defrosting: false,
            minute_of_day: 0,
            level: 0.0,
            scale: SCALE_FLOOR,
            seen: 0,
            since_defrost: WINDOW as u32,
            late: 0,
        }
    }

    /// Takes a sample; true when it closed a minute, so that there may be a new vector.
    ///
    /// A sample of a minute that is already closed is counted as [`Window::late`] and left out. After a jump of more
    /// than a window, forward or back (a clock was set), the window starts again; the sensor's level stays.
    pub fn push(&mut self, sample: &Sample) -> bool {
        let minute = sample.at_us.div_euclid(MINUTE_US);
        let open = *self.open.get_or_insert(minute);
        let ahead = minute.saturating_sub(open);
        if ahead < 0 && ahead >= -(WINDOW as i64) {
            self.late += 1;
            return false;
        }
        if ahead != 0 {
            self.close();
            // More gaps than the ring holds say nothing more; a clock that went back starts from gaps, too.
            let gaps = if ahead < 0 { WINDOW as i64 } else { (ahead - 1).min(WINDOW as i64) };
            for _ in 0..gaps {
                self.close();
            }
            self.open = Some(minute);
        }
        if let Some(value) = sample.usable() {
            self.sum += value.clamp(-VALUE_LIMIT, VALUE_LIMIT);
            self.count += 1;
        }
        self.defrosting |= sample.defrost == Some(true);
        self.minute_of_day = sample.minute_of_day;
        ahead != 0
    }

    /// Samples that came after their minute was closed.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// The level the sensor is held against, in its unit; `None` before the first full minute.
    pub fn level(&self) -> Option<f64> {
        (self.seen > 0).then_some(self.level)
    }

    /// How far the last closed minute is from the level, in the sensor's unit.
    pub fn off_level(&self) -> Option<f64> {
        let last = f64::from(self.minute(WINDOW - 1));
        self.level().map(|level| last - level).filter(|off| off.is_finite())
    }

    /// Moves the open minute into the ring.
    fn close(&mut self) {
        let mean = (self.count > 0).then(|| self.sum / f64::from(self.count));
        let defrost = self.defrosting;
        (self.sum, self.count, self.defrosting) = (0.0, 0, false);
        self.minutes[self.next] = mean.map_or(f32::NAN, |mean| mean as f32);
        self.defrost[self.next] = defrost;
        self.since_defrost = if defrost { 0 } else { (self.since_defrost + 1).min(WINDOW as u32) };
        let masked = self.since_defrost <= RECOVERY;
        self.masked[self.next] = masked;
        self.next = (self.next + 1) % WINDOW;
        if let (Some(mean), false) = (mean, masked) {
            self.learn(mean);
        }
    }

    /// Lets a minute pull on level and scale: a plain mean at first, exponential later. The pull is limited, so that
    /// neither a spike nor a failure teaches the sensor that warm is normal.
    fn learn(&mut self, mean: f64) {
        self.seen = (self.seen + 1).min(COLD_CHAIN.memory);
        let weight = 1.0 / f64::from(self.seen);
        if self.seen == 1 {
            self.level = mean;
            return;
        }
        let reach = PULL * self.scale.max(SCALE_FLOOR);
        let off = mean - self.level;
        let off = if self.seen > COLD_CHAIN.warm_up { off.clamp(-reach, reach) } else { off };
        self.level += weight * off;
        self.scale += weight * (off.abs() - self.scale);
    }

    /// The vector as of the last closed minute, or `None` while the sensor is new, silent, or mostly gaps.
    pub fn vector(&self) -> Option<Vector> {
        if self.seen < COLD_CHAIN.warm_up {
            return None;
        }
        let scale = self.scale.max(SCALE_FLOOR);
        let level = self.level;
        let mut out = [0.0; FEATURES];
        let mut gaps = 0;
        // A lag without values says what the lag before it said; one that a defrost explains says: at its level.
        let mut carried = 0.0;
        let mut newest_bin_filled = false;
        for (lag, slot) in out[..LAGS].iter_mut().enumerate() {
            let (mut sum, mut count, mut explained) = (0.0_f32, 0_u32, false);
            newest_bin_filled = false;
            for place in lag * BIN..(lag + 1) * BIN {
                let value = self.minute(place);
                gaps += usize::from(value.is_nan());
                newest_bin_filled |= !value.is_nan();
                if self.masked(place) {
                    explained = true;
                } else if !value.is_nan() {
                    sum += value;
                    count += 1;
                }
            }
            if count > 0 {
                let mean = f64::from(sum / count as f32);
                carried = cut(((mean - level) / scale) as f32);
            } else if explained {
                carried = 0.0;
            }
            *slot = carried;
        }
        if !newest_bin_filled || gaps * 2 > WINDOW {
            return None;
        }
        let share = |from: usize| {
            let hits = (from..WINDOW).filter(|age| self.defrost[(self.next + age) % WINDOW]).count();
            hits as f32 / (WINDOW - from) as f32
        };
        let (rough, range) = (self.roughness(WINDOW - 30), self.range(WINDOW - 15));
        let extras = &mut out[LAGS..];
        extras[0] = share(WINDOW - BIN);
        extras[1] = share(0);
        extras[2] = self.since_defrost as f32 / WINDOW as f32;
        extras[3] = cut((f64::from(rough) / scale) as f32);
        extras[4] = cut((f64::from(range) / scale) as f32);
        extras[5] = triangle(self.minute_of_day);
        extras[6] = triangle((self.minute_of_day + 360) % 1_440);
        extras[7] = gaps as f32 / WINDOW as f32;
        Some(out)
    }

    /// The minute at a place in the window, 0 the oldest.
    fn minute(&self, place: usize) -> f32 {
        self.minutes[(self.next + place) % WINDOW]
    }

    fn masked(&self, place: usize) -> bool {
        self.masked[(self.next + place) % WINDOW]
    }

    /// The same, but a gap where a defrost explains it.
    fn unmasked(&self, place: usize) -> f32 {
        if self.masked(place) { f32::NAN } else { self.minute(place) }
    }

    /// Mean step from minute to minute since a place in the window, °C.
    fn roughness(&self, from: usize) -> f32 {
        let (mut sum, mut count) = (0.0_f32, 0_u32);
        for place in from + 1..WINDOW {
            let step = (self.unmasked(place) - self.unmasked(place - 1)).abs();
            if !step.is_nan() {
                sum += step;
                count += 1;
            }
        }
        if count > 0 { sum / count as f32 } else { 0.0 }
    }

    /// Highest less lowest since a place in the window, °C.
    fn range(&self, from: usize) -> f32 {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for place in from..WINDOW {
            let value = self.unmasked(place);
            // Comparisons with NaN are false: gaps drop out.
            if value < low {
                low = value;
            }
            if value > high {
                high = value;
            }
        }
        if low <= high { high - low } else { 0.0 }
    }
}

fn cut(feature: f32) -> f32 {
    feature.clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
}

/// A day as a triangle, −1 at midnight, +1 at noon: what a cosine would say, without the platform's own cosine.
fn triangle(minute_of_day: u16) -> f32 {
    let minute = f32::from(minute_of_day % 1_440);
    1.0 - (minute - 720.0).abs() / 360.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use vyavs_domain::reading::Quality;

    fn sample(minute: i64, value: f64) -> Sample {
        let minute_of_day = minute.rem_euclid(1_440) as u16;
        Sample { at_us: minute * MINUTE_US, value, quality: Quality::Good, defrost: Some(false), minute_of_day }
    }

    fn warm(minutes: i64) -> Window {
        let mut window = Window::new();
        for minute in 0..minutes {
            window.push(&sample(minute, if minute % 2 == 0 { 2.0 } else { 4.0 }));
        }
        window
    }

    #[test]
    fn a_new_sensor_has_no_vector_and_a_warm_one_has() {
        assert!(warm(i64::from(COLD_CHAIN.warm_up)).vector().is_none());
        let vector = warm(i64::from(COLD_CHAIN.warm_up) + 1).vector().expect("warm");
        assert!(vector.iter().all(|f| f.is_finite()));
        assert!(vector[LAGS - 1].abs() < 0.5, "{vector:?}");
        assert!((vector[LAGS + 3] - 2.0).abs() < 0.1, "a step of two scales a minute: {vector:?}");
        assert_eq!(vector[LAGS + 7], 0.0);
    }

    #[test]
    fn gaps_show_and_too_many_silence_the_vector() {
        let mut window = warm(300);
        window.push(&sample(330, 3.0));
        assert!(window.vector().is_none(), "the newest five minutes are empty");
        window.push(&sample(331, 3.0));
        let vector = window.vector().expect("one minute is back");
        assert!((vector[LAGS + 7] - 30.0 / 120.0).abs() < 1e-6, "{vector:?}");
        window.push(&sample(331 + 80, 3.0));
        window.push(&sample(332 + 80, 3.0));
        assert!(window.vector().is_none(), "more gaps than minutes");
    }

    #[test]
    fn a_bad_sample_is_a_gap_and_a_late_one_is_counted() {
        let mut window = warm(300);
        let level = window.level();
        window.push(&Sample { quality: Quality::Bad, ..sample(300, 50.0) });
        window.push(&Sample { value: f64::NAN, ..sample(301, 0.0) });
        window.push(&sample(299, 50.0));
        assert_eq!(window.late(), 1);
        window.push(&sample(302, 3.0));
        assert!((window.level().expect("seen") - level.expect("seen")).abs() < 0.01);
        assert!(window.vector().expect("two gaps are few")[LAGS + 7] > 0.0);
    }

    #[test]
    fn a_clock_ten_years_off_and_back_costs_a_window_and_no_more() {
        let mut window = warm(400);
        let years = 10 * 365 * 1_440;
        window.push(&sample(400 + years, 3.0));
        assert!(window.vector().is_none());
        for minute in 401..401 + 130 {
            window.push(&sample(minute, 3.0));
        }
        assert!(window.vector().is_some());
        assert!((window.level().expect("seen") - 3.0).abs() < 0.1);
    }

    #[test]
    fn a_window_that_was_kept_goes_on_as_if_nothing_had_been() {
        let mut window = warm(333);
        window.push(&Sample { defrost: Some(true), ..sample(340, 3.5) });
        let bytes = postcard::to_stdvec(&window).expect("a vector takes any length");
        let mut back: Window = postcard::from_bytes(&bytes).expect("as it was kept");
        for minute in 341..500 {
            for one in [&mut window, &mut back] {
                one.push(&sample(minute, 3.0 + (minute % 7) as f64));
            }
            assert_eq!(back.vector(), window.vector(), "minute {minute}");
        }
        assert!(back.vector().is_some());
        let mad: Result<Window, NoWindow> = Kept { level: f64::INFINITY, ..Kept::from(warm(5)) }.try_into();
        assert!(mad.is_err());
        let short: Result<Window, NoWindow> = Kept { minutes: Vec::new(), ..Kept::from(warm(5)) }.try_into();
        assert_eq!(short.err(), Some(NoWindow(0)));
    }

    #[test]
    fn a_hot_hour_does_not_become_normal() {
        let mut window = warm(2_000);
        for minute in 2_000..2_060 {
            window.push(&sample(minute, 30.0));
        }
        assert!(window.level().expect("seen") < 3.2);
        assert!(window.vector().expect("filled")[LAGS - 1] >= 19.0);
    }
}
