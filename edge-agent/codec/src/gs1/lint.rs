//! What a component of a value may say: the syntax tests that the dictionary names (GS1 Barcode Syntax Dictionary, `csum`,
//! `yymmd0`, `iso4217` …).

use std::fmt;

use super::check::{check_digit, check_pair};
use super::coupon;
use super::lists::{COUNTRIES, COUNTRY_NUMBERS, CURRENCY_NUMBERS, PACKAGE_TYPES};
use super::table::Set;

/// What is wrong in a value, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In words.
    pub why: &'static str,
    /// The value before, the part that is wrong, and what follows it in its component.
    pub shown: [String; 3],
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, wrong, after] = &self.shown;
        write!(f, "{} in {before}|{wrong}|{after}", self.why)
    }
}

/// Where in a component, how long, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lint {
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) why: &'static str,
}

pub(super) fn lint(at: usize, len: usize, why: &'static str) -> Lint {
    Lint { at, len, why }
}

/// GS1 AI encodable character set 82, in the order of their weights.
pub(super) const CSET82: &[u8] = b"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// Character set 39.
const CSET39: &[u8] = b"#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Base64 for files and URLs.
const CSET64: &[u8] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// Digits of the shortest company prefix.
const PREFIX: usize = 4;

pub(super) fn cset_weight(set: &[u8], byte: u8) -> Option<u32> {
    set.iter().position(|one| *one == byte).map(|at| at as u32)
}

fn all(data: &[u8], set: &[u8], why: &'static str) -> Result<(), Lint> {
    match data.iter().position(|byte| !set.contains(byte)) {
        Some(at) => Err(lint(at, 1, why)),
        None => Ok(()),
    }
}

pub(super) fn digits(data: &[u8]) -> Result<(), Lint> {
    all(data, b"0123456789", "no digit")
}

/// The characters of a component.
pub(super) fn characters(set: Set, data: &[u8]) -> Result<(), Lint> {
    match set {
        Set::Digits => digits(data),
        Set::Cset82 => all(data, CSET82, "a character that GS1 codes do not have"),
        Set::Cset39 => all(data, CSET39, "a character outside set 39"),
        Set::Base64 => {
            let pads = data.iter().rev().take_while(|byte| **byte == b'=').count();
            let body = data.len() - pads;
            if pads > 2 || (pads > 0 && !data.len().is_multiple_of(3)) {
                return Err(lint(body, pads, "wrong padding"));
            }
            all(&data[..body], CSET64, "a character outside base64url")
        }
    }
}

