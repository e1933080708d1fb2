use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a time")
}

fn read(text: &str) -> Result<Vec<Record>, SenmlError> {
    json(text.as_bytes(), now())
}

/// Name, unit, value and s after `at` of each record.
fn told(records: &[Record], from: f64) -> Vec<(String, String, Value, f64)> {
    let seconds = |at: Timestamp| (at.as_microsecond() as f64 - from * 1e6) / 1e6;
    let tell = |record: &Record| {
        let unit = record.unit.clone().unwrap_or_default();
        (record.name.clone(), unit, record.value.clone().expect("a value"), seconds(record.at))
    };
    records.iter().map(tell).collect()
}

fn line(name: &str, unit: &str, value: impl Into<f64>, at: f64) -> (String, String, Value, f64) {
    (name.to_owned(), unit.to_owned(), Value::Number(value.into()), at)
}

/// RFC 8428 §5.1.1.
#[test]
fn a_single_data_point_is_of_now() {
    let found = read(r#"[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]"#).expect("a pack");
    let from = now().as_second() as f64;
    assert_eq!(told(&found, from), [line("urn:dev:ow:10e2073a01080063", "Cel", 23.1, 0.0)]);
}

/// RFC 8428 §5.1.2.
#[test]
fn several_data_points_share_their_base() {
    let found = read(
        r#"[{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},{"n":"current","u":"A","v":1.2}]"#,
    )
    .expect("a pack");
    let id = "urn:dev:ow:10e2073a01080063";
    let from = now().as_second() as f64;
    let expected = [line(&format!("{id}:voltage"), "V", 120.1, 0.0), line(&format!("{id}:current"), "A", 1.2, 0.0)];
    assert_eq!(told(&found, from), expected);

    let found = read(
        r#"[{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
            {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"current","t":-3,"v":1.4},
            {"n":"current","t":-2,"v":1.5},{"n":"current","t":-1,"v":1.6},{"n":"current","v":1.7}]"#,
    )
    .expect("a pack");
    let current = "urn:dev:ow:10e2073a0108006:current";
    let mut expected = vec![line("urn:dev:ow:10e2073a0108006:voltage", "V", 120.1, 0.0)];
    expected.extend((0..6).map(|i| line(current, "A", f64::from(12 + i) / 10.0, f64::from(i - 5))));
    assert_eq!(told(&found, 1_276_020_076.001), expected);
}

/// RFC 8428 §5.1.3, the moving sensor.
#[test]
fn several_measurements_of_one_device_keep_their_times() {
    let found = read(
        r#"[{"bn":"urn:dev:ow:10e2073a01080063","bt":1.320067464e+09,"bu":"%RH","v":20},{"u":"lon","v":24.30621},
            {"u":"lat","v":60.07965},{"t":60,"v":20.3},{"u":"lon","t":60,"v":24.30622},{"u":"lat","t":60,"v":60.07965},
            {"t":120,"v":20.7},{"u":"lon","t":120,"v":24.30623},{"u":"lat","t":120,"v":60.07966},
            {"u":"%EL","t":150,"v":98},{"t":180,"v":21.2},{"u":"lon","t":180,"v":24.30628},{"u":"lat","t":180,"v":60.07967}]"#,
    )
    .expect("a pack");
    let id = "urn:dev:ow:10e2073a01080063";
    let told = told(&found, 1_320_067_464.0);
    assert_eq!(told.len(), 13);
    assert_eq!(told[0], line(id, "%RH", 20, 0.0));
    assert_eq!(told[9], line(id, "%EL", 98, 150.0));
    assert_eq!(told[12], line(id, "lat", 60.07967, 180.0));
}

/// RFC 8428 §5.1.5 and §5.1.6: kinds of values, and several bases in one pack.
#[test]
fn every_kind_of_value_is_kept_and_a_base_may_change() {
    let found = read(
        r#"[{"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},{"n":"label","vs":"Machine Room"},
            {"n":"open","vb":false},{"n":"nfc-reader","vd":"aGkgCg"},
            {"bn":"2001:db8::2/","bt":1.320078429e+09,"n":"temperature","v":27.2,"u":"Cel"},{"n":"humidity","v":80,"u":"%RH"}]"#,
    )
    .expect("a pack");
    let values: Vec<_> = found.iter().map(|record| record.value.clone().expect("a value")).collect();
    let expected = [
        Value::Number(23.1),
        Value::Text("Machine Room".to_owned()),
        Value::Bool(false),
        Value::Data(b"hi \n".to_vec()),
        Value::Number(27.2),
        Value::Number(80.0),
    ];
    assert_eq!(values, expected);
    assert_eq!(found[5].name, "2001:db8::2/humidity");
    assert_eq!(found[5].at.as_second(), 1_320_078_429);
}

#[test]
fn base_value_and_base_sum_are_added_and_a_base_may_stand_alone() {
    let found = read(r#"[{"bn":"m/","bv":20,"bs":100},{"n":"t","v":1.5,"s":2.5,"ut":30},{"n":"c","vb":true}]"#)
        .expect("a pack");
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].value.clone(), found[0].sum), (Some(Value::Number(21.5)), Some(102.5)));
    assert_eq!((found[0].update_s, found[1].value.clone()), (Some(30.0), Some(Value::Bool(true))));
}

