//! The end of a replay over the printer wire: waiting until the paper is at the hub, and settling accounts with it.

use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{Findings, PATIENCE, settled};
use crate::faults::Done;
use crate::house::House;
use crate::ledger::paper::{Account, Named, OnPaper, PaperFindings};
use crate::ledger::{Ticket, compare};
use crate::paper::Paper;

/// Waits until the printer rests, and then until every receipt on the paper is at the hub, or named there, and the hub's
/// rows rest. Gives what lies on the paper.
pub(super) async fn drain_paper(
    house: &mut House,
    paper: &Paper,
    sent: &[u8],
    stop: &CancellationToken,
) -> anyhow::Result<OnPaper> {
    let (mut last, mut moved) = (0, Instant::now());
    while paper.is_busy() || moved.elapsed() < Duration::from_millis(300) {
        let now = paper.printed();
        if now != last || paper.is_busy() {
            (last, moved) = (now, Instant::now());
        }
        if stop.is_cancelled() {
            bail!("interrupted");
        }
        house.check()?;
        sleep(Duration::from_millis(20)).await;
    }
    let on_paper = OnPaper::read(&paper.pages(), sent);
    let receipts = on_paper.receipts.len() as u64;
    let db = house.open_db().await?;
    let (mut last, mut moved, mut told) = ((0, 0, 0), Instant::now(), Instant::now());
    loop {
        house.check()?;
        if stop.is_cancelled() {
            bail!("interrupted");
        }
        let mut tx = db.begin_read_hub().await?;
        let (heads, lines) = vyavs_store::audit::counts(&mut tx, house.store()).await?;
        tx.rollback().await?;
        let named = Named::read(&db, house.store()).await?;
        let aside = named.quarantined.len() as u64 + named.jobs;
        let now = (heads, lines, aside);
        if now != last {
            (last, moved) = (now, Instant::now());
        }
        // Torn ones are put aside too, and a loss may name more than was lost: so this is not exact, only enough.
        if heads + aside >= receipts && moved.elapsed() > Duration::from_secs(2) {
            break;
        }
        if moved.elapsed() > PATIENCE {
            eprintln!("nothing moved for {} s and not all is at the hub", PATIENCE.as_secs());
            break;
        }
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            eprintln!("draining: {heads} of {receipts} printed receipts are at the hub, {aside} are named");
        }
        sleep(Duration::from_millis(300)).await;
    }
    // Not closed: whoever closes SQLite's file last tidies it up, and that is to be the hub.
    drop(db);
    Ok(on_paper)
}

/// With everything stopped: what lies on the paper against what the hub holds and names.
pub(super) async fn account(
    house: &House,
    tickets: &[Ticket],
    on_paper: &OnPaper,
    facts: (u64, u64, f64, Done, u64),
) -> anyhow::Result<Findings> {
    let db = house.open_db().await?;
    let named = Named::read(&db, house.store()).await.context("failed to read what the hub names")?;
    db.close().await;
    let held = settled(house).await?;
    let account = Account::settle(tickets, on_paper, &held, &named);
    let against_paper = compare(&account.promised, &held);
    let quarantined = named.quarantined.len() as u64;
    let mut found = Findings::of(house, (against_paper, quarantined), None, held.gaps, facts);
    found.named = account.named;
    found.paper = Some(PaperFindings {
        bytes: house.paper().map_or(0, Paper::printed),
        receipts: on_paper.receipts.len() as u64,
        altered: on_paper.altered,
        torn: on_paper.torn,
        unprinted: on_paper.unprinted,
        quarantined,
        statements: named.statements,
        statement_jobs: named.jobs,
    });
    Ok(found)
}
