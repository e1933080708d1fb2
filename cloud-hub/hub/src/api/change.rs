//! Writes of signed-in callers: one transaction that holds the change and its entry in the audit log, or neither.

use serde::Serialize;
use serde_json::Value;
use vyavs_store::Tx;
use vyavs_store::audit_log::{self, Entry};

use super::Hub;
use super::problem::Problem;
use super::viewer::Viewer;

/// A change being made. Dropped without [`Change::commit`] nothing of it remains.
pub(crate) struct Change<'a> {
    /// Where the change is written.
    pub(crate) tx: Tx<'static>,
    hub: &'a Hub,
    viewer: &'a Viewer,
}

/// What the audit log says of a change.
pub(crate) struct Told<'a> {
    /// `stores.create`.
    pub(crate) action: &'a str,
    /// The id of what was changed.
    pub(crate) object: String,
    /// How it was, as far as it was changed.
    pub(crate) before: Option<Value>,
    /// How it is.
    pub(crate) after: Option<Value>,
}

impl<'a> Told<'a> {
    pub(crate) fn new(action: &'a str, object: impl ToString) -> Self {
        Self { action, object: object.to_string(), before: None, after: None }
    }

    pub(crate) fn before(mut self, value: &impl Serialize) -> Self {
        self.before = serde_json::to_value(value).ok();
        self
    }

    pub(crate) fn after(mut self, value: &impl Serialize) -> Self {
        self.after = serde_json::to_value(value).ok();
        self
    }
}

impl Hub {
    /// Begins a change of the caller's own organization.
    pub(crate) async fn change<'a>(&'a self, viewer: &'a Viewer) -> Result<Change<'a>, Problem> {
        Ok(Change { tx: self.store.begin_write_for(viewer.org).await?, hub: self, viewer })
    }

    /// The same with the hub's own rights, for what a tenant's transaction may not touch: sign-ins, tokens.
    pub(crate) async fn change_as_hub<'a>(&'a self, viewer: &'a Viewer) -> Result<Change<'a>, Problem> {
        Ok(Change { tx: self.store.begin_write().await?, hub: self, viewer })
    }
}

impl Change<'_> {
    /// Makes the change and its entry durable.
    pub(crate) async fn commit(mut self, told: Told<'_>) -> Result<(), Problem> {
        let entry = Entry {
            at: self.hub.clock.now(),
            actor: self.viewer.actor,
            action: told.action.to_owned(),
            object: Some(told.object),
            status: 200,
            request_id: self.viewer.request_id.clone(),
            before: told.before,
            after: told.after,
        };
        audit_log::append(&mut self.tx, self.viewer.org, &entry).await?;
        self.tx.commit().await?;
        self.hub.cache.stale(self.viewer.org).await;
        self.viewer.note_audited();
        Ok(())
    }
}
