//! Advertisements of other people's devices: their values exactly, or the reason why there are none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use vyavs_codec::ble::{
    Address, Advertisement, Decoded, Device, Field, Key, Quantity, Refusal, bthome_encrypt, decode, hex,
};

/// Keys of the recorded devices, as the tests of the recording project give them (case, key).
const KEYS: &[(&str, &str)] = &[
    ("test_bthome_v2_temperature_and_humidity_encrypted", "231d39c1d7cc1ab1aee224cd096db932"),
    ("test_Linptech_M1SBB", "0fdcc30fe9289254876b5ef7c11ef1f0"),
    ("test_MJZNZ018H_battery", "13f072b8c8469f54ac2c333ee746d771"),
    ("test_MJZNZ018H_double_click", "13f072b8c8469f54ac2c333ee746d771"),
    ("test_XMWXKG01LM_long_click", "c533a5ab361b0a24de4d21d1d9a3d8a1"),
    ("test_Xiaomi_CGDK2", "a3bfe9853dd85a620debe3620caaa351"),
    ("test_Xiaomi_JTYJGD03MI_press", "5b51a7c91cde6707c9ef18dfda143a58"),
    ("test_Xiaomi_LYWSD02MMC", "a115210eed7a88e50ad52662e732a9fb"),
    ("test_Xiaomi_LYWSD03MMC_encrypted", "e9ea895fac7cca6d30532432a516f3a8"),
    ("test_Xiaomi_PTX", "a74510b40386d35ae6227a7451efc76e"),
    ("test_Xiaomi_RTCGQ02LM", "FFD8CE9C08AE7533A79BDAF0BB755E96"),
    ("test_Xiaomi_SV40_door", "54d84797cb77f9538b224b305c877d1e"),
    ("test_Xiaomi_T700", "1330b99cded13258acc391627e9771f7"),
    ("test_Xiaomi_XMPIRO2SXS", "685d647dc5e7bc9bcfcf5a1357bd2114"),
    ("test_Xiaomi_XMZNMS08LM_door", "2c3795afa33019a8afdc17ba99e6f217"),
    ("test_linptech_ES3_illuminance", "b26295a7a08fbac306c8706ade7f0fe4"),
    ("test_linptech_HS1BB_battery", "7475a4a77584401780ffc3ee62dd353c"),
    ("test_linptech_HS1BB_no_motion", "7475a4a77584401780ffc3ee62dd353c"),
];

/// What is refused, and the beginning of the reason. Everything else has to decode.
const REFUSED: &[(&str, &str)] = &[
    ("test_altbeacon_tracker", "AltBeacon: an identity"),
    ("test_ibeacon_tracker", "iBeacon: an identity"),
    ("test_miband_heartrate", "a fitness band"),
    ("test_miscale_v1_ext", "a scale for people"),
    ("test_miscale_v2", "a scale for people"),
    ("test_xiaogui_maxxmee_qjj_non_stab", "a scale for people"),
    ("test_xiaogui_tzc4_non_stab", "a scale for people"),
    ("test_oral_b_smartseries_7000", "a toothbrush"),
    ("test_Xiaomi_M1S_T500", "a toothbrush"),
    ("test_Xiaomi_T700", "a toothbrush"),
    ("test_Xiaomi_MMC_T201_1", "a thermometer for people"),
    ("test_cloth_dryer", "a tumble dryer"),
    ("test_grundfos_MI401", "a heating pump"),
    ("test_garnet_black_tank", "the tank of a caravan"),
    ("test_kegtron_kt200", "a keg's meter"),
    ("test_parse_michelin_tms", "a tyre"),
    ("test_sonoff_s_mate", "no sensor format"),
    // Recorded with a wrong key on purpose: upstream expects no data as well.
    ("test_Xiaomi_RTCGQ02LM", "MiBeacon: does not open"),
    ("test_Xiaomi_YLKG07YL_press", "MiBeacon: the legacy encryption carries no tag"),
];

