//! Tickets whose time follows a wrong clock: when they were, beside what the till said.

use super::HeadRow;
use crate::Result;
use crate::origin::Origin;
use crate::tx::{Tx, execute};

/// Notes the event time of tickets that took their time from the wrong clock of their box; closing time and business day
/// stay as the till said. Costs nothing while the clock is right.
pub async fn reckon(tx: &mut Tx<'_>, origin: &Origin, heads: &[HeadRow]) -> Result<()> {
    const SQL: &str = "update receipts set event_at = $2 where id = $1 and org_id = $3 and event_at is null";
    for head in heads {
        let said = head.receipt.closed_at;
        let clock = origin.clock.behind(said);
        if clock.device_time(said).is_some() {
            execute!(tx, SQL, head.id(origin), clock.event_time(said), origin.org)?;
        }
    }
    Ok(())
}
