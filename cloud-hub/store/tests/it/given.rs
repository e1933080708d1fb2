//! What tests start from: an organization with a shop and a device, and receipts that differ.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId, UserId};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_store::sales::{HeadRow, LineRow};
use vyavs_store::{Db, Origin, devices, orgs, stores};

/// The customer of a receipt, as tables know one.
pub(crate) const CUSTOMER: &str = "cus_hufvscctnhndp2rshnxc7hw3ijokkhj7";
/// Another one.
pub(crate) const OTHER: &str = "cus_iydy77pwcaoiw7yriqjwbceuqfdbryaw";

/// An instant by its text.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// The same ids in every run.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x4000_8000_0000_0000_0000 << 4 | number)
}

/// Organization, shop and device number `n`.
pub(crate) fn identity(n: u128) -> DeviceIdentity {
    DeviceIdentity { org: OrgId(id(n * 16 + 1)), store: StoreId(id(n * 16 + 2)), device: DeviceId(id(n * 16 + 3)) }
}

/// Where the records of device `n` come from.
pub(crate) fn origin(n: u128) -> Origin {
    Origin::new(identity(n), 1, at("2026-02-03T12:00:00Z"))
}

/// Puts organization, shop and device `n` into the database.
pub(crate) async fn shop(db: &Db, n: u128) -> Origin {
    let identity = identity(n);
    let now = at("2026-01-01T00:00:00Z");
    let mut tx = db.begin_write().await.expect("a transaction");
    orgs::put(&mut tx, identity.org, &format!("Org {n}"), Some("grocery"), now).await.expect("an organization");
    let store = stores::Store {
        id: identity.store,
        org: identity.org,
        name: format!("Shop {n}"),
        location: json!({"city": "Łódź"}),
        config: json!({}),
        timezone: "Europe/London".to_owned(),
        currency: "GBP".parse().expect("a code"),
        day_starts: jiff::civil::time(4, 0, 0, 0),
        created_at: now,
    };
    stores::put(&mut tx, &store).await.expect("a store");
    let device = devices::Device {
        identity,
        name: "box".to_owned(),
        public_key: vec![7; 32],
        cert_serial: format!("{n:x}"),
        enrolled_at: now,
        revoked_at: None,
    };
    devices::enrol(&mut tx, &device).await.expect("a device");
    tx.commit().await.expect("a commit");
    origin(n)
}

/// One line.
pub(crate) fn line(line_no: u32, sku: &str, quantity: &str, unit_price: &str, total_minor: i64) -> SaleLine {
    SaleLine {
        line_no,
        sku: sku.to_owned(),
        name: format!("Näme of {sku}"),
        quantity: quantity.parse().expect("a decimal"),
        unit_price: unit_price.parse().expect("a decimal"),
        discount_minor: 0,
        total_minor,
        sold_at: at("2026-02-03T10:00:00Z"),
    }
}

/// A receipt of these lines, closed at `closed`.
pub(crate) fn receipt(number: &str, closed: &str, lines: Vec<SaleLine>) -> Receipt {
    let total_minor = lines.iter().map(|line| line.total_minor).sum();
    let closed_at = at(closed);
    Receipt {
        key: ReceiptKey {
            terminal: "till-1".parse().expect("a terminal"),
            business_day: closed[..10].parse().expect("a day"),
            number: number.to_owned(),
        },
        kind: ReceiptKind::Sale,
        source: ReceiptSource::Journal,
        closed_at,
        currency: "GBP".parse().expect("a code"),
        total_minor,
        tax_minor: 0,
        discount_minor: 0,
        tenders: vec![Tender { kind: TenderKind::Card, amount_minor: total_minor }],
        operator: Some("7".to_owned()),
        customer: Some(CUSTOMER.to_owned()),
        lines: lines.into_iter().map(|line| SaleLine { sold_at: closed_at, ..line }).collect(),
    }
}

/// A receipt as the rows its records make, numbered from `seq`.
pub(crate) fn rows(receipt: &Receipt, seq: u64) -> (HeadRow, Vec<LineRow>) {
    let content_hash = receipt.content_hash();
    let head = HeadRow {
        seq,
        receipt: Receipt { lines: Vec::new(), ..receipt.clone() },
        content_hash,
        line_count: receipt.lines.len() as u32,
    };
    let line = |(n, line): (usize, &SaleLine)| LineRow {
        seq: seq + 1 + n as u64,
        key: receipt.key.clone(),
        content_hash,
        closed_at: receipt.closed_at,
        currency: receipt.currency,
        line: line.clone(),
    };
    (head, receipt.lines.iter().enumerate().map(line).collect())
}

/// A person who may sign in.
pub(crate) async fn person(tx: &mut vyavs_store::Tx<'_>, org: OrgId, n: u128) -> UserId {
    let user = vyavs_store::users::User {
        id: UserId(id(n)),
        org,
        email: format!("person{n}@shop.example"),
        name: String::new(),
        role: "viewer".to_owned(),
        everywhere: true,
        password_hash: "x".to_owned(),
        disabled_at: None,
        created_at: at("2026-01-01T00:00:00Z"),
        version: 1,
    };
    vyavs_store::users::insert(tx, &user).await.expect("a person");
    user.id
}