/// What upstream says and we do not, and why: (case or `*`, reading, why).
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("*", "firmware", "names, no readings"),
    ("*", "type", "names, no readings"),
    ("*", "manufacturer", "names, no readings"),
    ("*", "mac", "the address is compared on its own"),
    ("*", "rssi", "the signal is compared on its own"),
    ("*", "packet", "upstream's own numbering"),
    ("*", "data", "upstream's own flag"),
    ("*", "motion timer", "upstream's own state"),
    ("*", "one btn switch", "which switch upstream toggles, not what was pressed"),
    ("*", "door action", "the door's state is compared"),
    ("*", "method", "who unlocked and how is nobody's business here"),
    ("*", "action", "who unlocked and how is nobody's business here"),
    ("*", "key id", "who unlocked and how is nobody's business here"),
    ("*", "remote", "which key of a remote control"),
    ("*", "remote single press", "which key of a remote control"),
    ("*", "air quality", "words for the index"),
    ("*", "sensor id", "is the field's number here: temperature.2"),
    ("test_ruuvitag_v3", "battery", "guessed by upstream from the voltage"),
    ("test_ruuvitag_v3", "acceleration", "calculated by upstream from the axes"),
    ("test_ruuvitag_v5", "battery", "guessed by upstream from the voltage"),
    ("test_ruuvitag_v5", "acceleration", "calculated by upstream from the axes"),
    ("test_ruuvitag_v5", "motion", "upstream's own state: whether the counter changed"),
    ("test_kkm_k6_neg_temp", "battery", "guessed by upstream from the voltage"),
    ("test_kkm_k6_neg_temp", "acceleration", "calculated by upstream from the axes"),
    ("test_Moat_S2", "battery", "guessed by upstream from the voltage"),
    ("test_thermobeacon_smart_hygrometer", "battery", "guessed by upstream from the voltage"),
    ("test_inode_care_sensor_ht", "voltage", "guessed by upstream from the battery"),
    ("test_blustream_taylorsense", "acceleration", "in a unit that nobody documents"),
    ("test_mikrotik_tg_bt5_out", "acceleration", "calculated by upstream from the axes"),
    ("test_mikrotik_tg_bt5_out", "acceleration x", "upstream reads the signed 8.8 number as unsigned"),
    ("test_mikrotik_tg_bt5_out", "acceleration y", "upstream reads the signed 8.8 number as unsigned"),
    ("test_mikrotik_tg_bt5_out", "acceleration z", "upstream reads the signed 8.8 number as unsigned"),
    ("test_mikrotik_tg_bt5_out", "impact x", "one state for all three axes"),
    ("test_mikrotik_tg_bt5_out", "impact y", "one state for all three axes"),
    ("test_mikrotik_tg_bt5_out", "impact z", "one state for all three axes"),
    ("test_mikrotik_tg_bt5_out", "uptime", "no measurement"),
    ("test_mikrotik_tg_bt5_out", "version", "no measurement"),
    ("test_Govee_H5055", "temperature probe 3", "0.0 stands for a probe that is not plugged in"),
    ("test_inkbird_iBBQ_6_probes", "temperature probe 2", "0 stands for a probe that is not plugged in"),
    ("test_inkbird_iBBQ_6_probes", "temperature probe 3", "0 stands for a probe that is not plugged in"),
    ("test_inkbird_iBBQ_6_probes", "temperature probe 4", "0 stands for a probe that is not plugged in"),
    ("test_inkbird_iBBQ_6_probes", "temperature probe 5", "0 stands for a probe that is not plugged in"),
    ("test_inkbird_iBBQ_6_probes", "temperature probe 6", "0 stands for a probe that is not plugged in"),
];

