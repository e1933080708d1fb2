use vyavs_domain::money::Decimal;
use vyavs_domain::sale::ReceiptKind;

use super::*;
use crate::spec::StoreSpec;

fn world() -> World {
    World::new(9, StoreSpec::default()).expect("a store")
}

#[test]
fn a_week_looks_like_a_shop() {
    let world = world();
    let days: Vec<Trade> = (2..9).map(|day| world.trade(BusinessDay(jiff::civil::date(2026, 3, day)))).collect();
    let receipts: Vec<_> = days.iter().flat_map(|day| &day.receipts).collect();
    assert!((7 * 240..7 * 340).contains(&receipts.len()), "{}", receipts.len());
    let lines: usize = receipts.iter().map(|receipt| receipt.lines.len()).sum();
    let per_receipt = lines as f64 / receipts.len() as f64;
    assert!((5.0..7.5).contains(&per_receipt), "{per_receipt}");
    for kind in [ReceiptKind::Sale, ReceiptKind::Return, ReceiptKind::Void] {
        assert!(receipts.iter().any(|receipt| receipt.kind == kind), "{kind:?}");
    }
    assert!(receipts.iter().any(|receipt| receipt.discount_minor > 0));
    assert!(receipts.iter().any(|receipt| receipt.lines.iter().any(|line| line.discount_minor > 0)));
    assert!(receipts.iter().any(|receipt| receipt.lines.iter().any(|line| line.quantity.scale() == 3)));
    assert!(days.iter().any(|day| !day.stockouts.is_empty()));
    assert!(days.iter().any(|day| !day.till_events.is_empty()));
    let tills: std::collections::BTreeSet<_> = receipts.iter().map(|receipt| &receipt.key.terminal).collect();
    assert_eq!(tills.len(), 3);
}

#[test]
fn what_ran_out_is_not_sold_until_it_comes_again() {
    let world = world();
    let day = BusinessDay(jiff::civil::date(2026, 3, 7));
    let trade = world.trade(day);
    let noon = shoppers::instant(world.time(), day, 13, 0);
    let item = |sku: &str| world.items().iter().find(|item| item.sku() == sku).expect("in the catalog");
    // Pieces of one: where a line of one piece was missed, nothing at all was left.
    let dry = trade.stockouts.iter().filter(|out| !item(&out.sku).category.is_fresh() || out.since > noon);
    for out in dry.filter(|out| !item(&out.sku).weighed && out.lines_lost > 20) {
        let late = trade.receipts.iter().filter(|receipt| receipt.kind == ReceiptKind::Sale);
        let sold = late.flat_map(|r| &r.lines).filter(|l| l.sku == out.sku && l.sold_at > out.since).count();
        assert!(sold <= 5, "{} sold {sold} times after it was missed", out.sku);
    }
    assert!(!trade.stockouts.is_empty());
}

fn with(edit: impl FnOnce(&mut StoreSpec)) -> World {
    let mut spec = StoreSpec::default();
    edit(&mut spec);
    World::new(9, spec).expect("a store")
}

fn march(days: i8) -> impl Iterator<Item = BusinessDay> {
    (0..days).map(|day| BusinessDay(jiff::civil::date(2026, 3, 1).saturating_add(jiff::Span::new().days(day))))
}

/// Whoever rings is signed on, and the events of each till alternate: on, off, on, off.
#[test]
fn every_ticket_is_rung_by_who_is_signed_on() {
    let world = world();
    for day in march(10) {
        let trade = world.trade(day);
        for number in 1..=3 {
            let terminal = format!("till-{number}");
            let signs: Vec<_> = trade
                .till_events
                .iter()
                .filter(|event| event.terminal.as_str() == terminal)
                .filter_map(|event| match &event.kind {
                    TillEventKind::SignOn { operator } => Some((event.at, true, operator.clone())),
                    TillEventKind::SignOff { operator } => Some((event.at, false, operator.clone())),
                    _ => None,
                })
                .collect();
            assert!(signs.len() >= 4 && !signs.last().expect("some").1, "{signs:?}");
            assert!(signs.windows(2).all(|two| !two[0].1 || two[0].2 == two[1].2), "{signs:?}");
            for receipt in trade.receipts.iter().filter(|receipt| receipt.key.terminal.as_str() == terminal) {
                let began = receipt.lines[0].sold_at;
                let on = signs.iter().rev().find(|(at, ..)| *at <= began).expect("somebody signed on");
                assert!(on.1 && Some(&on.2) == receipt.operator.as_ref(), "{on:?} {receipt:?}");
                let off = signs.iter().find(|(at, on, _)| *at > began && !on).expect("somebody signs off");
                assert!(receipt.closed_at <= off.0, "{off:?} {receipt:?}");
            }
        }
    }
}

