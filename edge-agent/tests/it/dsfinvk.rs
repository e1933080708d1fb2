//! Exports of a German till in a real folder: read when whole, once, and named when their sums are not their receipts'.

use std::fs;
use std::path::Path;
use std::time::Duration;

use vyavs_edge_agent::acquire::dsfinvk::{self, DsfinvkConfig};
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::{Record, TillEventKindV1};

use crate::poslog::{Running, Shop};
use crate::printer::{events, until};

/// Writes an export of one closing with `receipts` receipts of 2.50 each; `stated` is what the till closed with.
fn export(folder: &Path, closing: u32, receipts: u32, stated: &str) {
    fs::create_dir_all(folder).expect("a folder");
    let z = format!("\"1\";\"2024-05-01T22:00:00\";\"{closing}\"");
    let file = |name: &str, columns: &str, rows: String| {
        fs::write(folder.join(name), format!("Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;{columns}\r\n{rows}")).expect("written");
    };
    let each =
        |row: &dyn Fn(u32) -> String| (1..=receipts).map(|bon| format!("{z};{}\r\n", row(bon))).collect::<String>();
    file(
        "lines.csv",
        "BON_ID;POS_ZEILE;ARTIKELTEXT;GV_TYP;ART_NR;MENGE;STK_BR",
        each(&|bon| format!("b{bon};1;Brot;Umsatz;4713;1,000;2,50000")),
    );
    file("lines_vat.csv", "BON_ID;POS_ZEILE;UST_SCHLUESSEL;POS_BRUTTO", each(&|bon| format!("b{bon};1;2;2,50000")));
    file(
        "datapayment.csv",
        "BON_ID;ZAHLART_TYP;ZAHLART_NAME;BASISWAEH_BETRAG",
        each(&|bon| format!("b{bon};Bar;;2,50")),
    );
    file("businesscases.csv", "GV_TYP;UST_SCHLUESSEL;Z_UMS_BRUTTO", format!("{z};Umsatz;2;{stated}\r\n"));
    file(
        "cashpointclosing.csv",
        "Z_BUCHUNGSTAG;Z_START_ID;Z_ENDE_ID;Z_SE_ZAHLUNGEN",
        format!("{z};2024-05-01;b1;b{receipts};{stated}\r\n"),
    );
    file(
        "transactions.csv",
        "BON_ID;BON_NR;BON_TYP;BON_STORNO;BON_ENDE;BEDIENER_ID;UMS_BRUTTO",
        each(&|bon| format!("b{bon};{bon};Beleg;0;2024-05-01T10:00:{bon:02};7;2,50")),
    );
}

fn watch(shop: &Shop, done: &str) -> Running {
    let config: DsfinvkConfig = toml::from_str(&format!(
        "name = \"books\"\nfolder = {:?}\nsettle_s = 0\ndone = \"{done}\"\nterminals = {{ \"1\" = \"till-1\" }}",
        shop.folder()
    ))
    .expect("a section");
    config.check().expect("it can be used");
    let state = shop.state();
    shop.start("books", move |ctx, input| dsfinvk::run(config, state, ctx, input, Pulse::default()))
}

fn receipts(shop: &Shop) -> Vec<String> {
    let disk = shop.disk.lock().expect("not poisoned");
    let number = |record: &Record| match record {
        Record::ReceiptV1(head) => Some(head.receipt.number.clone()),
        _ => None,
    };
    disk.iter().filter_map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_read_once_and_moved_when_it_was() {
    let shop = Shop::open();
    export(&shop.folder().join("may"), 17, 3, "7,50000");
    let agent = watch(&shop, "move");
    until("it is read", || receipts(&shop) == ["17/1", "17/2", "17/3"]).await;
    until("it is moved", || shop.folder().join("done/may/lines.csv").exists()).await;
    assert!(events(&shop.disk).is_empty(), "{:?}", events(&shop.disk));
    agent.kill().await;
    let _again = watch(&shop, "move");
    export(&shop.folder().join("may-copy"), 17, 3, "7,50000");
    export(&shop.folder().join("june"), 18, 1, "2,50000");
    until("the next is read", || receipts(&shop).contains(&"18/1".to_owned())).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receipts(&shop).len(), 4, "the same content is not read again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_that_does_not_add_up_is_told_beside_its_receipts() {
    let shop = Shop::open();
    export(&shop.folder().join("may"), 17, 3, "9,99000");
    let _agent = watch(&shop, "keep");
    until("it is told", || events(&shop.disk).len() == 1).await;
    assert_eq!(receipts(&shop).len(), 3);
    let TillEventKindV1::Quarantined(reason, text) = &events(&shop.disk)[0] else { panic!("not told") };
    assert!(reason.contains("closing 1/17 does not add up") && text.contains("9.99"), "{reason}: {text}");
    assert!(shop.detail("books").contains("does not add up"), "{}", shop.detail("books"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_still_being_copied_waits_and_says_for_what() {
    let shop = Shop::open();
    let folder = shop.folder().join("may");
    export(&folder, 17, 2, "5,00000");
    fs::rename(folder.join("transactions.csv"), shop.dir.path().join("later")).expect("moved");
    let _agent = watch(&shop, "keep");
    until("it is said", || shop.detail("books").contains("transactions.csv is missing")).await;
    assert!(receipts(&shop).is_empty());
    fs::rename(shop.dir.path().join("later"), folder.join("transactions.csv")).expect("moved back");
    until("it is read", || receipts(&shop).len() == 2).await;
}
