//! The boxes in the shops, as they were enrolled.

use jiff::Timestamp;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};

use crate::Result;
use crate::columns::{Id, instant};
use crate::tx::{Tx, execute, fetch_all, fetch_optional};

/// An enrolled device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Who it is.
    pub identity: DeviceIdentity,
    /// For people.
    pub name: String,
    /// Its public key, as its certificate holds it: 32 bytes of Ed25519, or 65 of P-256.
    pub public_key: Vec<u8>,
    /// Serial number of its certificate, hexadecimal.
    pub cert_serial: String,
    /// When it was enrolled, last.
    pub enrolled_at: Timestamp,
    /// When it was shut out; `None` while it may connect.
    pub revoked_at: Option<Timestamp>,
}

/// Enrols a device, or gives it a new key; a revoked one stays revoked.
pub async fn enrol(tx: &mut Tx<'_>, device: &Device) -> Result<()> {
    const SQL: &str =
        "insert into devices as d (id, org_id, store_id, name, identity, public_key, cert_serial, enrolled_at,
            revoked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (id) do update set name = excluded.name, public_key = excluded.public_key,
            cert_serial = excluded.cert_serial, enrolled_at = excluded.enrolled_at
        where d.identity = excluded.identity";
    let DeviceIdentity { org, store, device: id } = device.identity;
    execute!(
        tx,
        SQL,
        id,
        org,
        store,
        device.name.as_str(),
        device.identity.to_string(),
        device.public_key.clone(),
        device.cert_serial.as_str(),
        device.enrolled_at,
        device.revoked_at
    )?;
    Ok(())
}

/// Shuts a device out; `false` when the organization has no such device in use.
pub async fn revoke(tx: &mut Tx<'_>, org: OrgId, id: DeviceId, now: Timestamp) -> Result<bool> {
    const SQL: &str = "update devices set revoked_at = $3 where org_id = $1 and id = $2 and revoked_at is null";
    Ok(execute!(tx, SQL, org, id, now)? == 1)
}

type Row = (Id, Id, Id, String, Vec<u8>, String, i64, Option<i64>);

fn device((id, org, store, name, public_key, cert_serial, enrolled, revoked): Row) -> Device {
    Device {
        identity: DeviceIdentity { org: OrgId(org.0), store: StoreId(store.0), device: DeviceId(id.0) },
        name,
        public_key,
        cert_serial,
        enrolled_at: instant(enrolled),
        revoked_at: revoked.map(instant),
    }
}

/// The devices of an organization, by shop and name.
pub async fn list(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<Device>> {
    const SQL: &str = "select id, org_id, store_id, name, public_key, cert_serial, enrolled_at, revoked_at from devices
        where org_id = $1 order by store_id, name, id";
    Ok(fetch_all!(tx, Row, SQL, org)?.into_iter().map(device).collect())
}

/// The device of an identity, for the guard; needs the hub's own rights. The same id in another shop is not it.
pub async fn by_identity(tx: &mut Tx<'_>, identity: DeviceIdentity) -> Result<Option<Device>> {
    const SQL: &str = "select id, org_id, store_id, name, public_key, cert_serial, enrolled_at, revoked_at from devices
        where id = $1 and store_id = $2 and org_id = $3";
    Ok(fetch_optional!(tx, Row, SQL, identity.device, identity.store, identity.org)?.map(device))
}

/// Every device of every organization, and the serial of the certificate it may connect with: none for a revoked one. Needs
/// the hub's own rights.
pub async fn register(tx: &mut Tx<'_>) -> Result<Vec<(DeviceIdentity, Option<String>)>> {
    const SQL: &str = "select id, org_id, store_id, case when revoked_at is null then cert_serial end from devices";
    let entry = |(id, org, store, serial): (Id, Id, Id, Option<String>)| {
        (DeviceIdentity { org: OrgId(org.0), store: StoreId(store.0), device: DeviceId(id.0) }, serial)
    };
    Ok(fetch_all!(tx, (Id, Id, Id, Option<String>), SQL)?.into_iter().map(entry).collect())
}