/// A line that was taken off names its ticket, and the ticket does not show it.
#[test]
fn a_voided_line_is_on_no_ticket() {
    let world = with(|spec| (spec.staff.line_voids, spec.theft) = (0.2, crate::theft::TheftSpec::none()));
    let (mut voids, mut sales) = (0, 0);
    for day in march(5) {
        let trade = world.trade(day);
        sales += trade.receipts.iter().filter(|receipt| receipt.kind == ReceiptKind::Sale).count();
        for event in &trade.till_events {
            let TillEventKind::LineVoided { receipt, line_no, sku, amount_minor, operator, .. } = &event.kind else {
                continue;
            };
            voids += 1;
            let ticket = trade.receipts.iter().find(|r| r.key.number == *receipt && r.key.terminal == event.terminal);
            let ticket = ticket.expect("its ticket is there");
            // Scanned twice: the one that stayed is the one before it.
            let kept = &ticket.lines[*line_no as usize - 2];
            assert_eq!((&kept.sku, kept.total_minor), (sku, *amount_minor));
            assert_eq!(operator, &ticket.operator);
            assert!(ticket.lines[0].sold_at <= event.at && event.at < ticket.closed_at);
        }
    }
    let share = f64::from(voids) / sales as f64;
    assert!((share - 0.2).abs() < 0.04, "{share}");
}

/// Nothing appears and nothing vanishes: what was delivered was sold, stolen, or is left; and the books agree.
#[test]
fn what_was_delivered_was_sold_stolen_or_is_left() {
    let world = with(|spec| (spec.theft.shelf_theft, spec.theft.dishonest) = (0.2, 3));
    for day in march(4) {
        let trade = world.trade(day);
        let mut stolen = Decimal::ZERO;
        for stock in &trade.stock {
            assert_eq!(stock.delivered, stock.sold + stock.stolen + stock.left, "{stock:?}");
            assert!(stock.left >= Decimal::ZERO && stock.stolen >= Decimal::ZERO, "{stock:?}");
            let sales = trade.receipts.iter().filter(|receipt| receipt.kind == ReceiptKind::Sale);
            let lines = sales.flat_map(|receipt| &receipt.lines).filter(|line| line.sku == stock.sku);
            assert_eq!(stock.sold, lines.map(|line| line.quantity).sum::<Decimal>(), "{stock:?}");
            stolen += stock.stolen;
        }
        assert_eq!(stolen, trade.truth.iter().map(|one| one.quantity).sum::<Decimal>());
        assert!(stolen > Decimal::ONE);
    }
}

