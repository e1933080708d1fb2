//! The bytes a till sends: lines of text in the printer's code page, and what else tills send between them.

use rand::Rng as _;
use rand::rngs::StdRng;

/// What a letter is in pages 437, 850, 858 and 1252; 0 where a page does not have it.
const LETTERS: [(char, [u8; 4]); 45] = [
    ('ä', [0x84, 0x84, 0x84, 0xE4]),
    ('ö', [0x94, 0x94, 0x94, 0xF6]),
    ('ü', [0x81, 0x81, 0x81, 0xFC]),
    ('Ä', [0x8E, 0x8E, 0x8E, 0xC4]),
    ('Ö', [0x99, 0x99, 0x99, 0xD6]),
    ('Ü', [0x9A, 0x9A, 0x9A, 0xDC]),
    ('ß', [0xE1, 0xE1, 0xE1, 0xDF]),
    ('é', [0x82, 0x82, 0x82, 0xE9]),
    ('è', [0x8A, 0x8A, 0x8A, 0xE8]),
    ('ê', [0x88, 0x88, 0x88, 0xEA]),
    ('ë', [0x89, 0x89, 0x89, 0xEB]),
    ('à', [0x85, 0x85, 0x85, 0xE0]),
    ('â', [0x83, 0x83, 0x83, 0xE2]),
    ('ç', [0x87, 0x87, 0x87, 0xE7]),
    ('î', [0x8C, 0x8C, 0x8C, 0xEE]),
    ('ï', [0x8B, 0x8B, 0x8B, 0xEF]),
    ('ô', [0x93, 0x93, 0x93, 0xF4]),
    ('û', [0x96, 0x96, 0x96, 0xFB]),
    ('ù', [0x97, 0x97, 0x97, 0xF9]),
    ('É', [0x90, 0x90, 0x90, 0xC9]),
    ('È', [0, 0xD4, 0xD4, 0xC8]),
    ('Ê', [0, 0xD2, 0xD2, 0xCA]),
    ('Ë', [0, 0xD3, 0xD3, 0xCB]),
    ('À', [0, 0xB7, 0xB7, 0xC0]),
    ('Â', [0, 0xB6, 0xB6, 0xC2]),
    ('Î', [0, 0xD7, 0xD7, 0xCE]),
    ('Ï', [0, 0xD8, 0xD8, 0xCF]),
    ('Ô', [0, 0xE2, 0xE2, 0xD4]),
    ('Û', [0, 0xEA, 0xEA, 0xDB]),
    ('Ç', [0x80, 0x80, 0x80, 0xC7]),
    ('ñ', [0xA4, 0xA4, 0xA4, 0xF1]),
    ('Ñ', [0xA5, 0xA5, 0xA5, 0xD1]),
    ('á', [0xA0, 0xA0, 0xA0, 0xE1]),
    ('í', [0xA1, 0xA1, 0xA1, 0xED]),
    ('ó', [0xA2, 0xA2, 0xA2, 0xF3]),
    ('ú', [0xA3, 0xA3, 0xA3, 0xFA]),
    ('Á', [0, 0xB5, 0xB5, 0xC1]),
    ('Í', [0, 0xD6, 0xD6, 0xCD]),
    ('Ó', [0, 0xE0, 0xE0, 0xD3]),
    ('Ú', [0, 0xE9, 0xE9, 0xDA]),
    ('£', [0x9C, 0x9C, 0x9C, 0xA3]),
    ('€', [0, 0, 0xD5, 0x80]),
    ('°', [0xF8, 0xF8, 0xF8, 0xB0]),
    ('º', [0xA7, 0xA7, 0xA7, 0xBA]),
    ('ª', [0xA6, 0xA6, 0xA6, 0xAA]),
];

/// A code page as a till selects it: its column in [`LETTERS`] and its number of `ESC t` at Epson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page(usize, u8);

pub(crate) const CP437: Page = Page(0, 0);
pub(crate) const CP850: Page = Page(1, 2);
pub(crate) const CP858: Page = Page(2, 19);
pub(crate) const CP1252: Page = Page(3, 16);
const PAGES: [Page; 4] = [CP437, CP850, CP858, CP1252];

/// Letters that the German set of `ESC R 2` has in place of ASCII.
const GERMAN: [(char, u8); 8] =
    [('Ä', b'['), ('Ö', b'\\'), ('Ü', b']'), ('ä', b'{'), ('ö', b'|'), ('ü', b'}'), ('ß', b'~'), ('§', b'@')];

