//! A radio that is recorded, and one that comes and goes.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use vyavs_codec::ble::{Address, Key, bthome_encrypt, hex, snoop_encode};
use vyavs_domain::reading::Quality;
use vyavs_edge_agent::acquire::ble::{self, BleConfig};
use vyavs_edge_agent::health::InputState;
use vyavs_service::lifecycle::Lifecycle;

use crate::heard::{Input, section};

const TAG: &str = "CB:B8:33:4C:88:4F";
const SEALED: &str = "54:48:E6:8F:80:A5";
const KEY: &str = "231d39c1d7cc1ab1aee224cd096db932";

/// An HCI event of one legacy advertisement.
fn event(address: &str, data: &[u8]) -> Vec<u8> {
    let address: Address = address.parse().expect("an address");
    let mut event = vec![0x04, 0x3E, data.len() as u8 + 12, 0x02, 1, 0, 1];
    event.extend(address.reversed());
    event.push(data.len() as u8);
    event.extend(data);
    event.push(0xC4);
    event
}

/// A RuuviTag at a temperature in hundredths of a degree; `sequence` is the measurement's number.
fn ruuvi(hundredths: i16, sequence: u16) -> Vec<u8> {
    let mut data = hex(b"0201061BFF99040512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F").expect("hex");
    data[8..10].copy_from_slice(&(hundredths * 2).to_be_bytes());
    data[23..25].copy_from_slice(&sequence.to_be_bytes());
    event(TAG, &data)
}

fn bthome(service_data: &[u8]) -> Vec<u8> {
    let mut data = vec![0x02, 0x01, 0x06, service_data.len() as u8 + 3, 0x16, 0xD2, 0xFC];
    data.extend(service_data);
    event(SEALED, &data)
}

fn sealed(counter: u32, hundredths: i16) -> Vec<u8> {
    let key = Key::from_hex(KEY).expect("a key");
    let [low, high] = hundredths.to_le_bytes();
    bthome(&bthome_encrypt(&key, SEALED.parse().expect("an address"), counter, &[0x02, low, high]))
}

fn lines(events: &[Vec<u8>]) -> String {
    let line = |event: &Vec<u8>| event.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    "# recorded by the test\n".to_owned() + &events.iter().map(line).collect::<String>()
}

fn config(folder: &Path, source: &str) -> BleConfig {
    std::fs::write(folder.join("freezer.key"), KEY).expect("written");
    section(&format!(
        r#"
        name = "radio"
        {source}
        memory = "{folder}/ble.memory"
        [[device]]
        address = "{TAG}"
        silent_s = 1
        every_s = 0
        sensors = [
            {{ field = "temperature", id = "dairy.t", low = -1.0, high = 5.0 }},
            {{ field = "humidity", id = "dairy.h" }},
        ]
        [[device]]
        address = "{SEALED}"
        key_file = "{folder}/freezer.key"
        silent_s = 2
        every_s = 0
        sensors = [{{ field = "temperature", id = "freezer.t" }}]"#,
        folder = folder.display()
    ))
}

