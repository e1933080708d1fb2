//! The way into every format: checks a row, counts it, hands it on.

use std::io::Write;

use crate::delimited::Delimited;
use crate::paper::Paper;
use crate::totals::Tally;
use crate::workbook::Book;
use crate::{Cell, CsvOptions, PdfOptions, Receipt, Report, Section, SectionReceipt, XlsxOptions};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180.
    Csv,
    /// Office Open XML workbook (ECMA-376).
    Xlsx,
    /// PDF/A-2a and PDF/UA-1.
    Pdf,
}

impl Format {
    /// What HTTP calls it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
        }
    }

    /// How its file names end, without the point.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
        }
    }
}

/// The options of every format, for a caller that lets its user choose one.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Of CSV.
    pub csv: CsvOptions,
    /// Of XLSX.
    pub xlsx: XlsxOptions,
    /// Of PDF.
    pub pdf: PdfOptions,
}

/// Why a row was not taken. Nothing of it was written or counted; the export goes on with the next one.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// Too few or too many cells.
    #[error("it has {found} cells, expected {expected}")]
    Width {
        /// Columns of the section.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A cell that does not belong under its column.
    #[error("column {column:?} expects {expected}, found {found}")]
    Misfit {
        /// The column's name.
        column: String,
        /// What it holds.
        expected: String,
        /// What was there.
        found: String,
    },
    /// One currency or unit more than a column of amounts can have.
    #[error("column {column:?} has more than {max} different units")]
    Units {
        /// The column's name.
        column: String,
        /// How many it may have.
        max: usize,
    },
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A row that was not taken.
    #[error("row {row} of section {section:?} was not taken")]
    Row {
        /// Its section.
        section: String,
        /// Its number, from 1.
        row: u64,
        /// Why.
        #[source]
        why: RowError,
    },
    /// A row before the first section.
    #[error("a row was pushed before a section began")]
    NoSection,
    /// A chart whose series do not fit its labels.
    #[error("series {series:?} of chart {chart:?} has {found} values for {expected} labels")]
    Chart {
        /// The chart's title.
        chart: String,
        /// The series' name.
        series: String,
        /// Labels.
        expected: usize,
        /// Values.
        found: usize,
    },
    /// CSV holds one table.
    #[error("section {section:?} cannot join the CSV table: {why}")]
    SecondTable {
        /// The section that came second.
        section: String,
        /// What keeps it out.
        why: &'static str,
    },
    /// A limit of the format.
    #[error("{what}: {found}, but {format} holds at most {max}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The format.
        format: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// An option that cannot be.
    #[error("{0}")]
    Option(String),
    /// An earlier error left the file unfinished.
    #[error("the export failed before and cannot go on")]
    Broken,
    /// The file could not be written.
    #[error("failed to write the file")]
    Write(#[from] std::io::Error),
    /// The file could not be written as CSV.
    #[error("failed to write CSV")]
    Csv(#[from] csv::Error),
    /// The workbook could not be made.
    #[error("failed to write XLSX")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// A temporary file of the workbook could not be made or written.
    #[error("failed to write a temporary file of the XLSX: {0}")]
    Scratch(String),
    /// The PDF could not be made.
    #[error("failed to make the PDF: {0}")]
    Pdf(String),
}

impl RenderError {
    /// Whether only a row was refused, so that the export may go on.
    pub fn is_row(&self) -> bool {
        matches!(self, Self::Row { .. } | Self::NoSection)
    }
}

/// The writer of one format. Rows arrive checked against the columns of the section begun last.
pub(crate) trait Backend {
    fn begin(&mut self, section: &Section) -> Result<(), RenderError>;
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), RenderError>;
    /// The section is over; may add notes.
    fn end(&mut self, receipt: &mut SectionReceipt) -> Result<(), RenderError>;
    /// Everything is over; may add notes and the sidecar.
    fn finish(self: Box<Self>, receipt: &mut Receipt) -> Result<(), RenderError>;
}

/// A file in the making. Dropped without [`Export::finish`] it is incomplete.
#[must_use = "an export that is not finished leaves a file that is not complete"]
pub struct Export<'w> {
    backend: Box<dyn Backend + Send + 'w>,
    open: Option<Tally>,
    receipt: Receipt,
    broken: bool,
}