/// One job, as it is being printed.
pub(crate) struct Paper<'a> {
    pub(crate) bytes: Vec<u8>,
    /// Where each line of text stands in `bytes`, its line feed included.
    pub(crate) lines: Vec<(usize, usize)>,
    pub(crate) rng: &'a mut StdRng,
    width: usize,
    page: Page,
    german: bool,
    /// This till brings amounts to their column by `ESC $`.
    moves: bool,
    noisy: bool,
}

impl<'a> Paper<'a> {
    /// `ESC @`, a page, perhaps a logo.
    pub(crate) fn new(width: usize, pages: &[Page], german: bool, rng: &'a mut StdRng) -> Self {
        let page = pages[rng.random_range(0..pages.len())];
        let (moves, noisy) = (rng.random_bool(0.2), rng.random_bool(0.7));
        let mut paper = Self { bytes: b"\x1b@".to_vec(), lines: Vec::new(), rng, width, page, german, moves, noisy };
        if page != CP437 || paper.rng.random_bool(0.5) {
            paper.bytes.extend([0x1b, b't', page.1]);
        }
        if german {
            paper.bytes.extend(b"\x1bR\x02");
        }
        if paper.rng.random_bool(0.3) {
            paper.logo();
        }
        paper
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// A line of text.
    pub(crate) fn line(&mut self, text: &str) {
        self.noise();
        let from = self.bytes.len();
        self.text(text);
        self.bytes.push(b'\n');
        self.lines.push((from, self.bytes.len()));
    }

    /// A line with an amount at the right end of the paper.
    pub(crate) fn row(&mut self, left: &str, right: &str) {
        let (l, r) = (left.chars().count(), right.chars().count());
        if self.moves && l + r < self.width {
            self.noise();
            let from = self.bytes.len();
            self.text(left);
            let dots = ((self.width - r) * 12) as u16;
            self.bytes.extend([0x1b, b'$']);
            self.bytes.extend(dots.to_le_bytes());
            self.text(right);
            self.bytes.push(b'\n');
            self.lines.push((from, self.bytes.len()));
        } else {
            let gap = self.width.saturating_sub(l + r).max(1);
            self.line(&format!("{left}{}{right}", " ".repeat(gap)));
        }
    }

    /// The same with dots between, as restaurants do.
    pub(crate) fn dotted(&mut self, left: &str, right: &str) {
        let dots = self.width.saturating_sub(left.chars().count() + right.chars().count() + 2).max(2);
        self.line(&format!("{left} {} {right}", ".".repeat(dots)));
    }

    /// Centred by spaces.
    pub(crate) fn middle(&mut self, text: &str) {
        let gap = self.width.saturating_sub(text.chars().count()) / 2;
        self.line(&format!("{}{text}", " ".repeat(gap)));
    }

    /// In double size, centred by the printer.
    pub(crate) fn big(&mut self, text: &str) {
        if self.rng.random_bool(0.5) {
            self.bytes.extend(b"\x1ba\x01\x1d!\x11");
            self.line(text);
            self.bytes.extend(b"\x1d!\x00\x1ba\x00");
        } else {
            self.bytes.extend(b"\x1b!\x30");
            self.line(text);
            self.bytes.extend(b"\x1b!\x00");
        }
    }

    pub(crate) fn rule(&mut self, letter: char) {
        self.line(&letter.to_string().repeat(self.width));
    }

    pub(crate) fn blank(&mut self) {
        if self.rng.random_bool(0.5) { self.bytes.push(b'\n') } else { self.bytes.extend(b"\x1bd\x01") }
    }

    /// A bar code of CODE128, or in the old form, or a QR code.
    pub(crate) fn code(&mut self, text: &str) {
        self.bytes.extend(b"\x1dh\x50\x1dw\x02\x1dH\x00");
        match self.rng.random_range(0..3) {
            0 => {
                self.bytes.extend([0x1d, b'k', 73, text.len() as u8 + 2]);
                self.bytes.extend(b"{B");
                self.bytes.extend(text.as_bytes());
            }
            1 => {
                self.bytes.extend([0x1d, b'k', 4]);
                self.bytes.extend(text.as_bytes());
                self.bytes.push(0);
            }
            _ => {
                self.bytes.extend(b"\x1d(k\x04\x00\x31\x41\x32\x00\x1d(k\x03\x00\x31\x43\x05");
                self.bytes.extend([0x1d, b'(', b'k']);
                self.bytes.extend((text.len() as u16 + 3).to_le_bytes());
                self.bytes.extend(b"\x31\x50\x30");
                self.bytes.extend(text.as_bytes());
                self.bytes.extend(b"\x1d(k\x03\x00\x31\x51\x30");
            }
        }
        if self.rng.random_bool(0.5) {
            self.bytes.push(b'\n');
        }
    }

    /// Cut and, for cash, the drawer: before or after, by either command.
    pub(crate) fn finish(&mut self, cash: bool) {
        let drawer: &[u8] = if self.rng.random_bool(0.5) { b"\x1bp\x00\x19\xFA" } else { b"\x10\x14\x01\x00\x05" };
        let before = self.rng.random_bool(0.4);
        if cash && before {
            self.bytes.extend(drawer);
        }
        if self.rng.random_bool(0.6) {
            self.bytes.extend(b"\x1bd\x04");
        }
        self.cut();
        if cash && !before {
            self.bytes.extend(drawer);
        }
    }

    pub(crate) fn cut(&mut self) {
        let cuts: [&[u8]; 5] = [b"\x1dV\x00", b"\x1dV\x01", b"\x1dVB\x00", b"\x1bi", b"\x1bm"];
        let cut = cuts[self.rng.random_range(0..cuts.len())];
        self.bytes.extend(cut);
    }

    /// A picture by one of the commands that print pictures.
    pub(crate) fn logo(&mut self) {
        let (wide, high) = (self.rng.random_range(4..49_u16), self.rng.random_range(8..64_u16));
        let size = usize::from(wide) * usize::from(high);
        match self.rng.random_range(0..4) {
            0 => {
                self.bytes.extend(b"\x1dv0\x00");
                self.bytes.extend(wide.to_le_bytes());
                self.bytes.extend(high.to_le_bytes());
                self.ink(size);
            }
            1 => {
                for _ in 0..4 {
                    self.bytes.extend(b"\x1b3\x18\x1b*\x21");
                    self.bytes.extend((wide * 8).to_le_bytes());
                    self.ink(usize::from(wide) * 8 * 3);
                    self.bytes.push(b'\n');
                }
                self.bytes.extend(b"\x1b2");
            }
            2 => {
                self.bytes.extend(b"\x1d8L");
                self.bytes.extend((size as u32 + 10).to_le_bytes());
                self.bytes.extend(b"\x30\x70\x30\x01\x01\x31");
                self.bytes.extend((wide * 8).to_le_bytes());
                self.bytes.extend(high.to_le_bytes());
                self.ink(size);
                self.bytes.extend(b"\x1d(L\x02\x00\x30\x32");
            }
            _ => self.bytes.extend(b"\x1cp\x01\x00"),
        }
    }

    fn ink(&mut self, size: usize) {
        for _ in 0..size {
            let byte = self.rng.random::<u8>();
            self.bytes.push(byte);
        }
    }

    /// What drivers send between lines.
    fn noise(&mut self) {
        if !self.noisy || !self.rng.random_bool(0.15) {
            return;
        }
        let other = PAGES[self.rng.random_range(0..PAGES.len())];
        let kinds: [&[u8]; 10] = [
            b"\x1bE\x00",
            b"\x1b!\x00",
            b"\x1ba\x00",
            b"\x1d!\x00",
            b"\x1b3\x1e",
            b"\x10\x04\x01",
            b"\x1bM\x00",
            b"\x1d\x42\x00",
            b"\x1b\x20\x00",
            b"\x1cp\x01\x00",
        ];
        match self.rng.random_range(0..kinds.len() + 1) {
            at if at < kinds.len() => self.bytes.extend(kinds[at]),
            // A page selected and left again.
            _ => self.bytes.extend([0x1b, b't', other.1, 0x1b, b't', self.page.1]),
        }
    }

    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            if self.noisy && letter == ' ' && self.rng.random_bool(0.01) {
                self.bytes.extend(b"\x1bE\x01 \x1bE\x00");
                continue;
            }
            self.letter(letter);
        }
    }

    fn letter(&mut self, letter: char) {
        if self.german
            && let Some((_, byte)) = GERMAN.iter().find(|known| known.0 == letter)
        {
            return self.bytes.push(*byte);
        }
        if letter.is_ascii() {
            return self.bytes.push(letter as u8);
        }
        let (_, bytes) = LETTERS.iter().find(|known| known.0 == letter).expect("the layouts print no other letter");
        match bytes[self.page.0] {
            0 => {
                // Another page for this one letter, as drivers do for the euro sign.
                let other = PAGES.into_iter().rev().find(|page| bytes[page.0] != 0).unwrap_or(CP437);
                self.bytes.extend([0x1b, b't', other.1, bytes[other.0], 0x1b, b't', self.page.1]);
            }
            byte => self.bytes.push(byte),
        }
    }
}
