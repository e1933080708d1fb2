//! No card number reaches a disk, a log line or the board, whichever way a receipt takes.

use std::borrow::Cow;

use jiff::civil::time;
use vyavs_codec::receipt::{Grammar, Outcome, Place, read, test_report};
use vyavs_codec::scrub::{Field, Scrubber, scrub_text};
use vyavs_domain::time::StoreTime;
use vyavs_wire::convert::receipt_records;

const CARDS: [&str; 5] =
    ["4532015112830366", "5425 2334 3010 9903", "374245-455400126", "6759649826438453", "6240008631401148"];

/// Receipts whose every text holds a card number, printed, read, and made records as they would be stored.
#[test]
fn a_printed_card_number_is_in_no_record() {
    let store = StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone");
    let terminal = "till-1".parse().expect("a name");
    let grammar = Grammar::plain();
    let place = Place {
        terminal: &terminal,
        time: &store,
        currency: "GBP".parse().expect("a code"),
        started: jiff::Timestamp::UNIX_EPOCH,
    };
    for card in CARDS {
        for total in ["2.00", "3.00"] {
            let rule = "-".repeat(42);
            let job = format!(
                "\x1b@A shop\nReceipt: {card}\nTill: till-1  Op: {card}\nDate: 2010-12-01 08:26:00\nCustomer: {card}\n{rule}\nGIFT {card}\n  {card}  1 x 2.00  2.00\n{rule}\nSubtotal  2.00\nTOTAL GBP  {total}\nCard  2.00\nVISA {card}\n;{digits}=25121011234567890?\n",
                digits = card.replace([' ', '-'], "")
            );
            let job = read(job.as_bytes(), &grammar, &place);
            let kept = match &job.outcome {
                Outcome::Receipt(receipt) => format!("{:?}", receipt_records(receipt)),
                other => format!("{other:?}"),
            };
            assert_eq!(matches!(job.outcome, Outcome::Receipt(_)), total == "2.00");
            assert!(!kept.contains(&card[..8]) && !kept.contains("2512101"), "{kept}");
            assert!(kept.contains(&card[card.len() - 4..]), "the last four stay: {kept}");
        }
    }
    let report = test_report(&grammar, format!("\x1b@{}\n", CARDS[0]).as_bytes(), &place);
    assert!(report.quarantined == 1 && !report.text().contains("45320151"), "{}", report.text());
}

/// Texts of real receipts hold columns of amounts, phone, tax and order numbers, and hardly a card: hardly anything may
/// be blanked.
#[test]
fn real_receipts_keep_their_numbers() {
    let root = std::env::var_os("VYAVS_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into(), std::path::PathBuf::from);
    let path = root.join("receipts_text/receipts.jsonl.gz");
    let Ok(output) = std::process::Command::new("gzip").args(["-dc".as_ref(), path.as_os_str()]).output() else {
        return println!("skipped: no gzip here");
    };
    if !output.status.success() {
        return println!("skipped: {} is not here; set VYAVS_DATA to the data folder", path.display());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let (mut receipts, mut lines, mut hit) = (0, 0, Vec::<String>::new());
    for receipt in text.lines() {
        receipts += 1;
        let receipt: serde_json::Value = serde_json::from_str(receipt).expect("JSON");
        // [left, top, right, bottom, text]
        let texts = receipt["lines"].as_array().expect("lines").iter().filter_map(|line| line[4].as_str());
        let paper: Vec<&str> = texts.collect();
        lines += paper.len();
        if let Cow::Owned(clean) = scrub_text(&paper.join("\n")) {
            hit.extend(clean.lines().filter(|line| line.contains('*') && !paper.contains(line)).map(str::to_owned));
        }
    }
    println!("{receipts} receipts, {lines} lines, {} blanked: {hit:?}", hit.len());
    assert!(lines > 1_000 && hit.len() * 1_000 <= lines, "{hit:?}");
}

#[test]
fn a_log_that_is_written_in_pieces_is_scrubbed_as_a_whole() {
    let mut scrubber = Scrubber::new(Field::Text);
    let mut out = Vec::new();
    for piece in ["card 45320", "1511283", "0366 de", "clined"] {
        scrubber.push(piece.as_bytes(), &mut out);
    }
    scrubber.finish(&mut out);
    assert_eq!(out, b"card ************0366 declined");
    assert_eq!(scrubber.blanked, 1);
}
