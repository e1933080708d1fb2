//! SenML (RFC 8428): packs of measurements in JSON and CBOR, resolved; and plain JSON read by configured pointers.
//!
//! A pack is resolved record by record: base name before name, base time plus time, base value plus value. A time below
//! 2^28 is seconds relative to now (§4.5.3), so `now` is an argument. What a pack says wrongly spoils the pack, as the
//! standard has it for names and versions; nothing here is believed half.

mod cbor;
mod pack;
mod plain;

use jiff::Timestamp;
use serde_json::Value as Json;

pub use cbor::{CborError, encode as cbor_encode};
pub use plain::{Pointed, PointerError, pointed};

/// Records one pack may have: a gateway's batch, not a flood.
pub const MAX_RECORDS: usize = 4096;

/// A resolved record's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `v`.
    Number(f64),
    /// `vs`.
    Text(String),
    /// `vb`.
    Bool(bool),
    /// `vd`.
    Data(Vec<u8>),
}

/// A resolved record (§4.6): it stands on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The whole name.
    pub name: String,
    /// The unit, as the pack says it.
    pub unit: Option<String>,
    /// What was measured; none where there is only a sum.
    pub value: Option<Value>,
    /// Integral over time.
    pub sum: Option<f64>,
    /// When.
    pub at: Timestamp,
    /// The longest time until the next one, s.
    pub update_s: Option<f64>,
}

/// Why a pack is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SenmlError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// Not CBOR.
    #[error("not CBOR: {0}")]
    Cbor(#[from] CborError),
    /// Not a list of records.
    #[error("not a SenML pack: expected a list of records")]
    NotAPack,
    /// More than [`MAX_RECORDS`].
    #[error("{0} records in one pack, expected at most {MAX_RECORDS}")]
    TooMany(usize),
    /// A field of another type than the standard's.
    #[error("record {record}: {field} is {found}, expected {expected}")]
    Field {
        /// Which record, from 1.
        record: usize,
        /// Which field.
        field: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// A field that must be understood and is not (§4.4: labels that end in `_`).
    #[error("record {record}: {field} has to be understood, and is not known here")]
    MustUnderstand {
        /// Which record.
        record: usize,
        /// Which field.
        field: String,
    },
    /// A version that is not known.
    #[error("record {record}: version {found}, expected at most 10")]
    Version {
        /// Which record.
        record: usize,
        /// Its `bver`.
        found: i64,
    },
    /// Two versions in one pack.
    #[error("record {record}: another version than the records before it")]
    MixedVersions {
        /// Which record.
        record: usize,
    },
    /// No name, or one that must not be (§4.5.1).
    #[error("record {record}: name {name:?}, expected letters, digits and -:./_ beginning with a letter or digit")]
    Name {
        /// Which record.
        record: usize,
        /// The name.
        name: String,
    },
    /// Two values in one record.
    #[error("record {record}: more than one value")]
    TwoValues {
        /// Which record.
        record: usize,
    },
    /// Neither value nor sum, and no base field that would excuse it.
    #[error("record {record}: neither value nor sum")]
    NoValue {
        /// Which record.
        record: usize,
    },
    /// A time beyond the calendar.
    #[error("record {record}: time {seconds} is beyond the calendar")]
    Time {
        /// Which record.
        record: usize,
        /// Seconds.
        seconds: f64,
    },
}

/// Reads and resolves a pack in JSON (`application/senml+json`).
pub fn json(bytes: &[u8], now: Timestamp) -> Result<Vec<Record>, SenmlError> {
    let parsed: Json = serde_json::from_slice(bytes).map_err(|error| SenmlError::Json(error.to_string()))?;
    let Json::Array(records) = parsed else { return Err(SenmlError::NotAPack) };
    if records.len() > MAX_RECORDS {
        return Err(SenmlError::TooMany(records.len()));
    }
    let read = |(index, record)| pack::from_json(record, index + 1);
    pack::resolve(records.into_iter().enumerate().map(read), now)
}

/// Reads and resolves a pack in CBOR (`application/senml+cbor`).
pub fn cbor(bytes: &[u8], now: Timestamp) -> Result<Vec<Record>, SenmlError> {
    let cbor::Item::Array(records) = cbor::decode(bytes)? else { return Err(SenmlError::NotAPack) };
    if records.len() > MAX_RECORDS {
        return Err(SenmlError::TooMany(records.len()));
    }
    let read = |(index, record)| pack::from_cbor(record, index + 1);
    pack::resolve(records.into_iter().enumerate().map(read), now)
}

/// Everything at once, for a fuzzer.
pub fn decode_any(bytes: &[u8]) -> usize {
    let now = Timestamp::UNIX_EPOCH;
    let count = |found: Result<Vec<Record>, SenmlError>| found.map_or(0, |records| records.len());
    count(json(bytes, now)) + count(cbor(bytes, now)) + usize::from(pointed(bytes, &["/a/0/b"]).is_ok())
}

#[cfg(test)]
mod tests;
