//! How far somebody sees: all stores of the organization, or those a person was given.
//!
//! Queries over several stores take a [`Within`] and end in
//! `($n is null or exists (select 1 from reach where holder = $n and store_id = x.store_id))`, so that the same text
//! serves both engines and nobody's list of stores travels as a parameter.

use std::collections::BTreeSet;

use uuid::Uuid;
use vyavs_domain::ids::{OrgId, StoreId};

use crate::Result;
use crate::columns::Id;
use crate::tx::{Tx, execute, fetch_all};

/// The stores a query is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Only this one.
    pub store: Option<StoreId>,
    /// Only those this holder (a person or a key) reaches; `None` reaches all.
    pub holder: Option<Uuid>,
}

impl Within {
    /// All stores of the organization.
    pub const ALL: Self = Self { store: None, holder: None };

    /// One store, whoever asks: for callers that have checked it.
    pub const fn one(store: StoreId) -> Self {
        Self { store: Some(store), holder: None }
    }
}

/// The stores of a holder that does not reach all.
pub async fn stores(tx: &mut Tx<'_>, org: OrgId, holder: Uuid) -> Result<BTreeSet<StoreId>> {
    const SQL: &str = "select store_id from reach where org_id = $1 and holder = $2";
    Ok(fetch_all!(tx, (Id,), SQL, org, holder)?.into_iter().map(|(id,)| StoreId(id.0)).collect())
}

/// Everybody's, of one organization.
pub async fn all(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<(Uuid, StoreId)>> {
    const SQL: &str = "select holder, store_id from reach where org_id = $1 order by holder, store_id";
    Ok(fetch_all!(tx, (Id, Id), SQL, org)?.into_iter().map(|(holder, id)| (holder.0, StoreId(id.0))).collect())
}

/// Gives a holder these stores and no others; stores of another organization are left out by the join.
pub async fn set(tx: &mut Tx<'_>, org: OrgId, holder: Uuid, stores: &BTreeSet<StoreId>) -> Result<u64> {
    const ADD: &str = "insert into reach (holder, store_id, org_id)
        select $2, id, organization_id from stores where organization_id = $1 and id = $3";
    execute!(tx, "delete from reach where org_id = $1 and holder = $2", org, holder)?;
    let mut given = 0;
    for store in stores {
        given += execute!(tx, ADD, org, holder, *store)?;
    }
    Ok(given)
}
