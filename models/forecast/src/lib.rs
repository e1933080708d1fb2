//! Demand ahead: methods, their spread, and how they are judged.
//!
//! A [`History`] goes in; a [`Method`] or an [`Ensemble`] of them answers with a [`Path`] of means and spreads, which a
//! [`Calibration`] from past errors turns into the quantiles of a [`Fan`]; [`boosted`] learns a whole panel at once, with what
//! is known in advance; [`metrics`] say how far either was off. Nothing here
//! touches a clock, a file or a random source, and the same history gives the same answer.

pub mod autoregress;
pub mod baseline;
pub mod boosted;
mod conformal;
pub mod ensemble;
pub mod ets;
mod history;
pub mod holidays;
pub mod intermittent;
mod linear;
mod loess;
mod method;
pub mod metrics;
pub mod mix;
mod normal;
mod path;
mod pooled;
pub mod rolling;
pub mod season;
mod simplex;
pub mod stl;
pub mod theta;

pub use conformal::Calibration;
pub use ensemble::Ensemble;
pub use history::{History, Refusal};
pub use method::Method;
pub use path::{Fan, Path};
pub use pooled::Pooled;
