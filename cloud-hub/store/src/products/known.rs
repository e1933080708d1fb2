//! The product of a SKU: its id, and how ingest finds or makes it without asking twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use super::search;
use crate::columns::Id;
use crate::origin::Origin;
use crate::tx::{Conn, Tx};
use crate::{Result, batch};

/// The id of a product: version 8 (RFC 9562 §5.8) over organization and SKU, so that two stores that sell it for the first
/// time in the same second agree.
pub fn product_id(org: OrgId, sku: &str) -> Uuid {
    let mut hash = blake3::Hasher::new();
    hash.update(b"vyavs product");
    hash.update(org.0.as_bytes());
    hash.update(sku.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    id: Uuid,
    named: bool,
}

/// Products the caller has seen committed, so that the hot path asks the database about new ones only.
///
/// What a transaction adds counts once that transaction is committed; when it is rolled back, it is forgotten by itself.
#[derive(Debug, Default)]
pub struct KnownProducts {
    known: HashMap<OrgId, HashMap<String, Entry>>,
    fresh: HashMap<OrgId, HashMap<String, Entry>>,
    fresh_of: Option<Arc<AtomicBool>>,
}

/// Entries kept; beyond it the cache starts anew. A supermarket lists about 40,000 items.
const MOST_KNOWN: usize = 1_000_000;

impl KnownProducts {
    /// Settles what the last transaction added, if `tx` is another one.
    fn turn_to(&mut self, tx: &Tx<'_>) {
        let now = tx.outcome();
        if self.fresh_of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &now)) {
            return;
        }
        let committed = self.fresh_of.replace(now).is_some_and(|of| of.load(Ordering::Acquire));
        let fresh = std::mem::take(&mut self.fresh);
        if !committed {
            return;
        }
        if self.known.values().map(HashMap::len).sum::<usize>() > MOST_KNOWN {
            self.known.clear();
        }
        for (org, entries) in fresh {
            self.known.entry(org).or_default().extend(entries);
        }
    }

    fn get(&self, org: OrgId, sku: &str) -> Option<Entry> {
        let of = |map: &HashMap<OrgId, HashMap<String, Entry>>| map.get(&org)?.get(sku).copied();
        of(&self.fresh).or_else(|| of(&self.known))
    }
}

/// The ids of the products of these `(sku, name)`, in order; what is not in the catalog yet is put there.
pub(crate) async fn ids<'a>(
    tx: &mut Tx<'_>,
    origin: &Origin,
    known: &mut KnownProducts,
    items: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Uuid>> {
    known.turn_to(tx);
    let mut missing: BTreeMap<&str, (Uuid, &str)> = BTreeMap::new();
    let ids = items
        .map(|(sku, name)| match known.get(origin.org, sku) {
            Some(entry) if entry.named || name.is_empty() => entry.id,
            _ => {
                let slot = missing.entry(sku).or_insert_with(|| (product_id(origin.org, sku), name));
                if slot.1.is_empty() {
                    slot.1 = name;
                }
                slot.0
            }
        })
        .collect();
    if missing.is_empty() {
        return Ok(ids);
    }
    // In the order of the SKUs, so that two writers lock alike. A name, once known, stays.
    let rows: Vec<(Uuid, &str, &str)> = missing.into_iter().map(|(sku, (id, name))| (id, sku, name)).collect();
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            const HEAD: &str = "insert into products (id, organization_id, sku, name, created_at)";
            const TAIL: &str = "on conflict (id) do update set name = excluded.name where products.name = ''";
            batch::insert(conn, (HEAD, 5, TAIL), &rows, |values, &(id, sku, name)| {
                values.put(id)?;
                values.put(origin.org)?;
                values.text(sku)?;
                values.text(name)?;
                values.put(origin.received_at)
            })
            .await?;
        }
        Conn::Pg(conn) => {
            const SQL: &str = "insert into products (id, organization_id, sku, name, created_at)
                select id, $1, sku, name, $2 from unnest($3::uuid[], $4::text[], $5::text[]) as t (id, sku, name)
                on conflict (id) do update set name = excluded.name where products.name = ''";
            sqlx::query(SQL)
                .bind(Id(origin.org.0))
                .bind(origin.received_at.as_microsecond())
                .bind(rows.iter().map(|row| Id(row.0)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| batch::clean(row.1)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| batch::clean(row.2)).collect::<Vec<_>>())
                .execute(&mut **conn)
                .await?;
        }
    }
    search::found(tx, origin.org, &rows).await?;
    let fresh = known.fresh.entry(origin.org).or_default();
    fresh.extend(rows.iter().map(|&(id, sku, name)| (sku.to_owned(), Entry { id, named: !name.is_empty() })));
    Ok(ids)
}
