//! Taking sales in: heads of receipts and their lines, whole batches at a time.
//!
//! A row's id is made of what it says (`domain::sale::{receipt_id, line_id}`), so a till that replays its journal meets
//! itself here and is counted as a duplicate. One number with two contents is two receipts: both stay, both are flagged.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_domain::money::Currency;
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, SaleLine, receipt_id};

use crate::Result;
use crate::columns::{Id, Json};
use crate::origin::{Check, Origin, Unstorable};
use crate::tx::{Tx, fetch_one};

mod heads;
mod lines;
mod reckon;

pub use heads::insert_heads;
pub use lines::insert_lines;
pub use reckon::reckon;

/// The head of a receipt as a record brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadRow {
    /// The record's number in stream 0.
    pub seq: u64,
    /// The receipt; its lines are not looked at.
    pub receipt: Receipt,
    /// `Receipt::content_hash` of the whole receipt, as the device computed it.
    pub content_hash: u64,
    /// How many lines belong to it.
    pub line_count: u32,
}

impl HeadRow {
    /// Its id at the hub.
    pub fn id(&self, origin: &Origin) -> Uuid {
        receipt_id(origin.store, &self.receipt.key, self.content_hash, self.receipt.closed_at)
    }

    /// Whether it can be stored and summed.
    pub fn check(&self) -> std::result::Result<(), Unstorable> {
        let check = Check(self.seq);
        check.seq()?;
        check.key("the receipt number", &self.receipt.key.number)?;
        check.minor("the total", self.receipt.total_minor)?;
        check.minor("the tax", self.receipt.tax_minor)?;
        check.minor("the discount", self.receipt.discount_minor)
    }

    /// Whether its customer is a pseudonym: a number as the till knows it is never stored.
    fn names_nobody(&self) -> std::result::Result<(), Unstorable> {
        match &self.receipt.customer {
            Some(customer) => Check(self.seq).pseudonym("the customer", customer),
            None => Ok(()),
        }
    }
}

/// One line of a receipt as a record brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct LineRow {
    /// The record's number in stream 0.
    pub seq: u64,
    /// The natural key of its receipt.
    pub key: ReceiptKey,
    /// `Receipt::content_hash` of its receipt.
    pub content_hash: u64,
    /// When its receipt was closed.
    pub closed_at: Timestamp,
    /// Of its amounts.
    pub currency: Currency,
    /// The line.
    pub line: SaleLine,
}

impl LineRow {
    /// The id of its receipt at the hub.
    pub fn receipt_id(&self, origin: &Origin) -> Uuid {
        receipt_id(origin.store, &self.key, self.content_hash, self.closed_at)
    }

    /// Whether it can be stored and summed.
    pub fn check(&self) -> std::result::Result<(), Unstorable> {
        let check = Check(self.seq);
        check.seq()?;
        check.key("the receipt number", &self.key.number)?;
        check.key("the SKU", &self.line.sku)?;
        check.quantity("the quantity", self.line.quantity)?;
        check.minor("the line total", self.line.total_minor)?;
        check.minor("the line discount", self.line.discount_minor)
    }
}

/// What a line needs of its head.
#[derive(Clone, Debug)]
pub(crate) struct HeadOf {
    counts: bool,
    customer: Option<String>,
}

/// Whether a receipt of this kind is revenue; voids, training and bookkeeping entries are kept but never summed.
pub(crate) fn counts(kind: ReceiptKind) -> bool {
    matches!(kind, ReceiptKind::Sale | ReceiptKind::Return)
}

/// Which of these ids the table of the query holds. SQLite has one writer, so nothing changes between the look and the insert.
async fn present(
    conn: &mut SqliteConnection,
    sql: &'static str,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashSet<Uuid>> {
    let ids: Vec<Uuid> = ids.collect();
    let rows: Vec<(Id,)> = sqlx::query_as(sql).bind(Json::of(&ids)).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// How many lines a store has: what a ledger compares.
pub async fn count_lines(tx: &mut Tx<'_>, org: OrgId, store: StoreId) -> Result<u64> {
    const SQL: &str = "select count(*) from transactions where org_id = $1 and store_id = $2";
    let (count,) = fetch_one!(tx, (i64,), SQL, org, store)?;
    Ok(count as u64)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::{heads, lines};
    use crate::{Db, testing};

    #[test]
    fn a_batch_never_costs_the_whole_history() {
        testing::on_sqlite(|db| async move {
            let Db::Sqlite { reader, .. } = &db else { panic!("not SQLite") };
            for sql in [heads::PRESENT_SQLITE, heads::FLAG_SQLITE, lines::PRESENT_SQLITE, lines::HEADS_SQLITE] {
                let plan: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(sqlx::AssertSqlSafe(format!("explain query plan {sql}")))
                        .bind("[]")
                        .bind("")
                        .fetch_all(reader)
                        .await
                        .expect("a plan");
                let steps: Vec<&str> = plan.iter().map(|step| step.3.as_str()).collect();
                let list = steps.iter().position(|step| step.starts_with("SCAN j VIRTUAL TABLE"));
                assert!(list.is_some(), "{steps:?}");
                assert!(steps.iter().all(|step| !step.starts_with("SCAN") || step.starts_with("SCAN j ")), "{steps:?}");
                let by_shop_alone = |step: &&str| step.ends_with("(store_id=?)");
                assert!(!steps.iter().any(by_shop_alone), "{steps:?}");
            }
        });
    }
}
