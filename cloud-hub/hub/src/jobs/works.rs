//! The kinds of work a hub knows.

mod export;
mod order;
mod report;
mod tables;
mod verify;

use std::sync::Arc;

pub use order::{ExportKind, ExportOrder, FileFormat, ReportKind, ReportOrder};

use super::Work;

/// Exports.
pub const EXPORT: &str = "export";
/// Reports.
pub const REPORT: &str = "report";

/// All of them.
pub fn all() -> Vec<Arc<dyn Work>> {
    vec![Arc::new(export::ExportWork), Arc::new(report::ReportWork), Arc::new(verify::VerifyFigures)]
}
