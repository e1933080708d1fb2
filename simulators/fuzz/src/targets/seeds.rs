//! Inputs that the decoders understand, from which mutations reach the corners. Where the public captures are at hand
//! (`VYAVS_DATA`, or `shared/data` beside the project) they are seeds too, read in place.

use std::path::{Path, PathBuf};

use vyavs_codec::{ble, modbus, onewire, senml, sparkplug};
use vyavs_delivery::frame::{Encoder, Header};
use vyavs_wire::record::{ReadingV1, Record, Stream};

/// Seeds longer than this only slow the mutations down.
const LONGEST: usize = 8 * 1024;

/// The layout that `csv` is read by.
pub(super) const CSV_MAPPING: &str = r#"
delimiter = ";"
encoding = "cp1252"
header = true
time_format = "%d.%m.%Y %H:%M:%S"
numbers = { decimal_mark = ",", thousands = "." }
rows = { P = "item", S = "voided", Z = "tender", E = "end", K = "no_sale", T = "ignore" }
tenders = { BAR = "cash", EC = "card" }
[columns]
row = "Art"
receipt = "Bon"
date = "Datum"
clock = "Uhr"
sku = "Artikel"
name = "Bezeichnung"
quantity = "Menge"
price = "Preis"
amount = "Betrag"
total = "Summe"
tender = "Zahlart"
paid = "Gezahlt"
"#;

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The captures of a folder, cut to [`LONGEST`]; none where they are not at hand.
fn captures(folder: &str) -> Vec<Vec<u8>> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let root = std::env::var_os("VYAVS_DATA").map_or_else(beside, PathBuf::from);
    files(&root.join("device_bytes").join(folder))
        .into_iter()
        .flat_map(|bytes| bytes.chunks(LONGEST).take(4).map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect()
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    crate::corpus::folder(folder).unwrap_or_default()
}

/// Frozen bytes of a wire, kept as hexadecimal text.
fn golden(folder: &str, prefix: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)));
    paths.sort();
    paths
        .iter()
        .filter_map(|path| {
            ble::hex(std::fs::read(path).ok()?.split(u8::is_ascii_whitespace).collect::<Vec<_>>().concat().as_slice())
        })
        .collect()
}

const RECEIPT: &str = "\x1b@\x1bt\x13Fountain Road\nReceipt: 536365\nTill: till-1  Op: 7\nDate: 2010-12-01 08:26:00\n\
------------------------------------------\nWHITE HANGING HEART T-LIGHT HOLDER\n  85123A  6 x 2.55                   15.30\n\
COFFEE BEANS\n  40021  0.254 x 18.90                4.30\n------------------------------------------\nSubtotal      19.60\n\
TOTAL GBP     19.60\nCard          19.60\n\x1dVB\x00\x1bp\x00\x19\x7A";

pub(super) fn escpos() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        RECEIPT.chars().map(|letter| letter as u8).collect(),
        b"\x1b@\x1dv0\x00\x02\x00\x03\x00abcdef\x1d(k\x04\x001A2\x00\x1dk\x49\x05ABCDE\x1dV\x00".to_vec(),
        b"\x1b*\x21\x03\x00123456789\x10\x14\x01\x00\x01\x1d8L\x04\x00\x00\x000p00\x1b&\x03  \x01abc\x1bD\x08\x10\x00\t".to_vec(),
    ];
    seeds.extend(captures("escpos"));
    seeds
}

pub(super) fn receipts() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = vec![RECEIPT.chars().map(|letter| letter as u8).collect()];
    seeds.extend(texts(&[
        "\x1b@REWE Markt\nBon-Nr. 4711\nDatum 17.05.2024 09:15 Uhr\nBanane 1,99 A\n2 Stk x 0,50\nSUMME EUR 2,99\nBAR EUR 5,00\n\x1dV\x00",
        "\x1b@CARREFOUR\nTicket 12 le 17/05/2024 09:15\nPAIN 1,20\nTOTAL 1,20 EUR\nCB 1,20\n\x1dV\x00",
    ]));
    seeds
}

pub(super) fn cards() -> Vec<Vec<u8>> {
    texts(&[
        "CARD 4111 1111 1111 1111 OK",
        "%B4111111111111111^DOE/JOHN^25121010000000000000?",
        ";6759649826438453=25121010000012345678?",
        "cvv2: 123 EAN 4006381333931 \u{661}\u{662}\u{663}\u{664} 3742-454554-00126",
        "2010-12-01 08:26:00 receipt 536365",
    ])
}

