//! What products are found by: the words of SKU, name, category, group and barcodes, cut here and alike for both engines;
//! SQLite indexes them with FTS5, PostgreSQL has a table of them that a trigger keeps.

use std::collections::BTreeSet;

use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use super::{barcodes, get};
use crate::columns::Id;
use crate::tx::{Conn, Tx, execute, fetch_all};
use crate::{Db, Result, batch};

/// Letters of a word that count; PostgreSQL's longest lexeme is 2 kB.
const LONGEST: usize = 64;
/// Words of a product that count.
const MOST: usize = 200;

/// Lowering may give what is no letter: a dot above of its own.
fn lower(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).take(LONGEST).collect()
}

fn cut<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let words = texts.into_iter().flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
    words.map(lower).filter(|word| !word.is_empty()).take(MOST).collect()
}

fn joined(words: &BTreeSet<String>) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Words that a product must all have, each as the beginning of one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText(BTreeSet<String>);

impl SearchText {
    /// Of what somebody typed; `None` when there is no letter or digit in it.
    pub fn of(text: &str) -> Option<Self> {
        let words = cut([text]);
        (!words.is_empty()).then_some(Self(words))
    }

    /// Letters and digits only, so nothing of it can leave its quotes.
    pub(super) fn sqlite(&self) -> String {
        self.0.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" AND ")
    }

    /// The ranges in which its words lie: no letter comes after the last one of Unicode.
    pub(super) fn pg(&self) -> Ranges {
        Ranges {
            from: self.0.iter().cloned().collect(),
            to: self.0.iter().map(|word| format!("{word}\u{10ffff}")).collect(),
        }
    }

    pub(super) fn words(&self) -> usize {
        self.0.len()
    }
}

/// Where words begin and end, in the same order.
#[derive(serde::Serialize)]
pub(super) struct Ranges {
    from: Vec<String>,
    to: Vec<String>,
}

/// Notes the words of a product as it is now.
pub async fn index(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<()> {
    const SQL: &str = "insert into product_search (product_id, org_id, words, bare) values ($1, $2, $3, $4)
        on conflict (product_id) do update set words = excluded.words, bare = excluded.bare";
    let Some(product) = get(tx, org, id).await? else { return Ok(()) };
    let codes = barcodes::of(tx, org, &[id]).await?;
    let mut texts = vec![product.sku.as_str(), &product.name];
    texts.extend(product.category.as_deref());
    texts.extend(product.group.as_deref());
    for code in &codes {
        texts.extend([code.gtin.as_str(), code.gtin.short()]);
    }
    execute!(tx, SQL, id, org, joined(&cut(texts)), product.name.is_empty())?;
    Ok(())
}

/// Notes the words of products as a till named them; what a person described stays as it is.
pub(super) async fn found(tx: &mut Tx<'_>, org: OrgId, rows: &[(Uuid, &str, &str)]) -> Result<()> {
    const TAIL: &str =
        "on conflict (product_id) do update set words = trim(product_search.words || ' ' || excluded.words),
            bare = excluded.bare
        where product_search.bare and not excluded.bare";
    let words = |(_, sku, name): &(Uuid, &str, &str)| joined(&cut([*sku, *name]));
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            const HEAD: &str = "insert into product_search (product_id, org_id, words, bare)";
            batch::insert(conn, (HEAD, 4, TAIL), rows, |values, row| {
                values.put(row.0)?;
                values.put(org)?;
                values.text(&words(row))?;
                values.put(row.2.is_empty())
            })
            .await?;
        }
        Conn::Pg(conn) => {
            let sql = const_format(TAIL);
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(Id(org.0))
                .bind(rows.iter().map(|row| Id(row.0)).collect::<Vec<_>>())
                .bind(rows.iter().map(words).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.2.is_empty()).collect::<Vec<_>>())
                .execute(&mut **conn)
                .await?;
        }
    }
    Ok(())
}

/// Only texts of this file.
fn const_format(tail: &'static str) -> String {
    format!(
        "insert into product_search (product_id, org_id, words, bare)
        select id, $1, words, bare from unnest($2::uuid[], $3::text[], $4::bool[]) as t (id, words, bare) {tail}"
    )
}

/// Notes the words of products that were made before there was a search.
pub(crate) async fn index_missing(db: &Db) -> Result<u64> {
    const SQL: &str = "select organization_id, id, sku, name from products p
        where not exists (select 1 from product_search s where s.product_id = p.id) order by organization_id, id limit 2000";
    let mut done = 0;
    loop {
        let mut tx = db.begin_write().await?;
        let rows = fetch_all!(&mut tx, (Id, Id, String, String), SQL)?;
        if rows.is_empty() {
            return Ok(done);
        }
        for of_org in rows.chunk_by(|one, two| one.0 == two.0) {
            let items: Vec<(Uuid, &str, &str)> =
                of_org.iter().map(|(_, id, sku, name)| (id.0, sku.as_str(), name.as_str())).collect();
            found(&mut tx, OrgId(of_org[0].0.0), &items).await?;
        }
        done += rows.len() as u64;
        tx.commit().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lowered_and_cut_at_what_is_no_letter_and_nothing_breaks_out() {
        let words = |text: &str| joined(&cut([text]));
        assert_eq!(words("Käse, 85123A (20%)"), "20 85123a käse");
        assert_eq!(words("'; drop table--"), "drop table");
        assert_eq!(words("İSTANBUL"), "istanbul");
        let search = SearchText::of("\"Käse\"* OR 'x'").expect("words");
        assert_eq!(search.sqlite(), "\"käse\"* AND \"or\"* AND \"x\"*");
        assert_eq!((search.pg().from.join(" "), search.pg().to[2].as_str()), ("käse or x".to_owned(), "x\u{10ffff}"));
        assert_eq!(SearchText::of(" *-- "), None);
        assert!(words(&"x".repeat(5_000)).len() == LONGEST);
    }
}
