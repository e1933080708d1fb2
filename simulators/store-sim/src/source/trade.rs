//! The tills of a world, day after day, for as long as someone listens.

use vyavs_domain::event::TillEventKind;
use vyavs_domain::time::BusinessDay;
use vyavs_world::World;

use crate::item::{Event, Item};

/// What happens at a world's tills from the business day `from` on, in order, without end (but the calendar's).
pub fn items(world: World, from: BusinessDay) -> impl Iterator<Item = Item> + Send {
    days_from(from).flat_map(move |day| day_items(&world, day))
}

pub(crate) fn days_from(from: BusinessDay) -> impl Iterator<Item = BusinessDay> + Send {
    std::iter::successors(Some(from), |day| day.0.tomorrow().ok().map(BusinessDay))
}

fn day_items(world: &World, day: BusinessDay) -> Vec<Item> {
    let trade = world.trade(day);
    let (stamp, currency) = (day.0.strftime("%y%m%d"), world.spec().currency);
    let events = trade.till_events.into_iter().enumerate().map(|(place, event)| {
        let id = match &event.kind {
            TillEventKind::NoSale { id: Some(id) } => id.clone(),
            TillEventKind::LineVoided { receipt, line_no, .. } => format!("lv-{receipt}-{line_no}-{place}"),
            _ => format!("ev-{stamp}-{place}"),
        };
        Item::Event(Box::new(Event { id, event, business_day: day, currency }))
    });
    let mut items: Vec<Item> =
        trade.receipts.into_iter().map(|receipt| Item::Receipt(Box::new(receipt))).chain(events).collect();
    // A stable sort: what one till did in one second stays in its order.
    items.sort_by_key(Item::at);
    items
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use vyavs_world::StoreSpec;

    use super::*;

    #[test]
    fn a_world_trades_on_from_day_to_day() {
        let world = World::new(1, StoreSpec::default()).expect("a store");
        let from: BusinessDay = "2026-03-06".parse().expect("a date");
        let items: Vec<_> = items(world, from).take(1_000).collect();
        assert!(items.windows(2).all(|two| two[0].at() <= two[1].at()));
        assert!(items.iter().any(|item| matches!(item, Item::Event(_))));
        let days: BTreeSet<_> = items.iter().map(Item::business_day).collect();
        assert!(days.len() >= 3 && days.first() == Some(&from), "{days:?}");
        let ids: BTreeSet<_> = items.iter().map(|item| (item.terminal(), item.id())).collect();
        assert_eq!(ids.len(), items.len());
    }
}
