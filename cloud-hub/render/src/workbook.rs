//! XLSX (ECMA-376): a summary sheet first, then the tables, each from the first row of its sheet, so that they can be
//! filtered, pivoted and read by programs; then charts, and texts too long for a cell.
//!
//! Numbers are numbers, days are days, and words are always strings, whatever they begin with; those that look like
//! formulas also carry Excel's quote prefix, so that editing such a cell does not make one of it. Rows go to a
//! temporary file as they come and the workbook is packed at the end: what stays in memory is one row.
//!
//! What a sheet cannot hold is put elsewhere and named in the notes: rows beyond its last one go to a further sheet,
//! texts beyond 32,767 UTF-16 units to the sheet of long texts, digits beyond a double's to the exact text of the
//! control totals.

mod number;
mod overflow;
mod pictures;
mod sheet;
mod summary;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use jiff::tz::TimeZone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::export::Backend;
use crate::words::Words;
use crate::{Cell, Chart, Column, Kpi, Receipt, RenderError, Report, Section, SectionReceipt};

use self::overflow::LongTexts;
use self::sheet::{Names, Sheet};

/// Rows of a sheet under its header.
const MAX_ROWS: u32 = 1_048_575;
/// Columns of a sheet.
const MAX_COLUMNS: usize = 16_384;
/// Each open sheet holds a temporary file, and the hub has other files to open.
const MAX_SHEETS: usize = 250;
/// Beyond it a sheet's XML may pass the 4 GB at which a ZIP entry needs the 64-bit form, which some readers lack.
const LARGE_SHEET_CELLS: u64 = 30_000_000;

/// How the workbook is written.
#[derive(Clone, Debug, Default)]
pub struct XlsxOptions {
    /// Rows of data on one sheet, at most 1,048,575, which is the default.
    pub rows_per_sheet: Option<u32>,
    /// Where temporary files go: by default where the system wants them. They have no name and vanish with the process.
    pub scratch: Option<PathBuf>,
}

/// What was met once a section and is said once.
#[derive(Clone, Copy, Debug, Default)]
struct Remarks {
    rounded: u64,
    twice: u64,
    outside: u64,
}

pub(crate) struct Book<W: Write + Send> {
    sink: W,
    book: Workbook,
    report: Report,
    zone: TimeZone,
    words: &'static Words,
    rows_per_sheet: u32,
    names: Names,
    sheet: Option<Sheet>,
    heading: String,
    long: LongTexts,
    remarks: Remarks,
    largest: u64,
    kpis: Vec<(String, Kpi)>,
    charts: Vec<(String, Chart)>,
}

/// The library unwraps what its temporary files answer; a full disk is an error here, not the end of a thread.
fn guarded<T>(work: impl FnOnce() -> Result<T, RenderError>) -> Result<T, RenderError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(RenderError::Scratch(text.unwrap_or("for a reason it does not say").to_owned()))
    })
}

impl<W: Write + Send> Book<W> {
    pub(crate) fn new(sink: W, report: &Report, options: XlsxOptions) -> Result<Self, RenderError> {
        let rows_per_sheet = options.rows_per_sheet.unwrap_or(MAX_ROWS);
        if !(1..=MAX_ROWS).contains(&rows_per_sheet) {
            return Err(RenderError::Option(format!("rows_per_sheet is {rows_per_sheet}, expected 1 to {MAX_ROWS}")));
        }
        let words = report.locale.words();
        let mut names = Names::default();
        let book = guarded(|| {
            let mut book = Workbook::new();
            if let Some(scratch) = &options.scratch {
                book.set_tempdir(scratch)?;
            }
            book.set_properties(&properties(report)?);
            // The first sheet, filled last.
            book.add_worksheet().set_name(names.take(words.summary, words))?;
            Ok(book)
        })?;
        Ok(Self {
            sink,
            book,
            report: report.clone(),
            zone: report.timezone.clone(),
            words,
            rows_per_sheet,
            long: LongTexts::default(),
            names,
            sheet: None,
            heading: String::new(),
            remarks: Remarks::default(),
            largest: 0,
            kpis: Vec::new(),
            charts: Vec::new(),
        })
    }

