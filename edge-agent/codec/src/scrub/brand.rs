//! Which digits can be a card number: brand prefixes with their lengths, the Luhn digit, and the article numbers
//! that look alike.

/// Whose number it could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brand {
    /// 4: 13 (no longer issued), 16 or 19 digits.
    Visa,
    /// 51–55 and 2221–2720: 16 digits.
    Mastercard,
    /// 34 and 37: 15 digits.
    Amex,
    /// 6011, 644–649, 65: 16 to 19 digits.
    Discover,
    /// 300–305, 3095, 36, 38, 39: 14 to 19 digits.
    Diners,
    /// 3528–3589: 16 to 19 digits; 1800 and 2131: 15 digits.
    Jcb,
    /// 62 and 810–817: 16 to 19 digits.
    UnionPay,
    /// 50, 56–58, 6…: 16 to 19 digits; 13 to 15 where Maestro still has them (50, 56–58, 63, 67).
    Maestro,
    /// 82 (RuPay) and 2200–2204 (Mir): 16 to 19 digits.
    Domestic,
}

/// The brand whose prefix and length `digits` (each 0 to 9) have.
pub fn brand(digits: &[u8]) -> Option<Brand> {
    let length = digits.len();
    if !(13..=19).contains(&length) {
        return None;
    }
    let prefix = digits[..4].iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    let long = (16..=19).contains(&length);
    Some(match prefix {
        4000..=4999 if matches!(length, 13 | 16 | 19) => Brand::Visa,
        5100..=5599 | 2221..=2720 if length == 16 => Brand::Mastercard,
        3400..=3499 | 3700..=3799 if length == 15 => Brand::Amex,
        6011 | 6440..=6599 if long => Brand::Discover,
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 if length >= 14 => Brand::Diners,
        3528..=3589 if long => Brand::Jcb,
        1800 | 2131 if length == 15 => Brand::Jcb,
        6200..=6299 | 8100..=8179 if long => Brand::UnionPay,
        5000..=5099 | 5600..=5899 | 6000..=6999 if long => Brand::Maestro,
        5000..=5099 | 5600..=5899 | 6300..=6399 | 6700..=6799 => Brand::Maestro,
        8200..=8299 | 2200..=2204 if long => Brand::Domestic,
        _ => return None,
    })
}

/// Whether the last digit is the Luhn digit of the others (ISO/IEC 7812-1 annex B).
pub fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(if place % 2 == 1 { doubled(*digit) } else { *digit }))
        .sum();
    sum.is_multiple_of(10)
}

/// Whether it is a GTIN-13 (EAN) or GTIN-14 (ITF-14) with its check digit (GS1 General Specifications §7.9).
pub fn is_gtin(digits: &[u8]) -> bool {
    let weighed = |(place, digit): (usize, &u8)| u32::from(*digit) * if place % 2 == 1 { 3 } else { 1 };
    matches!(digits.len(), 13 | 14)
        && digits.iter().rev().enumerate().map(weighed).sum::<u32>().is_multiple_of(10)
        && digits.iter().any(|digit| *digit != 0)
}

/// Whether a brand's number of this length is so rare today that a GTIN of the same digits is the better guess.
pub(super) fn is_rare(brand: Brand, length: usize) -> bool {
    matches!((brand, length), (Brand::Visa, 13) | (Brand::Maestro, 13..=15))
}

/// Whether digits that are a brand's number and a GTIN too are rather an article's, where nothing speaks of cards.
///
/// A case (GTIN-14) may begin like a Diners card: 3 for the packing level, then a GS1 prefix. Where that prefix is nobody's,
/// it is no case. Cards of 14 digits are issued in 300–305 and 36; 38 is out of use and 39 came later and is longer.
pub(super) fn is_rather_article(digits: &[u8]) -> bool {
    match (brand(digits), digits) {
        (Some(Brand::Diners), [3, 8 | 9, ..]) if digits.len() == 14 => true,
        (Some(Brand::Diners), [3, a, b, c, ..]) if digits.len() == 14 => {
            is_prefix_in_use(u16::from(*a) * 100 + u16::from(*b) * 10 + u16::from(*c))
        }
        (Some(brand), _) => is_rare(brand, digits.len()),
        (None, _) => false,
    }
}

/// GS1 prefixes that goods have (gs1.org, list of company prefixes), as far as they can follow the 3 of a Diners card; 050 to
/// 059 are coupons.
fn is_prefix_in_use(prefix: u16) -> bool {
    matches!(prefix, 0..=49 | 60..=99 | 600..=601 | 603..=609 | 611 | 613 | 615..=632 | 640..=649 | 680..=681 | 690..=699)
}
