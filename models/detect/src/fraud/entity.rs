//! What is remembered of one customer, one terminal, one card.

use std::ops::{AddAssign, SubAssign};

use super::ring::Ring;

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;
/// Amounts are added up in these, as integers, so that sums do not depend on their order.
const PARTS: f64 = 10_000.0;
/// An amount this many times the usual one is loud.
pub(crate) const LOUD: f64 = 3.0;
/// Buckets before the present one that make a window: a day in quarters, and weeks and a month in days. A window is up to
/// a bucket longer than its name says, never shorter.
const DAY: [usize; 1] = [4];
const MONTH: [usize; 3] = [7, 14, 30];
const TOLD: [usize; 3] = [1, 7, 30];
/// Payments from which something is usual.
const ENOUGH: u32 = 3;

/// Payments of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Paid {
    count: u32,
    loud: u32,
    parts: i64,
}

impl AddAssign for Paid {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.loud += other.loud;
        self.parts += other.parts;
    }
}

impl SubAssign for Paid {
    fn sub_assign(&mut self, other: Self) {
        self.count -= other.count;
        self.loud -= other.loud;
        self.parts -= other.parts;
    }
}

impl Paid {
    fn mean(self) -> f32 {
        (self.parts as f64 / PARTS / f64::from(self.count.max(1))) as f32
    }
}

/// Labels that were told in a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Told {
    labels: u32,
    frauds: u32,
    quiet: u32,
}

impl AddAssign for Told {
    fn add_assign(&mut self, other: Self) {
        self.labels += other.labels;
        self.frauds += other.frauds;
        self.quiet += other.quiet;
    }
}

impl SubAssign for Told {
    fn sub_assign(&mut self, other: Self) {
        self.labels -= other.labels;
        self.frauds -= other.frauds;
        self.quiet -= other.quiet;
    }
}

impl Told {
    fn rate(self) -> f32 {
        if self.labels == 0 { f32::NAN } else { self.frauds as f32 / self.labels as f32 }
    }
}

/// One entity. Its size does not grow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entity {
    /// Six-hour buckets for the day, day buckets for the rest.
    day: Ring<Paid, 8, 1, { 6 * HOUR_S }>,
    month: Ring<Paid, 32, 3, DAY_S>,
    told: Ring<Told, 32, 3, DAY_S>,
    /// Payments so far, and the sum of their amounts; loud ones count as just loud, so that one fraud does not hide the next.
    payments: u32,
    usual: f64,
    last_at_s: Option<i64>,
    /// The newest label told, and the frauds without a good payment between them that end in it.
    last_label: Option<bool>,
    run: u32,
    run_quiet: u32,
    run_since_s: i64,
    last_fraud_s: Option<i64>,
}

/// Features of an entity, by name, in their order.
pub(crate) const NAMES: [&str; 20] = [
    "payments in 1 day",
    "payments in 7 days",
    "payments in 30 days",
    "mean amount of 1 day",
    "mean amount of 7 days",
    "mean amount of 30 days",
    "amount over the usual one",
    "usual amount",
    "loud payments in 7 days",
    "loud payments in 14 days",
    "days since the payment before",
    "known fraud rate of 1 day",
    "known fraud rate of 7 days",
    "known fraud rate of 30 days",
    "known quiet frauds of 30 days",
    "last known label",
    "known frauds in a row",
    "quiet ones among them",
    "days since the first of them",
    "days since the last known fraud",
];

impl Entity {
    /// How many times the usual amount this one is; `None` where nothing is usual yet.
    pub(crate) fn loudness(&self, amount: f64) -> Option<f64> {
        let usual = self.usual / f64::from(self.payments.max(1));
        (self.payments >= ENOUGH && usual > 0.0).then(|| amount / usual)
    }

    /// Books a payment and writes its features, in the order of [`NAMES`].
    pub(crate) fn pay(&mut self, at_s: i64, amount: f64, out: &mut Vec<f32>) {
        let loudness = self.loudness(amount);
        let loud = loudness.is_some_and(|ratio| ratio >= LOUD);
        let paid = Paid { count: 1, loud: u32::from(loud), parts: (amount * PARTS).round() as i64 };
        let [day] = *self.day.add(at_s, DAY, paid);
        let [week, fortnight, month] = *self.month.add(at_s, MONTH, paid);
        let [told_day, told_week, told_month] = *self.told.add(at_s, TOLD, Told::default());
        let usual = if self.payments == 0 { f64::NAN } else { self.usual / f64::from(self.payments) };
        let days =
            |since: Option<i64>| since.map_or(f32::NAN, |then| ((at_s - then).max(0) as f64 / DAY_S as f64) as f32);
        out.extend([
            day.count as f32,
            week.count as f32,
            month.count as f32,
            day.mean(),
            week.mean(),
            month.mean(),
            loudness.map_or(f32::NAN, |ratio| ratio as f32),
            usual as f32,
            week.loud as f32,
            fortnight.loud as f32,
            days(self.last_at_s),
            told_day.rate(),
            told_week.rate(),
            told_month.rate(),
            told_month.quiet as f32,
            self.last_label.map_or(f32::NAN, |fraud| f32::from(u8::from(fraud))),
            self.run as f32,
            self.run_quiet as f32,
            days((self.run > 0).then_some(self.run_since_s)),
            days(self.last_fraud_s),
        ]);
        let most = if loud { LOUD * usual } else { amount };
        self.usual += most;
        self.payments = self.payments.saturating_add(1);
        self.last_at_s = Some(self.last_at_s.unwrap_or(at_s).max(at_s));
    }

    /// Takes in what became known at `now_s` of a payment made at `at_s`.
    pub(crate) fn learn(&mut self, now_s: i64, at_s: i64, fraud: bool, loud: bool) {
        let told = Told { labels: 1, frauds: u32::from(fraud), quiet: u32::from(fraud && !loud) };
        self.told.add(now_s, TOLD, told);
        self.last_label = Some(fraud);
        if !fraud {
            (self.run, self.run_quiet) = (0, 0);
            return;
        }
        if self.run == 0 {
            self.run_since_s = at_s;
        }
        self.run = self.run.saturating_add(1);
        self.run_quiet = self.run_quiet.saturating_add(u32::from(!loud));
        self.last_fraud_s = Some(self.last_fraud_s.unwrap_or(at_s).max(at_s));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of it lies in the struct itself: nothing in here can grow.
    #[test]
    fn an_entity_takes_about_a_kibibyte() {
        assert!(size_of::<Entity>() <= 1_400, "{}", size_of::<Entity>());
    }
}
