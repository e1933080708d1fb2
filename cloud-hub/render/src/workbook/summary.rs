//! The first sheet: what the report is about, its key figures, and what proves the tables behind it.

use rust_xlsxwriter::{Format, Worksheet};

use super::number::{as_double, display_format};
use super::sheet::cut;
use crate::{Cell, Column, Kind, Kpi, Receipt, RenderError, Report};

/// Writes downwards.
struct Lines<'s> {
    sheet: &'s mut Worksheet,
    row: u32,
    bold: Format,
}

impl Lines<'_> {
    fn text(&mut self, field: u16, text: &str) -> Result<(), RenderError> {
        self.sheet.write_string(self.row, field, cut(text, 32_000))?;
        Ok(())
    }

    fn heads(&mut self, texts: &[&str]) -> Result<(), RenderError> {
        self.row += 1;
        for (field, text) in (0..).zip(texts) {
            self.sheet.write_string_with_format(self.row, field, cut(text, 32_000), &self.bold)?;
        }
        self.row += 1;
        Ok(())
    }

    /// A key figure's value and what it is counted in, in two cells.
    fn value(&mut self, field: u16, cell: &Cell<'_>, unit: Option<&str>, report: &Report) -> Result<(), RenderError> {
        let kind = match cell {
            Cell::Money(_, currency) => Kind::Money(Some(*currency)),
            Cell::Percent(_) => Kind::Percent,
            Cell::Integer(_) => Kind::Integer,
            _ => Kind::Decimal,
        };
        match cell.number() {
            Some(number) => {
                let format = Format::new().set_num_format(display_format(&Column::new("", kind)));
                self.sheet.write_number_with_format(self.row, field, as_double(number).0, &format)?;
            }
            None => self.text(field, &report.locale.cell(cell, None, &report.timezone))?,
        }
        match cell.unit().or(unit) {
            Some(unit) => self.text(field + 1, unit),
            None => Ok(()),
        }
    }
}

pub(super) fn write(
    sheet: &mut Worksheet,
    report: &Report,
    kpis: &[(String, Kpi)],
    receipt: &Receipt,
) -> Result<(), RenderError> {
    let words = report.locale.words();
    sheet.set_column_width(0, 30)?.set_column_width(1, 30)?.set_column_width(2, 18)?.set_column_width(3, 18)?;
    sheet.set_column_width(4, 24)?.set_column_width(5, 18)?;
    sheet.write_string_with_format(0, 0, cut(&report.title, 32_000), &Format::new().set_bold().set_font_size(16))?;
    let mut lines = Lines { sheet, row: 1, bold: Format::new().set_bold() };
    if !report.subtitle.is_empty() {
        lines.text(0, &report.subtitle)?;
        lines.row += 1;
    }
    for (label, value) in report.preamble() {
        lines.text(0, label)?;
        lines.text(1, &value)?;
        lines.row += 1;
    }
    if !kpis.is_empty() {
        lines.heads(&[words.section, words.key_figure, words.value, words.unit, words.comparison])?;
        for (heading, kpi) in kpis {
            lines.text(0, heading)?;
            lines.text(1, &kpi.label)?;
            lines.value(2, &kpi.value, kpi.unit.as_deref(), report)?;
            if let Some(comparison) = &kpi.comparison {
                lines.text(4, &comparison.label)?;
                lines.value(5, &comparison.value, None, report)?;
            }
            lines.row += 1;
        }
    }
    lines.heads(&[words.section, words.rows])?;
    for section in &receipt.sections {
        lines.text(0, &section.heading)?;
        lines.sheet.write_number(lines.row, 1, section.rows as f64)?;
        lines.row += 1;
    }
    lines.text(0, words.all_rows)?;
    lines.sheet.write_number(lines.row, 1, receipt.rows as f64)?;
    lines.row += 1;
    lines.heads(&[words.section, words.control_total, words.value, words.exact])?;
    for section in &receipt.sections {
        for total in &section.totals {
            lines.text(0, &section.heading)?;
            lines.text(1, &total.label())?;
            if let Some(sum) = total.sum {
                lines.sheet.write_number(lines.row, 2, as_double(sum).0)?;
            }
            lines.text(3, &total.digits())?;
            lines.row += 1;
        }
    }
    let remarks = receipt.sections.iter().flat_map(|section| {
        let gaps = section.gaps.iter().map(|gap| (words.gap, gap));
        let notes = section.notes.iter().map(|note| (words.note, note));
        gaps.chain(notes).map(|(what, text)| (&section.heading, what, text))
    });
    let mut begun = false;
    for (heading, what, text) in remarks {
        if !begun {
            lines.heads(&[words.section, words.note])?;
            begun = true;
        }
        lines.text(0, heading)?;
        lines.text(1, &format!("{what}: {text}"))?;
        lines.row += 1;
    }
    Ok(())
}
