//! `/api/v1/customers`: what a loyalty programme tells of customers, sealed under a key of each.
//!
//! A customer's number stands in bodies only: addresses end up in the logs of proxies and browsers.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_store::data_keys::Shelf;
use vyavs_store::{Tx, customers};
use vyavs_vault::{DataKey, Place, Sealed};

use super::HubState;
use super::change::Told;
use super::params::{Body, label};
use super::problem::{Answer, Problem};
use super::viewer::Viewer;
use crate::api::Hub;
use crate::privacy;

const NAME: Place<'static> = Place::new("customers", "name");
const EMAIL: Place<'static> = Place::new("customers", "email");
const PHONE: Place<'static> = Place::new("customers", "phone");

/// A customer as a loyalty programme knows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerRecord {
    /// The number of the loyalty account, as the tills print it; kept as a pseudonym only.
    #[schema(min_length = 1, max_length = 128, example = "17850")]
    pub customer_id: String,
    /// How the customer is called; sealed. What is absent is taken away.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// Sealed.
    #[schema(max_length = 254)]
    pub email: Option<String>,
    /// Sealed.
    #[schema(max_length = 40)]
    pub phone: Option<String>,
}

/// Which customer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerLookup {
    /// The number of the loyalty account.
    #[schema(min_length = 1, max_length = 128, example = "17850")]
    pub customer_id: String,
}

/// What is known of a customer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    /// The pseudonym of the record.
    #[schema(example = "cus_hufvscctnhndp2rshnxc7hw3ijokkhj7")]
    pub pseudonym: String,
    /// How the customer is called.
    #[schema(required)]
    pub name: Option<String>,
    /// The e-mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// The telephone number.
    #[schema(required)]
    pub phone: Option<String>,
    /// Since when the record is here.
    pub created_at: Timestamp,
    /// Last changed.
    pub updated_at: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
}

fn seal<'a>(key: &DataKey, place: Place<'a>, row: &'a str, text: Option<&str>) -> Result<Option<Vec<u8>>, Problem> {
    let sealed = text.map(|text| key.seal(&place.row(row), text.as_bytes())).transpose();
    Ok(sealed.map_err(|error| Problem::Internal(error.into()))?.map(Sealed::into_bytes))
}

fn open<'a>(key: &DataKey, place: Place<'a>, row: &'a str, field: Option<Vec<u8>>) -> anyhow::Result<Option<String>> {
    let open = |bytes| anyhow::Ok(key.open_text(&place.row(row), &Sealed::try_from(bytes)?)?.to_string());
    field.map(open).transpose()
}

/// What is known of a customer by the pseudonym of the record, and the id of the data key, which the audit log names: once it
/// is destroyed that leads to nobody. `None` when nothing is known.
pub(crate) async fn known(
    vault: &vyavs_vault::Vault,
    tx: &mut Tx<'_>,
    org: OrgId,
    pseudonym: &str,
    as_of: Timestamp,
) -> anyhow::Result<Option<(Customer, Uuid)>> {
    let Some(row) = customers::get(tx, org, pseudonym).await? else { return Ok(None) };
    let key = vault.key_of(&mut Shelf(tx), org, &privacy::customer(pseudonym)?).await?;
    let Some(key) = key else { return Ok(None) };
    let customer = Customer {
        pseudonym: row.id.clone(),
        name: open(&key, NAME, &row.id, row.name)?,
        email: open(&key, EMAIL, &row.id, row.email)?,
        phone: open(&key, PHONE, &row.id, row.phone)?,
        created_at: row.created_at,
        updated_at: row.updated_at,
        as_of,
    };
    Ok(Some((customer, key.id().0)))
}

async fn pseudonym(hub: &Hub, org: OrgId, number: &str) -> Result<String, Problem> {
    let found = privacy::standing(&hub.vault, org, number).await?;
    let expected = "the number of a loyalty account, 1 to 128 bytes";
    Ok(found.ok_or_else(|| Problem::parameter("customer_id", "", expected))?.into())
}

/// Puts what a loyalty programme knows of a customer in place of what was known.
#[utoipa::path(put, path = "/customers", tag = "privacy", request_body = CustomerRecord,
    responses((status = 200, body = Customer), Problem),
    security(("session" = ["privacy.manage"]), ("bearer" = ["privacy.manage"])))]
pub(crate) async fn put_customer(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(record): Body<CustomerRecord>,
) -> Answer<Customer> {
    let now = hub.clock.now();
    let field = |name: &str, text: &Option<String>, longest| match text.as_deref() {
        None | Some("") => Ok(None),
        // Shown nowhere, for it is personal.
        Some(text) => label(name, text, longest)
            .map(|text| Some(text.to_owned()))
            .map_err(|_| Problem::parameter(name, "", format!("a text of at most {longest} characters"))),
    };
    let (name, email) = (field("name", &record.name, 200)?, field("email", &record.email, 254)?);
    let phone = field("phone", &record.phone, 40)?;
    let id = pseudonym(&hub, viewer.org, &record.customer_id).await?;
    let mut change = hub.change(&viewer).await?;
    let subject = privacy::customer(&id).map_err(|error| Problem::Internal(error.into()))?;
    let key = hub.vault.key_for(&mut Shelf(&mut change.tx), viewer.org, &subject, now).await;
    let key = key.map_err(|error| Problem::Internal(error.into()))?;
    let row = customers::Customer {
        name: seal(&key, NAME, &id, name.as_deref())?,
        email: seal(&key, EMAIL, &id, email.as_deref())?,
        phone: seal(&key, PHONE, &id, phone.as_deref())?,
        id: id.clone(),
        created_at: now,
        updated_at: now,
    };
    customers::put(&mut change.tx, viewer.org, &row).await?;
    let stored = customers::get(&mut change.tx, viewer.org, &id).await?;
    let created_at = stored.map_or(now, |row| row.created_at);
    let fields = serde_json::json!({"name": name.is_some(), "email": email.is_some(), "phone": phone.is_some()});
    change.commit(Told::new("customers.put", key.id().0).after(&fields)).await?;
    Ok(Json(Customer { pseudonym: id, name, email, phone, created_at, updated_at: now, as_of: now }))
}

/// What is known of a customer. A POST, so that the number stands in no address.
#[utoipa::path(post, path = "/customers/lookup", tag = "privacy", request_body = CustomerLookup,
    responses((status = 200, body = Customer), Problem),
    security(("session" = ["privacy.manage"]), ("bearer" = ["privacy.manage"])))]
pub(crate) async fn look_up_customer(
    State(hub): State<HubState>,
    viewer: Viewer,
    Body(which): Body<CustomerLookup>,
) -> Answer<Customer> {
    let now = hub.clock.now();
    let id = pseudonym(&hub, viewer.org, &which.customer_id).await?;
    let mut change = hub.change(&viewer).await?;
    let found = known(&hub.vault, &mut change.tx, viewer.org, &id, now).await.map_err(Problem::Internal)?;
    let (found, key) = found.ok_or(Problem::NotFound("customer"))?;
    // Who looked whom up is in the audit log: it is personal data that was shown.
    change.commit(Told::new("customers.look_up", key)).await?;
    Ok(Json(found))
}