/// Upstream's name of a reading as our field, and what its number is multiplied by.
fn ours(name: &str) -> Option<(Field, f64)> {
    const MILLI_G: f64 = 0.009_806_65;
    let (quantity, factor) = match name {
        "pressure" => (Quantity::Pressure, 100.0),
        "acceleration x" => (Quantity::AccelerationX, MILLI_G),
        "acceleration y" => (Quantity::AccelerationY, MILLI_G),
        "acceleration z" => (Quantity::AccelerationZ, MILLI_G),
        "distance mm" => (Quantity::Distance, 0.001),
        "temperature calibrated" => return Some((Field { quantity: Quantity::Temperature, nth: 2 }, 1.0)),
        "tx power" => (Quantity::TxPower, 1.0),
        "dewpoint" => (Quantity::DewPoint, 1.0),
        "uv index" => (Quantity::UvIndex, 1.0),
        "gas detected" => (Quantity::GasDetected, 1.0),
        "battery low" => (Quantity::BatteryLow, 1.0),
        "opening percentage" => (Quantity::OpenShare, 1.0),
        "magnetic field detected" => (Quantity::Magnet, 1.0),
        "movement counter" => (Quantity::Movements, 1.0),
        "dropping" => (Quantity::Falling, 1.0),
        "no motion time" => (Quantity::IdleTime, 1.0),
        "button" | "button switch" => (Quantity::Button, 1.0),
        _ => {
            if let Some(nth) = name.strip_prefix("temperature probe ") {
                return Some((Field { quantity: Quantity::Probe, nth: nth.parse().ok()? }, 1.0));
            }
            (Quantity::try_from(name.to_owned()).ok()?, 1.0)
        }
    };
    Some((Field::first(quantity), factor))
}

/// Upstream's number; presses are words there.
fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("single press" | "toggle" | "press") => Some(1.0),
        Some("double press") => Some(2.0),
        Some("long press") => Some(4.0),
        _ => value.as_f64(),
    }
}

/// The differences between what was decoded and what upstream expects; how many readings agree.
fn differences(case: &str, expected: &serde_json::Map<String, Value>, decoded: &Decoded) -> (usize, Vec<String>) {
    let (mut agree, mut wrong) = (0, Vec::new());
    for (name, value) in expected {
        // A set limit of a meat probe is a setting.
        let setting = name.contains("alarm probe");
        if setting || LEFT_OUT.iter().any(|(of, left, _)| (*of == "*" || *of == case) && left == name) {
            continue;
        }
        let Some((field, factor)) = ours(name) else {
            wrong.push(format!("{name} has no field here"));
            continue;
        };
        // The sensor outdoors is the second one of its device.
        let field = if case == "test_Govee_H5178_sensor_1" && field.quantity != Quantity::Battery {
            Field { nth: 2, ..field }
        } else {
            field
        };
        // HolyIOT's pressure is in Pa upstream, too.
        let factor = if case == "test_holyiot_pressure" { 1.0 } else { factor };
        // Upstream rounds what the tag sends in steps of 0.0025 %.
        let within = if case == "test_ruuvitag_v5" && name == "humidity" { 0.005 } else { 1e-6 };
        match (number(value), decoded.value(field)) {
            (Some(theirs), Some(own)) if (theirs * factor - own).abs() < within => agree += 1,
            (theirs, own) => wrong.push(format!("{name}: expected {theirs:?} x {factor}, got {own:?}")),
        }
    }
    (agree, wrong)
}

