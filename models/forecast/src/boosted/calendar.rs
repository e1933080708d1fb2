//! What a date says by itself: its place in week, month and year, and how far Easter and Christmas are.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

/// Steps between values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
}

impl Pace {
    /// Steps after which a step of the same kind returns: the hour of the week, the day of the week; a week is of one kind.
    pub(crate) fn cycle(self) -> usize {
        match self {
            Self::Hour => 168,
            Self::Day => 7,
            Self::Week => 1,
        }
    }

    /// Steps of a year that ends on the same day of the week.
    pub(crate) fn year(self) -> usize {
        match self {
            Self::Hour => 364 * 24,
            Self::Day => 364,
            Self::Week => 52,
        }
    }

    /// Steps of a short, a middle and a long window.
    pub(crate) fn windows(self) -> [usize; 3] {
        match self {
            Self::Hour => [48, 168, 672],
            Self::Day => [7, 28, 91],
            Self::Week => [4, 13, 26],
        }
    }

    /// Steps that similar moments are looked for in.
    pub(crate) fn memory(self) -> usize {
        match self {
            Self::Hour => 1344,
            Self::Day => 182,
            Self::Week => 104,
        }
    }

    fn hours(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 168,
        }
    }
}

/// Dates of a panel's steps.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The moment of step 0.
    pub first: DateTime,
    /// Steps between values.
    pub pace: Pace,
}

/// What is told of a date: hour, day of week, day of month, days to the end of the month, day of year, days since
/// Easter, days since Christmas.
pub(crate) const TOLD: usize = 7;

impl Calendar {
    /// The moment of a step; one outside the calendar is the first.
    pub fn moment(&self, step: usize) -> DateTime {
        self.first.checked_add((step as i64 * self.pace.hours()).hours()).unwrap_or(self.first)
    }

    /// Days since Easter of the same year; of a week, those of its last day.
    pub(crate) fn since_easter(&self, step: usize) -> i64 {
        let date = self.moment(step).date();
        days(easter(date.year()), date)
    }

    /// Days since the nearest 25 December.
    pub(crate) fn since_christmas(&self, step: usize) -> i64 {
        let date = self.moment(step).date();
        let year = if date.month() < 7 { date.year() - 1 } else { date.year() };
        Date::new(year, 12, 25).map_or(0, |christmas| days(christmas, date))
    }

    pub(crate) fn tell(&self, step: usize) -> [f32; TOLD] {
        let moment = self.moment(step);
        let date = moment.date();
        let near = |days: i64| days.clamp(-40, 40) as f32;
        [
            f32::from(moment.hour()),
            f32::from(date.weekday().to_monday_zero_offset()),
            f32::from(date.day()),
            f32::from(date.days_in_month() - date.day()),
            f32::from(date.day_of_year()),
            near(self.since_easter(step)),
            near(self.since_christmas(step)),
        ]
    }
}

fn days(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
pub(crate) fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(year, month as i8, day as i8).unwrap_or(Date::constant(1970, 3, 29))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_church_has_it() {
        let dates = [(2010, 4, 4), (2011, 4, 24), (2012, 4, 8), (2015, 4, 5), (2024, 3, 31), (2026, 4, 5)];
        for (year, month, day) in dates {
            assert_eq!(easter(year), Date::constant(year, month, day));
        }
    }

    #[test]
    fn a_step_tells_its_date() {
        let calendar = Calendar { first: Date::constant(2011, 12, 24).at(0, 0, 0, 0), pace: Pace::Day };
        assert_eq!(calendar.tell(0), [0.0, 5.0, 24.0, 7.0, 358.0, 40.0, -1.0]);
        assert_eq!(calendar.tell(10)[6], 9.0);
    }
}
