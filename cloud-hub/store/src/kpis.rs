//! Figures of trade: what a shop did on a business day, and revenue over hours and days.
//!
//! Revenue is sales and returns; voids, training and bookkeeping entries are kept but never summed. A shop that trades in two
//! currencies has two figures: nothing here adds pounds to euros.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_domain::money::Currency;
use vyavs_domain::time::BusinessDay;

use crate::columns::{Day, Id, instant};
use crate::reach::Within;
use crate::tx::{Conn, Tx, fetch_all};
use crate::{ForeignValue, Result, receipts};

/// What a shop, or all of them, did in a stretch of time in one currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Of the amounts.
    pub currency: Currency,
    /// Sales less returns, minor units.
    pub revenue_minor: i64,
    /// Tickets of sale.
    pub receipts: u64,
    /// Tickets of return.
    pub returns: u64,
    /// Pieces or kilograms.
    pub units: f64,
    /// When the last ticket was closed.
    pub last_sale_at: Timestamp,
}

fn currency(text: &str) -> Result<Currency> {
    Ok(text.parse().map_err(|_| ForeignValue { what: "a currency", got: text.to_owned() })?)
}

/// Each shop's business day of the given pairs (its own today, or the same day a week ago). Shops without trade are absent.
pub async fn days(
    tx: &mut Tx<'_>,
    org: OrgId,
    days: &[(StoreId, BusinessDay)],
) -> Result<BTreeMap<StoreId, Vec<Figures>>> {
    const SQL: &str = "select store_id, currency, sales_minor, receipts, returns, quantity_micro, last_sale_at
        from store_days where org_id = $1 and business_day = $2 order by store_id, currency";
    type Row = (Id, String, i64, i64, i64, i64, i64);
    let mut found: BTreeMap<StoreId, Vec<Figures>> = BTreeMap::new();
    // One query a date; even a chain around the globe has three of them at a time.
    let dates: BTreeSet<BusinessDay> = days.iter().map(|day| day.1).collect();
    let wanted: BTreeSet<(StoreId, BusinessDay)> = days.iter().copied().collect();
    for date in dates {
        for (store, code, revenue_minor, receipts, returns, micro, last) in fetch_all!(tx, Row, SQL, org, date)? {
            let store = StoreId(store.0);
            if wanted.contains(&(store, date)) {
                found.entry(store).or_default().push(Figures {
                    currency: currency(&code)?,
                    revenue_minor,
                    receipts: receipts as u64,
                    returns: returns as u64,
                    units: micro as f64 / 1e6,
                    last_sale_at: instant(last),
                });
            }
        }
    }
    Ok(found)
}

/// When each shop last sold anything: on the last of its business days. One look into an index a shop, however many days.
pub async fn last_sales(tx: &mut Tx<'_>, org: OrgId) -> Result<BTreeMap<StoreId, Timestamp>> {
    // The organization is that of the store: said again, it would lead SQLite to the index of the organization's days.
    const SQL: &str = "select s.id, (select max(d.last_sale_at) from store_days d
            where d.store_id = s.id and d.business_day =
                (select max(l.business_day) from store_days l where l.store_id = s.id))
        from stores s where s.organization_id = $1";
    let rows = fetch_all!(tx, (Id, Option<i64>), SQL, org)?;
    Ok(rows.into_iter().filter_map(|(store, at)| Some((StoreId(store.0), instant(at?)))).collect())
}

/// Revenue of an hour or a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SalesPoint<T> {
    /// The hour's beginning, or the business day.
    pub at: T,
    /// Of the amount.
    pub currency: Currency,
    /// Sales less returns, minor units.
    pub revenue_minor: i64,
    /// Tickets of sale.
    pub receipts: u64,
    /// Pieces or kilograms.
    pub units: f64,
}

/// By business day, both ends included; of one shop, or of all. Days without trade are absent.
pub async fn by_day(
    tx: &mut Tx<'_>,
    org: OrgId,
    within: Within,
    (from, to): (BusinessDay, BusinessDay),
) -> Result<Vec<SalesPoint<BusinessDay>>> {
    const OF_ORG: &str =
        "select business_day, currency, cast(sum(sales_minor) as bigint), cast(sum(receipts) as bigint),
            cast(sum(quantity_micro) as bigint) from store_days
        where org_id = $1 and business_day >= $2 and business_day <= $3
            and ($4 is null or exists (select 1 from reach r where r.holder = $4 and r.store_id = store_days.store_id))
        group by business_day, currency order by business_day, currency";
    const OF_STORE: &str =
        "select business_day, currency, cast(sum(sales_minor) as bigint), cast(sum(receipts) as bigint),
            cast(sum(quantity_micro) as bigint) from store_days
        where org_id = $1 and store_id = $4 and business_day >= $2 and business_day <= $3
        group by business_day, currency order by business_day, currency";
    type Row = (Day, String, i64, i64, i64);
    let rows = match within.store {
        None => fetch_all!(tx, Row, OF_ORG, org, from, to, within.holder)?,
        Some(store) => fetch_all!(tx, Row, OF_STORE, org, from, to, store)?,
    };
    rows.into_iter()
        .map(|(day, code, revenue_minor, receipts, micro)| {
            Ok(SalesPoint {
                at: day.business(),
                currency: currency(&code)?,
                revenue_minor,
                receipts: receipts as u64,
                units: micro as f64 / 1e6,
            })
        })
        .collect()
}

