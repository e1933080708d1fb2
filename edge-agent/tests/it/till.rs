//! What is asked of every till input alike, whatever the till's wire: each has one way to the outbox.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use vyavs_codec::gs1::{Codes, CodesConfig};
use vyavs_edge_agent::acquire::csvtail::{self, CsvConfig};
use vyavs_edge_agent::acquire::journal::{self, JournalConfig};
use vyavs_edge_agent::acquire::printer::{self, PrinterConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_service::lifecycle::Pulse;
use vyavs_wire::record::{LineVoidedV1, Record, TillEventKindV1};

use crate::poslog::{Shop, whole};
use crate::printer::{Hand, events, until};

/// Item 12345, 1.500 kg, by the deli's rule.
const CHEESE: &str = "2112345015002";
/// The same, of 0.700 kg.
const LESS: &str = "2112345007007";

fn shop() -> Shop {
    let rules = "rules = [{ name = \"deli\", pattern = \"21.....{NNDDD}\", kind = \"weight\" }]";
    let config: CodesConfig = toml::from_str(rules).expect("a section");
    let mut shop = Shop::open();
    shop.till = TillSink::new(Codes::new(&config).expect("rules"));
    shop
}

/// What is on disk of sale lines: item and quantity.
fn lines(shop: &Shop) -> Vec<(String, i128)> {
    let disk = shop.disk.lock().expect("not poisoned");
    let line = |record: &Record| match record {
        Record::SaleLineV1(line) => Some((line.sku.clone(), line.quantity.mantissa)),
        _ => None,
    };
    disk.iter().filter_map(line).collect()
}

fn voided(shop: &Shop) -> Vec<LineVoidedV1> {
    let line = |kind| match kind {
        TillEventKindV1::LineVoided(line) => Some(line),
        _ => None,
    };
    events(&shop.disk).into_iter().filter_map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_s_codes_are_read_by_the_retailer_s_rules() {
    let shop = shop();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let config = JournalConfig::new("till-1".parse().expect("a name"), address);
    let _agent = shop.start("till-1", move |ctx, input| async move {
        journal::serve(listener, config, ctx, input, Pulse::default()).await;
        Ok::<(), String>(())
    });
    let mut till = BufReader::new(TcpStream::connect(address).await.expect("it listens"));
    let line = |sku: &str, quantity: &str| {
        format!("{{\"sku\":\"{sku}\",\"name\":\"CHEESE\",\"quantity\":\"{quantity}\",\"unit_price\":\"10.00\"}}")
    };
    let mut said = String::new();
    for (number, quantity, total) in [(1, "1.500", "15.00"), (2, "1.200", "12.00")] {
        let line = line(CHEESE, quantity);
        let receipt = format!(
            "{{\"type\":\"receipt\",\"number\":\"{number}\",\"kind\":\"sale\",\"at\":\"2026-03-02T10:00:00\",\"total\":\"{total}\",\"lines\":[{line}]}}\n"
        );
        till.get_mut().write_all(receipt.as_bytes()).await.expect("sent");
        till.read_line(&mut said).await.expect("answered");
    }
    let void = format!(
        "{{\"type\":\"line_void\",\"id\":\"v1\",\"at\":\"2026-03-02T10:00:00\",\"receipt\":\"2\",\"line_no\":1,\"sku\":\"{LESS}\",\"amount\":\"7.00\"}}\n"
    );
    till.get_mut().write_all(void.as_bytes()).await.expect("sent");
    till.read_line(&mut said).await.expect("answered");
    assert_eq!(said.matches("\"ack\"").count(), 3, "{said}");
    assert_eq!(lines(&shop), [("12345".to_owned(), 1_500), ("12345".to_owned(), 1_200)], "as rung");
    assert_eq!(voided(&shop)[0].sku, "12345");
    // The second line was rung with another weight than its code says: a person is told.
    let told = shop.detail("till-1");
    assert!(told.contains("receipt 2") && told.contains("1.500 kg") && told.contains("1.200"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_s_codes_and_undone_lines_are_told() {
    let shop = shop();
    let plain = include_str!("../../codec/grammars/vyavs-plain.toml");
    let void = "[[row]]\nis = \"void\"\nin = [\"items\"]\nmatch = '^VOID (?P<amount>[0-9.]+)$'\n\n";
    let (head, rows) = plain.split_at(plain.find("[[row]]").expect("it has rows"));
    let grammar = shop.dir.path().join("with-voids.toml");
    std::fs::write(&grammar, format!("{head}{void}{rows}")).expect("written");
    let tap = shop.dir.path().join("tap");
    let config: PrinterConfig =
        toml::from_str(&format!("terminal = \"till-1\"\ntap = {tap:?}\ngrammar = {grammar:?}")).expect("a section");
    let _agent = shop.start("till-1", move |ctx, input| printer::run(config, ctx, input, Pulse::default()));
    let rule = "-".repeat(42);
    let job = format!(
        "\x1b@A shop\nReceipt: 7\nTill: till-1  Op: 4\nDate: 2026-03-02 10:00:00\n{rule}\nCHEESE\n  {CHEESE}  1.500 x 10.00  15.00\n\
         CHEESE\n  {LESS}  0.700 x 10.00  7.00\nVOID 7.00\n{rule}\nSubtotal  15.00\nTOTAL EUR  15.00\nCash  15.00\n\x1dVB\x00"
    );
    let mut relay = Hand::connect(&tap).await;
    relay.job(1, job.as_bytes()).await;
    assert_eq!(relay.ack().await, Some(1));
    assert_eq!(lines(&shop), [("12345".to_owned(), 1_500)], "{:?}", events(&shop.disk));
    let off = &voided(&shop)[0];
    assert_eq!((off.receipt.as_str(), off.line_no, off.sku.as_str(), off.amount_minor), ("7", 2, "12345", 700));
    assert_eq!((off.name.as_str(), off.operator.as_deref()), ("CHEESE", Some("4")));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_in_till_files_are_read_by_the_same_rules() {
    let shop = shop();
    let mapping = shop.dir.path().join("mapping.toml");
    let columns = "columns = { row = \"a\", receipt = \"b\", time = \"t\", sku = \"s\", quantity = \"q\", price = \"p\", total = \"x\" }";
    std::fs::write(
        &mapping,
        format!("header = true\nrows = {{ P = \"item\", S = \"voided\", E = \"end\" }}\n{columns}\n"),
    )
    .expect("written");
    let path = shop.folder().join("sales.csv");
    let rows = format!(
        "a,b,t,s,q,p,x\nP,1,2026-03-02T10:00:00,{CHEESE},1.500,10.00,\nS,1,2026-03-02T10:00:00,{LESS},0.700,10.00,\nE,1,2026-03-02T10:00:00,,,,15.00\n"
    );
    std::fs::write(&path, rows).expect("written");
    let config: CsvConfig =
        toml::from_str(&format!("name = \"kiosk\"\npath = {path:?}\nmapping = {mapping:?}\nidle_s = 0\npoll_ms = 20"))
            .expect("a section");
    let state = shop.state();
    let csv = shop.start("kiosk", move |ctx, input| csvtail::run(config, state, ctx, input, Pulse::default()));
    until("the CSV file is read", || lines(&shop).len() == 1 && voided(&shop).len() == 1).await;
    csv.kill().await;
    let poslog = String::from_utf8(whole(1..2)).expect("text").replace("A1<", &format!("{CHEESE}<"));
    shop.put("a.xml", poslog.as_bytes());
    let _poslog = shop.watch(|_| {});
    until("the POSLog is read", || lines(&shop).len() == 2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(lines(&shop), [("12345".to_owned(), 1_500), ("12345".to_owned(), 1)]);
    assert_eq!(voided(&shop)[0].sku, "12345");
}
