//! Texts longer than a cell: their start stays, all of them stands in pieces on a sheet of its own.

use std::borrow::Cow;

use rust_xlsxwriter::{Format, Workbook};

use super::sheet::{Names, cut};
use crate::RenderError;
use crate::words::Words;

/// UTF-16 units of a cell.
const MAX_TEXT: usize = 32_767;
/// What of a long text stays in its cell or is put in one piece, with room for the remark behind it.
const PIECE: usize = 32_000;

/// The sheet of long texts, once there is one.
#[derive(Default)]
pub(super) struct LongTexts {
    sheet: Option<usize>,
    rows: u32,
}

impl LongTexts {
    /// What of `text` goes into the cell at `(sheet, row, field)`; a text too long for it is kept here whole.
    pub(super) fn fit<'t>(
        &mut self,
        book: &mut Workbook,
        (sheet, row, field): (&str, u32, u16),
        text: &'t str,
        names: &mut Names,
        words: &Words,
    ) -> Result<Cow<'t, str>, RenderError> {
        // Bytes are never fewer than UTF-16 units.
        if text.len() <= MAX_TEXT || text.encode_utf16().count() <= MAX_TEXT {
            return Ok(Cow::Borrowed(text));
        }
        let index = match self.sheet {
            Some(index) => index,
            None => self.open(book, names, words)?,
        };
        let page = book.worksheet_from_index(index)?;
        let first = self.rows + 1;
        let mut rest = text;
        while !rest.is_empty() {
            let piece = cut(rest, PIECE);
            self.rows += 1;
            page.write_string(self.rows, 0, sheet)?;
            page.write_string(self.rows, 1, rust_xlsxwriter::utility::row_col_to_cell(row, field))?;
            page.write_string_with_format(self.rows, 2, piece, &Format::new().set_quote_prefix())?;
            rest = &rest[piece.len()..];
        }
        // People count rows from 1.
        let remark = words.continued.replace("{row}", &(first + 1).to_string());
        Ok(Cow::Owned(format!("{} {remark}", cut(text, PIECE))))
    }

    fn open(&mut self, book: &mut Workbook, names: &mut Names, words: &Words) -> Result<usize, RenderError> {
        let index = book.worksheets_mut().len();
        let name = names.take(words.long_texts, words);
        let page = book.add_worksheet_with_constant_memory()?;
        page.set_name(name)?;
        page.set_column_width(0, 28)?.set_column_width(1, 10)?.set_column_width(2, 120)?;
        page.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (field, title) in [words.sheet, words.cell, words.long_texts].into_iter().enumerate() {
            page.write_string_with_format(0, field as u16, title, &bold)?;
        }
        self.sheet = Some(index);
        Ok(index)
    }
}
