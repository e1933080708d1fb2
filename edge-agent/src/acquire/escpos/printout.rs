//! What stands on the paper: the lines of one job, and what else it did.

use super::codepage::{CodePage, National};
use super::{Token, Tokenizer};

/// Text kept of one job; a ticket of a thousand lines has about a tenth of it.
const MAX_TEXT: usize = 1 << 20;
/// Tab stops as at power-on.
const TAB: usize = 8;

/// Which code page a printer starts with, and where its numbers differ from Epson's.
#[derive(Clone, Debug)]
pub struct Profile {
    /// At power-on and after `ESC @`.
    pub start: CodePage,
    /// `ESC t n` of this printer.
    pub numbers: Vec<(u8, CodePage)>,
}

impl Default for Profile {
    fn default() -> Self {
        Self { start: CodePage::named("cp437").expect("the table has it"), numbers: Vec::new() }
    }
}

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
                self.line.extend(std::iter::repeat_n(' ', TAB - column % TAB));
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
            }
            Token::CodePage(number) => {
                self.decode();
                let own = self.profile.numbers.iter().find(|(own, _)| *own == number).map(|(_, page)| page.clone());
                self.page = own.or_else(|| CodePage::numbered(number)).unwrap_or_else(|| self.profile.start.clone());
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
            Token::Barcode { .. } | Token::Symbol { .. } => self.out.codes += 1,
            Token::Return | Token::Realtime(..) | Token::Command | Token::Unknown(_) => {}
        }
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
