//! Amounts and dates as a till writes them.

use jiff::civil::{Date, DateTime, Time};
use vyavs_domain::money::Decimal;

use super::grammar::Grammar;

/// An amount or a quantity, exactly as printed; the error is a sentence.
pub(super) fn decimal(text: &str, grammar: &Grammar) -> Result<Decimal, String> {
    let wrong = || format!("{text:?} is not an amount");
    // A currency sign within an amount says nothing about it.
    let plain = text.replace(['£', '$', '€'], "");
    let plain = plain.trim();
    // Some tills print the sign behind the amount.
    let (plain, behind) = plain.strip_suffix('-').map_or((plain, false), |amount| (amount.trim_end(), true));
    let (plain, before) = plain.strip_prefix(['-', '−']).map_or((plain, false), |amount| (amount.trim_start(), true));
    if behind && before {
        return Err(wrong());
    }
    let (whole, decimals) = plain.split_once(grammar.decimal_mark).map_or((plain, None), |(w, d)| (w, Some(d)));
    let mut digits = if before || behind { "-".to_owned() } else { String::new() };
    let whole = ungrouped(whole, &grammar.thousands).ok_or_else(wrong)?;
    // Some tills print cents without a zero in front.
    digits += if whole.is_empty() && decimals.is_some() { "0" } else { &whole };
    if let Some(decimals) = decimals {
        if decimals.is_empty() {
            return Err(wrong());
        }
        digits.push('.');
        digits += decimals;
    }
    if !digits.trim_start_matches('-').chars().all(|letter| letter.is_ascii_digit() || letter == '.') {
        return Err(wrong());
    }
    // `from_str` rounds what has too many digits; a price is exact or it is not read.
    Decimal::from_str_exact(&digits).ok().filter(|amount| !crate::scrub::is_card(*amount)).ok_or_else(wrong)
}

/// `1.234` is a thousand only where the groups are whole: a point in the wrong place is another amount.
fn ungrouped(whole: &str, thousands: &str) -> Option<String> {
    let separator = |letter: char| if letter.is_whitespace() { ' ' } else { letter };
    let whole: String = whole.chars().map(separator).collect();
    let thousands: String = thousands.chars().map(separator).collect();
    if thousands.is_empty() || !whole.contains(&thousands) {
        return Some(whole);
    }
    let mut groups = whole.split(&thousands);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits += group;
    }
    Some(digits)
}

/// The local time that `text` says in one of the grammar's forms; the error is a sentence.
pub(super) fn date(text: &str, grammar: &Grammar) -> Result<DateTime, String> {
    let text = &numbered(text.trim(), &grammar.months);
    let read = |form: &String| {
        let time = DateTime::strptime(form, text);
        time.or_else(|_| Date::strptime(form, text).map(|day| day.to_datetime(Time::midnight()))).ok()
    };
    let known = || format!("{text:?} is not a date of the form {}", grammar.dates.join(" or "));
    grammar.dates.iter().find_map(read).ok_or_else(known)
}

/// The first name of a month becomes its number.
fn numbered(text: &str, months: &[String]) -> String {
    let words = text.split_inclusive(|letter: char| !letter.is_alphabetic());
    let mut out = String::with_capacity(text.len());
    for word in words {
        let bare = word.trim_end_matches(|letter: char| !letter.is_alphabetic());
        let lower = bare.to_lowercase();
        match months.iter().position(|month| *month == lower) {
            Some(at) => {
                out += &format!("{:02}", at + 1);
                out += &word[bare.len()..];
            }
            None => out += word,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar(settings: &str) -> Grammar {
        let rows =
            "[[row]]\nis = \"item\"\nmatch = '(?P<total>.+)'\n[[row]]\nis = \"total\"\nmatch = '(?P<amount>.+)'\n";
        Grammar::parse("test", &format!("name = \"test\"\n{settings}\n{rows}")).expect("a grammar")
    }

    #[test]
    fn amounts_are_read_as_their_country_writes_them() {
        let cases = [
            ("", "1234.50", Some("1234.50")),
            ("thousands = ','", "1,234.50", Some("1234.50")),
            ("thousands = ','", "1,23.50", None),
            ("decimal_mark = ','\nthousands = '.'", "12.345,67-", Some("-12345.67")),
            ("decimal_mark = ','\nthousands = '.'", "1.23", None),
            ("decimal_mark = ','\nthousands = '.'", "1234,5", Some("1234.5")),
            ("decimal_mark = ','\nthousands = ' '", "1\u{A0}234,50", Some("1234.50")),
            ("decimal_mark = ','", "1 234,50", None),
            ("thousands = \"'\"", "-1'234.55", Some("-1234.55")),
            ("", "- 3.00", Some("-3.00")),
            ("", "-£3.00", Some("-3.00")),
            ("", ".75-", Some("-0.75")),
            ("", "£", None),
            ("", "5.", None),
            ("", "-3.00-", None),
            ("", "3.0O", None),
            ("", "+3", None),
            ("", "", None),
            ("", "1.2.3", None),
            ("", "0.00000000000000000000000000001", None),
        ];
        for (settings, text, expected) in cases {
            let read = decimal(text, &grammar(settings)).ok().map(|amount| amount.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?} with {settings:?}");
        }
    }

    #[test]
    fn dates_are_read_in_the_forms_of_the_grammar() {
        let grammar = grammar("dates = ['%d/%m/%y %H:%M', '%m/%d/%Y %I:%M %p', '%d.%m.%Y']");
        let read = |text: &str| date(text, &grammar).ok().map(|at| at.to_string());
        assert_eq!(read("12/11/25 14:33").as_deref(), Some("2025-11-12T14:33:00"));
        assert_eq!(read("11/12/2025 02:33 PM").as_deref(), Some("2025-11-12T14:33:00"));
        assert_eq!(read("12.11.2025").as_deref(), Some("2025-11-12T00:00:00"));
        assert_eq!(read("32.11.2025"), None);
    }

    #[test]
    fn months_may_have_the_names_of_their_language() {
        let months = "'Jan','Fév','Mars','Avr','Mai','Juin','Juil','Août','Sept','Oct','Nov','Déc'";
        let grammar = grammar(&format!("dates = ['%d %m %Y %Hh%M']\nmonths = [{months}]"));
        assert_eq!(date("5 AOÛT 2025 14h33", &grammar).map(|at| at.to_string()), Ok("2025-08-05T14:33:00".to_owned()));
        assert!(date("5 Aout 2025 14h33", &grammar).is_err());
    }
}
