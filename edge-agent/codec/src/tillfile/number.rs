//! Amounts as files write them: exact, never through a float, never rounded.

use serde::Deserialize;
use vyavs_domain::money::Decimal;

/// How a file writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NumberFormat {
    /// Between units and parts: `.` or `,`.
    pub decimal_mark: char,
    /// Between thousands, where the file writes it.
    pub thousands: Option<char>,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { decimal_mark: '.', thousands: None }
    }
}

/// `-1.234,50`, `12,5-` or `+3` as an exact decimal; `None` for anything else.
pub fn decimal(text: &str, format: NumberFormat) -> Option<Decimal> {
    let text = text.trim();
    let (negative, bare) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        // Some tills write the sign behind the amount.
        [.., b'-'] => (true, &text[..text.len() - 1]),
        _ => (false, text),
    };
    let mut plain = String::with_capacity(bare.len() + 1);
    let mut marks = 0;
    for letter in bare.chars() {
        match letter {
            '0'..='9' => plain.push(letter),
            _ if letter == format.decimal_mark => {
                marks += 1;
                // `,50` is a number of many a till.
                if plain.is_empty() {
                    plain.push('0');
                }
                plain.push('.');
            }
            // Behind the decimal mark it separates nothing.
            _ if Some(letter) == format.thousands && marks == 0 && !plain.is_empty() => {}
            _ => return None,
        }
    }
    if marks > 1 || plain.is_empty() || plain.ends_with('.') {
        return None;
    }
    let mut value = Decimal::from_str_exact(&plain).ok().filter(|value| !crate::scrub::is_card(*value))?;
    value.set_sign_negative(negative && !value.is_zero());
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_exact_or_it_is_none() {
        let german = NumberFormat { decimal_mark: ',', thousands: Some('.') };
        for (text, want) in [
            ("1.234,50", "1234.50"),
            ("-0,05", "-0.05"),
            ("12,5-", "-12.5"),
            (",50", "0.50"),
            ("+3", "3"),
            (" 7 ", "7"),
            ("-0,00", "0.00"),
        ] {
            assert_eq!(decimal(text, german).map(|value| value.to_string()).as_deref(), Some(want), "{text}");
        }
        for text in ["", "-", "1,2,3", "1,", "1,2.3", "abc", "1e3", "--1", "99999999999999999999999999999999"] {
            assert_eq!(decimal(text, german), None, "{text}");
        }
        assert_eq!(decimal("1,234", NumberFormat::default()), None, "no thousands were configured");
    }
}
