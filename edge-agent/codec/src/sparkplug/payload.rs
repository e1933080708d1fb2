//! The payload of every Sparkplug B message (Sparkplug 3.0 §6.4), as far as measurements go.
//!
//! Data sets, templates, property sets and files are passed over: a sensor's value is none of them.

use prost::Message;

/// One metric's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Int8 to Int64, UInt8 to UInt64 and DateTime (ms since 1970).
    Integer(i128),
    /// Float and Double.
    Number(f64),
    /// Boolean.
    Bool(bool),
    /// String, Text and UUID.
    Text(String),
    /// The device says that it does not know.
    Null,
    /// A type that is no measurement.
    Other(u32),
}

/// The types of §6.4.9 that carry values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs, reason = "the standard's own names")]
pub enum DataType {
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    UInt8 = 5,
    UInt16 = 6,
    UInt32 = 7,
    UInt64 = 8,
    Float = 9,
    Double = 10,
    Boolean = 11,
    String = 12,
    DateTime = 13,
    Text = 14,
    Uuid = 15,
}

impl DataType {
    const ALL: [Self; 15] = [
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::UInt8,
        Self::UInt16,
        Self::UInt32,
        Self::UInt64,
        Self::Float,
        Self::Double,
        Self::Boolean,
        Self::String,
        Self::DateTime,
        Self::Text,
        Self::Uuid,
    ];

    /// By its number.
    pub fn of(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|known| *known as u32 == number)
    }
}

/// One metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// Its name; in data messages often left out for the alias.
    pub name: Option<String>,
    /// Its alias.
    pub alias: Option<u64>,
    /// When it was measured, ms since 1970.
    pub at_ms: Option<u64>,
    /// Its type by number; in data messages often left out.
    pub datatype: Option<u32>,
    /// Measured earlier and kept; not the current value.
    pub historical: bool,
    /// The value as it travels; [`Metric::typed`] reads it by its type.
    pub value: Option<Value>,
}

impl Metric {
    /// The value by a type: integers travel unsigned whatever their sign.
    pub fn typed(&self, datatype: Option<u32>) -> Option<Value> {
        let value = self.value.as_ref()?;
        let Value::Integer(raw) = value else { return Some(value.clone()) };
        let raw = *raw as u64;
        Some(match self.datatype.or(datatype).and_then(DataType::of) {
            Some(DataType::Int8) => Value::Integer(i128::from(raw as u32 as i32 as i8)),
            Some(DataType::Int16) => Value::Integer(i128::from(raw as u32 as i32 as i16)),
            Some(DataType::Int32) => Value::Integer(i128::from(raw as u32 as i32)),
            Some(DataType::Int64) => Value::Integer(i128::from(raw as i64)),
            Some(DataType::Boolean) => Value::Bool(raw != 0),
            _ => Value::Integer(i128::from(raw)),
        })
    }
}

/// A message's payload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Payload {
    /// When it was sent, ms since 1970.
    pub at_ms: Option<u64>,
    /// What it says.
    pub metrics: Vec<Metric>,
    /// The message's number, 0 to 255; a death has none.
    pub seq: Option<u64>,
}

/// Why bytes are no payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not this message of Protocol Buffers.
    #[error("not a Sparkplug B payload: {0}")]
    Proto(String),
    /// A number beyond 255.
    #[error("seq {0}, expected 0 to 255")]
    Seq(u64),
    /// A flood.
    #[error("{0} metrics in one message, expected at most 16384")]
    TooMany(usize),
}

/// Metrics one message may have.
const MAX_METRICS: usize = 16_384;

impl Payload {
    /// Reads a payload.
    pub fn decode(bytes: &[u8]) -> Result<Self, PayloadError> {
        let proto = proto::Payload::decode(bytes).map_err(|error| PayloadError::Proto(error.to_string()))?;
        if let Some(seq) = proto.seq.filter(|seq| *seq > 255) {
            return Err(PayloadError::Seq(seq));
        }
        if proto.metrics.len() > MAX_METRICS {
            return Err(PayloadError::TooMany(proto.metrics.len()));
        }
        let metrics = proto.metrics.into_iter().map(Metric::from).collect();
        Ok(Self { at_ms: proto.timestamp, metrics, seq: proto.seq })
    }