const HOUR_US: i64 = 3_600_000_000;

/// By hour from `from`, which the caller sets on an hour of the shop's clock, to `to` (excluded); of one shop, or of all.
/// Hours without trade are absent.
pub async fn by_hour(
    tx: &mut Tx<'_>,
    org: OrgId,
    within: Within,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<SalesPoint<Timestamp>>> {
    // Tickets by the till's word, and those few whose till followed a wrong clock by the hub's. Two halves, so that each
    // has its index.
    const TICKETS: &str = "select (at - $2) / $4 as hour, currency, cast(sum(total_minor) as bigint),
            cast(sum(case when kind = 'sale' then 1 else 0 end) as bigint)
        from (
            select closed_at as at, currency, total_minor, kind from receipts
            where store_id in (select id from stores where organization_id = $1 and ($5 = '' or cast(id as text) = $5)
                    and ($6 is null or exists (select 1 from reach where holder = $6 and store_id = stores.id)))
                and closed_at >= $2 and closed_at < $3 and event_at is null and kind in ('sale', 'return')
            union all
            select event_at, currency, total_minor, kind from receipts
            where store_id in (select id from stores where organization_id = $1 and ($5 = '' or cast(id as text) = $5)
                    and ($6 is null or exists (select 1 from reach where holder = $6 and store_id = stores.id)))
                and event_at >= $2 and event_at < $3 and kind in ('sale', 'return')
        ) every
        group by (at - $2) / $4, currency";
    // What is no revenue is rare, and PostgreSQL is better off leaving out those few tickets than joining all of them;
    // SQLite looks each one up either way.
    const UNITS: [&str; 2] = [
        "select (t.transaction_time - $2) / $4 as hour, t.currency, sum(cast(t.quantity as double precision))
        from transactions t left join receipts r on r.id = t.receipt_id
        where t.store_id in (select id from stores where organization_id = $1 and ($5 = '' or cast(id as text) = $5)
                    and ($6 is null or exists (select 1 from reach where holder = $6 and store_id = stores.id)))
            and t.transaction_time >= $2 and t.transaction_time < $3 and r.event_at is null
            and coalesce(r.kind, 'sale') in ('sale', 'return')
        group by (t.transaction_time - $2) / $4, t.currency",
        "select (t.transaction_time - $2) / $4 as hour, t.currency, sum(cast(t.quantity as double precision))
        from transactions t
        where t.store_id in (select id from stores where organization_id = $1 and ($5 = '' or cast(id as text) = $5)
                    and ($6 is null or exists (select 1 from reach where holder = $6 and store_id = stores.id)))
            and t.transaction_time >= $2 and t.transaction_time < $3
            and not exists (select 1 from receipts r where r.id = t.receipt_id and r.org_id = $1
                and r.kind <> 'sale' and r.kind in ('void', 'training', 'adjustment'))
            and not exists (select 1 from receipts r where r.id = t.receipt_id and r.event_at is not null)
        group by (t.transaction_time - $2) / $4, t.currency",
    ];
    // The lines of such a ticket are found by its id: see `receipts::units`.
    const MOVED: &str = "select id, event_at from receipts
        where store_id in (select id from stores where organization_id = $1 and ($4 = '' or cast(id as text) = $4)
                    and ($5 is null or exists (select 1 from reach where holder = $5 and store_id = stores.id)))
            and event_at >= $2 and event_at < $3 and kind in ('sale', 'return')";
    let (start, end) = (from.as_microsecond(), to.as_microsecond());
    let store = within.store.map(|store| store.to_string()).unwrap_or_default();
    let units = UNITS[usize::from(matches!(tx.conn, Conn::Pg(_)))];
    let mut hours: BTreeMap<(i64, String), (i64, i64, f64)> = BTreeMap::new();
    type Tickets = (i64, String, i64, i64);
    for (hour, code, revenue, receipts) in
        fetch_all!(tx, Tickets, TICKETS, org, start, end, HOUR_US, store.as_str(), within.holder)?
    {
        let sum = hours.entry((hour, code)).or_default();
        (sum.0, sum.1) = (revenue, receipts);
    }
    for (hour, code, units) in
        fetch_all!(tx, (i64, String, f64), units, org, start, end, HOUR_US, store.as_str(), within.holder)?
    {
        hours.entry((hour, code)).or_default().2 = units;
    }
    for (id, at) in fetch_all!(tx, (Id, i64), MOVED, org, start, end, store.as_str(), within.holder)? {
        for (code, units) in receipts::units(tx, org, id.0).await? {
            hours.entry(((at - start) / HOUR_US, code)).or_default().2 += units;
        }
    }
    hours
        .into_iter()
        .map(|((hour, code), (revenue_minor, receipts, units))| {
            Ok(SalesPoint {
                at: instant(start + hour * HOUR_US),
                currency: currency(&code)?,
                revenue_minor,
                receipts: receipts as u64,
                units,
            })
        })
        .collect()
}
