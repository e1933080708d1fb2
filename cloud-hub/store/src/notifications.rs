//! What people are told in the dashboard, and what they want to be told.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId, UserId};

use crate::Result;
use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_one, fetch_optional};

/// Something told to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id: of what is told to whom, so that it is told once.
    pub id: Uuid,
    /// Of which organization.
    pub org: OrgId,
    /// To whom.
    pub user: UserId,
    /// `job.finished`, `alert`, …
    pub kind: String,
    /// In a few words.
    pub title: String,
    /// In a sentence.
    pub body: String,
    /// The page of the dashboard that shows more.
    pub link: Option<String>,
    /// Of which store.
    pub store: Option<StoreId>,
    /// When.
    pub at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "id, org_id, user_id, kind, title, body, link, store_id, at, read_at"
    };
}

type Row = (Id, Id, Id, String, String, String, Option<String>, Option<Id>, i64, Option<i64>);

fn notification((id, org, user, kind, title, body, link, store, at, read): Row) -> Notification {
    Notification {
        id: id.0,
        org: OrgId(org.0),
        user: UserId(user.0),
        kind,
        title,
        body,
        link,
        store: store.map(|id| StoreId(id.0)),
        at: instant(at),
        read_at: read.map(instant),
    }
}

/// Tells a person; `mail` has it go out as mail, too. `false` when it was told before.
pub async fn insert(tx: &mut Tx<'_>, new: &Notification, mail: bool) -> Result<bool> {
    const SQL: &str =
        "insert into notifications (id, org_id, user_id, kind, title, body, link, store_id, at, read_at, mail_due)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing";
    let (kind, title, body) = (new.kind.as_str(), new.title.as_str(), new.body.as_str());
    let (link, at, read) = (new.link.as_deref(), new.at, new.read_at);
    let added = execute!(tx, SQL, new.id, new.org, new.user, kind, title, body, link, new.store, at, read, mail)?;
    Ok(added == 1)
}

/// What a person was told, newest first, from after `after`.
pub async fn page(
    tx: &mut Tx<'_>,
    (org, user): (OrgId, UserId),
    unread: bool,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Notification>> {
    const SQL: &str = concat!(
        "select ",
        columns!(),
        " from notifications where org_id = $1 and user_id = $2 and (read_at is null or not $3)
            and ($4 is null or at < $4 or (at = $4 and id < $5))
        order by at desc, id desc limit $6"
    );
    let (at, id) = after.unzip();
    let rows = fetch_all!(tx, Row, SQL, org, user, unread, at, id, i64::from(limit))?;
    Ok(rows.into_iter().map(notification).collect())
}

/// How many a person has not read.
pub async fn unread(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<u64> {
    const SQL: &str = "select count(*) from notifications where org_id = $1 and user_id = $2 and read_at is null";
    let (count,) = fetch_one!(tx, (i64,), SQL, org, user)?;
    Ok(count.unsigned_abs())
}

/// Notes that a person read one; the first time stays. `None`: the person has no such notification.
pub async fn read(tx: &mut Tx<'_>, org: OrgId, user: UserId, id: Uuid, now: Timestamp) -> Result<Option<Notification>> {
    const SQL: &str = concat!(
        "update notifications set read_at = coalesce(read_at, $4) where org_id = $1 and user_id = $2 and id = $3 returning ",
        columns!()
    );
    Ok(fetch_optional!(tx, Row, SQL, org, user, id, now)?.map(notification))
}

/// Notes that a person read all up to `now`; says how many were new.
pub async fn read_all(tx: &mut Tx<'_>, org: OrgId, user: UserId, now: Timestamp) -> Result<u64> {
    const SQL: &str = "update notifications set read_at = $3
        where org_id = $1 and user_id = $2 and read_at is null and at <= $3";
    execute!(tx, SQL, org, user, now)
}

/// Those that still have to go out as mail. Needs the hub's own rights.
pub async fn to_mail(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Notification>> {
    const SQL: &str = concat!("select ", columns!(), " from notifications where mail_due order by at, id limit $1");
    let rows = fetch_all!(tx, Row, SQL, i64::from(limit))?;
    Ok(rows.into_iter().map(notification).collect())
}

/// Its mail is in the outbox.
pub async fn mailed(tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
    execute!(tx, "update notifications set mail_due = $2 where id = $1", id, false)?;
    Ok(())
}

/// What a person chose; `None` for one who chose nothing.
pub async fn preferences(tx: &mut Tx<'_>, org: OrgId, user: UserId) -> Result<Option<Value>> {
    const SQL: &str = "select kinds from notification_preferences where org_id = $1 and user_id = $2";
    Ok(fetch_optional!(tx, (Json,), SQL, org, user)?.map(|(kinds,)| kinds.value()))
}

/// Keeps what a person chose.
pub async fn set_preferences(tx: &mut Tx<'_>, org: OrgId, user: UserId, kinds: &Value) -> Result<()> {
    const SQL: &str = "insert into notification_preferences (user_id, org_id, kinds) values ($1, $2, $3)
        on conflict (user_id) do update set kinds = excluded.kinds where notification_preferences.org_id = $2";
    execute!(tx, SQL, user, org, Json::of(kinds))?;
    Ok(())
}
