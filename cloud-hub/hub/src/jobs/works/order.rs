//! What an export or a report is asked to hold; the body of the route and the input of the job are the same thing.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::time::{BusinessDay, StoreTime};
use vyavs_render::{Format, Locale};
use vyavs_store::stores::Store;

use crate::access::Permission;
use crate::api::given::object;
use crate::api::receipts::ReceiptKind;
use crate::jobs::Failure;

/// The longest period, days: ten years.
const LONGEST: i32 = 3660;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// RFC 4180; what it says of itself stands at its end, in lines that begin with `#`.
    Csv,
    /// A workbook.
    Xlsx,
    /// A document on A4, for at most 200,000 cells.
    Pdf,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv => Self::Csv,
            FileFormat::Xlsx => Self::Xlsx,
            FileFormat::Pdf => Self::Pdf,
        }
    }
}

macro_rules! kinds {
    ($(#[doc = $about:literal])+ $type:ident; $($(#[doc = $doc:literal])+ $name:ident $text:literal $title:literal $needs:ident;)+) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $type {
            $($(#[doc = $doc])+ $name,)+
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// What stands on it.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// What is in it, for people.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),+ }
            }

            /// What somebody must be allowed to see.
            pub const fn needs(self) -> Permission {
                match self { $(Self::$name => Permission::$needs),+ }
            }
        }
    };
}

kinds! {
    /// Which rows an export holds.
    ExportKind;
    /// Revenue, tickets and units by store and business day, as the sales page shows them.
    Sales "sales" "Sales by day" SalesRead;
    /// Tickets in the order of the books, of every kind; what counts as revenue has its own column.
    Transactions "transactions" "Tickets" SalesRead;
    /// Lines of tickets, by the time they were rung.
    Lines "lines" "Ticket lines" SalesRead;
    /// The catalog.
    Products "products" "Products" CatalogRead;
    /// Readings of sensors.
    Readings "readings" "Sensor readings" TelemetryRead;
    /// Alarms, by the time they were raised.
    Alarms "alarms" "Alarms" AlertsRead;
}

kinds! {
    /// Which report.
    ReportKind;
    /// One day of each store: revenue against the same day of the week before, hour by hour, with what needs a look.
    DailyStoreBrief "daily_store_brief" "Daily store brief" SalesRead;
    /// A week of all stores, day by day, against the week before.
    WeeklyChain "weekly_chain" "Weekly chain report" SalesRead;
    /// Returns, voids, opened drawers and tickets that could not be read.
    ShrinkExceptions "shrink_exceptions" "Shrink and exceptions" SalesRead;
    /// Temperatures hour by hour against their limits.
    FridgeLog "fridge_log" "Fridge log" TelemetryRead;
}

fn default_locale() -> String {
    "en-GB".to_owned()
}

/// Which lines of tickets, as in the search of sales. There is no customer in it: an export is no way around a privacy request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineFilter {
    /// Of one product only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<Uuid>,
    /// Of products of this category, letter by letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub category: Option<String>,
    /// Rung at this till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "till-1", max_length = 200)]
    pub register: Option<String>,
    /// Rung by this cashier's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub cashier: Option<String>,
    /// On tickets of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "536365", max_length = 200)]
    pub receipt_number: Option<String>,
    /// On tickets of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ReceiptKind>,
    /// Lines that come to this or more, a decimal text in each store's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "100.00")]
    pub min_total: Option<String>,
    /// Lines that come to this or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_total: Option<String>,
}

/// An export to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportOrder {
    /// Which rows.
    pub kind: ExportKind,
    /// Which kind of file.
    pub format: FileFormat,
    /// The first business day; 30 days before the last without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last business day; the store's today without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// These stores; all of the reach without.
    #[serde(default)]
    pub store_ids: Vec<Uuid>,
    /// Of `lines` only these; all without.
    #[serde(default, deserialize_with = "object", skip_serializing_if = "Option::is_none")]
    pub only: Option<LineFilter>,
    /// How numbers and days are written where people read them: a BCP 47 tag.
    #[serde(default = "default_locale")]
    #[schema(example = "en-GB")]
    pub locale: String,
}

