//! The measures and baselines prove themselves on published figures, where the data is at hand.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use vyavs_forecast::{History, Method, metrics};

/// A data set: below `VYAVS_DATA`, or beside the checkout. Says so where it is absent.
fn data(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("VYAVS_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let dir = named.unwrap_or(beside).join(name);
    if !dir.is_dir() {
        eprintln!("skipped: {} is absent (set VYAVS_DATA)", dir.display());
        return None;
    }
    Some(dir)
}

fn rows(path: &Path, delimiter: u8) -> Vec<Vec<String>> {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).expect("the file")).read_to_string(&mut text).expect("gzip");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("csv").iter().map(str::to_owned).collect()).collect()
}

fn numbers(cells: &[String]) -> Vec<f64> {
    cells.iter().filter(|cell| !cell.is_empty()).map(|cell| cell.parse().expect("a number")).collect()
}

#[track_caller]
fn near(left: f64, right: f64, within: f64) {
    assert!((left - right).abs() <= within, "{left} is not {right}");
}

/// The published Naive2 forecasts of M3 score what was published: 17.88, 9.95, 16.90, 6.30.
#[test]
fn m3_naive2_scores_what_was_published() {
    let Some(dir) = data("m3") else { return };
    let key = |name: &str| name.trim_start_matches('N').trim().parse::<usize>().ok();
    let said: BTreeMap<usize, Vec<f64>> = rows(&dir.join("M3_Naive2_forecasts.tsv.gz"), b'\t')
        .iter()
        .filter_map(|row| Some((key(&row[0])?, numbers(&row[2..]))))
        .collect();
    for (kind, published) in [("Yearly", 17.88), ("Quarterly", 9.95), ("Monthly", 16.90), ("Other", 6.30)] {
        let (mut there, mut here, mut count) = (0.0, 0.0, 0.0);
        let season = match kind {
            "Quarterly" => 4,
            "Monthly" => 12,
            _ => 1,
        };
        for row in &rows(&dir.join(format!("M3_{kind}.tsv.gz")), b'\t')[1..] {
            let horizon: usize = row[2].parse().expect("a horizon");
            let values = numbers(&row[6..]);
            let (known, came) = values.split_at(values.len() - horizon);
            let number = key(&row[0]).expect("a number");
            there += metrics::smape_m3(came, &said[&number][..horizon]).expect("a score");
            let history = History::new(known.to_vec(), &[season]).expect("finite");
            let own = Method::Naive2.forecast(&history, horizon).expect("a forecast");
            here += metrics::smape_m3(came, &own.mean).expect("a score");
            count += 1.0;
        }
        println!("M3 {kind}: published forecasts {:.3}, ours {:.3}", there / count, here / count);
        near(there / count, published, 0.01);
        // M3's own decomposition is not published in full; ours is M4's.
        near(here / count, published, 0.15);
    }
}

/// sNaive and Naive2 on half of M4 lie where all of it does (published: sMAPE 13.912 and 18.383 hourly, 9.161 weekly).
#[test]
fn m4_baselines_lie_where_they_were_published() {
    let Some(dir) = data("m4") else { return };
    let hourly = m4(&dir, "Hourly", 24, Method::SeasonalNaive);
    near(hourly.0, 13.979, 0.001);
    near(hourly.1, 1.233, 0.001);
    let reference = m4(&dir, "Hourly", 24, Method::Naive2);
    near(reference.0, 18.224, 0.001);
    near(reference.1, 2.432, 0.001);
    let weekly = m4(&dir, "Weekly", 1, Method::Naive2);
    near(weekly.0, 9.537, 0.001);
    near(weekly.1, 2.915, 0.001);
}

fn m4(dir: &Path, kind: &str, season: usize, method: Method) -> (f64, f64) {
    let series = |part: &str| -> Vec<Vec<f64>> {
        let rows = rows(&dir.join(format!("{kind}-{part}.csv.gz")), b',');
        rows[1..].iter().map(|row| numbers(&row[1..])).collect()
    };
    let (known, came) = (series("train"), series("test"));
    let (mut smape, mut mase) = (0.0, 0.0);
    for (known, came) in known.iter().zip(&came) {
        let history = History::new(known.clone(), &[season]).expect("finite");
        let said = method.forecast(&history, came.len()).expect("a forecast").mean;
        smape += metrics::smape(came, &said).expect("a score");
        mase += metrics::mase(known, season, came, &said).expect("a score");
    }
    (smape / known.len() as f64, mase / known.len() as f64)
}