fn data() -> PathBuf {
    std::env::var_os("VYAVS_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into(), PathBuf::from)
}

#[test]
fn every_recorded_advertisement_decodes_exactly_or_is_refused_with_its_reason() {
    let path = data().join("device_bytes/ble/advertisements.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: no {}", path.display());
        return;
    };
    let rows: Vec<Value> = serde_json::from_str(&text).expect("a list of cases");
    let mut table: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let (mut readings, mut wrong) = (0, Vec::new());
    for row in &rows {
        let case = row["case"].as_str().expect("a name");
        let bytes = hex(row["hci_event_hex"].as_str().expect("digits").as_bytes()).expect("hex");
        let key = KEYS.iter().find(|(of, _)| *of == case).map(|(_, key)| Key::from_hex(key).expect("32 digits"));
        let mut device = Device { key, ..Device::default() };
        let heard = Advertisement::from_hci(&bytes).expect("an advertising report");
        let [advert] = heard.as_slice() else { panic!("{case}: {} reports", heard.len()) };
        let expected = row["expected"].as_object().expect("readings");
        let refusal = REFUSED.iter().find(|(of, _)| *of == case);
        // Upstream makes up addresses for a switch and for the second sensor of a device.
        let made_up = matches!(case, "test_sonoff_s_mate" | "test_Govee_H5178_sensor_1");
        if let Some(mac) = expected.get("mac").and_then(Value::as_str).filter(|_| !made_up) {
            assert_eq!(advert.address, mac.parse().expect("an address"), "{case}");
        }
        if let Some(rssi) = expected.get("rssi").and_then(Value::as_i64) {
            assert_eq!(advert.rssi.map(i64::from), Some(rssi), "{case}");
        }
        let line = table.entry(row["device"].as_str().expect("a device").to_owned()).or_default();
        line[2] += 1;
        match (decode(advert, &mut device), refusal) {
            (Ok(decoded), None) => {
                let (agree, differ) = differences(case, expected, &decoded);
                readings += agree;
                line[0] += usize::from(differ.is_empty());
                wrong.extend(differ.into_iter().map(|what| format!("{case}: {what} in {decoded:?}")));
            }
            (Err(refused), Some((_, why))) if refused.to_string().starts_with(why) => line[1] += 1,
            (got, _) => wrong.push(format!("{case}: {got:?}, expected {refusal:?}")),
        }
    }
    let total = table.values().fold([0; 3], |sum, line| std::array::from_fn(|i| sum[i] + line[i]));
    println!("{:<22} decoded refused total", "device");
    for (device, [decoded, refused, all]) in table.iter().map(|(d, l)| (d.as_str(), l)).chain([("all", &total)]) {
        println!("{device:<22} {decoded:>7} {refused:>7} {all:>5}");
    }
    println!("{readings} readings agree");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((total[0] + total[1], total[1]), (rows.len(), REFUSED.len()));
}

fn advert(address: Address, service_data: Vec<u8>) -> Advertisement {
    let mut advert = Advertisement::empty(address, Some(-60));
    advert.service_data.push((0xFCD2, service_data));
    advert
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown => "unknown",
        Refusal::NotForShops(_) => "not-for-shops",
        Refusal::Malformed { .. } => "malformed",
        Refusal::Empty(_) => "empty",
        Refusal::NoKey(_) => "no-key",
        Refusal::WrongKey(_) => "wrong-key",
        Refusal::Downgrade(_) => "downgrade",
        Refusal::Replay { .. } => "replay",
        Refusal::Repeated => "repeated",
    }
}

/// What a line expects against what was decoded.
fn told(expected: &str, got: Result<Decoded, Refusal>) -> Result<(), String> {
    let decoded = match (expected.strip_prefix("refused="), got) {
        (Some(why), Err(refusal)) if reason(refusal) == why => return Ok(()),
        (None, Ok(decoded)) => decoded,
        (_, got) => return Err(format!("{got:?}")),
    };
    let mut values = 0;
    for part in expected.split_whitespace().filter(|part| *part != "any") {
        let (name, value) = part.split_once('=').ok_or_else(|| part.to_owned())?;
        let same = match name {
            "packet" => decoded.packet == value.parse().ok(),
            "text" => decoded.text.as_deref() == Some(value.replace('_', " ").as_str()),
            "raw" => decoded.raw == hex(value.as_bytes()),
            _ => {
                values += 1;
                let field = name.parse().map_err(|error| format!("{error}"))?;
                let value: f64 = value.parse().map_err(|error| format!("{error}"))?;
                decoded.value(field).is_some_and(|own| (own - value).abs() < 1e-9)
            }
        };
        if !same {
            return Err(format!("{part} in {decoded:?}"));
        }
    }
    if expected != "any" && values != decoded.values.len() {
        return Err(format!("more than that: {decoded:?}"));
    }
    Ok(())
}

