//! Dropping what is past, a bite at a time.

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;
use vyavs_rules::case::{Case, Link};

use crate::columns::{Id, Json};
use crate::series::{self, Tier};
use crate::tx::{Conn, Tx, execute, fetch_all};
use crate::{Result, audit_log};

/// What is dropped by age in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Lines of receipts.
    Lines,
    /// Receipts without a line left, and what tills told beside them.
    Receipts,
    /// Who rang a receipt up is taken off it.
    Operators,
    /// Readings as measured, once they are rolled up.
    Readings,
    /// Minutes that devices thinned themselves, once they are rolled up.
    Thinned,
    /// Readings rolled up.
    Rolled(Tier),
    /// Sign-ins, by their end.
    SignIns,
    /// Looks at devices' clocks.
    ClockMarks,
    /// Messages that could not be read.
    DeadLetters,
    /// Entries of the audit log, from its front.
    Audit,
    /// What people were told, and what was sent to them and to other systems.
    Notifications,
    /// Closed cases in which it was so, with their timelines; by their closing.
    CasesUpheld,
    /// Closed cases in which it was not so, or could not be told.
    CasesDismissed,
}

/// A statement for SQLite and its twin for PostgreSQL; `$1` organization, `$2` cutoff, `$3` how many at most, and for what
/// receipts and their lines lose `$4`: which receipts stay as they are, a JSON list.
type Pair = [&'static str; 2];

const LINES: &[Pair] = &[[
    "delete from transactions where rowid in (select t.rowid from stores s cross join transactions t
        on t.store_id = s.id where s.organization_id = $1 and t.transaction_time < $2
            and coalesce(t.receipt_id, '') not in (select value from json_each($4)) limit $3)",
    "delete from transactions where (id, transaction_time) in (select id, transaction_time from transactions
        where store_id in (select id from stores where organization_id = $1) and transaction_time < $2
            and coalesce(cast(receipt_id as text), '') not in (select jsonb_array_elements_text(cast($4 as jsonb))) limit $3)",
]];

const RECEIPTS: &[Pair] = &[[
    "delete from receipts where rowid in (select r.rowid from stores s cross join receipts r
        on r.store_id = s.id where s.organization_id = $1 and r.closed_at < $2
            and r.id not in (select value from json_each($4)) limit $3)",
    "delete from receipts where id in (select id from receipts
        where store_id in (select id from stores where organization_id = $1) and closed_at < $2
            and cast(id as text) not in (select jsonb_array_elements_text(cast($4 as jsonb))) limit $3)",
]];

const TILL_EVENTS: &[Pair] = &[[
    "delete from till_events where rowid in (select e.rowid from stores s cross join till_events e
        on e.store_id = s.id where s.organization_id = $1 and e.at < $2
            and e.id not in (select value from json_each($4)) limit $3)",
    "delete from till_events where id in (select id from till_events
        where store_id in (select id from stores where organization_id = $1) and at < $2
            and cast(id as text) not in (select jsonb_array_elements_text(cast($4 as jsonb))) limit $3)",
]];

const OPERATORS: &[Pair] = &[[
    "update receipts set operator = null where rowid in (select r.rowid from stores s cross join receipts r
        on r.store_id = s.id where s.organization_id = $1 and r.closed_at < $2 and r.operator is not null
            and r.id not in (select value from json_each($4)) limit $3)",
    "update receipts set operator = null where id in (select id from receipts
        where store_id in (select id from stores where organization_id = $1) and closed_at < $2
            and operator is not null
            and cast(id as text) not in (select jsonb_array_elements_text(cast($4 as jsonb))) limit $3)",
]];

const THINNED: &[Pair] = &[[
    "delete from minutes where (store_id, sensor, at, device_id, epoch, seq) in
        (select store_id, sensor, at, device_id, epoch, seq from minutes where org_id = $1 and at < $2 limit $3)",
    "delete from minutes where (store_id, sensor, at, device_id, epoch, seq) in
        (select store_id, sensor, at, device_id, epoch, seq from minutes where org_id = $1 and at < $2 limit $3)",
]];

