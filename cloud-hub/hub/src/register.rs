//! The register of devices, as the guard asks it, and what becomes of a session whose device is struck off.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use vyavs_domain::ids::{DeviceId, DeviceIdentity};
use vyavs_store::{Db, StoreError, devices};

use crate::broker::{Admission, DeviceGate, Ended, Guard};

/// How often live sessions are held against the register. Whoever strikes a device off, this process or another
/// (`vyavs-hub device revoke`), its session is over this much later.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Who may come in.
#[derive(Debug)]
pub(crate) struct Register(Db);

impl Register {
    /// Of this database.
    pub(crate) fn new(db: Db) -> Self {
        Self(db)
    }
}

impl DeviceGate for Register {
    async fn admit(&self, identity: &DeviceIdentity, cert_serial: &str) -> Admission {
        let found = async {
            let mut tx = self.0.begin_read_hub().await?;
            devices::by_identity(&mut tx, *identity).await
        };
        match found.await {
            Ok(Some(device)) if device.revoked_at.is_some() => Admission::Revoked,
            // An earlier certificate of a device that enrolled again is worth nothing any more.
            Ok(Some(device)) if device.cert_serial != cert_serial => Admission::Revoked,
            Ok(Some(_)) => Admission::Ok,
            Ok(None) => Admission::Unknown,
            Err(cause) => {
                warn!("the register of devices cannot be asked: {cause}");
                Admission::Unavailable
            }
        }
    }
}

/// Ends sessions of devices that were revoked, deleted or given another certificate, until stop.
pub(crate) async fn shut_out(guard: Guard, db: Db, stop: CancellationToken) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        // First who is here, then who may be: a device that enrols in between is not taken for a stranger.
        let sessions = guard.sessions();
        if sessions.is_empty() {
            continue;
        }
        let allowed = match allowed(&db).await {
            Ok(allowed) => allowed,
            Err(cause) => {
                if !failing {
                    warn!("the register of devices cannot be read, sessions are left as they are: {cause}");
                }
                failing = true;
                continue;
            }
        };
        failing = false;
        for session in sessions {
            let why = match allowed.get(&session.identity.device) {
                Some((identity, serial)) if *identity == session.identity && *serial == session.cert_serial => continue,
                Some(_) => Ended::Revoked,
                None => Ended::Unknown,
            };
            if guard.end(&session.identity, why) {
                warn!(device.id = %session.identity.device, reason = why.label(), "a live session was ended: {why}");
            }
        }
    }
}

/// Devices that may connect, and the certificate each may do it with. A revoked one is named with no certificate.
async fn allowed(db: &Db) -> Result<HashMap<DeviceId, (DeviceIdentity, String)>, StoreError> {
    let mut tx = db.begin_read_hub().await?;
    let entries = devices::register(&mut tx).await?;
    let entry = |(identity, serial): (DeviceIdentity, Option<String>)| {
        (identity.device, (identity, serial.unwrap_or_default()))
    };
    Ok(entries.into_iter().map(entry).collect())
}