/// Runs the test of that name; one that is not known is an error of the table, found by its test.
pub(super) fn run(name: &str, data: &[u8]) -> Result<(), Lint> {
    let whole = |why| Err(lint(0, data.len(), why));
    let text = std::str::from_utf8(data).unwrap_or("");
    let one_of = |set: &[u8], why| match data {
        [byte] if set.contains(byte) => Ok(()),
        _ => whole(why),
    };
    let listed = |list: &str, why| if list.split(' ').any(|one| one == text) { Ok(()) } else { whole(why) };
    match name {
        "csum" => {
            digits(data)?;
            let Some((last, body)) = data.split_last() else { return whole("no check digit") };
            let expected = std::str::from_utf8(body).ok().and_then(check_digit);
            if expected == Some(char::from(*last)) { Ok(()) } else { Err(lint(body.len(), 1, "wrong check digit")) }
        }
        "csumalpha" => {
            let Some((body, pair)) = text.split_at_checked(text.len().saturating_sub(2)) else {
                return whole("no check characters");
            };
            if pair.len() < 2 {
                return whole("no check characters");
            }
            characters(Set::Cset82, body.as_bytes())?;
            let right = check_pair(body).is_some_and(|expected| pair.chars().eq(expected));
            if right { Ok(()) } else { Err(lint(body.len(), 2, "wrong check characters")) }
        }
        "gcppos1" => company_prefix(data, 0),
        "gcppos2" => company_prefix(data, 1),
        "yymmd0" => date(data, true),
        "yymmdd" => date(data, false),
        "yyyymmdd" => full_date(data, false),
        "hh" => within(data, 2, 23, "no hour"),
        "mi" => within(data, 2, 59, "no minute"),
        "ss" => within(data, 2, 59, "no second"),
        "hhmi" if data.len() == 4 => within(&data[..2], 2, 23, "no hour")
            .and_then(|()| within(&data[2..], 2, 59, "no minute").map_err(|found| Lint { at: found.at + 2, ..found })),
        "hhmi" => whole("no time of day"),
        "iso3166" => listed(COUNTRY_NUMBERS, "no country (ISO 3166-1 numeric)"),
        "iso3166999" if data == b"999" => Ok(()),
        "iso3166999" => listed(COUNTRY_NUMBERS, "no country (ISO 3166-1 numeric) nor 999"),
        "iso3166alpha2" => listed(COUNTRIES, "no country (ISO 3166-1 alpha-2)"),
        "iso4217" => listed(CURRENCY_NUMBERS, "no currency (ISO 4217 numeric)"),
        "packagetype" => listed(PACKAGE_TYPES, "no package type"),
        "mediatype" => match digits(data).is_ok().then(|| text.parse::<u8>().ok()).flatten() {
            Some(1..=10 | 80..=99) if data.len() == 2 => Ok(()),
            _ => whole("no AIDC media type"),
        },
        "iso5218" => one_of(b"0129", "no sex (ISO 5218)"),
        "yesno" => one_of(b"01", "neither 0 nor 1"),
        "winding" => one_of(b"019", "no winding direction"),
        "importeridx" => one_of(CSET64, "no importer index"),
        "hyphen" if !data.is_empty() && data.iter().all(|byte| *byte == b'-') => Ok(()),
        "hyphen" => whole("no hyphen"),
        "zero" if !data.is_empty() && data.iter().all(|byte| *byte == b'0') => Ok(()),
        "zero" => whole("not zero"),
        "nonzero" => {
            digits(data)?;
            if data.iter().any(|byte| *byte != b'0') { Ok(()) } else { whole("zero") }
        }
        "nozeroprefix" => {
            if data.first() == Some(&b'0') {
                return Err(lint(0, 1, "a leading zero"));
            }
            digits(data)
        }
        "hasnondigit" if data.iter().any(|byte| !byte.is_ascii_digit()) => Ok(()),
        "hasnondigit" => whole("nothing but digits"),
        "latitude" => within(data, 10, 1_800_000_000, "no latitude"),
        "longitude" => within(data, 10, 3_600_000_000, "no longitude"),
        "pcenc" => percent(data),
        "pieceoftotal" => piece_of_total(data),
        "posinseqslash" => position(text).ok_or(lint(0, data.len(), "no position such as 1/3")),
        "iban" => iban(data),
        "couponcode" => coupon::code(data),
        "couponposoffer" => coupon::offer(data),
        _ => whole("a test that is not known here"),
    }
}

pub(super) fn company_prefix(data: &[u8], from: usize) -> Result<(), Lint> {
    match data.get(from..from + PREFIX) {
        None => Err(lint(0, data.len(), "too short for a company prefix")),
        Some(prefix) => digits(prefix).map_err(|found| lint(from + found.at, 1, "no company prefix")),
    }
}

fn within(data: &[u8], length: usize, most: u64, why: &'static str) -> Result<(), Lint> {
    digits(data)?;
    let value = std::str::from_utf8(data).ok().and_then(|text| text.parse::<u64>().ok());
    match value {
        Some(value) if data.len() == length && value <= most => Ok(()),
        _ => Err(lint(0, data.len(), why)),
    }
}

/// YYMMDD; day 00 is the end of the month, where that is allowed. The century hardly matters: it is 29 February alone that
/// asks, and every fourth year is a leap year from 1901 to 2099.
pub(super) fn date(data: &[u8], open_day: bool) -> Result<(), Lint> {
    if data.len() != 6 {
        return Err(lint(0, data.len(), "no date YYMMDD"));
    }
    digits(data)?;
    let mut full = *b"20000000";
    full[2..].copy_from_slice(data);
    full_date(&full, open_day).map_err(|found| Lint { at: found.at.saturating_sub(2), ..found })
}

fn full_date(data: &[u8], open_day: bool) -> Result<(), Lint> {
    if data.len() != 8 {
        return Err(lint(0, data.len(), "no date YYYYMMDD"));
    }
    digits(data)?;
    let number = |from: usize, to: usize| data[from..to].iter().fold(0_i16, |n, byte| n * 10 + i16::from(byte - b'0'));
    let (year, month, day) = (number(0, 4), number(4, 6) as i8, number(6, 8) as i8);
    let Ok(first) = jiff::civil::Date::new(year, month, 1) else { return Err(lint(4, 2, "no month")) };
    if day > first.days_in_month() || (day == 0 && !open_day) {
        return Err(lint(6, 2, "no day of that month"));
    }
    Ok(())
}