impl<'w> Export<'w> {
    /// A file of any format.
    pub fn open(
        format: Format,
        sink: impl Write + Send + 'w,
        report: &Report,
        options: Options,
    ) -> Result<Self, RenderError> {
        match format {
            Format::Csv => Self::csv(sink, report, options.csv),
            Format::Xlsx => Self::xlsx(sink, report, options.xlsx),
            Format::Pdf => Self::pdf(sink, report, options.pdf),
        }
    }

    /// One table as CSV.
    pub fn csv(sink: impl Write + Send + 'w, report: &Report, options: CsvOptions) -> Result<Self, RenderError> {
        Ok(Self::over(Box::new(Delimited::new(sink, report, options)?)))
    }

    /// A workbook.
    pub fn xlsx(sink: impl Write + Send + 'w, report: &Report, options: XlsxOptions) -> Result<Self, RenderError> {
        Ok(Self::over(Box::new(Book::new(sink, report, options)?)))
    }

    /// A document on A4.
    pub fn pdf(sink: impl Write + Send + 'w, report: &Report, options: PdfOptions) -> Result<Self, RenderError> {
        Ok(Self::over(Box::new(Paper::new(sink, report, options)?)))
    }

    fn over(backend: Box<dyn Backend + Send + 'w>) -> Self {
        Self { backend, open: None, receipt: Receipt::default(), broken: false }
    }

    /// Begins a section and ends the one before.
    pub fn begin(&mut self, section: &Section) -> Result<(), RenderError> {
        if let Some((chart, series)) = section.chart.as_ref().and_then(|chart| Some((chart, chart.crooked()?))) {
            return Err(RenderError::Chart {
                chart: chart.title.clone(),
                series: series.name.clone(),
                expected: chart.labels.len(),
                found: series.values.len(),
            });
        }
        if self.broken {
            return Err(RenderError::Broken);
        }
        self.end()?;
        let done = self.backend.begin(section);
        self.fragile(done)?;
        self.open = Some(Tally::new(section));
        Ok(())
    }

    /// Adds a row to the section. After a [`RenderError::Row`] the export stands as before that row.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), RenderError> {
        let tally = self.open.as_mut().ok_or(if self.broken { RenderError::Broken } else { RenderError::NoSection })?;
        if let Err(why) = check(tally, cells) {
            return Err(RenderError::Row { section: tally.heading().to_owned(), row: tally.rows() + 1, why });
        }
        tally.add(cells);
        let done = self.backend.row(cells);
        self.fragile(done)
    }

    /// Says why something is missing from the section begun last, where that is only found out along its rows.
    pub fn gap(&mut self, reason: impl Into<String>) -> Result<(), RenderError> {
        self.open.as_mut().ok_or(RenderError::NoSection)?.gap(reason.into());
        Ok(())
    }

    /// A whole section at once.
    pub fn section<'c, R: AsRef<[Cell<'c>]>>(
        &mut self,
        section: &Section,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<(), RenderError> {
        self.begin(section)?;
        rows.into_iter().try_for_each(|row| self.row(row.as_ref()))
    }

    /// Completes the file and says what it holds.
    pub fn finish(mut self) -> Result<Receipt, RenderError> {
        self.end()?;
        if self.broken {
            return Err(RenderError::Broken);
        }
        self.backend.finish(&mut self.receipt)?;
        Ok(self.receipt)
    }

    fn end(&mut self) -> Result<(), RenderError> {
        let Some(tally) = self.open.take() else { return Ok(()) };
        let mut done = tally.close();
        let ended = self.backend.end(&mut done);
        self.fragile(ended)?;
        self.receipt.rows += done.rows;
        self.receipt.sections.push(done);
        Ok(())
    }

    /// After a failed write the file is not to be trusted, whatever the caller does next.
    fn fragile(&mut self, done: Result<(), RenderError>) -> Result<(), RenderError> {
        if done.is_err() {
            self.broken = true;
            self.open = None;
        }
        done
    }
}

fn check(tally: &Tally, cells: &[Cell<'_>]) -> Result<(), RowError> {
    let columns = tally.columns();
    if cells.len() != columns.len() || columns.is_empty() {
        return Err(RowError::Width { expected: columns.len(), found: cells.len() });
    }
    if let Some((column, cell)) = columns.iter().zip(cells).find(|(column, cell)| !cell.fits(&column.kind)) {
        return Err(RowError::Misfit {
            column: column.name.clone(),
            expected: column.kind.describe(),
            found: cell.describe(),
        });
    }
    match tally.overfull(cells) {
        Some(column) => Err(RowError::Units { column: column.name.clone(), max: crate::totals::MAX_UNITS }),
        None => Ok(()),
    }
}