    /// Writes it: what an edge node sends, for the rebirth command, simulators and tests.
    pub fn encode(&self) -> Vec<u8> {
        let metrics = self.metrics.iter().map(proto::Metric::from).collect();
        proto::Payload { timestamp: self.at_ms, metrics, seq: self.seq }.encode_to_vec()
    }
}

impl From<proto::Metric> for Metric {
    fn from(metric: proto::Metric) -> Self {
        use proto::metric::Value as Sent;
        let value = match metric.value {
            _ if metric.is_null == Some(true) => Some(Value::Null),
            Some(Sent::Int(raw)) => Some(Value::Integer(i128::from(raw))),
            Some(Sent::Long(raw)) => Some(Value::Integer(i128::from(raw))),
            Some(Sent::Float(raw)) => Some(Value::Number(shortest(raw))),
            Some(Sent::Double(raw)) => Some(Value::Number(raw)),
            Some(Sent::Boolean(raw)) => Some(Value::Bool(raw)),
            Some(Sent::String(raw)) => Some(Value::Text(raw)),
            Some(Sent::Bytes(_)) => Some(Value::Other(17)),
            None => metric.datatype.filter(|kind| DataType::of(*kind).is_none()).map(Value::Other),
        };
        Self {
            name: metric.name,
            alias: metric.alias,
            at_ms: metric.timestamp,
            datatype: metric.datatype,
            historical: metric.is_historical == Some(true),
            value,
        }
    }
}

/// A single-precision number by its shortest decimal writing: 4.1 stays 4.1.
fn shortest(raw: f32) -> f64 {
    raw.to_string().parse().unwrap_or(f64::from(raw))
}

impl From<&Metric> for proto::Metric {
    fn from(metric: &Metric) -> Self {
        use proto::metric::Value as Sent;
        let long = matches!(metric.datatype, Some(4 | 8 | 13));
        let (value, kind) = match &metric.value {
            // Narrow integers travel as 32 bits of two's complement, wide ones as 64.
            Some(Value::Integer(raw)) if long || *raw > i128::from(u32::MAX) => (Some(Sent::Long(*raw as u64)), 4),
            Some(Value::Integer(raw)) => (Some(Sent::Int(*raw as u32)), 3),
            Some(Value::Number(raw)) if metric.datatype == Some(9) => (Some(Sent::Float(*raw as f32)), 9),
            Some(Value::Number(raw)) => (Some(Sent::Double(*raw)), 10),
            Some(Value::Bool(raw)) => (Some(Sent::Boolean(*raw)), 11),
            Some(Value::Text(raw)) => (Some(Sent::String(raw.clone())), 12),
            Some(Value::Null | Value::Other(_)) | None => (None, 10),
        };
        Self {
            name: metric.name.clone(),
            alias: metric.alias,
            timestamp: metric.at_ms,
            datatype: metric.datatype.or(Some(kind)),
            is_historical: metric.historical.then_some(true),
            is_null: (metric.value == Some(Value::Null)).then_some(true),
            value,
        }
    }
}