    fn open_sheet(&mut self, columns: &[Column]) -> Result<(), RenderError> {
        let name = match &self.report.joined_by {
            Some(joined_by) => joined_by.clone(),
            None => self.heading.clone(),
        };
        if self.names.len() >= MAX_SHEETS {
            return Err(RenderError::Limit {
                what: "sheets",
                found: self.names.len() + 1,
                format: "an XLSX export (sections of the same columns can share a sheet: Report::joined_by)",
                max: MAX_SHEETS,
            });
        }
        let name = self.names.take(&name, self.words);
        let sheet = Sheet::open(&mut self.book, name, columns, &self.report)?;
        self.sheet = Some(sheet);
        Ok(())
    }

    fn close_sheet(&mut self) -> Result<(), RenderError> {
        let Some(sheet) = self.sheet.take() else { return Ok(()) };
        self.largest = self.largest.max(sheet.cells());
        sheet.close(&mut self.book)
    }
}

fn properties(report: &Report) -> Result<DocProperties, RenderError> {
    // XML attributes and properties take no control characters, which a title has no use for either.
    let clean = |text: &str| text.replace(char::is_control, " ");
    let created = ExcelDateTime::from_timestamp(report.as_of.as_second())?;
    Ok(DocProperties::new()
        .set_title(clean(&report.title))
        .set_subject(clean(&report.subtitle))
        .set_company(clean(&report.organization))
        .set_creation_datetime(&created))
}

impl<W: Write + Send> Backend for Book<W> {
    fn begin(&mut self, section: &Section) -> Result<(), RenderError> {
        let fields = sheet::width(&section.columns, &self.report);
        if fields > MAX_COLUMNS {
            return Err(RenderError::Limit { what: "columns", found: fields, format: "XLSX", max: MAX_COLUMNS });
        }
        self.heading.clone_from(&section.heading);
        self.kpis.extend(section.kpis.iter().map(|kpi| (section.heading.clone(), kpi.clone())));
        if let Some(chart) = &section.chart {
            pictures::check(chart)?;
            self.charts.push((section.heading.clone(), chart.clone()));
        }
        if section.columns.is_empty() {
            return Ok(());
        }
        let shares = self.report.joined_by.is_some();
        if shares && self.sheet.as_ref().is_some_and(|sheet| sheet.columns() == section.columns) {
            return Ok(());
        }
        guarded(|| {
            self.close_sheet()?;
            self.open_sheet(&section.columns)
        })
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), RenderError> {
        guarded(|| {
            if let Some(full) = self.sheet.as_ref().filter(|sheet| sheet.rows() >= self.rows_per_sheet) {
                let columns = full.columns().to_vec();
                self.close_sheet()?;
                self.open_sheet(&columns)?;
            }
            let Some(sheet) = &mut self.sheet else { return Err(RenderError::NoSection) };
            let joined = self.report.joined_by.is_some().then_some(self.heading.as_str());
            let mut aside = sheet::Aside {
                long: &mut self.long,
                names: &mut self.names,
                words: self.words,
                zone: &self.zone,
                remarks: &mut self.remarks,
            };
            sheet.row(&mut self.book, joined, cells, &mut aside)
        })
    }

    fn end(&mut self, receipt: &mut SectionReceipt) -> Result<(), RenderError> {
        let Remarks { rounded, twice, outside } = std::mem::take(&mut self.remarks);
        for (what, count) in [(self.words.rounded, rounded), (self.words.twice, twice), (self.words.outside, outside)] {
            if count > 0 {
                receipt.notes.push(format!("{what}: {count}"));
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, receipt: &mut Receipt) -> Result<(), RenderError> {
        guarded(|| {
            self.close_sheet()?;
            summary::write(self.book.worksheet_from_index(0)?, &self.report, &self.kpis, receipt)?;
            if !self.charts.is_empty() {
                let name = self.names.take(self.words.charts, self.words);
                pictures::write(self.book.add_worksheet(), &name, &self.charts)?;
            }
            self.book.use_zip_large_file(self.largest > LARGE_SHEET_CELLS);
            self.book.save_to_writer(&mut self.sink)?;
            Ok(())
        })?;
        Ok(self.sink.flush()?)
    }
}