/// Each theft is as frequent as it was asked for, and stands on the tickets as it is told.
#[test]
fn thefts_come_as_often_as_asked_and_match_the_tickets() {
    let world = with(|spec| {
        spec.theft = crate::theft::TheftSpec {
            dishonest: 3,
            sweethearting: 0.1,
            void_after_cash: 0.1,
            refund_fraud: 0.5,
            shelf_theft: 0.1,
        };
        spec.voids = 0.0;
    });
    let thieves: Vec<String> = world.dishonest().iter().map(u16::to_string).collect();
    let (mut sales, mut cash, mut shifts, mut lookers) = (0, 0, 0, 0);
    let mut found: BTreeMap<What, u32> = BTreeMap::new();
    let mut thefts = std::collections::BTreeSet::new();
    for day in march(60) {
        let trade = world.trade(day);
        shifts += world.roster(day).iter().filter(|shift| thieves.contains(&shift.operator.to_string())).count();
        lookers += world.visits(day).iter().filter(|visit| !visit.buys).count();
        let theirs = |receipt: &&Receipt| receipt.operator.as_ref().is_some_and(|who| thieves.contains(who));
        for receipt in trade.receipts.iter().filter(theirs) {
            let pays_cash = receipt.tenders.iter().any(|t| t.kind == vyavs_domain::sale::TenderKind::Cash);
            let pocketed = receipt.kind == ReceiptKind::Void;
            sales += u32::from(receipt.kind == ReceiptKind::Sale || pocketed);
            cash += u32::from((receipt.kind == ReceiptKind::Sale && pays_cash) || pocketed);
        }
        let mut gone = 0;
        for one in &trade.truth {
            *found.entry(one.what).or_default() += 1;
            let ticket = one.receipt.as_ref().map(|number| {
                let is = |r: &&Receipt| r.key.number == *number && Some(&r.key.terminal) == one.terminal.as_ref();
                trade.receipts.iter().find(is).expect("its ticket is there")
            });
            if let Some(ticket) = ticket {
                assert!(ticket.operator == one.operator && theirs(&ticket));
                assert!(one.from == ticket.lines[0].sold_at && ticket.closed_at <= one.to);
            }
            match (one.what, ticket) {
                (What::VoidAfterCash, Some(ticket)) => {
                    assert_eq!((ticket.kind, ticket.total_minor), (ReceiptKind::Void, one.amount_minor));
                    let drawer = trade.till_events.iter().any(|event| {
                        matches!(event.kind, TillEventKind::NoSale { .. })
                            && event.terminal == ticket.key.terminal
                            && event.at == one.to
                    });
                    assert!(drawer, "{one:?}");
                    gone += 1;
                }
                (What::RefundFraud, Some(ticket)) => {
                    assert_eq!((ticket.kind, -ticket.total_minor), (ReceiptKind::Return, one.amount_minor));
                    assert!(one.quantity.is_zero() && ticket.customer.is_none());
                }
                (What::Sweethearting, Some(ticket)) => assert_eq!(ticket.kind, ReceiptKind::Sale),
                (What::ShelfTheft, None) => {
                    assert!(one.subject.is_some() && one.operator.is_none());
                    thefts.insert(one.from);
                }
                (What::PowerDip, None) => {}
                other => panic!("{other:?}"),
            }
        }
        // No other ticket is void in this store.
        assert_eq!(gone, trade.receipts.iter().filter(|receipt| receipt.kind == ReceiptKind::Void).count());
    }
    let near = |what, expected: f64| {
        let count = f64::from(found[&what]);
        assert!((count - expected).abs() < 3.0 * expected.sqrt() + 2.0, "{what:?}: {count}, expected {expected}");
        assert!(expected > 20.0, "{what:?}: too few to tell");
    };
    // A basket of one line has nothing to give away, and a gift is not pocketed as well.
    let lines = world.spec().lines_per_receipt;
    near(What::Sweethearting, 0.1 * f64::from(sales) * (1.0 - 1.0 / lines));
    near(What::VoidAfterCash, 0.1 * f64::from(cash) * 0.92);
    near(What::RefundFraud, 0.5 * shifts as f64);
    near(What::ShelfTheft, 0.1 * lookers as f64 * f64::from(found[&What::ShelfTheft]) / thefts.len() as f64);
    // A thief reaches for one to three things, and not twice for one.
    let each = f64::from(found[&What::ShelfTheft]) / thefts.len() as f64;
    assert!((1.7..2.0).contains(&each), "{each} things by each thief");
}

#[test]
fn honest_stores_have_no_thefts() {
    let world = with(|spec| spec.theft = crate::theft::TheftSpec::none());
    let truth: Vec<Truth> = march(20).flat_map(|day| world.trade(day).truth).collect();
    assert!(truth.iter().all(|one| one.what == What::PowerDip), "{truth:?}");
}

