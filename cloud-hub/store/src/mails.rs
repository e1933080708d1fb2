//! Mail on its way: an outbox that a worker empties, so that nothing is lost while the mail server is away.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};

use crate::columns::{Id, instant};
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result, StoreError};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// To be sent, or to be tried again.
    Waiting,
    /// The mail server took it.
    Sent,
    /// Given up; the error says why.
    Failed,
}

impl State {
    /// As in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for State {
    type Err = ForeignValue;
    fn from_str(text: &str) -> std::result::Result<Self, ForeignValue> {
        let all = [Self::Waiting, Self::Sent, Self::Failed];
        let found = all.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| ForeignValue { what: "a state of a mail", got: text.to_owned() })
    }
}

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its id; its `Message-ID` is made of it, so that a mail that is sent twice is known again.
    pub id: Uuid,
    /// Of which organization.
    pub org: OrgId,
    /// To which of its people.
    pub user: Option<UserId>,
    /// `invitation`, `password_reset`, …
    pub kind: String,
    /// To which address.
    pub recipient: String,
    /// The subject; no secret stands in it.
    pub subject: String,
    /// The text, sealed; `None` once it was sent.
    pub body: Option<Vec<u8>>,
    /// What became of it.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
    /// After this it is of no use any more.
    pub good_until: Option<Timestamp>,
    /// When it was sent or given up.
    pub ended_at: Option<Timestamp>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was written into the folder of a hub without a mail server.
    pub filed_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "id, org_id, user_id, kind, recipient, subject, body, state, attempts, next_at, created_at, good_until, ended_at, error, filed_at"
    };
}

type Row = (
    Id,
    Id,
    Option<Id>,
    String,
    String,
    String,
    Option<Vec<u8>>,
    String,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
);

fn mail(row: Row) -> Result<Mail> {
    let (id, org, user, kind, recipient, subject, body, state, attempts, next, created, good, ended, error, filed) =
        row;
    Ok(Mail {
        id: id.0,
        org: OrgId(org.0),
        user: user.map(|id| UserId(id.0)),
        kind,
        recipient,
        subject,
        body,
        state: state.parse().map_err(StoreError::Foreign)?,
        attempts,
        next_at: instant(next),
        created_at: instant(created),
        good_until: good.map(instant),
        ended_at: ended.map(instant),
        error,
        filed_at: filed.map(instant),
    })
}

/// Puts a mail into the outbox; `false` when one of this id is there already.
pub async fn insert(tx: &mut Tx<'_>, new: &Mail) -> Result<bool> {
    const SQL: &str = "insert into mails (id, org_id, user_id, kind, recipient, subject, body, state, next_at, created_at, good_until)
        values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9, $10) on conflict (id) do nothing";
    let added = execute!(
        tx,
        SQL,
        new.id,
        new.org,
        new.user,
        new.kind.as_str(),
        new.recipient.as_str(),
        new.subject.as_str(),
        new.body.clone(),
        new.next_at,
        new.created_at,
        new.good_until
    )?;
    Ok(added == 1)
}

/// Whether [`claim`] would find a mail. A read, so that an outbox with nothing to do never takes the writer's turn.
pub async fn is_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
    const SQL: &str = "select id from mails
        where state = 'waiting' and next_at <= $1 and (lease_until is null or lease_until <= $1) limit 1";
    Ok(fetch_optional!(tx, (Id,), SQL, now)?.is_some())
}

