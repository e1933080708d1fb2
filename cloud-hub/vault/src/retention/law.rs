//! What the law of a country wants kept at least, what we allow at most, and what holds when nobody says otherwise.
//!
//! Each row names its source. A country that is not here gets the longest of the periods that are.

use std::fmt;

use super::{Class, Period};

/// Whose law holds for the books: the country of the organization's tax registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Country {
    /// Germany.
    De,
    /// Austria.
    At,
    /// France.
    Fr,
    /// The United Kingdom.
    Gb,
    /// India.
    In,
    /// Any other.
    Other,
}

impl Country {
    /// By its ISO 3166-1 code of two letters.
    pub fn of(code: &str) -> Self {
        match code {
            "DE" => Self::De,
            "AT" => Self::At,
            "FR" => Self::Fr,
            "GB" => Self::Gb,
            "IN" => Self::In,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::De => "Germany",
            Self::At => "Austria",
            Self::Fr => "France",
            Self::Gb => "the United Kingdom",
            Self::In => "India",
            Self::Other => "a country whose periods are not known here",
        })
    }
}

/// A bound and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// How long.
    pub period: Period,
    /// Which law or whose decision.
    pub source: &'static str,
}

/// What holds for a class in a country.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// When nobody says otherwise.
    pub default: Period,
    /// Never shorter.
    pub floor: Option<Bound>,
    /// Never longer.
    pub ceiling: Option<Bound>,
}

const OURS: &str = "our limit: Art. 5(1)(e) GDPR, no longer than the purpose needs";
const AUDIT_LOGS: &str = "PCI DSS 4.0.1, requirement 10.5.1: a year of audit logs";
const COLD_CHAIN: &str = "Regulation (EC) No 37/2005, Art. 2(3): temperature records of frozen food, at least a year";

const fn bound(period: Period, source: &'static str) -> Option<Bound> {
    Some(Bound { period, source })
}

/// The books: each sale as recorded.
fn books(country: Country) -> Bound {
    use Period::{CalendarYears, Months};
    let (period, source) = match country {
        Country::De => {
            (CalendarYears(10), "§ 147(1) no. 1, (3), (4) AO: books and records, ten years from the year's end")
        }
        Country::At => (CalendarYears(7), "§ 132(1) BAO: seven years from the year's end"),
        Country::Fr => {
            (CalendarYears(10), "Art. L123-22 Code de commerce: ten years from the end of the financial year")
        }
        Country::Gb => (Months(72), "VAT Notice 700/21: six years"),
        // 72 months from 31 December after a financial year that ends in March: at most seven years from the year's end.
        Country::In => (CalendarYears(7), "Section 36 CGST Act 2017: 72 months from the due date of the annual return"),
        Country::Other => (CalendarYears(10), "the longest period known here, for the country's own is not"),
    };
    Bound { period, source }
}

/// The vouchers: the receipts themselves.
fn vouchers(country: Country) -> Bound {
    match country {
        Country::De => Bound {
            period: Period::CalendarYears(8),
            source: "§ 147(1) no. 4, (3), (4) AO as of 2025: vouchers, eight years from the year's end",
        },
        other => books(other),
    }
}

/// The rule for a class.
pub fn rule(country: Country, class: Class) -> Rule {
    use Period::{CalendarYears, Days, Months};
    let in_europe = matches!(country, Country::De | Country::At | Country::Fr | Country::Gb);
    match class {
        Class::SalesLines | Class::Receipts => {
            let floor = if class == Class::Receipts { vouchers(country) } else { books(country) };
            Rule { default: floor.period, floor: Some(floor), ceiling: bound(CalendarYears(15), OURS) }
        }
        Class::ReceiptOperators => Rule { default: Months(6), floor: None, ceiling: bound(Months(36), OURS) },
        Class::TelemetryRaw => Rule { default: Days(30), floor: None, ceiling: None },
        Class::TelemetryMinutes => {
            let floor = if in_europe { bound(Months(12), COLD_CHAIN) } else { None };
            Rule { default: Months(13), floor, ceiling: None }
        }
        Class::TelemetryHours => Rule { default: Months(36), floor: None, ceiling: None },
        Class::TelemetryDays => Rule { default: CalendarYears(10), floor: None, ceiling: None },
        Class::Audit => {
            let floor = bound(Months(12), AUDIT_LOGS);
            Rule { default: Months(24), floor, ceiling: bound(Months(84), OURS) }
        }
        Class::Sessions => Rule { default: Days(90), floor: None, ceiling: bound(Months(12), OURS) },
        Class::Exports => Rule { default: Days(7), floor: None, ceiling: bound(Days(30), OURS) },
        Class::Notifications => Rule { default: Days(90), floor: None, ceiling: bound(Months(24), OURS) },
        // Three years from the year's end: the general limitation of claims in Germany, §§ 195, 199 BGB.
        Class::CasesUpheld => Rule { default: CalendarYears(3), floor: None, ceiling: bound(CalendarYears(10), OURS) },
        Class::CasesDismissed => Rule { default: Days(90), floor: None, ceiling: bound(Months(12), OURS) },
    }
}
