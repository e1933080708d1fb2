//! Code pages: what a byte from 128 on means, which every maker of tills and printers answered in his own way.
//!
//! Which page a number of `ESC t` selects differs from printer to printer: see [`super::profile`].

mod tables;

use tables::TABLES;

/// How bytes become characters.
#[derive(Clone, Debug)]
pub struct CodePage {
    name: &'static str,
    /// What 128 to 255 stand for; `None` when the printer takes UTF-8.
    high: Option<Box<[char; 128]>>,
}

impl CodePage {
    /// By name, as `cp437`, `windows-1252`, `iso8859-15` or `utf-8`.
    pub fn named(name: &str) -> Option<Self> {
        let plain: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        if plain == "utf8" {
            return Some(Self::utf8());
        }
        let plain = plain.replace("windows", "cp");
        TABLES.iter().find(|table| table.0 == plain).map(Self::of)
    }

    /// Not a page at all: the printer takes UTF-8.
    pub fn utf8() -> Self {
        Self { name: "utf8", high: None }
    }

    /// Every name of a table, and `utf8`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLES.iter().map(|table| table.0).chain(["utf8"])
    }

    fn of(table: &(&'static str, &str)) -> Self {
        let mut high = Box::new(['\u{FFFD}'; 128]);
        for (place, letter) in high.iter_mut().zip(table.1.chars()) {
            *place = letter;
        }
        Self { name: table.0, high: Some(high) }
    }

    /// Its name in the table.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Appends `bytes` to `text`; a byte without meaning becomes U+FFFD.
    pub fn decode(&self, bytes: &[u8], national: &National, text: &mut String) {
        let Some(high) = &self.high else {
            return text.push_str(&String::from_utf8_lossy(bytes));
        };
        for byte in bytes {
            text.push(match byte {
                0..=127 => national.letter(*byte as char),
                _ => high[usize::from(byte - 128)],
            });
        }
    }
}

/// The national form of twelve ASCII characters, `ESC R n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct National(u8);

const VARIABLE: &str = "#$@[\\]^`{|}~";
/// Epson's sets 0 to 12: USA, France, Germany, UK, Denmark, Sweden, Italy, Spain, Japan, Norway, Denmark II, Spain II,
/// Latin America.
const SETS: [&str; 13] = [
    VARIABLE,
    "#$à°ç§^`éùè¨",
    "#$§ÄÖÜ^`äöüß",
    "£$@[\\]^`{|}~",
    "#$@ÆØÅ^`æøå~",
    "#¤ÉÄÖÅÜéäöåü",
    "#$@°\\é^ùàòèì",
    "₧$@¡Ñ¿^`¨ñ}~",
    "#$@[¥]^`{|}~",
    "#¤ÉÆØÅÜéæøåü",
    "#$ÉÆØÅÜéæøåü",
    "#$á¡Ñ¿é`íñóú",
    "#$á¡Ñ¿éüíñóú",
];

impl National {
    /// The set of that number; beyond the table, ASCII.
    pub fn numbered(number: u8) -> Self {
        Self(if usize::from(number) < SETS.len() { number } else { 0 })
    }

    fn letter(self, ascii: char) -> char {
        if self.0 == 0 || ascii.is_ascii_alphanumeric() || ascii == ' ' {
            return ascii;
        }
        let place = VARIABLE.chars().position(|letter| letter == ascii);
        place.and_then(|at| SETS[usize::from(self.0)].chars().nth(at)).unwrap_or(ascii)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(page: &str, bytes: &[u8]) -> String {
        let mut text = String::new();
        CodePage::named(page).expect("a known page").decode(bytes, &National::default(), &mut text);
        text
    }

    #[test]
    fn every_table_is_whole_and_ascii_stays_ascii() {
        for table in &TABLES {
            assert_eq!(table.1.chars().count(), 128, "{}", table.0);
            assert_eq!(read(table.0, b"TOTAL 12.34"), "TOTAL 12.34");
        }
    }

    #[test]
    fn known_bytes_mean_what_printers_print() {
        assert_eq!(read("cp437", b"\x81\x9C\xFF\x80"), "ü£\u{A0}Ç");
        assert_eq!(read("cp850", b"\x9D\xE1\xD5"), "Øßı");
        assert_eq!(read("cp858", b"\xD5"), "€");
        assert_eq!(read("cp852", b"\x86\xA5"), "ćą");
        assert_eq!(read("windows-1252", b"\x80\xE9\xA3"), "€é£");
        assert_eq!(read("cp866", b"\x80\xE0\xF1"), "Арё");
        assert_eq!(read("iso8859-15", b"\xA4"), "€");
        assert_eq!(read("utf-8", "Ø €".as_bytes()), "Ø €");
        assert!(CodePage::named("ebcdic").is_none());
        assert_eq!(read("katakana", b"\xB1\xDD"), "ｱﾝ");
        assert_eq!(read("iso8859-1", b"\xE9\xA4"), "é¤");
    }

    #[test]
    fn a_british_printer_prints_pounds_for_hashes() {
        let mut text = String::new();
        CodePage::named("cp437").expect("known").decode(b"#1.50 A", &National::numbered(3), &mut text);
        assert_eq!(text, "£1.50 A");
    }
}