const SIGN_INS: &[Pair] = &[
    [
        "delete from sign_ins where family in (select family from sign_ins
            where org_id = $1 and ended_at < $2 limit $3)",
        "delete from sign_ins where family in (select family from sign_ins
            where org_id = $1 and ended_at < $2 limit $3)",
    ],
    [
        "delete from refresh_tokens where hash in (select hash from refresh_tokens
            where org_id = $1 and expires_at < $2 limit $3)",
        "delete from refresh_tokens where hash in (select hash from refresh_tokens
            where org_id = $1 and expires_at < $2 limit $3)",
    ],
];

const CLOCK_MARKS: &[Pair] = &[[
    "delete from clock_marks where (device_id, boot_id, mono_ms, hello) in
        (select device_id, boot_id, mono_ms, hello from clock_marks where org_id = $1 and received_at < $2 limit $3)",
    "delete from clock_marks where (device_id, boot_id, mono_ms, hello) in
        (select device_id, boot_id, mono_ms, hello from clock_marks where org_id = $1 and received_at < $2 limit $3)",
]];

const DEAD_LETTERS: &[Pair] = &[[
    "delete from dead_letters where id in (select id from dead_letters where org_id = $1 and at < $2 limit $3)",
    "delete from dead_letters where id in (select id from dead_letters where org_id = $1 and at < $2 limit $3)",
]];

const NOTIFICATIONS: &[Pair] = &[
    [
        "delete from report_deliveries where id in (select id from report_deliveries where org_id = $1 and at < $2 limit $3)",
        "delete from report_deliveries where id in (select id from report_deliveries where org_id = $1 and at < $2 limit $3)",
    ],
    [
        "delete from notifications where id in (select id from notifications
            where org_id = $1 and at < $2 and not mail_due limit $3)",
        "delete from notifications where id in (select id from notifications
            where org_id = $1 and at < $2 and not mail_due limit $3)",
    ],
    [
        "delete from notices where id in (select id from notices where org_id = $1 and ended_at < $2 limit $3)",
        "delete from notices where id in (select id from notices where org_id = $1 and ended_at < $2 limit $3)",
    ],
    [
        "delete from mails where id in (select id from mails
            where org_id = $1 and created_at < $2 and ended_at < $2 limit $3)",
        "delete from mails where id in (select id from mails
            where org_id = $1 and created_at < $2 and ended_at < $2 limit $3)",
    ],
    [
        "delete from webhook_deliveries where id in (select id from webhook_deliveries
            where org_id = $1 and ended_at < $2 limit $3)",
        "delete from webhook_deliveries where id in (select id from webhook_deliveries
            where org_id = $1 and ended_at < $2 limit $3)",
    ],
];

/// Drops up to `limit` rows (of each kind of the class) that are older than `cutoff`; how many went. Needs the hub's own
/// rights. On PostgreSQL a month that is wholly past and of this organization alone goes as one partition. Receipts and till
/// events that an open case rests on stay as they are, whatever their age.
pub async fn drop_past(tx: &mut Tx<'_>, org: OrgId, past: Past, cutoff: Timestamp, limit: u32) -> Result<u64> {
    let plain = match past {
        Past::Lines | Past::Receipts | Past::Operators => return drop_trade(tx, org, past, cutoff, limit).await,
        Past::Readings => {
            let cutoff = series::going(tx, org, cutoff).await?;
            return Ok(drop_months(tx, org, "readings", cutoff).await?
                + series::prune(tx, org, Tier::Raw, cutoff, limit).await?);
        }
        Past::Thinned => {
            let cutoff = series::going(tx, org, cutoff).await?;
            return all(tx, org, THINNED, cutoff, limit).await;
        }
        Past::Rolled(tier) => return series::prune(tx, org, tier, cutoff, limit).await,
        Past::Audit => return audit_log::drop_front(tx, org, cutoff, limit).await,
        Past::CasesUpheld => return drop_cases(tx, org, true, cutoff, limit).await,
        Past::CasesDismissed => return drop_cases(tx, org, false, cutoff, limit).await,
        Past::SignIns => SIGN_INS,
        Past::ClockMarks => CLOCK_MARKS,
        Past::DeadLetters => DEAD_LETTERS,
        Past::Notifications => NOTIFICATIONS,
    };
    all(tx, org, plain, cutoff, limit).await
}

