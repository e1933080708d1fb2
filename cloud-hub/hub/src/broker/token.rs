//! A place in the window between broker and ingest.

use tokio::sync::mpsc;

/// One place in the window between broker and ingest. The message counts as taken when this is dropped, in whatever
/// order; while 100 are held, nothing more arrives. It says nothing to the device: only the hub's signed
/// acknowledgement does.
#[derive(Debug)]
pub struct AckToken(Option<Held>);

/// Which message of which connection, and whom to tell.
#[derive(Debug)]
struct Held {
    to: mpsc::UnboundedSender<(u64, u16)>,
    session: u64,
    pkid: u16,
}

impl AckToken {
    /// Of a message that wants no acknowledgement.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Of message `pkid` on connection `session`; both are sent to `to` once.
    pub(crate) fn of(to: mpsc::UnboundedSender<(u64, u16)>, session: u64, pkid: u16) -> Self {
        Self(Some(Held { to, session, pkid }))
    }

    /// The same as dropping it, for readers.
    pub fn done(self) {}
}

impl Drop for AckToken {
    fn drop(&mut self) {
        if let Some(Held { to, session, pkid }) = self.0.take() {
            // A link that is gone needs no acknowledgement.
            let _ = to.send((session, pkid));
        }
    }
}
