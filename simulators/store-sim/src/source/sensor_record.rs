//! What real sensors once said, for the Modbus wire: a freezer's logger, and files of the Numenta Anomaly Benchmark.
//!
//! Each file becomes the air probe of one cabinet, in tenths, as the case controller's register holds it: unit 1 is the
//! first file, unit 2 the second. A value that does not fit the register is refused with its line. A NAB value has
//! whatever unit its file has (a machine's temperature, a load in percent): only its number is played. The freezer's
//! humidity is not played: a case controller has no point for it.
//!
//! Freezer: no licence stated, for tests only. NAB: MIT.

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use vyavs_world::sensors::{Cabinet, Series};

use super::table::{Row, Rows, TableError, find};

/// The records as if all had begun with the first one: what was logged in other years is heard together.
pub fn together(mut record: Vec<Series>) -> Vec<Series> {
    let first = |series: &Series| series.samples.first().map(|(at, _)| *at);
    let begins = record.iter().find_map(first);
    for series in &mut record {
        let Some(later) = first(series).zip(begins).map(|(own, begins)| begins.duration_since(own)) else { continue };
        series.samples.iter_mut().for_each(|(at, _)| *at = at.saturating_add(later).unwrap_or(*at));
    }
    record
}

/// Largest value in tenths that a register of 16 bits holds, and is not its "no value".
const MOST: f64 = 3_276.7;

/// `DIR/freezer_minutes.csv`, gzipped or not: a minute between two values.
pub fn freezer(dir: &Path) -> Result<Series, TableError> {
    let path = find(dir, "freezer_minutes.csv")?;
    let rows = Rows::open(path, ["ISOdateTime", "Temperature"])?;
    series(Cabinet::Freezer, rows, |text| text.parse().ok())
}

/// One file of the benchmark (`timestamp,value`), gzipped or not. Its times name no zone and are taken as UTC.
pub fn nab(file: &Path) -> Result<Series, TableError> {
    let rows = Rows::open(PathBuf::from(file), ["timestamp", "value"])?;
    series(Cabinet::Fridge, rows, |text| {
        let at: DateTime = text.parse().ok()?;
        Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

fn series(
    cabinet: Cabinet,
    mut rows: Rows<2>,
    instant: impl Fn(&str) -> Option<Timestamp>,
) -> Result<Series, TableError> {
    let mut samples: Vec<(Timestamp, f64)> = Vec::new();
    while let Some(row) = rows.next()? {
        let at = instant(row.columns[0]).ok_or_else(|| row.wrong(format!("{:?} is not a time", row.columns[0])))?;
        let value = value(&row)?;
        match samples.last() {
            // A clock that was set back, or a second value of one instant: the record goes on where time does.
            Some((last, _)) if at <= *last => {}
            _ => samples.push((at, value)),
        }
    }
    let mut gaps: Vec<SignedDuration> = samples.windows(2).map(|two| two[1].0.duration_since(two[0].0)).collect();
    gaps.sort_unstable();
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(SignedDuration::from_mins(1));
    // Two values may be lost before the probe counts as silent.
    Ok(Series { cabinet, samples, silent_after: usual.saturating_mul(3) })
}

fn value(row: &Row<'_, 2>) -> Result<f64, TableError> {
    let text = row.columns[1];
    let value = text.parse::<f64>().ok().filter(|value| value.abs() <= MOST);
    value.ok_or_else(|| row.wrong(format!("{text:?} is not a number between -{MOST} and {MOST}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    #[test]
    fn a_record_is_the_values_in_order_of_time() {
        let text = "timestamp,value\n2013-12-02 21:15:00,73.96\n2013-12-02 21:20:00,74.93\n2013-12-02 21:20:00,9\n\
                    2013-12-02 21:25:00,-2.5\n";
        let read = nab(write(text).path()).expect("well-formed");
        let values: Vec<f64> = read.samples.iter().map(|(_, value)| *value).collect();
        assert_eq!(values, [73.96, 74.93, -2.5]);
        assert_eq!(read.silent_after, SignedDuration::from_mins(15));
        assert_eq!(read.samples[0].0.to_string(), "2013-12-02T21:15:00Z");
    }

    #[test]
    fn records_of_other_years_are_heard_together() {
        let one = nab(write("timestamp,value\n2013-12-02 21:15:00,1\n2013-12-02 21:20:00,2\n").path()).expect("read");
        let two = nab(write("timestamp,value\n2014-04-01 00:00:00,3\n2014-04-01 00:05:00,4\n").path()).expect("read");
        let both = together(vec![one.clone(), two]);
        assert_eq!(both[0], one);
        assert_eq!(both[1].samples[1].0, one.samples[1].0);
    }

    #[test]
    fn what_no_register_holds_is_named_with_its_line() {
        let wrong = |text: &str| nab(write(text).path()).expect_err("wrong").to_string();
        assert!(wrong("timestamp,value\n2013-12-02 21:15:00,40000\n").contains("line 2: \"40000\""));
        assert!(wrong("timestamp,value\nnoon,4\n").contains("\"noon\" is not a time"));
        assert!(wrong("timestamp\nnoon\n").contains("no column value"));
    }
}
