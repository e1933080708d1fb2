//! Printer profiles: data, because what `ESC t n` selects is each maker's own affair.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::codepage::CodePage;

/// The profiles that come with this crate, as TOML.
const BUILT_IN: &str = include_str!("printers.toml");

static PROFILES: LazyLock<BTreeMap<String, Profile>> =
    LazyLock::new(|| parse(BUILT_IN).expect("a test reads every built-in profile"));

/// Which code page a printer starts with, and what its numbers mean.
#[derive(Clone, Debug)]
pub struct Profile {
    /// At power-on and after `ESC @`.
    pub start: CodePage,
    /// What `ESC t n` selects; an unknown number selects the start page.
    pub pages: BTreeMap<u8, CodePage>,
    /// Characters of font A in a row of paper.
    pub columns: u16,
}

impl Profile {
    /// One that comes with this crate; `None` when there is none of that name.
    pub fn built_in(name: &str) -> Option<Self> {
        PROFILES.get(name).cloned()
    }

    /// The names of the built-in profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PROFILES.keys().map(String::as_str)
    }

    /// What `ESC t number` selects.
    pub fn page(&self, number: u8) -> &CodePage {
        self.pages.get(&number).unwrap_or(&self.start)
    }
}

/// Epson's, which most others copy.
impl Default for Profile {
    fn default() -> Self {
        Self::built_in("epson-tm").expect("it is built in")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For people.
    #[serde(rename = "about")]
    _about: String,
    start: String,
    columns: u16,
    pages: BTreeMap<String, String>,
}

fn parse(text: &str) -> Result<BTreeMap<String, Profile>, String> {
    let files: BTreeMap<String, File> = toml::from_str(text).map_err(|error| error.to_string())?;
    files.into_iter().map(|(name, file)| Ok((name, profile(file)?))).collect()
}

fn profile(file: File) -> Result<Profile, String> {
    Ok(Profile { start: page(&file.start)?, pages: pages(&file.pages)?, columns: file.columns })
}

/// The page of that name, or a sentence.
pub(crate) fn page(name: &str) -> Result<CodePage, String> {
    CodePage::named(name).ok_or_else(|| {
        let known: Vec<&str> = CodePage::names().collect();
        format!("code page {name:?} is unknown; known are {}", known.join(", "))
    })
}

/// Numbers of `ESC t` with their pages, as TOML has them, or a sentence.
pub(crate) fn pages(file: &BTreeMap<String, String>) -> Result<BTreeMap<u8, CodePage>, String> {
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a number of `ESC t` from 0 to 255"));
    file.iter().map(|(text, name)| Ok((number(text)?, page(name)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escpos::printout::Printout;

    #[test]
    fn every_built_in_profile_is_read_and_prints_plain_text() {
        let all = parse(BUILT_IN).expect("readable");
        assert!(all.len() >= 9 && all.keys().map(String::as_str).eq(Profile::names()));
        for (name, profile) in &all {
            assert_eq!(Printout::read(b"\x1b@TOTAL 12.34\n", profile).lines, ["TOTAL 12.34"], "{name}");
            assert!((24..=80).contains(&profile.columns), "{name}");
        }
    }

    #[test]
    fn a_number_means_what_the_maker_of_the_printer_says() {
        let euro = |profile: &str, bytes: &[u8]| {
            let profile = Profile::built_in(profile).expect("built in");
            Printout::read(bytes, &profile).lines.concat()
        };
        assert_eq!(euro("epson-tm", b"\x1bt\x13\xD5"), "€");
        assert_eq!(euro("epson-tm", b"\x1bt\x10\x80"), "€");
        assert_eq!(euro("citizen", b"\x1bt\x02\xD5"), "€", "their 2 is page 858");
        assert_eq!(euro("hp", b"\x1bt\x06\xD5"), "€");
        assert_eq!(euro("bixolon", b"\x1bt\x1C\xC0"), "А", "their 28 is page 1251");
        assert_eq!(euro("xprinter", b"\x1bt\x17\xC0"), "А", "their 23 is page 1251");
        assert_eq!(euro("utf-8", "€".as_bytes()), "€");
        assert_eq!(euro("generic", b"\x1bt\xC8\x9C"), "£", "an unknown number is the start page");
    }

    #[test]
    fn a_profile_says_what_is_wrong_with_it() {
        let wrong = |pages: &str| {
            parse(&format!("[x]\nabout = \"\"\nstart = \"cp437\"\ncolumns = 42\n[x.pages]\n{pages}\n"))
                .expect_err("wrong")
        };
        assert!(wrong("300 = \"cp437\"").contains("300"));
        assert!(wrong("3 = \"ebcdic\"").contains("ebcdic"));
    }
}
