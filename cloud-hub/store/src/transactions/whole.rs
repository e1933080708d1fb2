//! Lines as they are read, made whole with what their tickets and products say.

use std::collections::HashMap;

use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};

use super::{HeadOf, Transaction};
use crate::columns::{Day, Exact, Id, Json, instant, named};
use crate::tx::{Conn, Tx, fetch_all};
use crate::{ForeignValue, Result};

pub(super) type Row = (Id, Id, Id, String, Id, String, Day, i64, String, String, Exact, Exact, i64, i64, String, i64);

/// Adds what tickets and products say of the lines, each with its time in the order of the search; a page has few of both.
pub(super) async fn whole(tx: &mut Tx<'_>, org: OrgId, rows: Vec<(i64, Row)>) -> Result<Vec<Transaction>> {
    // `+`: by the ids, not by the index of the organization, which SQLite would walk whole.
    const HEADS: [&str; 2] = [
        "select id, kind, operator, customer_id from receipts where +org_id = $1 and id in (select value from json_each($2))",
        "select id, kind, operator, customer_id from receipts where org_id = $1
            and id in (select cast(value as uuid) from jsonb_array_elements_text($2))",
    ];
    const SORTED: [&str; 2] = [
        "select id, category from products where +organization_id = $1 and id in (select value from json_each($2))",
        "select id, category from products where organization_id = $1
            and id in (select cast(value as uuid) from jsonb_array_elements_text($2))",
    ];
    let engine = usize::from(matches!(tx.conn, Conn::Pg(_)));
    let ids = |of: fn(&Row) -> Uuid| Json::of(&rows.iter().map(|(_, row)| of(row)).collect::<Vec<_>>());
    let (receipts, products) = (ids(|row| row.4.0), ids(|row| row.2.0));
    type Head = (Id, String, Option<String>, Option<String>);
    let mut heads = HashMap::new();
    for (id, kind, operator, customer) in fetch_all!(tx, Head, HEADS[engine], org, receipts)? {
        heads.insert(id, HeadOf { kind: named("a receipt kind", &kind)?, operator, customer });
    }
    let sorted: HashMap<Id, Option<String>> =
        fetch_all!(tx, (Id, Option<String>), SORTED[engine], org, products)?.into_iter().collect();
    rows.into_iter()
        .map(|(place, row)| {
            let (
                id,
                store,
                product,
                terminal,
                receipt,
                number,
                day,
                line_no,
                sku,
                name,
                quantity,
                price,
                off,
                total,
                code,
                at,
            ) = row;
            let wrong = |what, got: &str| ForeignValue { what, got: got.to_owned() };
            Ok(Transaction {
                id: id.0,
                store: StoreId(store.0),
                product: product.0,
                terminal: terminal.parse().map_err(|_| wrong("a terminal", &terminal))?,
                receipt: receipt.0,
                number,
                business_day: day.business(),
                line_no,
                sku,
                name,
                quantity: quantity.0,
                unit_price: price.0,
                discount_minor: off,
                total_minor: total,
                currency: code.parse().map_err(|_| wrong("a currency", &code))?,
                at: instant(at),
                category: sorted.get(&product).cloned().flatten(),
                head: heads.get(&receipt).cloned(),
                place: (instant(place), id.0),
            })
        })
        .collect()
}
