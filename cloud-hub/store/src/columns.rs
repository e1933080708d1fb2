//! How our values lie in a column: one type each that both engines take, so that one SQL text serves both.
//!
//! | value | SQLite | PostgreSQL |
//! |---|---|---|
//! | [`Id`] | TEXT, hyphenated | uuid |
//! | [`Day`] | TEXT, ISO 8601 | date |
//! | [`Exact`] | TEXT with its scale | numeric with its scale |
//! | [`Json`] | TEXT | jsonb |
//! | instants | INTEGER, µs since 1970 UTC | bigint, the same |
//!
//! sqlx's own decimal turns `0.00` into `0`; a price keeps the scale it was rung with, so [`Exact`] is written here.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;
use vyavs_domain::time::{BusinessDay, from_micros};

mod param;

pub(crate) use param::Param;

/// A UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) Uuid);

/// A calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) Date);

/// A decimal that keeps its scale, zero included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact(pub(crate) Decimal);

/// A JSON document, already written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Json(pub(crate) String);

impl Json {
    /// Writes `value` out; what has no JSON form (a map with odd keys) cannot come from our types.
    pub(crate) fn of<T: serde::Serialize>(value: &T) -> Self {
        let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
        // jsonb knows no NUL character.
        Self(if text.contains("\\u0000") { text.replace("\\u0000", "\\ufffd") } else { text })
    }

    /// Reads it back as a document; a text that is none reads as null, for it was not written by us.
    pub(crate) fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or(serde_json::Value::Null)
    }
}

/// SQLite holds the value as TEXT through `ToString` and `FromStr`; PostgreSQL as the built-in type of this OID.
macro_rules! column {
    ($name:ident, oid $oid:literal, array $array:literal, text $to_text:expr, parse $parse:expr) => {
        impl Type<Sqlite> for $name {
            fn type_info() -> SqliteTypeInfo {
                <String as Type<Sqlite>>::type_info()
            }
        }
        impl<'q> Encode<'q, Sqlite> for $name {
            fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
                let text: fn(&Self) -> String = $to_text;
                <String as Encode<'q, Sqlite>>::encode(text(self), buf)
            }
        }
        impl<'r> Decode<'r, Sqlite> for $name {
            fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
                let parse: fn(&str) -> Result<Self, BoxDynError> = $parse;
                parse(<&str as Decode<'r, Sqlite>>::decode(value)?)
            }
        }
        impl Type<Postgres> for $name {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
        }
        impl PgHasArrayType for $name {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array))
            }
        }
        impl<'r> Decode<'r, Postgres> for $name {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                let parse: fn(&str) -> Result<Self, BoxDynError> = $parse;
                match value.format() {
                    PgValueFormat::Binary => Self::from_pg(value.as_bytes()?),
                    PgValueFormat::Text => parse(value.as_str()?),
                }
            }
        }
        impl<'q> Encode<'q, Postgres> for $name {
            fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                self.to_pg(buf)?;
                Ok(IsNull::No)
            }
        }
    };
}

column!(Id, oid 2950, array 2951, text |id| id.0.hyphenated().to_string(), parse |text| Ok(Self(Uuid::try_parse(text)?)));
column!(Day, oid 1082, array 1182, text |day| day.0.to_string(), parse |text| Ok(Self(text.parse()?)));
column!(Exact, oid 1700, array 1231, text |exact| exact.0.to_string(), parse |text| Ok(Self(Decimal::from_str_exact(text)?)));
column!(Json, oid 3802, array 3807, text |json| json.0.clone(), parse |text| Ok(Self(text.to_owned())));

impl Id {
    fn to_pg(self, buf: &mut PgArgumentBuffer) -> Result<(), BoxDynError> {
        buf.extend_from_slice(self.0.as_bytes());
        Ok(())
    }

    fn from_pg(bytes: &[u8]) -> Result<Self, BoxDynError> {
        Ok(Self(Uuid::from_slice(bytes)?))
    }
}

/// PostgreSQL counts dates from here.
const PG_EPOCH: Date = Date::constant(2000, 1, 1);

