//! Exact decimals as the doubles a spreadsheet counts with.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::{Column, Kind};

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The nearest double, and whether it reads back as the same number.
pub(super) fn as_double(number: Decimal) -> (f64, bool) {
    let number = number.normalize();
    let mantissa = number.mantissa();
    // Two exact doubles give the correctly rounded quotient; 15 digits survive the way there and back.
    if let (true, Some(power)) = (mantissa.unsigned_abs() < 1_000_000_000_000_000, POWERS.get(number.scale() as usize))
    {
        return (mantissa as f64 / power, true);
    }
    let nearest = number.to_string().parse::<f64>().ok().or_else(|| number.to_f64()).unwrap_or(f64::NAN);
    let back = nearest.to_string().parse::<Decimal>();
    (nearest, back.is_ok_and(|back| back == number))
}

/// How a column's numbers are displayed; their values are whole in any case.
pub(super) fn display_format(column: &Column) -> String {
    let fixed = |digits: u32| match digits {
        0 => "#,##0".to_owned(),
        digits => format!("#,##0.{}", "0".repeat(digits.min(28) as usize)),
    };
    match (&column.kind, column.decimals) {
        (Kind::Text, _) => "General".to_owned(),
        (Kind::Date, _) => "yyyy-mm-dd".to_owned(),
        (Kind::Timestamp, _) => "yyyy-mm-dd hh:mm:ss".to_owned(),
        (Kind::Percent, None) => "0.0##%".to_owned(),
        (Kind::Percent, Some(0)) => "0%".to_owned(),
        (Kind::Percent, Some(digits)) => format!("0.{}%", "0".repeat(digits.min(28) as usize)),
        (_, Some(digits)) => fixed(digits),
        (Kind::Integer, None) => fixed(0),
        // "General" shows what is there; "0.###" would leave a bare point behind whole numbers.
        (Kind::Decimal | Kind::Quantity(_), None) => "General".to_owned(),
        // A price may have more digits than its currency has coins.
        (Kind::Money(Some(currency)), None) if currency.exponent() == 0 => fixed(0),
        (Kind::Money(Some(currency)), None) => format!("{}##", fixed(currency.exponent())),
        (Kind::Money(None), None) => "#,##0.00##".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_is_the_nearest_and_says_when_it_is_not_the_same() {
        for (text, exact) in [
            ("0.1", true),
            ("-1204.50", true),
            ("123456789012345", true),
            ("9007199254740992", true),
            ("9007199254740993", false),
            ("0.12345678901234567890", false),
            ("79228162514264337593543950335", false),
            ("0.0000000000000000000000000001", true),
        ] {
            let (double, same) = as_double(text.parse().expect("a decimal"));
            assert_eq!(double, text.parse::<f64>().expect("a double"), "{text}");
            assert_eq!(same, exact, "{text}");
        }
    }
}
