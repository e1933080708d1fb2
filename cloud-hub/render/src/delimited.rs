//! CSV (RFC 4180): one header record, then data, every record with the same number of fields, CRLF between them.
//!
//! A decimal point is always `.`, days and instants are ISO 8601 (instants with their offset, so the hour that comes
//! twice is told apart), a missing value is an empty field, and words are guarded against being read as formulas
//! (see [`crate::neutralise`]; [`crate::restore`] undoes it).
//!
//! **Where the control data is.** Row count, control totals, as-of, filters and gaps come as a sidecar: a JSON
//! description by the W3C Recommendation "Metadata Vocabulary for Tabular Data", in [`Receipt::sidecar`], to be kept
//! as `<name>-metadata.json` beside the file, where programs that know the Recommendation look for it. The file
//! itself then holds data and nothing else: a trailing line would be one more row to every program that does not
//! know of it, and a sum one row off is worse than a description in a second file. Who must have it all in
//! one file asks for [`CsvOptions::trailer`]: records with as many fields as all others, the first one beginning
//! with `# `, the last one saying how many they are, so that a reader takes them off from the end.

use std::fmt::Write as _;
use std::io::Write;

use jiff::tz::TimeZone;
use serde_json::json;

use crate::export::Backend;
use crate::table::percent_points;
use crate::{Cell, Column, Kind, Receipt, RenderError, Report, Section, SectionReceipt, neutralise};

/// What stands between fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`, which Excel expects where the decimal sign is a comma.
    Semicolon,
    /// TAB.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    /// The byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// How the CSV is written. By default: `,`, no byte order mark, no trailer.
#[derive(Clone, Debug, Default)]
pub struct CsvOptions {
    /// What stands between fields.
    pub delimiter: Delimiter,
    /// A UTF-8 byte order mark in front, without which Excel reads a CSV in the code page of its computer.
    pub byte_order_mark: bool,
    /// The control data at the end of the file as well.
    pub trailer: bool,
    /// The file's name, for the sidecar.
    pub file_name: Option<String>,
}

const MARK: &str = "\u{feff}";

pub(crate) struct Delimited<W: Write> {
    csv: csv::Writer<W>,
    report: Report,
    options: CsvOptions,
    /// Of the one table, once it has begun, and the heading of the section in it.
    table: Option<(Vec<Column>, String)>,
    field: String,
}

impl<W: Write> Delimited<W> {
    pub(crate) fn new(mut sink: W, report: &Report, options: CsvOptions) -> Result<Self, RenderError> {
        if options.byte_order_mark {
            sink.write_all(MARK.as_bytes())?;
        }
        let csv = csv::WriterBuilder::new()
            .delimiter(options.delimiter.byte())
            .terminator(csv::Terminator::CRLF)
            .from_writer(sink);
        Ok(Self { csv, report: report.clone(), options, table: None, field: String::new() })
    }

    /// The names over the fields: a column of mixed currencies or units has a second field for them.
    fn header(&self, columns: &[Column]) -> Vec<String> {
        let words = self.report.locale.words();
        let mut names: Vec<String> = self.report.joined_by.iter().cloned().collect();
        for column in columns {
            names.push(column.heading());
            match column.kind {
                Kind::Money(None) => names.push(format!("{} {}", column.name, words.currency)),
                Kind::Quantity(None) => names.push(format!("{} {}", column.name, words.unit)),
                _ => {}
            }
        }
        names
    }

