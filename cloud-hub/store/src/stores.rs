//! The shops of an organization.

use jiff::Timestamp;
use jiff::civil::Time;
use serde_json::Value;
use vyavs_domain::ids::{OrgId, StoreId};
use vyavs_domain::money::Currency;
use vyavs_domain::time::{StoreTime, TimeError};

use crate::columns::{Id, Json, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};
use crate::{ForeignValue, Result};

/// A shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// Whose it is.
    pub org: OrgId,
    /// For people.
    pub name: String,
    /// Where it is, as given.
    pub location: Value,
    /// Settings, as given.
    pub config: Value,
    /// An IANA zone.
    pub timezone: String,
    /// What it trades in.
    pub currency: Currency,
    /// When its business day begins, local.
    pub day_starts: Time,
    /// Since when the hub knows it.
    pub created_at: Timestamp,
}

impl Store {
    /// How it reads time; fails on a zone this machine does not know.
    pub fn time(&self) -> std::result::Result<StoreTime, TimeError> {
        StoreTime::new(&self.timezone, self.day_starts)
    }
}

/// Makes a shop, or changes how it is described.
pub async fn put(tx: &mut Tx<'_>, store: &Store) -> Result<()> {
    const SQL: &str =
        "insert into stores as s (id, organization_id, name, location, config, timezone, currency, day_starts,
            created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (id) do update set name = excluded.name, location = excluded.location, config = excluded.config,
            timezone = excluded.timezone, currency = excluded.currency, day_starts = excluded.day_starts
        where s.organization_id = excluded.organization_id";
    execute!(
        tx,
        SQL,
        store.id,
        store.org,
        store.name.as_str(),
        Json::of(&store.location),
        Json::of(&store.config),
        store.timezone.as_str(),
        &store.currency,
        store.day_starts.strftime("%H:%M").to_string(),
        store.created_at
    )?;
    Ok(())
}

type Row = (Id, Id, String, Json, Json, String, String, String, i64);

fn store(row: Row) -> Result<Store> {
    let (id, org, name, location, config, timezone, currency, day_starts, created) = row;
    let wrong = |what, got: &str| ForeignValue { what, got: got.to_owned() };
    Ok(Store {
        id: StoreId(id.0),
        org: OrgId(org.0),
        name,
        location: location.value(),
        config: config.value(),
        timezone,
        currency: currency.parse().map_err(|_| wrong("a currency", &currency))?,
        day_starts: day_starts.parse().map_err(|_| wrong("a time of day", &day_starts))?,
        created_at: instant(created),
    })
}

/// The shops of an organization, by name.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<Store>> {
    const SQL: &str = "select id, organization_id, name, location, config, timezone, currency, day_starts, created_at
        from stores where organization_id = $1 order by name, id";
    fetch_all!(tx, Row, SQL, org)?.into_iter().map(store).collect()
}

/// One shop of an organization; `None` for another's, too.
pub async fn get(tx: &mut Tx<'_>, org: OrgId, id: StoreId) -> Result<Option<Store>> {
    const SQL: &str = "select id, organization_id, name, location, config, timezone, currency, day_starts, created_at
        from stores where organization_id = $1 and id = $2";
    fetch_optional!(tx, Row, SQL, org, id)?.map(store).transpose()
}
