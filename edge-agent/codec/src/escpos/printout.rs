//! What stands on the paper: the lines of one job, and what else it did.

use super::codepage::{CodePage, National};
use super::profile::Profile;
use super::{Token, Tokenizer};

/// Text kept of one job; a ticket of a thousand lines has about a tenth of it.
const MAX_TEXT: usize = 1 << 20;
/// Tab stops as at power-on: every eighth column.
const TAB: usize = 8;
/// Width of a character of font A, in the dots that `ESC $` counts.
const DOTS: usize = 12;
/// No paper is wider.
const MAX_COLUMN: usize = 255;
/// Bar codes whose text is kept.
const MAX_CODES: usize = 64;

/// One print job, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printout {
    /// Its lines, decoded, without their ends.
    pub lines: Vec<String>,
    /// Bytes of pictures.
    pub raster_bytes: u64,
    /// Pictures, stored ones included.
    pub rasters: u32,
    /// Bar codes and symbols.
    pub codes: u32,
    /// What they say, the first few; a till often prints the number of the ticket once more in one.
    pub code_texts: Vec<String>,
    /// Drawer pulses.
    pub pulses: u32,
    /// Whether the paper was cut.
    pub cut: bool,
    /// Bytes of no known command.
    pub unknown: u64,
    /// Whether it ends within a command.
    pub torn: bool,
    /// Whether text beyond the bound was left out.
    pub truncated: bool,
}

impl Printout {
    /// Reads a whole job.
    pub fn read(job: &[u8], profile: &Profile) -> Self {
        let mut writer = Writer {
            profile,
            page: profile.start.clone(),
            tabs: None,
            national: National::default(),
            raw: Vec::new(),
            line: String::new(),
            kept: 0,
            out: Self::default(),
        };
        let mut tokenizer = Tokenizer::default();
        tokenizer.push(job, |token| writer.take(token));
        writer.decode();
        if !writer.line.is_empty() {
            writer.end_line();
        }
        writer.out.unknown = tokenizer.unknown();
        writer.out.torn = !tokenizer.is_between();
        writer.out
    }

    /// Whether any line says anything.
    pub fn has_text(&self) -> bool {
        self.lines.iter().any(|line| !line.trim().is_empty())
    }
}

struct Writer<'a> {
    profile: &'a Profile,
    page: CodePage,
    /// Columns of the tab stops, where the till set its own.
    tabs: Option<Vec<u8>>,
    national: National,
    /// Bytes of the line that are not decoded yet: the page they stand in is known when it changes or the line ends.
    raw: Vec<u8>,
    line: String,
    kept: usize,
    out: Printout,
}

