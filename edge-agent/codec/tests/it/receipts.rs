//! Receipts of twelve layouts, printed by code that knows nothing of grammars, read back and judged by the truth.

#[path = "../../examples/receipts/press.rs"]
mod press;

use vyavs_codec::receipt::{BUILT_IN, Grammar, Place, test_report};
use vyavs_domain::time::StoreTime;

#[test]
fn receipts_of_every_layout_are_read_whole_or_put_aside() {
    let table = press::run(2_000, 20_261_123, false);
    assert_eq!(table.printed(), 2_000);
    let languages: std::collections::BTreeSet<_> = table.layouts.values().map(|tally| tally.language).collect();
    assert!(table.layouts.len() >= 8 && languages.len() >= 4, "{languages:?}");
    let lines: u64 = table.layouts.values().map(|tally| tally.lines).sum();
    assert!(table.bytes > 1_000_000 && lines > 10_000, "{} bytes, {lines} lines", table.bytes);
    for (name, tally) in &table.layouts {
        assert!(tally.proven * 100 >= tally.printed * 99, "{name}: {:?}", tally.notes);
    }
    assert_eq!(table.wrong(), 0, "accepted and wrong: {:?}", table.layouts);
    assert!(table.proven() <= table.printed());
    assert!(table.rasters.0 >= 40 && table.rasters.0 == table.rasters.1, "pictures: {:?}", table.rasters);
    assert!(table.pulses.0 >= 40 && table.pulses.0 == table.pulses.1, "pulses: {:?}", table.pulses);
}

#[test]
fn damage_to_paper_is_put_aside_or_changes_no_money() {
    let table = press::run(600, 7, true);
    assert_eq!(table.damages.len(), press::DAMAGES.len());
    for (name, all) in &table.damages {
        assert_eq!(
            all.read,
            all.refused + all.harmless + all.wrong_money + all.wrong_quantity + all.wrong_key + all.wrong_word,
            "{name}"
        );
        // Two wrong digits may undo each other; one never does.
        let allowed = if *name == "two digits altered" { all.read / 100 } else { 0 };
        assert!(all.wrong_money <= allowed, "{name}: {all:?}");
        assert!(all.refused > 0, "{name} was never noticed");
    }
    let torn = &table.damages["ends in the middle"];
    assert_eq!(torn.refused, torn.read, "what is torn off is not whole");
}

#[test]
fn the_report_says_which_row_read_each_line_and_why_a_receipt_was_put_aside() {
    let (store, terminal) = (StoreTime::new("Europe/Berlin", jiff::civil::Time::midnight()), "till-1".parse());
    let (store, terminal) = (store.expect("a zone"), terminal.expect("a name"));
    let started = "2026-11-22T10:00:00Z".parse().expect("a time");
    let place = Place { terminal: &terminal, time: &store, currency: "EUR".parse().expect("a code"), started };
    for layout in &press::LAYOUTS {
        let grammar = Grammar::built_in(layout.name).expect("built in").at_any_time();
        let stream = press::stream(layout, 5, 11);
        let report = test_report(&grammar, &stream, &place);
        assert_eq!((report.jobs.len(), report.receipts, report.quarantined), (5, 5, 0), "{}", report.text());
        // Every line among the items was read by a row, and the row stands where the report says.
        let (_, source) = BUILT_IN.iter().find(|(name, _)| *name == layout.name).expect("built in");
        for line in report.jobs.iter().flat_map(|job| &job.lines) {
            assert!(line.part != "items" || line.row.is_some() || line.text.trim().is_empty(), "{line:?}");
            if let Some(row) = line.row {
                let at = source.lines().nth(row.at_line - 1).unwrap_or_default();
                assert_eq!(at, "[[row]]", "{} row {row:?}", layout.name);
                let is = source.lines().nth(row.at_line).unwrap_or_default();
                assert_eq!(is, format!("is = {:?}", row.is));
            }
        }
        let json = serde_json::to_value(&report).expect("json");
        assert_eq!(json["jobs"][0]["outcome"], "receipt");
        assert!(json["jobs"][0]["receipt"]["lines"].is_array());
        // The amount of an item of the first receipt becomes unreadable.
        let item = report.jobs[0].lines.iter().find(|line| line.row.is_some_and(|row| row.is == "item"));
        let item = &item.expect("an item").text;
        let mark = item.rfind(['.', ',']).expect("an amount");
        let amount = &item.as_bytes()[mark - 1..mark + 3];
        let at = stream.windows(4).position(|part| part == amount).expect("it is printed");
        let mut hurt = stream.clone();
        hurt[at] = b'#';
        let report = test_report(&grammar, &hurt, &place);
        assert!(report.quarantined >= 1, "{}: {}", layout.name, report.text());
        assert!(report.text().contains("put aside: "), "{}", report.text());
    }
}

/// The bakery of docs/receipt-layouts.md, as it stands there.
#[test]
fn the_example_of_how_to_write_a_grammar_works() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/receipt-layouts.md"));
    let page = page.expect("the page is there");
    let block = |fence: &str, holds: &str| {
        let blocks = page.split("```").skip(1).step_by(2);
        let found = blocks.filter_map(|block| block.strip_prefix(fence)).find(|block| block.contains(holds));
        found.expect("the page has it").trim_start_matches('\n').to_owned()
    };
    let grammar = Grammar::parse("my-bakery", &block("toml", "my-bakery")).expect("a grammar").at_any_time();
    // On page 437, where an ö is 94 and an ü is 81.
    let paper: Vec<u8> = block("text", "Bon 000123")
        .chars()
        .map(|letter| match letter {
            'ö' => 0x94,
            'ü' => 0x81,
            other => u8::try_from(other).expect("ASCII"),
        })
        .collect();
    let (store, terminal) = (StoreTime::new("Europe/Berlin", jiff::civil::Time::midnight()), "till-1".parse());
    let (store, terminal) = (store.expect("a zone"), terminal.expect("a name"));
    let started = "2025-11-12T06:41:30Z".parse().expect("a time");
    let place = Place { terminal: &terminal, time: &store, currency: "EUR".parse().expect("a code"), started };
    let report = test_report(&grammar, &[b"\x1b@", paper.as_slice(), b"\x1dV\x00"].concat(), &place);
    let receipt = report.jobs[0].receipt.as_ref().unwrap_or_else(|| panic!("{}", report.text()));
    assert_eq!(
        (receipt.key.number.as_str(), receipt.closed_at, receipt.total_minor),
        ("000123", started - jiff::SignedDuration::from_secs(30), 135)
    );
    assert_eq!((receipt.lines[0].name.as_str(), receipt.lines[0].quantity.to_string()), ("Brötchen", "3".to_owned()));
}
