//! The rows of one subject: as documents for whoever asks for them, and erased.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use vyavs_domain::ids::{OrgId, UserId};

use super::register::{Fate, TABLES, Table};
use crate::Result;
use crate::columns::{Id, Json};
use crate::tx::{Conn, Tx, execute, on};

/// Rows of a table that are somebody's.
#[derive(Clone, Copy, Debug)]
pub struct Belongings {
    /// The table.
    pub table: &'static Table,
    /// The column that leads to the subject.
    pub column: &'static str,
}

/// Everything that may hold rows of a person of the organization.
pub fn of_person() -> impl Iterator<Item = Belongings> {
    TABLES.iter().flat_map(|table| table.people.iter().map(move |link| Belongings { table, column: link.column }))
}

/// Everything that may hold rows of a customer, by pseudonym.
pub fn of_customer() -> impl Iterator<Item = Belongings> {
    TABLES.iter().filter_map(|table| Some(Belongings { table, column: table.customer? }))
}

impl Belongings {
    /// What a row says as one JSON object, without what lets anybody in and without what is sealed.
    fn document(&self, sqlite: bool) -> String {
        if sqlite {
            let pair = |name: &str| {
                format!("'{name}', case typeof(t.{name}) when 'blob' then hex(t.{name}) else t.{name} end")
            };
            let pairs: Vec<_> = self.table.given().map(pair).collect();
            return format!("json_object({})", pairs.join(", "));
        }
        let hidden: Vec<_> = self.table.columns().map(|(name, _)| name).collect();
        let given: Vec<_> = self.table.given().collect();
        let hidden: Vec<_> =
            hidden.into_iter().filter(|name| !given.contains(name)).map(|name| format!("'{name}'")).collect();
        match hidden.is_empty() {
            true => "to_jsonb(t)::text".to_owned(),
            false => format!("(to_jsonb(t) - array[{}])::text", hidden.join(", ")),
        }
    }

    /// The rows of a person, `limit` from `offset` on. Needs the hub's own rights.
    pub async fn of_person(&self, tx: &mut Tx<'_>, org: OrgId, who: UserId, page: (u32, u32)) -> Result<Vec<Value>> {
        // Names come from the register, which is part of the program.
        let sqlite = matches!(tx.conn, Conn::Sqlite(_));
        let sql = self.select(sqlite, &format!("t.{} = $2", self.column), page);
        let rows = on!(tx, c => sqlx::query_as::<_, (Json,)>(AssertSqlSafe(sql)).bind(Id(org.0)).bind(Id(who.0)).fetch_all(c))?;
        Ok(rows.into_iter().map(|(json,)| json.value()).collect())
    }

    /// The rows under a pseudonym of a customer, likewise.
    pub async fn of_customer(&self, tx: &mut Tx<'_>, org: OrgId, who: &str, page: (u32, u32)) -> Result<Vec<Value>> {
        let sqlite = matches!(tx.conn, Conn::Sqlite(_));
        let sql = self.select(sqlite, &format!("t.{} = $2", self.column), page);
        let rows = on!(tx, c => sqlx::query_as::<_, (Json,)>(AssertSqlSafe(sql)).bind(Id(org.0)).bind(who.to_owned()).fetch_all(c))?;
        Ok(rows.into_iter().map(|(json,)| json.value()).collect())
    }

    fn select(&self, sqlite: bool, which: &str, (offset, limit): (u32, u32)) -> String {
        let Table { name, tenant, .. } = self.table;
        let document = self.document(sqlite);
        // PostgreSQL gives jsonb, which reads as `Json`; by the document itself, so that pages follow each other.
        let cast = if sqlite { document } else { format!("({document})::jsonb") };
        format!(
            "select {cast} from {name} t where t.{tenant} = $1 and {which} order by 1 limit {limit} offset {offset}"
        )
    }

    /// How many rows of a person there are. Needs the hub's own rights.
    pub async fn count(&self, tx: &mut Tx<'_>, org: OrgId, who: UserId) -> Result<u64> {
        let Table { name, tenant, .. } = self.table;
        let sql = format!("select count(*) from {name} where {tenant} = $1 and {} = $2", self.column);
        let (count,) =
            on!(tx, c => sqlx::query_as::<_, (i64,)>(AssertSqlSafe(sql)).bind(Id(org.0)).bind(Id(who.0)).fetch_one(c))?;
        Ok(count.unsigned_abs())
    }

