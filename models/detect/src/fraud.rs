//! Payments: how likely is this one fraud, and why.
//!
//! A [`Book`] remembers, for every entity a payment names (customer, terminal, card), what it did in windows of 1, 7 and
//! 30 days, what is usual for it, and what became known of its payments. It takes one payment at a time and holds the
//! same few hundred bytes an entity however long it runs; [`replay`] is the same book over a file, so training meets
//! what the device will meet. A label counts from the moment it is told, never before.
//!
//! [`FraudModel`] is boosted trees over those features, calibrated, with reasons that add up to the score. [`Judgement`]
//! holds the figures by which it is judged.
//!
//! The windows follow Le Borgne et al., "Reproducible Machine Learning for Credit Card Fraud Detection", ch. 3.

mod book;
mod calibrate;
mod entity;
mod judge;
mod model;
mod ring;

pub use book::{Book, Payment, Seen, feature_names, replay};
pub use calibrate::Platt;
pub use judge::{Judgement, average_precision, calibration_error, precision_at_top, recall_at_fpr, roc_auc};
pub use model::{FraudFit, FraudModel, Part, Reason};