impl Day {
    /// Years 1 to 9999: what both engines hold, and what sorts as text.
    pub(crate) fn of(day: BusinessDay) -> Self {
        Self(day.0.clamp(Date::constant(1, 1, 1), Date::constant(9999, 12, 31)))
    }

    pub(crate) fn business(self) -> BusinessDay {
        BusinessDay(self.0)
    }

    fn to_pg(self, buf: &mut PgArgumentBuffer) -> Result<(), BoxDynError> {
        let days = self.0.since(PG_EPOCH)?.get_days();
        buf.extend_from_slice(&days.to_be_bytes());
        Ok(())
    }

    fn from_pg(bytes: &[u8]) -> Result<Self, BoxDynError> {
        let days = i32::from_be_bytes(bytes.try_into()?);
        Ok(Self(PG_EPOCH.checked_add(jiff::Span::new().try_days(days)?)?))
    }
}

impl Json {
    /// jsonb on the wire is a version byte, then the text.
    fn to_pg(&self, buf: &mut PgArgumentBuffer) -> Result<(), BoxDynError> {
        buf.extend_from_slice(&[1]);
        buf.extend_from_slice(self.0.as_bytes());
        Ok(())
    }

    fn from_pg(bytes: &[u8]) -> Result<Self, BoxDynError> {
        match bytes {
            [1, text @ ..] => Ok(Self(std::str::from_utf8(text)?.to_owned())),
            _ => Err("a jsonb value of an unknown version".into()),
        }
    }
}

impl Exact {
    /// numeric on the wire: digit groups of base 10,000, weight of the first, sign, display scale, groups.
    fn to_pg(self, buf: &mut PgArgumentBuffer) -> Result<(), BoxDynError> {
        let scale = self.0.scale();
        let mut rest = self.0.mantissa().unsigned_abs();
        let after_point = scale.div_ceil(4);
        // At most 2^96 × 1000, far below 2^128.
        rest *= 10_u128.pow(after_point * 4 - scale);
        let mut groups = Vec::with_capacity(9);
        while rest != 0 {
            groups.push((rest % 10_000) as i16);
            rest /= 10_000;
        }
        let weight = groups.len() as i16 - after_point as i16 - 1;
        groups.reverse();
        while groups.last() == Some(&0) {
            groups.pop();
        }
        let sign: u16 = if self.0.is_sign_negative() && !self.0.is_zero() { 0x4000 } else { 0 };
        buf.extend_from_slice(&(groups.len() as i16).to_be_bytes());
        buf.extend_from_slice(&if groups.is_empty() { 0 } else { weight }.to_be_bytes());
        buf.extend_from_slice(&sign.to_be_bytes());
        buf.extend_from_slice(&(scale as i16).to_be_bytes());
        for group in groups {
            buf.extend_from_slice(&group.to_be_bytes());
        }
        Ok(())
    }

    fn from_pg(bytes: &[u8]) -> Result<Self, BoxDynError> {
        let wide = || BoxDynError::from("a numeric wider than 96 bits or 28 digits after the point");
        let word = |at: usize| -> Result<i16, BoxDynError> {
            let pair = bytes.get(at * 2..at * 2 + 2).ok_or("a numeric that is cut short")?;
            Ok(i16::from_be_bytes(pair.try_into()?))
        };
        let (count, weight, sign, scale) = (word(0)?, i32::from(word(1)?), word(2)?, i32::from(word(3)?));
        if sign != 0 && sign != 0x4000 {
            return Err("a numeric that is not a number".into());
        }
        let mut mantissa: i128 = 0;
        for at in 0..count {
            let group = i128::from(word(4 + usize::try_from(at)?)?);
            mantissa = mantissa.checked_mul(10_000).and_then(|m| m.checked_add(group)).ok_or_else(wide)?;
        }
        // The mantissa now counts units of 10^(4·(weight + 1 - count)); bring it to 10^-scale.
        let shift = 4 * (weight + 1 - i32::from(count)) + scale;
        let power = 10_i128.checked_pow(shift.unsigned_abs()).ok_or_else(wide)?;
        mantissa = if count == 0 {
            0
        } else if shift >= 0 {
            mantissa.checked_mul(power).ok_or_else(wide)?
        } else {
            mantissa / power
        };
        let signed = if sign == 0 { mantissa } else { -mantissa };
        let value = Decimal::try_from_i128_with_scale(signed, u32::try_from(scale)?).map_err(|_| wide())?;
        Ok(Self(value))
    }
}