/// The published messages by their field numbers; fields left out are passed over.
mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Payload {
        #[prost(uint64, optional, tag = "1")]
        pub(super) timestamp: Option<u64>,
        #[prost(message, repeated, tag = "2")]
        pub(super) metrics: Vec<Metric>,
        #[prost(uint64, optional, tag = "3")]
        pub(super) seq: Option<u64>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Metric {
        #[prost(string, optional, tag = "1")]
        pub(super) name: Option<String>,
        #[prost(uint64, optional, tag = "2")]
        pub(super) alias: Option<u64>,
        #[prost(uint64, optional, tag = "3")]
        pub(super) timestamp: Option<u64>,
        #[prost(uint32, optional, tag = "4")]
        pub(super) datatype: Option<u32>,
        #[prost(bool, optional, tag = "5")]
        pub(super) is_historical: Option<bool>,
        #[prost(bool, optional, tag = "7")]
        pub(super) is_null: Option<bool>,
        #[prost(oneof = "metric::Value", tags = "10, 11, 12, 13, 14, 15, 16")]
        pub(super) value: Option<metric::Value>,
    }

    pub(super) mod metric {
        #[derive(Clone, PartialEq, prost::Oneof)]
        pub(in super::super) enum Value {
            #[prost(uint32, tag = "10")]
            Int(u32),
            #[prost(uint64, tag = "11")]
            Long(u64),
            #[prost(float, tag = "12")]
            Float(f32),
            #[prost(double, tag = "13")]
            Double(f64),
            #[prost(bool, tag = "14")]
            Boolean(bool),
            #[prost(string, tag = "15")]
            String(String),
            #[prost(bytes = "vec", tag = "16")]
            Bytes(Vec<u8>),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Field by field as Protocol Buffers has it: timestamp 1, a metric with name, alias, type Int32, −5 and metadata that is passed over, seq 9.
    #[test]
    fn a_payload_is_read_by_its_published_field_numbers() {
        let bytes = b"\x08\x01\x12\x11\x0a\x01\x74\x10\x07\x20\x03\x50\xfb\xff\xff\xff\x0f\x42\x02\x08\x01\x18\x09";
        let payload = Payload::decode(bytes).expect("a payload");
        assert_eq!((payload.at_ms, payload.seq), (Some(1), Some(9)));
        let metric = &payload.metrics[0];
        assert_eq!((metric.name.as_deref(), metric.alias), (Some("t"), Some(7)));
        assert_eq!(metric.typed(None), Some(Value::Integer(-5)));
    }

    #[test]
    fn integers_have_the_sign_of_their_type() {
        let metric = |raw: u32| Metric { value: Some(Value::Integer(raw.into())), ..Metric::default() };
        let cases = [
            (DataType::Int8, 0xFFFF_FFFF, -1),
            (DataType::Int8, 0x80, -128),
            (DataType::Int16, 0xFFFF_FF38, -200),
            (DataType::Int32, 0x8000_0000, -2_147_483_648),
            (DataType::UInt32, 0x8000_0000, 2_147_483_648),
            (DataType::UInt8, 200, 200),
        ];
        for (kind, raw, expected) in cases {
            assert_eq!(metric(raw).typed(Some(kind as u32)), Some(Value::Integer(expected)), "{kind:?}");
        }
        let wide = Metric { value: Some(Value::Integer(i128::from(u64::MAX))), ..Metric::default() };
        assert_eq!(wide.typed(Some(4)), Some(Value::Integer(-1)));
        assert_eq!(wide.typed(Some(8)), Some(Value::Integer(i128::from(u64::MAX))));
        assert_eq!(metric(1).typed(Some(11)), Some(Value::Bool(true)));
    }

    #[test]
    fn what_is_no_payload_is_refused() {
        assert!(matches!(Payload::decode(b"\x12\x05ab"), Err(PayloadError::Proto(_))));
        assert_eq!(Payload::decode(b"\x18\x80\x02"), Err(PayloadError::Seq(256)));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            super::super::decode_any(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back(int in any::<i32>(), wide in any::<i64>(), float in any::<f32>(), double in -1e12..1e12_f64, seq in 0..256_u64) {
            prop_assume!(float.is_finite());
            let metric = |value, kind| Metric { value: Some(value), datatype: Some(kind), alias: Some(1), ..Metric::default() };
            let values = [
                (Value::Integer(int.into()), 3),
                (Value::Integer(wide.into()), 4),
                (Value::Number(shortest(float)), 9),
                (Value::Number(double), 10),
                (Value::Bool(int > 0), 11),
                (Value::Text("a".to_owned()), 12),
                (Value::Null, 10),
            ];
            let metrics: Vec<_> = values.iter().map(|(value, kind)| metric(value.clone(), *kind)).collect();
            let back = Payload::decode(&Payload { at_ms: Some(1), metrics, seq: Some(seq) }.encode()).expect("a payload");
            let read: Vec<_> = back.metrics.iter().map(|metric| metric.typed(None).expect("a value")).collect();
            prop_assert_eq!(read, values.map(|(value, _)| value).to_vec());
            prop_assert_eq!(back.seq, Some(seq));
        }
    }
}