#[tokio::test]
async fn a_recording_becomes_readings_and_silence_becomes_bad_ones() {
    let (life, folder) = (Lifecycle::new(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("record.txt");
    // A stranger, a tag, the same measurement once more, the next one.
    let stranger = event("01:02:03:04:05:06", &[0x02, 0x01, 0x06]);
    std::fs::write(&path, lines(&[stranger, ruuvi(410, 1), ruuvi(410, 1), ruuvi(450, 2)])).expect("written");
    let config = config(folder.path(), &format!("record = \"{}\"\npace_ms = 10", path.display()));
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| ble::run(config, ctx, tx, handle, pulse));
    assert_eq!(input.declared().await, ["dairy.t", "dairy.h", "freezer.t"]);
    let (reading, _) = input.of("dairy.t").await;
    assert_eq!((reading.value, reading.quality), (4.1, Quality::Good));
    let (reading, _) = input.of("dairy.h").await;
    assert_eq!(reading.value, 53.49);
    let (reading, _) = input.of("dairy.t").await;
    assert_eq!(reading.value, 4.5, "the repeated measurement was told once");
    let (reading, why) = input.until("dairy.t", Quality::Bad).await;
    assert!(reading.value == 4.5 && why.contains("battery is empty"), "{why}");
    let (reading, _) = input.until("freezer.t", Quality::Bad).await;
    assert!(reading.value.is_nan(), "it was never heard");
    assert!(input.board.status().inputs[0].last_bytes.contains("043e"), "the page shows what was heard");
    assert!(life.shutdown(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn an_encrypted_device_is_believed_only_forward_even_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.txt");
    let play = |events: &[Vec<u8>]| {
        std::fs::write(&path, lines(events)).expect("written");
        config(folder.path(), &format!("record = \"{}\"\npace_ms = 5", path.display()))
    };
    let life = Lifecycle::new();
    let first = play(&[sealed(7, -1850), sealed(8, -1800)]);
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| ble::run(first, ctx, tx, handle, pulse));
    input.declared().await;
    assert_eq!(input.of("freezer.t").await.0.value, -18.5);
    assert_eq!(input.of("freezer.t").await.0.value, -18.0);
    assert!(life.shutdown(Duration::from_secs(5)).await);

    let life = Lifecycle::new();
    // Warm news from yesterday, and in plain text: neither is believed; what comes next is.
    let plain = bthome(&[0x40, 0x02, 0x10, 0x27]);
    let second = play(&[sealed(7, 900), sealed(8, 900), plain, sealed(9, -1750)]);
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| ble::run(second, ctx, tx, handle, pulse));
    input.declared().await;
    assert_eq!(input.of("freezer.t").await.0.value, -17.5, "the first reading of the second run");
    input.says("plain text from a device").await;
    let memory = std::fs::read_to_string(folder.path().join("ble.memory")).expect("kept");
    assert!(memory.contains(SEALED) && !memory.contains(KEY), "{memory}");
    assert!(life.shutdown(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_radio_that_is_not_there_is_a_cause_and_one_that_comes_is_heard() {
    let (life, folder) = (Lifecycle::new(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("ble.btsnoop");
    let config = config(folder.path(), &format!("btsnoop = \"{}\"", path.display()));
    let mut input = Input::start(&life, |ctx, tx, handle, pulse| ble::run(config, ctx, tx, handle, pulse));
    input.declared().await;
    let (_, why) = input.until("dairy.t", Quality::Bad).await;
    assert!(why.contains("is there a Bluetooth adapter"), "{why}");
    assert!(input.state(InputState::BackingOff).await.contains("No such file"));
    // The radio's process begins to write, in odd pieces.
    let stream = snoop_encode(&[ruuvi(390, 1), ruuvi(395, 2)]);
    let beside = folder.path().join("beside");
    let mut file = std::fs::File::create(&beside).expect("a file");
    file.write_all(&stream[..30]).expect("written");
    std::fs::rename(&beside, &path).expect("renamed");
    tokio::time::sleep(Duration::from_millis(300)).await;
    file.write_all(&stream[30..]).expect("written");
    let (reading, _) = input.until("dairy.t", Quality::Good).await;
    assert_eq!(reading.value, 3.9);
    assert_eq!(input.until("dairy.t", Quality::Good).await.0.value, 3.95);
    // Something that is no such stream takes its place.
    std::fs::write(&beside, "x".repeat(64)).expect("written");
    std::fs::rename(&beside, &path).expect("renamed");
    file.set_len(0).expect("cut");
    input.says("not a btsnoop stream").await;
    assert!(life.shutdown(Duration::from_secs(5)).await);
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |config: BleConfig| config.check().expect_err("refused").to_string();
    assert!(refused(config(folder.path(), "")).contains("btsnoop"));
    assert!(refused(config(folder.path(), "btsnoop = \"a\"\nrecord = \"b\"")).contains("either"));
    let mut twice = config(folder.path(), "btsnoop = \"a\"");
    twice.devices[1].address = twice.devices[0].address;
    assert!(refused(twice).contains("configured twice"));
    let mut odd = config(folder.path(), "btsnoop = \"a\"");
    odd.devices[0].sensors[0].field = "rotation".parse().expect("a field");
    assert!(refused(odd).contains("rotation has no measure"));
}
