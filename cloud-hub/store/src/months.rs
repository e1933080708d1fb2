//! Monthly partitions of `transactions` and `readings` on PostgreSQL, made when the first row of a month comes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::Result;
use crate::columns::instant;
use crate::tx::{Conn, Tx};

/// A table that is cut by months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parted {
    Transactions,
    Readings,
}

impl Parted {
    fn table(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Readings => "readings",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Transactions => "transaction_time",
            Self::Readings => "at",
        }
    }
}

type Month = (Parted, i16, i8);

/// Which partitions exist, as far as this process knows. What a transaction made counts once it is committed.
#[derive(Clone, Debug, Default)]
pub struct Months {
    known: Arc<Mutex<BTreeSet<Month>>>,
    fresh: BTreeSet<Month>,
}

/// Partitions one table may have. A device whose clock runs wild must not make thousands; its rows go to the default
/// partition, where they are stored and found like all others.
const MOST: usize = 600;

impl Months {
    pub(crate) fn begin(&self) -> Self {
        Self { known: Arc::clone(&self.known), fresh: BTreeSet::new() }
    }

    pub(crate) fn keep(&self) {
        if !self.fresh.is_empty() {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(&self.fresh);
        }
    }

    /// Of `wanted`, the months that still need a look, in order, so that two writers take their locks alike.
    fn missing(&self, wanted: BTreeSet<Month>) -> Vec<Month> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let room = |table: Parted| known.iter().chain(&self.fresh).filter(|month| month.0 == table).count() < MOST;
        wanted
            .into_iter()
            .filter(|month| !known.contains(month) && !self.fresh.contains(month) && room(month.0))
            .collect()
    }
}

fn month_of(micros: i64) -> Option<(i16, i8)> {
    let date = instant(micros).to_zoned(TimeZone::UTC).date();
    (2000..=2099).contains(&date.year()).then(|| (date.year(), date.month()))
}

fn start(year: i16, month: i8) -> Option<Timestamp> {
    let (year, month) = if month > 12 { (year + 1, 1) } else { (year, month) };
    Some(Date::new(year, month, 1).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Makes the partitions that rows at these times (µs) need. Nothing to do on SQLite.
pub(crate) async fn ensure(tx: &mut Tx<'_>, table: Parted, times: impl Iterator<Item = i64>) -> Result<()> {
    let Conn::Pg(conn) = &mut tx.conn else { return Ok(()) };
    let mut wanted = BTreeSet::new();
    let mut last = None;
    for at in times {
        // Rows come nearly in order: look at the calendar only when the month may have changed.
        if last.is_some_and(|(from, to)| (from..to).contains(&at)) {
            continue;
        }
        let Some((year, month)) = month_of(at) else { continue };
        let (Some(from), Some(to)) = (start(year, month), start(year, month + 1)) else { continue };
        last = Some((from.as_microsecond(), to.as_microsecond()));
        wanted.insert((table, year, month));
    }
    for (table, year, month) in tx.months.missing(wanted) {
        let (Some(from), Some(to)) = (start(year, month), start(year, month + 1)) else { continue };
        let name = table.table();
        let made: (bool,) = sqlx::query_as("select vyavs_ensure_month($1, $2, $3, $4, $5)")
            .bind(name)
            .bind(format!("{name}_y{year:04}m{month:02}"))
            .bind(table.key())
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .fetch_one(&mut **conn)
            .await?;
        if made.0 {
            tracing::info!(table = name, "made the partition of {year}-{month:02}");
        }
        tx.months.fresh.insert((table, year, month));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        assert_eq!(start(2026, 13), start(2027, 1));
        let end = start(2026, 3).expect("a month").as_microsecond();
        assert_eq!(month_of(end - 1), Some((2026, 2)));
        assert_eq!(month_of(end), Some((2026, 3)));
    }

    #[test]
    fn a_wild_clock_gets_no_partition() {
        assert_eq!(month_of(i64::MAX), None);
        assert_eq!(month_of(i64::MIN), None);
        assert_eq!(month_of(0), None);
    }

    #[test]
    fn a_rolled_back_month_is_not_known() {
        let months = Months::default();
        let mut tx = months.begin();
        tx.fresh.insert((Parted::Readings, 2026, 2));
        drop(tx);
        assert_eq!(months.missing(BTreeSet::from([(Parted::Readings, 2026, 2)])).len(), 1);
        let mut tx = months.begin();
        tx.fresh.insert((Parted::Readings, 2026, 2));
        tx.keep();
        assert!(months.missing(BTreeSet::from([(Parted::Readings, 2026, 2)])).is_empty());
    }
}