/// Takes the mail that is due longest, until `until` under `lease`. Needs the hub's own rights.
pub async fn claim(tx: &mut Tx<'_>, lease: Uuid, now: Timestamp, until: Timestamp) -> Result<Option<Mail>> {
    macro_rules! sql {
        ($lock:literal) => {
            concat!(
                "update mails set attempts = attempts + 1, lease = $1, lease_until = $3
                where id = (select m.id from mails m
                    where m.state = 'waiting' and m.next_at <= $2 and (m.lease_until is null or m.lease_until <= $2)
                    order by m.next_at, m.id limit 1 ",
                $lock,
                ") returning ",
                columns!()
            )
        };
    }
    let sql = match tx.conn {
        Conn::Sqlite(_) => sql!(""),
        Conn::Pg(_) => sql!("for update of m skip locked"),
    };
    fetch_optional!(tx, Row, sql, lease, now, until)?.map(mail).transpose()
}

/// The mail server took it: the text is wiped. `false` when the lease was lost meanwhile.
pub async fn sent(tx: &mut Tx<'_>, id: Uuid, lease: Uuid, now: Timestamp) -> Result<bool> {
    const SQL: &str =
        "update mails set state = 'sent', body = null, ended_at = $3, error = null, lease = null, lease_until = null
        where id = $1 and lease = $2 and state = 'waiting'";
    Ok(execute!(tx, SQL, id, lease, now)? == 1)
}

/// It did not go out: it is tried again at `again`, or given up at `now`.
pub async fn failed(
    tx: &mut Tx<'_>,
    (id, lease): (Uuid, Uuid),
    error: &str,
    again: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    const AGAIN: &str = "update mails set error = $3, next_at = $4, lease = null, lease_until = null
        where id = $1 and lease = $2 and state = 'waiting'";
    const GIVE_UP: &str =
        "update mails set state = 'failed', error = $3, ended_at = $4, lease = null, lease_until = null
        where id = $1 and lease = $2 and state = 'waiting'";
    let (sql, at) = again.map_or((GIVE_UP, now), |at| (AGAIN, at));
    Ok(execute!(tx, sql, id, lease, error, at)? == 1)
}

/// Mail of a hub without a mail server that is not in its folder yet. Needs the hub's own rights.
pub async fn unfiled(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Mail>> {
    const SQL: &str = concat!(
        "select ",
        columns!(),
        " from mails where state = 'waiting' and filed_at is null order by created_at, id limit $1"
    );
    fetch_all!(tx, Row, SQL, i64::from(limit))?.into_iter().map(mail).collect()
}

/// It is in the folder, and waits for a mail server.
pub async fn filed(tx: &mut Tx<'_>, id: Uuid, why: &str, now: Timestamp) -> Result<()> {
    execute!(tx, "update mails set filed_at = $2, error = $3 where id = $1 and state = 'waiting'", id, now, why)?;
    Ok(())
}

/// Tries a mail again now that was given up or waits; `false` when it was sent, or its text is gone.
pub async fn retry(tx: &mut Tx<'_>, org: OrgId, id: Uuid, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update mails set state = 'waiting', attempts = 0, next_at = $3, ended_at = null
        where org_id = $1 and id = $2 and state <> 'sent' and body is not null";
    Ok(execute!(tx, SQL, org, id, now)? == 1)
}

/// A mail of an organization.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: Uuid) -> Result<Option<Mail>> {
    const SQL: &str = concat!("select ", columns!(), " from mails where org_id = $1 and id = $2");
    fetch_optional!(tx, Row, SQL, org, id)?.map(mail).transpose()
}

/// Mail of an organization, newest first, from after `after`.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    state: Option<State>,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Mail>> {
    const SQL: &str = concat!(
        "select ",
        columns!(),
        " from mails where org_id = $1 and ($2 is null or state = $2)
            and ($3 is null or created_at < $3 or (created_at = $3 and id < $4))
        order by created_at desc, id desc limit $5"
    );
    let (at, id) = after.unzip();
    let rows = fetch_all!(tx, Row, SQL, org, state.map(State::as_str), at, id, i64::from(limit))?;
    rows.into_iter().map(mail).collect()
}

/// Wipes the text of what was given up before `before`. Needs the hub's own rights.
pub async fn wipe(tx: &mut Tx<'_>, before: Timestamp) -> Result<()> {
    execute!(tx, "update mails set body = null where state = 'failed' and body is not null and ended_at < $1", before)?;
    Ok(())
}