    /// What an erasure does to them.
    pub fn fate(&self) -> Option<Fate> {
        self.table.people.iter().find(|link| link.column == self.column).map(|link| link.fate)
    }
}

/// Erases a person of the organization from every table, as the register says; how many rows were touched. Needs the hub's
/// own rights. Doing it again changes nothing.
pub async fn erase_person(tx: &mut Tx<'_>, org: OrgId, who: UserId, now: Timestamp) -> Result<u64> {
    let mut touched = 0;
    for rows in of_person() {
        let Table { name, tenant, .. } = rows.table;
        let sql = match rows.fate() {
            None | Some(Fate::Keep(_)) => continue,
            Some(Fate::Delete) => {
                format!("delete from {name} where {tenant} = $1 and {} = $3 and $2 <> ''", rows.column)
            }
            Some(Fate::Rewrite(set)) => format!("update {name} set {set} where {tenant} = $1 and {} = $3", rows.column),
        };
        let text = who.0.to_string();
        touched += on!(tx, c => async {
            let query = sqlx::query(AssertSqlSafe(sql)).bind(Id(org.0)).bind(text).bind(Id(who.0));
            query.execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    const OUT: &str = "update users set disabled_at = coalesce(disabled_at, $3), version = version + 1
        where organization_id = $1 and id = $2";
    execute!(tx, OUT, org, who, now)?;
    Ok(touched)
}

/// Empties what may hold anybody's number and cannot be searched for it: messages that could not be read, and prints that
/// were set aside. Only what came by `until`. Needs the hub's own rights.
pub async fn empty_unread(tx: &mut Tx<'_>, org: OrgId, until: Timestamp) -> Result<u64> {
    const LETTERS: &str = "update dead_letters set raw = $3, reason = 'emptied by an erasure'
        where org_id = $1 and at <= $2 and reason <> 'emptied by an erasure'";
    const PRINTS: [&str; 2] = [
        "update till_events set detail = json_replace(detail, '$.text', 'emptied by an erasure')
            where org_id = $1 and at <= $2 and kind = 'quarantined'",
        "update till_events set detail = jsonb_set(detail, '{text}', '\"emptied by an erasure\"', false)
            where org_id = $1 and at <= $2 and kind = 'quarantined'",
    ];
    let letters = execute!(tx, LETTERS, org, until, Vec::<u8>::new())?;
    let engine = usize::from(matches!(tx.conn, Conn::Pg(_)));
    Ok(letters + execute!(tx, PRINTS[engine], org, until)?)
}

/// Marks every file made by `until` as gone, and says which they are: nobody can tell who is in them. Needs the hub's own
/// rights.
pub async fn remove_files(tx: &mut Tx<'_>, org: OrgId, until: Timestamp) -> Result<Vec<String>> {
    const SQL: &str = "update job_outputs set removed_at = $2
        where org_id = $1 and removed_at is null and created_at <= $2 returning file";
    Ok(crate::tx::fetch_all!(tx, (String,), SQL, org, until)?.into_iter().map(|(file,)| file).collect())
}

/// Forgets the answers kept for repeated writes: a body may name somebody. Needs the hub's own rights.
pub async fn forget_answers(tx: &mut Tx<'_>, org: OrgId) -> Result<u64> {
    execute!(tx, "delete from idempotency where org_id = $1 and status is not null", org)
}

/// A document of every row of everything, for the proof that somebody is found nowhere. Needs the hub's own rights.
#[cfg(feature = "testing")]
pub async fn dump(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    let sqlite = matches!(tx.conn, Conn::Sqlite(_));
    for table in TABLES {
        let sql = match sqlite {
            true => {
                let pair = |(name, _): (&str, _)| {
                    format!("'{name}', case typeof(t.{name}) when 'blob' then hex(t.{name}) else t.{name} end")
                };
                let pairs: Vec<_> = table.columns().map(pair).collect();
                format!("select json_object({}) from {} t", pairs.join(", "), table.name)
            }
            false => format!("select to_jsonb(t)::text from {} t", table.name),
        };
        let rows = on!(tx, c => sqlx::query_as::<_, (String,)>(AssertSqlSafe(sql)).fetch_all(c))?;
        all.extend(rows.into_iter().map(|(row,)| (table.name.to_owned(), row)));
    }
    Ok(all)
}
