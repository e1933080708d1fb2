//! One table, or one part of a long one.

use std::collections::HashSet;

use jiff::civil;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::Remarks;
use super::number::{as_double, display_format};
use super::overflow::LongTexts;
use crate::formula::is_dangerous;
use crate::locale::comes_twice;
use crate::words::Words;
use crate::{Cell, Column, Kind, RenderError, Report};

/// What a name of a sheet may have.
const MAX_NAME: usize = 31;

/// The names of the sheets so far, which differ in more than case.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A name for a sheet, as near to `wanted` as Excel allows.
    pub(super) fn take(&mut self, wanted: &str, words: &Words) -> String {
        let allowed: String = wanted
            .chars()
            .map(|c| if c.is_control() || "[]:*?/\\".contains(c) || !is_xml(c) { ' ' } else { c })
            .collect();
        let allowed = allowed.trim_matches([' ', '\'']);
        let base = match allowed {
            "" => words.sheet,
            // Excel keeps this name for itself.
            name if name.eq_ignore_ascii_case("history") => words.sheet,
            name => name,
        };
        let numbered = (1_usize..).map(|count| {
            let suffix = if count == 1 { String::new() } else { format!(" ({count})") };
            let room = cut(base, MAX_NAME - suffix.len()).trim_end_matches([' ', '\'']);
            format!("{room}{suffix}")
        });
        for name in numbered {
            if self.0.insert(name.to_lowercase()) {
                return name;
            }
        }
        words.sheet.to_owned() // not reached: the numbers do not end
    }
}