pub(super) fn poslog() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        r#"<?xml version="1.0"?><POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/"><Transaction CancelFlag="false"><RetailStoreID>42</RetailStoreID><WorkstationID>3</WorkstationID><SequenceNumber>77</SequenceNumber><BusinessDayDate>2024-05-17</BusinessDayDate><BeginDateTime>2024-05-17T09:15:00</BeginDateTime><EndDateTime>2024-05-17T09:16:00</EndDateTime><OperatorID>7</OperatorID><CurrencyCode>GBP</CurrencyCode><RetailTransaction><LineItem><SequenceNumber>1</SequenceNumber><Sale ItemType="Stock"><ItemID>123</ItemID><Description>A &amp; B</Description><RegularSalesUnitPrice>2.00</RegularSalesUnitPrice><ExtendedAmount>2.00</ExtendedAmount><Quantity>1</Quantity></Sale></LineItem><LineItem VoidFlag="true"><Sale><ItemID>9</ItemID><ExtendedAmount>1.00</ExtendedAmount></Sale></LineItem><LineItem><Tender TenderType="Cash"><Amount>2.00</Amount></Tender></LineItem><Total TotalType="TransactionGrandAmount">2.00</Total></RetailTransaction></Transaction><Transaction><RetailStoreID>42</RetailStoreID><WorkstationID>3</WorkstationID><SequenceNumber>78</SequenceNumber><ControlTransaction><NoSale/></ControlTransaction></Transaction></POSLog>"#,
    ]);
    seeds.extend(captures("poslog"));
    seeds
}

pub(super) fn csv() -> Vec<Vec<u8>> {
    texts(&["Art;Bon;Datum;Uhr;Artikel;Bezeichnung;Menge;Preis;Betrag;Summe;Zahlart;Gezahlt\r\n\
P;100;17.05.2024;09:15:01;4711;Brot;0,250;19,90;4,98;;;\r\nP;100;17.05.2024;09:15:02;4712;\"Wein; rot\";2;1.005,50;2.011,00;;;\r\n\
S;100;17.05.2024;09:15:03;4713;Brot;1;3,20;3,20;;;\r\nZ;100;17.05.2024;09:15:09;;;;;;;EC;2.015,98\r\n\
E;100;17.05.2024;09:15:10;;;;;;2.015,98;;\r\nK;101;17.05.2024;09:20:00;;;;;;;;\r\n"])
}

pub(super) fn dsfinvk() -> Vec<Vec<u8>> {
    texts(&["@index.xml\n<DataSet><Media><Table><URL>transactions.csv</URL></Table></Media></DataSet>\n\
@cashpointclosing.csv\nZ_KASSE_ID;Z_ERSTELLUNG;Z_NR;Z_BUCHUNGSTAG;Z_START_ID;Z_ENDE_ID;Z_SE_ZAHLUNGEN;Z_SE_BARZAHLUNGEN\n\
1;2024-05-17T22:00:00+02:00;1;2024-05-17;1;1;2,00;2,00\n\
@transactions.csv\nZ_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;BON_NR;BON_TYP;BON_NAME;TERMINAL_ID;BON_STORNO;BON_START;BON_ENDE;BEDIENER_ID;UMS_BRUTTO\n\
1;2024-05-17T22:00:00+02:00;1;a;1;Beleg;;1;0;2024-05-17T09:15:00+02:00;2024-05-17T09:16:00+02:00;7;2,00\n\
@lines.csv\nZ_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;POS_ZEILE;ARTIKELTEXT;ART_NR;MENGE;STK_BR\n\
1;2024-05-17T22:00:00+02:00;1;a;1;Brot;4711;1,000;2,00\n\
@datapayment.csv\nZ_KASSE_ID;Z_ERSTELLUNG;Z_NR;BON_ID;ZAHLART_TYP;ZAHLART_NAME;BASISWAEH_BETRAG\n\
1;2024-05-17T22:00:00+02:00;1;a;Bar;Bar;2,00\n"])
}

pub(super) fn scale() -> Vec<Vec<u8>> {
    let frames: [&[u8]; 8] = [
        b"\x0201.250\r",
        b"\x02?A\r",
        b"\n01.250LB\r\n00\r\x03",
        b"\nS00\r\x03",
        b"\x0202\x1b3\x1b01250\x1b000199\x1b000249\x03",
        b"\x0209\x1b20\x03",
        b"\x06\x01\x02S+ 1.250kg\x15\x03\x04",
        b"\x05\x06\x11\x04\x02\x05",
    ];
    // The first byte says which protocol it is read by.
    (0..8).flat_map(|protocol| frames.iter().map(move |frame| [&[protocol], *frame].concat())).collect()
}

pub(super) fn gs1() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        "^01123456789012311012345",
        "(01)12345678901231(10)12345(17)261231(3103)001500",
        "]C10112345678901231\u{1d}10ABC",
        "]d2011234567890123121SER\u{1d}17260100",
        "https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426",
        "2112345015002",
    ]);
    seeds.extend(captures("gs1").into_iter().take(4));
    seeds
}

