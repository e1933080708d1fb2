//! Pages of the catalog, in the order of the SKU.

use vyavs_domain::ids::OrgId;

use super::search::SearchText;
use super::{Product, Row, product};
use crate::Result;
use crate::columns::Json;
use crate::tx::{Conn, Tx, fetch_all, fetch_one, fetch_planned};

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
macro_rules! listed_before_words {
    ($after:literal) => {
        concat!(
            "select p.id, p.sku, p.name, p.category, p.attributes, g.path, p.retired_at, p.version, p.created_at,
                p.updated_at",
            filtered!($after)
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
/// Each word by its range in the index: comparisons of texts, which row-level security lets go there (migration 0012). One
/// condition a word, so that the planner begins with the rarest, or with the order of the SKU where all are common.
fn found_pg(words: usize, param: u8) -> String {
    let one = |n: usize| {
        format!(
            " and exists (select 1 from product_words w where w.org_id = $1 and w.product_id = p.id
                and w.word >= cast(${param} as jsonb) -> 'from' ->> {n} and w.word < cast(${param} as jsonb) -> 'to' ->> {n})"
        )
    };
    (0..words).map(one).collect()
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
        listed_before_words!(" and $5 = ''"),
    ];
    const NEXT: [&str; 3] = [
        listed!(" and p.sku > $5", ""),
        listed!(" and p.sku > $5", found_sqlite!("$8")),
        listed_before_words!(" and p.sku > $5"),
    ];
    let [all, on_sqlite, on_pg] = if after.is_some() { NEXT } else { FIRST };
    let after = after.unwrap_or("");
    let (category, group, retired) = filter.parts();
    let (limit, offset) = (i64::from(limit), i64::from(offset));
    let rows = match &filter.search {
        None => fetch_all!(tx, Row, all, org, category, group, retired, after, limit, offset)?,
        Some(search) => match &tx.conn {
            Conn::Sqlite(_) => {
                fetch_all!(tx, Row, on_sqlite, org, category, group, retired, after, limit, offset, search.sqlite())?
            }
            Conn::Pg(_) => {
                let sql = format!("{on_pg}{} order by p.sku limit $6 offset $7", found_pg(search.words(), 8));
                let (sql, words) = (sqlx::AssertSqlSafe(sql), Json::of(&search.pg()));
                fetch_planned!(tx, Row, sql, org, category, group, retired, after, limit, offset, words)?
            }
        },
    };
    Ok(rows.into_iter().map(product).collect())
}

/// How many there are.
pub async fn count(tx: &mut Tx<'_>, org: OrgId, filter: &ProductFilter) -> Result<u64> {
    const ALL: &str = concat!("select count(*)", filtered!(""));
    let (category, group, retired) = filter.parts();
    let (count,) = match &filter.search {
        None => fetch_one!(tx, (i64,), ALL, org, category, group, retired)?,
        Some(search) => match &tx.conn {
            Conn::Sqlite(_) => {
                const SQL: &str = concat!("select count(*)", filtered!(found_sqlite!("$5")));
                fetch_one!(tx, (i64,), SQL, org, category, group, retired, search.sqlite())?
            }
            Conn::Pg(_) => {
                let sql = sqlx::AssertSqlSafe(format!("{ALL}{}", found_pg(search.words(), 5)));
                let words = Json::of(&search.pg());
                let counted = fetch_planned!(tx, (i64,), sql, org, category, group, retired, words)?;
                counted.first().copied().unwrap_or_default()
            }
        },
    };
    Ok(count as u64)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{Db, testing};

    /// It cannot be one of `@@`: see migration 0012.
    #[test]
    fn on_postgres_words_are_found_by_their_index_under_the_tenants_policies() {
        testing::on_postgres(|db| async move {
            let Db::Pg(pool, _) = &db else { panic!("not PostgreSQL") };
            let begin = "begin; set local role vyavs_app; set local vyavs.org = '00000000-0000-0000-0000-000000000001';
                set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_nestloop = off";
            let mut tx = pool.begin_with(begin).await.expect("a transaction");
            let sql = format!("explain select p.id from products p where p.organization_id = $1{}", found_pg(2, 2));
            let words = Json::of(&SearchText::of("red wine").expect("words").pg());
            let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).persistent(false);
            let query = query.bind(crate::columns::Id(uuid::Uuid::from_u128(1))).bind(words);
            let plan: Vec<(String,)> = query.fetch_all(&mut *tx).await.expect("a plan");
            let by_word = |line: &&(String,)| line.0.contains("Index Cond") && line.0.contains("word >=");
            assert!(plan.iter().any(|line| by_word(&line)), "{plan:#?}");
        });
    }
}
