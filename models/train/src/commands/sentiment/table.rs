//! Labelled texts from a CSV file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use flate2::read::MultiGzDecoder;

/// Which columns are read.
pub(super) struct Columns<'a> {
    pub(super) text: &'a str,
    pub(super) label: &'a str,
    pub(super) fold: Option<&'a str>,
}

/// One labelled text.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) positive: bool,
    /// Empty where no fold was asked for.
    pub(super) fold: String,
}

/// The texts of a file, and what its labels are called: negative, positive.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    pub(super) values: [String; 2],
}

impl Table {
    /// Reads a file; `values` are the labels it may hold, taken from the file itself where there are none yet.
    pub(super) fn read(path: &Path, columns: &Columns, values: Option<&[String; 2]>) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let source: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Self::parse(source, columns, values).with_context(|| path.display().to_string())
    }

    fn parse(source: impl Read, columns: &Columns, values: Option<&[String; 2]>) -> anyhow::Result<Self> {
        let mut reader = csv::Reader::from_reader(source);
        let header = reader.headers().context("the header cannot be read")?.clone();
        let find = |name: &str| {
            let place = header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
            place.with_context(|| {
                format!("there is no column {name:?}: the header has {}", header.iter().collect::<Vec<_>>().join(", "))
            })
        };
        let (text, label) = (find(columns.text)?, find(columns.label)?);
        let fold = columns.fold.map(find).transpose()?;
        let mut read = Vec::new();
        for record in reader.records() {
            let record = record.context("a record cannot be read")?;
            let line = record.position().map_or(0, csv::Position::line);
            let field = |at: usize| record.get(at).unwrap_or_default().to_owned();
            let value = field(label).trim().to_owned();
            ensure!(!value.is_empty(), "line {line}: column {:?} is empty, a label is expected", columns.label);
            read.push((line, field(text), value, fold.map(field).unwrap_or_default()));
        }
        ensure!(!read.is_empty(), "there is no record under the header");
        let values = match values {
            Some(values) => values.clone(),
            None => two(read.iter().map(|(_, _, value, _)| value.as_str()), columns.label)?,
        };
        let mut rows = Vec::with_capacity(read.len());
        for (line, text, value, fold) in read {
            let Some(place) = values.iter().position(|known| *known == value) else {
                bail!(
                    "line {line}: label {value:?} is neither {:?} nor {:?}, which the model was trained on",
                    values[0],
                    values[1]
                );
            };
            rows.push(Row { line, text, positive: place == 1, fold });
        }
        Ok(Self { rows, values })
    }
}

/// The two values a label column holds, by number where both are numbers.
fn two<'a>(values: impl Iterator<Item = &'a str>, column: &str) -> anyhow::Result<[String; 2]> {
    let mut all: Vec<&str> = values.collect();
    all.sort_unstable();
    all.dedup();
    let count = all.len();
    let Ok([mut low, mut high]) = <[&str; 2]>::try_from(all) else {
        bail!("column {column:?} holds {count} different labels: two are expected, such as 0 and 1");
    };
    if let (Ok(a), Ok(b)) = (low.parse::<f64>(), high.parse::<f64>())
        && a > b
    {
        std::mem::swap(&mut low, &mut high);
    }
    Ok([low.to_owned(), high.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns<'static> = Columns { text: "text", label: "label", fold: None };

    fn refusal(csv: &str) -> String {
        format!("{:#}", Table::parse(csv.as_bytes(), &COLUMNS, None).expect_err("it is refused"))
    }

    #[test]
    fn labels_are_ordered_and_bad_files_are_named() {
        let table = Table::parse("label,text\n1,good\n-1,\"bad, \"\"very\"\"\"\n".as_bytes(), &COLUMNS, None)
            .expect("it is in order");
        assert_eq!(table.values, ["-1", "1"]);
        assert_eq!(
            (table.rows[1].text.as_str(), table.rows[1].positive, table.rows[1].line),
            ("bad, \"very\"", false, 3)
        );
        assert!(refusal("label,words\n1,good\n").contains("no column \"text\""));
        assert!(refusal("label,text\n1,a\n2,b\n3,c\n").contains("3 different labels"));
        assert!(refusal("label,text\n,a\n").contains("line 2"));
        assert!(refusal("label,text\n").contains("no record"));
        assert!(refusal("label,text\n1,a\n0,b,c\n").contains("record"));
    }
}