#[test]
fn every_case_of_bthome_is_told_as_upstream_tells_it() {
    let text = include_str!("../golden/bthome_v2.txt");
    let (mut devices, mut wrong): (BTreeMap<&str, Device>, Vec<String>) = (BTreeMap::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.splitn(5, ' ').collect();
        let [name, address, key, data, expected] = parts[..] else { panic!("{line}") };
        let key = match (key, Key::from_hex(key)) {
            ("-", _) => None,
            (_, None) => {
                assert_eq!(expected, "refused=key-length", "{name}");
                devices.entry(name).or_default();
                continue;
            }
            (_, key) => key,
        };
        // Upstream believes a counter that begins anew; here that has to be configured.
        let restart_below = if name == "reset_encryption_counter" { 100 } else { 0 };
        let device = devices.entry(name).or_insert_with(|| Device { key, restart_below, ..Device::default() });
        let advert = advert(address.parse().expect("an address"), hex(data.as_bytes()).expect("hex"));
        if let Err(what) = told(expected, decode(&advert, device)) {
            wrong.push(format!("{name}: expected {expected}, got {what}"));
        }
    }
    println!("{} cases, {} differ", devices.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The 104th only creates a parser.
    assert_eq!(devices.len(), 103);
}

#[test]
fn the_vector_of_the_bthome_page_is_encrypted_and_opened_byte_for_byte() {
    let key = Key::from_hex("231d39c1d7cc1ab1aee224cd096db932").expect("32 digits");
    let address: Address = "54:48:E6:8F:80:A5".parse().expect("an address");
    let counter = u32::from_le_bytes([0x00, 0x11, 0x22, 0x33]);
    let sealed = bthome_encrypt(&key, address, counter, &hex(b"02CA0903BF13").expect("hex"));
    assert_eq!(sealed, hex(b"41A47266C95F730011223378237214").expect("hex"));

    let mut device = Device { key: Some(key.clone()), ..Device::default() };
    let decoded = decode(&advert(address, sealed.clone()), &mut device).expect("it opens");
    assert_eq!(decoded.value(Field::first(Quantity::Temperature)), Some(25.06));
    assert_eq!(decoded.value(Field::first(Quantity::Humidity)), Some(50.55));

    // What is remembered outlives a restart: neither the old one nor plain text is believed by the next run.
    let memory = serde_json::to_string(&device.memory).expect("JSON");
    let mut next =
        Device { key: Some(key.clone()), memory: serde_json::from_str(&memory).expect("JSON"), ..Device::default() };
    assert_eq!(decode(&advert(address, sealed.clone()), &mut next), Err(Refusal::Repeated));
    let older = bthome_encrypt(&key, address, counter - 1, &[0x02, 0xCA, 0x09]);
    let replayed = Refusal::Replay { got: counter - 1, had: counter };
    assert_eq!(decode(&advert(address, older), &mut next), Err(replayed));
    let plain = advert(address, hex(b"4002CA0903BF13").expect("hex"));
    assert_eq!(decode(&plain, &mut next), Err(Refusal::Downgrade("BTHome 2")));
    next.key = None;
    assert_eq!(decode(&plain, &mut next), Err(Refusal::Downgrade("BTHome 2")), "a lost key file opens no back door");
    // One bit anywhere: not opened, and nothing is remembered of it.
    next.key = Some(key);
    for at in 1..sealed.len() {
        let mut forged = sealed.clone();
        forged[at] ^= 0x10;
        assert_eq!(decode(&advert(address, forged), &mut next), Err(Refusal::WrongKey("BTHome 2")), "byte {at}");
    }
    assert_eq!(next.memory.counter, Some(counter));
}
