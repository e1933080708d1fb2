//! What a kind of work is.

use futures::future::BoxFuture;
use serde_json::Value;
use vyavs_store::StoreError;

use super::print::Printed;
use super::run::Run;
use crate::access::Permission;

/// How jobs of a kind come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Whoever holds the permission may start and schedule it as any job.
    Freely,
    /// A route of its own starts it; it can be scheduled.
    ByRouteOrSchedule,
    /// A route of its own starts it, for it asks for more than a permission.
    ByRoute,
}

/// A kind of work.
pub trait Work: Send + Sync + 'static {
    /// Its name: letters and points.
    fn kind(&self) -> &'static str;

    /// What it does, for people.
    fn about(&self) -> &'static str;

    /// What somebody must hold to have it done; asked again when it begins.
    fn needs(&self) -> Permission;

    /// How its jobs come to be.
    fn start(&self) -> Start;

    /// Whether the input is one; the text says what is wrong with it.
    fn check(&self, input: &Value) -> Result<(), String>;

    /// Does it, from [`Run::place`] on. It may be dropped at any `await`: every effect on the database goes through
    /// [`Run::step`], and every file through the printer.
    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>>;
}

/// What came of a job.
#[derive(Debug, Default)]
pub struct Output {
    /// For programs and people.
    pub result: Value,
    /// The file it made.
    pub made: Option<Made>,
}

/// A file that is whole, and not yet anybody's.
#[derive(Debug)]
pub struct Made {
    /// What a download is called, with its ending.
    pub name: String,
    /// The file.
    pub(crate) printed: Printed,
}

/// Why a job did not get to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It is somebody else's now, or was cancelled; nothing of the last step remains.
    #[error("the job is not held any more")]
    Lost,
    /// It cannot be done, now or later; the text is shown to people.
    #[error("{0}")]
    Never(String),
    /// It may be done later; the cause is logged.
    #[error("the job failed")]
    Again(#[source] anyhow::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Again(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Again(error)
    }
}
