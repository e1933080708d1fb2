//! Pages of the catalog, in the order of the SKU.

use vyavs_domain::ids::OrgId;

use super::search::SearchText;
use super::{Product, Row, product};
use crate::Result;
use crate::tx::{Conn, Tx, fetch_all, fetch_one};

/// Which products.
#[derive(Clone, Debug, Default)]
pub struct ProductFilter {
    /// Of this category, letter by letter.
    pub category: Option<String>,
    /// Of this group and those below it: a path such as `Food/Dairy`.
    pub group: Option<String>,
    /// Found by these words.
    pub search: Option<SearchText>,
    /// Only the retired, only the others, or all.
    pub retired: Option<bool>,
}

// One text for both engines, but for how words are looked up.
macro_rules! filtered {
    ($($more:tt)*) => {
        concat!(
            " from products p left join product_groups g on g.id = p.group_id
            where p.organization_id = $1 and ($2 = '' or p.category = $2)
                and ($3 = '' or g.path = $3 or substr(g.path, 1, length($3) + 1) = $3 || '/')
                and ($4 = 2 or ($4 = 1) = (p.retired_at is not null))",
            $($more)*
        )
    };
}
macro_rules! listed {
    ($after:literal, $($more:tt)*) => {
        concat!(
            "select p.id, p.sku, p.name, p.category, p.attributes, g.path, p.retired_at, p.version, p.created_at,
                p.updated_at",
            filtered!($after, $($more)*, " order by p.sku limit $6 offset $7")
        )
    };
}
macro_rules! found_sqlite {
    ($param:literal) => {
        concat!(
            " and p.id in (select s.product_id from product_search s where s.org_id = $1
                and s.n in (select rowid from product_fts where product_fts match ",
            $param,
            "))"
        )
    };
}
macro_rules! found_pg {
    ($param:literal) => {
        concat!(
            " and p.id in (select s.product_id from product_search s where s.org_id = $1
                and s.lexemes @@ cast(",
            $param,
            " as tsquery))"
        )
    };
}

impl ProductFilter {
    fn parts(&self) -> (&str, &str, i64) {
        let retired = self.retired.map_or(2, i64::from);
        (self.category.as_deref().unwrap_or(""), self.group.as_deref().unwrap_or(""), retired)
    }
}

/// Products after a SKU (from the first without), `offset` of them left out.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &ProductFilter,
    (after, offset): (Option<&str>, u32),
    limit: u32,
) -> Result<Vec<Product>> {
    // A SKU may be empty, so the first page is a text of its own.
    const FIRST: [&str; 3] = [
        listed!(" and $5 = ''", ""),
        listed!(" and $5 = ''", found_sqlite!("$8")),
        listed!(" and $5 = ''", found_pg!("$8")),
    ];
    const NEXT: [&str; 3] = [
        listed!(" and p.sku > $5", ""),
        listed!(" and p.sku > $5", found_sqlite!("$8")),
        listed!(" and p.sku > $5", found_pg!("$8")),
    ];
    let [all, on_sqlite, on_pg] = if after.is_some() { NEXT } else { FIRST };
    let after = after.unwrap_or("");
    let (category, group, retired) = filter.parts();
    let (limit, offset) = (i64::from(limit), i64::from(offset));
    let rows = match &filter.search {
        None => fetch_all!(tx, Row, all, org, category, group, retired, after, limit, offset)?,
        Some(search) => {
            let (sql, words) = match &tx.conn {
                Conn::Sqlite(_) => (on_sqlite, search.sqlite()),
                Conn::Pg(_) => (on_pg, search.pg()),
            };
            fetch_all!(tx, Row, sql, org, category, group, retired, after, limit, offset, words)?
        }
    };
    Ok(rows.into_iter().map(product).collect())
}

/// How many there are.
pub async fn count(tx: &mut Tx<'_>, org: OrgId, filter: &ProductFilter) -> Result<u64> {
    const ALL: &str = concat!("select count(*)", filtered!(""));
    let (category, group, retired) = filter.parts();
    let (count,) = match &filter.search {
        None => fetch_one!(tx, (i64,), ALL, org, category, group, retired)?,
        Some(search) => {
            let (sql, words) = match &tx.conn {
                Conn::Sqlite(_) => (concat!("select count(*)", filtered!(found_sqlite!("$5"))), search.sqlite()),
                Conn::Pg(_) => (concat!("select count(*)", filtered!(found_pg!("$5"))), search.pg()),
            };
            fetch_one!(tx, (i64,), sql, org, category, group, retired, words)?
        }
    };
    Ok(count as u64)
}