/// A column read back: an instant.
pub(crate) fn instant(micros: i64) -> Timestamp {
    from_micros(micros)
}

/// A code or name that the database holds though nothing of ours writes it.
#[derive(Debug, thiserror::Error)]
#[error("the database holds {what} {got:?}, which no version of this program writes")]
pub struct ForeignValue {
    /// Which column.
    pub what: &'static str,
    /// What it says.
    pub got: String,
}

/// Reads an enum or name by its serde (snake case) text.
pub(crate) fn named<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, ForeignValue> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| ForeignValue { what, got: text.to_owned() })
}

/// The serde (snake case) text of a plain enum.
pub(crate) fn name_of<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::Db;

    /// Mantissas of every length and every scale, and the ends of both.
    fn decimals() -> Vec<Decimal> {
        let mut runner = TestRunner::deterministic();
        let most = (1_i128 << 96) - 1;
        let any =
            (prop_oneof![-most..=most, -1_000_000..=1_000_000_i128, Just(0), Just(most), Just(-most)], 0..=28_u32);
        let mut all: Vec<Decimal> = (0..2_000)
            .map(|_| {
                let (mantissa, scale) = any.new_tree(&mut runner).expect("a value").current();
                Decimal::try_from_i128_with_scale(mantissa, scale).expect("in range")
            })
            .collect();
        for text in ["0", "0.00", "0.001", "2.50", "-11062.06", "10000", "9999.9999", "0.0001", "100000000"] {
            all.push(text.parse().expect("a decimal"));
        }
        all
    }

    crate::both_engines! {
        async fn a_decimal_keeps_its_value_and_its_scale(db: Db) {
            for decimal in decimals() {
                let (value, text): (Exact, String) = match &db {
                    Db::Sqlite { reader, .. } => {
                        sqlx::query_as("select $1, $1").bind(Exact(decimal)).fetch_one(reader).await
                    }
                    Db::Pg(pool, _) => {
                        sqlx::query_as("select $1, $1::text").bind(Exact(decimal)).fetch_one(pool).await
                    }
                }
                .expect("a row");
                // A zero has no sign in PostgreSQL.
                let expected = if decimal.is_zero() { decimal.abs() } else { decimal };
                assert_eq!(text.trim_start_matches('-'), expected.to_string().trim_start_matches('-'));
                assert_eq!((value.0.to_string(), value.0.scale()), (expected.to_string(), decimal.scale()));
            }
        }

        async fn days_ids_and_documents_read_back(db: Db) {
            let id = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
            for text in ["0001-01-01", "1969-12-31", "1999-12-31", "2000-01-01", "2026-02-29", "9999-12-31"] {
                let Ok(day) = text.parse::<BusinessDay>() else { continue };
                let row: (Day, Id, Json) = match &db {
                    Db::Sqlite { reader, .. } => {
                        sqlx::query_as("select $1, $2, $3").bind(Day::of(day)).bind(Id(id)).bind(Json::of(&["\0 é"])).fetch_one(reader).await
                    }
                    Db::Pg(pool, _) => {
                        sqlx::query_as("select $1, $2, $3").bind(Day::of(day)).bind(Id(id)).bind(Json::of(&["\0 é"])).fetch_one(pool).await
                    }
                }
                .expect("a row");
                assert_eq!((row.0.business(), row.1.0, row.2.value()), (day, id, serde_json::json!(["\u{fffd} é"])));
            }
            let early = BusinessDay(Date::MIN);
            assert_eq!(Day::of(early).0.to_string(), "0001-01-01", "beyond what both engines hold");
        }
    }
}
