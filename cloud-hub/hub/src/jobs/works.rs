//! The kinds of work a hub knows.

mod backtest;
mod export;
mod order;
mod privacy;
mod report;
mod retention;
mod tables;
mod verify;

use std::sync::Arc;

use vyavs_vault::Vault;

pub use order::{ExportKind, ExportOrder, FileFormat, ReportKind, ReportOrder};

pub(crate) use privacy::preview;
pub(crate) use retention::policy;

use super::Work;

/// Exports.
pub const EXPORT: &str = "export";
/// Reports.
pub const REPORT: &str = "report";
/// All that is kept of somebody, as a file.
pub const PRIVACY_FILE: &str = "privacy.file";
/// An erasure.
pub const PRIVACY_ERASE: &str = "privacy.erase";
/// A new version of an organization's key.
pub const PRIVACY_ROTATE: &str = "privacy.rotate_keys";
/// Dropping what is past.
pub const RETENTION: &str = "retention.apply";

/// Tries a rule on history.
pub const BACKTEST: &str = "rules.backtest";

/// All of them.
pub fn all(vault: &Arc<Vault>) -> Vec<Arc<dyn Work>> {
    vec![
        Arc::new(export::ExportWork),
        Arc::new(report::ReportWork),
        Arc::new(verify::VerifyFigures),
        Arc::new(privacy::PrivacyFile(vault.clone())),
        Arc::new(privacy::PrivacyErase(vault.clone())),
        Arc::new(privacy::RotateKeys(vault.clone())),
        Arc::new(retention::ApplyRetention),
        Arc::new(backtest::BacktestWork),
    ]
}
