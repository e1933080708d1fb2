//! A corpus on disk: series by category, their labelled windows, and scores beside them.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use vyavs_domain::reading::Quality;
use vyavs_features::Sample;

/// One series, its rows in the order of the file.
pub(super) struct Series {
    pub(super) category: String,
    /// `<file>.csv`.
    pub(super) file: String,
    pub(super) rows: Vec<Row>,
    /// First and last row of each labelled window; `None` where the corpus has no labels at all.
    pub(super) windows: Option<Vec<(usize, usize)>>,
}

/// A row: as it was written, and as the agent would take it.
pub(super) struct Row {
    pub(super) timestamp: String,
    pub(super) value: String,
    pub(super) sample: Sample,
}

type Labels = HashMap<String, Vec<(String, String)>>;

/// Reads `dir/data/<category>/<file>.csv[.gz]`, by name, with the windows at `dir` or `dir/labels`.
///
/// # Errors
/// Nothing there, and the first row or label that does not fit: which file, line and column, and what was expected.
pub(super) fn read(dir: &Path) -> anyhow::Result<Vec<Series>> {
    let labels = labels(dir)?;
    let mut files = BTreeMap::new();
    for category in listed(&dir.join("data"))? {
        if category.is_dir() {
            for path in listed(&category)? {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let file = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
                if file.ends_with(".csv") {
                    let category = category.file_name().map(|name| name.to_string_lossy().into_owned());
                    files.insert((category.unwrap_or_default(), file), path);
                }
            }
        }
    }
    ensure!(!files.is_empty(), "{} has no data/<category>/<file>.csv or .csv.gz", dir.display());
    files.into_iter().map(|((category, file), path)| one(category, file, &path, labels.as_ref())).collect()
}

fn one(category: String, file: String, path: &Path, labels: Option<&Labels>) -> anyhow::Result<Series> {
    let mut rows = Vec::new();
    table(path, &["timestamp", "value"], |record, columns| {
        rows.push(row(record, columns)?);
        Ok(())
    })?;
    let key = format!("{category}/{file}");
    let windows = labels.map(|labels| {
        let mut first = HashMap::new();
        for (index, row) in rows.iter().enumerate() {
            first.entry(plain(&row.timestamp)).or_insert(index);
        }
        let find = |at: &String| {
            first.get(plain(at)).copied().ok_or_else(|| anyhow!("combined_windows.json: {key} has no row at {at}"))
        };
        let window = |(from, to): &(String, String)| {
            let window = (find(from)?, find(to)?);
            ensure!(
                window.0 <= window.1,
                "combined_windows.json: the window {from} to {to} of {key} ends before it begins"
            );
            Ok(window)
        };
        let mut windows = labels.get(&key).into_iter().flatten().map(window).collect::<anyhow::Result<Vec<_>>>()?;
        windows.sort_unstable();
        if let Some(pair) = windows.windows(2).find(|pair| pair[1].0 <= pair[0].1) {
            bail!("combined_windows.json: windows of {key} overlap at row {}", pair[1].0);
        }
        Ok(windows)
    });
    Ok(Series { category, file, rows, windows: windows.transpose()? })
}

/// A time without its fraction: labels and rows write it differently.
fn plain(timestamp: &str) -> &str {
    timestamp.split('.').next().unwrap_or(timestamp)
}

fn row(record: &StringRecord, columns: &[usize]) -> anyhow::Result<Row> {
    let field = |column: usize| record.get(columns[column]).unwrap_or_default().trim();
    let (timestamp, text) = (field(0), field(1));
    let at: DateTime = timestamp
        .trim_end_matches('Z')
        .parse()
        .map_err(|_| anyhow!("column timestamp: expected a time such as 2014-04-01 00:05:00, found {timestamp:?}"))?;
    let zoned = at.to_zoned(TimeZone::UTC).with_context(|| format!("column timestamp: {timestamp:?}"))?;
    // A gap in the file is a reading that failed; the rule for silence is another one's.
    let value: f64 = match text {
        "" => f64::NAN,
        text => text.parse().map_err(|_| anyhow!("column value: expected a number or nothing, found {text:?}"))?,
    };
    let sample = Sample {
        at_us: zoned.timestamp().as_microsecond(),
        value,
        quality: if value.is_finite() { Quality::Good } else { Quality::Bad },
        defrost: None,
        minute_of_day: (i32::from(at.hour()) * 60 + i32::from(at.minute())) as u16,
    };
    Ok(Row { timestamp: timestamp.to_owned(), value: text.to_owned(), sample })
}

/// Writes `<category>/vyavs_<file>.csv`.
pub(super) fn write(out: &Path, series: &Series, scores: &[f64]) -> anyhow::Result<()> {
    let dir = out.join(&series.category);
    let path = dir.join(format!("vyavs_{}", series.file));
    let write = || -> anyhow::Result<()> {
        fs::create_dir_all(&dir)?;
        let mut file = csv::Writer::from_path(&path)?;
        file.write_record(["timestamp", "value", "anomaly_score"])?;
        for (row, score) in series.rows.iter().zip(scores) {
            file.write_record([&row.timestamp, &row.value, &score.to_string()])?;
        }
        Ok(file.flush()?)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Another detector's scores of a series.
pub(super) fn peer_scores(dir: &Path, series: &Series) -> anyhow::Result<Vec<f64>> {
    let plain = dir.join(&series.category).join(&series.file);
    let zipped = PathBuf::from(format!("{}.gz", plain.display()));
    let path = if plain.exists() { plain } else { zipped };
    let mut scores = Vec::with_capacity(series.rows.len());
    table(&path, &["anomaly_score"], |record, columns| {
        let text = record.get(columns[0]).unwrap_or_default().trim();
        scores.push(text.parse().map_err(|_| anyhow!("column anomaly_score: expected a number, found {text:?}"))?);
        Ok(())
    })?;
    let (has, needs) = (scores.len(), series.rows.len());
    ensure!(has == needs, "{} has {has} rows, the series it scores {needs}", path.display());
    Ok(scores)
}

/// Reads a table with a header, gzipped or not; `take` gets each record and where the columns are.
fn table(
    path: &Path,
    columns: &[&str],
    mut take: impl FnMut(&StringRecord, &[usize]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let zipped = path.extension().is_some_and(|extension| extension == "gz");
    let input: Box<dyn Read> = match zipped {
        true => Box::new(MultiGzDecoder::new(BufReader::new(file))),
        false => Box::new(BufReader::new(file)),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let header = reader.headers().with_context(|| format!("{}, line 1", path.display()))?.clone();
    let places: Result<Vec<usize>, _> = columns
        .iter()
        .map(|column| {
            let place = header.iter().position(|name| name.trim_start_matches('\u{feff}').trim() == *column);
            place.ok_or_else(|| anyhow!("{}, line 1: expected a column {column}", path.display()))
        })
        .collect();
    let places = places?;
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        let place = || format!("{}, line {line}", path.display());
        if !reader.read_record(&mut record).with_context(place)? {
            return Ok(());
        }
        take(&record, &places).with_context(place)?;
    }
}

fn labels(dir: &Path) -> anyhow::Result<Option<Labels>> {
    let name = "combined_windows.json";
    let Some(path) = [dir.join(name), dir.join("labels").join(name)].into_iter().find(|path| path.exists()) else {
        return Ok(None);
    };
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let expected = "expected for each file a list of pairs of timestamps";
    Ok(Some(serde_json::from_str(&text).with_context(|| format!("{}: {expected}", path.display()))?))
}

fn listed(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort_unstable();
    Ok(paths)
}
