//! Charts: their numbers in cells, and a native chart over them that its reader can change.

use rust_xlsxwriter::{Chart as Picture, ChartEmptyCells, Format, Worksheet};

use super::number::as_double;
use super::sheet::cut;
use crate::{Chart, ChartKind, RenderError};

/// Series of a chart, by Excel's specification.
const MAX_SERIES: usize = 255;
/// Points of a series, beyond which nobody sees one and the sheet would not hold them.
const MAX_POINTS: usize = 32_000;
/// Rows a picture covers.
const PICTURE_ROWS: u32 = 18;

pub(super) fn check(chart: &Chart) -> Result<(), RenderError> {
    let limit = |what, found, max| match found > max {
        true => Err(RenderError::Limit { what, found, format: "a chart in XLSX", max }),
        false => Ok(()),
    };
    limit("series", chart.series.len(), MAX_SERIES)?;
    limit("points", chart.labels.len(), MAX_POINTS)
}

/// One below the other: title, then a row for each label, with the picture to their right.
pub(super) fn write(sheet: &mut Worksheet, name: &str, charts: &[(String, Chart)]) -> Result<(), RenderError> {
    sheet.set_name(name)?;
    sheet.set_column_width(0, 24)?;
    let bold = Format::new().set_bold();
    let mut top = 0_u32;
    for (heading, chart) in charts {
        let title = match chart.unit.as_str() {
            "" => format!("{heading}: {}", chart.title),
            unit => format!("{heading}: {} ({unit})", chart.title),
        };
        sheet.write_string_with_format(top, 0, cut(&title, 32_000), &bold)?;
        let (names, first) = (top + 1, top + 2);
        for (row, label) in (first..).zip(&chart.labels) {
            sheet.write_string(row, 0, cut(label, 32_000))?;
        }
        let last = first + (chart.labels.len() as u32).max(1) - 1;
        let mut picture = match chart.kind {
            ChartKind::Line => Picture::new_line(),
            ChartKind::Bar => Picture::new_column(),
        };
        // From cells, never from strings: a string that begins with "=" would be taken for a reference.
        picture.title().set_name((name, top, 0_u16));
        picture.show_empty_cells_as(ChartEmptyCells::Gaps);
        picture.set_alt_text(cut(&title, 250).replace(char::is_control, " "));
        for (field, series) in (1_u16..).zip(&chart.series) {
            sheet.write_string_with_format(names, field, cut(&series.name, 32_000), &bold)?;
            for (row, value) in (first..).zip(&series.values) {
                if let Some(value) = value {
                    sheet.write_number(row, field, as_double(*value).0)?;
                }
            }
            picture
                .add_series()
                .set_name((name, names, field))
                .set_categories((name, first, 0, last, 0))
                .set_values((name, first, field, last, field));
        }
        if !chart.series.is_empty() && !chart.labels.is_empty() {
            sheet.insert_chart(names, chart.series.len() as u16 + 2, &picture)?;
        }
        top = (last + 2).max(names + PICTURE_ROWS);
    }
    Ok(())
}
