//! The tests of GS1's own syntax engine, as vectors: what must be read is read, what must be refused is refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use vyavs_codec::gs1::{
    Elements, FNC1, Gs1Error, Link, LinkOptions, Scan, Symbology, Unknown, compact, escape, scan_data, unescape,
};

fn data(name: &str) -> Option<String> {
    let root = std::env::var_os("VYAVS_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let path = root.join("device_bytes/gs1").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            println!("skipped: {}: {error}", path.display());
            None
        }
    }
}

/// The engine writes FNC1 as `^`.
fn caret(text: &str) -> String {
    text.replace(FNC1, "^")
}

fn fnc1(text: &str) -> String {
    text.replace('^', &FNC1.to_string())
}

/// Options that the engine's test had switched on for some of its URIs, by what those need.
fn options(uri: &str) -> LinkOptions {
    let short = [
        "/01/2112345678900",
        "/01/416000336108",
        "/01/02345673",
        "01=2112345678900",
        "01=02345673",
        "/01/9520123456788",
    ];
    LinkOptions {
        names: uri.contains("/gtin/"),
        short_gtin: short.iter().any(|part| uri.ends_with(part)) && !uri.contains("id.gs1.org"),
        unknown: if uri.contains("&89=") { Unknown::Permit } else { Unknown::Refuse },
    }
}

fn symbology(name: &str) -> Option<Symbology> {
    Some(match name {
        "QR" => Symbology::Qr,
        "DM" => Symbology::DataMatrix,
        "DotCode" => Symbology::DotCode,
        "DataBarExpanded" => Symbology::DataBarExpanded,
        "DataBarOmni" => Symbology::DataBarOmni,
        "DataBarLimited" => Symbology::DataBarLimited,
        "GS1_128_CCA" => Symbology::Gs1_128,
        "UPCA" => Symbology::UpcA,
        "UPCE" => Symbology::UpcE,
        "EAN13" => Symbology::Ean13,
        "EAN8" => Symbology::Ean8,
        _ => return None,
    })
}