/// Without power nothing is rung, nothing is measured, and afterwards everybody signs on anew.
#[test]
fn the_dark_stops_tills_and_sensors_together() {
    let world = with(|spec| spec.mishaps.power_dips = 30.0);
    let mut dark = 0;
    for day in march(6) {
        let trade = world.trade(day);
        for dip in trade.truth.iter().filter(|one| one.what == What::PowerDip) {
            let during = |receipt: &&Receipt| receipt.lines[0].sold_at < dip.to && dip.from < receipt.closed_at;
            assert_eq!(trade.receipts.iter().find(during), None);
            let hour = world.time().local(dip.from).hour();
            let back = dip.to + SignedDuration::from_secs(crate::mishap::BOOT_S);
            if (9..21).contains(&hour) {
                let anew = trade.till_events.iter().filter(|event| {
                    matches!(event.kind, TillEventKind::SignOn { .. }) && dip.to < event.at && event.at <= back
                });
                assert_eq!(anew.count(), 3, "{dip:?}");
            }
            let second = SignedDuration::from_secs(1);
            let readings = world.readings(dip.from, dip.from + second, second);
            assert!(readings.iter().all(|reading| reading.quality == vyavs_domain::reading::Quality::Bad));
            dark += 1;
        }
    }
    assert!(dark >= 4, "{dark}");
}

/// A till that is replaced is gone for a while, and the new one counts from 1.
#[test]
fn a_new_till_counts_from_one() {
    let world = with(|spec| spec.mishaps.till_swaps = 100.0);
    let mut swaps = 0;
    for day in march(10) {
        let trade = world.trade(day);
        for swap in trade.truth.iter().filter(|one| one.what == What::TillSwap) {
            swaps += 1;
            let own = trade.receipts.iter().filter(|receipt| Some(&receipt.key.terminal) == swap.terminal.as_ref());
            let (before, after): (Vec<_>, Vec<_>) = own.partition(|receipt| receipt.closed_at <= swap.from);
            assert!(after.iter().all(|receipt| swap.to <= receipt.lines[0].sold_at));
            let count = |list: &[&Receipt]| -> Vec<u32> {
                list.iter().map(|receipt| receipt.key.number[6..].parse().expect("a count")).collect()
            };
            for list in [count(&before), count(&after)] {
                assert_eq!(list, (1..=list.len() as u32).collect::<Vec<_>>());
            }
            let left =
                |event: &&TillEvent| matches!(event.kind, TillEventKind::SignOff { .. }) && event.at == swap.from;
            assert!(trade.till_events.iter().any(|event| left(&event)), "{swap:?}");
        }
    }
    assert!(swaps >= 3, "{swaps}");
}

/// A promotion shows in the sales as much as its truth says, and so does the echo behind it.
#[test]
fn a_promotion_lifts_sales_and_is_missed_afterwards() {
    let world = with(|spec| {
        (spec.short_deliveries, spec.weather.effect) = (0.0, 0.0);
        spec.receipts_per_day = 900;
    });
    let first = jiff::civil::date(2026, 1, 1);
    let days: Vec<BusinessDay> = first.series(jiff::Span::new().days(1)).take(84).map(BusinessDay).collect();
    let plan = world.promotions(days[0], *days.last().expect("some"));
    assert!(plan.len() > 30, "{}", plan.len());
    let (mut usual, mut during, mut after, mut lifts, mut echoes) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), 0.0, 0.0);
    for day in days {
        let stock = world.trade(day).stock;
        for (item, stock) in world.items().iter().zip(stock) {
            let sold = stock.sold.to_string().parse::<f64>().expect("a number") / item.weight;
            let one = plan.iter().find(|one| one.sku == stock.sku && one.from <= day.0 && day.0 < one.echo_until);
            let sum = match one {
                None => &mut usual,
                Some(one) if day.0 < one.until => {
                    lifts += one.lift;
                    &mut during
                }
                Some(one) => {
                    echoes += one.echo;
                    &mut after
                }
            };
            (sum.0, sum.1) = (sum.0 + sold, sum.1 + 1.0);
        }
    }
    let mean = |sum: (f64, f64)| sum.0 / sum.1;
    let (lift, echo) = (mean(during) / mean(usual), mean(after) / mean(usual));
    let (told_lift, told_echo) = (lifts / during.1, echoes / after.1);
    assert!(told_lift > 1.5 && (lift / told_lift - 1.0).abs() < 0.15, "{lift}, told {told_lift}");
    assert!(told_echo < 0.9 && (echo / told_echo - 1.0).abs() < 0.15, "{echo}, told {told_echo}");
}
