//! How far arithmetic alone gets on receipts of shops of which no grammar was written: the text of 418 scanned receipts,
//! read with one lenient grammar.
//!
//! `VYAVS_DATA=… cargo run -p vyavs-codec --example receipts_text --release [-- --notes]`

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;

use vyavs_codec::receipt::{self, Grammar, Outcome, Place};
use vyavs_domain::money::{Decimal, Money};
use vyavs_domain::time::StoreTime;

fn main() -> std::io::Result<()> {
    let root = std::env::var_os("VYAVS_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let path = root.join("receipts_text/receipts.jsonl.gz");
    let file = std::fs::File::open(&path)
        .map_err(|error| std::io::Error::other(format!("{}: {error}; set VYAVS_DATA", path.display())))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let notes = std::env::args().any(|arg| arg == "--notes");

    let grammar = Grammar::parse("lenient", include_str!("lenient.toml")).map_err(std::io::Error::other)?;
    let time = StoreTime::new("Asia/Kuala_Lumpur", jiff::civil::Time::midnight()).map_err(std::io::Error::other)?;
    let terminal = "till".parse().map_err(std::io::Error::other)?;
    let currency = "MYR".parse().map_err(std::io::Error::other)?;
    let place = Place { terminal: &terminal, time: &time, currency, started: jiff::Timestamp::UNIX_EPOCH };
    let (mut all, mut proven, mut right, mut dated, mut dates_right) = (0, 0, 0, 0, 0);
    let mut reasons: BTreeMap<String, u32> = BTreeMap::new();
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line)?;
        let label = |name: &str| record["fields"][name].as_str().unwrap_or_default();
        all += 1;
        match receipt::read(rows(&record).as_bytes(), &grammar, &place).outcome {
            Outcome::Receipt(read) => {
                proven += 1;
                let total = Money { minor: read.total_minor, currency }.to_decimal();
                let wanted = label("total").trim_start_matches(['R', 'M', ' ', '$']).replace(',', "");
                let same = wanted.parse::<Decimal>().is_ok_and(|wanted| wanted == total);
                right += u32::from(same);
                if notes && !same {
                    println!("{}: proven {total}, labelled {:?}", record["id"], label("total"));
                }
                if read.closed_at != place.started {
                    dated += 1;
                    dates_right += u32::from(same_day(label("date"), time.local(read.closed_at).date()));
                }
            }
            Outcome::Quarantined { reason, .. } => {
                let kind: String = reason.chars().filter(|letter| !letter.is_ascii_digit()).take(40).collect();
                *reasons.entry(kind).or_default() += 1;
            }
            other => *reasons.entry(format!("{other:?}")).or_default() += 1,
        }
    }
    println!("| Receipts | Proven | Total as labelled | Proven, total another | Dates read among them | As labelled |");
    println!("|--:|--:|--:|--:|--:|--:|");
    println!("| {all} | {proven} | {right} | {} | {dated} | {dates_right} |", proven - right);
    if notes {
        reasons.iter().for_each(|(reason, count)| println!("{count} x {reason}"));
    }
    Ok(())
}

/// Words whose boxes stand side by side are one row, from left to right.
fn rows(record: &serde_json::Value) -> String {
    let mut words: Vec<(i64, i64, i64, &str)> = Vec::new();
    for word in record["lines"].as_array().into_iter().flatten() {
        let at = |place: usize| word[place].as_i64().unwrap_or_default();
        words.push(((at(1) + at(3)) / 2, at(3) - at(1), at(0), word[4].as_str().unwrap_or_default()));
    }
    words.sort_unstable();
    let mut rows: Vec<Vec<(i64, i64, i64, &str)>> = Vec::new();
    for word in words {
        match rows.last_mut() {
            Some(row) if word.0 - row[0].0 < word.1.min(row[0].1) * 6 / 10 => row.push(word),
            _ => rows.push(vec![word]),
        }
    }
    let mut text = String::new();
    for row in &mut rows {
        row.sort_unstable_by_key(|word| word.2);
        text += &row.iter().map(|word| word.3).collect::<Vec<_>>().join(" ");
        text.push('\n');
    }
    text
}

/// Day first, as everybody there writes it.
fn same_day(label: &str, day: jiff::civil::Date) -> bool {
    ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y", "%Y-%m-%d", "%d %b %Y", "%d-%b-%Y", "%d %B %Y"]
        .iter()
        .any(|form| jiff::civil::Date::strptime(form, label.trim()).is_ok_and(|wanted| wanted == day))
}
