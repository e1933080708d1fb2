//! Typed reports as CSV, XLSX and PDF: values in, a file out.
//!
//! ```
//! use vyavs_render::{Cell, Column, CsvOptions, Export, Kind, Locale, Report, Section};
//!
//! let eur: vyavs_domain::money::Currency = "EUR".parse()?;
//! let report = Report::new("Sales by store", "2026-11-23T06:00:00Z".parse()?, Locale::new("de-DE")?);
//! let columns = vec![Column::new("Store", Kind::Text), Column::new("Net sales", Kind::Money(Some(eur)))];
//!
//! let mut file = Vec::new();
//! let mut export = Export::csv(&mut file, &report, CsvOptions::default())?;
//! export.begin(&Section::new("All stores", columns))?;
//! export.row(&["Fulham".into(), Cell::money("1204.50".parse()?, eur)])?;
//! export.row(&["Łódź".into(), Cell::money("-5.00".parse()?, eur)])?;
//! let receipt = export.finish()?;
//!
//! assert_eq!(receipt.rows, 2);
//! assert_eq!(receipt.sections[0].totals[0].to_string(), "Net sales (EUR) 1199.50");
//! assert_eq!(String::from_utf8(file)?, "Store,Net sales (EUR)\r\nFulham,1204.50\r\nŁódź,-5.00\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Report`] says what it is about; [`Section`]s follow, each with key figures, a table and a chart, and their rows
//! are pushed one by one, so that a million of them need no more memory than one. (A PDF is laid out at the end and
//! keeps its rows, so it takes a limited number.) [`Export`] checks every row against the columns before anything is
//! written, adds up what can be added, and hands the row to the writer of the format. Nothing is cut: what a format
//! cannot hold goes to a further sheet or page and is named in the notes. Nothing here knows a clock, a socket or a
//! database; XLSX alone uses temporary files.

mod chart;
mod delimited;
mod export;
mod formula;
mod locale;
mod paper;
mod report;
mod table;
mod totals;
mod words;
mod workbook;

pub use chart::{Chart, ChartKind, Series};
pub use delimited::{CsvOptions, Delimiter};
pub use export::{Export, Format, Options, RenderError, RowError};
pub use formula::{neutralise, restore};
pub use locale::{Locale, LocaleError};
pub use paper::PdfOptions;
pub use report::{Comparison, Kpi, Period, Report, Section};
pub use table::{Cell, Column, Kind};
pub use totals::{Receipt, SectionReceipt, Total};
pub use workbook::XlsxOptions;
