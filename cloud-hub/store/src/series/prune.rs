//! Forgetting: each tier for itself, the finer ones sooner.

use jiff::Timestamp;
use vyavs_domain::ids::OrgId;

use super::Tier;
use crate::Result;
use crate::columns::instant;
use crate::tx::{Conn, Tx, execute, fetch_all, fetch_one};

/// Before when the rows of each tier of an organization are gone, microseconds; in the order of [`Tier::ALL`].
pub async fn pruned(tx: &mut Tx<'_>, org: OrgId) -> Result<[i64; 4]> {
    let mut through = [i64::MIN; 4];
    for (tier, at) in fetch_all!(tx, (i16, i64), "select tier, through from series_pruned where org_id = $1", org)? {
        if let Some(slot) = usize::try_from(tier).ok().and_then(|tier| through.get_mut(tier)) {
            *slot = at;
        }
    }
    Ok(through)
}

/// Before when readings, and minutes that devices thinned, may go that are older than `before`: whole days of UTC, all of
/// them rolled up.
pub async fn going(tx: &mut Tx<'_>, org: OrgId, before: Timestamp) -> Result<Timestamp> {
    const WAITING: &str =
        "select coalesce(min(minute), $2) from series_dirty where org_id = $1 and minute < $2 and minute >= $3";
    let before = Tier::Day.floor(before.as_microsecond());
    let gone = pruned(tx, org).await?[0];
    let (waiting,) = fetch_one!(tx, (i64,), WAITING, org, before, gone)?;
    Ok(instant(Tier::Day.floor(waiting)))
}

/// Forgets rows of a tier that are older than `before`, at most `most` of them; says how many went. Call it again until it
/// says 0. Readings go only once they are rolled up, and only whole days of them; what comes in later about a forgotten time
/// is kept until the next call and never rolled up.
pub async fn prune(tx: &mut Tx<'_>, org: OrgId, tier: Tier, before: Timestamp, most: u32) -> Result<u64> {
    const NOTE: &str = "insert into series_pruned (org_id, tier, through) values ($1, $2, $3)
        on conflict (org_id, tier) do update set through = excluded.through where excluded.through > series_pruned.through";
    // By channel: readings have no index by time alone.
    const READINGS: [&str; 2] = [
        "delete from readings where (store_id, sensor, at) in (select r.store_id, r.sensor, r.at
            from latest_readings l cross join readings r on r.store_id = l.store_id and r.sensor = l.sensor
            where l.org_id = $1 and r.at < $2 limit $3)",
        "delete from readings where (store_id, sensor, at) in (select r.store_id, r.sensor, r.at
            from latest_readings l join readings r on r.store_id = l.store_id and r.sensor = l.sensor
            where l.org_id = $1 and r.at < $2 limit $3)",
    ];
    const ROLLED: &str = "delete from series where (store_id, sensor, tier, at) in
        (select store_id, sensor, tier, at from series where org_id = $1 and tier = $4 and at < $2 limit $3)";
    let before = match tier {
        Tier::Raw => going(tx, org, before).await?,
        _ => instant(Tier::Day.floor(before.as_microsecond())),
    };
    // Noted first, in the same transaction: whoever rolls up must know before the rows are gone.
    execute!(tx, NOTE, org, tier.code(), before)?;
    match tier {
        Tier::Raw => {
            let engine = usize::from(matches!(tx.conn, Conn::Pg(_)));
            execute!(tx, READINGS[engine], org, before, i64::from(most))
        }
        _ => execute!(tx, ROLLED, org, before, i64::from(most), tier.code()),
    }
}
