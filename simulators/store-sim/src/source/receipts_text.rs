//! Printed receipts of Malaysian shops as rows of text (SROIE, ICDAR 2019; research use, not to be shipped).
//!
//! The file has the boxes that a reader of the scanned paper found: corner, corner, text, with its reading errors. They
//! are laid out again as they stood: boxes of about one height make a row, and a box begins in the column its left edge
//! points to. The file has no time that could pace a play (a date at most, in many spellings), so the receipts are
//! printed one a minute from where the play begins. They are pages for a printer: nothing in them is ready for a journal.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::table::{TableError, bytes, find};

/// Characters of a row on the paper.
const COLUMNS: usize = 48;

/// One receipt as it stood on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The file's name of it.
    pub id: String,
    /// From top to bottom.
    pub rows: Vec<String>,
}

/// A box: left, top, right, bottom, and what it says.
#[derive(Clone, Debug, Deserialize)]
struct Cell(f64, f64, f64, f64, String);

#[derive(Deserialize)]
struct Scan {
    id: String,
    lines: Vec<Cell>,
}

/// The pages of the file, one after the other. After an error there is nothing more.
pub struct Pages {
    path: PathBuf,
    lines: std::io::Lines<Box<dyn BufRead + Send>>,
    line: u64,
    ended: bool,
}

/// Opens `DIR/receipts.jsonl`, gzipped or not.
pub fn open(dir: &Path) -> Result<Pages, TableError> {
    let path = find(dir, "receipts.jsonl")?;
    let lines: Box<dyn BufRead + Send> = Box::new(BufReader::new(bytes(&path)?));
    Ok(Pages { path, lines: lines.lines(), line: 0, ended: false })
}

impl Iterator for Pages {
    type Item = Result<Page, TableError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.lines.next().map(|line| {
            self.line += 1;
            let scan: Scan = match line {
                Err(source) => return Err(TableError::Open(self.path.clone(), source)),
                Ok(text) => serde_json::from_str(&text).map_err(|error| TableError::Value {
                    path: self.path.clone(),
                    line: self.line,
                    what: format!("not a receipt with id and lines: {error}"),
                })?,
            };
            Ok(Page { id: scan.id, rows: rows(scan.lines) })
        });
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The boxes as rows of text.
fn rows(mut cells: Vec<Cell>) -> Vec<String> {
    cells.retain(|cell| !cell.4.trim().is_empty());
    cells.sort_by(|a, b| (a.1 + a.3).total_cmp(&(b.1 + b.3)));
    let left = cells.iter().map(|cell| cell.0).fold(f64::INFINITY, f64::min);
    let right = cells.iter().map(|cell| cell.2).fold(f64::NEG_INFINITY, f64::max);
    let column = |x: f64| ((x - left) / (right - left).max(1.0) * COLUMNS as f64) as usize;
    let mut rows: Vec<(f64, Vec<Cell>)> = Vec::new();
    for cell in cells {
        let middle = (cell.1 + cell.3) / 2.0;
        let half = (cell.3 - cell.1).abs() / 2.0;
        match rows.last_mut() {
            // Of one row are those whose middles lie within half a height of its first.
            Some((row, cells)) if middle - *row <= half => cells.push(cell),
            _ => rows.push((middle, vec![cell])),
        }
    }
    rows.into_iter()
        .map(|(_, mut cells)| {
            cells.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut row = String::new();
            for cell in cells {
                let (text, length) = (cell.4, row.chars().count());
                // As far left as it takes to end within the paper, but behind what stands there.
                let begins = column(cell.0).min(COLUMNS.saturating_sub(text.chars().count()));
                let begins = begins.max(if length == 0 { 0 } else { length + 1 });
                row.push_str(&" ".repeat(begins - length));
                row.push_str(&text);
            }
            row
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Page>, TableError> {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("receipts.jsonl"), text).expect("written");
        open(dir.path())?.collect()
    }

    #[test]
    fn boxes_become_the_rows_they_stood_in() {
        let pages = read(
            r#"{"id":"000","fields":{"total":"9.00"},"lines":[[205,10,326,30,"BOOK TA"],[245,639,293,658,"TOTAL:"],[50,60,96,80,"DATE:"],[165,62,342,82,"25/12/2018"],[412,640,442,655,"9.00"],[10,639,20,650,""]]}"#,
        )
        .expect("well-formed");
        assert_eq!(pages[0].id, "000");
        let rows: Vec<&str> = pages[0].rows.iter().map(|row| row.trim_start()).collect();
        assert_eq!(rows[0], "BOOK TA");
        assert!(rows[1].starts_with("DATE:   ") && rows[1].ends_with("25/12/2018"), "{rows:?}");
        assert!(rows[2].starts_with("TOTAL: ") && rows[2].ends_with(" 9.00"), "{rows:?}");
        assert!(pages[0].rows.iter().all(|row| row.len() <= COLUMNS), "{:?}", pages[0].rows);
    }

    #[test]
    fn what_is_no_receipt_is_named_with_its_line() {
        let error = read("{\"id\":\"1\",\"lines\":[]}\n{\"id\":2}\n").expect_err("wrong").to_string();
        assert!(error.contains("line 2") && error.contains("not a receipt"), "{error}");
        assert!(read("").expect("empty").is_empty());
    }
}
