//! How much waits to leave the hub for people and programs of an organization.

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use crate::Result;
use crate::columns::instant;
use crate::tx::{Tx, fetch_one, fetch_optional};

/// What waits in an outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// When the one that waits longest was made; `None` when nothing waits.
    pub oldest: Option<Timestamp>,
    /// Of these, how many were tried and did not get through.
    pub failing: u64,
    /// Why the last of them waits, where it waits for a reason.
    pub last_error: Option<String>,
}

macro_rules! waiting {
    ($tx:expr, $org:expr, $table:literal) => {{
        const HOW_MANY: &str = concat!(
            "select count(*), min(created_at), count(case when attempts > 0 then error end) from ",
            $table,
            " where org_id = $1 and state = 'waiting'"
        );
        // What was tried last is tried again last.
        const WHY: &str = concat!(
            "select error from ",
            $table,
            " where org_id = $1 and state = 'waiting' and error is not null order by next_at desc, id desc limit 1"
        );
        let (count, oldest, failing) = fetch_one!($tx, (i64, Option<i64>, i64), HOW_MANY, $org)?;
        let last_error = fetch_optional!($tx, (String,), WHY, $org)?.map(|(error,)| error);
        Ok(Waiting {
            count: count.unsigned_abs(),
            oldest: oldest.map(instant),
            failing: failing.unsigned_abs(),
            last_error,
        })
    }};
}

/// Mails.
pub async fn mails(tx: &mut Tx<'_>, org: OrgId) -> Result<Waiting> {
    waiting!(tx, org, "mails")
}

/// Calls to webhooks.
pub async fn webhooks(tx: &mut Tx<'_>, org: OrgId) -> Result<Waiting> {
    waiting!(tx, org, "webhook_deliveries")
}