#[test]
fn times_below_two_to_the_28_are_relative_to_now() {
    let at = |t: &str| read(&format!(r#"[{{"n":"a","v":1,"t":{t}}}]"#)).map(|found| found[0].at);
    assert_eq!(at("-0.5"), Ok("2026-03-01T11:59:59.5Z".parse().expect("a time")));
    assert_eq!(at("268435455").map(|at| at.as_second() - now().as_second()), Ok(268_435_455));
    assert_eq!(at("268435456").map(Timestamp::as_second), Ok(268_435_456));
    assert!(matches!(at("1e300"), Err(SenmlError::Time { .. })));
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let cases: [(&str, &str); 13] = [
        ("{", "not JSON"),
        (r#"{"n":"a","v":1}"#, "not a SenML pack"),
        ("[1]", "record 1: it is Number(1), expected an object"),
        (r#"[{"n":"a","v":1},{"n":"b","v":"x"}]"#, "record 2: v is"),
        (r#"[{"n":"a","v":1,"vs":"x"}]"#, "record 1: more than one value"),
        (r#"[{"n":"a"}]"#, "record 1: neither value nor sum"),
        (r#"[{"v":1}]"#, "record 1: name \"\""),
        (r#"[{"n":"-a","v":1}]"#, "record 1: name \"-a\""),
        (r#"[{"n":"a b","v":1}]"#, "record 1: name \"a b\""),
        (r#"[{"n":"a","v":1,"x_":1}]"#, "record 1: x_ has to be understood"),
        (r#"[{"bver":11,"n":"a","v":1}]"#, "record 1: version 11"),
        (r#"[{"bver":5,"n":"a","v":1},{"bver":6,"n":"a","v":1}]"#, "record 2: another version"),
        (r#"[{"n":"a","vd":"a"}]"#, "record 1: vd is"),
    ];
    for (text, why) in cases {
        let error = read(text).expect_err(text).to_string();
        assert!(error.starts_with(why), "{text}: {error}");
    }
    let many = format!("[{}]", vec![r#"{"n":"a","v":1}"#; MAX_RECORDS + 1].join(","));
    assert_eq!(read(&many), Err(SenmlError::TooMany(MAX_RECORDS + 1)));
    assert!(read(r#"[{"n":"a","v":1,"x":[1,{}]}]"#).is_ok(), "what need not be understood is passed over");
}

/// RFC 8428 §6: the pack of §5.1.3's kind in CBOR, by its integer labels.
#[test]
fn cbor_says_the_same_as_json() {
    let bytes = crate::ble::hex(
        b"8587217375726e3a6465763a6f773a31306532303733613031303830303633223a4c0ecd07\
          2261"
            .as_slice(),
    );
    // Cut short: refused as such, never believed half.
    assert!(matches!(cbor(&bytes.unwrap_or_default(), now()), Err(SenmlError::Cbor(_))));
    let records = [("t", "Cel", 4.25), ("h", "%RH", 81.0), ("p", "Pa", -101_325.5)];
    let packed = cbor_encode("shop:", 1_320_067_464, &records);
    let same = read(
        r#"[{"bn":"shop:","bt":1320067464,"n":"t","u":"Cel","v":4.25},{"n":"h","u":"%RH","v":81},{"n":"p","u":"Pa","v":-101325.5}]"#,
    );
    assert_eq!(cbor(&packed, now()), same);
    // {-2: "a:", 0: "x", 4: true}, {0: "y", 8: h'0102', 6: -5}, with integers of every width and an indefinite list.
    let mixed = crate::ble::hex(
        b"9fa32162613a00617804f5a30061790842010206 24ff".split(|b| *b == b' ').collect::<Vec<_>>().concat().as_slice(),
    )
    .expect("hex");
    let found = cbor(&mixed, now()).expect("a pack");
    assert_eq!(found[0].value, Some(Value::Bool(true)));
    assert_eq!((found[1].name.as_str(), found[1].value.clone()), ("a:y", Some(Value::Data(vec![1, 2]))));
    assert_eq!(found[1].at.as_second(), now().as_second() - 5);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        decode_any(&bytes);
    }

    #[test]
    fn no_text_of_a_pack_panics(
        fields in proptest::collection::vec((prop::sample::select(vec!["n", "bn", "v", "bv", "t", "bt", "vd", "s", "bver"]), any::<f64>()), 0..8),
    ) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name:?}:{value:e}")).collect();
        let _ = json(format!("[{{{}}}]", fields.join(",")).as_bytes(), Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn what_is_packed_is_read_back(values in proptest::collection::vec(-1e9..1e9_f64, 1..20), time in 268_435_456_i64..4_000_000_000) {
        let records: Vec<_> = values.iter().map(|value| ("v", "Cel", *value)).collect();
        let found = cbor(&cbor_encode("a/", time, &records), Timestamp::UNIX_EPOCH).expect("a pack");
        let back: Vec<_> = found.iter().map(|record| record.value.clone()).collect();
        prop_assert_eq!(back, values.iter().map(|value| Some(Value::Number(*value))).collect::<Vec<_>>());
    }
}
