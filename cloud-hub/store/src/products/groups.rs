//! The hierarchy of the catalog: departments, categories and what lies below them.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::Id;
use crate::tx::{Tx, execute, fetch_all};

/// A place in the hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: Uuid,
    /// The place above it.
    pub parent: Option<Uuid>,
    /// For people.
    pub name: String,
    /// All names from the top, joined by `/`.
    pub path: String,
    /// Products right here that are listed, those below not counted.
    pub products: u64,
}

/// The id of a path: version 8 (RFC 9562 §5.8), so that two who make it at once agree.
fn group_id(org: OrgId, path: &str) -> Uuid {
    let mut hash = blake3::Hasher::new();
    hash.update(b"vyavs product group");
    hash.update(org.0.as_bytes());
    hash.update(path.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The last of these places, made where it is not there yet; no names is no place. A name has no `/` in it.
pub async fn ensure(tx: &mut Tx<'_>, org: OrgId, names: &[String], now: Timestamp) -> Result<Option<Uuid>> {
    const SQL: &str = "insert into product_groups (id, org_id, parent_id, name, path, created_at)
        values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing";
    let (mut path, mut parent) = (String::new(), None);
    for name in names {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
        let id = group_id(org, &path);
        execute!(tx, SQL, id, org, parent, name.as_str(), path.as_str(), now)?;
        parent = Some(id);
    }
    Ok(parent)
}

/// All places of an organization in the order of their paths.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<Group>> {
    const SQL: &str = "select g.id, g.parent_id, g.name, g.path,
            (select count(*) from products p where p.group_id = g.id and p.retired_at is null)
        from product_groups g where g.org_id = $1 order by g.path";
    let rows = fetch_all!(tx, (Id, Option<Id>, String, String, i64), SQL, org)?;
    let group = |(id, parent, name, path, products): (Id, Option<Id>, String, String, i64)| Group {
        id: id.0,
        parent: parent.map(|parent| parent.0),
        name,
        path,
        products: products as u64,
    };
    Ok(rows.into_iter().map(group).collect())
}