pub(super) fn modbus() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        modbus::rtu::encode(1, &[3, 0, 0, 0, 10]),
        modbus::rtu::encode(1, &[3, 2, 0xFF, 0x47]),
        modbus::rtu::encode(17, &[0x83, 2]),
        modbus::tcp::encode(7, 1, &[4, 4, 0, 1, 0, 2]),
        modbus::tcp::encode(7, 1, &[16, 0, 1, 0, 2, 4, 0, 10, 1, 2]),
        modbus::ascii::encode(1, &[3, 0, 0, 0, 1]),
        vec![0x2B, 0x0E, 1, 0, 1, 0, 0, 1, 0, 3, b'a', b'b', b'c'],
        vec![0x14, 7, 6, 0, 4, 0, 1, 0, 2],
    ];
    seeds.extend(captures("modbus"));
    seeds
}

pub(super) fn ble() -> Vec<Vec<u8>> {
    let ruuvi = ble::hex(b"0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F").expect("hexadecimal");
    let mut advert = vec![2, 1, 6, 27, 0xFF, 0x99, 0x04];
    advert.extend(ruuvi);
    let plain = [&[11, 0x16, 0xD2, 0xFC, 0x40, 0, 9, 0x02, 0xCA, 0x09, 0x03, 0xBF][..], &[0x13]].concat();
    let sealed = ble::hex(b"1416D2FC41A47266C95F730011223378237214").expect("hexadecimal");
    let hci = |data: &[u8]| {
        let head = [0x04, 0x3E, data.len() as u8 + 12, 0x02, 0x01, 0x03, 0x01, 1, 2, 3, 4, 5, 6, data.len() as u8];
        [&head[..], data, &[0xC5]].concat()
    };
    vec![hci(&advert), hci(&plain), advert, plain, sealed]
}

pub(super) fn snoop() -> Vec<Vec<u8>> {
    vec![ble::snoop_encode(&ble())]
}

pub(super) fn senml() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        r#"[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]"#,
        r#"[{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},{"n":"current","t":-5,"v":1.2},{"n":"c","vb":true},{"n":"d","vs":"x","s":2}]"#,
        r#"{"temperature":21.5,"humidity":40,"a":[{"b":1}]}"#,
    ]);
    seeds.push(senml::cbor_encode("urn:dev:", 1_276_020_076, &[("t", "Cel", 23.1), ("h", "%RH", 40.0)]));
    seeds
}

pub(super) fn sparkplug() -> Vec<Vec<u8>> {
    let metric = |name: &str, alias, datatype, value| sparkplug::Metric {
        name: Some(name.to_owned()),
        alias: Some(alias),
        datatype: Some(datatype),
        at_ms: Some(1_700_000_000_000),
        value: Some(sparkplug::Value::Number(value)),
        ..Default::default()
    };
    let payload = sparkplug::Payload {
        at_ms: Some(1_700_000_000_000),
        metrics: vec![metric("bdSeq", 0, 10, 1.0), metric("Air/Temperature", 1, 10, 4.2)],
        seq: Some(0),
    };
    vec![payload.encode(), sparkplug::rebirth(1_700_000_000_000)]
}

pub(super) fn counter() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"serial":"ACCC8E000000","name":"Door","timestamp":"20240517091500","in":120,"out":118}"#,
        "Date,Time,In,Out\n2024-05-17,09:00:00,12,10\n2024-05-17,09:15:00,14,11\n",
    ])
}

pub(super) fn onewire() -> Vec<Vec<u8>> {
    [21.5, -18.25, 85.0].into_iter().map(|celsius| onewire::encode(celsius).into_bytes()).collect()
}

pub(super) fn board() -> Vec<Vec<u8>> {
    let mut seeds = golden("firmware-bridge/frame/tests/golden", "");
    seeds.push(vec![0x03, 0x11, 0x22, 0x02, 0x33, 0x00]);
    seeds
}

pub(super) fn up() -> Vec<Vec<u8>> {
    let mut seeds = golden("shared/wire/tests/golden", "up");
    seeds.extend(frame().into_iter().map(|frame| vyavs_wire::up::Up::frame(7, &frame)));
    seeds
}

pub(super) fn down() -> Vec<Vec<u8>> {
    let mut seeds = golden("shared/wire/tests/golden", "down");
    seeds.push(vec![0, 1, 2, 3]);
    seeds
}

pub(super) fn frame() -> Vec<Vec<u8>> {
    let reading = |n: i64| {
        Record::ReadingV1(ReadingV1 {
            sensor: format!("s-{n}"),
            at_us: n * 1_000_000,
            value: n as f64 / 10.0,
            quality: 0,
        })
    };
    let records: Vec<Record> = (0..20).map(reading).collect();
    let start = Header {
        stream: Stream::Telemetry,
        epoch: 1,
        first: 1,
        count: 0,
        boot_id: [7; 16],
        mono_ms: 5,
        wall_us: 6,
        clock: 0,
        prev: [0; 16],
    };
    let frames = Encoder::new().encode(start, records.iter()).expect("readings fit");
    frames.into_iter().map(|frame| frame.bytes).collect()
}