impl Writer<'_> {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Text(bytes) => {
                let room = MAX_TEXT.saturating_sub(self.kept);
                self.out.truncated |= bytes.len() > room;
                let bytes = &bytes[..bytes.len().min(room)];
                self.kept += bytes.len();
                self.raw.extend_from_slice(bytes);
            }
            Token::Tab => {
                self.decode();
                let column = self.line.chars().count();
                let next = match &self.tabs {
                    None => Some(column - column % TAB + TAB),
                    Some(tabs) => tabs.iter().map(|stop| usize::from(*stop)).find(|stop| *stop > column),
                };
                // Beyond the last stop a printer ignores it; here two words stay apart.
                self.pad(next.unwrap_or(column + 1));
            }
            Token::TabStops(stops) => self.tabs = Some(stops.to_vec()),
            Token::MoveTo(dots) => {
                self.decode();
                self.pad(usize::from(dots) / DOTS);
            }
            Token::MoveBy(dots) => {
                self.decode();
                let column = self.line.chars().count();
                self.pad(column + usize::try_from(dots).unwrap_or(0) / DOTS);
            }
            Token::LineFeed => {
                self.decode();
                self.end_line();
            }
            Token::Feed => self.end_started_line(),
            Token::Cut => {
                self.end_started_line();
                self.out.cut = true;
            }
            Token::Init => {
                self.end_started_line();
                self.page = self.profile.start.clone();
                self.national = National::default();
                self.tabs = None;
            }
            Token::CodePage(number) => {
                self.decode();
                self.page.clone_from(self.profile.page(number));
            }
            Token::Utf8(on) => {
                self.decode();
                self.page = if on { CodePage::utf8() } else { self.profile.start.clone() };
            }
            Token::International(number) => {
                self.decode();
                self.national = National::numbered(number);
            }
            Token::DrawerPulse { .. } => self.out.pulses += 1,
            Token::Raster { bytes } => {
                self.out.rasters += 1;
                self.out.raster_bytes += bytes;
            }
            Token::Barcode { data, .. } | Token::Symbol { data, .. } => {
                self.out.codes = self.out.codes.saturating_add(1);
                if self.out.code_texts.len() < MAX_CODES {
                    self.out.code_texts.push(String::from_utf8_lossy(data).into_owned());
                }
            }
            Token::Return | Token::Realtime(..) | Token::Command | Token::Unknown(_) => {}
        }
    }

    /// Spaces up to a column; at least one, so that what was apart on paper does not grow together.
    fn pad(&mut self, column: usize) {
        let now = self.line.chars().count();
        let wanted = column.min(MAX_COLUMN).saturating_sub(now).max(usize::from(!self.line.is_empty()));
        let room = MAX_TEXT.saturating_sub(self.kept).min(wanted);
        self.out.truncated |= room < wanted;
        self.kept += room;
        self.line.extend(std::iter::repeat_n(' ', room));
    }

    fn decode(&mut self) {
        self.page.decode(&self.raw, &self.national, &mut self.line);
        self.raw.clear();
    }

    fn end_line(&mut self) {
        // An empty line costs memory too.
        self.kept += 1;
        if self.kept < MAX_TEXT * 2 {
            self.out.lines.push(std::mem::take(&mut self.line));
        } else {
            self.out.truncated = true;
            self.line.clear();
        }
    }

    fn end_started_line(&mut self) {
        self.decode();
        if !self.line.is_empty() {
            self.end_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(job: &[u8]) -> Vec<String> {
        Printout::read(job, &Profile::default()).lines
    }

    #[test]
    fn an_amount_that_is_moved_to_its_column_does_not_grow_together_with_the_name() {
        assert_eq!(lines(b"Coffee\x1b$\xF0\x002.50\n"), ["Coffee              2.50"]);
        assert_eq!(lines(b"Coffee, ground, of\x1b$\x18\x002.50\n"), ["Coffee, ground, of 2.50"]);
        assert_eq!(lines(b"Tea\x1b\\\x18\x001.00\x1b\\\xE8\xFFB\n"), ["Tea  1.00 B"]);
    }

    #[test]
    fn tabs_go_to_the_stops_the_till_has_set() {
        assert_eq!(lines(b"a\tb\n"), ["a       b"]);
        assert_eq!(lines(b"\x1bD\x0a\x14\x00a\tb\tc\td\n"), ["a         b         c d"]);
        assert_eq!(lines(b"\x1bD\x0a\x00a\tb\n\x1b@a\tb\n"), ["a         b", "a       b"]);
    }

    #[test]
    fn a_printer_may_be_told_to_take_utf_8() {
        assert_eq!(lines(b"\x1c(C\x02\x00\x30\x32\xE2\x82\xAC 1\x1c(C\x02\x00\x30\x31\x9C\n"), ["€ 1£"]);
    }

    #[test]
    fn what_bar_codes_say_is_kept_within_bounds() {
        let paper = Printout::read(b"\x1dkI\x05{B123\x1d(k\x06\x001P0abc", &Profile::default());
        assert_eq!((paper.codes, paper.code_texts), (2, vec!["{B123".to_owned(), "abc".to_owned()]));
        let many = Printout::read(&b"\x1dk\x0412345\x00".repeat(1_000), &Profile::default());
        assert_eq!((many.codes, many.code_texts.len()), (1_000, MAX_CODES));
    }
}
