//! How a value of ours becomes a value of a column.

use std::borrow::Cow;

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;
use vyavs_domain::ids::{AlarmId, DeviceId, OrgId, SensorId, StoreId, TerminalId, UserId};
use vyavs_domain::money::Currency;
use vyavs_domain::time::BusinessDay;

use super::{Day, Exact, Id, Json};
use crate::batch::clean;

/// A value on its way into a `$n`: ids, days and instants become their column types, the rest goes as it is.
pub(crate) trait Param {
    /// What is bound.
    type Column;
    /// The bound form.
    fn column(self) -> Self::Column;
}

macro_rules! params {
    ($($from:ty => $to:ty, $value:ident => $made:expr;)+) => {$(
        impl Param for $from {
            type Column = $to;
            fn column(self) -> $to {
                let $value = self;
                $made
            }
        }
        impl Param for Option<$from> {
            type Column = Option<$to>;
            fn column(self) -> Option<$to> {
                self.map(Param::column)
            }
        }
    )+};
}

params! {
    Uuid => Id, id => Id(id);
    OrgId => Id, id => Id(id.0);
    StoreId => Id, id => Id(id.0);
    DeviceId => Id, id => Id(id.0);
    UserId => Id, id => Id(id.0);
    AlarmId => Id, id => Id(id.0);
    Id => Id, id => id;
    Day => Day, day => day;
    BusinessDay => Day, day => Day::of(day);
    Timestamp => i64, at => at.as_microsecond();
    Decimal => Exact, decimal => Exact(decimal);
    Json => Json, json => json;
    i64 => i64, n => n;
    i16 => i16, n => n;
    f64 => Option<f64>, n => n.is_finite().then_some(n);
    bool => bool, yes => yes;
    String => String, text => clean(&text).into_owned();
    Vec<u8> => Vec<u8>, bytes => bytes;
}

impl<'a> Param for &'a str {
    type Column = Cow<'a, str>;
    fn column(self) -> Cow<'a, str> {
        clean(self)
    }
}

impl<'a> Param for Option<&'a str> {
    type Column = Option<Cow<'a, str>>;
    fn column(self) -> Option<Cow<'a, str>> {
        self.map(clean)
    }
}

macro_rules! text_params {
    ($($from:ty),+) => {$(
        impl<'a> Param for &'a $from {
            type Column = Cow<'a, str>;
            fn column(self) -> Cow<'a, str> {
                clean(self.as_str())
            }
        }
    )+};
}

text_params!(TerminalId, SensorId, Currency, String);