fn percent(data: &[u8]) -> Result<(), Lint> {
    let mut at = 0;
    while let Some(byte) = data.get(at) {
        if *byte == b'%' {
            match data.get(at + 1..at + 3) {
                Some(hex) if hex.iter().all(u8::is_ascii_hexdigit) => at += 2,
                Some(_) => return Err(lint(at, 3, "no percent encoding")),
                None => return Err(lint(at, data.len() - at, "no percent encoding")),
            }
        }
        at += 1;
    }
    Ok(())
}

fn piece_of_total(data: &[u8]) -> Result<(), Lint> {
    digits(data)?;
    let half = data.len() / 2;
    if data.is_empty() || !data.len().is_multiple_of(2) {
        return Err(lint(0, data.len(), "no piece and total"));
    }
    let (piece, total) = data.split_at(half);
    let zero = |part: &[u8]| part.iter().all(|byte| *byte == b'0');
    match () {
        () if zero(piece) => Err(lint(0, half, "piece number zero")),
        () if zero(total) => Err(lint(half, half, "no pieces")),
        () if piece > total => Err(lint(0, data.len(), "more than the total")),
        () => Ok(()),
    }
}

fn position(text: &str) -> Option<()> {
    let (position, end) = text.split_once('/')?;
    let number = |part: &str| {
        let plain = !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
        (plain && !part.starts_with('0')).then(|| part.parse::<u32>().ok()).flatten()
    };
    (number(position)? <= number(end)?).then_some(())
}

fn iban(data: &[u8]) -> Result<(), Lint> {
    if !(11..=34).contains(&data.len()) {
        return Err(lint(0, data.len(), "no IBAN"));
    }
    run("iso3166alpha2", &data[..2])?;
    let mut sum = 0_u32;
    for at in (4..data.len()).chain(0..4) {
        let value = match data[at] {
            byte @ b'0'..=b'9' => u32::from(byte - b'0'),
            byte @ b'A'..=b'Z' => u32::from(byte - b'A') + 10,
            _ => return Err(lint(at, 1, "no character of an IBAN")),
        };
        sum = (sum * if value < 10 { 10 } else { 100 } + value) % 97;
    }
    if sum == 1 { Ok(()) } else { Err(lint(2, 2, "wrong check digits")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_the_table_names_is_known() {
        for line in include_str!("ai.tsv").lines().filter(|line| !line.starts_with('#')) {
            let spec = line.split('\t').nth(2).expect("a format");
            for name in spec.split(' ').flat_map(|part| part.split(',').skip(1)) {
                let unknown = run(name, b"\x7F").is_err_and(|found| found.why == "a test that is not known here");
                assert!(!unknown, "{name}");
            }
        }
    }

    #[test]
    fn each_test_takes_what_is_right_and_says_where_it_is_wrong() {
        for (name, right, wrong, at) in [
            ("csum", "12345678901231", "12345678901234", 13),
            ("csumalpha", "1987654Ad4X4bL5ttr2310c2K", "1987654Ad4X4bL5ttr2310c2L", 23),
            ("gcppos1", "9521", "95A1", 2),
            ("gcppos2", "09521", "095A1", 3),
            ("yymmd0", "240200", "241301", 2),
            ("yymmdd", "240229", "230229", 4),
            ("yymmdd", "000229", "240200", 4),
            ("yyyymmdd", "20000229", "19000229", 6),
            ("hh", "23", "24", 0),
            ("hhmi", "2359", "2360", 2),
            ("iso3166", "528", "529", 0),
            ("iso3166999", "999", "998", 0),
            ("iso3166alpha2", "NL", "XX", 0),
            ("iso4217", "978", "979x", 0),
            ("packagetype", "PX", "00", 0),
            ("mediatype", "10", "11", 0),
            ("iso5218", "9", "3", 0),
            ("yesno", "1", "2", 0),
            ("winding", "9", "2", 0),
            ("importeridx", "_", "+", 0),
            ("hyphen", "-", "+", 0),
            ("zero", "0", "1", 0),
            ("nonzero", "10", "00", 0),
            ("nozeroprefix", "10", "01", 0),
            ("hasnondigit", "1A", "11", 0),
            ("latitude", "1800000000", "1800000001", 0),
            ("longitude", "3600000000", "3600000001", 0),
            ("pcenc", "a%2Fb", "a%2Gb", 1),
            ("pieceoftotal", "0102", "0302", 0),
            ("posinseqslash", "1/3", "4/3", 0),
            ("iban", "GB82WEST12345698765432", "GB82WEST12345698765433", 2),
        ] {
            assert_eq!(run(name, right.as_bytes()), Ok(()), "{name}");
            assert_eq!(run(name, wrong.as_bytes()).map_err(|found| found.at), Err(at), "{name}");
        }
    }
}