async fn all(tx: &mut Tx<'_>, org: OrgId, pairs: &[Pair], cutoff: Timestamp, limit: u32) -> Result<u64> {
    let (engine, mut gone) = (usize::from(matches!(tx.conn, Conn::Pg(_))), 0);
    for sql in pairs {
        gone += execute!(tx, sql[engine], org, cutoff, i64::from(limit))?;
    }
    Ok(gone)
}

async fn drop_trade(tx: &mut Tx<'_>, org: OrgId, past: Past, cutoff: Timestamp, limit: u32) -> Result<u64> {
    let (receipts, events) = held(tx, org).await?;
    let mut gone = match past {
        Past::Lines if receipts.is_empty() => drop_months(tx, org, "transactions", cutoff).await?,
        _ => 0,
    };
    let (receipts, events) = (Json::of(&receipts).0, Json::of(&events).0);
    let pairs: &[(&[Pair], &String)] = match past {
        Past::Lines => &[(LINES, &receipts)],
        Past::Receipts => &[(RECEIPTS, &receipts), (TILL_EVENTS, &events)],
        _ => &[(OPERATORS, &receipts)],
    };
    let engine = usize::from(matches!(tx.conn, Conn::Pg(_)));
    for (sqls, held) in pairs {
        for sql in *sqls {
            gone += execute!(tx, sql[engine], org, cutoff, i64::from(limit), held.as_str())?;
        }
    }
    Ok(gone)
}

/// Receipts and till events that cases rest on which are not closed.
async fn held(tx: &mut Tx<'_>, org: OrgId) -> Result<(Vec<String>, Vec<String>)> {
    const SQL: &str = "select body from cases where org_id = $1 and state <> 'closed'";
    let (mut receipts, mut events) = (Vec::new(), Vec::new());
    for (body,) in fetch_all!(tx, (Json,), SQL, org)? {
        // One that this version cannot read holds nothing: it must not stop what the law wants dropped.
        let Ok(case) = serde_json::from_str::<Case>(&body.0) else { continue };
        for link in case.links {
            match link {
                Link::Receipt(id) => receipts.push(id),
                Link::DrawerEvent(id) => events.push(id),
                Link::Incident(_) => {}
            }
        }
    }
    Ok((receipts, events))
}

async fn drop_cases(tx: &mut Tx<'_>, org: OrgId, upheld: bool, cutoff: Timestamp, limit: u32) -> Result<u64> {
    const CASES: &str = "select id from cases where org_id = $1 and state = 'closed' and changed_at < $2
            and (finding = 'confirmed') = $3 order by changed_at, id limit $4";
    const ENTRIES: &str = "delete from case_entries where org_id = $1 and case_id = $2";
    const CASE: &str = "delete from cases where org_id = $1 and id = $2";
    let mut gone = 0;
    for (id,) in fetch_all!(tx, (Id,), CASES, org, cutoff, upheld, i64::from(limit))? {
        execute!(tx, ENTRIES, org, id)?;
        gone += execute!(tx, CASE, org, id)?;
    }
    Ok(gone)
}

/// Months of a partitioned table that end before `cutoff`.
async fn drop_months(tx: &mut Tx<'_>, org: OrgId, table: &'static str, cutoff: Timestamp) -> Result<u64> {
    const CHILDREN: &str = "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
        join pg_class p on p.oid = i.inhparent where p.relname = $1 and c.relname like $1 || '\\_y%' order by 1";
    const DROP: &str = "select vyavs_drop_month($1, $2, $3, $4)";
    let Conn::Pg(conn) = &mut tx.conn else { return Ok(0) };
    let children: Vec<(String,)> = sqlx::query_as(CHILDREN).bind(table).fetch_all(&mut **conn).await?;
    let mut gone = 0_i64;
    for (child,) in children {
        let (count,): (i64,) = sqlx::query_as(DROP)
            .bind(table)
            .bind(child)
            .bind(cutoff.as_microsecond())
            .bind(Id(org.0))
            .fetch_one(&mut **conn)
            .await?;
        gone += count;
    }
    Ok(gone.unsigned_abs())
}