/// Whether XML 1.0 has the character.
fn is_xml(c: char) -> bool {
    !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// The longest start of `text` of at most `units` UTF-16 units, which is what Excel counts.
pub(super) fn cut(text: &str, units: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > units
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Columns of the sheet: those of the table, those of their units, and the one that tells sections apart.
pub(super) fn width(columns: &[Column], report: &Report) -> usize {
    let companions = columns.iter().filter(|column| column.kind.has_companion()).count();
    columns.len() + companions + usize::from(report.joined_by.is_some())
}

/// What a row leaves beside its sheet.
pub(super) struct Aside<'a> {
    pub(super) long: &'a mut LongTexts,
    pub(super) names: &'a mut Names,
    pub(super) words: &'static Words,
    pub(super) zone: &'a TimeZone,
    pub(super) remarks: &'a mut Remarks,
}

/// A sheet being written.
pub(super) struct Sheet {
    index: usize,
    name: String,
    columns: Vec<Column>,
    fields: usize,
    rows: u32,
    quoted: Format,
}

impl Sheet {
    pub(super) fn open(
        book: &mut Workbook,
        name: String,
        columns: &[Column],
        report: &Report,
    ) -> Result<Self, RenderError> {
        let index = book.worksheets_mut().len();
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        let words = report.locale.words();
        let bold = Format::new().set_bold().set_text_wrap();
        let mut field = 0_u16;
        let mut head = |title: &str, characters: f64, format: Option<String>| -> Result<(), RenderError> {
            let characters = characters.max(title.chars().count() as f64 + 2.0).min(60.0);
            sheet.set_column_width(field, characters)?;
            if let Some(format) = format {
                sheet.set_column_format(field, &Format::new().set_num_format(format))?;
            }
            sheet.write_string_with_format(0, field, cut(title, 32_000), &bold)?;
            field += 1;
            Ok(())
        };
        if let Some(joined_by) = &report.joined_by {
            head(joined_by, 24.0, None)?;
        }
        for column in columns {
            let characters = match column.kind {
                Kind::Text => 28.0,
                Kind::Timestamp => 20.0,
                _ => 14.0,
            };
            head(&column.heading(), characters, Some(display_format(column)))?;
            match column.kind {
                Kind::Money(None) => head(&format!("{} {}", column.name, words.currency), 8.0, None)?,
                Kind::Quantity(None) => head(&format!("{} {}", column.name, words.unit), 8.0, None)?,
                _ => {}
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_landscape();
        let quoted = Format::new().set_quote_prefix();
        Ok(Self { index, name, columns: columns.to_vec(), fields: width(columns, report), rows: 0, quoted })
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    pub(super) fn cells(&self) -> u64 {
        u64::from(self.rows) * self.fields as u64
    }

    pub(super) fn row(
        &mut self,
        book: &mut Workbook,
        joined: Option<&str>,
        cells: &[Cell<'_>],
        aside: &mut Aside<'_>,
    ) -> Result<(), RenderError> {
        self.rows += 1;
        let row = self.rows;
        let mut field = 0_u16;
        if let Some(heading) = joined {
            self.words(book, row, field, heading, aside)?;
            field += 1;
        }
        for (column, cell) in self.columns.iter().zip(cells) {
            match cell {
                Cell::Text(text) => self.words(book, row, field, text, aside)?,
                cell => value(book.worksheet_from_index(self.index)?, row, field, cell, aside)?,
            }
            field += 1;
            if column.kind.has_companion() {
                self.words(book, row, field, cell.unit().unwrap_or_default(), aside)?;
                field += 1;
            }
        }
        Ok(())
    }

    fn words(
        &self,
        book: &mut Workbook,
        row: u32,
        field: u16,
        text: &str,
        aside: &mut Aside<'_>,
    ) -> Result<(), RenderError> {
        let Aside { long, names, words, .. } = aside;
        let shown = long.fit(book, (&self.name, row, field), text, names, words)?;
        let sheet = book.worksheet_from_index(self.index)?;
        if is_dangerous(text) {
            sheet.write_string_with_format(row, field, shown, &self.quoted)?;
        } else {
            sheet.write_string(row, field, shown)?;
        }
        Ok(())
    }

    pub(super) fn close(self, book: &mut Workbook) -> Result<(), RenderError> {
        if self.rows > 0 {
            let last = (self.fields - 1) as u16;
            book.worksheet_from_index(self.index)?.autofilter(0, 0, self.rows, last)?;
        }
        Ok(())
    }
}

/// A number, a day or an instant.
fn value(
    sheet: &mut Worksheet,
    row: u32,
    field: u16,
    cell: &Cell<'_>,
    aside: &mut Aside<'_>,
) -> Result<(), RenderError> {
    match cell {
        Cell::Empty | Cell::Text(_) => {}
        Cell::Integer(_) | Cell::Decimal(_) | Cell::Money(..) | Cell::Percent(_) | Cell::Quantity(..) => {
            let (double, exact) = as_double(cell.number().unwrap_or_default());
            aside.remarks.rounded += u64::from(!exact);
            sheet.write_number(row, field, double)?;
        }
        Cell::Date(date) if in_calendar(*date) => {
            sheet.write_datetime(row, field, date)?;
        }
        Cell::Date(date) => {
            aside.remarks.outside += 1;
            sheet.write_string(row, field, date.to_string())?;
        }
        Cell::Timestamp(at) => {
            let local = at.to_zoned(aside.zone.clone()).datetime();
            if in_calendar(local.date()) {
                aside.remarks.twice += u64::from(comes_twice(local, aside.zone));
                sheet.write_datetime(row, field, local)?;
            } else {
                aside.remarks.outside += 1;
                sheet.write_string(row, field, at.display_with_offset(aside.zone.to_offset(*at)).to_string())?;
            }
        }
    }
    Ok(())
}

/// Excel counts days from 1900-01-01 to 9999-12-31.
fn in_calendar(date: civil::Date) -> bool {
    (1900..=9999).contains(&date.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::EN;

    #[test]
    fn sheet_names_are_what_excel_takes() {
        let mut names = Names::default();
        for (wanted, given) in [
            ("Sales [EUR] 11/2026", "Sales  EUR  11 2026"),
            ("sales  eur  11 2026", "sales  eur  11 2026 (2)"),
            ("''", "Sheet"),
            ("History", "Sheet (2)"),
            ("A very long heading that no sheet can carry", "A very long heading that no she"),
            ("A very long heading that no sheet can hold", "A very long heading that no (2)"),
            ("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"),
        ] {
            let name = names.take(wanted, &EN);
            assert_eq!(name, given);
            assert!(name.encode_utf16().count() <= MAX_NAME, "{name}");
        }
    }
}