    fn trailer(&mut self, receipt: &Receipt) -> Result<(), RenderError> {
        let report = &self.report;
        let mut lines = vec![
            format!("title: {}", report.title),
            format!("organization: {}", report.organization),
            format!("scope: {}", report.scope),
            format!("filters: {}", report.filters),
            format!("as of: {}", report.as_of),
            format!("time zone: {}", report.zone_name()),
        ];
        if let Some(period) = report.period {
            lines.push(format!("period: {}/{}", period.from, period.through));
        }
        lines.extend(report.gaps.iter().map(|gap| format!("missing: {gap}")));
        for section in &receipt.sections {
            let heading = &section.heading;
            lines.extend(section.gaps.iter().map(|gap| format!("missing in {heading}: {gap}")));
            lines.extend(section.totals.iter().map(|total| format!("control total of {heading}: {total}")));
            lines.push(format!("rows of {heading}: {}", section.rows));
        }
        lines.push(format!("rows: {}", receipt.rows));
        lines.push(format!("trailer records: {}", lines.len() + 1));
        let width = self.table.as_ref().map_or(1, |(columns, _)| self.header(columns).len());
        for line in lines {
            self.csv.write_field(neutralise(&format!("# {line}")).as_bytes())?;
            (1..width).try_for_each(|_| self.csv.write_field(b""))?;
            self.csv.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    /// The description beside the file (W3C, Metadata Vocabulary for Tabular Data).
    fn sidecar(&self, receipt: &Receipt) -> String {
        let report = &self.report;
        let columns = self.table.as_ref().map(|(columns, _)| columns.as_slice()).unwrap_or_default();
        let mut types: Vec<&str> = self.report.joined_by.iter().map(|_| "string").collect();
        for column in columns {
            types.push(datatype(&column.kind));
            types.extend(column.kind.has_companion().then_some("string"));
        }
        let columns = self.header(columns).into_iter().zip(types);
        let columns = columns.map(|(title, datatype)| json!({ "titles": title, "datatype": datatype }));
        let sections = receipt.sections.iter().map(|section| {
            let totals = section.totals.iter().map(|total| {
                json!({ "column": total.column, "unit": total.unit, "sum": total.sum.map(|sum| sum.to_string()) })
            });
            json!({
                "heading": section.heading,
                "rows": section.rows,
                "control_totals": totals.collect::<Vec<_>>(),
                "missing": section.gaps,
            })
        });
        let document = json!({
            "@context": "http://www.w3.org/ns/csvw",
            "url": self.options.file_name.as_deref().unwrap_or("table.csv"),
            "dc:title": report.title,
            "dialect": {
                "delimiter": char::from(self.options.delimiter.byte()).to_string(),
                "encoding": "utf-8",
                "header": true,
                "lineTerminators": ["\r\n"],
            },
            "tableSchema": { "columns": columns.collect::<Vec<_>>() },
            "notes": [{
                "subtitle": report.subtitle,
                "organization": report.organization,
                "scope": report.scope,
                "filters": report.filters,
                "as_of": report.as_of.to_string(),
                "time_zone": report.zone_name(),
                "period": report.period.map(|p| json!({ "from": p.from.to_string(), "through": p.through.to_string() })),
                "missing": report.gaps,
                "rows": receipt.rows,
                "sections": sections.collect::<Vec<_>>(),
                "byte_order_mark": self.options.byte_order_mark,
                "trailer": self.options.trailer,
                "formula_guard": "an apostrophe before what a spreadsheet would evaluate",
            }],
        });
        format!("{document:#}\n")
    }
}

/// By XML Schema, as the Recommendation has it.
fn datatype(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Integer => "integer",
        Kind::Decimal | Kind::Money(_) | Kind::Percent | Kind::Quantity(_) => "decimal",
        Kind::Date => "date",
        Kind::Timestamp => "dateTimeStamp",
    }
}

/// A cell as it stands in the file.
fn spell(cell: &Cell<'_>, zone: &TimeZone, field: &mut String) {
    field.clear();
    let written = match cell {
        Cell::Empty => Ok(()),
        Cell::Text(text) => {
            field.push_str(&neutralise(text));
            Ok(())
        }
        Cell::Integer(number) => write!(field, "{number}"),
        Cell::Decimal(number) | Cell::Money(number, _) | Cell::Quantity(number, _) => write!(field, "{number}"),
        Cell::Percent(share) => write!(field, "{}", percent_points(*share).unwrap_or(*share)),
        Cell::Date(date) => write!(field, "{date}"),
        Cell::Timestamp(at) => write!(field, "{}", at.display_with_offset(zone.to_offset(*at))),
    };
    debug_assert!(written.is_ok(), "a String takes everything");
}

impl<W: Write> Backend for Delimited<W> {
    fn begin(&mut self, section: &Section) -> Result<(), RenderError> {
        let refuse = |why| Err(RenderError::SecondTable { section: section.heading.clone(), why });
        match &mut self.table {
            Some(_) if self.report.joined_by.is_none() => refuse("no column is named to tell sections apart"),
            Some((columns, _)) if *columns != section.columns => refuse("its columns are others"),
            Some((_, heading)) => {
                heading.clone_from(&section.heading);
                Ok(())
            }
            None => {
                let names = self.header(&section.columns);
                if section.columns.is_empty() {
                    return Ok(()); // key figures alone are no table
                }
                self.csv.write_record(names.iter().map(|name| neutralise(name).into_owned()))?;
                self.table = Some((section.columns.clone(), section.heading.clone()));
                Ok(())
            }
        }
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), RenderError> {
        let Some((columns, heading)) = &self.table else { return Err(RenderError::NoSection) };
        if self.report.joined_by.is_some() {
            self.csv.write_field(neutralise(heading).as_bytes())?;
        }
        for (column, cell) in columns.iter().zip(cells) {
            spell(cell, &self.report.timezone, &mut self.field);
            self.csv.write_field(&self.field)?;
            if column.kind.has_companion() {
                self.csv.write_field(neutralise(cell.unit().unwrap_or_default()).as_bytes())?;
            }
        }
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }

    fn end(&mut self, _: &mut SectionReceipt) -> Result<(), RenderError> {
        Ok(())
    }

    fn finish(mut self: Box<Self>, receipt: &mut Receipt) -> Result<(), RenderError> {
        if self.options.trailer {
            self.trailer(receipt)?;
        }
        self.csv.flush()?;
        receipt.sidecar = Some(self.sidecar(receipt));
        Ok(())
    }
}