/// A report to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportOrder {
    /// Which report.
    pub kind: ReportKind,
    /// Which kind of file.
    pub format: FileFormat,
    /// Its only or last business day; without: yesterday, and for a week the last Sunday. A schedule leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// These stores; all of the reach without.
    #[serde(default)]
    pub store_ids: Vec<Uuid>,
    /// How numbers and days are written where people read them: a BCP 47 tag.
    #[serde(default = "default_locale")]
    #[schema(example = "en-GB")]
    pub locale: String,
}

fn locale(tag: &str) -> Result<Locale, String> {
    Locale::new(tag).map_err(|error| format!("locale: {error}"))
}

impl ExportOrder {
    /// What is wrong with it, as far as that can be said without the database.
    pub fn check(&self) -> Result<Locale, String> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && (from > to || from.until(to).map_or(i32::MAX, |span| span.get_days()) > LONGEST)
        {
            return Err(format!("from: {from} is not a day at most ten years before to ({to})"));
        }
        if let Some(only) = &self.only {
            if self.kind != ExportKind::Lines {
                return Err(format!("only: it is for lines, not for {}", self.kind.as_str()));
            }
            only.check()?;
        }
        locale(&self.locale)
    }

    /// The business days of a store it is about.
    pub fn days(&self, time: &StoreTime, asked_at: Timestamp) -> (BusinessDay, BusinessDay) {
        let to = self.to.unwrap_or_else(|| time.business_day(asked_at).0);
        let from = self.from.unwrap_or_else(|| back(to, 30));
        (BusinessDay(from), BusinessDay(to))
    }
}

impl ReportOrder {
    /// What is wrong with it, as far as that can be said without the database.
    pub fn check(&self) -> Result<Locale, String> {
        locale(&self.locale)
    }

    /// The business days of a store it is about: one, or a week of seven.
    pub fn days(&self, time: &StoreTime, asked_at: Timestamp) -> (BusinessDay, BusinessDay) {
        let today = time.business_day(asked_at).0;
        let weekly = matches!(self.kind, ReportKind::WeeklyChain | ReportKind::ShrinkExceptions);
        let last = self.day.unwrap_or_else(|| match weekly {
            true => back(today, i32::from(today.weekday().to_monday_one_offset())),
            false => back(today, 1),
        });
        (BusinessDay(if weekly { back(last, 6) } else { last }), BusinessDay(last))
    }
}

/// So many days before.
pub(super) fn back(day: Date, days: i32) -> Date {
    day.checked_sub(jiff::Span::new().days(days)).unwrap_or(Date::MIN)
}

/// The time of a store.
pub(super) fn time(store: &Store) -> Result<StoreTime, Failure> {
    store.time().map_err(|error| Failure::Again(anyhow::Error::new(error).context(format!("store {}", store.id))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_day_is_about_yesterday_or_the_last_whole_week() {
        let time = StoreTime::new("Europe/London", jiff::civil::time(4, 0, 0, 0)).expect("a zone");
        let order = |kind| ReportOrder {
            kind,
            format: FileFormat::Csv,
            day: None,
            store_ids: Vec::new(),
            locale: default_locale(),
        };
        let days = |kind, at: &str| {
            let (from, to) = order(kind).days(&time, at.parse().expect("an instant"));
            (from.to_string(), to.to_string())
        };
        // Before four in the morning it is still yesterday.
        assert_eq!(days(ReportKind::DailyStoreBrief, "2026-02-03T03:59:00Z").0, "2026-02-01");
        assert_eq!(days(ReportKind::DailyStoreBrief, "2026-02-03T04:00:00Z").0, "2026-02-02");
        // 2026-02-01 is a Sunday.
        for at in ["2026-02-02T05:00:00Z", "2026-02-05T05:00:00Z", "2026-02-08T05:00:00Z"] {
            assert_eq!(days(ReportKind::WeeklyChain, at), ("2026-01-26".to_owned(), "2026-02-01".to_owned()));
        }
    }
}
