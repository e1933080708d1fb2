//! Machines: programs that call the API with a key of their own.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vyavs_store::Tx;
use vyavs_store::audit_log::Actor;
use vyavs_store::machine_keys::{self, MachineKey};

use super::Hub;
use super::problem::Problem;
use super::viewer::Viewer;
use crate::access::{Permission, Permissions};
use crate::identity::{self, KeyError};

const PREFIX: &str = "vyk_";
/// How exactly `last_used_at` is kept.
const USED_S: i64 = 60;

/// What no key may hold: these belong to people, who can be asked for a second factor.
pub const PEOPLE_ONLY: Permissions = Permissions::of(&[
    Permission::SelfManage,
    Permission::UsersWrite,
    Permission::KeysWrite,
    Permission::CasesClose,
    Permission::PrivacyManage,
    Permission::OrganizationWrite,
]);

/// A key as its holder shows it: `vyk_{id}_{secret}`, the secret 256 random bits.
pub(crate) struct KeyText<'a> {
    id: Uuid,
    secret: &'a str,
}

impl<'a> KeyText<'a> {
    /// `None` for what is no key at all, so that it may be another kind of token.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        Some(Self { id: Uuid::try_parse(id).ok()?, secret })
    }

    /// A new key, and what is stored of it.
    pub(crate) fn make() -> Result<(String, Uuid, Vec<u8>), KeyError> {
        let id = Uuid::new_v4();
        let secret = URL_SAFE_NO_PAD.encode(identity::random::<32>()?);
        let hash = identity::hash(&secret);
        Ok((format!("{PREFIX}{}_{secret}", id.simple()), id, hash))
    }
}

/// Whether it may be used now.
pub(crate) fn holds(key: &MachineKey, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|until| until > now)
}

/// The permissions of a key; a name that this hub does not know gives nothing.
pub(crate) fn permissions(key: &MachineKey) -> Permissions {
    let named: Permissions = key.permissions.split_whitespace().filter_map(|name| name.parse().ok()).collect();
    named.iter().filter(|permission| !PEOPLE_ONLY.has(*permission)).collect()
}

/// The machine behind a key.
pub(crate) async fn viewer(hub: &Hub, shown: KeyText<'_>, request_id: &str) -> Result<Viewer, Problem> {
    let now = hub.clock.now();
    let key = machine_keys::find(&mut hub.store.begin_read_hub().await?, shown.id).await?;
    let hash = identity::hash(shown.secret);
    // The hash of 256 random bits: how long comparing takes tells nothing of use.
    let Some(key) = key.filter(|key| key.hash == hash) else {
        return Err(Problem::Unauthenticated("the key is not one of this hub's"));
    };
    if !holds(&key, now) {
        return Err(Problem::Unauthenticated("the key was revoked, or has expired"));
    }
    if key.last_used_at.is_none_or(|at| now.duration_since(at) >= SignedDuration::from_secs(USED_S)) {
        let mut tx = hub.store.begin_write_for(key.org).await?;
        machine_keys::used(&mut tx, key.org, key.id, now).await?;
        tx.commit().await?;
    }
    Ok(Viewer {
        actor: Actor::Key(key.id),
        org: key.org,
        permissions: permissions(&key),
        everywhere: key.everywhere,
        name: key.name,
        signed_in: None,
        request_id: request_id.to_owned(),
        audited: Arc::default(),
    })
}

/// Whether a key is still good.
pub(crate) async fn still(hub: &Hub, tx: &mut Tx<'_>, id: Uuid) -> bool {
    machine_keys::find(tx, id).await.map_or(true, |key| key.is_some_and(|key| holds(&key, hub.clock.now())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_other_tokens_are_none() {
        let (text, id, hash) = KeyText::make().expect("random bytes");
        let read = KeyText::parse(&text).expect("a key");
        assert_eq!((read.id, identity::hash(read.secret)), (id, hash));
        for other in ["", "vyk_", "vyk_x_y", "vyr1.abc", "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln"] {
            assert!(KeyText::parse(other).is_none(), "{other}");
        }
    }
}