/// What is wrong with one vector; none if all is right.
fn judge(function: &str, args: &[&str]) -> Result<(), String> {
    let refused = |ok: bool, got: String| if ok { Err(format!("expected a refusal, got {got}")) } else { Ok(()) };
    let same = |got: String, expected: &str| {
        if got == expected { Ok(()) } else { Err(format!("got {got:?}, expected {expected:?}")) }
    };
    let said = |error: Gs1Error| format!("refused: {error}");
    match (function, args) {
        ("test_existsInAIdata", [expected, text, pattern, ignored, _]) => {
            let text = match *text {
                "dataStr1" => "(01)12345678901231",
                "dataStr2" => "(98)DEF(97)GHI(96)JKL(95)MNO",
                _ => "(01)12345678901231(235)ABC123(8002)123456",
            };
            let elements = Elements::read_bracketed(text, Unknown::Refuse).map_err(said)?;
            let found = elements.find(pattern, Some(*ignored).filter(|ai| *ai != "NULL")).is_some();
            same(found.to_string(), expected)
        }
        ("test_parseAIdata", [expected, text, data]) => {
            match (Elements::read_bracketed(text, Unknown::Refuse), *expected) {
                (Ok(elements), "true") => same(caret(&elements.to_data()), data),
                (read, "true") => Err(format!("{read:?}")),
                (read, _) => refused(read.is_ok(), format!("{read:?}")),
            }
        }
        ("test_errMarkup", [text, markup]) => match Elements::read_bracketed(text, Unknown::Refuse) {
            Err(Gs1Error::Value { ai, finding }) => same(format!("({ai}){}", finding.shown.join("|")), markup),
            other => Err(format!("{other:?}")),
        },
        ("test_processAIdata", [expected, data]) => {
            let read = Elements::read(&fnc1(data), Unknown::Refuse);
            match *expected {
                "true" => read.map(|_| ()).map_err(said),
                _ => refused(read.is_ok(), format!("{read:?}")),
            }
        }
        ("test_validateAIs", [expected, rule, text]) => {
            // The engine's test permits unknown AIs throughout.
            let elements = Elements::read_bracketed(text, Unknown::Permit).map_err(said)?;
            let checked = match *rule {
                "validateAIrepeats" => elements.check_repeated(),
                "validateAImutex" => elements.check_exclusive(),
                "validateAIrequisites" => elements.check_required(),
                "validateDigSigRequiresSerialisedKey" => elements.check_signature(),
                other => return Err(format!("no such rule: {other}")),
            };
            match *expected {
                "true" => checked.map_err(said),
                _ => refused(checked.is_ok(), text.to_string()),
            }
        }
        ("test_parseDLuri", [expected, uri, data]) => match *expected {
            "true" => same(caret(&Link::read(uri, options(uri)).map_err(said)?.to_data()), data),
            _ => {
                let read = Link::read(uri, LinkOptions::default());
                refused(read.is_ok(), format!("{read:?}"))
            }
        },
        ("test_URIunescape", [text, path, query]) => {
            // A byte is a character here.
            let read = |query| unescape(text, query).into_iter().map(char::from).collect::<String>();
            same(read(false), path)?;
            same(read(true), query)
        }
        ("test_URIescape", [text, path, query]) => {
            same(escape(text, false), path)?;
            same(escape(text, true), query)
        }
        ("test_testGenerateDLuri", [expected, stem, text, uri]) => {
            let unknown = if text.contains("(89)") { Unknown::Permit } else { Unknown::Refuse };
            let elements = Elements::read_bracketed(text, unknown).map_err(said)?;
            let written = Link::write(stem, &elements, LinkOptions { unknown, ..LinkOptions::default() });
            match *expected {
                "true" => same(written.map_err(said)?, uri),
                _ => refused(written.is_ok(), format!("{written:?}")),
            }
        }
        ("test_testGenerateScanData", [name, message, scan]) => {
            let written = symbology(name).and_then(|symbology| scan_data(symbology, message).ok());
            same(written.unwrap_or("NULL".to_owned()), scan)
        }
        ("test_testProcessScanData", [expected, scan, name, message]) => match (Scan::read(scan), *expected) {
            (Ok(read), "true") if Some(read.symbology) == symbology(name) => same(read.message, message),
            (read, "true") => Err(format!("{read:?}")),
            (read, _) => refused(read.is_ok(), format!("{read:?}")),
        },
        other => Err(format!("no such vector: {other:?}")),
    }
}

#[test]
fn every_vector_of_the_gs1_engine_is_read_or_refused_as_stated() {
    let Some(text) = data("test_vectors.json") else { return };
    let vectors: Vec<Value> = serde_json::from_str(&text).expect("vectors");
    let (mut table, mut missed) = (BTreeMap::<&str, (u32, u32)>::new(), Vec::new());
    for vector in &vectors {
        let function = vector["function"].as_str().expect("a name");
        let args: Vec<&str> = vector["args"].as_array().expect("arguments").iter().filter_map(Value::as_str).collect();
        let counts = table.entry(function).or_default();
        counts.1 += 1;
        match judge(function, &args) {
            Ok(()) => counts.0 += 1,
            Err(why) => missed.push(format!("{function}{args:?}: {why}")),
        }
    }
    for (function, (passed, total)) in &table {
        println!("{function}: {passed}/{total}");
    }
    assert!(missed.is_empty(), "{} of {} missed\n{}", missed.len(), vectors.len(), missed.join("\n"));
    assert_eq!(vectors.len(), 245);
}

/// With `VYAVS_WRITE_GS1_TABLE=1` the table is made anew.
#[test]
fn the_table_of_identifiers_is_that_of_the_dictionary() {
    let Some(dictionary) = data("gs1-syntax-dictionary.txt") else { return };
    let made = compact(&dictionary).expect("a dictionary");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/gs1/ai.tsv");
    if std::env::var_os("VYAVS_WRITE_GS1_TABLE").is_some() {
        std::fs::write(path, &made).expect("written");
    }
    assert_eq!(std::fs::read_to_string(path).expect("the table"), made);
}
